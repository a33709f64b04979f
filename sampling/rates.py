"""Shares that are ratios, or weighted sums of ratios, with bounds fit for a verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sampling.errors import EstimationError
from sampling.estimate import Estimate, srs_variance
from sampling.intervals import Interval, bounds_at, cap_of, effective_n, share_interval
from sampling.stages import Design, Floats, tally
from sampling.variance import spread

ON_EFFECTIVE_N = ("korn-graubard", "wilson", "clopper-pearson")


@dataclass(frozen=True, eq=False)
class Part:
    """One ratio sum w y / sum w x, and how much it counts in the share.

    Parameters
    ----------
    y, x : (rows,) float, 0 <= y <= x: persons (or households) with the property, and counted;
        0 for rows that are not part of it
    weight : (rows,) float, >= 0, households represented; 0 for rows that are not part of it
    share : fraction of the population it speaks for; those of all parts add up to 1
    """

    y: Floats
    x: Floats
    weight: Floats
    share: float = 1.0

    @property
    def ratio(self) -> float:
        return float(self.weight @ self.y) / float(self.weight @ self.x)


@dataclass(frozen=True, eq=False)
class Rate:
    """A share of the population with all that its intervals need; made by `rate`.

    Parameters
    ----------
    value, se : fractions
    deff : see `Estimate`; NaN (n/n_eff in the estimate) where nothing or everything was found,
        or the denominator is not of the households counted
    df : PSUs - strata among rows that count
    n : households that count
    cap : largest effective n, see `sampling.intervals.cap_of`
    method : interval method
    steps : (k, 2) float, value and variance of the share if only the cases of the 1, 2, …, k
        villages with most of them had been found
    """

    value: float
    se: float
    deff: float
    df: int
    n: int
    cap: float
    method: str
    steps: Floats

    def interval(self, level: float) -> Interval:
        """Two-sided interval whose upper end never falls when one more case is found.

        Korn-Graubard with the cap. Cases that sit together in one village make for a small
        effective n; the next case elsewhere enlarges it again and could lower the bound. So
        the bound is at least what it would be had only the villages with most cases shown
        theirs: where that is higher, the effective n is lowered until the two agree.

        Parameters
        ----------
        level : two-sided; each end is a one-sided bound of level (1 + level)/2
        """
        own = share_interval(
            self.value,
            self.se,
            n=self.n,
            df=self.df,
            level=level,
            method=self.method,
            cap=self.cap,
        )
        if self.method not in ON_EFFECTIVE_N:
            return own
        worst = max((self._upper(p, v, level) for p, v in self.steps.tolist()), default=0.0)
        if worst <= own.high + 1e-12:
            return own
        size = _size_for(self.value, worst, own.n_eff, level=level, method=self.method)
        low, high = bounds_at(self.value, size, level=level, method=self.method)
        return Interval(low, high, size, capped=True)

    def estimate(
        self, level: float, *, unit: str, offset: float = 0.0, scale: float = 1.0
    ) -> Estimate:
        """The figure offset + scale * share with its interval of the given two-sided level."""
        found = self.interval(level)
        return Estimate(
            value=offset + scale * self.value,
            se=scale * self.se,
            low=offset + scale * found.low,
            high=offset + scale * found.high,
            deff=self.n / found.n_eff if math.isnan(self.deff) else self.deff,
            df=self.df,
            n=self.n,
            n_eff=found.n_eff,
            unit=unit,
        )

    def _upper(self, p: float, variance: float, level: float) -> float:
        size, _ = effective_n(
            p, variance, n=self.n, df=self.df, level=level, cap=self.cap, method=self.method
        )
        return bounds_at(p, size, level=level, method=self.method)[1]


def rate(
    design: Design,
    parts: Sequence[Part],
    *,
    icc: float,
    method: str = "korn-graubard",
    what: str = "rate",
    n: int | None = None,
    cap: float | None = None,
) -> Rate:
    """Estimate q = sum over parts of share * (sum w y / sum w x), with one joint variance.

    The parts may lie in the same villages, so their linearised values are added household by
    household before villages are totalled; the whole design stays in, with zeros outside.

    Parameters
    ----------
    parts : at least one
    icc : planned intra-village correlation, for the cap of the effective n
    what : name for error messages
    n, cap : households and cap, where the rows that count do not give them

    Raises
    ------
    EstimationError : nothing counts in a part, no degrees of freedom, a single PSU refused

    References
    ----------
    Korn and Graubard (1999), Analysis of Health Surveys, section 3.2, for ratios as domains;
    Woodruff (1971), J. Am. Stat. Assoc. 66, for the linearised value of a function of totals.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe(np.ones(40), psu=np.arange(40) // 4)
    >>> found = rate(d, [Part(np.arange(40) % 20 == 0, np.ones(40), np.ones(40))], icc=0.05)
    >>> round(found.value, 3), found.n, found.df
    (0.05, 40, 9)
    """
    found, counted = _loads(design, parts, what)
    contribution = np.sum(counted, axis=0)
    live = contribution > 0
    first = design.stages[0]
    households = int(live.sum()) if n is None else n
    df = design.df(live)
    if df <= 0:
        raise EstimationError("estimate.no_freedom", what=what)
    borrowed = cap is not None
    if cap is None:
        villages = np.unique(first.unit[live]).size
        cap = cap_of(contribution[live], clusters=villages, icc=icc)
    steps = _steps(design, found, counted, [part.share for part in parts])
    value, variance = steps[-1].tolist() if len(steps) else (0.0, 0.0)
    weight = np.max([part.weight for part in parts], axis=0)
    shares = [float(f.sum()) / part.share for f, part in zip(found, parts, strict=True)]
    score = np.sum([f - r * c for f, r, c in zip(found, shares, counted, strict=True)], axis=0)
    simple = srs_variance(weight, np.divide(score, weight, out=np.zeros(weight.size), where=live))
    deff = variance / simple if simple > 0 and variance > 0 and not borrowed else math.nan
    return Rate(value, math.sqrt(variance), deff, df, households, cap, method, steps)


def _loads(design: Design, parts: Sequence[Part], what: str) -> tuple[list[Floats], list[Floats]]:
    """share * w y / sum w x and share * w x / sum w x of each part, by row."""
    found, counted = [], []
    for part in parts:
        base = float(part.weight @ part.x)
        if base <= 0:
            raise EstimationError("estimate.zero_denominator", what=what)
        found.append(part.share * part.weight * part.y / base)
        counted.append(part.share * part.weight * part.x / base)
    return found, counted


def _steps(
    design: Design, found: list[Floats], counted: list[Floats], shares: list[float]
) -> Floats:
    """Value and variance with the cases of the villages with most of them only, one by one."""
    first = design.stages[0]
    units = first.group.size
    load = tally(first.unit, np.sum(found, axis=0), units)
    order = np.argsort(-load, kind="stable")
    order = order[load[order] > 0]
    if order.size == 0:
        return np.empty((0, 2))
    shown = np.zeros((units, order.size))
    for step, unit in enumerate(order):
        shown[unit, step:] = 1.0
    scores, value = np.zeros_like(shown), np.zeros(order.size)
    for above, below, share in zip(found, counted, shares, strict=True):
        cases = tally(first.unit, above, units)[:, None] * shown
        part = cases.sum(axis=0)
        scores += cases - part / share * tally(first.unit, below, units)[:, None]
        value += part
    deviation, factor = spread(design, first, scores)
    return np.column_stack([value, factor[first.group] @ deviation**2])


def _size_for(p: float, bound: float, most: float, *, level: float, method: str) -> float:
    """Largest effective n, at most `most`, at which the upper bound of p reaches `bound`."""
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2
        if bounds_at(p, middle, level=level, method=method)[1] >= bound:
            low = middle
        else:
            high = middle
    return low
