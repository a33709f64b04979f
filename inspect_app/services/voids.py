"""Deletion on demand: the text of a body is destroyed, its hashes and its place in the chain stay.

The same bytes may be here more than once: as an op, as a copy kept in quarantine, as the op that
became of such a copy when it was released. All of them go, each with a line of its own. Files that
nothing else names go too, and so do the text and the position that were noted beside a revision.

The chain holds hashes of salted bodies only, so it verifies as before and says nothing of what
was destroyed. What the rules made of the answers, without text or names, stays with the revision:
verdicts that were printed rest on it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, update
from sqlalchemy.orm import Session

from inspect_app.models.blobs import Blob, OpBlob
from inspect_app.models.cases import Evidence
from inspect_app.models.interviews import Revision
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine, Void
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import ledger
from inspect_app.services.files import Store
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import ReceiptKey, key_of
from inspect_app.services.transactions import session_on, writing
from inspect_app.settings import Settings

DESTROYED = b""
TEXT_AND_PLACE: dict[str, Any] = {"phrases": [], "place": None, "accuracy_m": None}
"""What is left of traits that were told in words or say where a household lives."""


@dataclass(frozen=True)
class Voided:
    """A body that was destroyed; seq : number of the line that says so."""

    op_id: str
    body_sha256: str
    seq: int
    reason: str
    voided_by: str
    voided_at: datetime


def destroy(
    session: Session,
    campaign_id: str,
    op_id: str,
    *,
    body_sha256: str | None,
    reason: str,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Voided:
    """Destroy a body wherever the campaign holds it, with a reason; again is harmless.

    Committed with one line of type `void` for each place that held it; then its files go.

    body_sha256 : which body, where several came under one id; by default the op's own

    Raises
    ------
    Unknown : the campaign has no such body
    """
    by.require(campaign_id, Role.COMMISSIONER)
    digest = body_sha256 or session.scalar(
        select(Op.body_sha256).where(Op.op_id == op_id, Op.campaign_id == campaign_id)
    )
    if digest is None:
        raise Unknown("The campaign has no such body.")
    # The long look goes without the lock; under it only what came since is looked at.
    last = session.scalar(
        select(func.max(LedgerEntry.seq)).where(LedgerEntry.campaign_id == campaign_id)
    )
    holders = _holders(session, campaign_id, digest)
    with writing(session, campaign_id):
        holders |= _holders(session, campaign_id, digest, after=last or 0)
        if op_id not in holders:
            raise Unknown("The campaign has no such body.")
        order = _Order(campaign_id, digest, reason, by.actor, key_of(settings), at)
        void = _destroy(session, order, holders)
        orphans = _release_files(session, campaign_id, holders, digest)
        told = _voided(void[op_id])
    if orphans:
        _discard(session, Store(settings.blobs_dir, campaign_id), orphans)
    return told


def destroy_again(
    connection: Connection,
    campaign_id: str,
    digests: Collection[str],
    *,
    key: ReceiptKey,
    at: datetime,
) -> None:
    """Destroy what has just come again after it was destroyed, in the caller's transaction.

    A phone that still held the bytes sent them under another id: the first reason stands.
    """
    with session_on(connection) as session:
        asked = (Void.campaign_id == campaign_id) & Void.body_sha256.in_(sorted(digests))
        first = {
            row.body_sha256: row
            for row in session.scalars(select(Void).where(asked).order_by(Void.seq.desc()))
        }
        for digest, row in sorted(first.items()):
            order = _Order(campaign_id, digest, row.reason, row.voided_by, key, at)
            holders = _holders(session, campaign_id, digest)
            _destroy(session, order, holders)
            _release_files(session, campaign_id, holders, digest)


@dataclass(frozen=True)
class _Order:
    """Which body goes, and why."""

    campaign_id: str
    body_sha256: str
    reason: str
    voided_by: str
    key: ReceiptKey
    at: datetime


def _destroy(session: Session, order: _Order, holders: Collection[str]) -> dict[str, Void]:
    """Destroy a body at each of its holders that has it still; the voids of all of them."""
    found = session.scalars(select(Void).where(Void.body_sha256 == order.body_sha256))
    void = {row.op_id: row for row in found if row.op_id in holders}
    for holder in sorted(set(holders) - void.keys()):
        draft = _line(session, holder, order.body_sha256)
        (posted,) = ledger.append(session, order.campaign_id, [draft], key=order.key, at=order.at)
        void[holder] = Void(
            op_id=holder,
            body_sha256=order.body_sha256,
            campaign_id=order.campaign_id,
            seq=posted.seq,
            reason=order.reason,
            voided_by=order.voided_by,
            voided_at=order.at,
        )
        session.add(void[holder])
        # The line comes first: without it the database refuses to let a body go.
        session.flush()
        _empty(session, holder, order.body_sha256)
    return void


def _holders(session: Session, campaign_id: str, digest: str, *, after: int = 0) -> set[str]:
    """The ids under which these bytes came or were released, as the chain names them."""
    holding = or_(
        LedgerEntry.type == LineType.OP.value,
        LedgerEntry.status == EventName.OP_ID_REUSED.value,
    )
    rows = session.scalars(
        select(LedgerEntry.op_id).where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.body_sha256 == digest,
            LedgerEntry.seq > after,
            holding,
        )
    )
    return {op_id for op_id in rows if op_id is not None}


def _copy(op_id: str, digest: str) -> Any:
    """A body in quarantine that has no op of its own."""
    return select(Quarantine).where(
        Quarantine.op_id == op_id,
        Quarantine.body_sha256 == digest,
        Quarantine.envelope.is_not(None),
    )


def _line(session: Session, op_id: str, digest: str) -> Draft:
    op = session.execute(
        select(Op.kind, Op.interview_id, Op.device_id).where(
            Op.op_id == op_id, Op.body_sha256 == digest
        )
    ).first()
    if op is not None:
        kind, interview_id, device_id = op
    else:
        kind, interview_id = None, None
        device_id = session.scalars(_copy(op_id, digest)).one().device_id
    return Draft(
        LineType.VOID,
        "void",
        op_id=op_id,
        kind=kind,
        interview_id=interview_id,
        body_sha256=digest,
        device_id=device_id,
    )


def _empty(session: Session, op_id: str, digest: str) -> None:
    """Destroy the bytes, and what was noted of them in words."""
    own = (Op.op_id == op_id) & (Op.body_sha256 == digest)
    session.execute(update(Op).where(own).values(body=DESTROYED))
    for copy in session.scalars(_copy(op_id, digest)):
        copy.body = DESTROYED
    revisions = select(Revision).join(Op, Op.op_id == Revision.op_id).where(own)
    for revision in session.scalars(revisions):
        if revision.traits:
            revision.traits = revision.traits | TEXT_AND_PLACE
    session.flush()


def _release_files(
    session: Session, campaign_id: str, holders: Iterable[str], digest: str
) -> list[str]:
    """Let void ops name no files any more; return those that nothing else names."""
    named: set[str] = set()
    own: list[str] = []
    for holder in sorted(holders):
        op = session.execute(select(Op.blobs).where(Op.op_id == holder, Op.body_sha256 == digest))
        for (files,) in op:
            own.append(holder)
            named |= {file["sha256"] for file in files}
        for copy in session.scalars(_copy(holder, digest)):
            named |= {file["sha256"] for file in (copy.envelope or {}).get("blobs", ())}
    if not named:
        return []
    session.execute(delete(OpBlob).where(OpBlob.op_id.in_(own)))
    orphans = sorted(named - _in_use(session, campaign_id, named))
    session.execute(delete(Blob).where(Blob.campaign_id == campaign_id, Blob.sha256.in_(orphans)))
    return orphans


def _in_use(session: Session, campaign_id: str, named: set[str]) -> set[str]:
    """Which of these files an op, a copy in quarantine or a case still names."""
    used: set[str] = set()
    for table in (OpBlob, Evidence):
        used |= set(
            session.scalars(
                select(table.sha256).where(
                    table.campaign_id == campaign_id, table.sha256.in_(sorted(named))
                )
            )
        )
    envelopes = session.scalars(
        select(Quarantine.envelope).where(
            Quarantine.campaign_id == campaign_id,
            Quarantine.envelope.is_not(None),
            Quarantine.body != DESTROYED,
        )
    )
    return used | {
        file["sha256"] for envelope in envelopes for file in (envelope or {}).get("blobs", ())
    }


def _discard(session: Session, store: Store, orphans: Iterable[str]) -> None:
    """Take files from the disk, once it is committed that they are not here.

    Should a server die before, the same request again takes them.
    """
    with writing(session, store.campaign_id):
        orphans = set(orphans)
        orphans -= _in_use(session, store.campaign_id, orphans)
        for sha256 in sorted(orphans):
            store.discard(sha256)


def _voided(row: Void) -> Voided:
    return Voided(row.op_id, row.body_sha256, row.seq, row.reason, row.voided_by, row.voided_at)
