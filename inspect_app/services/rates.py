"""How often somebody may do something in a minute, counted in the database.

A minute is one of the clock. One row a subject and kind is kept and counted up, so the table stays
as small as the number of phones. Pushes are counted on the row of the phone, which each push
writes anyway; only a push that is refused is written there for the count alone.
"""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device, Rate
from inspect_app.rules.errors import TooManyRequests, Unavailable
from inspect_app.services.transactions import Source, writing

CHUNK, GUESS, TOKEN = "chunk", "guess", "token"
KEPT_MINUTES = 60


def minute_of(at: datetime) -> int:
    """Return the number of the minute, from 1970 on."""
    return int(at.timestamp() // 60)


def require_push(
    push_minute: int | None, pushes_in_minute: int, *, limit: int, at: datetime
) -> None:
    """Refuse a phone that has pushed its share of this minute, by what its row counts.

    Raises
    ------
    TooManyRequests : `limit` pushes of this minute are stored
    """
    if push_minute == minute_of(at) and pushes_in_minute >= limit:
        raise TooManyRequests(f"A phone pushes at most {limit} times a minute.")


def spend_push(source: Source, campaign_id: str, device_id: str, *, at: datetime) -> None:
    """Count a push that was refused, committed by itself; a busy server lets it pass.

    It had to be read, and may have been long.
    """
    minute = minute_of(at)
    counted = case((Device.push_minute == minute, Device.pushes_in_minute + 1), else_=1)
    more = update(Device).values(pushes_in_minute=counted, push_minute=minute)
    with suppress(Unavailable), writing(source, campaign_id):
        source.execute(
            more.where(Device.id == device_id), execution_options={"synchronize_session": False}
        )


def count_push(known: Mapping[str, Any], *, at: datetime) -> dict[str, int]:
    """Return the counts of a phone's row with one push more."""
    minute = minute_of(at)
    before = known["pushes_in_minute"] if known["push_minute"] == minute else 0
    return {"push_minute": minute, "pushes_in_minute": before + 1}


def require(session: Session, subject: str, kind: str, *, limit: int, at: datetime) -> None:
    """Refuse a subject that has had its share of this minute; reads only.

    Raises
    ------
    TooManyRequests : `limit` of this minute are counted
    """
    count = session.scalar(
        select(Rate.count).where(
            Rate.subject == subject, Rate.kind == kind, Rate.minute == minute_of(at)
        )
    )
    if count is not None and count >= limit:
        raise TooManyRequests(f"At most {limit} a minute.")


def spend(session: Session, subject: str, kind: str, *, limit: int, at: datetime) -> None:
    """Count one more, committed by itself; refused ones are not counted.

    Raises
    ------
    TooManyRequests : `limit` of this minute are counted
    """
    require(session, subject, kind, limit=limit, at=at)
    with writing(session):
        note(session, subject, kind, limit=limit, at=at)
    if kind == GUESS:  # of strangers there is no end
        oldest = minute_of(at) - KEPT_MINUTES
        # A transaction of its own: one that holds a row of today must not wait for yesterday's.
        with writing(session):
            session.execute(delete(Rate).where(Rate.kind == GUESS, Rate.minute < oldest))


def note(session: Session, subject: str, kind: str, *, limit: int, at: datetime) -> None:
    """Count one more in the caller's transaction, whose end decides whether it counts.

    Raises
    ------
    TooManyRequests : `limit` of this minute are counted
    """
    if _count(session, subject, kind, minute_of(at)) > limit:
        raise TooManyRequests(f"At most {limit} a minute.")


def stranger(address: str | None) -> str:
    """Name somebody without a token by the address, which itself is not kept."""
    return hashlib.sha256(f"xf-stranger/1\n{address or ''}".encode()).hexdigest()


def _count(session: Session, subject: str, kind: str, minute: int) -> int:
    more = (
        update(Rate)
        .where(Rate.subject == subject, Rate.kind == kind)
        .values(count=case((Rate.minute == minute, Rate.count + 1), else_=1), minute=minute)
        .returning(Rate.count)
        .execution_options(synchronize_session=False)
    )
    count = session.scalar(more)
    if count is None:
        row = {"subject": subject, "kind": kind, "minute": minute, "count": 1}
        try:
            with session.begin_nested():
                session.execute(insert(Rate), row)
            return 1
        except IntegrityError:  # another one came first
            count = session.scalar(more)
    return int(count or 1)
