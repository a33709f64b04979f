"""A county's time to answer: until when, and when it is over.

What a county was once told moves only later: by a feedback meeting that is held later, or by a
successor who joins. Where a day was mistyped, a correction takes back what the mistake added, and
the county has its full days again from then. Before its end a case goes on only where the county
says that its answer is complete; as long as no feedback meeting is entered, none has been held,
and no time ends; and no county is silent before a notice has asked it, from which its days count.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.cases import Case, CaseEvent, FeedbackMeeting
from inspect_app.models.papers import Notice
from inspect_app.rules.cases import Calendar, due
from inspect_app.rules.notices import NoticeKind
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.states import CaseState
from inspect_app.services import campaigns, officials

BEFORE = timedelta(microseconds=1)
"""A deadline is the midnight after its day; this much before it is still that day."""


def end_of(
    session: Session,
    case: Case,
    state: CaseState,
    since: datetime,
    *,
    not_before: date | None = None,
) -> datetime | None:
    """Return until when a case may stay in a state, by the campaign's rule book."""
    book = campaigns.rulebook(session.get_one(Campaign, case.campaign_id))
    return due(state, since, book.case_deadlines, calendar=calendar_of(book), not_before=not_before)


def calendar_of(book: RuleBook) -> Calendar:
    """Return the working days of a rule book."""
    return Calendar(frozenset(book.holidays), frozenset(book.make_up_days))


def until(session: Session, case: Case, since: datetime) -> datetime | None:
    """Return until when a county told at a moment may answer; never earlier than it was told."""
    meeting = meeting_of(session, case.campaign_id, case.county_adcode)
    found = end_of(session, case, CaseState.EVIDENCE_DUE, since, not_before=meeting)
    told = case.reply_until
    return max(found, told) if found is not None and told is not None else found or told


def is_over(session: Session, case: Case, at: datetime) -> bool:
    """Whether the county has had its time, or said that its answer is complete."""
    if is_complete(session, case):
        return True
    # A case that was told before times of reply were kept has the deadline of its state.
    end = case.reply_until or case.due_at
    meeting = meeting_of(session, case.campaign_id, case.county_adcode)
    return end is not None and at >= end and meeting is not None


def is_asked(session: Session, case: Case) -> bool:
    """Whether a notice has asked the county about a case, so that silence would be an answer."""
    told = session.scalars(
        select(Notice.cases).where(
            Notice.campaign_id == case.campaign_id,
            Notice.county_adcode == case.county_adcode,
            Notice.kind == NoticeKind.TOLD.value,
        )
    )
    return any(case.id in cases for cases in told)


def is_complete(session: Session, case: Case) -> bool:
    """Whether the county said that nothing more is to come."""
    said = select(CaseEvent.n).where(CaseEvent.case_id == case.id, CaseEvent.complete)
    return session.scalar(said.limit(1)) is not None


def ruling_due(session: Session, case: Case, since: datetime, *, complete: bool) -> datetime | None:
    """Return until when a reviewer sends evidence on: days from when nothing more may come."""
    if case.reply_until is not None and not complete:
        since = max(since, case.reply_until - BEFORE)
    return end_of(session, case, CaseState.EVIDENCE_RECEIVED, since)


def ask(session: Session, case: Case, *, at: datetime) -> None:
    """Let the county's days count from a notice, in the caller's transaction."""
    case.reply_until = until(session, case, at)
    _follow(session, case)


def put_off(
    session: Session, campaign_id: str, adcode: str, *, since: datetime | None = None
) -> None:
    """Move the times of a county's open cases later, in the caller's transaction.

    since : from when its days count again, as for a successor; without one since it was told
    """
    for case, told in _waiting(session, campaign_id, adcode):
        case.reply_until = until(session, case, since or told)
        _follow(session, case)
    session.flush()


def bring_back(session: Session, campaign_id: str, adcode: str, *, since: datetime) -> None:
    """Take back what a mistyped meeting added to the times of a county, in the caller's
    transaction: no case has less than its full days from now, nor than it was told before."""
    meeting = meeting_of(session, campaign_id, adcode)
    for case, _ in _waiting(session, campaign_id, adcode):
        full = end_of(session, case, CaseState.EVIDENCE_DUE, since, not_before=meeting)
        if full is not None and case.reply_until is not None:
            case.reply_until = min(case.reply_until, full)
        _follow(session, case)
    session.flush()


def _waiting(session: Session, campaign_id: str, adcode: str) -> list[tuple[Case, datetime]]:
    """The cases on which a county may still bring evidence, and when it was told of each."""
    rows = session.execute(
        select(Case, func.max(CaseEvent.at))
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.state.in_(officials.WAITING),
            CaseEvent.to_state == CaseState.EVIDENCE_DUE.value,
        )
        .group_by(Case.id)
        .order_by(Case.id)
    )
    return [(case, told) for case, told in rows]


def _follow(session: Session, case: Case) -> None:
    """Let the deadline of a case's state follow the county's time."""
    if case.state == CaseState.EVIDENCE_DUE.value:
        case.due_at = case.reply_until
    elif not is_complete(session, case):
        answered = session.scalars(
            select(func.max(CaseEvent.at)).where(CaseEvent.case_id == case.id)
        ).one()
        case.due_at = ruling_due(session, case, answered, complete=False)


def meeting_of(session: Session, campaign_id: str, adcode: str) -> date | None:
    """Return the day of a county's feedback meeting as last entered."""
    return session.scalar(
        select(FeedbackMeeting.held_on)
        .where(FeedbackMeeting.campaign_id == campaign_id, FeedbackMeeting.county_adcode == adcode)
        .order_by(FeedbackMeeting.n.desc())
        .limit(1)
    )
