"""Revisions in conflict: a supervisor says which one counts; the other stays readable."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import ConflictChoice, Interview, Revision
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import ReviewClosed, RevisionStale
from inspect_app.rules.roles import Caller
from inspect_app.rules.states import InterviewState
from inspect_app.services import comparisons, interviews, ledger, queues, steps
from inspect_app.services.queues import READERS
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings


@dataclass(frozen=True)
class Chosen:
    """Which revision of an interview counts now."""

    interview_id: str
    state: str
    rev: int
    in_conflict: bool


def choose(
    session: Session,
    interview_id: str,
    *,
    rev: int,
    reason: str,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Chosen:
    """Say which of the revisions in conflict counts, with a reason; again is harmless.

    By the leader of the team or a reviewer. Committed: the choice, an event, the interview's
    place in the review. It accepts nothing: the chosen revision is reviewed like any other.

    Raises
    ------
    Unknown : no interview that the caller may know of
    RevisionStale : no such revision, or no conflict and another revision is current
    ReviewClosed : the interview is decided, or waits for the field, on another revision
    StepTaken : the campaign is closed
    """
    campaign_id = queues.find(session, interview_id, by, *READERS).campaign_id
    with writing(session, campaign_id):
        interview = session.get_one(Interview, interview_id, with_for_update=True)
        revision = session.get(Revision, (interview_id, rev))
        if revision is None or (not interview.in_conflict and rev != interview.current_rev):
            raise RevisionStale(current_rev=interview.current_rev)
        if interview.in_conflict:
            steps.refuse_after(session, campaign_id, Step.CLOSED)
            if interview.state != InterviewState.RECEIVED and rev != interview.current_rev:
                raise ReviewClosed(f"The interview is {interview.state}.", state=interview.state)
            interviews.make_current(session, interview, revision)
            _write_down(session, interview, revision, reason, by=by, at=at)
            event = ledger.Draft(
                LineType.EVENT,
                EventName.CONFLICT_DECIDED.value,
                op_id=revision.op_id,
                kind="interview",
                interview_id=interview_id,
                rev=rev,
            )
            ledger.append(session, campaign_id, [event], key=key_of(settings), at=at)
            comparisons.sort_into_queue(session, campaign_id, [interview_id], at)
        return Chosen(interview_id, interview.state, interview.current_rev, interview.in_conflict)


def _write_down(
    session: Session,
    interview: Interview,
    revision: Revision,
    reason: str,
    *,
    by: Caller,
    at: datetime,
) -> None:
    earlier = session.scalar(
        select(func.count())
        .select_from(ConflictChoice)
        .where(ConflictChoice.interview_id == interview.interview_id)
    )
    session.add(
        ConflictChoice(
            interview_id=interview.interview_id,
            n=(earlier or 0) + 1,
            rev=revision.rev,
            reason=reason,
            decided_by=by.actor,
            decided_at=at,
        )
    )
    session.flush()
