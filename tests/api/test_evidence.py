"""Evidence as files: hashed, checked, listed, handed out to those who may, and every look noted."""

import hashlib
from typing import Any

import pytest
from fieldwork import tasks
from phones import an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.cases import Evidence
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.roles import Role
from inspect_app.services import evidence, room
from inspect_app.settings import Settings

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
NOTED = (LedgerEntry.type == "event", LedgerEntry.status == "evidence")
PDF = b"%PDF-1.7 a page of the exit file"
NAME = "脱贫确认表.pdf"


@pytest.fixture
def people(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        "reviewer": as_role(Role.REVIEWER, campaign),
        "expert": as_role(Role.EXPERT, campaign),
        "county": as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
        "neighbour": as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour"),
        "leader": as_role(Role.TEAM_LEADER, campaign, team="A"),
    }


@pytest.fixture
def case(phone: Phone, people: dict[str, Any]) -> str:
    """A case of which the county was told."""
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR)
    phone.push()
    address = f"/api/v1/interviews/{task.interview_id}/accept"
    found = str(people["reviewer"].post(address, json={}).get_json()["cases"][0])
    people["reviewer"].post(f"/api/v1/cases/{found}/recheck", json={})
    return found


def send(client: Any, case: str, content: bytes = PDF, **changes: Any) -> Any:
    kind = changes.pop("type", "application/pdf")
    form = {
        "name": NAME,
        "sha256": hashlib.sha256(content).hexdigest(),
        "document_date": "2020-05-01",
        **changes,
    }
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in form.items()
    ]
    head = f'name="file"; filename="x.pdf"\r\nContent-Type: {kind}'
    parts += [f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode(), content]
    return client.post(
        f"/api/v1/cases/{case}/files",
        data=b"".join([*parts, b"\r\n--b--\r\n"]),
        content_type="multipart/form-data; boundary=b",
    )


def test_a_file_is_kept_hashed_and_noted_in_the_ledger(
    case: str, people: dict[str, Any], session: Session
) -> None:
    told = {"document_date": "2020-05-01", "state_at_reference": "2019 年底已有工资收入"}

    sent = send(people["county"], case, **told)
    again = send(people["county"], case, **told)
    got = people["expert"].get(f"/api/v1/cases/{case}/files/1")

    assert sent.status_code == 200, sent.get_json()
    shown = sent.get_json()
    digest = hashlib.sha256(PDF).hexdigest()
    assert shown["state"] == "evidence_received"
    (file,) = shown["files"]
    assert (file["name"], file["sha256"], file["bytes"]) == (NAME, digest, len(PDF))
    assert (file["after_visit"], file["state_at_reference"]) == (False, "2019 年底已有工资收入")
    assert again.get_json() == shown
    assert (got.data, got.mimetype) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment")
    line = session.scalars(select(LedgerEntry).where(*NOTED)).one()
    assert (line.type, line.body_sha256) == ("event", digest)
    assert f"evidence 1 of case {case}" in session.scalars(select(AccessEntry.what)).all()


def test_a_document_of_after_the_visit_says_so_and_moves_nothing_by_itself(
    case: str, people: dict[str, Any], frozen_clock: Any
) -> None:
    frozen_clock.pass_by(days=2)
    sent = send(people["county"], case, document_date="2020-06-05").get_json()

    assert [file["after_visit"] for file in sent["files"]] == [True]
    assert sent["state"] == "evidence_received"


@pytest.mark.parametrize(
    ("content", "changes", "status"),
    [
        (b"<script>alert(1)</script>", {"type": "text/html"}, 422),
        (b"<svg/>", {"type": "image/svg+xml"}, 422),
        (b"GIF89a", {}, 422),
        (PDF, {"sha256": "0" * 64}, 422),
        (PDF, {"sha256": "short"}, 422),
        (PDF, {"name": "a\nb"}, 422),
        (PDF, {"document_date": "yesterday"}, 422),
        (PDF, {"surprise": "field"}, 422),
        (PDF + bytes(8 * 1024 * 1024), {}, 413),
        (PDF + bytes(9 * 1024 * 1024), {}, 413),
    ],
)
def test_what_is_no_evidence_is_refused(
    case: str,
    people: dict[str, Any],
    session: Session,
    content: bytes,
    changes: dict[str, Any],
    status: int,
) -> None:
    answer = send(people["county"], case, content, **changes)

    assert answer.status_code == status
    assert answer.get_json()["type"].startswith("/problems/")
    assert session.scalars(select(Evidence)).all() == []


def test_a_form_without_a_file_and_files_elsewhere_are_refused(
    case: str, people: dict[str, Any]
) -> None:
    bare = people["county"].post(
        f"/api/v1/cases/{case}/files",
        data={"name": NAME, "sha256": "0" * 64, "file": "no file"},
        content_type="multipart/form-data",
    )
    elsewhere = people["county"].post(
        f"/api/v1/cases/{case}/evidence",
        data={"text": "见附件"},
        content_type="multipart/form-data",
    )

    assert (bare.status_code, elsewhere.status_code) == (422, 415)


def test_only_the_own_county_brings_and_only_those_who_may_read(
    case: str, people: dict[str, Any]
) -> None:
    send(people["county"], case)
    address = f"/api/v1/cases/{case}/files"

    brought = [send(people[name], case).status_code for name in ("neighbour", "reviewer", "leader")]
    read = {name: people[name].get(f"{address}/1").status_code for name in people}

    assert brought == [404, 403, 403]
    assert read == {
        "reviewer": 200, "expert": 200, "county": 200, "neighbour": 404, "leader": 403,
    }  # fmt: skip
    assert people["expert"].get(f"{address}/2").status_code == 404


def test_a_county_speaks_to_the_whole_and_the_agency_answers(
    case: str, people: dict[str, Any], campaign: Any
) -> None:
    address = f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}"
    said = {"text": "本县对抽样无异议。"}

    first = people["county"].post(f"{address}/statements", json=said)
    again = people["county"].post(f"{address}/statements", json=said)
    answered = people["reviewer"].post(f"{address}/statements", json={"text": "已记录。"})
    foreign = people["neighbour"].post(f"{address}/statements", json=said)

    assert first.status_code == again.status_code == answered.status_code == 201
    statements = people["county"].get(address).get_json()["statements"]
    assert [(one["n"], one["voice"]) for one in statements] == [(1, "county"), (2, "agency")]
    assert foreign.status_code == 404
    assert people["neighbour"].get(address).status_code == 404
    assert people["leader"].get(address).status_code == 403


def test_what_a_county_mends_while_the_phone_is_without_network_is_after_the_visit(
    phone: Phone, people: dict[str, Any], frozen_clock: Any
) -> None:
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR)  # held on 3 June
    frozen_clock.pass_by(days=7)
    phone.now = frozen_clock.moment
    phone.push()
    address = f"/api/v1/interviews/{task.interview_id}/accept"
    found = str(people["reviewer"].post(address, json={}).get_json()["cases"][0])
    people["reviewer"].post(f"/api/v1/cases/{found}/recheck", json={})

    sent = send(people["county"], found, document_date="2020-06-08")
    earlier = send(people["county"], found, PDF + b"2", document_date="2020-06-03")

    assert [file["after_visit"] for file in sent.get_json()["files"]] == [True]
    assert [file["after_visit"] for file in earlier.get_json()["files"]] == [True, False]


def test_what_is_refused_does_not_reach_the_disk(
    case: str, people: dict[str, Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept() -> int:
        return sum(one.is_file() for one in settings.blobs_dir.rglob("*"))

    send(people["county"], case)
    before = kept()
    monkeypatch.setattr(evidence, "FILES_AN_HOUR", 1)
    hasty = send(people["county"], case, PDF + b"2")
    again = send(people["county"], case)
    monkeypatch.setattr(evidence, "FILES_AN_HOUR", 100)
    monkeypatch.setattr(evidence, "FILES_A_CASE", 1)
    crowded = send(people["county"], case, PDF + b"3")
    monkeypatch.setattr(evidence, "FILES_A_CASE", 100)
    monkeypatch.setattr(room, "free_share", lambda _: 0.01)
    full = send(people["county"], case, PDF + b"4")
    done = {"text": "无补充", "complete": True}
    people["county"].post(f"/api/v1/cases/{case}/evidence", json=done)
    people["reviewer"].post(f"/api/v1/cases/{case}/recheck", json={})
    late = send(people["county"], case, PDF + b"5")

    told = [one.status_code for one in (hasty, again, crowded, full, late)]
    assert told == [429, 200, 429, 503, 409]
    assert kept() == before == 1
