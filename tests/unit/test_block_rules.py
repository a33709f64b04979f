"""Each block of the standard: ok, fails or unknown, by a table of cases."""

from typing import Any

import pytest
from households import BOOK, an_interview, found

from inspect_app.rules.blocks import State
from inspect_app.rules.rulebooks import RuleBook

POOR = {"wage_local": 0, "wage_away": 0}


def block(name: str, *, book: RuleBook = BOOK, **changes: Any) -> tuple[State, tuple[str, ...]]:
    judged = {each.block: each for each in found(an_interview(**changes), book=book).blocks}
    return judged[name].state, judged[name].reasons


def ok() -> tuple[State, tuple[str, ...]]:
    return State.OK, ()


def fails(*reasons: str) -> tuple[State, tuple[str, ...]]:
    return State.FAILS, reasons


def unknown(*reasons: str) -> tuple[State, tuple[str, ...]]:
    return State.UNKNOWN, reasons


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ok()),
        (POOR, fails("income_not_above_line")),
        ({"wage_away": 18000, "gifts": 0}, ok()),
        ({"wage_away": 0, "wage_local": 2072}, fails("income_not_above_line")),
        ({"wage_away": 0, "wage_local": 2073}, ok()),
        ({"wage_local": "refused"}, ok()),
        ({"wage_away": "dk", "wage_local": 0}, unknown("income_part_missing")),
        ({"production_cost": "dk"}, unknown("income_part_missing")),
        ({**POOR, "production_cost": "dk", "crop_gross": 0}, fails("income_not_above_line")),
        ({**POOR, "gifts": 90000, "one_off_subsidy": 90000}, fails("income_not_above_line")),
        ({"registered_members": 20}, fails("income_not_above_line")),
        ({"registered_members": "dk"}, ok()),
        (
            {"registered_members": "dk", "member": {"m_registered": "dk"}},
            unknown("head_count_unanswered"),
        ),
    ],
)
def test_income(changes, expected):
    assert block("income", **changes) == expected


def test_income_counts_one_off_grants_only_where_the_book_says_so():
    counted = BOOK.with_reading("one_off_income", "counted")

    assert block("income", **POOR, one_off_subsidy=90000, book=counted) == ok()


def test_income_by_residents_where_the_book_says_so():
    resident = BOOK.with_reading("members_basis", "resident")

    assert block("income", wage_away=0, resident_members=2, book=resident) == ok()
    assert block("income", wage_away=0, wage_local=0, resident_members=4, book=resident) == (
        fails("income_not_above_line")
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"protein": "any_time"}, ok()),
        ({"food_enough": "short_1_30"}, fails("staple_short")),
        ({"food_enough": "dk"}, unknown("staple_unanswered")),
        ({"protein": "monthly", "protein_reason": "habit"}, ok()),
        ({"protein": "rarely", "protein_reason": "health"}, ok()),
        ({"protein": "monthly", "protein_reason": "cost"}, fails("protein_rare_for_cost")),
        ({"protein": "rarely", "protein_reason": "access"}, fails("protein_rare_for_access")),
        ({"protein": "monthly", "protein_reason": "dk"}, unknown("protein_reason_unanswered")),
        ({"protein": "refused"}, unknown("protein_unanswered")),
        ({"protein": "dk", "food_enough": "short_over_30"}, fails("staple_short")),
    ],
)
def test_food(changes, expected):
    assert block("food", **changes) == expected


def test_the_floor_of_protein_is_a_setting():
    monthly = BOOK.with_reading("protein_floor", "monthly")

    assert block("food", protein="monthly", protein_reason="cost", book=monthly) == ok()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"clothing_source": "mixed"}, ok()),
        ({"clothing": ["seasonal", "change", "shoes"]}, fails("clothing_lacking")),
        ({"clothing": ["none"]}, fails("clothing_lacking")),
        ({"clothing": "dk"}, unknown("clothing_unanswered")),
        ({"clothing_source": "charity"}, fails("clothing_mainly_donated")),
        ({"clothing_source": "refused"}, unknown("clothing_source_unanswered")),
    ],
)
def test_clothing(changes, expected):
    assert block("clothing", **changes) == expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ({"m_school": "home_teaching"}, ok()),
        ({"m_school": "suspended_health"}, ok()),
        ({"m_school": "completed"}, ok()),
        ({"m_school": "dropped_out", "m_school_reason": "work"}, fails("out_of_school")),
        ({"m_school": "never_enrolled", "m_school_reason": "cost"}, fails("out_of_school")),
        (
            {"m_school": "dropped_out", "m_school_reason": "health"},
            unknown("health_certificate_wanted"),
        ),
        (
            {"m_school": "dropped_out", "m_school_reason": "dk"},
            unknown("school_reason_unanswered"),
        ),
        ({"m_school": "refused"}, unknown("schooling_unanswered")),
        ({"m_age": 6}, ok()),
        ({"m_age": 15, "m_school": None}, unknown("schooling_unanswered")),
        ({"m_age": 16, "m_school": None}, ok()),
        ({"m_age": 5, "m_school": None}, ok()),
        ({"m_age": "dk", "m_school": None}, unknown("schooling_unanswered")),
        ({"m_age": "dk"}, ok()),
        (
            {"m_age": "dk", "m_school": "dropped_out", "m_school_reason": "work"},
            unknown("school_age_unanswered"),
        ),
        (
            {"m_school": "dropped_out", "m_school_reason": "work", "m_registered": "no"},
            fails("out_of_school"),
        ),
    ],
)
def test_schooling(member, expected):
    changes = {"registered_members": 3} if member.get("m_registered") == "no" else {}

    assert block("schooling", member=member, **changes) == expected


def test_members_not_listed_leave_schooling_and_insurance_unknown():
    assert block("schooling", registered_members=5) == unknown("members_not_listed")
    assert block("medical", registered_members=5) == unknown("members_not_listed")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"member": {"m_insured": "worker"}}, ok()),
        ({"member": {"m_insured": "soldier_etc"}}, ok()),
        ({"member": {"m_insured": "elsewhere"}}, unknown("insured_elsewhere_unproven")),
        ({"member": {"m_insured": "dk"}}, unknown("insurance_unanswered")),
        (
            {"member": {"m_insured": "no", "m_uninsured_reason": "unwilling"}},
            fails("uninsured"),
        ),
        (
            {"member": {"m_insured": "no", "m_registered": "no"}, "registered_members": 3},
            ok(),
        ),
        (
            {"member": {"m_insured": "no", "m_registered": "dk"}},
            unknown("registration_unanswered"),
        ),
        ({"care_forgone": "yes"}, fails("care_forgone")),
        ({"care_forgone": "refused"}, unknown("care_forgone_unanswered")),
    ],
)
def test_medical(changes, expected):
    assert block("medical", **changes) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"house_grade": "A"}, ok()),
        ({"house_grade": "C", "danger_action": "done"}, ok()),
        ({"house_grade": "D", "danger_action": "under_way"}, fails("unsafe_house_lived_in")),
        ({"house_grade": "C", "danger_action": "none"}, fails("unsafe_house_lived_in")),
        ({"house_grade": "C", "danger_action": "dk"}, unknown("danger_action_unanswered")),
        ({"house_grade": "dk"}, unknown("grade_unanswered")),
        ({"grade_basis": "household"}, unknown("grade_by_word_only")),
        ({"grade_basis": "enumerator"}, ok()),
        ({"obs_house": "not_seen"}, unknown("house_not_seen")),
        ({"house_grade": "not_appraised"}, ok()),
        (
            {"house_grade": "not_appraised", "obs_house": "minor"},
            unknown("house_not_appraised"),
        ),
        ({"dwelling": "makeshift"}, fails("dwelling_makeshift")),
        ({"dwelling": "old_house"}, ok()),
        (
            {"dwelling": "old_house", "house_grade": "not_appraised", "obs_house": "serious"},
            fails("old_house_unsafe"),
        ),
        ({"dwelling": "dk"}, unknown("dwelling_unanswered")),
        ({"elders_apart": "yes_member"}, fails("elders_in_unsafe_house")),
        ({"elders_apart": "yes_split"}, ok()),
        ({"elders_apart": "refused"}, unknown("elders_unanswered")),
    ],
)
def test_housing(changes, expected):
    assert block("housing", **changes) == expected


def test_an_unappraised_house_needs_a_grade_where_the_book_says_so():
    graded = BOOK.with_reading("unappraised_house", "unknown")

    assert block("housing", house_grade="not_appraised", book=graded) == (
        unknown("house_not_appraised")
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"water_clean": "tested_ok"}, ok()),
        ({"water_enough": "no"}, fails("water_too_little")),
        ({"water_enough": "dk"}, unknown("water_amount_unanswered")),
        ({"water_source": "well", "water_fetch": 30}, ok()),
        ({"water_source": "well", "water_fetch": 31}, fails("water_too_far")),
        ({"water_source": "well"}, unknown("water_fetch_unanswered")),
        ({"water_source": "dk", "water_fetch": 10}, ok()),
        ({"water_dry_days": 15}, ok()),
        ({"water_dry_days": 16}, fails("water_dry_too_long")),
        ({"water_dry_days": "dk"}, unknown("water_dry_days_unanswered")),
        ({"water_clean": "bad"}, fails("water_unfit")),
        ({"water_clean": "turbid"}, unknown("water_turbid_untested")),
        ({"water_clean": "dk"}, unknown("water_quality_unanswered")),
    ],
)
def test_water(changes, expected):
    assert block("water", **changes) == expected


def test_water_counts_only_where_the_book_says_so():
    dry = BOOK.with_reading("water_counts", False)
    thirsty = an_interview(water_enough="no")

    assert found(thirsty).kind == "wrong_exit"
    assert found(thirsty, book=dry).kind == "none"
