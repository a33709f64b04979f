"""`exit-inspection database`: its tables brought up to date."""

import click

from inspect_app.cli.installation import Tables, application, of_installation, require_database
from inspect_app.messages import say
from inspect_app.settings import Settings


@click.group()
def database() -> None:
    """数据库 | The database of a server."""


@database.command()
@of_installation
def upgrade(settings: Settings) -> None:
    """升级表结构 | Run the migrations that the database has not seen; stop the server first."""
    from inspect_app.extensions import db
    from inspect_app.services import health
    from inspect_app.serving import lock

    require_database(settings)
    if settings.database_url.startswith("sqlite"):
        lock.require_free(settings.data_dir)
    with application(settings, Tables.MADE):
        click.echo(say("database.current", revision=health.revision(db.session())))
