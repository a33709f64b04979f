"""Variance from neighbours, for samples that spread evenly: a companion, never the verdict's.

A systematic or spatially balanced sample has nearly as many units in every part of the walk or
the map, so what differs between parts is no source of error. The usual formula counts it as one
and is conservative; here units are compared with their neighbours only. That is no longer sure to
be conservative, so a verdict keeps the usual formula (`sampling.variance`) and this stands beside.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from sampling.errors import EstimationError
from sampling.stages import Design, Floats, Stage, tally
from sampling.variance import spread

AROUND = 4
"""Units of a neighbourhood, itself among them."""


def successive_difference(design: Design, scores: ArrayLike, order: ArrayLike) -> Floats:
    """Estimate the covariance of totals from differences between successive primary units.

    In a stratum with PSU totals z_1 … z_n along the walk: (1 - f) n / (2 (n - 1)) Σ (z_i - z_{i-1})
    (z_i - z_{i-1})'. Strata with a single PSU follow the design's rule, later stages are added
    as usual.

    Parameters
    ----------
    design : stages and the rule for strata of one PSU
    scores : (rows,) or (rows, p) float, weight times linearised value; 0 outside a domain
    order : (rows,) place of the row's PSU along the walk of its stratum, such as `order` of the
        sample of villages; rows of a PSU share it

    Returns
    -------
    (p, p) float, in the square of the scores' unit

    Raises
    ------
    EstimationError : lengths differ, a missing order, rows of a PSU with different orders, or a
        stratum with a single PSU that the design refuses

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, 2nd ed., section 8.2, estimator v2.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> sample = describe([1.0] * 4, psu=["a", "b", "c", "d"])
    >>> successive_difference(sample, [1.0, 3.0, 2.0, 5.0], [1, 2, 3, 4]).round(4).tolist()
    [[9.3333]]
    """
    stage = design.stages[0]
    place = _of_unit(stage, order, "order")
    along = np.lexsort((place[:, 0], stage.group))
    together = stage.group[along][1:] == stage.group[along][:-1]

    def neighbours(totals: Floats, factor: Floats) -> Floats:
        steps = (totals[along][1:] - totals[along][:-1])[together]
        weight = factor[stage.group[along][1:][together], None] / 2
        return np.asarray(steps.T @ (weight * steps))

    return _with_other_stages(design, scores, neighbours)


def local_neighbours(
    design: Design, scores: ArrayLike, points: ArrayLike, *, around: int = AROUND
) -> Floats:
    """Estimate the covariance of totals from primary units and their nearest neighbours.

    Each PSU total is compared with the mean over itself and its nearest in the same stratum:
    Σ (1 - f) m / (m - 1) (z_i - mean)(z_i - mean)', m units to a neighbourhood.

    Parameters
    ----------
    design, scores : as for `successive_difference`
    points : (rows, d) coordinates of the row's PSU; rows of a PSU share them
    around : m, units of a neighbourhood (count), at least 2; fewer where a stratum has fewer

    Returns
    -------
    (p, p) float, in the square of the scores' unit

    Raises
    ------
    EstimationError : as for `successive_difference`

    References
    ----------
    Grafström and Schelin (2014), How to select representative samples, Scand. J. Statist. 41,
    277-290.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> sample = describe([1.0] * 4, psu=["a", "b", "c", "d"])
    >>> corners = [[0, 0], [0, 1], [9, 0], [9, 1]]
    >>> local_neighbours(sample, [1.0, 3.0, 2.0, 5.0], corners, around=2).tolist()
    [[13.0]]
    """
    if around < 2:
        raise EstimationError("neighbours.around", value=around)
    stage = design.stages[0]
    place = _of_unit(stage, points, "points")

    def neighbours(totals: Floats, factor: Floats) -> Floats:
        found = np.zeros((totals.shape[1], totals.shape[1]))
        for group in np.flatnonzero(stage.drawn > 1).tolist():
            units = np.flatnonzero(stage.group == group)
            n, m = units.size, min(around, units.size)
            _, near = KDTree(place[units]).query(place[units], k=m)
            apart = totals[units] - totals[units][near].mean(axis=1)
            found += factor[group] * (n - 1) / n * m / (m - 1) * apart.T @ apart
        return found

    return _with_other_stages(design, scores, neighbours)


def _with_other_stages(
    design: Design, scores: ArrayLike, neighbours: Callable[[Floats, Floats], Floats]
) -> Floats:
    """Neighbours at the first stage, single PSUs by the design's rule, later stages as usual."""
    values = np.asarray(scores, dtype=np.float64)
    values = values.reshape(len(values), -1)
    if len(values) != design.rows:
        raise EstimationError(
            "estimate.length", name="scores", found=len(values), expected=design.rows
        )
    if not np.isfinite(values).all():
        raise EstimationError("estimate.not_finite", name="scores")
    if design.calibration is not None:
        values = design.calibration.residuals(values)
    result = np.zeros((values.shape[1], values.shape[1]))
    for stage in design.stages:
        columns = [tally(stage.unit, column, stage.group.size) for column in values.T]
        totals = np.column_stack(columns)
        deviation, factor = spread(design, stage, totals)
        if stage is design.stages[0]:
            result += neighbours(totals, factor)
            factor = np.where(stage.single, factor, 0.0)
        result += deviation.T @ (factor[stage.group, None] * deviation)
    return result


def _of_unit(stage: Stage, values: ArrayLike, name: str) -> Floats:
    """What all rows of a primary unit have in common, (units, d)."""
    table = np.asarray(values, dtype=np.float64)
    if len(table) != stage.unit.size:
        raise EstimationError(
            "estimate.length", name=name, found=len(table), expected=stage.unit.size
        )
    table = table.reshape(len(table), -1)
    if not np.isfinite(table).all():
        raise EstimationError("estimate.not_finite", name=name)
    found = np.zeros((stage.group.size, table.shape[1]))
    found[stage.unit] = table
    if not np.array_equal(found[stage.unit], table):
        raise EstimationError("neighbours.differ", name=name)
    return found
