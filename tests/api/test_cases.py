"""Cases: what a county is told, what it may bring, who rules, and what then counts."""

from typing import Any

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from phones import an_interview
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role
from inspect_app.services import interviews

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
DOCUMENT = {"name": "脱贫确认表.pdf", "sha256": "ab" * 32}


@pytest.fixture
def campaign(a_campaign: Any) -> Any:
    return a_campaign()


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    return sent_out(app, as_role, campaign, now=frozen_clock.moment)


@pytest.fixture
def people(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        "reviewer": as_role(Role.REVIEWER, campaign),
        "expert": as_role(Role.EXPERT, campaign),
        "county": as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
        "neighbour": as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour"),
        "commissioner": as_role(Role.COMMISSIONER, campaign),
    }


@pytest.fixture
def case(phone: Phone, people: dict[str, Any]) -> str:
    """A household of E that lives below the line, accepted by the reviewer."""
    return opened(phone, people["reviewer"])


def opened(phone: Phone, by: Any, n: int = 0, **changes: Any) -> str:
    task = tasks(phone)[n]
    an_interview(phone, task, **{**POOR, **changes})
    phone.push()
    answer = by.post(f"/api/v1/interviews/{task.interview_id}/accept", json={})
    return str(answer.get_json()["cases"][0])


def act(client: Any, case: str, step: str, **body: Any) -> Any:
    return client.post(f"/api/v1/cases/{case}/{step}", json=body)


def counted(session: Session, campaign: Any, phone: Phone, n: int = 0) -> Any:
    session.rollback()
    rows = interviews.reviewed(session, campaign.id, campaign.adcode)
    return {row["unit_id"]: row for row in rows}[tasks(phone)[n].unit_id]


def test_a_case_goes_from_suspicion_by_evidence_to_a_ruling(
    case: str, people: dict[str, Any], session: Session, campaign: Any, phone: Phone
) -> None:
    told = act(people["reviewer"], case, "recheck").get_json()
    brought = act(people["county"], case, "evidence", text="见附件", document=DOCUMENT).get_json()
    sent_on = act(people["reviewer"], case, "recheck").get_json()
    ruled = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低").get_json()

    states = [one["state"] for one in (told, brought, sent_on, ruled)]
    assert states == ["evidence_due", "evidence_received", "under_ruling", "confirmed"]
    assert (ruled["kind"], ruled["persons"], ruled["due_at"]) == ("wrong_exit", 4, None)
    row = counted(session, campaign, phone)
    assert (row["wrong_exit"], row["undetermined"]) == (4, [])
    steps = people["expert"].get(f"/api/v1/cases/{case}").get_json()["steps"]
    assert [step["to_state"] for step in steps] == ["suspected", *states]
    assert steps[2]["document"] == DOCUMENT


@pytest.mark.parametrize(
    ("outcome", "persons", "undetermined"),
    [("overturned", 0, []), ("undecided", None, ["wrong_exit_rate"])],
)
def test_what_a_ruling_makes_of_the_figures(
    case: str,
    people: dict[str, Any],
    session: Session,
    campaign: Any,
    phone: Phone,
    outcome: str,
    persons: int | None,
    undetermined: list[str],
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")

    act(people["expert"], case, "ruling", outcome=outcome, reason="有据")

    row = counted(session, campaign, phone)
    assert (row["wrong_exit"], row["undetermined"]) == (persons, undetermined)


def test_an_undecided_case_is_settled_by_the_commissioner(
    case: str, people: dict[str, Any]
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")
    too_early = act(people["commissioner"], case, "ruling", outcome="confirmed", reason="x")
    act(people["expert"], case, "ruling", outcome="undecided", reason="意见不一")

    settled = act(people["commissioner"], case, "ruling", outcome="overturned", reason="复议")

    assert too_early.status_code == 403
    assert settled.get_json()["state"] == "overturned"


def test_silence_of_the_county_ends_with_its_deadline(
    case: str, people: dict[str, Any], frozen_clock: Any
) -> None:
    told = act(people["reviewer"], case, "recheck").get_json()
    early = act(people["reviewer"], case, "recheck")
    frozen_clock.pass_by(days=6)
    late = act(people["reviewer"], case, "recheck", reason="逾期未举证")

    # Wednesday 3 June and three working days: the end of Monday, China time.
    assert told["due_at"] == "2020-06-08T15:59:59+00:00"
    assert early.get_json()["type"] == "/problems/case-step"
    assert late.get_json()["state"] == "under_ruling"


def test_a_county_sees_own_cases_it_was_told_of_and_not_who_said_what(
    case: str, people: dict[str, Any], campaign: Any
) -> None:
    address = f"/api/v1/campaigns/{campaign.id}/cases"
    before = people["county"].get(address).get_json()["cases"]
    act(people["reviewer"], case, "recheck")

    (seen,) = people["county"].get(address).get_json()["cases"]
    shown = people["county"].get(f"/api/v1/cases/{case}").get_json()

    assert before == []
    assert (seen["id"], seen["blocks"], seen["interview_id"]) == (case, ["income"], None)
    assert [step["actor"] for step in shown["steps"]] == [None]
    assert people["neighbour"].get(address).get_json()["cases"] == []
    assert people["neighbour"].get(f"/api/v1/cases/{case}").status_code == 404
    assert act(people["neighbour"], case, "evidence", text="x").status_code == 404


def test_evidence_comes_when_it_is_due_and_may_be_added_to(
    case: str, people: dict[str, Any]
) -> None:
    early = act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")
    for text in ("见附件", "补充材料", "补充材料"):
        assert act(people["county"], case, "evidence", text=text).status_code == 200

    steps = people["expert"].get(f"/api/v1/cases/{case}").get_json()["steps"]
    assert early.status_code == 404  # the county has not been told of the case
    assert [step["reason"] for step in steps[2:]] == ["见附件", "补充材料"]


def test_reviewers_and_counties_do_not_rule(case: str, people: dict[str, Any]) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")

    for name in ("reviewer", "county", "neighbour"):
        answer = act(people[name], case, "ruling", outcome="overturned", reason="x")
        assert answer.status_code == 403


def test_a_reviewer_ends_a_suspicion_only_for_a_data_error(
    case: str, people: dict[str, Any]
) -> None:
    confirmed = act(people["reviewer"], case, "ruling", outcome="confirmed", reason="x")
    silent = act(people["reviewer"], case, "ruling", outcome="overturned", reason="")
    ended = act(people["reviewer"], case, "ruling", outcome="overturned", reason="收入录入多一个零")

    assert (confirmed.status_code, silent.status_code) == (409, 422)
    assert ended.get_json()["state"] == "overturned"


def test_whoever_opened_a_case_does_not_rule_on_it(phone: Phone, people: dict[str, Any]) -> None:
    case = opened(phone, people["expert"])
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")

    answer = act(people["expert"], case, "ruling", outcome="confirmed", reason="x")

    assert answer.get_json()["type"] == "/problems/own-case"


def test_the_same_ruling_again_is_harmless_and_another_is_refused(
    case: str, people: dict[str, Any]
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件")
    act(people["reviewer"], case, "recheck")
    first = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")

    again = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")
    other = act(people["expert"], case, "ruling", outcome="overturned", reason="改判")

    assert again.get_json() == first.get_json()
    assert other.get_json()["type"] == "/problems/case-step"


def test_a_relapse_opens_two_cases(phone: Phone, people: dict[str, Any]) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR, relapsed_since="yes_now", relapse_month="2020-03")
    phone.push()

    answer = people["reviewer"].post(f"/api/v1/interviews/{task.interview_id}/accept", json={})

    kinds = [
        people["reviewer"].get(f"/api/v1/cases/{case}").get_json()["kind"]
        for case in answer.get_json()["cases"]
    ]
    assert sorted(kinds) == ["recurrence", "wrong_exit"]
