"""Weights moved as little as possible so that the sample gives known totals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.auxiliaries import span
from sampling.distances import Bounds, Distance, distance
from sampling.errors import CalibrationError
from sampling.stages import Codes, Floats, encode, tally

TOLERANCE = 1e-10
ROUNDS = 10  # of projections on the margins of a raking, as many as R survey makes
HALVINGS = 40
POST_STRATIFICATION = "post-stratification"
FITTING = "iterative proportional fitting"


@dataclass(frozen=True, eq=False)
class Calibrated:
    """Weights that give known totals, and what their variance is computed from.

    Parameters
    ----------
    weight : (n,) float, units represented by each, after
    g : (n,) float, weight after over weight before
    method : `linear`, `raking`, `logit`, `truncated`, `post-stratification` or
        `iterative proportional fitting`
    iterations : until the totals were met (count)
    names, targets : of the columns, or of the categories as "margin=label"
    distance : largest distance from a target, as a share of it
    auxiliaries : (n, p) float, the columns calibrated on; no column where there are margins
    margins : codes (n,) of each margin; none where there are auxiliaries
    rows : (n,) int, where these units stand in a larger file, see `within`; None = they are all
    """

    weight: Floats
    g: Floats
    method: str
    iterations: int
    names: tuple[str, ...]
    targets: Floats
    distance: float
    auxiliaries: Floats
    margins: tuple[Codes, ...] = ()
    rows: Codes | None = None

    def __repr__(self) -> str:
        return (
            f"Calibrated({self.method}, n={self.weight.size}, targets={len(self.names)}, "
            f"g {self.g.min():.3f} … {self.g.max():.3f}, iterations={self.iterations}, "
            f"distance={self.distance:.1e})"
        )

    @property
    def before(self) -> Floats:
        """(n,) float, the weights that were calibrated."""
        return np.divide(self.weight, self.g, out=np.zeros_like(self.g), where=self.g != 0)

    @property
    def reached(self) -> Floats:
        """(p,) float, what the weights give for each target, unit of the target."""
        return self._sums(self.weight)

    def to_polars(self) -> pl.DataFrame:
        """One row a target: `name target before after`, the sums of the weights."""
        return pl.DataFrame(
            {
                "name": list(self.names),
                "target": self.targets,
                "before": self._sums(self.before),
                "after": self.reached,
            }
        )

    def within(self, rows: ArrayLike) -> "Calibrated":
        """The same calibration for a design in which only some rows took part.

        Parameters
        ----------
        rows : (design rows,) bool, which rows took part, as many as there are weights here
        """
        positions = np.flatnonzero(np.asarray(rows, dtype=bool))
        if positions.size != self.weight.size:
            raise CalibrationError(
                "calibration.length", name="rows", found=positions.size, expected=self.weight.size
            )
        return replace(self, rows=positions)

    def check(self, weight: Floats) -> None:
        """Refuse design weights that are neither those calibrated nor zero.

        Raises
        ------
        CalibrationError : another weight, or another number of them
        """
        if self.rows is None and weight.size != self.weight.size:
            raise CalibrationError(
                "calibration.length", name="weight", found=weight.size, expected=self.weight.size
            )
        mine = weight if self.rows is None else weight[self.rows]
        other = (mine != 0) & ~np.isclose(mine, self.weight, rtol=1e-6, atol=0)
        if other.any():
            raise CalibrationError(
                "calibration.other_weights", row=int(np.flatnonzero(other)[0]) + 1
            )

    def residuals(self, scores: Floats) -> Floats:
        """Take out of scores what the auxiliary variables explain.

        A score w u becomes w (u - x'B), B from a regression weighted by the weights before. For
        iterative proportional fitting the plain means of u are taken out margin by margin, ten
        times round, as R survey does. Rows that did not take part keep their scores; those
        without weight but in the calibration get -w x'B.

        Parameters
        ----------
        scores : (rows,) or (rows, k) float, weight times linearised value

        Returns
        -------
        the same shape; its total varies as that of the calibrated estimator does

        References
        ----------
        Deville and Saerndal (1992), section 3; Saerndal, Swensson and Wretman (1992), Model
        Assisted Survey Sampling, section 6.6.
        """
        if self.rows is None:
            return self._residuals(scores)
        result = scores.copy()
        result[self.rows] = self._residuals(scores[self.rows])
        return result

    def _residuals(self, scores: Floats) -> Floats:
        weight = self.weight[:, None]
        found = scores.reshape(self.weight.size, -1)
        values = np.divide(found, weight, out=np.zeros_like(found), where=weight != 0)
        if not self.margins:
            values -= self._basis @ (self._basis.T @ (self.before[:, None] * values))
        elif self.method == POST_STRATIFICATION:
            values -= _means(values, self.before, self.margins[0])
        else:
            equal = np.ones(self.weight.size)
            for codes in self.margins * ROUNDS:
                values -= _means(values, equal, codes)
        return (weight * values).reshape(scores.shape)

    @cached_property
    def _basis(self) -> Floats:
        return span(self.auxiliaries, self.before).basis

    def _sums(self, weight: Floats) -> Floats:
        if not self.margins:
            return weight @ self.auxiliaries
        return np.concatenate(
            [tally(codes, weight, int(codes.max()) + 1) for codes in self.margins]
        )


def calibrate(
    weight: ArrayLike,
    X: ArrayLike,
    totals: ArrayLike,
    *,
    method: str = "linear",
    bounds: Bounds | None = None,
    names: Sequence[str] | None = None,
    max_iterations: int = 100,
    tolerance: float = TOLERANCE,
) -> Calibrated:
    """Calibrate weights to known totals of auxiliary variables.

    The weights w = d g nearest to the weights d, in the distance of the method, with
    sum of w x = totals. `linear` is generalised regression and may give negative weights;
    `raking`, `logit` and `truncated` are solved by Newton's method, damped so that it
    converges wherever there is a solution.

    Parameters
    ----------
    weight : (n,) float, > 0, units represented before
    X : (n, p) float, auxiliary variables, each in its unit; dependent columns are allowed
    totals : (p,) float, their known totals
    method : see `sampling.distances.distance`
    bounds : of g, below and above 1, for `logit` and `truncated`
    names : (p,) of the columns, for messages; "x1", "x2", … by default
    max_iterations : steps allowed (count)
    tolerance : largest distance from a total that counts as met, as a share of it

    Returns
    -------
    weights, g and what `describe(…, calibration=)` needs

    Raises
    ------
    CalibrationError : weights not above 0, missing values, a column with nobody, totals that
        contradict each other or that no weights within the bounds reach, no convergence

    References
    ----------
    Deville and Saerndal (1992), J. Am. Stat. Assoc. 87, 376-382.

    Examples
    --------
    >>> found = calibrate([10.0, 10.0, 10.0], [[1, 2], [1, 3], [1, 4]], [33, 102])
    >>> found.weight.round(2).tolist()
    [9.5, 11.0, 12.5]
    """
    base = _weights(weight)
    columns = np.asarray(X, dtype=np.float64)
    columns = columns.reshape(-1, 1) if columns.ndim == 1 else columns
    goal = np.atleast_1d(np.asarray(totals, dtype=np.float64))
    labels = tuple(names) if names is not None else tuple(f"x{k + 1}" for k in range(goal.size))
    rule = distance(method, bounds)
    _check_columns(base, columns, goal, labels)
    _check_reach(base, columns, goal, labels, rule)
    made = span(columns, base)
    made.check(goal, labels)
    scale = np.maximum(np.abs(goal), 1e-4 * (base @ np.abs(columns)))
    scale[scale == 0] = 1.0  # a column of zeros whose total is zero
    wanted, lagrange = made.totals(goal), np.zeros(made.size.size)
    for iterations in range(max_iterations + 1):
        g = rule.factor(made.basis @ lagrange)
        away = np.abs((base * g) @ columns - goal) / scale
        if away.max() <= tolerance:
            return Calibrated(
                base * g, g, method, iterations, labels, goal, float(away.max()), columns
            )
        lagrange = _step(lagrange, made.basis, base, wanted, rule)
    worst = int(away.argmax())
    raise CalibrationError(
        "calibration.no_convergence",
        iterations=max_iterations,
        name=labels[worst],
        distance=float(away[worst]),
    )


def post_stratify(
    weight: ArrayLike, labels: Any, targets: Mapping[Any, float], *, name: str = "stratum"
) -> Calibrated:
    """Multiply the weights of each category so that they add up to its known count.

    Parameters
    ----------
    weight : (n,) float, > 0, units represented before
    labels : (n,) category of each unit
    targets : label -> known count (units)
    name : of the category, for messages

    Raises
    ------
    CalibrationError : weights not above 0, a unit without a label or in a category without a
        target, a category with nobody

    References
    ----------
    Holt and Smith (1979), J. R. Stat. Soc. A 142, 33-46.

    Examples
    --------
    >>> post_stratify([10.0, 10.0, 10.0], ["a", "a", "b"], {"a": 30, "b": 12}).weight.tolist()
    [15.0, 15.0, 12.0]
    """
    base = _weights(weight)
    codes, categories, goal = _margin(name, labels, targets, base.size)
    g = (goal / tally(codes, base, goal.size))[codes]
    return _on_margins(base, g, POST_STRATIFICATION, 1, (codes,), (goal,), (categories,))


def rake(
    weight: ArrayLike,
    margins: Mapping[str, Any],
    targets: Mapping[str, Mapping[Any, float]],
    *,
    max_iterations: int = 1000,
    tolerance: float = TOLERANCE,
) -> Calibrated:
    """Rake weights to the known counts of several margins by iterative proportional fitting.

    The margins are post-stratified in turn until all of them fit. The weights are those of
    `calibrate(method="raking")` on indicators of the categories; the variance follows R survey,
    see `Calibrated.residuals`, and differs a little where weights vary within categories.

    Parameters
    ----------
    weight : (n,) float, > 0, units represented before
    margins : name -> (n,) category of each unit
    targets : name -> label -> known count (units); the margins have the same sum
    max_iterations : rounds allowed (count)
    tolerance : largest distance from a count that counts as met, as a share of it

    Raises
    ------
    CalibrationError : as `post_stratify`; margins whose sums differ, or no convergence, as
        when the sample has empty combinations that the counts need

    References
    ----------
    Deming and Stephan (1940), Ann. Math. Stat. 11, 427-444; Deville, Saerndal and Sautory
    (1993), J. Am. Stat. Assoc. 88, 1013-1020.

    Examples
    --------
    >>> found = rake(
    ...     [1.0, 1.0, 1.0, 1.0],
    ...     {"sex": ["f", "f", "m", "m"], "age": ["old", "young", "old", "young"]},
    ...     {"sex": {"f": 6, "m": 4}, "age": {"old": 5, "young": 5}})
    >>> found.weight.round(6).tolist()
    [3.0, 3.0, 2.0, 2.0]
    """
    base = _weights(weight)
    if not margins or set(margins) != set(targets):
        given, wanted = ", ".join(margins), ", ".join(targets)
        raise CalibrationError("calibration.margins", labels=given, targets=wanted)
    made = [_margin(name, margins[name], targets[name], base.size) for name in margins]
    codes, categories, goals = zip(*made, strict=True)
    _check_sums(list(margins), goals)
    current = base.copy()
    for iterations in range(1, max_iterations + 1):
        for of_unit, goal in zip(codes, goals, strict=True):
            current *= (goal / tally(of_unit, current, goal.size))[of_unit]
        found = _on_margins(base, current / base, FITTING, iterations, codes, goals, categories)
        if found.distance <= tolerance:
            return found
    worst = int(np.abs(found.reached / found.targets - 1).argmax())
    raise CalibrationError(
        "calibration.no_convergence",
        iterations=max_iterations,
        name=found.names[worst],
        distance=found.distance,
    )


def _step(lagrange: Floats, basis: Floats, base: Floats, wanted: Floats, rule: Distance) -> Floats:
    """One damped Newton step towards the least of sum of base * area(u) - lagrange'wanted.

    Where too few units can still move (all of a category at a bound), the slope is taken as the
    steepest there is, which never overshoots.
    """
    u = basis @ lagrange
    missing: Floats = wanted - basis.T @ (base * rule.factor(u))
    curvature, axes = np.linalg.eigh(basis.T @ ((base * rule.slope(u))[:, None] * basis))
    curvature = np.where(curvature > 1e-10 * curvature.max(), curvature, rule.steepest)
    direction = axes @ ((axes.T @ missing) / curvature)
    promised = float(missing @ direction)

    def height(at: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(base @ rule.area(basis @ at) - at @ wanted)

    here = height(lagrange)
    noise = 1e-13 * (abs(here) + float(base.sum()))
    for halving in range(HALVINGS):
        there: Floats = lagrange + direction * 0.5**halving
        if height(there) <= here - 1e-4 * 0.5**halving * promised + noise:
            return there
    return lagrange


def _weights(weight: ArrayLike) -> Floats:
    base = np.asarray(weight, dtype=np.float64)
    wrong = ~(np.isfinite(base) & (base > 0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise CalibrationError("calibration.weight", row=row + 1, value=f"{base[row]:g}")
    return base


def _check_columns(base: Floats, columns: Floats, goal: Floats, names: Sequence[str]) -> None:
    if columns.shape[0] != base.size:
        raise CalibrationError(
            "calibration.length", name="X", found=columns.shape[0], expected=base.size
        )
    if not columns.shape[1] == goal.size == len(names) or goal.size == 0:
        raise CalibrationError(
            "calibration.totals", columns=columns.shape[1], totals=min(goal.size, len(names))
        )
    for name, column, total in zip(names, columns.T, goal.tolist(), strict=True):
        if not np.isfinite(total) or not np.isfinite(column).all():
            raise CalibrationError("calibration.not_finite", name=name)
        if total != 0 and not column.any():
            raise CalibrationError("calibration.empty_column", name=name, target=f"{total:,.10g}")


def _check_reach(
    base: Floats, columns: Floats, goal: Floats, names: Sequence[str], rule: Distance
) -> None:
    """Refuse a total beyond what g at its bounds would give."""
    if np.isneginf(rule.low):
        return
    above = base @ np.maximum(columns, 0)
    below = base @ np.minimum(columns, 0)
    for name, total, plus, minus in zip(names, goal.tolist(), above, below, strict=True):
        if plus == minus:
            continue  # zero for everybody, and so is the total
        least = rule.low * plus + (rule.high * minus if minus else 0.0)
        most = (rule.high * plus if plus else 0.0) + rule.low * minus
        if not (least <= total <= most if rule.attained else least < total < most):
            raise CalibrationError(
                "calibration.out_of_reach",
                name=name,
                target=f"{total:,.10g}",
                low=f"{least:,.10g}",
                high=f"{most:,.10g}",
            )


def _margin(
    name: str, labels: Any, targets: Mapping[Any, float], rows: int
) -> tuple[Codes, tuple[str, ...], Floats]:
    """Codes of the units, the categories as "name=label", and their counts."""
    column = pl.Series(labels)
    if column.len() != rows:
        raise CalibrationError("calibration.length", name=name, found=column.len(), expected=rows)
    missing = column.is_null()
    if column.dtype.is_float():
        missing = missing | column.is_nan()
    if missing.any():
        row = int(missing.arg_max() or 0) + 1
        raise CalibrationError("calibration.label_missing", name=name, row=row)
    codes, found = encode(column)
    goals = {str(label): float(target) for label, target in targets.items()}
    for label in found:
        if label not in goals:
            raise CalibrationError("calibration.label_unknown", name=name, label=label)
        if not (np.isfinite(goals[label]) and goals[label] > 0):
            target = f"{goals[label]:g}"
            raise CalibrationError("calibration.target", name=name, label=label, target=target)
    for label, goal in goals.items():
        if goal != 0 and label not in found:
            target = f"{goal:,.10g}"
            raise CalibrationError("calibration.nobody", name=name, label=label, target=target)
    return codes, tuple(f"{name}={label}" for label in found), np.array([goals[x] for x in found])


def _check_sums(names: Sequence[str], goals: Sequence[Floats]) -> None:
    first = float(goals[0].sum())
    for name, goal in zip(names, goals, strict=True):
        if not np.isclose(goal.sum(), first, rtol=1e-9, atol=0):
            raise CalibrationError(
                "calibration.sums",
                first=names[0],
                first_sum=f"{first:,.10g}",
                second=name,
                second_sum=f"{goal.sum():,.10g}",
            )


def _on_margins(
    base: Floats,
    g: Floats,
    method: str,
    iterations: int,
    margins: Sequence[Codes],
    goals: Sequence[Floats],
    categories: Sequence[tuple[str, ...]],
) -> Calibrated:
    names = tuple(label for part in categories for label in part)
    targets = np.concatenate(goals)
    found = Calibrated(
        base * g, g, method, iterations, names, targets, 0.0, np.empty((g.size, 0)), tuple(margins)
    )
    return replace(found, distance=float(np.abs(found.reached / targets - 1).max()))


def _means(values: Floats, weight: Floats, codes: Codes) -> Floats:
    """(n, k) weighted mean of each unit's category."""
    size = int(codes.max()) + 1
    sums = np.column_stack([tally(codes, weight * column, size) for column in values.T])
    return np.asarray((sums / tally(codes, weight, size)[:, None])[codes])
