"""How a sample is shared among strata; every sum is exact.

A rule turns the sizes of the strata into weights; `share` turns weights into whole numbers that
add up, respect a minimum and never exceed what a stratum holds.
"""

from collections.abc import Mapping
from fractions import Fraction

from sampling.errors import AllocationError

Weight = int | float | Fraction

ROUNDED = 12
"""Decimals kept of irrational weights, so that mathematical libraries cannot differ."""


def proportional(
    sizes: Mapping[str, int], n: int, *, minimum: int = 0, caps: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Share n among strata in proportion to their size.

    n_h is proportional to N_h, rounded by largest remainder.

    Parameters
    ----------
    sizes : N_h, size of each stratum (count or any whole measure)
    n : units to share (count)
    minimum : units that each stratum gets at least, as far as it holds them (count)
    caps : units that each stratum holds (count); the sizes themselves if not given

    Returns
    -------
    n_h per stratum (count), in the order of `sizes`; sums to n

    Raises
    ------
    AllocationError : n exceeds what the strata hold, or falls short of the minimum

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.5.

    Examples
    --------
    >>> proportional({"plain": 6000, "hill": 3000, "relocated": 1000}, 300)
    {'plain': 180, 'hill': 90, 'relocated': 30}
    """
    return share(sizes, n, caps=caps or sizes, minimum=minimum)


def equal(
    sizes: Mapping[str, int], n: int, *, minimum: int = 0, caps: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Give every stratum the same number of units, as far as it holds them.

    Examples
    --------
    >>> equal({"plain": 6000, "hill": 3000, "relocated": 40}, 300)
    {'plain': 130, 'hill': 130, 'relocated': 40}
    """
    return share(
        {h: int(size > 0) for h, size in sizes.items()}, n, caps=caps or sizes, minimum=minimum
    )


def power(
    sizes: Mapping[str, int],
    n: int,
    *,
    exponent: float = 0.5,
    minimum: int = 0,
    caps: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Share n in proportion to N_h to a power: 1 is proportional, 0 is equal.

    A power below 1 favours small strata, whether near or remote.

    References
    ----------
    Bankier (1988), Power allocations, The American Statistician 42, 174-177.

    Examples
    --------
    >>> power({"plain": 6400, "hill": 2500, "relocated": 100}, 280)
    {'plain': 160, 'hill': 100, 'relocated': 20}
    """
    weights = {h: _rounded(float(size) ** exponent) if size else 0 for h, size in sizes.items()}
    return share(weights, n, caps=caps or sizes, minimum=minimum)


def remote(
    sizes: Mapping[str, int],
    n: int,
    *,
    classes: Mapping[str, int],
    factor: float = 2.0,
    minimum: int = 0,
    caps: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Share n so that the sampling rate rises evenly from the nearest to the remotest class.

    n_h is proportional to f^((c - 1) / (C - 1)) N_h for class c of C; with f = 2 a household of
    the remotest class is twice as likely to be visited as one of the nearest.

    Parameters
    ----------
    sizes : N_h, size of each stratum (count or any whole measure)
    n : units to share (count)
    classes : remoteness class of each stratum, 1 = near; C is the largest of them
    factor : f, rate in the remotest class over the rate in the nearest, > 0
    minimum, caps : as for `proportional`

    Returns
    -------
    n_h per stratum (count), in the order of `sizes`; sums to n

    Raises
    ------
    AllocationError : a stratum without class, a factor that is not positive, or n out of reach

    Examples
    --------
    >>> remote({"near": 4000, "middle": 3000, "remote": 3000}, 300,
    ...        classes={"near": 1, "middle": 2, "remote": 3}, factor=4)
    {'near': 54, 'middle': 82, 'remote': 164}
    """
    if not factor > 0:
        raise AllocationError("allocation.factor", value=factor)
    for h in sizes:
        if h not in classes:
            raise AllocationError("allocation.class_missing", stratum=h)
    steps = max((classes[h] for h in sizes), default=1) - 1
    weights = {
        h: size * (_rounded(factor ** ((classes[h] - 1) / steps)) if steps else 1)
        for h, size in sizes.items()
    }
    return share(weights, n, caps=caps or sizes, minimum=minimum)


def share(
    weights: Mapping[str, Weight], n: int, *, caps: Mapping[str, int], minimum: int = 0
) -> dict[str, int]:
    """Share n by weight between a floor and a ceiling, exactly.

    Every stratum gets λ times its weight, raised to the minimum or lowered to its cap; λ is the
    one number for which the quotas add up to n, so what a full stratum cannot take is shared
    again among the others. Quotas are rounded by largest remainder; ties go to the larger
    weight, then to the stratum named first.

    Parameters
    ----------
    weights : share of each stratum, any unit, >= 0
    n : units to share (count)
    caps : units that each stratum holds (count)
    minimum : units that each stratum gets at least, or all of them where it holds fewer (count)

    Returns
    -------
    n_h per stratum (count), in the order of `weights`; sums to n

    Raises
    ------
    AllocationError : a negative number, n above the sum of caps or below that of the minima, or
        units left over that only strata without weight could take
    """
    for name, value in (("n", n), ("minimum", minimum), *caps.items(), *weights.items()):
        if value < 0:
            raise AllocationError("allocation.negative", name=name, value=value)
    low = {h: min(minimum, caps[h]) for h in weights}
    high = {h: caps[h] for h in weights}
    if n > sum(high.values()):
        raise AllocationError("allocation.too_many", n=n, capacity=sum(high.values()))
    if n < sum(low.values()):
        raise AllocationError(
            "allocation.too_few",
            n=n,
            strata=len(low),
            minimum=minimum,
            needed=sum(low.values()),
        )
    exact = {h: Fraction(weight) for h, weight in weights.items()}
    quotas = _quotas(exact, n, low=low, high=high)
    shared = {h: int(quota) for h, quota in quotas.items()}
    place = {h: position for position, h in enumerate(weights)}
    by_remainder = sorted(quotas, key=lambda h: (shared[h] - quotas[h], -exact[h], place[h]))
    for h in by_remainder[: n - sum(shared.values())]:
        shared[h] += 1
    return shared


def _quotas(
    weights: dict[str, Fraction], n: int, *, low: dict[str, int], high: dict[str, int]
) -> dict[str, Fraction]:
    def at(level: Fraction) -> dict[str, Fraction]:
        return {
            h: min(max(level * w, Fraction(low[h])), Fraction(high[h])) for h, w in weights.items()
        }

    bends = sorted(
        {bound[h] / w for h, w in weights.items() if w for bound in (low, high)} | {Fraction(0)}
    )
    totals = [sum(at(bend).values()) for bend in bends]
    if totals[-1] < n:
        idle = next(h for h, w in weights.items() if not w and low[h] < high[h])
        raise AllocationError("allocation.no_weight", stratum=idle)
    upper = next(i for i, total in enumerate(totals) if total >= n)
    if totals[upper] == n:
        return at(bends[upper])
    rise = (totals[upper] - totals[upper - 1]) / (bends[upper] - bends[upper - 1])
    return at(bends[upper - 1] + (n - totals[upper - 1]) / rise)


def _rounded(weight: float) -> Fraction:
    return Fraction(repr(round(weight, ROUNDED)))
