"""Shares that are ratios, or weighted sums of ratios, with bounds fit for a verdict."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sampling.errors import EstimationError
from sampling.estimate import Estimate, srs_variance
from sampling.intervals import Interval, bounds_at, cap_of, share_interval, t_adjustment
from sampling.stages import Codes, Design, Flags, Floats, tally
from sampling.variance import spread

EVERY_SUBSET = 10
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
    steps : (k, 2) float, value and variance of the share had only some of the cases been found:
        every subset of the ten that weigh most, then all up to the 11th, 12th, …; ordered by
        what their village holds, then by what they weigh; the last row is the share itself
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
        the bound is at least what it would be had only some of the cases been found (`steps`):
        where that is higher, the effective n is lowered until the two agree.

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
        worst = self._worst(level, below=own.n_eff)
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

    def _worst(self, level: float, *, below: float) -> float:
        """Highest upper bound among `steps` whose effective n is smaller than `below`."""
        p, variance = self.steps.T
        adjust = t_adjustment(level, n=self.n, df=self.df, method=self.method)
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.minimum(p * (1 - p) / variance * adjust, self.cap)
        fewer = (p < 1) & (variance > 0) & (size < below)
        pairs = zip(p[fewer].tolist(), size[fewer].tolist(), strict=True)
        return max(
            (bounds_at(q, n, level=level, method=self.method)[1] for q, n in pairs), default=0.0
        )


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
        clustered = _clustered(design, live)
        cap = cap_of(
            contribution[live],
            clusters=np.unique(first.unit[live][clustered]).size,
            icc=icc,
            clustered=clustered,
        )
    steps = _steps(design, found, counted, [part.share for part in parts])
    value, variance = steps[-1].tolist() if len(steps) else (0.0, 0.0)
    weight = np.max([part.weight for part in parts], axis=0)
    shares = [float(f.sum()) / part.share for f, part in zip(found, parts, strict=True)]
    score = np.sum([f - r * c for f, r, c in zip(found, shares, counted, strict=True)], axis=0)
    simple = srs_variance(weight, np.divide(score, weight, out=np.zeros(weight.size), where=live))
    deff = variance / simple if simple > 0 and variance > 0 and not borrowed else math.nan
    return Rate(value, math.sqrt(variance), deff, df, households, cap, method, steps)


def _clustered(design: Design, live: Flags) -> Flags:
    """Which of the live rows lie in a stratum where units have several of them.

    Where each row is its own unit, as in a stratum of which every village was taken, there are
    no clusters.
    """
    first = design.stages[0]
    units, counts = np.unique(first.unit[live], return_counts=True)
    several = np.bincount(first.group[units], counts > 1, first.drawn.size) > 0
    return several[first.group[first.unit[live]]]


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
    """Value and variance of the share had only some of the cases been found; see `Rate`."""
    first = design.stages[0]
    units = first.group.size
    case = np.sum(found, axis=0)
    load = tally(first.unit, case, units)
    households = np.flatnonzero(case > 0)
    if households.size == 0:
        return np.empty((0, 2))
    order = households[
        np.lexsort((-case[households], first.unit[households], -load[first.unit[households]]))
    ]
    shown = _subsets(order.size)
    scores, value = np.zeros((units, len(shown))), np.zeros(len(shown))
    for above, below, share in zip(found, counted, shares, strict=True):
        cases = np.zeros((units, len(shown)))
        np.add.at(cases, first.unit[order], above[order][:, None] * shown.T)
        part = cases.sum(axis=0)
        scores += cases - part / share * tally(first.unit, below, units)[:, None]
        value += part
    if design.calibration is not None:
        parts = list(zip(found, counted, shares, strict=True))
        scores = _residuals(design, parts, order, shown)
    deviation, factor = spread(design, first, scores)
    return np.column_stack([value, factor[first.group] @ deviation**2])


def _residuals(
    design: Design, parts: list[tuple[Floats, Floats, float]], order: Codes, shown: Floats
) -> Floats:
    """(units, subsets) sums of what the calibration leaves of the scores of `_steps`."""
    scores = np.zeros((design.rows, len(shown)))
    for above, below, share in parts:
        cases = above[order][:, None] * shown.T
        scores[order] += cases
        scores -= below[:, None] * (cases.sum(axis=0) / share)
    first, calibration = design.stages[0], design.calibration
    left = scores if calibration is None else calibration.residuals(scores)
    return np.column_stack([tally(first.unit, column, first.group.size) for column in left.T])


def _subsets(cases: int) -> Floats:
    """(subsets, cases) 0/1: every subset of the first few cases, then all up to each; all last."""
    few = min(cases, EVERY_SUBSET)
    head = (np.arange(1, 2**few)[:, None] >> np.arange(few)) & 1
    tail = np.tri(cases)[few:]
    return np.vstack([np.pad(head, ((0, 0), (0, cases - few))), tail]).astype(np.float64)


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
