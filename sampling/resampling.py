"""Ways to make replicate weights: jackknife, balanced half-samples, rescaled bootstrap."""

import math

import numpy as np

from sampling.errors import EstimationError
from sampling.hadamard import hadamard_above
from sampling.replicates import Replicates, rank_freedom
from sampling.stages import Design, Flags, Stage, tally


def jackknife(design: Design, *, mse: bool = False) -> Replicates:
    """Leave out one primary unit at a time (JKn; without strata JK1).

    In the replicate without unit i of stratum h the others of the stratum count n_h/(n_h - 1)
    times; it enters the variance times (1 - f_h)(n_h - 1)/n_h. Of a design with several stages
    the population counts of the later ones are not used. Not for quantiles, which do not vary
    smoothly; `balanced` and `rao_wu` serve them.

    Parameters
    ----------
    design : as `sampling.stages.describe` made it
    mse : centre at the full sample

    Returns
    -------
    one replicate a primary unit, stratum by stratum; df of the design

    Raises
    ------
    EstimationError : a stratum of a single unit under the rules `refuse` or `adjust`; calibrated
        weights, see `Replicates.reweighted`

    References
    ----------
    Wolter (2007), Introduction to Variance Estimation, chapter 4.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> sample = jackknife(describe([2.0, 2.0, 3.0, 3.0], psu=[1, 2, 3, 4]))
    >>> sample
    Replicates(JK1: 4 for 4 rows, df 3)
    >>> round(sample.mean([3.0, 5.0, 4.0, 8.0]).se, 4)
    1.2271
    """
    stage, several, scale = _replicable(design)
    left_out_unit = np.flatnonzero(several[stage.group])
    group = stage.group[left_out_unit]
    grown = np.where(several, stage.drawn / np.maximum(stage.drawn - 1, 1), 1.0)
    factor = np.where(stage.group[:, None] == group, grown[group], 1.0)
    factor[left_out_unit, np.arange(left_out_unit.size)] = 0.0
    rscales = (stage.left_out / grown)[group]
    method = "JKn"
    if stage.drawn.size == 1:
        method, scale, rscales = "JK1", scale * float(rscales[0]), np.ones(rscales.size)
    return Replicates(design.weight, stage.unit, factor, scale, rscales, design.df(), mse, method)


def balanced(design: Design, rho: float = 0.0, *, mse: bool = False) -> Replicates:
    """Take one unit of every pair at a time, balanced by a Hadamard matrix (BRR; Fay's).

    Within a pair one unit counts 1 + (1 - rho) and the other 1 - (1 - rho) times, 2 and 0
    without Fay's rho. A stratum of more than two units, an even number, is split into pairs in
    the order of the units. Where units were drawn without replacement the deviations are shrunk
    by sqrt(1 - f), so that the variance of a total is that of the pairs times 1 - f.

    Parameters
    ----------
    rho : 0 <= rho < 1; 0.3 to 0.5 keeps small domains from being empty in a replicate
    mse : centre at the full sample

    Returns
    -------
    as many replicates as the smallest Hadamard matrix with more rows than pairs has; df = pairs

    Raises
    ------
    EstimationError : a stratum has an odd number of units; rho outside [0, 1)

    References
    ----------
    Judkins (1990), J. Off. Stat. 6, 223-239. Wolter (2007), Introduction to Variance
    Estimation, chapter 3.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> design = describe([1.0] * 6, psu=[1, 2, 1, 2, 1, 2], stratum=list("aabbcc"))
    >>> balanced(design, rho=0.5).factor[:, 0].tolist()
    [1.5, 0.5, 1.5, 0.5, 1.5, 0.5]
    """
    if not 0 <= rho < 1:
        raise EstimationError("replicates.rho", rho=rho)
    stage, several, scale = _replicable(design)
    odd = several & (stage.drawn % 2 == 1)
    if odd.any():
        names = ", ".join(design.strata[code] for code in np.flatnonzero(odd)[:5].tolist())
        raise EstimationError("replicates.pairs", strata=names)
    paired = np.flatnonzero(several[stage.group])
    paired = paired[np.argsort(stage.group[paired], kind="stable")]
    pairs = paired.size // 2
    signs = hadamard_above(pairs)[:, 1 : pairs + 1].T
    reach = (1 - rho) * np.sqrt(stage.left_out[stage.group[paired[::2]]])
    factor = np.ones((stage.group.size, signs.shape[1]))
    factor[paired[::2]] += reach[:, None] * signs
    factor[paired[1::2]] -= reach[:, None] * signs
    replicates = signs.shape[1]
    scale /= replicates * (1 - rho) ** 2
    method = f"Fay {rho:g}" if rho else "BRR"
    return Replicates(
        design.weight, stage.unit, factor, scale, np.ones(replicates), pairs, mse, method
    )


def rao_wu(
    design: Design, replicates: int, *, rng: np.random.Generator, mse: bool = False
) -> Replicates:
    """Draw n_h - 1 of the n_h units of every stratum again, with replacement (rescaled bootstrap).

    A unit drawn k times counts 1 - s + s k n_h/(n_h - 1) times, s = sqrt(1 - f_h), so weights
    never become negative. Population counts of later stages are not used.

    Parameters
    ----------
    replicates : how many (count), >= 2; 200 or more for a standard error, 1000 for an interval
    rng : of the resampling; a declared seed makes the replicates repeatable
    mse : centre at the full sample

    Returns
    -------
    df = rank of the replicate weights - 1

    Raises
    ------
    EstimationError : a stratum of a single unit under the rules `refuse` or `adjust`; fewer
        than two replicates

    References
    ----------
    Rao and Wu (1988), J. Am. Stat. Assoc. 83, 231-241. Rao, Wu and Yue (1992), Survey
    Methodology 18, 209-217.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> design = describe([1.0] * 6, psu=[1, 2, 3, 1, 2, 3], stratum=list("aaabbb"))
    >>> rao_wu(design, 100, rng=np.random.default_rng(20180917))
    Replicates(Rao-Wu: 100 for 6 rows, df 4)
    """
    if replicates < 2:
        raise EstimationError("replicates.count", replicates=replicates)
    stage, several, scale = _replicable(design)
    factor = np.ones((stage.group.size, replicates))
    for group in np.flatnonzero(several).tolist():
        units, n = np.flatnonzero(stage.group == group), int(stage.drawn[group])
        times = rng.multinomial(n - 1, np.full(n, 1 / n), size=replicates).T
        shrink = math.sqrt(stage.left_out[group])
        factor[units] = 1 - shrink + shrink * n / (n - 1) * times
    scale /= replicates - 1
    live = tally(stage.unit, design.weight, stage.group.size) > 0
    df = rank_freedom(factor[live])
    return Replicates(
        design.weight, stage.unit, factor, scale, np.ones(replicates), df, mse, "Rao-Wu"
    )


def _replicable(design: Design) -> tuple[Stage, Flags, float]:
    """First stage, its groups that can be replicated, and what to scale their variance with."""
    if design.calibration is not None:
        raise EstimationError("replicates.calibrated")
    stage = design.stages[0]
    several = stage.drawn > 1
    scale = 1.0
    if stage.single.any():
        names = [design.strata[code] for code in np.flatnonzero(stage.single)[:5].tolist()]
        if design.single_psu == "adjust":
            raise EstimationError("replicates.adjust")
        if design.single_psu == "refuse" or stage.single.all():
            raise EstimationError("estimate.single_psu", strata=", ".join(names))
        if design.single_psu == "average":
            scale = stage.drawn.size / float((~stage.single).sum())
    if not several.any():
        raise EstimationError("estimate.no_freedom", what="replicates")
    return stage, several, scale
