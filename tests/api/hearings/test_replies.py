"""The right of reply: deadlines, silence, and who answers for a county."""

from datetime import UTC, datetime
from typing import Any

from casework import act, meets, notify, opened
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.accounts import Account
from inspect_app.rules.roles import Role


def test_silence_of_the_county_ends_with_its_deadline(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    meets(people, campaign, "2020-06-04")
    told = act(people["reviewer"], case, "recheck").get_json()
    notify(people, campaign)
    early = act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(days=6)
    late = act(people["reviewer"], case, "recheck", reason="逾期未举证")

    # Wednesday 3 June and three working days: the end of Monday, China time.
    assert told["due_at"] == "2020-06-08T16:00:00+00:00"
    assert early.get_json()["type"] == "/problems/case-step"
    assert late.get_json()["state"] == "under_ruling"


def test_silence_is_on_the_record(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    meets(people, campaign, "2020-06-04")
    act(people["reviewer"], case, "recheck")
    notify(people, campaign)
    frozen_clock.pass_by(days=6)
    waiting = people["reviewer"].get(f"/api/v1/cases/{case}").get_json()
    act(people["reviewer"], case, "recheck")

    shown = people["reviewer"].get(f"/api/v1/cases/{case}").get_json()
    hearing = (
        people["county"]
        .get(f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}")
        .get_json()
    )

    assert (waiting["overdue"], waiting["silent"]) == (True, False)
    assert (shown["overdue"], shown["silent"]) == (False, True)
    assert shown["steps"][-1]["lapsed"]
    told = (hearing["cases_told"], hearing["cases_answered"], hearing["cases_silent"])
    assert told == (1, 0, 1)


def test_no_evidence_is_due_before_the_feedback_meeting(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    address = f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}/meeting"
    told = act(people["reviewer"], case, "recheck").get_json()
    frozen_clock.pass_by(days=8)
    unmet = act(people["reviewer"], case, "recheck", reason="逾期未举证")

    entered = meets(people, campaign, "2020-06-20")
    later = people["reviewer"].get(f"/api/v1/cases/{case}").get_json()

    assert told["due_at"] == told["reply_until"] == "2020-06-08T16:00:00+00:00"
    assert unmet.get_json()["type"] == "/problems/case-step"
    assert entered.get_json()["meeting"] == "2020-06-20"
    assert later["due_at"] == later["reply_until"] == "2020-06-20T16:00:00+00:00"
    assert people["county"].post(address, json={"held_on": "2020-06-30"}).status_code == 403


def test_a_deadline_once_told_moves_only_later(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    backdated = meets(people, campaign, "2020-06-02")
    meets(people, campaign, "2020-06-26")
    untold = meets(people, campaign, "2020-06-25")
    told = act(people["reviewer"], case, "recheck").get_json()
    frozen_clock.pass_by(days=14)

    past = meets(people, campaign, "2020-06-01")
    sooner = meets(people, campaign, "2020-06-24")
    hasty = act(people["reviewer"], case, "recheck", reason="逾期")
    later = meets(people, campaign, "2020-06-29")

    assert (backdated.status_code, past.status_code) == (422, 422)
    assert untold.get_json()["meeting"] == "2020-06-25"
    assert told["due_at"] == "2020-06-25T16:00:00+00:00"
    assert sooner.get_json()["type"] == "/problems/conflict"
    assert hasty.get_json()["type"] == "/problems/case-step"
    assert later.status_code == 200
    seen = people["county"].get(f"/api/v1/cases/{case}").get_json()
    assert (seen["state"], seen["due_at"]) == ("evidence_due", "2020-06-29T16:00:00+00:00")


def test_the_first_paper_does_not_end_the_right_of_reply(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any
) -> None:
    meets(people, campaign, "2020-06-10")
    act(people["reviewer"], case, "recheck")
    first = act(people["county"], case, "evidence", text="先交一份，其余随后").get_json()
    early = act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(days=6)
    more = act(people["county"], case, "evidence", text="其余材料").get_json()
    frozen_clock.moment = datetime(2020, 6, 10, 15, 59, 59, tzinfo=UTC)
    last_second = act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(seconds=1)
    over = act(people["reviewer"], case, "recheck").get_json()

    assert (first["state"], first["reply_until"]) == (
        "evidence_received",
        "2020-06-10T16:00:00+00:00",
    )
    # The reviewer's two days begin when the county's time has ended.
    assert first["due_at"] == more["due_at"] == "2020-06-12T16:00:00+00:00"
    for refused in (early, last_second):
        assert refused.get_json()["type"] == "/problems/case-step"
    assert (over["state"], over["silent"]) == ("under_ruling", False)


def test_a_county_that_has_said_all_need_not_wait_for_its_deadline(
    case: str, people: dict[str, Any]
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    sent = act(people["reviewer"], case, "recheck").get_json()

    steps = people["county"].get(f"/api/v1/cases/{case}").get_json()["steps"]
    assert sent["state"] == "under_ruling"
    assert [step["complete"] for step in steps] == [False, False, True, False]


def test_a_county_is_neither_asked_nor_silent_while_nobody_answers_for_it(
    phone: Phone, as_role: Any, campaign: Any, session: Session, frozen_clock: Any
) -> None:
    reviewer = as_role(Role.REVIEWER, campaign)
    case = opened(phone, reviewer)
    unheard = act(reviewer, case, "recheck")
    as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    told = act(reviewer, case, "recheck").get_json()
    account = session.scalars(select(Account).where(Account.login == "county_official")).one()
    account.locked_at = frozen_clock.moment
    session.commit()
    frozen_clock.pass_by(days=30)

    lapse = act(reviewer, case, "recheck", reason="逾期未举证")

    assert (unheard.status_code, unheard.get_json()["type"]) == (409, "/problems/case-step")
    assert told["state"] == "evidence_due"
    assert lapse.get_json()["type"] == "/problems/case-step"
    assert not reviewer.get(f"/api/v1/cases/{case}").get_json()["silent"]


def test_only_a_commissioner_ends_an_officials_part_and_never_the_last_while_evidence_is_due(
    case: str, people: dict[str, Any], campaign: Any, as_role: Any
) -> None:
    planner = as_role(Role.PLANNER, campaign)
    there = f"/api/v1/campaigns/{campaign.id}/memberships"
    people["reviewer"].post(f"/api/v1/cases/{case}/recheck", json={})
    members = planner.get(there).get_json()["members"]
    (official,) = [row["account_id"] for row in members if row["county_adcode"] == campaign.adcode]

    by_planner = planner.post(f"{there}/{official}/end")
    the_last = people["commissioner"].post(f"{there}/{official}/end")
    as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode, login="successor")
    succeeded = people["commissioner"].post(f"{there}/{official}/end")

    assert (by_planner.status_code, the_last.status_code) == (403, 409)
    assert the_last.get_json()["type"] == "/problems/conflict"
    assert succeeded.get_json()["ended_at"] is not None


def test_a_successor_has_the_full_time_to_answer(
    case: str, people: dict[str, Any], campaign: Any, app: Flask, frozen_clock: Any
) -> None:
    meets(people, campaign, "2020-06-04")
    act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(days=5)
    invited = people["commissioner"].post(
        f"/api/v1/campaigns/{campaign.id}/invitations",
        json={
            "login": "successor",
            "name": "新任",
            "role": "county_official",
            "county_adcode": campaign.adcode,
        },
    )
    token = invited.get_json()["token"]
    before = people["reviewer"].get(f"/api/v1/cases/{case}").get_json()
    body = {"token": token, "password": "a long enough pass 77"}
    joined = app.test_client().post("/api/v1/invitations/accounts", json=body)

    after = people["reviewer"].get(f"/api/v1/cases/{case}").get_json()

    assert joined.status_code == 201, joined.get_json()
    assert before["due_at"] == "2020-06-08T16:00:00+00:00"
    # Monday 8 June and three working days.
    assert after["due_at"] == after["reply_until"] == "2020-06-11T16:00:00+00:00"
