"""Sizes by formula: each inverts the precision it is made for; odd arguments are refused."""

import math

import pytest

from sampling.errors import PlanError
from sampling.intervals import wilson
from sampling.precision import (
    kish,
    optimal_cluster_size,
    size_for_cv,
    size_for_log_odds,
    size_for_wilson,
)
from sampling.size import effective_size, households_for, upper_bound, zero_bound


@pytest.mark.parametrize("population", [None, 500, 10_000])
def test_a_size_for_a_cv_has_that_cv(population):
    p, cv = 0.02, 0.3
    n = size_for_cv(p, cv, population=population)
    variance = p * (1 - p) / n
    if population:
        variance *= (population - n) / (population - 1)
    assert math.sqrt(variance) / p == pytest.approx(cv)


def test_a_finite_population_never_needs_more_than_all_of_it():
    assert size_for_cv(0.001, 0.01, population=800) < 800


@pytest.mark.parametrize(("p", "half_width"), [(0.015, 0.005), (0.5, 0.05), (0.97, 0.01)])
def test_wilsons_interval_has_the_width_wanted(p, half_width):
    found = size_for_wilson(p, half_width)
    assert wilson(p, found.n, level=0.95) == pytest.approx((found.low, found.high))
    assert (found.high - found.low) / 2 == pytest.approx(half_width)


@pytest.mark.parametrize(("p", "half_width"), [(0.015, 0.005), (0.3, 0.1), (0.9, 0.02)])
def test_the_log_odds_interval_has_the_width_wanted(p, half_width):
    n = size_for_log_odds(p, half_width, alpha=0.10)
    reach = 1.6448536269514722 / math.sqrt(n * p * (1 - p))
    centre = math.log(p / (1 - p))
    low, high = (1 / (1 + math.exp(-(centre + side * reach))) for side in (-1, 1))
    assert (high - low) / 2 == pytest.approx(half_width)


def test_no_other_take_is_better_for_the_budget():
    best = optimal_cluster_size(600, 40, 0.05, unit_relvariance=65, budget=100_000)
    assert best.cost == pytest.approx(100_000)
    for take in (best.households * 0.8, best.households * 1.25):
        villages = 100_000 / (600 + 40 * take)
        cv = math.sqrt(65 * (1 + 0.05 * (take - 1)) / (villages * take))
        assert cv > best.cv


def test_a_budget_and_the_cv_it_buys_are_two_sides_of_one_plan():
    bought = optimal_cluster_size(600, 40, 0.05, unit_relvariance=65, budget=100_000)
    asked = optimal_cluster_size(600, 40, 0.05, unit_relvariance=65, cv=bought.cv)
    assert asked.cost == pytest.approx(bought.cost)
    assert asked.villages == pytest.approx(bought.villages)


def test_kish_counts_unequal_weights_only():
    assert kish([3, 3, 3]) == 1
    assert kish([1, 3]) == pytest.approx(1.25)
    assert kish([10, 30]) == pytest.approx(kish([1, 3]))


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: size_for_cv(0, 0.1), "size.range"),
        (lambda: size_for_cv(0.1, float("nan")), "size.range"),
        (lambda: size_for_cv(0.1, 0.1, population=1), "size.range"),
        (lambda: size_for_wilson(0.1, 0.5), "size.range"),
        (lambda: size_for_log_odds(1, 0.1), "size.range"),
        (lambda: optimal_cluster_size(600, 40, 0, unit_relvariance=65, cv=0.1), "size.range"),
        (lambda: optimal_cluster_size(600, 40, 0.1, unit_relvariance=65), "size.one_of"),
        (lambda: optimal_cluster_size(600, 40, 0.1, unit_relvariance=65, cv=0.1, budget=9),
         "size.one_of"),
        (lambda: kish([]), "size.weights"),
        (lambda: kish([1, 0]), "size.weights"),
        (lambda: kish([1, float("nan")]), "size.weights"),
    ],
)  # fmt: skip
def test_impossible_sizes_are_refused(call, code):
    with pytest.raises(PlanError) as refused:
        call()
    assert refused.value.code == code


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: effective_size(math.nan, deff=1),
        lambda: effective_size(10, deff=0),
        lambda: effective_size(10, deff=1, response=0),
        lambda: households_for(math.nan, deff=1),
        lambda: households_for(10, deff=1, response=0),
        lambda: households_for(10, deff=1, population=0),
        lambda: zero_bound(math.nan),
        lambda: upper_bound(math.nan, 10),
    ],
)
def test_sizes_that_are_none_are_refused(wrong) -> None:
    with pytest.raises(PlanError):
        wrong()


def test_a_narrow_interval_of_wilson_is_sized_as_exactly_as_a_wide_one() -> None:
    narrow = size_for_wilson(0.1, 1e-9)
    assert narrow.n == pytest.approx(0.09 * 1.959963985**2 / 1e-18, rel=1e-6)
