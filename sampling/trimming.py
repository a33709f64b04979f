"""Weights cut to limits, what is cut being handed to the others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sampling.errors import CalibrationError
from sampling.stages import Flags, Floats


@dataclass(frozen=True, eq=False)
class Trimmed:
    """Values within limits; their sum is what it was.

    Parameters
    ----------
    weight : (n,) float, weights (or factors) after
    trimmed : (n,) bool, those that were outside the limits, from the start or by what they got
    moved : what was cut from those above and given to those below the limits at the start, in
        units represented
    rounds : until none was outside (count)
    """

    weight: Floats
    trimmed: Flags
    moved: float
    rounds: int

    def __repr__(self) -> str:
        return (
            f"Trimmed(n={self.weight.size}, trimmed={int(self.trimmed.sum())}, "
            f"moved={self.moved:,.6g}, {self.weight.min():.6g} … {self.weight.max():.6g}, "
            f"rounds={self.rounds})"
        )


def trim(weight: ArrayLike, low: float, high: float) -> Trimmed:
    """Cut weights to limits, the difference spread equally over the units within.

    Whoever gets outside by that is cut too, until none is outside: `trimWeights(strict=TRUE)` of
    R survey, in its limit.

    Parameters
    ----------
    weight : (n,) float, > 0, units represented
    low, high : limits, 0 <= low < high; high may be infinite

    Raises
    ------
    CalibrationError : weights not above 0, limits the wrong way round, or both on the same side
        of the mean

    References
    ----------
    Potter (1990), A study of procedures to identify and trim extreme sampling weights,
    Proceedings of the ASA Section on Survey Research Methods, 225-230.

    Examples
    --------
    >>> trim([1.0, 2.0, 5.0, 14.0], 0, 6).weight.round(6).tolist()
    [4.5, 5.5, 6.0, 6.0]
    """
    values = positive(weight)
    return _level(values, np.ones(values.size), low, high)


def trim_factor(factor: ArrayLike, weight: ArrayLike, high: float, *, low: float = 0) -> Trimmed:
    """Cut a factor of the weights to limits, and leave the sum of weight * factor as it is.

    As `trim`, but it is the factors of the units within that are raised equally, each unit
    counting with the weight that its factor multiplies.

    Parameters
    ----------
    factor : (n,) float, > 0, for example the non-response factor
    weight : (n,) float, > 0, what it multiplies (units represented)
    high, low : limits of the factor

    Raises
    ------
    CalibrationError : as `trim`

    Examples
    --------
    >>> found = trim_factor([1.0, 1.0, 3.0], [10.0, 20.0, 10.0], 2.0)
    >>> found.weight.round(4).tolist(), found.moved
    ([1.3333, 1.3333, 2.0], 10.0)
    """
    factors, weights = positive(factor), positive(weight)
    if factors.size != weights.size:
        raise CalibrationError(
            "calibration.length", name="factor", found=factors.size, expected=weights.size
        )
    return _level(factors, weights, low, high)


def _level(values: Floats, size: Floats, low: float, high: float) -> Trimmed:
    """Values within the limits whose size-weighted sum is that of `values`."""
    _check(values, size, low, high)
    outside = (values < low) | (values > high)
    trimmed, rounds = outside.copy(), 0
    current = np.clip(values, low, high)
    moved = float(size @ np.abs(values - current))
    surplus = float(size @ (values - current))
    takers = ~outside
    while abs(surplus) > 1e-14 * float(size @ values):
        rounds += 1
        if not takers.any():  # all are at a limit: those at the other one take
            takers = current < high if surplus > 0 else current > low
        current = np.where(takers, current + surplus / float(size[takers].sum()), current)
        kept = np.clip(current, low, high)
        surplus = float(size @ (current - kept))
        trimmed |= current != kept
        current = kept
        takers = current < high if surplus > 0 else current > low
    return Trimmed(current, trimmed, moved, rounds)


def positive(weight: ArrayLike) -> Floats:
    """Weights as an array, one a unit, all of them above 0.

    Parameters
    ----------
    weight : (n,) numbers, units represented

    Raises
    ------
    CalibrationError : no unit, more than one dimension, a weight missing or not above 0

    Examples
    --------
    >>> positive([1, 2]).tolist()
    [1.0, 2.0]
    """
    values = np.asarray(weight, dtype=np.float64)
    if values.ndim != 1 or values.size == 0:
        raise CalibrationError("calibration.weights", shape=values.shape)
    wrong = ~(np.isfinite(values) & (values > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise CalibrationError("calibration.weight", row=row + 1, value=f"{values[row]:g}")
    return values


def _check(values: Floats, size: Floats, low: float, high: float) -> None:
    if not 0 <= low < high:
        raise CalibrationError("calibration.limits", low=low, high=high)
    mean = float(size @ values / size.sum())
    slack = 1e-12 * mean
    if not low - slack <= mean <= high + slack:
        raise CalibrationError("calibration.limits_mean", mean=f"{mean:.6g}", low=low, high=high)
