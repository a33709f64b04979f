"""People: the first commissioner, further accounts, roles in campaigns, log-ins."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.models.campaigns import CampaignCounty
from inspect_app.rules.errors import (
    Conflict,
    Forbidden,
    Invalid,
    LoginTaken,
    TooManyRequests,
    Unauthenticated,
    Unknown,
)
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import passwords, tokens
from inspect_app.services.transactions import writing

TOKEN_HOURS = 24
FAILURES_ALLOWED = 5
LOCKED_MINUTES = 15


@dataclass(frozen=True)
class Person:
    """An account without its secrets."""

    id: str
    login: str
    name: str
    may_commission: bool
    memberships: tuple[Membership, ...] = ()


@dataclass(frozen=True)
class NewPerson:
    """What an account is made of; `membership` names role and campaign."""

    login: str
    name: str
    password: str
    membership: Membership


@dataclass(frozen=True)
class Login:
    """A bearer token for a person; its text is shown this once."""

    access_token: str
    expires_at: datetime
    account_id: str


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
    """
    hashed = passwords.hash_password(password, memory_kib=memory_kib)
    with writing(session):
        account = _add(session, login, name, hashed, entropy=entropy, at=at, may_commission=True)
        return _person(session, account)


def create(
    session: Session,
    new: NewPerson,
    *,
    by: Caller,
    entropy: Entropy,
    at: datetime,
    memory_kib: int = passwords.MEMORY_KIB,
) -> Person:
    """Make an account with one role in a campaign of the caller.

    Raises
    ------
    Forbidden : the caller does not staff this campaign, or not with this role
    Invalid : the role needs a county of the campaign, or a team
    LoginTaken : the login is in use
    """
    _may_staff(by, new.membership)
    hashed = passwords.hash_password(new.password, memory_kib=memory_kib)
    with writing(session):
        account = _add(session, new.login, new.name, hashed, entropy=entropy, at=at)
        _join(session, account, new.membership)
        return _person(session, account)


def join(session: Session, login: str, membership: Membership, *, by: Caller) -> Person:
    """Give an existing account its role in a further campaign; the same again changes nothing.

    Raises
    ------
    Unknown : no account has this login
    Conflict : the person has another role in this campaign
    """
    _may_staff(by, membership)
    with writing(session):
        account = session.scalar(select(Account).where(Account.login == login))
        if account is None:
            raise Unknown("No account has this login.")
        _join(session, account, membership)
        return _person(session, account)


def read(session: Session, account_id: str) -> Person:
    """Return an account with its roles."""
    account = session.get(Account, account_id)
    if account is None:
        raise Unknown("There is no such account.")
    return _person(session, account)


def log_in(
    session: Session,
    login: str,
    password: str,
    *,
    entropy: Entropy,
    at: datetime,
    memory_kib: int = passwords.MEMORY_KIB,
) -> Login:
    """Exchange a password for a token of 24 hours; failures are counted and lock for a while.

    Raises
    ------
    Unauthenticated : wrong login or password, without saying which
    TooManyRequests : locked after repeated failures
    """
    found = session.execute(
        select(Account.id, Account.password_hash, Account.locked_until).where(
            Account.login == login
        )
    ).one_or_none()
    session.rollback()
    if found is not None and found.locked_until is not None and found.locked_until > at:
        raise TooManyRequests("Too many failed log-ins; wait a quarter of an hour.")
    stored = found.password_hash if found is not None else None
    if not passwords.matches(stored, password, memory_kib=memory_kib) or found is None:
        if found is not None:
            _count_failure(session, found.id, at=at)
        raise Unauthenticated("Login or password is wrong.")
    expires_at = at + timedelta(hours=TOKEN_HOURS)
    with writing(session):
        account = session.get_one(Account, found.id)
        account.failed_logins, account.locked_until = 0, None
        token = tokens.issue(
            session,
            account_id=account.id,
            secret=entropy.secret_bytes(
                tokens.SECRET_BYTES, f"login/{account.id}/{at.isoformat()}"
            ),
            expires_at=expires_at,
        )
        return Login(token, expires_at, account.id)


def _count_failure(session: Session, account_id: str, *, at: datetime) -> None:
    with writing(session):
        account = session.get_one(Account, account_id)
        account.failed_logins += 1
        if account.failed_logins >= FAILURES_ALLOWED:
            account.failed_logins = 0
            account.locked_until = at + timedelta(minutes=LOCKED_MINUTES)


def _may_staff(by: Caller, membership: Membership) -> None:
    own = by.require(membership.campaign_id, Role.COMMISSIONER, Role.PLANNER)
    if membership.role is Role.ENUMERATOR:
        raise Forbidden("An enumerator comes in by an enrolled device, not by an account.")
    if membership.role is Role.COMMISSIONER and own.role is not Role.COMMISSIONER:
        raise Forbidden("Only a commissioner adds a commissioner.")


def _add(
    session: Session,
    login: str,
    name: str,
    hashed: str,
    *,
    entropy: Entropy,
    at: datetime,
    may_commission: bool = False,
) -> Account:
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
    return account


def _join(session: Session, account: Account, membership: Membership) -> None:
    _check_place(session, membership)
    row = session.get(MembershipRow, (account.id, membership.campaign_id))
    if row is not None:
        if _membership(row) != membership:
            raise Conflict("This person has another role in this campaign.", role=row.role)
        return
    session.add(
        MembershipRow(
            account_id=account.id,
            campaign_id=membership.campaign_id,
            role=membership.role,
            county_adcode=membership.county_adcode,
            team=membership.team,
        )
    )
    session.flush()


def _check_place(session: Session, membership: Membership) -> None:
    if membership.role is Role.COUNTY_OFFICIAL:
        key = (membership.campaign_id, membership.county_adcode or "")
        if session.get(CampaignCounty, key) is None:
            raise Invalid("A county official needs a county of this campaign.")
    if membership.role is Role.TEAM_LEADER and not membership.team:
        raise Invalid("A team leader needs a team.")


def _person(session: Session, account: Account) -> Person:
    rows = session.scalars(
        select(MembershipRow)
        .where(MembershipRow.account_id == account.id)
        .order_by(MembershipRow.campaign_id)
    )
    return Person(
        id=account.id,
        login=account.login,
        name=account.name,
        may_commission=account.may_commission,
        memberships=tuple(_membership(row) for row in rows),
    )


def _membership(row: MembershipRow) -> Membership:
    return Membership(row.campaign_id, Role(row.role), row.county_adcode, row.team)
