"""Systematic selection with unequal probabilities, along an order that is given or random."""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike

from sampling.errors import DrawError
from sampling.selectors.probabilities import Flags, certain_ones, uniform_numbers


def pps_systematic(probabilities: Sequence[Fraction], *, start: Fraction) -> list[int]:
    """Select systematically along the given order: unit i is hit by start, start + 1, …

    Certain units are taken first and do not take part in the walk.

    Parameters
    ----------
    probabilities : (n_units,) π in [0, 1] in the order to walk, their sum a whole number
    start : random start in [0, 1)

    Returns
    -------
    positions of the selected units: the certain ones, then the others, each along the order

    Raises
    ------
    DrawError : start outside [0, 1)

    References
    ----------
    Madow (1949), On the theory of systematic sampling II, Ann. Math. Stat. 20, 333-354.

    Examples
    --------
    >>> from sampling.selectors import pps_probabilities
    >>> pps_systematic(pps_probabilities([60, 20, 10, 10], 2), start=Fraction(6, 10))
    [0, 2]
    """
    if not 0 <= start < 1:
        raise DrawError("selectors.start", value=start)
    certain = [i for i, p in enumerate(probabilities) if p == 1]
    walk = [i for i, p in enumerate(probabilities) if 0 < p < 1]
    ends = list(accumulate(probabilities[i] for i in walk))
    hits = range(int(ends[-1])) if ends else range(0)
    return certain + [walk[bisect_right(ends, start + hit)] for hit in hits]


def walk(sizes: Sequence[int], n: int, *, start: Fraction) -> list[int]:
    """Hit n of several units in proportion to size, in whole numbers only.

    The same selection as `pps_systematic` with π = n * size / total, without a fraction a unit:
    hit j lies in the unit where the cumulated size first exceeds (start + j) * total / n.

    Parameters
    ----------
    sizes : (n_units,) whole numbers >= 0 along the order, each n * size < total
    n : units to hit (count)
    start : random start in [0, 1)

    Returns
    -------
    (n,) positions along the order

    Examples
    --------
    >>> walk([20, 10, 10], 1, start=Fraction(6, 10))
    [1]
    """
    if not 0 <= start < 1:
        raise DrawError("selectors.start", value=start)
    ends = list(accumulate(sizes))
    if not n:
        return []
    # The end of a unit is whole, so it exceeds a number just where it exceeds its floor.
    step, below = start.denominator * ends[-1], start.denominator * n
    first = start.numerator * ends[-1]
    return [bisect_right(ends, (first + hit * step) // below) for hit in range(n)]


def systematic(pi: ArrayLike, u: ArrayLike) -> Flags:
    """Select systematically in the order given, with probabilities in floats.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1] in the order to walk, their sum a whole number
    u : (…,) uniform numbers in [0, 1), one start a draw

    Returns
    -------
    (…, n_units) whether a unit is taken; n in every draw

    Raises
    ------
    DrawError : see `sampling.selectors.probabilities.checked` and `uniforms`

    References
    ----------
    Madow (1949), On the theory of systematic sampling II, Ann. Math. Stat. 20, 333-354.

    Examples
    --------
    >>> systematic([1, 0.5, 0.25, 0.25], 0.6).tolist()
    [True, False, True, False]
    """
    start = uniform_numbers(u)
    taken, chances, units, n = certain_ones(pi, start.shape)
    if n:
        ends = np.cumsum(chances)
        ends[-1] = n  # so that rounding of the last sum can neither lose nor add a unit
        hits = np.searchsorted(ends, start[..., None] + np.arange(n), side="right")
        np.put_along_axis(taken, units[np.minimum(hits, units.size - 1)], True, axis=-1)
    return taken


def random_systematic(pi: ArrayLike, u: ArrayLike, start: ArrayLike) -> Flags:
    """Select systematically along a random order.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number
    u : (…, n_units) uniform numbers; units are walked in their ascending order
    start : (…,) uniform numbers, one start a draw

    Returns
    -------
    (…, n_units) whether a unit is taken

    References
    ----------
    Hartley and Rao (1962), Sampling with unequal probabilities and without replacement,
    Ann. Math. Stat. 33, 350-374.

    Examples
    --------
    >>> random_systematic([0.5, 0.5, 0.5, 0.5], [0.9, 0.1, 0.4, 0.2], 0.75).tolist()
    [True, False, False, True]
    """
    begin = uniform_numbers(start)
    taken, chances, units, n = certain_ones(pi, begin.shape)
    if n:
        order = np.argsort(uniform_numbers(u, taken.shape[-1])[..., units], axis=-1, kind="stable")
        ends = np.cumsum(chances[order], axis=-1)
        ends[..., -1] = n
        before = np.concatenate([np.zeros((*ends.shape[:-1], 1)), ends[..., :-1]], axis=-1)
        # A unit is hit where a whole number lies in (before - start, end - start].
        hit = np.ceil(ends - begin[..., None]) > np.ceil(before - begin[..., None])
        np.put_along_axis(taken, units[order], hit, axis=-1)
    return taken
