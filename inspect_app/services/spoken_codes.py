"""Codes that a supervisor reads out to somebody without signal; docs/sealed-format.md."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy.orm import Session

from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller
from inspect_app.services import access, fleet, ledger
from inspect_app.services.keys import secret_key
from inspect_app.services.receipts import encode, key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

CODE_DIGITS = 8


def release_key(device_id: str, settings: Settings) -> bytes:
    """The key that a phone and the server share for codes that are read out."""
    file = settings.keys_dir / "release-c1.key"
    secret = secret_key(file, purpose="release-key/c1", demo_seed=settings.demo_seed)
    return hmac.digest(secret, f"xf-release/1\n{device_id}".encode(), hashlib.sha256)


def shared(device_id: str, settings: Settings) -> str:
    """The same, as the phone is told it when it enrols."""
    return encode(release_key(device_id, settings))


def read_out(
    session: Session,
    campaign_id: str,
    device_id: str,
    *,
    purpose: str,
    counter: int,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> str:
    """Make the code that is read out to somebody without signal; committed: an event that says so.

    purpose : `pin`, or `roster/` and the code of a village
    """
    own = fleet.phone_of_team(session, device_id, by=by)
    if own.campaign_id != campaign_id:
        raise Unknown("The team has no such phone.")
    event = ledger.Draft(LineType.EVENT, EventName.CODE_READ_OUT.value, device_id=device_id)
    with writing(session, campaign_id):
        ledger.append(session, campaign_id, [event], key=key_of(settings), at=at)
        what = f"code {counter} for {purpose} of phone {device_id}"
        access.record(session, campaign_id, what, by=by, at=at)
    return code(release_key(device_id, settings), purpose, counter)


def code(key: bytes, purpose: str, counter: int) -> str:
    """Truncate as in RFC 4226 to 8 digits."""
    digest = hmac.digest(key, f"xf-code/1\n{purpose}\n{counter}".encode(), hashlib.sha256)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"
