"""Stable net income of a household, with bounds where answers are missing.

Net income = wages + gross business + property + transfers − production cost, whole yuan for
the whole household and twelve months. Gifts and one-off grants stay outside *stable* income
unless the rule book counts them. Nothing is divided: the household is compared with line × heads.
"""

from dataclasses import dataclass

from inspect_app.rules.answers import number
from inspect_app.rules.interviews import Interview, Row
from inspect_app.rules.rulebooks import RuleBook

STABLE_PARTS = (
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
ONE_OFF_PARTS = ("one_off_subsidy", "gifts")


@dataclass(frozen=True, slots=True)
class Income:
    """Bounds of stable net income in yuan; None is without bound on that side.

    `heads` is None when the household did not say how many it is: the register's count may
    carry a case, but nobody's income is divided by it.
    """

    low: int | None
    high: int | None
    one_off: int | None
    heads: int | None

    @property
    def is_known(self) -> bool:
        """No part is missing."""
        return self.low is not None and self.low == self.high

    def is_above(self, line: int) -> bool:
        """Certainly above line × heads; exactly on the line is not above it."""
        if self.low is None or self.heads is None:
            return False
        return self.low > line * self.heads

    def is_at_or_below(self, line: int) -> bool:
        """Certainly not above line × heads."""
        if self.high is None or self.heads is None:
            return False
        return self.high <= line * self.heads


def stable_income(interview: Interview, *, heads: int | None, book: RuleBook) -> Income:
    """Add up what is known. A missing receipt is at least 0, a missing cost at least 0."""
    answers = interview.answers
    is_counted = book.one_off_income == "counted"
    receipts = [number(answers, part) for part in STABLE_PARTS]
    one_off = [number(answers, part) for part in ONE_OFF_PARTS]
    if is_counted:
        receipts += one_off
    cost = number(answers, "production_cost")
    known = sum(part for part in receipts if part is not None)
    return Income(
        low=None if cost is None else known - cost,
        high=None if None in receipts else known - (cost or 0),
        one_off=None if None in one_off else sum(part or 0 for part in one_off),
        heads=heads,
    )


def head_count(interview: Interview, *, frame_persons: int, book: RuleBook) -> tuple[int, str]:
    """Members on the basis of the rule book, and where the count comes from.

    The household's own count, else the rows listed if each is clear, else the register.
    """
    total, of_row = (
        ("registered_members", "m_registered")
        if book.members_basis == "registered"
        else ("resident_members", "m_resident")
    )
    said = number(interview.answers, total)
    if said:
        return said, "answer"
    listed = _listed(interview.members, of_row)
    return (listed, "rows") if listed else (frame_persons, "register")


def _listed(members: tuple[Row, ...], of_row: str) -> int:
    marks = [row.get(of_row) for row in members]
    return marks.count("yes") if set(marks) <= {"yes", "no"} else 0
