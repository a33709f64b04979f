"""Optimal allocation for one variable: least variance for its cost, or least cost for a variance.

Strata get n_h in proportion to N_h S_h / √c_h, the size and spread of the stratum and what one
unit of it costs. `exact` values are the textbook's; whole numbers respect minima and caps, and
what a full stratum cannot take is shared again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, fsum, inf, isfinite, sqrt
from numbers import Integral

import polars as pl

from sampling.allocation import share
from sampling.errors import AllocationError


@dataclass(frozen=True)
class Optimal:
    """An optimal allocation, before and after rounding.

    Parameters
    ----------
    exact : n_h per stratum as the formula gives it, without minima and caps (count, not whole)
    n : n_h per stratum (count)
    cost : of `n`, in the unit of the costs
    variance : of the mean under `n`, with finite population correction, in the square of the
        unit of the spreads
    """

    exact: dict[str, float]
    n: dict[str, int]
    cost: float
    variance: float

    @property
    def total(self) -> int:
        """Units in all (count)."""
        return sum(self.n.values())

    def to_polars(self) -> pl.DataFrame:
        """One row a stratum: `stratum`, `exact`, `n`."""
        return pl.DataFrame(
            {
                "stratum": list(self.n),
                "exact": [self.exact[h] for h in self.n],
                "n": list(self.n.values()),
            },
            schema={"stratum": pl.String, "exact": pl.Float64, "n": pl.Int64},
        )


def neyman(
    sizes: Mapping[str, int],
    spreads: Mapping[str, float],
    n: int,
    *,
    minimum: int = 0,
    caps: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Share n households among strata so that the variance of the mean is least.

    n_h is proportional to N_h * S_h, rounded by largest remainder; a stratum never gets
    more than N_h, the excess being shared again.

    Parameters
    ----------
    sizes : N_h, households per stratum (count)
    spreads : S_h, standard deviation per stratum (unit of the study variable)
    n : households in all (count), 0 < n <= sum of sizes
    minimum : units that each stratum gets at least, as far as it holds them (count)
    caps : units that each stratum holds (count); the sizes themselves if not given

    Returns
    -------
    n_h per stratum (count), in the order of `sizes`; sums to n

    Raises
    ------
    AllocationError : n exceeds the frame, or a non-empty stratum has no spread

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.5.

    Examples
    --------
    >>> neyman({"plain": 6000, "hill": 3000, "relocated": 1000},
    ...        {"plain": 0.10, "hill": 0.20, "relocated": 0.30}, n=300)
    {'plain': 120, 'hill': 120, 'relocated': 60}
    """
    return cost_optimal(sizes, spreads, None, n, minimum=minimum, caps=caps)


def cost_optimal(
    sizes: Mapping[str, int],
    spreads: Mapping[str, float],
    costs: Mapping[str, float] | None,
    n: int,
    *,
    minimum: int = 0,
    caps: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Share n units so that no other n units of the same cost have a smaller variance.

    n_h is proportional to N_h S_h / √c_h.

    Parameters
    ----------
    sizes, spreads, n, minimum, caps : as for `neyman`
    costs : c_h, cost of one unit per stratum (any one unit); None = all the same

    Returns
    -------
    n_h per stratum (count), in the order of `sizes`; sums to n

    Raises
    ------
    AllocationError : n exceeds the frame, or a non-empty stratum has no spread or no cost

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.5, theorem 5.6.

    Examples
    --------
    >>> cost_optimal({"near": 5000, "remote": 5000}, {"near": 0.1, "remote": 0.1},
    ...              {"near": 100, "remote": 400}, 300)
    {'near': 200, 'remote': 100}
    """
    if not isinstance(n, Integral) or n <= 0:
        raise AllocationError("allocation.none", n=n)
    weights = _weights(sizes, spreads, costs)
    _refuse_gaps(sizes, caps)
    return share(
        {h: Fraction(weight) for h, weight in weights.items()},
        n,
        caps=caps or sizes,
        minimum=minimum,
    )


def exact_shares(
    sizes: Mapping[str, int],
    spreads: Mapping[str, float] | None,
    n: float,
    *,
    costs: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Share n as the formula says: not rounded, without minima and caps.

    Parameters
    ----------
    sizes : N_h (count)
    spreads : S_h; None = proportional allocation
    n : units to share (count)
    costs : c_h; None = all the same

    Examples
    --------
    >>> exact_shares({"plain": 6000, "hill": 3000}, {"plain": 0.1, "hill": 0.3}, 10)
    {'plain': 4.0, 'hill': 6.0}
    """
    if not 0 < n < inf:
        raise AllocationError("allocation.none", n=n)
    weights = _weights(sizes, spreads or dict.fromkeys(sizes, 1.0), costs)
    total = fsum(weights.values())
    return {h: n * weight / total for h, weight in weights.items()}


def fixed_cost(
    sizes: Mapping[str, int],
    spreads: Mapping[str, float],
    costs: Mapping[str, float],
    budget: float,
    *,
    minimum: int = 1,
    caps: Mapping[str, int] | None = None,
) -> Optimal:
    """Find the allocation of least variance that a budget pays for.

    n = C Σ N_h S_h / √c_h / Σ N_h S_h √c_h units in all; the whole numbers never cost more than
    the budget.

    Parameters
    ----------
    sizes, spreads, costs, caps : as for `cost_optimal`
    budget : C, in the unit of the costs
    minimum : units of each non-empty stratum, at least 1: without one the variance is infinite

    Returns
    -------
    exact and whole numbers, in the order of `sizes`

    Raises
    ------
    AllocationError : the budget is not positive, or does not pay for the minimum of each
        stratum, or a non-empty stratum has no spread or no cost

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.5; Valliant, Dever and Kreuter
    (2018), Practical Tools for Designing and Weighting Survey Samples, section 3.1.3.

    Examples
    --------
    >>> found = fixed_cost({"near": 5000, "remote": 5000}, {"near": 0.1, "remote": 0.1},
    ...                    {"near": 100, "remote": 400}, budget=60_000)
    >>> found.n, found.cost
    ({'near': 200, 'remote': 100}, 60000.0)
    """
    if not 0 < budget < inf:
        raise AllocationError("allocation.no_budget", budget=budget)
    weights = _weights(sizes, spreads, costs)
    _refuse_gaps(sizes, caps)
    holds = dict(caps or sizes)
    per_unit = fsum(weight * costs[h] for h, weight in weights.items() if weight)
    exact = {h: budget * weight / per_unit for h, weight in weights.items()}
    minimum = max(minimum, 1)
    least = {h: min(minimum, holds[h]) for h in weights}
    floor_cost = _cost(least, costs)
    if floor_cost > budget:
        raise AllocationError(
            "allocation.budget", budget=budget, minimum=minimum, needed=ceil(floor_cost)
        )

    def affordable(n: Mapping[str, int]) -> bool:
        return _cost(n, costs) <= budget * (1 + 1e-12)

    found, _ = _step(weights, least, holds, affordable)
    return _optimal(exact, found, sizes, spreads, costs)


def fixed_variance(
    sizes: Mapping[str, int],
    spreads: Mapping[str, float],
    costs: Mapping[str, float] | None,
    variance: float,
    *,
    minimum: int = 1,
    caps: Mapping[str, int] | None = None,
) -> Optimal:
    """Find the cheapest allocation under which the mean has at most a given variance.

    n = Σ W_h S_h √c_h Σ W_h S_h / √c_h / (V + Σ W_h S_h² / N) units in all, W_h = N_h / N; the
    whole numbers never exceed the variance.

    Parameters
    ----------
    sizes, spreads, caps : as for `cost_optimal`
    costs : c_h; None = all the same
    variance : V, of the mean, in the square of the unit of the spreads, > 0
    minimum : as for `fixed_cost`

    Returns
    -------
    exact and whole numbers, in the order of `sizes`

    Raises
    ------
    AllocationError : the variance is not positive, or not even all that the strata hold reach
        it, or a non-empty stratum has no spread or no cost

    References
    ----------
    Cochran (1977), Sampling Techniques, 3rd ed., section 5.9; Valliant, Dever and Kreuter
    (2018), section 3.1.3.

    Examples
    --------
    >>> found = fixed_variance({"near": 5000, "remote": 5000}, {"near": 0.1, "remote": 0.1},
    ...                        {"near": 100, "remote": 400}, variance=0.005 ** 2)
    >>> found.n, found.variance <= 0.005 ** 2
    ({'near': 289, 'remote': 145}, True)
    """
    if not variance > 0 or not isfinite(variance):
        raise AllocationError("allocation.variance", value=variance)
    weights = _weights(sizes, spreads, costs)
    _refuse_gaps(sizes, caps)
    holds = dict(caps or sizes)
    everybody = sum(sizes.values())
    prices = dict(costs) if costs is not None else dict.fromkeys(sizes, 1.0)
    per_price = fsum(weight * prices[h] for h, weight in weights.items() if weight)
    within = fsum(sizes[h] * spreads[h] ** 2 for h in weights if sizes[h])
    scale = per_price / (variance * everybody**2 + within)
    exact = {h: weight * scale for h, weight in weights.items()}
    reachable = _variance(holds, sizes, spreads)
    if reachable > variance * (1 + 1e-12):
        raise AllocationError("allocation.out_of_reach", target=variance, reached=reachable)

    least = {h: min(max(minimum, 1), holds[h]) for h in weights}

    def falls_short(n: Mapping[str, int]) -> bool:
        return _variance(n, sizes, spreads) > variance * (1 + 1e-12)

    _, found = _step(weights, least, holds, falls_short)
    return _optimal(exact, found, sizes, spreads, prices)


def _weights(
    sizes: Mapping[str, int], spreads: Mapping[str, float], costs: Mapping[str, float] | None
) -> dict[str, float]:
    """N_h S_h / √c_h, 0 for an empty stratum."""
    weights = {}
    for h, size in sizes.items():
        if not 0 <= size < inf:
            raise AllocationError("allocation.negative", name=h, value=size)
        if not size:
            weights[h] = 0.0
            continue
        spread = spreads.get(h, 0.0)
        if not spread > 0 or not isfinite(spread):
            raise AllocationError("allocation.no_spread", stratum=h, value=spread)
        price = 1.0 if costs is None else costs.get(h, 0.0)
        if not price > 0 or not isfinite(price):
            raise AllocationError("allocation.no_cost", stratum=h, value=price)
        weights[h] = size * spread / sqrt(price)
    if not any(weights.values()):
        raise AllocationError("allocation.empty")
    return weights


def _refuse_gaps(sizes: Mapping[str, int], caps: Mapping[str, int] | None) -> None:
    """Whoever gives caps gives one for every stratum."""
    for h in sizes:
        if caps and h not in caps:
            raise AllocationError("allocation.no_cap", stratum=h)


def _step(
    weights: Mapping[str, float],
    least: Mapping[str, int],
    holds: Mapping[str, int],
    condition: Callable[[Mapping[str, int]], bool],
) -> tuple[dict[str, int], dict[str, int]]:
    """Climb until a condition fails: the last whole numbers that keep it, the first that do not.

    Every step adds one unit, to the stratum that is due next by its weight (Webster's rounding),
    so that no stratum loses a unit to a larger sample: what keeps a budget and what reaches a
    variance lie on one staircase. Where nothing fails, both are all that the strata hold; where
    `least` does already, both are `least`.
    """

    def at(scale: float) -> dict[str, int]:
        return {
            h: max(least[h], floor(min(scale * weight + 0.5, holds[h])))
            for h, weight in weights.items()
        }

    if not condition(least):
        return dict(least), dict(least)
    high = max((holds[h] / weight for h, weight in weights.items() if weight), default=0.0)
    if condition(at(high)):
        return at(high), at(high)
    low = 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if condition(at(middle)) else (low, middle)
    below, above = at(low), at(high)
    for h in below:  # strata whose turn comes at the same scale: one after the other
        while below[h] < above[h]:
            further = below | {h: below[h] + 1}
            if not condition(further):
                return below, further
            below = further
    return below, above


def _cost(n: Mapping[str, int], costs: Mapping[str, float]) -> float:
    return fsum(count * costs[h] for h, count in n.items() if count)


def _variance(
    n: Mapping[str, int], sizes: Mapping[str, int], spreads: Mapping[str, float]
) -> float:
    """Variance of the stratified mean; infinite where a stratum with a spread has nobody."""
    total = sum(sizes.values())
    parts = []
    for h, size in sizes.items():
        if not size:
            continue
        if not n[h]:
            return float("inf")
        parts.append((size * spreads[h]) ** 2 * (1 / n[h] - 1 / size))
    return fsum(parts) / total**2


def _optimal(
    exact: dict[str, float],
    n: dict[str, int],
    sizes: Mapping[str, int],
    spreads: Mapping[str, float],
    costs: Mapping[str, float],
) -> Optimal:
    return Optimal(exact, n, cost=_cost(n, costs), variance=_variance(n, sizes, spreads))
