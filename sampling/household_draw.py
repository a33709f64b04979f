"""The second stage of drawing: households within village and class, from register or roster.

Chance comes only from `sampling.tickets`; the same frame, plan and seed give the same rows on any
machine, whatever order the rows came in.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from sampling import tickets
from sampling.design import cell_size
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.waves import window

SAMPLE_HOUSEHOLDS = {
    "unit_id": pl.String,
    "county_adcode": pl.String,
    "stratum": pl.String,
    "psu": pl.String,
    "household_class": pl.String,
    "persons": pl.Int64,
    "ticket": pl.String,
    "order": pl.Int64,
    "is_reserve": pl.Boolean,
    "pi1": pl.Float64,
    "pi2": pl.Float64,
    "inclusion_prob": pl.Float64,
    "base_weight": pl.Float64,
    "wave": pl.Int64,
}

REGISTERED = ("E", "P")
ROSTER_CLASSES = ("E", "P", "N")


def draw_registered(
    plan: Plan, sample_villages: pl.DataFrame, households: pl.DataFrame, *, campaign_seed: str
) -> pl.DataFrame:
    """Draw E and P households from the register in the villages given.

    Parameters
    ----------
    plan : takes, reserve and wave of stage 2
    sample_villages : released villages, rows of `draw_villages`
    households : household frame of these villages at least, in any order
    campaign_seed : as for `draw_villages`

    Returns
    -------
    one row a household, columns `SAMPLE_HOUSEHOLDS`, sorted by village, class and order. A cell
    of N households gives n with π2 = n / N, the n smallest tickets of the village seed in wave 1;
    reserve rows follow in order and carry the same π2.

    Raises
    ------
    DrawError : a column is missing, or an identifier is not clean or there twice
    """
    _need(sample_villages, ("village_code", "county_adcode", "stratum", "pi1"), "sample_villages")
    _need(households, ("household_id", "village_code", "household_class", "persons"), "households")
    cells = (
        households.lazy()
        .filter(
            pl.col("village_code").is_in(sample_villages["village_code"].implode()),
            pl.col("household_class").is_in(REGISTERED),
        )
        .select("household_id", "village_code", "household_class", "persons")
        .collect(engine="streaming")
        .partition_by("village_code", "household_class", as_dict=True)
    )
    rows = []
    for village in sample_villages.sort("village_code").iter_rows(named=True):
        county = tickets.county_seed(campaign_seed, village["county_adcode"])
        seed = tickets.village_seed(county, village["village_code"])
        for household_class in REGISTERED:
            cell = cells.get((village["village_code"], household_class))
            if cell is not None:
                units = dict(zip(cell["household_id"], cell["persons"], strict=True))
                _refuse_repeated(cell["household_id"], village["village_code"])
                rows += _cell_rows(plan, village, household_class, units, seed)
    return pl.DataFrame(rows, schema=SAMPLE_HOUSEHOLDS, orient="row")


def draw_roster(
    plan: Plan,
    village_row: Mapping[str, Any],
    roster: pl.DataFrame,
    *,
    village_seed: str,
    take: int | None = None,
) -> pl.DataFrame:
    """Draw N households from the roster of one village, as the team's phone does on arrival.

    Parameters
    ----------
    plan : take, reserve and wave of stage 2
    village_row : the village's row of `draw_villages`
    roster : households as listed; those of class E or P stay out of the draw
    village_seed : see `sampling.tickets.village_seed`
    take : households to draw instead of the plan's n (count)

    Returns
    -------
    as `draw_registered`, class N only; N of π2 = n / N is counted on the roster

    Raises
    ------
    DrawError : a column is missing, an unknown class, another village's roster, or an identifier
        that is not clean or there twice
    """
    _need(roster, ("unit_id", "household_class", "persons"), "roster")
    strange = roster.filter(~pl.col("household_class").is_in(ROSTER_CLASSES))
    if not strange.is_empty():
        raise DrawError("draw.class", value=strange["household_class"][0])
    if "village_code" in roster.columns:
        other = roster.filter(pl.col("village_code") != village_row["village_code"])
        if not other.is_empty():
            raise DrawError(
                "draw.roster_village",
                found=other["village_code"][0],
                expected=village_row["village_code"],
            )
    _refuse_repeated(roster["unit_id"], village_row["village_code"])
    listed = roster.filter(pl.col("household_class") == "N")
    units = dict(zip(listed["unit_id"], listed["persons"], strict=True))
    rows = _cell_rows(plan, village_row, "N", units, village_seed, take=take)
    return pl.DataFrame(rows, schema=SAMPLE_HOUSEHOLDS, orient="row")


def _cell_rows(
    plan: Plan,
    village: Mapping[str, Any],
    household_class: str,
    persons: Mapping[str, int],
    seed: str,
    *,
    take: int | None = None,
) -> list[tuple[Any, ...]]:
    n = (
        min(take, len(persons))
        if take is not None
        else (cell_size(plan, household_class, len(persons)))
    )
    if not n:
        return []
    try:
        ranked = tickets.rank(seed, persons)
    except ValueError as error:
        where = village["village_code"]
        raise DrawError("draw.unit_id", where=where, reason=error) from None
    places = window(
        len(ranked),
        n,
        reserve=plan.stage2.reserve,
        rotation=plan.stage2.rotation,
        wave=plan.wave,
    )
    sample, reserve = places.of(ranked)
    pi1, pi2 = village["pi1"], n / len(ranked)
    return [
        (
            unit_id,
            village["county_adcode"],
            village["stratum"],
            village["village_code"],
            household_class,
            persons[unit_id],
            ticket.hex(),
            order,
            order > n,
            pi1,
            pi2,
            pi1 * pi2,
            1 / (pi1 * pi2),
            plan.wave,
        )
        for order, (unit_id, ticket) in enumerate(sample + reserve, start=1)
    ]


def _refuse_repeated(unit_ids: Iterable[str], village_code: str) -> None:
    seen: set[str] = set()
    for unit_id in unit_ids:
        if unit_id in seen:
            reason = f"unit id given twice: {unit_id!r}"
            raise DrawError("draw.unit_id", where=village_code, reason=reason)
        seen.add(unit_id)


def _need(table: pl.DataFrame, columns: tuple[str, ...], what: str) -> None:
    for column in columns:
        if column not in table.columns:
            raise DrawError("draw.column_missing", what=what, column=column)
