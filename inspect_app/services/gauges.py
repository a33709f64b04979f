"""What the database tells about the state of the field: read when somebody measures."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, cast, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry, Quarantine

ROWS_AT_ONCE = 200
FIRST_YEAR = 2015
"""A phone that believes in an earlier year does not know when its oldest interview was made."""


@dataclass(frozen=True)
class Gauges:
    """Counts of the whole server, over all campaigns.

    devices : phones by state
    unsent, oldest_hours : what phones say they still hold, and the age of the oldest of it
    quarantine : things that wait for a person
    ledger : lines by campaign id
    """

    devices: dict[str, int]
    unsent: int
    oldest_hours: float
    quarantine: int
    ledger: dict[str, int]


def read(session: Session, *, at: datetime) -> Gauges:
    """Count; read only, and without going through long tables."""
    try:
        states = session.execute(select(Device.state, func.count()).group_by(Device.state))
        devices = Counter({str(state): count for state, count in states})
        unsent, oldest = _unsent(session)
        waiting = select(func.count()).select_from(Quarantine).where(Quarantine.state == "open")
        campaigns = session.scalars(select(Campaign.id).order_by(Campaign.id)).all()
        return Gauges(
            devices=dict(devices),
            unsent=unsent,
            oldest_hours=0.0 if oldest is None else max(0.0, (at - oldest) / timedelta(hours=1)),
            quarantine=session.scalar(waiting) or 0,
            # Lines are numbered without gaps: the last number is the count, and found by the key.
            ledger={each: _last_line(session, each) for each in campaigns},
        )
    finally:
        session.rollback()


def read_if_up(session: Session, *, at: datetime) -> Gauges | None:
    """Count, or return None when the database is away: the other measures matter then."""
    try:
        return read(session, at=at)
    except (DBAPIError, PoolTimeout):
        return None


def _last_line(session: Session, campaign_id: str) -> int:
    last = select(func.max(LedgerEntry.seq)).where(LedgerEntry.campaign_id == campaign_id)
    return session.scalar(last) or 0


def _unsent(session: Session) -> tuple[int, datetime | None]:
    """Return how many ops phones hold, and when the oldest was sealed by the server's clock."""
    holding = select(Device.unsent, Device.offset_ms).where(cast(Device.unsent, String) != "[]")
    total, oldest = 0, None
    for unsent, offset_ms in session.execute(holding.execution_options(yield_per=ROWS_AT_ONCE)):
        total += len(unsent)
        for item in unsent:
            sealed = _moment(str(item.get("captured_at", "")), offset_ms or 0)
            if sealed is not None and (oldest is None or sealed < oldest):
                oldest = sealed
    return total, oldest


def _moment(text: str, offset_ms: int) -> datetime | None:
    """Read a phone's time and set it right by what its clock was off; None for nonsense."""
    try:
        stated = datetime.fromisoformat(text)
        moment = (stated + timedelta(milliseconds=offset_ms)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if stated.tzinfo is not None and moment.year >= FIRST_YEAR else None
