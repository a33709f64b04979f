"""Database and migrations: the engines, and the events that make SQLite honest."""

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import URL, Connection, Engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import PoolProxiedConnection

from inspect_app.models.base import Base, UTCDateTime
from inspect_app.settings import Settings, SettingsError

POSTGRESQL_NAMES = ("postgresql", "postgres", "postgresql+psycopg")
BUSY_MS = 15_000
POOL_SECONDS = 10
CONNECT_SECONDS = 5
RECYCLE_SECONDS = 1800

POSTGRESQL_OPTIONS = {
    "timezone": "UTC",
    # A receipt is given for what the disk has, whatever the database was told to do by default.
    "synchronous_commit": "on",
    # A writer waits for its campaign; whoever has less patience says so (`writing`).
    "lock_timeout": "15s",
    # A thread that hangs must not hold a campaign's lock for the evening.
    "idle_in_transaction_session_timeout": "120s",
    "statement_timeout": "30s",
}
UNHURRIED_OPTIONS = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}
"""For commands of an operator, who sees that they run and can stop them."""

# A server whose machine has gone says nothing at all; the phones must not wait for the default.
KEEPALIVES = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def render_plain_types(kind: str, item: Any, context: Any) -> str | bool:
    """Write plain column types into migrations, so that none imports the application."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate(render_item=render_plain_types, render_as_batch=True)


def address(settings: Settings) -> URL:
    """Return the database's address with the driver we use.

    Raises
    ------
    SettingsError : it is neither SQLite nor PostgreSQL, or the extra `[postgres]` is missing
    """
    try:
        url = make_url(settings.database_url)
    except (ArgumentError, ValueError):  # the latter of a port
        # It may hold a password, and is not shown.
        raise SettingsError(
            "DATABASE_URL 不是数据库地址 | DATABASE_URL is not the address of a database"
        ) from None
    if url.drivername == "sqlite":
        return url
    if url.drivername not in POSTGRESQL_NAMES:
        raise SettingsError(
            f"只支持 SQLite 与 PostgreSQL，不支持 {url.drivername} | "
            f"SQLite and PostgreSQL are supported, not {url.drivername}"
        )
    try:
        import psycopg  # noqa: F401  # of an extra, so asked for only here
    except ImportError:
        raise SettingsError(
            "使用 PostgreSQL 需安装附加包：pip install 'exit-inspection[postgres]' | "
            "PostgreSQL needs an extra: pip install 'exit-inspection[postgres]'"
        ) from None
    return url.set(drivername="postgresql+psycopg")


def engine_options(settings: Settings, url: URL) -> dict[str, Any]:
    """Return the pool and, for PostgreSQL, the patience of its connections.

    One connection a thread and none beyond: a thread works on one request at a time. What the
    address itself says in `connect_timeout` or `options` comes first.
    """
    options: dict[str, Any] = {
        "pool_size": settings.threads,
        "max_overflow": 0,
        "pool_timeout": POOL_SECONDS,
        # Parameters are answers, names and password hashes; exceptions end in logs.
        "hide_parameters": True,
        "json_serializer": _json,
    }
    if url.get_backend_name() == "sqlite":
        return options
    told = POSTGRESQL_OPTIONS | (UNHURRIED_OPTIONS if settings.unhurried else {})
    patience = " ".join(f"-c {name}={value}" for name, value in told.items())
    defaults = {"connect_timeout": CONNECT_SECONDS, "application_name": "exit-inspection"}
    stated = url.query.get("options", "")
    return options | {
        "pool_pre_ping": True,
        "pool_recycle": RECYCLE_SECONDS,
        "connect_args": {
            name: value for name, value in (defaults | KEEPALIVES).items() if name not in url.query
        }
        # The last word on a setting counts.
        | {"options": f"{patience} {stated}".strip()},
    }


def _json(value: Any) -> str:
    """Write a JSON column; a lone surrogate that a person typed only the slower writer takes."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def keep_private(engine: Engine) -> None:
    """Make the database file, if there is none, readable by its owner only.

    It holds the secret of the draw and what households said; SQLite gives the files beside it
    the same mode.
    """
    file = Path(engine.url.database or "")
    if file.is_absolute() and file.parent.is_dir():
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))


def make_sqlite_honest(engine: Engine) -> None:
    """Durable commits, real foreign keys, real savepoints, and writers that queue up.

    The driver's own transaction handling is switched off: it begins late and makes savepoints
    pretend. A transaction that will write says so by the execution option `begin`, and takes the
    write lock at once; otherwise a read that turns into a write fails whatever the timeout. By
    `busy_ms` it says how long it waits for another process that has the lock.
    """

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_MS}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    # Listeners to an engine are asked at each statement; the dialect's own methods are not.
    dialect = engine.dialect
    take = dialect.set_connection_execution_options

    def take_options(connection: Connection, options: Mapping[str, Any]) -> None:
        take(connection, options)
        if "begin" in options:
            patience = options.get("busy_ms", BUSY_MS)
            connection.connection.info[BEGINS] = options["begin"], patience

    def begin(connection: PoolProxiedConnection) -> None:
        told = connection.info
        mode, patience = told.pop(BEGINS, ("DEFERRED", BUSY_MS))
        driver: Any = connection.driver_connection
        if told.get(WAITS, BUSY_MS) != patience:
            driver.execute(f"PRAGMA busy_timeout = {patience:d}")
            told[WAITS] = patience
        driver.execute(f"BEGIN {mode}")

    dialect.set_connection_execution_options = take_options  # type: ignore[assignment,method-assign]
    dialect.do_begin = begin  # type: ignore[assignment,method-assign]


BEGINS, WAITS = "begins", "waits"
"""Under which names a connection to SQLite keeps how its next transaction begins, and how long
(milliseconds) it was last told to wait for another process."""
