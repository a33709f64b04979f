"""A repeat by another pair: two people are named, and both are remembered."""

from typing import Any

import pytest
from fieldwork import a_code, another_pair, tasks
from flask import Flask
from phones import a_phone, an_interview
from sending import send_back
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.interviews import Return
from inspect_app.rules.roles import Role

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def broken(phone: Phone) -> str:
    """An interview in a room that was not cleared."""
    task = tasks(phone)[0]
    an_interview(phone, task, room_cleared="no")
    phone.push()
    return task.interview_id


def post(client: Any, interview_id: str, act: str, **body: Any) -> Any:
    return client.post(f"/api/v1/interviews/{interview_id}/{act}", json=body)


def reasons(answer: Any) -> list[str]:
    assert answer.status_code == 422, answer.get_json()
    return [one["code"] for one in answer.get_json()["reasons"]]


def test_who_broke_the_conditions_does_not_go_again_as_a_companion(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, broken: str
) -> None:
    _, (zhao, _) = another_pair(app, as_role, campaign, now=phone.now)

    for was_there in ("Li", "Wang"):
        answer = send_back(reviewer, broken, [zhao, campaign.an_enumerator(was_there)])
        assert answer.get_json()["type"] == "/problems/other-pair-needed"


def test_the_companion_of_a_repeat_was_there_and_makes_no_recheck(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, broken: str
) -> None:
    other, (zhao, sun) = another_pair(app, as_role, campaign, now=phone.now)
    send_back(reviewer, broken, [zhao, sun])
    other.pull()
    an_interview(other, next(iter(other.tasks.values())), **POOR)
    other.push()
    (case,) = post(reviewer, broken, "accept").get_json()["cases"]
    reviewer.post(f"/api/v1/cases/{case}/recheck", json={})
    fresh, alone = campaign.an_enumerator("Qian"), campaign.an_enumerator("Zhou")
    a_phone(app, seed="third", now=phone.now).enrol(a_code(as_role, campaign, fresh))

    visit = f"/api/v1/cases/{case}/visit"
    with_companion = reviewer.post(visit, json={"enumerators": [fresh, sun]})
    without = reviewer.post(visit, json={"enumerators": [fresh, alone]})

    assert reasons(with_companion) == ["was_there"]
    assert without.status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"), [({"team": "B"}, "team"), ({"home_adcode": "420528"}, "home_county")]
)
def test_a_pair_that_repeats_keeps_the_rules_of_pairs(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    changes: dict[str, str],
    expected: str,
) -> None:
    _, (zhao, _) = another_pair(app, as_role, campaign, now=phone.now)

    refused = send_back(reviewer, broken, [zhao, campaign.an_enumerator("Qian", **changes)])

    assert reasons(refused) == [expected]
    assert reasons(send_back(reviewer, broken, [zhao, zhao])) == ["same_person"]


def test_where_neither_speaks_the_language_an_interpreter_goes_along(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    session.execute(update(CampaignCounty).values(language="ii"))
    session.commit()
    _, pair = another_pair(app, as_role, campaign, now=phone.now)

    alone = send_back(reviewer, broken, pair)
    accompanied = send_back(reviewer, broken, pair, interpreter="机构翻译 7")

    assert reasons(alone) == ["language"]
    assert accompanied.status_code == 200
    asked = session.scalars(select(Return)).one()
    assert (asked.enumerator_a, asked.enumerator_b, asked.interpreter) == (*pair, "机构翻译 7")


def test_a_return_to_whose_household_it_is_names_these_two(
    campaign: Any, phone: Phone, reviewer: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task, care_forgone=None)
    phone.push()
    pair = [campaign.an_enumerator(name) for name in ("Li", "Wang")]

    answer = send_back(reviewer, task.interview_id, pair[::-1])

    assert answer.status_code == 200
    asked = session.scalars(select(Return)).one()
    assert [asked.enumerator_a, asked.enumerator_b] == pair
    assert asked.device_id == phone.device_id


def test_a_village_that_is_handed_over_takes_its_returns_to_the_new_two(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task, care_forgone=None)
    phone.push()
    post(reviewer, task.interview_id, "return", reason="请核对")
    other, pair = another_pair(app, as_role, campaign, now=phone.now)
    planner = as_role(Role.PLANNER, campaign)
    there = f"/api/v1/campaigns/{campaign.id}/assignments"
    (held,) = planner.get(there).get_json()["assignments"]

    handed = planner.post(
        f"{there}/{held['id']}/reassign", json={"enumerators": pair, "reason": "两人发烧"}
    )

    assert handed.status_code == 201
    asked = session.scalars(select(Return)).one()
    assert [asked.enumerator_a, asked.enumerator_b] == pair
    assert asked.device_id == other.device_id
