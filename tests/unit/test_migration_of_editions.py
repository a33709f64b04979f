"""Documents and PDFs that were issued become the full edition, and are never changed after."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask_migrate import upgrade

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.settings import Settings

FILES = {"document": b"{}", "document_sha256": "a" * 64, "pdf": b"%PDF", "pdf_sha256": "b" * 64}


def a_row(database: sqlite3.Connection, table: str, **known: object) -> None:
    """Insert a row with these values, and something in every other column that needs one."""
    needed = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[3]]
    values = {**dict.fromkeys(needed, "0"), **known}
    marks = ", ".join("?" * len(values))
    database.execute(
        f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values())
    )


def test_what_was_issued_becomes_the_full_edition(tmp_path: Path) -> None:
    app = create_app(Settings.for_folder(tmp_path))
    place = tmp_path / "exit-inspection.db"
    with app.app_context():
        upgrade(revision="0014")
        with closing(sqlite3.connect(place)) as before:
            a_row(before, "campaigns", id="k")
            a_row(before, "verdicts", number="420528-2019-01", version=1, campaign_id="k", **FILES)
            before.commit()
        upgrade(revision="0015")
        db.session.remove()
        db.engine.dispose()

    with closing(sqlite3.connect(place)) as after:
        editions = after.execute("SELECT * FROM editions").fetchall()
        columns = {row[1] for row in after.execute("PRAGMA table_info(verdicts)")}
        with pytest.raises(sqlite3.IntegrityError, match="editions is never changed"):
            after.execute("UPDATE editions SET document = x''")

    assert editions == [("420528-2019-01", 1, "full", *FILES.values())]
    assert columns & set(FILES) == set()
    assert {"number", "version", "interviews"} <= columns
