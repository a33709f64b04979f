"""What travels between phone and server: sealed ops, manifests, and the answer to a push."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from inspect_app.rules.faults import Fault, Faulty
from inspect_app.rules.interviews import Contact, Interview, Roster
from inspect_app.rules.seals import Seal, Unopened
from inspect_app.rules.states import DeviceState, Disposition, OpStatus

PROTOCOL = 1
MIN_PROTOCOL = 1
FEATURES: tuple[str, ...] = ("device-state", "sealed-ops")
"""Envelope fields of later apps that this server takes; an app looks before it sends one."""

QUARANTINED = frozenset(
    {
        OpStatus.NOT_ASSIGNED,
        OpStatus.SUPERSEDED_DEVICE,
        OpStatus.INVALID,
        OpStatus.OP_ID_REUSED,
        OpStatus.BAD_SEAL,
    }
)
NOT_STORED = frozenset({OpStatus.HASH_MISMATCH, OpStatus.BAD_SEAL})
"""What comes so is no op: its phone keeps it and sends it again."""
SENDING = frozenset({DeviceState.ACTIVE, DeviceState.LOCKED, DeviceState.DRAINING})
"""States in which what a phone sends is taken as its own; a superseded one's is quarantined."""

ENVELOPE = (
    "op_id",
    "kind",
    "interview_id",
    "base_rev",
    "return_id",
    "form_id",
    "version",
    "captured_at",
    "boot_id",
    "mono_ms",
    "body_sha256",
)
"""What of an op travels beside its body and its list of files."""

Content = Interview | Contact | Roster | Faulty | Unopened


@dataclass(frozen=True)
class Blob:
    """A file that an op names; the file itself travels apart."""

    sha256: str
    bytes: int
    type: str


@dataclass(frozen=True)
class SealedOp:
    """One op as the phone sealed it, with what its body was read as.

    captured_at is the phone's own text; `content` holds faults where the body cannot count.
    seal : what closed it on the way; the body is empty until it is opened
    """

    op_id: str
    kind: str
    captured_at: str
    body_sha256: str
    body: bytes = field(repr=False)
    content: Content = field(repr=False)
    interview_id: str | None = None
    base_rev: int | None = None
    return_id: str | None = None
    form_id: str | None = None
    version: str | None = None
    boot_id: str | None = None
    mono_ms: int | None = None
    blobs: tuple[Blob, ...] = ()
    seal: Seal | None = None

    @property
    def envelope(self) -> dict[str, Any]:
        """What travels in clear beside the body, as it is kept where there is no op."""
        files = [{"sha256": one.sha256, "bytes": one.bytes, "type": one.type} for one in self.blobs]
        return {**{name: getattr(self, name) for name in ENVELOPE}, "blobs": files}

    @property
    def is_intact(self) -> bool:
        """Whether the body is the one that was hashed."""
        return hashlib.sha256(self.body).hexdigest() == self.body_sha256

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why the body cannot count; empty when it can."""
        return self.content.faults if isinstance(self.content, Faulty | Unopened) else ()


@dataclass(frozen=True)
class Unsent:
    """One op that is still on the phone."""

    op_id: str
    body_sha256: str
    bytes: int
    captured_at: str


@dataclass(frozen=True)
class Manifest:
    """What a phone still holds and how much room it has."""

    unsent: tuple[Unsent, ...]
    free_mb: int | None = None
    persisted: bool | None = None


@dataclass(frozen=True)
class Push:
    """One push of a phone; without ops it is a heartbeat.

    state : what the phone has come to, of those it can be ordered to become
    device_id : for which phone, where somebody else carries what it sealed
    """

    device_now: datetime
    boot_id: str
    mono_ms: int
    app: str
    manifest: Manifest | None = None
    ops: tuple[SealedOp, ...] = ()
    state: str | None = None
    device_id: str | None = None


@dataclass(frozen=True)
class Receipt:
    """The server's signature on a ledger line."""

    kid: str
    received_at: str
    h: str
    sig: str


@dataclass(frozen=True)
class Result:
    """What the server did with one op.

    first_status is told with `duplicate`: what the op was when it first came.
    """

    op_id: str
    status: str
    body_sha256: str
    rev: int | None = None
    seq: int | None = None
    receipt: Receipt | None = None
    first_status: str | None = None
    faults: tuple[Fault, ...] = ()
    log_id: str | None = None
    need_blobs: tuple[str, ...] = ()


@dataclass(frozen=True)
class PushAnswer:
    """The answer to a push: one result per op, in the order sent."""

    server_time: str
    offset_ms: int
    results: tuple[Result, ...]


@lru_cache(maxsize=2048)
def interview_id(campaign_id: str, unit_id: str, round_: str) -> str:
    """Name the interview of a household in a round, as phone and server both do."""
    return str(uuid.uuid5(uuid.UUID(campaign_id), f"{unit_id}/{round_}"))


def roster_id(campaign_id: str, village_code: str) -> str:
    """Name the roster of a village."""
    return str(uuid.uuid5(uuid.UUID(campaign_id), f"{village_code}/roster"))


def expected_interview_id(campaign_id: str, content: Content) -> str | None:
    """Name the interview that an op's body belongs to; None where it belongs to none."""
    match content:
        case Interview() | Contact():
            return interview_id(campaign_id, content.unit_id, content.round)
        case Roster():
            return roster_id(campaign_id, content.village_code)
    return None


def may_differ(expected: int, tolerance: float) -> int:
    """By how many households a village list may be off before a supervisor has to release it.

    expected : households of the register; tolerance : share of them, by the rule book
    """
    return int(expected * tolerance)


def missing_from(
    before: Sequence[Mapping[str, Any]], after: Iterable[Unsent]
) -> tuple[Mapping[str, Any], ...]:
    """Return the items of an earlier manifest that a later one no longer names."""
    still = {(item.op_id, item.body_sha256) for item in after}
    return tuple(item for item in before if (item["op_id"], item["body_sha256"]) not in still)


def final_disposition(interview: str | None, contacts: Sequence[str]) -> str:
    """Return the outcome of a household: its accepted interview, else its last visit.

    A household nobody reported on was not visited, which counts against the team.
    """
    if interview is not None:
        return interview
    if contacts:
        return contacts[-1]
    return Disposition.NOT_VISITED.value
