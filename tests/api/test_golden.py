"""Every released app is understood for ever: its recorded contacts are answered as they were.

`RECORD_GOLDEN=reference-2 pytest --db sqlite tests/api/test_golden.py` records a new app.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from golden import contacts
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.extensions import db
from inspect_app.settings import Settings

APPS = sorted(path.name for path in contacts.FOLDER.iterdir() if path.is_dir())


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A demonstration server: its secrets follow from a seed."""
    return replace(settings, demo_seed="golden")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    application = create_app(settings)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_present_client_plays_the_story(
    app: Flask, a_campaign: Any, as_role: Any, frozen_clock: Any, session: Session
) -> None:
    exchanges = contacts.record(app, contacts.steps_of(a_campaign(), as_role), frozen_clock)

    wanted = os.environ.get("RECORD_GOLDEN")
    if wanted is not None:
        assert wanted not in APPS, "what an app once said is never recorded again"
        contacts.write(contacts.FOLDER / wanted, exchanges)
    assert {one["answer"]["status"] for one in exchanges} == {200, 201, 204, 422}


@pytest.mark.parametrize("name", APPS)
def test_a_released_app_is_answered_as_it_was(
    name: str, app: Flask, a_campaign: Any, as_role: Any, frozen_clock: Any, session: Session
) -> None:
    steps = contacts.steps_of(a_campaign(), as_role)

    faults = []
    for step, exchange in contacts.read(contacts.FOLDER / name):
        for before in exchange["before"]:
            steps[before]()
        found = contacts.replay(app, exchange, frozen_clock)
        recorded = {
            key: value for key, value in exchange["answer"].items() if key not in ("text", "gzip")
        }
        faults += [f"{step}{fault}" for fault in contacts.lacking(recorded, found)]

    assert faults == []


def test_every_status_of_an_op_and_every_call_is_recorded() -> None:
    recorded = [exchange for _, exchange in contacts.read(contacts.FOLDER / "reference-1")]

    calls = {
        (one["request"]["method"], one["request"]["path"].partition("?")[0].split("/")[3])
        for one in recorded
    }
    statuses = {
        result["status"]
        for one in recorded
        for result in one["answer"].get("json", {}).get("results", ())
    }
    items = {
        item["type"] for one in recorded for item in one["answer"].get("json", {}).get("items", ())
    }
    assert calls >= {
        ("GET", "hello"),
        ("POST", "devices"),
        ("POST", "sync"),
        ("GET", "sync"),
        ("PATCH", "blobs"),
        ("GET", "ledger"),
        ("GET", "questionnaires"),
    }
    assert statuses >= {
        "accepted",
        "duplicate",
        "conflict",
        "op_id_reused",
        "hash_mismatch",
        "invalid",
        "superseded_device",
    }
    assert items >= {"assign", "roster_draw", "ack", "return", "command", "revoke"}


def test_an_answer_that_lost_something_is_noticed() -> None:
    recorded = {"a": 1, "b": [{"c": 2}], "nonce": "x"}

    assert contacts.lacking(recorded, {"a": 1, "b": [{"c": 2, "new": 3}], "nonce": "y"}) == []
    assert contacts.lacking(recorded, {"a": 2, "b": [{}]}) == ["/a: 1 is now 2", "/b/0/c is gone"]
