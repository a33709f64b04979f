"""Estimates and their errors from replicate weights, made by `sampling.resampling` or elsewhere."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.errors import EstimationError
from sampling.estimate import LEVEL, Estimate, srs_variance
from sampling.intervals import critical, share_interval
from sampling.stages import Codes, Flags, Floats, tally

Statistic = Callable[[Floats], ArrayLike]


@dataclass(frozen=True, eq=False)
class JointEstimate:
    """One or more figures estimated together.

    Parameters
    ----------
    value : (p,) float, each in its own unit
    vcov : (p, p) float, their covariance matrix
    replicates : (replicates, p) float, the figures under each replicate
    df : degrees of freedom (count)
    level : of the two-sided t intervals
    """

    value: Floats
    vcov: Floats
    replicates: Floats
    df: int
    level: float

    @property
    def se(self) -> Floats:
        """(p,) standard errors."""
        return np.sqrt(np.diag(self.vcov))

    @property
    def low(self) -> Floats:
        """(p,) lower ends."""
        return self.value - critical(self.level, self.df) * self.se

    @property
    def high(self) -> Floats:
        """(p,) upper ends."""
        return self.value + critical(self.level, self.df) * self.se

    def __repr__(self) -> str:
        pairs = zip(self.value.tolist(), self.se.tolist(), strict=True)
        figures = ", ".join(f"{value:.6g} (se {se:.3g})" for value, se in pairs)
        return f"JointEstimate({figures}; df {self.df})"

    def to_polars(self) -> pl.DataFrame:
        """One row a figure: `value se low high`."""
        columns = {"value": self.value, "se": self.se, "low": self.low, "high": self.high}
        return pl.DataFrame(columns)


@dataclass(frozen=True, eq=False)
class Replicates:
    """The sample weighted again and again, so that any statistic shows how much it varies.

    variance = scale * sum over r of rscales[r] * (theta_r - centre)^2, where the centre is the
    mean of the theta_r, or with `mse` the figure of the full sample. Replicates are kept as
    factors of sampling units, so memory is units times replicates, not rows times replicates.

    Parameters
    ----------
    weight : (rows,) float, >= 0, of the full sample
    unit : (rows,) int, the sampling unit of a row
    factor : (units, replicates) float, >= 0, what a replicate multiplies the weights with
    scale, rscales : float and (replicates,) float, see above
    df : degrees of freedom (count)
    mse : centre at the full sample
    method : how they were made
    """

    weight: Floats
    unit: Codes
    factor: Floats
    scale: float
    rscales: Floats
    df: int
    mse: bool
    method: str

    def __repr__(self) -> str:
        rows, replicates = self.weight.size, self.replicates
        return f"Replicates({self.method}: {replicates} for {rows} rows, df {self.df})"

    @property
    def replicates(self) -> int:
        """How many."""
        return int(self.factor.shape[1])

    @property
    def weights(self) -> Floats:
        """(rows, replicates) float, the replicate weights written out."""
        return self.weight[:, None] * self.factor[self.unit]

    def to_polars(self) -> pl.DataFrame:
        """The weights for other software: `weight rw001 rw002 …`, one row a row."""
        names = [f"rw{r:03d}" for r in range(1, self.replicates + 1)]
        frame = pl.DataFrame(self.weights, schema=names, orient="row")
        return frame.insert_column(0, pl.Series("weight", self.weight))

    def estimate(self, statistic: Statistic, *, level: float = LEVEL) -> JointEstimate:
        """Estimate any figure, or several together, that is a function of the weights.

        Parameters
        ----------
        statistic : (rows,) weights -> a number or (p,) numbers; called once for the sample and
            once a replicate
        level : of the t intervals

        Raises
        ------
        EstimationError : a missing or infinite figure, or another number of them in a replicate

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> y, x = np.array([3.0, 5.0, 4.0, 8.0]), np.array([1.0, 2.0, 2.0, 3.0])
        >>> sample = jackknife(describe([2.0, 2.0, 3.0, 3.0], psu=[1, 2, 3, 4]))
        >>> sample.estimate(lambda w: [w @ y / (w @ x), w @ y / w.sum()])
        JointEstimate(2.47619 (se 0.212), 5.2 (se 1.23); df 3)
        """
        full = np.atleast_1d(np.asarray(statistic(self.weight), dtype=np.float64))
        each = np.empty((self.replicates, full.size))
        for r in range(self.replicates):
            figures = np.atleast_1d(np.asarray(statistic(self.weight * self.factor[self.unit, r])))
            if figures.shape != full.shape:
                raise EstimationError(
                    "replicates.shape", name="statistic", found=figures.shape, expected=full.shape
                )
            each[r] = figures
        self._refuse_missing(each)
        if not np.isfinite(full).all():
            raise EstimationError("replicates.full", found=full.tolist())
        return JointEstimate(full, self._vcov(full, each), each, self.df, level)

    def total(
        self, y: ArrayLike, *, where: ArrayLike | None = None, level: float = LEVEL
    ) -> Estimate:
        """Estimate sum w y; arguments and errors as in `sampling.estimate.mean`.

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> jackknife(describe([2.0, 2.0, 2.0])).total([1.0, 2.0, 6.0]).value
        18.0
        """
        inside = self._inside(where)
        value = self._column(y, "y", inside)
        full, each = self._totals(value)
        return self._estimate(full[0], each[:, 0], value, inside, level)

    def mean(
        self, y: ArrayLike, *, where: ArrayLike | None = None, level: float = LEVEL
    ) -> Estimate:
        """Estimate sum w y / sum w; arguments and errors as in `sampling.estimate.mean`.

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> found = jackknife(describe([2.0, 2.0, 2.0])).mean([1.0, 2.0, 6.0])
        >>> found.value, round(found.se, 4)
        (3.0, 1.5275)
        """
        return self.ratio(y, np.ones(self.weight.size), where=where, level=level)

    def ratio(
        self,
        y: ArrayLike,
        x: ArrayLike,
        *,
        where: ArrayLike | None = None,
        level: float = LEVEL,
    ) -> Estimate:
        """Estimate sum w y / sum w x; arguments and errors as in `sampling.estimate.ratio`.

        Raises
        ------
        EstimationError : also where the denominator of a replicate is zero

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> jackknife(describe([2.0, 2.0, 2.0])).ratio([1.0, 2.0, 6.0], [2.0, 4.0, 6.0]).value
        0.75
        """
        inside = self._inside(where)
        above, below = self._column(y, "y", inside), self._column(x, "x", inside)
        full, each = self._totals(above, below)
        if full[1] == 0:
            raise EstimationError("estimate.zero_denominator", what="x")
        value, theta = full[0] / full[1], self._quotients(each)
        score = (above - value * below) / full[1]
        return self._estimate(value, theta, score, inside, level)

    def proportion(
        self,
        y: ArrayLike,
        *,
        where: ArrayLike | None = None,
        method: str = "korn-graubard",
        level: float = LEVEL,
        cap: float | None = None,
    ) -> Estimate:
        """Estimate a share, with an interval that respects 0 and 1.

        Parameters
        ----------
        y : (rows,) 0 or 1
        method, cap : as in `sampling.intervals.share_interval`. `logit` and `likelihood` take
            the standard error of the log-odds from the replicates of the log-odds; where a
            replicate finds nothing or everything they say nothing, [0, 1]. `xlogit` is the Wald
            interval on the logit by the delta method

        Raises
        ------
        EstimationError : values other than 0 and 1, nobody in the domain, unknown method

        References
        ----------
        Korn and Graubard (1998), Survey Methodology 24, 193-201.

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> found = jackknife(describe([1.0] * 9)).proportion([1] + [0] * 8)
        >>> round(found.low, 4), round(found.high, 4)
        (0.0019, 0.5111)
        """
        shares = self._column(y, "y", self._inside(where))
        if not ((shares == 0) | (shares == 1)).all():
            raise EstimationError("estimate.not_share", name="y")
        plain = self.mean(shares, where=where, level=level)
        se = plain.se
        if method in ("logit", "likelihood") and 0 < plain.value < 1:
            se = plain.value * (1 - plain.value) * self._se_of_log_odds(y, where)
        if not math.isfinite(se):
            return replace(plain, low=0.0, high=1.0)
        name = "logit" if method == "xlogit" else method
        found = share_interval(
            plain.value, se, n=plain.n, df=self.df, level=level, method=name, cap=cap
        )
        return replace(plain, low=found.low, high=found.high, n_eff=found.n_eff)

    def reweighted(self, adjust: Callable[[Floats, Codes], ArrayLike]) -> "Replicates":
        """Adjust every set of weights anew, so that the variance knows of the adjustment.

        Calibrate replicates this way: make them from the design before, then calibrate each.

        Parameters
        ----------
        adjust : weights of the rows that have one in a replicate, (n,) and > 0, and which rows
            these are, (n,) int -> (n,) adjusted weights

        Returns
        -------
        replicates of the adjusted weights; memory is rows times replicates

        Raises
        ------
        EstimationError : adjusted weights are negative, missing or of another length

        References
        ----------
        Valliant (1993), J. Am. Stat. Assoc. 88, 89-96.

        Examples
        --------
        >>> from sampling.resampling import jackknife
        >>> from sampling.stages import describe
        >>> sample = jackknife(describe([2.0, 2.0, 3.0, 3.0], psu=[1, 2, 3, 4]))
        >>> to_hundred = sample.reweighted(lambda w, rows: 100 * w / w.sum())
        >>> round(to_hundred.total([1, 1, 1, 1]).se, 12)
        0.0
        """

        def adjusted(weight: Floats) -> Floats:
            rows = np.flatnonzero(weight > 0)
            after = np.asarray(adjust(weight[rows], rows), dtype=np.float64)
            if after.shape != rows.shape:
                raise EstimationError(
                    "replicates.shape", name="adjust", found=after.shape, expected=rows.shape
                )
            result = np.zeros(weight.size)
            result[rows] = after
            return result

        columns = [
            adjusted(self.weight * self.factor[self.unit, r]) for r in range(self.replicates)
        ]
        made = given(
            np.column_stack(columns),
            adjusted(self.weight),
            scale=self.scale,
            rscales=self.rscales,
            mse=self.mse,
        )
        return replace(made, method=f"{self.method}, reweighted")

    def _inside(self, where: ArrayLike | None) -> Flags:
        live = self.weight > 0
        if where is not None:
            chosen = np.asarray(where, dtype=bool)
            self._same_length("where", chosen.size)
            live &= chosen
        if not live.any():
            raise EstimationError("estimate.empty", what="where")
        return live

    def _column(self, column: ArrayLike, name: str, inside: Flags) -> Floats:
        values = np.asarray(column, dtype=np.float64)
        self._same_length(name, values.size)
        values = np.where(inside, values, 0.0)
        if not np.isfinite(values).all():
            raise EstimationError("estimate.not_finite", name=name)
        return values

    def _same_length(self, name: str, found: int) -> None:
        expected = self.weight.size
        if found != expected:
            raise EstimationError("estimate.length", name=name, found=found, expected=expected)

    def _totals(self, *columns: Floats) -> tuple[Floats, Floats]:
        """Totals of the columns under the full weights, and under each replicate."""
        units = self.factor.shape[0]
        by_unit = np.column_stack([tally(self.unit, self.weight * c, units) for c in columns])
        return by_unit.sum(axis=0), self.factor.T @ by_unit

    def _quotients(self, each: Floats) -> Floats:
        empty = np.flatnonzero(each[:, 1] == 0)
        if empty.size:
            raise EstimationError("replicates.empty", replicate=int(empty[0]) + 1)
        quotients: Floats = each[:, 0] / each[:, 1]
        return quotients

    def _se_of_log_odds(self, y: ArrayLike, where: ArrayLike | None) -> float:
        """From the replicates of log(p/(1 - p)); infinite where one is."""
        inside = self._inside(where)
        full, each = self._totals(self._column(y, "y", inside), inside.astype(np.float64))
        share = np.concatenate(([full[0] / full[1]], self._quotients(each)))
        # 1e-12: a share that should be 0 or 1 may miss it by rounding in weighted sums.
        if share.min() < 1e-12 or share.max() > 1 - 1e-12:
            return math.inf
        odds = np.log(share / (1 - share))
        return math.sqrt(float(self._vcov(odds[:1], odds[1:, None])[0, 0]))

    def _refuse_missing(self, each: Floats) -> None:
        missing = np.flatnonzero(~np.isfinite(each).all(axis=1))
        if missing.size:
            raise EstimationError("replicates.statistic", replicate=int(missing[0]) + 1)

    def _vcov(self, full: Floats, each: Floats) -> Floats:
        centre = full if self.mse else each[self.rscales > 0].mean(axis=0)
        deviation = (each - centre) * np.sqrt(self.rscales)[:, None]
        vcov: Floats = self.scale * (deviation.T @ deviation)
        return vcov

    def _estimate(
        self, value: float, theta: Floats, score: Floats, inside: Flags, level: float
    ) -> Estimate:
        variance = float(self._vcov(np.array([value]), theta[:, None])[0, 0])
        simple = srs_variance(np.where(inside, self.weight, 0.0), score)
        deff = variance / simple if simple > 0 else math.nan
        n, se = int(inside.sum()), math.sqrt(variance)
        half = critical(level, self.df) * se
        n_eff = n / deff if deff > 0 else float(n)
        value = float(value)
        return Estimate(value, se, value - half, value + half, deff, self.df, n, n_eff)


def given(
    weights: ArrayLike,
    base: ArrayLike,
    *,
    scale: float,
    rscales: float | Sequence[float] | Floats = 1.0,
    mse: bool = False,
    df: int | None = None,
) -> Replicates:
    """Take replicate weights that somebody else made.

    Parameters
    ----------
    weights : (rows, replicates) float, >= 0, complete weights, not factors of the base weight
    base : (rows,) float, >= 0, weights of the full sample
    scale, rscales : of the variance, see `Replicates`; one number or one a replicate
    mse : centre at the full sample
    df : degrees of freedom; None = rank of the weights - 1

    Raises
    ------
    EstimationError : shapes that do not fit, negative or missing weights, a row whose base
        weight alone is zero

    References
    ----------
    Lumley (2010), Complex Surveys, section 2.3.

    Examples
    --------
    >>> halves = given([[2, 0, 2, 0], [0, 2, 0, 2], [2, 0, 0, 2], [0, 2, 2, 0]], [1, 1, 1, 1],
    ...                scale=1 / 4)
    >>> halves.total([120.0, 78.0, 185.0, 228.0]).se
    60.108...
    """
    matrix, full = np.asarray(weights, dtype=np.float64), np.asarray(base, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != full.size or full.size == 0:
        expected = f"({full.size}, replicates)"
        raise EstimationError(
            "replicates.shape", name="weights", found=matrix.shape, expected=expected
        )
    replicates = matrix.shape[1]
    if replicates < 2:
        raise EstimationError("replicates.count", replicates=replicates)
    scales = np.atleast_1d(np.asarray(rscales, dtype=np.float64))
    if scales.size not in (1, replicates):
        raise EstimationError(
            "replicates.shape", name="rscales", found=scales.shape, expected=f"({replicates},)"
        )
    usable = np.isfinite(scales).all() and (scales >= 0).all() and (scales > 0).any()
    if not (usable and math.isfinite(scale) and scale >= 0):
        raise EstimationError("replicates.scale")
    sound = np.isfinite(matrix).all() and np.isfinite(full).all()
    if not sound or (matrix < 0).any() or (full < 0).any() or matrix[full == 0].any():
        raise EstimationError("replicates.weights")
    factor = matrix / np.where(full > 0, full, 1.0)[:, None]
    freedom = rank_freedom(matrix) if df is None else df
    spread = np.broadcast_to(scales, (replicates,)).copy()
    return Replicates(full, np.arange(full.size), factor, scale, spread, freedom, mse, "given")


def rank_freedom(factor: Floats) -> int:
    """Degrees of freedom of replicate weights: their rank less 1.

    Examples
    --------
    >>> rank_freedom(np.array([[2.0, 0.0, 1.0], [0.0, 2.0, 1.0]]))
    1
    """
    return int(np.linalg.matrix_rank(factor, rtol=1e-7)) - 1
