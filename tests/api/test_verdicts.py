"""Estimates and verdicts: when one may be issued, what it freezes, and who may read it.

The smallest campaign there is: two villages of twelve, visited by two pairs in one day.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from fieldwork import a_code, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import a_phone, a_roster, an_interview
from pypdf import PdfReader
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.cli import main as console
from inspect_app.demo.phone import Phone, Task
from inspect_app.models.interviews import Interview
from inspect_app.models.samples import AccessEntry
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.services import estimates, loose_ends, rereading
from inspect_app.settings import Settings
from report_templates.verdict import VerdictSheet, render
from sampling.plan import write_plan
from sampling.remoteness import freeze

CRITERIA = ["wrong_exit_rate", "missed_rate", "poverty_incidence", "satisfaction_rate"]
RELEASE = {"county_adcode": "420528", "release_date": "2020-06-30"}
NUMBER = "420528-2019-01"
POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
READERS = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)


@pytest.fixture(scope="session")
def folders(folders: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same frame with a plan of two villages, two households a class in each."""
    plans = tmp_path_factory.mktemp("two_villages") / "plans"
    wanted = folders.plan.override(
        ['strata.by=["county"]', "stage1.villages=2", "stage2.e=2", "stage2.n=2", "stage2.p=1"]
    )
    frozen = freeze(wanted, folders.frame.villages)
    plan = write_plan(plans / "changyang", frozen.plan, frozen.villages)
    return replace(folders, plan=plan, plans=plans)


@dataclass
class Field:
    """A campaign in the field, and the reviewer who decides on what comes in."""

    app: Flask
    as_role: Any
    campaign: Any
    clock: Any
    phones: list[Phone] = field(default_factory=list)

    @property
    def reviewer(self) -> FlaskClient:
        client: FlaskClient = self.as_role(Role.REVIEWER, self.campaign)
        return client

    def everybody(self) -> dict[Role, FlaskClient]:
        """One person of each role; the official is of this county."""
        return {role: self.as_role(role, self.campaign, county="420528", team="A") for role in Role}

    def visit(self, order: int) -> Phone:
        """Send a pair of its own to a village and let it list the households."""
        pair = self.campaign.a_pair(f"Li{order}", f"Wang{order}")
        phone = a_phone(self.app, seed=f"phone{order}", now=self.clock.moment)
        phone.enrol(a_code(self.as_role, self.campaign, pair[0]))
        self.campaign.assign(order, pair=pair)
        phone.pull()
        (village,) = phone.draws
        phone.seal_roster(village, a_roster(village))
        phone.push()
        self.phones.append(phone)
        return phone

    def sampled(self, household_class: str) -> list[tuple[Phone, Task]]:
        """The sample of a class, village by village, without the reserve."""
        return [
            (phone, task)
            for phone in self.phones
            for task in tasks(phone, household_class)
            if not task.is_reserve
        ]

    def interview(self, phone: Phone, task: Task, **changes: Any) -> None:
        """Ask a sound household that differs a little from every other one."""
        line = {"crop_gross": 9000 + int(hashlib.sha256(task.unit_id.encode()).hexdigest()[:3], 16)}
        an_interview(phone, task, **{**line, **changes})

    def interview_everybody(self, **of_first_exited: Any) -> None:
        """Ask the whole sample; the first exited household may tell something else."""
        first = self.sampled("E")[0][1]
        for household_class in ("E", "N", "P"):
            for phone, task in self.sampled(household_class):
                self.interview(phone, task, **(of_first_exited if task is first else {}))
        for phone in self.phones:
            phone.push()

    def accept_everything(self) -> list[str]:
        """Accept what has arrived; ids of the cases that were opened."""
        listed = self.reviewer.get(
            f"/api/v1/campaigns/{self.campaign.id}/interviews?state=received&limit=500"
        ).get_json()["interviews"]
        cases: list[str] = []
        for one in listed:
            answer = self.reviewer.post(
                f"/api/v1/interviews/{one['interview_id']}/accept",
                json={"reason": "已核对", "class_found": one["class_found"]},
            )
            assert answer.status_code == 200, answer.get_json()
            cases += answer.get_json()["cases"]
        return cases

    def rule(self, case: str, outcome: str) -> None:
        """Let a case pass through all its steps."""
        county = self.as_role(
            Role.COUNTY_OFFICIAL, self.campaign, county=self.campaign.adcode, login="county"
        )
        expert = self.as_role(Role.EXPERT, self.campaign, login="expert")
        second = self.as_role(Role.EXPERT, self.campaign, login="second expert")
        address = f"/api/v1/cases/{case}"
        for client, step, body in (
            (self.reviewer, "recheck", {}),
            (county, "evidence", {"text": "见附件", "complete": True}),
            (self.reviewer, "recheck", {}),
            (expert, "ruling", {"outcome": outcome, "reason": "有据"}),
            (second, "ruling/signature", {"agrees": True}),
        ):
            answer = client.post(f"{address}/{step}", json=body)
            assert answer.status_code == 200, answer.get_json()

    def issue(self, by: Any = None, **changes: Any) -> Any:
        return (by or self.reviewer).post(
            f"/api/v1/campaigns/{self.campaign.id}/verdicts", json={**RELEASE, **changes}
        )

    def estimate(self, by: Any = None, **changes: Any) -> Any:
        return (by or self.reviewer).post(
            f"/api/v1/campaigns/{self.campaign.id}/estimates",
            json={"county_adcode": self.campaign.adcode, **changes},
        )


@pytest.fixture
def drawn(app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any) -> Field:
    """Two villages are drawn, nobody has travelled."""
    return Field(app, as_role, a_campaign(), frozen_clock)


@pytest.fixture
def visited(drawn: Field) -> Field:
    """Both villages are listed, nobody has been asked."""
    for order in (1, 2):
        drawn.visit(order)
    return drawn


@pytest.fixture
def finished(visited: Field) -> Field:
    """Everybody was asked, everything accepted, nothing suspected."""
    visited.interview_everybody()
    assert visited.accept_everything() == []
    return visited


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["type"]


def download(
    client: Any, kind: str, *, version: int = 1, number: str = NUMBER, known: str | None = None
) -> Any:
    """Fetch a file; `known` is the digest of what the caller has already."""
    headers = {"If-None-Match": f'"{known}"'} if known else {}
    return client.get(f"/api/v1/verdicts/{number}/{version}/{kind}", headers=headers)


def digests(issued: dict[str, Any], edition: str = "full") -> dict[str, str]:
    """Digests of one edition in the answer that names them all, and of the interviews."""
    (found,) = (one for one in issued["editions"] if one["edition"] == edition)
    return {**found, "interviews_sha256": issued["interviews_sha256"]}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- estimates ---------------------------------------------------------------------------------


def test_estimates_come_from_what_is_accepted_and_store_nothing(
    visited: Field, session: Session
) -> None:
    nothing = visited.estimate()
    visited.interview_everybody()
    received = visited.estimate()
    visited.accept_everything()

    answer = visited.estimate()

    assert problem(nothing) == problem(received) == (409, "/problems/fieldwork-unfinished")
    body = answer.get_json()
    assert (answer.status_code, body["county_adcode"]) == (200, "420528")
    assert [one["code"] for one in body["indicators"]] == [*CRITERIA, "recurrence_rate"]
    wrong, missed, _, approval, recurrence = body["indicators"]
    assert wrong["sample_ratio"] == {"numerator": 0, "denominator": 16, "unit": "persons"}
    assert missed["sample_ratio"]["denominator"] == 16
    assert approval["sample_ratio"] == {"numerator": 10, "denominator": 10, "unit": "households"}
    assert (wrong["finding"], recurrence["finding"]) == ("met_open", None)
    assert session.scalar(select(func.count()).select_from(Verdict)) == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/county_adcode"),
        ({"county_adcode": "42052"}, "#/county_adcode"),
        ({"county_adcode": "420528", "colour": "red"}, "#/colour"),
    ],
)
def test_a_request_for_estimates_is_held_to_its_schema(
    drawn: Field, body: dict[str, Any], pointer: str
) -> None:
    answer = drawn.reviewer.post(f"/api/v1/campaigns/{drawn.campaign.id}/estimates", json=body)

    assert problem(answer) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]


def test_a_county_that_is_not_inspected_has_no_estimates(finished: Field) -> None:
    assert problem(finished.estimate(county_adcode="530828")) == (404, "/problems/not-found")


def test_who_may_see_estimates(finished: Field) -> None:
    seen = {
        role: finished.estimate(by=client).status_code
        for role, client in finished.everybody().items()
    }

    assert seen == {role: 200 if role in READERS else 403 for role in Role}


# --- issuing -----------------------------------------------------------------------------------


def test_a_verdict_is_issued_with_its_digests(finished: Field) -> None:
    answer = finished.issue()

    body = answer.get_json()
    assert answer.status_code == 201
    assert (body["number"], body["version"], body["replaces"]) == (NUMBER, 1, None)
    assert body["county_adcode"] == "420528"
    assert body["issued_at"] == "2020-06-03T01:00:00+00:00"
    assert [one["edition"] for one in body["editions"]] == ["full", "public"]
    for edition in ("full", "public"):
        told = digests(body, edition)
        assert {len(told[f"{part}_sha256"]) for part in ("document", "pdf", "interviews")} == {64}


def test_the_document_says_what_was_found(finished: Field) -> None:
    finished.issue()

    told = json.loads(download(finished.reviewer, "json").data)

    assert (told["schema"], told["edition"], told["simulated"]) == ("verdict/1", "full", True)
    assert (told["number"], told["version"], told["replaces"]) == (NUMBER, 1, None)
    assert told["verdict"] == {"outcome": "meets", "standing": "open", "established": 0}
    assert [one["code"] for one in told["indicators"]] == [*CRITERIA, "recurrence_rate"]
    assert told["sample"]["completed"] == {"E": 4, "N": 4, "P": 2}
    assert (told["sample"]["villages"], told["sample"]["response_rate"]) == (2, 1)
    assert told["campaign"]["poverty_line"]["year"] == 2019
    assert (told["campaign"]["field_from"], told["campaign"]["release_date"]) == (
        "2020-06-03",
        "2020-06-30",
    )
    assert told["provenance"]["plan_sha256"]
    assert told["provenance"]["seed"] is None  # fieldwork of the campaign may go on elsewhere


def test_the_pdf_is_drawn_from_the_document_and_marked_simulated_on_every_page(
    finished: Field,
) -> None:
    finished.issue()

    content = download(finished.reviewer, "json").data
    pdf = download(finished.reviewer, "pdf").data

    assert pdf == render(VerdictSheet.from_json(content))
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) >= 2
    for page in pages:
        assert "模拟数据" in page.extract_text()
        assert "Simulated data" in page.extract_text()


def test_every_file_has_the_bytes_of_its_digest_and_its_etag(finished: Field) -> None:
    issued = finished.issue().get_json()

    for kind, part, mimetype in (
        ("json", "document", "application/json"),
        ("pdf", "pdf", "application/pdf"),
        ("interviews", "interviews", "text/csv"),
    ):
        digest = digests(issued)[f"{part}_sha256"]
        answer = download(finished.reviewer, kind)
        again = download(finished.reviewer, kind, known=digest)

        assert (answer.status_code, answer.mimetype) == (200, mimetype)
        assert sha256(answer.data) == digest
        assert answer.get_etag() == (digest, False)
        assert (again.status_code, again.data) == (304, b"")


def test_the_interviews_behind_a_verdict_lead_to_its_figures(finished: Field) -> None:
    finished.issue()

    told = json.loads(download(finished.reviewer, "json").data)
    behind = download(finished.reviewer, "interviews").data
    rows = pl.read_csv(behind)

    assert told["provenance"]["interviews_sha256"] == sha256(behind)
    exited = rows.filter(pl.col("household_class") == "E")
    assert exited.height == 4
    assert exited["weight"].sum() == pytest.approx(
        (exited["base_weight"] * exited["nonresponse_factor"]).sum()
    )
    assert told["indicators"][0]["sample_ratio"]["denominator"] == 16


def test_the_same_verdict_again_is_the_one_that_exists(
    finished: Field, session: Session, frozen_clock: Any
) -> None:
    first = finished.issue().get_json()
    frozen_clock.pass_by(hours=3)

    again = finished.issue()
    by_expert = finished.issue(by=finished.as_role(Role.EXPERT, finished.campaign))

    assert again.get_json() == by_expert.get_json() == first
    assert session.scalar(select(func.count()).select_from(Verdict)) == 1


def test_what_arrives_later_makes_a_new_version_that_names_the_old(finished: Field) -> None:
    first = finished.issue().get_json()
    phone, task = finished.sampled("E")[0]
    phone.seal_contact(task.unit_id, visit_no=2, disposition="partial")
    phone.push()

    second = finished.issue(reason="answers").get_json()

    assert (first["version"], first["replaces"]) == (1, None)
    assert (second["version"], second["replaces"]) == (2, 1)
    old, new = (
        json.loads(download(finished.reviewer, "json", version=version).data) for version in (1, 2)
    )
    assert (old["replaces"], new["replaces"]) == (None, 1)
    assert new["nonce"] != old["nonce"]
    assert new["provenance"]["ledger"]["count"] == old["provenance"]["ledger"]["count"] + 1
    assert new["indicators"] == old["indicators"]
    assert sha256(download(finished.reviewer, "json").data) == digests(first)["document_sha256"]
    listed = finished.reviewer.get(f"/api/v1/campaigns/{finished.campaign.id}/verdicts").get_json()
    assert listed["verdicts"] == [first, second]


def test_another_day_of_release_is_another_version(finished: Field) -> None:
    finished.issue()

    later = finished.issue(release_date="2020-07-01", reason="publication").get_json()

    told = json.loads(download(finished.reviewer, "json", version=2).data)
    assert (later["version"], told["campaign"]["release_date"]) == (2, "2020-07-01")


def test_a_confirmed_case_counts_all_its_persons(visited: Field) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "confirmed")
    visited.issue()

    told = json.loads(download(visited.reviewer, "json").data)

    wrong = told["indicators"][0]
    assert (wrong["sample_ratio"]["numerator"], wrong["finding"]) == (4, "unmet_open")
    assert told["verdict"]["outcome"] == "does_not_meet"
    assert told["cases"]["wrong_exit"] == {
        "flagged": 1,
        "revisited": 0,
        "replied": 1,
        "overturned": 0,
        "confirmed": 1,
        "undecided": 0,
        "confirmed_persons": 4,
    }


# --- when none is issued -----------------------------------------------------------------------


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
    accept = lambda **body: visited.reviewer.post(address, json=body).status_code  # noqa: E731

    refused = [accept(), accept(reason="并户"), accept(reason="并户", class_found="E")]

    assert refused == [422, 422, 422]
    assert problem(visited.issue())[0] == 409
    assert accept(reason="并户", class_found="other") == 200
    visited.accept_everything()
    assert visited.issue().status_code == 201
    told = json.loads(download(visited.reviewer, "json").data)
    assert told["open"]["exited_found_otherwise"] == 1


# --- who may read ------------------------------------------------------------------------------


def statuses(client: Any, kinds: Sequence[str] = ("json", "pdf", "interviews")) -> list[int]:
    return [download(client, kind).status_code for kind in kinds]


def test_no_opinion_of_a_household_reaches_commissioner_or_planner(
    visited: Field, session: Session
) -> None:
    visited.interview_everybody(sat_policy="dk", sat_overall="no")
    visited.accept_everything()
    visited.issue()

    for role in (Role.COMMISSIONER, Role.PLANNER):
        client = visited.as_role(role, visited.campaign)
        behind = download(client, "interviews")
        exported = client.get(f"/api/v1/campaigns/{visited.campaign.id}/exports/interviews.csv")
        for answer in (behind, exported):
            rows = pl.read_csv(answer.data, infer_schema=False)
            assert {"unit_id", "weight", "wrong_exit"} <= set(rows.columns)
            told = [name for name in rows.columns if name.startswith("sat_") or name == "approves"]
            assert told == []
            assert "satisfaction" not in answer.text
    reviewers = pl.read_csv(download(visited.reviewer, "interviews").data, infer_schema=False)
    assert {"approves", "sat_overall"} <= set(reviewers.columns)
    session.rollback()
    seen = session.scalars(select(AccessEntry.what)).all()
    assert sum(what.startswith(f"interviews behind verdict {NUMBER}/1") for what in seen) == 3


def test_who_may_read_which_file(finished: Field) -> None:
    finished.issue()

    seen = {role: statuses(client) for role, client in finished.everybody().items()}

    for role in READERS:
        assert seen[role] == [200, 200, 200]
    assert seen[Role.COUNTY_OFFICIAL] == [200, 200, 403]
    for role in set(Role) - {*READERS, Role.COUNTY_OFFICIAL}:
        assert seen[role] == [200, 200, 403]  # of the public edition
    assert statuses(finished.app.test_client()) == [401, 401, 401]


def test_a_county_official_sees_the_own_county_only(finished: Field) -> None:
    finished.issue()
    own, neighbour = (
        finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county=adcode, login=adcode)
        for adcode in ("420528", "530828")
    )
    address = f"/api/v1/campaigns/{finished.campaign.id}/verdicts"

    assert [one["number"] for one in own.get(address).get_json()["verdicts"]] == [NUMBER]
    assert neighbour.get(address).get_json() == {"verdicts": []}
    assert problem(download(neighbour, "json")) == problem(
        download(neighbour, "json", number="530828-2019-01")
    )


def test_a_verdict_of_another_campaign_looks_like_none(finished: Field, a_campaign: Any) -> None:
    finished.issue()
    elsewhere = a_campaign("commissioned", "second")
    stranger = finished.as_role(Role.REVIEWER, elsewhere, login="stranger")

    theirs = download(stranger, "json")
    nobodys = download(stranger, "json", number="000000-2019-01")

    assert problem(theirs) == (404, "/problems/not-found")
    assert theirs.get_json() == nobodys.get_json()
    assert download(finished.reviewer, "pdf", version=2).status_code == 404
    assert stranger.get(f"/api/v1/campaigns/{finished.campaign.id}/verdicts").status_code == 404


# --- two editions ------------------------------------------------------------------------------


def in_edition(client: Any, kind: str, edition: str, number: str = NUMBER) -> Any:
    return client.get(f"/api/v1/verdicts/{number}/1/{kind}?edition={edition}")


def test_everybody_in_the_campaign_reads_the_public_edition(finished: Field) -> None:
    issued = finished.issue().get_json()

    for client in finished.everybody().values():
        for kind, part in (("json", "document"), ("pdf", "pdf")):
            answer = in_edition(client, kind, "public")

            assert answer.status_code == 200
            assert sha256(answer.data) == digests(issued, "public")[f"{part}_sha256"]


def test_who_may_not_read_the_full_edition_gets_the_public_one(finished: Field) -> None:
    finished.issue()
    everybody = finished.everybody()

    asked = {role: in_edition(one, "json", "full").status_code for role, one in everybody.items()}
    unasked = {role: download(one, "json").get_json()["edition"] for role, one in everybody.items()}

    may = {*READERS, Role.COUNTY_OFFICIAL}
    assert asked == {role: 200 if role in may else 404 for role in Role}
    assert unasked == {role: "full" if role in may else "public" for role in Role}


def test_an_official_reads_of_another_county_the_public_edition_only(finished: Field) -> None:
    finished.issue()
    official = finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county="530828")

    assert in_edition(official, "json", "public").get_json()["edition"] == "public"
    assert problem(in_edition(official, "json", "full")) == (404, "/problems/not-found")


def test_there_is_no_third_edition(finished: Field) -> None:
    finished.issue()

    answer = in_edition(finished.reviewer, "json", "secret")

    assert problem(answer) == (422, "/problems/invalid-request")


def test_the_public_edition_holds_no_nonce(finished: Field) -> None:
    finished.issue()

    full = in_edition(finished.reviewer, "json", "full").data
    public = in_edition(finished.reviewer, "json", "public").data

    nonce = json.loads(full)["nonce"]
    assert len(nonce) == 64
    assert nonce not in public.decode()
    assert nonce not in in_edition(finished.reviewer, "pdf", "public").data.decode("latin-1")


@pytest.mark.parametrize("change", ["UPDATE editions SET version = 2", "DELETE FROM editions"])
def test_an_edition_is_never_changed(finished: Field, session: Session, change: str) -> None:
    finished.issue()

    with pytest.raises(DBAPIError, match="editions is never changed"):
        session.execute(text(change))
    session.rollback()


def documents(field: Field, version: int = 1) -> tuple[dict[str, Any], dict[str, Any]]:
    """Full and public edition of a version."""
    address = f"/api/v1/verdicts/{NUMBER}/{version}/json?edition="
    full, public = (field.reviewer.get(f"{address}{one}").get_json() for one in ("full", "public"))
    return full, public


def test_the_full_edition_tells_what_the_pages_need(finished: Field) -> None:
    finished.issue()

    full, public = documents(finished)

    assert {row["town_code"] for row in full["townships"]} == {
        row["town_code"] for row in public["townships"]
    }
    for row in full["townships"]:
        assert row["response"]["high"] == 1
        assert row["grade"] in ("A", "B", "C", "D")
        assert (row["revisits"], row["agreement"]) == (0, None)
    assert [one["item"] for one in full["files"]] == ["class", "persons"]
    assert full["files"][0]["agree"]["high"] == 1
    assert full["sources"][0]["code"] == "register_incidence"
    assert full["seals"]["plan_sealed_on"] <= full["campaign"]["field_from"]
    assert full["approval"]["rule"] == full["rulebook"]["settings"]["approval_rule"]
    assert (full["trend"], full["corrections"], full["confirmed"]) == ([], [], [])
    assert full["hearing"]["statements"] == []
    for one in full["indicators"]:
        for variant in one["variants"]:
            assert variant["chosen"] != variant["reading"]


def test_a_confirmed_case_is_listed_for_the_county_alone(visited: Field) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "confirmed")
    visited.issue()

    full, public = documents(visited)

    (listed,) = full["confirmed"]
    assert listed["unit_id"] == visited.sampled("E")[0][1].unit_id
    assert listed["village_code"] == listed["unit_id"][:12]
    assert (listed["kind"], listed["persons"]) == ("wrong_exit", 4)
    assert listed["blocks"] == ["income"]
    assert (listed["ruled_on"], listed["evidence_date"]) == ("2020-06-03", None)
    assert "confirmed" not in public
    for secret in (listed["unit_id"], listed["village_code"], listed["village_zh"]):
        assert secret not in json.dumps(public, ensure_ascii=False)
    assert public["cases"] == full["cases"]


def test_the_countys_own_words_stand_in_the_full_edition_alone(finished: Field) -> None:
    county = finished.as_role(Role.COUNTY_OFFICIAL, finished.campaign, county="420528")
    said = {county: "李家沟的老张家已另行核实", finished.reviewer: "已查，维持原结论"}
    for client, words in said.items():
        answer = client.post(
            f"/api/v1/campaigns/{finished.campaign.id}/hearings/420528/statements",
            json={"text": words},
        )
        assert answer.status_code in (200, 201), answer.get_json()
    finished.issue()

    full, public = documents(finished)

    assert [(one["voice"], one["text"]) for one in full["hearing"]["statements"]] == [
        ("county", "李家沟的老张家已另行核实"),
        ("agency", "已查，维持原结论"),
    ]
    assert public["hearing"]["statements"] == 2
    assert "老张" not in json.dumps(public, ensure_ascii=False)
    assert "statements" in public["disclosure"]["withheld"]


def test_a_correction_says_what_it_changed(finished: Field) -> None:
    first = finished.issue().get_json()
    finished.issue(release_date="2020-07-01", reason="other", note="改期")

    full, public = documents(finished, 2)

    (corrected,) = full["corrections"]
    assert (corrected["version"], corrected["release_date"]) == (1, "2020-06-30")
    assert corrected["changed"] == ["campaign", "sentences"]  # the day, and the date of reply
    assert corrected["digests"] == {
        one["edition"]: one["document_sha256"] for one in first["editions"]
    }
    assert (corrected["reason"], corrected["note"]) == ("other", "改期")
    assert public["corrections"] == [{**corrected, "note": None}]


def test_a_correction_says_why(finished: Field) -> None:
    first = finished.issue().get_json()

    silent = finished.issue(release_date="2020-07-01")
    unknown = finished.issue(release_date="2020-07-01", reason="mood")
    unchanged = finished.issue()

    assert problem(silent) == (422, "/problems/correction-unexplained")
    assert (silent.get_json()["number"], silent.get_json()["version"]) == (NUMBER, 1)
    assert problem(unknown) == (422, "/problems/invalid-request")
    assert unchanged.get_json() == first


def test_what_households_think_is_no_finer_in_the_file_than_on_the_page(visited: Field) -> None:
    visited.interview_everybody(sat_overall="no")
    visited.accept_everything()
    issued = visited.issue()
    assert issued.status_code == 201, issued.get_json()

    full, _ = documents(visited)

    (approval,) = (one for one in full["indicators"] if one["code"] == "satisfaction_rate")
    for value in (approval["estimate"]["value"], approval["estimate"]["se"]):
        assert value == round(value, 4)
    for question in full["satisfaction"]:
        for share in (*question["shares"].values(), *question["satisfied"].values()):
            assert share == round(share, 3)


# --- recomputing -------------------------------------------------------------------------------


def recompute(settings: Settings, *words: str) -> Any:
    data = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    return CliRunner().invoke(console, ["verdict", "recompute", *words, *data])


def test_every_version_is_recomputed_to_the_bytes_that_were_issued(
    finished: Field, settings: Settings
) -> None:
    finished.issue()
    finished.issue(release_date="2020-07-01", reason="other", note="改期")

    one = recompute(settings, NUMBER, "1")
    last = recompute(settings, NUMBER)
    both = recompute(settings, "--all", "--campaign", finished.campaign.id)

    same = [f"{NUMBER} version {version}: the same bytes" for version in (1, 2)]
    assert (one.exit_code, same[0] in one.output, same[1] in one.output) == (0, True, False)
    assert (last.exit_code, same[0] in last.output, same[1] in last.output) == (0, False, True)
    assert both.exit_code == 0
    assert all(told in both.output for told in same)


def test_a_row_that_was_changed_is_found_out(
    finished: Field, session: Session, settings: Settings
) -> None:
    finished.issue()
    row = session.get_one(Verdict, (NUMBER, 1))
    assert row.inputs is not None
    kept, interviews = row.inputs, row.interviews

    moved = kept.replace(b'"exit_year":2019', b'"exit_year":2018')
    change(session, update(Verdict).values(inputs=moved))
    other = recompute(settings, NUMBER, "1")
    refused = interviews.replace(b"completed", b"refused", 1)
    change(session, update(Verdict).values(inputs=kept, interviews=refused))
    harmed = recompute(settings, NUMBER, "1")
    change(session, update(Verdict).values(inputs=None))
    older = recompute(settings, NUMBER, "1")

    assert (other.exit_code, "full: county.exit_year" in other.output) == (1, True)
    assert (harmed.exit_code, "what was stored is not what it was" in harmed.output) == (1, True)
    assert (older.exit_code, "issued before inputs were frozen" in older.output) == (0, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("--all",), 2), ((NUMBER, "--all", "--campaign", "x"), 2), ((NUMBER,), 1)],
)
def test_what_cannot_be_recomputed(
    drawn: Field, settings: Settings, words: tuple[str, ...], code: int
) -> None:
    assert recompute(settings, *words).exit_code == code


# --- another rule book -------------------------------------------------------------------------


def diff(settings: Settings, campaign: Any, *books: str) -> dict[str, Any]:
    data = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    told = CliRunner().invoke(
        console, ["rulebook", "diff", *books, "--campaign", campaign.id, "--json", *data]
    )
    assert told.exit_code == 0, told.output
    (county,) = json.loads(told.stdout)["counties"]
    return dict(county)


def a_book(folder: Path, setting: str, value: str) -> str:
    """The national rule book with another value, as a file."""
    text = (resources.files("inspect_app") / "rulebooks" / "2017-national.toml").read_text("utf-8")
    head, section, tail = text.partition(f"[settings.{setting}]\n")
    path = folder / f"{setting}.toml"
    path.write_text(f"{head}{section}value = {value}\n{tail.split(chr(10), 1)[1]}", "utf-8")
    return str(path)


def test_the_same_book_judges_every_household_as_before(
    visited: Field, session: Session, settings: Settings
) -> None:
    visited.interview_everybody(**POOR)
    (case,) = visited.accept_everything()
    visited.rule(case, "confirmed")
    data = estimates.gather(session, visited.campaign.id, "420528", settings=settings)

    almost = data.rulebook.with_reading("water_dry_days", 16)  # nobody is without for so long

    found = rereading.under(session, data, almost)

    assert data.interviews["wrong_exit"].sum() == 4
    assert (found.unruled, found.data.rulebook) == (0, almost)
    assert found.data.interviews.equals(data.interviews)


def test_what_another_threshold_changes(
    finished: Field, settings: Settings, tmp_path: Path
) -> None:
    low = a_book(tmp_path, "incidence_threshold", "{ central_2pct = 0.0001, west_3pct = 0.0001 }")

    before = diff(settings, finished.campaign, "2017-national", low)
    finished.issue()
    issued = diff(settings, finished.campaign, "2017-national", low)
    same = diff(settings, finished.campaign, "2017-national", "2017-national")

    assert (before["number"], issued["number"], issued["version"]) == (None, NUMBER, 1)
    for county in (before, issued):
        assert (county["changes"], county["findings"]) == (True, ["poverty_incidence"])
        assert (county["one"]["outcome"], county["other"]["outcome"]) == (
            "meets",
            "does_not_meet",
        )
        mine, other = (county[side]["indicators"]["poverty_incidence"] for side in ("one", "other"))
        assert mine["value"] == other["value"]
        assert (mine["threshold"], other["threshold"]) == (0.02, 0.0001)
    assert (same["changes"], same["findings"], same["one"]) == (False, [], same["other"])


def test_what_another_judgement_of_households_changes(
    visited: Field, settings: Settings, tmp_path: Path
) -> None:
    _, far = visited.sampled("N")[0]
    for of in "ENP":
        for phone, task in visited.sampled(of):
            visited.interview(phone, task, **({"water_clean": "bad"} if task is far else {}))
    for phone in visited.phones:
        phone.push()
    assert visited.accept_everything() == []
    book = a_book(tmp_path, "missed_test", '"same_as_exit"')

    county = diff(settings, visited.campaign, "2017-national", book)
    visited.issue()
    full, public = documents(visited, 1)
    again = recompute(settings, NUMBER)

    mine, other = county["one"], county["other"]
    assert (mine["unruled"], other["unruled"]) == (0, 1)
    assert mine["indicators"]["missed_rate"]["value"] == 0
    assert other["indicators"]["missed_rate"]["value"] > 0.02
    assert (county["changes"], other["outcome"]) == (True, "does_not_meet")
    for edition in (full, public):
        missed = next(one for one in edition["indicators"] if one["code"] == "missed_rate")
        (shown,) = (one for one in missed["variants"] if one["setting"] == "missed_test")
        assert (shown["reading"], shown["changes"]) == ("same_as_exit", True)
        assert shown["finding"] == other["indicators"]["missed_rate"]["finding"]
        assert shown["value"] == pytest.approx(
            other["indicators"]["missed_rate"]["value"], abs=0.0001
        )
    assert again.exit_code == 0, again.output


def test_a_county_without_figures_is_named(drawn: Field, settings: Settings) -> None:
    county = diff(settings, drawn.campaign, "2017-national", "2017-strict")

    assert (county["one"], county["other"], county["changes"]) == (None, None, False)
    assert "accepted" in county["fault"]
