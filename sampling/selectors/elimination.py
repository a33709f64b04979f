"""Elimination procedures: units leave one by one until n remain. Reference designs."""

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import (
    Flags,
    Floats,
    certain_ones,
    checked,
    inclusion_probabilities,
    pick,
    uniform_numbers,
)


def elimination_chances(chances: ArrayLike, n: int) -> Floats:
    """Compute the chance of each unit to leave at each step of Tillé's procedure.

    With i units left after a step, unit k stays with chance π(k|i) / π(k|i+1), where π(k|i) are
    the probabilities of a sample of i units in proportion to π.

    Parameters
    ----------
    chances : (n_units,) π in (0, 1), summing to n
    n : units to keep (count)

    Returns
    -------
    (n_units - n, n_units) float in [0, 1]; over the units still there a row sums to 1

    References
    ----------
    Tillé (1996), An elimination procedure for unequal probability sampling without replacement,
    Biometrika 83, 238-241.

    Examples
    --------
    >>> elimination_chances([0.5, 0.25, 0.25], 1).round(4).tolist()
    [[0.0, 0.5, 0.5], [0.5, 0.5, 0.5]]
    """
    size = np.asarray(chances, dtype=np.float64)
    before = np.ones(size.size)
    rows = np.zeros((size.size - n, size.size))
    for step, row in enumerate(rows, start=1):
        after = inclusion_probabilities(size, size.size - step)
        row[:] = 1 - after / before
        before = after
    return rows


def tille(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by Tillé's elimination procedure.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a step; the last n are not used

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    References
    ----------
    Tillé (1996), Biometrika 83, 238-241.

    Examples
    --------
    >>> tille([1, 0.5, 0.25, 0.25], [0.1, 0.7, 0.2, 0.1]).tolist()
    [True, True, False, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, chances, units, n = certain_ones(pi, own.shape[:-1])
    here = np.ones((*own.shape[:-1], units.size), dtype=bool)
    for step, leaving in enumerate(elimination_chances(chances, n)):
        np.put_along_axis(here, pick(here * leaving, own[..., step]), False, axis=-1)
    taken[..., units] = here
    return taken


def midzuno(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by Midzuno's procedure: the units that Tillé's would leave out with 1 - π.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a step; the last ones are not used

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    References
    ----------
    Deville and Tillé (1998), Unequal probability sampling without replacement through a
    splitting method, Biometrika 85, 89-101, section 6.

    Examples
    --------
    >>> midzuno([1, 0.5, 0.25, 0.25], [0.9, 0.7, 0.2, 0.1]).tolist()
    [True, False, False, True]
    """
    known, _ = checked(pi)
    return ~tille(1 - known, u)
