"""Who saw which list when, written down before it was shown.

The log of a campaign is a chain: each entry holds the hash of itself and the one before, and the
database refuses to change or delete any. What it ended with is put into the ledger when fieldwork
and campaign end, so that not even a whole new log could take its place.
"""

import hashlib
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.samples import AccessEntry
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.roles import Caller
from inspect_app.services import ledger
from inspect_app.services.receipts import ReceiptKey
from inspect_app.services.transactions import writing

LONGEST = 200
ROWS_AT_ONCE = 2000


def note_access(session: Session, campaign_id: str, what: str, *, by: Caller, at: datetime) -> None:
    """Commit who saw what when."""
    with writing(session, campaign_id):
        record(session, campaign_id, what, by=by, at=at)


def record(session: Session, campaign_id: str, what: str, *, by: Caller, at: datetime) -> None:
    """Add an entry to the log in the caller's transaction, which holds the campaign's lock."""
    entry = AccessEntry(campaign_id=campaign_id, actor=by.actor, what=what[:LONGEST], at=at)
    entry.h = linked(head(session, campaign_id), entry)
    session.add(entry)
    session.flush()


def head(session: Session, campaign_id: str) -> str:
    """Return the hash of the last entry, which stands for all of them; empty before the first."""
    last = session.scalar(
        select(AccessEntry.h)
        .where(AccessEntry.campaign_id == campaign_id)
        .order_by(AccessEntry.id.desc())
        .limit(1)
    )
    return last or ""


def linked(before: str, entry: AccessEntry) -> str:
    """Hash an entry together with the hash of the one before it, five lines of text."""
    moment = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    lines = (before, entry.campaign_id, entry.actor, entry.what, moment)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def anchor(session: Session, campaign_id: str, *, key: ReceiptKey, at: datetime) -> None:
    """Put the head of the log into the ledger, in the caller's transaction."""
    last = head(session, campaign_id)
    if last:
        draft = ledger.Draft(LineType.EVENT, EventName.ACCESS_LOG.value, body_sha256=last)
        ledger.append(session, campaign_id, [draft], key=key, at=at)


def broken_entries(session: Session, campaign_id: str) -> list[int]:
    """Return the ids of entries whose hash is not that of themselves and the one before.

    Entries made before there was a chain have no hash; a new one without hash breaks it.
    """
    rows = session.scalars(
        select(AccessEntry)
        .where(AccessEntry.campaign_id == campaign_id)
        .order_by(AccessEntry.id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    found, before = [], ""
    for entry in rows:
        if entry.h is None and before == "":
            continue
        if entry.h != linked(before, entry):
            found.append(entry.id)
        before = entry.h or ""
    return found


def entries(
    session: Session, campaign_id: str, *, after: int | None, limit: int
) -> list[AccessEntry]:
    """List who saw which list when, oldest first."""
    query = (
        select(AccessEntry)
        .where(AccessEntry.campaign_id == campaign_id, AccessEntry.id > (after or 0))
        .order_by(AccessEntry.id)
        .limit(limit)
    )
    return list(session.scalars(query))
