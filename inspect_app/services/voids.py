"""Deletion on demand: the text of a body is destroyed, its hashes and its place in the chain stay.

The chain holds hashes of salted bodies only, so it verifies as before and says nothing of what
was destroyed. What the rules made of the answers, without text or names, stays with the revision:
verdicts that were printed rest on it. Photos are files and are deleted with the campaign's.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspect_app.models.ledger import Op, Quarantine, Void
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import ledger
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

DESTROYED = b""


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
    """Destroy a body, with a reason; committed with its line of type `void`. Again is harmless.

    body_sha256 : which body, where several came under one id; by default the op's own

    Raises
    ------
    Unknown : the campaign has no such body
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        op = session.execute(
            select(Op.body_sha256, Op.kind, Op.interview_id, Op.device_id).where(
                Op.op_id == op_id, Op.campaign_id == campaign_id
            )
        ).first()
        copies = select(Quarantine).where(
            Quarantine.op_id == op_id,
            Quarantine.campaign_id == campaign_id,
            Quarantine.envelope.is_not(None),
        )
        digest = body_sha256 or (op.body_sha256 if op else None)
        copy = session.scalar(copies.where(Quarantine.body_sha256 == digest))
        is_own = op is not None and op.body_sha256 == digest
        if digest is None or not (is_own or copy):
            raise Unknown("The campaign has no such body.")
        known = session.get(Void, (op_id, digest))
        if known is not None:
            return _voided(known)
        draft = ledger.Draft(
            LineType.VOID,
            "void",
            op_id=op_id,
            kind=op.kind if is_own and op else None,
            interview_id=op.interview_id if is_own and op else None,
            body_sha256=digest,
            device_id=op.device_id if is_own and op else copy.device_id if copy else None,
        )
        (posted,) = ledger.append(session, campaign_id, [draft], key=key_of(settings), at=at)
        # The line comes first: without it the database refuses to let a body go.
        if is_own:
            session.execute(update(Op).where(Op.op_id == op_id).values(body=DESTROYED))
        if copy is not None:
            copy.body = DESTROYED
        void = Void(
            op_id=op_id,
            body_sha256=digest,
            campaign_id=campaign_id,
            seq=posted.seq,
            reason=reason,
            voided_by=by.actor,
            voided_at=at,
        )
        session.add(void)
        session.flush()
        return _voided(void)


def _voided(row: Void) -> Voided:
    return Voided(row.op_id, row.body_sha256, row.seq, row.reason, row.voided_by, row.voided_at)
