"""Simulated answers: valid against the questionnaire, and telling what the truth says they tell."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from inspect_app.demo.answers import Visit, answers_for, minutes
from inspect_app.demo.chance import Dice
from inspect_app.demo.memory import retold
from inspect_app.demo.profiles import LANCANG
from inspect_app.demo.register import SimulatedRegister, simulate_register
from inspect_app.demo.truth import TruthRow
from inspect_app.rules import rulebooks
from inspect_app.rules.blocks import State
from inspect_app.rules.faults import Faulty
from inspect_app.rules.findings import Finding, judge
from inspect_app.rules.interviews import Interview, Occasion, check
from inspect_app.rules.questionnaires import load
from inspect_app.rules.revisits import compare
from inspect_app.rules.states import CaseKind
from inspect_app.schemas.interviews import parse_body

SEED = "a seed"
LINE = 4000
REFERENCE_DATE = date(2020, 12, 31)
RULE_BOOK = rulebooks.load("2017-national")
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


@pytest.fixture(scope="module")
def findings(households: list[TruthRow]) -> dict[str, Finding]:
    """What the rules make of the first interview of every household met."""
    return {one.unit_id: judged(one) for one in households if is_met(one)}


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


def test_the_findings_are_what_the_truth_promises(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    seen: Counter[tuple[str, str, str]] = Counter()
    for household in households:
        if household.disposition != "completed":
            continue
        changeable = household.appearance in ("unanswered", "fabricated")
        for repeat in (False, True) if changeable else (False,):
            finding = judged(household, repeat=True) if repeat else findings[household.unit_id]
            assert in_a_word(finding) == household.looks(repeat=repeat)
            assert finding.approves == household.approval(repeat=repeat)
            assert finding.persons == household.persons
            assert finding.off_card == finding.off_card_unknown == 0
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


def test_only_the_block_of_the_truth_fails(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    failing = [
        household
        for household in households
        if household.appearance == "plain" and household.fails and is_met(household)
    ]
    assert {household.failing_block for household in failing} == set(BLOCKS)
    for household in failing:
        states = findings[household.unit_id].block_states
        assert [block for block, state in states.items() if state is not State.OK] == [
            household.failing_block
        ]


def test_incomes_keep_clear_of_the_line(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    for household in households:
        if household.appearance != "plain" or not is_met(household):
            continue
        ratio = a_head(findings[household.unit_id])
        assert ratio == pytest.approx(household.income_ratio, abs=0.001)
        assert ratio > 1.1 or household.failing_block == "income"


def test_one_off_money_is_left_out_of_stable_income(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    incomes = [
        findings[one.unit_id].income
        for one in households
        if one.failing_block == "income" and one.appearance == "plain" and is_met(one)
    ]
    lifted = [
        income
        for income in incomes
        if income is not None
        and income.is_at_or_below(LINE)
        and (income.high or 0) + (income.one_off or 0) > LINE * income.heads
    ]
    assert lifted


def test_approval_is_what_the_truth_says(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    seen = Counter(
        (household.approval(), findings[household.unit_id].approves)
        for household in households
        if is_met(household)
    )
    assert set(seen) == {(True, True), (False, False), (None, None)}


def test_whoever_fell_back_says_so(
    households: list[TruthRow], findings: dict[str, Finding]
) -> None:
    for household in households:
        if household.household_class != "E" or not is_met(household):
            continue
        kinds = {suspicion.kind for suspicion in findings[household.unit_id].suspicions}
        wanted = household.recurrence and household.looks() == "wrong_exit"
        assert (CaseKind.RECURRENCE in kinds) == wanted


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
    assert interview(first, repeat=True).get("obs_photo") != interview(first)["obs_photo"]


def test_another_pair_hears_nearly_the_same_and_finds_the_same(
    households: list[TruthRow],
) -> None:
    agreements = []
    for household in households[:1500]:
        if not is_met(household):
            continue
        told = interview(household, repeat=True)
        heard = retold(told, Dice(SEED, household.unit_id, "retold"))
        assert trouble(heard, household, round_kind="exit") == []
        finding = judge_answers(heard, household)
        assert in_a_word(finding) == household.looks(repeat=True)
        assert finding.approves == household.approval(repeat=True)
        assert heard == retold(told, Dice(SEED, household.unit_id, "retold"))
        agreements.append(compare(told, heard, QUESTIONNAIRE))
    share = sum(one.equal for one in agreements) / sum(one.compared for one in agreements)
    assert 0.88 < share < 0.96
    assert {one.field for agreement in agreements for one in agreement.facts} > {"crop_gross"}


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


# What the server makes of the answers.


def read(answers: Mapping[str, Any], household: TruthRow) -> Interview | Faulty:
    body = {"salt": "0" * 22, "unit_id": household.unit_id, "round": "1", "answers": answers}
    found = parse_body("interview", json.dumps(body))
    assert isinstance(found, Interview | Faulty)
    return found


def trouble(answers: Mapping[str, Any], household: TruthRow, *, round_kind: str) -> list[str]:
    interview = read(answers, household)
    if isinstance(interview, Faulty):
        return [f"{fault.pointer} {fault.code}" for fault in interview.faults]
    occasion = Occasion(household.household_class, round_kind, REFERENCE_DATE, 3)
    found = check(interview, QUESTIONNAIRE, occasion)
    flags = [
        flag
        for flag in found.flags
        if flag.code not in ABOUT_THE_HOUSEHOLD
        and (flag.code, flag.field) != ("unanswered", "obs_photo")  # some are not photographed
    ]
    return [
        *(f"{fault.pointer} {fault.code}" for fault in found.faults),
        *(f"{flag.field} {flag.code}" for flag in flags),
    ]


def judged(household: TruthRow, **changes: Any) -> Finding:
    return judge_answers(interview(household, **changes), household)


def judge_answers(answers: Mapping[str, Any], household: TruthRow) -> Finding:
    found = read(answers, household)
    assert isinstance(found, Interview)
    return judge(
        found,
        book=RULE_BOOK,
        line=RULE_BOOK.line(2020),
        round_kind="exit",
        frame_class=household.household_class,
        frame_persons=household.persons,
    )


def in_a_word(finding: Finding) -> str:
    if finding.class_found == "P":
        states = set(finding.block_states.values())
        if State.FAILS in states:
            return "rightly_registered"
        return "undetermined" if State.UNKNOWN in states else "fit_to_exit"
    if finding.suspected:
        return finding.kind
    if finding.excluded:
        return "excluded"
    return "undetermined" if set(finding.undetermined) - {"satisfaction_rate"} else "ok"


def a_head(finding: Finding) -> float:
    """Stable income a head over the line, of a household that answered in full."""
    assert finding.income is not None
    assert finding.income.is_known
    assert finding.income.low is not None
    return finding.income.low / finding.income.heads / LINE
