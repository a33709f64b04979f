"""One door to all selectors, by name, with the uniform numbers that each takes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sampling import tickets as ticket_tree
from sampling.errors import DrawError
from sampling.selectors.balance import cube
from sampling.selectors.conditional_poisson import max_entropy
from sampling.selectors.local_pivotal import lpm2
from sampling.selectors.pareto_design import pareto
from sampling.selectors.probabilities import Flags, Floats, Positions, certain_ones, uniform_numbers
from sampling.selectors.sampford_design import sampford
from sampling.selectors.walks import systematic

METHODS = ("pps_systematic", "srswor", "sampford", "max_entropy", "pareto", "lpm2", "cube")
"""Selectors that a plan may name."""


def select(
    method: str,
    pi: ArrayLike,
    *,
    tickets: Sequence[bytes] | None = None,
    uniforms: ArrayLike | None = None,
    start: ArrayLike | None = None,
    steps: ArrayLike | None = None,
    coordinates: ArrayLike | None = None,
    auxiliaries: ArrayLike | None = None,
) -> Positions:
    """Select units by the method of this name.

    What each method takes besides π, in the order of the units, which must not depend on how
    the rows of a file happen to lie (sort by code first):

    ====================  ======================================================================
    pps_systematic        `start`, the ticket named `start/<stratum>`
    srswor                `tickets` or `uniforms` of the units; the smallest are drawn
    sampford              the same
    max_entropy           the same
    pareto                the same
    lpm2                  `coordinates`, and `steps` named `lpm2/<stratum>/<step>/unit` and `…/duel`
    cube                  `auxiliaries`, `tickets` or `uniforms` of the units, which order them,
                          and `steps` named `cube/<stratum>/<step>/duel`
    ====================  ======================================================================

    Parameters
    ----------
    method : one of `METHODS`
    pi : (n_units,) π in [0, 1], their sum n a whole number; for srswor all but the certain equal
    tickets : (n_units,) 32 bytes each, see `sampling.tickets`
    uniforms : (n_units,) uniform numbers in [0, 1) in place of tickets
    start : uniform number in [0, 1)
    steps : (n_units, 2) uniform numbers in [0, 1), (n_units,) for cube, see `step_uniforms`
    coordinates : (n_units, d) in any one unit of length
    auxiliaries : (n_units, p) variables to balance on, the most important first

    Returns
    -------
    (n,) positions of the units taken, ascending; certain units among them

    Raises
    ------
    DrawError : unknown method, something it needs is missing, or not probabilities of a
        fixed-size design

    Examples
    --------
    >>> select("pareto", [1, 0.5, 0.25, 0.25], uniforms=[0.9, 0.7, 0.2, 0.1]).tolist()
    [0, 3]
    """
    units = len(np.asarray(pi))

    def needed(what: str, value: ArrayLike | None) -> ArrayLike:
        if value is None:
            raise DrawError("selectors.needs", method=method, what=what)
        return value

    def own() -> ArrayLike:
        return needed("tickets", uniforms if tickets is None else unit_uniforms(tickets))

    if method == "pps_systematic":
        taken = systematic(pi, needed("start", start))
    elif method == "srswor":
        taken = smallest(pi, own())
    elif method == "sampford":
        taken = sampford(pi, own())
    elif method == "max_entropy":
        taken = max_entropy(pi, own())
    elif method == "pareto":
        taken = pareto(pi, own())
    elif method == "lpm2":
        taken = lpm2(pi, needed("coordinates", coordinates), needed("steps", steps))
    elif method == "cube":
        both = [uniform_numbers(one, units) for one in (own(), needed("steps", steps))]
        taken = cube(pi, needed("auxiliaries", auxiliaries), np.stack(both, axis=-1))
    else:
        raise DrawError("selectors.method", method=method, known=", ".join(METHODS))
    if taken.shape != (units,):
        raise DrawError("selectors.uniform_shape", found=taken.shape[:-1], expected=())
    return np.flatnonzero(taken)


def smallest(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select the units of the smallest numbers, certain units first: simple random sampling.

    Parameters
    ----------
    pi : (n_units,) π, equal but for 0 and 1
    u : (…, n_units) uniform numbers in [0, 1), one a unit

    Returns
    -------
    (…, n_units) whether a unit is taken

    Raises
    ------
    DrawError : probabilities that differ

    Examples
    --------
    >>> smallest([0.5, 0.5, 0.5, 0.5], [0.9, 0.7, 0.2, 0.1]).tolist()
    [False, False, True, True]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, chances, units, n = certain_ones(pi, own.shape[:-1])
    if n:
        if np.ptp(chances) > 1e-9:
            raise DrawError(
                "selectors.unequal", low=float(chances.min()), high=float(chances.max())
            )
        order = np.argsort(own[..., units], axis=-1, kind="stable")
        np.put_along_axis(taken, units[order[..., :n]], True, axis=-1)
    return taken


def unit_uniforms(tickets: Sequence[bytes]) -> Floats:
    """Turn tickets into uniform numbers: the first 8 bytes, big-endian, over 2^64.

    Parameters
    ----------
    tickets : (n_units,) 32 bytes each

    Returns
    -------
    (n_units,) float in [0, 1); what would round to 1 is the largest double below it

    Examples
    --------
    >>> unit_uniforms([bytes([128] + [0] * 31), bytes([255] * 32)]).tolist()
    [0.5, 0.9999999999999999]
    """
    whole = np.frombuffer(b"".join(one[:8] for one in tickets), dtype=">u8").astype(np.float64)
    return np.minimum(whole / 2.0**64, 1 - 2.0**-53)


def step_uniforms(seed: str, method: str, stratum: str, units: int) -> Floats:
    """Make the numbers of a method that goes step by step.

    Parameters
    ----------
    seed : seed of the stage
    method : "lpm2" or "cube"
    stratum : label of the stratum, part of the names
    units : units of the stratum, which is as many steps as there can be

    Returns
    -------
    (units, 2) float in [0, 1) for lpm2, from the tickets `lpm2/<stratum>/<step>/unit` and
    `lpm2/<stratum>/<step>/duel`; (units,) for cube, from `cube/<stratum>/<step>/duel`; steps are
    counted from 1

    Examples
    --------
    >>> step_uniforms("demo-seed", "lpm2", "420528-1", 3).shape
    (3, 2)
    """
    of = ticket_tree.tickets(seed)
    parts = ("unit", "duel") if method == "lpm2" else ("duel",)
    names = (f"{method}/{stratum}/{step}/{part}" for step in range(1, units + 1) for part in parts)
    found = unit_uniforms([of(name) for name in names])
    return found.reshape(units, 2) if method == "lpm2" else found
