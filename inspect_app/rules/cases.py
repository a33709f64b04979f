"""How a case moves from suspicion to ruling: steps, who may take them, and until when.

Days are working days in China time: weekdays, but for the holidays and with the make-up days that
the rule book enters from the yearly notice. A book that enters none knows weekends only.

A ruling takes two: one person proposes it with a reason, a second one signs or dissents. Nobody
signs the own proposal, and whoever opened a case has no hand in its ruling. Where the experts
dissent the case is undecided, and the commissioner's experts have it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from inspect_app.rules.chain import CHINA
from inspect_app.rules.errors import CaseStep, Forbidden, OwnCase, OwnProposal
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseKind, CaseState

S = CaseState
RULED = frozenset({S.CONFIRMED, S.OVERTURNED, S.UNDECIDED})

REVIEWERS = frozenset({Role.REVIEWER, Role.EXPERT})
EXPERTS = frozenset({Role.EXPERT})
CONVENED = frozenset({Role.EXPERT, Role.COMMISSIONER})

STEPS: Mapping[tuple[CaseState, CaseState], frozenset[Role]] = {
    (S.SUSPECTED, S.EVIDENCE_DUE): REVIEWERS,
    (S.SUSPECTED, S.OVERTURNED): REVIEWERS,  # a data error only
    (S.EVIDENCE_DUE, S.EVIDENCE_RECEIVED): frozenset({Role.COUNTY_OFFICIAL}),
    (S.EVIDENCE_RECEIVED, S.EVIDENCE_RECEIVED): frozenset({Role.COUNTY_OFFICIAL}),
    (S.EVIDENCE_DUE, S.UNDER_RULING): REVIEWERS,  # the deadline has lapsed
    (S.EVIDENCE_RECEIVED, S.UNDER_RULING): REVIEWERS,  # or the county's answer is complete
    (S.UNDER_RULING, S.CONFIRMED): EXPERTS,
    (S.UNDER_RULING, S.OVERTURNED): EXPERTS,
    (S.UNDER_RULING, S.UNDECIDED): EXPERTS,
    (S.UNDECIDED, S.CONFIRMED): CONVENED,
    (S.UNDECIDED, S.OVERTURNED): CONVENED,
}
"""From state, to state -> the roles that may take the step. Ruled cases are never reopened: the
commissioner opens a new one that names the old."""

RULINGS = frozenset(step for step in STEPS if step[1] in RULED and step[1] is not step[0])
"""Steps that take a second signature."""

RECHECKED = frozenset({S.EVIDENCE_DUE, S.EVIDENCE_RECEIVED, S.UNDER_RULING, S.UNDECIDED})
"""States in which a pair that was not there may be sent to look again."""

DEFAULT_DEADLINES: Mapping[CaseState, int] = {
    S.SUSPECTED: 1,
    S.EVIDENCE_DUE: 3,
    S.EVIDENCE_RECEIVED: 2,
    S.UNDER_RULING: 5,
    S.UNDECIDED: 10,
}
"""Working days that a case may stay in a state."""

MEETING_WITHIN = 30
"""Working days within which a feedback meeting is held once its day is entered; a day further off
is a slip of the pen, and would keep every case of the county waiting."""

FILES_A_CASE = 40
FILES_AN_HOUR = 120
"""Files of a county that a case holds, and that one official brings within an hour."""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: ISO dates of weekdays off, and of weekend days that are worked."""

    holidays: frozenset[str] = frozenset()
    make_up_days: frozenset[str] = frozenset()

    def works(self, day: date) -> bool:
        """Whether a day counts as a working day."""
        name = day.isoformat()
        if name in self.make_up_days:
            return True
        return day.weekday() < 5 and name not in self.holidays

    def after(self, day: date, days: int) -> date:
        """Return the working day that comes so many after a day, which does not count itself."""
        left = days
        while left > 0:
            day += timedelta(days=1)
            left -= self.works(day)
        return day


WEEKENDS = Calendar()


@dataclass(frozen=True)
class NewLead:
    """A hint about a household outside the sample, as sent.

    unit_id : its register code, or how the village list names it
    """

    village_code: str
    unit_id: str
    kind: CaseKind
    persons: int
    blocks: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Upload:
    """A file of the county as sent, with what the county says of it."""

    name: str
    sha256: str
    type: str
    content: bytes = field(repr=False)
    document_date: date | None = None
    state_at_reference: str | None = None


SIGNATURES: Mapping[str, bytes] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""Types of evidence that are taken, with the bytes that such a file begins with."""


def fault_of(upload: Upload, *, today: date) -> str | None:
    """Say why a file cannot be taken; None when it can. today : of China, which no date passes."""
    begin = SIGNATURES.get(upload.type)
    if begin is None:
        return f"Evidence is one of {', '.join(SIGNATURES)}."
    if not upload.content.startswith(begin):
        return f"The file is not what it says: no {upload.type} begins so."
    if hashlib.sha256(upload.content).hexdigest() != upload.sha256:
        return "The file does not have the hash that was stated."
    if upload.document_date is None and not (upload.state_at_reference or "").strip():
        return "Say of which day the document is, or what it shows of the reference date."
    if upload.document_date is not None and upload.document_date > today:
        return "No document is of a day that is still to come."
    return None


def are_later(papers: Iterable[tuple[bool | None, str | None]]) -> bool:
    """Whether a county brought papers, and every one is younger than the visit and says nothing of
    the reference date: repairs and grants since then are recorded, and overturn nothing.

    papers : of each whether it is younger, and what it shows of the reference date
    """
    found = [is_younger and not state for is_younger, state in papers]
    return bool(found) and all(found)


def require_step(
    before: CaseState,
    after: CaseState,
    *,
    role: Role,
    reply_is_over: bool = False,
    opened_by_actor: bool = False,
) -> None:
    """Refuse a step that the state, the role or the independence of rulings forbids.

    Parameters
    ----------
    reply_is_over : the county has had its time, or said that its answer is complete
    opened_by_actor : whoever takes the step opened the case

    Raises
    ------
    CaseStep : no such step from this state, or evidence may still come in
    Forbidden : another role takes this step
    OwnCase : a ruling by whoever opened the case, be it that it was a data error
    """
    roles = STEPS.get((before, after))
    if roles is None:
        raise CaseStep(f"A case that is {before} cannot become {after}.")
    if role not in roles:
        raise Forbidden(f"The step from {before} to {after} is for others: {_names(roles)}.")
    asked = before in (S.EVIDENCE_DUE, S.EVIDENCE_RECEIVED)
    if asked and after is S.UNDER_RULING and not reply_is_over:
        raise CaseStep(
            "The county may still bring evidence: its deadline has not passed, or no feedback "
            "meeting is entered."
        )
    if (before, after) in RULINGS and opened_by_actor:
        raise OwnCase()


def require_signature(
    before: CaseState,
    after: CaseState,
    *,
    role: Role,
    proposed_by_actor: bool,
    opened_by_actor: bool,
) -> None:
    """Refuse a second signature by the wrong role, by the proposer, or by who opened the case."""
    roles = STEPS.get((before, after))
    if roles is None or (before, after) not in RULINGS:
        raise CaseStep(f"A case that is {before} cannot become {after}.")
    if role not in roles:
        raise Forbidden(f"This ruling is signed by others: {_names(roles)}.")
    if proposed_by_actor:
        raise OwnProposal()
    if opened_by_actor:
        raise OwnCase()


def after_dissent(before: CaseState) -> CaseState:
    """Where a case goes when the second signature is refused: experts who differ leave it open."""
    return S.UNDECIDED if before is S.UNDER_RULING else before


def due(
    state: CaseState,
    since: datetime,
    deadlines: Mapping[str, int] | None = None,
    *,
    calendar: Calendar = WEEKENDS,
    not_before: date | None = None,
) -> datetime | None:
    """Return the midnight that ends the working day until which a case may stay in a state.

    From that moment on the deadline has passed. None for a state that is final. The day of entry
    does not count. `not_before` is a day that must have passed as well, such as that of the
    feedback meeting.
    """
    days = (deadlines or DEFAULT_DEADLINES).get(state)
    if days is None:
        return None
    day = calendar.after(since.astimezone(CHINA).date(), days)
    if not_before is not None:
        day = max(day, not_before)
    return datetime.combine(day + timedelta(days=1), time.min, CHINA).astimezone(UTC)


def standing(entries: Iterable[tuple[date, bool]]) -> list[date]:
    """Return the days that stood one after the other, without those that were put right.

    entries : each day as it was entered, and whether it takes the place of the one before
    """
    found: list[date] = []
    for day, corrects in entries:
        if corrects:
            found.pop()
        found.append(day)
    return found


def _names(roles: Iterable[Role]) -> str:
    return ", ".join(sorted(roles))
