"""Phones as their supervisor sees them, and what a supervisor may order them to become."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device, DeviceCommand
from inspect_app.models.ledger import AlarmAck, LedgerEntry, Op
from inspect_app.models.samples import Enumerator
from inspect_app.rules.chain import ALARMS, LineType
from inspect_app.rules.devices import ORDERS, Phone, remarks, require_step
from inspect_app.rules.errors import PhoneHoldsUnsent, Unknown
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import blobs, devices, ledger, phones
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import Source, writing
from inspect_app.settings import Settings

READERS = (Role.TEAM_LEADER, Role.PLANNER, Role.COMMISSIONER)


@dataclass(frozen=True)
class Held:
    """A phone as its supervisor sees it: when it was last heard of and what it still holds.

    state : as ordered; reached_state : what the phone says it has come to
    sealed, answers_in, photos_in : ops that were sealed, that arrived, that arrived with all files
    offset_ms, pull_offset_ms : server minus phone at the last push and at the last pull
    remarks : what to look at on the phone as it is now; alarms : events nobody has acknowledged
    """

    device_id: str
    enumerator_id: str
    enumerator: str
    team: str
    state: str
    reached_state: str | None
    superseded_by: str | None
    app: str
    enrolled_at: datetime
    last_contact_at: datetime | None
    last_pull_at: datetime | None
    offset_ms: int | None
    pull_offset_ms: int | None
    clock_jumps: int
    last_jump_ms: int | None
    unsent: int
    oldest_unsent: str | None
    oldest_hours: float | None
    sealed: int
    answers_in: int
    photos_in: int
    free_mb: int | None
    persisted: bool | None
    remarks: tuple[str, ...]
    alarms: tuple[str, ...]


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    at: datetime,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[Held]:
    """Return a campaign's phones by id and what each holds; a team leader sees the own team."""
    membership = by.require(campaign_id, *READERS)
    query = _own(campaign_id, membership)
    if state is not None:
        query = query.where(Device.state == state)
    if after is not None:
        query = query.where(Device.id > after)
    rows = session.execute(query.order_by(Device.id).limit(limit)).all()
    return _held(session, [(device, enumerator) for device, enumerator in rows], at)


def phone_of_team(source: Source, device_id: str, *, by: Caller) -> Phone:
    """Return a phone of a team that the caller leads.

    Raises
    ------
    Unknown : none of the caller's teams has such a phone
    """
    row = source.execute(
        select(Device.campaign_id, Enumerator.team)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(Device.id == device_id)
    ).first()
    membership = by.by_campaign.get(row.campaign_id) if row else None
    if (
        row is None
        or membership is None
        or membership.role is not Role.TEAM_LEADER
        or membership.team != row.team
    ):
        raise Unknown("The team has no such phone.")
    return phones.get_one(source, device_id)


def order(
    session: Session,
    campaign_id: str,
    device_id: str,
    *,
    state: DeviceState,
    reason: str,
    despite_unsent: bool,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Held:
    """Order a phone to become active, locked, draining or wiped; the same again changes nothing.

    Committed: the state, the order with its reason, an event in the chain, the scope of the
    phone's tokens. The phone hears of it at its next pull. Only the leader of its team orders.

    Raises
    ------
    Unknown : the caller's team has no such phone
    DeviceStep : the phone's state does not allow it; nothing follows a wipe
    PhoneHoldsUnsent : a wipe would destroy what the phone said it holds, and that was not asked for
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        row = session.execute(_own(campaign_id, membership).where(Device.id == device_id)).first()
        if row is None:
            raise Unknown("The team has no such phone.")
        device: Device = row[0]
        if device.state != state.value:
            require_step(DeviceState(device.state), state)
            if state is DeviceState.WIPED and device.unsent and not despite_unsent:
                held = blobs.outstanding(session, device.unsent)
                if held:
                    raise PhoneHoldsUnsent(unsent=len(held))
            _become(session, device, state, reason, by=by, settings=settings, at=at)
        return _held(session, [(device, row[1])], at)[0]


def _become(
    session: Session,
    device: Device,
    state: DeviceState,
    reason: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> None:
    device.state = state.value
    n = session.scalar(
        select(func.count()).select_from(DeviceCommand).where(DeviceCommand.device_id == device.id)
    )
    session.add(
        DeviceCommand(
            device_id=device.id,
            n=(n or 0) + 1,
            state=state.value,
            reason=reason,
            ordered_by=by.actor,
            ordered_at=at,
        )
    )
    session.flush()
    devices.rescope(session, device)
    event = ledger.Draft(LineType.EVENT, ORDERS[state].value, device_id=device.id)
    ledger.append(session, device.campaign_id, [event], key=key_of(settings), at=at)


def _own(campaign_id: str, membership: Membership) -> Select[Device, Enumerator]:
    query = (
        select(Device, Enumerator)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(Device.campaign_id == campaign_id)
    )
    if membership.role is Role.TEAM_LEADER:
        query = query.where(Enumerator.team == membership.team)
    return query


def _held(session: Session, rows: Sequence[tuple[Device, Enumerator]], at: datetime) -> list[Held]:
    ids = sorted(device.id for device, _ in rows)
    arrived, complete = _arrived(session, ids)
    alarms = _alarms(session, ids)
    # A phone lists what it has not heard of yet, and what waits for its photos alone.
    here = blobs.arrived(session, (item for device, _ in rows for item in device.unsent))
    whole = {key for key, is_complete in here.items() if is_complete}
    return [
        _one(
            device,
            enumerator,
            at=at,
            answers_in=arrived[device.id],
            photos_in=complete[device.id],
            unsent=blobs.without(device.unsent, whole),
            still_sealed=len(blobs.without(device.unsent, here)),
            alarms=alarms.get(device.id, ()),
        )
        for device, enumerator in rows
    ]


def _one(
    device: Device,
    enumerator: Enumerator,
    *,
    at: datetime,
    answers_in: int,
    photos_in: int,
    unsent: Sequence[blobs.Item],
    still_sealed: int,
    alarms: tuple[str, ...],
) -> Held:
    # Texts of several offsets sort as moments, not as texts.
    oldest = min(unsent, key=lambda item: _moment(item["captured_at"]), default=None)
    hours = None
    if oldest is not None:
        # Both ends on the server's clock: the phone's own may be years off.
        age = at - _moment(oldest["captured_at"])
        hours = round(max(0.0, age.total_seconds() - (device.offset_ms or 0) / 1000) / 3600, 1)
    heard = [device.enrolled_at, device.last_contact_at, device.last_pull_at]
    return Held(
        device_id=device.id,
        enumerator_id=enumerator.id,
        enumerator=enumerator.name,
        team=enumerator.team,
        state=device.state,
        reached_state=device.reached_state,
        superseded_by=device.superseded_by,
        app=device.app,
        enrolled_at=device.enrolled_at,
        last_contact_at=device.last_contact_at,
        last_pull_at=device.last_pull_at,
        offset_ms=device.offset_ms,
        pull_offset_ms=device.pull_offset_ms,
        clock_jumps=device.clock_jumps,
        last_jump_ms=device.last_jump_ms,
        unsent=len(unsent),
        oldest_unsent=oldest["captured_at"] if oldest else None,
        oldest_hours=hours,
        sealed=answers_in + still_sealed,
        answers_in=answers_in,
        photos_in=photos_in,
        free_mb=device.free_mb,
        persisted=device.persisted,
        remarks=remarks(
            state=DeviceState(device.state),
            at=at,
            heard_at=max(moment for moment in heard if moment is not None),
            unsent=len(unsent),
            oldest_hours=hours,
            persisted=device.persisted,
            free_mb=device.free_mb,
            offset_ms=device.offset_ms,
            jumped_at=device.last_jump_at,
        ),
        alarms=alarms,
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _arrived(session: Session, ids: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    """Ops by phone: all, and those with all their files since they came or as a line says."""
    lines = (
        select(LedgerEntry.type, LedgerEntry.device_id, func.count())
        .where(
            LedgerEntry.device_id.in_(ids),
            LedgerEntry.type.in_([LineType.OP.value, LineType.COMPLETE.value]),
        )
        .group_by(LedgerEntry.type, LedgerEntry.device_id)
    )
    at_once = (
        select(Op.device_id, func.count())
        .where(Op.device_id.in_(ids), Op.complete)
        .group_by(Op.device_id)
    )
    arrived, complete = Counter[str](), Counter[str]()
    for kind, device_id, count in session.execute(lines):
        (arrived if kind == LineType.OP else complete)[str(device_id)] += count
    for device_id, count in session.execute(at_once):
        complete[str(device_id)] += count
    return arrived, complete


def _alarms(session: Session, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Names of the events of each phone that nobody has acknowledged."""
    rows = session.execute(
        select(LedgerEntry.device_id, LedgerEntry.status)
        .where(
            LedgerEntry.device_id.in_(ids),
            LedgerEntry.type == LineType.EVENT.value,
            LedgerEntry.status.in_([name.value for name in ALARMS]),
            ~exists().where(
                AlarmAck.campaign_id == LedgerEntry.campaign_id, AlarmAck.seq == LedgerEntry.seq
            ),
        )
        .distinct()
        .order_by(LedgerEntry.device_id, LedgerEntry.status)
    )
    found: dict[str, tuple[str, ...]] = {}
    for device_id, status in rows:
        found[str(device_id)] = (*found.get(str(device_id), ()), status)
    return found
