"""Shares and bounds of many samples at once: `sampling.rates` for a whole batch of draws.

A simulation asks for thousands of bounds that differ in nothing but chance. Here the rows of all
samples stand one after the other and every sum runs over all of them; results are those that
`sampling.rates.rate` and its intervals give sample by sample.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sampling.errors import EstimationError
from sampling.interval_columns import (
    Intervals,
    bounds_on,
    reaches,
    share_intervals,
    t_adjustments,
)
from sampling.rates import EVERY_SUBSET, ON_EFFECTIVE_N
from sampling.stages import Codes, Flags, Floats, tally

SINGLE_PSU = ("adjust", "certainty", "average", "collapse")
"""Rules for strata of one PSU; for `collapse` the groups given are those already joined."""


@dataclass(frozen=True, eq=False)
class Loads:
    """Weighted rows of many samples, those that count in a share.

    Parameters
    ----------
    sample : (rows,) int, which sample a row belongs to
    unit : (rows,) int, its primary unit, numbered through all samples
    found, counted : (rows,) float, what the row adds to the share and to its base: share * w y /
        sum w x and share * w x / sum w x; `counted` > 0 and adds up to 1 in each sample
    group : (units,) int, stratum of each unit, numbered through all samples
    drawn : (groups,) units drawn, those without a row that counts included (count)
    of : (groups,) int, sample of each group
    samples : how many there are
    """

    sample: Codes
    unit: Codes
    found: Floats
    counted: Floats
    group: Codes
    drawn: Floats
    of: Codes
    samples: int


@dataclass(frozen=True, eq=False)
class Shares:
    """A share in each of many samples, with what its intervals need; made by `shares`.

    Parameters
    ----------
    value, se : (samples,) fractions; NaN where nobody counts
    n, df : (samples,) households that count; PSUs - strata among them
    kish : (samples,) 1 + cv^2 of what each household counts
    take : (samples,) mean households of a village among those clustered, 1 without any
    clustered : (samples,) share of the squared contributions that is clustered
    loads : rows they were computed from
    single_psu : rule for strata of one unit
    """

    value: Floats
    se: Floats
    n: Floats
    df: Floats
    kish: Floats
    take: Floats
    clustered: Floats
    loads: Loads
    single_psu: str

    def __repr__(self) -> str:
        return f"Shares({self.value.size} samples, mean {np.nanmean(self.value):.4%})"

    def cap(self, icc: float) -> Floats:
        """(samples,) largest effective sample size; see `sampling.intervals.cap_of`."""
        planned = np.where(self.clustered > 0, 1 + (self.take - 1) * icc * self.clustered, 1.0)
        return self.n / np.maximum(1.0, planned * self.kish)

    def plain(self, *, level: float, method: str) -> Intervals:
        """Intervals without a cap and without regard to fewer cases, as textbooks have them."""
        return share_intervals(
            self.value, self.se, n=self.n, df=self.df, level=level, method=method
        )

    def intervals(self, *, level: float, method: str, icc: float) -> Intervals:
        """Intervals of a verdict, as `sampling.rates.Rate.interval` gives them.

        Parameters
        ----------
        level : two-sided
        method : see `sampling.intervals.share_interval`
        icc : planned intra-village correlation, for the cap

        Returns
        -------
        one interval a sample; [0, 1] where no degree of freedom is left
        """
        cap = self.cap(icc)
        own = share_intervals(
            self.value, self.se, n=self.n, df=self.df, level=level, method=method, cap=cap
        )
        if method not in ON_EFFECTIVE_N:
            return own
        adjust = t_adjustments(level, n=self.n, df=self.df, method=method)
        worst = _worst(self, own, adjust=adjust, cap=cap, level=level, method=method)
        raised = np.flatnonzero(worst > own.high + 1e-12)
        if not raised.size:
            return own
        p = self.value[raised]
        size = _sizes_for(p, worst[raised], own.n_eff[raised], level=level, method=method)
        low, high, n_eff = own.low.copy(), own.high.copy(), own.n_eff.copy()
        capped = own.capped.copy()
        low[raised], high[raised] = bounds_on(method)(p, size, level)
        n_eff[raised], capped[raised] = size, True
        return Intervals(low, high, n_eff, capped)


def shares(loads: Loads, *, single_psu: str) -> Shares:
    """Estimate the share of each sample, its linearised variance and degrees of freedom.

    Parameters
    ----------
    loads : rows of all samples
    single_psu : one of `SINGLE_PSU`

    Raises
    ------
    EstimationError : another rule for strata of one unit

    Examples
    --------
    >>> one = Loads(
    ...     sample=np.zeros(4, np.int64), unit=np.arange(4), found=np.array([0.25, 0, 0, 0]),
    ...     counted=np.full(4, 0.25), group=np.zeros(4, np.int64), drawn=np.array([4.0]),
    ...     of=np.zeros(1, np.int64), samples=1)
    >>> shares(one, single_psu="adjust").value.tolist()
    [0.25]
    """
    if single_psu not in SINGLE_PSU:
        raise EstimationError("estimate.single_psu_rule", rule=single_psu)
    samples, units = loads.samples, loads.group.size
    n = tally(loads.sample, np.ones(loads.sample.size), samples)
    rows = tally(loads.unit, np.ones(loads.unit.size), units)
    live = rows > 0
    of_unit = loads.of[loads.group]
    live_units = tally(of_unit, live.astype(np.float64), samples)
    live_groups = tally(loads.group, live.astype(np.float64), loads.drawn.size) > 0
    value = np.where(n > 0, tally(loads.sample, loads.found, samples), np.nan)
    score = tally(loads.unit, loads.found, units)
    score -= np.nan_to_num(value)[of_unit] * tally(loads.unit, loads.counted, units)
    variance = _variance(loads, score, single_psu)
    several = tally(loads.group, (rows > 1).astype(np.float64), loads.drawn.size) > 0
    inside = several[loads.group[loads.unit]]
    squares = tally(loads.sample, loads.counted**2, samples)
    clusters = tally(of_unit, (live & several[loads.group]).astype(np.float64), samples)
    households = tally(loads.sample, inside.astype(np.float64), samples)
    in_clusters = tally(loads.sample, loads.counted**2 * inside, samples)
    some = n > 0
    return Shares(
        value=value,
        se=np.where(some, np.sqrt(np.maximum(variance, 0.0)), np.nan),
        n=n,
        df=live_units - tally(loads.of, live_groups.astype(np.float64), samples),
        kish=np.where(some, n * squares, np.nan),
        take=np.divide(households, clusters, out=np.ones(samples), where=clusters > 0),
        clustered=np.divide(in_clusters, squares, out=np.zeros(samples), where=some),
        loads=loads,
        single_psu=single_psu,
    )


def _variance(loads: Loads, score: Floats, single_psu: str) -> Floats:
    """(samples,) variance of the total of the scores, whose sum is zero in each sample."""
    groups = loads.drawn.size
    total, squares = tally(loads.group, score, groups), tally(loads.group, score**2, groups)
    factor, single = _factors(loads, single_psu)
    lonely = squares if single_psu == "adjust" else np.zeros(groups)
    spread = squares - total**2 / np.maximum(loads.drawn, 1)
    return tally(loads.of, np.where(single, lonely, factor * spread), loads.samples)


def _factors(loads: Loads, single_psu: str) -> tuple[Floats, Flags]:
    """n/(n - 1) of each group, and which groups have one unit; see `sampling.variance`.

    The mean of all units, with which `adjust` compares a single one, is zero here: what a share
    finds and what it expects add up to the same.
    """
    single = loads.drawn == 1
    factor = loads.drawn / np.maximum(loads.drawn - 1, 1)
    if single_psu == "average" and single.any():
        there = tally(loads.of, (loads.drawn > 0).astype(np.float64), loads.samples)
        alone = tally(loads.of, single.astype(np.float64), loads.samples)
        if (there == alone).any():
            raise EstimationError("estimate.single_psu", strata=str(int(alone.max())))
        factor = factor * (there / (there - alone))[loads.of]
    return factor, single


def _worst(
    found: Shares, own: Intervals, *, adjust: Floats, cap: Floats, level: float, method: str
) -> Floats:
    """(samples,) highest upper bound had only some cases been found, at a smaller effective n."""
    worst = np.zeros(found.value.size)
    for part in _case_forms(found.loads, found.single_psu):
        value, variance = part.subsets()
        who = part.samples
        with np.errstate(divide="ignore", invalid="ignore"):
            size = value * (1 - value) / variance * adjust[who, None]
        size = np.minimum(size, cap[who, None])
        fewer = (value < 1) & (variance > 0) & (size < own.n_eff[who, None]) & (size > 0)
        fewer[:, -1] = False  # all cases: the sample itself
        at, p, n_eff = _frontier(value, size, fewer)
        if at.size:
            high = bounds_on(method)(p, n_eff, level)[1]
            np.maximum.at(worst, who[at], high)
    return worst


def _frontier(value: Floats, size: Floats, inside: Flags) -> tuple[Codes, Floats, Floats]:
    """Those of each row that no other beats by a larger share at a smaller effective size.

    The upper bound rises with the share and falls with the effective size, so no other subset
    can have the highest.
    """
    order = np.argsort(np.where(inside, size, np.inf), axis=1)
    p = np.take_along_axis(np.where(inside, value, -1.0), order, axis=1)
    before = np.maximum.accumulate(p, axis=1)
    ahead = np.ones(p.shape, dtype=bool)
    ahead[:, 1:] = p[:, 1:] > before[:, :-1]
    row, column = np.nonzero(ahead & (p >= 0))
    return row, p[row, column], np.take_along_axis(size, order, axis=1)[row, column]


def _sizes_for(p: Floats, bound: Floats, most: Floats, *, level: float, method: str) -> Floats:
    """Largest effective sizes, at most `most`, at which the upper bounds reach `bound`."""
    low, high = np.zeros(p.size), most.copy()
    for _ in range(60):
        middle = (low + high) / 2
        far = reaches(p, middle, bound, level=level, method=method)
        low, high = np.where(far, middle, low), np.where(far, high, middle)
    return low


@dataclass(frozen=True, eq=False)
class _Forms:
    """Share and variance of the cases of some samples, as forms of which of them were found.

    With s the 0/1 vector of cases found, the share is a's and its variance s'Qs.
    """

    samples: Codes
    a: Floats
    q: Floats

    def subsets(self) -> tuple[Floats, Floats]:
        """(samples, subsets) value and variance; see `sampling.rates.Rate`, steps."""
        cases = self.a.shape[1]
        few = min(cases, EVERY_SUBSET)
        chosen, pairs = _SUBSETS[few]
        rows, columns = np.tril_indices(few)
        value = self.a[:, :few] @ chosen.T
        variance = self.q[:, rows, columns] @ pairs.T
        if cases > few:
            both = np.cumsum(np.cumsum(self.q, axis=1), axis=2)
            upto = np.arange(few, cases)
            value = np.hstack([value, np.cumsum(self.a, axis=1)[:, few:]])
            variance = np.hstack([variance, both[:, upto, upto]])
        return value, variance


def _case_forms(loads: Loads, single_psu: str) -> list[_Forms]:
    """Forms of all samples with cases, those with equally many cases together."""
    case = np.flatnonzero(loads.found > 0)
    if not case.size:
        return []
    units = loads.group.size
    load = tally(loads.unit[case], loads.found[case], units)
    unit = loads.unit[case]
    order = np.lexsort((-loads.found[case], unit, -load[unit], loads.sample[case]))
    case, unit = case[order], unit[order]
    sample, group, a = loads.sample[case], loads.group[unit], loads.found[case]
    base = tally(loads.unit, loads.counted, units)
    factor, single = _factors(loads, single_psu)
    inner = np.where(single, 1.0 if single_psu == "adjust" else 0.0, factor)
    outer = np.where(single, 0.0, factor / np.maximum(loads.drawn, 1))
    total = tally(loads.group, base, loads.drawn.size)
    squares = tally(loads.group, base**2, loads.drawn.size)
    b = a * (inner[group] * base[unit] - outer[group] * total[group])
    c = tally(loads.of, inner * squares - outer * total**2, loads.samples)
    starts = np.flatnonzero(np.diff(sample, prepend=-1))
    counts = np.diff(np.append(starts, sample.size))
    forms = []
    for cases in np.unique(counts):
        first = starts[counts == cases]
        at = first[:, None] + np.arange(cases)
        who, ua, ga, aa, ba = sample[first], unit[at], group[at], a[at], b[at]
        same_unit = ua[:, :, None] == ua[:, None, :]
        same_group = ga[:, :, None] == ga[:, None, :]
        pair = aa[:, :, None] * aa[:, None, :]
        q = pair * (same_unit * inner[ga][:, :, None] - same_group * outer[ga][:, :, None])
        cross = aa[:, :, None] * ba[:, None, :]
        q += pair * c[who][:, None, None] - cross - cross.transpose(0, 2, 1)
        forms.append(_Forms(who, aa, q))
    return forms


def _subset_tables() -> Mapping[int, tuple[Floats, Floats]]:
    """Cases -> every subset of them as 0/1 rows, and as rows over pairs, off-diagonal twice."""
    tables = {}
    for cases in range(1, EVERY_SUBSET + 1):
        chosen = ((np.arange(1, 2**cases)[:, None] >> np.arange(cases)) & 1).astype(np.float64)
        rows, columns = np.tril_indices(cases)
        twice = np.where(rows == columns, 1.0, 2.0)
        tables[cases] = (chosen, chosen[:, rows] * chosen[:, columns] * twice)
    return tables


_SUBSETS = _subset_tables()
