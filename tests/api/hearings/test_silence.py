"""Silence: a county is silent once a notice has asked it, and its full days have passed since."""

import json
from typing import Any

import pytest
from casework import act, hearing, look, meets, notify
from fieldwork import a_code
from flask import Flask
from phones import a_phone, an_interview

from inspect_app.demo.phone import Phone


@pytest.fixture
def other(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> tuple[list[str], Phone]:
    """A pair that was not there, and its phone."""
    pair = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")]
    found = a_phone(app, seed="other", now=phone.now)
    found.enrol(a_code(as_role, campaign, pair[0]))
    return pair, found


def test_a_county_is_not_silent_while_its_notice_waits_for_a_recheck(
    case: str,
    people: dict[str, Any],
    campaign: Any,
    other: tuple[list[str], Phone],
    frozen_clock: Any,
) -> None:
    pair, phone = other
    meets(people, campaign, "2020-06-04")
    act(people["reviewer"], case, "recheck")
    act(people["reviewer"], case, "visit", enumerators=pair)
    too_soon = notify(people, campaign)
    frozen_clock.pass_by(days=7)  # Wednesday 10 June, two days after what the county's page said
    unasked = act(people["reviewer"], case, "recheck", reason="逾期未举证")
    phone.now = frozen_clock.moment
    phone.pull()
    (task,) = phone.tasks.values()
    an_interview(phone, task)
    phone.push()
    people["reviewer"].post(f"/api/v1/interviews/{task.interview_id}/accept", json={})

    notice = notify(people, campaign)
    just_asked = act(people["reviewer"], case, "recheck", reason="逾期未举证")
    told = look(people["county"], case)
    frozen_clock.pass_by(days=6)
    lapsed = act(people["reviewer"], case, "recheck", reason="逾期未举证")

    assert too_soon.get_json()["type"] == "/problems/step-missing"
    for refused in (unasked, just_asked):
        assert refused.get_json()["type"] == "/problems/case-step"
    assert not told["silent"]
    # Three working days from the notice.
    assert told["reply_until"] == told["due_at"] == "2020-06-15T16:00:00+00:00"
    number = notice.get_json()["number"]
    document = json.loads(people["county"].get(f"/api/v1/notices/{number}/json").data)
    assert document["cases"][0]["due"] == "2020-06-15"
    assert lapsed.get_json()["state"] == "under_ruling"
    assert people["county"].get(hearing(campaign)).get_json()["cases_silent"] == 1


def test_a_notice_that_asks_at_once_moves_no_deadline(
    case: str, people: dict[str, Any], campaign: Any
) -> None:
    meets(people, campaign, "2020-06-10")
    told = act(people["reviewer"], case, "recheck").get_json()
    act(people["county"], case, "evidence", text="先交一份")
    before = look(people["county"], case)

    notify(people, campaign)

    after = look(people["county"], case)
    assert told["reply_until"] == before["reply_until"] == after["reply_until"]
    assert before["due_at"] == after["due_at"]
