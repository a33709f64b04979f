"""The application with one thing changed, for comparisons: what gunicorn is told to serve.

`BENCH_FLUSH_MS` makes every commit on SQLite take that much longer, as on a slow disk.
"""

import os
import time
from typing import Any

from flask import Flask
from sqlalchemy import event

from inspect_app import from_environment
from inspect_app.extensions import db
from inspect_app.schemas.gate import Gate
from inspect_app.services import writer
from inspect_app.services.transactions import writing


def usual() -> Flask:
    """As it is."""
    app = from_environment()
    flush = float(os.environ.get("BENCH_FLUSH_MS", "0")) / 1000
    if flush:
        with app.app_context():
            event.listen(db.engine, "commit", lambda _connection: time.sleep(flush))
    return app


def ungated() -> Flask:
    """Every push and body through marshmallow."""
    Gate.load = lambda self, raw: None  # type: ignore[method-assign]
    return usual()


def ungrouped() -> Flask:
    """A commit for each push."""

    def alone(connection: Any, campaign_id: str, work: Any, *, patience: float = 15.0) -> Any:
        with writing(connection, campaign_id, patience=patience):
            return work(connection)

    writer.write = alone  # type: ignore[assignment]
    return usual()
