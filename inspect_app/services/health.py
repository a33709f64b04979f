"""Whether this server may take field data: reachable, migrated, durable, with room and its key."""

import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules.errors import NotReady
from inspect_app.services import ledger, receipts, signatures
from inspect_app.settings import Settings

FREE_BYTES = 200 * 1024 * 1024
# PRAGMA synchronous: 2 = FULL, 3 = EXTRA.
DURABLE_SYNCHRONOUS = ("2", "3")
POSTGRES_DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True)
class Readiness:
    """What was found; every part is good, or `NotReady` was raised.

    weak : settings that may lose commits, where this server is allowed to run with them
    """

    database: str
    revision: str
    durability: dict[str, str]
    weak: tuple[str, ...]
    free_mb: int


def check(session: Session, *, settings: Settings, migrations: Path, at: datetime) -> Readiness:
    """Look at database, migrations, durability, disk, key, clock and folders; read only.

    Raises
    ------
    NotReady : names every part that is not as it must be
    """
    faults: list[str] = []
    durability: dict[str, str] = {}
    weak: list[str] = []
    present: str | None = None
    has_lines = False
    try:
        durability, weak = durability_of(session)
        present = revision(session)
        has_lines = present is not None and has_ledger(session)
        faults += read_only(session)
        if has_lines and present == head(migrations):
            faults += ledger.clock_faults(session, at=at)
    except (DBAPIError, PoolTimeout):
        faults.append("the database does not answer")
    else:
        if not settings.weak_durability_allowed:
            faults += [f"{name} is {durability[name]}" for name in weak]
        if present != head(migrations):
            faults.append(f"database at revision {present}, code at {head(migrations)}")
    finally:
        session.rollback()
    faults += [*full_disk(settings), *(keys := bad_key(settings, has_lines=has_lines))]
    if has_lines and not keys:
        faults += foreign_key(session, settings)
    faults += bad_folders(settings)
    if faults:
        raise NotReady("; ".join(faults), faults=faults)
    dialect = session.get_bind().dialect.name
    free_mb = shutil.disk_usage(settings.data_dir).free // 2**20
    return Readiness(dialect, str(present), durability, tuple(weak), free_mb)


def revision(session: Session) -> str | None:
    """Return the migration a database is at; None for one that was never migrated."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@lru_cache(maxsize=2)
def head(migrations: Path) -> str | None:
    """Return the newest migration that the code has."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return ScriptDirectory.from_config(config).get_current_head()


def has_ledger(session: Session) -> bool:
    """Whether anything was ever received, so that a receipt was signed."""
    return session.scalar(select(LedgerEntry.seq).limit(1)) is not None


def durability_of(session: Session) -> tuple[dict[str, str], list[str]]:
    """Return the settings that commits depend on, and the names of those that may lose some."""
    if session.get_bind().dialect.name == "sqlite":
        names = ("synchronous", "journal_mode", "foreign_keys")
        found = {name: str(session.scalar(text(f"PRAGMA {name}"))) for name in names}
        good = {
            "synchronous": found["synchronous"] in DURABLE_SYNCHRONOUS,
            "journal_mode": found["journal_mode"] == "wal",
            "foreign_keys": found["foreign_keys"] == "1",
        }
    else:
        found = {name: str(session.scalar(text(f"SHOW {name}"))) for name in POSTGRES_DURABLE}
        good = {name: value != "off" for name, value in found.items()}
    return found, [name for name, is_good in good.items() if not is_good]


def full_disk(settings: Settings) -> list[str]:
    """Return the fault of a disk that is nearly full."""
    usage = shutil.disk_usage(settings.data_dir)
    if usage.free < FREE_BYTES:
        return [f"{usage.free // 2**20} MiB free on the disk"]
    # What only the superuser may fill is no room for us.
    share = usage.free / max(1, usage.used + usage.free)
    return [f"{share:.1%} free on the disk"] if share < settings.limits.disk_free_share else []


def bad_key(settings: Settings, *, has_lines: bool) -> list[str]:
    """Return what is wrong with the receipt key; one that was never needed is made when it is."""
    file = receipts.file_of(settings)
    if not file.exists():
        return ["the receipt key is missing, and receipts were signed with it"] if has_lines else []
    if file.stat().st_mode & 0o077:
        return ["the receipt key can be read by others than its owner"]
    try:
        seed = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return ["the receipt key cannot be read"]
    return [] if len(seed) == receipts.SEED_BYTES else ["the receipt key is not whole"]


def foreign_key(session: Session, settings: Settings) -> list[str]:
    """Return the fault of a key that did not sign the last lines; it can sign no more of them."""
    _, wrong = signatures.spot_check(session, settings=settings)
    return ["the receipt key is not the one that signed the ledger"] if wrong else []


def read_only(session: Session) -> list[str]:
    """Return the fault of a database that takes no writes, such as a standby."""
    if session.get_bind().dialect.name == "sqlite":
        return []
    standby = session.scalar(text("SELECT pg_is_in_recovery()"))
    frozen = session.scalar(text("SHOW transaction_read_only")) == "on"
    return ["the database is a standby or read-only"] if standby or frozen else []


def bad_folders(settings: Settings) -> list[str]:
    """Return the folders that files could not be written to."""
    return [
        f"the folder {folder.name} cannot be written to"
        for folder in (settings.data_dir, settings.blobs_dir)
        if not _is_writable(folder)
    ]


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in a folder; one that is not there is made when it is needed."""
    if not folder.exists():
        return True
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
