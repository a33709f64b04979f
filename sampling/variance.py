"""Variance of a total of linearised values under the design, all domains in one pass."""

import numpy as np

from sampling.errors import EstimationError
from sampling.stages import Codes, Design, Floats, Stage, cells, tally


def covariance(design: Design, scores: Floats) -> Floats:
    """Estimate the covariance matrix of the totals of weighted scores.

    By stage: within a group (stratum; later the unit of the stage before) the totals z_i of its
    n drawn units give (1 - f) n/(n - 1) * sum (z_i - mean)(z_i - mean)'; a later stage counts
    times the sampling fractions before it. Under a calibration the scores are first replaced
    by their residuals.

    Parameters
    ----------
    design : stages and the rule for strata of one PSU
    scores : (rows, p) float, weight times linearised value; 0 outside a domain

    Returns
    -------
    (p, p) float, in the square of the scores' unit

    Raises
    ------
    EstimationError : a stratum has a single PSU and the design refuses that

    References
    ----------
    Saerndal, Swensson, Wretman (1992), Model Assisted Survey Sampling, result 4.3.1.
    Binder (1983), Int. Stat. Review 51, for the linearised values.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0] * 4, psu=[1, 2, 3, 4])
    >>> covariance(d, np.array([[0.0], [1.0], [0.0], [1.0]])).round(3).tolist()
    [[1.333]]
    """
    if design.calibration is not None:
        scores = design.calibration.residuals(scores)
    result = np.zeros((scores.shape[1], scores.shape[1]))
    for stage in design.stages:
        columns = [_totals(stage, column) for column in scores.T]
        deviation, factor = spread(design, stage, np.column_stack(columns))
        result += deviation.T @ (factor[stage.group, None] * deviation)
    return result


def spread(design: Design, stage: Stage, totals: Floats) -> tuple[Floats, Floats]:
    """Deviations of unit totals from their centre, and the factor of each group.

    Parameters
    ----------
    totals : (units, p) float, sums of the scores over the rows of a unit

    Returns
    -------
    deviation : (units, p) float; variance = sum over units of factor[group] * deviation**2
    factor : (groups,) float

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0] * 4, psu=[1, 2, 3, 4])
    >>> deviation, factor = spread(d, d.stages[0], np.array([[0.0], [1.0], [0.0], [1.0]]))
    >>> deviation[:, 0].tolist(), factor.round(3).tolist()
    ([-0.5, 0.5, -0.5, 0.5], [1.333])
    """
    _refuse_single(design, stage)
    sums = np.zeros((stage.drawn.size, totals.shape[1]))
    np.add.at(sums, stage.group, totals)
    centre = sums / stage.drawn[:, None]
    if design.single_psu == "adjust":
        centre[stage.single] = totals.mean(axis=0)
    return totals - centre[stage.group], _factor(design, stage)


def variances(design: Design, scores: Floats, domain: Codes, domains: int) -> Floats:
    """Estimate the variance of a total in each of many disjoint domains, in one pass.

    Same definition as `covariance`; units of the design without a row in a domain count as
    zeros there. Work grows with the rows, not with the number of domains.

    Parameters
    ----------
    scores : (rows,) float, weight times linearised value of the row's own domain
    domain : (rows,) int, 0 <= code < domains; negative = in no domain

    Returns
    -------
    (domains,) float

    Examples
    --------
    >>> from sampling.stages import describe
    >>> d = describe([1.0] * 4, psu=[1, 2, 3, 4])
    >>> variances(d, np.array([0.0, 1.0, 0.0, 1.0]), np.array([0, 0, 1, 1]), 2).round(3).tolist()
    [1.0, 1.0]
    """
    if design.calibration is not None:  # residuals reach beyond the domain they belong to
        columns = (np.where(domain == code, scores, 0.0)[:, None] for code in range(domains))
        return np.array([covariance(design, column)[0, 0] for column in columns])
    inside = domain >= 0
    result = np.zeros(domains)
    for stage in design.stages:
        _refuse_single(design, stage)
        cell, unit, where = cells(stage.unit[inside], domain[inside])
        total = tally(cell, scores[inside], unit.size)
        at, of_pair, pair_domain = cells(stage.group[unit], where)
        pairs = of_pair.size
        pair_sum = tally(at, total, pairs)
        centre = pair_sum / stage.drawn[of_pair]
        grand = tally(where, total, domains) / stage.group.size
        adjusted = stage.single & (design.single_psu == "adjust")
        centre = np.where(adjusted[of_pair], grand[pair_domain], centre)
        seen = tally(at, np.ones(at.size), pairs)
        squares = tally(at, (total - centre[at]) ** 2, pairs)
        squares += (stage.drawn[of_pair] - seen) * centre**2
        part = tally(pair_domain, _factor(design, stage, 1.0)[of_pair] * squares, domains)
        if adjusted.any():  # strata of one PSU with nobody of the domain: a zero about the mean
            present = tally(pair_domain, adjusted[of_pair].astype(np.float64), domains)
            absent = float(adjusted.sum()) - present
            part += absent * grand**2
        if design.single_psu == "average":
            part *= _averaging(design, stage, of_pair, pair_domain, domains)
        result += part
    return result


def _totals(stage: Stage, column: Floats) -> Floats:
    return tally(stage.unit, column, stage.group.size)


def _factor(design: Design, stage: Stage, averaging: float | None = None) -> Floats:
    """Earlier fractions * (1 - f) * n/(n - 1) by group; single units by the design's rule."""
    several = stage.drawn > 1
    factor: Floats = stage.earlier * stage.left_out
    factor = factor * np.where(several, stage.drawn / np.maximum(stage.drawn - 1, 1), 1.0)
    if averaging is None:
        averaging = 1.0
        if design.single_psu == "average" and stage.single.any():
            if stage.single.all():
                raise _single(design, stage)
            averaging = stage.drawn.size / float((~stage.single).sum())
    factor *= averaging
    return factor


def _averaging(design: Design, stage: Stage, group: Codes, domain: Codes, domains: int) -> Floats:
    """Groups of the domain over those with more than one unit, the factor of rule `average`."""
    groups = tally(domain, np.ones(domain.size), domains)
    single = tally(domain, stage.single[group].astype(np.float64), domains)
    if ((groups > 0) & (groups == single)).any():
        raise _single(design, stage)
    return np.divide(groups, groups - single, out=np.ones(domains), where=groups > 0)


def _refuse_single(design: Design, stage: Stage) -> None:
    if design.single_psu == "refuse" and stage.single.any():
        raise _single(design, stage)


def _single(design: Design, stage: Stage) -> EstimationError:
    codes = np.flatnonzero(stage.single)[:5].tolist()
    first = stage is design.stages[0]
    names = [design.strata[code] if first else str(code) for code in codes]
    return EstimationError("estimate.single_psu", strata=", ".join(names))
