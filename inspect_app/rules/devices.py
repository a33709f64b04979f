"""What a supervisor may order a phone to become, and what a phone's clock tells."""

from dataclasses import dataclass
from datetime import datetime

from inspect_app.rules.chain import EventName
from inspect_app.rules.errors import DeviceStep
from inspect_app.rules.states import DeviceState

ORDERS = {
    DeviceState.ACTIVE: EventName.DEVICE_UNLOCKED,
    DeviceState.LOCKED: EventName.DEVICE_LOCKED,
    DeviceState.DRAINING: EventName.DEVICE_DRAINING,
    DeviceState.WIPED: EventName.DEVICE_WIPED,
}
"""States a phone may be ordered into, with the event that the order leaves."""

_REVERSIBLE = frozenset({DeviceState.ACTIVE, DeviceState.LOCKED, DeviceState.DRAINING})

CLOCK_TOLERANCE_MS = 5 * 60 * 1000
SILENT_HOURS = 24
MANY_UNSENT = 10
LITTLE_SPACE_MB = 200


@dataclass(frozen=True, slots=True)
class Phone:
    """What is known of a phone that calls, as it stands in the database at that moment.

    offset_ms : server minus phone at the push before this one
    push_minute, pushes_in_minute : how often it pushed in the last minute that it pushed in
    edition : names the commission that holds, by number and content; a correction has another one
    """

    id: str
    campaign_id: str
    enumerator_id: str
    state: str
    offset_ms: int | None
    push_minute: int | None
    pushes_in_minute: int
    edition: tuple[object, ...]


def require_step(present: DeviceState, wanted: DeviceState) -> None:
    """Allow active, locked and draining in any order, wiped from everywhere, nothing after it.

    A superseded phone can only be wiped: its enumerator carries another one.

    Raises
    ------
    DeviceStep : the order makes no sense for a phone in this state
    """
    if wanted is DeviceState.WIPED and present is not DeviceState.WIPED:
        return
    if present not in _REVERSIBLE or wanted not in _REVERSIBLE:
        raise DeviceStep(f"The phone is {present.value}.", state=present.value)


def jump(before: int | None, now: int) -> int | None:
    """By how much a clock moved against the server's between two contacts, if beyond tolerance.

    before, now : server minus phone, milliseconds
    """
    if before is None or abs(now - before) <= CLOCK_TOLERANCE_MS:
        return None
    return now - before


def remarks(
    *,
    state: DeviceState,
    at: datetime,
    heard_at: datetime,
    unsent: int,
    oldest_hours: float | None,
    persisted: bool | None,
    free_mb: int | None,
    offset_ms: int | None,
    jumped_at: datetime | None,
) -> tuple[str, ...]:
    """Name what a supervisor should look at on a phone, worst first.

    heard_at : last contact, or enrolment where there was none
    """
    silent = (at - heard_at).total_seconds() > SILENT_HOURS * 3600
    in_use = state in _REVERSIBLE
    found = {
        "silent": silent and in_use,
        "many_unsent": unsent > MANY_UNSENT or (oldest_hours or 0) > SILENT_HOURS,
        "storage_not_persistent": persisted is False and in_use,
        "little_space": free_mb is not None and free_mb < LITTLE_SPACE_MB and in_use,
        "clock_offset": offset_ms is not None and abs(offset_ms) > CLOCK_TOLERANCE_MS,
        "clock_jumped": jumped_at is not None,
    }
    return tuple(name for name, is_so in found.items() if is_so)
