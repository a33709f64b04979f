"""The first stage of drawing: villages within strata, with their reserve.

Probabilities come from `sampling.design`, chance only from `sampling.tickets`; the same frame,
plan and seed give the same rows on any machine, whatever order the rows came in.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from sampling import tickets
from sampling.counties import villages_released
from sampling.design import Stratum, strata
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.village_selection import Tickets, select_villages, working_probabilities

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


def draw_villages(plan: Plan, villages: pl.DataFrame, *, campaign_seed: str) -> pl.DataFrame:
    """Draw the villages of every county of a plan, with their reserve.

    Where the plan has a county stage, of the counties that it draws.

    Parameters
    ----------
    plan : counties, allocation, method, reserve, wave
    villages : frozen villages, one row each, in any order
    campaign_seed : secret until fieldwork ends

    Returns
    -------
    one row a village, columns `SAMPLE_VILLAGES`, sorted by stratum and order. `order` counts from
    1 within a stratum and runs on through the reserve. Certain villages stand first, then the
    others along the walk; for pareto by their ratio of odds, for srswor all by ticket. `pi1` of
    a reserve village is that of the design.

    Raises
    ------
    PlanError, AllocationError : see `sampling.design.strata`
    DrawError : a village code that is not clean

    Notes
    -----
    The reserve are the next in the order of drawing for srswor and pareto. For the other methods
    they are the villages not drawn, by ticket / size ascending: the larger a village, the earlier
    it tends to come (sequential Poisson sampling; Ohlsson (1998), J. Official Statistics 14,
    149-162). In later waves starts and tickets are shifted, see docs/adr/0013-waves-of-villages.md.
    """
    visited = villages_released(plan, villages, campaign_seed=campaign_seed)
    parts = strata(plan, visited)
    seeds = {
        adcode: tickets.stage1_seed(tickets.county_seed(campaign_seed, adcode))
        for adcode in {part.county_adcode for part in parts}
    }
    of_stratum = [seeds[part.county_adcode] for part in parts]
    drawn = village_tickets(parts, of_stratum)
    working = working_probabilities(plan, parts)
    chosen = select_villages(plan, parts, drawn, seeds=of_stratum, working=working)
    rows = [
        row
        for part, of, places in zip(parts, drawn, chosen, strict=True)
        for row in _rows(plan, part, of, places)
    ]
    return pl.DataFrame(rows, schema=SAMPLE_VILLAGES, orient="row")


def village_tickets(parts: Sequence[Stratum], seeds: Sequence[str]) -> list[Tickets]:
    """Compute the tickets of all villages.

    Parameters
    ----------
    parts : strata
    seeds : seed of the stage in the county of each stratum

    Returns
    -------
    for each stratum the tickets of its villages, in the order of the walk

    Raises
    ------
    DrawError : a village code that is not clean, or there twice
    """
    found = []
    for part, seed in zip(parts, seeds, strict=True):
        try:
            of = dict(tickets.rank(seed, part.villages))
        except ValueError as error:
            raise DrawError("draw.unit_id", where=part.code, reason=error) from None
        found.append([of[code] for code in part.villages])
    return found


def _rows(
    plan: Plan, part: Stratum, of: Tickets, places: tuple[list[int], list[int]]
) -> list[tuple[Any, ...]]:
    sample, reserve = places
    certain, left, total = part.shares
    return [
        (
            part.county_adcode,
            part.code,
            part.villages[place],
            of[place].hex(),
            1.0 if certain[place] else left * part.measures[place] / total,
            certain[place],
            order,
            order > len(sample),
            plan.wave,
        )
        for order, place in enumerate(sample + reserve, start=1)
    ]
