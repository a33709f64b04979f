"""Intervals for a share: Korn-Graubard with a cap, Wilson, logit, likelihood, and others."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sampling.errors import EstimationError

ROUNDING = 1e-24
"""A variance below this part of p(1 - p) is the rounding of sums: all units agree."""

LEAST = 1.5
"""An effective size below this is not two households, and a Wald-type method needs two."""


@dataclass(frozen=True)
class Interval:
    """Two-sided interval for a share.

    Parameters
    ----------
    low, high : fractions in [0, 1]
    n_eff : effective sample size it was computed with (count)
    capped : the cap of the effective size was binding
    """

    low: float
    high: float
    n_eff: float
    capped: bool = False


def critical(level: float, df: float) -> float:
    """t quantile of a two-sided interval; infinite without degrees of freedom.

    Raises
    ------
    EstimationError : level outside (0, 1)

    Examples
    --------
    >>> round(critical(0.95, 9), 3), round(critical(0.95, math.inf), 3)
    (2.262, 1.96)
    """
    from scipy.special import ndtri, stdtrit  # costs most of a second, so not at the top

    check_level(level)
    if df <= 0:
        return math.inf
    tail = (1 + level) / 2
    return float(ndtri(tail) if math.isinf(df) else stdtrit(df, tail))


def check_level(level: float) -> None:
    """Refuse a level that is not a fraction, such as 95.

    Raises
    ------
    EstimationError : level outside (0, 1)

    Examples
    --------
    >>> check_level(0.95)
    """
    if not 0 < level < 1:
        raise EstimationError("estimate.level", level=level)


def clopper_pearson(found: float, n: float, *, level: float) -> tuple[float, float]:
    """Binomial interval from tail sums; counts may be fractional.

    Parameters
    ----------
    found : units with the property (count), 0 <= found <= n
    n : units (count), > 0
    level : two-sided; each end is a one-sided bound of level (1 + level)/2

    Returns
    -------
    low, high : fractions

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(10, 2076, level=0.90)
    >>> round(high, 4)
    0.0082
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    missing = n - found
    low = 0.0 if found <= 0 else float(betaincinv(found, missing + 1, tail))
    high = 1.0 if missing <= 0 else float(betaincinv(found + 1, missing, 1 - tail))
    return low, high


def wilson(p: float, n: float, *, level: float) -> tuple[float, float]:
    """Score interval for a share p of n units (n may be fractional).

    References
    ----------
    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(0.01, 400, level=0.9)
    >>> round(low, 4), round(high, 4)
    (0.0045, 0.0221)
    """
    z = critical(level, math.inf)
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def effective_n(
    p: float,
    variance: float,
    *,
    n: int,
    df: float,
    level: float,
    cap: float | None,
    method: str = "korn-graubard",
) -> tuple[float, bool]:
    """Effective sample size of a share, t-adjusted and capped; and whether the cap was binding.

    n_eff = p(1 - p)/variance * (t(n - 1)/t(df))^2, at most `cap`. Where nothing or everything
    was found, or all villages agree, the variance says nothing: n_eff is then the cap (without
    one, n with the same adjustment). Without degrees of freedom it is 0.

    Examples
    --------
    >>> effective_n(0.02, 0.0001, n=300, df=math.inf, level=0.9, cap=150.0)
    (150.0, True)
    """
    adjust = t_adjustment(level, n=n, df=df, method=method)
    if adjust == 0:
        return 0.0, False
    if 0 < p < 1 and variance > ROUNDING * p * (1 - p):
        own = p * (1 - p) / variance * adjust
        return (cap, True) if cap is not None and cap < own else (own, False)
    return (cap, True) if cap is not None else (n * adjust, False)


def t_adjustment(level: float, *, n: int, df: float, method: str) -> float:
    """(t(n - 1)/t(df))^2, what the effective n loses to a standard error known from few PSUs.

    0 without degrees of freedom; 1 for `clopper-pearson`, which makes no such allowance.

    Examples
    --------
    >>> round(t_adjustment(0.9, n=300, df=9, method="korn-graubard"), 3)
    0.81
    """
    if df <= 0 or n <= 1:
        return 0.0
    if method == "clopper-pearson":
        return 1.0
    return (critical(level, n - 1) / critical(level, df)) ** 2


def cap_of(
    contributions: NDArray[np.float64],
    *,
    clusters: int,
    icc: float,
    clustered: NDArray[np.bool_] | None = None,
) -> float:
    """Largest effective size the plan can vouch for: n / max(1, d).

    d = (1 + (m - 1) icc) (1 + cv^2): the planned design effect of m = n/clusters households a
    village, times Kish's factor of the contributions. Unlike an estimated design effect it does
    not depend on how many cases were found, so one more case cannot shrink the bound.

    Households of strata of which every village was taken are not clustered. Where a county has
    both kinds, m is that of the clustered ones, and icc counts by their share of the sum of
    squared contributions, which is their share of the variance without clusters.

    Parameters
    ----------
    contributions : (n,) float, > 0: what each household weighs in the denominator (weight times
        persons; the weight for a share of households)
    clusters : villages that the clustered households lie in (count); not looked at without any
    icc : planned intra-village correlation, 0..1
    clustered : (n,) bool, households of villages that were sampled; None = all

    References
    ----------
    Kish (1965), Survey Sampling, sections 5.4 and 11.7; Kish (1992), J. Off. Stat. 8.

    Examples
    --------
    >>> round(cap_of(np.ones(300), clusters=10, icc=0.05), 1)
    122.4
    """
    n = contributions.size
    squares = contributions**2
    kish = n * float(squares.sum()) / float(contributions.sum()) ** 2
    inside = np.ones(n, dtype=bool) if clustered is None else clustered
    share = float(squares[inside].sum() / squares.sum())
    planned = 1 + (int(inside.sum()) / clusters - 1) * icc * share if share else 1.0
    return n / max(1.0, planned * kish)


def share_interval(
    p: float,
    se: float,
    *,
    n: int,
    df: float,
    level: float,
    method: str = "korn-graubard",
    cap: float | None = None,
) -> Interval:
    """Interval for a share estimated under a design.

    Parameters
    ----------
    p, se : estimate and standard error, fractions
    n, df : sample size and degrees of freedom (counts)
    level : two-sided
    method : `korn-graubard`, `wilson` (both on the effective n), `clopper-pearson` (on the
        effective n before its t adjustment), `logit`, `likelihood` (Rao-Scott), `asin`,
        `mean` (Wald)
    cap : largest effective n for the methods that use one; None = no cap

    Returns
    -------
    an interval; without degrees of freedom, or where a Wald-type method is asked although
    nothing, or everything, was found or every village agrees, it is [0, 1]: such a method
    then says nothing, and a width of zero is not certainty

    Raises
    ------
    EstimationError : unknown method, a level outside (0, 1), a cap that is not above zero

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201. Rao and Scott (1984), Annals of
    Statistics 12, 46-60, for `likelihood`.

    Examples
    --------
    >>> share_interval(0.0, 0.0, n=300, df=9, level=0.90, cap=122.4).high < 0.0243
    True
    """
    if method not in {*_ON_EFFECTIVE_N, *_ON_STANDARD_ERROR}:
        raise EstimationError("estimate.method", method=method)
    check_level(level)
    if cap is not None and not cap > 0:
        raise EstimationError("estimate.cap", cap=cap)
    size, capped = effective_n(p, se**2, n=n, df=df, level=level, cap=cap, method=method)
    if method in _ON_EFFECTIVE_N:
        if size <= 0:
            return Interval(0.0, 1.0, size, capped)
        low, high = _ON_EFFECTIVE_N[method](p, size, level)
        return Interval(low, high, size, capped)
    if df <= 0 or not 0 < p < 1 or se**2 <= ROUNDING * p * (1 - p):
        return Interval(0.0, 1.0, size)
    low, high = _ON_STANDARD_ERROR[method](p, se, n, critical(level, df))
    return Interval(low, high, size)


def bounds_at(p: float, n_eff: float, *, level: float, method: str) -> tuple[float, float]:
    """Bounds a share p would have if the effective n stayed what it is: for "what if" questions.

    A Wald-type method says nothing, that is 0 and 1, where nothing or everything is found.

    Examples
    --------
    >>> low, high = bounds_at(0.0, 149, level=0.9, method="korn-graubard")
    >>> round(high, 4)
    0.0199
    """
    if method in _ON_EFFECTIVE_N:
        return _ON_EFFECTIVE_N[method](p, n_eff, level)
    if not 0 < p < 1 or n_eff < LEAST:
        return 0.0, 1.0
    se = math.sqrt(p * (1 - p) / n_eff)
    found = share_interval(p, se, n=round(n_eff), df=math.inf, level=level, method=method)
    return found.low, found.high


def _korn_graubard(p: float, n_eff: float, level: float) -> tuple[float, float]:
    return clopper_pearson(n_eff * p, n_eff, level=level)


def _wilson(p: float, n_eff: float, level: float) -> tuple[float, float]:
    return wilson(p, n_eff, level=level)


def _mean(p: float, se: float, n: int, t: float) -> tuple[float, float]:
    return p - t * se, p + t * se  # may leave [0, 1]; that is what Wald does


def _logit(p: float, se: float, n: int, t: float) -> tuple[float, float]:
    centre, half = math.log(p / (1 - p)), t * se / (p * (1 - p))
    return _expit(centre - half), _expit(centre + half)


def _asin(p: float, se: float, n: int, t: float) -> tuple[float, float]:
    centre, half = math.asin(math.sqrt(p)), t * se / (2 * math.sqrt(p * (1 - p)))
    low, high = max(centre - half, 0.0), min(centre + half, math.pi / 2)
    return math.sin(low) ** 2, math.sin(high) ** 2


def _likelihood(p: float, se: float, n: int, t: float) -> tuple[float, float]:
    """Where the signed root of the binomial deviance, over its dispersion, is -+ t * sqrt(deff).

    The root is tabulated in steps of a fifth of its range, interpolated by a cubic spline and
    read off linearly, as R's `survey` does; its published intervals are those of the table, not
    of the exact root, and differ from it by up to 3e-4 at design effects of 10.
    """
    from scipy.special import ndtr, stdtrit

    centre, reach = math.log(p / (1 - p)), t * math.sqrt(n * se**2 / (p * (1 - p)))
    dispersion = n / (n - 1)

    def deviance(eta: float) -> float:
        return -2 * n * (p * eta - float(np.logaddexp(0.0, eta)))

    def root(eta: float) -> float:
        gain = max(deviance(eta) - deviance(centre), 0.0) / dispersion
        return math.copysign(math.sqrt(gain), eta - centre)

    limit = -float(stdtrit(n - 1, float(ndtr(-reach)) / 4))  # root of the F quantile, from below
    if not math.isfinite(limit):  # a tail too small for a double; the table must reach past it
        limit = 1.1 * reach
    step = limit / 5 * se / (p * (1 - p))
    points = [(centre, 0.0)]
    for side in (-1, 1):
        for k in range(1, 11):
            eta = centre + side * k * step
            points.append((eta, root(eta)))
            if abs(points[-1][1]) >= limit:
                break
    etas, roots = np.array(sorted(points)).T
    fine = np.linspace(etas[0], etas[-1], 3 * etas.size)
    low, high = np.interp([-reach, reach], _spline(etas, roots)(fine), fine)
    return _expit(float(low)), _expit(float(high))


def _spline(x: NDArray[np.float64], y: NDArray[np.float64]) -> Callable[..., NDArray[np.float64]]:
    """Cubic spline whose end pieces share the third derivative of the cubic through four ends."""
    from scipy.interpolate import make_interp_spline

    if x.size < 4:
        parabola: Callable[..., NDArray[np.float64]] = make_interp_spline(x, y, k=x.size - 1)
        return parabola
    ends = [6 * np.polyfit(x[part] - x[part][0], y[part], 3)[0] for part in _ENDS]
    spline: Callable[..., NDArray[np.float64]] = make_interp_spline(
        x, y, k=3, bc_type=([(3, ends[0])], [(3, ends[1])])
    )
    return spline


def _expit(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


_ENDS = (slice(0, 4), slice(-4, None))
_ON_EFFECTIVE_N: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    "korn-graubard": _korn_graubard,
    "wilson": _wilson,
    "clopper-pearson": _korn_graubard,
}
_ON_STANDARD_ERROR: dict[str, Callable[[float, float, int, float], tuple[float, float]]] = {
    "mean": _mean,
    "logit": _logit,
    "asin": _asin,
    "likelihood": _likelihood,
}
