"""Limits and back-pressure: a phone that hammers waits, and nothing that arrived is lost by it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.devices import Device, Rate
from inspect_app.models.ledger import Op
from inspect_app.rules.roles import Role
from inspect_app.services import room, transactions
from inspect_app.services.transactions import OF_CALLERS
from inspect_app.settings import Limits, Settings, SettingsError

SMALL = Limits(
    ops_per_push=3,
    op_body_bytes=3000,
    manifest_entries=4,
    pushes_per_minute=5,
    guesses_per_minute=3,
    tokens_per_minute=2,
)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server with limits that a test can reach."""
    return replace(settings, limits=SMALL)


@pytest.fixture
def client(app: Flask, phone: Phone) -> Any:
    """The phone's token in other hands."""
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {phone.token}"
    return made


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "free_share", lambda _folder: 0.05)


def push(client: Any, phone: Phone, *ops: dict[str, Any], **changes: Any) -> Any:
    body = {**phone.envelope([]), "ops": list(ops), **changes}
    return client.post("/api/v1/sync/push", json=body)


def count(session: Session, model: type[Any]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_phone_that_pushes_too_often_waits_a_minute(
    client: Any, phone: Phone, session: Session, frozen_clock: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    answers = [push(client, phone) for _ in range(7)]
    refused = push(client, phone, sealed.op)
    nothing_yet = count(session, Op)
    frozen_clock.pass_by(minutes=1)
    taken = push(client, phone, sealed.op)

    assert [one.status_code for one in answers] == [200] * 5 + [429] * 2
    assert refused.get_json()["type"] == "/problems/too-many-requests"
    waits = {int(one.headers["Retry-After"]) for one in (*answers[5:], refused)}
    assert waits <= set(range(20, 61))
    assert nothing_yet == 0
    assert taken.get_json()["results"][0]["status"] == "accepted"


def test_one_phone_does_not_use_up_another_ones_share(
    app: Flask, as_role: Any, campaign: Any, client: Any, phone: Phone
) -> None:
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, campaign.an_enumerator("Zhao")))
    for _ in range(6):
        push(client, phone)

    other.heartbeat()

    assert other.state == "active"


def test_counting_pushes_costs_no_row_and_no_statement_of_its_own(
    client: Any, phone: Phone, session: Session
) -> None:
    push(client, phone)
    push(client, phone)

    session.rollback()
    assert session.get_one(Device, phone.device_id).pushes_in_minute == 2
    assert session.scalar(select(func.count()).where(Rate.subject == phone.device_id)) == 0


def test_envelope_limits_are_those_of_the_settings(client: Any, phone: Phone) -> None:
    ops = [an_interview(phone, task).op for task in tasks(phone)[:4]]
    unsent = phone.envelope([])["manifest"]["unsent"]

    too_many = push(client, phone, *ops, manifest=None)
    too_full = push(client, phone, manifest={"unsent": unsent + unsent[:1]})
    just = push(client, phone, *ops[:1], manifest={"unsent": unsent})

    assert [one.status_code for one in (too_many, too_full, just)] == [422, 422, 200]
    assert too_many.get_json()["errors"][0]["pointer"] == "#/ops"
    assert too_full.get_json()["errors"][0]["pointer"] == "#/manifest/unsent"


def test_a_body_beyond_the_limit_of_the_settings_is_kept(
    client: Any, phone: Phone, session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0], sat_why="长" * 900)
    size = len(sealed.op["body"].encode())

    (result,) = push(client, phone, sealed.op).get_json()["results"]

    assert size > SMALL.op_body_bytes
    assert result["status"] == "invalid"
    assert result["faults"][0]["code"] == "too-long"
    session.rollback()
    assert session.get_one(Op, sealed.op["op_id"]).body == sealed.op["body"].encode()


def test_guesses_of_codes_are_counted_by_where_they_come_from(
    app: Flask, phone: Phone, as_role: Any, campaign: Any, frozen_clock: Any, session: Session
) -> None:
    code = a_code(as_role, campaign, campaign.an_enumerator("Zhao"))
    other = a_phone(app, seed="other", now=phone.now)
    body = {
        "code": "A" * 26,
        "device_id": other.device_id,
        "public_key": other.public_key,
        "app": "test/1",
    }

    def guess(text: str, address: str = "10.0.0.1") -> int:
        answer = app.test_client().post(
            "/api/v1/devices/enrol",
            json={**body, "code": text},
            environ_base={"REMOTE_ADDR": address},
        )
        return answer.status_code

    wrong = [guess("A" * 26) for _ in range(5)]
    elsewhere = guess("A" * 26, "10.0.0.2")
    right = guess(code)
    frozen_clock.pass_by(minutes=1)

    assert wrong == [404] * 3 + [429] * 2
    # Many phones share an address: those with a code come in, whoever guesses beside them.
    assert (elsewhere, right) == (404, 201)
    assert guess("A" * 26) == 404
    subjects = session.scalars(select(Rate.subject).where(Rate.kind == "guess")).all()
    assert not any("10.0.0" in subject for subject in subjects)


def test_tokens_and_wrong_signatures_are_counted(
    client: Any, phone: Phone, frozen_clock: Any
) -> None:
    def ask(signature: str | None = None) -> int:
        nonce = client.get("/api/v1/hello").get_json()["nonce"]
        body = {
            "device_id": phone.device_id,
            "nonce": nonce,
            "signature": signature or phone.sign(nonce),
        }
        return int(client.post("/api/v1/devices/token", json=body).status_code)

    assert [ask() for _ in range(3)] == [200, 200, 429]
    frozen_clock.pass_by(minutes=1)
    assert [ask("A" * 86) for _ in range(4)] == [401, 401, 401, 429]
    assert ask() == 200


def test_a_full_disk_takes_nothing_and_says_when_to_come_again(
    client: Any, phone: Phone, session: Session, full_disk: None
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    refused = push(client, phone, sealed.op)

    assert (refused.status_code, refused.get_json()["type"]) == (503, "/problems/unavailable")
    assert int(refused.headers["Retry-After"]) in range(20, 61)
    assert count(session, Op) == 0
    assert client.get("/api/v1/sync/pull").status_code == 200


def test_the_disk_is_looked_at_once_in_a_while(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    usage = room.shutil.disk_usage(settings.data_dir)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda path: looked.append(path) or usage)

    shares = [room.free_share(settings.data_dir) for _ in range(50)]

    assert len(looked) == 1
    assert 0 <= shares[0] <= 1


@pytest.mark.parametrize(
    ("content", "headers", "status", "slug"),
    [
        (b"{", {}, 400, "unreadable-request"),
        (b"[]", {}, 422, "invalid-request"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (b"{}", {"Content-Encoding": "br"}, 415, "unsupported-encoding"),
        (b"no gzip", {"Content-Encoding": "gzip"}, 400, "unreadable-request"),
        (b" " * (2 * 1024 * 1024 + 1), {}, 413, "too-large"),
    ],
)
def test_requests_that_cannot_be_read_are_refused_whole(
    client: Any, content: bytes, headers: dict[str, str], status: int, slug: str
) -> None:
    answer = client.post(
        "/api/v1/sync/push", data=content, headers={"Content-Type": "application/json", **headers}
    )

    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{slug}")


def test_an_envelope_with_an_unknown_field_is_refused_whole(
    client: Any, phone: Phone, session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    on_top = push(client, phone, sealed.op, battery=40)
    in_an_op = push(client, phone, {**sealed.op, "gps": "30.5,111.2"})
    odd_state = push(client, phone, state="melted")

    assert [one.status_code for one in (on_top, in_an_op, odd_state)] == [422] * 3
    assert on_top.get_json()["errors"][0]["pointer"] == "#/battery"
    assert count(session, Op) == 0


def test_a_push_is_not_refused_for_an_app_a_state_or_a_campaign_that_is_over(
    client: Any, phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    first, second = tasks(phone)[:2]
    old_app = push(client, phone, an_interview(phone, first).op, app="0.0.1")
    as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A").post(
        f"/api/v1/campaigns/{campaign.id}/devices/{phone.device_id}/orders",
        json={"state": "locked", "reason": "left in the bus"},
    )
    locked = push(client, phone, an_interview(phone, second).op)

    assert [one.get_json()["results"][0]["status"] for one in (old_app, locked)] == [
        "accepted",
        "accepted",
    ]


def test_limits_are_named_in_the_environment(settings: Settings) -> None:
    given = {"EXIT_INSPECTION_DATA": str(settings.data_dir)}
    named = {
        "EXIT_INSPECTION_LIMIT_PUSHES_PER_MINUTE": "6000",
        "EXIT_INSPECTION_LIMIT_DISK_FREE_SHARE": "0.02",
    }

    found = Settings.from_environment(given | named).limits

    assert (found.pushes_per_minute, found.disk_free_share) == (6000, 0.02)
    assert replace(found, pushes_per_minute=60, disk_free_share=0.1) == Limits()
    for wrong in ("-1", "many", "1e3"):
        with pytest.raises(SettingsError):
            Settings.from_environment(given | {"EXIT_INSPECTION_LIMIT_PULL_PAGE": wrong})


@contextmanager
def writing_elsewhere(session: Session, campaign_id: str, process: str) -> Iterator[None]:
    """Hold the turn to write, as another writer of this process or of another one does."""
    turn, held = transactions._sqlite_writer, False
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
        session.connection(execution_options={"begin": "IMMEDIATE"})
        held = process == "this" and turn.acquire(timeout=5)
    else:
        transactions.lock_campaign(session, campaign_id)
    session.execute(text("SELECT 1"))
    try:
        yield
    finally:
        session.rollback()
        if held:
            turn.release()


@pytest.fixture
def callers_as_served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers have the patience of a server, not that of the other tests."""
    monkeypatch.setattr(transactions, "OF_CALLERS", OF_CALLERS)


@pytest.mark.usefixtures("callers_as_served")
@pytest.mark.parametrize("process", ["this", "another"])
def test_a_busy_writer_is_waited_for_two_seconds_and_no_longer(
    client: Any, phone: Phone, session: Session, campaign: Any, process: str
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    body = json.dumps({**phone.envelope([]), "ops": [sealed.op]})
    with writing_elsewhere(session, campaign.id, process):
        began = time.monotonic()
        answer = client.post(
            "/api/v1/sync/push", data=body, headers={"Content-Type": "application/json"}
        )
        took = time.monotonic() - began
    later = push(client, phone, sealed.op)

    assert (answer.status_code, answer.get_json()["type"]) == (503, "/problems/unavailable")
    assert int(answer.headers["Retry-After"]) in range(20, 61)
    assert took < 10  # and not the fifteen seconds that a database waits by itself
    assert later.get_json()["results"][0]["status"] == "accepted"


@pytest.mark.usefixtures("callers_as_served")
def test_whatever_a_caller_writes_it_waits_no_longer(
    client: Any, phone: Phone, session: Session, campaign: Any
) -> None:
    nonce = client.get("/api/v1/hello").get_json()["nonce"]
    body = {"device_id": phone.device_id, "nonce": nonce, "signature": phone.sign(nonce)}
    with writing_elsewhere(session, campaign.id, "another"):
        began = time.monotonic()
        answer = client.post("/api/v1/devices/token", json=body)
        took = time.monotonic() - began

    assert (answer.status_code, answer.get_json()["type"]) == (503, "/problems/unavailable")
    assert took < 10
    assert client.post("/api/v1/devices/token", json=body).status_code == 200
