"""Replaying a chain: whether numbers, hashes, receipts, bodies and files agree with each other."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.blobs import Blob, OpBlob
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.rules import chain
from inspect_app.rules.chain import LineType
from inspect_app.services import days, ledger, outcomes, records, rejudging, seals
from inspect_app.services.files import Store
from inspect_app.services.ledger import ROWS_AT_ONCE
from inspect_app.services.receipts import key_of
from inspect_app.services.receipts import verify as signature_holds
from inspect_app.services.seals import Read
from inspect_app.services.transactions import snapshot
from inspect_app.settings import Settings

FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Report:
    """What a replay found: count of lines, root of the last day, and what does not agree.

    void : bodies that were destroyed on demand, as their lines say
    """

    count: int
    root: str
    day: str | None
    faults: tuple[str, ...]
    void: int = 0


def verify(
    session: Session,
    campaign_id: str,
    *,
    settings: Settings,
    files: bool = False,
    read: Read | None = None,
) -> Report:
    """Replay a chain from its beginning: numbers, hashes, receipts, bodies, seals; reads only.

    files : also read every photo and signature that is said to be here, gigabytes of them
    read : reads an op as its push did; given, every body that counts is also judged anew
    """
    snapshot(session)
    public = key_of(settings).public
    h, count, last_received = chain.genesis(campaign_id), 0, ""
    hashes: list[tuple[str, bytes]] = []
    faults: list[str] = []
    ops: set[str] = set()
    for entry in ledger.entries(session, campaign_id):
        count += 1
        line = ledger.line_of(entry)
        h = chain.link(h, line.text)
        if entry.seq != count:
            faults.append(f"第 {count} 条缺失 · line {count} is missing")
            count = entry.seq
        if entry.h != h.hex():
            faults.append(f"第 {count} 条哈希不符 · the hash of line {count} differs")
            h = bytes.fromhex(entry.h)
        if not signature_holds(public, chain.receipt_message(line.text, h), entry.signature):
            faults.append(f"第 {count} 条回执无效 · the receipt of line {count} does not hold")
        if entry.received_at < last_received:
            faults.append(f"第 {count} 条时间倒退 · line {count} is older than the one before it")
        last_received = entry.received_at
        hashes.append((line.day, h))
        if line.type == LineType.OP:
            ops.add(str(line.op_id))
        elif line.type == LineType.COMPLETE and line.op_id not in ops:
            faults.append(f"第 {count} 条无所指问卷 · line {count} completes an op not yet here")
    void = _void(session, campaign_id)
    faults += _body_faults(session, campaign_id, void)
    faults += outcomes.faults(session, campaign_id, void)
    faults += _completeness_faults(session, campaign_id, {op_id for op_id, _ in void})
    faults += records.faults(session, campaign_id)
    faults += seals.faults(session, campaign_id)
    if read is not None:
        faults += rejudging.faults(session, campaign_id, read=read)
    if files:
        faults += _file_faults(session, campaign_id, settings)
    found = chain.days(campaign_id, hashes)
    faults += days.faults(session, campaign_id, found)
    session.rollback()
    return Report(
        count=count,
        root=(found[-1].root if found else chain.genesis(campaign_id)).hex(),
        day=found[-1].day if found else None,
        faults=tuple(faults[:FAULTS_SHOWN]),
        void=len(void),
    )


def _void(session: Session, campaign_id: str) -> set[tuple[str | None, str | None]]:
    """Op id and hash of the bodies that the chain says were destroyed."""
    rows = session.execute(
        select(LedgerEntry.op_id, LedgerEntry.body_sha256).where(
            LedgerEntry.campaign_id == campaign_id, LedgerEntry.type == LineType.VOID.value
        )
    )
    return {(row.op_id, row.body_sha256) for row in rows}


def _body_faults(
    session: Session, campaign_id: str, void: set[tuple[str | None, str | None]]
) -> Iterator[str]:
    """Bodies that are not those of the chain, and ops that one of the two lacks."""
    of_ops = LedgerEntry.type == LineType.OP
    rows = session.execute(
        select(LedgerEntry.seq, LedgerEntry.body_sha256, Op.op_id, Op.body)
        .outerjoin(Op, Op.op_id == LedgerEntry.op_id)
        .where(LedgerEntry.campaign_id == campaign_id, of_ops)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    entries = 0
    destroyed = {digest for _, digest in void}
    for row in rows:
        entries += 1
        if row.op_id is None:
            yield f"第 {row.seq} 条无原文 · line {row.seq} has no op"
        elif row.body and row.body_sha256 in destroyed:
            yield f"第 {row.seq} 条原文未销毁 · the body of line {row.seq} is void, and here"
        elif (row.op_id, row.body_sha256) in void:
            continue
        elif hashlib.sha256(row.body).hexdigest() != row.body_sha256:
            yield f"第 {row.seq} 条原文已变 · the body of line {row.seq} has changed"
    stored = session.scalar(
        select(func.count()).select_from(Op).where(Op.campaign_id == campaign_id)
    )
    if stored != entries:
        yield f"原文 {stored} 份、账目 {entries} 条 · {stored} ops stored, {entries} in the chain"


def _completeness_faults(
    session: Session, campaign_id: str, void: set[str | None]
) -> Iterator[str]:
    """Ops that are said to be complete and lack a file, and ops that lack none and are not.

    Void ops name no files any more.
    """
    completed = select(LedgerEntry.op_id).where(
        LedgerEntry.campaign_id == campaign_id, LedgerEntry.type == LineType.COMPLETE
    )
    lacking = (
        select(OpBlob.op_id)
        .outerjoin(Blob, (Blob.campaign_id == OpBlob.campaign_id) & (Blob.sha256 == OpBlob.sha256))
        .where(OpBlob.campaign_id == campaign_id, Blob.sha256.is_(None))
    )
    is_complete = or_(Op.complete, Op.op_id.in_(completed))
    rows = session.execute(
        select(Op.op_id, is_complete)
        .where(Op.campaign_id == campaign_id, is_complete == Op.op_id.in_(lacking))
        .order_by(Op.op_id)
        .limit(FAULTS_SHOWN + len(void))
    )
    for op_id, said in rows:
        if op_id in void:
            continue
        yield (
            f"问卷 {op_id} 记为齐全而缺文件 · op {op_id} counts as complete and lacks a file"
            if said
            else f"问卷 {op_id} 文件已齐而未记 · op {op_id} has its files and no line says so"
        )


def _file_faults(session: Session, campaign_id: str, settings: Settings) -> Iterator[str]:
    """Files that are gone or have changed on the disk."""
    store = Store(settings.blobs_dir, campaign_id)
    rows = session.execute(
        select(Blob.sha256, Blob.bytes)
        .where(Blob.campaign_id == campaign_id)
        .order_by(Blob.sha256)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for row in rows:
        if not store.holds(row.sha256, length=row.bytes):
            yield f"文件 {row.sha256} 缺失或已变 · file {row.sha256} is gone or has changed"
