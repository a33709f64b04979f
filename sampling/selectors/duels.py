"""Pivotal sampling: units settle in duels, two at a time, in the order given or a random one."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import Flags, Floats, Positions, certain_ones, uniform_numbers


def pivotal(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by ordered pivotal sampling.

    The survivor of the duels so far meets the next unit. If their probabilities add up to less
    than 1, one of them is out and the other carries the sum; if not, one of them is in and the
    other carries the sum less 1.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1] in the order of the duels, their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a duel

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    References
    ----------
    Deville and Tillé (1998), Biometrika 85, 89-101, section 5. Chauvet (2012), On a
    characterization of ordered pivotal sampling, Bernoulli 18, 1320-1340.

    Examples
    --------
    >>> pivotal([1, 0.5, 0.25, 0.25], [0.6, 0.7, 0.2, 0.1]).tolist()
    [True, True, False, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    order = np.broadcast_to(np.arange(own.shape[-1]), own.shape)
    return _duels(pi, order, own)


def random_pivotal(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by pivotal sampling in a random order.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units, 2) uniform numbers in [0, 1); the first column orders the units, the second
        decides the duels

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    References
    ----------
    Deville and Tillé (1998), Biometrika 85, 89-101, section 5.

    Examples
    --------
    >>> random_pivotal([0.5, 0.5], [[0.9, 0.2], [0.1, 0.7]]).tolist()
    [True, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)), 2)
    return _duels(pi, np.argsort(own[..., 0], axis=-1, kind="stable"), own[..., 1])


def duel(a: Any, b: Any, u: Any) -> tuple[Any, Any]:
    """Settle one of two units with probabilities a and b so that both keep them on average.

    Parameters
    ----------
    a, b, u : floats, or arrays of one shape; u uniform in [0, 1)

    Returns
    -------
    whether the settled unit is in the sample (a + b >= 1), and whether it is the first of the
    two: if in, with chance (1 - b) / (2 - a - b); if out, with chance b / (a + b)

    Examples
    --------
    >>> duel(0.5, 0.25, 0.3), duel(0.75, 0.5, 0.9)
    ((False, True), (True, False))
    """
    together = a + b
    is_in = together >= 1
    return is_in, u * abs(2 * is_in - together) < abs(is_in - b)


def _duels(pi: ArrayLike, order: Positions, u: Floats) -> Flags:
    taken, _, units, n = certain_ones(pi, u.shape[:-1])
    if not n:
        return taken
    chances = np.asarray(pi, dtype=np.float64)
    contests = np.zeros(chances.size, dtype=bool)
    contests[units] = True
    # Units that contest, in the order of each draw.
    queue = order[contests[order]].reshape(*u.shape[:-1], units.size)
    survivor = queue[..., 0]
    carried = chances[survivor]
    for step in range(1, units.size):
        other = queue[..., step]
        own = chances[other]
        is_in, is_survivor = duel(carried, own, u[..., step])
        settled = np.where(is_survivor, survivor, other)
        np.put_along_axis(taken, settled[..., None], is_in[..., None], axis=-1)
        survivor = np.where(is_survivor, other, survivor)
        carried = np.clip(carried + own - is_in, 0.0, 1.0)
    np.put_along_axis(taken, survivor[..., None], (carried > 0.5)[..., None], axis=-1)
    return taken
