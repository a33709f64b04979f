"""The methods annex: from public editions only, the same bytes each time, for everybody inside."""

import io
import json
from typing import Any

from issued import ISSUED_AT, NUMBER, a_verdict
from pypdf import PdfReader
from sqlalchemy.orm import Session

from inspect_app.models.signatures import Withdrawal
from inspect_app.rules.roles import Role
from inspect_app.services.documents import digest


def where(campaign: Any, form: str) -> str:
    return f"/api/v1/campaigns/{campaign.id}/annex/{form}"


def test_an_annex_tells_frame_plan_seed_errors_and_rule_book(
    campaign: Any, as_role: Any, session: Session
) -> None:
    verdict = a_verdict(session, campaign.id, open={"blind_reinterviews": 9, "blind_agreement": 1})
    public = next(one for one in verdict.editions if one.edition == "public")
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)

    answer = official.get(where(campaign, "json"))

    annex = json.loads(answer.data)
    assert answer.headers["ETag"].strip('"') == digest(answer.data)
    published = json.loads(public.document)
    assert [row["value"] for row in annex["errors"]] == [
        one["estimate"]["value"] for one in published["indicators"]
    ]
    assert annex["quality"][0]["revisits"] == 9
    (county,) = annex["frame"]["counties"]
    assert (county["adcode"], county["villages"]) == (campaign.adcode, 12)
    assert [f"verdict {NUMBER} v1", public.document_sha256] in annex["digests"]
    assert ["stage1.villages", "6"] in annex["plan"]["keys"]
    assert annex["seed"]["seed"] is None
    assert any(source.startswith("http") for _, _, source in annex["rulebook"]["settings"])


def test_nothing_of_the_full_edition_is_in_an_annex(
    campaign: Any, as_role: Any, session: Session
) -> None:
    verdict = a_verdict(session, campaign.id)
    full = next(one for one in verdict.editions if one.edition == "full")

    said = as_role(Role.ENUMERATOR, campaign, login="x").get(where(campaign, "json")).data

    withheld = json.loads(full.document)
    assert withheld["nonce"].encode() not in said
    assert withheld["provenance"]["interviews_sha256"].encode() not in said
    assert full.document_sha256.encode() not in said


def test_the_pdf_is_drawn_from_the_document_it_carries(
    campaign: Any, as_role: Any, session: Session
) -> None:
    a_verdict(session, campaign.id)
    planner = as_role(Role.PLANNER, campaign)

    document = planner.get(where(campaign, "json")).data
    pdf = planner.get(where(campaign, "pdf")).data

    assert pdf == planner.get(where(campaign, "pdf")).data
    assert PdfReader(io.BytesIO(pdf)).attachments["annex.json"] == [document]


def test_the_last_version_that_stands_is_in_the_annex(
    campaign: Any, as_role: Any, session: Session
) -> None:
    planner = as_role(Role.PLANNER, campaign)
    missing = planner.get(where(campaign, "json"))
    a_verdict(session, campaign.id)
    a_verdict(session, campaign.id, 2)
    names = [name for name, _ in planner.get(where(campaign, "json")).get_json()["digests"]]
    session.add(
        Withdrawal(
            number=NUMBER, version=2, reason="有误", withdrawn_by="x", withdrawn_at=ISSUED_AT
        )
    )
    session.commit()
    gone = planner.get(where(campaign, "pdf"))

    assert missing.get_json()["type"] == "/problems/step-missing"
    assert names[-1] == f"verdict {NUMBER} v2"
    assert gone.get_json()["type"] == "/problems/step-missing"


def test_a_stranger_reads_none(campaign: Any, as_role: Any, session: Session) -> None:
    a_verdict(session, campaign.id)
    stranger = as_role(Role.REVIEWER, login="stranger")

    assert stranger.get(where(campaign, "pdf")).status_code == 404
