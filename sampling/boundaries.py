"""Where to cut a skewed size variable into strata, and the sample each cutting needs.

A boundary b separates x < b from x >= b. With a target CV of the mean of x itself, sizes follow
by Neyman allocation: spreads divide by N_h, n_h are rounded up, and strata that would need more
than they hold are taken whole, the largest units first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from numbers import Integral

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.cuttings import SMALLEST, Cuttings, Floats
from sampling.errors import AllocationError


@dataclass(frozen=True)
class Boundaries:
    """A cutting into strata, and its sample.

    Parameters
    ----------
    boundaries : rising, in the unit of x; stratum h holds b_(h-1) <= x < b_h
    N_h : units in each stratum (count); coarse rules may leave a stratum empty
    n_h : units to draw in each stratum (count); empty without a target
    takeall : strata taken whole, the last ones (count)
    cv : target, relative standard error of the mean of x; None = none was given
    """

    boundaries: tuple[float, ...]
    N_h: tuple[int, ...]
    n_h: tuple[int, ...] = ()
    takeall: int = 0
    cv: float | None = None

    @property
    def n(self) -> int:
        """Units to draw in all (count)."""
        return sum(self.n_h)

    def to_polars(self) -> pl.DataFrame:
        """One row a stratum: `stratum`, `low`, `high`, `N_h`, `n_h`; ends are null."""
        return pl.DataFrame(
            {
                "stratum": range(1, len(self.N_h) + 1),
                "low": [None, *self.boundaries],
                "high": [*self.boundaries, None],
                "N_h": self.N_h,
                "n_h": self.n_h or [None] * len(self.N_h),
            },
            schema_overrides={"low": pl.Float64, "high": pl.Float64, "n_h": pl.Int64},
        )


def cum_root_f(
    x: npt.ArrayLike, classes: int, bins: int = 100, *, cv: float | None = None
) -> Boundaries:
    """Cut where the cumulated root frequencies are shared most evenly.

    The range of x is divided into bins of equal width. For each stratum in turn the cut before
    and the cut after the equal share are followed up; of all cuttings found so the one whose
    sums of root frequencies have the smallest squared distance from equality is taken.

    Parameters
    ----------
    x : (n,) float, size of each unit
    classes : strata wanted, >= 2
    bins : classes of the histogram (count), >= classes
    cv : target of the mean of x, for `n_h`; None = no sample

    Returns
    -------
    the cutting; its boundaries are edges of bins

    Raises
    ------
    AllocationError : x is not finite or has too few distinct values, or fewer bins than classes

    References
    ----------
    Dalenius and Hodges (1959), J. Amer. Statist. Assoc. 54, 88-101; Baillargeon and Rivest
    (2011), Survey Methodology 37, 53-65, for the choice among cuttings.

    Examples
    --------
    >>> found = cum_root_f(np.arange(1.0, 101.0), 4, bins=20)
    >>> found.boundaries, found.N_h
    ((25.75, 50.5, 75.25), (25, 25, 25, 25))
    """
    values = _checked(x, classes, least=2)
    if bins < classes:
        raise AllocationError("boundaries.bins", bins=bins, classes=classes)
    edges = values[0] + (values[-1] - values[0]) * (np.arange(bins + 1) / bins)
    inner = edges[1:-1]
    counts = np.bincount(np.searchsorted(inner, values, side="right"), minlength=bins)
    roots = np.concatenate([[0.0], np.cumsum(np.sqrt(counts))])
    share = roots[-1] / classes
    best, least = None, float("inf")
    for cuts in _near_shares(roots, share, classes):
        distance = float(((np.diff(roots[[0, *cuts, bins]]) - share) ** 2).sum())
        if distance < least:
            best, least = cuts, distance
    if best is None:
        raise AllocationError("boundaries.coarse", bins=bins, classes=classes)
    return at_cv(values, [float(edges[cut]) for cut in best], cv)


def geometric(x: npt.ArrayLike, classes: int, *, cv: float | None = None) -> Boundaries:
    """Cut at a geometric progression from the smallest to the largest value.

    Parameters
    ----------
    x : (n,) float, > 0, size of each unit
    classes : strata wanted, >= 2
    cv : target of the mean of x, for `n_h`; None = no sample

    Raises
    ------
    AllocationError : x is not finite, not positive or has too few distinct values

    References
    ----------
    Gunning and Horgan (2004), Survey Methodology 30, 159-166.

    Examples
    --------
    >>> [round(b, 6) for b in geometric([1, 3, 10, 40, 100, 1000], 3).boundaries]
    [10.0, 100.0]
    """
    values = _checked(x, classes, least=2)
    if values[0] <= 0:
        raise AllocationError("boundaries.positive", value=float(values[0]))
    ratio = float(values[-1] / values[0]) ** (1 / classes)
    return at_cv(values, [float(values[0]) * ratio**h for h in range(1, classes)], cv)


def lavallee_hidiroglou(x: npt.ArrayLike, classes: int, cv: float, takeall: int = 1) -> Boundaries:
    """Cut so that the smallest sample reaches a CV, the largest units being taken whole.

    A dynamic programme over the distinct values finds the best cuttings for a linear form of
    the criterion; from several of them boundaries are then moved one at a time, over all places
    nearby, as long as the sample (whole numbers first, then exact ones) gets smaller. Nothing is
    random: the same values give the same cutting.

    Parameters
    ----------
    x : (n,) float, size of each unit
    classes : strata wanted, those taken whole included, >= 2
    cv : target, relative standard error of the mean of x, > 0
    takeall : strata taken whole, 0 or 1

    Returns
    -------
    the cutting; boundaries lie half way between neighbouring values

    Raises
    ------
    AllocationError : x is not finite, has mean 0 or too few distinct values, or a target that is
        not positive

    References
    ----------
    Lavallée and Hidiroglou (1988), Survey Methodology 14, 33-43; Kozak (2004), Statistics in
    Transition 6, 797-806.

    Examples
    --------
    >>> sizes = np.round(np.exp(np.linspace(0, 6, 200)))
    >>> lavallee_hidiroglou(sizes, 3, cv=0.05).n
    47
    >>> lavallee_hidiroglou(sizes, 3, cv=0.05, takeall=0).n
    38
    """
    values = _checked(x, classes, least=2)
    if takeall not in (0, 1) or classes - takeall < 1:
        raise AllocationError("boundaries.takeall", takeall=takeall, classes=classes)
    table = Cuttings.of(values, cv)
    if table.points.size < classes or values.size < SMALLEST * classes:
        raise AllocationError("boundaries.distinct", classes=classes, found=table.points.size)
    found = [table.improved(start, takeall) for start in table.starts(classes, takeall)]
    if not found:
        raise AllocationError("boundaries.distinct", classes=classes, found=table.points.size)
    best = min(found, key=lambda cuts: (table.criterion(cuts, takeall), cuts))
    cuts = [float(table.points[place - 1] + table.points[place]) / 2 for place in best]
    return at_cv(values, cuts, cv, takeall=takeall)


def at_cv(
    x: npt.ArrayLike, boundaries: Sequence[float], cv: float | None, *, takeall: int = 0
) -> Boundaries:
    """Count the strata of given boundaries and find the sample that reaches a CV.

    n = Σ N_h over strata taken whole + (Σ N_h S_h)² / ((cv · total)² + Σ N_h S_h²) over the
    others, shared in proportion to N_h S_h and rounded up, at least one in each stratum that
    holds anything.

    Parameters
    ----------
    x : (n,) float, size of each unit
    boundaries : rising, in the unit of x
    cv : target, relative standard error of the mean of x; None = count only
    takeall : strata taken whole, the last ones (count)

    Raises
    ------
    AllocationError : x is not finite or has mean 0, boundaries that do not rise, or a target
        that is not positive

    Examples
    --------
    >>> at_cv([1, 2, 3, 4, 50, 60, 700], [10, 100], 0.05)
    Boundaries(boundaries=(10.0, 100.0), N_h=(4, 2, 1), n_h=(1, 1, 1), takeall=0, cv=0.05)
    """
    values = _checked(x, 1)
    if not 0 <= takeall <= len(boundaries) + 1:
        raise AllocationError("boundaries.takeall", takeall=takeall, classes=len(boundaries) + 1)
    cuts = [float(cut) for cut in boundaries]
    if any(not isfinite(cut) for cut in cuts) or sorted(set(cuts)) != cuts:
        raise AllocationError("boundaries.rising", value=", ".join(f"{cut:g}" for cut in cuts))
    places = np.concatenate([[0], np.searchsorted(values, cuts, side="left"), [values.size]])
    counts = tuple(np.diff(places).tolist())
    if cv is None:
        return Boundaries(tuple(cuts), counts, takeall=takeall)
    table = Cuttings.of(values, cv)
    sums = np.diff(np.concatenate([[0.0], np.cumsum(values - table.shift)])[places])
    squares = np.diff(np.concatenate([[0.0], np.cumsum((values - table.shift) ** 2)])[places])
    n_h, _, whole = table.sample(np.array(counts, dtype=np.float64), sums, squares, takeall)
    return Boundaries(tuple(cuts), counts, n_h, whole, cv)


def cv_of(x: npt.ArrayLike, found: Boundaries) -> float:
    """Relative standard error of the mean of x under a cutting and its sample.

    Examples
    --------
    >>> sizes = np.round(np.exp(np.linspace(0, 6, 200)))
    >>> cv_of(sizes, lavallee_hidiroglou(sizes, 3, cv=0.05)) <= 0.05
    True
    """
    values = _checked(x, 1)
    stratum = np.searchsorted(found.boundaries, values, side="right")
    variance = 0.0
    for h, (held, drawn) in enumerate(zip(found.N_h, found.n_h, strict=True)):
        if held > drawn:
            variance += held**2 * float(values[stratum == h].var()) * (1 / drawn - 1 / held)
    return sqrt(variance) / abs(float(values.sum()))


def _near_shares(roots: Floats, share: float, classes: int) -> Iterator[tuple[int, ...]]:
    """Cuttings of the bins just below or just above an equal share, stratum by stratum."""
    bins = roots.size - 1

    def follow(cuts: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(cuts) == classes - 1:
            if cuts[-1] < bins:
                yield cuts
            return
        start = cuts[-1] if cuts else 0
        rise = roots[1:] - roots[start]
        below = int(((rise > 0) & (rise < share)).sum())
        for width in (below, below + 1):
            if width > 0 and start + width <= bins:
                yield from follow((*cuts, start + width))

    return follow(())


def _checked(x: npt.ArrayLike, classes: int, *, least: int = 1) -> Floats:
    if not isinstance(classes, Integral) or classes < least:
        raise AllocationError("boundaries.classes", classes=classes, least=least)
    values = np.sort(np.asarray(x, dtype=np.float64).reshape(-1))
    if values.size == 0 or not np.isfinite(values).all():
        raise AllocationError("boundaries.values")
    distinct = int(np.count_nonzero(np.diff(values))) + 1
    if distinct < classes:
        raise AllocationError("boundaries.distinct", classes=classes, found=distinct)
    return values
