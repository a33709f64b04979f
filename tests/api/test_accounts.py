"""Accounts: log-ins, lock-out, who may staff a campaign with whom."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, Token
from inspect_app.rules.errors import LoginTaken
from inspect_app.rules.roles import Role
from inspect_app.services import accounts, logins
from inspect_app.services.logins import Door
from inspect_app.settings import Settings

PASSWORD = "correct horse battery"
CHEAP = Door(memory_kib=64)


def a_first_account(session: Session, settings: Settings, *, at: Any) -> accounts.Person:
    return accounts.create_first(
        session,
        login="boss",
        name="省委托方",
        password=PASSWORD,
        entropy=Entropy(),
        at=at,
        memory_kib=settings.password_memory_kib,
    )


def log_in(client: FlaskClient, login: str = "boss", password: str = PASSWORD) -> Any:
    return client.post("/api/v1/logins", json={"login": login, "password": password})


def test_a_password_buys_a_token_for_a_day(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    boss = a_first_account(session, settings, at=frozen_clock.moment)

    answer = log_in(client)

    assert answer.status_code == 201
    assert answer.get_json()["account_id"] == boss.id
    assert answer.get_json()["expires_at"] == "2020-06-04T01:00:00+00:00"
    bearer = {"Authorization": f"Bearer {answer.get_json()['access_token']}"}
    assert client.get("/api/v1/accounts/me", headers=bearer).get_json() == {
        "id": boss.id,
        "login": "boss",
        "name": "省委托方",
        "may_commission": True,
        "memberships": [],
    }
    frozen_clock.pass_by(hours=24)
    assert client.get("/api/v1/accounts/me", headers=bearer).status_code == 401


def test_neither_password_nor_token_is_stored(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    token = log_in(client).get_json()["access_token"]

    stored = session.scalars(select(Account)).one().password_hash

    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored
    assert session.scalars(select(Token.hash)).one() != token.encode()


@pytest.mark.parametrize(("login", "password"), [("boss", "wrong"), ("nobody", PASSWORD)])
def test_a_failed_login_does_not_say_what_was_wrong(
    client: FlaskClient,
    session: Session,
    settings: Settings,
    frozen_clock: Any,
    login: str,
    password: str,
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)

    answer = log_in(client, login, password)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["detail"] == "Login or password is wrong."


def test_five_failures_lock_for_a_quarter_of_an_hour(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    for _ in range(5):
        assert log_in(client, password="wrong").status_code == 401

    locked = log_in(client)
    frozen_clock.pass_by(minutes=15)
    opened = log_in(client)

    assert locked.status_code == 429
    assert locked.get_json()["type"] == "/problems/too-many-requests"
    assert opened.status_code == 201


def test_a_demonstration_gives_the_same_ids_and_tokens(
    session: Session, settings: Settings, frozen_clock: Any
) -> None:
    def make(seed: str, login: str) -> logins.Login:
        entropy = Entropy(seed)
        accounts.create_first(
            session,
            login=login,
            name="x",
            password=PASSWORD,
            entropy=entropy,
            at=frozen_clock.moment,
            memory_kib=settings.password_memory_kib,
        )
        return logins.log_in(
            session, login, PASSWORD, door=CHEAP, entropy=entropy, at=frozen_clock.moment
        )

    made = make("seed", "boss")
    again = logins.log_in(
        session, "boss", PASSWORD, door=CHEAP, entropy=Entropy("seed"), at=frozen_clock.moment
    )

    assert again == made
    assert make("seed", "other").access_token != made.access_token


def test_a_login_belongs_to_one_account(
    session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)

    with pytest.raises(LoginTaken):
        a_first_account(session, settings, at=frozen_clock.moment)


def test_requests_without_a_good_token_are_strangers(client: FlaskClient) -> None:
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic Ym9zcw=="}):
        answer = client.post("/api/v1/accounts/me/password", json={}, headers=header)
        assert (answer.status_code, answer.get_json()["type"]) == (
            401,
            "/problems/unauthenticated",
        )


def test_only_json_is_read(client: FlaskClient) -> None:
    form = client.post("/api/v1/logins", data={"login": "boss"})
    broken = client.post("/api/v1/logins", data="{", content_type="application/json")

    assert (form.status_code, form.mimetype) == (415, "application/problem+json")
    assert broken.status_code == 400
