"""The log of accounts: who did what to which account, when, from where, with which outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Account, AccountEvent, MembershipRow

ADDRESS_LENGTH = 45


class Happened(StrEnum):
    """What may happen to an account."""

    CREATED = "created"
    LOGGED_IN = "logged_in"
    LOG_IN_FAILED = "log_in_failed"
    LOGGED_OUT = "logged_out"
    TOKEN_REVOKED = "token_revoked"  # nosec B105  # an event
    PASSWORD_CHANGED = "password_changed"  # nosec B105  # an event
    PASSWORD_LINK_MADE = "password_link_made"  # nosec B105  # an event
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    JOINED = "joined"
    MEMBERSHIP_ENDED = "membership_ended"


@dataclass(frozen=True)
class Entry:
    """One event as a commissioner reads it."""

    id: int
    account_id: str
    login: str
    event: str
    address: str | None
    actor: str | None
    at: datetime


def note(
    session: Session,
    account_id: str | None,
    event: Happened,
    *,
    at: datetime,
    address: str | None = None,
    actor: str | None = None,
    campaign_id: str | None = None,
) -> None:
    """Add an event in the caller's transaction; `actor` is left out for the operator's console."""
    session.add(
        AccountEvent(
            account_id=account_id,
            event=event.value,
            campaign_id=campaign_id,
            address=address[:ADDRESS_LENGTH] if address else None,
            actor=actor,
            at=at,
        )
    )
    session.flush()


def entries(session: Session, campaign_id: str, *, after: int | None, limit: int) -> list[Entry]:
    """List what happened to the accounts of a campaign's people while they belonged to it, oldest
    first; what is about another campaign is not told."""
    rows = session.execute(
        select(AccountEvent, Account.login)
        .join(Account, Account.id == AccountEvent.account_id)
        .join(MembershipRow, MembershipRow.account_id == AccountEvent.account_id)
        .where(
            MembershipRow.campaign_id == campaign_id,
            or_(AccountEvent.campaign_id.is_(None), AccountEvent.campaign_id == campaign_id),
            or_(MembershipRow.joined_at.is_(None), AccountEvent.at >= MembershipRow.joined_at),
            or_(MembershipRow.ended_at.is_(None), AccountEvent.at <= MembershipRow.ended_at),
            AccountEvent.id > (after or 0),
        )
        .order_by(AccountEvent.id)
        .limit(limit)
    )
    return [
        Entry(
            event.id,
            str(event.account_id),
            login,
            event.event,
            event.address,
            event.actor,
            event.at,
        )
        for event, login in rows
    ]
