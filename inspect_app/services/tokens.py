"""Bearer tokens: issued once as text, kept as a hash, looked up on every request."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Account, MembershipRow, Token
from inspect_app.models.devices import Device
from inspect_app.rules.errors import Unauthenticated
from inspect_app.rules.roles import Caller, Membership, Role

SECRET_BYTES = 32


def issue(
    session: Session,
    *,
    account_id: str | None = None,
    device_id: str | None = None,
    scope: str = "full",
    secret: bytes,
    expires_at: datetime,
) -> str:
    """Store a token in the caller's transaction and return its text, which is kept nowhere.

    The same secret again (a demonstration repeats itself) only moves the expiry.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a token takes {SECRET_BYTES} secret bytes")
    text = urlsafe_b64encode(secret).rstrip(b"=").decode()
    session.merge(
        Token(
            hash=digest(text),
            account_id=account_id,
            device_id=device_id,
            scope=scope,
            expires_at=expires_at,
        )
    )
    session.flush()
    return text


def digest(text: str) -> bytes:
    """Hash a token's text as the table keeps it."""
    return hashlib.sha256(text.encode()).digest()


def identify(session: Session, digest: bytes, *, at: datetime) -> Caller:
    """Find who holds a token, person or phone, and end the read.

    Raises
    ------
    Unauthenticated : no such token, or it has expired
    """
    try:
        token = session.get(Token, digest)
        if token is None or token.expires_at <= at:
            raise Unauthenticated("The token is unknown or has expired.")
        if token.device_id is not None:
            return _phone(session, token.device_id, token.scope)
        return _person(session, str(token.account_id), token.scope)
    finally:
        session.rollback()


def _person(session: Session, account_id: str, scope: str) -> Caller:
    account = session.get_one(Account, account_id)
    rows = session.scalars(select(MembershipRow).where(MembershipRow.account_id == account_id))
    return Caller(
        actor=account.id,
        memberships=tuple(
            Membership(row.campaign_id, Role(row.role), row.county_adcode, row.team) for row in rows
        ),
        may_commission=account.may_commission,
        scope=scope,
    )


def _phone(session: Session, device_id: str, scope: str) -> Caller:
    device = session.get(Device, device_id)
    if device is None:
        raise Unauthenticated("The device of this token is unknown.")
    return Caller(
        actor=device.id,
        memberships=(Membership(device.campaign_id, Role.ENUMERATOR),),
        device_id=device.id,
        enumerator_id=device.enumerator_id,
        scope=scope,
    )
