"""Health: alive without looking, ready only when everything is as it must be."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from inspect_app import requests
from inspect_app.rules.errors import NotReady
from inspect_app.services import health
from inspect_app.settings import Settings


def test_alive_needs_no_token(client: FlaskClient) -> None:
    answer = client.get("/livez")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_ready_names_revision_and_durability(client: FlaskClient) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 200
    found = answer.get_json()
    assert found["durability"] == {
        "synchronous": "2",
        "journal_mode": "wal",
        "foreign_keys": "1",
    }
    assert found["revision"].isdigit()


def test_an_old_database_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    problem = answer.get_json()
    assert problem["type"] == "/problems/not-ready"
    assert problem["faults"][0].startswith("database at revision 0001, code at ")
    assert 20 <= int(answer.headers["Retry-After"]) <= 60


def test_a_full_disk_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FREE_BYTES", 2**60)

    problem = client.get("/readyz").get_json()

    assert problem["status"] == 503
    assert problem["faults"][0].endswith("MiB free on the disk")


def test_commits_that_do_not_reach_the_disk_are_not_ready(settings: Settings) -> None:
    careless = create_engine(settings.database_url)
    event.listen(careless, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = NORMAL"))

    with Session(careless) as session, pytest.raises(NotReady) as refused:
        health.check(
            session, data_dir=settings.data_dir, migrations=requests.PACKAGE / "migrations"
        )
    careless.dispose()

    assert refused.value.extra["faults"] == ["synchronous is 1", "foreign_keys is 0"]
