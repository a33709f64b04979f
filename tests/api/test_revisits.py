"""Blind re-interviews: drawn by the sealed seed, held by others, compared, never estimated."""

from typing import Any

import pytest
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from second_visits import ask_everybody, ask_often, order, propose
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.revisits import is_drawn
from inspect_app.rules.roles import Role
from inspect_app.services import interviews
from sampling import tickets


@pytest.fixture
def campaign(a_campaign: Any, session: Session) -> Any:
    """A campaign that asks six in ten households again, so that some of the few are drawn."""
    made = a_campaign()
    ask_often(session, made, share=0.6)
    return made


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def others(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> tuple[Phone, list[str]]:
    """The phone of a pair that was not there, and who they are."""
    pair = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")]
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, pair[0]))
    return other, pair


def drawn_by_hand(campaign: Any, phone: Phone) -> set[str]:
    """Who is due, computed from the seed as anybody may after its publication."""
    seed = tickets.reinterview_seed(tickets.county_seed(campaign.seed, campaign.adcode))
    return {
        task.unit_id
        for task in tasks(phone)
        if not task.is_reserve and tickets.fraction(seed, task.unit_id) < 0.6
    }


def test_the_sealed_seed_alone_says_who_is_asked_again(
    phone: Phone, others: Any, reviewer: Any, campaign: Any, as_role: Any, session: Session
) -> None:
    before = propose(reviewer, campaign).get_json()
    ask_everybody(phone)

    told = propose(reviewer, campaign).get_json()
    by_planner = propose(as_role(Role.PLANNER, campaign), campaign).get_json()

    expected = drawn_by_hand(campaign, phone)
    assert before["due"] == []
    assert {one["unit_id"] for one in told["due"]} == expected
    assert 0 < len(expected) < told["completed"]
    assert (told["drawn"], told["share"]) == (len(expected), 0.6)
    assert by_planner == told
    assert told["due"][0]["pairs"] == [others[1]]
    looks = session.scalars(select(AccessEntry.what)).all()
    assert any("due for a second interview" in what for what in looks)


def test_another_pair_asks_again_without_a_hint_and_both_are_compared(
    phone: Phone, others: Any, reviewer: Any, campaign: Any, session: Session
) -> None:
    other, pair = others
    ask_everybody(phone)
    due = propose(reviewer, campaign).get_json()["due"][0]
    first = due["first_interview_id"]
    before = interviews.reviewed(session, campaign.id, campaign.adcode)

    ordered = order(reviewer, campaign, first, pair)
    again = order(reviewer, campaign, first, pair)
    (item,) = [one for one in other.pull() if one["type"] == "assign"]
    an_interview(other, other.tasks[due["unit_id"]], wage_away=0, house_grade="A", gifts=520)
    (result,) = other.push()

    assert (ordered.status_code, again.get_json()) == (201, ordered.get_json())
    assert (item["round"], item["unit_id"]) == ("1b", due["unit_id"])
    assert set(item) == {"type", "interview_id", "unit_id", "village_code", "household_class",
                         "round", "order", "is_reserve", "form_id", "version",
                             "round_kind", "reference_date"}  # fmt: skip
    assert (result["status"], result["rev"]) == ("accepted", 1)
    (listed,) = reviewer.get(f"/api/v1/campaigns/{campaign.id}/revisits").get_json()["revisits"]
    assert (listed["arrived"], listed["differs"]) == (True, ["wage_away", "house_grade"])
    beside = reviewer.get(f"/api/v1/revisits/{item['interview_id']}").get_json()["agreement"]
    assert beside["compared"] - beside["equal"] == 2
    assert {one["field"]: (one["first"], one["second"]) for one in beside["differences"]} == {
        "wage_away": (18000, 0),
        "house_grade": ("B", "A"),
    }
    session.rollback()
    assert interviews.reviewed(session, campaign.id, campaign.adcode) == before
    assert all(
        one["unit_id"] != due["unit_id"] for one in propose(reviewer, campaign).get_json()["due"]
    )


def test_little_agreement_is_shown_to_the_reviewer_and_counted_for_the_pair(
    phone: Phone, others: Any, reviewer: Any, campaign: Any
) -> None:
    other, pair = others
    ask_everybody(phone)
    due = propose(reviewer, campaign).get_json()["due"][0]
    second = order(reviewer, campaign, due["first_interview_id"], pair).get_json()["interview_id"]
    other.pull()
    amounts = ("wage_local", "wage_away", "crop_gross", "livestock_gross", "production_cost",
               "pension", "medical_oop", "cadre_visits", "property_income")  # fmt: skip
    opinions = ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")
    words = {
        **dict.fromkeys(amounts, 7),
        **dict.fromkeys(opinions, "dissatisfied"),
        "sat_overall": "no",
        "clothing_source": "charity",
        "house_grade": "A",
        "food_enough": "short_1_30",
    }
    an_interview(other, other.tasks[due["unit_id"]], **words)
    other.push()

    queue = reviewer.get(f"/api/v1/campaigns/{campaign.id}/review-queue").get_json()
    figures = reviewer.get(
        f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"
    ).get_json()
    accepted = reviewer.post(f"/api/v1/interviews/{second}/accept", json={})

    flagged = {
        one["interview_id"]: flag["detail"]
        for one in queue["interviews"]
        for flag in one["flags"]
        if flag["code"] == "reinterview_differs"
    }
    assert flagged == {second: due["first_interview_id"], due["first_interview_id"]: second}
    (pair_figures,) = figures["pairs"]
    assert pair_figures["reinterviews"] == 1
    assert 0.5 < pair_figures["agreement"] < 0.85
    assert (accepted.status_code, accepted.get_json()["cases"]) == (200, [])


def test_nobody_is_picked_by_hand_and_nobody_goes_twice(
    phone: Phone, others: Any, reviewer: Any, campaign: Any, as_role: Any
) -> None:
    _, pair = others
    ask_everybody(phone)
    due = propose(reviewer, campaign).get_json()["due"][0]
    drawn = drawn_by_hand(campaign, phone)
    picked = next(
        task for task in tasks(phone) if not task.is_reserve and task.unit_id not in drawn
    )
    li = campaign.an_enumerator("Li")

    by_hand = order(reviewer, campaign, picked.interview_id, pair)
    same = order(reviewer, campaign, due["first_interview_id"], [pair[0], li])
    alone = order(reviewer, campaign, due["first_interview_id"], [pair[0], pair[0]])
    unknown = order(reviewer, campaign, "00000000-0000-4000-8000-000000000000", pair)
    leader = order(
        as_role(Role.TEAM_LEADER, campaign, team="A"), campaign, picked.interview_id, pair
    )

    assert by_hand.get_json()["type"] == "/problems/not-drawn"
    assert [one["code"] for one in same.get_json()["reasons"]] == ["was_there"]
    assert [one["code"] for one in alone.get_json()["reasons"]] == ["same_person"]
    assert (unknown.status_code, leader.status_code) == (404, 403)


def test_a_closed_door_of_the_second_visit_leaves_the_first_alone(
    phone: Phone, others: Any, reviewer: Any, campaign: Any, session: Session, as_role: Any
) -> None:
    other, pair = others
    ask_everybody(phone)
    due = propose(reviewer, campaign).get_json()["due"][0]
    order(reviewer, campaign, due["first_interview_id"], pair)
    other.pull()
    other.seal_contact(due["unit_id"], visit_no=1, disposition="moved_out")
    (result,) = other.push()

    session.rollback()
    rows = {row["unit_id"]: row for row in interviews.reviewed(session, campaign.id, "420528")}
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")
    asked = leader.get(f"/api/v1/campaigns/{campaign.id}/replacements").get_json()
    (listed,) = reviewer.get(f"/api/v1/campaigns/{campaign.id}/revisits").get_json()["revisits"]

    assert result["status"] == "accepted"
    assert rows[due["unit_id"]]["disposition"] == "partial"
    assert asked["replacements"] == []
    assert (listed["arrived"], listed["compared"]) == (True, 0)


def test_one_in_twenty_is_drawn_whoever_asks() -> None:
    seed = tickets.reinterview_seed("of a county")

    drawn = sum(is_drawn(tickets.fraction(seed, f"unit {n}"), 0.05) for n in range(20_000))

    assert abs(drawn - 1000) < 5 * (20_000 * 0.05 * 0.95) ** 0.5
