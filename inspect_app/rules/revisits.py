"""Second visits: who is drawn for a blind one, and how its answers stand beside the first.

A household is drawn when the uniform number of its ticket under the county's re-interview seed
lies below the share of the rule book. The seed is sealed until fieldwork is over, so nobody can
foresee or steer the choice, and anybody can repeat it afterwards; no list has to be complete first.

A comparison leaves out the visit, the attestation, photos and free text, and every question that
either side did not answer. Amounts count as equal within a tenth (our default): nobody remembers
a year's income to the yuan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from inspect_app.rules.questionnaires import Questionnaire

ABOUT_THE_VISIT = frozenset({"visit", "attestation"})
OPINION = frozenset({"satisfaction", "observation"})
FREE = frozenset({"photo", "signature", "text", "geopoint", "datetime"})
UNKNOWN = frozenset({"dk", "refused"})
TOLERANCE = Fraction(1, 10)


class RevisitKind(StrEnum):
    """Why a household is visited again."""

    BLIND = "blind"
    RECHECK = "recheck"


LETTERS = {RevisitKind.BLIND: "b", RevisitKind.RECHECK: "c"}


@dataclass(frozen=True)
class Difference:
    """A question to which two visits got different answers; `row` counts members, oldest first."""

    field: str
    row: int | None
    first: Any
    second: Any
    is_fact: bool


@dataclass(frozen=True)
class Agreement:
    """How far two interviews agree; counts of questions answered in both."""

    compared: int
    equal: int
    differences: tuple[Difference, ...] = ()

    @property
    def share(self) -> float | None:
        """Share of equal answers; None where nothing could be compared."""
        return self.equal / self.compared if self.compared else None

    @property
    def facts(self) -> tuple[Difference, ...]:
        """Differences about facts, not opinions."""
        return tuple(one for one in self.differences if one.is_fact)

    def is_alarming(self, least: float) -> bool:
        """Whether a reviewer should look: too little agrees."""
        return self.share is not None and self.share < least


def round_of(wave: int, kind: RevisitKind, nth: int = 1) -> str:
    """Name the round of a second visit: the wave with its letter, from the second one counted."""
    return f"{wave}{LETTERS[kind]}{nth if nth > 1 else ''}"


def is_drawn(number: Fraction, share: float) -> bool:
    """Whether the number of a household's ticket draws it for a blind re-interview."""
    return number < Fraction(repr(share))


def compare(first: Mapping[str, Any], second: Mapping[str, Any], form: Questionnaire) -> Agreement:
    """Set the answers of a second interview beside those of the first."""
    equal, differences = 0, []
    for one in _pairs(first, second, form):
        if _is_equal(one.first, one.second):
            equal += 1
        else:
            differences.append(one)
    return Agreement(equal + len(differences), equal, tuple(differences))


def _pairs(
    first: Mapping[str, Any], second: Mapping[str, Any], form: Questionnaire
) -> Iterator[Difference]:
    """Every question answered in both, as a difference still to be looked at."""
    rows = _oldest_first(first), _oldest_first(second)
    if rows[0] and rows[1]:
        yield Difference("members", None, len(rows[0]), len(rows[1]), True)
    for block in form.blocks:
        if block.id in ABOUT_THE_VISIT:
            continue
        is_fact = block.id not in OPINION
        for question in block.fields:
            if question.type in FREE:
                continue
            if block.repeat is None:
                yield from _answered(question.id, None, first, second, is_fact)
            elif len(rows[0]) == len(rows[1]):
                for n, (one, other) in enumerate(zip(*rows, strict=True)):
                    yield from _answered(question.id, n, one, other, is_fact)


def _answered(
    name: str, row: int | None, first: Mapping[str, Any], second: Mapping[str, Any], is_fact: bool
) -> Iterator[Difference]:
    one, other = first.get(name), second.get(name)
    if one is None or other is None or one in UNKNOWN_VALUES or other in UNKNOWN_VALUES:
        return
    yield Difference(name, row, one, other, is_fact)


UNKNOWN_VALUES: Sequence[Any] = tuple(UNKNOWN)


def _oldest_first(answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Members in an order that does not depend on who was named first."""

    def age(row: Mapping[str, Any]) -> tuple[int, str]:
        told = row.get("m_age")
        return (-told if isinstance(told, int) else 1, str(row.get("m_labour")))

    return sorted(answers.get("members") or (), key=age)


def _is_equal(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return set(one) == set(other)
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
    return bool(one == other)
