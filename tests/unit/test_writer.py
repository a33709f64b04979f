"""Group commit on SQLite: who waits is committed together, in order, and nobody harms another."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from inspect_app.extensions import make_sqlite_honest
from inspect_app.rules.errors import Unavailable
from inspect_app.services import transactions, writer
from inspect_app.services.transactions import writing

CAMPAIGN = "any"


class Log:
    """A table of names, and how often it was committed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.commits = 0
        event.listen(engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.commits += 1

    def names(self) -> list[str]:
        with self.engine.connect() as connection:
            return [row.name for row in connection.execute(text("SELECT name FROM log ORDER BY n"))]

    def write(self, work: Callable[[Connection], str], *, patience: float = 20.0) -> str:
        with self.engine.connect() as connection:
            return writer.write(connection, CAMPAIGN, work, patience=patience)

    def add(self, name: str, *, patience: float = 20.0) -> str:
        return self.write(adding(name), patience=patience)


def adding(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(text("INSERT INTO log (name) VALUES (:name)"), {"name": name})
        return f"{name} is in"

    return work


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    engine = create_engine(f"sqlite:///{tmp_path / 'log.db'}", pool_size=32)
    make_sqlite_honest(engine)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE log (n INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
    yield Log(engine)
    engine.dispose()


@contextmanager
def busy(log: Log) -> Iterator[None]:
    """Another use case has the turn; what comes meanwhile waits."""
    with Session(log.engine) as session, writing(session):
        yield


def queue_up(
    pool: ThreadPoolExecutor, log: Log, works: list[Callable[[], str]]
) -> list["Future[str]"]:
    """Start one after another, so that they wait in this order."""
    group = writer._group_of(log.engine)
    futures = []
    for n, work in enumerate(works, 1):
        futures.append(pool.submit(work))
        while len(group._waiting) < n and not futures[-1].done():
            time.sleep(0.001)
    return futures


def test_what_waits_is_committed_at_once_and_in_order(log: Log) -> None:
    names = [f"batch {n}" for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        with busy(log):
            futures = queue_up(pool, log, [lambda name=name: log.add(name) for name in names])
            before = log.commits
        answers = [future.result(20) for future in futures]

    assert answers == [f"{name} is in" for name in names]
    assert log.names() == names
    assert log.commits - before == 2  # of the one that was busy, and of the group


def test_a_poison_batch_takes_nobody_with_it(log: Log) -> None:
    def poison(connection: Connection) -> str:
        adding("half of the poison")(connection)
        raise ZeroDivisionError

    def refused(connection: Connection) -> str:
        adding("half of the refused")(connection)
        connection.execute(text("INSERT INTO log (name) VALUES (NULL)"))
        return "never"

    with ThreadPoolExecutor(4) as pool:
        with busy(log):
            futures = queue_up(
                pool,
                log,
                [
                    lambda: log.add("first"),
                    lambda: log.write(poison),
                    lambda: log.write(refused),
                    lambda: log.add("last"),
                ],
            )
        errors = [type(future.exception(20)).__name__ for future in futures]

    assert errors == ["NoneType", "ZeroDivisionError", "IntegrityError", "NoneType"]
    assert log.names() == ["first", "last"]


def test_a_batch_alone_that_fails_leaves_nothing(log: Log) -> None:
    def poison(connection: Connection) -> str:
        adding("half")(connection)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        log.write(poison)
    assert log.names() == []
    assert log.add("next") == "next is in"


def test_a_commit_that_fails_is_told_to_everybody(log: Log) -> None:
    def fail(_connection: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))

    event.listen(log.engine, "commit", fail)
    with ThreadPoolExecutor(3) as pool:
        with busy(log):
            futures = queue_up(pool, log, [lambda n=n: log.add(str(n)) for n in range(3)])
        errors = [future.exception(20) for future in futures]
    event.remove(log.engine, "commit", fail)

    assert [type(error) for error in errors] == [OperationalError] * 3
    assert log.names() == []
    assert log.add("later") == "later is in"


def test_the_database_failing_inside_a_batch_stops_the_group(log: Log) -> None:
    def broken(connection: Connection) -> str:
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))
        return "never"

    with ThreadPoolExecutor(3) as pool:
        with busy(log):
            futures = queue_up(
                pool,
                log,
                [lambda: log.add("first"), lambda: log.write(broken), lambda: log.add("last")],
            )
        errors = [future.exception(20) for future in futures]

    assert [type(error) for error in errors] == [OperationalError] * 3
    assert log.names() == []


def test_who_waits_too_long_is_told_so_and_was_not_stored(log: Log) -> None:
    with ThreadPoolExecutor(2) as pool, busy(log):
        futures = queue_up(
            pool,
            log,
            [lambda: log.add("leads", patience=2), lambda: log.add("follows", patience=2)],
        )
        for future in futures:
            with pytest.raises(Unavailable):
                future.result(20)
    assert log.names() == []
    assert writer._group_of(log.engine)._waiting == []
    assert log.add("later") == "later is in"


def test_many_at_once_are_each_stored_once(log: Log) -> None:
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(log.add, f"{n:03}") for n in range(300)]
        answers = sorted(future.result(60) for future in futures)
    assert answers == [f"{n:03} is in" for n in range(300)]
    assert sorted(log.names()) == [f"{n:03}" for n in range(300)]
    assert log.commits <= 301


def test_other_use_cases_take_their_turn(log: Log) -> None:
    stop = threading.Event()

    def keep_pushing() -> None:
        while not stop.is_set():
            log.add("push")

    with ThreadPoolExecutor(4) as pool:
        pushing = [pool.submit(keep_pushing) for _ in range(4)]
        for _ in range(5):
            with Session(log.engine) as session, writing(session, patience=20.0):
                adding("another")(session.connection())
        stop.set()
        for future in pushing:
            future.result(20)
    assert log.names().count("another") == 5


def test_the_watch_hears_of_waiting_and_writing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    depth, waits, writes = [0], [], []

    def change(by: int) -> None:
        depth.append(depth[-1] + by)

    watch = transactions.Watch(change, waits.append, writes.append)
    monkeypatch.setattr(transactions, "watch", watch)
    log.add("one")
    with ThreadPoolExecutor(1) as pool, busy(log), pytest.raises(Unavailable):
        pool.submit(log.add, "late", patience=0.05).result(20)

    assert depth[-1] == 0
    assert max(depth) == 1
    assert len(waits) == len(writes) == 2  # the one stored, and the one that was busy


DYING = """
import os, signal, sys, threading
from pathlib import Path
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session
from inspect_app.extensions import make_sqlite_honest
from inspect_app.services import writer
from inspect_app.services.transactions import writing

path, dies_at = sys.argv[1:]
engine = create_engine(f"sqlite:///{path}", pool_size=32)
make_sqlite_honest(engine)
with engine.begin() as connection:
    connection.execute(text("CREATE TABLE log (n INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
steps = [0]
told = threading.Lock()

def step(*_):
    steps[0] += 1
    if steps[0] == int(dies_at):
        os.kill(os.getpid(), signal.SIGKILL)

def add(name):
    def work(connection):
        connection.execute(text("INSERT INTO log (name) VALUES (:name)"), {"name": name})
    with engine.connect() as connection:
        writer.write(connection, "any", work)
    with told:
        os.write(1, f"{name}\\n".encode())

group = writer._group_of(engine)
with Session(engine) as session, writing(session):
    threads = [threading.Thread(target=add, args=(str(n),)) for n in range(6)]
    for n, thread in enumerate(threads, 1):
        thread.start()
        while len(group._waiting) < n:
            pass
    event.listen(engine, "before_cursor_execute", step)
    event.listen(engine, "commit", step)
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize("dies_at", [4, 12, 21])
def test_a_crash_loses_only_what_was_not_acknowledged(tmp_path: Path, dies_at: int) -> None:
    path = tmp_path / "log.db"
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", DYING, str(path), str(dies_at)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    acknowledged = set(ended.stdout.split())
    with sqlite3.connect(path) as connection:
        stored = {name for (name,) in connection.execute("SELECT name FROM log")}
    connection.close()

    assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
    assert acknowledged <= stored
    # The six were one group: all of them, or none.
    assert len(stored) in (0, 6)
