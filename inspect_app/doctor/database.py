"""The database: reachable, durable, migrated, on time, and signed by the key that is here."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from inspect_app import clock
from inspect_app.doctor import folder
from inspect_app.doctor.findings import Finding, Grade, fault, good, graded, run
from inspect_app.services import health, keyrings, ledger, signatures
from inspect_app.settings import Settings

OLDEST_SQLITE, OLDEST_POSTGRES = (3, 35), 150000
SPARE_CONNECTIONS = 5
GOOD_SECONDS, BAD_SECONDS = 2.0, 30.0


def examine(session: Session, *, settings: Settings, migrations: Path) -> Iterator[Finding]:
    """Look at everything that the database tells; read only."""
    try:
        session.execute(text("SELECT 1"))
    except (DBAPIError, PoolTimeout) as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        yield fault("database.reached", database=f"{dialect_of(session)}: {kind}")
        yield from folder.key(settings, has_lines=False)
        return
    yield good("database.reached", database=dialect_of(session))

    def durability() -> Iterator[Finding]:
        found, weak = health.durability_of(session)
        told = ", ".join(f"{name}={value}" for name, value in found.items())
        yield graded("database.durable", not weak, settings=told)
        if settings.weak_durability_allowed:
            yield fault("database.weak_allowed")

    def revision() -> Iterator[Finding]:
        present, head = health.revision(session), health.head(migrations)
        where, is_newest = settings.data_dir, present == head
        yield graded("database.revision", is_newest, present=present, head=head, folder=where)

    def receipts() -> Iterator[Finding]:
        has_tables = health.revision(session) is not None
        has_lines = has_tables and health.has_ledger(session)
        yield from folder.key(settings, has_lines=has_lines)
        if has_lines and not health.bad_key(settings, has_lines=True):
            checked, wrong = signatures.spot_check(session, settings=settings)
            yield graded("key.matches", not wrong, checked=checked, wrong=wrong)
        if has_lines and health.revision(session) == health.head(migrations):
            ahead = ledger.clock_faults(session, at=clock.now())
            yield graded("clock.ledger", not ahead, count=len(ahead))

    def seals() -> Iterator[Finding]:
        if health.revision(session) != health.head(migrations):
            return
        known = keyrings.listed(session, settings)
        yield graded("seal.made", bool(known), Grade.ATTENTION, count=len(known))
        for one in known:
            yield graded("seal.here", one.is_here, kid=one.kid, opens=one.is_here)
            day = f"{one.rehearsed_at:%Y-%m-%d}" if one.rehearsed_at else "never"
            is_rehearsed = one.rehearsed_at is not None
            yield graded("seal.rehearsed", is_rehearsed, Grade.ATTENTION, kid=one.kid, day=day)
            if one.is_here:  # of one that does not open, nothing more can be told
                closed = one.is_closed
                yield graded("seal.closed", closed, Grade.ATTENTION, kid=one.kid, closed=closed)

    checks: list[Callable[[], Iterator[Finding]]] = [durability, revision, receipts, seals]
    if dialect_of(session) == "sqlite":
        checks.append(partial(_sqlite, session))
    else:
        checks.append(partial(_postgres, session, settings))
    yield from run(*checks)
    session.rollback()


def dialect_of(session: Session) -> str:
    """The kind of database behind a session."""
    return str(session.get_bind().dialect.name)


def _sqlite(session: Session) -> Iterator[Finding]:
    version = str(session.scalar(text("SELECT sqlite_version()")))
    is_new = tuple(int(part) for part in version.split(".")[:2]) >= OLDEST_SQLITE
    yield graded("database.version", is_new, version=f"SQLite {version}")


def _postgres(session: Session, settings: Settings) -> Iterator[Finding]:
    def shown(name: str) -> str:
        return str(session.scalar(text(f"SHOW {name}")))

    is_new = int(shown("server_version_num")) >= OLDEST_POSTGRES
    version = shown("server_version")
    yield graded("database.version", is_new, version=f"PostgreSQL {version}")
    refused = health.read_only(session)
    yield graded("database.writable", not refused, writable=not refused)
    encoding = shown("server_encoding")
    yield graded("database.encoding", encoding == "UTF8", encoding=encoding)
    limit, needed = int(shown("max_connections")), settings.workers * settings.threads
    is_enough = limit >= needed + SPARE_CONNECTIONS
    yield graded("database.connections", is_enough, limit=limit, needed=needed)
    method = shown("default_toast_compression")
    yield graded("database.compression", method == "lz4", Grade.ATTENTION, method=method)
    asked = clock.now()
    told = session.scalar(text("SELECT clock_timestamp()"))
    if isinstance(told, datetime):
        yield of_clock("database.clock", (told - asked).total_seconds())


def of_clock(code: str, seconds: float) -> Finding:
    """Grade how far two clocks are apart."""
    apart = abs(seconds)
    grade = Grade.FAULT if apart > BAD_SECONDS else Grade.ATTENTION
    return graded(code, apart <= GOOD_SECONDS, grade, seconds=round(seconds, 1))
