"""The nightly review: flags, returns, acceptance, replacements, and what counts afterwards."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fieldwork import a_code, another_pair, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.interviews import Interview, Return, Review
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import AccessEntry, Enumerator, SampleHousehold
from inspect_app.rules.roles import Role
from inspect_app.services import interviews

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


def arrive(phone: Phone, task: Task, **changes: Any) -> str:
    """Seal and send one interview; return its id."""
    an_interview(phone, task, **changes)
    assert [result["status"] for result in phone.push()] == ["accepted"]
    return task.interview_id


def post(client: Any, interview_id: str, act: str, **body: Any) -> Any:
    return client.post(f"/api/v1/interviews/{interview_id}/{act}", json=body)


def listed(client: Any, campaign: Any, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/campaigns/{campaign.id}/interviews", query_string=query)
    return {one["interview_id"]: one for one in answer.get_json()["interviews"]}


def codes(interview: dict[str, Any]) -> set[str]:
    return {flag["code"] for flag in interview["flags"]}


def row_of(session: Session, campaign: Any, unit_id: str) -> dict[str, Any]:
    session.rollback()
    rows = interviews.reviewed(session, campaign.id, campaign.adcode)
    return {row["unit_id"]: row for row in rows}[unit_id]


def test_a_sound_interview_is_listed_without_answers_and_accepted(
    phone: Phone, reviewer: Any, campaign: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task)

    (seen,) = listed(reviewer, campaign, state="received").values()
    answer = post(reviewer, interview_id, "accept")

    assert (seen["unit_id"], seen["state"], seen["suspicions"]) == (task.unit_id, "received", [])
    assert "answers" not in seen
    assert answer.get_json() == {
        "interview_id": interview_id,
        "state": "accepted",
        "rev": 1,
        "return_id": None,
        "cases": [],
    }
    row = row_of(session, campaign, task.unit_id)
    assert (row["disposition"], row["class_found"], row["wrong_exit"]) == ("completed", "E", 0)
    assert (row["missed"], row["recurrence"], row["approves"]) == (0, 0, 1)
    assert row["undetermined"] == []
    assert row["sat_overall"] == "yes"


def test_an_interview_counts_as_partial_until_it_is_accepted(
    phone: Phone, campaign: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    arrive(phone, task)

    assert row_of(session, campaign, task.unit_id) == {
        "unit_id": task.unit_id,
        "disposition": "partial",
    }


def test_a_suspicion_opens_a_case_and_is_undetermined_until_the_ruling(
    phone: Phone, reviewer: Any, campaign: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task, **POOR)

    first = post(reviewer, interview_id, "accept").get_json()
    again = post(reviewer, interview_id, "accept").get_json()

    assert len(first["cases"]) == 1
    assert again == first
    row = row_of(session, campaign, task.unit_id)
    assert row["wrong_exit"] is None
    assert row["undetermined"] == ["wrong_exit_rate"]


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"official_absent": "no", "present": ["village_official"]}, "official_present"),
        ({"room_cleared": "no"}, "room_not_cleared"),
    ],
)
def test_an_interview_before_officials_is_returned_never_accepted(
    phone: Phone, reviewer: Any, campaign: Any, changes: dict[str, Any], flag: str
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], **changes)

    refused = post(reviewer, interview_id, "accept")

    assert listed(reviewer, campaign)[interview_id]["must_return"]
    assert (refused.status_code, refused.get_json()["type"]) == (409, "/problems/must-return")
    assert refused.get_json()["flags"] == [flag]


def test_a_return_reaches_the_phone_and_its_answer_becomes_the_next_revision(
    phone: Phone, reviewer: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task, care_forgone=None)

    sent = post(reviewer, interview_id, "return", reason="请清场后重访").get_json()
    again = post(reviewer, interview_id, "return", reason="请清场后重访").get_json()
    phone.pull()
    an_interview(phone, task)
    (result,) = phone.push()

    assert sent["state"] == "returned"
    assert again == sent
    assert phone.returns[interview_id]["return_id"] == sent["return_id"]
    assert (result["status"], result["rev"]) == ("accepted", 2)
    assert post(reviewer, interview_id, "accept").get_json()["rev"] == 2
    assert session.scalars(select(Interview.state)).one() == "accepted"


def test_a_return_may_go_to_another_pair(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any
) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task, room_cleared="no")
    other, pair = another_pair(app, as_role, campaign, now=phone.now)

    same = post(reviewer, interview_id, "return", reason="请清场后重访")
    answer = post(reviewer, interview_id, "return", reason="换组重访", enumerators=pair)
    other.pull()
    an_interview(other, next(iter(other.tasks.values())))

    assert same.get_json()["type"] == "/problems/other-pair-needed"
    assert same.get_json()["flags"] == ["room_not_cleared"]
    assert answer.status_code == 200
    assert [task.interview_id for task in other.tasks.values()] == [interview_id]
    assert [result["status"] for result in other.push()] == ["accepted"]
    versions = reviewer.get(f"/api/v1/interviews/{interview_id}").get_json()["versions"]
    assert [one["answers"]["room_cleared"] for one in versions] == ["no", "yes"]
    phone.pull()
    assert task.unit_id not in phone.tasks


@pytest.mark.parametrize("returned", ["before", "after"])
def test_a_return_follows_the_village_to_the_phone_that_took_it_over(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, returned: str
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], care_forgone=None)
    well = [campaign.an_enumerator(name) for name in ("Zhao", "Sun")]
    other = a_phone(app, seed="other", now=phone.now)
    other.enrol(a_code(as_role, campaign, well[0]))
    (held,) = (
        as_role(Role.PLANNER, campaign)
        .get(f"/api/v1/campaigns/{campaign.id}/assignments")
        .get_json()["assignments"]
    )

    if returned == "before":
        post(reviewer, interview_id, "return", reason="请核对")
    handed = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/{held['id']}/reassign",
        json={"enumerators": well, "reason": "两人发烧"},
    )
    if returned == "after":
        post(reviewer, interview_id, "return", reason="请核对")
    other.pull()
    mine = {task.interview_id: task for task in other.tasks.values()}
    an_interview(other, mine[interview_id])
    (result,) = other.push()

    assert handed.status_code == 201
    assert (result["status"], result["rev"]) == ("accepted", 2)


def test_a_household_that_others_repeated_is_asked_again_of_them(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any
) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task, room_cleared="no")
    other, pair = another_pair(app, as_role, campaign, now=phone.now)
    first = [campaign.an_enumerator(name) for name in ("Li", "Wang")]
    post(reviewer, interview_id, "return", reason="换组重访", enumerators=pair)
    other.pull()
    phone.pull()
    an_interview(other, next(iter(other.tasks.values())), care_forgone=None)
    other.push()

    first_pair = post(reviewer, interview_id, "return", reason="请核对", enumerators=first)
    post(reviewer, interview_id, "return", reason="请核对")
    other.pull()
    phone.pull()
    an_interview(other, other.tasks[task.unit_id])
    (result,) = other.push()

    assert {one["code"] for one in first_pair.get_json()["reasons"]} >= {"was_there"}
    assert task.unit_id not in phone.tasks
    assert (result["status"], result["rev"]) == ("accepted", 3)


def test_a_return_goes_to_nobody_who_was_there_or_is_at_home_there(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, reviewer: Any, session: Session
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], care_forgone=None)
    _, (zhao, _) = another_pair(app, as_role, campaign, now=phone.now)
    wang, native = campaign.an_enumerator("Wang"), campaign.an_enumerator("Bai")
    change(session, update(Enumerator).where(Enumerator.id == native).values(home_adcode="420528"))

    answers = {
        name: post(reviewer, interview_id, "return", reason="重访", enumerators=[zhao, one])
        for name, one in (("partner", wang), ("native", native))
    }

    reasons = {
        name: [reason["code"] for reason in answer.get_json()["reasons"]]
        for name, answer in answers.items()
    }
    assert {answer.status_code for answer in answers.values()} == {422}
    assert reasons == {"partner": ["was_there"], "native": ["home_county"]}


def test_a_leader_sends_interviews_only_to_the_own_team(
    app: Flask, as_role: Any, campaign: Any, phone: Phone
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], care_forgone=None)
    _, foreign = another_pair(app, as_role, campaign, now=phone.now, team="B")
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")

    away = post(leader, interview_id, "return", reason="重访", enumerators=foreign)
    home = post(leader, interview_id, "return", reason="重访")

    assert (away.status_code, home.status_code) == (404, 200)


def test_a_suspicion_that_goes_with_a_return_is_on_the_record(
    phone: Phone, reviewer: Any, campaign: Any, session: Session
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], **POOR)
    post(reviewer, interview_id, "return", reason="请核对收入")
    phone.pull()
    an_interview(phone, tasks(phone)[0])
    phone.push()

    (seen,) = listed(reviewer, campaign).values()
    post(reviewer, interview_id, "accept", reason="已核实收入")

    assert "suspicion_gone" in codes(seen)
    stored = session.scalars(select(Review.flags)).one()
    assert {"wrong_exit"} == {flag["detail"] for flag in stored if flag["code"] == "suspicion_gone"}
    figures = reviewer.get(
        f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"
    ).get_json()
    assert figures["county"]["gone"] == 1


def test_files_that_are_missing_are_waited_for_or_done_without_for_a_reason(
    phone: Phone, reviewer: Any, campaign: Any, session: Session
) -> None:
    task = tasks(phone)[0]
    photo = phone.keep(b"\xff\xd8\xff a house")
    an_interview(phone, task, obs_photo=photo)
    phone.push_once(phone.unsent)

    waits = post(reviewer, task.interview_id, "accept")
    silent = post(reviewer, task.interview_id, "accept", without_files=True)
    accepted = post(
        reviewer, task.interview_id, "accept", without_files=True, reason="手机落水，照片已失"
    )

    assert (waits.status_code, waits.get_json()["files"]) == (409, 1)
    assert waits.get_json()["type"] == "/problems/files-missing"
    assert silent.status_code == 422
    assert accepted.get_json()["state"] == "accepted"
    line = session.scalars(select(LedgerEntry).where(LedgerEntry.status == "without_files")).one()
    assert (line.type, line.interview_id) == ("event", task.interview_id)
    assert session.scalars(select(Review.without_files)).one()


def test_two_reviewers_at_once_leave_one_decision(
    app: Flask, phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    interview_id = arrive(phone, tasks(phone)[0], **POOR)
    clients = [as_role(Role.REVIEWER, campaign, login=f"reviewer {n}") for n in range(4)]
    acts = ["accept", "return", "accept", "return"]

    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda pair: post(pair[0], interview_id, pair[1], reason="x"),
                zip(clients, acts, strict=True),
            )
        )

    states = {answer.get_json().get("state") for answer in answers if answer.status_code == 200}
    assert len(states) == 1
    assert {answer.status_code for answer in answers} <= {200, 409}
    session.rollback()
    decided = len(session.scalars(select(Review)).all()) + len(
        session.scalars(select(Return)).all()
    )
    assert decided == 1


def test_an_answer_after_acceptance_stands_aside(phone: Phone, reviewer: Any) -> None:
    task = tasks(phone)[0]
    interview_id = arrive(phone, task)
    post(reviewer, interview_id, "accept")

    late = post(reviewer, interview_id, "return", reason="noch einmal")

    assert late.get_json()["type"] == "/problems/review-closed"


def test_a_conflict_is_decided_by_a_person_with_a_reason(
    phone: Phone, reviewer: Any, app: Flask, session: Session
) -> None:
    from phones import reseal

    interview_id = arrive(phone, tasks(phone)[0])
    second = reseal(phone.outbox[0], salt="another-salt-of-22-chars")
    second["op_id"] = "00000000-0000-4000-8000-000000000001"
    phone.outbox[0].op, phone.outbox[0].result = second, None
    phone.push()

    silent = post(reviewer, interview_id, "accept")
    missing = post(reviewer, interview_id, "accept", rev=7, reason="第二次更完整")
    picked = post(reviewer, interview_id, "accept", rev=2, reason="第二次更完整")

    assert silent.status_code == 422
    assert missing.get_json()["type"] == "/problems/revision-stale"
    assert picked.get_json()["rev"] == 2
    assert session.scalars(select(Review.reason)).one() == "第二次更完整"


def test_copied_short_and_straight_lined_interviews_are_flagged(
    phone: Phone, reviewer: Any, campaign: Any
) -> None:
    one, other = tasks(phone)[:2]
    honest = arrive(phone, tasks(phone)[2], medical_oop=1234)
    alike = {
        "ended_at": "2020-06-03T09:06:00+08:00",
        "started_at": "2020-06-03T09:00:00+08:00",
        **dict.fromkeys(("sat_policy", "sat_measures", "sat_exit", "sat_cadres"), "very_satisfied"),
    }
    copies = [arrive(phone, task, **alike) for task in (one, other)]

    seen = listed(reviewer, campaign)

    for copy in copies:
        assert {"identical_answers", "too_short", "straight_lined"} <= codes(seen[copy])
    assert not {"identical_answers", "too_short"} & codes(seen[honest])


def test_answers_are_shown_to_reviewers_and_the_look_is_written_down(
    phone: Phone, reviewer: Any, as_role: Any, campaign: Any, session: Session
) -> None:
    interview_id = arrive(phone, tasks(phone)[0])

    shown = reviewer.get(f"/api/v1/interviews/{interview_id}").get_json()
    county = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)

    assert shown["versions"][0]["answers"]["class_found"] == "E"
    assert shown["versions"][0]["findings"]["blocks"]
    assert county.get(f"/api/v1/interviews/{interview_id}").status_code == 403
    looks = session.scalars(select(AccessEntry.what)).all()
    assert f"interview {interview_id}" in looks


def test_a_team_leader_sees_the_own_team_only(phone: Phone, as_role: Any, campaign: Any) -> None:
    interview_id = arrive(phone, tasks(phone)[0])
    own = as_role(Role.TEAM_LEADER, campaign, team="A", login="a")
    foreign = as_role(Role.TEAM_LEADER, campaign, team="B", login="b")

    assert set(listed(own, campaign)) == {interview_id}
    assert listed(foreign, campaign) == {}
    assert post(foreign, interview_id, "return", reason="x").status_code == 404
    assert post(own, interview_id, "accept").status_code == 403


def test_the_list_goes_on_by_key(phone: Phone, reviewer: Any, campaign: Any) -> None:
    everything = sorted(arrive(phone, task) for task in tasks(phone)[:3])
    seen: list[str] = []
    after = None
    for _ in range(3):
        query = {"limit": 2} | ({"after": after} if after else {})
        page = reviewer.get(
            f"/api/v1/campaigns/{campaign.id}/interviews", query_string=query
        ).get_json()
        seen += [one["interview_id"] for one in page["interviews"]]
        after = page["next"]
        if after is None:
            break

    assert seen == everything


@pytest.fixture
def leader(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A")


def test_an_approved_reserve_counts_and_says_whom_it_replaces(
    phone: Phone, leader: Any, reviewer: Any, campaign: Any, session: Session
) -> None:
    cell = tasks(phone)
    lost, reserve = cell[0], next(task for task in cell if task.is_reserve)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    phone.push()
    arrive(phone, reserve)
    body = {"reserve_unit_id": reserve.unit_id, "reason": "整户迁出"}

    first = post(leader, lost.interview_id, "replacement", **body)
    again = post(leader, lost.interview_id, "replacement", **body)

    assert (first.status_code, again.get_json()) == (201, first.get_json())
    stored = session.get_one(SampleHousehold, (campaign.id, reserve.unit_id))
    assert (stored.replaces, stored.opened_at is not None) == (lost.unit_id, True)
    assert row_of(session, campaign, lost.unit_id)["disposition"] == "moved_out"
    post(reviewer, reserve.interview_id, "accept")
    assert row_of(session, campaign, reserve.unit_id)["disposition"] == "completed"


def test_reserves_out_of_order_foreign_or_without_ground_are_refused(
    phone: Phone, leader: Any, as_role: Any, campaign: Any
) -> None:
    cell = tasks(phone)
    reserves = [task for task in cell if task.is_reserve]
    phone.seal_contact(cell[0].unit_id, visit_no=1, disposition="dead")
    phone.seal_contact(cell[1].unit_id, visit_no=1, disposition="partial")
    phone.push()

    def status(lost: Task, reserve: str, client: Any = leader) -> int:
        answer = post(client, lost.interview_id, "replacement", reserve_unit_id=reserve, reason="x")
        return int(answer.status_code)

    assert status(cell[0], reserves[1].unit_id) == 409  # not the next ticket
    assert status(cell[0], cell[2].unit_id) == 409  # no reserve
    assert status(cell[1], reserves[0].unit_id) == 409  # may be called back
    assert status(cell[2], reserves[0].unit_id) == 409  # nobody went there
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="b")
    assert status(cell[0], reserves[0].unit_id, other) == 404
    assert status(cell[0], reserves[0].unit_id) == 201
    phone.seal_contact(cell[1].unit_id, visit_no=2, disposition="refused")
    phone.push()
    assert status(cell[1], reserves[0].unit_id) == 409  # used already
    assert status(cell[1], reserves[1].unit_id) == 201


def test_nobody_met_allows_a_replacement_only_after_the_last_visit_on_another_day(
    phone: Phone, leader: Any, campaign: Any
) -> None:
    cell = tasks(phone)
    village = cell[0].village_code
    lost, reserve = cell[0], next(task for task in cell if task.is_reserve)
    body = {"reserve_unit_id": reserve.unit_id, "reason": "无人在家"}

    def call(visit_no: int) -> tuple[int, bool, bool]:
        phone.seal_contact(lost.unit_id, visit_no=visit_no, disposition="absent")
        phone.push()
        answer = post(leader, lost.interview_id, "replacement", **body)
        (asked,) = leader.get(f"/api/v1/campaigns/{campaign.id}/replacements").get_json()[
            "replacements"
        ]
        return answer.status_code, asked["is_due"], reserve in phone.to_visit(village)

    same_day = [call(1), call(2), call(3)]
    no_return = post(leader, lost.interview_id, "replacement-refusal", reason="再去")
    phone.now += timedelta(days=1)
    next_day = call(4)

    assert same_day == [(409, False, False)] * 3
    assert no_return.status_code == 409
    assert next_day == (201, True, True)


def test_a_late_approval_counts_and_says_so(
    phone: Phone, leader: Any, reviewer: Any, campaign: Any, frozen_clock: Any, session: Session
) -> None:
    cell = tasks(phone)
    lost, reserve = cell[0], next(task for task in cell if task.is_reserve)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    phone.push()
    address = f"/api/v1/campaigns/{campaign.id}/replacements"

    (asked,) = leader.get(address).get_json()["replacements"]
    refused = post(leader, lost.interview_id, "replacement-refusal", reason="请再去一次")
    again = leader.get(f"{address}?state=refused").get_json()["replacements"]
    frozen_clock.pass_by(hours=30)
    late = post(
        leader, lost.interview_id, "replacement", reserve_unit_id=reserve.unit_id, reason="确已迁出"
    )
    closed = post(leader, lost.interview_id, "replacement-refusal", reason="请再去一次")
    (seen,) = reviewer.get(f"{address}?state=approved").get_json()["replacements"]
    figures = reviewer.get(
        f"/api/v1/campaigns/{campaign.id}/quality?county_adcode={campaign.adcode}"
    ).get_json()

    assert (asked["state"], asked["next_reserve"]) == ("requested", reserve.unit_id)
    assert [visit["disposition"] for visit in asked["visits"]] == ["moved_out"]
    assert (refused.status_code, len(again)) == (201, 1)
    assert again[0]["refused"]["reason"] == "请再去一次"
    assert (late.status_code, late.get_json()["late"]) == (201, True)
    assert closed.get_json()["type"] == "/problems/reserve-refused"
    assert seen["approved"]["reserve_unit_id"] == reserve.unit_id
    assert (figures["county"]["replaced"], figures["county"]["replaced_late"]) == (1, 1)
    assert figures["replacement_alarm"] == (1 / figures["county"]["drawn"] > 0.1)
    assert "of a county" not in str(figures)
    assert lost.unit_id not in str(figures)


def test_another_team_hears_of_no_replacement(phone: Phone, as_role: Any, campaign: Any) -> None:
    lost = tasks(phone)[0]
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="dead")
    phone.push()
    foreign = as_role(Role.TEAM_LEADER, campaign, team="B", login="b")

    listed_there = foreign.get(f"/api/v1/campaigns/{campaign.id}/replacements").get_json()
    refused = post(foreign, lost.interview_id, "replacement-refusal", reason="x")

    assert listed_there["replacements"] == []
    assert refused.status_code == 404


def test_pairs_approve_nothing(phone: Phone, app: Flask) -> None:
    task = tasks(phone)[0]
    answer = app.test_client().post(
        f"/api/v1/interviews/{task.interview_id}/replacement",
        json={"reserve_unit_id": "x", "reason": "x"},
        headers={"Authorization": f"Bearer {phone.token}"},
    )
    assert answer.status_code == 403
