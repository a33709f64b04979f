"""What one interview will tell of a household: who lives there, what fails, what is kept back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from inspect_app.demo.chance import Dice
from inspect_app.demo.livelihood import Answers, Family, family, income_answers, member_answers
from inspect_app.demo.truth import TruthRow

ROUND_KINDS = ("exit", "revisit")


@dataclass(frozen=True)
class Visit:
    """One visit of a pair to a household.

    Parameters
    ----------
    started_at : aware, with the offset to be written
    enumerators : names or codes of the pair
    latitude, longitude : degrees of the village as the device sees them, None without a fix
    visit_no : 1 to the most the rule book allows
    round_kind : exit or revisit
    repeat : a call-back, or a second interview by another pair
    interpreter : code of the agency's interpreter, used where the household needs one
    """

    started_at: datetime
    enumerators: tuple[str, str]
    latitude: float | None = None
    longitude: float | None = None
    visit_no: int = 1
    round_kind: str = "exit"
    repeat: bool = False
    interpreter: str = "interpreter-1"

    def __post_init__(self) -> None:
        if self.started_at.utcoffset() is None:
            raise ValueError("a visit starts at a time with an offset")
        if self.round_kind not in ROUND_KINDS:
            raise ValueError(f"round_kind is one of {ROUND_KINDS}")


def at_desk(household: TruthRow, visit: Visit) -> bool:
    """Whether this interview is made up; a repeat by another pair never is."""
    return household.appearance == "fabricated" and not visit.repeat


@dataclass(frozen=True)
class Story:
    """What the answers will tell.

    Parameters
    ----------
    household : the truth
    block : what fails by the answers, "" when nothing does
    silent : block, or "approval", left open, "" when nothing is
    people : members by age
    members : one row of answers a member
    income : answers of the income block
    stable : stable net income of the household, whole yuan a year
    """

    household: TruthRow
    block: str
    silent: str
    people: Family
    members: list[Answers]
    income: Answers
    stable: int

    @classmethod
    def of(cls, household: TruthRow, visit: Visit, line: int, dice: Dice) -> Self:
        """Settle the story of one interview against the poverty line of the year."""
        silent = household.unanswered_block(repeat=visit.repeat)
        block = household.shown_block(repeat=visit.repeat)
        # What a household keeps to itself cannot be seen to fail.
        block = "" if silent == block else block
        below = block == "income"
        ratio = household.income_ratio
        if at_desk(household, visit):
            ratio = 2.0
        elif below and ratio >= 1:
            ratio = dice.uniform(0.55, 0.95)
        elif not below and ratio <= 1:
            ratio = dice.uniform(1.2, 2.0)
        people = family(household.persons, dice, with_pupil=block == "schooling")
        stable = int(ratio * line * household.persons)
        return cls(
            household=household,
            block=block,
            silent=silent,
            people=people,
            members=member_answers(people, dice, on_card=household.household_class != "N"),
            income=income_answers(stable, people, household.welfare, dice, fails=below),
            stable=stable,
        )
