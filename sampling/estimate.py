"""Means, totals, ratios and proportions of a designed sample, with their sampling errors."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.intervals import critical, share_interval
from sampling.stages import Codes, Design, Floats, encode, tally
from sampling.variance import variances

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """One figure with everything needed to judge it.

    Parameters
    ----------
    value : in the variable's unit (rates are fractions in [0, 1])
    se : standard error, same unit
    low, high : interval; of which level and method, the function that made it says
    deff : variance over that of simple random sampling without replacement of the same n
    df : degrees of freedom of the variance (count)
    n : units the estimate rests on (count)
    n_eff : size of a simple random sample that would be as precise (count, may be fractional)
    unit : what is counted
    """

    value: float
    se: float
    low: float
    high: float
    deff: float
    df: int
    n: int
    n_eff: float
    unit: str = "units"

    def mirror(self) -> "Estimate":
        """The estimate of 1 - value, as approval is of disapproval."""
        return replace(self, value=1 - self.value, low=1 - self.high, high=1 - self.low)


@dataclass(frozen=True, eq=False)
class _Linear:
    """A statistic in each domain as the total of scores of its rows."""

    domain: Codes
    labels: tuple[str, ...]
    value: Floats
    score: Floats
    scale: Floats


def mean(
    design: Design, y: ArrayLike, *, where: ArrayLike | None = None, level: float = LEVEL
) -> Estimate:
    """Estimate a mean, of everybody or of the rows in `where`.

    sum w y / sum w, with the linearised variance of a ratio; the whole design stays in.

    Parameters
    ----------
    y : (rows,) float, any unit; not looked at outside `where`
    where : (rows,) bool, a domain
    level : of the two-sided t interval

    Raises
    ------
    EstimationError : nobody in the domain, missing values in it, a single PSU refused

    References
    ----------
    Cochran (1977), Sampling Techniques, section 6.3; Lumley (2010), Complex Surveys, section 2.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0, 1.0, 1.0, 1.0], psu=[1, 2, 3, 4])
    >>> mean(d, [1.0, 2.0, 3.0, 6.0]).value
    3.0
    """
    return _one(ratios, design, y, np.ones(design.rows), where, level)


def total(
    design: Design, y: ArrayLike, *, where: ArrayLike | None = None, level: float = LEVEL
) -> Estimate:
    """Estimate a total, sum w y; arguments as in `mean`."""
    return totals(design, y, domain=_domain_of(design, where), level=level)["1"]


def ratio(
    design: Design,
    y: ArrayLike,
    x: ArrayLike,
    *,
    where: ArrayLike | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Estimate R = sum w y / sum w x; arguments as in `mean`, x in the unit of the denominator."""
    return _one(ratios, design, y, x, where, level)


def means(
    design: Design, y: ArrayLike, *, domain: Any, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate a mean in every domain; see `ratios`."""
    return ratios(design, y, np.ones(design.rows), domain=domain, level=level)


def totals(
    design: Design, y: ArrayLike, *, domain: Any, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate a total in every domain; see `ratios`."""
    codes, labels = _codes(design, domain)
    values = _column(design, y, "y", codes)
    weight = np.where(codes >= 0, design.weight, 0.0)
    value = _by(codes, weight * values, len(labels))
    linear = _Linear(codes, labels, value, weight * values, np.ones(len(labels)))
    return _estimates(design, linear, level)


def ratios(
    design: Design, y: ArrayLike, x: ArrayLike, *, domain: Any, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate sum w y / sum w x in every domain, all in one pass.

    Parameters
    ----------
    y, x : (rows,) float
    domain : (rows,) labels of disjoint groups; None or "" = in no domain
    level : of the two-sided t interval

    Returns
    -------
    label -> estimate, in the order of the labels; df is that of the whole design

    Raises
    ------
    EstimationError : a domain without weight, or a denominator of zero
    """
    codes, labels = _codes(design, domain)
    above, below = _column(design, y, "y", codes), _column(design, x, "x", codes)
    weight = np.where(codes >= 0, design.weight, 0.0)
    base = _by(codes, weight * below, len(labels))
    if (base == 0).any():
        raise EstimationError(
            "estimate.zero_denominator", what=labels[int(np.flatnonzero(base == 0)[0])]
        )
    value = _by(codes, weight * above, len(labels)) / base
    safe = np.maximum(codes, 0)
    score = weight * (above - value[safe] * below) / base[safe]
    return _estimates(design, _Linear(codes, labels, value, score, base), level)


def proportions(
    design: Design, values: Any, *, where: ArrayLike | None = None, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate the share of each level of a category; a mean of its indicator, t interval."""
    codes, labels = encode(values)
    return {
        label: mean(design, codes == code, where=where, level=level)
        for code, label in enumerate(labels)
    }


def proportion(
    design: Design,
    y: ArrayLike,
    *,
    where: ArrayLike | None = None,
    method: str = "korn-graubard",
    level: float = LEVEL,
    df: Literal["design", "domain"] = "design",
    cap: float | None = None,
) -> Estimate:
    """Estimate a share of units, with an interval that respects 0 and 1.

    Parameters
    ----------
    y : (rows,) 0 or 1
    method, cap : as in `sampling.intervals.share_interval`
    df : of the whole design, or of the PSUs and strata with a row in the domain

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201.
    """
    plain = mean(design, y, where=where, level=level)
    inside = None if where is None else np.asarray(where, dtype=bool)
    freedom = design.df(inside) if df == "domain" else plain.df
    interval = share_interval(
        plain.value, plain.se, n=plain.n, df=freedom, level=level, method=method, cap=cap
    )
    return Estimate(
        plain.value,
        plain.se,
        interval.low,
        interval.high,
        plain.deff,
        freedom,
        plain.n,
        interval.n_eff,
        plain.unit,
    )


def srs_variance(weight: Floats, value: Floats) -> float:
    """Variance of the total of `value` had the same n been drawn by SRS without replacement.

    N^2 (1 - n/N) S^2/n with N = sum of weights and S^2 the weighted variance, n/(n - 1) times;
    rows of zero weight do not count.
    """
    n, size = int((weight > 0).sum()), float(weight.sum())
    if n < 2 or size <= 0:
        return math.nan
    centre = float(weight @ value) / size
    spread = float(weight @ (value - centre) ** 2) / size * n / (n - 1)
    return size**2 * max(1 - n / size, 0.0) * spread / n


def _one(
    many: Callable[..., dict[str, Estimate]],
    design: Design,
    y: ArrayLike,
    x: ArrayLike,
    where: ArrayLike | None,
    level: float,
) -> Estimate:
    return many(design, y, x, domain=_domain_of(design, where), level=level)["1"]


def _domain_of(design: Design, where: ArrayLike | None) -> list[str]:
    if where is None:
        return ["1"] * design.rows
    inside = np.asarray(where, dtype=bool)
    if not (inside & (design.weight > 0)).any():
        raise EstimationError("estimate.empty", what="where")
    return ["1" if row else "" for row in inside]


def _column(design: Design, column: ArrayLike, name: str, codes: Codes) -> Floats:
    """The column with zeros outside the domains and where there is no weight."""
    values = np.asarray(column, dtype=np.float64)
    if values.size != design.rows:
        raise EstimationError("estimate.length", name=name, found=values.size, expected=design.rows)
    values = np.where((codes >= 0) & (design.weight > 0), values, 0.0)
    if not np.isfinite(values).all():
        raise EstimationError("estimate.not_finite", name=name)
    return values


def _codes(design: Design, domain: Any) -> tuple[Codes, tuple[str, ...]]:
    """Codes of the domains, -1 = in none, and their labels in order."""
    if isinstance(domain, np.ndarray | pl.Series):
        labels = pl.Series(domain).cast(pl.String)
    else:
        labels = pl.Series([None if label is None else str(label) for label in domain])
    if labels.len() != design.rows:
        raise EstimationError(
            "estimate.length", name="domain", found=labels.len(), expected=design.rows
        )
    codes, names = encode(labels.fill_null(""))
    return (codes - 1, names[1:]) if names and names[0] == "" else (codes, names)


def _by(codes: Codes, values: Floats, size: int) -> Floats:
    inside = codes >= 0
    return tally(codes[inside], values[inside], size)


def _estimates(design: Design, linear: _Linear, level: float) -> dict[str, Estimate]:
    domains = len(linear.labels)
    variance = variances(design, linear.score, linear.domain, domains)
    weighted = np.where(design.weight > 0, linear.domain, -1)
    counts = _by(weighted, np.ones(design.rows), domains).astype(int).tolist()
    simple = _srs_by_domain(design, linear, domains)
    df = design.df()
    reach = critical(level, df)
    found = {}
    for code, label in enumerate(linear.labels):
        if counts[code] == 0:
            raise EstimationError("estimate.empty", what=label)
        value, n, se = float(linear.value[code]), counts[code], math.sqrt(float(variance[code]))
        deff = float(variance[code] / simple[code]) if simple[code] > 0 else math.nan
        n_eff = n / deff if deff > 0 else float(n)
        low, high = value - reach * se, value + reach * se
        found[label] = Estimate(value, se, low, high, deff, df, n, n_eff)
    return found


def _srs_by_domain(design: Design, linear: _Linear, domains: int) -> Floats:
    """`srs_variance` of the linearised values of each domain, in one pass."""
    live = (linear.domain >= 0) & (design.weight > 0)
    code, w = linear.domain[live], design.weight[live]
    value = linear.score[live] / w
    n = tally(code, np.ones(code.size), domains)
    size = tally(code, w, domains)
    safe = np.where(size > 0, size, 1.0)
    centre = tally(code, w * value, domains) / safe
    spread = tally(code, w * (value - centre[code]) ** 2, domains) / safe
    simple = safe**2 * np.maximum(1 - n / safe, 0.0) * spread / np.maximum(n - 1, 1)
    return np.where(n > 1, simple, 0.0)
