"""Log-ins: a password for a token, another password, and the end of tokens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, PasswordLink, Token
from inspect_app.rules.errors import InvitationExpired, InvitationUsed, Unauthenticated, Unknown
from inspect_app.rules.passwords import acceptable, normalised
from inspect_app.rules.roles import Caller
from inspect_app.services import account_log, attempts, passwords, tokens
from inspect_app.services.account_log import Happened
from inspect_app.services.accounts import Person, person
from inspect_app.services.transactions import writing

TOKEN_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(hours=12)
WRONG = "Login or password is wrong."


@dataclass(frozen=True)
class Login:
    """A token for a person; its text is shown this once."""

    access_token: str
    expires_at: datetime
    account_id: str


@dataclass(frozen=True)
class Door:
    """Through which door a request came: who asks from where, and what passwords cost."""

    address: str | None = None
    memory_kib: int = passwords.MEMORY_KIB


def log_in(
    session: Session,
    login: str,
    password: str,
    *,
    door: Door,
    entropy: Entropy,
    at: datetime,
    kind: str = tokens.BEARER,
    instead_of: bytes | None = None,
) -> Login:
    """Exchange a password for a token: of 24 hours for a program, of 12 for a browser.

    The attempt is counted before the password is looked at. Committed with the token: the log, the
    end of the counting, and a new hash where passwords cost something else by now.

    Parameters
    ----------
    kind : of the token, see `tokens`
    instead_of : hash of a token that ends with this, so that a browser never keeps two

    Raises
    ------
    Unauthenticated : wrong login or password or a closed account, without saying which
    TooManyRequests : too many failures for this login or from this address
    """
    attempts.reserve(session, login, door.address, at=at)
    account_id, stored = _verified(session, login, password, door=door, at=at)
    renewed = _renewed(stored, password, door)
    with writing(session, attempts.LOG_INS):
        account = _still(session, account_id, stored)
        account.failed_logins = 0
        account.password_hash = renewed or stored
        attempts.forgive(session, login, door.address)
        if instead_of is not None:
            _end(session, instead_of, at=at)
        life = SESSION_LIFE if kind == tokens.SESSION else TOKEN_LIFE
        purpose = "login" if kind == tokens.BEARER else "session"
        token = tokens.issue(
            session,
            account_id=account.id,
            secret=entropy.secret_bytes(
                tokens.SECRET_BYTES, f"{purpose}/{account.id}/{at.isoformat()}"
            ),
            expires_at=at + life,
            kind=kind,
            at=at,
            address=door.address,
        )
        account_log.note(
            session, account.id, Happened.LOGGED_IN, at=at, address=door.address, actor=account.id
        )
        return Login(token, at + life, account.id)


def log_out(
    session: Session, current: bytes, *, by: Caller, address: str | None, at: datetime
) -> tokens.Held:
    """End the caller's own token, and say so in the log."""
    with writing(session, attempts.LOG_INS):
        ended = tokens.revoke(session, by.actor, tokens.id_of(current), current, at=at)
        account_log.note(
            session, by.actor, Happened.LOGGED_OUT, at=at, address=address, actor=by.actor
        )
        return ended


def revoke(
    session: Session,
    token_id: str,
    current: bytes,
    *,
    by: Caller,
    address: str | None,
    at: datetime,
) -> tokens.Held:
    """End another token of the caller, such as that of a lost computer.

    Raises
    ------
    Unknown : no such token, or somebody else's
    """
    with writing(session, attempts.LOG_INS):
        ended = tokens.revoke(session, by.actor, token_id, current, at=at)
        account_log.note(
            session, by.actor, Happened.TOKEN_REVOKED, at=at, address=address, actor=by.actor
        )
        return ended


def change_password(
    session: Session,
    old: str,
    new: str,
    current: bytes,
    *,
    by: Caller,
    door: Door,
    at: datetime,
) -> Person:
    """Set another password and end every other token of the person.

    A wrong old password counts as a failed log-in: a stolen session is no way to guess it.

    Raises
    ------
    Unauthenticated : the old password is wrong
    PasswordRefused : the new one would be guessed
    TooManyRequests : too many failures
    """
    login = session.execute(select(Account.login).where(Account.id == by.actor)).scalar_one()
    wanted = acceptable(new, login=login)
    attempts.reserve(session, login, door.address, at=at)
    account_id, stored = _verified(session, login, old, door=door, at=at)
    hashed = passwords.hash_password(wanted, memory_kib=door.memory_kib)
    with writing(session, attempts.LOG_INS):
        account = _still(session, account_id, stored)
        attempts.forgive(session, login, door.address)
        _set(session, account, hashed, at=at, but=current)
        account_log.note(
            session,
            account.id,
            Happened.PASSWORD_CHANGED,
            at=at,
            address=door.address,
            actor=account.id,
        )
        return person(session, account)


def use_password_link(
    session: Session, token: str, new: str, *, door: Door, at: datetime
) -> Person:
    """Set a new password by a link from the operator; every token of the person ends.

    Raises
    ------
    Unknown : no such link
    InvitationUsed, InvitationExpired : the link is spent
    PasswordRefused : the password would be guessed
    """
    hashed_token = tokens.digest(token)
    link = _link(session, hashed_token, at=at)
    login = session.execute(select(Account.login).where(Account.id == link.account_id)).scalar_one()
    wanted = acceptable(new, login=login)
    session.rollback()
    hashed = passwords.hash_password(wanted, memory_kib=door.memory_kib)
    with writing(session, attempts.LOG_INS):
        link = _link(session, hashed_token, at=at)
        link.used_at = at
        account = session.get_one(Account, link.account_id)
        _set(session, account, hashed, at=at)
        account_log.note(
            session,
            account.id,
            Happened.PASSWORD_CHANGED,
            at=at,
            address=door.address,
            actor=account.id,
        )
        return person(session, account)


def _verified(
    session: Session, login: str, password: str, *, door: Door, at: datetime
) -> tuple[str, str]:
    """Return account and hash of a right password; a wrong one is written down, and refused."""
    found = session.execute(
        select(Account.id, Account.password_hash, Account.locked_at).where(Account.login == login)
    ).one_or_none()
    session.rollback()
    stored = found.password_hash if found is not None else None
    right = passwords.matches(stored, normalised(password), memory_kib=door.memory_kib)
    if found is None or stored is None or not right or found.locked_at is not None:
        _note_failure(session, found.id if found is not None else None, door=door, at=at)
        raise Unauthenticated(WRONG)
    return found.id, stored


def _note_failure(session: Session, account_id: str | None, *, door: Door, at: datetime) -> None:
    """The same work for a login that nobody has, so that time tells nothing either."""
    with writing(session, attempts.LOG_INS):
        account = session.get(Account, account_id or "")
        if account is not None:
            account.failed_logins += 1
        account_log.note(session, account_id, Happened.LOG_IN_FAILED, at=at, address=door.address)


def _still(session: Session, account_id: str, stored: str) -> Account:
    """Return the account, unless its password changed or it was closed meanwhile."""
    account = session.get_one(Account, account_id)
    if account.password_hash != stored or account.locked_at is not None:
        raise Unauthenticated(WRONG)
    return account


def _renewed(stored: str, password: str, door: Door) -> str | None:
    if not passwords.is_outdated(stored, memory_kib=door.memory_kib):
        return None
    return passwords.hash_password(normalised(password), memory_kib=door.memory_kib)


def _set(
    session: Session, account: Account, hashed: str, *, at: datetime, but: bytes | None = None
) -> None:
    account.password_hash, account.failed_logins = hashed, 0
    tokens.revoke_all(session, account.id, at=at, but=but)
    session.flush()


def _end(session: Session, hashed: bytes, *, at: datetime) -> None:
    token = session.get(Token, hashed)
    if token is not None and token.account_id is not None:
        token.revoked_at = token.revoked_at or at


def _link(session: Session, hashed: bytes, *, at: datetime) -> PasswordLink:
    link = session.get(PasswordLink, hashed)
    if link is None:
        raise Unknown("There is no such link.")
    if link.used_at is not None:
        raise InvitationUsed()
    if link.expires_at <= at:
        raise InvitationExpired()
    return link
