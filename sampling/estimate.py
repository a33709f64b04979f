"""Means, totals, ratios and proportions of a designed sample, with their sampling errors."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.figures import Domains as Domains
from sampling.figures import Estimate as Estimate
from sampling.figures import Figures as Figures
from sampling.interval_columns import share_intervals
from sampling.intervals import critical, share_interval
from sampling.stages import Codes, Design, Floats, cells, encode, tally
from sampling.variance import variances

LEVEL = 0.95


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
    return ratio(design, y, np.ones(design.rows), where=where, level=level)


def total(
    design: Design, y: ArrayLike, *, where: ArrayLike | None = None, level: float = LEVEL
) -> Estimate:
    """Estimate a total, sum w y; arguments as in `mean`.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([10.0, 10.0, 10.0, 10.0], psu=[1, 2, 3, 4])
    >>> total(d, [1.0, 2.0, 3.0, 6.0]).value
    120.0
    """
    return _totals(design, y, _inside(design, where), level).estimates()["1"]


def ratio(
    design: Design,
    y: ArrayLike,
    x: ArrayLike,
    *,
    where: ArrayLike | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Estimate R = sum w y / sum w x; arguments as in `mean`, x in the unit of the denominator.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0, 1.0, 1.0, 1.0], psu=[1, 2, 3, 4])
    >>> ratio(d, [0, 1, 0, 1], [4, 3, 2, 1]).value
    0.2
    """
    return _ratios(design, y, x, _inside(design, where), level).estimates()["1"]


def means(
    design: Design, y: ArrayLike, *, domain: Any, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate a mean in every domain; see `ratios`.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0, 1.0, 1.0, 1.0], psu=[1, 2, 3, 4])
    >>> {label: one.value for label, one in means(d, [1, 2, 3, 6], domain=list("aabb")).items()}
    {'a': 1.5, 'b': 4.5}
    """
    return ratios(design, y, np.ones(design.rows), domain=domain, level=level)


def totals(
    design: Design, y: ArrayLike, *, domain: Any, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate a total in every domain; see `ratios`.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([2.0, 2.0, 2.0, 2.0], psu=[1, 2, 3, 4])
    >>> {label: one.value for label, one in totals(d, [1, 2, 3, 6], domain=list("aabb")).items()}
    {'a': 6.0, 'b': 18.0}
    """
    return _totals(design, y, _domains(design, domain), level).estimates()


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

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0, 1.0, 1.0, 1.0], psu=[1, 2, 3, 4])
    >>> found = ratios(d, [0, 1, 0, 1], [4, 4, 2, 2], domain=list("aabb"))
    >>> {label: one.value for label, one in found.items()}
    {'a': 0.125, 'b': 0.25}
    """
    return _ratios(design, y, x, _domains(design, domain), level).estimates()


def proportions(
    design: Design, values: Any, *, where: ArrayLike | None = None, level: float = LEVEL
) -> dict[str, Estimate]:
    """Estimate the share of each level of a category; a mean of its indicator, t interval.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0, 1.0, 1.0, 1.0], psu=[1, 2, 3, 4])
    >>> {label: one.value for label, one in proportions(d, ["no", "yes", "no", "no"]).items()}
    {'no': 0.75, 'yes': 0.25}
    """
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

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe(np.ones(40), psu=np.arange(40) // 4)
    >>> found = proportion(d, np.arange(40) % 20 == 0, level=0.9)
    >>> round(found.value, 3), round(found.low, 4), round(found.high, 4)
    (0.05, 0.0078, 0.1568)
    """
    _refuse_unless_share(_column(design, y, "y", _inside(design, where).codes))
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


def proportions_by(
    design: Design,
    y: ArrayLike,
    *,
    domain: Any,
    method: str = "korn-graubard",
    level: float = LEVEL,
    df: Literal["design", "domain"] = "design",
    cap: ArrayLike | None = None,
) -> Figures:
    """Estimate a share of units in every domain, all in one pass.

    Equal to `proportion` domain by domain; the work grows with the rows, not with the domains.

    Parameters
    ----------
    y : (rows,) 0 or 1
    domain : (rows,) labels of disjoint groups; None or "" = in no domain
    method, df : as in `proportion`
    level : two-sided
    cap : largest effective n, one number or (domains,) in the order of the labels

    Returns
    -------
    label -> estimate, in the order of the labels

    Raises
    ------
    EstimationError : a domain without weight, values missing or not 0 or 1, unknown method

    References
    ----------
    Korn and Graubard (1998), Survey Methodology 24, 193-201; Lumley (2010), Complex Surveys,
    section 2.4, for domains as subsets of the whole design.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0] * 6, psu=[1, 2, 3, 4, 5, 6])
    >>> found = proportions_by(d, [0, 1, 0, 0, 0, 0], domain=["a", "a", "a", "a", "b", "b"])
    >>> found
    Figures(2 domains: a 0.25, b 0)
    >>> found["b"].high < 1
    True
    """
    _refuse_unless_share(_column(design, y, "y", _domains(design, domain).codes))
    ones = np.ones(design.rows)
    return shares_by(design, y, ones, domain=domain, method=method, level=level, df=df, cap=cap)


def shares_by(
    design: Design,
    y: ArrayLike,
    x: ArrayLike,
    *,
    domain: Any,
    method: str = "korn-graubard",
    level: float = LEVEL,
    df: Literal["design", "domain"] = "design",
    cap: ArrayLike | None = None,
) -> Figures:
    """Estimate the share sum w y / sum w x, as of persons, in every domain in one pass.

    Parameters
    ----------
    y, x : (rows,) float, 0 <= y <= x: persons with the property, and counted
    domain, method, level, df, cap : as in `proportions_by`

    Returns
    -------
    label -> estimate, in the order of the labels; n counts rows, not persons

    Raises
    ------
    EstimationError : as `proportions_by`; y outside 0..x, a domain without denominator

    References
    ----------
    Korn and Graubard (1999), Analysis of Health Surveys, section 3.2.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0] * 4, psu=[1, 2, 3, 4])
    >>> shares_by(d, [0, 3, 0, 0], [4, 3, 2, 3], domain=["a"] * 4)["a"].value
    0.25
    """
    domains = _domains(design, domain)
    above, below = (_column(design, one, name, domains.codes) for one, name in ((y, "y"), (x, "x")))
    if ((above < 0) | (above > below)).any():
        raise EstimationError("estimate.not_part", name="y", whole="x")
    plain = _ratios(design, above, below, domains, level)
    freedom = plain.df if df == "design" else df_by_domain(design, domains)
    found = share_intervals(
        plain.value, plain.se, n=plain.n, df=freedom, level=level, method=method, cap=cap
    )
    return replace(plain, low=found.low, high=found.high, df=freedom, n_eff=found.n_eff)


def srs_variance(weight: Floats, value: Floats) -> float:
    """Variance of the total of `value` had the same n been drawn by SRS without replacement.

    N^2 (1 - n/N) S^2/n with N = sum of weights and S^2 the weighted variance, n/(n - 1) times;
    rows of zero weight do not count.

    Examples
    --------
    >>> round(srs_variance(np.full(4, 10.0), np.array([0.0, 1.0, 0.0, 1.0])), 1)
    120.0
    """
    n, size = int((weight > 0).sum()), float(weight.sum())
    if n < 2 or size <= 0:
        return math.nan
    centre = float(weight @ value) / size
    spread = float(weight @ (value - centre) ** 2) / size * n / (n - 1)
    return size**2 * max(1 - n / size, 0.0) * spread / n


def _totals(design: Design, y: ArrayLike, domains: Domains, level: float) -> Figures:
    values = _column(design, y, "y", domains.codes)
    weight = np.where(domains.codes >= 0, design.weight, 0.0)
    value = _by(domains.codes, weight * values, len(domains.labels))
    return _figures(design, domains, value, weight * values, level)


def _ratios(design: Design, y: ArrayLike, x: ArrayLike, domains: Domains, level: float) -> Figures:
    codes, labels = domains.codes, domains.labels
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
    return _figures(design, domains, value, score, level)


def _inside(design: Design, where: ArrayLike | None) -> Domains:
    """One domain, named "1", of everybody or of the rows in `where`."""
    if where is None:
        return Domains(np.zeros(design.rows, np.int64), ("1",))
    inside = np.asarray(where, dtype=bool)
    if inside.size != design.rows:
        raise EstimationError(
            "estimate.length", name="where", found=inside.size, expected=design.rows
        )
    if not (inside & (design.weight > 0)).any():
        raise EstimationError("estimate.empty", what="where")
    return Domains(np.where(inside, 0, -1), ("1",))


def _column(design: Design, column: ArrayLike, name: str, codes: Codes) -> Floats:
    """The column with zeros outside the domains and where there is no weight."""
    values = np.asarray(column, dtype=np.float64)
    if values.size != design.rows:
        raise EstimationError("estimate.length", name=name, found=values.size, expected=design.rows)
    values = np.where((codes >= 0) & (design.weight > 0), values, 0.0)
    if not np.isfinite(values).all():
        raise EstimationError("estimate.not_finite", name=name)
    return values


def _refuse_unless_share(values: Floats) -> None:
    if not ((values == 0) | (values == 1)).all():
        raise EstimationError("estimate.not_share", name="y")


def _domains(design: Design, domain: Any) -> Domains:
    if isinstance(domain, np.ndarray) and domain.dtype.kind in "iu":
        return _numbered(design, domain)
    if isinstance(domain, np.ndarray | pl.Series):
        labels = pl.Series(domain).cast(pl.String)
    else:
        labels = pl.Series([None if label is None else str(label) for label in domain])
    if labels.len() != design.rows:
        raise EstimationError(
            "estimate.length", name="domain", found=labels.len(), expected=design.rows
        )
    codes, names = encode(labels.fill_null(""))
    outside = bool(names) and names[0] == ""
    return Domains(codes - 1, names[1:]) if outside else Domains(codes, names)


def df_by_domain(design: Design, domains: Domains) -> Codes:
    """PSUs - strata of the weighted rows of each domain.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe(np.ones(6), psu=[1, 2, 3, 4, 5, 6], stratum=list("aaabbb"))
    >>> df_by_domain(d, Domains(np.array([0, 0, 0, 0, 1, 1]), ("x", "y"))).tolist()
    [2, 1]
    """
    first, size = design.stages[0], len(domains.labels)
    live = (domains.codes >= 0) & (design.weight > 0)
    _, unit, of_unit = cells(first.unit[live], domains.codes[live])
    _, _, of_stratum = cells(first.group[unit], of_unit)
    df: Codes = np.bincount(of_unit, minlength=size) - np.bincount(of_stratum, minlength=size)
    return df


def _numbered(design: Design, domain: Codes) -> Domains:
    """Domains given as numbers, in the order of their labels as text."""
    if domain.size != design.rows:
        raise EstimationError(
            "estimate.length", name="domain", found=domain.size, expected=design.rows
        )
    codes, names = encode(domain)
    order = np.argsort(np.array(names, dtype=np.str_), kind="stable")
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    return Domains(place[codes], tuple(names[at] for at in order.tolist()))


def _by(codes: Codes, values: Floats, size: int) -> Floats:
    inside = codes >= 0
    return tally(codes[inside], values[inside], size)


def _figures(
    design: Design, domains: Domains, value: Floats, score: Floats, level: float
) -> Figures:
    """Values that are totals of weighted scores of the rows, with t intervals."""
    size = len(domains.labels)
    variance = variances(design, score, domains.codes, size)
    counts, simple = _srs_by_domain(design, domains, score)
    if (counts == 0).any():
        raise EstimationError(
            "estimate.empty", what=domains.labels[int(np.flatnonzero(counts == 0)[0])]
        )
    df = design.df()
    se = np.sqrt(variance)
    half = critical(level, df) * se if df > 0 else np.full(size, np.inf)  # not 0 times infinity
    deff = np.divide(variance, simple, out=np.full(size, np.nan), where=simple > 0)
    n_eff = np.divide(counts, deff, out=counts.astype(np.float64), where=deff > 0)
    freedom = np.full(size, df, np.int64)
    return Figures(
        domains.labels, value, se, value - half, value + half, deff, freedom, counts, n_eff
    )


def _srs_by_domain(design: Design, domains: Domains, score: Floats) -> tuple[Codes, Floats]:
    """Rows of positive weight and `srs_variance` of their linearised values, by domain."""
    size = len(domains.labels)
    live = (domains.codes >= 0) & (design.weight > 0)
    code, w, value = domains.codes, design.weight, score
    if not live.all():
        code, w, value = code[live], w[live], value[live]
    value = value / w
    n = np.bincount(code, minlength=size)
    total = tally(code, w, size)
    safe = np.where(total > 0, total, 1.0)
    centre = tally(code, w * value, size) / safe
    spread = tally(code, w * (value - centre[code]) ** 2, size) / safe
    simple = safe**2 * np.maximum(1 - n / safe, 0.0) * spread / np.maximum(n - 1, 1)
    return n, np.where(n > 1, simple, 0.0)
