"""Recurrence risk: calibrated and tried on counties it has not seen, and kept from verdicts."""

import ast
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from frames import frozen_frame, village_frame
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from sampling.cli import main
from sampling.errors import RiskError
from sampling.plan import Plan, write_plan
from sampling.reliability import RiskReport, report
from sampling.remoteness import freeze
from sampling.risk import cross_validate, fit, score

ROOT = Path(__file__).parents[2]
COUNTIES = ("130125", "420528", "530828", "652925")


def households(
    n: int = 500, *, seed: int = 3, counties: tuple[str, ...] = COUNTIES
) -> pl.DataFrame:
    """Households whose log-odds of recurrence rise with remoteness and one cause."""
    rng = np.random.default_rng(seed)
    rows = n * len(counties)
    remoteness, cause = rng.random(rows), rng.choice(["illness", "lack of land", "school"], rows)
    odds = -3.2 + 2.4 * remoteness + 1.2 * (cause == "illness")
    return pl.DataFrame(
        {
            "household_id": [f"h{k:05}" for k in range(rows)],
            "county_adcode": np.repeat(counties, n),
            "remoteness": remoteness,
            "cause": cause,
            "persons": rng.integers(1, 7, rows),
            "recurrence": (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int),
        }
    )


@pytest.fixture(scope="module")
def found() -> RiskReport:
    return cross_validate(households(900), "recurrence", random_state=1)


def test_held_out_counties_are_ordered_and_predicted_on_the_right_scale(found: RiskReport):
    """The true log-odds reach an AUC of about 0.72; the model comes near and is calibrated."""
    assert found.households, found.counties == (3_600, 4)
    assert 0.66 < found.auc < 0.75
    assert found.auc_within == pytest.approx(found.auc, abs=0.02)
    assert found.brier_skill > 0.02
    assert abs(found.slope - 1) < 3 * found.slope_se + 0.15
    assert abs(found.intercept) < 3 * found.intercept_se + 0.05
    assert found.is_useful


def test_reliability_groups_hold_all_households_and_agree_with_what_is_observed(found: RiskReport):
    table = found.reliability
    assert table["households"].sum() == 3_600
    assert table["predicted"].is_sorted()
    assert table.select(pl.col("observed") * pl.col("households")).sum().item() == pytest.approx(
        found.cases
    )
    distance = table.select((pl.col("predicted") - pl.col("observed")).abs() / pl.col("se"))
    assert distance.to_series().max() < 3.5


def test_every_county_has_a_row_predicted_without_it(found: RiskReport):
    assert found.by_county["county_adcode"].to_list() == sorted(COUNTIES)
    assert found.by_county["cases"].sum() == found.cases
    assert found.by_county["auc"].min() > 0.6


def test_a_county_that_runs_the_other_way_is_not_learnt_from_itself():
    """Where remoteness protects in one county only, its own households must be ordered wrongly."""
    table = households(300, counties=(*COUNTIES, "110229", "621122")).with_columns(
        remoteness=pl.when(pl.col("county_adcode") == "530828")
        .then(1 - pl.col("remoteness"))
        .otherwise(pl.col("remoteness"))
    )
    found = cross_validate(
        table, "recurrence", features=["remoteness"], folds=3, random_state=1
    ).by_county
    areas = dict(found.select("county_adcode", "auc").iter_rows())
    assert areas.pop("530828") < 0.45
    assert np.mean(list(areas.values())) > 0.55


def test_figures_agree_with_scikit_learn():
    rng = np.random.default_rng(8)
    p = np.round(rng.beta(1, 12, 900), 3).clip(1e-3, 0.999)
    y = (rng.random(900) < p).astype(float)
    w = rng.gamma(4, 1, 900)
    county = rng.choice(["a", "b", "c"], 900)

    ours = report(y, p, county, weight=w)

    assert ours.auc == pytest.approx(roc_auc_score(y, p, sample_weight=w))
    assert ours.brier == pytest.approx(brier_score_loss(y, p, sample_weight=w))
    assert ours.log_loss == pytest.approx(log_loss(y, p, sample_weight=w))
    line = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000)
    line.fit(np.log(p / (1 - p))[:, None], y, sample_weight=w)
    assert ours.slope == pytest.approx(line.coef_[0, 0], abs=1e-4)
    shifted = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + ours.intercept)))
    assert np.average(shifted, weights=w) == pytest.approx(np.average(y, weights=w))


def test_standard_errors_count_counties_not_households():
    """Ten counties that are all cases or none carry ten observations, however many households."""
    county = np.repeat(np.arange(10), 200)
    y = np.repeat([0.0, 1, 0, 0, 1, 0, 1, 0, 0, 0], 200)
    ours = report(y, np.full(2_000, 0.3), county)
    assert ours.reliability["se"].item() == pytest.approx(np.sqrt(0.3 * 0.7 / 9))
    assert ours.intercept_se == pytest.approx(np.sqrt(0.3 * 0.7 / 9) / (0.3 * 0.7))
    assert ours.slope is None
    assert ours.auc_within is None
    assert not ours.is_useful


def test_a_group_without_any_case_does_not_look_certain():
    y = np.zeros(400)
    y[-20:] = 1
    ours = report(y, np.linspace(0.001, 0.2, 400), np.tile(["a", "b"], 200), groups=4)
    assert ours.reliability["observed"][0] == 0
    assert ours.reliability["se"][0] > 0.005


def test_the_same_table_in_any_order_gives_the_same_risks():
    table = households()
    model = fit(table, "recurrence", random_state=4)
    again = fit(table.sample(fraction=1, shuffle=True, seed=9), "recurrence", random_state=4)
    assert np.array_equal(score(model, table), score(again, table))
    assert (model.households, model.counties) == (2_000, 4)


def test_missing_values_and_new_words_are_scored():
    table = households().with_columns(
        cause=pl.when(pl.int_range(pl.len()) % 5 > 0).then("cause"),
        remoteness=pl.when(pl.int_range(pl.len()) % 7 > 0).then("remoteness"),
    )
    model = fit(table, "recurrence", calibration="isotonic", random_state=1)
    unknown = pl.DataFrame(
        {"persons": [3, 3], "cause": [None, "flood"], "remoteness": [None, 0.9]},
        schema={"persons": pl.Int64, "cause": pl.String, "remoteness": pl.Float64},
    )
    risks = score(model, unknown)
    assert np.isfinite(risks).all()
    assert ((risks >= 0) & (risks <= 1)).all()
    assert score(model, unknown.clear()).tolist() == []


def test_weights_move_the_risk_to_those_they_stand_for():
    table = households().with_columns(
        weight=pl.when(pl.col("recurrence") == 1).then(3.0).otherwise(1.0)
    )
    plain = score(fit(table, "recurrence", random_state=1), table)
    heavy = score(fit(table, "recurrence", weight="weight", random_state=1), table)
    assert plain.mean() == pytest.approx(table["recurrence"].mean(), abs=0.02)
    assert heavy.mean() > 1.5 * plain.mean()


def test_counties_that_contradict_the_trees_never_turn_their_order_round():
    """Two counties, opposite in everything: what either says of the other is a plain share."""
    table = households(400, counties=COUNTIES[:2]).with_columns(
        remoteness=pl.when(pl.col("county_adcode") == COUNTIES[1])
        .then(1 - pl.col("remoteness"))
        .otherwise(pl.col("remoteness"))
    )
    model = fit(table, "recurrence", features=["remoteness"], random_state=1)
    risks = score(model, pl.DataFrame({"remoteness": np.linspace(0, 1, 20)}))
    assert np.ptp(risks) == 0
    assert risks[0] == pytest.approx(table["recurrence"].mean(), abs=0.03)


@pytest.mark.parametrize(
    ("change", "options", "code"),
    [
        ({"recurrence": pl.lit(0)}, {}, "risk.one_class"),
        ({"recurrence": pl.lit(1)}, {}, "risk.one_class"),
        ({"county_adcode": pl.lit("420528")}, {}, "risk.counties"),
        ({"county_adcode": pl.lit(None, pl.String)}, {}, "risk.county_missing"),
        ({"recurrence": pl.lit(float("nan"))}, {}, "risk.outcome_missing"),
        ({"recurrence": pl.lit(-1)}, {}, "risk.outcome_values"),
        ({"recurrence": pl.lit("yes")}, {}, "risk.outcome_values"),
        ({"remoteness": pl.lit(float("inf"))}, {}, "risk.infinite"),
        ({"cause": pl.col("household_id")}, {}, "risk.categories"),
        ({"cause": pl.lit([1])}, {}, "risk.kind"),
        ({}, {"features": ["village_code"]}, "risk.column"),
        ({}, {"features": ["household_id"]}, "risk.not_a_feature"),
        ({}, {"features": ["recurrence"]}, "risk.not_a_feature"),
        ({"wrong_exit": pl.lit(0)}, {"features": ["wrong_exit"]}, "risk.not_a_feature"),
        ({}, {"features": []}, "risk.no_features"),
        ({"w": pl.lit(0.0)}, {"weight": "w"}, "risk.weight"),
        ({}, {"calibration": "beta"}, "risk.calibration"),
        ({}, {"folds": 1}, "risk.folds"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(change: dict, options: dict, code: str):
    with pytest.raises(RiskError) as refused:
        fit(households(60).with_columns(**change), "recurrence", **options, random_state=1)
    assert refused.value.code == code


def test_one_missing_outcome_is_enough_to_refuse():
    table = households(60).with_columns(
        recurrence=pl.when(pl.int_range(pl.len()) != 5).then("recurrence")
    )
    with pytest.raises(RiskError, match="1 households have no outcome"):
        fit(table, "recurrence", random_state=1)


def test_cases_in_too_few_counties_are_refused():
    table = households(60).with_columns(
        recurrence=pl.when(pl.col("county_adcode") == "420528").then("recurrence").otherwise(0)
    )
    with pytest.raises(RiskError, match="1 counties only, 2 are needed"):
        fit(table, "recurrence", random_state=1)
    with pytest.raises(RiskError, match="3 counties are needed, 2 found"):
        cross_validate(households(60, counties=COUNTIES[:2]), "recurrence", random_state=1)


def test_scoring_asks_for_the_same_columns_of_the_same_kind():
    model = fit(households(60), "recurrence", random_state=1)
    with pytest.raises(RiskError, match="lack the column cause"):
        score(model, households(5).drop("cause"))
    with pytest.raises(RiskError, match="another kind"):
        score(model, households(5).with_columns(cause=pl.lit(3)))


@cache
def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reached(start: Path) -> set[str]:
    """Modules of this repository that a module imports, by itself or through others."""
    waiting, seen = [start], set()
    while waiting:
        for name in imports_of(waiting.pop()) - seen:
            place = ROOT.joinpath(*name.split("."))
            path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            if name.partition(".")[0] in ("sampling", "inspect_app") and path.is_file():
                seen.add(name)
                waiting.append(path)
    return seen


def test_no_estimate_and_no_verdict_can_read_a_risk():
    """Only the planner's own command imports the model; whoever else did would be named here."""
    modules = [*ROOT.glob("sampling/**/*.py"), *ROOT.glob("inspect_app/**/*.py")]
    own = {ROOT / "sampling/risk.py", ROOT / "sampling/cli/risk.py"}

    readers = sorted(
        str(path.relative_to(ROOT))
        for path in modules
        if path not in own and "sampling.risk" in reached(path)
    )

    assert readers == []
    assert "sampling.risk" in reached(ROOT / "sampling/cli/risk.py")
    assert "sampling.weights" in reached(ROOT / "sampling/cli/estimate.py")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame of three counties, its plan, and interviews of most exited households."""
    folder = tmp_path_factory.mktemp("risk")
    villages = pl.concat(
        village_frame(15, adcode=adcode, seed=k) for k, adcode in enumerate(COUNTIES[:3])
    )
    frame = frozen_frame(folder, villages)
    frozen = freeze(Plan(), frame.villages)
    write_plan(folder / "plan", frozen.plan, frozen.villages)
    rng = np.random.default_rng(2)
    rows = pl.concat(frame.households(adcode) for adcode in frame.counties).join(
        frozen.villages.select("village_code", "county_adcode", "stratum", "remoteness"),
        on="village_code",
    )
    risk = 0.02 + 0.3 * rows["remoteness"].to_numpy() ** 2
    rows.select(
        pl.col("household_id").alias("unit_id"),
        "county_adcode",
        "stratum",
        pl.col("village_code").alias("psu"),
        "household_class",
        "persons",
        pl.lit("completed").alias("disposition"),
        pl.Series("recurrence", np.where(rng.random(rows.height) < risk, 2, 0)),
    ).with_columns(
        recurrence=pl.when(pl.int_range(pl.len()) % 10 > 0).then("recurrence")
    ).write_csv(folder / "interviews.csv")
    return folder


def risk_command(folder: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        main,
        ["risk", "--frame", str(folder / "frame"), "--plan", str(folder / "plan"), *words],
    )
    return done.exit_code, done.output


def test_the_command_prints_what_was_held_out_and_writes_the_watch_list(campaign: Path):
    out = campaign / "watch.csv"

    code, output = risk_command(
        campaign, "--interviews", str(campaign / "interviews.csv"), "--out", str(out), "--top", "7"
    )

    assert code == 0
    lines = output.splitlines()
    assert lines[0].startswith("模拟数据")
    assert "it judges no household and enters no estimate" in lines[1]
    assert "not measured and left out" in lines[2]
    assert "within counties" in lines[3]
    assert [line.split()[0] for line in lines[-4:-1]] == sorted(COUNTIES[:3])
    watch = pl.read_csv(out)
    assert watch.columns == [
        *("household_id", "village_code", "county_adcode", "planning_risk", "rank"),
        *("interviewed", "simulated"),
    ]
    assert watch.group_by("county_adcode").len()["len"].to_list() == [7, 7, 7]
    for _, county in watch.group_by("county_adcode"):
        assert county["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]
        assert county["planning_risk"].is_sorted(descending=True)
    assert watch["simulated"].unique().to_list() == [1]
    remote = freeze(Plan(), village_frame(15, adcode=COUNTIES[0], seed=0)).villages
    far = set(remote.filter(pl.col("remoteness") > 0.5)["village_code"].cast(pl.Int64))
    listed = watch.filter(pl.col("county_adcode") == int(COUNTIES[0]))["village_code"]
    assert set(listed) <= far


def test_interviews_without_the_outcome_or_from_elsewhere_are_refused(campaign: Path):
    interviews = pl.read_csv(campaign / "interviews.csv", infer_schema_length=0)
    interviews.drop("recurrence").write_csv(campaign / "none.csv")
    code, output = risk_command(campaign, "--interviews", str(campaign / "none.csv"))
    assert code == 1
    assert "no interview of class E has a value of recurrence" in output

    strange = interviews.with_columns(
        unit_id=pl.when(pl.int_range(pl.len()) == 1).then(pl.lit("x1")).otherwise("unit_id")
    )
    strange.write_csv(campaign / "strange.csv")
    code, output = risk_command(campaign, "--interviews", str(campaign / "strange.csv"))
    assert code == 1
    assert "not in the frame (such as x1)" in output
