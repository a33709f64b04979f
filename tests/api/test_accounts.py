"""Accounts: log-ins, lock-out, who may staff a campaign with whom."""

from typing import Any

import pytest
from crowds import at_once
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Account, Token
from inspect_app.rules.errors import LoginTaken
from inspect_app.rules.roles import Role
from inspect_app.services import accounts, logins, passwords
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
    assert locked.headers["Retry-After"] == "900"
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


def failures(client: FlaskClient, count: int, **who: str) -> list[int]:
    """Log in wrongly so many times."""
    return [log_in(client, password="wrong", **who).status_code for _ in range(count)]


def test_a_login_that_nobody_has_is_locked_like_any_other(client: FlaskClient) -> None:
    assert failures(client, 6, login="nobody") == [401] * 5 + [429]


def test_an_address_is_locked_whatever_login_it_tries(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    tried = [failures(client, 1, login=f"login-{n}")[0] for n in range(20)]

    here = log_in(client)
    client.environ_base["REMOTE_ADDR"] = "2001:db8::1"
    elsewhere = log_in(client)
    frozen_clock.pass_by(minutes=15)
    client.environ_base["REMOTE_ADDR"] = "127.0.0.1"

    assert tried == [401] * 20
    assert (here.status_code, elsewhere.status_code) == (429, 201)
    assert log_in(client).status_code == 201


def test_an_ipv6_customer_is_one_address(client: FlaskClient) -> None:
    found = []
    for n in range(21):
        client.environ_base["REMOTE_ADDR"] = f"2001:db8:0:1::{n + 1:x}"
        found += failures(client, 1, login=f"login-{n}")

    assert found == [401] * 20 + [429]


def test_a_header_does_not_change_the_address_without_a_proxy_of_ours(
    client: FlaskClient,
) -> None:
    found = [
        client.post(
            "/api/v1/logins",
            json={"login": f"login-{n}", "password": "wrong"},
            headers={"X-Forwarded-For": f"198.51.100.{n}"},
        ).status_code
        for n in range(21)
    ]

    assert found == [401] * 20 + [429]


def test_a_success_takes_nothing_from_others_at_its_address(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    """Who has an account cannot clear the count of the address he guesses others' from."""
    a_first_account(session, settings, at=frozen_clock.moment)
    for n in range(19):
        failures(client, 1, login=f"login-{n}")

    good = [log_in(client).status_code for _ in range(3)]
    found = failures(client, 2, login="another")

    assert good == [201] * 3
    assert found == [401, 429]


def test_many_guesses_at_once_are_not_more_than_the_limit(
    app: Flask, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)

    found = at_once(12, lambda n: log_in(app.test_client(), password=f"guess {n}").status_code)

    assert sorted(found) == [401] * 5 + [429] * 7


def test_a_password_changed_during_a_log_in_wins(
    client: FlaskClient,
    session: Session,
    settings: Settings,
    frozen_clock: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The old password was right when it was looked at, and is wrong when a token is due."""
    boss = a_first_account(session, settings, at=frozen_clock.moment)
    honest = passwords.matches

    def change_meanwhile(stored: str | None, password: str, *, memory_kib: int) -> bool:
        right = honest(stored, password, memory_kib=memory_kib)
        account = session.get_one(Account, boss.id)
        account.password_hash = passwords.hash_password("another one", memory_kib=memory_kib)
        session.commit()
        return right

    monkeypatch.setattr(passwords, "matches", change_meanwhile)

    assert log_in(client).status_code == 401
    assert session.scalars(select(Token)).all() == []


def test_a_password_is_hashed_anew_when_its_cost_changes(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    boss = accounts.create_first(
        session,
        login="boss",
        name="x",
        password=PASSWORD,
        entropy=Entropy(),
        at=frozen_clock.moment,
        memory_kib=32,
    )

    assert log_in(client).status_code == 201
    session.expire_all()
    renewed = session.get_one(Account, boss.id).password_hash

    assert f"m={settings.password_memory_kib}," in renewed
    assert log_in(client).status_code == 201


def test_two_spellings_of_a_sign_are_one_password(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    composed, apart = "caf\u00e9 in der Stra\u00dfe", "cafe\u0301 in der Stra\u00dfe"
    accounts.create_first(
        session,
        login="boss",
        name="x",
        password=composed,
        entropy=Entropy(),
        at=frozen_clock.moment,
        memory_kib=settings.password_memory_kib,
    )

    assert log_in(client, password=apart).status_code == 201


def test_a_wrong_old_password_counts_as_a_failed_log_in(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    bearer = {"Authorization": f"Bearer {log_in(client).get_json()['access_token']}"}
    body = {"old_password": "a guess", "new_password": "seven bridges, two rivers"}

    found = [
        client.post("/api/v1/accounts/me/password", json=body, headers=bearer).status_code
        for _ in range(6)
    ]

    assert found == [401] * 5 + [429]


def test_the_commissioner_reads_what_happened_to_accounts(
    as_role: Any, a_campaign: Any, client: FlaskClient, frozen_clock: Any
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    there = f"/api/v1/campaigns/{campaign.id}"
    body = {"login": "zhang", "name": "张", "role": "reviewer"}
    token = boss.post(f"{there}/invitations", json=body).get_json()["token"]
    client.post("/api/v1/invitations/accounts", json={"token": token, "password": PASSWORD})
    client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    log_in(client, "zhang", "wrong")
    log_in(client, "zhang")
    log_in(client, "nobody")

    told = boss.get(f"{there}/account-log?limit=3").get_json()
    rest = boss.get(f"{there}/account-log?after={told['next']}").get_json()

    seen = [
        (one["login"], one["event"], one["address"]) for one in (*told["events"], *rest["events"])
    ]
    assert seen == [
        ("zhang", "created", None),
        ("zhang", "joined", "127.0.0.1"),
        ("zhang", "log_in_failed", "198.51.100.7"),
        ("zhang", "logged_in", "198.51.100.7"),
    ]
    assert as_role(Role.PLANNER, campaign).get(f"{there}/account-log").status_code == 403


def test_the_log_of_accounts_is_of_the_own_people_only(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    boss = as_role(Role.COMMISSIONER)
    body = {"login": "zhang", "name": "张", "role": "reviewer"}
    made = boss.post(f"/api/v1/campaigns/{first.id}/invitations", json=body).get_json()
    accepted = {"token": made["token"], "password": PASSWORD}
    client.post("/api/v1/invitations/accounts", json=accepted)

    told = boss.get(f"/api/v1/campaigns/{second.id}/account-log").get_json()

    assert "zhang" not in {one["login"] for one in told["events"]}


def test_the_log_of_accounts_ends_with_the_part_in_the_campaign(
    as_role: Any, a_campaign: Any, client: FlaskClient, frozen_clock: Any
) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    boss = as_role(Role.COMMISSIONER)
    body = {"login": "zhang", "name": "张", "role": "reviewer"}
    made = boss.post(f"/api/v1/campaigns/{first.id}/invitations", json=body).get_json()
    accepted = {"token": made["token"], "password": PASSWORD}
    account = client.post("/api/v1/invitations/accounts", json=accepted).get_json()["id"]
    frozen_clock.pass_by(days=1)
    further = boss.post(f"/api/v1/campaigns/{second.id}/invitations", json=body).get_json()
    bearer = {"Authorization": f"Bearer {log_in(client, 'zhang').get_json()['access_token']}"}
    token = {"token": further["token"]}
    client.post("/api/v1/invitations/memberships", json=token, headers=bearer)
    boss.post(f"/api/v1/campaigns/{first.id}/memberships/{account}/end")
    frozen_clock.pass_by(days=1)
    log_in(client, "zhang")

    told = {
        campaign.id: [
            one["event"]
            for one in boss.get(f"/api/v1/campaigns/{campaign.id}/account-log").get_json()["events"]
            if one["login"] == "zhang"
        ]
        for campaign in (first, second)
    }

    assert told[first.id] == ["created", "joined", "logged_in", "membership_ended"]
    assert told[second.id][-1] == "logged_in"
    assert "membership_ended" not in told[second.id]
    assert "created" not in told[second.id]


def test_an_operator_locks_an_account_and_opens_it_again(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    bearer = {"Authorization": f"Bearer {log_in(client).get_json()['access_token']}"}

    accounts.lock(session, "boss", at=frozen_clock.moment)
    locked = log_in(client)
    token = client.get("/api/v1/accounts/me", headers=bearer)
    accounts.unlock(session, "boss", at=frozen_clock.moment)

    assert locked.get_json()["detail"] == "Login or password is wrong."
    assert token.status_code == 401
    assert log_in(client).status_code == 201
    assert client.get("/api/v1/accounts/me", headers=bearer).status_code == 401


def test_a_link_from_the_operator_sets_a_password_once(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    bearer = {"Authorization": f"Bearer {log_in(client).get_json()['access_token']}"}
    new = "seven bridges, two rivers"
    token, _ = accounts.make_password_link(
        session, "boss", entropy=Entropy(), at=frozen_clock.moment
    )

    weak = client.post("/api/v1/passwords", json={"token": token, "password": "boss-boss-"})
    done = client.post("/api/v1/passwords", json={"token": token, "password": new})
    again = client.post("/api/v1/passwords", json={"token": token, "password": new})

    assert (weak.status_code, done.status_code, again.status_code) == (422, 201, 409)
    assert client.get("/api/v1/accounts/me", headers=bearer).status_code == 401
    assert log_in(client).status_code == 401
    assert log_in(client, password=new).status_code == 201


def test_a_link_from_the_operator_lapses_after_a_day(
    client: FlaskClient, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)
    token, _ = accounts.make_password_link(
        session, "boss", entropy=Entropy(), at=frozen_clock.moment
    )
    frozen_clock.pass_by(hours=24)

    answer = client.post(
        "/api/v1/passwords", json={"token": token, "password": "7 bridges, 2 hens"}
    )

    assert answer.get_json()["type"] == "/problems/invitation-expired"


def test_a_crowd_of_log_ins_leaves_threads_to_the_phones(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two passwords are computed at once; who waits too long for a turn comes again."""
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    with passwords._a_turn(), passwords._a_turn():
        answer = log_in(client, "nobody")

    assert answer.status_code == 503
    assert 20 <= int(answer.headers["Retry-After"]) <= 60
