"""Failed log-ins, counted in the database for each login and each address, before they are tried.

An attempt takes its place before the password is looked at, so that many at once are not more
than the limit; a success gives it back. A login that nobody has is counted like any other: the
limit tells nobody which logins exist.
"""

import hashlib
import ipaddress
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import delete
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Attempts
from inspect_app.rules.errors import TooManyRequests
from inspect_app.services.transactions import writing

LOG_INS = "log-ins"
"""Whoever changes an account, or counts, holds the lock of this name: one at a time."""

LOGIN_ALLOWS, ADDRESS_ALLOWS = 5, 20
WINDOW = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


def reserve(session: Session, login: str, address: str | None, *, at: datetime) -> None:
    """Commit that one more log-in is tried.

    A login opens again a quarter of an hour after its last try, an address a quarter of an hour
    after the first of a series.

    Raises
    ------
    TooManyRequests : too many have failed
    """
    with writing(session, LOG_INS):
        session.execute(delete(Attempts).where(Attempts.lapses_at < at - FORGOTTEN_AFTER))
        for subject, allowed in _subjects(login, address):
            row = session.get(Attempts, subject)
            if row is None:
                row = Attempts(subject=subject, failures=0, lapses_at=at + WINDOW)
                session.add(row)
            if row.lapses_at <= at:
                row.failures, row.lapses_at = 0, at + WINDOW
            if row.failures >= allowed:
                raise TooManyRequests(
                    "Too many failed log-ins; wait as long as Retry-After says.",
                    wait_seconds=ceil((row.lapses_at - at).total_seconds()),
                )
            row.failures += 1
            if allowed == LOGIN_ALLOWS:
                row.lapses_at = at + WINDOW


def forgive(session: Session, login: str, address: str | None) -> None:
    """After a success, forget what failed for this login, and give the address its try back.

    Part of the caller's transaction, which holds the lock of log-ins.
    """
    for subject, allowed in _subjects(login, address):
        row = session.get(Attempts, subject)
        if row is not None:
            row.failures = 0 if allowed == LOGIN_ALLOWS else max(0, row.failures - 1)


def _subjects(login: str, address: str | None) -> list[tuple[str, int]]:
    """What is counted, with its limit; people type passwords as logins, hence only a hash."""
    found = [(f"login/{hashlib.sha256(login.encode()).hexdigest()}", LOGIN_ALLOWS)]
    if address:
        found.append((f"address/{_network(address)}", ADDRESS_ALLOWS))
    return found


def _network(address: str) -> str:
    """An IPv6 customer has 2^64 addresses and is counted as one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
