"""Simulated answers: valid against the questionnaire, and telling what the truth says they tell."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from inspect_app.demo.answers import Visit, answers_for, minutes
from inspect_app.demo.profiles import LANCANG
from inspect_app.demo.register import SimulatedRegister, simulate_register
from inspect_app.demo.truth import TruthRow
from inspect_app.rules.faults import Faulty
from inspect_app.rules.interviews import Interview, Occasion, check
from inspect_app.rules.questionnaires import load
from inspect_app.schemas.interviews import parse_body

SEED = "a seed"
LINE = 4000
REFERENCE_DATE = date(2020, 12, 31)
QUESTIONNAIRE = load("household-interview", "0.1.0")
CHINA = timezone(timedelta(hours=8))
VISIT = Visit(datetime(2020, 11, 3, 9, 30, tzinfo=CHINA), ("team-1-a", "team-1-b"), 22.56, 99.91)
ABOUT_THE_HOUSEHOLD = {"coaching_signs", "no_income_evidence"}
BLOCKS = ("income", "food", "clothing", "schooling", "medical", "housing", "water")


@pytest.fixture(scope="module")
def troubled() -> SimulatedRegister:
    """A county where everything that can happen does, often enough to be seen."""
    profile = replace(
        LANCANG,
        wrong_exit_rate=0.12,
        missed_rate=0.10,
        still_poor_share=0.04,
        coached_share=0.1,
        fabricated_share=0.02,
        false_alarm_share=0.06,
        undetermined_share=0.08,
        excluded_share=0.03,
    )
    return simulate_register("540524", seed=SEED, profile=profile)


@pytest.fixture(scope="module")
def households(troubled: SimulatedRegister) -> list[TruthRow]:
    return list(troubled.truth_rows(troubled.truth["unit_id"]).values())


def interview(household: TruthRow, **changes: Any) -> dict[str, Any]:
    return answers_for(
        household,
        questionnaire=QUESTIONNAIRE,
        visit=replace(VISIT, **changes),
        poverty_line=LINE,
        reference_date=REFERENCE_DATE,
        seed=SEED,
    )


def test_every_interview_is_valid(households: list[TruthRow]) -> None:
    for household in households:
        assert trouble(interview(household), household, round_kind="exit") == []


def test_an_interview_of_a_revisit_is_valid_too(households: list[TruthRow]) -> None:
    fallen = [household for household in households if household.recurrence]
    assert fallen
    for household in fallen:
        answers = interview(household, round_kind="revisit", repeat=True, visit_no=2)
        assert trouble(answers, household, round_kind="revisit") == []


def test_the_findings_are_what_the_truth_promises(households: list[TruthRow]) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    for household in households:
        if household.disposition != "completed":
            continue
        for repeat in (False, True):
            answers = interview(household, repeat=repeat)
            assert finding(answers, household.household_class) == household.looks(repeat=repeat)
        key = (household.household_class, household.appearance, household.looks())
        seen[key] += 1
    for wanted in (
        ("E", "plain", "ok"),
        ("E", "plain", "wrong_exit"),
        ("E", "false_alarm", "wrong_exit"),
        ("E", "unanswered", "undetermined"),
        ("E", "coached", "ok"),
        ("P", "plain", "rightly_registered"),
        ("P", "plain", "fit_to_exit"),
        ("N", "plain", "missed"),
        ("N", "excluded", "excluded"),
        ("N", "false_alarm", "missed"),
        ("N", "unanswered", "undetermined"),
        ("N", "coached", "ok"),
        ("N", "fabricated", "ok"),
    ):
        assert seen[wanted] > 0, wanted


def test_only_the_block_of_the_truth_fails(households: list[TruthRow]) -> None:
    failing = [
        household
        for household in households
        if household.appearance == "plain" and household.fails and is_met(household)
    ]
    assert {household.failing_block for household in failing} == set(BLOCKS)
    for household in failing:
        result = blocks(interview(household))
        assert [name for name in BLOCKS if result[name] == "fails"] == [household.failing_block]


def test_incomes_keep_clear_of_the_line(households: list[TruthRow]) -> None:
    for household in households:
        if household.appearance != "plain" or not is_met(household):
            continue
        answers = interview(household)
        a_head = stable_income(answers) / household.persons / LINE
        assert a_head == pytest.approx(household.income_ratio, abs=0.001)
        assert a_head > 1.1 or household.failing_block == "income"


def test_one_off_money_is_left_out_of_stable_income(households: list[TruthRow]) -> None:
    low = [one for one in households if one.status == "wrong_exit" and is_met(one)]
    granted = [interview(one) for one in low if one.failing_block == "income"]
    assert any(
        stable_income(answers) / answers["registered_members"] <= LINE
        and (stable_income(answers) + answers["one_off_subsidy"]) / answers["registered_members"]
        > LINE
        for answers in granted
    )


def test_approval_is_what_the_truth_says(households: list[TruthRow]) -> None:
    seen = Counter(
        (household.approval(), approving(interview(household)))
        for household in households
        if is_met(household)
    )
    assert set(seen) == {(True, True), (False, False), (None, None)}


def test_whoever_fell_back_says_so(households: list[TruthRow]) -> None:
    for household in households:
        if household.household_class != "E" or not is_met(household):
            continue
        says = interview(household)["relapsed_since"] == "yes_now"
        assert says == (household.recurrence and household.looks() == "wrong_exit")


def test_the_same_seed_tells_the_same_story(households: list[TruthRow]) -> None:
    household = next(one for one in households if is_met(one))
    assert interview(household) == interview(household)
    other = answers_for(
        household,
        questionnaire=QUESTIONNAIRE,
        visit=VISIT,
        poverty_line=LINE,
        reference_date=REFERENCE_DATE,
        seed="another seed",
    )
    assert other != interview(household)


def test_made_up_interviews_are_short_and_all_alike(households: list[TruthRow]) -> None:
    made_up = [
        one
        for one in households
        if one.appearance == "fabricated" and one.household_class == "N" and is_met(one)
    ]
    by_size = Counter(one.persons for one in made_up)
    size = by_size.most_common(1)[0][0]
    first, second = [one for one in made_up if one.persons == size][:2]
    assert minutes(first, visit=VISIT, seed=SEED) < 10
    assert interview(first)["obs_photo"] == interview(second)["obs_photo"]
    assert interview(first)["wage_local"] == interview(second)["wage_local"]
    honest = replace(VISIT, repeat=True)
    assert minutes(first, visit=honest, seed=SEED) > 30
    assert interview(first, repeat=True)["obs_photo"] != interview(first)["obs_photo"]


def test_coached_households_show_it(households: list[TruthRow]) -> None:
    coached = next(one for one in households if one.appearance == "coached" and is_met(one))
    assert coached.hidden
    assert interview(coached)["coaching_signs"] != ["none"]
    assert coached.ruling() == "overturned"


def test_rulings_find_the_truth(households: list[TruthRow]) -> None:
    for household in households:
        if household.looks() in ("wrong_exit", "missed"):
            expected = "overturned" if household.appearance == "false_alarm" else "confirmed"
            assert household.ruling() == expected


def test_a_household_without_interview_yields_the_visit_alone(households: list[TruthRow]) -> None:
    refused = next(one for one in households if one.disposition == "refused")
    absent = next(one for one in households if one.disposition == "absent")
    assert interview(refused)["consent"] == "no"
    assert "consent" not in interview(absent)
    assert interview(absent)["members"] == []
    assert "registered_members" not in interview(absent)


def test_times_carry_their_offset_and_places_are_decimal_text(households: list[TruthRow]) -> None:
    answers = interview(next(one for one in households if is_met(one)))
    assert answers["started_at"] == "2020-11-03T09:30:00+08:00"
    assert set(answers["location"]) == {"lat", "lon", "accuracy"}
    with pytest.raises(ValueError, match="offset"):
        Visit(VISIT.started_at.replace(tzinfo=None), ("a", "b"))
    assert Visit(datetime(2020, 11, 3, tzinfo=UTC), ("a", "b")).visit_no == 1


def is_met(household: TruthRow) -> bool:
    return household.disposition == "completed"


# What the server makes of the answers: shape, relevance, required answers, constraints.


def trouble(answers: Mapping[str, Any], household: TruthRow, *, round_kind: str) -> list[str]:
    body = {"salt": "0" * 22, "unit_id": household.unit_id, "round": "1", "answers": answers}
    interview = parse_body("interview", json.dumps(body))
    if isinstance(interview, Faulty):
        return [f"{fault.pointer} {fault.code}" for fault in interview.faults]
    assert isinstance(interview, Interview)
    occasion = Occasion(household.household_class, round_kind, REFERENCE_DATE, 3)
    found = check(interview, QUESTIONNAIRE, occasion)
    flags = [flag for flag in found.flags if flag.code not in ABOUT_THE_HOUSEHOLD]
    return [
        *(f"{fault.pointer} {fault.code}" for fault in found.faults),
        *(f"{flag.field} {flag.code}" for flag in flags),
    ]


# The block rules in the plainest form, as a second opinion on what the answers say.

STABLE = (
    "wage_local",
    "wage_away",
    "crop_gross",
    "livestock_gross",
    "business_gross",
    "property_income",
    "pension",
    "welfare_cash",
    "regular_subsidy",
)
OPEN = ("dk", "refused")


def stable_income(answers: Mapping[str, Any]) -> int:
    return sum(answers[name] for name in STABLE) - answers["production_cost"]


def blocks(answers: Mapping[str, Any]) -> dict[str, str]:
    members = answers["members"]
    return {
        "income": income(answers),
        "food": food(answers),
        "clothing": clothing(answers),
        "schooling": schooling(members),
        "medical": medical(answers, members),
        "housing": housing(answers),
        "water": water(answers),
    }


def income(answers: Mapping[str, Any]) -> str:
    if any(answers[name] in OPEN for name in (*STABLE, "production_cost")):
        return "unknown"
    above = stable_income(answers) > LINE * answers["registered_members"]
    return "ok" if above else "fails"


def food(answers: Mapping[str, Any]) -> str:
    often = answers["protein"] in ("any_time", "weekly")
    by_choice = answers.get("protein_reason") in ("habit", "health")
    return "ok" if answers["food_enough"] == "always" and (often or by_choice) else "fails"


def clothing(answers: Mapping[str, Any]) -> str:
    complete = set(answers["clothing"]) == {"seasonal", "change", "bedding", "shoes"}
    return "ok" if complete and answers["clothing_source"] != "charity" else "fails"


def schooling(members: list[Mapping[str, Any]]) -> str:
    pupils = [row["m_school"] for row in members if 6 <= row["m_age"] <= 15]
    return "ok" if set(pupils) <= {"in_school", "completed"} else "fails"


def medical(answers: Mapping[str, Any], members: list[Mapping[str, Any]]) -> str:
    insured = {row["m_insured"] for row in members}
    if answers["care_forgone"] == "yes" or "no" in insured:
        return "fails"
    return "unknown" if insured & {"dk", "refused", "elsewhere"} else "ok"


def housing(answers: Mapping[str, Any]) -> str:
    if answers["house_grade"] in ("C", "D") and answers["danger_action"] != "done":
        return "fails"
    return "unknown" if answers["grade_basis"] == "household" else "ok"


def water(answers: Mapping[str, Any]) -> str:
    broken = (
        answers["water_enough"] == "no"
        or answers.get("water_fetch", 0) > 30
        or answers["water_dry_days"] > 15
        or answers["water_clean"] == "bad"
    )
    if broken:
        return "fails"
    return "unknown" if answers["water_clean"] == "turbid" else "ok"


def for_a_cost(answers: Mapping[str, Any]) -> bool:
    rows = answers["members"]
    reasons = [answers.get("protein_reason"), answers.get("danger_reason")]
    reasons += [row.get("m_school_reason") for row in rows]
    reasons += [row.get("m_uninsured_reason") for row in rows]
    return income(answers) == "fails" or "cost" in reasons or answers["care_forgone"] == "yes"


def finding(answers: Mapping[str, Any], household_class: str) -> str:
    results = set(blocks(answers).values())
    if "fails" in results:
        if household_class == "P":
            return "rightly_registered"
        if household_class == "E":
            return "wrong_exit"
        assert for_a_cost(answers)
        listed = {"public_employee", "village_cadre", "vehicle_machine"}
        return "excluded" if listed & set(answers["exclusion_items"]) else "missed"
    if "unknown" in results:
        return "undetermined"
    return "fit_to_exit" if household_class == "P" else "ok"


def approving(answers: Mapping[str, Any]) -> bool | None:
    subjects = {answers[name] for name in ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")}
    against = subjects & {"dissatisfied", "very_dissatisfied", "unaware"}
    if against or answers["sat_overall"] == "no":
        return False
    return None if subjects & set(OPEN) else True
