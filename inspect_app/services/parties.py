"""Parties: the two who ask a household again, which phone they carry, whom the agency brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return, Revision, Revisit
from inspect_app.models.samples import Assignment, Reassignment
from inspect_app.rules.errors import OtherPairNeeded, Unknown
from inspect_app.rules.flags import FOR_OTHERS
from inspect_app.rules.independence import may_revisit
from inspect_app.rules.states import DeviceState
from inspect_app.services import comparisons, errands, grounds, pairs


@dataclass(frozen=True)
class Party:
    """Who asks a household again; of old returns only who carries the phone is known."""

    device_id: str
    pair: tuple[str, ...]
    interpreter: str | None = None


def own(session: Session, interview: Interview) -> Party:
    """Return whose the household is: the pair's that repeated it, made its second visit, or has
    its village; else the holder's."""
    second = session.get(Revisit, interview.interview_id)
    village = select(Assignment).where(
        Assignment.campaign_id == interview.campaign_id,
        Assignment.village_code == interview.village_code,
    )
    assigned = session.scalars(village).first() if second is None else None
    former = select(Reassignment.device_id).where(
        Reassignment.assignment_id == (assigned.id if assigned else None)
    )
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
            Return.device_id.not_in(former),
        )
    ).first()
    row = repeated or second or assigned
    phone = row.device_id if row else interview.device_id
    if row is not None and row.enumerator_a is not None and row.enumerator_b is not None:
        return Party(phone, (row.enumerator_a, row.enumerator_b), row.interpreter)
    return Party(phone, (session.get_one(Device, phone).enumerator_id,))


def chosen(
    session: Session,
    interview: Interview,
    present: Party,
    *,
    enumerators: Sequence[str] | None,
    interpreter: str | None,
    team: str | None,
    at: datetime,
) -> Party:
    """Return who goes: the present party, unless another pair is named, which may have to.

    team : from which both come, None for any

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
    people = grounds.inspectors(session, interview.campaign_id, ids=going, team=team)
    grounds.pair(people, (going[0], going[-1]))
    if not others:
        device = session.get_one(Device, present.device_id)
        if device.state != DeviceState.ACTIVE:
            raise Unknown("Whose the household is has no active phone.")
        return present
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
        )
    )
    return Party(errands.phone_of(session, (going[0], going[1])), going, interpreter)
