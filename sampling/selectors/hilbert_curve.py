"""Places on a Hilbert curve, in whole numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from sampling.selectors.probabilities import Positions

HILBERT_ORDER = 16
"""Bits a coordinate on the Hilbert curve: 65,536 cells along the longer side of the box."""

DEGREES = 100_000
"""Coordinates are rounded to 1/100,000 of a degree, about a metre, before they are compared."""


def hilbert(points: Sequence[tuple[float, float]]) -> list[int]:
    """Place points on a Hilbert curve, so that neighbours on the curve are neighbours on the map.

    The box around the points is divided into 65,536 cells along its longer side. Rounding happens
    once, to 1/100,000 of a degree; from there on everything is whole numbers.

    Parameters
    ----------
    points : (n_points, 2) latitude and longitude in degrees

    Returns
    -------
    (n_points,) position on the curve; equal for points that share a cell

    References
    ----------
    Hamilton and Rau-Chaplin (2008), Compact Hilbert indices, Inf. Process. Lett. 105, 155-163.

    Examples
    --------
    >>> hilbert([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    [0, 1431655765, 2863311530, 4294967295]
    """
    if not points:
        return []
    lat, lon = zip(*points, strict=True)
    return [int(place) for place in curve(lat, lon, [0, len(points)])]


def curve(lat: ArrayLike, lon: ArrayLike, bounds: ArrayLike) -> Positions:
    """Place the points of several groups, each on its own curve within its own box.

    Parameters
    ----------
    lat, lon : (n_points,) degrees, the points of a group together
    bounds : (groups + 1,) where each group begins, and the number of points; no group is empty

    Returns
    -------
    (n_points,) position on the curve of the point's group, as `hilbert`

    Examples
    --------
    >>> curve([0, 1, 5, 6], [0, 1, 5, 5], [0, 2, 4]).tolist()
    [0, 2863311530, 0, 1431655765]
    """
    edges = np.asarray(bounds, dtype=np.int64)
    cells = (1 << HILBERT_ORDER) - 1
    rows, columns = (np.rint(np.asarray(one) * DEGREES).astype(np.int64) for one in (lat, lon))
    counts = np.diff(edges)
    low_row, low_column = (np.minimum.reduceat(one, edges[:-1]) for one in (rows, columns))
    high_row, high_column = (np.maximum.reduceat(one, edges[:-1]) for one in (rows, columns))
    side = np.maximum(np.maximum(high_row - low_row, high_column - low_column), 1)
    side, low_row, low_column = (np.repeat(one, counts) for one in (side, low_row, low_column))
    return _index((columns - low_column) * cells // side, (rows - low_row) * cells // side)


def _index(x: Positions, y: Positions) -> Positions:
    index = np.zeros_like(x)
    step = 1 << (HILBERT_ORDER - 1)
    while step:
        right, up = (x & step) // step, (y & step) // step
        index += step * step * ((3 * right) ^ up)
        mirrored = (up == 0) & (right == 1)
        x, y = np.where(mirrored, ~x, x), np.where(mirrored, ~y, y)
        x, y = np.where(up == 0, y, x), np.where(up == 0, x, y)
        step >>= 1
    return index
