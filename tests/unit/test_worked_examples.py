"""Published and worked cases that the rules must reproduce to the last digit.

The income of one household under the national line of 2020, the strictness of thresholds at
equality, and the readings of the approval rule. Cases about estimates and intervals are with the
statistics.
"""

from fractions import Fraction

import pytest
from households import an_interview

from inspect_app.rules.blocks import State
from inspect_app.rules.findings import Finding, judge
from inspect_app.rules.income import stable_income
from inspect_app.rules.rulebooks import RuleBook, load

BOOK = load("2017-national")
LINE_2020 = BOOK.line(2020)
EXAMPLE = {
    "wage_local": 3000,
    "wage_away": 0,
    "crop_gross": 14000,
    "livestock_gross": 0,
    "business_gross": 0,
    "production_cost": 5200,
    "property_income": 900,
    "pension": 0,
    "welfare": ["dibao"],
    "welfare_cash": 2400,
    "regular_subsidy": 600,
    "one_off_subsidy": 5000,
    "gifts": 2000,
    "away_months": None,
    "registered_members": 4,
}


def of_example(book: RuleBook = BOOK, **changes: object) -> Finding:
    return judge(
        an_interview(**(EXAMPLE | changes)),
        book=book,
        line=LINE_2020,
        round_kind="exit",
        frame_class="E",
        frame_persons=4,
    )


def test_stable_income_of_3925_a_head_fails_the_line_of_4000():
    finding = of_example()

    assert finding.income.is_known
    assert Fraction(finding.income.low, 4) == 3925
    assert finding.income.one_off == 7000
    assert finding.block_states["income"] is State.FAILS
    assert finding.kind == "wrong_exit"


def test_with_everything_counted_5675_a_head_would_pass():
    counted = BOOK.with_reading("one_off_income", "counted")
    income = stable_income(an_interview(**EXAMPLE), heads=4, book=counted)

    assert Fraction(income.low, 4) == 5675
    assert of_example(counted).block_states["income"] is State.OK


def test_exactly_on_the_line_is_not_above_it():
    assert of_example(wage_local=3300).block_states["income"] is State.FAILS
    assert of_example(wage_local=3301).block_states["income"] is State.OK


def test_with_crops_and_costs_refused_the_known_1725_a_head_bound_nothing():
    finding = of_example(crop_gross="refused", production_cost="refused")

    known = 3000 + 900 + 2400 + 600
    assert Fraction(known, 4) == 1725
    assert (finding.income.low, finding.income.high) == (None, None)
    assert finding.block_states["income"] is State.UNKNOWN
    assert finding.undetermined == ("wrong_exit_rate",)


@pytest.mark.parametrize(("missing", "state"), [("gifts", "fails"), ("pension", "unknown")])
def test_a_missing_part_matters_only_where_the_bounds_straddle(missing, state):
    assert of_example(**{missing: "dk"}).block_states["income"] == state


def test_exactly_two_percent_fails_where_rates_must_be_below():
    strict = BOOK.threshold("wrong_exit_rate", "central_2pct")
    loose = BOOK.with_reading("strict_rates", False).threshold("wrong_exit_rate", "central_2pct")

    assert (strict.is_met(40, 2000), loose.is_met(40, 2000)) == (False, True)
    assert (strict.is_met_by(40 / 2000), loose.is_met_by(40 / 2000)) == (False, True)


def test_39_of_1951_passes_although_two_decimals_would_read_2_percent():
    strict = BOOK.threshold("wrong_exit_rate", "central_2pct")
    loose = BOOK.with_reading("strict_rates", False).threshold("wrong_exit_rate", "central_2pct")

    assert f"{39 / 1951:.2%}" == "2.00%"
    assert f"{39 / 1951:.3%}" == "1.999%"
    assert strict.is_met(39, 1951)
    assert loose.is_met(39, 1951)


def test_27_of_30_approving_households_pass_where_90_percent_is_included():
    loose = BOOK.threshold("satisfaction_rate", "west_3pct")
    strict = BOOK.with_reading("strict_approval", True).threshold("satisfaction_rate", "west_3pct")

    assert (loose.is_met(27, 30), strict.is_met(27, 30)) == (True, False)
    assert loose.is_met(28, 30)
    assert not loose.is_met(26, 30)


def test_west_and_central_differ_in_the_composite_only():
    west = BOOK.threshold("poverty_incidence", "west_3pct")
    central = BOOK.threshold("poverty_incidence", "central_2pct")

    assert (west.is_met_by(0.025), central.is_met_by(0.025)) == (True, False)
    assert BOOK.threshold("wrong_exit_rate", "west_3pct") == (
        BOOK.threshold("wrong_exit_rate", "central_2pct")
    )
