"""Inclusion probabilities of fixed-size designs: proportional to size, or equal.

Two forms of one rule. Sizes that are whole numbers give fractions, so that nothing is rounded
before the very end; sizes that are not give floats.
"""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sampling.errors import DrawError

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Positions = NDArray[np.int64]

WHOLE = 1e-8
"""How far a sum of probabilities may lie from a whole number."""

SURE = 1e-9
"""Probabilities this close to 0 or 1 are taken as 0 or 1."""


def pps_probabilities(sizes: Sequence[int], n: int) -> list[Fraction]:
    """Compute inclusion probabilities proportional to size for a fixed number of units.

    A unit whose share reaches 1 is certain and leaves the rest to share what remains; this is
    repeated until no further unit reaches 1.

    Parameters
    ----------
    sizes : (n_units,) whole numbers >= 0, size measure; a unit of size 0 is never drawn
    n : units to draw (count), at most the units of positive size

    Returns
    -------
    (n_units,) π in [0, 1]; sums to n exactly; 1 = certainty

    Raises
    ------
    DrawError : n is negative or exceeds the units that can be drawn, or a negative size

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 3.6.2.

    Examples
    --------
    >>> [str(p) for p in pps_probabilities([60, 20, 10, 10], 2)]
    ['1', '1/2', '1/4', '1/4']
    """
    certain, left, total = certainties(sizes, n)
    return [
        Fraction(1) if sure else Fraction(left * size, total) if left else Fraction(0)
        for size, sure in zip(sizes, certain, strict=True)
    ]


def certainties(sizes: Sequence[int], n: int) -> tuple[list[bool], int, int]:
    """Find the units that are certain, and what remains for the others.

    Parameters
    ----------
    sizes, n : as for `pps_probabilities`

    Returns
    -------
    certain : (n_units,) whether a unit is certain
    left : units still to draw among the others (count)
    total : size of the others together; each has π = left * size / total

    Raises
    ------
    DrawError : as for `pps_probabilities`

    Examples
    --------
    >>> certainties([60, 20, 10, 10], 2)
    ([True, False, False, False], 1, 40)
    """
    if min(sizes, default=0) < 0:
        raise DrawError("selectors.size", value=min(sizes))
    drawable = sum(size > 0 for size in sizes)
    if n > drawable:
        raise DrawError("selectors.too_many", n=n, units=drawable)
    if n < 0:
        raise DrawError("selectors.negative", n=n)
    certain = [False] * len(sizes)
    left, total = n, sum(sizes)
    # The largest units reach 1 first, so one pass from the top finds them all.
    for place in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
        if not left or left * sizes[place] < total:
            break
        certain[place] = True
        left, total = left - 1, total - sizes[place]
    return certain, left, total


def inclusion_probabilities(sizes: ArrayLike, n: int) -> Floats:
    """Compute inclusion probabilities proportional to sizes that need not be whole numbers.

    Parameters
    ----------
    sizes : (n_units,) float >= 0, size measure; a unit of size 0 is never drawn
    n : units to draw (count), at most the units of positive size

    Returns
    -------
    (n_units,) float in [0, 1], sums to n but for rounding; exactly 1 for a certain unit

    Raises
    ------
    DrawError : n is negative or exceeds the units that can be drawn, or a size that is negative
        or not a number

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 3.6.2.

    Examples
    --------
    >>> inclusion_probabilities([6.0, 2.0, 1.0, 1.0], 2).tolist()
    [1.0, 0.5, 0.25, 0.25]
    """
    size = np.asarray(sizes, dtype=np.float64)
    if not np.isfinite(size).all() or (size < 0).any():
        wrong = size[~(np.isfinite(size) & (size >= 0))]
        raise DrawError("selectors.size", value=float(wrong[0]))
    drawable = int((size > 0).sum())
    if n > drawable:
        raise DrawError("selectors.too_many", n=n, units=drawable)
    if n < 0:
        raise DrawError("selectors.negative", n=n)
    descending = np.argsort(-size, kind="stable")
    # rest[i]: size of all units from the i-th largest on, summed from the small end.
    rest = np.cumsum(size[descending][::-1])[::-1]
    left = n - np.arange(size.size)
    reached = (left > 0) & (left * size[descending] >= rest)
    sure = int(np.argmin(reached)) if not reached.all() else size.size
    found = np.zeros(size.size)
    found[descending[:sure]] = 1.0
    if sure < n:
        others = descending[sure:]
        found[others] = (n - sure) * size[others] / rest[sure]
    return found


def srswor(units: int, n: int) -> list[Fraction]:
    """Compute the equal inclusion probabilities n / N of simple random sampling.

    Examples
    --------
    >>> [str(p) for p in srswor(4, 2)]
    ['1/2', '1/2', '1/2', '1/2']
    """
    if n > units:
        raise DrawError("selectors.too_many", n=n, units=units)
    return [Fraction(n, units)] * units


def checked(pi: ArrayLike) -> tuple[Floats, int]:
    """Refuse probabilities that no fixed-size design has; round those next to 0 and 1.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1] whose sum is a whole number

    Returns
    -------
    (n_units,) float, and n, the sum

    Raises
    ------
    DrawError : a value outside [0, 1] or not a number, or a sum that is not whole

    Examples
    --------
    >>> checked([1, 0.5, 0.5])[1]
    2
    """
    values = np.array(pi, dtype=np.float64)
    bad = ~((values >= 0) & (values <= 1 + SURE))
    if bad.any():
        raise DrawError("selectors.probability", value=float(values[bad][0]))
    n = round(float(values.sum()))
    if abs(float(values.sum()) - n) > WHOLE:
        raise DrawError("selectors.sum", value=float(values.sum()))
    values[values < SURE] = 0.0
    values[values > 1 - SURE] = 1.0
    return values, n


def uncertain(pi: ArrayLike) -> tuple[Floats, Positions, int]:
    """Set aside the certain units and those never drawn.

    Returns
    -------
    (n_units,) π as `checked`, positions of the units with 0 < π < 1, and how many of these are
    to be drawn (count): more than none and not all, if there are any

    Examples
    --------
    >>> pi, units, n = uncertain([1, 0, 0.5, 0.5])
    >>> units.tolist(), n
    ([2, 3], 1)
    """
    values, n = checked(pi)
    units, left = np.flatnonzero((values > 0) & (values < 1)), n - int((values == 1).sum())
    if units.size and not 0 < left < units.size:
        raise DrawError("selectors.sum", value=float(values.sum()))
    return values, units, left


def uniform_numbers(u: ArrayLike, *last: int) -> Floats:
    """Refuse uniform numbers outside [0, 1) or of another shape than (…, *last).

    Raises
    ------
    DrawError : wrong shape or range

    Examples
    --------
    >>> uniform_numbers([0.25, 0.5], 2).shape
    (2,)
    """
    values = np.asarray(u, dtype=np.float64)
    if values.shape[values.ndim - len(last) :] != last:
        raise DrawError("selectors.uniform_shape", found=values.shape, expected=last)
    if not ((values >= 0) & (values < 1)).all():
        raise DrawError("selectors.uniform")
    return values


def certain_ones(pi: ArrayLike, draws: tuple[int, ...]) -> tuple[Flags, Floats, Positions, int]:
    """Begin a selection: the certain units are taken in every draw.

    Parameters
    ----------
    pi : (n_units,) π in [0, 1], their sum a whole number
    draws : shape of the draws, () for one

    Returns
    -------
    (*draws, n_units) whether a unit is taken; then as `uncertain`

    Examples
    --------
    >>> certain_ones([1, 0.5, 0.5], ())[0].tolist()
    [True, False, False]
    """
    values, units, n = uncertain(pi)
    taken = np.zeros((*draws, values.size), dtype=bool)
    taken[..., values == 1] = True
    return taken, values[units], units, n


def pick(weights: Floats, u: Floats) -> Positions:
    """Pick one place in proportion to weights: where their running sum first exceeds u of it.

    Parameters
    ----------
    weights : (…, n_units) float >= 0, not all 0
    u : (…,) uniform numbers in [0, 1)

    Returns
    -------
    (…, 1) place

    Examples
    --------
    >>> pick(np.array([1.0, 0.0, 3.0]), np.array(0.25)).tolist()
    [2]
    """
    reached = np.cumsum(weights, axis=-1)
    total = reached[..., -1:]
    aim = np.minimum(u[..., None] * total, np.nextafter(total, 0.0))
    return np.asarray((reached <= aim).sum(axis=-1, keepdims=True))
