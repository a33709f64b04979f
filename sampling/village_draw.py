"""The first stage of drawing: villages within strata, with their reserve.

Probabilities come from `sampling.design`, chance only from `sampling.tickets`; the same frame,
plan and seed give the same rows on any machine, whatever order the rows came in.
"""

from fractions import Fraction
from typing import Any

import polars as pl

from sampling import tickets
from sampling.design import Stratum, strata
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.selectors import pps_systematic
from sampling.waves import window

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
