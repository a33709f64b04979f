"""Alarms: events of the chain that a supervisor has to look at, and who said that they did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, exists, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.ledger import AlarmAck, LedgerEntry
from inspect_app.models.samples import Enumerator
from inspect_app.rules.chain import ALARMS, LineType
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services.transactions import writing

READERS = (Role.TEAM_LEADER, Role.REVIEWER, Role.EXPERT)


@dataclass(frozen=True)
class Alarm:
    """One event, by its number in the chain; the last three are empty until somebody saw to it."""

    seq: int
    name: str
    received_at: str
    device_id: str | None
    op_id: str | None
    kind: str | None
    interview_id: str | None
    body_sha256: str | None
    note: str | None = None
    acked_by: str | None = None
    acked_at: datetime | None = None


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    open_only: bool,
    after: int | None,
    limit: int,
) -> list[Alarm]:
    """List alarms in the order of the chain; a team leader sees those of the own team's phones."""
    membership = by.require(campaign_id, *READERS)
    query = _own(campaign_id, membership).where(LedgerEntry.seq > (after or 0))
    if open_only:
        query = query.where(
            ~exists().where(
                AlarmAck.campaign_id == LedgerEntry.campaign_id, AlarmAck.seq == LedgerEntry.seq
            )
        )
    rows = session.execute(query.order_by(LedgerEntry.seq).limit(limit)).all()
    return _with_acks(session, campaign_id, rows)


def acknowledge(
    session: Session, campaign_id: str, seq: int, *, note: str, by: Caller, at: datetime
) -> Alarm:
    """Commit that the team's leader saw an alarm and what came of it; the first note stands.

    Raises
    ------
    Unknown : the caller's team has no such alarm
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        rows = session.execute(_own(campaign_id, membership).where(LedgerEntry.seq == seq)).all()
        if not rows:
            raise Unknown("The team has no such alarm.")
        if session.get(AlarmAck, (campaign_id, seq)) is None:
            session.add(
                AlarmAck(
                    campaign_id=campaign_id, seq=seq, note=note, acked_by=by.actor, acked_at=at
                )
            )
            session.flush()
        return _with_acks(session, campaign_id, rows)[0]


def _own(campaign_id: str, membership: Membership) -> Select[LedgerEntry]:
    query = select(LedgerEntry).where(
        LedgerEntry.campaign_id == campaign_id,
        LedgerEntry.type == LineType.EVENT.value,
        LedgerEntry.status.in_([name.value for name in ALARMS]),
    )
    if membership.role is Role.TEAM_LEADER:
        query = (
            query.join(Device, Device.id == LedgerEntry.device_id)
            .join(Enumerator, Enumerator.id == Device.enumerator_id)
            .where(Enumerator.team == membership.team)
        )
    return query


def _with_acks(session: Session, campaign_id: str, rows: Sequence[Row[LedgerEntry]]) -> list[Alarm]:
    entries = [row[0] for row in rows]
    acks = {
        ack.seq: ack
        for ack in session.scalars(
            select(AlarmAck).where(
                AlarmAck.campaign_id == campaign_id,
                AlarmAck.seq.in_([entry.seq for entry in entries]),
            )
        )
    }
    return [
        Alarm(
            seq=entry.seq,
            name=entry.status,
            received_at=entry.received_at,
            device_id=entry.device_id,
            op_id=entry.op_id,
            kind=entry.kind,
            interview_id=entry.interview_id,
            body_sha256=entry.body_sha256,
            note=ack.note if ack else None,
            acked_by=ack.acked_by if ack else None,
            acked_at=ack.acked_at if ack else None,
        )
        for entry in entries
        for ack in (acks.get(entry.seq),)
    ]
