"""How a use case writes: one transaction, begun with the write lock, ended by one commit."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy.orm import Session

# SQLite has one writer. Threads that queue here wake in turn; threads that queue in the database
# poll it with sleeps, which costs a busy evening most of its time.
_sqlite_writer = threading.Lock()


@contextmanager
def writing(session: Session) -> Iterator[None]:
    """Run the block in one write transaction: committed at its end, rolled back on any error."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    with _sqlite_writer if is_sqlite else nullcontext():
        try:
            if session.in_transaction():
                session.rollback()  # reads made so far; nothing of ours is pending
            session.connection(execution_options={"begin": "IMMEDIATE"} if is_sqlite else {})
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
