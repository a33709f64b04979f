"""Servers with a planted fault, to prove that the crash test can fail; run by gunicorn.

`faulty_server:acknowledges_early()` answers a push from a queue in memory and stores it later,
`faulty_server:has_no_key()` stores on tables without the key that makes an op one,
`faulty_server:overwrites()` takes other content under a known id in the stead of the first,
`faulty_server:never_flushes()` lets SQLite leave its commits to the operating system,
`faulty_server:stumbles()` raises while it stores an op whose body holds the word "poison".
"""

import gzip
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sqlalchemy import event

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.services.decisions import Decisions
from inspect_app.services.intake import Judged
from inspect_app.settings import DATABASE, Settings

Start = Callable[..., Any]
App = Callable[[dict[str, Any], Start], Iterable[bytes]]

PUSH = "/api/v1/sync/push"
LATER = 0.02
"""Seconds that a push waits in memory: more than enough for a kill, little enough to end."""

KEYLESS = ("ops", "ledger", "contacts", "revisions", "op_blobs")


def _application() -> App:
    app: App = create_app(Settings.from_environment(os.environ))
    return app


def acknowledges_early() -> App:
    """Answer `accepted` before anything is stored."""
    app = _application()
    waiting: SimpleQueue[tuple[dict[str, Any], bytes]] = SimpleQueue()

    def store_later() -> None:
        while True:
            environ, body = waiting.get()
            time.sleep(LATER)
            _call(app, environ, body)

    threading.Thread(target=store_later, daemon=True).start()

    def early(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PUSH:
            return app(environ, start)
        body = environ["wsgi.input"].read()
        waiting.put((environ, body))
        results = [
            {
                "op_id": op["op_id"],
                "status": "accepted",
                "body_sha256": op["body_sha256"],
                "receipt": {"h": "", "sig": ""},
            }
            for op in json.loads(gzip.decompress(body))["ops"]
        ]
        return _answer(start, {"results": results})

    return early


def has_no_key() -> App:
    """Store whatever comes, however often it comes: SQLite tables copied without their keys."""
    settings = Settings.from_environment(os.environ)
    with sqlite3.connect(settings.data_dir / DATABASE) as database:
        guards = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            database.execute(f"DROP TRIGGER {name}")
        for table in KEYLESS:
            database.execute(f"CREATE TABLE bare AS SELECT * FROM {table}")
            database.execute(f"DROP TABLE {table}")
            database.execute(f"ALTER TABLE bare RENAME TO {table}")
    database.close()
    app = create_app(settings)
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def refer_to_nothing(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA foreign_keys = OFF")

    return app


def overwrites() -> App:
    """Let the last writer win: other content under a known id replaces what is stored."""
    app = _application()
    settings = Settings.from_environment(os.environ)

    def trusting(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PUSH:
            return app(environ, start)
        sent = environ["wsgi.input"].read()
        answer = json.loads(_call(app, environ, sent))
        ops = {op["op_id"]: op for op in json.loads(gzip.decompress(sent))["ops"]}
        for result in answer.get("results", ()):
            if result["status"] == "op_id_reused":
                result["status"] = "duplicate"
                _replace(settings.data_dir / DATABASE, ops[result["op_id"]])
        return _answer(start, answer)

    return trusting


def _replace(file: Path, op: dict[str, Any]) -> None:
    with sqlite3.connect(file, timeout=30) as database:
        guards = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ops'"
        ).fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        database.execute(
            "UPDATE ops SET body = ?, body_sha256 = ? WHERE op_id = ?",
            (op["body"].encode(), op["body_sha256"], op["op_id"]),
        )
        for _, text in guards:
            database.execute(text)
    database.close()


def never_flushes() -> App:
    """Commit to the operating system's memory only."""
    app = create_app(Settings.from_environment(os.environ))
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def forget_to_flush(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

    return app


def stumbles() -> App:
    """Have a defect that one op in a batch meets."""
    decide = Decisions.decide

    def stumble(self: Decisions, one: Judged) -> Judged:
        if "poison" in str(one.op.body):
            raise ZeroDivisionError("a defect of the server")
        return decide(self, one)

    Decisions.decide = stumble  # type: ignore[method-assign]  # that is the fault
    return _application()


def _call(app: App, environ: dict[str, Any], body: bytes) -> bytes:
    told = {**environ, "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return b"".join(app(told, lambda *_: None))


def _answer(start: Start, content: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    start("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
