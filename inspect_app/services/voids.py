"""Deletion on demand: the text of a body is destroyed, its hashes and its place in the chain stay.

The same bytes may be here more than once: as an op, as a copy kept in quarantine, closed or not, as
the op that became of such a copy when it was released. All of them go, each with a line of its own.
Files that nothing else names go too, and so do the text and the position that were noted beside a
revision.

The chain holds hashes of salted bodies only, so it verifies as before and says nothing of what
was destroyed. What the rules made of the answers, without text or names, stays with the revision:
verdicts that were printed rest on it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from inspect_app.models.blobs import Blob, OpBlob
from inspect_app.models.cases import Evidence
from inspect_app.models.interviews import Revision
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine, Void
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import OpStatus
from inspect_app.services import blobs, ledger
from inspect_app.services.files import Store
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import ReceiptKey, key_of
from inspect_app.services.transactions import Source, session_on, writing
from inspect_app.settings import Settings

DESTROYED = b""
Body = tuple[str, str]
"""Op id and hash under which a body is kept."""
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
    came_as = _came_as(session, campaign_id, digest)
    with writing(session, campaign_id):
        came_as |= _came_as(session, campaign_id, digest, after=last or 0)
        bodies = set(_bodies(session, campaign_id, digest, came_as))
        if op_id not in {one for one, _ in bodies}:
            raise Unknown("The campaign has no such body.")
        bodies.add((op_id, digest))
        order = _Order(campaign_id, reason, by.actor, key_of(settings), at)
        void = _destroy(session, order, bodies)
        orphans = _release_files(session, order, bodies)
        told = _voided(void[op_id, digest])
    discard(session, Store(settings.blobs_dir, campaign_id), orphans)
    return told


def destroy_again(
    connection: Connection,
    campaign_id: str,
    came: Collection[Body],
    *,
    key: ReceiptKey,
    at: datetime,
) -> set[str]:
    """Destroy what has just come again after it was destroyed, in the caller's transaction.

    A phone that still held the bytes sent them under another id: the first reason stands. Returns
    the files that nothing names any more, to `discard` after the commit.

    came : ids and hashes, as they were sent
    """
    orphans: set[str] = set()
    with session_on(connection) as session:
        digests = sorted({digest for _, digest in came})
        asked = (Void.campaign_id == campaign_id) & Void.body_sha256.in_(digests)
        first = {
            row.body_sha256: row
            for row in session.scalars(select(Void).where(asked).order_by(Void.seq.desc()))
        }
        for digest, row in sorted(first.items()):
            op_ids = {op_id for op_id, came_as in came if came_as == digest}
            found = _bodies(session, campaign_id, digest, op_ids)
            bodies = {body for body, is_here in found.items() if is_here}
            if bodies:
                order = _Order(campaign_id, row.reason, row.voided_by, key, at)
                _destroy(session, order, bodies)
                orphans |= _release_files(session, order, bodies)
    return orphans


@dataclass(frozen=True)
class _Order:
    """Who destroys, and why."""

    campaign_id: str
    reason: str
    voided_by: str
    key: ReceiptKey
    at: datetime


def _destroy(session: Session, order: _Order, bodies: Collection[Body]) -> dict[Body, Void]:
    """Destroy bodies; the voids of all of them, with a line for each that had none yet."""
    ids = sorted({op_id for op_id, _ in bodies})
    found = select(Void).where(Void.campaign_id == order.campaign_id, Void.op_id.in_(ids))
    void = {(row.op_id, row.body_sha256): row for row in session.scalars(found)}
    for body in sorted(bodies):
        if body not in void:
            draft = _line(session, order.campaign_id, *body)
            (posted,) = ledger.append(
                session, order.campaign_id, [draft], key=order.key, at=order.at
            )
            void[body] = Void(
                op_id=body[0],
                body_sha256=body[1],
                campaign_id=order.campaign_id,
                seq=posted.seq,
                reason=order.reason,
                voided_by=order.voided_by,
                voided_at=order.at,
            )
            session.add(void[body])
            # The line comes first: without it the database refuses to let a body go.
            session.flush()
        _empty(session, order.campaign_id, *body)
    return void


def _came_as(session: Session, campaign_id: str, digest: str, *, after: int = 0) -> set[str]:
    """The ids under which these bytes came or were released, open or closed."""
    rows = session.scalars(
        select(LedgerEntry.op_id).where(
            LedgerEntry.campaign_id == campaign_id,
            LedgerEntry.body_sha256 == digest,
            LedgerEntry.seq > after,
            LedgerEntry.op_id.is_not(None),
        )
    )
    closed = session.scalars(
        select(Quarantine.op_id).where(Quarantine.campaign_id == campaign_id, _is_closed(digest))
    )
    return {str(op_id) for op_id in (*rows, *closed)}


def _bodies(
    session: Session, campaign_id: str, digest: str, op_ids: Collection[str]
) -> dict[Body, bool]:
    """Where the campaign keeps these bytes under these ids, and whether they are here still."""
    named = sorted(op_ids)
    ops = select(Op.op_id, Op.body_sha256, func.length(Op.body)).where(
        Op.op_id.in_(named), Op.campaign_id == campaign_id, Op.body_sha256 == digest
    )
    copies = select(Quarantine.op_id, Quarantine.body_sha256, func.length(Quarantine.body)).where(
        Quarantine.op_id.in_(named),
        Quarantine.campaign_id == campaign_id,
        Quarantine.envelope.is_not(None),
        or_(Quarantine.body_sha256 == digest, _is_closed(digest)),
    )
    return {
        (op_id, kept_as): bool(size)
        for query in (ops, copies)
        for op_id, kept_as, size in session.execute(query)
    }


def _is_closed(digest: str) -> ColumnElement[bool]:
    """What could not be opened when it came is kept under the hash of its seal."""
    told = Quarantine.envelope["body_sha256"].as_string()
    return and_(Quarantine.status == OpStatus.BAD_SEAL.value, told == digest)


def _op(campaign_id: str, op_id: str, digest: str) -> ColumnElement[bool]:
    return and_(Op.op_id == op_id, Op.body_sha256 == digest, Op.campaign_id == campaign_id)


def _copy(campaign_id: str, op_id: str, digest: str) -> Select[Quarantine]:
    """A body in quarantine that has no op of its own."""
    return select(Quarantine).where(
        Quarantine.op_id == op_id,
        Quarantine.body_sha256 == digest,
        Quarantine.campaign_id == campaign_id,
        Quarantine.envelope.is_not(None),
    )


def _line(session: Session, campaign_id: str, op_id: str, digest: str) -> Draft:
    """What says that a body is void: of an op like the op's own line, of a copy whose it is."""
    op = session.execute(
        select(Op.kind, Op.interview_id, Op.device_id).where(_op(campaign_id, op_id, digest))
    ).first()
    copies = select(Quarantine.device_id).where(
        Quarantine.op_id == op_id, Quarantine.campaign_id == campaign_id
    )
    kind, interview_id, device_id = op or (None, None, session.scalars(copies).first())
    return Draft(
        LineType.VOID,
        "void",
        op_id=op_id,
        kind=kind,
        interview_id=interview_id,
        body_sha256=digest,
        device_id=device_id,
    )


def _empty(session: Session, campaign_id: str, op_id: str, digest: str) -> None:
    """Destroy the bytes, and what was noted of them in words."""
    own = _op(campaign_id, op_id, digest)
    session.execute(update(Op).where(own).values(body=DESTROYED))
    for copy in session.scalars(_copy(campaign_id, op_id, digest)):
        copy.body = DESTROYED
    revisions = select(Revision).join(Op, Op.op_id == Revision.op_id).where(own)
    for revision in session.scalars(revisions):
        if revision.traits:
            revision.traits = revision.traits | TEXT_AND_PLACE
    session.flush()


def _release_files(session: Session, order: _Order, bodies: Collection[Body]) -> set[str]:
    """Let void ops name no files any more; return those that nothing else names.

    Such an op waits for none, so it is complete, and its phone need keep nothing of it.
    """
    named: set[str] = set()
    own: list[str] = []
    for op_id, digest in sorted(bodies):
        body = (order.campaign_id, op_id, digest)
        for files in session.scalars(select(Op.blobs).where(_op(*body))):
            own.append(op_id)
            named |= {file["sha256"] for file in files}
        for copy in session.scalars(_copy(*body)):
            named |= {file["sha256"] for file in (copy.envelope or {}).get("blobs", ())}
    if not named:
        return set()
    session.execute(delete(OpBlob).where(OpBlob.op_id.in_(own)))
    waited = set(own) - blobs.complete_ops(session, own)
    drafts = blobs.completions(session, waited)
    ledger.append(session, order.campaign_id, drafts, key=order.key, at=order.at)
    orphans = named - _in_use(session, order.campaign_id, named)
    session.execute(
        delete(Blob).where(Blob.campaign_id == order.campaign_id, Blob.sha256.in_(sorted(orphans)))
    )
    return orphans


def _in_use(source: Source, campaign_id: str, named: set[str]) -> set[str]:
    """Which of these files an op, a copy in quarantine or a case still names."""
    used: set[str] = set()
    for table in (OpBlob, Evidence):
        used |= set(
            source.scalars(
                select(table.sha256).where(
                    table.campaign_id == campaign_id, table.sha256.in_(sorted(named))
                )
            )
        )
    envelopes = source.scalars(
        select(Quarantine.envelope).where(
            Quarantine.campaign_id == campaign_id,
            Quarantine.envelope.is_not(None),
            Quarantine.body != DESTROYED,
        )
    )
    return used | {
        file["sha256"] for envelope in envelopes for file in (envelope or {}).get("blobs", ())
    }


def discard(source: Source, store: Store, orphans: set[str]) -> None:
    """Take files from the disk, once it is committed that they are not here.

    Should a server die before, the same request again takes them.
    """
    if not orphans:
        return
    with writing(source, store.campaign_id):
        orphans = orphans - _in_use(source, store.campaign_id, orphans)
        for sha256 in sorted(orphans):
            store.discard(sha256)


def _voided(row: Void) -> Voided:
    return Voided(row.op_id, row.body_sha256, row.seq, row.reason, row.voided_by, row.voided_at)
