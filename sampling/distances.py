"""How far calibration may move a weight: the distance functions of Deville and Saerndal."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from sampling.errors import CalibrationError
from sampling.stages import Floats

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Distance:
    """A weight is multiplied by g = F(u), u linear in the auxiliary variables; F(0) = F'(0) = 1.

    Parameters
    ----------
    low, high : g stays between them
    factor : F
    slope : F', its derivative
    area : an integral of F; calibration minimises sum of base * area(u) - u'totals
    steepest : largest slope, 1 where there is none
    attained : g can lie on its bounds, not only between them
    """

    low: float
    high: float
    factor: Callable[[Floats], Floats]
    slope: Callable[[Floats], Floats]
    area: Callable[[Floats], Floats]
    steepest: float = 1.0
    attained: bool = False


def distance(method: str, bounds: Bounds | None) -> Distance:
    """Find the distance function of a method.

    Parameters
    ----------
    method : `linear` (any g, negative ones too), `raking` (g > 0), `logit` (g between the
        bounds), `truncated` (linear, cut at the bounds)
    bounds : low < 1 < high, for `logit` and `truncated` only

    Raises
    ------
    CalibrationError : unknown method, bounds where there are none or none where there must be

    References
    ----------
    Deville and Saerndal (1992), J. Am. Stat. Assoc. 87, 376-382, cases 1, 2, 6 and 7.

    Examples
    --------
    >>> distance("logit", (0.5, 2.0)).factor(np.array([-9.0, 0.0, 9.0])).round(3).tolist()
    [0.5, 1.0, 2.0]
    """
    free = {"linear": _linear, "raking": _raking}
    bounded = {"logit": _logit, "truncated": _truncated}
    if method in free:
        if bounds is not None:
            raise CalibrationError("calibration.bounds_unused", method=method)
        return free[method]()
    if method not in bounded:
        known = ", ".join([*free, *bounded])
        raise CalibrationError("calibration.method", method=method, known=known)
    if bounds is None or len(bounds) != 2 or not (-np.inf < bounds[0] < 1 < bounds[1] < np.inf):
        raise CalibrationError("calibration.bounds_needed", method=method, bounds=bounds)
    return bounded[method](*bounds)


def _linear() -> Distance:
    return Distance(-np.inf, np.inf, lambda u: 1 + u, np.ones_like, lambda u: u + u**2 / 2)


def _raking() -> Distance:
    return Distance(0.0, np.inf, np.exp, np.exp, np.exp)


def _truncated(low: float, high: float) -> Distance:
    def area(u: Floats) -> Floats:
        inside = np.clip(u, low - 1, high - 1)
        below, above = np.minimum(u - (low - 1), 0), np.maximum(u - (high - 1), 0)
        return inside + inside**2 / 2 + low * below + high * above

    return Distance(
        low,
        high,
        lambda u: np.clip(1 + u, low, high),
        lambda u: ((u > low - 1) & (u < high - 1)).astype(np.float64),
        area,
        attained=True,
    )


def _logit(low: float, high: float) -> Distance:
    steep = (high - low) / ((1 - low) * (high - 1))
    shift = float(np.log((1 - low) / (high - 1)))

    def slope(u: Floats) -> Floats:
        share: Floats = expit(steep * u + shift)
        return (high - low) * steep * share * (1 - share)

    return Distance(
        low,
        high,
        lambda u: low + (high - low) * expit(steep * u + shift),
        slope,
        lambda u: low * u + (high - low) / steep * np.logaddexp(0, steep * u + shift),
        steepest=steep * (high - low) / 4,
    )
