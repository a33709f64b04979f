"""Optimal allocations agree with the textbook, respect their limits, and refuse the impossible."""

import math

import pytest
from frames import village_frame

from sampling.bethel import Target, bethel
from sampling.design import strata
from sampling.errors import AllocationError, PlanError
from sampling.optimal import cost_optimal, exact_shares, fixed_cost, fixed_variance, neyman
from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.village_allocation import unit_costs

SIZES = {"plain": 6000, "hill": 3000, "relocated": 1000}
SPREADS = {"plain": 0.10, "hill": 0.20, "relocated": 0.30}
COSTS = {"plain": 40.0, "hill": 60.0, "relocated": 200.0}


def variance(n, sizes=SIZES, spreads=SPREADS):
    """Of the stratified mean, textbook form."""
    total = sum(sizes.values())
    return sum((sizes[h] / total) ** 2 * spreads[h] ** 2 * (1 / n[h] - 1 / sizes[h]) for h in sizes)


def county(*changes):
    frozen = freeze(Plan().override(changes), village_frame(160))
    return {part.code[-1]: part.n for part in strata(frozen.plan, frozen.villages)}


def test_neyman_gives_the_worked_example():
    assert neyman(SIZES, SPREADS, 300) == {"plain": 120, "hill": 120, "relocated": 60}


def test_neyman_fills_a_small_stratum_and_shares_the_rest():
    shared = neyman(SIZES, SPREADS, 300, caps={"plain": 6000, "hill": 3000, "relocated": 20})
    assert shared == {"plain": 140, "hill": 140, "relocated": 20}


def test_no_single_exchange_improves_on_neyman():
    shared = neyman(SIZES, SPREADS, 297)
    least = variance(shared)
    for here in SIZES:
        for there in SIZES:
            if here != there:
                other = shared | {here: shared[here] - 1, there: shared[there] + 1}
                assert variance(other) >= least * (1 - 1e-4)


def test_dear_units_are_drawn_less():
    shared = cost_optimal(
        {"near": 5000, "remote": 5000}, {"near": 0.1, "remote": 0.1},
        {"near": 100, "remote": 900}, 400,
    )  # fmt: skip
    assert shared == {"near": 300, "remote": 100}


def test_a_budget_is_never_exceeded_and_hardly_left():
    found = fixed_cost(SIZES, SPREADS, COSTS, 30_000)
    assert found.cost <= 30_000 < found.cost + max(COSTS.values())
    assert found.variance == pytest.approx(variance(found.n))
    assert math.fsum(found.exact[h] * COSTS[h] for h in SIZES) == pytest.approx(30_000)
    assert found.to_polars()["n"].sum() == found.total


def test_a_variance_is_reached_and_not_by_one_unit_fewer():
    wanted = 0.0005**2 * 30
    found = fixed_variance(SIZES, SPREADS, COSTS, wanted)
    assert found.variance <= wanted
    assert found.total - 4 <= sum(found.exact.values()) <= found.total
    fewer = cost_optimal(SIZES, SPREADS, COSTS, found.total - 1)
    assert variance(fewer) > wanted


def test_exact_shares_are_those_before_rounding():
    exact = exact_shares(SIZES, SPREADS, 301, costs=COSTS)
    rounded = cost_optimal(SIZES, SPREADS, COSTS, 301)
    assert math.fsum(exact.values()) == pytest.approx(301)
    assert all(abs(exact[h] - rounded[h]) < 1 for h in SIZES)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: neyman(SIZES, SPREADS, 10_001), "allocation.too_many"),
        (lambda: neyman(SIZES, SPREADS, 0), "allocation.none"),
        (lambda: neyman(SIZES, {"plain": 0.1, "hill": 0.2}, 30), "allocation.no_spread"),
        (lambda: neyman(SIZES, SPREADS | {"hill": float("nan")}, 30), "allocation.no_spread"),
        (lambda: neyman({"plain": 0}, {}, 1), "allocation.empty"),
        (lambda: neyman(SIZES | {"hill": -1}, SPREADS, 30), "allocation.negative"),
        (lambda: cost_optimal(SIZES, SPREADS, COSTS | {"hill": 0}, 30), "allocation.no_cost"),
        (lambda: fixed_cost(SIZES, SPREADS, COSTS, 500, minimum=2), "allocation.budget"),
        (lambda: fixed_variance(SIZES, SPREADS, COSTS, 0), "allocation.variance"),
        (
            lambda: fixed_variance(
                SIZES, SPREADS, COSTS, 1e-9, caps=dict.fromkeys(SIZES, 5)
            ),
            "allocation.out_of_reach",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_allocated_is_refused(call, code):
    with pytest.raises(AllocationError) as refused:
        call()
    assert refused.value.code == code


def test_an_empty_stratum_gets_nothing():
    assert neyman(SIZES | {"gone": 0}, SPREADS, 30)["gone"] == 0


# --- several targets -----------------------------------------------------------------------


def test_one_target_is_met_as_cheaply_as_the_formula_does():
    """With one variable Bethel's optimum is the closed form of Cochran, section 5.9."""
    wanted = 0.004**2
    closed = fixed_variance(SIZES, SPREADS, COSTS, wanted)
    found = bethel(SIZES, {}, {"y": SPREADS}, [Target("y", se=0.004)], costs=COSTS, minimum=1)
    for h in SIZES:
        assert found.exact[h] == pytest.approx(closed.exact[h], rel=1e-3)
    assert found.reached[0].se <= 0.004
    assert found.cost <= closed.cost


def test_every_target_is_met_and_one_of_them_binds():
    means = {
        "poor": {"plain": 0.01, "hill": 0.02, "relocated": 0.04},
        "income": dict.fromkeys(SIZES, 9.0),
    }
    spreads = {"poor": SPREADS, "income": dict.fromkeys(SIZES, 4.0)}
    targets = [
        Target("poor", cv=0.3), Target("income", cv=0.03), Target("poor", se=0.02, domain="new"),
    ]  # fmt: skip
    found = bethel(SIZES, means, spreads, targets, costs=COSTS, domains={"new": ["relocated"]})
    assert [one.used <= 1 + 1e-9 for one in found.reached] == [True] * 3
    assert max(one.used for one in found.reached) > 0.98
    assert found.reached[0].cv <= 0.3
    assert found.reached[2].se <= 0.02
    assert found.total == found.to_polars()["n"].sum()


def test_no_feasible_neighbour_is_cheaper_than_bethel():
    spreads = {"a": SPREADS, "b": {"plain": 0.5, "hill": 0.1, "relocated": 0.1}}
    targets = [Target("a", se=0.006), Target("b", se=0.02)]
    found = bethel(SIZES, {}, spreads, targets, costs=COSTS, minimum=1)
    for h in SIZES:
        fewer = found.n | {h: found.n[h] - 1}
        worse = [
            variance(fewer, spreads=spreads[k]) > se**2 for k, se in (("a", 0.006), ("b", 0.02))
        ]
        assert any(worse)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"targets": [Target("y", se=0.001)], "caps": dict.fromkeys(SIZES, 9)},
         "allocation.target_out_of_reach"),
        ({"targets": [Target("y", se=0.01, domain="moon")]}, "allocation.domain"),
        ({"targets": [Target("z", se=0.01)]}, "allocation.figure_missing"),
        ({"targets": [Target("y", cv=0.1)]}, "allocation.figure_missing"),
        ({"targets": [Target("y")]}, "allocation.target"),
        ({"targets": [Target("y", se=0.01, cv=0.1)]}, "allocation.target"),
        ({"targets": []}, "allocation.empty"),
        ({"costs": COSTS | {"hill": -1.0}}, "allocation.no_cost"),
    ],
)  # fmt: skip
def test_targets_that_cannot_be_met_or_read_are_refused(changes, code):
    arguments = {"targets": [Target("y", se=0.01)]} | changes
    targets = arguments.pop("targets")
    with pytest.raises(AllocationError) as refused:
        bethel(SIZES, {}, {"y": SPREADS}, targets, **arguments)
    assert refused.value.code == code


# --- in a plan -----------------------------------------------------------------------------


def test_villages_follow_the_spread_of_their_class():
    even = county("stage1.allocation=neyman", "allocation.rates=[0.01]")
    rising = county("stage1.allocation=neyman", "allocation.rates=[0.003, 0.005, 0.02]")
    assert sum(even.values()) == sum(rising.values()) == 30
    assert rising["3"] > even["3"]
    assert rising["1"] < even["1"]


def test_given_spreads_replace_those_of_the_rates():
    given = county("stage1.allocation=neyman", "allocation.spreads=[1, 1, 4]")
    assert given["3"] > 15


def test_dear_villages_are_drawn_less():
    changes = ["stage1.allocation=cost", "allocation.rates=[0.01]"]
    same = county(*changes, "allocation.village_costs=[500]")
    dear = county(*changes, "allocation.village_costs=[500, 500, 4500]",
                  "allocation.household_costs=[20]")  # fmt: skip
    assert sum(dear.values()) == 30
    assert dear["3"] < same["3"]


def test_targets_decide_how_many_villages_a_county_needs():
    changes = ["stage1.allocation=bethel", "allocation.rates=[0.003, 0.005, 0.01]",
               "stage1.villages=all"]  # fmt: skip
    loose = county(*changes, "allocation.cv.county=0.6")
    tight = county(*changes, "allocation.cv.county=0.5")
    remote = county(*changes, "allocation.cv.county=0.6", "allocation.se.class-3=0.005")
    assert sum(loose.values()) < sum(tight.values())
    assert remote["3"] > loose["3"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (["allocation.se.county=0.004"], "allocation.villages"),
        (["allocation.se.county=0.0004", "stage1.villages=all"], "allocation.target_out_of_reach"),
        (["allocation.se.class-5=0.01"], "allocation.no_target"),
        (["allocation.rates=[0.01, 0.01]", "allocation.se.county=0.01"], "allocation.figures"),
    ],
)
def test_plans_that_no_county_can_follow_say_what_to_change(change, code):
    wanted = ["stage1.allocation=bethel", "allocation.rates=[0.003, 0.005, 0.01]", *change]
    with pytest.raises(AllocationError) as refused:
        county(*wanted)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        (["stage1.allocation=neyman"], "allocation.rates"),
        (["stage1.allocation=cost", "allocation.rates=[0.01]"], "allocation.village_costs"),
        (["stage1.allocation=bethel", "allocation.rates=[0.01]"], "allocation.cv"),
        (["stage1.allocation=bethel", "allocation.spreads=[0.1]", "allocation.cv.county=0.2"],
         "allocation.rates"),
    ],
)  # fmt: skip
def test_a_rule_without_its_figures_is_refused_by_key(changes, key):
    with pytest.raises(PlanError) as refused:
        Plan().override(changes)
    assert refused.value.code == "plan.allocation_needs"
    assert refused.value.details["key"] == key


def test_costs_are_read_by_class_and_absent_without_figures():
    assert unit_costs(Plan(), "420528", 1) is None
    plan = Plan().override(["allocation.village_costs=[500, 900]"])
    assert unit_costs(plan, "420528", 2) == (900, 0)


TWO, SPREAD, PRICES = {"a": 100, "b": 200}, {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 4.0}


@pytest.mark.parametrize("budget", [math.nan, math.inf, 0.0, -1.0])
def test_a_budget_that_is_none_is_refused(budget):
    with pytest.raises(AllocationError) as refused:
        fixed_cost(TWO, SPREAD, PRICES, budget)
    assert refused.value.code == "allocation.no_budget"


@pytest.mark.parametrize("n", [math.nan, 1.5, 0, -1])
def test_a_number_to_draw_that_is_none_is_refused(n):
    with pytest.raises(AllocationError) as refused:
        neyman(TWO, SPREAD, n)
    assert refused.value.code == "allocation.none"


def test_caps_are_given_for_every_stratum_or_none():
    targets = [Target("y", se=0.5)]
    for call in (
        lambda: neyman(TWO, SPREAD, 3, caps={"a": 3}),
        lambda: bethel(TWO, {"y": SPREAD}, {"y": SPREAD}, targets, caps={"a": 3}),
    ):
        with pytest.raises(AllocationError) as refused:
            call()
        assert refused.value.code == "allocation.no_cap"
