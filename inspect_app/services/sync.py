"""Push and pull: what was sealed in a village arrives exactly once, whatever the network does.

A push is judged first, then stored in one transaction: ops, ledger lines, receipts, revisions
and the state of the phone appear together or not at all. The answer is given after the commit.
"""

from datetime import datetime

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from inspect_app.rules.chain import stamp
from inspect_app.rules.ops import Push, PushAnswer
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import feed, intake
from inspect_app.services.receipts import key_of
from inspect_app.services.storing import Storing
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

log = structlog.get_logger()


def push(
    session: Session, push: Push, *, by: Caller, settings: Settings, at: datetime
) -> PushAnswer:
    """Store a batch of sealed ops; the same batch again changes nothing and is answered alike.

    Committed at once: ops, ledger lines with receipts, revisions, contacts, rosters and their
    draws, quarantine, and what the phone says of itself. One op that cannot be stored does not
    take the others with it.
    """
    campaign_id, device_id = _whose(by)
    offset_ms = round((at - push.device_now).total_seconds() * 1000)
    ground = intake.survey(session, campaign_id, device_id, push.ops, offset_ms=offset_ms)
    judged = [intake.judge(op, ground) for op in push.ops]
    storing = Storing(session, ground, key_of(settings), at)
    try:
        with writing(session, campaign_id):
            results = storing.store(judged)
            storing.note_phone(push)
    except OperationalError:
        raise  # the database is away: nothing about the ops is known
    except Exception as error:
        log.warning("push runs again op by op", device=device_id, error=type(error).__name__)
        with writing(session, campaign_id):
            results = [storing.store_alone(one) for one in judged]
            storing.note_phone(push)
    log.info("push", device=device_id, statuses=[result.status for result in results])
    return PushAnswer(stamp(at), offset_ms, tuple(results))


def pull(session: Session, cursor: str | None, *, by: Caller, settings: Settings) -> feed.Page:
    """Return the next page of a phone's feed; a phone that may only send learns its state.

    Reads only: the same cursor may be asked for as often as it takes.
    """
    _, device_id = _whose(by)
    page = feed.read(session, device_id, cursor, limit=settings.limits.pull_page)
    if by.scope == "push" or page.state != DeviceState.ACTIVE.value:
        return feed.Page((), cursor or "", False, page.state)
    return page


def _whose(by: Caller) -> tuple[str, str]:
    (membership,) = by.memberships
    by.require(membership.campaign_id, Role.ENUMERATOR)
    return membership.campaign_id, str(by.device_id)
