"""Reserve villages in the place of those that cannot be visited.

Whoever knows the name of a village might exchange it for another. Once a village is released, a
commissioner, who plans nothing, approves that it is given up: on the day of its visit or later,
with the document that shows why. Which reserve follows, the draw has settled.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Contact, Interview, RosterList
from inspect_app.models.samples import (
    Assignment,
    ExchangeApproval,
    SampleHousehold,
    SampleVillage,
)
from inspect_app.rules.assignments import NewApproval
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict, ExchangeNotApproved, TooEarly, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, errands, steps
from inspect_app.services.transactions import writing


@dataclass(frozen=True)
class Approved:
    """A commissioner's approval that a released village is given up."""

    assignment_id: str
    reason: str
    document_sha256: str
    approved_by: str
    approved_at: datetime


def approve(
    session: Session,
    campaign_id: str,
    assignment_id: str,
    new: NewApproval,
    *,
    by: Caller,
    at: datetime,
) -> Approved:
    """Approve that a released village, drawn or reserve, may give way to the next reserve.

    Committed: the approval, which is published after fieldwork. It stands as first given; the
    same again changes nothing.

    Raises
    ------
    Unknown : the campaign has no such assignment
    TooEarly : the day of the visit has not come
    Conflict : it was visited, was given up, or was approved for another reason
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        assignment = session.get(Assignment, assignment_id)
        if assignment is None or assignment.campaign_id != campaign_id:
            raise Unknown("The campaign has no such assignment.")
        village_code = assignment.village_code
        known = approval_of(session, campaign_id, village_code)
        if known is not None:
            if (known.reason, known.document_sha256) != (new.reason, new.document_sha256):
                raise Conflict("This was approved already, for another reason.")
            return _approved(known, assignment_id)
        steps.refuse_after(session, campaign_id, Step.FIELDWORK_ENDED)
        if field_day(at) < assignment.visit_date:
            raise TooEarly("Its day has not come.", visit_date=assignment.visit_date.isoformat())
        village = session.get_one(SampleVillage, (campaign_id, village_code))
        if village.given_up_at is not None:
            raise Conflict("This village was given up.")
        _refuse_visited(session, village)
        approval = ExchangeApproval(
            campaign_id=campaign_id,
            village_code=village_code,
            reason=new.reason,
            document_sha256=new.document_sha256,
            approved_by=by.actor,
            approved_at=at,
        )
        session.add(approval)
        what = f"approved that village {village_code} is given up"
        access.record(session, campaign_id, what, by=by, at=at)
        return _approved(approval, assignment_id)


def approval_of(session: Session, campaign_id: str, village_code: str) -> ExchangeApproval | None:
    """Return the approval that a village is given up, if there is one."""
    return session.get(ExchangeApproval, (campaign_id, village_code))


def holder(session: Session, drawn: SampleVillage) -> SampleVillage:
    """Return the village that stands in a place of the sealed list: drawn, or the last reserve."""
    present = drawn
    while present.given_up_at is not None:
        following = session.scalar(
            select(SampleVillage).where(
                SampleVillage.campaign_id == drawn.campaign_id,
                SampleVillage.replaces == present.village_code,
            )
        )
        if following is None:
            break
        present = following
    return present


def next_reserve(
    session: Session, village: SampleVillage, reason: str, *, at: datetime
) -> SampleVillage:
    """Give a village up for the next reserve of its stratum, in the order of the draw and in the
    caller's transaction.

    Raises
    ------
    ExchangeNotApproved : its name is known, and no commissioner approved
    Conflict : it was visited; no reserve is left
    """
    _refuse_visited(session, village)
    approval = approval_of(session, village.campaign_id, village.village_code)
    if village.released_at is not None and approval is None:
        raise ExchangeNotApproved()
    reserve = session.scalars(
        select(SampleVillage)
        .where(
            SampleVillage.campaign_id == village.campaign_id,
            SampleVillage.county_adcode == village.county_adcode,
            SampleVillage.stratum == village.stratum,
            SampleVillage.is_reserve,
            SampleVillage.released_at.is_(None),
        )
        .order_by(SampleVillage.order)
        .limit(1)
    ).first()
    if reserve is None:
        raise Conflict("No reserve village is left in this stratum.")
    village.given_up_at, village.given_up_reason = at, reason
    reserve.replaces = village.village_code
    held = session.scalars(
        select(Assignment).where(
            Assignment.campaign_id == village.campaign_id,
            Assignment.village_code == village.village_code,
        )
    ).one_or_none()
    if held is not None:
        errands.take_back(session, held)
    return reserve


def _refuse_visited(session: Session, village: SampleVillage) -> None:
    """Whatever has arrived from a village, its list or a closed door, says that it was reached."""
    campaign_id, code = village.campaign_id, village.village_code
    heard = exists().where(Interview.campaign_id == campaign_id, Interview.village_code == code)
    listed = exists().where(RosterList.campaign_id == campaign_id, RosterList.village_code == code)
    called = exists().where(
        Contact.campaign_id == campaign_id,
        Contact.unit_id == SampleHousehold.unit_id,
        SampleHousehold.campaign_id == campaign_id,
        SampleHousehold.psu == code,
    )
    if session.scalar(select(or_(heard, listed, called))):
        raise Conflict(
            "Interviews, visits or the list of this village have arrived; it was visited."
        )


def _approved(row: ExchangeApproval, assignment_id: str) -> Approved:
    return Approved(
        assignment_id, row.reason, row.document_sha256, row.approved_by, row.approved_at
    )
