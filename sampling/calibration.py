"""Weights moved as little as possible so that the sample gives known totals."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.auxiliaries import Limits, span
from sampling.calibrated import FITTING, POST_STRATIFICATION, Calibrated
from sampling.distances import Bounds, Distance, distance
from sampling.errors import CalibrationError
from sampling.stages import Codes, Floats, encode, tally
from sampling.trimming import positive

TOLERANCE = 1e-10
HALVINGS = 40


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
    _check_effort(max_iterations, tolerance)
    base = positive(weight)
    columns = np.asarray(X, dtype=np.float64)
    columns = columns.reshape(-1, 1) if columns.ndim == 1 else columns
    goal = np.atleast_1d(np.asarray(totals, dtype=np.float64))
    labels = tuple(names) if names is not None else tuple(f"x{k + 1}" for k in range(goal.size))
    rule = distance(method, bounds)
    _check_columns(base, columns, goal, labels)
    limits = Limits(base * rule.low, base * rule.high, attained=rule.attained)
    limits.check(columns, goal, labels)
    made = span(columns, base)
    made.check(goal, labels)
    scale = np.maximum(np.abs(goal), 1e-4 * (base @ np.abs(columns)))
    scale[scale == 0] = 1.0  # a column of zeros whose total is zero
    wanted, lagrange = made.totals(goal), np.zeros(made.size.size)
    for iterations in range(max_iterations + 1):
        with np.errstate(over="ignore", invalid="ignore"):  # totals that lie beyond all weights
            g = rule.factor(made.basis @ lagrange)
            away = np.abs((base * g) @ columns - goal) / scale
        if not np.isfinite(away).all():
            break
        if away.max() <= tolerance:
            return Calibrated(
                base * g, g, method, iterations, labels, goal, float(away.max()), columns
            )
        following = _step(lagrange, made.basis, base, wanted, rule)
        if np.array_equal(following, lagrange):
            break
        lagrange = following
    limits.check_jointly(columns, goal, scale, labels)
    worst = int(away.argmax())
    raise CalibrationError(
        "calibration.no_convergence",
        iterations=iterations,
        name=labels[worst],
        distance=f"{away[worst]:.2g}",
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
    base = positive(weight)
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
    _check_effort(max_iterations, tolerance)
    base = positive(weight)
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
        distance=f"{found.distance:.2g}",
    )


def _step(lagrange: Floats, basis: Floats, base: Floats, wanted: Floats, rule: Distance) -> Floats:
    """One damped Newton step towards the least of sum of base * area(u) - lagrange'wanted.

    Where too few units can still move (all of a category at a bound), the slope is taken as the
    steepest there is, which never overshoots, and the step doubled as long as that helps.
    """
    u = basis @ lagrange
    missing: Floats = wanted - basis.T @ (base * rule.factor(u))
    curvature, axes = np.linalg.eigh(basis.T @ ((base * rule.slope(u))[:, None] * basis))
    stuck = curvature <= 1e-10 * curvature.max()
    curvature = np.where(stuck, rule.steepest, curvature)
    with np.errstate(over="ignore", invalid="ignore"):
        direction: Floats = axes @ ((axes.T @ missing) / curvature)
    if not np.isfinite(direction).all():
        return lagrange  # the totals lie beyond what any weights give
    promised = float(missing @ direction)

    def height(at: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(base @ rule.area(basis @ at) - at @ wanted)

    here = height(lagrange)
    noise = 1e-13 * (abs(here) + float(base.sum()))
    length = 1.0
    while stuck.any() and length < 2**HALVINGS:
        if not height(lagrange + 2 * length * direction) < height(lagrange + length * direction):
            break
        length *= 2
    for _ in range(HALVINGS):
        there: Floats = lagrange + length * direction
        if height(there) <= here - 1e-4 * length * promised + noise:
            break
        length /= 2
    return there


def _check_effort(max_iterations: int, tolerance: float) -> None:
    if max_iterations < 1 or not 0 < tolerance < 1:
        raise CalibrationError(
            "calibration.effort", iterations=max_iterations, tolerance=f"{tolerance:g}"
        )


def _check_columns(base: Floats, columns: Floats, goal: Floats, names: Sequence[str]) -> None:
    if columns.ndim != 2 or goal.ndim != 1:
        raise CalibrationError("calibration.shape", columns=columns.shape, totals=goal.shape)
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


def _margin(
    name: str, labels: Any, targets: Mapping[Any, float], rows: int
) -> tuple[Codes, tuple[str, ...], Floats]:
    """Codes of the units, the categories as "name=label", and their counts."""
    column = pl.Series(labels, strict=False)  # labels of several types are compared as text
    if column.len() != rows:
        raise CalibrationError("calibration.length", name=name, found=column.len(), expected=rows)
    missing = column.is_null()
    if column.dtype.is_float():
        missing = missing | column.is_nan()
    if missing.any():
        row = int(missing.arg_max() or 0) + 1
        raise CalibrationError("calibration.label_missing", name=name, row=row)
    codes, found = encode(column)
    goals = {
        str(label): np.nan if target is None else float(target) for label, target in targets.items()
    }
    if len(goals) < len(targets):
        raise CalibrationError("calibration.label_twice", name=name)
    for label in found:
        if label not in goals:
            raise CalibrationError("calibration.label_unknown", name=name, label=label)
        if not (np.isfinite(goals[label]) and goals[label] > 0):
            target = f"{goals[label]:g}"
            raise CalibrationError("calibration.target", name=name, label=label, target=target)
    for label, goal in goals.items():
        if label not in found and not goal >= 0:
            raise CalibrationError("calibration.target", name=name, label=label, target=f"{goal:g}")
        if label not in found and goal != 0:
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
