"""Maximum entropy (conditional Poisson) sampling: the most random design with given π."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import Flags, Floats, certain_ones, uniform_numbers
from sampling.selectors.rejective import Rejective, solve_all


def max_entropy_working(pi: ArrayLike) -> Floats:
    """Find the Poisson probabilities that, conditioned on n units, give π.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number

    Returns
    -------
    (n_units,) float; sums to n; 0 and 1 stay as they are

    Raises
    ------
    DrawError : not probabilities of a fixed-size design

    References
    ----------
    Chen, Dempster and Liu (1994), Weighted finite population sampling to maximize entropy,
    Biometrika 81, 457-469. Tillé (2006), Sampling Algorithms, section 5.2.

    Examples
    --------
    >>> max_entropy_working([0.5, 0.25, 0.25]).round(6).tolist()
    [0.438447, 0.280776, 0.280776]
    """
    return max_entropy_workings([pi])[0]


def max_entropy_workings(pis: Sequence[ArrayLike]) -> list[Floats]:
    """Find the Poisson probabilities of many strata together, which is much faster.

    Examples
    --------
    >>> [one.round(6).tolist() for one in max_entropy_workings([[0.5, 0.25, 0.25], [1, 1]])]
    [[0.438447, 0.280776, 0.280776], [1.0, 1.0]]
    """
    return solve_all(pis, lambda p, n: Rejective(p, n).first_order())


def max_entropy(pi: ArrayLike, u: ArrayLike, *, working: ArrayLike | None = None) -> Flags:
    """Select by maximum entropy; joint probabilities are exact in `sampling.joint.max_entropy`.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum n a whole number
    u : (…, n_units) uniform numbers in [0, 1), one a unit
    working : `max_entropy_working(pi)`, where it is known already

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw, certain units in all

    Raises
    ------
    DrawError : not probabilities of a fixed-size design, or not uniform numbers

    Notes
    -----
    The units are walked in the order given, unit k being taken when its number lies below its
    chance given what was taken before (Tillé 2006, algorithm 5.8), so one number a unit
    suffices and units keep theirs from wave to wave. Time and memory are n_units × n.

    References
    ----------
    Chen, Dempster and Liu (1994), Biometrika 81, 457-469.

    Examples
    --------
    >>> max_entropy([1, 0.5, 0.25, 0.25], [0.9, 0.7, 0.2, 0.1]).tolist()
    [True, False, True, False]
    """
    own = uniform_numbers(u, len(np.asarray(pi)))
    taken, _, units, n = certain_ones(pi, own.shape[:-1])
    if n:
        known = max_entropy_working(pi) if working is None else np.asarray(working)
        law = Rejective(known[units], n)
        taken[..., units] = law.take(own[..., units])
    return taken
