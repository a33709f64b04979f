"""Remoteness of villages: an index, its classes, and the strata frozen from them.

Everything happens within a county. The result is a column of the village artefact and is never
computed again by whoever draws: floating point may differ between machines, a file does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import PlanError
from sampling.messages import say
from sampling.plan import Plan

Array = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]

DISTANCE = "km_to_seat"
FALLBACK = "remoteness_fallback"

DEFAULT_WEIGHTS = {
    DISTANCE: 1.0,
    "elevation_m": 0.5,
    "relief": 0.5,
    "road_class": 0.5,
    "income": -0.5,
    FALLBACK: 1.0,
}
"""Covariates that are used where the frame has them and the plan names none."""

BINS = 60
"""Classes of the histogram whose cumulated root frequencies are cut."""

STRATA_COLUMNS = ("remoteness", "remoteness_class", "stratum")
"""What the frozen village artefact adds to the village frame."""

HOUSEHOLDS = ("households_e", "households_p", "households_n")


@dataclass(frozen=True)
class Frozen:
    """Villages with their strata, and what has to be said about them.

    Parameters
    ----------
    plan : the plan with its counties and covariate weights spelled out
    villages : one row a village, sorted by code, with `remoteness` (null for method "none"),
        `remoteness_class` (1 = near) and `stratum` "<adcode>-<class>"; both null for a village
        without any household, which is outside the frame
    notes : bilingual lines: fallbacks, merged classes, villages outside the frame
    """

    plan: Plan
    villages: pl.DataFrame
    notes: tuple[str, ...]


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
        that is not numeric, or a village without a value (named)
    """
    for column in ("village_code", "county_adcode", *HOUSEHOLDS):
        if column not in villages.columns:
            raise PlanError("plan.column_missing", column=column)
    settled = replace(
        plan,
        counties=plan.counties or tuple(villages["county_adcode"].unique().sort()),
        remoteness=replace(
            plan.remoteness, weights=plan.remoteness.weights or _weights_of(plan, villages)
        ),
    )
    notes: list[str] = []
    parts = [_freeze_county(settled, adcode, villages, notes) for adcode in settled.counties]
    frozen = pl.concat(parts).sort("village_code")
    return Frozen(plan=settled, villages=frozen, notes=tuple(notes))


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

    Examples
    --------
    >>> km = {"km_to_seat": np.array([5.0, 40.0, 40.0, 90.0])}
    >>> rank_index(km, {"km_to_seat": 1.0}).tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    total = sum(abs(weight) for weight in weights.values())
    index = np.zeros(len(next(iter(covariates.values()))))
    for name, values in covariates.items():
        position = (_mean_ranks(values) - 0.5) / len(values)
        weight = weights[name]
        index += abs(weight) / total * (position if weight > 0 else 1 - position)
    return np.round(index, 12)


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
    PlanError : no distance among the covariates

    References
    ----------
    Jolliffe (2002), Principal Component Analysis, 2nd ed., section 2.3.
    """
    if DISTANCE not in covariates:
        raise PlanError("remoteness.no_distance")
    from sklearn.decomposition import PCA

    names = list(covariates)
    table = np.column_stack([covariates[name] for name in names])
    spread = table.std(axis=0)
    table = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    if not table.any():
        return np.zeros(len(table))
    component = PCA(n_components=1, svd_solver="full")
    scores: Array = component.fit_transform(table)[:, 0]
    loading = component.components_[0, names.index(DISTANCE)]
    return np.round(scores if loading >= 0 else -scores, 12)


def dalenius_hodges(index: Array, households: Array, classes: int) -> Classes:
    """Cut an index into classes of equal cumulated root frequency of households.

    The range of the index is divided into 60 bins; equal values fall into the same bin and so
    into the same class.

    Parameters
    ----------
    index : (n_villages,) float
    households : (n_villages,) households of each village (count)
    classes : classes wanted (count)

    Returns
    -------
    (n_villages,) class, 1 = smallest index; fewer classes than wanted where there are not
    enough distinct values, numbered without gaps

    References
    ----------
    Dalenius and Hodges (1959), J. Amer. Statist. Assoc. 54, 88-101; Cochran (1977), section 5A.7.

    Examples
    --------
    >>> dalenius_hodges(np.array([0.1, 0.2, 0.5, 0.6, 0.9, 1.0]), np.ones(6), 3).tolist()
    [1, 1, 2, 2, 3, 3]
    """
    low, width = index.min(), np.ptp(index)
    if width == 0:
        return np.ones(len(index), dtype=np.int64)
    bins = np.minimum(((index - low) / width * BINS).astype(np.int64), BINS - 1)
    roots = np.sqrt(np.bincount(bins, weights=households, minlength=BINS))
    middle = np.cumsum(roots) - roots / 2
    return _without_gaps(np.floor(middle / roots.sum() * classes).astype(np.int64)[bins])


def merge_small(classes: Classes, minimum: int) -> tuple[Classes, list[tuple[int, int, int]]]:
    """Join classes with too few villages to the next nearer class.

    The remotest such class is joined first; the nearest class, having no nearer one, joins the
    next remoter. Classes are numbered without gaps afterwards.

    Parameters
    ----------
    classes : (n_villages,) class, 1 = near
    minimum : villages that a class must have (count)

    Returns
    -------
    (n_villages,) class, and (class joined, its villages, class it joined) as numbered before
    """
    merged = classes.copy()
    steps: list[tuple[int, int, int]] = []
    while True:
        present, counts = np.unique(merged, return_counts=True)
        small = [place for place, count in enumerate(counts) if count < minimum]
        if len(present) < 2 or not small:
            return _without_gaps(merged), steps
        place = small[-1]
        into = present[place - 1] if place else present[1]
        steps.append((int(present[place]), int(counts[place]), int(into)))
        merged[merged == present[place]] = into


def _freeze_county(
    plan: Plan, adcode: str, villages: pl.DataFrame, notes: list[str]
) -> pl.DataFrame:
    county = villages.filter(pl.col("county_adcode") == adcode).sort("village_code")
    if county.is_empty():
        raise PlanError("plan.county_unknown", adcode=adcode)
    inside = county.filter(pl.sum_horizontal(HOUSEHOLDS) > 0)
    outside = county.join(inside, on="village_code", how="anti").sort("village_code")
    if inside.is_empty():
        raise PlanError("plan.county_empty", adcode=adcode)
    if not outside.is_empty():
        codes = ", ".join(outside["village_code"].head(5)) + (" …" if outside.height > 5 else "")
        notes.append(
            say("remoteness.note.outside", adcode=adcode, villages=outside.height, codes=codes)
        )
    if plan.stage1.method == "pps_systematic" and (unplaced := _without_point(inside)):
        notes.append(say("remoteness.note.by_code", adcode=adcode, villages=unplaced))
    index = _index(plan, adcode, inside, notes)
    classes = _classes(plan, adcode, inside, index, notes)
    strata = pl.DataFrame(
        {
            "village_code": inside["village_code"],
            "remoteness": pl.Series(index, dtype=pl.Float64),
            "remoteness_class": pl.Series(classes, dtype=pl.Int64),
            "stratum": [f"{adcode}-{one}" for one in classes],
        }
    )
    known = county.drop(STRATA_COLUMNS, strict=False)
    return known.join(strata, on="village_code", how="left", maintain_order="left")


def _index(plan: Plan, adcode: str, county: pl.DataFrame, notes: list[str]) -> Array | list[None]:
    rule = plan.remoteness
    if rule.method == "none":
        return [None] * county.height
    covariates = {}
    for name in rule.weights:
        values = _covariate(county, name)
        if values is not None:
            covariates[name] = values
        elif name != FALLBACK:
            notes.append(say("remoteness.note.left_out", adcode=adcode, covariate=name))
    if not covariates:
        names = ", ".join(rule.weights or DEFAULT_WEIGHTS)
        raise PlanError("remoteness.no_covariate", adcode=adcode, names=names)
    if FALLBACK in covariates:
        notes.append(say("remoteness.note.fallback", adcode=adcode, covariate=FALLBACK))
    if rule.method == "pca":
        return pca_index(covariates)
    return rank_index(covariates, {name: rule.weights[name] for name in covariates})


def _classes(
    plan: Plan,
    adcode: str,
    county: pl.DataFrame,
    index: Array | list[None],
    notes: list[str],
) -> Classes:
    rule = plan.remoteness
    if isinstance(index, list) or "remoteness" not in plan.strata.by:
        return np.ones(county.height, dtype=np.int64)
    if rule.cuts:
        wanted = len(rule.cuts) + 1
        classes = _without_gaps(np.searchsorted(np.array(rule.cuts), index, side="left"))
    else:
        wanted = rule.classes
        households = county.select(pl.sum_horizontal(HOUSEHOLDS)).to_series().to_numpy()
        classes = dalenius_hodges(index, households.astype(np.float64), wanted)
    if classes.max() < wanted:
        notes.append(
            say("remoteness.note.fewer", adcode=adcode, found=int(classes.max()), wanted=wanted)
        )
    if plan.strata.merge == "none":
        return classes
    classes, steps = merge_small(classes, plan.strata.minimum_villages)
    for merged, count, into in steps:
        notes.append(
            say(
                "remoteness.note.merged",
                adcode=adcode,
                merged=merged,
                villages=count,
                minimum=plan.strata.minimum_villages,
                into=into,
            )
        )
    return classes


def _weights_of(plan: Plan, villages: pl.DataFrame) -> dict[str, float]:
    """Default weights of the covariates that have a value anywhere; the fallback comes last."""
    if plan.remoteness.method == "none":
        return {}
    return {
        name: weight
        for name, weight in sorted(DEFAULT_WEIGHTS.items())
        if name in villages.columns and villages[name].null_count() < villages.height
    }


def _covariate(county: pl.DataFrame, name: str) -> Array | None:
    """Values of a covariate; none where the county has it nowhere, refused where it has gaps."""
    if name not in county.columns:
        return None
    values = county[name]
    if not values.dtype.is_numeric() and values.dtype != pl.Null:
        raise PlanError("remoteness.not_number", covariate=name)
    numbers = values.cast(pl.Float64).fill_nan(None)
    if numbers.null_count() == len(numbers):
        return None
    gaps = county.filter((numbers.is_null() | numbers.is_infinite()).to_frame().to_series())
    if not gaps.is_empty():
        raise PlanError("remoteness.missing", village_code=gaps["village_code"][0], covariate=name)
    return numbers.to_numpy()


def _without_point(county: pl.DataFrame) -> int:
    if not {"lat", "lon"} <= set(county.columns):
        return county.height
    points = county.select(pl.col("lat", "lon").cast(pl.Float64).fill_nan(None))
    return county.height - points.drop_nulls().height


def _mean_ranks(values: Array) -> Array:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Array = np.cumsum(counts) - (counts - 1) / 2
    return ranks[place]


def _without_gaps(classes: npt.NDArray[np.integer]) -> Classes:
    numbers: Classes = np.unique(classes, return_inverse=True)[1].astype(np.int64)
    return numbers + 1
