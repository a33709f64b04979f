"""Records: rows on which verdicts rest beside interviews, each with its digest in the ledger.

What a case went through, rulings, what a county brought and said, declarations, replacements and
approvals are written once. Whoever writes one need not think of it: the session itself adds the
line of the ledger, in the same commit. The chain of a campaign begins with its first interview;
records from before it are entered with the next step of the campaign.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Table, event, select
from sqlalchemy.orm import Session

from inspect_app.models.base import Base
from inspect_app.models.cases import (
    Case,
    CaseEvent,
    CaseRuling,
    CaseSignature,
    Evidence,
    FeedbackMeeting,
    Statement,
)
from inspect_app.models.interviews import Replacement, ReplacementRefusal
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import Declaration, ExchangeApproval
from inspect_app.models.verdicts import VerdictWaiver
from inspect_app.rules.chain import LineType, stamp
from inspect_app.services import ledger
from inspect_app.services.ledger import Draft
from inspect_app.services.receipts import ReceiptKey, key_of
from inspect_app.settings import Settings

MOMENTS: Mapping[type[Base], str] = {
    CaseEvent: "at",
    CaseRuling: "proposed_at",
    CaseSignature: "signed_at",
    Declaration: "recorded_at",
    Evidence: "uploaded_at",
    ExchangeApproval: "approved_at",
    FeedbackMeeting: "entered_at",
    Replacement: "approved_at",
    ReplacementRefusal: "refused_at",
    Statement: "said_at",
    VerdictWaiver: "waived_at",
}
"""Tables that are only ever added to, with the column that says when."""

ROWS_AT_ONCE = 2000
_NEW = "records"
_signers: "WeakKeyDictionary[Engine, Settings]" = WeakKeyDictionary()


def sign_with(engine: Engine, settings: Settings) -> None:
    """Let records of a database be entered with the receipt key of these settings."""
    _signers[engine] = settings


def digest(table: str, row: Mapping[str, Any]) -> str:
    """Hash a row as JSON with sorted names; what is empty is left out, as in columns to come."""
    content = {name: value for name, value in row.items() if value is not None}
    text = json.dumps([table, content], sort_keys=True, separators=(",", ":"), default=_text)
    return hashlib.sha256(text.encode()).hexdigest()


def enter_all(session: Session, campaign_id: str, *, key: ReceiptKey, at: datetime) -> None:
    """Put the digests of records that have no line into the ledger, in the caller's transaction."""
    known = _entered(session, campaign_id)
    drafts = []
    for table, row, _ in _rows(session, campaign_id):
        found = (table, digest(table, row))
        if known[found] == 0:
            drafts.append(_draft(*found))
        known[found] -= 1
    ledger.append(session, campaign_id, drafts, key=key, at=at)


def faults(session: Session, campaign_id: str) -> Iterator[str]:
    """Records that have changed since they were entered, were added behind our back, or are gone.

    Those from before the first line of the chain may have none yet.
    """
    known = _entered(session, campaign_id)
    begin = session.scalar(
        select(LedgerEntry.received_at).where(
            LedgerEntry.campaign_id == campaign_id, LedgerEntry.seq == 1
        )
    )
    for table, row, at in _rows(session, campaign_id):
        found = (table, digest(table, row))
        if known[found] > 0:
            known[found] -= 1
        elif begin is not None and stamp(at) > begin:
            yield f"{table} 有一行无账目或已变 · a row of {table} has no line, or has changed"
    for (table, _), left in sorted(known.items()):
        if left > 0:
            yield f"{table} 缺 {left} 行或已变 · {left} rows of {table} are gone or have changed"


def _entered(session: Session, campaign_id: str) -> Counter[tuple[str, str]]:
    rows = session.execute(
        select(LedgerEntry.status, LedgerEntry.body_sha256).where(
            LedgerEntry.campaign_id == campaign_id, LedgerEntry.type == LineType.RECORD.value
        )
    )
    return Counter((row.status, row.body_sha256 or "") for row in rows)


def _rows(session: Session, campaign_id: str) -> Iterator[tuple[str, Mapping[str, Any], datetime]]:
    """Read every record of a campaign: its table, its columns, its moment."""
    for model, moment in MOMENTS.items():
        table = _table(model)
        query = select(table).order_by(*table.primary_key.columns)
        if "campaign_id" in table.c:
            query = query.where(table.c.campaign_id == campaign_id)
        else:
            of_campaign = select(Case.id).where(Case.campaign_id == campaign_id)
            query = query.where(table.c.case_id.in_(of_campaign))
        for row in session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)).mappings():
            yield table.name, dict(row), row[moment]


def _table(model: type[Base]) -> Table:
    return model.__table__  # type: ignore[return-value]  # declared as FromClause


def _draft(table: str, sha256: str) -> Draft:
    return Draft(LineType.RECORD, table, body_sha256=sha256)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no record holds a {type(value).__name__}")


@event.listens_for(Session, "after_flush")
def _gather(session: Session, _context: object) -> None:
    """Remember new records; their lines are added once the flush is through."""
    fresh = [row for row in session.new if type(row) in MOMENTS]
    if fresh:
        session.info[_NEW] = fresh


@event.listens_for(Session, "after_flush_postexec")
def _enter(session: Session, _context: object) -> None:
    """Put the digests of new records into the ledgers of their campaigns."""
    for row in session.info.pop(_NEW, ()):
        table, moment = _table(type(row)), MOMENTS[type(row)]
        campaign_id: str = (
            row.campaign_id
            if "campaign_id" in table.c
            else session.scalars(select(Case.campaign_id).where(Case.id == row.case_id)).one()
        )
        if not ledger.has_begun(session, campaign_id):
            continue
        content = {column.name: getattr(row, column.name) for column in table.columns}
        line = _draft(table.name, digest(table.name, content))
        key = key_of(_signers[session.get_bind().engine])
        ledger.append(session, campaign_id, [line], key=key, at=getattr(row, moment))
