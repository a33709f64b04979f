"""Sessions: browsers by cookie, programs by token, and how either ends."""

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app import cookies, create_app
from inspect_app.entropy import Entropy
from inspect_app.extensions import db
from inspect_app.models.accounts import Token
from inspect_app.services import accounts, tokens
from inspect_app.settings import Settings

PASSWORD = "rivers run past 41 villages"
HOST = "https://inspection.example"


@pytest.fixture(autouse=True)
def person(session: Session, settings: Settings, frozen_clock: Any) -> accounts.Person:
    """Somebody with an account."""
    return accounts.create_first(
        session,
        login="boss",
        name="省委托方",
        password=PASSWORD,
        entropy=Entropy(),
        at=frozen_clock.moment,
        memory_kib=settings.password_memory_kib,
    )


def open_session(browser: FlaskClient, host: str = HOST, **headers: str) -> Any:
    return browser.post(
        "/api/v1/sessions",
        json={"login": "boss", "password": PASSWORD},
        base_url=host,
        headers=headers,
    )


def logged_in(app: Flask, host: str = HOST) -> tuple[FlaskClient, dict[str, str]]:
    """A browser with a session, and the header its page sends along."""
    browser = app.test_client()
    answer = open_session(browser, host)
    assert answer.status_code == 201
    return browser, {cookies.CSRF_HEADER: answer.get_json()["csrf_token"]}


def log_out(browser: FlaskClient, headers: dict[str, str], host: str = HOST) -> Any:
    return browser.post("/api/v1/logouts", base_url=host, headers=headers)


def me(browser: FlaskClient, host: str = HOST) -> int:
    return browser.get("/api/v1/accounts/me", base_url=host).status_code


def test_a_browser_gets_a_cookie_that_no_page_can_read(app: Flask) -> None:
    answer = open_session(app.test_client())

    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-exit-inspection"
    assert [part.strip() for part in rest.split(";")[1:]] == [
        "Secure",
        "HttpOnly",
        "Path=/",
        "SameSite=Strict",
    ]
    assert set(answer.get_json()) == {"account_id", "expires_at", "csrf_token"}
    token = rest.partition(".")[0]
    assert token not in answer.get_data(as_text=True)


def test_a_session_reads_and_with_the_header_of_its_page_writes(app: Flask) -> None:
    browser, page = logged_in(app)

    assert me(browser) == 200
    assert log_out(browser, {}).get_json()["type"] == "/problems/cross-site-request"
    assert log_out(browser, {cookies.CSRF_HEADER: "x"}).status_code == 403
    assert log_out(browser, page).status_code == 200
    assert me(browser) == 401


def test_a_page_loaded_anew_asks_for_its_header(app: Flask) -> None:
    browser, page = logged_in(app)

    told = browser.get("/api/v1/sessions/current", base_url=HOST).get_json()

    assert told["csrf_token"] == page[cookies.CSRF_HEADER]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://inspection.example"},
        {"Origin": "https://inspection.example.evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    app: Flask, headers: dict[str, str]
) -> None:
    browser, page = logged_in(app)

    written = log_out(browser, {**page, **headers})
    opened = open_session(app.test_client(), **headers)

    assert (written.status_code, opened.status_code) == (403, 403)
    assert written.get_json()["type"] == "/problems/cross-site-request"
    assert me(browser) == 200


def test_our_own_page_may_say_that_it_is(app: Flask) -> None:
    browser, page = logged_in(app)

    answer = log_out(browser, {**page, "Origin": HOST, "Sec-Fetch-Site": "same-origin"})

    assert answer.status_code == 200


def test_a_cookie_and_a_token_together_are_refused(app: Flask, client: FlaskClient) -> None:
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    header = {"Authorization": f"Bearer {bearer.get_json()['access_token']}"}
    browser, _ = logged_in(app)

    answer = browser.get("/api/v1/accounts/me", base_url=HOST, headers=header)

    assert answer.status_code == 401
    assert client.get("/api/v1/accounts/me", headers=header).status_code == 200


def test_each_kind_of_token_is_good_in_its_own_place_only(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    text = bearer.get_json()["access_token"]
    signed = f"{text}.{cookies._mac(settings, 'cookie', text)}"
    answer = open_session(app.test_client())
    session_text = answer.headers["Set-Cookie"].partition("=")[2].partition(".")[0]

    in_cookie = app.test_client()
    in_cookie.set_cookie(cookies.NAME, signed, domain="inspection.example", secure=True)
    as_bearer = client.get(
        "/api/v1/accounts/me", headers={"Authorization": f"Bearer {session_text}"}
    )

    assert me(in_cookie) == 401
    assert as_bearer.status_code == 401


@pytest.mark.parametrize("change", ["signature", "token", "no signature", "empty", "odd"])
def test_a_cookie_that_we_did_not_sign_is_nobody(app: Flask, change: str) -> None:
    value = open_session(app.test_client()).headers["Set-Cookie"].partition("=")[2].split(";")[0]
    token, _, signature = value.partition(".")
    spoilt = {
        "signature": f"{token}.{'A' * len(signature)}",
        "token": f"{'A' * len(token)}.{signature}",
        "no signature": token,
        "empty": "",
        "odd": "村.村",
    }[change]
    browser = app.test_client()
    browser.set_cookie(cookies.NAME, spoilt, domain="inspection.example", secure=True)

    assert me(browser) == 401


def test_logging_in_again_ends_the_earlier_session_of_the_browser(
    app: Flask, session: Session, frozen_clock: Any
) -> None:
    browser, _ = logged_in(app)
    stolen = browser.get_cookie(cookies.NAME, domain="inspection.example")
    assert stolen is not None
    frozen_clock.pass_by(minutes=1)

    assert open_session(browser).status_code == 201

    thief = app.test_client()
    thief.set_cookie(cookies.NAME, stolen.value, domain="inspection.example", secure=True)
    assert me(browser) == 200
    assert me(thief) == 401
    assert len(session.scalars(select(Token).where(Token.revoked_at.is_(None))).all()) == 1


def test_an_idle_session_ends_and_a_busy_one_after_twelve_hours(
    app: Flask, frozen_clock: Any
) -> None:
    idle, _ = logged_in(app)
    busy, _ = logged_in(app)
    frozen_clock.pass_by(minutes=29)
    assert me(busy) == 200
    frozen_clock.pass_by(minutes=1)

    assert me(idle) == 401
    for _ in range(68):  # every ten minutes until ten before one
        frozen_clock.pass_by(minutes=10)
        assert me(busy) == 200
    frozen_clock.pass_by(minutes=10)
    assert me(busy) == 401


def test_without_tls_no_session_begins(app: Flask) -> None:
    answer = open_session(app.test_client(), "http://inspection.example")

    assert answer.status_code == 403
    assert "EXIT_INSPECTION_PROXIES" in answer.get_json()["detail"]
    assert "Set-Cookie" not in answer.headers


def test_on_this_machine_alone_a_session_without_tls_is_allowed_openly(
    settings: Settings,
) -> None:
    application = create_app(replace(settings, plain_sessions_allowed=True))
    here, there = "http://127.0.0.1:8000", "http://inspection.example"

    answer = open_session(application.test_client(), here)
    browser, page = logged_in(application, here)

    assert answer.headers["Set-Cookie"].startswith("exit-inspection=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert log_out(browser, page, here).status_code == 200
    assert open_session(application.test_client(), there).status_code == 403
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_person_sees_and_ends_the_own_sessions_only(app: Flask, client: FlaskClient) -> None:
    browser, page = logged_in(app)
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    header = {"Authorization": f"Bearer {bearer.get_json()['access_token']}"}

    seen = browser.get("/api/v1/sessions", base_url=HOST).get_json()["sessions"]
    other = next(one for one in seen if not one["current"])
    ended = browser.post(
        f"/api/v1/sessions/{other['id']}/revocation", base_url=HOST, headers=page
    ).get_json()

    assert sorted((one["kind"], one["current"]) for one in seen) == [
        ("bearer", False),
        ("session", True),
    ]
    assert {one["address"] for one in seen} == {"127.0.0.1"}
    assert ended["revoked_at"] is not None
    assert client.get("/api/v1/accounts/me", headers=header).status_code == 401
    assert me(browser) == 200


def test_logging_out_ends_a_programs_token(client: FlaskClient) -> None:
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    header = {"Authorization": f"Bearer {bearer.get_json()['access_token']}"}

    ended = client.post("/api/v1/logouts", headers=header)

    assert (ended.status_code, ended.get_json()["current"]) == (200, True)
    assert client.get("/api/v1/accounts/me", headers=header).status_code == 401


def test_a_new_password_ends_every_other_session_and_token(app: Flask, client: FlaskClient) -> None:
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    header = {"Authorization": f"Bearer {bearer.get_json()['access_token']}"}
    other, _ = logged_in(app)
    browser, page = logged_in(app)
    new = "seven bridges, two rivers"

    changed = browser.post(
        "/api/v1/accounts/me/password",
        json={"old_password": PASSWORD, "new_password": new},
        base_url=HOST,
        headers=page,
    )

    assert changed.status_code == 200
    assert me(browser) == 200
    assert me(other) == 401
    assert client.get("/api/v1/accounts/me", headers=header).status_code == 401
    assert open_session(app.test_client()).status_code == 401


def test_what_is_stored_opens_no_door(app: Flask, client: FlaskClient, session: Session) -> None:
    """Neither a token's hash nor its id is a token, and the two kinds of MAC differ."""
    bearer = client.post("/api/v1/logins", json={"login": "boss", "password": PASSWORD})
    stored = session.scalars(select(Token)).one()

    tries = [stored.hash.hex(), str(stored.id), bearer.get_json()["access_token"] + "="]

    for text in tries:
        answer = client.get("/api/v1/accounts/me", headers={"Authorization": f"Bearer {text}"})
        assert answer.status_code == 401
    assert stored.hash == tokens.digest(bearer.get_json()["access_token"])


def test_the_key_of_sessions_is_a_private_file_made_once_by_each_server(
    app: Flask, settings: Settings
) -> None:
    open_session(app.test_client())

    file = settings.keys_dir / "session-s1.key"

    assert file.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(file.read_text("ascii"))) == 32
