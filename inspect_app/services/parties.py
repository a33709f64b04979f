"""Parties: the two who ask a household again, which phone they carry, whom the agency brings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return, Revision, Revisit
from inspect_app.models.samples import Assignment, Reassignment, SampleHousehold
from inspect_app.rules.errors import OtherPairNeeded, Unknown
from inspect_app.rules.flags import FOR_OTHERS
from inspect_app.rules.independence import may_revisit
from inspect_app.rules.states import DeviceState, InterviewState
from inspect_app.services import comparisons, errands, grounds, pairs


@dataclass(frozen=True)
class Party:
    """Who asks a household again; of old returns only who carries the phone is known."""

    device_id: str
    pair: tuple[str, ...]
    interpreter: str | None = None


def own(session: Session, interview: Interview) -> Party:
    """Return whose the household is: the pair's that repeated it, made its second visit, or has
    its village; else the holder's. A pair that was relieved of the village has it no more."""
    second = session.get(Revisit, interview.interview_id)
    village = select(Assignment).where(
        Assignment.campaign_id == interview.campaign_id,
        Assignment.village_code == interview.village_code,
    )
    assigned = session.scalars(village).first() if second is None else None
    repeated = session.scalars(
        select(Return)
        .join(
            Revision,
            (Revision.interview_id == Return.interview_id)
            & (Revision.base_rev == Return.base_rev)
            & ~Revision.conflict,
        )
        .where(
            Revision.interview_id == interview.interview_id,
            Revision.rev == interview.current_rev,
        )
    ).first()
    if repeated is not None and assigned is not None:
        relieved = select(Reassignment.enumerator_a, Reassignment.enumerator_b).where(
            Reassignment.assignment_id == assigned.id
        )
        pair = of(session, repeated).pair
        if any({*pair} <= {*former} for former in session.execute(relieved)):
            repeated = None
    row = repeated or second or assigned
    if row is None:
        return Party(interview.device_id, (_owner(session, interview.device_id),))
    return of(session, row)


def of(session: Session, row: Return | Revisit | Assignment) -> Party:
    """Return who was sent."""
    if row.enumerator_a is None or row.enumerator_b is None:
        return Party(row.device_id, (_owner(session, row.device_id),))
    return Party(row.device_id, (row.enumerator_a, row.enumerator_b), row.interpreter)


def divide_returns(
    session: Session, assignment: Assignment, to: tuple[str, str]
) -> tuple[list[Return], list[Return]]:
    """Divide what the phone of a village is asked to repeat there, before the village goes to
    others: returns that go along, and returns that stay.

    Those go along that the village's own pair was asked for, but never to others who were there.
    """
    standing = session.scalars(
        select(Return)
        .join(Interview, Interview.interview_id == Return.interview_id)
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .where(
            Interview.campaign_id == assignment.campaign_id,
            Interview.village_code == assignment.village_code,
            Interview.state == InterviewState.RETURNED.value,
            Return.base_rev == Interview.current_rev,
            Return.device_id == assignment.device_id,
        )
        .order_by(Return.interview_id)
    )
    along: list[Return] = []
    stay: list[Return] = []
    for one in standing:
        pair = {*of(session, one).pair}
        interview = session.get_one(Interview, one.interview_id)
        before = pairs.were_there(session, interview.campaign_id, interview)
        is_own = pair <= {assignment.enumerator_a, assignment.enumerator_b}
        (along if is_own and not before & ({*to} - pair) else stay).append(one)
    return along, stay


def chosen(
    session: Session,
    interview: Interview,
    present: Party,
    *,
    enumerators: Sequence[str] | None,
    interpreter: str | None,
    team: str | None,
    at: datetime,
    but: str | None = None,
) -> Party:
    """Return who goes: the present party, unless another pair is named, which may have to.

    team : from which a pair that is named comes, None for any
    but : a return that they take over from others

    Raises
    ------
    OtherPairNeeded : one of those who broke the conditions of the interview would repeat it
    NotIndependent : one of another pair was there already, or a rule forbids them to go
    Unknown : the campaign, or the team, has no such enumerator, or no such active phone
    """
    going = tuple(enumerators or present.pair)
    others = set(going) != set(present.pair)
    before = pairs.were_there(session, interview.campaign_id, interview)
    found = comparisons.flags_of(session, interview.campaign_id, [interview.interview_id])
    flags = {flag["code"] for flag in found.flags[interview.interview_id]}
    broken = sorted(flags & FOR_OTHERS)
    if broken and may_revisit(going, before=before):
        raise OtherPairNeeded("Name a pair neither of whom was there.", flags=broken)
    people = grounds.inspectors(
        session, interview.campaign_id, ids=going, team=team if enumerators else None
    )
    grounds.pair(people, (going[0], going[-1]))
    if not others:
        device = session.get_one(Device, present.device_id)
        if device.state != DeviceState.ACTIVE:
            raise Unknown("Whose the household is has no active phone.")
        return replace(present, interpreter=interpreter or present.interpreter)
    campaign = session.get_one(Campaign, interview.campaign_id)
    grounds.refuse(
        pairs.refusals(
            session,
            campaign,
            interview.county_adcode,
            going,
            before=before,
            at=at,
            interpreter=interpreter,
            but=but,
        )
    )
    return Party(errands.phone_of(session, (going[0], going[1])), going, interpreter)


def _owner(session: Session, device_id: str) -> str:
    return session.get_one(Device, device_id).enumerator_id
