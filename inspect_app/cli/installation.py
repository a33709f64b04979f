"""The installation a command works on: a data folder and its database, told in one place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
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


@contextmanager
def application(
    settings: Settings, *, makes_database: bool = False, upgrades: bool = True
) -> "Iterator[Flask]":
    """The application on an installation, its database up to date, inside its context.

    makes_database : whether a new installation begins here
    upgrades : whether migrations are run; a backup leaves the database as it is

    Raises
    ------
    SettingsError : there is no database, and this command does not make one
    """
    from sqlalchemy import inspect
    from sqlalchemy.exc import DatabaseError

    from inspect_app import create_app
    from inspect_app.extensions import db
    from inspect_app.migrations import upgrade
    from inspect_app.rules import questionnaires

    if makes_database:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        require_database(settings)
    app = create_app(settings)
    questionnaires.SHELF.set(settings.questionnaires_dir)
    try:
        with app.app_context():
            if not (makes_database or inspect(db.engine).has_table("alembic_version")):
                raise SettingsError(say("data.none", folder=settings.data_dir))
            try:
                if upgrades:
                    upgrade()
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()
    except DatabaseError as error:
        click.echo(say("data.unusable", folder=settings.data_dir, reason=error.orig), err=True)
        raise SystemExit(1) from None


def require_database(settings: Settings) -> None:
    """Refuse a folder without the file of its database; opening it would make one."""
    from inspect_app.extensions import address

    url = address(settings)
    is_file = url.get_backend_name() == "sqlite"
    if not settings.data_dir.is_dir() or (is_file and not Path(url.database or "").is_file()):
        raise SettingsError(say("data.none", folder=settings.data_dir))
