"""The county stage: who can be drawn, with what probability, and what its estimates rest on."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result
from frames import frozen_frame, village_frame

from sampling.cli import main
from sampling.counties import county_lines, county_strata, draw_counties, released_counties
from sampling.errors import EstimationError, PlanError
from sampling.estimate import total
from sampling.indicators import Analysis, Totals, indicators
from sampling.national import national
from sampling.plan import Plan
from sampling.stages import describe
from sampling.village_draw import draw_villages

SEED = "a campaign seed"


def counties_of(count: int = 24, *, points: bool = True) -> pl.DataFrame:
    """Six villages in each of so many counties of two provinces; the later, the more remote."""
    rows = [
        {
            "village_code": f"{adcode}{village:06}",
            "county_adcode": adcode,
            "village_type": "other",
            "stratum": f"{adcode}-1",
            "remoteness_class": 1,
            "households_e": 10 + place + village,
            "households_p": 2,
            "households_n": 50,
            "km_to_seat": float(place // 2 + village),
            "lat": 30 + place / 10 + village / 100,
            "lon": 100 + place % 5,
        }
        for place, adcode in enumerate(f"{52 + k % 2}{k:04}" for k in range(count))
        for village in range(6)
    ]
    persons = {f"persons_{one}": pl.col(f"households_{one}") * 3 for one in "epn"}
    frame = pl.DataFrame(rows).with_columns(**persons)
    return frame if points else frame.drop("lat", "lon")


def plan_with(*assignments: str) -> Plan:
    settings = ["remoteness.weights.km_to_seat=1.0", "stage1.villages=3", *assignments]
    return Plan().override(
        [f"county_stage.{one}" if "." not in one.split("=")[0] else one for one in settings]
    )


def test_a_fifth_of_the_counties_by_province_and_remoteness() -> None:
    plan = plan_with("method=srswor", "share=0.34", "classes=2")

    drawn = draw_counties(plan, counties_of(), campaign_seed=SEED)

    assert drawn.height == 9  # 8.16, rounded up
    assert drawn["stratum"].unique().sort().to_list() == ["52-1", "52-2", "53-1", "53-2"]
    assert drawn.group_by("stratum").len()["len"].min() == 2
    chance = pl.len().over("stratum") / pl.col("counties")
    assert drawn.select((pl.col("pi0") - chance).abs().max()).item() < 1e-15
    assert (drawn["province"] == drawn["county_adcode"].str.head(2)).all()
    near, remote = (
        [code[2:] for code in drawn.filter(remoteness_class=one)["county_adcode"]] for one in (1, 2)
    )
    assert max(near) < min(remote)


@pytest.mark.parametrize(
    ("by", "codes"),
    [
        ('["province"]', ["52", "53"]),
        ('["remoteness"]', ["1", "2"]),
        ("[]", ["all"]),
    ],
)
def test_strata_are_what_the_plan_names(by: str, codes: list[str]) -> None:
    plan = plan_with("method=pareto", "number=8", "classes=2", "size=households", f"by={by}")

    strata = county_strata(plan, counties_of())

    assert [stratum.code for stratum in strata] == codes
    assert sum(stratum.n for stratum in strata) == 8
    for stratum in strata:
        assert sum(stratum.probabilities) == stratum.n


def test_a_county_so_large_that_it_is_certain() -> None:
    frame = counties_of().with_columns(
        households_n=pl.when(pl.col("county_adcode") == "520004").then(5_000).otherwise(50)
    )
    plan = plan_with("method=pps_systematic", "number=6", "by=[]", "size=households")

    drawn = draw_counties(plan, frame, campaign_seed=SEED)

    assert drawn.row(0, named=True)["county_adcode"] == "520004"
    assert drawn["certainty"].to_list() == [True] + [False] * 5
    assert drawn["order"].to_list() == [1, 2, 3, 4, 5, 6]
    assert drawn["pi0"].max() == 1.0


@pytest.mark.parametrize(
    "method", ["pps_systematic", "srswor", "sampford", "max_entropy", "pareto", "lpm2", "cube"]
)
def test_every_selector_draws_as_many_counties_whatever_the_row_order(method: str) -> None:
    size = "equal" if method == "srswor" else "persons"
    plan = plan_with(f"method={method}", "number=9", "classes=2", f"size={size}")
    frame = counties_of()

    drawn = draw_counties(plan, frame, campaign_seed=SEED)
    again = draw_counties(plan, frame.sample(fraction=1, shuffle=True, seed=3), campaign_seed=SEED)

    assert drawn["county_adcode"].n_unique() == 9
    assert again.equals(drawn)
    assert not draw_counties(plan, frame, campaign_seed="another").equals(drawn)


def test_a_larger_simple_random_sample_contains_the_smaller() -> None:
    few, many = (
        draw_counties(
            plan_with("method=srswor", f"number={n}", "by=[]"), counties_of(), campaign_seed=SEED
        )
        for n in (5, 9)
    )

    assert few["county_adcode"].to_list() == many["county_adcode"].to_list()[:5]


def test_villages_are_drawn_in_these_counties_and_as_if_all_were_visited() -> None:
    frame, spot = counties_of(), plan_with("method=srswor", "number=5", "by=[]")

    visited = draw_villages(spot, frame, campaign_seed=SEED)

    chosen = released_counties(spot, frame, campaign_seed=SEED)
    assert sorted(visited["county_adcode"].unique()) == list(chosen)
    everywhere = draw_villages(plan_with(), frame, campaign_seed=SEED)
    assert visited.equals(everywhere.filter(pl.col("county_adcode").is_in(list(chosen))))


def test_without_a_county_stage_all_counties_are_released() -> None:
    frame = counties_of(6)

    assert released_counties(plan_with(), frame, campaign_seed=SEED) == tuple(
        frame["county_adcode"].unique().sort()
    )
    with pytest.raises(PlanError, match="no county stage"):
        county_strata(plan_with(), frame)


@pytest.mark.parametrize(
    ("settings", "frame", "message"),
    [
        (("number=7", "classes=2"), counties_of(), "4 strata with at least 2 each need 8"),
        (("number=30",), counties_of(), "30 counties to draw, but the plan has 24"),
        (("size=persons",), counties_of(), 'size must be "equal": persons'),
        ((), counties_of().drop("km_to_seat"), "km_to_seat in every county, and 520000 lacks"),
        (("method=lpm2", "by=[]"), counties_of(points=False), "lpm2 needs the points"),
        ((), counties_of().drop("persons_n"), "persons_n"),
    ],
)
def test_a_county_stage_that_cannot_be_drawn_is_refused(
    settings: tuple[str, ...], frame: pl.DataFrame, message: str
) -> None:
    plan = plan_with("method=srswor", *settings)

    with pytest.raises(PlanError, match=message):
        draw_counties(plan, frame, campaign_seed=SEED)


def test_remoteness_needs_covariates() -> None:
    plan = Plan().override(["county_stage.method=srswor"])

    with pytest.raises(PlanError, match="covariates in remoteness"):
        draw_counties(plan, counties_of(), campaign_seed=SEED)


def test_a_draw_of_counties_is_written_and_verified(tmp_path: Path) -> None:
    villages = pl.concat(
        [village_frame(8, adcode=f"42052{k}", seed=k, scale=1 + k) for k in range(6)]
    )
    frozen_frame(tmp_path / "register", villages)
    settings = ["stage1.villages=4", "stage2.n=0", "county_stage.method=srswor"]
    settings += ["county_stage.number=3", "county_stage.by=[]"]
    folders = ["--frame", str(tmp_path / "register/frame")]
    plan = ["--plan", str(tmp_path / "plan")]
    sets = [part for one in settings for part in ("--set", one)]
    planned = run("plan", *folders, "--out", str(tmp_path / "plan"), *sets)
    assert planned.exit_code == 0, planned.output
    assert "3 of 6 counties by srswor" in planned.output
    assert "stratum all: 3 of 6 counties, probability 0.500 to 0.500" in planned.output
    sample = tmp_path / "sample"

    drawn = run("draw", *folders, *plan, "--out", str(sample), "--seed", SEED)

    assert drawn.exit_code == 0, drawn.output
    counties = pl.read_csv(sample / "sample_counties.csv", infer_schema=False)
    assert counties["pi0"].to_list() == ["0.5"] * 3
    visited = pl.read_parquet(sample / "sample_villages.parquet")["county_adcode"].unique()
    assert sorted(visited) == sorted(counties["county_adcode"])
    again = ["verify-draw", *folders, *plan, "--sample", str(sample), "--seed", SEED]
    assert run(*again).exit_code == 0
    wrong = counties.with_columns(pi0=pl.lit("0.6"))
    wrong.write_csv(sample / "sample_counties.csv")
    refused = run(*again)
    assert refused.exit_code == 1
    assert "sample_counties.csv" in refused.output


def test_a_plan_whose_counties_cannot_be_drawn_is_refused_before_it_is_written(
    tmp_path: Path,
) -> None:
    villages = pl.concat([village_frame(8, adcode=f"42052{k}", seed=k) for k in range(6)])
    frozen_frame(tmp_path / "register", villages)

    answer = run(
        "plan",
        *("--frame", str(tmp_path / "register/frame"), "--out", str(tmp_path / "plan")),
        *("--set", "county_stage.method=srswor", "--set", "county_stage.number=9"),
    )

    assert answer.exit_code == 1
    assert "9 counties to draw, but the plan has 6" in answer.output
    assert not (tmp_path / "plan" / "plan.toml").exists()


def test_a_stratum_that_gives_one_county_is_pointed_out() -> None:
    plan = plan_with("method=srswor", "number=5", "minimum=1", "classes=2")

    lines = county_lines(plan, counties_of())

    assert "5 of 24 counties by srswor" in lines[0]
    assert any("gives one county" in line for line in lines)
    assert county_lines(plan_with(), counties_of()) == ()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


# What is estimated from it


def interviews_of(
    counties: dict[str, float], *, villages: int = 5, households: int = 8
) -> pl.DataFrame:
    """Interviews of counties with so many cases a household; weights differ by village."""
    rng = np.random.default_rng(20260401)
    rows: list[dict[str, Any]] = []
    for code, rate in counties.items():
        for village in range(villages):
            for line in range(2 * households):
                of_e, fails = line % 2 == 0, bool(rng.random() < rate)
                rows.append(
                    {
                        "unit_id": f"{code}{village}{line}",
                        "county_adcode": code,
                        "stratum": f"{code}-{village % 2}",
                        "psu": f"{code}{village}",
                        "household_class": "E" if of_e else "N",
                        "persons": 4,
                        "weight": 5.0 + village,
                        "pi1": 0.3,
                        "disposition": "completed",
                        "wrong_exit": 4 * fails if of_e else None,
                        "recurrence": 0 if of_e else None,
                        "missed": None if of_e else 4 * fails,
                        "approves": int(not fails),
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


def totals_of(counties: dict[str, float]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "county_adcode": list(counties),
            "persons_e": [9_000 + 500 * place for place in range(len(counties))],
            "persons_p": 400,
            "persons_n": 30_000,
            "persons_rural": [39_400 + 500 * place for place in range(len(counties))],
        }
    )


def sample_of(counties: dict[str, float], *, stratum: list[str], held: int) -> pl.DataFrame:
    """Counties drawn by simple random sampling from strata of so many."""
    drawn = pl.DataFrame({"county_adcode": list(counties), "stratum": stratum})
    return drawn.with_columns(counties=pl.lit(held), pi0=pl.len().over("stratum") / held)


def test_one_county_that_was_certain_has_the_figures_of_the_county() -> None:
    here = {"530101": 0.1}
    rows, official = interviews_of(here), totals_of(here)
    drawn = sample_of(here, stratum=["53"], held=1)

    found = national(rows, drawn, totals=official).to_polars()

    assert found["area"].unique().sort().to_list() == ["53", "nation"]
    persons = Totals(9_000, 400, 30_000, 39_400)
    for figure in indicators(rows, totals=persons):
        for area in ("nation", "53"):
            row = found.filter(area=area, code=figure.code).row(0, named=True)
            e = figure.estimate
            assert (row["value"], row["se"], row["df"], row["n"]) == pytest.approx(
                (e.value, e.se, e.df, e.n), abs=1e-12
            )


def test_the_variance_is_that_of_counties_and_then_of_villages() -> None:
    # By hand: 4 of 20 counties, 5 villages of two strata in each, drawn with replacement.
    rates = {"530101": 0.02, "530102": 0.1, "530103": 0.0, "530104": 0.2}
    rows, drawn = interviews_of(rates), sample_of(rates, stratum=["53"] * 4, held=20)

    row = (
        national(rows, drawn).table.filter(area="nation", code="wrong_exit_rate").row(0, named=True)
    )

    e = rows.filter(household_class="E").with_columns(
        w=pl.col("weight") * 5, y=pl.col("wrong_exit")
    )
    base = e.select((pl.col("w") * pl.col("persons")).sum()).item()
    ratio = e.select((pl.col("w") * pl.col("y")).sum()).item() / base
    villages = (
        e.with_columns(z=pl.col("w") * (pl.col("y") - ratio * pl.col("persons")) / base)
        .group_by("county_adcode", "stratum", "psu")
        .agg(pl.col("z").sum())
    )
    of_county = villages.group_by("county_adcode").agg(pl.col("z").sum())["z"]
    between = (1 - 4 / 20) * 4 * of_county.to_numpy().var(ddof=1)
    strata = villages.group_by("county_adcode", "stratum").agg(v=pl.len() * pl.col("z").var())
    within = 4 / 20 * strata["v"].to_numpy().sum()
    assert row["value"] == pytest.approx(ratio)
    assert row["se"] == pytest.approx((between + within) ** 0.5)
    assert (row["df"], row["counties"], row["villages"]) == (3, 4, 20)


def test_the_composite_expands_persons_and_not_rates() -> None:
    rates = {"520101": 0.02, "520102": 0.1, "530103": 0.0, "530104": 0.2}
    rows, official = interviews_of(rates), totals_of(rates)
    drawn = sample_of(rates, stratum=["52", "52", "53", "53"], held=10)

    found = national(rows, drawn, totals=official)

    poor = []
    for code, e, rural in official.select(
        "county_adcode", "persons_e", "persons_rural"
    ).iter_rows():
        persons = Totals(e, 400, 30_000, rural)
        figures = {
            one.code: one.estimate.value
            for one in indicators(rows.filter(county_adcode=code), totals=persons)
        }
        poor.append(figures["poverty_incidence"] * rural)
    nation = found.table.filter(area="nation", code="poverty_incidence").row(0, named=True)
    assert nation["value"] == pytest.approx(sum(poor) / official["persons_rural"].sum())
    assert nation["low"] > 1_600 / official["persons_rural"].sum()
    assert nation["low"] < nation["value"] < nation["high"]
    assert repr(found).startswith("National(2 provinces; wrong_exit_rate ")
    near = found.table.filter(area="52", code="poverty_incidence").row(0, named=True)
    assert near["value"] == pytest.approx(sum(poor[:2]) / official["persons_rural"][:2].sum())
    assert near["df"] == 1


def test_approval_is_a_share_of_households() -> None:
    rates = {"530101": 0.02, "530102": 0.1}
    rows = interviews_of(rates)

    found = national(rows, sample_of(rates, stratum=["53"] * 2, held=4))

    row = found.table.filter(area="nation", code="satisfaction_rate").row(0, named=True)
    share = rows.select((pl.col("weight") * pl.col("approves")).sum() / pl.col("weight").sum())
    assert row["value"] == pytest.approx(share.item())
    assert row["unit"] == "households"
    assert row["low"] < row["value"] < row["high"]


@pytest.mark.parametrize("rule", ["adjust", "collapse", "certainty"])
def test_a_stratum_with_one_county_follows_the_rule_of_the_plan(rule: str) -> None:
    rates = {"520101": 0.02, "530101": 0.1, "530102": 0.3, "530103": 0.05}
    drawn = sample_of(rates, stratum=["52", "53", "53", "53"], held=9)

    found = national(interviews_of(rates), drawn, analysis=Analysis(single_psu=rule))

    row = found.table.filter(area="nation", code="wrong_exit_rate").row(0, named=True)
    assert row["se"] > 0
    assert row["df"] == (3 if rule == "collapse" else 2)


@pytest.mark.parametrize("rule", ["average", "refuse"])
def test_a_province_with_nothing_but_one_county_has_no_average(rule: str) -> None:
    rates = {"520101": 0.02, "530101": 0.1, "530102": 0.3, "530103": 0.05}
    drawn = sample_of(rates, stratum=["guizhou", "53", "53", "53"], held=9)

    with pytest.raises(EstimationError, match="strata guizhou have a single"):
        national(interviews_of(rates), drawn, analysis=Analysis(single_psu=rule))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"county_adcode": ["530101", "530109"]}, "530109 is in the sample but has no interviews"),
        ({"pi0": [0.5, 1.2]}, "county 530102 has a pi0 outside"),
        ({"stratum": None}, "lacks the column stratum"),
        ({"county_adcode": ["530101", "530101"]}, "county 530101 stands twice"),
        ({"counties": [1, 1]}, "stratum 53 of the sample of counties"),
    ],
)
def test_a_sample_of_counties_that_does_not_fit_is_refused(
    change: dict[str, Any], message: str
) -> None:
    rates = {"530101": 0.02, "530102": 0.1}
    drawn = sample_of(rates, stratum=["53"] * 2, held=4)
    for name, values in change.items():
        drawn = drawn.drop(name) if values is None else drawn.with_columns(pl.Series(name, values))

    with pytest.raises(EstimationError, match=message):
        national(interviews_of(rates), drawn)


def test_interviews_of_a_county_that_was_not_drawn_are_refused() -> None:
    rates = {"530101": 0.02, "530102": 0.1}
    drawn = sample_of({"530101": 0.0}, stratum=["53"], held=4)

    with pytest.raises(EstimationError, match="530102 has interviews but is not in the sample"):
        national(interviews_of(rates), drawn)


def test_strata_may_divide_every_stage() -> None:
    # Four of eight counties; in each, two strata of villages, two of four drawn in each.
    county = np.repeat(np.arange(4), 4)
    half = np.tile([0, 0, 1, 1], 4)
    y = np.arange(16.0) ** 2

    made = describe(
        np.full(16, 4.0),
        psu=[county, np.arange(16)],
        stratum=[np.zeros(16, int), half],
        fpc=[np.full(16, 8), np.full(16, 4)],
    )

    z = 4 * y
    between = (1 - 4 / 8) * 4 * np.bincount(county, z).var(ddof=1)
    pairs = z.reshape(8, 2)
    within = 4 / 8 * (1 - 2 / 4) * 2 * pairs.var(axis=1, ddof=1).sum()
    assert total(made, y).se ** 2 == pytest.approx(between + within)
    with pytest.raises(EstimationError, match="strata for 3 stages"):
        describe(np.ones(16), psu=county, stratum=[county, county, county])


@pytest.mark.parametrize("held", [1, 9])
def test_one_county_of_many_says_nothing_of_the_nation(held: int) -> None:
    """Its standard error is 0 for want of a second county, which is no certainty."""
    rates = {"530101": 0.1}
    drawn = sample_of(rates, stratum=["53"], held=held).with_columns(pi0=pl.lit(0.1))

    found = national(interviews_of(rates), drawn, totals=totals_of(rates))

    for row in found.table.iter_rows(named=True):
        offset = 0.0 if row["code"] != "poverty_incidence" else row["low"]
        assert row["df"] == 0
        assert (row["low"], row["high"]) == (offset, 1.0)
