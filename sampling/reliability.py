"""How good predicted risks are: can they tell households apart, and do they mean what they say.

Predictions are judged only where they were made for counties that the model had not seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import expit, logit

from sampling.errors import RiskError

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

GROUPS = 10
SMALLEST = 1e-6
"""Predictions are kept this far from 0 and 1 where a logarithm is taken."""

STEPS = 50


@dataclass(frozen=True)
class RiskReport:
    """Cross-validation of a risk model, each county predicted by models that had not seen it.

    Parameters
    ----------
    households, cases, counties : what it rests on (counts)
    auc : chance that a household with the outcome scores above one without, 0.5 = worthless;
        over all counties, so it also shows whether counties are ordered rightly
    auc_within : the same for two households of one county, as a list by county needs it; none
        where no county has both kinds
    brier : mean squared error of the predicted risk
    brier_skill : 1 - brier / brier of predicting the share of the training counties for everyone;
        0 or less = worthless
    log_loss : mean negative log-likelihood
    slope, slope_se : of the outcome on the log-odds predicted, 1 = right spread, below 1 = too
        extreme; none where all predictions are equal; standard error by county
    intercept, intercept_se : log-odds to add to all predictions so that their mean is right,
        0 = right on average
    reliability : `group`, `households`, `counties`, `predicted`, `observed`, `se`: households in
        groups of about equal size by predicted risk
    by_county : `county_adcode`, `households`, `cases`, `predicted`, `observed`, `se`, `auc` (null
        with cases only or none), `brier`
    """

    households: int
    cases: int
    counties: int
    auc: float
    auc_within: float | None
    brier: float
    brier_skill: float
    log_loss: float
    slope: float | None
    slope_se: float | None
    intercept: float
    intercept_se: float
    reliability: pl.DataFrame
    by_county: pl.DataFrame

    def __repr__(self) -> str:
        slope = "none" if self.slope is None else f"{self.slope:.2f}"
        within = "none" if self.auc_within is None else f"{self.auc_within:.3f}"
        return (
            f"RiskReport({self.households} households, {self.cases} cases, {self.counties} "
            f"counties held out: AUC {self.auc:.3f}, within counties {within}, Brier "
            f"{self.brier:.4f} (skill {self.brier_skill:+.1%}), slope {slope}, intercept "
            f"{self.intercept:+.2f})"
        )

    @property
    def is_useful(self) -> bool:
        """Whether, on counties it had not seen, the model did better than saying one number."""
        return (
            self.brier_skill > 0
            and (self.slope or 0) > 0
            and (self.auc_within is None or self.auc_within > 0.5)
        )

    def to_polars(self) -> pl.DataFrame:
        """One row with the figures of all counties together."""
        names = ("reliability", "by_county")
        figures = {name: value for name, value in vars(self).items() if name not in names}
        return pl.DataFrame({name: [value] for name, value in figures.items()})


def report(
    outcome: npt.ArrayLike,
    predicted: npt.ArrayLike,
    county: npt.ArrayLike,
    *,
    reference: npt.ArrayLike | None = None,
    weight: npt.ArrayLike | None = None,
    groups: int = GROUPS,
) -> RiskReport:
    """Compare predicted risks with outcomes.

    Parameters
    ----------
    outcome : (n_households,) 0 or 1
    predicted : (n_households,) risk predicted without the household's county, in [0, 1]
    county : (n_households,) county of each household
    reference : (n_households,) what would be predicted without a model, in [0, 1]; the share of
        all cases if not given
    weight : (n_households,) > 0, households represented; 1 if not given
    groups : groups of the reliability table (count)

    Returns
    -------
    the report; standard errors hold for counties as units, since households of a county are alike

    Raises
    ------
    RiskError : lengths differ, a value is missing or out of range, one class or one county only

    References
    ----------
    Steyerberg (2019), Clinical Prediction Models, 2nd ed., chapter 15; Hanley and McNeil (1982),
    The meaning and use of the area under a ROC curve, Radiology 143, 29-36.

    Examples
    --------
    >>> found = report([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.2, 0.6, 0.8], list("aaabbb"), groups=2)
    >>> found.auc, found.households, found.cases
    (1.0, 6, 3)
    >>> found.reliability.select("households", "observed").rows()
    [(3, 0.0), (3, 1.0)]
    """
    y, p = np.asarray(outcome, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    names, of_county = np.unique(np.asarray(county), return_inverse=True)
    _check(y, p, w, of_county, len(names))
    share = np.sum(w * y) / np.sum(w)
    usual = np.full(len(y), share) if reference is None else np.asarray(reference, dtype=np.float64)
    brier = float(np.average((p - y) ** 2, weights=w))
    inner = np.clip(p, SMALLEST, 1 - SMALLEST)
    slope, slope_se = _line(y, logit(inner), w, of_county)
    intercept, intercept_se = _shift(y, logit(inner), w, of_county)
    return RiskReport(
        households=len(y),
        cases=int(y.sum()),
        counties=len(names),
        auc=area_under_curve(y, p, w),
        auc_within=_within(y, p, w, of_county),
        brier=brier,
        brier_skill=1 - brier / float(np.average((usual - y) ** 2, weights=w)),
        log_loss=float(-np.average(np.where(y == 1, np.log(inner), np.log1p(-inner)), weights=w)),
        slope=slope,
        slope_se=slope_se,
        intercept=intercept,
        intercept_se=intercept_se,
        reliability=_reliability(y, p, w, of_county, groups),
        by_county=_by_county(y, p, w, of_county, names),
    )


def area_under_curve(outcome: Array, predicted: Array, weight: Array) -> float:
    """Chance that a case scores above a household without the outcome, ties counting half.

    Parameters
    ----------
    outcome : (n_households,) 0 or 1, both present
    predicted : (n_households,) any scale
    weight : (n_households,) > 0

    References
    ----------
    Hanley and McNeil (1982), Radiology 143, 29-36.

    Examples
    --------
    >>> area_under_curve(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.4, 0.4, 0.8]), np.ones(4))
    0.875
    """
    scores, place = np.unique(predicted, return_inverse=True)
    cases = np.bincount(place, weights=weight * outcome, minlength=len(scores))
    others = np.bincount(place, weights=weight * (1 - outcome), minlength=len(scores))
    below = np.cumsum(others) - others / 2
    return float(np.sum(cases * below) / (cases.sum() * others.sum()))


def _within(y: Array, p: Array, w: Array, of_county: Codes) -> float | None:
    """Mean of the areas of the counties, by the number of pairs that each compares."""
    areas, pairs = [], []
    for inside in _rows_of_counties(of_county):
        cases, others = np.sum(w[inside] * y[inside]), np.sum(w[inside] * (1 - y[inside]))
        if cases and others:
            areas.append(area_under_curve(y[inside], p[inside], w[inside]))
            pairs.append(cases * others)
    return float(np.average(areas, weights=pairs)) if areas else None


def _rows_of_counties(of_county: Codes) -> list[Codes]:
    ends = np.cumsum(np.bincount(of_county))
    return np.split(np.argsort(of_county, kind="stable"), ends[:-1])


def _check(y: Array, p: Array, w: Array, of_county: Codes, counties: int) -> None:
    if not len(y) == len(p) == len(w) == len(of_county):
        raise RiskError("risk.lengths")
    if not np.isin(y, (0, 1)).all():
        raise RiskError("risk.outcome_values", count=int((~np.isin(y, (0, 1))).sum()))
    if not ((p >= 0) & (p <= 1)).all():
        raise RiskError("risk.predicted_values")
    if not (np.isfinite(w) & (w > 0)).all():
        raise RiskError("risk.weight")
    if counties < 2:
        raise RiskError("risk.counties", needed=2, found=counties)
    if len(np.unique(y)) < 2:
        raise RiskError("risk.one_class", households=len(y), cases=int(y.sum()))


def _line(y: Array, x: Array, w: Array, of_county: Codes) -> tuple[float | None, float | None]:
    """Slope of the logistic regression of the outcome on predicted log-odds, and its error."""
    if np.ptp(x) == 0:
        return None, None
    design = np.column_stack([np.ones(len(x)), x])
    found = np.array([0.0, 1.0])
    for _ in range(STEPS):
        p = expit(design @ found)
        information = (design * (w * p * (1 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:  # cases and others are separated: no finite slope
            return None, None
        step = np.linalg.solve(information, design.T @ (w * (y - p)))
        found += step
        if np.abs(step).max() < 1e-10:
            break
    else:
        return None, None
    return float(found[1]), _sandwich(design, w * (y - p), information, of_county)


def _shift(y: Array, x: Array, w: Array, of_county: Codes) -> tuple[float, float]:
    """Log-odds that, added to all predictions, make their sum that of the outcomes."""
    shift = 0.0
    for _ in range(STEPS):
        p = expit(x + shift)
        information = float(np.sum(w * p * (1 - p)))
        step = float(np.sum(w * (y - p))) / information
        shift += float(np.clip(step, -1, 1))
        if abs(step) < 1e-12:
            break
    one = np.ones((len(y), 1))
    return shift, _sandwich(one, w * (y - p), np.array([[information]]), of_county)


def _sandwich(design: Array, residual: Array, information: Array, of_county: Codes) -> float:
    """Standard error of the last coefficient, counties being the units."""
    counties = int(of_county.max()) + 1
    scores = np.zeros((counties, design.shape[1]))
    np.add.at(scores, of_county, design * residual[:, None])
    bread = np.linalg.inv(information)
    variance = bread @ (scores.T @ scores) @ bread * counties / (counties - 1)
    return float(np.sqrt(variance[-1, -1]))


def _reliability(y: Array, p: Array, w: Array, of_county: Codes, groups: int) -> pl.DataFrame:
    """Observed against predicted in groups of about equal size; equal predictions stay together."""
    edges = np.quantile(p, np.linspace(0, 1, groups + 1)[1:-1])
    group = np.unique(np.searchsorted(edges, p, side="left"), return_inverse=True)[1]
    rows = []
    for number in range(int(group.max()) + 1):
        inside = group == number
        rows.append(
            {
                "group": number + 1,
                "households": int(inside.sum()),
                "counties": len(np.unique(of_county[inside])),
                "predicted": float(np.average(p[inside], weights=w[inside])),
                **_share(y[inside], w[inside], of_county[inside]),
            }
        )
    return pl.DataFrame(rows)


def _by_county(
    y: Array, p: Array, w: Array, of_county: Codes, names: npt.NDArray[Any]
) -> pl.DataFrame:
    rows = []
    for name, inside in zip(names.tolist(), _rows_of_counties(of_county), strict=True):
        y_in, p_in, w_in = y[inside], p[inside], w[inside]
        both = 0 < y_in.sum() < len(y_in)
        rows.append(
            {
                "county_adcode": str(name),
                "households": len(inside),
                "cases": int(y_in.sum()),
                "predicted": float(np.average(p_in, weights=w_in)),
                **_share(y_in, w_in, np.arange(len(inside))),
                "auc": area_under_curve(y_in, p_in, w_in) if both else None,
                "brier": float(np.average((p_in - y_in) ** 2, weights=w_in)),
            }
        )
    return pl.DataFrame(rows, schema_overrides={"auc": pl.Float64})


def _share(y: Array, w: Array, unit: Codes) -> dict[str, float]:
    """Share of cases and its standard error between units, never less than of independent draws.

    Half a case is added for the latter, so that a share of nothing does not look certain.
    """
    share = float(np.average(y, weights=w))
    effective = float(w.sum() ** 2 / np.sum(w**2))
    smooth = (share * effective + 0.5) / (effective + 1)
    independent = np.sqrt(smooth * (1 - smooth) / (effective + 1))
    _, place = np.unique(unit, return_inverse=True)
    sums = np.bincount(place, weights=w * (y - share)) / w.sum()
    units = len(sums)
    between = np.sqrt(np.sum(sums**2) * units / (units - 1)) if units > 1 else 0.0
    return {"observed": share, "se": float(max(between, independent))}
