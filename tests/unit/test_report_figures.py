"""Rounding on paper: outward for intervals, and never across the threshold."""

from __future__ import annotations

import random

import pytest

from report_templates import figures
from report_templates.figures import Rule, lower, plain, rounded, upper

BELOW = Rule(0.02, strict=True, direction="below")
UP_TO = Rule(0.02, strict=False, direction="below")
FROM = Rule(0.9, strict=False, direction="above")
ABOVE = Rule(0.9, strict=True, direction="above")


@pytest.mark.parametrize(
    ("rate", "rule", "printed"),
    [
        (0.00412, BELOW, "0.41%"),
        (0.01996, BELOW, "1.996%"),
        (39 / 1951, BELOW, "1.999%"),
        (0.01999999, BELOW, "1.999999%"),
        (0.02, BELOW, "2.00%"),
        (0.02, UP_TO, "2.00%"),
        (0.020004, BELOW, "2.00%"),
        (0.020004, UP_TO, "2.0004%"),
        (0.9, FROM, "90.00%"),
        (0.89996, FROM, "89.996%"),
        (0.90004, ABOVE, "90.004%"),
        (0.90004, FROM, "90.00%"),
    ],
)
def test_an_estimate_is_printed_on_its_own_side(rate: float, rule: Rule, printed: str) -> None:
    assert str(rounded(rate, rule)) == printed


def test_equality_follows_the_rule_book() -> None:
    assert not BELOW.met(0.02)
    assert UP_TO.met(0.02)
    assert FROM.met(27 / 30)
    assert not ABOVE.met(27 / 30)
    assert (BELOW.sign, UP_TO.sign, FROM.sign, ABOVE.sign) == ("<", "≤", "≥", ">")


@pytest.mark.parametrize(
    ("rate", "low", "high"),
    [(0.00157, "0.15", "0.16"), (0.0, "0.00", "0.00"), (0.020001, "2.00", "2.01")],
)
def test_an_interval_is_rounded_outward(rate: float, low: str, high: str) -> None:
    assert lower(rate, BELOW).figure == low
    assert upper(rate, BELOW).figure == high


def test_an_established_bound_is_not_printed_as_reaching_the_threshold() -> None:
    assert upper(0.019971, BELOW).figure == "1.998"
    assert lower(0.90004, ABOVE).figure == "90.004"


def test_ends_stay_within_zero_and_one() -> None:
    assert lower(-0.001).figure == "0.00"
    assert upper(1.2).figure == "100.00"


@pytest.mark.parametrize("rule", [BELOW, UP_TO, FROM, ABOVE])
def test_no_rounding_contradicts_a_finding_near_the_threshold(rule: Rule) -> None:
    chance = random.Random(20200630)
    for _ in range(2000):
        rate = round(rule.threshold + chance.choice((-1, 1)) * 10 ** chance.uniform(-9, -3), 10)
        for printed in (rounded(rate, rule), lower(rate, rule), upper(rate, rule)):
            assert rule.met(printed.rate) == rule.met(rate)
        assert lower(rate, rule).rate <= figures.exact(rate) <= upper(rate, rule).rate


def test_the_shared_axis_counts_disapproval() -> None:
    assert BELOW.relative(0.01) == pytest.approx(0.5)
    assert FROM.relative(0.95) == pytest.approx(0.5)
    assert FROM.relative(0.8) == pytest.approx(2.0)


def test_a_threshold_is_printed_with_the_decimals_it_has() -> None:
    assert [plain(rate) for rate in (0.02, 0.9, 0.005, 0.1)] == ["2%", "90%", "0.5%", "10%"]
    assert figures.count(1466) == "1,466"
