"""What a contact says of the phone itself: its clock, the state it has come to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Connection, Table, bindparam, exists, select, update
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.ledger import Void
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.devices import jump
from inspect_app.rules.errors import Unavailable
from inspect_app.rules.ops import Push
from inspect_app.rules.states import DeviceState
from inspect_app.services import rates
from inspect_app.services.ledger import Draft
from inspect_app.services.statements import Statement
from inspect_app.services.transactions import reading, writing

log = structlog.get_logger()

BOOTS_KEPT = 20
STEADY_MS = 1000
"""A pull whose clock differs by less from the last one's is not worth a write."""


DEVICES: Table = Device.__table__  # type: ignore[assignment]  # declared as FromClause

ASKED = (
    "state",
    "boot_id",
    "mono_ms",
    "past_boots",
    "offset_ms",
    "last_contact_at",
    "pull_offset_ms",
    "last_pull_at",
    "clock_jumps",
    "reached_state",
    "push_minute",
    "pushes_in_minute",
    "unsent",
)
"""What of a phone decides on what its next contact changes."""

_THE_ONE = DEVICES.c.id == bindparam("this")
_HAS_VOIDS = exists().where(Void.campaign_id == DEVICES.c.campaign_id).label("has_voids")
_SAID = Statement(select(*(DEVICES.c[name] for name in ASKED), _HAS_VOIDS).where(_THE_ONE))
_SAYS = Statement(update(DEVICES).where(_THE_ONE))


def read(connection: Connection, device_id: str) -> dict[str, Any]:
    """Return what a phone said of itself so far, in the caller's transaction.

    `has_voids` tells beside it whether anything was ever destroyed in its campaign.
    """
    (said,) = _SAID.rows(connection, {"this": device_id})
    found: dict[str, Any] = said._asdict()
    return found


def write(connection: Connection, device_id: str, said: Mapping[str, Any]) -> None:
    """Keep what a phone says of itself, in the caller's transaction."""
    _SAYS.write(connection, [{**said, "this": device_id}])


def note(
    known: Mapping[str, Any], device_id: str, push: Push, *, offset_ms: int, at: datetime
) -> tuple[dict[str, Any], list[Draft]]:
    """Return what a push changes of what is known of its phone, and events to post.

    A push that is older than the last one by the phone's own counter says nothing of its present.
    """
    said: dict[str, Any] = rates.count_push(known, at=at)
    events: list[Draft] = []
    if not is_late(known, push):
        said |= {"boot_id": push.boot_id, "mono_ms": push.mono_ms}
        if known["boot_id"] not in (None, push.boot_id):
            said["past_boots"] = [*known["past_boots"], known["boot_id"]][-BOOTS_KEPT:]
        said |= _clock(known, offset_ms, at) | _state(known, push, at)
        if _confirms_wipe(known, push):
            name = EventName.WIPE_CONFIRMED.value
            events.append(Draft(LineType.EVENT, name, device_id=device_id))
    said |= {"app": push.app, "offset_ms": offset_ms, "last_contact_at": at}
    return said, events


def is_late(known: Mapping[str, Any], push: Push) -> bool:
    """Whether a later push of the same phone is here already: by its own counter, or since the
    phone has been started anew."""
    if push.boot_id in known["past_boots"]:
        return True
    return bool(known["boot_id"] == push.boot_id and push.mono_ms < (known["mono_ms"] or 0))


def note_pull(
    session: Session, campaign_id: str, device_id: str, device_now: datetime, *, at: datetime
) -> None:
    """Commit the clock of a phone as its pull shows it; a busy server lets it pass."""
    offset_ms = round((at - device_now).total_seconds() * 1000)
    with reading(session) as connection:
        said = read(connection, device_id)
    known, last_pull_at = said["pull_offset_ms"], said["last_pull_at"]
    recent = last_pull_at is not None and (at - last_pull_at).total_seconds() < 60
    if recent and known is not None and abs(known - offset_ms) < STEADY_MS:
        return
    try:
        with writing(session, campaign_id):
            connection = session.connection()
            said = read(connection, device_id)
            pulled = {"pull_offset_ms": offset_ms, "last_pull_at": at}
            write(connection, device_id, _clock(said, offset_ms, at) | pulled)
    except Unavailable:
        log.info("clock of a pull not kept", device=device_id)


def _last_offset(known: Mapping[str, Any]) -> int | None:
    """The difference of clocks at the last contact, push or pull."""
    pushed_at, pulled_at = known["last_contact_at"], known["last_pull_at"]
    is_pull = pulled_at is not None and (pushed_at is None or pulled_at >= pushed_at)
    offset: int | None = known["pull_offset_ms" if is_pull else "offset_ms"]
    return offset


def _clock(known: Mapping[str, Any], now: int, at: datetime) -> dict[str, Any]:
    moved = jump(_last_offset(known), now)
    if moved is None:
        return {}
    return {
        "clock_jumps": known["clock_jumps"] + 1,
        "last_jump_ms": moved,
        "last_jump_at": at,
    }


def _state(known: Mapping[str, Any], push: Push, at: datetime) -> dict[str, Any]:
    if push.state is None or known["reached_state"] == push.state:
        return {}
    return {"reached_state": push.state, "reached_at": at}


def _confirms_wipe(known: Mapping[str, Any], push: Push) -> bool:
    """A wiped phone confirms once: it says so and names nothing that it still holds."""
    return (
        push.state == DeviceState.WIPED.value
        and known["state"] == DeviceState.WIPED.value
        and known["reached_state"] != DeviceState.WIPED.value
        and push.manifest is not None
        and not push.manifest.unsent
    )
