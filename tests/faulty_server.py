"""Servers with a planted fault, to prove that the crash test can fail; run by gunicorn.

`faulty_server:acknowledges_early()` answers a push from a queue in memory and stores it later,
`faulty_server:names_ops_itself()` has no use for the phone's idempotency key,
`faulty_server:compares_nothing()` calls other content under a known id a duplicate,
`faulty_server:never_flushes()` lets SQLite leave its commits to the operating system,
`faulty_server:stumbles()` raises while it stores an op whose body holds the word "poison".
"""

import gzip
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from io import BytesIO
from queue import SimpleQueue
from typing import Any

from sqlalchemy import event

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.services.decisions import Decisions
from inspect_app.services.intake import Judged
from inspect_app.settings import Settings

Start = Callable[..., Any]
App = Callable[[dict[str, Any], Start], Iterable[bytes]]

PUSH = "/api/v1/sync/push"
LATER = 0.3


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


def names_ops_itself() -> App:
    """Store every op under an id of the server's own, as a server without the key would."""
    app = _application()

    def renaming(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PUSH:
            return app(environ, start)
        push = json.loads(gzip.decompress(environ["wsgi.input"].read()))
        theirs = [op["op_id"] for op in push["ops"]]
        for op in push["ops"]:
            op["op_id"] = str(uuid.uuid4())
        answer = json.loads(_call(app, environ, gzip.compress(json.dumps(push).encode())))
        for op_id, result in zip(theirs, answer.get("results", ()), strict=False):
            result["op_id"] = op_id
        return _answer(start, answer)

    return renaming


def compares_nothing() -> App:
    """Take other content under a known id for the op that is stored."""
    app = _application()

    def trusting(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PUSH:
            return app(environ, start)
        answer = json.loads(_call(app, environ, environ["wsgi.input"].read()))
        for result in answer.get("results", ()):
            if result["status"] == "op_id_reused":
                result["status"] = "duplicate"
        return _answer(start, answer)

    return trusting


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
