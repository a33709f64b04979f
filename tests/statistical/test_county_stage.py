"""Spot checks of counties: frequencies, totals and standard errors over many seeds.

A register of 24 counties in two provinces, of which every household is known; counties, villages
and households are drawn again and again, and what is estimated is compared with what is true.
"""

from collections import Counter
from functools import cache

import numpy as np
import polars as pl
import pytest

from sampling.counties import CountyStratum, county_strata, draw_strata
from sampling.national import National, national
from sampling.plan import Plan
from sampling.village_draw import draw_villages

DRAWS = 100
TAKE = 6
"""Households drawn in a village of each class."""


def settings(*county_stage: str) -> Plan:
    return Plan().override(
        [
            "remoteness.weights.km_to_seat=1.0",
            "stage1.villages=4",
            "stage1.method=srswor",
            *(f"county_stage.{one}" for one in county_stage),
        ]
    )


SIMPLE = settings("method=srswor", "number=12", "classes=2")
BY_SIZE = settings("method=pps_systematic", "size=households", "number=8", "classes=2")


@cache
def villages() -> pl.DataFrame:
    """Eight villages a county; counties differ in size and lie apart."""
    rng = np.random.default_rng(20260501)
    rows = [
        {
            "village_code": f"{adcode}{village:06}",
            "county_adcode": adcode,
            "village_type": "other",
            "stratum": f"{adcode}-1",
            "remoteness_class": 1,
            "households_e": int(rng.integers(8, 14 + 2 * place)),
            "households_p": 0,
            "households_n": int(rng.integers(8, 40)),
            "km_to_seat": float(place + rng.integers(1, 20)),
        }
        for place, adcode in enumerate(f"{52 + k % 2}{k:04}" for k in range(24))
        for village in range(8)
    ]
    persons = {f"persons_{one}": pl.col(f"households_{one}") * 3 for one in "epn"}
    return pl.DataFrame(rows).with_columns(**persons)


@cache
def households() -> pl.DataFrame:
    """Every household, with the truth about it; whole counties are better or worse."""
    rng = np.random.default_rng(20260502)
    frame = villages()
    county_risk = dict(
        zip(frame["county_adcode"].unique().sort(), rng.gamma(2.0, 0.03, 24), strict=True)
    )
    rows = []
    for village in frame.iter_rows(named=True):
        risk = min(county_risk[village["county_adcode"]] * rng.gamma(1.0, 1.0), 0.6)
        for household_class in ("E", "N"):
            for _ in range(village[f"households_{household_class.lower()}"]):
                persons, fails = int(rng.integers(1, 7)), bool(rng.random() < risk)
                rows.append(
                    {
                        "unit_id": f"{village['village_code']}{household_class}{len(rows)}",
                        "psu": village["village_code"],
                        "household_class": household_class,
                        "persons": persons,
                        "wrong_exit": persons * fails if household_class == "E" else None,
                        "recurrence": 0 if household_class == "E" else None,
                        "missed": persons * fails if household_class == "N" else None,
                        "approves": int(not fails),
                        "disposition": "completed",
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


@pytest.mark.parametrize(
    "plan", [SIMPLE, BY_SIZE, settings("method=sampford", "size=persons", "number=12")]
)
def test_counties_are_drawn_as_often_as_their_probability_says(plan: Plan) -> None:
    draws, strata = 1500, county_strata(plan, villages())
    due = {
        code: float(chance)
        for stratum in strata
        for code, chance in zip(stratum.counties, stratum.probabilities, strict=True)
    }

    seen: Counter[str] = Counter()
    for draw in range(draws):
        table = draw_strata(plan.county_stage, strata, campaign_seed=f"seed {draw}")
        seen.update(table["county_adcode"].to_list())

    for code, chance in due.items():
        error = (chance * (1 - chance) / draws) ** 0.5
        assert abs(seen[code] / draws - chance) <= 5 * error + 1e-12


_STRATA: dict[str, tuple[CountyStratum, ...]] = {}


def strata_of(plan: Plan) -> tuple[CountyStratum, ...]:
    if plan.sha256 not in _STRATA:
        _STRATA[plan.sha256] = county_strata(plan, villages())
    return _STRATA[plan.sha256]


def spot_check(
    plan: Plan, seed: str, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counties, villages and households of one seed, as interviews that found the truth."""
    counties = draw_strata(plan.county_stage, strata_of(plan), campaign_seed=seed)
    drawn = draw_villages(plan, villages(), campaign_seed=seed).filter(~pl.col("is_reserve"))
    of_village = drawn.select("county_adcode", "stratum", "pi1", psu="village_code")
    taken = households().join(of_village, on="psu")
    taken = taken.with_columns(ticket=pl.Series(rng.random(taken.height)))
    cell = ("psu", "household_class")
    taken = taken.filter(pl.col("ticket").rank("ordinal").over(cell) <= TAKE)
    sizes = households().group_by(cell).len("size")
    joined = taken.join(sizes, on=cell)
    return counties, joined.with_columns(pi2=pl.min_horizontal(1.0, TAKE / pl.col("size"))).drop(
        "ticket", "size"
    )


def estimates(plan: Plan) -> tuple[list[float], list[National]]:
    """Expanded totals of persons wrongly exited, and national figures, of all seeds."""
    rng = np.random.default_rng(20260503)
    totals, figures = [], []
    for draw in range(DRAWS):
        counties, interviews = spot_check(plan, f"seed {draw}", rng)
        expanded = interviews.join(counties.select("county_adcode", "pi0"), on="county_adcode")
        pi = pl.col("pi0") * pl.col("pi1") * pl.col("pi2")
        totals.append(expanded.select((pl.col("wrong_exit") / pi).sum()).item())
        figures.append(national(interviews, counties))
    return totals, figures


@pytest.mark.parametrize("plan", [SIMPLE, BY_SIZE], ids=["simple", "by-size"])
def test_the_national_total_is_unbiased_and_its_error_honest(plan: Plan) -> None:
    truth = households().filter(household_class="E")
    persons, failing = truth["persons"].sum(), truth["wrong_exit"].sum()

    totals, figures = estimates(plan)

    error = float(np.std(totals, ddof=1)) / DRAWS**0.5
    assert abs(float(np.mean(totals)) - failing) <= 5 * error
    rows = [
        one.table.filter(area="nation", code="wrong_exit_rate").row(0, named=True)
        for one in figures
    ]
    values = np.array([row["value"] for row in rows])
    variances = np.array([row["se"] ** 2 for row in rows])
    spread = float(values.var(ddof=1))
    # a variance from DRAWS values has a relative error of about sqrt(2/DRAWS)
    low = 1 - 5 * (2 / DRAWS) ** 0.5
    assert variances.mean() >= spread * low
    if plan is SIMPLE:
        assert variances.mean() <= spread * (1 + 5 * (2 / DRAWS) ** 0.5)
    inside = np.mean([row["low"] <= failing / persons <= row["high"] for row in rows])
    assert inside >= 0.9 - 5 * (0.9 * 0.1 / DRAWS) ** 0.5
