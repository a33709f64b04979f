"""Are two categories of a designed sample independent, such as class and kind of village?"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sampling.errors import EstimationError
from sampling.stages import Design, Floats, encode, tally
from sampling.variance import covariance


@dataclass(frozen=True, eq=False)
class Association:
    """A two-way table and the Rao–Scott test that its rows and columns are independent.

    Parameters
    ----------
    f : the statistic, Pearson's X^2 of the estimated shares over the sum of its design effects
    ndf, ddf : degrees of freedom of its F distribution (count, fractional)
    p : chance of a larger f if the two were independent
    rows, columns : labels of the levels
    shares : (rows, columns) float, estimated shares of units, summing to 1
    """

    f: float
    ndf: float
    ddf: float
    p: float
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    shares: Floats

    def __repr__(self) -> str:
        return f"Association(F = {self.f:.4f} on {self.ndf:.3f} and {self.ddf:.3f}, p {self.p:.4g})"

    def to_polars(self) -> pl.DataFrame:
        """One row a cell: `row column share`."""
        cells = [(row, column) for row in self.rows for column in self.columns]
        names = {"row": [cell[0] for cell in cells], "column": [cell[1] for cell in cells]}
        return pl.DataFrame(names | {"share": self.shares.ravel()})


def association(design: Design, rows: Any, columns: Any) -> Association:
    """Test whether two categories are independent (Rao and Scott, second order, as F).

    X^2 of the estimated table is divided by the trace of the generalised design effects D and
    referred to F with ndf = tr(D)^2 / tr(D^2) and ddf = ndf times the design's degrees of
    freedom. D compares the covariance of the interaction contrasts under the design with that
    under independent draws, so clustering and unequal weights do not pass for association.

    Parameters
    ----------
    rows, columns : (rows,) labels; not looked at where the weight is 0

    Raises
    ------
    EstimationError : a category with missing labels or a single level, too many empty cells, no
        variation between units, a single PSU refused, no degrees of freedom

    References
    ----------
    Rao and Scott (1984), Annals of Statistics 12, 46-60. Thomas and Rao (1987), J. Am. Stat.
    Assoc. 82, 630-636, for F.

    Examples
    --------
    >>> from sampling.stages import describe
    >>> design = describe([1.0] * 8, psu=[1, 1, 2, 2, 3, 3, 4, 4])
    >>> association(design, list("eeepeppp"), list("nfnnffff"))
    Association(F = 1.2923 on 1.000 and 3.000, p 0.3382)
    """
    live = np.flatnonzero(design.weight > 0)
    row, row_labels = _levels(design, rows, "rows", live)
    column, column_labels = _levels(design, columns, "columns", live)
    freedom = design.df()
    if freedom < 1:
        raise EstimationError("association.freedom")
    shape = (len(row_labels), len(column_labels))
    cell, weight = row * shape[1] + column, design.weight[live]
    share = tally(cell, weight, shape[0] * shape[1]) / weight.sum()
    effects = _design_effects(shape, share, _covariance_of(design, live, cell, share))
    expected = np.outer(share.reshape(shape).sum(1), share.reshape(shape).sum(0)).ravel()
    trace = float(np.trace(effects))
    if not trace > 0:
        raise EstimationError("association.sparse")
    f = float(((share - expected) ** 2 / expected).sum()) / trace  # n cancels
    ndf = trace**2 / float(np.trace(effects @ effects))
    ddf = ndf * freedom
    return Association(
        f, ndf, ddf, _tail(f, ndf, ddf), row_labels, column_labels, share.reshape(shape)
    )


def _levels(design: Design, labels: Any, name: str, live: Any) -> tuple[Any, tuple[str, ...]]:
    # Labels of several types are compared as text.
    column = labels if isinstance(labels, pl.Series) else pl.Series(labels, strict=False)
    if column.len() != design.rows:
        raise EstimationError(
            "estimate.length", name=name, found=column.len(), expected=design.rows
        )
    seen = column.gather(live)
    if seen.dtype.is_float():
        seen = seen.fill_nan(None)
    if seen.null_count():
        raise EstimationError("association.missing", name=name)
    codes, levels = encode(seen.cast(pl.String))
    if len(levels) < 2:
        raise EstimationError("association.levels", name=name)
    return codes, levels


def _covariance_of(design: Design, live: Any, cell: Any, share: Floats) -> Floats:
    """Covariance of the estimated shares of the cells under the design."""
    scores = np.zeros((design.rows, share.size))
    inside = np.arange(share.size) == cell[:, None]
    weight = design.weight[live]
    scores[live] = weight[:, None] / weight.sum() * (inside - share)
    return covariance(design, scores)


def _design_effects(shape: tuple[int, int], share: Floats, vcov: Floats) -> Floats:
    """Generalised design effects of the interaction contrasts, over n."""
    contrasts = _interactions(shape)
    inverse = np.divide(1.0, share, out=np.zeros_like(share), where=share > 0)
    scaled = contrasts * inverse[:, None]
    simple = contrasts.T @ scaled
    if np.linalg.matrix_rank(simple) < simple.shape[0]:
        raise EstimationError("association.sparse")
    return np.asarray(np.linalg.solve(simple, scaled.T @ vcov @ scaled), dtype=np.float64)


def _interactions(shape: tuple[int, int]) -> Floats:
    """Products of a row and a column contrast, a basis orthogonal to both margins."""
    above, beside = (np.eye(levels)[:, 1:] - 1 / levels for levels in shape)
    return np.asarray(np.kron(above, beside), dtype=np.float64)


def _tail(f: float, ndf: float, ddf: float) -> float:
    from scipy.special import fdtrc  # scipy.special costs start-up time

    return float(fdtrc(ndf, ddf, f))
