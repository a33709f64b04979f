"""Health: alive without looking, ready only when everything is as it must be."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from databases import Databases
from fieldwork import sent_out, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import an_interview
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import Session

from inspect_app import clock, requests
from inspect_app.rules.errors import NotReady
from inspect_app.services import health, keys, receipts
from inspect_app.settings import Settings

MIGRATIONS = requests.PACKAGE / "migrations"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The throw-away PostgreSQL of the tests does not flush, and says so."""
    return replace(settings, weak_durability_allowed=True)


def faults(client: FlaskClient) -> list[str]:
    """The faults that the server names while it is not ready."""
    answer = client.get("/readyz")
    problem = answer.get_json()
    assert (answer.status_code, problem["type"]) == (503, "/problems/not-ready")
    assert answer.content_type == "application/problem+json"
    assert 20 <= int(answer.headers["Retry-After"]) <= 60
    return list(problem["faults"])


def without_a_database(a_server: Any, folder: Path) -> FlaskClient:
    """Somebody at a server whose database is not there."""
    away = f"postgresql+psycopg://nobody@/none?host={folder}&connect_timeout=1"
    client: FlaskClient = a_server(replace(Settings.for_folder(folder), database_url=away))
    return client


def test_alive_needs_no_token_and_no_database(tmp_path: Path, a_server: Any) -> None:
    answer = without_a_database(a_server, tmp_path).get("/livez")

    assert (answer.status_code, answer.get_json()) == (200, {"status": "alive"})


def test_ready_names_revision_durability_and_what_is_weak(
    client: FlaskClient, databases: Databases
) -> None:
    answer = client.get("/readyz")

    found = answer.get_json()
    assert answer.status_code == 200
    assert found["revision"].isdigit()
    if databases.name == "sqlite":
        assert found["durability"] == {
            "synchronous": "2",
            "journal_mode": "wal",
            "foreign_keys": "1",
        }
        assert found["weak"] == []
    else:
        assert found["durability"]["synchronous_commit"] == "on"
        assert found["weak"] == ["fsync", "full_page_writes"]


def test_an_old_database_is_not_ready(client: FlaskClient, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()

    (fault,) = faults(client)

    assert fault.startswith("database at revision 0001, code at ")


@pytest.mark.parametrize("least", ["bytes", "share"])
def test_a_full_disk_is_not_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, least: str, a_server: Any
) -> None:
    if least == "bytes":
        monkeypatch.setattr(health, "FREE_BYTES", 2**60)
    else:
        settings = replace(settings, limits=replace(settings.limits, disk_free_share=1.0))

    (fault,) = faults(a_server(settings))

    assert fault.endswith("MiB free on the disk" if least == "bytes" else "% free on the disk")


def test_commits_that_do_not_reach_the_disk_are_not_ready(settings: Settings) -> None:
    """Unless the server is told to run so, and then it says it."""
    strict = replace(settings, weak_durability_allowed=False)
    careless = create_engine(settings.database_url)
    if careless.dialect.name == "sqlite":
        event.listen(careless, "connect", lambda raw, _: raw.execute("PRAGMA synchronous = 1"))
        named = ["synchronous is 1", "foreign_keys is 0"]
    else:
        event.listen(careless, "begin", lambda c: c.exec_driver_sql("SET synchronous_commit = off"))
        named = ["fsync is off", "full_page_writes is off", "synchronous_commit is off"]

    with Session(careless) as session, pytest.raises(NotReady) as refused:
        health.check(session, settings=strict, migrations=MIGRATIONS, at=clock.now())
    with Session(careless) as session:
        told = health.check(session, settings=settings, migrations=MIGRATIONS, at=clock.now())
    careless.dispose()

    assert [fault for fault in refused.value.extra["faults"] if " is " in fault] == named  # type: ignore[attr-defined]
    assert [f"{name} is {told.durability[name]}" for name in told.weak] == named


def a_receipt(app: Flask, as_role: Any, campaign: Any, clock: Any) -> None:
    """Let a phone send something, so that the key has signed."""
    phone = sent_out(app, as_role, campaign, now=clock.moment)
    an_interview(phone, tasks(phone)[0])
    phone.push()


def test_a_lost_key_is_not_ready_once_it_has_signed(
    client: FlaskClient,
    app: Flask,
    settings: Settings,
    as_role: Any,
    a_campaign: Any,
    frozen_clock: Any,
) -> None:
    before = client.get("/readyz").status_code
    a_receipt(app, as_role, a_campaign(), frozen_clock)
    receipts.file_of(settings).unlink()

    assert before == 200
    assert faults(client) == ["the receipt key is missing, and receipts were signed with it"]


def test_a_key_that_did_not_sign_is_not_ready(
    client: FlaskClient,
    app: Flask,
    settings: Settings,
    as_role: Any,
    a_campaign: Any,
    frozen_clock: Any,
) -> None:
    a_receipt(app, as_role, a_campaign(), frozen_clock)
    receipts.file_of(settings).write_text("ab" * 32)
    receipts._load.cache_clear()
    keys.secret_key.cache_clear()

    found = faults(client)
    receipts._load.cache_clear()
    keys.secret_key.cache_clear()

    assert found == ["the receipt key is not the one that signed the ledger"]


@pytest.mark.parametrize(
    ("content", "mode", "fault"),
    [
        ("00" * 32, 0o604, "the receipt key can be read by others than its owner"),
        ("00" * 32, 0o640, "the receipt key can be read by others than its owner"),
        ("junk", 0o600, "the receipt key cannot be read"),
        ("00" * 16, 0o600, "the receipt key is not whole"),
    ],
)
def test_a_key_that_is_unsafe_or_broken_is_not_ready(
    client: FlaskClient, settings: Settings, content: str, mode: int, fault: str
) -> None:
    file = receipts.file_of(settings)
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    file.chmod(mode)

    assert faults(client) == [fault]


def test_a_folder_of_files_that_takes_none_is_not_ready(
    client: FlaskClient, settings: Settings
) -> None:
    settings.blobs_dir.rmdir() if settings.blobs_dir.exists() else None
    settings.blobs_dir.write_text("somebody's file")

    assert faults(client) == ["the folder blobs cannot be written to"]


def test_every_fault_is_named_at_once(
    client: FlaskClient, session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FREE_BYTES", 2**60)
    session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    session.commit()
    settings.blobs_dir.rmdir() if settings.blobs_dir.exists() else None
    settings.blobs_dir.write_text("")

    assert len(faults(client)) == 3


def test_a_database_that_is_away_is_named_beside_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, a_server: Any
) -> None:
    monkeypatch.setattr(health, "FREE_BYTES", 2**60)

    found = faults(without_a_database(a_server, tmp_path))

    assert found[0] == "the database does not answer"
    assert found[1].endswith("MiB free on the disk")


def test_readiness_writes_nothing(client: FlaskClient, settings: Settings) -> None:
    def files() -> set[str]:
        walk = os.walk(settings.data_dir)
        return {name for _, _, names in walk for name in names if not name.endswith(("wal", "shm"))}

    before = files()
    client.get("/readyz")

    assert files() == before


# --- what stands on every answer -----------------------------------------------------------------


@pytest.mark.parametrize("address", ["/livez", "/api/v1/hello", "/nowhere", "/metrics"])
def test_every_answer_carries_the_headers_of_safety(client: FlaskClient, address: str) -> None:
    headers = client.get(address).headers

    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers
    assert not [name for name in headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_a_problem_is_as_safe_as_an_answer(client: FlaskClient) -> None:
    for answer in (
        client.post("/api/v1/sync/push", data=b"{", content_type="application/json"),
        client.trace("/livez"),
        client.options("/livez", headers={"Origin": "https://elsewhere.example"}),
    ):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_methods_that_nobody_serves_are_problems(client: FlaskClient) -> None:
    traced = client.trace("/livez")
    asked = client.options("/livez")

    assert (traced.status_code, traced.get_json()["status"]) == (405, 405)
    assert traced.content_type == "application/problem+json"
    assert (asked.status_code, asked.get_data()) == (200, b"")
    assert set(asked.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_only_our_own_proxies_are_believed(settings: Settings, a_server: Any) -> None:
    told = {
        "X-Forwarded-Proto": "https",
        "X-Request-Id": "a-name-given-by-the-proxy",
        "X-Forwarded-For": "203.0.113.9",
    }

    alone = a_server(settings).get("/livez", headers=told)
    behind = a_server(replace(settings, proxies=1))
    believed = behind.get("/livez", headers=told)
    smuggled = behind.get("/livez", headers={"X-Request-Id": "short"})

    assert alone.headers["X-Request-Id"] != told["X-Request-Id"]
    assert "Strict-Transport-Security" not in alone.headers
    assert believed.headers["X-Request-Id"] == told["X-Request-Id"]
    assert believed.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert len(smuggled.headers["X-Request-Id"]) == 32


def test_a_body_beyond_the_limit_is_refused_before_anybody_asks_who_sends_it(
    client: FlaskClient,
) -> None:
    answer = client.post(
        "/api/v1/sync/push", data=b"x" * (2 * 1024 * 1024 + 1), content_type="application/json"
    )

    assert (answer.status_code, answer.get_json()["type"]) == (413, "/problems/too-large")


def test_a_ledger_ahead_of_the_clock_is_not_ready(
    app: Flask, client: FlaskClient, as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    phone = sent_out(app, as_role, a_campaign(), now=frozen_clock.moment)
    an_interview(phone, tasks(phone)[0])
    phone.push()
    assert client.get("/readyz").status_code == 200

    frozen_clock.pass_by(days=-1)

    (fault,) = faults(client)
    assert "the last line is 1440 minutes ahead of the clock" in fault
