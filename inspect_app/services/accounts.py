"""Accounts of people: the first commissioner, who belongs to a campaign, and what operators do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, MembershipRow, PasswordLink
from inspect_app.models.devices import EnrolmentCode
from inspect_app.models.invitations import Invitation
from inspect_app.rules.errors import Forbidden, LoginTaken, Unknown
from inspect_app.rules.passwords import acceptable
from inspect_app.rules.permissions import roles
from inspect_app.rules.roles import Caller, Membership, Role, may_staff
from inspect_app.services import account_log, attempts, officials, passwords, tokens
from inspect_app.services.account_log import Happened
from inspect_app.services.receipts import encode
from inspect_app.services.transactions import writing

LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Person:
    """An account without its secrets."""

    id: str
    login: str
    name: str
    may_commission: bool
    memberships: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class Member:
    """One person of a campaign."""

    account_id: str
    login: str
    name: str
    role: str
    county_adcode: str | None
    team: str | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """An account as the operator sees it on the console."""

    login: str
    may_commission: bool
    campaigns: int
    failed_logins: int
    locked_at: datetime | None


def create_first(
    session: Session,
    *,
    login: str,
    name: str,
    password: str,
    entropy: Entropy,
    at: datetime,
    memory_kib: int = passwords.MEMORY_KIB,
) -> Person:
    """Make an account that may commission campaigns; only the command line calls this.

    Raises
    ------
    LoginTaken : the login is in use
    PasswordRefused : the password would be guessed
    """
    hashed = passwords.hash_password(acceptable(password, login=login), memory_kib=memory_kib)
    with writing(session, attempts.LOG_INS):
        account = add(session, login, name, hashed, entropy=entropy, at=at, may_commission=True)
        return person(session, account)


def read(session: Session, account_id: str) -> Person:
    """Return an account with its roles."""
    account = session.get(Account, account_id)
    if account is None:
        raise Unknown("There is no such account.")
    return person(session, account)


def members(
    session: Session, campaign_id: str, *, by: Caller, after: str | None, limit: int
) -> list[Member]:
    """List the people of a campaign by account id, also those whose part has ended."""
    by.require(campaign_id, *roles("staff"))
    query = (
        select(MembershipRow, Account)
        .join(Account, Account.id == MembershipRow.account_id)
        .where(MembershipRow.campaign_id == campaign_id)
        .order_by(MembershipRow.account_id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(MembershipRow.account_id > after)
    return [_member(row, account) for row, account in session.execute(query)]


def end_membership(
    session: Session, campaign_id: str, account_id: str, *, by: Caller, at: datetime
) -> Member:
    """End a person's part in a campaign; the role stays taken, so nobody changes sides.

    Committed: the end, and that the invitations and enrolment codes which the person gave out and
    nobody has used yet are taken back.

    Raises
    ------
    Unknown : nobody of this id belongs to the campaign
    Forbidden : the caller's own part, or a planner and a role that planners do not invite into
    Conflict : the last who can answer for a county of which cases wait for evidence
    """
    own = by.require(campaign_id, *roles("staff"))
    if account_id == by.actor:
        raise Forbidden("Nobody ends the own part in a campaign.")
    with writing(session, campaign_id):
        row = session.get(MembershipRow, (account_id, campaign_id))
        if row is None:
            raise Unknown("Nobody of this id belongs to the campaign.")
        if not may_staff(own.role, Role(row.role)):
            raise Forbidden("A planner ends the part of planners and team leaders only.")
        if row.role == Role.COUNTY_OFFICIAL and row.ended_at is None:
            officials.refuse_last(session, campaign_id, row.county_adcode or "", account_id)
        if row.ended_at is None:
            row.ended_at, row.ended_by = at, by.actor
            _take_back_what_was_given_out(session, row, by=by, at=at)
            account_log.note(
                session,
                account_id,
                Happened.MEMBERSHIP_ENDED,
                at=at,
                actor=by.actor,
                campaign_id=campaign_id,
            )
        return _member(row, session.get_one(Account, account_id))


def holds_a_part(session: Session, account_id: str, campaign_id: str) -> bool:
    """Whether a person belongs to a campaign now; what others gave out lets nobody in."""
    return (
        session.scalar(
            select(MembershipRow.account_id)
            .join(Account, Account.id == MembershipRow.account_id)
            .where(
                MembershipRow.account_id == account_id,
                MembershipRow.campaign_id == campaign_id,
                MembershipRow.ended_at.is_(None),
                Account.locked_at.is_(None),
            )
        )
        is not None
    )


def listed(session: Session) -> list[Listed]:
    """List all accounts by login, for whoever holds the database itself."""
    campaigns: dict[str, int] = {}
    for account_id in session.scalars(
        select(MembershipRow.account_id).where(MembershipRow.ended_at.is_(None))
    ):
        campaigns[account_id] = campaigns.get(account_id, 0) + 1
    return [
        Listed(
            account.login,
            account.may_commission,
            campaigns.get(account.id, 0),
            account.failed_logins,
            account.locked_at,
        )
        for account in session.scalars(select(Account).order_by(Account.login))
    ]


def lock(session: Session, login: str, *, at: datetime) -> None:
    """Close an account and end its tokens; only the command line calls this."""
    with writing(session, attempts.LOG_INS):
        account = _find(session, login)
        if account.locked_at is None:
            account.locked_at = at
            tokens.revoke_all(session, account.id, at=at)
            account_log.note(session, account.id, Happened.LOCKED, at=at)


def unlock(session: Session, login: str, *, at: datetime) -> None:
    """Open an account again, also after failed log-ins; only the command line calls this."""
    with writing(session, attempts.LOG_INS):
        account = _find(session, login)
        account.locked_at, account.failed_logins = None, 0
        attempts.forgive(session, login, None)
        account_log.note(session, account.id, Happened.UNLOCKED, at=at)


def make_password_link(
    session: Session, login: str, *, entropy: Entropy, at: datetime
) -> tuple[str, datetime]:
    """Return a token, good once within a day, by which the person sets a new password.

    Only the command line calls this. Nobody but the person ever knows the password.
    """
    with writing(session, attempts.LOG_INS):
        account = _find(session, login)
        token = encode(
            entropy.secret_bytes(tokens.SECRET_BYTES, f"password-link/{login}/{at.isoformat()}")
        )
        session.add(
            PasswordLink(
                token_hash=tokens.digest(token),
                account_id=account.id,
                created_at=at,
                expires_at=at + LINK_LIFE,
            )
        )
        account_log.note(session, account.id, Happened.PASSWORD_LINK_MADE, at=at)
    return token, at + LINK_LIFE


def add(
    session: Session,
    login: str,
    name: str,
    hashed: str,
    *,
    entropy: Entropy,
    at: datetime,
    may_commission: bool = False,
) -> Account:
    """Store an account in the caller's transaction.

    Raises
    ------
    LoginTaken : the login is in use
    """
    account = Account(
        id=str(UUID(bytes=entropy.secret_bytes(16, f"account/{login}"), version=4)),
        login=login,
        name=name,
        password_hash=hashed,
        may_commission=may_commission,
        created_at=at,
        failed_logins=0,
    )
    session.add(account)
    try:
        session.flush()
    except IntegrityError as error:
        raise LoginTaken("登录名已被使用 | another account has this login") from error
    account_log.note(session, account.id, Happened.CREATED, at=at)
    return account


def person(session: Session, account: Account) -> Person:
    """Return an account with its roles, as far as they hold."""
    rows = session.scalars(
        select(MembershipRow)
        .where(MembershipRow.account_id == account.id, MembershipRow.ended_at.is_(None))
        .order_by(MembershipRow.campaign_id)
    )
    return Person(
        id=account.id,
        login=account.login,
        name=account.name,
        may_commission=account.may_commission,
        memberships=tuple(
            Membership(row.campaign_id, Role(row.role), row.county_adcode, row.team) for row in rows
        ),
    )


def _take_back_what_was_given_out(
    session: Session, row: MembershipRow, *, by: Caller, at: datetime
) -> None:
    for model, used in (
        (Invitation, Invitation.accepted_at),
        (EnrolmentCode, EnrolmentCode.used_at),
    ):
        session.execute(
            update(model)
            .where(
                model.campaign_id == row.campaign_id,
                model.created_by == row.account_id,
                model.revoked_at.is_(None),
                used.is_(None),
            )
            .values(revoked_at=at, revoked_by=by.actor)
        )


def _find(session: Session, login: str) -> Account:
    account = session.scalar(select(Account).where(Account.login == login))
    if account is None:
        raise Unknown(f"没有账号 {login} | there is no account {login}")
    return account


def _member(row: MembershipRow, account: Account) -> Member:
    return Member(
        account_id=account.id,
        login=account.login,
        name=account.name,
        role=row.role,
        county_adcode=row.county_adcode,
        team=row.team,
        ended_at=row.ended_at,
    )
