"""Rechecks: one visit for the cases that are open together, a new one for a case taken up again."""

from datetime import timedelta
from typing import Any

import pytest
from casework import POOR, act, look, ruled, sent_to_ruling
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.cases import Case


@pytest.fixture
def pairs(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> list[tuple[list[str], Phone]]:
    """Two pairs that were not there, each with a phone."""
    found = []
    for n, names in enumerate((("Zhao", "Qian"), ("Sun", "Zhou"))):
        pair = [campaign.an_enumerator(name) for name in names]
        other = a_phone(app, seed=f"other {n}", now=phone.now)
        other.enrol(a_code(as_role, campaign, pair[0]))
        found.append((pair, other))
    return found


def looks_again(people: dict[str, Any], other: Phone, **changes: Any) -> str:
    """Let a pair visit the household it was sent to, and the reviewer accept what it found."""
    other.pull()
    (task,) = other.tasks.values()
    an_interview(other, task, **changes)
    (result,) = other.push()
    assert result["status"] == "accepted"
    there = f"/api/v1/interviews/{task.interview_id}/accept"
    assert people["reviewer"].post(there, json={}).status_code == 200
    return task.round


def test_a_case_taken_up_again_is_looked_at_again_by_a_pair_of_its_own(
    case: str,
    people: dict[str, Any],
    pairs: list[tuple[list[str], Phone]],
    frozen_clock: Any,
) -> None:
    (first, phone), (second, other) = pairs
    act(people["reviewer"], case, "recheck")
    act(people["reviewer"], case, "visit", enumerators=first)
    assert looks_again(people, phone) == "1c"
    sent_to_ruling(people, case)
    ruled(people, case, "overturned")
    frozen_clock.pass_by(hours=1)
    again = act(people["commissioner"], case, "reopening", reason="复访对可疑").get_json()["id"]
    sent_to_ruling(people, again)

    same = act(people["reviewer"], again, "visit", enumerators=first)
    ordered = act(people["reviewer"], again, "visit", enumerators=second)
    repeated = act(people["reviewer"], again, "visit", enumerators=second)
    experts = {"expert": people["third"], "second": people["fourth"]}
    hasty = act(people["third"], again, "ruling", outcome="confirmed", reason="收入确低")
    round_ = looks_again(people, other)
    settled = ruled(experts, again, "confirmed")

    assert same.get_json()["reasons"][0]["code"] == "was_there"
    assert [visit["arrived"] for visit in ordered.get_json()["visits"]] == [True, True, False]
    assert repeated.get_json() == ordered.get_json()
    assert hasty.get_json()["type"] == "/problems/case-step"
    assert round_ == "1c2"
    assert settled.get_json()["state"] == "confirmed"
    visits = look(people["expert"], again)["visits"]
    assert [visit["round"] for visit in visits] == ["1", "1c", "1c2"]


def test_cases_that_are_open_together_share_a_visit(
    phone: Phone, people: dict[str, Any], pairs: list[tuple[list[str], Phone]]
) -> None:
    (first, other), (second, _) = pairs
    both = relapsed(phone, people)
    for one in both:
        act(people["reviewer"], one, "recheck")
        act(people["county"], one, "evidence", text="见附件", complete=True)

    act(people["reviewer"], both[0], "visit", enumerators=first)
    looks_again(people, other)
    shared = act(people["reviewer"], both[1], "visit", enumerators=second)

    visits = shared.get_json()["visits"]
    assert [(visit["round"], visit["arrived"]) for visit in visits] == [("1", True), ("1c", True)]
    act(people["reviewer"], both[1], "recheck")
    assert ruled(people, both[1], "overturned").get_json()["state"] == "overturned"


@pytest.fixture
def sent(case: str, people: dict[str, Any], pairs: list[tuple[list[str], Phone]]) -> Task:
    """The household of a case before the experts, to which the first pair was sent again."""
    sent_to_ruling(people, case)
    (first, other), _ = pairs
    act(people["reviewer"], case, "visit", enumerators=first)
    other.pull()
    (task,) = other.tasks.values()
    return task


def knocks(other: Phone, task: Task, clock: Any, *days: int) -> None:
    """Let a pair find nobody at home, once on each of these days from now."""
    start = clock.moment
    for n, day in enumerate(days, start=1):
        clock.moment = start + timedelta(days=day)
        other.now = clock.moment
        other.seal_contact(task.unit_id, visit_no=n, disposition="absent")
        assert [result["status"] for result in other.push()] == ["accepted"]


@pytest.mark.parametrize(
    ("days", "is_over"), [((0, 1), False), ((0, 0, 0), False), ((0, 0, 1), True)]
)
def test_a_door_that_stays_closed_ends_a_recheck_after_the_last_visit(
    case: str,
    people: dict[str, Any],
    pairs: list[tuple[list[str], Phone]],
    sent: Task,
    frozen_clock: Any,
    days: tuple[int, ...],
    is_over: bool,
) -> None:
    (_, other), (second, _) = pairs
    knocks(other, sent, frozen_clock, *days)

    proposal = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")
    elsewhere = act(people["reviewer"], case, "visit", enumerators=second)

    assert (proposal.status_code, elsewhere.status_code) == ((200, 409) if is_over else (409, 200))


def test_another_pair_takes_a_recheck_over_and_its_visits_add_to_those_before(
    case: str,
    people: dict[str, Any],
    pairs: list[tuple[list[str], Phone]],
    sent: Task,
    frozen_clock: Any,
) -> None:
    (_, other), (second, third) = pairs
    knocks(other, sent, frozen_clock, 0, 1)
    act(people["reviewer"], case, "visit", enumerators=second)
    third.pull()
    (task,) = third.tasks.values()
    knocks(third, task, frozen_clock, 0)

    assert task.interview_id == sent.interview_id
    assert ruled(people, case, "confirmed").get_json()["state"] == "confirmed"


def test_an_interview_after_closed_doors_is_waited_for_again(
    case: str,
    people: dict[str, Any],
    pairs: list[tuple[list[str], Phone]],
    sent: Task,
    frozen_clock: Any,
) -> None:
    (_, other), _ = pairs
    knocks(other, sent, frozen_clock, 0, 0, 1)
    an_interview(other, sent)
    other.push()

    def proposed() -> int:
        body = {"outcome": "overturned", "reason": "复核达标"}
        return int(act(people["expert"], case, "ruling", **body).status_code)

    come = proposed()
    people["reviewer"].post(f"/api/v1/interviews/{sent.interview_id}/accept", json={})

    assert (come, proposed()) == (409, 200)


def test_a_case_opened_while_a_recheck_was_under_way_keeps_it_once_it_is_accepted(
    phone: Phone,
    people: dict[str, Any],
    pairs: list[tuple[list[str], Phone]],
    frozen_clock: Any,
    session: Session,
) -> None:
    (first, other), _ = pairs
    both = relapsed(phone, people)
    for one in both:
        sent_to_ruling(people, one)
    frozen_clock.pass_by(hours=1)
    act(people["reviewer"], both[0], "visit", enumerators=first)
    frozen_clock.pass_by(hours=1)
    change(session, update(Case).where(Case.id == both[1]).values(opened_at=frozen_clock.moment))
    frozen_clock.pass_by(hours=1)
    looks_again(people, other)

    again = act(people["reviewer"], both[1], "visit", enumerators=first)

    assert again.status_code == 200
    assert [visit["round"] for visit in again.get_json()["visits"]] == ["1", "1c"]


def relapsed(phone: Phone, people: dict[str, Any]) -> list[str]:
    """Open two cases of one household: it fell back, so its exit was wrong and it recurs."""
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR, relapsed_since="yes_now", relapse_month="2020-03")
    phone.push()
    there = f"/api/v1/interviews/{task.interview_id}/accept"
    found: list[str] = people["reviewer"].post(there, json={}).get_json()["cases"]
    return found
