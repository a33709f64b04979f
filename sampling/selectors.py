"""Selectors of fixed size with exact first-order inclusion probabilities.

Sizes are whole numbers and probabilities are fractions, so nothing is rounded before the very
end and every machine selects the same units.
"""

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from sampling.errors import DrawError

HILBERT_ORDER = 16
"""Bits a coordinate on the Hilbert curve: 65,536 cells along the longer side of the box."""

DEGREES = 100_000
"""Coordinates are rounded to 1/100,000 of a degree, about a metre, before they are compared."""


def pps_probabilities(sizes: Sequence[int], n: int) -> list[Fraction]:
    """Compute inclusion probabilities proportional to size for a fixed number of units.

    A unit whose share reaches 1 is certain and leaves the rest to share what remains; this is
    repeated until no further unit reaches 1.

    Parameters
    ----------
    sizes : (n_units,) whole numbers >= 0, size measure; a unit of size 0 is never drawn
    n : units to draw (count), at most the units of positive size

    Returns
    -------
    (n_units,) π in [0, 1]; sums to n exactly; 1 = certainty

    Raises
    ------
    DrawError : n exceeds the units that can be drawn, or a negative size

    References
    ----------
    Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 3.6.2.

    Examples
    --------
    >>> [str(p) for p in pps_probabilities([60, 20, 10, 10], 2)]
    ['1', '1/2', '1/4', '1/4']
    """
    for size in sizes:
        if size < 0:
            raise DrawError("selectors.size", value=size)
    drawable = sum(size > 0 for size in sizes)
    if n > drawable:
        raise DrawError("selectors.too_many", n=n, units=drawable)
    certain: set[int] = set()
    while True:
        left = n - len(certain)
        total = sum(size for i, size in enumerate(sizes) if i not in certain)
        reached = {
            i for i, size in enumerate(sizes) if i not in certain and size and left * size >= total
        }
        if not left or not reached:
            break
        certain |= reached
    return [
        Fraction(1) if i in certain else Fraction(left * size, total) if left else Fraction(0)
        for i, size in enumerate(sizes)
    ]


def pps_systematic(probabilities: Sequence[Fraction], *, start: Fraction) -> list[int]:
    """Select systematically along the given order: unit i is hit by start, start + 1, …

    Certain units are taken first and do not take part in the walk.

    Parameters
    ----------
    probabilities : (n_units,) π in [0, 1] in the order to walk, their sum a whole number
    start : random start in [0, 1)

    Returns
    -------
    positions of the selected units: the certain ones, then the others, each along the order

    Raises
    ------
    DrawError : start outside [0, 1)

    References
    ----------
    Madow (1949), On the theory of systematic sampling II, Ann. Math. Stat. 20, 333-354.

    Examples
    --------
    >>> pps_systematic(pps_probabilities([60, 20, 10, 10], 2), start=Fraction(6, 10))
    [0, 2]
    """
    if not 0 <= start < 1:
        raise DrawError("selectors.start", value=start)
    certain = [i for i, p in enumerate(probabilities) if p == 1]
    walk = [i for i, p in enumerate(probabilities) if 0 < p < 1]
    ends = list(accumulate(probabilities[i] for i in walk))
    hits = range(int(ends[-1])) if ends else range(0)
    return certain + [walk[bisect_right(ends, start + hit)] for hit in hits]


def srswor(units: int, n: int) -> list[Fraction]:
    """Compute the equal inclusion probabilities n / N of simple random sampling.

    Examples
    --------
    >>> [str(p) for p in srswor(4, 2)]
    ['1/2', '1/2', '1/2', '1/2']
    """
    if n > units:
        raise DrawError("selectors.too_many", n=n, units=units)
    return [Fraction(n, units)] * units


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
    rows = [round(lat * DEGREES) for lat, _ in points]
    columns = [round(lon * DEGREES) for _, lon in points]
    side = max(max(rows) - min(rows), max(columns) - min(columns), 1)
    cells = (1 << HILBERT_ORDER) - 1
    return [
        _hilbert_index((x - min(columns)) * cells // side, (y - min(rows)) * cells // side)
        for x, y in zip(columns, rows, strict=True)
    ]


def _hilbert_index(x: int, y: int) -> int:
    index = 0
    step = 1 << (HILBERT_ORDER - 1)
    while step:
        right, up = int(bool(x & step)), int(bool(y & step))
        index += step * step * ((3 * right) ^ up)
        if not up:
            if right:
                x, y = ~x, ~y
            x, y = y, x
        step >>= 1
    return index
