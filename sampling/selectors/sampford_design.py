"""Sampford sampling: exact π, without working probabilities to be solved for."""

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import Flags, certain_ones, uniform_numbers
from sampling.selectors.rejective import Rejective


def sampford(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select by Sampford's design; joint probabilities are exact in `sampling.joint.sampford`.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a unit

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    Notes
    -----
    Sampford's own procedure draws with replacement until a sample without repetition appears,
    which may take very long where n is large. Here the same law, p(s) ∝ Σ (1 - π_k) Π π_k /
    (1 - π_k), is drawn unit by unit from its exact conditional chances, one number a unit. Time
    and memory are n_units × n.

    References
    ----------
    Sampford (1967), On sampling without replacement with unequal probabilities of selection,
    Biometrika 54, 499-513.

    Examples
    --------
    >>> sampford([1, 0.5, 0.25, 0.25], [0.9, 0.7, 0.2, 0.1]).tolist()
    [True, False, True, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, chances, units, n = certain_ones(pi, own.shape[:-1])
    if n:
        taken[..., units] = sampford_law(chances, n).take(own[..., units])
    return taken


def sampford_law(chances: ArrayLike, n: int) -> Rejective:
    """Describe Sampford's design for units that are not certain.

    Parameters
    ----------
    chances : (n_units,) π in (0, 1), summing to n
    n : units to draw (count)

    Examples
    --------
    >>> sampford_law([0.5, 0.25, 0.25], 1).first_order().round(6).tolist()
    [0.5, 0.25, 0.25]
    """
    p = np.asarray(chances, dtype=np.float64)
    return Rejective(p, n, 1 - p)
