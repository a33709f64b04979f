"""A server that kills itself where it is told to, and comes back: run as a program by tests.

Usage: python dying_server.py FOLDER DEMO_SEED SOCKET_FD PLAN_FILE; DATABASE_URL names a database
other than SQLite in the folder.

The parent keeps the listening socket and forks a new server whenever the last one has died. A plan
file holds a number n: the next push dies by SIGKILL at its n-th step, where a step is a statement
or the commit, or "answer": after the commit, before a byte of the answer is sent. The file is
removed on the way out, so that the same push comes through when it is sent again.
"""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from flask import Flask, Response, g, has_request_context, request
from sqlalchemy import event
from werkzeug.serving import make_server

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.settings import Limits, Settings


def main(folder: str, seed: str, fd: int, plan: Path) -> None:
    """Serve for ever, dying as planned; the application is built once and forked."""
    app = dying_app(folder, seed, plan)
    alive: list[int] = []

    def stop(*_: object) -> None:
        os.kill(alive[-1], signal.SIGKILL)
        os._exit(0)

    while True:
        child = os.fork()
        if child == 0:
            make_server("127.0.0.1", 0, app, threaded=True, fd=fd).serve_forever()
        alive.append(child)
        signal.signal(signal.SIGTERM, stop)
        os.waitpid(child, 0)


def die(plan: Path) -> None:
    plan.unlink()
    os.kill(os.getpid(), signal.SIGKILL)


def dying_app(folder: str, seed: str, plan: Path) -> Flask:
    """The whole application, with an eye on the plan; no connection is open yet."""
    url = os.environ.get("DATABASE_URL")
    settings = Settings.for_folder(Path(folder), demo_seed=seed, database_url=url)
    # One phone sends here in a minute what others send in a day.
    app = create_app(replace(settings, limits=Limits(pushes_per_minute=10_000)))

    def step(*_: object) -> None:
        if has_request_context() and "dies_at" in g:
            g.step += 1
            if str(g.step) == g.dies_at:
                die(plan)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", step)
        event.listen(db.engine, "commit", step)

    @app.before_request
    def read_plan() -> None:
        if request.path.endswith("/push") and plan.exists():
            g.dies_at, g.step = plan.read_text(), 0

    @app.after_request
    def before_answer(response: Response) -> Response:
        if g.get("dies_at") == "answer":
            die(plan)
        return response

    return app


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
