"""Numbered migrations, read in order; `upgrade` brings the application's database to the newest."""

from alembic import command
from flask import current_app


def upgrade() -> None:
    """Run the migrations that the database has not seen; needs an application context."""
    command.upgrade(current_app.extensions["migrate"].migrate.get_config(), "head")
