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


def a_revision(
    database: sqlite3.Connection, interview_id: str, rev: int, phone: str, **quarantined: str
) -> None:
    """A revision that this phone sent; and what was decided, where it had lain in quarantine."""
    op_id = f"{interview_id} {rev}"
    a_row(database, "ops", op_id=op_id, device_id=phone, body_sha256="sent")
    a_row(database, "revisions", interview_id=interview_id, rev=rev, op_id=op_id)
    for number, (digest, as_device) in enumerate(quarantined.items(), start=1):
        a_row(database, "quarantine", id=number, op_id=op_id, body_sha256=digest)
        known = {"quarantine_id": number, "decision": "released", "as_device": as_device}
        a_row(database, "quarantine_decisions", **known)


def test_whoever_the_current_revision_counts_for_holds_the_interview(tmp_path: Path) -> None:
    app = create_app(Settings.for_folder(tmp_path))
    place = tmp_path / "exit-inspection.db"
    with app.app_context():
        upgrade(revision="0019")
        with closing(sqlite3.connect(place)) as before:
            for phone in ("first", "second", "late", "borrowed"):
                a_row(before, "devices", id=phone, public_key=phone)
            for interview_id, rev in (("repeated", 2), ("released", 2), ("once", 1), ("bare", 2)):
                known = {"interview_id": interview_id, "current_rev": rev, "device_id": "first"}
                a_row(before, "interviews", **known)
            for rev, phone in enumerate(("first", "second", "late"), start=1):
                a_revision(before, "repeated", rev, phone)
            a_revision(before, "released", 1, "first")
            # A copy that says something else under the same id was another's.
            a_revision(before, "released", 2, "borrowed", other="late", sent="second")
            a_revision(before, "once", 1, "second")
            before.commit()
        upgrade(revision="0020")
        db.session.remove()
        db.engine.dispose()

    with closing(sqlite3.connect(place)) as after:
        held = dict(after.execute("SELECT interview_id, device_id FROM interviews"))

    assert held == {"repeated": "second", "released": "second", "once": "first", "bare": "first"}
