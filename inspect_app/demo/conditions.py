"""Living conditions in the answers: sound to begin with, then failing or unanswered where told.

What fails for class N fails for a cost, because only that makes a missed household.
"""

from collections.abc import Callable, Mapping

from inspect_app.demo.chance import Dice, Table
from inspect_app.demo.livelihood import Answers
from inspect_app.demo.story import Story

WATER_SOUND = Table({"piped_home": 0.82, "piped_public": 0.07, "well": 0.07, "spring": 0.04})
PROTEIN_SOUND = Table({"any_time": 0.93, "weekly": 0.06, "monthly": 0.01})
BLOCK_NAMES = {
    "income": "收入",
    "food": "饮食",
    "clothing": "衣被",
    "schooling": "义务教育",
    "medical": "基本医疗",
    "housing": "住房安全",
    "water": "饮水",
}

Change = Callable[[Answers, list[Answers], Story, Dice], None]
Silence = Callable[[Answers, list[Answers]], None]


def sound_living(story: Story, dice: Dice) -> Answers:
    """Food, clothing, water, medical care and housing as they are where nothing fails."""
    protein = dice.pick(PROTEIN_SOUND)
    source = dice.pick(WATER_SOUND)
    relocated = story.household.relocated
    repaired = dice.chance(0.03) and not relocated
    answers: Answers = {
        "food_enough": "always",
        "protein": protein,
        "clothing": ["seasonal", "change", "bedding", "shoes"],
        "clothing_source": "own" if dice.chance(0.93) else "mixed",
        "water_source": source,
        "water_dry_days": 0 if dice.chance(0.9) else dice.between(1, 12),
        "water_enough": "yes",
        "water_clean": "tested_ok" if dice.chance(0.6) else "clear",
        "care_forgone": "no",
        "medical_oop": 10 * dice.between(5, 250),
        "dwelling": "relocation" if relocated else "own",
        "house_grade": "C" if repaired else ("A" if relocated or dice.chance(0.5) else "B"),
        "grade_basis": dice.one_of(("certificate", "plate", "list")),
        "elders_apart": "no",
        "relocated": "moved" if relocated else "no",
    }
    if protein == "monthly":
        answers["protein_reason"] = "habit" if dice.chance(0.7) else "health"
    if source != "piped_home":
        answers["water_fetch"] = dice.between(2, 25)
    if any(row["m_health"] == ["chronic"] for row in story.members):
        answers["chronic_doctor"] = "yes" if dice.chance(0.9) else "no"
    if repaired:
        answers["danger_action"] = "done"
    if relocated:
        answers["old_house"] = "yes" if dice.chance(0.9) else "no"
    return answers


def _nothing_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    """Sound as it stands; a low income is already in the sums."""


def _food_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    answers["protein"] = dice.one_of(("monthly", "rarely"))
    answers["protein_reason"] = "cost"
    answers["obs_stock"] = ["grain"]
    if story.household.household_class != "N" and dice.chance(0.4):
        answers["food_enough"] = "short_1_30"


def _clothing_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    if dice.chance(0.5):
        answers["clothing"] = ["change", "shoes"]
    else:
        answers["clothing_source"] = "charity"


def _schooling_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    pupil = members[story.people.first_pupil()]
    pupil["m_school"] = "dropped_out" if dice.chance(0.85) else "never_enrolled"
    pupil["m_school_reason"] = "cost"
    if story.household.household_class != "N" and dice.chance(0.5):
        pupil["m_school_reason"] = dice.one_of(("work", "unwilling", "distance"))


def _medical_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    if dice.chance(0.4):
        answers["care_forgone"] = "yes"
        return
    members[0]["m_insured"] = "no"
    members[0]["m_uninsured_reason"] = "cost"
    if story.household.household_class != "N" and dice.chance(0.4):
        members[0]["m_uninsured_reason"] = dice.one_of(("unaware", "waiting"))


def _housing_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    answers["dwelling"] = "own"
    answers["house_grade"] = dice.one_of(("C", "D"))
    answers["danger_action"] = dice.one_of(("not_accepted", "under_way", "none"))
    answers["danger_reason"] = "cost"
    answers["obs_house"] = "serious"
    if answers["relocated"] == "moved":
        answers["relocated"] = "returned"


def _water_fails(answers: Answers, members: list[Answers], story: Story, dice: Dice) -> None:
    kind = dice.between(1, 4)
    if kind == 1:
        answers["water_source"] = "spring"
        answers["water_fetch"] = dice.between(35, 90)
    elif kind == 2:
        answers["water_dry_days"] = dice.between(20, 60)
    elif kind == 3:
        answers["water_enough"] = "no"
    else:
        answers["water_clean"] = "bad"


def _income_silent(answers: Answers, members: list[Answers]) -> None:
    answers["crop_gross"] = answers["production_cost"] = "refused"


def _housing_silent(answers: Answers, members: list[Answers]) -> None:
    # The household's word alone proves no grade.
    answers["grade_basis"] = "household"
    answers["house_grade"] = "B"
    answers.pop("danger_action", None)


def _medical_silent(answers: Answers, members: list[Answers]) -> None:
    members[0]["m_insured"] = "dk"
    members[0]["m_uninsured_reason"] = "dk"


def _water_silent(answers: Answers, members: list[Answers]) -> None:
    answers["water_clean"] = "turbid"


def _nothing_silent(answers: Answers, members: list[Answers]) -> None:
    """Every deciding part is answered; an open approval is already in the satisfaction block."""


FAIL: Mapping[str, Change] = {
    "": _nothing_fails,
    "income": _nothing_fails,
    "food": _food_fails,
    "clothing": _clothing_fails,
    "schooling": _schooling_fails,
    "medical": _medical_fails,
    "housing": _housing_fails,
    "water": _water_fails,
}
HOLD_BACK: Mapping[str, Silence] = {
    "": _nothing_silent,
    "approval": _nothing_silent,
    "income": _income_silent,
    "housing": _housing_silent,
    "medical": _medical_silent,
    "water": _water_silent,
}
