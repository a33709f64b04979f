"""The first stage of drawing: villages within strata, with their reserve.

Probabilities come from `sampling.design`, chance only from `sampling.tickets`; the same frame,
plan and seed give the same rows on any machine, whatever order the rows came in.
"""

from fractions import Fraction
from heapq import nsmallest
from typing import Any

import numpy as np
import polars as pl

from sampling import tickets
from sampling.design import Stratum, strata
from sampling.errors import DrawError
from sampling.plan import Plan
from sampling.selectors.cube import cube_strata
from sampling.selectors.local_pivotal import lpm2
from sampling.selectors.max_entropy import max_entropy
from sampling.selectors.methods import step_uniforms, unit_uniforms
from sampling.selectors.pareto import pareto_order, pareto_working
from sampling.selectors.probabilities import Flags, Floats
from sampling.selectors.sampford import sampford
from sampling.selectors.systematic import walk
from sampling.waves import shift, window

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

TICKET_SPAN = 1 << 256

Tickets = list[bytes]
"""Tickets of the villages of a stratum, in the order of the walk."""


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
    149-162). In later waves starts and tickets are shifted, see docs/adr/0011-waves-of-villages.md.
    """
    parts = strata(plan, villages)
    seeds = {
        adcode: tickets.stage1_seed(tickets.county_seed(campaign_seed, adcode))
        for adcode in {part.county_adcode for part in parts}
    }
    drawn = [_tickets(part, seeds[part.county_adcode]) for part in parts]
    chosen = select_villages(
        plan, parts, drawn, seeds=[seeds[part.county_adcode] for part in parts]
    )
    rows = [
        row
        for part, of, places in zip(parts, drawn, chosen, strict=True)
        for row in _rows(plan, part, of, places)
    ]
    return pl.DataFrame(rows, schema=SAMPLE_VILLAGES, orient="row")


def select_villages(
    plan: Plan, parts: tuple[Stratum, ...], drawn: list[Tickets], *, seeds: list[str]
) -> list[tuple[list[int], list[int]]]:
    """Select sample and reserve of every stratum from the tickets of its villages.

    Parameters
    ----------
    plan : method, reserve, rotation, wave
    parts : strata
    drawn : tickets of the villages of each stratum
    seeds : seed of the stage in the county of each stratum

    Returns
    -------
    for each stratum the places of the sample and of the reserve, in order
    """
    method = plan.stage1.method
    cells = list(zip(parts, drawn, seeds, strict=True))
    if method == "srswor":
        return [_simple_random(plan, part, of) for part, of, _ in cells]
    if method == "pareto":
        return [_pareto(plan, part, of) for part, of, _ in cells]
    if method == "pps_systematic":
        samples = [_systematic(plan, part, seed) for part, _, seed in cells]
    elif method == "cube":
        taken = cube_strata(
            [(part.pi, part.auxiliaries, _cube_numbers(part, of, seed)) for part, of, seed in cells]
        )
        samples = [_certain_first(part, one) for part, one in zip(parts, taken, strict=True)]
    else:
        samples = [_certain_first(part, _taken(plan, part, of, seed)) for part, of, seed in cells]
    return [
        (sample, _next_by_size(plan, part, of, sample))
        for sample, (part, of, _) in zip(samples, cells, strict=True)
    ]


def _simple_random(plan: Plan, part: Stratum, of: Tickets) -> tuple[list[int], list[int]]:
    places = window(
        len(of),
        part.n,
        reserve=plan.stage1.reserve,
        rotation=plan.stage1.rotation,
        wave=plan.wave,
    )
    return places.of(sorted(range(len(of)), key=lambda place: (of[place], part.villages[place])))


def _systematic(plan: Plan, part: Stratum, seed: str) -> list[int]:
    certain, left, _ = part.shares
    start = tickets.fraction(seed, f"start/{part.code}") + _shift(plan, part)
    others = [place for place, sure in enumerate(certain) if not sure]
    hits = walk([part.measures[place] for place in others], left, start=start % 1)
    return [place for place, sure in enumerate(certain) if sure] + [others[hit] for hit in hits]


def _pareto(plan: Plan, part: Stratum, of: Tickets) -> tuple[list[int], list[int]]:
    certain, left, _ = part.shares
    others = np.flatnonzero(~np.array(certain))
    sample = np.flatnonzero(certain).tolist()
    if not left:
        return sample, []
    order = pareto_order(pareto_working(part.pi)[others], _numbers(plan, part, of)[others])
    ranked: list[int] = others[order].tolist()
    return sample + ranked[:left], ranked[left : left + plan.stage1.reserve]


def _taken(plan: Plan, part: Stratum, of: Tickets, seed: str) -> Flags:
    if part.points is not None:
        return lpm2(part.pi, part.points, step_uniforms(seed, "lpm2", part.code, len(of)))
    choose = {"sampford": sampford, "max_entropy": max_entropy}[plan.stage1.method]
    return choose(part.pi, _numbers(plan, part, of))


def _cube_numbers(part: Stratum, of: Tickets, seed: str) -> Floats:
    return np.column_stack([unit_uniforms(of), step_uniforms(seed, "cube", part.code, len(of))])


def _certain_first(part: Stratum, taken: Flags) -> list[int]:
    certain, _, _ = part.shares
    places: list[int] = np.flatnonzero(taken).tolist()
    return sorted(places, key=lambda place: not certain[place])


def _numbers(plan: Plan, part: Stratum, of: Tickets) -> Floats:
    """Permanent random numbers of the villages, moved as far as the wave asks for."""
    moved = _shift(plan, part)
    if not moved:
        return unit_uniforms(of)
    numbers = [(Fraction(int.from_bytes(one[:8], "big"), 1 << 64) - moved) % 1 for one in of]
    return np.minimum([float(one) for one in numbers], 1 - 2.0**-53)


def _next_by_size(plan: Plan, part: Stratum, of: Tickets, sample: list[int]) -> list[int]:
    """Villages not drawn by ticket / size ascending, as many as the reserve asks for."""
    moved = _shift(plan, part)
    left = set(range(len(of))).difference(sample)
    wanted = plan.stage1.reserve
    if not moved and 0 < wanted < len(left):
        # The first 8 bytes as doubles leave few villages to compare exactly.
        rough = {place: int.from_bytes(of[place][:8], "big") / part.sizes[place] for place in left}
        last = nsmallest(wanted, rough.values())[-1]
        left = {place for place, key in rough.items() if key <= last * (1 + 1e-9) + 1}

    def exactly(place: int) -> tuple[Fraction, str]:
        number = (Fraction(int.from_bytes(of[place], "big"), TICKET_SPAN) - moved) % 1
        return number / part.sizes[place], part.villages[place]

    return nsmallest(wanted, left, key=exactly)


def _shift(plan: Plan, part: Stratum) -> Fraction:
    certain, left, _ = part.shares
    units = len(certain) - sum(certain)
    return shift(units, left, rotation=plan.stage1.rotation, wave=plan.wave)


def _tickets(part: Stratum, seed: str) -> Tickets:
    try:
        of = dict(tickets.rank(seed, part.villages))
    except ValueError as error:
        raise DrawError("draw.unit_id", where=part.code, reason=error) from None
    return [of[code] for code in part.villages]


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
