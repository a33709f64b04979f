"""When no verdict is issued, and what one says that was issued all the same."""

import json
from typing import Any

import pytest
from sqlalchemy.orm import Session
from verdict_field import POOR, Field, download, problem

from inspect_app.models.interviews import Interview
from inspect_app.rules.roles import Role
from inspect_app.services import estimates, loose_ends


def test_no_verdict_before_every_drawn_village_was_visited(drawn: Field) -> None:
    drawn.visit(1)
    drawn.interview_everybody()
    drawn.accept_everything()

    refused = drawn.issue()

    assert problem(refused) == (409, "/problems/fieldwork-unfinished")
    assert "420528" not in json.dumps(refused.get_json())  # a sealed village is not named
    # One village of a stratum tells nothing of the spread between villages.
    assert problem(drawn.estimate()) == (422, "/problems/sampling-refused")


def test_no_verdict_before_everything_is_reviewed(visited: Field) -> None:
    visited.interview_everybody()

    refused = visited.issue()
    visited.accept_everything()

    assert problem(refused) == (409, "/problems/fieldwork-unfinished")
    waiting = {task.interview_id for of in "ENP" for _, task in visited.sampled(of)}
    assert refused.get_json()["interview_id"] in waiting
    assert visited.issue().status_code == 201


def test_no_verdict_before_every_case_is_ruled_on(visited: Field) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()

    refused = visited.issue()
    visited.rule(case, "overturned")

    assert problem(refused) == (409, "/problems/fieldwork-unfinished")
    assert refused.get_json()["case_id"] == case
    assert visited.issue().status_code == 201


def test_a_verdict_is_withheld_while_an_undecided_case_would_decide_it(visited: Field) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "undecided")

    answer = visited.issue()

    assert problem(answer) == (409, "/problems/verdict-withheld")
    assert "wrong_exit_rate" in answer.get_json()["indicators"]
    listed = visited.reviewer.get(f"/api/v1/campaigns/{visited.campaign.id}/verdicts")
    assert listed.get_json() == {"verdicts": []}

    visited.as_role(Role.COMMISSIONER, visited.campaign).post(
        f"/api/v1/cases/{case}/ruling", json={"outcome": "overturned", "reason": "复议"}
    )
    assert visited.issue().status_code == 409
    visited.as_role(Role.EXPERT, visited.campaign, login="expert").post(
        f"/api/v1/cases/{case}/ruling/signature", json={"agrees": True}
    )
    assert visited.issue().status_code == 201


def test_what_stays_open_stands_in_the_document(visited: Field) -> None:
    phone, task = visited.sampled("E")[0]
    photo = phone.keep(b"\xff\xd8\xff lost with the phone")
    visited.interview(phone, task, obs_photo=photo)
    phone.push_once(phone.unsent)
    address = f"/api/v1/interviews/{task.interview_id}/accept"
    said = {"without_files": True, "reason": "手机落水"}
    assert visited.reviewer.post(address, json=said).status_code == 200
    for phone, other in (*visited.sampled("E")[1:], *visited.sampled("N"), *visited.sampled("P")):
        visited.interview(phone, other)
    for phone in visited.phones:
        phone.push()
    visited.accept_everything()
    lead = {
        "village_code": task.village_code,
        "unit_id": f"{task.village_code}-n9999",
        "kind": "missed",
    }
    visited.reviewer.post(
        f"/api/v1/campaigns/{visited.campaign.id}/cases",
        json={**lead, "persons": 1, "reason": "邻居反映"},
    )

    issued = visited.issue().get_json()
    document = visited.reviewer.get(
        f"/api/v1/verdicts/{issued['number']}/{issued['version']}/json"
    ).get_json()

    assert document["open"] == {
        "undecided_cases": 0,
        "undetermined_households": document["sample"]["undetermined"],
        "interviews_without_files": 1,
        "villages_given_up": 0,
        "replacements": 0,
        "replacements_late": 0,
        "replacement_alarm": False,
        "blind_reinterviews": 0,
        "blind_reinterviews_drawn": 0,
        "blind_reinterviews_ordered": 0,
        "blind_agreement": None,
        "cases_of_silence": 0,
        "exited_found_otherwise": 0,
        "leads": {"suspected": 1},
        "waived": dict.fromkeys(loose_ends.KINDS, 0),
    }
    assert document["cases"]["missed"]["flagged"] == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"release_date": "30 June"}, "#/release_date"),
        ({"release_date": None}, "#/release_date"),
        ({"county_adcode": "changyang"}, "#/county_adcode"),
        ({"signed_by": "me"}, "#/signed_by"),
    ],
)
def test_an_issue_is_held_to_its_schema(drawn: Field, change: dict[str, Any], pointer: str) -> None:
    answer = drawn.issue(**change)

    assert problem(answer) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_reviewers_and_experts_issue_and_nobody_else(finished: Field) -> None:
    issued = {
        role: finished.issue(by=client).status_code for role, client in finished.everybody().items()
    }

    assert issued == {role: 201 if role in (Role.REVIEWER, Role.EXPERT) else 403 for role in Role}


def pending(answer: Any) -> dict[str, int]:
    """The loose ends that an answer names."""
    assert problem(answer) == (409, "/problems/fieldwork-unfinished"), answer.get_json()
    return {kind: count for kind, count in answer.get_json()["pending"].items() if count}


def waive(visited: Field, role: Role = Role.COMMISSIONER) -> Any:
    return visited.as_role(role, visited.campaign).post(
        f"/api/v1/campaigns/{visited.campaign.id}/verdicts/waivers",
        json={"county_adcode": visited.campaign.adcode, "reason": "道路冲毁，无法再访"},
    )


def test_no_verdict_while_a_household_was_left_out_unless_a_second_hand_waives_it(
    visited: Field,
) -> None:
    left_out = visited.sampled("E")[0][1]
    for of in "ENP":
        for phone, task in visited.sampled(of):
            if task is not left_out:
                visited.interview(phone, task)
    for phone in visited.phones:
        phone.push()
    visited.accept_everything()

    refused = visited.issue()
    waived = waive(visited)
    issued = visited.issue()

    assert pending(refused) == {"not_visited": 1}
    assert (waived.status_code, waived.get_json()["counts"]["not_visited"]) == (201, 1)
    assert waive(visited, Role.REVIEWER).status_code == 403
    assert issued.status_code == 201
    told = json.loads(download(visited.reviewer, "json").data)["open"]["waived"]
    assert told == {**dict.fromkeys(loose_ends.KINDS, 0), "not_visited": 1}


def test_no_verdict_while_revisions_are_in_conflict_or_something_is_in_quarantine(
    finished: Field, session: Session
) -> None:
    phone, task = finished.sampled("E")[0]
    waive(finished)  # what comes later is not covered
    finished.interview(phone, task, **POOR)
    assert [one["status"] for one in phone.push()] == ["op_id_reused"]

    kept = finished.issue()
    session.get_one(Interview, task.interview_id).in_conflict = True
    session.commit()
    both = finished.issue()

    assert pending(kept) == {"quarantine": 1}
    assert pending(both) == {"conflicts": 1, "quarantine": 1}
    assert waive(finished).status_code == 201
    assert finished.issue().status_code == 201


def test_no_verdict_while_a_replacement_is_undecided(visited: Field) -> None:
    lost = visited.sampled("E")[0][1]
    for of in "ENP":
        for phone, task in visited.sampled(of):
            if task is lost:
                phone.seal_contact(task.unit_id, visit_no=3, disposition="refused")
            else:
                visited.interview(phone, task)
    for phone in visited.phones:
        phone.push()
    visited.accept_everything()
    leader = visited.as_role(Role.TEAM_LEADER, visited.campaign, team="A", login="leader of A")

    refused = visited.issue()
    leader.post(
        f"/api/v1/interviews/{lost.interview_id}/replacement-refusal", json={"reason": "再访"}
    )

    assert pending(refused) == {"replacements": 1}
    assert visited.issue().status_code == 201


def test_what_changes_while_a_verdict_is_computed_is_in_it_or_stops_it(
    visited: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "overturned")
    boss = visited.as_role(Role.COMMISSIONER, visited.campaign)
    compute = estimates.compute

    def and_meanwhile(data: Any) -> Any:
        answer = boss.post(f"/api/v1/cases/{case}/reopening", json={"reason": "新证据"})
        assert answer.status_code in (201, 200, 409), answer.get_json()
        return compute(data)

    monkeypatch.setattr(estimates, "compute", and_meanwhile)

    answer = visited.issue()

    assert problem(answer) == (409, "/problems/fieldwork-unfinished")
    assert answer.get_json()["case_id"] != case


def test_what_arrives_while_a_verdict_is_computed_is_counted(
    finished: Field, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, task = finished.sampled("E")[0]
    compute, computed = estimates.compute, []

    def and_meanwhile(data: Any) -> Any:
        if not computed:
            phone.seal_contact(task.unit_id, visit_no=2, disposition="partial")
            phone.push()
        computed.append(data)
        return compute(data)

    finished.issue()
    monkeypatch.setattr(estimates, "compute", and_meanwhile)
    finished.issue(release_date="2020-07-02", reason="publication")

    told = json.loads(download(finished.reviewer, "json", version=2).data)
    assert told["campaign"]["release_date"] == "2020-07-02"
    assert told["version"] == 2


def test_an_exited_household_leaves_its_class_only_by_a_decision(visited: Field) -> None:
    _, task = visited.sampled("E")[0]
    for of in "ENP":
        for other_phone, other in visited.sampled(of):
            changes = {**POOR, "class_found": "other"} if other is task else {}
            visited.interview(other_phone, other, **changes)
    for other_phone in visited.phones:
        other_phone.push()
    address = f"/api/v1/interviews/{task.interview_id}/accept"

    def accept(**body: str) -> int:
        return visited.reviewer.post(address, json=body).status_code

    refused = [accept(), accept(reason="并户"), accept(reason="并户", class_found="E")]

    assert refused == [422, 422, 422]
    assert problem(visited.issue())[0] == 409
    assert accept(reason="并户", class_found="other") == 200
    visited.accept_everything()
    assert visited.issue().status_code == 201
    told = json.loads(download(visited.reviewer, "json").data)
    assert told["open"]["exited_found_otherwise"] == 1
