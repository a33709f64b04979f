"""Members and income of a simulated household, such that its stable income is exactly as wanted.

Stable income is wages, gross business, property and regular transfers less production cost; gifts
and one-off grants stand beside it and do not count.
"""

from dataclasses import dataclass

from inspect_app.demo.chance import Dice, Table

Answer = int | str | list[str] | dict[str, str]
Answers = dict[str, Answer]

SCHOOL_AGE = range(6, 16)
WORKING_AGE = range(18, 61)
SUBSIDY_RANGE = (200, 1200)
TRANSFERS_AT_MOST = 0.6

ADULT_HEALTH = Table({"none": 0.89, "chronic": 0.07, "major": 0.015, "disabled": 0.025})
ELDER_HEALTH = Table({"none": 0.60, "chronic": 0.34, "major": 0.03, "disabled": 0.03})
OUTLOOK_SOUND = Table({"same": 0.66, "more": 0.30, "less": 0.04})
OUTLOOK_FAILING = Table({"same": 0.40, "less": 0.50, "lost": 0.10})


@dataclass(frozen=True)
class Family:
    """Members by age, oldest couple first, and how many of them work elsewhere."""

    ages: tuple[int, ...]
    away: frozenset[int]

    @property
    def elders(self) -> int:
        """Members of 60 years and more."""
        return sum(age >= 60 for age in self.ages)

    @property
    def workers(self) -> int:
        """Members of working age."""
        return sum(age in WORKING_AGE for age in self.ages)

    def first_pupil(self) -> int:
        """Index of the first child of school age, -1 when there is none."""
        return next((i for i, age in enumerate(self.ages) if age in SCHOOL_AGE), -1)


def family(persons: int, dice: Dice, *, with_pupil: bool = False) -> Family:
    """Ages for so many members; a household of three or more can be asked to have a pupil."""
    if persons == 1:
        ages = [dice.between(58, 84) if dice.chance(0.6) else dice.between(32, 57)]
    else:
        head = dice.between(60, 76) if persons == 2 and dice.chance(0.5) else dice.between(30, 56)
        ages = [head, max(head + dice.between(-4, 3), 22)]
    while len(ages) < persons:
        third = len(ages) == 2
        if (third and with_pupil) or dice.chance(0.34):
            ages.append(dice.between(6, 15))
        elif dice.chance(0.3):
            ages.append(dice.between(61, 86))
        elif dice.chance(0.45):
            ages.append(dice.between(0, 5))
        else:
            ages.append(dice.between(16, 28))
    away = [i for i, age in enumerate(ages) if age in WORKING_AGE and dice.chance(0.38)]
    return Family(tuple(ages), frozenset(away if len(away) < persons else away[1:]))


def member_answers(people: Family, dice: Dice, *, on_card: bool) -> list[Answers]:
    """One row a member, all registered, insured and in school."""
    rows = []
    for i, age in enumerate(people.ages):
        health = dice.pick(ELDER_HEALTH if age >= 60 else ADULT_HEALTH) if age >= 16 else "none"
        row: Answers = {
            "m_age": age,
            "m_registered": "yes",
            "m_resident": "no" if i in people.away else "yes",
            "m_labour": _labour(age, health, dice),
            "m_health": [health],
            "m_insured": "worker" if i in people.away and dice.chance(0.2) else "resident",
        }
        if on_card:
            row["m_on_card"] = "yes"
        if age in SCHOOL_AGE:
            row["m_school"] = "completed" if age == 15 and dice.chance(0.15) else "in_school"
        rows.append(row)
    return rows


def income_answers(
    stable: int, people: Family, welfare: str, dice: Dice, *, fails: bool
) -> Answers:
    """Income of the whole household in whole yuan a year; the stable parts sum to `stable`."""
    transfers = _transfers(stable, people, welfare, dice)
    property_income = min(dice.between(100, 3000), stable // 10) if dice.chance(0.12) else 0
    rest = stable - sum(transfers.values()) - property_income
    wages = int(rest * dice.uniform(0.25, 0.9)) if people.workers else 0
    away = int(wages * dice.uniform(0.7, 1.0)) if people.away else 0
    if wages - away < 500:
        away = wages if people.away else 0
    farm = _business(rest - wages, dice)
    answers: Answers = {"wage_local": wages - away, "wage_away": away, **farm}
    answers["property_income"] = property_income
    answers.update(transfers)
    grant = dice.chance(0.5 if fails else 0.12)
    answers["one_off_subsidy"] = 100 * dice.between(5, 50) if grant else 0
    answers["gifts"] = 100 * dice.between(2, 30) if dice.chance(0.3) else 0
    if away:
        answers["away_months"] = sum(dice.between(3, 11) for _ in people.away)
    answers["income_outlook"] = dice.pick(OUTLOOK_FAILING if fails else OUTLOOK_SOUND)
    evidence = ["bank"] if dice.chance(0.6) else []
    evidence += ["payslip"] if away and dice.chance(0.4) else []
    evidence += ["sales"] if farm["crop_gross"] > 3000 and dice.chance(0.3) else []
    answers["income_evidence"] = [*evidence] or ["none"]
    return answers


def _labour(age: int, health: str, dice: Dice) -> str:
    if age < 16:
        return "under_age"
    if age >= 75 or health == "major":
        return "none"
    if age >= 62 or health == "disabled":
        return "partial" if dice.chance(0.7) else "none"
    return "full"


def _transfers(stable: int, people: Family, welfare: str, dice: Dice) -> dict[str, int]:
    persons = len(people.ages)
    cash = 0
    if welfare == "dibao":
        cash = persons * dice.between(1200, 3000)
    elif welfare == "tekun":
        cash = persons * dice.between(5000, 7500)
    elif welfare == "disability":
        cash = dice.between(600, 1800)
    parts = {
        "pension": people.elders * dice.between(1200, 1900),
        "welfare_cash": cash,
        "regular_subsidy": dice.between(*SUBSIDY_RANGE),
    }
    room = int(stable * TRANSFERS_AT_MOST)
    together = sum(parts.values())
    if together <= room:
        return parts
    return {name: part * room // together for name, part in parts.items()}


def _business(net: int, dice: Dice) -> dict[str, int]:
    gross = int(net / (1 - dice.uniform(0.2, 0.45)))
    crops = int(gross * dice.uniform(0.4, 0.9))
    livestock = int((gross - crops) * dice.uniform(0.5, 1.0))
    other = gross - crops - livestock
    if other < 1000:
        livestock, other = livestock + other, 0
    return {
        "crop_gross": crops,
        "livestock_gross": livestock,
        "business_gross": other,
        "production_cost": gross - net,
    }
