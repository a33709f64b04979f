"""Tokens of people and phones: issued once as text, kept as a hash, looked up on every request."""

import hashlib
from base64 import urlsafe_b64encode
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Account, MembershipRow, Token
from inspect_app.rules.errors import Unauthenticated, Unavailable, Unknown
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import phones
from inspect_app.services.statements import Statement
from inspect_app.services.transactions import writing

TOKENS: Table = Token.__table__  # type: ignore[assignment]  # declared as FromClause
_HOLDER = Statement(
    select(
        *phones.COLUMNS,
        TOKENS.c.kind,
        TOKENS.c.scope,
        TOKENS.c.expires_at,
        TOKENS.c.revoked_at,
        TOKENS.c.seen_at,
        TOKENS.c.account_id,
        TOKENS.c.device_id,
    )
    .select_from(TOKENS)
    .outerjoin(phones.DEVICES, phones.DEVICES.c.id == TOKENS.c.device_id)
    .outerjoin(phones.CAMPAIGNS, phones.CAMPAIGNS.c.id == phones.DEVICES.c.campaign_id)
    .where(TOKENS.c.hash == bindparam("hash"))
)
"""A token with the phone that holds it, if a phone does, and the phone's campaign."""

SECRET_BYTES = 32
BEARER, SESSION = "bearer", "session"
IDLE = timedelta(minutes=30)
"""A browser's session ends after this long without a request."""

SEEN_EVERY = timedelta(minutes=5)
"""How often a request of a session is written down."""


@dataclass(frozen=True)
class Held:
    """A person's own token, without its text."""

    id: str
    kind: str
    created_at: datetime
    seen_at: datetime | None
    expires_at: datetime
    address: str | None
    revoked_at: datetime | None
    current: bool


def issue(
    session: Session,
    *,
    account_id: str | None = None,
    device_id: str | None = None,
    scope: str = "full",
    secret: bytes,
    expires_at: datetime,
    kind: str = BEARER,
    at: datetime | None = None,
    address: str | None = None,
) -> str:
    """Store a token in the caller's transaction and return its text, which is kept nowhere.

    The same secret again (a demonstration repeats itself) only moves the expiry.
    """
    if len(secret) < SECRET_BYTES:
        raise ValueError(f"a token takes {SECRET_BYTES} secret bytes")
    text = urlsafe_b64encode(secret).rstrip(b"=").decode()
    hashed = digest(text)
    session.merge(
        Token(
            hash=hashed,
            account_id=account_id,
            device_id=device_id,
            scope=scope,
            expires_at=expires_at,
            id=_name(hashed),
            kind=kind,
            created_at=at,
            seen_at=at,
            address=address,
            revoked_at=None,
        )
    )
    session.flush()
    return text


def digest(text: str) -> bytes:
    """Hash a token's text as the table keeps it."""
    return hashlib.sha256(text.encode()).digest()


def identify(connection: Connection, digest: bytes, *, at: datetime, kind: str = BEARER) -> Caller:
    """Find who holds a token of this kind, person or phone.

    Raises
    ------
    Unauthenticated : no such token, or it has expired, was revoked, or its session lay idle
    """
    token = _HOLDER.first(connection, {"hash": digest})
    if token is None or token.kind != kind or token.revoked_at or token.expires_at <= at:
        raise Unauthenticated("The token is unknown or has expired.")
    if token.device_id is not None:
        return _phone(token)
    seen_at = token.seen_at or at
    if kind == SESSION and at - seen_at >= IDLE:
        raise Unauthenticated("The session has ended; log in again.")
    with Session(connection) as session:
        caller = _person(session, str(token.account_id), token.scope)
    if kind == SESSION and at - seen_at >= SEEN_EVERY:
        _write_down(connection, digest, at=at)
    return caller


def held(
    session: Session,
    account_id: str,
    current: bytes,
    *,
    at: datetime,
    after: str | None,
    limit: int,
) -> list[Held]:
    """List a person's tokens that still work, by id; `current` is the hash of the caller's."""
    query = (
        select(Token)
        .where(Token.account_id == account_id, *_alive(at), Token.id.is_not(None))
        .order_by(Token.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Token.id > after)
    return [_held(token, current) for token in session.scalars(query)]


def revoke(
    session: Session, account_id: str, token_id: str, current: bytes, *, at: datetime
) -> Held:
    """End a person's own token in the caller's transaction; again changes nothing.

    Raises
    ------
    Unknown : no such token, or somebody else's
    """
    token = session.scalar(
        select(Token).where(Token.id == token_id, Token.account_id == account_id)
    )
    if token is None:
        raise Unknown("There is no such session.")
    token.revoked_at = token.revoked_at or at
    session.flush()
    return _held(token, current)


def revoke_all(
    session: Session, account_id: str, *, at: datetime, but: bytes | None = None
) -> None:
    """End every token of a person, but for one hash, in the caller's transaction."""
    change = update(Token).where(Token.account_id == account_id, Token.revoked_at.is_(None))
    if but is not None:
        change = change.where(Token.hash != but)
    session.execute(change.values(revoked_at=at).execution_options(synchronize_session=False))


def id_of(hashed: bytes) -> str:
    """Return the name of a token, which tells nothing of its text."""
    return _name(hashed)


def _name(hashed: bytes) -> str:
    return str(UUID(bytes=hashlib.sha256(b"token-id/1" + hashed).digest()[:16], version=4))


def _alive(at: datetime) -> tuple[ColumnElement[bool], ...]:
    idle = Token.seen_at.is_(None) | (Token.seen_at > at - IDLE)
    return (
        Token.expires_at > at,
        Token.revoked_at.is_(None),
        or_(Token.kind != SESSION, idle),
    )


def _write_down(connection: Connection, hashed: bytes, *, at: datetime) -> None:
    """Keep a session from idling away; a busy database may miss it until the next request."""
    with suppress(Unavailable), writing(connection, patience=1.0):
        connection.execute(
            update(TOKENS).where(TOKENS.c.hash == hashed, TOKENS.c.seen_at < at).values(seen_at=at)
        )


def _held(token: Token, current: bytes) -> Held:
    return Held(
        id=str(token.id),
        kind=token.kind,
        created_at=token.created_at or token.expires_at,
        seen_at=token.seen_at,
        expires_at=token.expires_at,
        address=token.address,
        revoked_at=token.revoked_at,
        current=token.hash == current,
    )


def _person(session: Session, account_id: str, scope: str) -> Caller:
    account = session.get_one(Account, account_id)
    if account.locked_at is not None:
        raise Unauthenticated("The token is unknown or has expired.")
    rows = session.scalars(
        select(MembershipRow).where(
            MembershipRow.account_id == account_id, MembershipRow.ended_at.is_(None)
        )
    )
    return Caller(
        actor=account.id,
        memberships=tuple(
            Membership(row.campaign_id, Role(row.role), row.county_adcode, row.team) for row in rows
        ),
        may_commission=account.may_commission,
        scope=scope,
    )


def _phone(token: Any) -> Caller:
    phone = phones.phone_of(token[: len(phones.COLUMNS)])
    if phone.id is None:
        raise Unauthenticated("The device of this token is unknown.")
    return Caller(
        actor=phone.id,
        memberships=(Membership(phone.campaign_id, Role.ENUMERATOR),),
        device_id=phone.id,
        enumerator_id=phone.enumerator_id,
        scope=token.scope,
        phone=phone,
    )
