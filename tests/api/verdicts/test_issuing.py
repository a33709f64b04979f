"""A verdict that is issued: what it freezes, and what makes a new version."""

import io
import json
from typing import Any

import polars as pl
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from verdict_field import CRITERIA, NUMBER, POOR, Field, digests, download, sha256

from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from report_templates.verdict import VerdictSheet, render


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
