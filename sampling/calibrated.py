"""Calibrated weights, and what is left of a variable once known totals have explained theirs."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from sampling.auxiliaries import span
from sampling.errors import CalibrationError
from sampling.stages import Codes, Floats, tally

ROUNDS = 10
"""Of projections on the margins of a raking, as many as R survey makes."""
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

        Raises
        ------
        CalibrationError : another number of rows took part

        Examples
        --------
        >>> from sampling.calibration import calibrate
        >>> calibrate([2.0, 2.0], [1, 1], [5]).within([True, False, True]).rows.tolist()
        [0, 2]
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

        Examples
        --------
        >>> from sampling.calibration import calibrate
        >>> found = calibrate([2.0, 2.0], [1, 1], [6])
        >>> found.residuals(found.weight * [5.0, 7.0]).round(9).tolist()
        [-3.0, 3.0]
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


def _means(values: Floats, weight: Floats, codes: Codes) -> Floats:
    """(n, k) weighted mean of each unit's category."""
    size = int(codes.max()) + 1
    sums = np.column_stack([tally(codes, weight * column, size) for column in values.T])
    return np.asarray((sums / tally(codes, weight, size)[:, None])[codes])
