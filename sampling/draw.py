"""Two stages of drawing: villages within strata, households within village and class.

Probabilities come from `sampling.design`, chance only from `sampling.tickets`; the same frame,
plan and seed give the same rows on any machine, whatever order the rows came in.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, TypeVar

import polars as pl

from sampling import tickets
from sampling.design import Stratum, cell_size, strata
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.selectors import pps_systematic

Unit = TypeVar("Unit")

SAMPLE_VILLAGES = {
    "county_adcode": pl.String,
    "stratum": pl.String,
    "village_code": pl.String,
    "ticket": pl.String,
    "pi1": pl.Float64,
    "certainty": pl.Boolean,
    "order": pl.Int64,
    "is_reserve": pl.Boolean,
    "wave": pl.Int64,
}

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


def draw_villages(plan: Plan, villages: pl.DataFrame, *, campaign_seed: str) -> pl.DataFrame:
    """Draw the villages of every county of a plan, with their reserve.

    Parameters
    ----------
    plan : counties, allocation, method, reserve, wave
    villages : frozen villages, one row each, in any order
    campaign_seed : secret until fieldwork ends

    Returns
    -------
    one row a village, columns `SAMPLE_VILLAGES`, sorted by stratum and order. `order` counts from
    1 within a stratum and runs on through the reserve; for pps_systematic certain villages stand
    first, then the others along the walk. `pi1` of a reserve village is that of the design.

    Raises
    ------
    PlanError, AllocationError : see `sampling.design.strata`
    DrawError : a village code that is not clean

    Notes
    -----
    The reserve of pps_systematic are the villages not drawn, by ticket / size ascending: the
    larger a village, the earlier it tends to come (sequential Poisson sampling; Ohlsson (1998),
    J. Official Statistics 14, 149-162).
    """
    rows = [
        row
        for stratum in strata(plan, villages)
        for row in _stratum_rows(plan, stratum, campaign_seed)
    ]
    return pl.DataFrame(rows, schema=SAMPLE_VILLAGES, orient="row")


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


@dataclass(frozen=True)
class Window:
    """Places of a ranked list that a wave takes, and those it holds in reserve."""

    sample: range
    reserve: range

    def of(self, ranked: Sequence[Unit]) -> tuple[list[Unit], list[Unit]]:
        """Pick the units, starting again at the first where the list ends."""
        length = len(ranked)
        return (
            [ranked[place % length] for place in self.sample],
            [ranked[place % length] for place in self.reserve],
        )


def window(units: int, n: int, *, reserve: int, rotation: float, wave: int) -> Window:
    """Place wave k on the ranks of a cell: it starts (k - 1) s after the first.

    s is n × rotation, rounded up; the reserve follows the sample and never repeats it.

    Examples
    --------
    >>> window(40, 16, reserve=4, rotation=0.3333, wave=2)
    Window(sample=range(6, 22), reserve=range(22, 26))
    """
    step = ceil(n * Fraction(repr(rotation)))
    first = (wave - 1) * step % units if units else 0
    return Window(
        sample=range(first, first + n),
        reserve=range(first + n, first + n + min(reserve, units - n)),
    )


def _stratum_rows(plan: Plan, stratum: Stratum, campaign_seed: str) -> list[tuple[Any, ...]]:
    seed = tickets.stage1_seed(tickets.county_seed(campaign_seed, stratum.county_adcode))
    try:
        ticket_of = dict(tickets.rank(seed, stratum.villages))
    except ValueError as error:
        raise DrawError("draw.unit_id", where=stratum.code, reason=error) from None
    if plan.stage1.method == "srswor":
        sample, reserve = _simple_random(plan, stratum, list(ticket_of))
    else:
        sample, reserve = _systematic(plan, stratum, seed, ticket_of)
    probability = dict(zip(stratum.villages, stratum.probabilities, strict=True))
    return [
        (
            stratum.county_adcode,
            stratum.code,
            code,
            ticket_of[code].hex(),
            float(probability[code]),
            probability[code] == 1,
            order,
            order > len(sample),
            plan.wave,
        )
        for order, code in enumerate(sample + reserve, start=1)
    ]


def _simple_random(plan: Plan, stratum: Stratum, ranked: list[str]) -> tuple[list[str], list[str]]:
    places = window(
        len(ranked),
        stratum.n,
        reserve=plan.stage1.reserve,
        rotation=plan.stage1.rotation,
        wave=plan.wave,
    )
    return places.of(ranked)


def _systematic(
    plan: Plan, stratum: Stratum, seed: str, ticket_of: dict[str, bytes]
) -> tuple[list[str], list[str]]:
    start = tickets.fraction(seed, f"start/{stratum.code}")
    places = pps_systematic(stratum.probabilities, start=start)
    sample = [stratum.villages[place] for place in places]
    size = dict(zip(stratum.villages, stratum.sizes, strict=True))
    left = sorted(
        set(stratum.villages) - set(sample),
        key=lambda code: (Fraction(int.from_bytes(ticket_of[code], "big"), size[code]), code),
    )
    return sample, left[: plan.stage1.reserve]


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
