"""Days of a chain: finished ones are kept with their root, so that a proof costs one day's lines.

A day is finished when a line of a later one is about to be added; from then on nothing joins it.
The last day is open and always read from the chain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from inspect_app.models.ledger import LedgerDay, LedgerEntry
from inspect_app.rules import chain
from inspect_app.rules.chain import Day

ROWS_AT_ONCE = 2000


@dataclass(frozen=True)
class Border:
    """Where a chain stands at the end of a day, or before its first."""

    root: bytes
    count: int


def finish(session: Session, campaign_id: str) -> None:
    """Keep the roots of all days up to the end of the chain, which gets a line of a later day.

    Part of the caller's transaction, which must hold the lock of the campaign.
    """
    rows = [
        {"campaign_id": campaign_id, "day": day.day, "count": day.count, "root": day.root.hex()}
        for day in _walk(session, campaign_id, _last_border(session, campaign_id))
    ]
    if rows:
        session.execute(insert(LedgerDay), rows)


def last(session: Session, campaign_id: str) -> Day | None:
    """Return the last day of a chain; None for a chain without lines."""
    found = _walk(session, campaign_id, _last_border(session, campaign_id))
    return found[-1] if found else None


def of_line(session: Session, campaign_id: str, seq: int) -> Day:
    """Return the day that holds a line of the chain."""
    kept = select(LedgerDay).where(LedgerDay.campaign_id == campaign_id)
    until = session.scalar(kept.where(LedgerDay.count >= seq).order_by(LedgerDay.count).limit(1))
    if until is None:
        open_days = _walk(session, campaign_id, _last_border(session, campaign_id))
        return next(day for day in open_days if day.count >= seq)
    before = session.scalar(
        kept.where(LedgerDay.count < seq).order_by(LedgerDay.count.desc()).limit(1)
    )
    (day,) = _walk(session, campaign_id, _border(campaign_id, before), until.count)
    return day


def faults(session: Session, campaign_id: str, replayed: Sequence[Day]) -> Iterator[str]:
    """Kept days that are not those of the chain."""
    known = {day.day: (day.count, day.root.hex()) for day in replayed}
    for kept in session.scalars(
        select(LedgerDay).where(LedgerDay.campaign_id == campaign_id).order_by(LedgerDay.count)
    ):
        if known.get(kept.day) != (kept.count, kept.root):
            yield f"{kept.day} 的日根不符 · the root kept for {kept.day} differs"


def _last_border(session: Session, campaign_id: str) -> Border:
    kept = session.scalar(
        select(LedgerDay)
        .where(LedgerDay.campaign_id == campaign_id)
        .order_by(LedgerDay.count.desc())
        .limit(1)
    )
    return _border(campaign_id, kept)


def _border(campaign_id: str, kept: LedgerDay | None) -> Border:
    if kept is None:
        return Border(chain.genesis(campaign_id), 0)
    return Border(bytes.fromhex(kept.root), kept.count)


def _walk(session: Session, campaign_id: str, after: Border, until: int | None = None) -> list[Day]:
    """Gather the lines after a border into days, up to a line or to the end of the chain."""
    lines = (
        select(LedgerEntry.received_at, LedgerEntry.h)
        .where(LedgerEntry.campaign_id == campaign_id, LedgerEntry.seq > after.count)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    if until is not None:
        lines = lines.where(LedgerEntry.seq <= until)

    def hashes(rows: Iterator[Row[tuple[str, str]]]) -> Iterator[tuple[str, bytes]]:
        return ((chain.day_of(row.received_at), bytes.fromhex(row.h)) for row in rows)

    return chain.days(
        campaign_id, hashes(iter(session.execute(lines))), before=after.root, count=after.count
    )
