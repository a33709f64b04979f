"""The selectors at work on villages: sample and reserve of every stratum, from tickets alone.

For a later wave the start of a walk and the tickets' numbers are moved by the same distance in
every village of a stratum, see docs/adr/0013-waves-of-villages.md.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from sampling import tickets
from sampling.design import Stratum
from sampling.plan import Plan
from sampling.selectors.balance import cube_strata
from sampling.selectors.conditional_poisson import max_entropy, max_entropy_workings
from sampling.selectors.local_pivotal import lpm2
from sampling.selectors.methods import step_uniforms, unit_uniforms
from sampling.selectors.pareto_design import pareto_order, pareto_workings
from sampling.selectors.probabilities import Flags, Floats
from sampling.selectors.sampford_design import sampford
from sampling.selectors.walks import walk
from sampling.waves import shift, window

TICKET_SPAN = 1 << 256

CLOSE = 1e-9
"""Ratios nearer to each other than this share are compared in fractions."""

Tickets = list[bytes]
"""Tickets of the villages of a stratum, in the order of the walk."""


def working_probabilities(plan: Plan, parts: Sequence[Stratum]) -> list[Floats]:
    """Solve for the parameters with which the plan's method has exactly the π of each stratum.

    Parameters
    ----------
    plan : method
    parts : strata

    Returns
    -------
    for each stratum (n_villages,) float: parameters of Pareto sampling, Poisson probabilities of
    maximum entropy sampling, for every other method π itself
    """
    solve = {"pareto": pareto_workings, "max_entropy": max_entropy_workings}
    pis = [part.pi for part in parts]
    return solve[plan.stage1.method](pis) if plan.stage1.method in solve else pis


def select_villages(
    plan: Plan,
    parts: Sequence[Stratum],
    drawn: Sequence[Tickets],
    *,
    seeds: Sequence[str],
    working: Sequence[Floats],
) -> list[tuple[list[int], list[int]]]:
    """Select sample and reserve of every stratum from the tickets of its villages.

    Parameters
    ----------
    plan : method, reserve, rotation, wave
    parts : strata
    drawn : tickets of the villages of each stratum
    seeds : seed of the stage in the county of each stratum
    working : see `working_probabilities`

    Returns
    -------
    for each stratum the places of the sample and of the reserve, in order
    """
    method = plan.stage1.method
    cells = list(zip(parts, drawn, seeds, working, strict=True))
    if method == "srswor":
        return [_simple_random(plan, part, of) for part, of, _, _ in cells]
    if method == "pareto":
        return [_pareto(plan, part, of, known) for part, of, _, known in cells]
    if method == "pps_systematic":
        samples = [_systematic(plan, part, seed) for part, _, seed, _ in cells]
    elif method == "cube":
        taken = cube_strata(
            [
                (part.pi, part.auxiliaries, _cube_numbers(part, of, seed))
                for part, of, seed, _ in cells
            ]
        )
        samples = [_certain_first(part, one) for part, one in zip(parts, taken, strict=True)]
    else:
        taken = [_taken(plan, *cell) for cell in cells]
        samples = [_certain_first(part, one) for part, one in zip(parts, taken, strict=True)]
    reserves = _by_size(plan, parts, drawn, samples)
    return list(zip(samples, reserves, strict=True))


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
    start = tickets.fraction(seed, f"start/{part.code}")
    if plan.wave > 1:
        start = (start + _shift(plan, part)) % 1
    first = [place for place, sure in enumerate(certain) if sure]
    # A certain village has no length on the walk of the others.
    sizes = [0 if sure else size for sure, size in zip(certain, part.measures, strict=True)]
    return first + walk(sizes, left, start=start)


def _pareto(plan: Plan, part: Stratum, of: Tickets, working: Floats) -> tuple[list[int], list[int]]:
    certain, left, _ = part.shares
    others = np.flatnonzero(~np.array(certain))
    sample = np.flatnonzero(certain).tolist()
    if not left:
        return sample, []
    order = pareto_order(working[others], _numbers(plan, part, of)[others])
    ranked: list[int] = others[order].tolist()
    return sample + ranked[:left], ranked[left : left + plan.stage1.reserve]


def _taken(plan: Plan, part: Stratum, of: Tickets, seed: str, working: Floats) -> Flags:
    if plan.stage1.method == "sampford":
        return sampford(part.pi, _numbers(plan, part, of))
    if plan.stage1.method == "max_entropy":
        return max_entropy(part.pi, _numbers(plan, part, of), working=working)
    if part.points is None:  # all villages are taken
        return np.ones(len(of), dtype=bool)
    return lpm2(part.pi, part.points, step_uniforms(seed, "lpm2", part.code, len(of)))


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


def _by_size(
    plan: Plan,
    parts: Sequence[Stratum],
    drawn: Sequence[Tickets],
    samples: Sequence[list[int]],
) -> list[list[int]]:
    """Villages not drawn by ticket / size ascending, as many of each stratum as it reserves.

    Doubles give the order wherever no two villages are too close for them.
    """
    if not plan.stage1.reserve or not parts:
        return [[] for _ in parts]
    counts = [len(of) for of in drawn]
    begin = np.cumsum([0, *counts[:-1]])
    if plan.wave == 1:
        numbers = unit_uniforms([one for of in drawn for one in of])
    else:
        numbers = np.concatenate([_numbers(plan, *cell) for cell in zip(parts, drawn, strict=True)])
    key = numbers / np.array([size for part in parts for size in part.sizes], dtype=np.float64)
    sampled = [first + place for first, one in zip(begin, samples, strict=True) for place in one]
    key[sampled] = np.inf
    order = np.lexsort((key, np.repeat(np.arange(len(parts)), counts)))
    ranked = key[order]
    close = np.append(ranked[1:] <= ranked[:-1] * (1 + CLOSE) + 1e-15, False)
    found = []
    for first, part, of, sample in zip(begin.tolist(), parts, drawn, samples, strict=True):
        wanted = min(plan.stage1.reserve, len(of) - len(sample))
        if close[first : first + wanted].any():
            found.append(_exactly_by_size(plan, part, of, sample)[:wanted])
        else:
            found.append((order[first : first + wanted] - first).tolist())
    return found


def _exactly_by_size(plan: Plan, part: Stratum, of: Tickets, sample: list[int]) -> list[int]:
    moved = _shift(plan, part)

    def key(place: int) -> tuple[Fraction, str]:
        number = (Fraction(int.from_bytes(of[place], "big"), TICKET_SPAN) - moved) % 1
        return number / part.sizes[place], part.villages[place]

    return sorted(set(range(len(of))).difference(sample), key=key)


def _shift(plan: Plan, part: Stratum) -> Fraction:
    if plan.wave == 1:
        return Fraction(0)
    certain, left, _ = part.shares
    units = len(certain) - sum(certain)
    return shift(units, left, rotation=plan.stage1.rotation, wave=plan.wave)
