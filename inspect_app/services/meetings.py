"""The day on which a county is told the findings: entered, moved later, or put right."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.cases import Case, CaseEvent, FeedbackMeeting
from inspect_app.rules.campaigns import Step
from inspect_app.rules.cases import MEETING_WITHIN, standing
from inspect_app.rules.errors import Conflict, Invalid, StepMissing
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.services import access, campaigns, dossiers, evidence, replies, steps
from inspect_app.services.evidence import Hearing
from inspect_app.services.transactions import writing


def enter(
    session: Session, campaign_id: str, adcode: str, *, held_on: date, by: Caller, at: datetime
) -> Hearing:
    """Enter the day of a county's feedback meeting; evidence is due no earlier.

    Committed: the day, and the deadlines of cases that wait for evidence. A later entry moves it.

    Raises
    ------
    Invalid : a day that is over, since a meeting is entered before it is held; or one too far off
    Conflict : earlier than the day entered, once the county was told of a case
    """
    by.require(campaign_id, *dossiers.STAFF)
    with writing(session, campaign_id):
        evidence.require_county(session, campaign_id, adcode)
        entered = _entered(session, campaign_id, adcode)
        stands = [one.held_on for one in entered[-1:]]
        if stands != [held_on]:
            steps.refuse_after(session, campaign_id, Step.CLOSED)
            _refuse_far(session, campaign_id, held_on, at=at)
            if held_on < field_day(at):
                raise Invalid("A feedback meeting is entered before it is held, or on its day.")
            is_earlier = any(held_on < day for day in stands)
            if is_earlier and _told_at(session, campaign_id, adcode) is not None:
                raise Conflict(
                    "The county was told of a later day; a meeting now moves only later, unless "
                    "the commissioner puts a mistake right."
                )
            _add(session, campaign_id, adcode, held_on, n=len(entered) + 1, by=by, at=at)
            replies.put_off(session, campaign_id, adcode)
        return evidence.heard(session, campaign_id, adcode)


def correct(
    session: Session,
    campaign_id: str,
    adcode: str,
    *,
    held_on: date,
    reason: str,
    by: Caller,
    at: datetime,
) -> Hearing:
    """Put right a mistyped day of a county's feedback meeting; by the commissioner, with a reason.

    The day may be over by now. Committed: the day with its reason, that it was put right, and the
    times of the cases that wait: the full days again from now, but no more than the mistake gave.
    The same again is harmless.

    Raises
    ------
    StepMissing : no meeting is entered
    Invalid : a later day, which is entered like any other; or one before a meeting was entered
    Conflict : earlier than the day that the county was told of before the mistake
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        evidence.require_county(session, campaign_id, adcode)
        entered = _entered(session, campaign_id, adcode)
        if not entered:
            raise StepMissing("No feedback meeting of this county is entered.")
        *before, mistaken = standing(_known(entered, _told_at(session, campaign_id, adcode)))
        if (mistaken, entered[-1].reason) == (held_on, reason):
            return evidence.heard(session, campaign_id, adcode)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        _refuse_far(session, campaign_id, held_on, at=at)
        if held_on >= mistaken:
            raise Invalid("Only a day that is too late is put right; a later one is entered.")
        if held_on < field_day(entered[0].entered_at):
            raise Invalid("No meeting was held before one was entered.")
        if before and held_on < before[-1]:
            raise Conflict(f"Before the mistake the county was told of {before[-1]}.")
        _add(session, campaign_id, adcode, held_on, n=len(entered) + 1, by=by, at=at, reason=reason)
        replies.bring_back(session, campaign_id, adcode, since=at)
        what = f"feedback meeting of {adcode} put right: {mistaken} to {held_on}"
        access.record(session, campaign_id, what, by=by, at=at)
        return evidence.heard(session, campaign_id, adcode)


def _entered(session: Session, campaign_id: str, adcode: str) -> Sequence[FeedbackMeeting]:
    """Every entry of a county's meeting, the first one first."""
    return session.scalars(
        select(FeedbackMeeting)
        .where(FeedbackMeeting.campaign_id == campaign_id, FeedbackMeeting.county_adcode == adcode)
        .order_by(FeedbackMeeting.n)
    ).all()


def _known(entered: Sequence[FeedbackMeeting], told: datetime | None) -> list[tuple[date, bool]]:
    """Return the days that the county knew, one after the other, for `rules.cases.standing`.

    The day that stood when it was first told of a case, and those entered since; not told of any,
    it knew but the last.
    """
    unheard = sum(told is None or one.entered_at < told for one in entered)
    first, *later = entered[max(unheard - 1, 0) :]
    return [(first.held_on, False), *((one.held_on, one.reason is not None) for one in later)]


def _add(
    session: Session,
    campaign_id: str,
    adcode: str,
    held_on: date,
    *,
    n: int,
    by: Caller,
    at: datetime,
    reason: str | None = None,
) -> None:
    session.add(
        FeedbackMeeting(
            campaign_id=campaign_id,
            county_adcode=adcode,
            n=n,
            held_on=held_on,
            entered_by=by.actor,
            entered_at=at,
            reason=reason,
        )
    )
    session.flush()


def _refuse_far(session: Session, campaign_id: str, held_on: date, *, at: datetime) -> None:
    """Refuse a day so far off that it is a slip of the pen."""
    calendar = replies.calendar_of(campaigns.rulebook_of(session, campaign_id))
    last = calendar.after(field_day(at), MEETING_WITHIN)
    if held_on > last:
        raise Invalid(
            f"A feedback meeting is held within {MEETING_WITHIN} working days, by {last}; "
            "is the year right?"
        )


def _told_at(session: Session, campaign_id: str, adcode: str) -> datetime | None:
    """Return when the county was first told of a case."""
    told = select(CaseEvent.at).join(Case, Case.id == CaseEvent.case_id)
    here = (Case.campaign_id == campaign_id, Case.county_adcode == adcode)
    asked = CaseEvent.to_state == CaseState.EVIDENCE_DUE.value
    return session.scalar(told.where(*here, asked).order_by(CaseEvent.at).limit(1))
