"""An interview held against its questionnaire: what is invalid, what goes to the review."""

from datetime import date

import pytest
from households import an_interview

from inspect_app.rules.interviews import Checked, Interview, Occasion, check
from inspect_app.rules.questionnaires import load

FORM = load("household-interview", "0.1.0")


def checked(interview: Interview, *, household_class: str | None = "E", **occasion) -> Checked:
    known = {"round_kind": "exit", "reference_date": date(2019, 12, 31), "max_visits": 3}
    return check(interview, FORM, Occasion(household_class, **(known | occasion)))


def flags(interview: Interview, **occasion) -> list[tuple[str, str, int | None]]:
    found = checked(interview, **occasion)
    assert found.is_valid
    return [(flag.code, flag.field, flag.row) for flag in found.flags]


@pytest.mark.parametrize("household_class", ["E", "P", "N"])
def test_a_sound_interview_has_neither_faults_nor_flags(household_class):
    interview = an_interview(household_class=household_class)

    assert checked(interview, household_class=household_class) == Checked((), ())


def test_answers_of_another_household_are_invalid():
    found = checked(an_interview(household_id="420528100201-0008"))

    assert [(fault.pointer, fault.code) for fault in found.faults] == [
        ("/answers/household_id", "unit-mismatch")
    ]
    assert not found.is_valid


def test_answers_that_the_class_is_not_asked_are_invalid():
    found = checked(an_interview(), household_class="N")

    assert {fault.code for fault in found.faults} == {"not-asked"}
    assert "/answers/exit_agreed" in {fault.pointer for fault in found.faults}
    assert "/answers/members/0/m_on_card" in {fault.pointer for fault in found.faults}


def test_a_household_outside_every_list_may_be_of_any_class():
    assert checked(an_interview(), household_class=None).is_valid


def test_another_class_found_on_the_spot_is_no_fault():
    assert checked(an_interview(class_found="N")).is_valid


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"visit_no": 4}, "/answers/visit_no"),
        ({"registered_members": 0}, "/answers/registered_members"),
        ({"wage_local": -1}, "/answers/wage_local"),
        ({"present": ["none", "family"]}, "/answers/present"),
        ({"present": ["village_official"]}, "/answers/official_absent"),
        ({"help": ["none", "loan"]}, "/answers/help"),
        ({"member": {"m_age": 121}}, "/answers/members/2/m_age"),
        ({"member": {"m_health": ["none", "chronic"]}}, "/answers/members/2/m_health"),
    ],
)
def test_a_broken_hard_constraint_is_invalid(changes, pointer):
    found = checked(an_interview(**changes))

    assert [(fault.pointer, fault.code) for fault in found.faults] == [(pointer, "constraint")]
    assert " | " in found.faults[0].detail


def test_the_number_of_visits_comes_from_the_rule_book():
    assert checked(an_interview(visit_no=4), max_visits=4).is_valid


def test_a_wrong_clock_does_not_stop_a_household():
    interview = an_interview(ended_at="2020-06-03T08:59:59+08:00")

    assert flags(interview) == [("soft_constraint", "ended_at", None)]
    assert (
        checked(interview).flags[0].detail
        == "结束时间应晚于开始时间 | End must be later than start"
    )


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"respondent": "non_member"}, ("soft_constraint", "respondent", None)),
        ({"registered_year": 2012}, ("soft_constraint", "registered_year", None)),
        ({"exit_year": 2013}, ("soft_constraint", "exit_year", None)),
        ({"coaching_signs": ["reads_card"]}, ("coaching_signs", "coaching_signs", None)),
        ({"interference": ["followed"]}, ("interference", "interference", None)),
        ({"income_evidence": ["none"]}, ("no_income_evidence", "income_evidence", None)),
        ({"member": {"m_registered": "no"}}, ("members_disagree", "registered_members", None)),
        ({"old_house": "no"}, ("not_relevant", "old_house", None)),
        ({"member": {"m_school_reason": "cost"}}, ("not_relevant", "m_school_reason", 2)),
        ({"sat_policy": None}, ("unanswered", "sat_policy", None)),
        ({"protein": "rarely"}, ("unanswered", "protein_reason", None)),
        ({"member": {"m_school": None}}, ("unanswered", "m_school", 2)),
    ],
)
def test_what_goes_to_the_review(changes, flag):
    found = flags(an_interview(**changes))

    assert flag in found
    assert not checked(an_interview(**changes)).must_return


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"present": ["county_township"], "official_absent": "no"}, "official_present"),
        ({"interpreter_used": "official"}, "official_interpreting"),
        ({"room_cleared": "no"}, "room_not_cleared"),
        ({"consent": "no"}, "completed_without_consent"),
    ],
)
def test_what_sends_an_interview_back(changes, code):
    found = checked(an_interview(**changes))

    assert code in {flag.code for flag in found.flags}
    assert found.must_return


def test_unknown_relevance_expects_the_answer():
    interview = an_interview(member={"m_age": "dk", "m_school": None})

    assert ("unanswered", "m_school", 2) in flags(interview)


def test_nobody_is_asked_why_a_question_was_not_asked():
    interview = an_interview(member={"m_age": 44, "m_school": None})

    assert not [flag for flag in flags(interview) if flag[0] == "unanswered"]


def test_a_question_that_hangs_on_any_member_is_expected_when_one_is_unknown():
    without = an_interview(chronic_doctor=None)
    unclear = an_interview(chronic_doctor=None, member={"m_health": "dk"})
    none_ill = an_interview(chronic_doctor=None)
    healthy = Interview(
        none_ill.unit_id,
        none_ill.round,
        none_ill.salt,
        none_ill.answers,
        tuple({**row, "m_health": ("none",)} for row in none_ill.members),
    )

    assert ("unanswered", "chronic_doctor", None) in flags(without)
    assert ("unanswered", "chronic_doctor", None) in flags(unclear)
    assert flags(healthy) == []


def test_a_visit_that_ended_at_the_door_lacks_nothing():
    known = ("household_id", "class_found", "visit_no", "started_at", "ended_at")
    whole = an_interview(disposition="absent")
    answers = {key: whole.answers[key] for key in (*known, "disposition")}

    assert flags(Interview(whole.unit_id, "1", whole.salt, answers, ())) == []


def test_a_completed_interview_without_members_is_flagged():
    whole = an_interview()
    interview = Interview(whole.unit_id, "1", whole.salt, whole.answers, ())

    assert ("unanswered", "members", None) in flags(interview)


def test_the_month_of_falling_back_is_asked_at_a_revisit_only():
    fallen = an_interview(relapsed_since="yes_now")

    assert ("unanswered", "relapse_month", None) in flags(fallen, round_kind="revisit")
    assert ("unanswered", "relapse_month", None) not in flags(fallen)
    month = an_interview(relapsed_since="yes_now", relapse_month="2020-13")
    assert not checked(month, round_kind="revisit").is_valid


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"official_absent": None}, {("absence_unattested", "official_absent")}),
        ({"room_cleared": None}, {("clearing_unattested", "room_cleared")}),
        ({"consent": None}, {("attestation_missing", "consent")}),
        ({"signature_a": None}, {("attestation_missing", "signature_a")}),
        ({"interpreter_ref": None}, set()),
        ({"official_absent": None, "disposition": "partial"}, set()),
    ],
)
def test_silence_about_the_conditions_of_a_completed_interview_is_a_flag(changes, expected):
    found = checked(an_interview(**changes)).flags

    assert {(one.code, one.field) for one in found if "attest" in one.code} == expected
