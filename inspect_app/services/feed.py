"""The feed of a device: what the server has to tell a phone, in order, page by page."""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, insert, literal, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device, FeedEpoch, FeedItem
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import Invalid, Unknown
from inspect_app.rules.states import DeviceState

CURSOR = re.compile(r"(?:([0-9a-f]{8})\.)?([0-9]+)\.([0-9]+)", re.ASCII)
FINAL = frozenset({DeviceState.WIPED.value, DeviceState.SUPERSEDED.value})
LARGEST = 2**53 - 1


@dataclass(frozen=True)
class Page:
    """One page of a feed; `next_cursor` asks for what follows it."""

    items: tuple[dict[str, Any], ...]
    next_cursor: str
    more: bool
    state: str


def append(session: Session, device_id: str, items: Iterable[Mapping[str, Any]]) -> None:
    """Add items, each with its `type`, to the end of a device's feed.

    Part of the caller's transaction, which must already hold the write lock: a number given out
    earlier and committed later would be passed over by a cursor.
    """
    locked = select(Device.id).where(Device.id == device_id).with_for_update()
    if session.scalar(locked) is None:
        raise Unknown("There is no such device.")
    last = session.scalar(select(func.max(FeedItem.seq)).where(FeedItem.device_id == device_id))
    rows = [
        {
            "device_id": device_id,
            "seq": seq,
            "type": item["type"],
            "payload": {key: value for key, value in item.items() if key != "type"},
        }
        for seq, item in enumerate(items, (last or 0) + 1)
    ]
    if rows:
        session.execute(insert(FeedItem), rows)


def read(
    session: Session, device_id: str, cursor: str | None, *, limit: int, may_read: bool = True
) -> Page:
    """Return the items after a cursor: what was appended, then acks of what the device sent.

    A phone that is not active hears what it shall become, and acks, so that it may delete what it
    sent; nobody's household.

    Reads only, so the same cursor gives the same page, longer at most by what came since. One that
    was given out before a restore, or names a place that is not there, begins anew: items again
    are harmless, items passed over are not.

    Acks are not stored: they follow from the ledger, which has its own place in the cursor. An op
    whose files were still to come is acked again once it is complete.

    Raises
    ------
    Invalid : the cursor is not one of ours
    """
    named = _decode(cursor)
    device = session.get_one(Device, device_id)
    epoch, fed, acked = _place(session, device_id, *named)
    items: list[dict[str, Any]] = []
    query = select(FeedItem.seq, FeedItem.type, FeedItem.payload).where(
        FeedItem.device_id == device_id, FeedItem.seq > fed
    )
    if device.state != DeviceState.ACTIVE.value:
        items = [{"type": "command", "state": device.state}]
        # What a phone has to forget it hears even where it never becomes active again. One that
        # may keeps its place in the feed, and hears everything from there once it is active.
        query = query.where(FeedItem.type == "revoke" if device.state in FINAL else literal(False))
    elif not may_read:
        query = query.where(literal(False))
    told = len(items)
    room = limit - told
    appended = session.execute(query.order_by(FeedItem.seq).limit(room + 1)).all()
    items += [{"type": row.type, **row.payload} for row in appended[:room]]
    if appended[:room]:
        fed = appended[:room][-1].seq
    more = len(appended) > room
    room = limit - len(items)
    acks = session.execute(
        select(LedgerEntry.seq, LedgerEntry.type, LedgerEntry.op_id, Op.complete)
        .join(Op, Op.op_id == LedgerEntry.op_id)
        .where(
            LedgerEntry.device_id == device_id,
            LedgerEntry.seq > acked,
            LedgerEntry.type.in_((LineType.OP.value, LineType.COMPLETE.value)),
        )
        .order_by(LedgerEntry.seq)
        .limit(room + 1)
    ).all()
    items += [
        {
            "type": "ack",
            "op_id": row.op_id,
            "complete": row.complete or row.type == LineType.COMPLETE,
        }
        for row in acks[:room]
    ]
    if acks[:room]:
        acked = acks[:room][-1].seq
    more = more or len(acks) > room
    return Page(tuple(items), _encode(epoch, fed, acked), more, device.state)


def begin_anew(session: Session) -> None:
    """Let every cursor given out so far begin anew, in the caller's transaction."""
    last = session.scalar(select(func.max(FeedEpoch.n)))
    session.add(FeedEpoch(n=(last or 0) + 1, epoch=secrets.token_hex(4)))


def _place(
    session: Session, device_id: str, epoch: str | None, fed: int, acked: int
) -> tuple[str | None, int, int]:
    """Find the place of a cursor: its own where this database gave it out, else the start."""
    current = select(FeedEpoch.epoch).order_by(FeedEpoch.n.desc()).limit(1).scalar_subquery()
    item = exists().where(FeedItem.device_id == device_id, FeedItem.seq == fed)
    line = exists().where(LedgerEntry.device_id == device_id, LedgerEntry.seq == acked)
    now, has_item, has_line = session.execute(select(current, item, line)).one()
    if epoch != now or (fed and not has_item) or (acked and not has_line):
        return now, 0, 0
    return now, fed, acked


def _encode(epoch: str | None, fed: int, acked: int) -> str:
    text = f"{fed}.{acked}" if epoch is None else f"{epoch}.{fed}.{acked}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(cursor: str | None) -> tuple[str | None, int, int]:
    """Read epoch and places; a database that was never restored has no epoch."""
    if not cursor:
        return None, 0, 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        found = CURSOR.fullmatch(text)
        if found is None or max(len(found[2]), len(found[3])) > len(str(LARGEST)):
            raise ValueError("not a cursor")
        fed, acked = int(found[2]), int(found[3])
        if max(fed, acked) > LARGEST:
            raise ValueError("beyond any feed")
        return found[1], fed, acked
    except (ValueError, binascii.Error) as error:
        raise Invalid("The cursor is not one that this server gave out.") from error
