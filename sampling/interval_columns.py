"""Intervals of whole columns of shares at once, equal to those of `sampling.intervals` one by one.

A table of 832 counties asks for some ten thousand intervals; each costs microseconds here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.intervals import ROUNDING, check_level, share_interval
from sampling.stages import Flags, Floats


@dataclass(frozen=True, eq=False)
class Intervals:
    """Two-sided intervals of a column of shares; made by `share_intervals`.

    Parameters
    ----------
    low, high : (shares,) float, fractions in [0, 1] (`mean` may leave it)
    n_eff : (shares,) float, effective sample size (count)
    capped : (shares,) bool, the cap of the effective size was binding
    """

    low: Floats
    high: Floats
    n_eff: Floats
    capped: Flags

    def __repr__(self) -> str:
        return f"Intervals({self.low.size} shares, {int(self.capped.sum())} capped)"

    def to_polars(self) -> pl.DataFrame:
        """One row a share, columns low, high, n_eff, capped."""
        return pl.DataFrame(
            {"low": self.low, "high": self.high, "n_eff": self.n_eff, "capped": self.capped}
        )


def share_intervals(
    p: ArrayLike,
    se: ArrayLike,
    *,
    n: ArrayLike,
    df: ArrayLike,
    level: float,
    method: str = "korn-graubard",
    cap: ArrayLike | None = None,
) -> Intervals:
    """Intervals for many shares estimated under a design; see `sampling.intervals.share_interval`.

    Parameters
    ----------
    p, se : (shares,) float, estimates and standard errors, fractions
    n, df : (shares,) sample sizes and degrees of freedom (counts)
    level : two-sided
    method : as for one share; `likelihood` is computed one by one, the others by column
    cap : (shares,) or one number, largest effective n; NaN or None = no cap

    Returns
    -------
    intervals in the order of the shares; [0, 1] without degrees of freedom, and where a
    Wald-type method has nothing to go by

    Raises
    ------
    EstimationError : unknown method, a level outside (0, 1), a cap that is not above zero

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201.

    Examples
    --------
    >>> found = share_intervals([0.0, 0.01], [0.0, 0.004], n=[300, 300], df=9, level=0.9, cap=122.4)
    >>> found.high.round(4).tolist(), found.capped.tolist()
    ([0.0242, 0.041], [True, True])
    """
    if method not in (*ON_EFFECTIVE_N, *_ON_STANDARD_ERROR, "likelihood"):
        raise EstimationError("estimate.method", method=method)
    check_level(level)
    shares, errors, counts, freedom, caps = np.broadcast_arrays(
        *(
            np.asarray(one, dtype=np.float64)
            for one in (p, se, n, df, np.nan if cap is None else cap)
        )
    )
    impossible = (caps <= 0) & (counts > 0)
    if impossible.any():
        raise EstimationError("estimate.cap", cap=float(caps[impossible][0]))
    adjust = t_adjustments(level, n=counts, df=freedom, method=method)
    size, capped = effective_sizes(shares, errors**2, n=counts, adjust=adjust, cap=caps)
    if method in ON_EFFECTIVE_N:
        low, high = bounds_on(method)(shares, np.where(size > 0, size, 1.0), level)
        told = size > 0
        return Intervals(np.where(told, low, 0.0), np.where(told, high, 1.0), size, capped)
    told = (freedom > 0) & _varies(shares, errors**2)
    low, high = np.zeros(shares.shape), np.ones(shares.shape)
    if method == "likelihood":
        for at in np.flatnonzero(told).tolist():
            one = share_interval(
                float(shares[at]),
                float(errors[at]),
                n=round(float(counts[at])),
                df=float(freedom[at]),
                level=level,
                method=method,
            )
            low[at], high[at] = one.low, one.high
    else:
        reach = criticals(level, freedom[told])
        low[told], high[told] = _ON_STANDARD_ERROR[method](shares[told], errors[told], reach)
    return Intervals(low, high, size, np.zeros(shares.shape, dtype=bool))


def criticals(level: float, df: Floats) -> Floats:
    """t quantiles of two-sided intervals; infinite without degrees of freedom.

    Examples
    --------
    >>> criticals(0.9, np.array([np.inf, 9.0])).round(3).tolist()
    [1.645, 1.833]
    """
    from scipy.special import ndtri, stdtrit

    tail = (1 + level) / 2
    finite = (df > 0) & np.isfinite(df)
    quantile: Floats = np.where(df > 0, ndtri(tail), np.inf)
    quantile[finite] = stdtrit(df[finite], tail)
    return quantile


def t_adjustments(level: float, *, n: Floats, df: Floats, method: str) -> Floats:
    """What each effective n loses to few PSUs; see `sampling.intervals.t_adjustment`.

    Examples
    --------
    >>> one = t_adjustments(0.9, n=np.array([300.0]), df=np.array([9.0]), method="wilson")
    >>> one.round(3).tolist()
    [0.81]
    """
    told = (df > 0) & (n > 1)
    factor = np.zeros(told.shape)
    if method == "clopper-pearson":
        factor[told] = 1.0
    else:
        factor[told] = (criticals(level, n[told] - 1) / criticals(level, df[told])) ** 2
    return factor


def effective_sizes(
    p: Floats, variance: Floats, *, n: Floats, adjust: Floats, cap: Floats
) -> tuple[Floats, Flags]:
    """Effective sizes and whether the cap (NaN = none) was binding; see `effective_n`.

    Examples
    --------
    >>> size, capped = effective_sizes(np.array([0.02]), np.array([1e-4]), n=np.array([300.0]),
    ...     adjust=np.ones(1), cap=np.array([150.0]))
    >>> size.tolist(), capped.tolist()
    ([150.0], [True])
    """
    told = _varies(p, variance)
    own = n * adjust
    own[told] = p[told] * (1 - p[told]) / variance[told] * adjust[told]
    capped = ~np.isnan(cap) & (~told | (cap < own)) & (adjust > 0)
    return np.where(capped, cap, own), capped


def bounds_on(method: str) -> Callable[[Floats, Floats, float], tuple[Floats, Floats]]:
    """The function of shares, effective sizes and level that gives low and high ends.

    Examples
    --------
    >>> bounds_on("wilson") is wilsons
    True
    """
    return wilsons if method == "wilson" else korn_graubards


def korn_graubards(p: Floats, n_eff: Floats, level: float) -> tuple[Floats, Floats]:
    """Clopper-Pearson intervals of shares p of n_eff units, both fractional, n_eff > 0.

    Examples
    --------
    >>> low, high = korn_graubards(np.array([0.0, 0.01]), np.array([122.4, 400.0]), 0.9)
    >>> high.round(4).tolist()
    [0.0242, 0.0227]
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    found = n_eff * p
    missing = n_eff - found
    some, all_found = found > 0, missing <= 0
    low = np.where(some, betaincinv(np.where(some, found, 1.0), missing + 1, tail), 0.0)
    left = np.where(all_found, 1.0, missing)
    high = np.where(all_found, 1.0, betaincinv(found + 1, left, 1 - tail))
    return low, high


def wilsons(p: Floats, n_eff: Floats, level: float) -> tuple[Floats, Floats]:
    """Score intervals of shares p of n_eff units.

    Examples
    --------
    >>> low, high = wilsons(np.array([0.01]), np.array([400.0]), 0.9)
    >>> high.round(4).tolist()
    [0.0221]
    """
    z = float(criticals(level, np.array([np.inf]))[0])
    centre = (p + z**2 / (2 * n_eff)) / (1 + z**2 / n_eff)
    half = z * np.sqrt(p * (1 - p) / n_eff + z**2 / (4 * n_eff**2)) / (1 + z**2 / n_eff)
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def reaches(p: Floats, n_eff: Floats, bound: Floats, *, level: float, method: str) -> Flags:
    """Whether the upper bound of each share at its effective size is at least `bound`.

    Asked of the binomial tail itself, which costs a quarter of solving for the bound.

    Examples
    --------
    >>> reaches(np.zeros(2), np.array([148.0, 149.0]), np.full(2, 0.02), level=0.9,
    ...     method="korn-graubard").tolist()
    [True, False]
    """
    if method == "wilson":
        exceeded: Flags = wilsons(p, n_eff, level)[1] >= bound
        return exceeded
    from scipy.special import betainc

    missing = n_eff * (1 - p)
    left = np.where(missing > 0, missing, 1.0)
    tail = betainc(n_eff * p + 1, left, bound)
    return np.where(missing > 0, tail <= (1 + level) / 2, bound <= 1)


def _varies(p: Floats, variance: Floats) -> Flags:
    """Whether a variance says anything: some but not all found, and more than rounding."""
    varies: Flags = (p > 0) & (p < 1) & (variance > ROUNDING * p * (1 - p))
    return varies


def _mean(p: Floats, se: Floats, t: Floats) -> tuple[Floats, Floats]:
    return p - t * se, p + t * se


def _logit(p: Floats, se: Floats, t: Floats) -> tuple[Floats, Floats]:
    from scipy.special import expit, logit

    centre, half = logit(p), t * se / (p * (1 - p))
    return expit(centre - half), expit(centre + half)


def _asin(p: Floats, se: Floats, t: Floats) -> tuple[Floats, Floats]:
    centre, half = np.arcsin(np.sqrt(p)), t * se / (2 * np.sqrt(p * (1 - p)))
    low, high = np.maximum(centre - half, 0.0), np.minimum(centre + half, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


ON_EFFECTIVE_N = ("korn-graubard", "wilson", "clopper-pearson")
_ON_STANDARD_ERROR: dict[str, Callable[[Floats, Floats, Floats], tuple[Floats, Floats]]] = {
    "mean": _mean,
    "logit": _logit,
    "asin": _asin,
}
