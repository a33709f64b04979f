"""Figures of many counties at once are, to rounding, those of each county alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from sampling.county_indicators import CountyIndicators, indicators_by_county
from sampling.errors import EstimationError
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.intervals import share_interval

PERSONS = {
    "530101": Totals(42_000, 1_900, 136_100, 180_000),
    "530102": Totals(9_000, 0, 51_000, 60_000),
    "530103": Totals(60_000, 4_500, 0, 64_500),
    "530104": Totals(30_000, 900, 200_000, 230_900),
}
"""The third county has no households outside the register."""

CLASSES = ("E", "P", "N")


def a_county(rng: np.random.Generator, code: str, *, rate: float, strata: int) -> pl.DataFrame:
    """Sixteen villages; cases in clumps, reserves, refusals, open answers, wrong classes."""
    rows = []
    for village in range(16):
        risk = rng.gamma(0.4, rate / 0.4)
        pi1 = float(rng.choice([0.1, 0.25, 0.4]))
        for household_class, count in zip(CLASSES, (12, 2, 10), strict=True):
            listed = count + int(rng.integers(2, 40))
            for line in range(count + int(rng.integers(0, 3))):
                rows.append(
                    a_household(rng, household_class, risk)
                    | {
                        "unit_id": f"{household_class}{village:02}{line:03}",
                        "county_adcode": code,
                        "stratum": str(village % strata),
                        "psu": f"v{village:02}",
                        "pi1": pi1,
                        "pi2": count / listed,
                        "is_reserve": line >= count,
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


def a_household(rng: np.random.Generator, household_class: str, risk: float) -> dict[str, Any]:
    found = household_class if rng.random() < 0.98 else str(rng.choice(["E", "P", "N", "other"]))
    persons, fails = int(rng.integers(1, 7)), rng.random() < risk
    row: dict[str, Any] = {
        "household_class": household_class,
        "class_found": found,
        "persons": persons,
        "disposition": str(rng.choice(["completed", "refused", "dead"], p=[0.9, 0.08, 0.02])),
        "wrong_exit": None,
        "recurrence": None,
        "missed": None,
        "missed_base": None,
        "approves": int(rng.random() > 0.02 + risk / 2),
        "undetermined": str(
            rng.choice(["", "wrong_exit", "missed;approves"], p=[0.97, 0.02, 0.01])
        ),
    }
    if found == "E":
        row |= {"wrong_exit": persons * fails, "recurrence": persons * (rng.random() < risk / 2)}
        if rng.random() < 0.02:
            row |= {"missed": 1, "missed_base": 1}
    elif found == "N":
        row |= {"missed": persons * fails, "missed_base": persons if rng.random() < 0.5 else None}
    return row


@pytest.fixture(scope="module")
def interviews() -> pl.DataFrame:
    """Four counties that share the names of villages, strata and households."""
    rng = np.random.default_rng(20260301)
    shapes = {"530101": (0.01, 3), "530102": (0.15, 4), "530103": (0.004, 1), "530104": (0.05, 13)}
    parts = [a_county(rng, code, rate=r, strata=s) for code, (r, s) in shapes.items()]
    return pl.concat(parts).sample(fraction=1.0, shuffle=True, seed=1)


def totals() -> pl.DataFrame:
    rows = [
        (code, one.persons_e, one.persons_p, one.persons_n, one.persons_rural)
        for code, one in PERSONS.items()
    ]
    columns = ["county_adcode", "persons_e", "persons_p", "persons_n", "persons_rural"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def shown(figure: Indicator) -> dict[str, Any]:
    """A figure of one county by the names of the columns of the table."""
    estimate, footing, open_ = figure.estimate, figure.footing, figure.undetermined
    names = ("value", "se", "low", "high", "deff", "df", "n", "n_eff", "unit")
    parts = ("villages", "share", "step", "offset", "scale", "mirrored")
    return {
        **{name: getattr(estimate, name) for name in names},
        **{name: getattr(footing, name) for name in parts},
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "sample": float(figure.sample),
        "low_95": figure.interval_95[0],
        "high_95": figure.interval_95[1],
        "low_certain": figure.interval_certain[0],
        "high_certain": figure.interval_certain[1],
        "undetermined": open_.count,
        "undetermined_low": open_.low,
        "undetermined_high": open_.high,
        "nothing_found": figure.nothing_found,
    }


def assert_same(found: CountyIndicators, county: str, alone: tuple[Indicator, ...]) -> None:
    rows = list(found.table.filter(county_adcode=county).iter_rows(named=True))
    assert [row["code"] for row in rows] == [figure.code for figure in alone]
    for row, figure in zip(rows, alone, strict=True):
        due = shown(figure)
        texts = {name for name, value in due.items() if isinstance(value, str)}
        assert {name: row[name] for name in texts} == {name: due[name] for name in texts}
        numbers = {name: value for name, value in due.items() if name not in texts}
        assert {name: row[name] for name in numbers} == pytest.approx(
            numbers, rel=1e-12, abs=1e-12, nan_ok=True
        )


def as_drawn(rows: pl.DataFrame) -> pl.DataFrame:
    return rows


def a_stratum_taken_whole(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pi1=pl.when(pl.col("stratum") == "0").then(1.0).otherwise("pi1"))


def half_the_counties_weighted(rows: pl.DataFrame) -> pl.DataFrame:
    weighted = pl.col("county_adcode") < "530103"
    return rows.with_columns(weight=pl.when(weighted).then(3.0 + pl.col("persons")))


@pytest.mark.parametrize(
    ("change", "analysis"),
    [
        (as_drawn, Analysis()),
        (as_drawn, Analysis(single_psu="average", interval="wilson", icc=0.2)),
        (as_drawn, Analysis(single_psu="collapse", round_kind="revisit", confidence=0.9)),
        (as_drawn, Analysis(single_psu="certainty", missed_denominator="a")),
        (a_stratum_taken_whole, Analysis()),
        (a_stratum_taken_whole, Analysis(interval="logit", missed_denominator="a")),
        (half_the_counties_weighted, Analysis()),
    ],
)
def test_every_county_has_the_figures_it_has_alone(
    interviews: pl.DataFrame, change: Callable[[pl.DataFrame], pl.DataFrame], analysis: Analysis
) -> None:
    rows = change(interviews)
    persons = {f"v{village:02}": 300 + 10 * village for village in range(24)}

    together = indicators_by_county(
        rows, totals=totals(), analysis=analysis, village_persons=persons
    )

    for code, official in PERSONS.items():
        own = rows.filter(county_adcode=code)
        if "weight" in own.columns and own["weight"].null_count():
            own = own.drop("weight")
        alone = indicators(own, totals=official, analysis=analysis, village_persons=persons)
        assert_same(together, code, alone)


def test_the_floor_of_the_bound_is_at_work_in_these_counties(interviews: pl.DataFrame) -> None:
    # Otherwise the comparison above would not have tried it. With equal weights and icc 0 the
    # cap of a share of households is n.
    found = indicators_by_county(
        interviews.with_columns(weight=10.0), totals=totals(), analysis=Analysis(icc=0.0)
    )

    lifted = 0
    for row in found.to_polars().filter(code="satisfaction_rate").iter_rows(named=True):
        plain = share_interval(
            row["share"], row["se"], n=row["n"], df=row["df"], level=0.9, cap=row["n"]
        )
        lifted += row["n_eff"] < plain.n_eff * 0.99
    assert lifted


def test_footings_answer_what_if_questions(interviews: pl.DataFrame) -> None:
    found = indicators_by_county(interviews, totals=totals())

    footings = found.footings("satisfaction_rate")

    alone = indicators(interviews.filter(county_adcode="530102"), totals=PERSONS["530102"])
    due = {figure.code: figure for figure in alone}["satisfaction_rate"].footing
    assert footings["530102"].n_eff == pytest.approx(due.n_eff)
    assert footings["530102"].mirrored
    assert list(footings) == list(PERSONS)
    assert repr(found) == "CountyIndicators(4 counties, 20 figures)"


def test_a_revisit_that_did_not_ask_for_wrong_exits_has_none(interviews: pl.DataFrame) -> None:
    here = pl.col("county_adcode") == "530101"
    rows = interviews.with_columns(
        wrong_exit=pl.when(here).then(None).otherwise("wrong_exit"),
        undetermined=pl.when(here).then(pl.lit("")).otherwise("undetermined"),
    )

    found = indicators_by_county(
        rows, totals=totals(), analysis=Analysis(round_kind="revisit")
    ).to_polars()

    having = found.filter(code="wrong_exit_rate")["county_adcode"].to_list()
    assert having == ["530102", "530103", "530104"]
    assert found.filter(code="poverty_incidence").height == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"wrong_exit": None}, "nothing was measured for wrong_exit_rate.*530102|530102.*wrong"),
        ({"psu": "v00", "stratum": "0", "pi1": 0.5}, "no degrees of freedom .*530102"),
        ({"unit_id": "E00"}, "more than once"),
        ({"persons": None}, "persons has missing"),
        ({"undetermined": "wealth"}, "unknown indicator in undetermined: wealth"),
        ({"county_adcode": "530199"}, "530199"),
    ],
)
def test_what_one_county_may_not_have_is_refused_by_its_name(
    interviews: pl.DataFrame, change: dict[str, Any], message: str
) -> None:
    here = pl.col("county_adcode") == "530102"
    rows = interviews.with_columns(
        pl.when(here).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in change.items()
    ).with_columns(weight=2.0)

    with pytest.raises(EstimationError, match=message):
        indicators_by_county(rows, totals=totals())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.head(3), "530104"),
        (lambda rows: pl.concat([rows, rows.head(1)]), "530101 stands in the totals more than"),
        (lambda rows: rows.with_columns(persons_rural=5), "5"),
        (lambda rows: rows.drop("persons_p"), "persons_p"),
    ],
)
def test_totals_that_cannot_be_are_refused(
    interviews: pl.DataFrame, change: Callable[[pl.DataFrame], pl.DataFrame], message: str
) -> None:
    with pytest.raises(EstimationError, match=message):
        indicators_by_county(interviews, totals=change(totals()))
