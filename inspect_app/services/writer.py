"""Group commit: batches that wait for SQLite's one writer are committed together.

Each flush of the disk costs a commit some milliseconds, and SQLite has one writer. So the thread
that gets the turn first leads: it runs what waits, each piece in a savepoint of its own, commits
once, and wakes the others. A piece that fails takes nobody with it; when the commit fails, or the
process dies, nothing of the group was stored and nobody was told otherwise. On PostgreSQL, where
campaigns do not wait for each other, each piece has its own transaction.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from inspect_app.rules.errors import Unavailable
from inspect_app.services.transactions import BUSY, PATIENCE, writing

T = TypeVar("T")

Work = Callable[[Connection], T]
"""Writes through the connection it is given, which may be that of another who leads."""


def write(
    connection: Connection, campaign_id: str, work: Work[T], *, patience: float | None = None
) -> T:
    """Run a piece of work in a write transaction; return what it returned, after the commit.

    As by `writing`, no other writer of the campaign is at work meanwhile.

    patience : seconds to wait for the turn, `PATIENCE` unless given

    Raises
    ------
    Unavailable : other writers took too long; nothing of the work was done
    """
    patience = PATIENCE.get() if patience is None else patience
    if connection.dialect.name == "sqlite":
        if connection.in_transaction():
            connection.rollback()  # reads made so far, which would hold the database's log open
        return _group_of(connection.engine).run(connection, work, patience)
    with writing(connection, campaign_id, patience=patience):
        return work(connection)


class _Piece(Generic[T]):
    """Work that waits, and what came of it."""

    def __init__(self, work: Work[T]) -> None:
        self.work = work
        self.is_taken = False
        self.is_done = False
        self.found: T | None = None
        self.error: BaseException | None = None

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        return self.found  # type: ignore[return-value]  # set by the leader


class _Group:
    """What waits for the writer of one database; whoever finds no leader becomes it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[_Piece[Any]] = []
        self._is_led = False

    def run(self, connection: Connection, work: Work[T], patience: float) -> T:
        piece = _Piece(work)
        deadline = time.monotonic() + patience
        if self._becomes_leader(piece, deadline):
            self._lead(connection, piece, deadline)
        return piece.outcome()

    def _becomes_leader(self, piece: _Piece[T], deadline: float) -> bool:
        """Wait until somebody else has done the piece, or nobody leads."""
        with self._changed:
            self._waiting.append(piece)
            while not piece.is_done and (self._is_led or piece.is_taken):
                # A piece that was taken may be in the commit: only its end tells.
                left = None if piece.is_taken else deadline - time.monotonic()
                if left is not None and left <= 0:
                    self._waiting.remove(piece)
                    raise Unavailable(BUSY)
                self._changed.wait(left)
            self._is_led = self._is_led or not piece.is_done
            return not piece.is_done

    def _lead(self, connection: Connection, own: _Piece[T], deadline: float) -> None:
        taken: list[_Piece[Any]] = []
        try:
            with writing(connection, patience=max(0.0, deadline - time.monotonic())):
                taken = self._take()
                for piece in taken:
                    _run(piece, connection, is_alone=len(taken) == 1)
        except BaseException as error:
            for piece in taken or [own]:
                piece.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._hand_over(taken, own)

    def _take(self) -> list[_Piece[Any]]:
        with self._changed:
            taken, self._waiting = self._waiting, []
            for piece in taken:
                piece.is_taken = True
            return taken

    def _hand_over(self, taken: list[_Piece[Any]], own: _Piece[T]) -> None:
        with self._changed:
            if not taken:
                self._waiting.remove(own)
            for piece in taken:
                piece.is_done = True
            self._is_led = False
            self._changed.notify_all()


def _run(piece: _Piece[Any], connection: Connection, *, is_alone: bool) -> None:
    """Run one piece of a group; its failure is its own, the database's is everybody's."""
    if is_alone:
        piece.found = piece.work(connection)
        return
    try:
        with connection.begin_nested():
            piece.found = piece.work(connection)
    except IntegrityError as error:
        piece.error = error
    except DBAPIError:
        raise  # the disk or the transaction is gone, and with it the savepoints
    except Exception as error:
        piece.error = error


_groups: "WeakKeyDictionary[Engine, _Group]" = WeakKeyDictionary()
_finding = threading.Lock()


def _group_of(engine: Engine) -> _Group:
    with _finding:
        return _groups.setdefault(engine, _Group())
