"""Repeats are journeys like any other: their days, their two people and their figures count."""

from datetime import date
from typing import Any

import pytest
from fieldwork import another_pair, tasks
from flask import Flask
from phones import an_interview
from second_visits import change_rulebook
from sending import a_request, codes_of, post, send_back
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role
from inspect_app.services.grounds import history


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


def broken(phone: Phone, *, households: int = 1) -> list[str]:
    """Interviews in rooms that were not cleared, which others have to repeat."""
    asked = [*tasks(phone, "E"), *tasks(phone, "P")][:households]
    for task in asked:
        an_interview(phone, task, room_cleared="no")
    phone.push()
    return [task.interview_id for task in asked]


def answer_all(phone: Phone) -> None:
    phone.pull()
    for task in phone.tasks.values():
        an_interview(phone, task)
    assert {result["status"] for result in phone.push()} == {"accepted"}


def test_who_repeats_together_shares_that_day(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, frozen_clock: Any
) -> None:
    first, second = broken(phone, households=2)
    _, pair = another_pair(app, as_role, campaign, now=phone.now)
    assert send_back(reviewer, first, pair).status_code == 200

    tomorrow = a_request((pair[0], pair[1]), order=2, visit_date="2020-06-04")
    village = post(as_role, campaign, tomorrow, "?check=1")
    same_day = send_back(reviewer, second, pair)
    today = post(as_role, campaign, a_request((pair[0], pair[1]), order=2), "?check=1")

    assert set(codes_of(village)) == {"pair_unchanged"}
    assert same_day.status_code == 200
    assert codes_of(today) == []


def test_a_pair_that_goes_to_a_village_tomorrow_may_be_asked_in_the_evening(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    session: Session,
    frozen_clock: Any,
) -> None:
    first, second = broken(phone, households=2)
    _, pair = another_pair(app, as_role, campaign, now=phone.now)
    frozen_clock.pass_by(hours=12)  # nine in the evening
    village = a_request((pair[0], pair[1]), order=2, visit_date="2020-06-04")
    assert post(as_role, campaign, village).status_code == 201

    evening = send_back(reviewer, first, pair)
    frozen_clock.pass_by(hours=3)
    after_midnight = send_back(reviewer, second, pair)

    assert (evening.status_code, after_midnight.status_code) == (200, 200)
    shared = history(session, campaign.id).shared(frozenset(pair), but=date.min)
    assert shared == 1


def test_days_of_repeats_count_among_those_that_two_may_share(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    session: Session,
    frozen_clock: Any,
) -> None:
    change_rulebook(session, campaign, "pair_max_days]\nvalue = 3\n", "pair_max_days]\nvalue = 1\n")
    first, second = broken(phone, households=2)
    _, (zhao, sun) = another_pair(app, as_role, campaign, now=phone.now)
    qian, zhou = campaign.a_pair("Qian", "Zhou")
    send_back(reviewer, first, [zhao, sun])
    for place, one in ((2, (zhao, qian)), (3, (sun, zhou))):
        there = a_request(one, order=place, visit_date="2020-06-04")
        assert post(as_role, campaign, there).status_code == 201
    frozen_clock.pass_by(days=2)

    again = send_back(reviewer, second, [zhao, sun])

    assert codes_of(again) == ["pair_days"]


@pytest.mark.parametrize("whose", [0, 1], ids=["owner of the phone", "companion"])
def test_a_tie_of_either_who_repeated_it_is_shown(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, whose: int
) -> None:
    (household,) = broken(phone)
    other, pair = another_pair(app, as_role, campaign, now=phone.now)
    send_back(reviewer, household, pair)
    answer_all(other)

    told = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/declarations",
        json={
            "enumerator_id": pair[whose],
            "document_sha256": "e" * 64,
            "signed_on": "2020-06-03",
            "training_score": 95,
            "languages": [],
            "ties": [{"kind": "kin", "county_adcode": campaign.adcode}],
        },
    )

    silent = reviewer.post(f"/api/v1/interviews/{household}/accept", json={})
    assert told.status_code == 201
    assert (silent.status_code, silent.get_json()["flags"]) == (422, ["independence_doubted"])


def test_the_figures_of_a_repeat_are_those_of_who_made_it(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any
) -> None:
    (household,) = broken(phone)
    other, pair = another_pair(app, as_role, campaign, now=phone.now, team="B")
    send_back(reviewer, household, pair)
    answer_all(other)
    accepted = reviewer.post(f"/api/v1/interviews/{household}/accept", json={"reason": "看过"})

    shown = reviewer.get(
        f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"
    ).get_json()

    assert accepted.status_code == 200
    teams = {one["team"]: (one["interviews"], one["accepted"]) for one in shown["teams"]}
    assert teams == {"A": (0, 0), "B": (1, 1)}
    busy = [one["enumerators"] for one in shown["pairs"] if one["interviews"]]
    assert busy == [sorted(pair)]
