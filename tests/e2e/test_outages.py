"""PostgreSQL away, full, read-only or deadlocked: callers are told to come again, never a 500."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from databases import migrate
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.demo.cluster import FAST, Cluster
from inspect_app.extensions import address, db
from inspect_app.rules.errors import Unavailable
from inspect_app.services import outages
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings, SettingsError

FEW = ("max_connections=12", "superuser_reserved_connections=0", "deadlock_timeout=50ms")
NOBODY = "00000000-0000-4000-8000-000000000000"
WAIT = 20.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster((*FAST, *FEW)) as server:
        yield server


@pytest.fixture(scope="module")
def app(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A server with a pool of two connections on a database of its own."""
    settings = replace(
        Settings.for_folder(tmp_path_factory.mktemp("data")), database_url=cluster.url(), threads=2
    )
    migrate(settings)
    application = create_app(settings)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def ask(app: Flask) -> TestResponse:
    """Read something that is not there: 404 from a database that answers."""
    return app.test_client().get(f"/api/v1/campaigns/{NOBODY}/seeds")


def assert_told_to_come_again(answer: TestResponse) -> None:
    body = answer.get_json()
    assert (answer.status_code, body["type"]) == (503, "/problems/unavailable")
    assert 20 <= int(answer.headers["Retry-After"]) <= 60


def engine_of(app: Flask) -> Any:
    with app.app_context():
        return db.engine


def test_a_server_that_was_killed_is_found_again_when_it_is_back(
    app: Flask, cluster: Cluster
) -> None:
    before = ask(app).status_code
    cluster.kill()
    started = time.monotonic()
    away = [ask(app) for _ in range(3)]
    spent = time.monotonic() - started
    cluster.start()

    assert before == 404
    for answer in away:
        assert_told_to_come_again(answer)
    assert spent < 3 * 5  # the time a connection is given
    assert ask(app).status_code == 404


def test_a_connection_that_dies_in_a_transaction_costs_only_that_one(
    app: Flask, cluster: Cluster
) -> None:
    def lose_it(session: Session) -> None:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with psycopg.connect(host=str(cluster.home), user="postgres") as other:
            other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        session.execute(text("SELECT 1"))

    with Session(engine_of(app)) as one, pytest.raises(DBAPIError) as raised, writing(one):
        lose_it(one)

    assert outages.is_passing(raised.value)
    assert ask(app).status_code == 404


def test_too_many_connections_are_an_outage(app: Flask, cluster: Cluster) -> None:
    engine_of(app).dispose()
    with ExitStack() as held:
        for _ in range(12):
            held.enter_context(psycopg.connect(host=str(cluster.home), user="postgres"))
        refused = ask(app)

    assert_told_to_come_again(refused)
    assert until_it_answers(app) == 404


def until_it_answers(app: Flask) -> int:
    """Ask until the server has cleared away connections that were closed a moment ago."""
    deadline = time.monotonic() + WAIT
    while (status := ask(app).status_code) == 503 and time.monotonic() < deadline:
        time.sleep(0.05)
    return status


def test_a_pool_in_use_is_an_outage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(app)
    monkeypatch.setattr(engine.pool, "_timeout", 0.1)
    with engine.connect(), engine.connect():
        refused = ask(app)

    assert_told_to_come_again(refused)
    assert ask(app).status_code == 404


def test_a_standby_that_takes_no_writes_is_an_outage(app: Flask) -> None:
    with Session(engine_of(app)) as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        with pytest.raises(DBAPIError) as raised:
            session.execute(text("DELETE FROM tokens"))

    assert outages.is_passing(raised.value)


def test_a_lock_waited_for_in_vain_is_busy(app: Flask) -> None:
    engine = engine_of(app)
    with (
        Session(engine) as first,
        Session(engine) as second,
        writing(first, NOBODY),
        pytest.raises(Unavailable),
        writing(second, NOBODY, patience=0.05),
    ):
        pytest.fail("two writers at once")


def test_writers_of_two_campaigns_do_not_wait_for_each_other(app: Flask) -> None:
    engine = engine_of(app)
    with (
        Session(engine) as first,
        Session(engine) as second,
        writing(first, NOBODY),
        writing(second, NOBODY.replace("4", "5"), patience=0.05),
    ):
        assert second.in_transaction()


def test_the_one_of_a_deadlock_that_is_rolled_back_may_come_again(app: Flask) -> None:
    """Our own writes are sorted; this is what happens where some are not."""
    engine = engine_of(app)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE pairs (n int PRIMARY KEY, by int)"))
        connection.execute(text("INSERT INTO pairs VALUES (1, 0), (2, 0)"))
    both = threading.Barrier(2)
    errors: list[DBAPIError] = []

    def write(*order: int) -> None:
        with Session(engine) as session:
            try:
                with writing(session):
                    for n in order:
                        session.execute(text("UPDATE pairs SET by = by + 1 WHERE n = :n"), {"n": n})
                        if n == order[0]:
                            both.wait(WAIT)
            except DBAPIError as error:
                errors.append(error)

    threads = [threading.Thread(target=write, args=order) for order in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)

    (error,) = errors
    assert outages.state_of(error) == "40P01"
    assert outages.is_passing(error)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT by FROM pairs ORDER BY n")).scalars().all() == [1, 1]


def test_connections_have_patience_and_speak_utc(app: Flask) -> None:
    with engine_of(app).connect() as connection:
        shown = [
            connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in (
                "timezone",
                "synchronous_commit",
                "lock_timeout",
                "statement_timeout",
                "idle_in_transaction_session_timeout",
                "application_name",
            )
        ]

    assert shown == ["UTC", "on", "15s", "30s", "2min", "exit-inspection"]


# --- addresses ---------------------------------------------------------------------------------


def at(url: str) -> Settings:
    return replace(Settings.for_folder(Path("/nowhere")), database_url=url)


@pytest.mark.parametrize("name", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_address_of_postgresql_is_understood(name: str) -> None:
    url = address(at(f"{name}://me:secret@db.example/inspection"))

    assert url.drivername == "postgresql+psycopg"
    assert url.password == "secret"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://me:hidden@db/x", "SQLite and PostgreSQL are supported, not mysql"),
        ("hidden", "DATABASE_URL is not the address of a database"),
    ],
)
def test_another_address_is_refused_without_showing_its_password(url: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        address(at(url))

    assert "hidden" not in str(refused.value)


def test_a_missing_driver_is_a_sentence_that_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)

    with pytest.raises(SettingsError, match=r"附加包.*exit-inspection\[postgres\]"):
        create_app(at("postgresql://db/x"))
