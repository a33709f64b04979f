"""Which sets of a county's cases could have the highest bound, had only they been found.

A bound must not fall when one more case is found, so that of a share is at least what it would
be had only some of its cases been found (see `sampling.rates`). Here those sets are valued for
many counties at once, and only the few that no other outdoes are kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sampling.county_clusters import Clusters
from sampling.rates import EVERY_SUBSET
from sampling.stages import Codes, Floats, tally


@dataclass(frozen=True, eq=False)
class CaseSets:
    """Sets of cases; made by `outstanding_sets`.

    Parameters
    ----------
    county : (sets,) int, code of the county
    share : (sets,) float, p of the set, a fraction
    size : (sets,) float, p(1 - p)/variance
    """

    county: Codes
    share: Floats
    size: Floats


@dataclass(frozen=True, eq=False)
class _Cases:
    """Cases found, county by county, by what their unit holds, then by what they weigh.

    Parameters
    ----------
    start, count : (counties,) where the cases of a county begin, and how many they are
    unit, group : (cases,) unit of a case and its stratum
    weight : (cases,) what it adds to the share
    above : (parts, cases) what it adds to each part
    h : (parts, units) Q times what the units hold of the denominator of each part; Q is the
        quadratic form of the variance
    k : (counties, parts, parts) products of those denominators under Q
    """

    start: Codes
    count: Codes
    unit: Codes
    group: Codes
    weight: Floats
    above: Floats
    h: Floats
    k: NDArray[np.float64]


def outstanding_sets(clusters: Clusters, unit: Codes, found: Floats, below: Floats) -> CaseSets:
    """Value every subset of a county's first ten cases, then all up to the 11th, 12th, ….

    First come the cases of the unit that holds most, in it those that weigh most. A set is left
    out where another of the county has a larger share and a smaller p(1 - p)/variance: its
    bound is never higher.

    Parameters
    ----------
    unit : (cases,) int, unit of each row in which something was found
    found : (parts, cases) what each of them adds to each part of the share
    below : (parts, units) what each unit holds of the denominator of each part, a fraction

    Examples
    --------
    >>> from sampling.county_clusters import cluster
    >>> zeros = np.zeros(1, np.int64)
    >>> made = cluster(["a"], zeros, np.zeros(4, np.int64), np.arange(4),
    ...     group_names=["a-1"], single_psu="adjust")
    >>> found = outstanding_sets(made, np.array([0, 0, 1]), np.full((1, 3), 0.1),
    ...     np.full((1, 4), 0.25))
    >>> found.share.round(1).tolist()
    [0.2, 0.3]
    """
    cases = _in_order(clusters, unit, found, below)
    sets = [_subsets(clusters, cases, few) for few in range(1, EVERY_SUBSET + 1)]
    sets.append(_beyond(clusters, cases))
    of, p, r = (np.concatenate(columns) for columns in zip(*sets, strict=True))
    order = np.lexsort((r, of))
    of, p, r = of[order], p[order], r[order]
    # one running maximum for all counties: as p < 2, each county starts above those before it
    level = 2.0 * of + p
    highest = np.maximum.accumulate(np.concatenate([[-np.inf], level]))[:-1]
    kept = level > highest - 1e-9
    return CaseSets(of[kept], p[kept], r[kept])


def _in_order(clusters: Clusters, unit: Codes, found: Floats, below: Floats) -> _Cases:
    case = found.sum(axis=0)
    at = np.flatnonzero(case > 0)
    load = tally(unit[at], case[at], clusters.group.size)
    of = clusters.county_of_unit[unit[at]]
    order = np.lexsort((-case[at], unit[at], -load[unit[at]], of))
    at, count = at[order], np.bincount(of, minlength=len(clusters.names))
    centred = np.array([clusters.centred(column) for column in below])
    h = clusters.factor[clusters.group] * centred
    k = np.array([[clusters.by_county(one * other) for other in centred] for one in h])
    return _Cases(
        start=np.cumsum(count) - count,
        count=count,
        unit=unit[at],
        group=clusters.group[unit[at]],
        weight=case[at],
        above=found[:, at],
        h=h,
        k=np.moveaxis(k, 2, 0),
    )


def _subsets(clusters: Clusters, cases: _Cases, few: int) -> tuple[Codes, Floats, Floats]:
    """Subsets of the first `few` cases, in counties where these are all, or all looked at."""
    of = np.flatnonzero(np.minimum(cases.count, EVERY_SUBSET) == few)
    at = cases.start[of, None] + np.arange(few)
    gram, weight = _products(clusters, cases, of, at), cases.weight[at]
    p, variance = np.zeros((of.size, 1)), np.zeros((of.size, 1))
    for new in range(few):
        cross = np.zeros((of.size, 1))
        for old in range(new):
            cross = np.hstack([cross, cross + gram[:, new, old, None]])
        variance = np.hstack([variance, variance + 2 * cross + gram[:, new, new, None]])
        p = np.hstack([p, p + weight[:, new, None]])
    sound = (p < 1) & (variance > 0)
    size = np.divide(p * (1 - p), variance, out=np.full(p.shape, np.inf), where=sound)
    order = np.argsort(size, axis=1)
    p, size = np.take_along_axis(p, order, axis=1), np.take_along_axis(size, order, axis=1)
    highest = np.maximum.accumulate(p, axis=1)
    kept = np.isfinite(size)
    kept[:, 1:] &= p[:, 1:] > highest[:, :-1]
    return np.broadcast_to(of[:, None], p.shape)[kept], p[kept], size[kept]


def _products(clusters: Clusters, cases: _Cases, of: Codes, at: Codes) -> NDArray[np.float64]:
    """(counties, few, few) products under Q of what single cases add to the scores."""
    unit, group, weight = cases.unit[at], cases.group[at], cases.weight[at]
    above, h = cases.above[:, at], cases.h[:, unit]
    same_unit = unit[:, :, None] == unit[:, None, :]
    same_group = group[:, :, None] == group[:, None, :]
    inside = same_unit - clusters.centring[group][:, :, None] * same_group
    product = (clusters.factor[group] * weight)[:, :, None] * weight[:, None, :] * inside
    crossed = weight[:, :, None] * np.einsum("prl,prk->rkl", above, h)
    below = np.einsum("prk,rpq,qrl->rkl", above, cases.k[of], above)
    gram: NDArray[np.float64] = product - crossed - crossed.transpose(0, 2, 1) + below
    return gram


def _beyond(clusters: Clusters, cases: _Cases) -> tuple[Codes, Floats, Floats]:
    """All cases up to the 11th, up to the 12th, …, in the counties that have so many."""
    held, in_group = np.zeros(clusters.group.size), np.zeros(clusters.county.size)
    counties, parts = cases.count.size, cases.above.shape[0]
    part, through = np.zeros((counties, parts)), np.zeros((counties, parts))
    variance = np.zeros(counties)
    found: list[tuple[Codes, Floats, Floats]] = [(_NONE, np.empty(0), np.empty(0))]
    many = np.flatnonzero(cases.count > EVERY_SUBSET)
    for place in range(int(cases.count.max(initial=0))):
        of = many[cases.count[many] > place]
        at = cases.start[of] + place
        unit, group, weight = cases.unit[at], cases.group[at], cases.weight[at]
        above, h, k = cases.above[:, at].T, cases.h[:, unit].T, cases.k[of]
        factor, centring = clusters.factor[group], clusters.centring[group]
        so_far = factor * (held[unit] - centring * in_group[group])
        cross = weight * (so_far - (part[of] * h).sum(axis=1))
        cross -= (above * (through[of] - np.einsum("rpq,rq->rp", k, part[of]))).sum(axis=1)
        alone = weight**2 * factor * (1 - centring) - 2 * weight * (above * h).sum(axis=1)
        alone += np.einsum("rp,rpq,rq->r", above, k, above)
        variance[of] += 2 * cross + alone
        held[unit] += weight
        in_group[group] += weight
        part[of] += above
        through[of] += weight[:, None] * h
        if place >= EVERY_SUBSET:
            found.append((of, part[of].sum(axis=1), variance[of]))
    of, p, spread = (np.concatenate(columns) for columns in zip(*found, strict=True))
    sound = (p < 1) & (spread > 0)
    return of[sound], p[sound], p[sound] * (1 - p[sound]) / spread[sound]


_NONE = np.empty(0, np.int64)
