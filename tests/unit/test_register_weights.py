"""One weight a household that agrees with the register, factor by factor."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result
from frames import frozen_frame, village_frame

from sampling.answers import prepare
from sampling.cli import main
from sampling.county_answers import prepare_counties
from sampling.diagnostics import household_report, weight_report
from sampling.errors import CalibrationError
from sampling.estimate import total
from sampling.indicators import Analysis, Totals, indicators
from sampling.plan import Plan, write_plan
from sampling.rates import rate
from sampling.register_weights import calibration_of, to_register
from sampling.remoteness import freeze
from sampling.stages import describe
from sampling.weights import weigh

COUNTY = "420528"
FACTORS = ("base_weight", "nonresponse_factor", "trimming_factor", "calibration_factor")


def a_household(unit: str, **changes: Any) -> dict[str, Any]:
    return {
        "unit_id": unit,
        "county_adcode": COUNTY,
        "stratum": f"{COUNTY}-1",
        "psu": "v1",
        "household_class": "E",
        "persons": 3,
        "pi1": 0.5,
        "pi2": 0.1,
        "disposition": "completed",
    } | changes


def a_sample(**sizes: int) -> pl.DataFrame:
    """Two strata, each with ten villages of six E and four N households, sizes 1 to 5.

    The keywords turn so many of the first households into absent or moved_out.
    """
    rows = [
        a_household(
            f"{stratum}-{village}-{name}{k}",
            stratum=f"{COUNTY}-{stratum}",
            psu=f"v{stratum}{village}",
            household_class=name,
            persons=1 + (village + k) % 5,
        )
        for stratum in (1, 2)
        for village in range(10)
        for name, count in (("E", 6), ("N", 4))
        for k in range(count)
    ]
    dispositions = [name for name, count in sizes.items() for _ in range(count)]
    for row, disposition in zip(rows[:: len(rows) // 19], dispositions, strict=False):
        row["disposition"] = disposition
    return pl.DataFrame(rows)


def a_register(**changes: Any) -> pl.DataFrame:
    """Two strata; E 1,300 households of 3.2 persons, N 700 of 2.9."""
    return pl.DataFrame(
        {
            "county_adcode": COUNTY,
            "stratum": [f"{COUNTY}-1", f"{COUNTY}-2"],
            "households_e": [1300, 1300],
            "persons_e": [4160, 4160],
            "households_p": 0,
            "persons_p": 0,
            "households_n": [700, 900],
            "persons_n": [2030, 2610],
        }
        | changes
    )


def test_without_a_register_nothing_changes() -> None:
    weighed = weigh(a_sample(absent=5, moved_out=3))

    assert "calibration_factor" not in weighed.columns
    assert "trimming_factor" not in weighed.columns
    assert calibration_of(weighed) is None


def test_those_out_of_scope_meet_the_totals_too_and_keep_no_weight() -> None:
    weighed = weigh(a_sample(absent=6, moved_out=6), register=a_register())

    gone = weighed.filter(outcome="out_of_scope")
    assert gone.height == 6
    assert set(gone["weight"]) == {0.0}
    first = {"stratum": f"{COUNTY}-1", "household_class": "E"}
    there, left = weighed.filter(**first), gone.filter(**first)
    with_them = pl.col("base_weight") * pl.col("calibration_factor")
    for what, target in ((1, 1300), (pl.col("persons"), 4160)):
        interviewed = there.select((pl.col("weight") * what).sum()).item()
        moved_out = left.select((with_them * what).sum()).item()
        assert interviewed < target
        assert interviewed + moved_out == pytest.approx(target)


def test_the_weight_is_the_product_of_its_factors() -> None:
    weighed = weigh(a_sample(absent=9), trim_above=1.09, register=a_register())

    answered = weighed.filter(outcome="respondent")
    product = np.prod(answered.select(FACTORS).to_numpy(), axis=1)
    assert answered["weight"].to_numpy() == pytest.approx(product)
    trimmed = answered["nonresponse_factor"] * answered["trimming_factor"]
    assert answered["nonresponse_factor"].max() > 1.09  # type: ignore[operator] # a float column
    assert trimmed.max() == pytest.approx(1.09)
    assert (answered["base_weight"] * trimmed).sum() == pytest.approx(200 * 20)
    absent = weighed.filter(outcome="nonresponse")
    assert absent.select(pl.col(FACTORS[1:]).null_count()).row(0) == (9, 9, 9)


def test_rows_keep_their_order_and_weighing_again_changes_nothing() -> None:
    sample = a_sample(absent=6, moved_out=6)
    once = weigh(sample, register=a_register())

    assert once["unit_id"].to_list() == sample["unit_id"].to_list()
    assert weigh(once, register=a_register()).equals(once)
    assert to_register(once, a_register())["weight"].to_list() == pytest.approx(
        once["weight"].to_list()
    )
    mixed = weigh(sample.sample(fraction=1, shuffle=True, seed=1), register=a_register())
    assert mixed.sort("unit_id")["weight"].to_list() == pytest.approx(
        once.sort("unit_id")["weight"].to_list()
    )


def test_a_stratum_with_few_respondents_joins_its_neighbour() -> None:
    few = a_sample().filter((pl.col("stratum") == f"{COUNTY}-1") | (pl.col("psu") < "v23"))

    weighed = weigh(few, register=a_register())

    assert set(weighed["calibration_cell"]) == {
        f"{COUNTY}-1+{COUNTY}-2/N",
        f"{COUNTY}-1+{COUNTY}-2/E",
    }
    assert weighed.filter(household_class="E")["weight"].sum() == pytest.approx(2600)


def test_a_class_with_few_respondents_joins_the_exited() -> None:
    poor = [a_household(f"p{k}", household_class="P", psu=f"v1{k}", persons=2) for k in range(3)]
    sample = pl.concat([a_sample(), pl.DataFrame(poor)])
    register = a_register(households_p=[60, 0], persons_p=[120, 0])

    weighed = weigh(sample, register=register)

    assert set(weighed["calibration_cell"]) == {
        f"{COUNTY}-{stratum}/{names}" for stratum in (1, 2) for names in ("E+P", "N")
    }
    joined = weighed.filter(calibration_cell=f"{COUNTY}-1/E+P")
    assert joined["weight"].sum() == pytest.approx(1360)


def test_registered_persons_count_where_they_are_given() -> None:
    sample = a_sample().with_columns(
        persons_register="persons", persons=pl.col("persons").cast(pl.Int64) + 1
    )

    weighed = weigh(sample, register=a_register())

    first = weighed.filter(calibration_cell=f"{COUNTY}-1/E")
    assert (first["weight"] * first["persons_register"]).sum() == pytest.approx(4160)


def test_no_weight_turns_negative_where_the_register_is_far_away() -> None:
    far = a_register(persons_e=[1500, 6000])

    weighed = weigh(a_sample(), register=far)

    assert weighed["weight"].min() > 0  # type: ignore[operator] # a float column
    assert weighed["calibration_factor"].max() > 4  # type: ignore[operator] # a float column


@pytest.mark.parametrize(
    ("sample", "register", "code"),
    [
        (a_sample(), a_register().drop("persons_n"), "register_column"),
        (a_sample().drop("persons"), a_register(), "register_column"),
        (a_sample(), a_register().head(1), "register_stratum"),
        (a_sample(), a_register(households_n=0, persons_n=0), "register_empty"),
        (a_sample(), a_register(persons_e=[7000, 4160]), "out_of_reach_jointly"),
        (
            a_sample().with_columns(persons=pl.lit(None, pl.Int64)),
            a_register(),
            "persons",
        ),
        (a_sample().with_columns(persons=pl.lit("two")), a_register(), "persons"),
        (a_sample().with_columns(persons=pl.lit(-1)), a_register(), "persons"),
        (a_sample().with_columns(persons=pl.lit(float("nan"))), a_register(), "persons"),
        (a_sample(), a_register(households_e=[None, 1]), "register_value"),
        (a_sample(), a_register(persons_e=[-5, 4160]), "register_value"),
        (a_sample().with_columns(persons=pl.lit(3)), a_register(), "contradiction"),
    ],
)
def test_registers_that_do_not_fit_are_refused(sample: Any, register: Any, code: str) -> None:
    with pytest.raises(CalibrationError) as refused:
        weigh(sample, register=register)

    assert refused.value.code == f"calibration.{code}"


def test_the_cell_at_fault_is_named() -> None:
    with pytest.raises(CalibrationError) as refused:
        weigh(a_sample(), register=a_register(persons_e=[7000, 4160]))

    # Nobody has more than five persons, and there are 1,300 households.
    named = {"name": f"{COUNTY}-1/E persons", "target": "7,000", "nearest": "6,500"}
    assert refused.value.details == named


@pytest.mark.parametrize(("moved_out", "known"), [(0, True), (6, False)])
def test_the_design_of_calibrated_interviews_uses_residuals(moved_out: int, known: bool) -> None:
    sample = a_sample(moved_out=moved_out, absent=12)
    weighed = weigh(sample, register=a_register())

    answers = prepare(weighed, single_psu="refuse")

    e = (weighed["household_class"] == "E").to_numpy()
    there = e & (weighed["outcome"] == "respondent").to_numpy()
    count, plain = (
        total(design, there.astype(float))
        for design in (answers.design, prepare(weigh(sample), single_psu="refuse").design)
    )
    assert plain.se > 1
    assert (count.se < 1e-6) == known  # how many moved out remains an estimate
    assert (count.value == pytest.approx(2600)) == known


def test_a_rate_has_the_residual_variance_at_every_step() -> None:
    rows = a_sample(absent=6).with_columns(
        wrong_exit=pl.when(household_class="E").then((pl.col("persons") > 4) * pl.col("persons"))
    )
    weighed = weigh(rows, register=a_register())
    answers = prepare(weighed, single_psu="refuse")

    found = rate(answers.design, [answers.measure("wrong_exit_rate").known], icc=0.05)

    e = (weighed["household_class"] == "E").to_numpy()
    weight = weighed["weight"].to_numpy()
    y, m = weighed["wrong_exit"].fill_null(0).to_numpy(), weighed["persons"].to_numpy()
    ratio = (weight * y)[e].sum() / (weight * m)[e].sum()
    score = np.where(e, weight * (y - ratio * m), 0.0) / (weight * m)[e].sum()
    assert found.value == pytest.approx(ratio)
    assert answers.design.calibration is not None
    residual = answers.design.calibration.residuals(score)
    plain = describe(np.ones(weight.size), psu=weighed["psu"], stratum=weighed["stratum"])
    assert found.se == pytest.approx(total(plain, residual).se)
    assert found.se != pytest.approx(total(plain, score).se, rel=1e-3)


def test_many_counties_at_once_are_weighed_each_by_itself() -> None:
    other = {
        "county_adcode": pl.lit("530828"),
        "stratum": pl.col("stratum").str.replace("42", "53"),
    }
    sample, register = a_sample(absent=6), a_register()
    both = pl.concat([sample, sample.with_columns(**other)])
    twice = pl.concat([register, register.with_columns(**other)])

    weighed = weigh(both.with_columns(psu=pl.concat_str("county_adcode", "psu")), register=twice)

    alone = weigh(sample, register=register)["weight"].to_list()
    assert weighed["weight"].to_list() == pytest.approx(alone * 2)


def test_counties_are_not_estimated_in_one_pass_once_calibrated() -> None:
    weighed = weigh(a_sample(), register=a_register())

    with pytest.raises(CalibrationError, match="one county at a time"):
        prepare_counties(weighed, single_psu="refuse")

    assert prepare_counties(weigh(a_sample()), single_psu="refuse").names == (COUNTY,)


def test_reports_say_how_far_the_sample_was_from_the_register() -> None:
    weighed = weigh(a_sample(absent=9), trim_above=1.09, register=a_register())

    report = household_report(weighed, a_register())

    table = report.to_polars()
    assert table.height == 8
    assert table["name"][0] == f"{COUNTY}-1/E households"
    assert report.distance < 1e-9
    assert table["distance_before"].abs().max() > 0.05  # type: ignore[operator] # a float column
    assert report.total == pytest.approx(4200)
    assert report.ratio == pytest.approx(report.high / report.low)
    assert (report.trimmed > 0, report.moved > 0) == (True, True)
    assert "420528-1/E households         1,300" in repr(report)
    assert "+0.00%" in repr(report)


def test_reports_of_bare_weights_and_of_nothing() -> None:
    report = weight_report([0.0, 10.0, 10.0, 40.0])

    assert (report.n, report.total, report.ratio, report.deff) == (3, 60.0, 4.0, 1.5)
    assert (report.margins, report.distance) == ((), 0.0)
    for nothing, code in (([], "no_weight"), ([0.0], "no_weight"), ([1.0, -1.0], "weight")):
        with pytest.raises(CalibrationError) as refused:
            weight_report(nothing)
        assert refused.value.code == f"calibration.{code}"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    villages = village_frame(30, points=False)
    frozen = freeze(Plan(campaign="c", counties=(COUNTY,)), villages)
    write_plan(tmp_path / "plan", frozen.plan, frozen.villages)
    rows = [
        a_household(
            f"{village['village_code']}-{name}{k}",
            stratum=village["stratum"],
            psu=village["village_code"],
            household_class=name,
            pi1=0.9,
            pi2=12 / village[f"households_{name.lower()}"],
            wrong_exit=0 if name == "E" else None,
            recurrence=0 if name == "E" else None,
            missed=0 if name == "N" else None,
            approves=1,
            disposition="absent" if k == 11 and name == "E" else "completed",
        )
        for village in frozen.villages.iter_rows(named=True)
        for name in "EN"
        for k in range(12)
    ]
    pl.DataFrame(rows, infer_schema_length=None).write_csv(tmp_path / "interviews.csv")
    (tmp_path / "totals.csv").write_text(
        "county_adcode,persons_e,persons_p,persons_n,persons_rural,document\n"
        f"{COUNTY},4000,20,8000,12020,x\n",
        "utf-8",
    )
    return tmp_path


def run(files: Path, *options: str) -> Result:
    paths = ("--interviews", files / "interviews.csv", "--totals", files / "totals.csv")
    return CliRunner().invoke(main, ["estimate", *map(str, paths), *options])


def test_the_command_calibrates_to_the_villages_of_the_plan(files: Path) -> None:
    out = files / "out.json"

    result = run(files, "--plan", str(files / "plan"), "--calibrate", "--out", str(out))

    assert result.exit_code == 0, result.output
    assert "校准系数" in result.output
    assert "calibration factor" in result.output
    assert "+0.00%" in result.output
    weights = json.loads(out.read_text("utf-8"))["counties"][0]["weights"]
    villages = village_frame(30, points=False)
    households = [m["after"] for m in weights["margins"] if m["name"].endswith("/E households")]
    assert sum(households) == pytest.approx(villages["households_e"].sum())


def test_the_command_trims_without_calibrating(files: Path) -> None:
    result = run(files, "--trim-above", "1.2")

    assert result.exit_code == 0, result.output
    assert "design effect" in result.output
    assert "calibration factor 1.000 to 1.000" in " ".join(result.output.split())


def test_the_command_says_nothing_of_weights_unless_asked(files: Path) -> None:
    assert "calibration factor" not in run(files, "--plan", str(files / "plan")).output


def test_the_command_needs_a_plan_to_calibrate_to(files: Path) -> None:
    result = run(files, "--calibrate")

    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "--calibrate needs --plan" in result.output


def test_indicators_of_calibrated_interviews_come_out(files: Path) -> None:
    rows = pl.read_csv(files / "interviews.csv", schema_overrides={"county_adcode": pl.String})
    register = village_frame(30, points=False).with_columns(
        stratum=pl.lit(rows["stratum"][0]), county_adcode=pl.lit(COUNTY)
    )
    rows = rows.with_columns(stratum=pl.lit(rows["stratum"][0]))

    weighed = weigh(rows.cast({"psu": pl.String}), register=register)

    found = indicators(weighed, totals=Totals(4000, 20, 8000, 12020), analysis=Analysis())
    assert found[0].estimate.value == 0
    assert found[3].estimate.value == 1


def test_a_frame_folder_is_no_plan(tmp_path: Path, files: Path) -> None:
    frozen_frame(tmp_path / "f", village_frame(30, points=False))

    result = run(files, "--plan", str(tmp_path / "f" / "frame"), "--calibrate")

    assert result.exit_code == 1
