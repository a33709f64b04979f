"""Answers of a simulated household, made from its hidden truth.

A sound household passes every block, a failing one fails the block its truth names and no other;
what coaching hides, a false alarm shows or a household keeps to itself is in the answers as
`TruthRow.looks` promises. The same seed and household give the same answers.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from inspect_app.demo.chance import Dice, Table
from inspect_app.demo.conditions import BLOCK_NAMES, FAIL, HOLD_BACK, sound_living
from inspect_app.demo.livelihood import Answers
from inspect_app.demo.pictures import Picture, of_visit
from inspect_app.demo.story import Story, Visit, at_desk
from inspect_app.demo.truth import TruthRow
from inspect_app.rules.questionnaires import Questionnaire

__all__ = ["Visit", "answers_for", "minutes"]

RESPONDENT = Table({"head": 0.62, "spouse": 0.24, "adult_child": 0.09, "parent": 0.05})
AGREED = Table({"signed_agreed": 0.97, "signed_not_agreed": 0.01, "not_signed": 0.02})
APPLIED = Table({"no": 0.93, "rejected": 0.06, "pending": 0.01})
OWNED = Table({"none": 0.80, "vehicle_machine": 0.12, "business": 0.04, "public_employee": 0.04})
EXCLUDING = ("public_employee", "village_cadre", "vehicle_machine")
HELP = ("industry", "dividend", "loan", "job", "public_post", "training", "education", "health")
GOOD = Table({"very_satisfied": 0.68, "satisfied": 0.28, "neutral": 0.04})
BAD = Table({"dissatisfied": 0.7, "very_dissatisfied": 0.1, "unaware": 0.2})
SUBJECTS = ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")
REASONS = ("帮扶措施没有落到实处", "不了解退出程序", "道路和饮水问题没有解决", "评议不公开")
SIGNS = ("reads_card", "set_phrases", "looks_to_others", "told_to_say")


def answers_for(
    household: TruthRow,
    *,
    questionnaire: Questionnaire,
    visit: Visit,
    poverty_line: int,
    reference_date: date,
    seed: str,
) -> dict[str, object]:
    """Answers of one interview, `{field: value, "members": [{field: value}, …]}`.

    A household that gives no interview yields the fields of the visit alone.

    Parameters
    ----------
    household : the truth
    questionnaire : published version; its fields are answered in its order, no others
    visit : when, where and by whom
    poverty_line : yuan a person and year that incomes are set against
    reference_date : day that incomes and ages are meant for
    seed : the seed of the register
    """
    dice = _dice(household, visit, seed)
    ended_at = visit.started_at + timedelta(minutes=minutes(household, visit=visit, seed=seed))
    answers = _visit(household, visit, ended_at, dice)
    members: list[Answers] = []
    if household.disposition == "completed":
        story = Story.of(household, visit, poverty_line, dice)
        pictures = of_visit(household, visit, seed)
        answers.update(_attestation(household, visit, dice, pictures))
        answers.update(_household(story, dice))
        answers.update(story.income)
        answers.update(sound_living(story, dice))
        answers.update(_shock(story, reference_date, visit.round_kind, dice))
        answers.update(_assistance(story, dice))
        answers.update(_satisfaction(household.approval(repeat=visit.repeat), dice))
        answers.update(_observation(story, dice, pictures.get("obs_photo")))
        members = story.members
        FAIL[story.block](answers, members, story, dice)
        HOLD_BACK[story.silent](answers, members)
    ordered: dict[str, object] = {
        name: answers[name] for name in questionnaire.fields if name in answers
    }
    ordered["members"] = [
        {name: row[name] for name in questionnaire.fields if name in row} for row in members
    ]
    return ordered


def minutes(household: TruthRow, *, visit: Visit, seed: str) -> int:
    """How long the visit takes; an interview written at a desk is quick."""
    dice = Dice(seed, household.unit_id, "minutes", str(visit.visit_no))
    if household.disposition != "completed":
        return dice.between(2, 6)
    return dice.between(6, 9) if at_desk(household, visit) else dice.between(31, 52)


def _dice(household: TruthRow, visit: Visit, seed: str) -> Dice:
    """Chance of one household; interviews made up by one pair are all alike."""
    if at_desk(household, visit):
        return Dice(seed, "desk", *visit.enumerators)
    return Dice(seed, household.unit_id, "answers")


def _visit(household: TruthRow, visit: Visit, ended_at: datetime, dice: Dice) -> Answers:
    answers: Answers = {
        "household_id": household.unit_id,
        "class_found": household.household_class,
        "visit_no": visit.visit_no,
        "started_at": visit.started_at.isoformat(timespec="seconds"),
        "ended_at": ended_at.isoformat(timespec="seconds"),
        "disposition": household.disposition,
    }
    if visit.latitude is not None and visit.longitude is not None:
        stray = 0.15 if at_desk(household, visit) else 0.003
        answers["location"] = {
            "lat": f"{visit.latitude + dice.uniform(-stray, stray):.5f}",
            "lon": f"{visit.longitude + dice.uniform(-stray, stray):.5f}",
            "accuracy": str(dice.between(4, 30)),
        }
    if household.disposition == "completed":
        answers["consent"] = "yes"
        answers["respondent"] = dice.pick(RESPONDENT) if household.persons > 2 else "head"
    elif household.disposition == "refused":
        answers["consent"] = "no"
    return answers


def _attestation(
    household: TruthRow, visit: Visit, dice: Dice, pictures: Mapping[str, Picture]
) -> Answers:
    family_there = household.persons > 1 and dice.chance(0.4)
    present = ["family"] if family_there else []
    answers: Answers = {
        "official_absent": "yes",
        "room_cleared": "yes",
        "language": "dialect" if dice.chance(0.6) else "mandarin",
        "interpreter_used": "none",
        "coaching_signs": [dice.one_of(SIGNS)] if household.coaching_signs else ["none"],
        "interference": ["none"],
        "signature_a": pictures["signature_a"].sha256,
        "signature_b": pictures["signature_b"].sha256,
    }
    if household.minority_language:
        present.append("interpreter")
        answers["language"] = "minority"
        answers["interpreter_used"] = "agency"
        answers["interpreter_ref"] = visit.interpreter
        answers["interpreter_photo"] = pictures["interpreter_photo"].sha256
    answers["present"] = present or ["none"]
    return answers


def _household(story: Story, dice: Dice) -> Answers:
    household = story.household
    answers: Answers = {
        "registered_members": household.persons,
        "resident_members": household.persons - len(story.people.away),
        "welfare": [household.welfare],
        "exclusion_items": ["none"],
    }
    if household.registered_year is not None:
        answers["registered_year"] = household.registered_year
    if household.exit_year is not None:
        answers["exit_year"] = household.exit_year
        answers["exit_agreed"] = dice.pick(AGREED)
    if household.household_class == "N":
        answers["applied"] = "rejected" if story.block else dice.pick(APPLIED)
        if household.appearance == "excluded":
            answers["exclusion_items"] = [dice.one_of(EXCLUDING)]
        elif not story.block and not story.silent:
            answers["exclusion_items"] = [dice.pick(OWNED)]
    return answers


def _shock(story: Story, reference_date: date, round_kind: str, dice: Dice) -> Answers:
    household = story.household
    fell_back = household.recurrence and bool(story.block)
    hit = fell_back or dice.chance(0.06)
    answers: Answers = {
        "shocks": [dice.one_of(("illness", "disaster", "job_loss", "price"))] if hit else ["none"],
        "debt": 1000 * dice.between(2, 60) if dice.chance(0.25) else 0,
        "monitored_now": "none",
        "can_meet_basics": "with_help" if household.welfare == "dibao" else "yes",
    }
    if hit:
        answers["shock_spending"] = int(story.stable * dice.uniform(0.05, 0.35))
    if household.household_class == "E":
        recovered = not story.block and dice.chance(0.012)
        answers["relapsed_since"] = (
            "yes_now" if fell_back else "yes_recovered" if recovered else "no"
        )
        if round_kind == "revisit" and (fell_back or recovered):
            answers["relapse_month"] = f"{reference_date.year}-{dice.between(1, 12):02d}"
        if dice.chance(0.03):
            answers["monitored_now"] = "unstable"
    return answers


def _assistance(story: Story, dice: Dice) -> Answers:
    if story.household.household_class == "N":
        return {"help": [dice.one_of(HELP)] if dice.chance(0.15) else ["none"]}
    received: list[str] = [kind for kind in HELP if dice.chance(0.3)]
    if story.household.relocated:
        received.append("relocation")
    return {"help": received or ["none"], "cadre_visits": dice.between(4, 40)}


def _satisfaction(approves: bool | None, dice: Dice) -> Answers:
    """Four subjects and the whole; one refusal where the approval is left open."""
    answers: Answers = {subject: dice.pick(GOOD) for subject in SUBJECTS}
    answers["sat_overall"] = "yes"
    if approves is None:
        answers["sat_cadres"] = "refused"
    elif not approves:
        answers[dice.one_of(SUBJECTS)] = dice.pick(BAD)
        if dice.chance(0.6):
            answers["sat_overall"] = "no"
            answers["sat_reason"] = dice.one_of(REASONS)
    return answers


def _observation(story: Story, dice: Dice, house: Picture | None) -> Answers:
    household = story.household
    stock = ["grain"] + [kind for kind in ("meat_eggs", "fridge", "livestock") if dice.chance(0.7)]
    answers: Answers = {
        "obs_house": "sound" if dice.chance(0.93) else "minor",
        "obs_lived_in": "yes",
        "obs_stock": [*stock],
        "obs_match": "better" if household.appearance == "false_alarm" else "consistent",
        "judgement": "secure",
    }
    if house is not None:
        answers["obs_photo"] = house.sha256
    if story.block:
        doubt = {"E": "doubt_wrong_exit", "N": "doubt_missed", "P": "at_risk"}
        answers["judgement"] = doubt[household.household_class]
        answers["judgement_reason"] = f"模拟：{BLOCK_NAMES[story.block]}未达标"
    return answers
