"""Brewer's procedure: n units, one draw after another. A reference design."""

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import Flags, Floats, certain_ones, pick, uniform_numbers


def brewer(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by Brewer's procedure for samples of any size.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a draw; those after n are not used

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    References
    ----------
    Brewer (1975), A simple procedure for πpswor, Austral. J. Statist. 17, 166-172.

    Examples
    --------
    >>> brewer([1, 0.5, 0.25, 0.25], [0.6, 0.7, 0.2, 0.1]).tolist()
    [True, False, True, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, chances, units, n = certain_ones(pi, own.shape[:-1])
    chosen = np.zeros((*own.shape[:-1], units.size), dtype=bool)
    for draw in range(n):
        weights = next_draw(chances, chosen, n)
        np.put_along_axis(chosen, pick(weights, own[..., draw]), True, axis=-1)
    taken[..., units] = chosen
    return taken


def next_draw(chances: Floats, chosen: Flags, n: int) -> Floats:
    """Compute what the chance of each unit to be drawn next is proportional to.

    Parameters
    ----------
    chances : (n_units,) π in (0, 1), summing to n
    chosen : (…, n_units) whether a unit was drawn before, equally many in each draw
    n : units to draw (count)

    Returns
    -------
    (…, n_units) float >= 0, 0 for a unit drawn before: π (r - π) / (r - (n - d) π), with d units
    drawn before and r = n less the sum of their π

    Examples
    --------
    >>> next_draw(np.array([0.5, 0.25, 0.25]), np.array([False, False, False]), 1).tolist()
    [0.5, 0.25, 0.25]
    """
    drawn = int(chosen.reshape(-1, chances.size)[0].sum())
    left = n - chosen @ chances
    room = np.where(chosen, 1.0, left[..., None] - (n - drawn) * chances)
    return np.where(chosen, 0.0, chances * (left[..., None] - chances) / room)
