"""A county's time to answer: until when, and when it is over.

What a county was once told moves only later: by a feedback meeting that is held later, or by a
successor who joins. Before its end a case goes on only where the county says that its answer is
complete; and as long as no feedback meeting is entered, none has been held, and no time ends.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.cases import Case, CaseEvent, FeedbackMeeting
from inspect_app.rules.cases import Calendar, due
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
    calendar = Calendar(frozenset(book.holidays), frozenset(book.make_up_days))
    return due(state, since, book.case_deadlines, calendar=calendar, not_before=not_before)


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


def is_complete(session: Session, case: Case) -> bool:
    """Whether the county said that nothing more is to come."""
    said = select(CaseEvent.n).where(CaseEvent.case_id == case.id, CaseEvent.complete)
    return session.scalar(said.limit(1)) is not None


def ruling_due(session: Session, case: Case, since: datetime, *, complete: bool) -> datetime | None:
    """Return until when a reviewer sends evidence on: days from when nothing more may come."""
    if case.reply_until is not None and not complete:
        since = max(since, case.reply_until - BEFORE)
    return end_of(session, case, CaseState.EVIDENCE_RECEIVED, since)


def put_off(
    session: Session, campaign_id: str, adcode: str, *, since: datetime | None = None
) -> None:
    """Move the times of a county's open cases later, in the caller's transaction.

    since : from when its days count again, as for a successor; without one since it was told
    """
    waiting = session.scalars(
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.state.in_(officials.WAITING),
        )
        .order_by(Case.id)
    ).all()
    told = {
        case_id: at
        for case_id, at in session.execute(
            select(CaseEvent.case_id, func.max(CaseEvent.at))
            .where(
                CaseEvent.case_id.in_([case.id for case in waiting]),
                CaseEvent.to_state == CaseState.EVIDENCE_DUE.value,
            )
            .group_by(CaseEvent.case_id)
        )
    }
    for case in waiting:
        case.reply_until = until(session, case, since or told[case.id])
        if case.state == CaseState.EVIDENCE_DUE.value:
            case.due_at = case.reply_until
        elif case.due_at is not None and not is_complete(session, case):
            later = ruling_due(session, case, told[case.id], complete=False)
            case.due_at = max(case.due_at, later or case.due_at)
    session.flush()


def meeting_of(session: Session, campaign_id: str, adcode: str) -> date | None:
    """Return the day of a county's feedback meeting as last entered."""
    return session.scalar(
        select(FeedbackMeeting.held_on)
        .where(FeedbackMeeting.campaign_id == campaign_id, FeedbackMeeting.county_adcode == adcode)
        .order_by(FeedbackMeeting.n.desc())
        .limit(1)
    )
