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
from inspect_app.services import accounts
from inspect_app.settings import Settings

PASSWORD = "correct horse battery"


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


def a_new_account(campaign_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "login": "zhang",
        "name": "张复核",
        "password": PASSWORD,
        "campaign_id": campaign_id,
        "role": "reviewer",
        **changes,
    }


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
    def make(seed: str, login: str) -> accounts.Login:
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
        return accounts.log_in(
            session,
            login,
            PASSWORD,
            entropy=entropy,
            at=frozen_clock.moment,
            memory_kib=settings.password_memory_kib,
        )

    made = make("seed", "boss")
    again = accounts.log_in(
        session,
        "boss",
        PASSWORD,
        entropy=Entropy("seed"),
        at=frozen_clock.moment,
        memory_kib=settings.password_memory_kib,
    )

    assert again == made
    assert make("seed", "other").access_token != made.access_token


def test_a_login_belongs_to_one_account(
    session: Session, settings: Settings, frozen_clock: Any
) -> None:
    a_first_account(session, settings, at=frozen_clock.moment)

    with pytest.raises(LoginTaken):
        a_first_account(session, settings, at=frozen_clock.moment)


def test_a_planner_makes_a_reviewer_who_can_log_in(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")

    made = as_role(Role.PLANNER, campaign).post("/api/v1/accounts", json=a_new_account(campaign.id))

    assert made.status_code == 201
    assert "password" not in made.get_json()
    assert made.get_json()["memberships"] == [
        {
            "campaign_id": campaign.id,
            "role": "reviewer",
            "county_adcode": None,
            "team": None,
        }
    ]
    token = log_in(client, "zhang").get_json()["access_token"]
    seen = client.get(
        f"/api/v1/campaigns/{campaign.id}", headers={"Authorization": f"Bearer {token}"}
    )
    assert seen.status_code == 200


@pytest.mark.parametrize(
    ("role", "changes", "status", "slug"),
    [
        (Role.PLANNER, {"role": "commissioner"}, 403, "forbidden"),
        (Role.PLANNER, {"role": "enumerator"}, 403, "forbidden"),
        (Role.PLANNER, {"role": "county_official"}, 422, "rule-violated"),
        (
            Role.PLANNER,
            {"role": "county_official", "county_adcode": "530828"},
            422,
            "rule-violated",
        ),
        (Role.PLANNER, {"role": "team_leader"}, 422, "rule-violated"),
        (Role.PLANNER, {"role": "king"}, 422, "invalid-request"),
        (Role.PLANNER, {"password": "short"}, 422, "invalid-request"),
        (Role.PLANNER, {"login": "planner"}, 409, "login-taken"),
        (Role.REVIEWER, {}, 403, "forbidden"),
        (Role.TEAM_LEADER, {}, 403, "forbidden"),
        (Role.COUNTY_OFFICIAL, {}, 403, "forbidden"),
    ],
)
def test_an_account_that_may_not_be_made(
    as_role: Any,
    a_campaign: Any,
    role: Role,
    changes: dict[str, Any],
    status: int,
    slug: str,
) -> None:
    campaign = a_campaign("commissioned")

    answer = as_role(role, campaign).post(
        "/api/v1/accounts", json=a_new_account(campaign.id, **changes)
    )

    assert (answer.status_code, answer.get_json()["type"]) == (status, f"/problems/{slug}")


def test_nobody_staffs_a_campaign_of_others(as_role: Any, a_campaign: Any) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    planner_of_first = as_role(Role.PLANNER, first, login="only-first")

    answer = planner_of_first.post("/api/v1/accounts", json=a_new_account(second.id))

    assert answer.status_code == 403


def test_a_person_has_one_role_in_a_campaign(as_role: Any, a_campaign: Any) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    planner = as_role(Role.PLANNER, first)
    planner.post("/api/v1/accounts", json=a_new_account(first.id))
    staffing = f"/api/v1/campaigns/{second.id}/memberships"

    joined = planner.post(staffing, json={"login": "zhang", "role": "expert"})
    again = planner.post(staffing, json={"login": "zhang", "role": "expert"})
    changed = planner.post(staffing, json={"login": "zhang", "role": "planner"})

    assert (joined.status_code, again.status_code, changed.status_code) == (201, 201, 409)
    roles = {row["campaign_id"]: row["role"] for row in again.get_json()["memberships"]}
    assert roles == {first.id: "reviewer", second.id: "expert"}


def test_requests_without_a_good_token_are_strangers(client: FlaskClient) -> None:
    for header in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic Ym9zcw=="}):
        answer = client.post("/api/v1/accounts", json={}, headers=header)
        assert (answer.status_code, answer.get_json()["type"]) == (
            401,
            "/problems/unauthenticated",
        )


def test_only_json_is_read(client: FlaskClient) -> None:
    form = client.post("/api/v1/logins", data={"login": "boss"})
    broken = client.post("/api/v1/logins", data="{", content_type="application/json")

    assert (form.status_code, form.mimetype) == (415, "application/problem+json")
    assert broken.status_code == 400
