"""Cases: what a county is told, what it may bring, who rules, and what then counts."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from casework import POOR, act, meets, notify, opened, ruled, sent_to_ruling
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.campaigns import CampaignStep
from inspect_app.models.cases import CaseEvent, CaseRuling
from inspect_app.models.samples import AccessEntry
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.services import interviews

DOCUMENT = {"name": "脱贫确认表.pdf", "sha256": "ab" * 32}


def counted(session: Session, campaign: Any, phone: Phone, n: int = 0) -> Any:
    session.rollback()
    rows = interviews.reviewed(session, campaign.id, campaign.adcode)
    return {row["unit_id"]: row for row in rows}[tasks(phone)[n].unit_id]


def test_a_case_goes_from_suspicion_by_evidence_to_a_ruling(
    case: str, people: dict[str, Any], session: Session, campaign: Any, phone: Phone
) -> None:
    told = act(people["reviewer"], case, "recheck").get_json()
    brought = act(
        people["county"], case, "evidence", text="见附件", document=DOCUMENT, complete=True
    ).get_json()
    sent_on = act(people["reviewer"], case, "recheck").get_json()
    proposed = act(
        people["expert"], case, "ruling", outcome="confirmed", reason="收入确低"
    ).get_json()
    signed = act(people["second"], case, "ruling/signature", agrees=True, reason="同意").get_json()

    states = [one["state"] for one in (told, brought, sent_on, signed)]
    assert states == ["evidence_due", "evidence_received", "under_ruling", "confirmed"]
    assert (proposed["state"], proposed["rulings"][0]["agrees"]) == ("under_ruling", None)
    (ruling,) = signed["rulings"]
    assert (ruling["reason"], ruling["second_reason"]) == ("收入确低", "同意")
    assert ruling["proposed_by"] != ruling["signed_by"]
    assert (signed["kind"], signed["persons"], signed["due_at"]) == ("wrong_exit", 4, None)
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
    sent_to_ruling(people, case)

    ruled(people, case, outcome)

    row = counted(session, campaign, phone)
    assert (row["wrong_exit"], row["undetermined"]) == (persons, undetermined)


def test_an_undecided_case_is_settled_by_the_commissioner(
    case: str, people: dict[str, Any]
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")
    too_early = act(people["commissioner"], case, "ruling", outcome="confirmed", reason="x")
    ruled(people, case, "undecided", "意见不一")

    proposed = act(people["commissioner"], case, "ruling", outcome="overturned", reason="复议")
    settled = act(people["expert"], case, "ruling/signature", agrees=True)

    assert too_early.status_code == 403
    assert proposed.get_json()["state"] == "undecided"
    assert settled.get_json()["state"] == "overturned"


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
    early = act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")
    for text in ("见附件", "补充材料", "补充材料"):
        assert act(people["county"], case, "evidence", text=text).status_code == 200

    steps = people["expert"].get(f"/api/v1/cases/{case}").get_json()["steps"]
    assert early.status_code == 404  # the county has not been told of the case
    assert [step["reason"] for step in steps[2:]] == ["见附件", "补充材料"]


def test_reviewers_and_counties_do_not_rule(case: str, people: dict[str, Any]) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")

    for name in ("reviewer", "county", "neighbour"):
        answer = act(people[name], case, "ruling", outcome="overturned", reason="x")
        assert answer.status_code == 403


def test_a_reviewer_ends_a_suspicion_only_for_a_data_error(
    case: str, people: dict[str, Any]
) -> None:
    confirmed = act(people["colleague"], case, "ruling", outcome="confirmed", reason="x")
    silent = act(people["colleague"], case, "ruling", outcome="overturned", reason="")
    alone = act(people["colleague"], case, "ruling", outcome="overturned", reason="收入多一个零")
    own = act(people["colleague"], case, "ruling/signature", agrees=True)
    ended = act(people["expert"], case, "ruling/signature", agrees=True)

    assert (confirmed.status_code, silent.status_code) == (409, 422)
    assert alone.get_json()["state"] == "suspected"
    assert own.get_json()["type"] == "/problems/own-proposal"
    assert ended.get_json()["state"] == "overturned"


def test_whoever_opened_a_case_does_not_rule_on_it(phone: Phone, people: dict[str, Any]) -> None:
    case = opened(phone, people["expert"])
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")

    answer = act(people["expert"], case, "ruling", outcome="confirmed", reason="x")

    assert answer.get_json()["type"] == "/problems/own-case"


def test_the_same_ruling_again_is_harmless_and_another_is_refused(
    case: str, people: dict[str, Any]
) -> None:
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")
    first = ruled(people, case, "confirmed", "收入确低")

    again = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")
    signed_again = act(people["second"], case, "ruling/signature", agrees=True)
    other = act(people["expert"], case, "ruling", outcome="overturned", reason="改判")
    dissent = act(people["second"], case, "ruling/signature", agrees=False, reason="后悔")

    assert again.get_json() == signed_again.get_json() == first.get_json()
    assert other.get_json()["type"] == "/problems/case-step"
    assert dissent.get_json()["type"] == "/problems/case-step"


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


def test_a_dissent_is_recorded_and_leaves_the_case_undecided(
    case: str, people: dict[str, Any], session: Session, campaign: Any, phone: Phone
) -> None:
    sent_to_ruling(people, case)
    act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")

    silent = act(people["second"], case, "ruling/signature", agrees=False)
    differs = act(people["second"], case, "ruling/signature", agrees=False, reason="有工资流水")

    assert silent.status_code == 422
    told = differs.get_json()
    assert told["state"] == "undecided"
    assert [(one["agrees"], one["second_reason"]) for one in told["rulings"]] == [
        (False, "有工资流水")
    ]
    assert counted(session, campaign, phone)["undetermined"] == ["wrong_exit_rate"]


def test_nobody_signs_alone_and_two_proposals_do_not_stand_side_by_side(
    case: str, people: dict[str, Any]
) -> None:
    sent_to_ruling(people, case)
    early = act(people["second"], case, "ruling/signature", agrees=True)
    act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")

    own = act(people["expert"], case, "ruling/signature", agrees=True)
    rival = act(people["second"], case, "ruling", outcome="overturned", reason="有流水")
    outsiders = [
        act(people[name], case, "ruling/signature", agrees=True).status_code
        for name in ("reviewer", "county", "commissioner")
    ]

    assert early.get_json()["type"] == "/problems/case-step"
    assert own.get_json()["type"] == "/problems/own-proposal"
    assert rival.get_json()["outcome"] == "confirmed"
    assert outsiders == [403, 403, 403]


def test_two_experts_at_once_leave_one_proposal_and_one_signature(
    case: str, people: dict[str, Any], as_role: Any, campaign: Any, session: Session
) -> None:
    sent_to_ruling(people, case)
    experts = [as_role(Role.EXPERT, campaign, login=f"expert {n}") for n in range(4)]
    outcomes = ["confirmed", "overturned", "confirmed", "overturned"]

    def propose(pair: tuple[Any, str]) -> int:
        answer = act(pair[0], case, "ruling", outcome=pair[1], reason=f"意见 {pair[1]}")
        return int(answer.status_code)

    with ThreadPoolExecutor(4) as pool:
        proposed = list(pool.map(propose, zip(experts, outcomes, strict=True)))
        signed = list(
            pool.map(
                lambda one: act(one, case, "ruling/signature", agrees=True).status_code, experts
            )
        )

    assert sorted(proposed) == [200, 409, 409, 409]
    assert sorted(signed)[:1] == [200]
    assert set(signed) <= {200, 403, 409}
    session.rollback()
    assert len(session.scalars(select(CaseRuling)).all()) == 1
    steps = session.scalars(select(CaseEvent).where(CaseEvent.from_state == "under_ruling")).all()
    assert len(steps) == 1


def test_a_ruled_case_is_taken_up_again_by_the_commissioner_as_a_new_one(
    case: str, people: dict[str, Any], session: Session, campaign: Any, phone: Phone, as_role: Any
) -> None:
    others = {
        "expert": as_role(Role.EXPERT, campaign, login="third expert"),
        "second": as_role(Role.EXPERT, campaign, login="fourth expert"),
    }
    sent_to_ruling(people, case)
    open_still = act(people["commissioner"], case, "reopening", reason="新证据")
    ruled(people, case, "overturned")

    forbidden = act(people["expert"], case, "reopening", reason="新证据")
    new = act(people["commissioner"], case, "reopening", reason="新证据")
    again = act(people["commissioner"], case, "reopening", reason="新证据")

    assert open_still.get_json()["type"] == "/problems/case-step"
    assert forbidden.status_code == 403
    told = new.get_json()
    assert (new.status_code, told["reopens"], told["state"]) == (201, case, "suspected")
    assert again.get_json()["id"] == told["id"]
    old = people["expert"].get(f"/api/v1/cases/{case}").get_json()
    assert old["state"] == "overturned"
    assert counted(session, campaign, phone)["undetermined"] == ["wrong_exit_rate"]
    sent_to_ruling(people, told["id"])
    ruled(others, told["id"], "confirmed")
    assert counted(session, campaign, phone)["wrong_exit"] == 4


LEAD = {"kind": "missed", "persons": 2, "reason": "邻居反映老人另居", "blocks": ["housing"]}


def test_a_lead_from_outside_the_sample_never_enters_a_rate(
    case: str,
    people: dict[str, Any],
    as_role: Any,
    campaign: Any,
    phone: Phone,
    session: Session,
    frozen_clock: Any,
) -> None:
    village = tasks(phone)[0].village_code
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader")
    foreign = as_role(Role.TEAM_LEADER, campaign, team="B", login="foreign")
    address = f"/api/v1/campaigns/{campaign.id}/cases"
    lead = {**LEAD, "village_code": village, "unit_id": f"{village}-n9999"}
    before = counted(session, campaign, phone)

    opened_ = leader.post(address, json=lead)
    again = leader.post(address, json=lead)
    elsewhere = foreign.post(address, json=lead)
    drawn = leader.post(address, json={**lead, "unit_id": tasks(phone)[1].unit_id})

    told = opened_.get_json()
    assert (opened_.status_code, told.keys(), told["state"]) == (201, {"id", "state"}, "suspected")
    assert again.get_json()["id"] == told["id"]
    assert elsewhere.status_code == 404
    # The answer does not tell who was drawn, and nobody is asked for by name or in another village.
    assert drawn.status_code == 201
    assert drawn.get_json().keys() == told.keys()
    for unit in (f"{village}-0001 张三", "外村老人", "420528101999-0001"):
        assert leader.post(address, json={**lead, "unit_id": unit}).status_code == 422
    listed = people["reviewer"].get(f"{address}?from_sample=false").get_json()["cases"]
    assert {one["id"] for one in listed} == {told["id"], drawn.get_json()["id"]}
    meets(people, campaign, "2020-06-04")
    act(people["reviewer"], told["id"], "recheck")
    notify(people, campaign)
    frozen_clock.pass_by(days=6)
    act(people["reviewer"], told["id"], "recheck")
    place = f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}"
    hearing = people["county"].get(place).get_json()
    assert (hearing["cases_told"], hearing["cases_silent"]) == (0, 0)
    assert ruled(people, told["id"], "confirmed").get_json()["state"] == "confirmed"
    assert counted(session, campaign, phone) == before


def test_a_pair_that_was_not_there_rechecks_and_its_findings_stand_beside_the_first(
    case: str,
    people: dict[str, Any],
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    session: Session,
) -> None:
    zhao, qian = campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, zhao))
    wang = campaign.an_enumerator("Wang")
    early = act(people["reviewer"], case, "visit", enumerators=[zhao, qian])
    act(people["reviewer"], case, "recheck")
    act(people["county"], case, "evidence", text="见附件", complete=True)

    same = act(people["reviewer"], case, "visit", enumerators=[zhao, wang])
    ordered = act(people["reviewer"], case, "visit", enumerators=[zhao, qian])
    again = act(people["reviewer"], case, "visit", enumerators=[zhao, qian])
    act(people["reviewer"], case, "recheck")
    hasty = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")
    before = counted(session, campaign, phone)
    other.pull()
    (task,) = other.tasks.values()
    other.seal_contact(task.unit_id, visit_no=1, disposition="absent")
    other.push()
    closed_door = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")
    an_interview(other, task)
    (result,) = other.push()
    unread = act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低")

    assert early.get_json()["type"] == "/problems/case-step"
    assert same.get_json()["reasons"][0]["code"] == "was_there"
    assert ordered.get_json()["visits"][1]["arrived"] is False
    assert again.get_json() == ordered.get_json()
    for refused in (hasty, closed_door, unread):
        assert refused.get_json()["type"] == "/problems/case-step"
    assert (task.round, task.unit_id, result["status"]) == (
        "1c",
        tasks(phone)[0].unit_id,
        "accepted",
    )
    first, second = people["expert"].get(f"/api/v1/cases/{case}").get_json()["visits"]
    assert (first["blocks"]["income"], second["blocks"]["income"]) == ("fails", "ok")
    assert (second["arrived"], second["suspicions"]) == (True, [])
    assert counted(session, campaign, phone) == before
    assert people["county"].get(f"/api/v1/cases/{case}").get_json()["visits"] == []
    accepted = people["reviewer"].post(f"/api/v1/interviews/{task.interview_id}/accept", json={})
    assert accepted.get_json()["cases"] == []
    assert ruled(people, case, "overturned").get_json()["state"] == "overturned"


def test_every_look_at_a_case_is_written_down(
    case: str, people: dict[str, Any], campaign: Any, session: Session
) -> None:
    people["commissioner"].get(f"/api/v1/campaigns/{campaign.id}/cases")
    people["reviewer"].get(f"/api/v1/cases/{case}")

    looks = session.scalars(select(AccessEntry.what)).all()
    assert f"case {case}" in looks
    assert any(what.startswith("1 cases") for what in looks)


def test_neither_the_opener_nor_who_ruled_before_rules_on_a_case_taken_up_again(
    phone: Phone, people: dict[str, Any], campaign: Any, as_role: Any
) -> None:
    case = opened(phone, people["expert"])
    third, fourth, fifth = (as_role(Role.EXPERT, campaign, login=f"expert {n}") for n in (3, 4, 5))
    sent_to_ruling(people, case)
    act(people["second"], case, "ruling", outcome="overturned", reason="有据")
    act(third, case, "ruling/signature", agrees=True)
    new = act(people["commissioner"], case, "reopening", reason="再议").get_json()["id"]
    sent_to_ruling(people, new)

    tried = [
        act(one, new, "ruling", outcome="confirmed", reason="x")
        for one in (people["expert"], people["second"], third)
    ]
    act(fourth, new, "ruling", outcome="confirmed", reason="收入确低")
    signed = [
        act(one, new, "ruling/signature", agrees=True)
        for one in (people["expert"], people["second"], third)
    ]

    assert {one.get_json()["type"] for one in (*tried, *signed)} == {"/problems/own-case"}
    settled = act(fifth, new, "ruling/signature", agrees=True).get_json()
    assert settled["state"] == "confirmed"


def test_nothing_moves_once_the_campaign_is_closed(
    case: str, people: dict[str, Any], campaign: Any, phone: Phone, session: Session
) -> None:
    other = opened(phone, people["reviewer"], 1)
    for one in (case, other):
        sent_to_ruling(people, one)
    act(people["expert"], other, "ruling", outcome="confirmed", reason="收入确低")
    task = tasks(phone)[2]
    an_interview(phone, task, **POOR)
    phone.push()
    boss = campaign.commissioner.actor
    session.add(CampaignStep(campaign_id=campaign.id, step="closed", at=phone.now, by=boss))
    session.commit()
    there = f"/api/v1/campaigns/{campaign.id}"
    lead = {**LEAD, "village_code": task.village_code, "unit_id": f"{task.village_code}-n9999"}
    decision = f"/api/v1/interviews/{task.interview_id}"

    answers = [
        act(people["expert"], case, "ruling", outcome="confirmed", reason="收入确低"),
        act(people["second"], other, "ruling/signature", agrees=True),
        people["reviewer"].post(f"{decision}/accept", json={}),
        people["reviewer"].post(f"{decision}/return", json={"reason": "重访"}),
        people["reviewer"].post(f"{there}/cases", json=lead),
        meets(people, campaign, "2020-06-26"),
        people["county"].post(
            f"{there}/hearings/{campaign.adcode}/statements", json={"text": "迟到的意见"}
        ),
    ]

    told = [(one.status_code, one.get_json()["type"]) for one in answers]
    assert told == [(409, "/problems/step-taken")] * len(answers)


def test_a_ruling_is_final_at_the_verdict(
    case: str, people: dict[str, Any], campaign: Any, session: Session, frozen_clock: Any
) -> None:
    sent_to_ruling(people, case)
    ruled(people, case, "overturned")
    session.add(
        Verdict(
            number="1",
            version=1,
            campaign_id=campaign.id,
            county_adcode=campaign.adcode,
            issued_at=frozen_clock.moment,
            issued_by="reviewer",
            interviews=b"",
            interviews_sha256="0" * 64,
        )
    )
    session.commit()

    late = act(people["commissioner"], case, "reopening", reason="新证据")

    assert (late.status_code, late.get_json()["type"]) == (409, "/problems/case-step")
