"""What a blind second visit uncovers: a case of the first, ruled on before anything is counted."""

from typing import Any

import pytest
from casework import POOR, ruled, sent_to_ruling
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.campaigns import Campaign
from inspect_app.models.interviews import Interview
from inspect_app.rules.roles import Role
from inspect_app.services import interviews, loose_ends


@pytest.fixture
def campaign(a_campaign: Any, session: Session) -> Any:
    """A campaign that asks nearly every household again."""
    made = a_campaign()
    stored = session.get_one(Campaign, made.id)
    book = stored.rulebook_toml.decode()
    assert book.count("value = 0.05\n") == 1
    stored.rulebook_toml = book.replace("value = 0.05\n", "value = 0.99\n").encode()
    session.commit()
    return made


@pytest.fixture
def people(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        "reviewer": as_role(Role.REVIEWER, campaign),
        "expert": as_role(Role.EXPERT, campaign),
        "second": as_role(Role.EXPERT, campaign, login="second expert"),
        "county": as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
        "leader": as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A"),
    }


@pytest.fixture
def other(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> Phone:
    """The phone of Zhao, who goes with Qian."""
    made = a_phone(app, seed="other", now=phone.now)
    made.enrol(a_code(as_role, campaign, campaign.an_enumerator("Zhao")))
    return made


@pytest.fixture
def task(phone: Phone) -> Task:
    """A household of which the first interview, a sound one, has arrived."""
    found = tasks(phone)[0]
    an_interview(phone, found)
    phone.push()
    return found


def accept(client: Any, interview_id: str, **body: Any) -> Any:
    return client.post(f"/api/v1/interviews/{interview_id}/accept", json=body)


def asked_again(
    people: dict[str, Any], campaign: Any, other: Phone, task: Task, **answers: Any
) -> str:
    """Order a blind re-interview and hold it; return its id."""
    pair = [campaign.an_enumerator("Zhao"), campaign.an_enumerator("Qian")]
    people["reviewer"].post(
        f"/api/v1/campaigns/{campaign.id}/revisits",
        json={"first_interview_id": task.interview_id, "enumerators": pair},
    )
    other.pull()
    second = other.tasks[task.unit_id]
    an_interview(other, second, **answers)
    assert [result["status"] for result in other.push()] == ["accepted"]
    return str(second.interview_id)


def counted(session: Session, campaign: Any, task: Task) -> tuple[int | None, list[str]]:
    """Persons in a wrong exit, and what is undetermined."""
    session.rollback()
    rows = interviews.reviewed(session, campaign.id, campaign.adcode)
    row = {row["unit_id"]: row for row in rows}[task.unit_id]
    return row["wrong_exit"], row["undetermined"]


@pytest.mark.parametrize("second_first", [False, True])
def test_a_wrong_exit_that_only_the_second_pair_found_is_a_case_of_the_sample(
    people: dict[str, Any],
    campaign: Any,
    other: Phone,
    task: Task,
    session: Session,
    second_first: bool,
) -> None:
    second = asked_again(people, campaign, other, task, **POOR)
    order = [second, task.interview_id] if second_first else [task.interview_id, second]

    for interview_id in order:
        accept(people["reviewer"], interview_id, reason="两次皆已核对")
    (case,) = people["expert"].get(f"/api/v1/campaigns/{campaign.id}/cases").get_json()["cases"]
    before = counted(session, campaign, task)
    sent_to_ruling(people, case["id"])
    ruled(people, case["id"], "confirmed")

    assert (case["interview_id"], case["kind"]) == (task.interview_id, "wrong_exit")
    assert (case["from_sample"], case["blocks"]) == (True, ["income"])
    assert before == (None, ["wrong_exit_rate"])
    assert counted(session, campaign, task) == (4, [])
    visits = people["expert"].get(f"/api/v1/cases/{case['id']}").get_json()["visits"]
    assert [(visit["round"], visit["suspicions"]) for visit in visits] == [
        ("1", []),
        ("1b", ["wrong_exit"]),
    ]


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ({"wage_away": "refused", "crop_gross": "refused"}, {}),
        ({"class_found": "N"}, {"class_found": "N"}),
    ],
)
def test_a_confirmed_one_counts_whatever_the_first_pair_left_open_or_took_the_household_for(
    people: dict[str, Any],
    campaign: Any,
    phone: Phone,
    other: Phone,
    session: Session,
    said: dict[str, str],
    decision: dict[str, str],
) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task, **said)
    phone.push()
    accept(people["reviewer"], task.interview_id, reason="看过", **decision)
    second = asked_again(people, campaign, other, task, **POOR)
    accept(people["reviewer"], second, reason="两次皆已核对")
    (case,) = people["expert"].get(f"/api/v1/campaigns/{campaign.id}/cases").get_json()["cases"]

    before = counted(session, campaign, task)
    sent_to_ruling(people, case["id"])
    ruled(people, case["id"], "confirmed")

    assert before == (None, ["wrong_exit_rate"])
    assert counted(session, campaign, task) == (4, [])


def test_an_overturned_one_counts_nobody_and_one_that_both_found_is_one_case(
    people: dict[str, Any], campaign: Any, phone: Phone, other: Phone, task: Task, session: Session
) -> None:
    poor = tasks(phone)[1]
    an_interview(phone, poor, **POOR)
    phone.push()
    for one in (task, poor):
        second = asked_again(people, campaign, other, one, **POOR)
        accept(people["reviewer"], one.interview_id)
        accept(people["reviewer"], second, reason="两次皆已核对")
    cases = people["expert"].get(f"/api/v1/campaigns/{campaign.id}/cases").get_json()["cases"]

    for case in cases:
        sent_to_ruling(people, case["id"])
        ruled(people, case["id"], "overturned")

    assert sorted(case["interview_id"] for case in cases) == sorted(
        [task.interview_id, poor.interview_id]
    )
    assert counted(session, campaign, task) == (0, [])


def test_a_second_interview_that_nobody_accepted_is_a_loose_end(
    people: dict[str, Any], campaign: Any, other: Phone, task: Task, session: Session
) -> None:
    second = asked_again(people, campaign, other, task, **POOR)
    accept(people["reviewer"], task.interview_id)

    before = loose_ends.found(session, campaign.id, campaign.adcode)
    accept(people["reviewer"], second, reason="两次皆已核对")
    session.rollback()
    after = loose_ends.found(session, campaign.id, campaign.adcode)

    assert f"reinterviews/{second}" in before
    assert f"reinterviews/{second}" not in after


def test_no_leader_sees_or_returns_a_second_interview_before_both_are_decided(
    people: dict[str, Any], campaign: Any, other: Phone, task: Task
) -> None:
    second = asked_again(people, campaign, other, task, **POOR)
    leader, reviewer = people["leader"], people["reviewer"]
    here = f"/api/v1/campaigns/{campaign.id}"

    def seen() -> tuple[int, set[str]]:
        listed = leader.get(f"{here}/interviews").get_json()["interviews"]
        one = leader.get(f"/api/v1/interviews/{second}")
        return one.status_code, {row["interview_id"] for row in listed}

    queue = leader.get(f"{here}/review-queue").get_json()
    returned = leader.post(f"/api/v1/interviews/{second}/return", json={"reason": "请核对收入"})
    before = seen()
    accept(reviewer, second, reason="两次皆已核对")
    half = seen()
    accept(reviewer, task.interview_id, reason="两次皆已核对")

    assert [one["interview_id"] for one in queue["interviews"]] == [task.interview_id]
    assert returned.status_code == 404
    assert before == half == (404, {task.interview_id})
    assert seen() == (200, {task.interview_id, second})


def test_agreement_is_that_of_what_the_second_pair_said_at_first(
    people: dict[str, Any], campaign: Any, other: Phone, task: Task, session: Session
) -> None:
    second = asked_again(people, campaign, other, task, **POOR)

    def agreement() -> tuple[int, int]:
        shown = people["reviewer"].get(f"/api/v1/revisits/{second}").get_json()["agreement"]
        return shown["compared"], shown["equal"]

    before = agreement()
    people["reviewer"].post(f"/api/v1/interviews/{second}/return", json={"reason": "请核对收入"})
    other.pull()
    an_interview(other, other.tasks[task.unit_id])
    other.push()

    assert session.get_one(Interview, second).current_rev == 2
    assert before[0] > before[1]
    assert agreement() == before
