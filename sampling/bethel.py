"""Bethel allocation: the cheapest sample that is precise enough for several figures at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
import numpy.typing as npt
import polars as pl

from sampling.errors import AllocationError

Floats = npt.NDArray[np.float64]

GAP = 1e-6
"""Share of the cost by which a solution may miss the least one."""

OVERALL = "all"
"""Name of the domain that holds every stratum."""


@dataclass(frozen=True)
class Target:
    """How precise one figure must be in one domain; either relative or absolute.

    Parameters
    ----------
    variable : name of the figure
    cv : largest relative standard error of its mean
    se : largest standard error of its mean, in its unit
    domain : name of the domain; "all" holds every stratum
    """

    variable: str
    cv: float | None = None
    se: float | None = None
    domain: str = OVERALL


@dataclass(frozen=True)
class Reached:
    """What the whole numbers of an allocation reach for one target.

    Parameters
    ----------
    variable, domain : as in the target
    cv, se : relative and absolute standard error; cv infinite where the mean is 0
    used : variance as a share of the largest allowed, at most 1; near 1 = the target binds
    """

    variable: str
    domain: str
    cv: float
    se: float
    used: float


@dataclass(frozen=True)
class Bethel:
    """The cheapest allocation for several targets.

    Parameters
    ----------
    exact : n_h per stratum, not whole, minima and caps respected
    n : n_h per stratum (count)
    cost : of `n`, in the unit of the costs
    reached : one for each target, in their order
    """

    exact: dict[str, float]
    n: dict[str, int]
    cost: float
    reached: tuple[Reached, ...]

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


def bethel(
    sizes: Mapping[str, int],
    means: Mapping[str, Mapping[str, float]],
    spreads: Mapping[str, Mapping[str, float]],
    targets: Sequence[Target],
    *,
    costs: Mapping[str, float] | None = None,
    domains: Mapping[str, Sequence[str]] | None = None,
    minimum: int = 2,
    caps: Mapping[str, int] | None = None,
    weights: Mapping[str, Mapping[str, float]] | None = None,
    fpc: bool = True,
) -> Bethel:
    """Find the cheapest allocation under which every target is met.

    The variance of the mean of a variable in a domain is Σ W_h² S_h² (1/n_h - 1/N_h), W_h being
    the stratum's share of the domain. Minimised is Σ c_h n_h, by maximising its Lagrangian dual,
    which shows how far from the least cost a solution can be.

    Parameters
    ----------
    sizes : N_h (count)
    means : variable -> mean per stratum, needed for targets given as `cv`
    spreads : variable -> standard deviation per stratum
    targets : at least one
    costs : cost of one unit per stratum (any one unit); None = all the same
    domains : name -> its strata; "all" need not be given
    minimum : units that each non-empty stratum gets at least, as far as it holds them (count)
    caps : units that each stratum holds (count); the sizes themselves if not given
    weights : variable -> what the strata of a domain count in its mean; the sizes for a variable
        that is not there
    fpc : take credit for a large share drawn; without it the 1/N_h is left out

    Returns
    -------
    exact and whole numbers, in the order of `sizes`

    Raises
    ------
    AllocationError : a target that not even all units reach, an unknown variable or domain, a
        target without precision, a missing or negative spread, or costs that are not positive

    References
    ----------
    Bethel (1989), Sample allocation in multivariate surveys, Survey Methodology 15, 47-57;
    Chromy (1987), Proc. Section on Survey Research Methods, ASA, 194-199.

    Examples
    --------
    >>> found = bethel(
    ...     {"near": 5000, "remote": 5000},
    ...     {"income": {"near": 10.0, "remote": 8.0}, "poor": {"near": 0.01, "remote": 0.03}},
    ...     {"income": {"near": 4.0, "remote": 4.0}, "poor": {"near": 0.1, "remote": 0.17}},
    ...     [Target("income", cv=0.02), Target("poor", cv=0.3, domain="far")],
    ...     costs={"near": 100, "remote": 300},
    ...     domains={"far": ["remote"]},
    ... )
    >>> found.n
    {'near': 182, 'remote': 334}
    >>> [round(one.cv, 4) for one in found.reached]
    [0.02, 0.2995]
    """
    names = [h for h, size in sizes.items() if size]
    if not names or not targets:
        raise AllocationError("allocation.empty")
    prices = _positive(names, costs, "allocation.no_cost")
    count = np.array([sizes[h] for h in names], dtype=np.float64)
    for h in names:
        if caps and h not in caps:
            raise AllocationError("allocation.no_cap", stratum=h)
    holds = np.array([(caps or sizes)[h] for h in names], dtype=np.float64)
    low = np.minimum(float(max(minimum, 1)), holds)
    shares = {one.variable: count for one in targets} | {
        variable: np.array([of.get(h, 0.0) for h in names], dtype=np.float64)
        for variable, of in (weights or {}).items()
    }
    rows = [
        _row(one, names, shares[one.variable], means, spreads, domains or {}) for one in targets
    ]
    loads = np.array([row.load for row in rows])
    allowed = np.array([row.allowed for row in rows])
    relief = loads @ (1 / count) if fpc else np.zeros(len(rows))
    loads = loads / (allowed + relief)[:, None]
    _refuse_unreachable(targets, loads, holds)
    exact = _least_cost(loads, prices, low, holds)
    whole = _whole(loads, prices, exact, low, holds)
    variance = (loads @ (1 / whole)) * (allowed + relief) - relief
    each = zip(targets, rows, variance.clip(0.0), allowed, strict=True)
    reached = tuple(
        Reached(
            one.variable,
            one.domain,
            cv=sqrt(found) / abs(row.mean) if row.mean else float("inf"),
            se=sqrt(found),
            used=float(found / most),
        )
        for one, row, found, most in each
    )
    by_name = dict(zip(names, exact.tolist(), strict=True))
    drawn = dict(zip(names, whole.astype(np.int64).tolist(), strict=True))
    return Bethel(
        exact={h: by_name.get(h, 0.0) for h in sizes},
        n={h: drawn.get(h, 0) for h in sizes},
        cost=float(prices @ whole),
        reached=reached,
    )


@dataclass(frozen=True, eq=False)
class _Row:
    """One target: what each stratum adds to the variance at n_h = 1, and what is allowed."""

    load: Floats
    allowed: float
    mean: float


def _row(
    target: Target,
    names: Sequence[str],
    count: Floats,
    means: Mapping[str, Mapping[str, float]],
    spreads: Mapping[str, Mapping[str, float]],
    domains: Mapping[str, Sequence[str]],
) -> _Row:
    what = f"{target.variable} / {target.domain}"
    inside = np.ones(len(names), dtype=bool)
    if target.domain in domains:
        inside = np.isin(names, list(domains[target.domain]))
    elif target.domain != OVERALL:
        raise AllocationError("allocation.domain", domain=target.domain)
    if (target.cv is None) == (target.se is None):
        raise AllocationError("allocation.target", target=what)
    inside &= count > 0
    if not inside.any():
        raise AllocationError("allocation.domain", domain=target.domain)
    share = np.where(inside, count, 0.0) / count[inside].sum()
    spread = _known(spreads, target.variable, names, inside)
    if (spread < 0).any():
        raise AllocationError("allocation.negative", name=what, value=float(spread.min()))
    mean = 0.0
    if target.cv is not None or target.variable in means:
        mean = float(share @ _known(means, target.variable, names, inside))
    wanted = target.se if target.se is not None else abs(mean) * (target.cv or 0.0)
    if not wanted > 0 or not isfinite(wanted):
        raise AllocationError("allocation.target", target=what)
    return _Row((share * spread) ** 2, wanted**2, mean)


def _known(
    figures: Mapping[str, Mapping[str, float]],
    variable: str,
    names: Sequence[str],
    inside: npt.NDArray[np.bool_],
) -> Floats:
    """(strata,) figures of a variable, 0 outside a domain; refuse what is missing."""
    of = figures.get(variable, {})
    for h, needed in zip(names, inside.tolist(), strict=True):
        if needed and not (h in of and isfinite(of[h])):
            raise AllocationError("allocation.figure_missing", variable=variable, stratum=h)
    values = [of[h] if needed else 0.0 for h, needed in zip(names, inside.tolist(), strict=True)]
    return np.array(values, dtype=np.float64)


def _positive(names: Sequence[str], costs: Mapping[str, float] | None, code: str) -> Floats:
    if costs is None:
        return np.ones(len(names))
    for h in names:
        if not costs.get(h, 0.0) > 0 or not isfinite(costs[h]):
            raise AllocationError(code, stratum=h, value=costs.get(h, 0.0))
    return np.array([costs[h] for h in names], dtype=np.float64)


def _refuse_unreachable(targets: Sequence[Target], loads: Floats, holds: Floats) -> None:
    best = loads @ (1 / holds)
    worst = int(best.argmax())
    if best[worst] > 1 + 1e-9:
        one = targets[worst]
        wanted = one.se if one.se is not None else one.cv
        raise AllocationError(
            "allocation.target_out_of_reach",
            variable=one.variable,
            domain=one.domain,
            target=wanted,
            reached=float((wanted or 0.0) * sqrt(best[worst])),
        )


def _least_cost(loads: Floats, prices: Floats, low: Floats, high: Floats) -> Floats:
    """Minimise prices @ n subject to loads @ (1/n) <= 1 and low <= n <= high.

    For multipliers m the Lagrangian is least at n = √(m @ loads / prices), clipped; its value
    bounds the least cost from below and is concave in m. Multipliers are scaled so that 1 is
    right for a target that stood alone.
    """
    from scipy.optimize import minimize

    scale = np.maximum(np.sqrt(loads * prices).sum(axis=1) ** 2, 1e-300)

    def at(m: Floats) -> Floats:
        n: Floats = np.clip(np.sqrt((m * scale) @ loads / prices), low, high)
        return n

    def negative_dual(m: Floats) -> tuple[float, Floats]:
        n = at(m)
        used = loads @ (1 / n)
        value = float(prices @ n + (m * scale) @ (used - 1))
        unit = float(prices @ high)
        return -value / unit, -(scale * (used - 1)) / unit

    start = np.full(scale.size, 1.0 / scale.size)
    m = start
    for _ in range(20):
        found = minimize(
            negative_dual,
            m,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, None)] * scale.size,
            options={"maxiter": 2000, "ftol": 1e-16, "gtol": 1e-14},
        )
        m = found.x
        n = _feasible(loads, at(m), low, high)
        bound = -float(found.fun) * float(prices @ high)
        if prices @ n <= bound * (1 + GAP):
            return n
        m = m * np.sqrt(loads @ (1 / at(m)))  # Chromy's step, which leaves a flat place
    raise AllocationError("allocation.no_optimum", gap=float(prices @ n / bound - 1))


def _feasible(loads: Floats, n: Floats, low: Floats, high: Floats) -> Floats:
    """Enlarge an allocation by the least common factor that meets every target."""
    if (loads @ (1 / n)).max() <= 1:
        return n
    below, above = 1.0, 2.0
    while (loads @ (1 / np.clip(n * above, low, high))).max() > 1 and above < 1e12:
        above *= 2
    for _ in range(60):
        middle = (below + above) / 2
        short = (loads @ (1 / np.clip(n * middle, low, high))).max() > 1
        below, above = (middle, above) if short else (below, middle)
    enlarged: Floats = np.clip(n * above, low, high)
    return enlarged


def _whole(loads: Floats, prices: Floats, n: Floats, low: Floats, high: Floats) -> Floats:
    """Round up, then take units away again, the dearest first, where no target needs them."""
    whole = np.minimum(np.ceil(n - 1e-9), high)
    for h in np.argsort(-prices, kind="stable"):
        fewer = whole.copy()
        fewer[h] -= 1
        if fewer[h] >= low[h] and (loads @ (1 / fewer)).max() <= 1 + 1e-12:
            whole = fewer
    return whole
