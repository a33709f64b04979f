"""How a use case writes: one transaction, begun with the write lock, ended by one commit."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspect_app.rules.errors import Unavailable
from inspect_app.services import outages

# SQLite has one writer. Threads that queue here wake in turn; threads that queue in the database
# poll it with sleeps, which costs a busy evening most of its time.
_sqlite_writer = threading.Lock()

PATIENCE: ContextVar[float] = ContextVar("patience", default=15.0)
"""Seconds that a writer waits for its turn: of an operator's command as long as it would wait in
the database itself; before each request the server sets `OF_CALLERS`."""

OF_CALLERS = 2.0
"""Seconds that a caller waits: then its thread is free for others, and it comes again."""

BUSY = "Other writers are busy; the same request may succeed later."


Source = Session | Connection
"""Whatever a use case reads and writes through: a session, or a connection without one."""


@contextmanager
def writing(
    source: Source, campaign_id: str | None = None, *, patience: float | None = None
) -> Iterator[None]:
    """Run the block in one write transaction: committed at its end, rolled back on any error.

    With a campaign, no other writer of that campaign is at work meanwhile, on either database: what
    the block reads stays true until it commits. On SQLite that holds for all writers anyway.

    campaign_id : whose lock to take, first of all locks
    patience : seconds to wait for the turn, `PATIENCE` unless given

    Raises
    ------
    Unavailable : other writers took too long; nothing of the block was done
    """
    patience = PATIENCE.get() if patience is None else patience
    is_sqlite = _dialect_of(source) == "sqlite"
    deadline = time.monotonic() + patience
    with _watched() as began, _turn(patience) if is_sqlite else nullcontext():
        try:
            if source.in_transaction():
                source.rollback()  # reads made so far; nothing of ours is pending
            connection = _begin(source, _at_once(deadline) if is_sqlite else {})
            if campaign_id is not None:
                _lock(connection, campaign_id, patience)
                connection.info[HELD] = connection.get_transaction(), campaign_id
            elif not is_sqlite:
                connection.execute(_WAIT, {"wait": _wait_of(patience)})
            began()
            yield
            source.commit()
        except DBAPIError as error:
            source.rollback()
            if outages.is_locked(error):
                raise Unavailable(BUSY) from error
            raise
        except BaseException:
            source.rollback()
            raise


def _begin(source: Source, options: dict[str, object]) -> Connection:
    if isinstance(source, Session):
        return source.connection(execution_options=options)
    if source.dialect.name == "postgresql":
        options = {"isolation_level": "READ COMMITTED"}  # its reads were no transaction
    source.execution_options(**options)
    source.begin()
    return source


def _dialect_of(source: Source) -> str:
    bind = source.get_bind() if isinstance(source, Session) else source
    return bind.dialect.name


@contextmanager
def reading(session: Session) -> Iterator[Connection]:
    """Run the block's reads on a connection of their own, given back at the end of the block.

    Where the session has begun a transaction, it is that one, which goes on.
    """
    if session.in_transaction():
        yield session.connection()
        return
    with connected(session.get_bind().engine) as connection:
        yield connection


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Hold one connection for the block, whose reads each see what is committed as they begin.

    On PostgreSQL they are no transaction, which would cost a round trip to begin and one to end.
    """
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


def session_on(connection: Connection) -> Session:
    """Make a session for a part of a transaction that is easier said with one.

    It neither commits nor rolls back: whoever began the transaction ends it.
    """
    return Session(connection, join_transaction_mode="rollback_only")


@dataclass
class Watch:
    """What is told of every write transaction, for whoever counts them.

    waiting : +1 when one begins to wait for its turn, −1 when it has it or gives up
    waited, written : seconds until the turn came, seconds from the turn to the end
    """

    waiting: Callable[[int], object] = lambda change: None
    waited: Callable[[float], object] = lambda seconds: None
    written: Callable[[float], object] = lambda seconds: None


watch = Watch()


@contextmanager
def _watched() -> Iterator[Callable[[], None]]:
    """Tell the watch of one transaction; the block calls what it is given when its turn came."""
    started, turn = time.perf_counter(), None
    watch.waiting(1)

    def began() -> None:
        nonlocal turn
        turn = time.perf_counter()
        watch.waiting(-1)
        watch.waited(turn - started)

    try:
        yield began
    finally:
        if turn is None:
            watch.waiting(-1)
        else:
            watch.written(time.perf_counter() - turn)


def lock_campaign(source: Source, campaign_id: str) -> None:
    """Let one writer at a time into a campaign until this transaction ends; again is harmless."""
    connection = connection_of(source)
    if connection.info.get(HELD) != (connection.get_transaction(), campaign_id):
        _lock(connection, campaign_id, PATIENCE.get())


def connection_of(source: Source) -> Connection:
    """Return what a use case's statements run on."""
    return source.connection() if isinstance(source, Session) else source


HELD = "campaign"
"""Under which name a connection keeps a write transaction and whose lock it began with."""

# A row's condition is looked at before what it shows, so the wait is set before the lock.
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0)) "
    "WHERE set_config('lock_timeout', :wait, true) IS NOT NULL"
)
_WAIT = text("SELECT set_config('lock_timeout', :wait, true)")


def _lock(connection: Connection, campaign_id: str, patience: float) -> None:
    if connection.dialect.name == "postgresql":
        told = {"name": f"campaign/{campaign_id}", "wait": _wait_of(patience)}
        connection.execute(_LOCK, told)


def snapshot(session: Session) -> None:
    """Begin a read that sees the database as it is now, whatever is committed meanwhile.

    On SQLite every transaction does.
    """
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _wait_of(seconds: float) -> str:
    """Write how long a lock is waited for; PostgreSQL takes 0 as for ever."""
    return f"{max(1, round(seconds * 1000))}ms"


def _at_once(deadline: float) -> dict[str, object]:
    """Begin on SQLite with the write lock, which another process may have."""
    left = deadline - time.monotonic()
    return {"begin": "IMMEDIATE", "busy_ms": max(1, round(left * 1000))}


@contextmanager
def _turn(patience: float) -> Iterator[None]:
    if not _sqlite_writer.acquire(timeout=patience):
        raise Unavailable(BUSY)
    try:
        yield
    finally:
        _sqlite_writer.release()
