"""Which neighbouring strata share a weighting cell, because one alone has too few respondents."""

from collections.abc import Sequence

MINIMUM_CELL = 20


def joined_cells(counts: Sequence[int], *, minimum: int = MINIMUM_CELL) -> list[list[int]]:
    """Join neighbouring strata until every weighting cell has enough respondents.

    The smallest cell joins its smaller neighbour, again and again, up to a single cell.

    Parameters
    ----------
    counts : (strata,) respondents of each stratum in code order (count)
    minimum : respondents a cell must have (count)

    Returns
    -------
    positions of the strata of each cell, in order

    Examples
    --------
    >>> joined_cells([30, 12, 9, 40])
    [[0], [1, 2], [3]]
    """
    cells = [[position] for position in range(len(counts))]
    sizes = list(counts)
    while len(cells) > 1 and min(sizes) < minimum:
        here = sizes.index(min(sizes))
        sides = [side for side in (here - 1, here + 1) if 0 <= side < len(cells)]
        low, high = sorted((here, min(sides, key=lambda side: sizes[side])))
        cells[low] += cells.pop(high)
        sizes[low] += sizes.pop(high)
    return cells
