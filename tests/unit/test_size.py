"""Sizes agree with exact binomial arithmetic and with published simulations."""

import math

import pytest

from sampling.errors import PlanError
from sampling.size import (
    binomial_plan,
    chance_established,
    design_effect,
    effective_size,
    households_for,
    upper_bound,
    zero_bound,
)


def at_most(c: int, n: int, p: float) -> float:
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(c + 1))


@pytest.mark.parametrize(
    ("p1", "alpha", "beta", "n", "c"), [(0.005, 0.05, 0.20, 386, 3), (0.01, 0.10, 0.10, 945, 13)]
)
def test_exact_plans_for_two_per_cent(p1, alpha, beta, n, c):
    """Anchor figures of the planning rules, design effect 1, checked by exact binomial sums."""
    plan = binomial_plan(0.02, p1, alpha=alpha, beta=beta)
    assert (plan.n, plan.c) == (n, c)
    assert plan.clears_bad == pytest.approx(at_most(c, n, 0.02))
    assert plan.fails_good == pytest.approx(1 - at_most(c, n, p1))
    assert plan.clears_bad <= alpha < at_most(c, n - 1, 0.02)
    assert plan.fails_good <= beta


def test_no_smaller_plan_would_do():
    plan = binomial_plan(0.02, 0.005, alpha=0.05, beta=0.20)
    for n in range(1, plan.n):
        clears = [c for c in range(10) if at_most(c, n, 0.02) <= 0.05]
        assert not clears or at_most(max(clears), n, 0.005) < 0.80


def test_nothing_found_needs_149_for_two_per_cent():
    assert zero_bound(149) < 0.02 <= zero_bound(148)
    assert zero_bound(0) == 1


def test_three_hundred_households_in_ten_villages_are_worth_about_122():
    assert effective_size(300, deff=design_effect(30, 0.05)) == pytest.approx(122.4, abs=0.1)


def test_the_design_effect_never_helps():
    assert design_effect(0.5, 0.2) == 1
    assert design_effect(16, 0.05) == pytest.approx(1.75)


def test_households_for_undoes_effective_size():
    drawn = households_for(386, deff=1.75, response=0.9)
    assert drawn == math.ceil(386 * 1.75 / 0.9)
    assert effective_size(drawn, deff=1.75, response=0.9) >= 386
    assert households_for(386, deff=1, population=500) == math.ceil(386 / 1.77)


def test_the_upper_bound_is_clopper_pearson():
    bound = upper_bound(3, 386)
    assert at_most(3, 386, bound) == pytest.approx(0.05, abs=1e-9)
    assert upper_bound(0, 149) == pytest.approx(zero_bound(149))
    assert upper_bound(5, 5) == 1


@pytest.mark.parametrize(
    ("households", "villages", "icc", "p1", "simulated"),
    [
        (500, 30, 0.05, 0.003, 0.75),
        (500, 30, 0.05, 0.005, 0.55),
        (500, 30, 0.05, 0.010, 0.22),
        (1000, 40, 0.05, 0.003, 0.88),
        (1000, 40, 0.05, 0.005, 0.75),
        (1200, 60, 0.05, 0.003, 0.93),
        (1200, 60, 0.05, 0.005, 0.85),
        (1200, 60, 0.05, 0.010, 0.47),
        (1000, 40, 0.03, 0.005, 0.80),
    ],
)
def test_the_chance_to_establish_is_near_published_simulations(
    households, villages, icc, p1, simulated
):
    """Simulated registers with risk three times as high in remote villages, 90 % response.

    Tolerance .06: standard error of the simulation .02 to .03, and the approximation. Weights
    were nearly equal there (Kish factor 1.06); with unequal persons the chance is smaller.
    """
    chance = chance_established(
        households, villages, p0=0.02, p1=p1, icc=icc, response=0.9, strata=3, unequal=1.06
    )
    assert chance == pytest.approx(simulated, abs=0.06)


def test_the_chance_rises_with_size_and_falls_with_the_truth():
    def chance(households=480, villages=30, p1=0.005, icc=0.05):
        return chance_established(households, villages, p0=0.02, p1=p1, icc=icc, strata=3)

    assert chance(households=960, villages=60) > chance()
    assert chance(villages=60) > chance()
    assert chance(p1=0.003) > chance() > chance(p1=0.01)
    assert chance(icc=0.02) > chance() > chance(icc=0.10)


def test_a_sample_too_small_to_show_anything_has_no_chance():
    assert chance_established(150, 30, p0=0.02, p1=0.001, icc=0.05, strata=3) == 0
    assert chance_established(150, 3, p0=0.02, p1=0.001, icc=0.05, strata=3) == 0


def test_rates_out_of_order_are_refused():
    with pytest.raises(PlanError) as refused:
        binomial_plan(0.01, 0.02, alpha=0.05, beta=0.2)
    assert refused.value.code == "size.order"
    with pytest.raises(PlanError) as refused:
        binomial_plan(0.02, 0.01, alpha=0, beta=0.2)
    assert refused.value.code == "size.range"
