"""Remoteness of villages: an index, its classes, and the strata frozen from them.

Everything happens within a county. The result is a column of the village artefact and is never
computed again by whoever draws: floating point may differ between machines, a file does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from sampling.classes import (
    Array,
    Classes,
    cum_root_f_within,
    dalenius_hodges,
    merge_small,
    merge_small_within,
    merge_types_within,
)
from sampling.covariates import DISTANCE, STRATA_COLUMNS, Covariate, Inside, Topic, inside
from sampling.errors import PlanError
from sampling.groups import Groups
from sampling.plan import Plan
from sampling.threads import one_thread

__all__ = [
    "STRATA_COLUMNS",
    "Frozen",
    "dalenius_hodges",
    "freeze",
    "kmeans_classes",
    "merge_small",
    "pca_index",
    "rank_index",
]

KMEANS_SEED = 0
KMEANS_STARTS = 10
"""k-means is started this often by k-means++, from the same random numbers for every county."""


@dataclass(frozen=True)
class Frozen:
    """Villages with their strata, and what has to be said about them.

    Parameters
    ----------
    plan : the plan with its counties and covariate weights spelled out
    villages : one row a village, sorted by code, with `remoteness` (null for method "none"),
        `remoteness_class` (1 = near) and `stratum` "<adcode>-<class>", or
        "<adcode>-<class>-<type>" where strata are by village type, types that were merged being
        joined by "+"; all three null for a village without any household, which is outside the
        frame
    notes : bilingual lines, county by county: fallbacks, merged strata, villages outside the frame
    summary : the same in one line a topic, for many counties
    """

    plan: Plan
    villages: pl.DataFrame
    notes: tuple[str, ...]
    summary: tuple[str, ...] = ()

    def __repr__(self) -> str:
        strata = self.villages["stratum"].n_unique() - self.villages["stratum"].has_nulls()
        return (
            f"Frozen({self.villages.height} villages, {len(self.plan.counties)} counties, "
            f"{strata} strata, {len(self.notes)} notes)"
        )


def freeze(plan: Plan, villages: pl.DataFrame) -> Frozen:
    """Measure remoteness in each county of a plan, cut classes and form strata.

    Parameters
    ----------
    plan : rules; no counties = all of the village frame, no weights = `DEFAULT_WEIGHTS` as far
        as the frame has them
    villages : village frame, one row a village

    Returns
    -------
    the frozen villages of the plan's counties

    Raises
    ------
    PlanError : a county that is not in the frame or has no households, no covariate, a covariate
        that is not numeric, a village without a value or without a type (named), a village that
        stands twice, or cut points together with k-means

    Examples
    --------
    >>> villages = pl.DataFrame({
    ...     "village_code": [f"420528100{k}" for k in range(200, 208)],
    ...     "county_adcode": "420528", "village_type": ["poor", "other"] * 4,
    ...     "households_e": 40, "households_p": 2, "households_n": 300,
    ...     "km_to_seat": [1.0, 2, 3, 4, 30, 40, 50, 60]})
    >>> plan = Plan().override(["remoteness.classes=2", "strata.minimum_villages=2",
    ...     'strata.by=["county", "remoteness", "village_type"]'])
    >>> frozen = freeze(plan, villages)
    >>> frozen
    Frozen(8 villages, 1 counties, 4 strata, 1 notes)
    >>> frozen.villages["stratum"].unique().sort().to_list()
    ['420528-1-other', '420528-1-poor', '420528-2-other', '420528-2-poor']
    """
    if plan.remoteness.method == "kmeans" and plan.remoteness.cuts:
        raise PlanError("remoteness.cuts_of_kmeans")
    counties = inside(plan, villages)
    index, classes = _measure(counties)
    if plan.strata.merge == "nearer":
        classes = _merge(counties, classes)
    strata = _strata(counties, classes)
    return Frozen(
        plan=counties.plan,
        villages=counties.with_strata(index, classes, strata),
        notes=counties.notes.told(),
        summary=counties.notes.summed(),
    )


def rank_index(covariates: Mapping[str, Array], weights: Mapping[str, float]) -> Array:
    """Average the ranks of covariates, weighted; the larger, the more remote.

    Each covariate becomes (mean rank - 1/2) / M, equal values sharing their mean rank; a negative
    weight turns it round.

    Parameters
    ----------
    covariates : name -> (n_villages,) float, any unit
    weights : name -> weight, not zero

    Returns
    -------
    (n_villages,) float in (0, 1)

    Raises
    ------
    PlanError : a value that is not finite

    Examples
    --------
    >>> km = {"km_to_seat": np.array([5.0, 40.0, 40.0, 90.0])}
    >>> rank_index(km, {"km_to_seat": 1.0}).tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    rows = len(next(iter(covariates.values())))
    _refuse_not_finite(covariates)
    everywhere = np.ones(1, dtype=bool)
    known = {name: Covariate(values, everywhere) for name, values in covariates.items()}
    return _rank_index(Groups.single(rows), known, weights)


def pca_index(covariates: Mapping[str, Array]) -> Array:
    """Take the first principal component of the standardised covariates.

    The sign is fixed so that distance to the county seat loads positively.

    Parameters
    ----------
    covariates : name -> (n_villages,) float, one of them `km_to_seat`

    Returns
    -------
    (n_villages,) float, mean 0

    Raises
    ------
    PlanError : no distance among the covariates, or a value that is not finite

    References
    ----------
    Jolliffe (2002), Principal Component Analysis, 2nd ed., section 2.3.

    Examples
    --------
    >>> km = np.array([5.0, 10.0, 30.0, 75.0])
    >>> np.argsort(pca_index({"km_to_seat": km, "income": 9000 - 80 * km})).tolist()
    [0, 1, 2, 3]
    """
    if DISTANCE not in covariates:
        raise PlanError("remoteness.no_distance")
    _refuse_not_finite(covariates)
    from sklearn.decomposition import PCA

    names = list(covariates)
    table = _standardised(covariates)
    if not table.any():
        return np.zeros(len(table))
    component = PCA(n_components=1, svd_solver="full")
    scores: Array = component.fit_transform(table)[:, 0]
    loading = component.components_[0, names.index(DISTANCE)]
    return np.round(scores if loading >= 0 else -scores, 12)


def kmeans_classes(
    covariates: Mapping[str, Array],
    weights: Mapping[str, float],
    households: Array,
    classes: int,
) -> Classes:
    """Group the villages of a county by k-means on their covariates, households as weights.

    The squared distance of two villages is the sum of |weight| times the squared difference of
    the standardised covariates. The best of 10 starts by k-means++ with `random_state` 0 is
    taken, on one thread, so that the same villages give the same classes in every run. Classes
    are numbered by the household-weighted mean of their rank index.

    Parameters
    ----------
    covariates : name -> (n_villages,) float, any unit
    weights : name -> weight, not zero; the sign only serves the rank index
    households : (n_villages,) households of each village (count), > 0
    classes : classes wanted (count)

    Returns
    -------
    (n_villages,) class, 1 = near; fewer classes than wanted where there are not enough distinct
    villages

    References
    ----------
    Arthur and Vassilvitskii (2007), k-means++: the advantages of careful seeding, Proc. 18th
    ACM-SIAM Symposium on Discrete Algorithms, 1027-1035.

    Examples
    --------
    >>> km = {"km_to_seat": np.array([80.0, 3.0, 5.0, 31.0, 78.0, 30.0])}
    >>> kmeans_classes(km, {"km_to_seat": 1.0}, np.full(6, 300.0), 3).tolist()
    [3, 1, 1, 2, 3, 2]
    """
    from sklearn.cluster import KMeans

    rank = rank_index(covariates, weights)
    table = _standardised(covariates) * np.sqrt([abs(weights[name]) for name in covariates])
    wanted = min(classes, len(np.unique(table, axis=0)))
    model = KMeans(wanted, n_init=KMEANS_STARTS, random_state=KMEANS_SEED, algorithm="lloyd")
    with one_thread():
        found: Classes = model.fit(table, sample_weight=households).labels_.astype(np.int64)
    remoteness = np.bincount(found, weights=rank * households) / np.bincount(
        found, weights=households
    )
    numbers = np.empty(len(remoteness), dtype=np.int64)
    numbers[np.argsort(np.round(remoteness, 12), kind="stable")] = 1 + np.arange(len(remoteness))
    return numbers[found]


def _measure(counties: Inside) -> tuple[Array | None, Classes]:
    """Index and classes of every village, by the method of the plan."""
    rule, groups = counties.plan.remoteness, counties.groups
    one_class = np.ones(len(counties.rows), dtype=np.int64)
    if rule.method == "none":
        return None, one_class
    covariates = counties.covariates()
    if rule.method == "pca":
        parts = (pca_index(_of_county(counties, covariates, one)) for one in range(len(groups)))
        index = np.concatenate(list(parts))
    else:
        index = _rank_index(groups, covariates, rule.weights)
    if "remoteness" not in counties.plan.strata.by:
        return index, one_class
    wanted = len(rule.cuts) + 1 if rule.cuts else rule.classes
    if rule.cuts:
        classes = groups.without_gaps(np.searchsorted(np.array(rule.cuts), index, side="left"))
    elif rule.method == "kmeans":
        classes = _kmeans(counties, covariates)
    else:
        classes = cum_root_f_within(groups, index, counties.households(), wanted)
    most = np.maximum.reduceat(classes, groups.starts)
    for county in np.flatnonzero(most < wanted).tolist():
        found = int(most[county])
        counties.notes.add(county, Topic.FEWER, "remoteness.note.fewer", found=found, wanted=wanted)
    return index, classes


def _rank_index(
    groups: Groups, covariates: Mapping[str, Covariate], weights: Mapping[str, float]
) -> Array:
    """The rank index within each group, of the covariates that the group has."""
    total = np.zeros(len(groups))
    for name, one in covariates.items():
        total += np.where(one.known, abs(weights[name]), 0.0)
    index = np.zeros(len(groups.of_row))
    for name, one in covariates.items():
        share = np.where(one.known, abs(weights[name]) / total, 0.0)
        position = (groups.mean_ranks(one.values) - 0.5) / groups.sizes[groups.of_row]
        index += share[groups.of_row] * (position if weights[name] > 0 else 1 - position)
    return np.round(index, 12)


def _kmeans(counties: Inside, covariates: Mapping[str, Covariate]) -> Classes:
    rule, households = counties.plan.remoteness, counties.households()
    return np.concatenate(
        [
            kmeans_classes(
                _of_county(counties, covariates, county),
                rule.weights,
                households[counties.groups.rows(county)],
                rule.classes,
            )
            for county in range(len(counties.groups))
        ]
    )


def _of_county(
    counties: Inside, covariates: Mapping[str, Covariate], county: int
) -> dict[str, Array]:
    rows = counties.groups.rows(county)
    return {name: one.values[rows] for name, one in covariates.items() if one.known[county]}


def _refuse_not_finite(covariates: Mapping[str, Array]) -> None:
    for name, values in covariates.items():
        if not np.isfinite(values).all():
            raise PlanError("remoteness.not_finite", covariate=name)


def _standardised(covariates: Mapping[str, Array]) -> Array:
    table = np.column_stack(list(covariates.values()))
    spread = table.std(axis=0)
    scores: Array = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scores


def _merge(counties: Inside, classes: Classes) -> Classes:
    minimum = counties.plan.strata.minimum_villages
    merged, found = merge_small_within(counties.groups, classes, minimum)
    for county, steps in found.items():
        for joined, villages, into in steps:
            counties.notes.add(
                county,
                Topic.MERGED,
                "remoteness.note.merged",
                merged=joined,
                villages=villages,
                minimum=minimum,
                into=into,
            )
    return merged


def _strata(counties: Inside, classes: Classes) -> pl.Series:
    """Code of the stratum of every village inside; classes are merged before types are."""
    groups, adcodes = counties.groups, counties.plan.counties
    width = int(classes.max()) + 1
    cell = groups.of_row * width + classes
    if "village_type" not in counties.plan.strata.by:
        present = np.unique(cell)
        codes = [f"{adcodes[one // width]}-{one % width}" for one in present.tolist()]
        return pl.Series(codes, dtype=pl.String)[np.searchsorted(present, cell)]
    kinds, types = counties.types()
    minimum = counties.plan.strata.minimum_villages if counties.plan.strata.merge != "none" else 1
    order = np.argsort(cell, kind="stable")
    present, of_cell = np.unique(cell[order], return_inverse=True)
    parts, found = merge_types_within(Groups.of(of_cell), types[order], minimum)
    codes = [""] * (len(present) * len(kinds))
    for place, (one, cell_parts) in enumerate(zip(present.tolist(), parts, strict=True)):
        prefix = f"{adcodes[one // width]}-{one % width}"
        for part in cell_parts:
            for kind in part:
                codes[place * len(kinds) + kind] = f"{prefix}-{_joined(kinds, part)}"
    for place, steps in found.items():
        for least, villages, into in steps:
            counties.notes.add(
                int(present[place]) // width,
                Topic.TYPES_MERGED,
                "remoteness.note.types_merged",
                number=int(present[place]) % width,
                merged=_joined(kinds, least),
                villages=villages,
                minimum=minimum,
                into=_joined(kinds, into),
            )
    return pl.Series(codes, dtype=pl.String)[np.searchsorted(present, cell) * len(kinds) + types]


def _joined(kinds: list[str], part: tuple[int, ...]) -> str:
    return "+".join(kinds[kind] for kind in part)
