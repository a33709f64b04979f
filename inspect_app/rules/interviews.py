"""What phones send, once its shape has been checked: interviews, contacts, rosters.

`check` then holds an interview against its questionnaire. Two outcomes are told apart:

* a **fault** makes the op `invalid`, which means quarantine until a supervisor releases it: the
  answers belong to another household or to a form for another class, or an answer breaks a hard
  constraint (a person of 150 years). What cannot be read at all is a fault of the schema.
* a **flag** goes with an accepted interview to the nightly review: soft constraints, answers
  that should not or should have been given, an official in the room. A completed interview that
  lacks an answer is accepted with a flag, because the missing answer counts as unknown in every
  finding and leads to a call-back by itself; keeping the whole household out would lose more.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.questionnaires import Block, Field, Questionnaire
from inspect_app.rules.values import Reading

Answer = int | str | tuple[str, ...] | Mapping[str, str]
"""One answer: whole number; text, choice, RFC 3339 time, SHA-256 or code for "no answer";
choices of a list; geopoint {lat, lon, accuracy} as decimal text."""

Row = Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Interview:
    """One household's answers. An absent key is an unanswered question.

    halved : answers that lost half a character on the phone, members counted from 0
    """

    unit_id: str
    round: str
    salt: str = field(repr=False)
    answers: Row = field(repr=False)
    members: tuple[Row, ...] = field(repr=False)
    halved: tuple[tuple[str, int | None], ...] = ()

    @property
    def is_completed(self) -> bool:
        """The visit brought a whole interview."""
        return self.disposition == "completed"

    @property
    def disposition(self) -> str:
        """Outcome of the visit."""
        return str(self.answers["disposition"])

    @property
    def class_found(self) -> str:
        """Household class found on the spot: E, P, N or other."""
        return str(self.answers["class_found"])


@dataclass(frozen=True, slots=True)
class Contact:
    """A visit that brought no interview."""

    unit_id: str
    round: str
    visit_no: int
    disposition: str
    at: datetime
    note: str = field(default="", repr=False)
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One household as listed on arrival in the village."""

    unit_id: str
    village_code: str
    household_class: str
    persons: int
    line: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The households of a village in the order listed, sealed before the draw."""

    village_code: str
    household_class: str
    rows: tuple[RosterRow, ...]
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the campaign knows about a visit before the first question."""

    household_class: str | None
    round_kind: str
    reference_date: date
    max_visits: int


@dataclass(frozen=True, slots=True)
class Flag:
    """Something the nightly review must look at; `row` counts members from 0."""

    code: str
    field: str
    row: int | None = None
    detail: str = ""


UNATTESTED = {"official_absent": "absence_unattested", "room_cleared": "clearing_unattested"}
"""What a pair that leaves open who was in the room is flagged with: silence proves no absence."""

MUST_RETURN = frozenset(
    {
        "official_present",
        "official_interpreting",
        "room_not_cleared",
        "completed_without_consent",
        *UNATTESTED.values(),
    }
)
"""Flags that send the interview back for a repeat by another pair."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An interview held against its questionnaire."""

    faults: tuple[Fault, ...]
    flags: tuple[Flag, ...]

    @property
    def is_valid(self) -> bool:
        """No fault: the op may become a revision."""
        return not self.faults

    @property
    def must_return(self) -> bool:
        """The conditions of the interview were broken, so another pair repeats it."""
        return any(flag.code in MUST_RETURN for flag in self.flags)


def check(interview: Interview, form: Questionnaire, occasion: Occasion) -> Checked:
    """Relevance, required answers and constraints of one interview."""
    reading = Reading(
        answers=interview.answers,
        rows={"members": interview.members},
        context={
            "household_class": occasion.household_class,
            "round_kind": occasion.round_kind,
            "reference_date": occasion.reference_date.isoformat(),
            "max_visits": occasion.max_visits,
        },
    )
    visit = _Visit(interview, form, reading, occasion.household_class)
    found: list[Fault | Flag] = list(_identity(interview))
    for block in form.blocks:
        found.extend(visit.block(block))
    found.extend(_conditions(interview))
    if interview.is_completed:
        left_open = {
            each.field for each in found if isinstance(each, Flag) and each.code == "unanswered"
        }
        found.extend(_unattested(interview, form, left_open))
    found.extend(Flag("half_character", name, row) for name, row in interview.halved)
    return Checked(
        faults=tuple(each for each in found if isinstance(each, Fault)),
        flags=tuple(each for each in found if isinstance(each, Flag)),
    )


def _identity(interview: Interview) -> Iterator[Fault]:
    if interview.answers["household_id"] != interview.unit_id:
        yield fault("/answers/household_id", "unit-mismatch")


@dataclass(frozen=True, slots=True)
class _Visit:
    """The questions of a form, seen from one household."""

    interview: Interview
    form: Questionnaire
    reading: Reading
    household_class: str | None

    def block(self, block: Block) -> Iterator[Fault | Flag]:
        """Look closely at the questions of a block that may be wrong: in most households none."""
        is_shown = block.relevance is None or block.relevance.holds(self.reading) is not False
        places: Iterable[tuple[int | None, Row]] = [(None, self.interview.answers)]
        if block.repeat is not None:
            rows = self.interview.members
            if rows and not is_shown:
                yield Flag("not_relevant", block.id)
            if not rows and is_shown and self.interview.is_completed:
                yield Flag("unanswered", block.id)
            places = enumerate(rows)
        view = block.views.get(self.household_class) if is_shown else None
        for row, answers in places:
            for question in block.fields if view is None else view(self.reading, answers):
                yield from self._question(question, answers, row, is_shown)

    def _question(
        self, question: Field, answers: Row, row: int | None, is_shown: bool
    ) -> Iterator[Fault | Flag]:
        value = answers.get(question.id)
        if value is None:
            if (
                self.interview.is_completed
                and question.required
                and is_shown
                and not self._is_hidden(question, answers)
            ):
                yield Flag("unanswered", question.id, row)
            return
        if not question.is_asked_of(self.household_class):
            yield fault(_pointer(question, row), "not-asked")
        elif not is_shown or self._relevance(question, answers) is False:
            yield Flag("not_relevant", question.id, row)
        rule = question.constraint
        if rule is None or rule.expression.run(self.reading, answers, value) is not False:
            return
        if rule.severity == "hard":
            words = {"zh": rule.message_zh, "en": rule.message_en}
            yield fault(_pointer(question, row), "constraint", **words)
        else:
            message = f"{rule.message_zh} | {rule.message_en}"
            yield Flag("soft_constraint", question.id, row, message)

    def _relevance(self, question: Field, answers: Row) -> object:
        rule = question.relevance
        return True if rule is None else rule.run(self.reading, answers, None)

    def _is_hidden(self, question: Field, answers: Row) -> bool:
        """Not asked here, or made irrelevant, or hanging on a question that is hidden itself.

        Unknown relevance shows a question, but an unanswered question that was rightly not
        asked leaves nothing unknown: no reason is wanted for a school not gone to at 44.
        """
        if not question.is_asked_of(self.household_class):
            return True
        relevance = self._relevance(question, answers)
        if relevance is not None or question.relevance is None:
            return relevance is False
        for name in question.relevance.refers_to:
            leading = self.form.fields.get(name)
            if leading is not None and self._is_hidden(leading, self._home_of(leading, answers)):
                return True
        return False

    def _home_of(self, question: Field, answers: Row) -> Row:
        """The answers among which a question stands: a member's row, or the household's own."""
        return answers if question.id in self.form.in_rows else self.interview.answers


def _pointer(question: Field, row: int | None) -> str:
    return f"/answers/{question.id}" if row is None else f"/answers/members/{row}/{question.id}"


def _conditions(interview: Interview) -> Iterator[Flag]:
    """Were the conditions of a fair interview kept, and do the parts agree?"""
    answers = interview.answers
    if answers.get("official_absent") == "no":
        yield Flag("official_present", "official_absent")
    if answers.get("interpreter_used") == "official":
        yield Flag("official_interpreting", "interpreter_used")
    if answers.get("room_cleared") == "no":
        yield Flag("room_not_cleared", "room_cleared")
    if interview.is_completed and answers.get("consent") == "no":
        yield Flag("completed_without_consent", "consent")
    for name in ("coaching_signs", "interference"):
        if answers.get(name, ("none",)) != ("none",):
            yield Flag(name, name)
    if answers.get("income_evidence") == ("none",):
        yield Flag("no_income_evidence", "income_evidence")
    listed = [row.get("m_registered") for row in interview.members]
    registered = answers.get("registered_members")
    if (
        isinstance(registered, int)
        and listed
        and set(listed) <= {"yes", "no"}
        and listed.count("yes") != registered
    ):
        yield Flag("members_disagree", "registered_members")


def _unattested(interview: Interview, form: Questionnaire, left_open: set[str]) -> Iterator[Flag]:
    """What the form asks the pair to attest and they did not, with the household's consent."""
    asked = [one.id for block in form.blocks if block.id == "attestation" for one in block.fields]
    for name in ("consent", *asked):
        code = UNATTESTED.get(name)
        if code is not None:
            if interview.answers.get(name) not in ("yes", "no"):
                yield Flag(code, name)
        elif name in left_open:
            yield Flag("attestation_missing", name)
