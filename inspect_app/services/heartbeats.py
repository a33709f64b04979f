"""What a contact says of the phone itself: its clock, the state it has come to."""

from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.devices import jump
from inspect_app.rules.errors import Unavailable
from inspect_app.rules.ops import Push
from inspect_app.rules.states import DeviceState
from inspect_app.services import rates
from inspect_app.services.ledger import Draft
from inspect_app.services.transactions import writing

log = structlog.get_logger()

PATIENCE = 2.0
STEADY_MS = 1000
"""A pull whose clock differs by less from the last one's is not worth a write."""


def note(device: Device, push: Push, *, is_late: bool, offset_ms: int, at: datetime) -> list[Draft]:
    """Keep what a push says of its phone, in the caller's transaction; return events to post.

    A push that is older than the last one by the phone's own counter says nothing of its present.
    """
    rates.note_push(device, at=at)
    events: list[Draft] = []
    if not is_late:
        _note_clock(device, _last_offset(device), offset_ms, at)
        events += _note_state(device, push, at)
    device.offset_ms = offset_ms
    device.last_contact_at = at
    return events


def note_pull(session: Session, device_id: str, device_now: datetime, *, at: datetime) -> None:
    """Commit the clock of a phone as its pull shows it; a busy server lets it pass."""
    offset_ms = round((at - device_now).total_seconds() * 1000)
    device = session.get_one(Device, device_id)
    known = device.pull_offset_ms
    recent = device.last_pull_at is not None and (at - device.last_pull_at).total_seconds() < 60
    if recent and known is not None and abs(known - offset_ms) < STEADY_MS:
        return
    try:
        with writing(session, device.campaign_id, patience=PATIENCE):
            device = session.get_one(Device, device_id)
            _note_clock(device, _last_offset(device), offset_ms, at)
            device.pull_offset_ms, device.last_pull_at = offset_ms, at
    except Unavailable:
        log.info("clock of a pull not kept", device=device_id)


def _last_offset(device: Device) -> int | None:
    """The difference of clocks at the last contact, push or pull."""
    if device.last_pull_at is not None and (
        device.last_contact_at is None or device.last_pull_at >= device.last_contact_at
    ):
        return device.pull_offset_ms
    return device.offset_ms


def _note_clock(device: Device, before: int | None, now: int, at: datetime) -> None:
    moved = jump(before, now)
    if moved is not None:
        device.clock_jumps += 1
        device.last_jump_ms, device.last_jump_at = moved, at


def _note_state(device: Device, push: Push, at: datetime) -> list[Draft]:
    """A wiped phone confirms once: it says so and names nothing that it still holds."""
    if push.state is None:
        return []
    confirms = (
        push.state == DeviceState.WIPED.value
        and device.state == DeviceState.WIPED.value
        and device.reached_state != DeviceState.WIPED.value
        and push.manifest is not None
        and not push.manifest.unsent
    )
    if device.reached_state != push.state:
        device.reached_state, device.reached_at = push.state, at
    if not confirms:
        return []
    return [Draft(LineType.EVENT, EventName.WIPE_CONFIRMED.value, device_id=device.id)]
