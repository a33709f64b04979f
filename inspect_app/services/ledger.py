"""The ledger of a campaign: lines are added under the write lock, and never touched again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, Table, bindparam, exists, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.rules import chain
from inspect_app.rules.chain import EventName, Line, LineType
from inspect_app.rules.errors import NotReady, Unknown
from inspect_app.rules.ops import Receipt
from inspect_app.services import days
from inspect_app.services.receipts import ReceiptKey, key_of
from inspect_app.services.receipts import verify as signature_holds
from inspect_app.services.statements import Statement
from inspect_app.services.transactions import (
    Source,
    connection_of,
    lock_campaign,
    session_on,
    writing,
)
from inspect_app.settings import Settings

ROWS_AT_ONCE = 2000

log = structlog.get_logger()

LEDGER: Table = LedgerEntry.__table__  # type: ignore[assignment]  # declared as FromClause
_ADD = Statement(LEDGER.insert())
_LAST = Statement(
    select(LEDGER.c.seq, LEDGER.c.h, LEDGER.c.received_at)
    .where(LEDGER.c.campaign_id == bindparam("campaign_id"))
    .order_by(LEDGER.c.seq.desc())
    .limit(1)
)

_keys_seen: set[tuple[str, str]] = set()
"""Campaigns with the public key that is known to have signed their chains."""


@dataclass(frozen=True)
class Draft:
    """A line before it has its number: what happened, to which op, with what outcome."""

    type: LineType
    status: str
    op_id: str | None = None
    kind: str | None = None
    interview_id: str | None = None
    rev: int | None = None
    body_sha256: str | None = None
    device_id: str | None = None


@dataclass(frozen=True)
class Posted:
    """A line in the chain, with its receipt."""

    seq: int
    receipt: Receipt


@dataclass(frozen=True)
class Proof:
    """An op's line and the path from it to the root of its day."""

    campaign_id: str
    op_id: str
    seq: int
    status: str
    complete: bool
    line: str
    h_prev: str
    receipt: Receipt
    day: str
    day_root: str
    day_root_sig: str
    count: int
    leaf: int
    leaves: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class SignedRoot:
    """The root of the last day, signed: what a report prints."""

    campaign_id: str
    day: str | None
    count: int
    root: str
    sig: str
    kid: str
    receipt_key: str


def append(
    source: Source,
    campaign_id: str,
    drafts: Sequence[Draft],
    *,
    key: ReceiptKey,
    at: datetime,
    confirmed: bool = False,
) -> list[Posted]:
    """Add lines to the chain, in order, each with its receipt.

    Part of the caller's transaction, which must hold the write lock. A server clock that steps
    back a little does not reach the chain: a line is never older than the one before it.

    confirmed : an operator says that the clock is right, however far it is from the last line

    Raises
    ------
    NotReady : the key is another than the one that signed the chain so far, or the clock is wrong
    """
    if not drafts:
        return []
    lock_campaign(source, campaign_id)
    connection = connection_of(source)
    seq, h, last_received = _head(connection, campaign_id)
    _require_same_key(connection, campaign_id, seq, key)
    if last_received and not confirmed:
        _require_clock(connection, campaign_id, last_received, at)
    received_at = max(last_received, chain.stamp(at))
    if last_received and chain.day_of(last_received) != chain.day_of(received_at):
        with session_on(connection) as session:
            days.finish(session, campaign_id)
    rows: list[dict[str, Any]] = []
    posted: list[Posted] = []
    for draft in drafts:
        seq += 1
        line = Line(
            seq,
            draft.type.value,
            received_at,
            draft.status,
            draft.op_id,
            draft.kind,
            draft.interview_id,
            draft.rev,
            draft.body_sha256,
            draft.device_id,
        )
        content = line.text
        h = chain.link(h, content)
        receipt = Receipt(
            key.kid, received_at, h.hex(), key.sign(chain.receipt_message(content, h))
        )
        rows.append(
            {
                "campaign_id": campaign_id,
                "seq": seq,
                "type": line.type,
                "op_id": line.op_id,
                "kind": line.kind,
                "interview_id": line.interview_id,
                "rev": line.rev,
                "body_sha256": line.body_sha256,
                "device_id": line.device_id,
                "received_at": received_at,
                "status": line.status,
                "h": receipt.h,
                "kid": receipt.kid,
                "signature": receipt.sig,
            }
        )
        posted.append(Posted(seq, receipt))
    _ADD.write(connection, rows)
    return posted


def confirm_clock(
    session: Session, campaign_id: str, *, settings: Settings, at: datetime
) -> str | None:
    """Commit that the clock is right where it contradicts the last line; return how it did.

    Lines go on from there: at the clock's time after a long pause, at the time of the last line
    where that is ahead, until the clock has come up to it.
    """
    with writing(session, campaign_id):
        fault = _clock_fault(session, campaign_id, _head(session.connection(), campaign_id)[2], at)
        if fault is not None:
            draft = Draft(LineType.EVENT, EventName.CLOCK_CONFIRMED.value)
            append(session, campaign_id, [draft], key=key_of(settings), at=at, confirmed=True)
    return fault


def clock_faults(session: Session, *, at: datetime) -> list[str]:
    """Say which campaigns take no lines because the clock contradicts their last one; reads only.

    A long pause is none: most campaigns are over.
    """
    faults = []
    for campaign_id in session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
        last = _head(session.connection(), campaign_id)[2]
        if last > chain.stamp(at):
            fault = _clock_fault(session, campaign_id, last, at)
            faults += [f"campaign {campaign_id}: {fault}"] if fault else []
    return faults


def has_begun(session: Session, campaign_id: str) -> bool:
    """Whether a campaign has a line yet."""
    return _LAST.first(session.connection(), {"campaign_id": campaign_id}) is not None


def receipt_of(entry: LedgerEntry) -> Receipt:
    """Return the receipt of a line as it was first given out."""
    return Receipt(entry.kid, entry.received_at, entry.h, entry.signature)


def root(session: Session, campaign_id: str) -> tuple[str, int, str | None]:
    """Return the root of the last day with entries, the count of lines, and that day.

    A chain without lines has its beginning, h_0, as root and no day.
    """
    last = days.last(session, campaign_id)
    if last is None:
        return chain.genesis(campaign_id).hex(), 0, None
    return last.root.hex(), last.count, last.day


def signed_root(session: Session, campaign_id: str, *, settings: Settings) -> SignedRoot:
    """Return the last root with the server's signature and the key to check it by: to anybody."""
    if session.get(Campaign, campaign_id) is None:
        raise Unknown("There is no such campaign.")
    digest, count, day = root(session, campaign_id)
    key = key_of(settings)
    sig = key.sign(chain.root_message(campaign_id, day or "", count, bytes.fromhex(digest)))
    return SignedRoot(campaign_id, day, count, digest, sig, key.kid, key.public)


def proof(session: Session, op_id: str, *, settings: Settings) -> Proof:
    """Return the line of an op, its receipt, and its path to the root of its day.

    To anybody who has the op's id: a phone makes it by chance, so only those know it who were
    told. Nothing that was said is in a line.

    Raises
    ------
    Unknown : no such op
    """
    entry = session.scalar(
        select(LedgerEntry).where(LedgerEntry.op_id == op_id, LedgerEntry.type == LineType.OP)
    )
    if entry is None:
        raise Unknown("No op of this id is in the ledger.")
    campaign_id, seq = entry.campaign_id, entry.seq
    line = line_of(entry)
    earlier = session.scalar(
        select(LedgerEntry.h).where(
            LedgerEntry.campaign_id == campaign_id, LedgerEntry.seq == seq - 1
        )
    )
    complete = session.scalar(
        select(
            exists().where(Op.op_id == op_id, Op.complete)
            | exists().where(LedgerEntry.op_id == op_id, LedgerEntry.type == LineType.COMPLETE)
        )
    )
    # The chain has no gaps, so a line's place in its day follows from its number.
    day = days.of_line(session, campaign_id, seq)
    leaf = day.leaves - 1 - (day.count - seq)
    root_sig = key_of(settings).sign(chain.root_message(campaign_id, day.day, day.count, day.root))
    return Proof(
        campaign_id=campaign_id,
        op_id=op_id,
        seq=seq,
        status=entry.status,
        complete=bool(complete),
        line=line.text,
        h_prev=earlier or chain.genesis(campaign_id).hex(),
        receipt=receipt_of(entry),
        day=day.day,
        day_root=day.root.hex(),
        day_root_sig=root_sig,
        count=day.count,
        leaf=leaf,
        leaves=day.leaves,
        path=tuple(h.hex() for h in day.path(leaf)),
    )


def entries(source: Source, campaign_id: str, *more: ColumnElement[bool]) -> Iterable[Any]:
    """Read lines of a chain in order, a few thousand at once."""
    return source.execute(
        select(
            LedgerEntry.seq,
            LedgerEntry.type,
            LedgerEntry.op_id,
            LedgerEntry.kind,
            LedgerEntry.interview_id,
            LedgerEntry.rev,
            LedgerEntry.body_sha256,
            LedgerEntry.device_id,
            LedgerEntry.received_at,
            LedgerEntry.status,
            LedgerEntry.h,
            LedgerEntry.signature,
        )
        .where(LedgerEntry.campaign_id == campaign_id, *more)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )


def line_of(entry: Any) -> Line:
    """Put a row of the ledger together as the line that was hashed."""
    return Line(
        entry.seq,
        entry.type,
        entry.received_at,
        entry.status,
        entry.op_id,
        entry.kind,
        entry.interview_id,
        entry.rev,
        entry.body_sha256,
        entry.device_id,
    )


def _require_same_key(source: Source, campaign_id: str, seq: int, key: ReceiptKey) -> None:
    """Refuse a key made anew after the old one was lost; looked at once in a process."""
    if (campaign_id, key.public) in _keys_seen:
        return
    for last in tuple(entries(source, campaign_id, LedgerEntry.seq == seq)):
        message = chain.receipt_message(line_of(last).text, bytes.fromhex(last.h))
        if not signature_holds(key.public, message, last.signature):
            reason = "The receipt key is not the one that signed this campaign's chain."
            raise NotReady(reason, faults=["receipt key"])
        _keys_seen.add((campaign_id, key.public))


def _require_clock(source: Source, campaign_id: str, last: str, at: datetime) -> None:
    fault = _clock_fault(source, campaign_id, last, at)
    if fault is not None:
        log.error("clock and ledger disagree", campaign=campaign_id, fault=fault)
        raise NotReady(f"The server's clock is wrong, or was: {fault}.", faults=[fault])


def _clock_fault(source: Source, campaign_id: str, last: str, at: datetime) -> str | None:
    """How the clock contradicts the last line, unless an operator confirmed it at that line."""
    fault = chain.clock_fault(last, at) if last else None
    if fault is None:
        return None
    confirmed = exists().where(
        LedgerEntry.campaign_id == campaign_id,
        LedgerEntry.type == LineType.EVENT.value,
        LedgerEntry.status == EventName.CLOCK_CONFIRMED.value,
        LedgerEntry.received_at == last,
    )
    is_ahead = last > chain.stamp(at)
    return None if is_ahead and source.scalar(select(confirmed)) else fault


def _head(connection: Connection, campaign_id: str) -> tuple[int, bytes, str]:
    last = _LAST.first(connection, {"campaign_id": campaign_id})
    if last is None:
        return 0, chain.genesis(campaign_id), ""
    return last.seq, bytes.fromhex(last.h), last.received_at
