"""Whether this server may take field data: reachable, migrated, durable, with room on the disk."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.orm import Session

from inspect_app.rules.errors import NotReady

FREE_BYTES = 200 * 1024 * 1024
# PRAGMA synchronous: 2 = FULL, 3 = EXTRA.
DURABLE_SYNCHRONOUS = (2, 3)
POSTGRES_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Readiness:
    """What was found; every part is good, or `NotReady` was raised."""

    database: str
    revision: str
    durability: dict[str, str]
    free_mb: int


def check(session: Session, *, data_dir: Path, migrations: Path) -> Readiness:
    """Look at database, migrations, durability and disk; read only.

    Raises
    ------
    NotReady : names every part that is not as it must be
    """
    session.execute(text("SELECT 1"))
    dialect = session.get_bind().dialect.name
    durability, weak = _sqlite(session) if dialect == "sqlite" else _postgres(session)
    present = MigrationContext.configure(session.connection()).get_current_revision()
    session.rollback()
    head = _head(migrations)
    free = shutil.disk_usage(data_dir).free
    faults = [f"{name} is {durability[name]}" for name in weak]
    if present != head:
        faults.append(f"database at revision {present}, code at {head}")
    if free < FREE_BYTES:
        faults.append(f"{free // 2**20} MiB free on the disk")
    if faults:
        raise NotReady("; ".join(faults), faults=faults)
    return Readiness(dialect, str(present), durability, free // 2**20)


def _head(migrations: Path) -> str | None:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()


def _sqlite(session: Session) -> tuple[dict[str, str], list[str]]:
    synchronous = session.execute(text("PRAGMA synchronous")).scalar_one()
    journal = str(session.execute(text("PRAGMA journal_mode")).scalar_one())
    foreign_keys = session.execute(text("PRAGMA foreign_keys")).scalar_one()
    found = {
        "synchronous": str(synchronous),
        "journal_mode": journal,
        "foreign_keys": str(foreign_keys),
    }
    good = {
        "synchronous": synchronous in DURABLE_SYNCHRONOUS,
        "journal_mode": journal == "wal",
        "foreign_keys": foreign_keys == 1,
    }
    return found, [name for name, is_good in good.items() if not is_good]


def _postgres(session: Session) -> tuple[dict[str, str], list[str]]:
    found = {
        name: str(session.execute(text(f"SHOW {name}")).scalar_one()) for name in POSTGRES_DURABLE
    }
    return found, [name for name, value in found.items() if value == "off"]
