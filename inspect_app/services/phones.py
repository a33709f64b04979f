"""Which phone calls: read with its token, or by its id, in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, select

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.rules.devices import Phone
from inspect_app.services.transactions import Source

DEVICES: Table = Device.__table__  # type: ignore[assignment]  # declared as FromClause
CAMPAIGNS: Table = Campaign.__table__  # type: ignore[assignment]  # as above

COLUMNS = (
    DEVICES.c.id,
    DEVICES.c.campaign_id,
    DEVICES.c.enumerator_id,
    DEVICES.c.state,
    DEVICES.c.offset_ms,
    DEVICES.c.push_minute,
    DEVICES.c.pushes_in_minute,
    CAMPAIGNS.c.version,
    CAMPAIGNS.c.content_sha256,
    CAMPAIGNS.c.rulebook_sha256,
)
"""In the order of `Phone`; the last three name the commission."""

_BY_ID = (
    select(*COLUMNS)
    .join_from(DEVICES, CAMPAIGNS, CAMPAIGNS.c.id == DEVICES.c.campaign_id)
    .where(DEVICES.c.id == bindparam("device_id"))
)


def phone_of(values: Sequence[Any]) -> Phone:
    """Build a phone from the values of `COLUMNS`."""
    device_id, campaign_id, enumerator_id, state, offset_ms, minute, pushes, *edition = values
    return Phone(
        device_id, campaign_id, enumerator_id, state, offset_ms, minute, pushes, tuple(edition)
    )


def get_one(source: Source, device_id: str) -> Phone:
    """Return a phone that is known to exist, as it stands now."""
    return phone_of(source.execute(_BY_ID, {"device_id": device_id}).one())
