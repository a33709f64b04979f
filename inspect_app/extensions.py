"""Database and migrations, and the engine events that make SQLite honest."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event

from inspect_app.models.base import Base, UTCDateTime


def render_plain_types(kind: str, item: Any, context: Any) -> str | bool:
    """Write plain column types into migrations, so that none imports the application."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


db = SQLAlchemy(model_class=Base, disable_autonaming=True)
migrate = Migrate(render_item=render_plain_types, render_as_batch=True)


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
    write lock at once; otherwise a read that turns into a write fails whatever the timeout.
    """

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "busy_timeout = 15000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
