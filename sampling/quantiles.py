"""Quantiles of a designed sample, such as a median income, with Woodruff intervals."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.estimate import LEVEL, Estimate, mean
from sampling.intervals import critical
from sampling.stages import Design, Floats


@dataclass(frozen=True)
class Quantiles:
    """Quantiles of one variable, each an `Estimate`; `found[0.5]` is the median.

    Parameters
    ----------
    probs : shares at or below the quantile, in (0, 1)
    estimates : one a probability. An end of an interval is infinite where the sample does not
        reach far enough to bound the quantile, and the standard error then is too; `deff` and
        `n_eff` are those of the share at or below the quantile
    level : of the two-sided intervals
    """

    probs: tuple[float, ...]
    estimates: tuple[Estimate, ...]
    level: float

    def __getitem__(self, prob: float) -> Estimate:
        if prob not in self.probs:
            listed = ", ".join(f"{known:g}" for known in self.probs)
            raise EstimationError("quantiles.not_asked", prob=prob, probs=listed)
        return self.estimates[self.probs.index(prob)]

    def __iter__(self) -> Iterator[Estimate]:
        return iter(self.estimates)

    def __len__(self) -> int:
        return len(self.probs)

    def to_polars(self) -> pl.DataFrame:
        """One row a probability: `prob value se low high df n`."""
        return pl.DataFrame(
            [
                {"prob": p, "value": e.value, "se": e.se, "low": e.low, "high": e.high}
                | {"df": e.df, "n": e.n}
                for p, e in zip(self.probs, self.estimates, strict=True)
            ]
        )


def quantile(
    design: Design,
    y: ArrayLike,
    probs: float | Sequence[float],
    *,
    where: ArrayLike | None = None,
    level: float = LEVEL,
) -> Quantiles:
    """Estimate quantiles: the smallest value at or below which a share p of the weight lies.

    The interval is Woodruff's: a Wald interval for the share at or below the estimate, with the
    degrees of freedom of the design, its ends carried back through the same inverse. The
    standard error is its width over 2 t. It serves skewed variables such as incomes, where a
    mean says little; with many ties it is as coarse as the values are.

    Parameters
    ----------
    y : (rows,) float, any unit; not looked at outside `where`
    probs : in (0, 1)
    where : (rows,) bool, a domain
    level : of the two-sided interval

    Raises
    ------
    EstimationError : a probability outside (0, 1), nobody in the domain, missing values in it,
        a single PSU refused

    References
    ----------
    Woodruff (1952), J. Am. Stat. Assoc. 47, 635-646. Saerndal, Swensson and Wretman (1992),
    Model Assisted Survey Sampling, section 5.11.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> design = describe([1.0] * 99)
    >>> income = quantile(design, list(range(1, 100)), [0.25, 0.5])
    >>> income[0.5].value, income[0.5].low, income[0.5].high
    (50.0, 41.0, 60.0)
    """
    asked = tuple(np.atleast_1d(np.asarray(probs, dtype=np.float64)).tolist())
    values = np.asarray(y, dtype=np.float64)
    mean(design, values, where=where)  # refuses what cannot be estimated from
    live = design.weight > 0
    if where is not None:
        live &= np.asarray(where, dtype=bool)
    known, weight = values[live], design.weight[live]
    reach = critical(level, design.df())
    estimates = []
    for at in weighted_quantile(known, weight, asked).tolist():
        share = mean(design, np.where(live, values <= at, 0), where=where, level=level)
        low, high = _inverse_of(known, weight, share.low, share.high)
        se = (high - low) / (2 * reach) if math.isfinite(reach) else math.inf
        estimates.append(replace(share, value=at, se=se, low=low, high=high))
    return Quantiles(asked, tuple(estimates), level)


def weighted_quantile(y: ArrayLike, weight: ArrayLike, probs: float | Sequence[float]) -> Floats:
    """Invert the weighted distribution function: the smallest y with F(y) >= p.

    Parameters
    ----------
    y : (rows,) float; rows of zero weight do not count
    weight : (rows,) float, >= 0, not all zero
    probs : in (0, 1)

    Returns
    -------
    (probs,) float, in the unit of y

    Raises
    ------
    EstimationError : a probability outside (0, 1), lengths that differ, weights negative or all
        zero, missing values

    Examples
    --------
    >>> weighted_quantile([3.0, 1.0, 2.0, 9.0], [1, 1, 1, 1], [0.5, 0.51]).tolist()
    [2.0, 3.0]
    """
    asked = np.atleast_1d(np.asarray(probs, dtype=np.float64))
    for prob in asked.tolist():
        if not 0 < prob < 1:
            raise EstimationError("quantiles.probability", prob=prob)
    values, w = np.asarray(y, dtype=np.float64), np.asarray(weight, dtype=np.float64)
    if values.shape != w.shape:
        raise EstimationError("estimate.length", name="y", found=values.size, expected=w.size)
    if not np.isfinite(w).all() or (w < 0).any():
        raise EstimationError("estimate.weight")
    if not (w > 0).any():
        raise EstimationError("estimate.empty", what="y")
    if not np.isfinite(values[w > 0]).all():
        raise EstimationError("estimate.not_finite", name="y")
    order = np.argsort(values[w > 0], kind="stable")
    ordered, share = values[w > 0][order], np.cumsum(w[w > 0][order])
    # Sums of weights that should meet p exactly do so only to rounding.
    slack = share[-1] * share.size * np.finfo(np.float64).eps
    at = np.searchsorted(share, asked * share[-1] - slack)
    quantiles: Floats = ordered[np.minimum(at, share.size - 1)]
    return quantiles


def _inverse_of(y: Floats, weight: Floats, low: float, high: float) -> tuple[float, float]:
    """Values at two shares; infinite where a share is not inside (0, 1)."""
    ends = [-math.inf, math.inf]
    for side, share in enumerate((low, high)):
        if 0 < share < 1:
            ends[side] = float(weighted_quantile(y, weight, share)[0])
    return ends[0], ends[1]
