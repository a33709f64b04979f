"""Villages on phones: the first time a phone is told of one, the log says so before it hears it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.samples import AccessEntry
from inspect_app.rules.roles import Caller
from inspect_app.services.access_log import record
from inspect_app.services.transactions import writing

TELLING = frozenset({"assign", "roster_draw"})
"""Types of items that name a village's households, or let them be drawn."""


def note(
    session: Session,
    campaign_id: str,
    items: Iterable[Mapping[str, Any]],
    *,
    by: Caller,
    at: datetime,
) -> None:
    """Commit that a phone is told of villages, unless the log says so already.

    A page that tells of none costs nothing, one that was told before a look.
    """
    codes = {item["village_code"] for item in items if item["type"] in TELLING}
    told = [f"village {code}, told to the phone" for code in sorted(codes)]
    if not _missing(session, campaign_id, told, by):
        return
    with writing(session, campaign_id):
        for what in _missing(session, campaign_id, told, by):
            record(session, campaign_id, what, by=by, at=at)


def _missing(session: Session, campaign_id: str, told: list[str], by: Caller) -> list[str]:
    if not told:
        return []
    query = select(AccessEntry.what).where(
        AccessEntry.campaign_id == campaign_id,
        AccessEntry.actor == by.actor,
        AccessEntry.what.in_(told),
    )
    known = set(session.scalars(query))
    return [what for what in told if what not in known]
