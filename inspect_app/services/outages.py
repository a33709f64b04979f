"""What a database says when it is away or busy, told apart from our own mistakes.

Both engines report everything as a driver's error; the classes of the drivers alone do not tell
whether the same request may succeed later.
"""

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

PASSING_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})
"""Connection lost, rolled back for another, no resources, an operator stepped in, the disk."""

PASSING_STATES: Final = frozenset(
    {
        "25006",  # a standby, or a server told to take no writes
        "25P03",  # ended because the transaction stood idle
        "42P01",  # no such table: the migrations have not run; SQLite calls that operational too
        "55P03",  # a lock was waited for in vain
    }
)
LOCK_NOT_AVAILABLE: Final = "55P03"
UNIQUE_VIOLATION: Final = "23505"
SQLITE_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT})
SQLITE_UNIQUE: Final = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
)
KEY_IS_TAKEN: Final = "the key is taken"
"""How triggers of SQLite end that come before the index."""


def is_passing(error: DBAPIError) -> bool:
    """Whether the same request may succeed later: nothing in it was at fault."""
    state = state_of(error)
    if state is not None:
        return state[:2] in PASSING_CLASSES or state in PASSING_STATES
    return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)


def is_locked(error: DBAPIError) -> bool:
    """Whether the database gave up waiting for a lock."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return state_of(error) == LOCK_NOT_AVAILABLE or code in SQLITE_BUSY


def is_taken(error: IntegrityError) -> bool:
    """Whether somebody else stored the same key first."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    by_trigger = str(error.orig).endswith(KEY_IS_TAKEN)
    return state_of(error) == UNIQUE_VIOLATION or code in SQLITE_UNIQUE or by_trigger


def state_of(error: DBAPIError) -> str | None:
    """Return the SQLSTATE that PostgreSQL gave; a lost connection and SQLite give none."""
    state = getattr(error.orig, "sqlstate", None)
    return state if isinstance(state, str) else None


def reason(error: DBAPIError) -> str:
    """Return the first line of what the driver says; it holds no password and no parameters."""
    return (str(error.orig).strip().splitlines() or [type(error).__name__])[0]
