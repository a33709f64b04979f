"""How a use case writes: one transaction, begun with the write lock, ended by one commit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy.orm import Session

from inspect_app.rules.errors import Unavailable

# SQLite has one writer. Threads that queue here wake in turn; threads that queue in the database
# poll it with sleeps, which costs a busy evening most of its time.
_sqlite_writer = threading.Lock()

WAIT_SECONDS = 15.0
"""How long a writer waits for its turn: as long as it would wait in the database itself."""


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Run the block in one write transaction: committed at its end, rolled back on any error.

    Raises
    ------
    Unavailable : other writers took too long; nothing of the block was done
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    with _turn() if is_sqlite else nullcontext():
        try:
            if session.in_transaction():
                session.rollback()  # reads made so far; nothing of ours is pending
            session.connection(execution_options={"begin": "IMMEDIATE"} if is_sqlite else {})
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def _turn() -> Iterator[None]:
    if not _sqlite_writer.acquire(timeout=WAIT_SECONDS):
        raise Unavailable("Other writers are busy; the same request may succeed later.")
    try:
        yield
    finally:
        _sqlite_writer.release()
