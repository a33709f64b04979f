"""Push and pull: what was sealed in a village arrives exactly once, whatever the network does.

A push is judged first, then stored in one transaction: ops, ledger lines, receipts, revisions
and the state of the phone appear together or not at all. What the judging relied on is looked at
again under the lock. The answer is given after the commit.
"""

from collections import Counter
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from inspect_app.rules.chain import stamp
from inspect_app.rules.devices import Phone
from inspect_app.rules.errors import Invalid, TooManyRequests, Unavailable
from inspect_app.rules.ops import Push, PushAnswer, Result
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import (
    deliveries,
    devices,
    feed,
    fleet,
    heartbeats,
    intake,
    phones,
    rates,
    room,
    seals,
    voids,
    writer,
)
from inspect_app.services.files import Store
from inspect_app.services.receipts import key_of
from inspect_app.services.seals import Read
from inspect_app.services.storing import Storing
from inspect_app.settings import Settings

log = structlog.get_logger()


def push(
    connection: Connection,
    push: Push,
    *,
    read: Read,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> PushAnswer:
    """Store a batch of sealed ops; the same batch again changes nothing and is answered alike.

    Committed at once: ops, ledger lines with receipts, revisions, contacts, rosters and their
    draws, quarantine, and what the phone says of itself. One op that cannot be stored does not
    take the others with it. Whoever brings what a phone sealed takes the same road; it says nothing
    of the phone itself.

    read : reads the body of an op that came sealed, once it is open

    Raises
    ------
    Unknown : a person names a phone that is not of the own team
    Invalid : a person names none, or a phone another one
    """
    phone, carried_by = _sender(connection, push, by)
    campaign_id, device_id = phone.campaign_id, phone.id
    room.require(settings)
    limit = settings.limits.pushes_per_minute
    offset_ms = round((at - push.device_now).total_seconds() * 1000)
    if carried_by is not None:
        # The file may have been on its way for days: the phone's clock as last seen says more.
        offset_ms = phone.offset_ms or 0
    ops = seals.opened(
        connection,
        push.ops,
        campaign_id,
        device_id,
        read=read,
        settings=settings,
        is_carried=carried_by is not None,
    )
    largest = settings.limits.blob_bytes
    ground = intake.survey(connection, phone, ops, offset_ms=offset_ms, blob_bytes=largest, at=at)
    judged = [intake.judge(op, ground) for op in ops]
    key = key_of(settings)
    orphans: set[str] = set()

    def store(own: Connection, *, one_by_one: bool = False) -> list[Result]:
        orphans.clear()
        known = heartbeats.read(own, device_id)
        if carried_by is None:
            rates.require_push(known["push_minute"], known["pushes_in_minute"], limit=limit, at=at)
        now, standing = intake.look_again(own, ground, judged, state=known["state"])
        storing = Storing(own, now, key, at, one_by_one, carried_by, known["has_voids"], orphans)
        results = (
            [storing.store_alone(one) for one in standing]
            if one_by_one
            else storing.store(standing)
        )
        if carried_by is None:
            storing.note_phone(push, known, results)
        else:
            storing.note_carried(known, results)
        return results

    try:
        results = writer.write(connection, campaign_id, store)
    except (OperationalError, Unavailable, TooManyRequests):
        raise  # database away or busy, or too many at once: nothing about the ops is known
    except Exception as error:
        log.warning("push runs again op by op", device=device_id, error=type(error).__name__)
        alone = partial(store, one_by_one=True)
        results = writer.write(connection, campaign_id, alone)
    voids.discard(connection, Store(settings.blobs_dir, campaign_id), orphans)
    # Told with the request, which is logged in any case.
    structlog.contextvars.bind_contextvars(ops=Counter(result.status for result in results))
    return PushAnswer(stamp(at), offset_ms, tuple(results))


def pull(
    session: Session,
    cursor: str | None,
    *,
    protocol: str | None,
    device_now: datetime | None,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> feed.Page:
    """Return the next page of a phone's feed; one that is not active learns what to become.

    The same cursor may be asked for as often as it takes. Committed: that the phone is told of a
    village, the first time; the phone's clock, where the pull tells it.

    protocol, device_now : as the client states them, None where it says nothing

    Raises
    ------
    ProtocolTooOld : the client is too old to be given work
    Unavailable : a village is new to the phone, and the log could not be written
    """
    campaign_id, device_id = _whose(by)
    devices.require_protocol(protocol)
    page = feed.read(
        session, device_id, cursor, limit=settings.limits.pull_page, may_read=by.scope != "push"
    )
    deliveries.note(session, campaign_id, page.items, by=by, at=at)
    if device_now is not None:
        heartbeats.note_pull(session, campaign_id, device_id, device_now, at=at)
    return page


def _sender(connection: Connection, push: Push, by: Caller) -> tuple[Phone, str | None]:
    """The phone that sealed what comes, and who brings it where it is not the phone itself."""
    if by.device_id is not None:
        _, device_id = _whose(by)
        if push.device_id not in (None, device_id):
            raise Invalid("A phone sends for itself.", device_id=device_id)
        return by.phone or phones.get_one(connection, device_id), None
    if push.device_id is None:
        raise Invalid("Whoever brings what a phone sealed names it in device_id.")
    return fleet.phone_of_team(connection, push.device_id, by=by), by.actor


def _whose(by: Caller) -> tuple[str, str]:
    (membership,) = by.memberships
    by.require(membership.campaign_id, Role.ENUMERATOR)
    return membership.campaign_id, str(by.device_id)
