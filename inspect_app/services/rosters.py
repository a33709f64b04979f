"""Village lists that need a supervisor: counts far from the register's, and second lists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, delete, exists, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Contact, Interview, RosterDecision, RosterList
from inspect_app.models.ledger import Op
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold, SampleVillage
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import Conflict, DrawVisited, Invalid, NotReleasable, Unknown
from inspect_app.rules.interviews import Roster
from inspect_app.rules.ops import SealedOp
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import access, errands, feed, ledger, quarantine, samples, steps
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

READERS = (Role.TEAM_LEADER, Role.REVIEWER, Role.EXPERT)
RELEASED, STANDS = "released", "stands"

Read = Callable[[Mapping[str, Any], bytes], SealedOp]


@dataclass(frozen=True)
class Listed:
    """A village list: how many households it has and should have, and what was decided on it.

    differs : off by more than the tolerance, so the phone waits for the supervisor to release it
    stands : it is the one that was drawn from
    """

    op_id: str
    village_code: str
    device_id: str
    team: str
    household_class: str
    households: int
    expected: int | None
    sealed_at: str
    differs: bool
    stands: bool
    released: bool
    drawn: int


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    at: datetime,
    after: str | None,
    limit: int,
) -> list[Listed]:
    """List village lists by op id, a team leader's own; committed: that they were seen."""
    query = _own(campaign_id, by.require(campaign_id, *READERS))
    if after is not None:
        query = query.where(RosterList.op_id > after)
    rows = session.execute(query.order_by(RosterList.op_id).limit(limit)).all()
    found = [_listed(row) for row in rows]
    if found:
        access.note_access(session, campaign_id, f"{len(found)} village lists", by=by, at=at)
    return found


def release(
    session: Session,
    campaign_id: str,
    op_id: str,
    *,
    reason: str,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Listed:
    """Let a phone draw from a list whose count is far from the register's; again is harmless.

    Committed: the decision, an event, the item `roster_release` of the feed of the village's
    phone. Only the leader of the team releases.

    Raises
    ------
    Unknown : the caller's team sealed no such list
    Conflict : the list is not the one that stands, or needs no release
    StepTaken : the campaign is closed
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        roster = _find(session, campaign_id, op_id, membership)[0]
        if session.get(RosterDecision, (op_id, RELEASED)) is None:
            steps.refuse_after(session, campaign_id, Step.CLOSED)
            if not roster.stands:
                raise Conflict("Another list of this village stands.")
            if not roster.differs:
                raise Conflict("This list is within the tolerance and needs no release.")
            _decide(session, roster, RELEASED, reason, by=by, settings=settings, at=at)
            item = {
                "type": "roster_release",
                "village_code": roster.village_code,
                "op_id": op_id,
            }
            feed.append(session, _phone(session, roster), [item])
        return _listed(_find(session, campaign_id, op_id, membership))


def choose(
    session: Session,
    campaign_id: str,
    op_id: str,
    *,
    reason: str,
    read: Read,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Listed:
    """Let another list of a village stand, and draw from it; the first one stays readable.

    Committed: the households of the new draw instead of the old one's, the decision, an event,
    and for the village's phone `revoke` and `assign` items. Again is harmless.

    Raises
    ------
    Unknown : the caller's team sealed no such list
    DrawVisited : a household of the standing draw was visited, so its draw can no more be replaced
    StepTaken : the campaign is closed
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        roster = _find(session, campaign_id, op_id, membership)[0]
        if roster.stands:
            return _listed(_find(session, campaign_id, op_id, membership))
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        standing = session.scalars(
            select(RosterList).where(
                RosterList.campaign_id == campaign_id,
                RosterList.village_code == roster.village_code,
                RosterList.stands,
            )
        ).one()
        op = session.get_one(Op, op_id)
        content = read({name: getattr(op, name) for name in quarantine.ENVELOPE}, op.body).content
        if not isinstance(content, Roster):
            raise NotReleasable("The list can no more be read.")
        # First it stands no more: else the database refuses to let its households go.
        standing.stands = False
        session.flush()
        revokes = _withdraw(session, standing)
        sample, reserve = samples.draw_roster(
            session, campaign_id, roster.village_code, content.rows
        )
        roster.drawn = [*sample, *reserve]
        roster.stands = True
        session.flush()
        _decide(session, roster, STANDS, reason, by=by, settings=settings, at=at)
        feed.append(session, _phone(session, roster), [*revokes, *_assigns(session, roster)])
        return _listed(_find(session, campaign_id, op_id, membership))


def _withdraw(session: Session, standing: RosterList) -> list[dict[str, Any]]:
    """Take the households of a draw out of the sample; what was drawn stays with the list."""
    mine = (
        SampleHousehold.campaign_id == standing.campaign_id,
        SampleHousehold.psu == standing.village_code,
        SampleHousehold.household_class == "N",
    )
    drawn = session.scalars(select(SampleHousehold).where(*mine)).all()
    units = sorted(one.unit_id for one in drawn)
    for model in (Contact, Interview):
        visited = select(model.unit_id).where(
            model.campaign_id == standing.campaign_id, model.unit_id.in_(units)
        )
        if session.scalars(visited.limit(1)).first() is not None:
            raise DrawVisited()
    items = [
        {
            "type": "revoke",
            "interview_id": one.interview_id,
            "unit_id": one.unit_id,
            "village_code": one.psu,
        }
        for one in sorted(drawn, key=lambda one: one.unit_id)
    ]
    for one in drawn:
        session.expunge(one)
    session.execute(delete(SampleHousehold).where(*mine))
    return items


def _assigns(session: Session, roster: RosterList) -> list[dict[str, Any]]:
    campaign = session.get_one(Campaign, roster.campaign_id)
    drawn = session.scalars(
        select(SampleHousehold)
        .where(
            SampleHousehold.campaign_id == roster.campaign_id,
            SampleHousehold.unit_id.in_(roster.drawn),
        )
        .order_by(SampleHousehold.order)
    )
    village = session.get_one(SampleVillage, (campaign.id, roster.village_code))
    here = errands.occasion(session, campaign.id, village.county_adcode)
    form = (campaign.form_id, campaign.form_version)
    return [errands.assign_item(one, form, here) for one in drawn]


def _decide(
    session: Session,
    roster: RosterList,
    decision: str,
    reason: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> None:
    session.add(
        RosterDecision(
            op_id=roster.op_id,
            decision=decision,
            reason=reason,
            decided_by=by.actor,
            decided_at=at,
        )
    )
    session.flush()
    name = EventName.ROSTER_RELEASED if decision == RELEASED else EventName.ROSTER_CHOSEN
    event = ledger.Draft(
        LineType.EVENT, name.value, op_id=roster.op_id, kind="roster", device_id=roster.device_id
    )
    ledger.append(session, roster.campaign_id, [event], key=key_of(settings), at=at)


def _phone(session: Session, roster: RosterList) -> str:
    """The phone of the village today; its list may have come from one that was replaced."""
    assigned = session.scalar(
        select(Assignment.device_id).where(
            Assignment.campaign_id == roster.campaign_id,
            Assignment.village_code == roster.village_code,
        )
    )
    if assigned is None:
        raise Invalid("The village is assigned to nobody.")
    return assigned


def _own(campaign_id: str, membership: Membership) -> Select[RosterList, str, bool]:
    released = exists().where(
        RosterDecision.op_id == RosterList.op_id, RosterDecision.decision == RELEASED
    )
    query = (
        select(RosterList, Enumerator.team, released.label("released"))
        .join(Device, Device.id == RosterList.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(RosterList.campaign_id == campaign_id)
    )
    if membership.role is Role.TEAM_LEADER:
        query = query.where(Enumerator.team == membership.team)
    return query


def _find(
    session: Session, campaign_id: str, op_id: str, membership: Membership
) -> Row[RosterList, str, bool]:
    row = session.execute(_own(campaign_id, membership).where(RosterList.op_id == op_id)).first()
    if row is None:
        raise Unknown("The team sealed no such list.")
    return row


def _listed(found: Row[RosterList, str, bool]) -> Listed:
    roster, team, released = found
    return Listed(
        op_id=roster.op_id,
        village_code=roster.village_code,
        device_id=roster.device_id,
        team=team,
        household_class=roster.household_class,
        households=roster.households,
        expected=roster.expected,
        sealed_at=roster.sealed_at,
        differs=roster.differs,
        stands=roster.stands,
        released=bool(released),
        drawn=len(roster.drawn),
    )
