"""Invitations: staff name a login and a role, the person alone chooses the password."""

from typing import Any

import pytest
from crowds import at_once
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.models.invitations import Invitation
from inspect_app.rules.roles import Role

PASSWORD = "rivers run past 41 villages"


def a_body(**changes: Any) -> dict[str, Any]:
    return {"login": "zhang", "name": "张复核", "role": "reviewer", **changes}


def invite(client: FlaskClient, campaign: Any, **changes: Any) -> Any:
    return client.post(f"/api/v1/campaigns/{campaign.id}/invitations", json=a_body(**changes))


def accept(client: FlaskClient, token: str, password: str = PASSWORD) -> Any:
    return client.post("/api/v1/invitations/accounts", json={"token": token, "password": password})


def log_in(client: FlaskClient, login: str = "zhang", password: str = PASSWORD) -> dict[str, str]:
    answer = client.post("/api/v1/logins", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.get_json()
    return {"Authorization": f"Bearer {answer.get_json()['access_token']}"}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")


def test_a_person_accepts_by_choosing_a_password(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")

    made = invite(as_role(Role.COMMISSIONER), campaign)
    joined = accept(client, made.get_json()["token"])

    assert made.status_code == 201
    assert made.get_json()["link"] == f"/join#i={made.get_json()['token']}"
    assert made.get_json()["expires_at"] == "2020-06-06T01:00:00+00:00"
    assert joined.status_code == 201
    assert joined.get_json()["memberships"] == [
        {"campaign_id": campaign.id, "role": "reviewer", "county_adcode": None, "team": None}
    ]
    seen = client.get(f"/api/v1/campaigns/{campaign.id}", headers=log_in(client))
    assert seen.status_code == 200


def test_the_token_is_told_once_and_kept_nowhere(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    made = invite(boss, campaign).get_json()

    listed = boss.get(f"/api/v1/campaigns/{campaign.id}/invitations").get_json()

    assert len(made["token"]) == 43
    assert made["token"].encode() not in session.scalars(select(Invitation.token_hash)).one()
    assert [one["login"] for one in listed["invitations"]] == ["zhang"]
    assert {"token", "link"}.isdisjoint(listed["invitations"][0])


def test_an_invitation_lets_in_once(as_role: Any, a_campaign: Any, client: FlaskClient) -> None:
    campaign = a_campaign("commissioned")
    token = invite(as_role(Role.COMMISSIONER), campaign).get_json()["token"]
    accept(client, token)

    assert problem(accept(client, token)) == (409, "invitation-used")


def test_an_invitation_lapses_after_three_days(
    as_role: Any, a_campaign: Any, client: FlaskClient, frozen_clock: Any
) -> None:
    campaign = a_campaign("commissioned")
    token = invite(as_role(Role.COMMISSIONER), campaign).get_json()["token"]
    frozen_clock.pass_by(hours=72)

    assert problem(accept(client, token)) == (409, "invitation-expired")


def test_an_invitation_taken_back_never_was(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    made = invite(boss, campaign).get_json()
    there = f"/api/v1/campaigns/{campaign.id}/invitations/{made['id']}/revocation"

    revoked, again = boss.post(there), boss.post(there)

    assert revoked.get_json()["revoked_at"] == again.get_json()["revoked_at"] is not None
    assert accept(client, made["token"]).get_json() == accept(client, "x" * 43).get_json()
    assert problem(accept(client, made["token"])) == (404, "not-found")


def test_an_accepted_invitation_is_not_taken_back(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    made = invite(boss, campaign).get_json()
    accept(client, made["token"])

    answer = boss.post(f"/api/v1/campaigns/{campaign.id}/invitations/{made['id']}/revocation")

    assert problem(answer) == (409, "invitation-used")


def test_who_has_an_account_logs_in_and_accepts(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    boss = as_role(Role.COMMISSIONER)
    accept(client, invite(boss, first).get_json()["token"])
    further = invite(boss, second, role="expert").get_json()["token"]

    stranger = accept(client, further, "another long password")
    joined = client.post(
        "/api/v1/invitations/memberships", json={"token": further}, headers=log_in(client)
    )

    assert problem(stranger) == (409, "login-taken")
    roles = {row["campaign_id"]: row["role"] for row in joined.get_json()["memberships"]}
    assert roles == {first.id: "reviewer", second.id: "expert"}


def test_an_invitation_is_for_the_login_it_names(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    token = invite(as_role(Role.COMMISSIONER), campaign).get_json()["token"]
    other = as_role(Role.REVIEWER, a_campaign("commissioned", "second"), login="other")

    taken = other.post("/api/v1/invitations/memberships", json={"token": token})
    nobodys = other.post("/api/v1/invitations/memberships", json={"token": "x" * 43})

    assert problem(taken) == (404, "not-found")
    assert taken.get_json() == nobodys.get_json()
    assert accept(client, token).status_code == 201


def test_a_person_has_one_role_in_a_campaign(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    first = invite(boss, campaign).get_json()["token"]
    second = invite(boss, campaign, role="expert").get_json()["token"]
    accept(client, first)

    twice = client.post(
        "/api/v1/invitations/memberships", json={"token": second}, headers=log_in(client)
    )

    assert problem(twice) == (409, "conflict")
    assert problem(invite(boss, campaign, role="expert")) == (409, "conflict")


def test_whose_part_has_ended_may_do_nothing_and_takes_no_other_role(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    boss = as_role(Role.COMMISSIONER)
    account_id = accept(client, invite(boss, campaign).get_json()["token"]).get_json()["id"]
    bearer = log_in(client)
    there = f"/api/v1/campaigns/{campaign.id}/memberships"

    ended = boss.post(f"{there}/{account_id}/end")

    assert ended.get_json()["ended_at"] is not None
    assert client.get(f"/api/v1/campaigns/{campaign.id}", headers=bearer).status_code == 404
    assert client.get("/api/v1/accounts/me", headers=bearer).get_json()["memberships"] == []
    assert client.post("/api/v1/logouts", headers=bearer).status_code == 200
    assert problem(invite(boss, campaign, role="expert")) == (409, "conflict")
    rows = boss.get(there).get_json()["members"]
    assert {row["login"]: row["ended_at"] is None for row in rows} == {
        "commissioner": True,
        "planner": True,
        "zhang": False,
    }


def member(client: FlaskClient, campaign: Any, login: str) -> str:
    """The address of somebody's part in a campaign."""
    there = f"/api/v1/campaigns/{campaign.id}/memberships"
    rows = client.get(there).get_json()["members"]
    return f"{there}/{next(row['account_id'] for row in rows if row['login'] == login)}"


@pytest.mark.parametrize(
    "victim", ["commissioner", "planner", "reviewer", "expert", "county_official"]
)
def test_a_planner_ends_neither_the_own_part_nor_that_of_who_judges_the_agency(
    as_role: Any, a_campaign: Any, victim: str
) -> None:
    campaign = a_campaign("commissioned")
    planner = as_role(Role.PLANNER, campaign)
    as_role(Role(victim), campaign, county=campaign.adcode)

    assert problem(planner.post(f"{member(planner, campaign, victim)}/end")) == (403, "forbidden")


def test_a_planner_ends_the_part_of_the_agencys_own_people(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned")
    planner = as_role(Role.PLANNER, campaign)
    as_role(Role.TEAM_LEADER, campaign, team="A")
    as_role(Role.PLANNER, campaign, login="second")

    for login in ("team_leader", "second"):
        assert planner.post(f"{member(planner, campaign, login)}/end").status_code == 200


@pytest.mark.parametrize(
    ("role", "changes", "status", "slug"),
    [
        (Role.PLANNER, {"role": "commissioner"}, 403, "forbidden"),
        (Role.PLANNER, {"role": "enumerator"}, 403, "forbidden"),
        *(
            (Role.PLANNER, {"role": role}, 403, "forbidden")
            for role in ("reviewer", "expert", "county_official")
        ),
        (Role.COMMISSIONER, {"role": "county_official"}, 422, "rule-violated"),
        (
            Role.COMMISSIONER,
            {"role": "county_official", "county_adcode": "530828"},
            422,
            "rule-violated",
        ),
        (Role.PLANNER, {"role": "team_leader"}, 422, "rule-violated"),
        (Role.COMMISSIONER, {"role": "reviewer", "team": "A"}, 422, "rule-violated"),
        (Role.PLANNER, {"role": "king"}, 422, "invalid-request"),
        (Role.COMMISSIONER, {"login": "planner"}, 409, "conflict"),
        (Role.PLANNER, {"password": "chosen by another"}, 422, "invalid-request"),
        (Role.REVIEWER, {}, 403, "forbidden"),
        (Role.TEAM_LEADER, {}, 403, "forbidden"),
        (Role.COUNTY_OFFICIAL, {}, 403, "forbidden"),
    ],
)
def test_an_invitation_that_may_not_be_made(
    as_role: Any, a_campaign: Any, role: Role, changes: dict[str, Any], status: int, slug: str
) -> None:
    campaign = a_campaign("commissioned")

    assert problem(invite(as_role(role, campaign), campaign, **changes)) == (status, slug)


def test_inviting_does_not_tell_who_has_an_account(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    boss = as_role(Role.COMMISSIONER)
    accept(client, invite(boss, first).get_json()["token"])
    elsewhere = as_role(Role.COMMISSIONER, second, login="elsewhere")

    known = invite(elsewhere, second, login="zhang")
    unknown = invite(elsewhere, second, login="nobody")

    assert (known.status_code, unknown.status_code) == (201, 201)
    assert known.get_json().keys() == unknown.get_json().keys()


def test_a_password_that_would_be_guessed_leaves_the_invitation_open(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    token = invite(as_role(Role.COMMISSIONER), campaign).get_json()["token"]

    refused = accept(client, token, "Password123!")

    assert problem(refused) == (422, "password-refused")
    assert refused.get_json()["reasons"] == ["common"]
    assert accept(client, token).status_code == 201


def test_two_who_accept_at_once_make_one_account(
    app: Flask, as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("commissioned")
    token = invite(as_role(Role.COMMISSIONER), campaign).get_json()["token"]
    statuses = at_once(
        4, lambda n: accept(app.test_client(), token, f"a password of person {n}").status_code
    )

    assert sorted(statuses) == [201, 409, 409, 409]
    session.rollback()
    zhang = session.scalars(select(Account.id).where(Account.login == "zhang")).one()
    rows = session.scalars(select(MembershipRow).where(MembershipRow.account_id == zhang))
    assert len(rows.all()) == 1


def test_a_planner_brings_in_the_agency_and_nobody_who_judges_it(
    as_role: Any, a_campaign: Any
) -> None:
    campaign = a_campaign("commissioned")
    planner, boss = as_role(Role.PLANNER, campaign), as_role(Role.COMMISSIONER)
    reviewer = invite(boss, campaign).get_json()["id"]
    there = f"/api/v1/campaigns/{campaign.id}/invitations/{reviewer}/revocation"

    leader = invite(planner, campaign, login="leader", role="team_leader", team="A")
    second = invite(planner, campaign, login="second", role="planner")

    assert (leader.status_code, second.status_code) == (201, 201)
    assert problem(invite(planner, campaign, login="expert", role="expert")) == (403, "forbidden")
    assert problem(planner.post(there)) == (403, "forbidden")
