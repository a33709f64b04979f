"""What auxiliary columns span under weights, and whether totals for them can hold together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sampling.errors import CalibrationError
from sampling.stages import Floats

RANK = 1e-8


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
    norm = np.sqrt(weight @ columns**2)
    norm[norm == 0] = 1.0
    left, size, axes = np.linalg.svd(half * columns / norm, full_matrices=False)
    kept = size > RANK * size.max(initial=0.0)
    left = left[:, kept]
    basis = np.divide(left, half, out=np.zeros_like(left), where=half > 0)
    return Span(basis, size[kept], axes[kept], norm)
