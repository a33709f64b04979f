"""Logs: every request has a line that names it, and no line names a person."""

import json
from typing import Any

import pytest
from fieldwork import a_code
from flask import Flask
from flask.testing import FlaskClient
from phones import a_phone, an_interview
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app import logs
from inspect_app.models.accounts import Account
from inspect_app.rules.roles import Role
from inspect_app.services import health, passwords

PASSWORD = "a password that nobody guesses"
GUESS = "a password that somebody guessed"
NAME = "王小明"


def lines(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[dict[str, Any]]]:
    """All that was logged, as text and as events."""
    text = capsys.readouterr().err
    return text, [json.loads(line) for line in text.splitlines()]


def words(found: Any) -> set[str]:
    """Every text of a body that somebody could be recognised by."""
    if isinstance(found, dict):
        return {word for value in found.values() for word in words(value)}
    if isinstance(found, list):
        return {word for value in found for word in words(value)}
    return {found} if isinstance(found, str) and found else set()


def test_no_line_holds_a_name_a_secret_or_an_answer(
    capsys: pytest.CaptureFixture[str],
    app: Flask,
    client: FlaskClient,
    session: Session,
    as_role: Any,
    a_campaign: Any,
    frozen_clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    campaign = a_campaign()
    li, wang = campaign.an_enumerator(NAME), campaign.an_enumerator("Wang")
    phone = a_phone(app, now=frozen_clock.moment)
    as_role(Role.PLANNER, campaign)
    account = session.get_one(Account, planner_id(session))
    account.password_hash = passwords.hash_password(PASSWORD, memory_kib=64)
    session.commit()
    logins = "/api/v1/logins"
    code = a_code(as_role, campaign, li)
    capsys.readouterr()

    refused = client.post(logins, json={"login": account.login, "password": GUESS})
    entered = client.post(logins, json={"login": account.login, "password": PASSWORD})
    phone.enrol(code)
    campaign.assign(pair=(li, wang))
    phone.pull()
    sealed = an_interview(phone, next(iter(phone.tasks.values())))
    (result,) = phone.push()
    client.get(f"/api/v1/nowhere/{NAME}?name={NAME}", headers={"X-Request-Id": NAME.encode().hex()})
    monkeypatch.setattr(health, "check", fail_with_a_row)
    failed = client.get("/readyz")

    assert (refused.status_code, entered.status_code, failed.status_code) == (401, 201, 500)
    assert result["status"] == "accepted"
    text, events = lines(capsys)
    body = json.loads(sealed.op["body"])
    secrets = {PASSWORD, GUESS, NAME, NAME.encode().hex(), code, str(phone.token)}
    secrets |= {str(entered.get_json()["access_token"]), sealed.op["body"]}
    secrets |= words(body["answers"]) - {phone.device_id}
    # Short words of code lists may stand inside of others: `health` is also a file of ours.
    values = {word for event in events for word in words(event)}
    assert [secret for secret in sorted(secrets) if secret in values] == []
    assert [secret for secret in sorted(secrets) if len(secret) > 8 and secret in text] == []
    assert len([event for event in events if event["event"] == "request"]) >= 6


def planner_id(session: Session) -> str:
    return str(session.scalars(select(Account.id).where(Account.login == "planner")).one())


def fail_with_a_row(*_: Any, **__: Any) -> None:
    """Fail as a database does: the row that it refuses stands in the message."""
    local = {"name": NAME, "password": PASSWORD}
    try:
        raise ValueError(f"Failing row contains {local}")
    except ValueError as error:
        raise IntegrityError("INSERT …", {"name": NAME}, error) from error


def test_a_line_says_who_what_how_much_and_how_long(
    capsys: pytest.CaptureFixture[str], app: Flask, as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("commissioned")
    client = as_role(Role.COMMISSIONER, campaign)
    capsys.readouterr()

    answer = client.get(f"/api/v1/campaigns/{campaign.id}")

    _, (event,) = lines(capsys)
    assert event["route"].startswith("/api/v1/campaigns/<")
    assert (event["method"], event["status"], event["event"]) == ("GET", 200, "request")
    assert event["actor"] == campaign.commissioner.actor
    assert event["bytes_out"] == len(answer.get_data())
    assert event["ms"] > 0
    assert event["request_id"] == answer.headers["X-Request-Id"]


def test_a_failure_is_found_by_the_id_that_its_answer_names(
    capsys: pytest.CaptureFixture[str], client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "check", fail_with_a_row)

    problem = client.get("/readyz").get_json()

    _, events = lines(capsys)
    (failure,) = (event for event in events if event["event"] == "internal error")
    assert problem["request_id"] == problem["log_id"] == failure["request_id"]
    assert failure["error"] == ["IntegrityError", "ValueError"]
    assert any("fail_with_a_row" in place for place in failure["trace"])


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ("0123456789abcdef0123456789abcdef", True),
        ("b7c9-6f0e-4d0a-9e7c-1a2b3c4d5e6f", True),
        ("short", False),
        ("x" * 65, False),
        ("a line\nand another of sixteen", False),
        ('{"event": "request", "status": 200}', False),
        (None, False),
    ],
)
def test_names_of_requests_follow_a_strict_pattern(given: str | None, is_one: bool) -> None:
    assert logs.is_request_id(given) is is_one
