"""A look at the last receipts of every campaign: were they signed by the key that is here?"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules import chain
from inspect_app.rules.chain import Line, LineType
from inspect_app.services.receipts import key_of, verify
from inspect_app.settings import Settings

LOOKED_AT = 20


def spot_check(session: Session, *, settings: Settings) -> tuple[int, int]:
    """Return how many receipts were looked at, and how many do not hold; the chain is not."""
    public = key_of(settings).public
    checked = wrong = 0
    for campaign_id in session.scalars(select(Campaign.id).order_by(Campaign.id)).all():
        entries = session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.campaign_id == campaign_id)
            .order_by(LedgerEntry.seq.desc())
            .limit(LOOKED_AT)
        ).all()
        for entry in entries:
            message = chain.receipt_message(_line(entry).text, bytes.fromhex(entry.h))
            checked += 1
            wrong += not verify(public, message, entry.signature)
    session.rollback()
    return checked, wrong


def _line(entry: LedgerEntry) -> Line:
    return Line(
        entry.seq,
        LineType(entry.type),
        entry.received_at,
        entry.status,
        entry.op_id,
        entry.kind,
        entry.interview_id,
        entry.rev,
        entry.body_sha256,
        entry.device_id,
    )
