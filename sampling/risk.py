"""Risk of recurrence by household: for planning visits, never for judging a household.

The model orders households for a watch list, a size measure or strata. No estimate and no verdict
reads it: what a household is found to be is decided by its interview alone (docs/risk.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import logit

from sampling.errors import RiskError
from sampling.messages import say
from sampling.progress import Progress, silent
from sampling.reliability import RiskReport, report
from sampling.threads import one_thread

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Split = tuple[Codes, Codes]

COUNTY = "county_adcode"

FEATURES = (
    "persons",
    "registered_year",
    "exit_year",
    "cause",
    "welfare",
    "monitored",
    "house_grade",
    "village_type",
    "remoteness",
    "remoteness_class",
    "km_to_seat",
    "elevation_m",
    "relief",
    "road_class",
    "income",
)
"""What is used where the table has it and no features are named: known before any visit."""

IDENTIFIERS = (
    *("household_id", "unit_id", "person_code", "village_code", "village_name", "town_code"),
    *("town_name", "psu", "stratum", COUNTY, "relocated_from", "relocated_to", "lat", "lon"),
)
"""Who or where somebody is: a model would learn villages by heart."""

DRAWN = (
    *("ticket", "order", "is_reserve", "pi1", "pi2", "inclusion_prob", "base_weight", "weight"),
    *("nonresponse_factor", "wave"),
)
"""What the draw did with a household."""

FOUND = (
    *("disposition", "class_found", "wrong_exit", "missed", "recurrence", "missed_base"),
    *("approves", "undetermined"),
)
"""What the visit found: not known of a household that was not visited."""

CATEGORIES = 200
"""Distinct words that one feature may have."""

TREES = {
    "max_iter": 120,
    "learning_rate": 0.06,
    "max_leaf_nodes": 12,
    "min_samples_leaf": 40,
    "l2_regularization": 1.0,
    "early_stopping": False,
}
"""Settings of the boosted trees: small ones, for cases are rare."""


@dataclass(frozen=True)
class RiskModel:
    """A fitted model; `score` applies it.

    Parameters
    ----------
    outcome : column it was fitted on
    features : name -> words it knows, in order; none for numbers
    calibration : "sigmoid" or "isotonic"
    households, cases, counties : what it was fitted on (counts)
    random_state : as given
    estimator : calibrated classifier of scikit-learn
    """

    outcome: str
    features: Mapping[str, tuple[str, ...] | None]
    calibration: str
    households: int
    cases: int
    counties: int
    random_state: int
    estimator: Any

    def __repr__(self) -> str:
        return (
            f"RiskModel({self.outcome} by {len(self.features)} features, fitted on "
            f"{self.households} households, {self.cases} cases, {self.counties} counties, "
            f"{self.calibration})"
        )


def fit(
    households: pl.DataFrame,
    outcome: str,
    *,
    features: Sequence[str] | None = None,
    calibration: str = "sigmoid",
    folds: int = 5,
    weight: str | None = None,
    random_state: int,
) -> RiskModel:
    """Fit boosted trees whose risks are calibrated on counties that the trees had not seen.

    Every fold of counties calibrates the trees grown on the other folds, and the risks of all
    folds are averaged; a calibration never turns the order of its trees round. Missing values of
    features are allowed and are a branch of their own; words that come up only later count as
    missing. The same table, in any order of rows, and the same `random_state` give
    the same model.

    Parameters
    ----------
    households : one row a household, with `county_adcode`, the outcome and the features
    outcome : column with 0 or 1, true or false, or persons affected (count; more than 0 = 1);
        none may be missing
    features : columns known before a visit; those of `FEATURES` that are there if not given
    calibration : "sigmoid", or "isotonic" where there are 1,000 cases or more
    folds : groups of counties for the calibration (count), fewer where fewer counties have cases
    weight : column of weights > 0; none = all alike
    random_state : whole number; fixes the order in which counties are dealt into folds, and the
        trees

    Returns
    -------
    the model

    Raises
    ------
    RiskError : fewer than two counties with cases, households of one kind only, a column missing
        or no feature, an outcome or weight missing or out of range

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines; Friedman (2001), Greedy
    function approximation: a gradient boosting machine, Ann. Statist. 29, 1189-1232.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> far = rng.random(900)
    >>> households = pl.DataFrame({
    ...     "county_adcode": np.repeat(["420528", "530828", "652925"], 300), "remoteness": far,
    ...     "persons": rng.integers(1, 7, 900), "recurrence": rng.random(900) < 0.3 * far})
    >>> model = fit(households, "recurrence", random_state=1)
    >>> near, remote = score(model, pl.DataFrame({"persons": 3, "remoteness": [0.1, 0.9]}))
    >>> bool(near < remote)
    True
    """
    table = _Table.of(households, outcome, features, weight)
    _check_settings(calibration, folds)
    order = table.canonical_order()
    table = table.take(order)
    return RiskModel(
        outcome=outcome,
        features=table.features,
        calibration=calibration,
        households=len(table.y),
        cases=int(table.y.sum()),
        counties=len(np.unique(table.county)),
        random_state=random_state,
        estimator=_fitted(table, calibration, folds, random_state),
    )


def score(model: RiskModel, households: pl.DataFrame) -> Array:
    """Compute the risk of households.

    Parameters
    ----------
    model : from `fit`
    households : one row a household, with the features of the model; words that the model does
        not know and missing values are allowed

    Returns
    -------
    (n_households,) float in [0, 1], in the order of the rows

    Raises
    ------
    RiskError : a feature is missing as a column, or of another kind than before

    Examples
    --------
    See `fit`.
    """
    columns = []
    for name, words in model.features.items():
        if name not in households.columns:
            raise RiskError("risk.column", column=name)
        values, _ = _encoded(households[name], words, is_new=False)
        columns.append(values)
    if not households.height:
        return np.empty(0)
    with one_thread():
        risks: Array = model.estimator.predict_proba(np.column_stack(columns))[:, 1]
    return risks


def cross_validate(
    households: pl.DataFrame,
    outcome: str,
    *,
    features: Sequence[str] | None = None,
    calibration: str = "sigmoid",
    folds: int = 5,
    weight: str | None = None,
    random_state: int,
    progress: Progress = silent,
) -> RiskReport:
    """Predict every county by a model, calibration included, that has not seen it, and report.

    Parameters
    ----------
    households, outcome, features, calibration, weight, random_state : as for `fit`
    folds : groups of counties that are held out in turn (count), and of each fit inside
    progress : told what is being done, in folds

    Returns
    -------
    discrimination, calibration and a row a county

    Raises
    ------
    RiskError : as for `fit`, or fewer than three counties with cases, since two must be left to
        calibrate on when one is held out

    References
    ----------
    Roberts et al. (2017), Cross-validation strategies for data with temporal, spatial,
    hierarchical, or phylogenetic structure, Ecography 40, 913-929.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> far = rng.random(2000)
    >>> households = pl.DataFrame({
    ...     "county_adcode": np.repeat(["130125", "420528", "530828", "652925"], 500),
    ...     "remoteness": far, "recurrence": rng.random(2000) < 0.3 * far})
    >>> found = cross_validate(households, "recurrence", random_state=1)
    >>> 0.6 < found.auc < 0.8, 0.5 < found.slope < 1.5, found.by_county.height
    (True, True, 4)
    """
    table = _Table.of(households, outcome, features, weight)
    _check_settings(calibration, folds)
    table = table.take(table.canonical_order())
    predicted, usual = np.empty(len(table.y)), np.empty(len(table.y))
    splits = list(_splits(table, folds, random_state, least=3))
    for done, (training, held_out) in enumerate(splits):
        progress(say("risk.stage"), done, len(splits))
        known = table.take(training)
        model = _fitted(known, calibration, folds, random_state)
        with one_thread():
            predicted[held_out] = model.predict_proba(table.x[held_out])[:, 1]
        usual[held_out] = np.average(known.y, weights=known.w)
    progress(say("risk.stage"), len(splits), len(splits))
    return report(table.y, predicted, table.county, reference=usual, weight=table.w)


@dataclass(frozen=True)
class _Table:
    """Households as arrays, all checked."""

    x: Array
    y: Array
    w: Array
    county: npt.NDArray[np.str_]
    features: dict[str, tuple[str, ...] | None]

    @classmethod
    def of(
        cls,
        households: pl.DataFrame,
        outcome: str,
        features: Sequence[str] | None,
        weight: str | None,
    ) -> "_Table":
        for column in (COUNTY, outcome, *(features or ()), *((weight,) if weight else ())):
            if column not in households.columns:
                raise RiskError("risk.column", column=column)
        if households[COUNTY].has_nulls():
            raise RiskError("risk.county_missing")
        names = _feature_names(households, outcome, features, weight)
        columns, words = [], {}
        for name in names:
            values, words[name] = _encoded(households[name], None, is_new=True)
            columns.append(values)
        weights = np.ones(households.height) if weight is None else _numbers(households[weight])
        if not (np.isfinite(weights) & (weights > 0)).all():
            raise RiskError("risk.weight")
        return cls(
            x=np.column_stack(columns),
            y=_outcome(households[outcome]),
            w=weights,
            county=households[COUNTY].cast(pl.String).to_numpy().astype(np.str_),
            features=words,
        )

    def take(self, rows: Codes) -> "_Table":
        return _Table(self.x[rows], self.y[rows], self.w[rows], self.county[rows], self.features)

    def canonical_order(self) -> Codes:
        """By county, then by every value, so that the order of rows in a file does not matter."""
        keys = np.unique(self.county, return_inverse=True)[1]
        columns = [np.nan_to_num(column, nan=-np.inf) for column in self.x.T]
        return np.lexsort((self.w, self.y, *columns, keys))


def _feature_names(
    households: pl.DataFrame, outcome: str, features: Sequence[str] | None, weight: str | None
) -> tuple[str, ...]:
    if features is None:
        known = (name for name in FEATURES if name in households.columns)
        names = tuple(
            name for name in known if name not in (outcome, weight) and households[name].count()
        )
    else:
        names = tuple(dict.fromkeys(features))
        for name in names:
            if name in (*IDENTIFIERS, *DRAWN, *FOUND, outcome, weight):
                raise RiskError("risk.not_a_feature", column=name)
    if not names:
        raise RiskError("risk.no_features")
    return names


def _outcome(values: pl.Series) -> Array:
    if not values.dtype.is_numeric() and values.dtype not in (pl.Boolean, pl.Null):
        raise RiskError("risk.outcome_values", count=values.len())
    numbers = _numbers(values)
    missing = int(np.isnan(numbers).sum())
    if missing or not len(numbers):
        raise RiskError("risk.outcome_missing", count=missing, column=values.name)
    if (numbers < 0).any() or np.isinf(numbers).any():
        wrong = int(((numbers < 0) | np.isinf(numbers)).sum())
        raise RiskError("risk.outcome_values", count=wrong)
    affected: Array = (numbers > 0).astype(np.float64)
    return affected


def _numbers(values: pl.Series) -> Array:
    return values.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _encoded(
    values: pl.Series, words: tuple[str, ...] | None, *, is_new: bool
) -> tuple[Array, tuple[str, ...] | None]:
    """Numbers as they are, words by their place among those known; not known = not a number."""
    is_text = values.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
    if not is_text and not values.dtype.is_numeric() and values.dtype != pl.Null:
        raise RiskError("risk.kind", column=values.name, dtype=values.dtype)
    if not is_new and values.dtype != pl.Null and is_text != (words is not None):
        raise RiskError("risk.changed_kind", column=values.name)
    if not is_text:
        numbers = _numbers(values)
        if np.isinf(numbers).any():
            raise RiskError("risk.infinite", column=values.name)
        return numbers, words
    text = values.cast(pl.String)
    if words is None:
        words = tuple(text.drop_nulls().unique().sort())
    if len(words) > CATEGORIES:
        raise RiskError("risk.categories", column=values.name, count=len(words), most=CATEGORIES)
    places = text.replace_strict(
        list(words), list(range(len(words))), default=None, return_dtype=pl.Float64
    )
    return _numbers(places), words


def _check_settings(calibration: str, folds: int) -> None:
    if calibration not in ("sigmoid", "isotonic"):
        raise RiskError("risk.calibration", value=calibration)
    if folds < 2:
        raise RiskError("risk.folds", value=folds)


def _fitted(table: _Table, calibration: str, folds: int, random_state: int) -> Any:
    """Trees for every fold of counties, each calibrated on the counties held out from it."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.ensemble import HistGradientBoostingClassifier

    is_category = [words is not None for words in table.features.values()]
    trees = HistGradientBoostingClassifier(
        **TREES, categorical_features=is_category, random_state=random_state
    )
    splits = list(_splits(table, folds, random_state, least=2))
    model = CalibratedClassifierCV(trees, method=calibration, cv=splits)
    with one_thread():
        model.fit(table.x, table.y, sample_weight=table.w)
    if calibration == "sigmoid":
        _keep_the_order(model, table, splits)
    return model


def _keep_the_order(model: Any, table: _Table, splits: Sequence[Split]) -> None:
    """Where the counties held out contradict the trees, predict their share instead.

    A falling curve would turn the order of the trees round, on the strength of a few cases.
    """
    for part, (_, held_out) in zip(model.calibrated_classifiers_, splits, strict=True):
        (curve,) = part.calibrators
        if curve.a_ > 0:
            share = np.average(table.y[held_out], weights=table.w[held_out])
            curve.a_, curve.b_ = 0.0, float(-logit(share))


def _splits(table: _Table, folds: int, random_state: int, *, least: int) -> Iterator[Split]:
    """Deal counties into folds so that each has cases and others; yield training and held out.

    Counties with most cases are dealt first, each to the fold with the fewest cases so far, ties
    in an order fixed by `random_state`.
    """
    names, county = np.unique(table.county, return_inverse=True)
    if len(names) < least:
        raise RiskError("risk.counties", needed=least, found=len(names))
    cases = np.bincount(county, weights=table.y)
    sizes = np.bincount(county)
    if not 0 < cases.sum() < len(table.y):
        raise RiskError("risk.one_class", households=len(table.y), cases=int(cases.sum()))
    with_both = int(((cases > 0) & (cases < sizes)).sum())
    if with_both < least:
        raise RiskError("risk.county_cases", needed=least, found=with_both)
    count = max(least, min(folds, with_both))
    tie = np.random.default_rng(random_state).permutation(len(names))
    fold = np.empty(len(names), dtype=np.int64)
    load = np.zeros((count, 2))
    for one in np.lexsort((tie, -sizes, -np.minimum(cases, sizes - cases))):
        fold[one] = np.lexsort((load[:, 1], load[:, 0]))[0]
        load[fold[one]] += cases[one], sizes[one]
    of_row = fold[county]
    for number in range(count):
        yield np.flatnonzero(of_row != number), np.flatnonzero(of_row == number)
