"""What was stored before a migration becomes what it would be today, on both engines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Databases
from flask_migrate import upgrade
from sqlalchemy import Connection, text

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.rules.ops import interview_id
from inspect_app.settings import Settings

CAMPAIGN, DEVICE = "6b1fd3a2-0000-5000-8000-000000000000", "00000000-0000-4000-8000-00000000000d"
PLAIN, WITH_FILES = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
PHOTO, NAME = "aa" * 32, "bb" * 32
UNIT = "420528100201-0001"


@pytest.fixture
def old(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a server whose database is still empty."""
    url = databases.empty(tmp_path)
    yield Settings.for_folder(tmp_path, database_url=url)
    databases.drop(url)


def a_row(connection: Connection, table: str, **known: Any) -> None:
    """Insert a row with these values, and something in every other column that needs one."""
    columns = db.inspect(connection).get_columns(table)
    values = {}
    for column in columns:
        name, kind = column["name"], str(column["type"])
        if name in known:
            values[name] = known[name]
        elif not column["nullable"] and column["default"] is None:
            values[name] = "{}" if kind == "JSON" else filling(kind)
    marks = ", ".join(f":{name}" for name in values)
    connection.execute(text(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"), values)


def filling(kind: str) -> Any:
    if "DATE" in kind or "TIME" in kind:
        return "2020-06-03 00:00:00"
    if kind == "BOOLEAN":
        return False
    if kind in ("BYTEA", "BLOB"):
        return b""
    return "0" if "CHAR" in kind or kind == "TEXT" else 0


def an_op(connection: Connection, op_id: str, said: dict[str, Any], files: list[Any]) -> None:
    a_row(
        connection,
        "ops",
        op_id=op_id,
        campaign_id=CAMPAIGN,
        device_id=DEVICE,
        kind="interview",
        form_id="household-interview",
        version="0.1.0",
        captured_at="2020-06-03T09:00:00+08:00",
        body=json.dumps(said).encode(),
        blobs=json.dumps(files),
        complete=True,
    )


def test_ops_and_quarantine_of_before_files_and_releases(old: Settings) -> None:
    answers = {"obs_photo": PHOTO, "signature_a": NAME}
    files = [{"sha256": one, "bytes": 7, "type": "image/jpeg"} for one in (PHOTO, NAME)]
    other = {"salt": "s", "unit_id": UNIT, "round": "1", "answers": {}}
    app = create_app(old)
    with app.app_context():
        upgrade(revision="0008")
        with db.engine.begin() as before:
            accounts_and_phone(before)
            an_op(before, PLAIN, {"answers": {}}, [])
            an_op(before, WITH_FILES, {"answers": answers}, files)
            a_row(
                before,
                "quarantine",
                id=1,
                campaign_id=CAMPAIGN,
                device_id=DEVICE,
                op_id=PLAIN,
                body_sha256="cc" * 32,
                status="op_id_reused",
                body=json.dumps(other).encode(),
            )
        upgrade()
        with db.engine.connect() as after:
            named = after.execute(
                text("SELECT op_id, sha256, bytes, is_household_photo FROM op_blobs ORDER BY 2")
            ).all()
            complete = dict(after.execute(text("SELECT op_id, complete FROM ops")).all())
            told = after.execute(text("SELECT envelope FROM quarantine")).scalar_one()
        db.session.remove()
        db.engine.dispose()

    assert [tuple(row) for row in named] == [
        (WITH_FILES, PHOTO, 7, True),
        (WITH_FILES, NAME, 7, False),
    ]
    assert complete == {PLAIN: True, WITH_FILES: False}
    envelope = json.loads(told) if isinstance(told, str) else told
    assert envelope == {
        "op_id": PLAIN,
        "body_sha256": "cc" * 32,
        "kind": "interview",
        "interview_id": interview_id(CAMPAIGN, UNIT, "1"),
        "base_rev": None,
        "return_id": None,
        "form_id": "household-interview",
        "version": "0.1.0",
        "captured_at": "2020-06-03T09:00:00+08:00",
        "boot_id": None,
        "mono_ms": None,
        "blobs": [],
    }


def accounts_and_phone(connection: Connection) -> None:
    a_row(connection, "accounts", id="a")
    a_row(connection, "campaigns", id=CAMPAIGN, created_by="a")
    a_row(connection, "enumerators", id="e", campaign_id=CAMPAIGN)
    a_row(connection, "devices", id=DEVICE, campaign_id=CAMPAIGN, enumerator_id="e")
