"""Fresh databases for tests, of either kind: empty, migrated, or copied from another."""

import shutil
import sqlite3
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from inspect_app import create_app
from inspect_app.demo.cluster import FAST, Cluster
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.settings import DATABASE, Settings

MEMORY = Path("/dev/shm")
ENOUGH = 2**30


@dataclass
class SQLite:
    """A file in the folder of its test."""

    scratch: Path
    name: str = "sqlite"

    @property
    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"

    def empty(self, folder: Path) -> str:
        return Settings.for_folder(folder).database_url

    def migrated(self, folder: Path) -> str:
        if not (self.scratch / DATABASE).exists():
            migrate(Settings.for_folder(self.scratch))
        return self.copied(Settings.for_folder(self.scratch).database_url, folder)

    def copied(self, url: str, folder: Path) -> str:
        """Copy a database that nobody is writing to."""
        made = self.empty(folder)
        shutil.copy(str(make_url(url).database), str(make_url(made).database))
        return made

    def drop(self, url: str) -> None:
        """The folder of the test goes with its file."""

    def rows(self, url: str, query: str) -> list[tuple[Any, ...]]:
        """Read beside the application, as another program would."""
        reader = sqlite3.connect(f"file:{make_url(url).database}?mode=ro", uri=True)
        try:
            return reader.execute(query).fetchall()
        finally:
            reader.close()

    def change(self, url: str, *statements: str) -> None:
        """Write beside the application, as somebody with access to the disk could."""
        writer = sqlite3.connect(str(make_url(url).database), isolation_level=None)
        try:
            for statement in statements:
                writer.execute(statement)
        finally:
            writer.close()

    def close(self) -> None: ...


@dataclass
class PostgreSQL:
    """A database on a server of the run's own, copied from one that was migrated once."""

    scratch: Path
    name: str = "postgres"
    cluster: Cluster = field(init=False)
    template: str = ""
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
        self.cluster = Cluster(FAST, within=MEMORY if roomy else None)
        self.cluster.start()
        self.admin = self._connected("postgres")
        # Copying the files is quickest; servers before 15 know no other way.
        self.how = "STRATEGY FILE_COPY" if self.admin.info.server_version >= 150000 else ""

    @property
    def version(self) -> str:
        return f"PostgreSQL {self.cluster.version} from {self.cluster.runner.programs}"

    def empty(self, folder: Path) -> str:
        return self._made("template0")

    def migrated(self, folder: Path) -> str:
        if not self.template:
            url = self.empty(folder)
            migrate(replace(Settings.for_folder(self.scratch), database_url=url))
            self.template = str(make_url(url).database)
        return self._made(self.template)

    def copied(self, url: str, folder: Path) -> str:
        """Copy a database that nobody is connected to."""
        return self._made(str(make_url(url).database))

    def drop(self, url: str) -> None:
        self.admin.execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    def rows(self, url: str, query: str) -> list[tuple[Any, ...]]:
        """Read beside the application, as another program would."""
        with self._connected(str(make_url(url).database)) as reader:
            return reader.execute(query).fetchall()

    def change(self, url: str, *statements: str) -> None:
        """Write beside the application, as somebody with access to the disk could."""
        with self._connected(str(make_url(url).database)) as writer:
            for statement in statements:
                writer.execute(statement)

    def close(self) -> None:
        self.admin.close()
        self.cluster.stop()
        self.cluster.remove()

    def _made(self, template: str) -> str:
        name = f"t{next(self.numbers)}"
        self.admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {self.how}")
        return self.cluster.url(name)

    def _connected(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host=str(self.cluster.home), user="postgres", dbname=database, autocommit=True
        )


Databases = SQLite | PostgreSQL
KINDS: dict[str, type[SQLite] | type[PostgreSQL]] = {"sqlite": SQLite, "postgres": PostgreSQL}


def migrate(settings: Settings) -> None:
    """Run every migration, and leave no connection behind."""
    with create_app(settings).app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
