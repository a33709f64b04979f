"""`serve` and `database upgrade`: a server on a data folder, and its tables brought up to date."""

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import click

from inspect_app.messages import say
from inspect_app.settings import DATABASE, Settings, SettingsError

FOLDER = click.Path(file_okay=False, path_type=Path)
DATA = click.option("--data", type=FOLDER, required=True, help="数据目录 | data folder")


def settings_of(data: Path) -> Settings:
    """Read the settings of a data folder that exists: SQLite in it, or where DATABASE_URL says.

    Raises
    ------
    SettingsError : the folder holds no SQLite database, and no other is named
    """
    told = {**os.environ, "EXIT_INSPECTION_DATA": str(data)}
    told.pop("EXIT_INSPECTION_DEMO_SEED", None)
    is_elsewhere = bool(told.get("DATABASE_URL"))
    if not (data.is_dir() if is_elsewhere else (data / DATABASE).exists()):
        raise SettingsError(say("data.none", folder=data))
    return Settings.from_environment(told)


@click.command()
@DATA
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@click.option("--bind", help="代替主机与端口，如 unix:/run/x.sock | in place of host and port")
@click.option("--workers", type=click.IntRange(1, 64), help="进程数 | processes; SQLite: 1")
@click.option("--threads", type=click.IntRange(1, 128), help="每进程线程数 | threads of each")
def serve(
    data: Path,
    host: str,
    port: int,
    bind: str | None,
    workers: int | None,
    threads: int | None,
) -> None:
    """启动服务器 | Serve a data folder: SQLite, or PostgreSQL where DATABASE_URL is set."""
    from inspect_app.serving import lock
    from inspect_app.serving.command import command, environment

    settings = settings_of(data)
    settings = replace(
        settings,
        workers=workers or settings.workers,
        threads=threads or settings.threads,
    )
    is_sqlite = settings.database_url.startswith("sqlite")
    if is_sqlite and settings.workers > 1:
        raise SettingsError(say("serve.one", count=settings.workers))
    if bind is None:
        _require_port(host, port)
    if is_sqlite:
        lock.require_free(settings.data_dir)
    _upgrade(settings)
    click.echo(say("serve.open", url=bind or f"http://{host}:{port}"), err=True)
    sys.stderr.flush()
    arguments = command(bind=bind or f"{host}:{port}")
    os.execve(arguments[0], arguments, environment(settings, os.environ))


@click.group()
def database() -> None:
    """数据库 | The database of a server."""


@database.command()
@DATA
def upgrade(data: Path) -> None:
    """升级表结构 | Run the migrations that the database has not seen; stop the server first."""
    from inspect_app.serving import lock

    settings = settings_of(data)
    if settings.database_url.startswith("sqlite"):
        lock.require_free(settings.data_dir)
    before, after = _upgrade(settings)
    click.echo(say("database.current" if before == after else "database.upgraded", revision=after))


def _upgrade(settings: Settings) -> tuple[str | None, str | None]:
    """Bring the tables up to date; return the revisions before and after."""
    from sqlalchemy.exc import DatabaseError

    from inspect_app import create_app
    from inspect_app.extensions import db
    from inspect_app.migrations import upgrade
    from inspect_app.services import health

    app = create_app(settings)
    with app.app_context():
        try:
            before = health.revision(db.session())
            upgrade()
            return before, health.revision(db.session())
        except DatabaseError as error:
            reason = str(error.orig).strip().splitlines()[0]
            click.echo(say("data.unusable", folder=settings.data_dir, reason=reason), err=True)
            raise SystemExit(1) from None
        finally:
            db.session.remove()
            db.engine.dispose()


def _require_port(host: str, port: int) -> None:
    """Find out before the server says that it serves."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(say("serve.port", host=host, port=port, reason=reason)) from None
