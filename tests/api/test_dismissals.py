"""What a person gave out lets nobody in once the person's own part has ended."""

from datetime import datetime
from typing import Any

import pytest
from fieldwork import a_code
from flask import Flask
from flask.testing import FlaskClient
from phones import a_phone
from sqlalchemy import update
from sqlalchemy.orm import Session

from inspect_app.demo.link import PhoneRefused
from inspect_app.models.devices import EnrolmentCode
from inspect_app.models.invitations import Invitation
from inspect_app.rules.roles import Role
from inspect_app.services import accounts

GHOST = {"login": "ghost", "name": "又来了", "role": "planner"}
PASSWORD = "rivers run past 41 villages"


def end(boss: FlaskClient, campaign: Any, login: str) -> None:
    """End somebody's part in a campaign."""
    there = f"/api/v1/campaigns/{campaign.id}/memberships"
    rows = boss.get(there).get_json()["members"]
    account_id = next(row["account_id"] for row in rows if row["login"] == login)
    assert boss.post(f"{there}/{account_id}/end").status_code == 200


def invite(client: FlaskClient, campaign: Any) -> Any:
    return client.post(f"/api/v1/campaigns/{campaign.id}/invitations", json=GHOST).get_json()


def accept(client: FlaskClient, made: Any) -> tuple[int, str]:
    body = {"token": made["token"], "password": PASSWORD}
    answer = client.post("/api/v1/invitations/accounts", json=body)
    return answer.status_code, answer.get_json().get("type", "").removeprefix("/problems/")


def refuse(app: Flask, code: str, now: datetime, seed: str = "phone") -> None:
    """Let a phone try a code that was taken back."""
    with pytest.raises(PhoneRefused, match="enrolment-code-revoked"):
        a_phone(app, seed=seed, now=now).enrol(code)


def test_invitations_of_who_has_left_are_taken_back(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("commissioned")
    boss, planner = as_role(Role.COMMISSIONER), as_role(Role.PLANNER, campaign)
    gone, kept = invite(planner, campaign), invite(boss, campaign)

    end(boss, campaign, "planner")

    assert accept(client, gone) == (404, "not-found")
    rows = boss.get(f"/api/v1/campaigns/{campaign.id}/invitations").get_json()["invitations"]
    assert {row["id"]: row["revoked_at"] is not None for row in rows} == {
        gone["id"]: True,
        kept["id"]: False,
    }
    assert accept(client, kept) == (201, "")


def test_codes_of_a_leader_who_has_left_let_no_phone_in(
    app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("commissioned")
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    used, code = a_code(as_role, campaign, li), a_code(as_role, campaign, wang)
    phone = a_phone(app, now=frozen_clock.moment)
    phone.enrol(used)

    end(as_role(Role.COMMISSIONER), campaign, "leader of A")

    refuse(app, code, phone.now, "other")
    phone.pull()
    successor = as_role(Role.TEAM_LEADER, campaign, team="A", login="successor")
    told = successor.get(f"/api/v1/campaigns/{campaign.id}/codes").get_json()["codes"]
    assert sorted(one["state"] for one in told) == ["revoked", "used"]
    body = {"campaign_id": campaign.id, "enumerator_id": wang}
    anew = successor.post("/api/v1/devices/codes", json=body).get_json()["code"]
    a_phone(app, seed="other", now=phone.now).enrol(anew)


def test_what_was_given_out_in_the_very_moment_of_leaving_lets_nobody_in(
    app: Flask,
    as_role: Any,
    a_campaign: Any,
    client: FlaskClient,
    session: Session,
    frozen_clock: Any,
) -> None:
    """A request that began before the end and wrote after it; nothing had been taken back yet."""
    campaign = a_campaign("commissioned")
    boss, planner = as_role(Role.COMMISSIONER), as_role(Role.PLANNER, campaign)
    made, code = invite(planner, campaign), a_code(as_role, campaign, campaign.an_enumerator("Li"))
    end(boss, campaign, "planner")
    end(boss, campaign, "leader of A")
    for model in (Invitation, EnrolmentCode):
        session.execute(update(model).values(revoked_at=None, revoked_by=None))
    session.commit()

    assert accept(client, made) == (404, "not-found")
    refuse(app, code, frozen_clock.moment)


def test_a_locked_account_lets_nobody_in_until_it_is_opened(
    as_role: Any, a_campaign: Any, client: FlaskClient, session: Session, frozen_clock: Any
) -> None:
    campaign = a_campaign("commissioned")
    made = invite(as_role(Role.PLANNER, campaign), campaign)

    accounts.lock(session, "planner", at=frozen_clock.moment)
    locked = accept(client, made)
    accounts.unlock(session, "planner", at=frozen_clock.moment)

    assert locked == (404, "not-found")
    assert accept(client, made) == (201, "")
