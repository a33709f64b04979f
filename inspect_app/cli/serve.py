"""`exit-inspection serve`: a server on a data folder, until it is stopped."""

import os
import socket
import sys
from dataclasses import replace

import click

from inspect_app.cli.installation import Tables, application, of_installation, require_database
from inspect_app.messages import say
from inspect_app.settings import Settings, SettingsError

DEMO_SEED = "EXIT_INSPECTION_DEMO_SEED"
HOST, PORT = "127.0.0.1", 8000


@click.command()
@of_installation
@click.option("--host", help=f"默认 {HOST} | by default {HOST}")
@click.option("--port", type=click.IntRange(1, 65535), help=f"默认 {PORT} | by default {PORT}")
@click.option(
    "--bind",
    envvar="EXIT_INSPECTION_BIND",
    show_envvar=True,
    help="未给主机与端口时，如 unix:/run/x.sock | where neither host nor port is given",
)
@click.option("--workers", type=click.IntRange(1, 64), help="进程数 | processes; SQLite: 1")
@click.option("--threads", type=click.IntRange(1, 128), help="每进程线程数 | threads of each")
def serve(
    settings: Settings,
    host: str | None,
    port: int | None,
    bind: str | None,
    workers: int | None,
    threads: int | None,
) -> None:
    """启动服务器 | Serve a data folder: SQLite 1 x 16 threads, PostgreSQL 2 x 8."""
    from inspect_app.services import keyrings
    from inspect_app.serving import lock
    from inspect_app.serving.command import command, environment

    require_database(settings)
    settings = as_told(settings)
    settings = replace(
        settings, workers=workers or settings.workers, threads=threads or settings.threads
    )
    is_sqlite = settings.database_url.startswith("sqlite")
    if is_sqlite and settings.workers > 1:
        raise SettingsError(say("serve.one", count=settings.workers))
    if host or port or not bind:
        host, port = host or HOST, port or PORT
        _require_port(host, port)
        bind = f"{host}:{port}"
    if is_sqlite:
        lock.require_free(settings.data_dir)
    keyrings.ring(settings)  # those that do not open end the start, and not the evening
    with application(replace(settings, unhurried=True), Tables.UPGRADED):
        pass  # its tables are up to date now
    url = bind if bind.startswith(("unix:", "fd://")) else f"http://{bind}"
    click.echo(say("serve.open", url=url), err=True)
    sys.stderr.flush()
    arguments = command(bind=bind)
    os.execve(arguments[0], arguments, environment(settings, os.environ))  # nosec B606  # our own interpreter


def as_told(settings: Settings) -> Settings:
    """Read what the environment says of a server beside folder and database."""
    told = {name: value for name, value in os.environ.items() if name != DEMO_SEED}
    told["EXIT_INSPECTION_DATA"] = str(settings.data_dir)
    told["DATABASE_URL"] = settings.database_url
    return Settings.from_environment(told)


def _require_port(host: str, port: int) -> None:
    """Find out before the server says that it serves."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(say("serve.port", host=host, port=port, reason=reason)) from None
