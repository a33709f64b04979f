"""What arrived and could not count: kept whatever is wrong with it, until a person decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, defer

from inspect_app.models.devices import Device
from inspect_app.models.ledger import Op, Quarantine, QuarantineDecision
from inspect_app.models.samples import Enumerator
from inspect_app.models.seals import OpSeal
from inspect_app.rules import ops
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import AlreadyDecided, Unavailable, Unknown
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.seals import digest
from inspect_app.rules.states import QuarantineState
from inspect_app.services import access, blobs, errands, ledger, openings
from inspect_app.services.blobs import Handed
from inspect_app.services.files import Store
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

READERS = (Role.TEAM_LEADER, Role.REVIEWER, Role.EXPERT)
"""Who may see answers, and only they, decide what becomes of answers that could not count."""

ENVELOPE = (*ops.ENVELOPE, "blobs")


@dataclass(frozen=True)
class Kept:
    """Something in quarantine, without what it says.

    status : why it could not count; state : what a person decided, if anything
    """

    number: int
    op_id: str
    body_sha256: str
    kind: str
    status: str
    state: str
    device_id: str
    team: str
    county_adcode: str | None
    received_at: str
    faults: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Decided:
    """What a person decided: released under which op id and with what outcome, or dismissed.

    seq : number of the line in the chain
    """

    number: int
    decision: str
    status: str
    op_id: str
    as_device: str | None
    rev: int | None
    seq: int
    reason: str
    decided_by: str
    decided_at: datetime


@dataclass(frozen=True)
class Shown:
    """The record of one thing in quarantine: the envelope, and the body as it came."""

    kept: Kept
    envelope: Mapping[str, Any]
    body: str
    decisions: tuple[Decided, ...]


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    state: str | None,
    status: str | None,
    county_adcode: str | None,
    device_id: str | None,
    after: int | None,
    limit: int,
) -> list[Kept]:
    """List what is kept, oldest first and without bodies; a team leader sees the own team's."""
    query = _own(campaign_id, by.require(campaign_id, *READERS))
    for column, wanted in (
        (Quarantine.state, state),
        (Quarantine.status, status),
        (Quarantine.county_adcode, county_adcode),
        (Quarantine.device_id, device_id),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    query = query.where(Quarantine.id > (after or 0)).order_by(Quarantine.id).limit(limit)
    query = query.options(defer(Quarantine.body))
    return [_kept(row) for row in session.execute(query)]


def show(session: Session, campaign_id: str, number: int, *, by: Caller, at: datetime) -> Shown:
    """Return one record with its body; committed: that the caller saw it.

    Raises
    ------
    Unknown : nothing of this number that the caller may know of
    """
    row = find(session, campaign_id, number, by=by)
    envelope, body = content(session, row[0])
    decisions = session.scalars(
        select(QuarantineDecision)
        .where(QuarantineDecision.quarantine_id == number)
        .order_by(QuarantineDecision.seq)
    )
    shown = Shown(
        _kept(row),
        {key: value for key, value in envelope.items() if key != "blobs"},
        body.decode("utf-8", "replace"),
        tuple(decided(one) for one in decisions),
    )
    access.note_access(session, campaign_id, f"quarantine {number}", by=by, at=at)
    return shown


def hand_out(
    session: Session,
    campaign_id: str,
    number: int,
    sha256: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Handed:
    """Find a file that something here names, for who may see it; committed: that it was seen.

    Raises
    ------
    Unknown : nothing of this number for this caller, or no such file of it that is here
    """
    row = find(session, campaign_id, number, by=by)[0]
    envelope, _ = content(session, row)
    found = _file_of(session, row, envelope, sha256, settings=settings)
    if found is None:
        raise Unknown("Nothing of this number has such a file.")
    what = f"file {sha256[:16]} of quarantine {number}"
    access.note_access(session, campaign_id, what, by=by, at=at)
    return found


def _file_of(
    session: Session,
    row: Quarantine,
    envelope: Mapping[str, Any],
    sha256: str,
    *,
    settings: Settings,
) -> Handed | None:
    """A file that a body names by its plain hash; which of the sealed ones, only opening tells."""
    types = {file["sha256"]: file["type"] for file in envelope["blobs"]}
    here = blobs.whole(session, row.campaign_id, types)
    sealed_by = _sealed_by(session, row)
    store = Store(settings.blobs_dir, row.campaign_id)
    for one in sorted(here if sealed_by else here & {sha256}):
        try:
            content = openings.read(store, one, sealed_by=sealed_by, settings=settings)
        except Unavailable:
            continue
        if digest(content) == sha256:
            return blobs.handed(content, sha256, types[one])
    return None


def _sealed_by(session: Session, row: Quarantine) -> str | None:
    """The phone that sealed what is kept, None where nothing of it is sealed."""
    if row.envelope is not None:
        return row.device_id if "seal" in row.envelope else None
    return session.scalar(select(OpSeal.device_id).where(OpSeal.op_id == row.op_id))


def dismiss(
    session: Session,
    campaign_id: str,
    number: int,
    *,
    reason: str,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Decided:
    """Commit that something does not count, with a reason; it stays readable. Again is harmless.

    The phone of a village list is asked for another one.

    Raises
    ------
    Unknown : nothing of this number that the caller may know of
    AlreadyDecided : it was released, and counts
    """
    with writing(session, campaign_id):
        row = find(session, campaign_id, number, by=by)[0]
        known = session.get(QuarantineDecision, (number, QuarantineState.DISMISSED.value))
        if row.state == QuarantineState.RELEASED:
            raise AlreadyDecided("This was released, and counts.")
        if known is not None:
            return decided(known)
        draft = ledger.Draft(
            LineType.EVENT,
            EventName.DISMISSED.value,
            op_id=row.op_id,
            body_sha256=row.body_sha256,
            device_id=row.device_id,
        )
        (posted,) = ledger.append(session, campaign_id, [draft], key=key_of(settings), at=at)
        row.state = QuarantineState.DISMISSED.value
        decision = QuarantineDecision(
            quarantine_id=number,
            decision=QuarantineState.DISMISSED.value,
            reason=reason,
            as_device=None,
            op_id=row.op_id,
            status=row.status,
            rev=None,
            seq=posted.seq,
            decided_by=by.actor,
            decided_at=at,
        )
        session.add(decision)
        session.flush()
        op = session.get_one(Op, row.op_id) if row.envelope is None else None
        if op is not None and op.kind == "roster":
            errands.list_again(session, op)
        return decided(decision)


def find(
    session: Session, campaign_id: str, number: int, *, by: Caller
) -> Row[Quarantine, str, str]:
    """Return a row of quarantine with its team and op, for who may know of it."""
    membership = by.require(campaign_id, *READERS)
    row = session.execute(_own(campaign_id, membership).where(Quarantine.id == number)).first()
    if row is None:
        raise Unknown("Nothing of this number is in quarantine.")
    return row


def content(session: Session, row: Quarantine) -> tuple[dict[str, Any], bytes]:
    """Return envelope and body of something kept: its op's, or its own where it has no op."""
    if row.envelope is not None:
        return dict(row.envelope), row.body or b""
    op = session.get_one(Op, row.op_id)
    return {name: getattr(op, name) for name in ENVELOPE}, row.body or op.body


def decided(row: QuarantineDecision) -> Decided:
    """Return a stored decision as a value."""
    return Decided(
        row.quarantine_id,
        row.decision,
        row.status,
        row.op_id,
        row.as_device,
        row.rev,
        row.seq,
        row.reason,
        row.decided_by,
        row.decided_at,
    )


def _own(campaign_id: str, membership: Membership) -> Select[Quarantine, str, str]:
    query = (
        select(Quarantine, Enumerator.team, Op.kind)
        .join(Device, Device.id == Quarantine.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .outerjoin(Op, Op.op_id == Quarantine.op_id)
        .where(Quarantine.campaign_id == campaign_id)
    )
    if membership.role is Role.TEAM_LEADER:
        query = query.where(Enumerator.team == membership.team)
    return query


def _kept(found: Row[Quarantine, str, str]) -> Kept:
    row, team, kind = found
    return Kept(
        number=row.id,
        op_id=row.op_id,
        body_sha256=row.body_sha256,
        kind=(row.envelope or {}).get("kind") or kind,
        status=row.status,
        state=row.state,
        device_id=row.device_id,
        team=team,
        county_adcode=row.county_adcode,
        received_at=row.received_at,
        faults=tuple(row.faults),
    )
