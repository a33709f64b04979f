"""Classes of remoteness and types of village: how an index is cut, and what becomes of small parts.

Everything is done for many counties at once; the functions without groups treat one county.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sampling.errors import PlanError
from sampling.groups import Groups

Array = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]

BINS = 60
"""Bins of the histogram whose cumulated root frequencies are cut."""

Step = tuple[int, int, int]
"""Class that was joined, its villages, and the class it joined."""

Part = tuple[int, ...]
"""Types of village that make one stratum of a class, ascending."""

TypeStep = tuple[Part, int, Part]
"""Part that was joined, its villages, and the part it joined."""


def dalenius_hodges(index: Array, households: Array, classes: int) -> Classes:
    """Cut an index into classes of equal cumulated root frequency of households.

    The range of the index is divided into 60 bins; equal values fall into the same bin and so
    into the same class.

    Parameters
    ----------
    index : (n_villages,) float
    households : (n_villages,) households of each village (count), >= 0, not all 0
    classes : classes wanted (count)

    Returns
    -------
    (n_villages,) class, 1 = smallest index; fewer classes than wanted where there are not
    enough distinct values, numbered without gaps

    Raises
    ------
    PlanError : an index that is not finite, or households below 0 or all 0

    References
    ----------
    Dalenius and Hodges (1959), J. Amer. Statist. Assoc. 54, 88-101; Cochran (1977), section 5A.7.

    Examples
    --------
    >>> dalenius_hodges(np.array([0.1, 0.2, 0.5, 0.6, 0.9, 1.0]), np.ones(6), 3).tolist()
    [1, 1, 2, 2, 3, 3]
    """
    return cum_root_f_within(Groups.single(len(index)), index, households, classes)


def cum_root_f_within(groups: Groups, index: Array, households: Array, classes: int) -> Classes:
    """Cut the index of each group as `dalenius_hodges` cuts one.

    Parameters
    ----------
    groups : which rows are one county
    index, households, classes : as for `dalenius_hodges`

    Examples
    --------
    >>> counties = Groups.of(np.array([0, 0, 0, 1, 1, 1]))
    >>> index = np.array([0.1, 0.5, 0.9, 10.0, 90.0, 95.0])
    >>> cum_root_f_within(counties, index, np.ones(6), 2).tolist()
    [1, 2, 2, 1, 2, 2]
    """
    if not np.isfinite(index).all():
        raise PlanError("remoteness.index_not_finite")
    if not (households >= 0).all() or not np.add.reduceat(households, groups.starts).all():
        raise PlanError("remoteness.no_households")
    low = np.minimum.reduceat(index, groups.starts)
    width = np.maximum.reduceat(index, groups.starts) - low
    width[width == 0] = 1.0
    of_row = groups.of_row
    bins = np.minimum(((index - low[of_row]) / width[of_row] * BINS).astype(np.int64), BINS - 1)
    frequency = np.bincount(of_row * BINS + bins, weights=households, minlength=len(groups) * BINS)
    roots = np.sqrt(frequency).reshape(len(groups), BINS)
    middle = np.cumsum(roots, axis=1) - roots / 2
    total = np.sum(roots, axis=1, keepdims=True)
    numbers = np.floor(middle / total * classes).astype(np.int64)
    return groups.without_gaps(numbers[of_row, bins])


def merge_small(classes: Classes, minimum: int) -> tuple[Classes, list[Step]]:
    """Join classes with too few villages to the next nearer class.

    The remotest such class is joined first; the nearest class, having no nearer one, joins the
    next remoter. Classes are numbered without gaps afterwards.

    Parameters
    ----------
    classes : (n_villages,) class, 1 = near
    minimum : villages that a class must have (count)

    Returns
    -------
    (n_villages,) class, and (class joined, its villages, class it joined) as numbered before

    Examples
    --------
    >>> merge_small(np.array([1, 1, 2, 2, 3]), 2)
    (array([1, 1, 2, 2, 2]), [(3, 1, 2)])
    """
    merged, steps = merge_small_within(Groups.single(len(classes)), classes, minimum)
    return merged, steps.get(0, [])


def merge_small_within(
    groups: Groups, classes: Classes, minimum: int
) -> tuple[Classes, dict[int, list[Step]]]:
    """Join the small classes of each group as `merge_small` does in one.

    Returns
    -------
    (n_villages,) class, and group -> steps where there were any

    Examples
    --------
    >>> counties = Groups.of(np.array([0, 0, 0, 1, 1, 1, 1]))
    >>> merge_small_within(counties, np.array([1, 1, 2, 1, 1, 2, 2]), 2)
    (array([1, 1, 1, 1, 1, 2, 2]), {0: [(2, 1, 1)]})
    """
    counts = groups.tally(classes, int(classes.max()) + 1)
    home = np.tile(np.arange(counts.shape[1]), (len(groups), 1))
    found: dict[int, list[Step]] = {}
    for group in np.flatnonzero(((counts > 0) & (counts < minimum)).any(axis=1)).tolist():
        steps = _nearer(counts[group].tolist(), minimum)
        for joined, _, into in steps:
            home[group][home[group] == joined] = into
        if steps:
            found[group] = steps
    return groups.without_gaps(home[groups.of_row, classes]), found


def merge_types_within(
    cells: Groups, types: npt.NDArray[np.integer], minimum: int
) -> tuple[list[tuple[Part, ...]], dict[int, list[TypeStep]]]:
    """Join types with too few villages to other types of the same county and class.

    The type with the fewest villages joins the one with the next fewest (the lower number where
    they are equal), until every part has enough villages or one part is left.

    Parameters
    ----------
    cells : which villages are one county and class
    types : (n_villages,) type of each village, 0, 1, …
    minimum : villages that a part must have (count)

    Returns
    -------
    for each cell its parts, ascending; and cell -> steps where there were any

    Examples
    --------
    >>> cells = Groups.of(np.array([0, 0, 0, 0, 0, 1, 1, 1]))
    >>> parts, steps = merge_types_within(cells, np.array([0, 1, 1, 2, 2, 0, 0, 2]), 2)
    >>> parts
    [((0, 1), (2,)), ((0, 2),)]
    >>> steps
    {0: [((0,), 1, (1,))], 1: [((2,), 1, (0,))]}
    """
    counts = cells.tally(types, int(types.max()) + 1)
    parts: list[tuple[Part, ...]] = []
    found: dict[int, list[TypeStep]] = {}
    for cell, row in enumerate(counts.tolist()):
        size: dict[Part, int] = {(kind,): count for kind, count in enumerate(row) if count}
        steps: list[TypeStep] = []
        while len(size) > 1:
            least, next_least = sorted(size, key=lambda part: (size[part], part))[:2]
            if size[least] >= minimum:
                break
            steps.append((least, size[least], next_least))
            size[tuple(sorted(least + next_least))] = size.pop(least) + size.pop(next_least)
        parts.append(tuple(sorted(size)))
        if steps:
            found[cell] = steps
    return parts, found


def _nearer(counts: Sequence[int], minimum: int) -> list[Step]:
    """Which class joins which, and with how many villages, one after another."""
    size = {number: count for number, count in enumerate(counts) if count}
    steps: list[Step] = []
    while len(size) > 1 and min(size.values()) < minimum:
        present = sorted(size)
        place = max(place for place, number in enumerate(present) if size[number] < minimum)
        joined, into = present[place], present[place - 1] if place else present[1]
        steps.append((joined, size[joined], into))
        size[into] += size.pop(joined)
    return steps
