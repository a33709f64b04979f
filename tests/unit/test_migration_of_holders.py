"""An interview that others repeated goes to the phone that repeated it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from flask_migrate import upgrade

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.settings import Settings


def a_row(database: sqlite3.Connection, table: str, **known: object) -> None:
    """Insert a row with these values, and something in every other column that needs one."""
    needed = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[3]]
    values = {**dict.fromkeys(needed, "0"), **known}
    marks = ", ".join("?" * len(values))
    database.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values())
    )


def test_whoever_sent_the_current_revision_holds_the_interview(tmp_path: Path) -> None:
    app = create_app(Settings.for_folder(tmp_path))
    place = tmp_path / "exit-inspection.db"
    with app.app_context():
        upgrade(revision="0019")
        with closing(sqlite3.connect(place)) as before:
            for rev, phone in enumerate(("first", "second", "late"), start=1):
                a_row(before, "devices", id=phone, public_key=phone)
                a_row(before, "ops", op_id=f"op {rev}", device_id=phone)
                a_row(before, "revisions", interview_id="repeated", rev=rev, op_id=f"op {rev}")
            a_row(before, "interviews", interview_id="repeated", current_rev=2, device_id="first")
            a_row(before, "interviews", interview_id="once", current_rev=1, device_id="first")
            before.commit()
        upgrade(revision="0020")
        db.session.remove()
        db.engine.dispose()

    with closing(sqlite3.connect(place)) as after:
        held = dict(after.execute("SELECT interview_id, device_id FROM interviews"))

    assert held == {"repeated": "second", "once": "first"}
