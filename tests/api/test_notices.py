"""Notices to a county: what they tell, when, to whom, under which signature, and its receipt."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate
from fieldwork import tasks
from phones import an_interview
from pypdf import PdfReader
from signatures import NOW, YEAR, a_key, an_authority
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.papers import Notice, NoticeReceipt
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.notices import is_code, says_too_much
from inspect_app.rules.roles import Role
from inspect_app.services.documents import digest
from inspect_app.settings import Settings, Signing

POOR = {"wage_local": 0, "wage_away": 0, "crop_gross": 100, "livestock_gross": 0}
COMPLAINT = "村干部从来没有来过我家"


@pytest.fixture
def people(as_role: Any, campaign: Any) -> dict[str, Any]:
    return {
        "reviewer": as_role(Role.REVIEWER, campaign),
        "expert": as_role(Role.EXPERT, campaign),
        "second": as_role(Role.EXPERT, campaign, login="second expert"),
        "county": as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode),
        "neighbour": as_role(Role.COUNTY_OFFICIAL, campaign, county="530828", login="neighbour"),
        "planner": as_role(Role.PLANNER, campaign),
    }


@pytest.fixture
def case(phone: Phone, people: dict[str, Any]) -> str:
    return opened(phone, people["reviewer"])


def opened(phone: Phone, by: Any, n: int = 0, **changes: Any) -> str:
    task = tasks(phone)[n]
    an_interview(phone, task, **{**POOR, **changes})
    phone.push()
    answer = by.post(f"/api/v1/interviews/{task.interview_id}/accept", json={})
    return str(answer.get_json()["cases"][0])


def act(client: Any, case: str, step: str, **body: Any) -> Any:
    return client.post(f"/api/v1/cases/{case}/{step}", json=body)


def tell(people: dict[str, Any], case: str) -> None:
    act(people["reviewer"], case, "recheck")


def rule(people: dict[str, Any], case: str, outcome: str, reason: str) -> None:
    act(people["county"], case, "evidence", text="见附件", complete=True)
    act(people["reviewer"], case, "recheck")
    act(people["expert"], case, "ruling", outcome=outcome, reason=reason)
    act(people["second"], case, "ruling/signature", agrees=True)


def where(campaign: Any) -> str:
    return f"/api/v1/campaigns/{campaign.id}/hearings/{campaign.adcode}/notices"


def issue(people: dict[str, Any], campaign: Any, kind: str = "told") -> Any:
    return people["reviewer"].post(where(campaign), json={"kind": kind})


def said(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


def test_a_notice_tells_code_village_clause_and_what_counts_but_nobodys_word(
    case: str, people: dict[str, Any], campaign: Any, phone: Phone
) -> None:
    tell(people, case)

    answer = issue(people, campaign)

    assert answer.status_code == 201
    notice = answer.get_json()
    assert (notice["number"], notice["cases"]) == ("420528-2019-01-N01", [case])
    document = people["county"].get(f"/api/v1/notices/{notice['number']}/json").data
    pdf = people["county"].get(f"/api/v1/notices/{notice['number']}/pdf").data
    assert (digest(document), digest(pdf)) == (notice["document_sha256"], notice["pdf_sha256"])
    (told,) = json.loads(document)["cases"]
    assert told["unit_id"] == tasks(phone)[0].unit_id
    assert told["clauses"] == [["收入", "income"]]
    text = said(pdf)
    for words in (case, told["unit_id"], told["village"], "疑似错退", "标准线", "可举材料"):
        assert words in text
    assert "沉默既不视为承认" in text
    assert "模拟数据" in text
    assert not re.search("满意|认可度", text)


def test_only_what_the_county_was_told_is_in_a_notice_and_only_once(
    case: str, people: dict[str, Any], campaign: Any, phone: Phone
) -> None:
    assert issue(people, campaign).get_json()["type"] == "/problems/step-missing"
    tell(people, case)
    first = issue(people, campaign).get_json()
    again = issue(people, campaign).get_json()
    other = opened(phone, people["reviewer"], 1)

    untold = issue(people, campaign).get_json()
    tell(people, other)
    second = issue(people, campaign).get_json()

    assert first == again == untold
    assert (second["number"], second["cases"]) == ("420528-2019-01-N02", [other])
    listed = people["county"].get(where(campaign)).get_json()["notices"]
    assert [one["number"] for one in listed] == [first["number"], second["number"]]


def test_the_outcome_is_told_with_its_reason(
    case: str, people: dict[str, Any], campaign: Any
) -> None:
    tell(people, case)
    rule(people, case, "overturned", "工资流水载明基准日前十二个月稳定收入")

    notice = issue(people, campaign, "ruled").get_json()

    text = said(people["county"].get(f"/api/v1/notices/{notice['number']}/pdf").data)
    assert notice["kind"] == "ruled"
    assert "予以排除" in text
    assert "工资流水载明基准日前十二个月稳定收入" in text
    assert issue(people, campaign, "ruled").get_json() == notice


@pytest.mark.parametrize("reason", [f"该户称：{COMPLAINT}！", "该户对帮扶不满意"])
def test_a_reason_that_quotes_the_household_is_not_sent(
    phone: Phone, people: dict[str, Any], campaign: Any, reason: str
) -> None:
    case = opened(phone, people["reviewer"], judgement_reason=COMPLAINT)
    tell(people, case)
    rule(people, case, "confirmed", reason)

    answer = issue(people, campaign, "ruled")

    assert answer.get_json()["type"] == "/problems/notice-quotes"
    assert answer.get_json()["case_id"] == case
    assert people["county"].get(where(campaign)).get_json()["notices"] == []


def test_the_first_receipt_counts(
    case: str, people: dict[str, Any], campaign: Any, frozen_clock: Any, session: Session
) -> None:
    tell(people, case)
    number = issue(people, campaign).get_json()["number"]

    first = people["county"].post(f"/api/v1/notices/{number}/receipt")
    frozen_clock.pass_by(hours=3)
    again = people["county"].post(f"/api/v1/notices/{number}/receipt")

    assert first.status_code == 201
    assert first.get_json() == again.get_json()
    assert first.get_json()["received_at"] is not None
    assert people["reviewer"].post(f"/api/v1/notices/{number}/receipt").status_code == 403
    assert session.scalars(select(NoticeReceipt.number)).all() == [number]


def test_a_notice_is_for_its_county_alone(
    case: str, people: dict[str, Any], campaign: Any, session: Session
) -> None:
    tell(people, case)
    number = issue(people, campaign).get_json()["number"]

    assert people["neighbour"].get(where(campaign)).status_code == 404
    assert people["neighbour"].get(f"/api/v1/notices/{number}/pdf").status_code == 404
    assert people["neighbour"].post(f"/api/v1/notices/{number}/receipt").status_code == 404
    assert people["planner"].get(f"/api/v1/notices/{number}/pdf").status_code == 403
    assert people["county"].post(where(campaign), json={"kind": "told"}).status_code == 403
    assert people["county"].get(f"/api/v1/notices/{number}/signed").status_code == 404
    seen = people["county"].get(f"/api/v1/notices/{number}/pdf")
    assert seen.headers["ETag"].strip('"') == digest(seen.data)
    session.rollback()
    what = session.scalars(select(AccessEntry.what)).all()
    assert f"notice {number}, pdf {digest(seen.data)}" in what


@pytest.mark.parametrize("change", [update(Notice).values(n=9), delete(Notice)])
def test_the_database_refuses_to_change_a_notice(
    case: str, people: dict[str, Any], campaign: Any, session: Session, change: Any
) -> None:
    tell(people, case)
    issue(people, campaign)

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(change)


class TestSigned:
    """Where a key is configured, a notice goes out signed."""

    @pytest.fixture
    def settings(self, settings: Settings, tmp_path: Path) -> Settings:
        signer = an_authority().certify(since=NOW - 8 * YEAR)
        key = tmp_path / "signing.pem"
        key.write_bytes(
            a_key("agency").private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + load_der_x509_certificate(signer.certificate).public_bytes(serialization.Encoding.PEM)
        )
        key.chmod(0o600)
        return replace(settings, signing=Signing(key=key))

    def test_the_signed_file_begins_with_the_one_that_was_drawn(
        self, case: str, people: dict[str, Any], campaign: Any
    ) -> None:
        tell(people, case)

        notice = issue(people, campaign).get_json()

        pdf = people["county"].get(f"/api/v1/notices/{notice['number']}/pdf").data
        signed = people["county"].get(f"/api/v1/notices/{notice['number']}/signed").data
        assert digest(signed) == notice["signed_sha256"]
        assert signed.startswith(pdf)
        assert len(signed) > len(pdf)
        assert notice["signer"]


def test_codes_are_told_from_names() -> None:
    assert is_code("420528100201-0001")
    assert not is_code("张三家")
    assert not is_code("Zhang")


def test_short_answers_are_no_quotations() -> None:
    assert not says_too_much("收入不稳定，符合认定标准", ["收入", "不稳定"])
    assert says_too_much("据称 村干部，从来没有来过我家。", [COMPLAINT])
