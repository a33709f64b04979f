"""The installation a command works on: a data folder and its database, told in one place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import Enum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inspect_app.messages import say
from inspect_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from flask import Flask

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


def of_installation(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `--data` and `--database-url`, and the settings they name.

    The database is that of DATABASE_URL if set, else SQLite in the data folder.
    """

    @click.option("--data", type=FOLDER, required=True, help="数据目录 | data folder")
    @click.option(
        "--database-url",
        envvar="DATABASE_URL",
        show_envvar=True,
        help="数据库，默认为数据目录中的 SQLite | database, by default SQLite in the data folder",
    )
    @wraps(command)
    def told(data: Path, database_url: str | None, **options: Any) -> None:
        settings = Settings.for_folder(data, database_url=database_url)
        command(replace(settings, unhurried=True), **options)

    return told


class Tables(Enum):
    """What a command does with the tables of the database that it works on."""

    MADE = "made where there are none, and brought up to date"
    UPGRADED = "brought up to date"
    CURRENT = "refused unless they are up to date; a server may be at work"
    ANY = "taken as they are"


@contextmanager
def application(settings: Settings, tables: Tables = Tables.CURRENT) -> "Iterator[Flask]":
    """The application on an installation, inside its context.

    Raises
    ------
    SettingsError : there is no database, and this command does not make one; or its tables are
        not those of this release
    """
    from sqlalchemy.exc import DatabaseError

    from inspect_app import create_app
    from inspect_app.extensions import db
    from inspect_app.rules import questionnaires
    from inspect_app.services import outages

    if tables is Tables.MADE:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        require_database(settings)
    app = create_app(settings)
    questionnaires.SHELF.set(settings.questionnaires_dir)
    try:
        with app.app_context():
            try:
                _prepare(settings, tables)
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()
    except DatabaseError as error:
        reason = outages.reason(error)
        click.echo(say("data.unusable", folder=settings.data_dir, reason=reason), err=True)
        raise SystemExit(1) from None


def _prepare(settings: Settings, tables: Tables) -> None:
    """Bring the tables to where a command needs them, or refuse; needs an application context."""
    from alembic.util import CommandError

    from inspect_app import requests
    from inspect_app.extensions import db
    from inspect_app.migrations import upgrade
    from inspect_app.services import health

    present, head = health.revision(db.session()), health.head(requests.PACKAGE / "migrations")
    db.session.rollback()
    if present is None and tables is not Tables.MADE:
        raise SettingsError(say("data.none", folder=settings.data_dir))
    other = SettingsError(
        say("data.revision", folder=settings.data_dir, present=present, head=head)
    )
    if tables is Tables.CURRENT and present != head:
        raise other
    if tables in (Tables.MADE, Tables.UPGRADED):
        try:
            upgrade()
        except CommandError:  # a revision that only a newer release knows
            raise other from None


def require_database(settings: Settings) -> None:
    """Refuse a folder without the file of its database; opening it would make one."""
    from inspect_app.extensions import address

    url = address(settings)
    is_file = url.get_backend_name() == "sqlite"
    if not settings.data_dir.is_dir() or (is_file and not Path(url.database or "").is_file()):
        raise SettingsError(say("data.none", folder=settings.data_dir))
