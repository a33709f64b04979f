"""The chain of a campaign: lines, hashes, receipts and daily roots.

Pure functions over bytes and text, so that an auditor can replay a ledger with nothing but this
file and SHA-256. docs/sync-protocol.md gives the formulas.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import cached_property, lru_cache

# China has one time zone and has kept it without summer time since 1992.
CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


class LineType(StrEnum):
    """What a line of the chain is about."""

    OP = "op"
    COMPLETE = "complete"
    EVENT = "event"
    RELEASE = "release"
    VOID = "void"
    RECORD = "record"


class EventName(StrEnum):
    """Happenings that leave a line without being an op; kept in the status of the line."""

    OP_ID_REUSED = "op_id_reused"
    LEFT_MANIFEST = "left_manifest"
    ENROLLED_WITH_UNSENT = "enrolled_with_unsent"
    ROSTER_DIFFERS = "roster_differs"
    DRAW_DIFFERS = "draw_differs"
    RESERVE_OUT_OF_ORDER = "reserve_out_of_order"
    WITHOUT_FILES = "without_files"
    EVIDENCE = "evidence"
    ACCESS_LOG = "access_log"
    DEVICE_LOCKED = "device_locked"
    DEVICE_UNLOCKED = "device_unlocked"
    DEVICE_DRAINING = "device_draining"
    DEVICE_WIPED = "device_wiped"
    WIPE_CONFIRMED = "wipe_confirmed"
    DISMISSED = "dismissed"
    ROSTER_RELEASED = "roster_released"
    ROSTER_CHOSEN = "roster_chosen"
    CONFLICT_DECIDED = "conflict_decided"
    CLOCK_CONFIRMED = "clock_confirmed"
    BAD_SEAL = "bad_seal"
    CODE_READ_OUT = "code_read_out"


ALARMS = (
    EventName.OP_ID_REUSED,
    EventName.LEFT_MANIFEST,
    EventName.ENROLLED_WITH_UNSENT,
    EventName.ROSTER_DIFFERS,
    EventName.DRAW_DIFFERS,
    EventName.RESERVE_OUT_OF_ORDER,
    EventName.BAD_SEAL,
)
"""Events that a supervisor has to look at and say that they did."""


@dataclass(frozen=True)
class Line:
    """One line of the chain; an absent value is empty text in its bytes.

    received_at : as hashed, RFC 3339 in UTC with milliseconds, see `stamp`
    """

    seq: int
    type: str
    received_at: str
    status: str
    op_id: str | None = None
    kind: str | None = None
    interview_id: str | None = None
    rev: int | None = None
    body_sha256: str | None = None
    device_id: str | None = None

    @property
    def text(self) -> str:
        """The ten values in their fixed order, one a row."""
        values = (
            self.seq,
            self.type,
            self.op_id,
            self.kind,
            self.interview_id,
            self.rev,
            self.body_sha256,
            self.device_id,
            self.received_at,
            self.status,
        )
        return "\n".join("" if value is None else str(value) for value in values)

    @property
    def day(self) -> str:
        """Date of receipt in China, YYYY-MM-DD."""
        return day_of(self.received_at)


def day_of(received_at: str) -> str:
    """Return the date in China of a time as it is hashed."""
    return _day_of_hour(received_at[:13])


@lru_cache(maxsize=1024)
def _day_of_hour(hour: str) -> str:
    """China is eight whole hours off, so the hour tells the day."""
    return datetime.fromisoformat(f"{hour}:00:00Z").astimezone(CHINA).date().isoformat()


def stamp(moment: datetime) -> str:
    """Write a moment as it is hashed: UTC, milliseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


AHEAD = timedelta(minutes=5)
PAUSE = timedelta(days=180)
"""How far a chain may be ahead of the clock, and how long nothing may have been received."""


def clock_fault(last_received: str, at: datetime) -> str | None:
    """Say how a clock contradicts the last line of a chain; None where it does not.

    A line is never older than the one before it, so one that a wrong clock dated years ahead
    would date all that follow.
    """
    apart = at - datetime.fromisoformat(last_received)
    if apart < -AHEAD:
        return f"the last line is {-apart // timedelta(minutes=1)} minutes ahead of the clock"
    if apart > PAUSE:
        return f"the last line is {apart.days} days behind the clock"
    return None


def genesis(campaign_id: str) -> bytes:
    """Compute h_0 of a campaign."""
    return hashlib.sha256(f"xf-ledger/1\n{campaign_id}".encode()).digest()


def link(previous: bytes, line: str) -> bytes:
    """Compute h_n from h_(n-1) and the text of line n."""
    return hashlib.sha256(previous + line.encode()).digest()


def receipt_message(line: str, h: bytes) -> bytes:
    """Build the bytes that a receipt signs."""
    return f"xf-receipt/1\n{line}\n{h.hex()}".encode()


def root_message(campaign_id: str, day: str, count: int, root: bytes) -> bytes:
    """Build the bytes that the signature of a daily root covers; count = entries so far."""
    return f"xf-root/1\n{campaign_id}\n{day}\n{count}\n{root.hex()}".encode()


class Tree:
    """The Merkle tree of RFC 6962, section 2.1, which grows by a leaf at a time.

    Nodes with all their leaves never change and are kept, so a root or a path costs a few hashes
    however many leaves there are. Both may be asked for at any earlier `size`.
    """

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[list[bytes]] = [[]]
        for leaf in leaves:
            self.add(leaf)

    def __len__(self) -> int:
        return len(self._levels[0])

    def add(self, leaf: bytes) -> None:
        """Add a leaf at the end."""
        node = _leaf(leaf)
        for level in self._levels:
            level.append(node)
            if len(level) % 2:
                return
            node = _node(level[-2], level[-1])
        self._levels.append([node])

    def root(self, size: int | None = None) -> bytes:
        """Compute the tree hash of the first leaves, by default of all."""
        size = len(self) if size is None else size
        if size == 0:
            return hashlib.sha256(b"").digest()
        return self._node((size - 1).bit_length(), 0, size)

    def path(self, index: int, size: int | None = None) -> list[bytes]:
        """Compute the audit path of one leaf, RFC 6962, section 2.1.1: from the leaf upwards."""
        size = nodes = len(self) if size is None else size
        path, level = [], 0
        while nodes > 1:
            if index ^ 1 < nodes:
                path.append(self._node(level, index ^ 1, size))
            index, nodes, level = index // 2, (nodes + 1) // 2, level + 1
        return path

    def _node(self, level: int, index: int, size: int) -> bytes:
        """A node over the first leaves; one without a right neighbour moves up unchanged."""
        if (index + 1) << level <= size:
            return self._levels[level][index]
        left = self._node(level - 1, 2 * index, size)
        if (2 * index + 1) << (level - 1) >= size:
            return left
        return _node(left, self._node(level - 1, 2 * index + 1, size))


def follow(leaf: bytes, index: int, size: int, path: Iterable[bytes]) -> bytes:
    """Compute the root that a leaf and its audit path lead to; `size` is the count of leaves."""
    h = _leaf(leaf)
    last = size - 1
    remaining = iter(path)
    while last > 0:
        if index % 2:
            h = _node(next(remaining), h)
        elif index < last:
            h = _node(h, next(remaining))
        index //= 2
        last //= 2
    return h


@dataclass(frozen=True)
class Day:
    """One day of a chain: its tree has the root before it as first leaf, then the day's hashes.

    before : root of the last earlier day with entries; h_0 for the first
    count : entries of the chain up to the end of this day
    """

    day: str
    before: bytes
    hashes: tuple[bytes, ...]
    count: int

    @property
    def leaves(self) -> tuple[bytes, ...]:
        return (self.before, *self.hashes)

    @cached_property
    def root(self) -> bytes:
        return Tree(self.leaves).root()


def days(
    campaign_id: str,
    entries: Iterable[tuple[str, bytes]],
    *,
    before: bytes | None = None,
    count: int = 0,
) -> list[Day]:
    """Gather (day, h) pairs, in the order of the chain, into days.

    A day without entries has no tree; the next one follows the last that has.

    before, count : root of the last day before these, and entries up to its end; by default
        the pairs begin with the chain
    """
    gathered: dict[str, list[bytes]] = {}
    for day, h in entries:
        gathered.setdefault(day, []).append(h)
    found: list[Day] = []
    root = genesis(campaign_id) if before is None else before
    for day, hashes in gathered.items():
        count += len(hashes)
        found.append(Day(day, root, tuple(hashes), count))
        root = found[-1].root
    return found


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
