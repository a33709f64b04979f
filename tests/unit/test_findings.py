"""Findings at, near and far from a threshold; standing; what would change them."""

from fractions import Fraction
from itertools import product

import pytest

from sampling.findings import (
    Criterion,
    Finding,
    Footing,
    Rule,
    certain_level,
    exact,
    extension,
    finding,
    flip,
    meets,
    reversal,
    standing,
)
from sampling.intervals import clopper_pearson

BELOW = Rule("0.02", strict=True, direction="below")
APPROVAL = Rule("0.90", strict=False, direction="above")
FINDINGS: tuple[Finding, ...] = (
    "met_established",
    "met_open",
    "unmet_open",
    "unmet_established",
)


def a_footing(**changes: float | str) -> Footing:
    of = {"share": 0.005, "n_eff": 400.0, "step": 1 / 800, "households": 800, "villages": 40}
    return Footing(**(of | changes))  # type: ignore[arg-type] # of the fields


def judged(value: float, low: float, high: float, rule: Rule) -> Finding:
    return finding(
        value,
        low,
        high,
        threshold=rule.threshold,
        strict=rule.strict,
        direction=rule.direction,
    )


def test_jinggangshan_is_met_and_established() -> None:
    # Exit 2016: 28 persons of about 6,829, published 0.41 %; 10 households of 2,076.
    assert round(Fraction(28, 6829) * 100, 2) == Fraction(41, 100)
    assert [round(28 / rate) for rate in (0.00415, 0.00405)] == [6747, 6914]
    low, high = clopper_pearson(5, 1038, level=0.90)

    assert judged(28 / 6829, low, high, BELOW) == "met_established"


def test_equality_is_decided_by_the_rule_and_by_exact_counts() -> None:
    lenient = Rule("0.02", strict=False, direction="below")

    assert not meets(Fraction(40, 2000), BELOW)
    assert meets(Fraction(40, 2000), lenient)
    assert meets(Fraction(39, 1951), BELOW)
    assert meets(Fraction(39, 1951), lenient)
    assert f"{39 / 1951:.4f}" == "0.0200"  # what printing would have made of it


def test_a_float_that_should_be_the_threshold_is_the_threshold() -> None:
    weighted = sum([1.37 * 40]) / sum([1.37] * 2000)

    assert weighted != 0.02
    assert not meets(weighted, BELOW)
    assert exact(0.02) == Fraction(1, 50)


def test_approval_at_ninety_percent() -> None:
    strict = Rule("0.90", strict=True, direction="above")

    assert meets(Fraction(27, 30), APPROVAL)
    assert not meets(Fraction(27, 30), strict)


def test_nothing_found_in_ten_villages_stays_open() -> None:
    high = clopper_pearson(0, 300 / 2.45, level=0.90)[1]

    assert round(high, 4) == 0.0242
    assert judged(0.0, 0.0, high, BELOW) == "met_open"


def test_the_exits_of_2018_overlap_in_twelve_counties() -> None:
    # 283 counties: 245 without wrong exit, 256 without missed, 230 without either.
    assert [round(k / 283 * 100, 2) for k in (245, 256, 230)] == [86.57, 90.46, 81.27]
    assert (283 - 245) + (283 - 256) - (283 - 230) == 12


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        ((0.001, 0.019), "met_established"),
        ((0.001, 0.020), "met_open"),
        ((0.001, 0.021), "met_open"),
    ],
)
def test_a_bound_at_the_threshold_is_held_to_the_same_strictness(
    interval: tuple[float, float], expected: str
) -> None:
    assert judged(0.01, *interval, BELOW) == expected


def test_four_findings_on_both_sides_and_mirrored() -> None:
    cases = {
        "met_established": (0.01, 0.005, 0.015),
        "met_open": (0.01, 0.005, 0.03),
        "unmet_open": (0.025, 0.015, 0.04),
        "unmet_established": (0.03, 0.025, 0.04),
    }

    for expected, (value, low, high) in cases.items():
        assert judged(value, low, high, BELOW) == expected
        mirror = Rule("0.98", strict=True, direction="above")
        assert judged(1 - value, 1 - high, 1 - low, mirror) == expected


def test_all_combinations_of_four_findings_give_one_standing() -> None:
    for combination in product(FINDINGS, repeat=4):
        criteria = [
            Criterion(str(k), found, certain=found == "unmet_established")
            for k, found in enumerate(combination)
        ]

        verdict = standing(criteria)

        failed = [found for found in combination if found.startswith("unmet")]
        assert verdict.outcome == ("does_not_meet" if failed else "meets")
        assert verdict.established == combination.count("met_established")
        sure = (
            "unmet_established" in failed if failed else combination.count("met_established") == 4
        )
        assert verdict.standing == ("established" if sure else "open")


def test_a_failure_must_hold_at_the_level_that_allows_for_four_tries() -> None:
    verdict = standing([Criterion("wrong_exit_rate", "unmet_established", certain=False)])

    assert verdict.standing == "open"
    assert certain_level() == pytest.approx(0.9875)


def test_flip_is_the_first_household_that_changes_the_finding() -> None:
    footing = a_footing()
    found = flip(footing, BELOW)

    assert found is not None
    assert found.finding == "met_open"
    before = footing.at(footing.share + (found.households - 1) * footing.step, footing.n_eff)
    after = footing.at(footing.share + found.households * footing.step, footing.n_eff)
    assert before[2] < 0.02 <= after[2]


def test_reversal_reaches_the_threshold_itself_when_the_rule_is_strict() -> None:
    footing = a_footing()

    assert reversal(footing, BELOW) == 12  # 0.005 + 12/800 = 2 % exactly: not below
    assert reversal(footing, Rule("0.02", strict=False, direction="below")) == 13
    assert reversal(a_footing(share=0.03), BELOW) is None


def test_flip_of_approval_counts_households_that_disapprove() -> None:
    footing = Footing(
        share=0.04, n_eff=600.0, step=1 / 950, households=950, villages=30, mirrored=True
    )

    found = flip(footing, APPROVAL)

    assert found is not None
    assert found.finding == "met_open"
    value, low, _ = footing.at(footing.share + found.households / 950, footing.n_eff)
    assert low < 0.90 < value
    assert reversal(footing, APPROVAL) == 58  # (38 + 58)/950 = 10.1 %, the first above 10 %


def test_no_further_case_changes_what_has_failed_for_certain() -> None:
    assert flip(a_footing(share=0.05), BELOW) is None


def test_the_composite_carries_its_bounds_over() -> None:
    footing = Footing(
        share=0.005,
        n_eff=400.0,
        step=1 / 800,
        households=800,
        villages=40,
        offset=0.01,
        scale=0.9,
    )
    low, high = clopper_pearson(2, 400, level=0.90)

    assert footing.at(0.005, 400.0) == pytest.approx((0.0145, 0.01 + 0.9 * low, 0.01 + 0.9 * high))


def test_an_extension_settles_with_the_chance_it_promises() -> None:
    footing = a_footing(share=0.01)

    advice = extension(footing, BELOW)

    assert advice is not None
    size = 400 + advice.households * 400 / 800
    assert clopper_pearson(0.01 * size, size, level=0.90)[1] < 0.02
    assert advice.villages == -(-advice.households // 20)


def test_an_extension_out_of_reach_is_said_to_be() -> None:
    assert extension(a_footing(share=0.0195), BELOW) is None
    assert extension(a_footing(share=0.01), BELOW, villages_left=2) is None


def test_nothing_to_extend_where_the_finding_is_established() -> None:
    assert extension(a_footing(share=0.001), BELOW) is None


def test_an_open_failure_can_be_settled_too() -> None:
    advice = extension(a_footing(share=0.03), BELOW)

    assert advice is not None
    size = 400 + advice.households * 400 / 800
    assert clopper_pearson(0.03 * size, size, level=0.90)[0] > 0.02


def test_two_more_households_settle_nothing_where_no_case_is_found_and_none_is_said() -> None:
    """Of no case a logit interval says nothing, so most of the chance is that it stays so."""
    nothing = a_footing(share=0.0, method="logit")

    advice = extension(nothing, BELOW)

    assert advice is None or advice.households > 1000
