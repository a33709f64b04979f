"""Shares are exact, respect floor and ceiling, and agree with published allocations."""

import math

import pytest

from sampling.allocation import equal, power, proportional, remote, share
from sampling.errors import AllocationError


def test_proportional_agrees_with_a_published_allocation():
    """Six strata, n = 3000: R 4.2.2, PracTools 1.7.5 strAlloc(alloc = "prop"), before rounding
    as in `exact`. Two units are left after rounding down; they go to the largest remainders, the
    second and the fifth stratum."""
    sizes = dict(zip("abcdef", (9863000, 6783000, 5657000, 3366000, 2728000, 1103000), strict=True))
    exact = [1003.01694915254, 689.796610169491, 575.28813559322, 342.305084745763,
             277.423728813559, 112.169491525424]  # fmt: skip
    shared = proportional(sizes, 3000)
    assert list(shared.values()) == [1003, 690, 575, 342, 278, 112]
    assert sum(shared.values()) == 3000
    for n_h, quota in zip(shared.values(), exact, strict=True):
        assert n_h in (math.floor(quota), math.ceil(quota))


def test_remote_factor_is_the_ratio_of_rates():
    sizes = {"near": 40_000, "middle": 40_000, "remote": 40_000}
    classes = {"near": 1, "middle": 2, "remote": 3}
    shared = remote(sizes, 3_000, classes=classes, factor=2)
    assert shared["remote"] / shared["near"] == pytest.approx(2, abs=0.01)
    assert shared["middle"] / shared["near"] == pytest.approx(math.sqrt(2), abs=0.01)
    assert sum(shared.values()) == 3_000


def test_a_single_class_is_shared_in_proportion():
    assert remote({"a": 10, "b": 30}, 8, classes={"a": 1, "b": 1}) == {"a": 2, "b": 6}


def test_the_excess_of_a_full_stratum_is_shared_again():
    shared = proportional({"big": 900, "small": 100}, 60, caps={"big": 20, "small": 50})
    assert shared == {"big": 20, "small": 40}


def test_the_minimum_is_held_and_paid_for_by_the_others():
    shared = proportional(
        {"a": 970, "b": 20, "c": 10}, 30, minimum=2, caps=dict.fromkeys("abc", 30)
    )
    assert shared == {"a": 26, "b": 2, "c": 2}


def test_a_stratum_smaller_than_the_minimum_is_taken_whole():
    shared = proportional({"a": 500, "b": 500}, 12, minimum=5, caps={"a": 50, "b": 1})
    assert shared == {"a": 11, "b": 1}


def test_floor_and_ceiling_hold_together():
    """A full stratum frees units only after the minimum has taken some: both at once."""
    caps = {"a": 3, "b": 40, "c": 40}
    assert share({"a": 90, "b": 9, "c": 1}, 20, caps=caps, minimum=2) == {"a": 3, "b": 15, "c": 2}


def test_power_lies_between_equal_and_proportional():
    sizes = {"a": 8100, "b": 100}
    assert power(sizes, 100, exponent=1) == proportional(sizes, 100)
    assert power(sizes, 100, exponent=0.5) == {"a": 90, "b": 10}
    assert power(sizes, 100, exponent=0) == equal(sizes, 100) == {"a": 50, "b": 50}


def test_ties_go_to_the_larger_then_to_the_first():
    assert share({"a": 1, "b": 1}, 3, caps={"a": 9, "b": 9}) == {"a": 2, "b": 1}
    assert share({"a": 1, "b": 3}, 2, caps={"a": 9, "b": 9}) == {"a": 0, "b": 2}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"n": 41, "caps": {"a": 20, "b": 20}}, "allocation.too_many"),
        ({"n": 3, "caps": {"a": 20, "b": 20}, "minimum": 2}, "allocation.too_few"),
        ({"n": -1, "caps": {"a": 20, "b": 20}}, "allocation.negative"),
        (
            {"n": 30, "caps": {"a": 20, "b": 20}, "weights": {"a": 1, "b": 0}},
            "allocation.no_weight",
        ),
    ],
)
def test_what_cannot_be_shared_is_refused(arguments, code):
    weights = arguments.pop("weights", {"a": 1, "b": 1})
    with pytest.raises(AllocationError) as refused:
        share(weights, arguments.pop("n"), **arguments)
    assert refused.value.code == code


def test_a_class_or_factor_that_makes_no_sense_is_refused():
    with pytest.raises(AllocationError) as refused:
        remote({"a": 10}, 5, classes={"a": 1}, factor=0)
    assert refused.value.code == "allocation.factor"
    with pytest.raises(AllocationError) as refused:
        remote({"a": 10, "b": 5}, 5, classes={"a": 1})
    assert refused.value.code == "allocation.class_missing"
