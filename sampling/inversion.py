"""Which shares can stand behind an interval as it was printed.

Bounds follow from the share and the effective size alone. Whoever reads both bounds and the size
knows the share more closely than its own rounding tells, so an attacker is given that too.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sampling.interval_columns import ON_EFFECTIVE_N
from sampling.intervals import bounds_at

STEPS = 40


@dataclass(frozen=True)
class Range:
    """Two ends of what is not known more closely."""

    low: float
    high: float


def shares_behind(
    share: Range, *, low: Range, high: Range, n_eff: Range, level: float, method: str
) -> Range:
    """Narrow a share by the bounds printed beside it.

    Bounds rise with the share; a larger effective size draws both towards it. A method that does
    not rest on the effective size narrows nothing.

    Parameters
    ----------
    share : as its own rounding leaves it, a fraction
    low, high : each bound, as its rounding leaves it
    n_eff : effective size, as its rounding leaves it
    level : two-sided

    Examples
    --------
    >>> low, high = bounds_at(0.01226, 300.5, level=0.9, method="korn-graubard")
    >>> f"{low:.5f} {high:.5f}"
    '0.00396 0.02876'
    >>> found = shares_behind(
    ...     Range(0.01225, 0.01235),
    ...     low=Range(0.0039, 0.004),
    ...     high=Range(0.0287, 0.0288),
    ...     n_eff=Range(300, 301),
    ...     level=0.9,
    ...     method="korn-graubard",
    ... )
    >>> f"{found.low:.6f} {found.high:.6f}"
    '0.012250 0.012300'
    """
    if method not in ON_EFFECTIVE_N or share.low <= 0 or share.high >= 1 or n_eff.low <= 0:
        return share

    def bound(which: int, size: float) -> Callable[[float], float]:
        return lambda p: bounds_at(p, size, level=level, method=method)[which]

    least = max(
        _first(bound(0, n_eff.high), low.low, share), _first(bound(1, n_eff.low), high.low, share)
    )
    most = min(
        _first(bound(0, n_eff.low), low.high, share), _first(bound(1, n_eff.high), high.high, share)
    )
    return Range(least, most) if least <= most else share


def _first(bound: Callable[[float], float], value: float, inside: Range) -> float:
    """Where a rising bound first reaches a value; an end of the range where it does not cross."""
    low, high = inside.low, inside.high
    if bound(low) >= value:
        return low
    if bound(high) <= value:
        return high
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if bound(middle) < value else (low, middle)
    return low
