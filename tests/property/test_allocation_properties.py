"""Whatever the strata: sums exact, limits held, Neyman never worse than proportional."""

import math

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sampling.allocation import proportional
from sampling.bethel import Target, bethel
from sampling.optimal import exact_shares, fixed_cost, fixed_variance, neyman

steady = settings(deadline=None, derandomize=True)

STRATA = st.lists(
    st.tuples(st.integers(2, 5_000), st.floats(0.01, 10), st.floats(1, 500)),
    min_size=1,
    max_size=8,
)


def named(strata):
    """Sizes, spreads and costs by name of the stratum."""
    columns = list(zip(*strata, strict=True))
    return [{f"h{k}": one for k, one in enumerate(column)} for column in columns]


def variance(n, sizes, spreads):
    return math.fsum((sizes[h] * spreads[h]) ** 2 / n[h] for h in sizes if n[h])


@steady
@given(STRATA, st.data())
def test_neyman_sums_exactly_within_its_limits(strata, data):
    sizes, spreads, _ = named(strata)
    minimum = data.draw(st.integers(0, 2))
    n = data.draw(st.integers(max(1, minimum * len(sizes)), sum(sizes.values())))
    shared = neyman(sizes, spreads, n, minimum=minimum)
    assert sum(shared.values()) == n
    assert all(minimum <= shared[h] <= sizes[h] for h in sizes)


@steady
@given(STRATA, st.integers(1, 400))
def test_neyman_is_never_worse_than_proportional(strata, n):
    """Before rounding, where the claim is exact."""
    sizes, spreads, _ = named(strata)
    best = exact_shares(sizes, spreads, n)
    plain = exact_shares(sizes, None, n)
    assert variance(best, sizes, spreads) <= variance(plain, sizes, spreads) * (1 + 1e-9)


@steady
@given(STRATA, st.integers(2, 40))
def test_rounded_neyman_is_hardly_worse_than_proportional(strata, per_stratum):
    """A unit a stratum more or less is all that rounding can cost."""
    sizes, spreads, _ = named(strata)
    n = min(per_stratum * len(sizes), sum(sizes.values()))
    best = neyman(sizes, spreads, n, minimum=1)
    plain = proportional(sizes, n, minimum=1)
    allowance = max(1 + 1 / best[h] for h in sizes)
    assert variance(best, sizes, spreads) <= variance(plain, sizes, spreads) * allowance


@steady
@given(STRATA, st.floats(0.01, 0.9))
@example([(3, 1.0, 1.0), (29, 0.015625, 1.0), (49, 1.0, 1.0)], 0.5)
@example([(119, 1.0, 48.0), (153, 4.0, 4.0)], 0.0625)
@example(
    [(4, 0.0625, 17), (2, 1, 1), (2, 1, 1), (4, 1, 55), (550, 1, 171), (1417, 1, 5)],
    0.5,
)
def test_budgets_and_variances_are_kept(strata, part):
    """Also where a small stratum is due less than a unit, or costs differ much."""
    sizes, spreads, costs = named(strata)
    one_each, everybody = sum(costs.values()), sum(sizes[h] * costs[h] for h in sizes)
    budget = one_each + part * (everybody - one_each)
    bought = fixed_cost(sizes, spreads, costs, budget)
    assert bought.cost <= budget * (1 + 1e-9)
    assert all(1 <= bought.n[h] <= sizes[h] for h in sizes)
    assert math.isfinite(bought.variance)

    if bought.variance > 0:
        same = fixed_variance(sizes, spreads, costs, bought.variance * (1 + 1e-9))
        assert same.variance <= bought.variance * (1 + 1e-8)
        assert same.total <= bought.total


@settings(steady, max_examples=40)
@given(STRATA, st.lists(st.floats(0.05, 0.9), min_size=1, max_size=4))
def test_bethel_meets_every_target_within_the_frame(strata, parts):
    """Targets are shares of the standard error of two units a stratum."""
    sizes, spreads, costs = named(strata)
    total = sum(sizes.values())
    worst = math.sqrt(sum((sizes[h] * spreads[h]) ** 2 / 2 for h in sizes)) / total
    targets = [Target("y", se=worst * part) for part in parts]
    found = bethel(sizes, {}, {"y": spreads}, targets, costs=costs)
    assert all(one.used <= 1 + 1e-9 for one in found.reached)
    assert all(min(2, sizes[h]) <= found.n[h] <= sizes[h] for h in sizes)
    assert found.cost <= sum(costs[h] * (found.exact[h] + 1) for h in sizes)
