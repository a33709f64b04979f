"""Whose an interview is: of the team whose revision counts, and of nobody else's leader."""

from typing import Any

import pytest
from fieldwork import another_pair, tasks
from flask import Flask
from phones import an_interview, answers_for, reseal

from inspect_app.demo.outbox import Sealed
from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def leaders(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        team: as_role(Role.TEAM_LEADER, campaign, team=team, login=f"leader of {team}")
        for team in ("A", "B")
    }


@pytest.fixture
def repeated(app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any) -> str:
    """An interview of team A that was not held as it must be, and that team B repeated."""
    task = tasks(phone)[0]
    an_interview(phone, task, room_cleared="no")
    phone.push()
    other, pair = another_pair(app, as_role, campaign, now=phone.now, team="B")
    post(reviewer, task.interview_id, "return", reason="换组", enumerators=pair)
    other.pull()
    an_interview(other, next(iter(other.tasks.values())))
    assert [result["status"] for result in other.push()] == ["accepted"]
    return task.interview_id


def post(client: Any, interview_id: str, act: str, **body: Any) -> Any:
    return client.post(f"/api/v1/interviews/{interview_id}/{act}", json=body)


def seen_by(client: Any, campaign: Any) -> tuple[list[str], list[str], int]:
    """Ids in the list and in the queue, and how many the counts of the queue add up to."""
    here = f"/api/v1/campaigns/{campaign.id}"
    queue = client.get(f"{here}/review-queue").get_json()
    listed = client.get(f"{here}/interviews").get_json()["interviews"]
    return (
        [one["interview_id"] for one in listed],
        [one["interview_id"] for one in queue["interviews"]],
        sum(one["waiting"] for one in queue["counts"]),
    )


def test_a_repeat_is_the_other_teams_and_no_longer_the_first_ones(
    repeated: str, leaders: dict[str, Any], campaign: Any
) -> None:
    first, second = leaders["A"], leaders["B"]

    asked = [
        first.get(f"/api/v1/interviews/{repeated}"),
        post(first, repeated, "return", reason="再来"),
        post(first, repeated, "conflict", rev=1, reason="第一版"),
    ]
    read = second.get(f"/api/v1/interviews/{repeated}")
    returned = post(second, repeated, "return", reason="请补签名")

    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert read.get_json()["versions"][-1]["rev"] == 2
    assert returned.status_code == 200
    assert seen_by(first, campaign) == ([], [], 0)
    assert seen_by(second, campaign) == ([repeated], [], 0)


def test_a_choice_between_revisions_gives_the_interview_to_who_sent_the_chosen_one(
    repeated: str, phone: Phone, reviewer: Any, leaders: dict[str, Any]
) -> None:
    sealed = phone.outbox[0]
    op = reseal(sealed, answers=answers_for(tasks(phone)[0], room_cleared="no"))
    op["op_id"] = "00000000-0000-4000-8000-000000000001"
    sealed.op, sealed.result = op, None
    phone.push()

    post(reviewer, repeated, "conflict", rev=3, reason="第二组找错了户")

    found = {
        team: leader.get(f"/api/v1/interviews/{repeated}").status_code
        for team, leader in leaders.items()
    }
    assert found == {"A": 200, "B": 404}


def test_what_was_released_for_another_phone_is_its_teams_when_chosen(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    leaders: dict[str, Any],
) -> None:
    task = tasks(phone)[0]
    first = an_interview(phone, task)
    phone.push()
    other, _ = another_pair(app, as_role, campaign, now=phone.now, team="B")
    op = reseal(first, answers=answers_for(task))
    (sent,) = other.push_once([Sealed(op | {"op_id": "00000000-0000-4000-8000-000000000001"})])
    aside = f"/api/v1/campaigns/{campaign.id}/quarantine"
    (kept,) = reviewer.get(aside).get_json()["quarantine"]

    released = reviewer.post(
        f"{aside}/{kept['number']}/release",
        json={"reason": "借用乙组平板", "as_device": phone.device_id},
    )
    post(reviewer, task.interview_id, "conflict", rev=2, reason="第二版完整")

    assert (sent["status"], released.get_json()["status"]) == ("not_assigned", "conflict")
    found = {
        team: leader.get(f"/api/v1/interviews/{task.interview_id}").status_code
        for team, leader in leaders.items()
    }
    assert found == {"A": 200, "B": 404}
