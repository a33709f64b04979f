"""Shares of many counties at once, each with the bounds that `sampling.rates` gives it alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from sampling.county_cases import CaseSets, outstanding_sets
from sampling.county_clusters import Clusters
from sampling.errors import EstimationError
from sampling.interval_columns import (
    ON_EFFECTIVE_N,
    Intervals,
    bounds_on,
    reaches,
    share_intervals,
    t_adjustments,
)
from sampling.stages import Codes, Flags, Floats, tally

HALVINGS = 60


@dataclass(frozen=True, eq=False)
class CountyPart:
    """One ratio sum w y / sum w x in each county; see `sampling.rates.Part`.

    Parameters
    ----------
    rows : (k,) int, ascending, the rows it is about
    y, x, weight : (k,) float, of these rows
    share : (counties,) float, how much it counts in the share of the county
    """

    rows: Codes
    y: Floats
    x: Floats
    weight: Floats
    share: Floats


@dataclass(frozen=True, eq=False)
class CountyRates:
    """A share of each county with all that its intervals need; see `sampling.rates.Rate`.

    Parameters
    ----------
    value, se, deff, cap : (counties,) float
    df, n : (counties,) int
    method : interval method
    sets : had only these cases been found
    """

    value: Floats
    se: Floats
    deff: Floats
    df: Codes
    n: Codes
    cap: Floats
    method: str
    sets: CaseSets

    def intervals(self, level: float) -> Intervals:
        """Two-sided intervals whose upper ends never fall when one more case is found."""
        own = share_intervals(
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
        worst = self._worst(level, own)
        lifted = np.flatnonzero(worst > own.high + 1e-12)
        if not lifted.size:
            return own
        p = self.value[lifted]
        size = _size_for(p, worst[lifted], own.n_eff[lifted], level=level, method=self.method)
        low, high, n_eff = own.low.copy(), own.high.copy(), own.n_eff.copy()
        low[lifted], high[lifted] = bounds_on(self.method)(p, size, level)
        n_eff[lifted] = size
        capped = own.capped.copy()
        capped[lifted] = True
        return Intervals(low, high, n_eff, capped)

    def _worst(self, level: float, own: Intervals) -> Floats:
        """Highest upper bound of a county among the sets of cases of smaller effective n."""
        adjust = t_adjustments(
            level, n=self.n.astype(np.float64), df=self.df.astype(np.float64), method=self.method
        )
        of, p = self.sets.county, self.sets.share
        size = np.minimum(self.sets.size * adjust[of], self.cap[of])
        near = np.flatnonzero(size < own.n_eff[of])
        of, p, size = of[near], p[near], size[near]
        high = reaches(p, size, own.high[of], level=level, method=self.method)
        worst = np.zeros(self.value.size)
        np.maximum.at(worst, of[high], bounds_on(self.method)(p[high], size[high], level)[1])
        return worst


def county_rates(
    clusters: Clusters,
    parts: Sequence[CountyPart],
    *,
    icc: float,
    method: str = "korn-graubard",
    what: str = "rate",
    wanted: Flags | None = None,
    n: Codes | None = None,
    cap: Floats | None = None,
) -> CountyRates:
    """Estimate the same share in every county, in one pass over the rows.

    Parameters
    ----------
    parts : at least one
    icc : planned intra-village correlation, for the caps
    what : name for error messages
    wanted : (counties,) bool, those to estimate; the others come back as NaN
    n, cap : (counties,) households and caps, where the rows that count do not give them

    Returns
    -------
    the figures that `sampling.rates.rate` gives for each county alone, to rounding

    Raises
    ------
    EstimationError : a wanted county in which nothing counts, or without degrees of freedom

    Examples
    --------
    >>> from sampling.county_clusters import cluster
    >>> made = cluster(["a"], np.zeros(1, np.int64), np.zeros(10, np.int64), np.arange(40) // 4,
    ...     group_names=["a-1"], single_psu="adjust")
    >>> part = CountyPart(np.arange(40), (np.arange(40) % 20 == 0).astype(float), np.ones(40),
    ...     np.ones(40), np.ones(1))
    >>> found = county_rates(made, [part], icc=0.05)
    >>> found.value.tolist(), found.n.tolist(), found.df.tolist()
    ([0.05], [40], [9])
    """
    asked = np.ones(len(clusters.names), dtype=bool) if wanted is None else wanted
    loads = _loads(clusters, parts, asked, what)
    live = tally(loads.unit, (loads.contribution > 0).astype(np.float64), clusters.group.size)
    df = clusters.df(live > 0)
    if (asked & (df <= 0)).any():
        raise _refused("estimate.no_freedom", what, clusters, asked & (df <= 0))
    totals = np.array([clusters.by_county(part) for part in loads.found_by_unit])
    value = totals.sum(axis=0)
    expected = totals[:, clusters.county_of_unit] * loads.below
    score = np.sum(loads.found_by_unit - expected, axis=0)
    variance = clusters.by_county(clusters.factor[clusters.group] * clusters.centred(score) ** 2)
    variance = np.where(value > 0, variance, 0.0)
    deff = np.full(value.size, np.nan)
    if cap is None:
        simple = _srs_variances(clusters, loads, totals)
        np.divide(variance, simple, out=deff, where=(simple > 0) & (variance > 0))
    return CountyRates(
        np.where(asked, value, np.nan),
        np.where(asked, np.sqrt(variance), np.nan),
        deff,
        df,
        clusters.by_county(live).astype(np.int64) if n is None else n,
        _caps(clusters, loads, live, icc) if cap is None else cap,
        method,
        outstanding_sets(clusters, loads.unit[loads.cases], loads.found, loads.below),
    )


@dataclass(frozen=True, eq=False)
class _Loads:
    """What each row adds to the share of its county and to its base.

    Parameters
    ----------
    unit, county : (k,) int, of the rows that are part of it
    weight : (k,) float, the larger where a row is in two parts
    counted : of each part (k,) share * w x / sum w x
    contribution : (k,) their sum
    cases : (c,) int, positions of the rows with y > 0
    found : (parts, c) share * w y / sum w x of these
    found_by_unit : (parts, units) their sums
    below : (parts, units) sums of w x / sum w x
    share : (parts, counties) 1 where a part does not count at all
    """

    unit: Codes
    county: Codes
    weight: Floats
    counted: list[Floats]
    contribution: Floats
    cases: Codes
    found: Floats
    found_by_unit: Floats
    below: Floats
    share: Floats


def _loads(clusters: Clusters, parts: Sequence[CountyPart], asked: Flags, what: str) -> _Loads:
    rows, columns = _joined(parts, clusters.unit.size)
    unit, units = clusters.unit[rows], clusters.group.size
    county = clusters.county_of_unit[unit]
    cases = np.flatnonzero(sum(y for y, _, _ in columns))
    counted, found, by_unit, below = [], [], [], []
    for part, (y, x, w) in zip(parts, columns, strict=True):
        persons = w * x
        of_unit = tally(unit, persons, units)
        base = clusters.by_county(of_unit)
        counts = (part.share > 0) & (base > 0)
        empty = asked & (part.share > 0) & ~counts
        if empty.any():
            raise _refused("estimate.zero_denominator", what, clusters, empty)
        one = np.divide(1.0, base, out=np.zeros(base.size), where=counts)
        scale = one * part.share
        counted.append(persons if (scale == 1).all() else scale[county] * persons)
        found.append(scale[county[cases]] * w[cases] * y[cases])
        by_unit.append(tally(unit[cases], found[-1], units))
        below.append(of_unit * one[clusters.county_of_unit])
    weights = [
        w if (part.share > 0).all() else np.where((part.share > 0)[county], w, 0.0)
        for part, (_, _, w) in zip(parts, columns, strict=True)
    ]
    return _Loads(
        unit,
        county,
        reduce(np.maximum, weights),
        counted,
        reduce(np.add, counted),
        cases,
        np.array(found),
        np.array(by_unit),
        np.array(below),
        np.array([np.where(part.share > 0, part.share, 1.0) for part in parts]),
    )


def _joined(
    parts: Sequence[CountyPart], rows: int
) -> tuple[Codes, list[tuple[Floats, Floats, Floats]]]:
    """Rows of any part, and the columns of each part on them, 0 where it has nothing."""
    if len(parts) == 1:
        return parts[0].rows, [(parts[0].y, parts[0].x, parts[0].weight)]
    seen = np.zeros(rows, dtype=bool)
    for part in parts:
        seen[part.rows] = True
    together = np.flatnonzero(seen)
    place = np.empty(rows, np.int64)
    place[together] = np.arange(together.size)
    columns = []
    for part in parts:
        spread = np.zeros((3, together.size))
        for wide, narrow in zip(spread, (part.y, part.x, part.weight), strict=True):
            wide[place[part.rows]] = narrow
        columns.append((spread[0], spread[1], spread[2]))
    return together, columns


def _caps(clusters: Clusters, loads: _Loads, live: Floats, icc: float) -> Floats:
    """`sampling.intervals.cap_of` of each county."""
    squares = tally(loads.unit, loads.contribution**2, clusters.group.size)
    several = np.bincount(clusters.group[live > 1], minlength=clusters.county.size) > 0
    inside = several[clusters.group] & (live > 0)
    n, square = clusters.by_county(live), clusters.by_county(squares)
    total = clusters.by_county(
        np.sum(loads.below * loads.share[:, clusters.county_of_unit], axis=0)
    )
    clustered, clustered_square, villages = (
        clusters.by_county(np.where(inside, column, 0.0))
        for column in (live, squares, np.ones(live.size))
    )
    some = square > 0
    kish = n * square / np.where(some, total, 1.0) ** 2
    share = np.divide(clustered_square, square, out=np.zeros(square.size), where=some)
    mean = clustered / np.maximum(villages, 1)
    planned = np.where(share > 0, 1 + (mean - 1) * icc * share, 1.0)
    caps: Floats = n / np.maximum(1.0, planned * kish)
    return caps


def _srs_variances(clusters: Clusters, loads: _Loads, totals: Floats) -> Floats:
    """`sampling.estimate.srs_variance` of each county's scores, whose sum is zero."""
    ratio, county = totals / loads.share, loads.county
    score = -ratio[0][county] * loads.counted[0]
    for more, counted in zip(ratio[1:], loads.counted[1:], strict=True):
        score -= more[county] * counted
    score[loads.cases] += loads.found.sum(axis=0)
    live = (loads.contribution > 0) & (loads.weight > 0)
    squares = np.divide(score**2, loads.weight, out=np.zeros(score.size), where=live)
    counties = totals.shape[1]
    n = tally(county, (loads.weight > 0).astype(np.float64), counties)
    size = tally(county, loads.weight, counties)
    safe = np.where(size > 0, size, 1.0)
    spread = tally(county, squares, counties) / safe * n / np.maximum(n - 1, 1)
    simple = safe**2 * np.maximum(1 - n / safe, 0.0) * spread / np.maximum(n, 1)
    return np.where((n > 1) & (size > 0), simple, np.nan)


def _size_for(p: Floats, bound: Floats, most: Floats, *, level: float, method: str) -> Floats:
    """Largest effective sizes, at most `most`, at which the upper bounds of p reach `bound`."""
    low, high = np.zeros(p.size), most.copy()
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        reached = reaches(p, middle, bound, level=level, method=method)
        low, high = np.where(reached, middle, low), np.where(reached, high, middle)
    return low


def _refused(code: str, what: str, clusters: Clusters, counties: Flags) -> EstimationError:
    first = clusters.names[int(np.flatnonzero(counties)[0])]
    return EstimationError(code, what=f"{what}, {first}")
