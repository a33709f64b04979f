"""What auxiliary columns span under weights, and which totals weights can reach at all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sampling.errors import CalibrationError
from sampling.stages import Floats

RANK = 1e-8
NEGLIGIBLE = 1e-7


@dataclass(frozen=True, eq=False)
class Span:
    """An orthonormal basis of auxiliary columns; made by `span`.

    Parameters
    ----------
    basis : (n, r) float, sum of weight * basis basis' = identity; r <= p where columns depend
        on each other
    size, axes : (r,) and (r, p) float, columns / norm = basis @ (size * axes)
    norm : (p,) float, root of sum of weight * column**2
    """

    basis: Floats
    size: Floats
    axes: Floats
    norm: Floats

    def totals(self, totals: Floats) -> Floats:
        """(r,) totals of the basis where the columns have these totals."""
        found: Floats = self.axes @ (totals / self.norm) / self.size
        return found

    def check(self, totals: Floats, names: Sequence[str]) -> None:
        """Refuse totals that break a relation which the columns keep for everybody.

        Raises
        ------
        CalibrationError : naming the columns of the relation
        """
        nothing = np.linalg.svd(self.axes)[2][self.size.size :]
        scaled = totals / self.norm
        broken = np.abs(nothing @ scaled) > RANK * np.abs(scaled).max(initial=0.0)
        if broken.any():
            involved = np.abs(nothing[broken]).max(axis=0) > 1e-6
            at_fault = [name for name, there in zip(names, involved, strict=True) if there]
            raise CalibrationError("calibration.contradiction", names=", ".join(at_fault))


def span(columns: Floats, weight: Floats) -> Span:
    """Find an orthonormal basis of columns under weights.

    Parameters
    ----------
    columns : (n, p) float; their units may differ by orders of magnitude
    weight : (n,) float, >= 0

    Examples
    --------
    >>> made = span(np.array([[1.0, 2.0], [1.0, 2.0]]), np.array([1.0, 1.0]))
    >>> made.basis.shape
    (2, 1)
    """
    half = np.sqrt(weight)[:, None]
    largest = np.abs(columns).max(axis=0, initial=0.0)
    largest[largest == 0] = 1.0  # squares of the columns as they are might overflow, or vanish
    norm = largest * np.sqrt(weight @ (columns / largest) ** 2)
    norm[norm == 0] = 1.0
    left, size, axes = np.linalg.svd(half * columns / norm, full_matrices=False)
    kept = size > RANK * size.max(initial=0.0)
    left = left[:, kept]
    basis = np.divide(left, half, out=np.zeros_like(left), where=half > 0)
    return Span(basis, size[kept], axes[kept], norm)


@dataclass(frozen=True, eq=False)
class Limits:
    """Between which limits each weight may be moved.

    Parameters
    ----------
    low, high : (n,) float, units represented; may be infinite
    attained : a weight may lie on its limit, not only between them
    """

    low: Floats
    high: Floats
    attained: bool

    def check(self, columns: Floats, totals: Floats, names: Sequence[str]) -> None:
        """Refuse a total that the weights do not reach even by itself.

        Raises
        ------
        CalibrationError : naming the column and what the weights can give
        """
        if np.isneginf(self.low).any():
            return
        for name, column, total in zip(names, columns.T, totals.tolist(), strict=True):
            there = column != 0
            if not there.any():
                continue
            x, (low, high) = column[there], (self.low[there], self.high[there])
            least = float((np.where(x > 0, low, high) * x).sum())
            most = float((np.where(x > 0, high, low) * x).sum())
            slack = 1e-12 * max(abs(total), 1e-300) * (1 if self.attained else -1)
            if not least - slack <= total <= most + slack:
                raise CalibrationError(
                    "calibration.out_of_reach",
                    name=name,
                    target=f"{total:,.10g}",
                    low=f"{least:,.10g}",
                    high=f"{most:,.10g}",
                )

    def check_jointly(
        self, columns: Floats, totals: Floats, scale: Floats, names: Sequence[str]
    ) -> None:
        """Refuse totals of which the weights reach each, but not all at once.

        A linear programme finds the weights whose totals miss the least, in shares of `scale`.

        Raises
        ------
        CalibrationError : naming the total that is missed most, and what it would have to be
        """
        from scipy.optimize import linprog  # costs a quarter of a second, so not at the top

        rows, count = columns.shape
        eye = np.eye(count)
        slack = np.tile([0.0, np.inf], (2 * count, 1))
        found = linprog(
            np.concatenate([np.zeros(rows), np.ones(2 * count)]),
            A_eq=np.hstack([columns.T / scale[:, None], eye, -eye]),
            b_eq=totals / scale,
            bounds=np.vstack([np.column_stack([self.low, self.high]), slack]),
        )
        if not found.success:
            return
        missed = np.asarray(found.x[rows : rows + count] - found.x[rows + count :])
        worst = int(np.abs(missed).argmax())
        if abs(missed[worst]) > NEGLIGIBLE:
            total = float(totals[worst])
            raise CalibrationError(
                "calibration.out_of_reach_jointly",
                name=names[worst],
                target=f"{total:,.10g}",
                nearest=f"{total - missed[worst] * scale[worst]:,.10g}",
            )
