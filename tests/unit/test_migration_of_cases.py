"""Cases and their steps survive the migration that lets a case stand without an interview."""

import sqlite3
from contextlib import closing
from pathlib import Path

from flask_migrate import upgrade

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.settings import Settings

CASE = (
    "INSERT INTO cases VALUES ('c','k','420528','u','i','missed','suspected',1,'[]','a','2020','')"
)
EVENT = "INSERT INTO case_events VALUES ('c',1,NULL,'suspected','a','2020','why',NULL,NULL)"


def a_row(database: sqlite3.Connection, table: str, **known: str) -> None:
    """Insert a row with these values, and something in every other column that needs one."""
    needed = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[3]]
    values = {**dict.fromkeys(needed, "0"), **known}
    marks = ", ".join("?" * len(values))
    database.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values())
    )


def test_cases_keep_their_steps_and_may_stand_alone_afterwards(tmp_path: Path) -> None:
    app = create_app(Settings.for_folder(tmp_path))
    with app.app_context():
        upgrade(revision="0012")
        with closing(sqlite3.connect(tmp_path / "exit-inspection.db")) as before:
            a_row(before, "campaigns", id="k")
            a_row(before, "interviews", interview_id="i")
            before.execute(CASE)
            before.execute(EVENT)
            before.commit()
        upgrade(revision="0013")
        db.session.remove()
        db.engine.dispose()

    with closing(sqlite3.connect(tmp_path / "exit-inspection.db")) as after:
        after.execute("PRAGMA foreign_keys = ON")
        (case,) = after.execute("SELECT id, interview_id, from_sample FROM cases").fetchall()
        (step,) = after.execute("SELECT case_id, reason, lapsed FROM case_events").fetchall()
        columns = after.execute("PRAGMA table_info(cases)").fetchall()
        targets = {row[2] for row in after.execute("PRAGMA foreign_key_list(case_events)")}

    assert (case, step) == (("c", "i", 1), ("c", "why", 0))
    assert {row[1]: row[3] for row in columns}["interview_id"] == 0
    assert targets == {"cases"}
