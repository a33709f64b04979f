"""Commissions: what is signed off, and what may be corrected until when."""

import hashlib
import json
from typing import Any

import pytest
from commissioning import CAMPAIGN_ID, a_body, a_county_body
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.samples import AccessEntry, Village
from inspect_app.rules.roles import Role


def test_a_commission_freezes_rule_book_date_and_line(as_role: Any, session: Session) -> None:
    commissioner = as_role(Role.COMMISSIONER)

    answer = commissioner.post("/api/v1/campaigns", json=a_body())

    assert answer.status_code == 201
    county = answer.get_json()["counties"][0]
    assert county["reference_date"] == "2019-12-31"
    assert (county["line_year"], county["line_yuan"]) == (2019, 3218)
    assert county["line_status"] == "sourced-secondary"
    stored = session.get_one(Campaign, CAMPAIGN_ID)
    assert b'id = "2017-national"' in stored.rulebook_toml
    assert stored.rulebook_sha256 == answer.get_json()["rulebook_sha256"]
    assert commissioner.get(f"/api/v1/campaigns/{CAMPAIGN_ID}").get_json() == answer.get_json()


def test_commissioning_twice_is_harmless(as_role: Any, session: Session) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    first = commissioner.post("/api/v1/campaigns", json=a_body())

    again = commissioner.post("/api/v1/campaigns", json=a_body())

    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert session.scalar(select(func.count()).select_from(Campaign)) == 1


def test_a_commission_says_until_when_an_older_questionnaire_counts(as_role: Any) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    made = commissioner.post(
        "/api/v1/campaigns", json=a_body(form_cut_off="2020-07-01T18:00:00+08:00")
    )
    again = commissioner.post(
        "/api/v1/campaigns", json=a_body(form_cut_off="2020-07-01T10:00:00+00:00")
    )
    corrected = correct(commissioner, form_cut_off="2020-07-02T18:00:00+08:00")
    without_zone = commissioner.post(
        "/api/v1/campaigns", json=a_body(form_cut_off="2020-07-01T18:00:00")
    )

    assert (made.status_code, again.status_code) == (201, 201)
    assert made.get_json()["form_cut_off"] == "2020-07-01T10:00:00+00:00"
    assert corrected.get_json()["version"] == 2
    assert '"form_cut_off": "2020-07-02 10:00:00+00:00"' in corrected.get_json()["content"]
    found = commissioner.get(f"/api/v1/campaigns/{CAMPAIGN_ID}").get_json()
    assert found["form_cut_off"] == "2020-07-02T10:00:00+00:00"
    assert without_zone.status_code == 422


def test_another_commission_under_the_same_identifier_is_a_conflict(as_role: Any) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    commissioner.post("/api/v1/campaigns", json=a_body())

    answer = commissioner.post("/api/v1/campaigns", json=a_body(name_en="Another"))

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/campaign-differs"


def test_a_year_without_a_sourced_line_is_refused_by_name(as_role: Any) -> None:
    body = a_body(counties=[a_county_body(exit_year=2018)])

    answer = as_role(Role.COMMISSIONER).post("/api/v1/campaigns", json=body)

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/poverty-line-missing"
    assert answer.get_json()["year"] == 2018


def test_a_simulated_line_is_for_demonstrations_only(as_role: Any) -> None:
    body = a_body(counties=[a_county_body(exit_year=2018, simulated_line=3000)])

    answer = as_role(Role.COMMISSIONER).post("/api/v1/campaigns", json=body)

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/simulation-mismatch"


def test_a_demonstration_takes_a_simulated_line_and_says_so(
    on_a_demonstration_server: Any,
) -> None:
    body = a_body(counties=[a_county_body(exit_year=2018, simulated_line=3000)])

    county = on_a_demonstration_server.post("/api/v1/campaigns", json=body).get_json()["counties"][
        0
    ]

    assert (county["line_yuan"], county["line_status"]) == (3000, "simulated")


def test_a_demonstration_uses_the_sourced_line_where_there_is_one(
    on_a_demonstration_server: Any,
) -> None:
    body = a_body(counties=[a_county_body(simulated_line=3000)])

    answer = on_a_demonstration_server.post("/api/v1/campaigns", json=body)

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/rulebook-invalid")


def test_a_demonstration_refuses_a_real_campaign(on_a_demonstration_server: Any) -> None:
    answer = on_a_demonstration_server.post("/api/v1/campaigns", json=a_body(simulated=False))

    assert (answer.status_code, answer.get_json()["type"]) == (
        409,
        "/problems/simulation-mismatch",
    )


@pytest.mark.parametrize("stated", ["yesterday", "2020-06-03T09:00:00"])
def test_a_simulated_time_needs_an_offset(on_a_demonstration_server: Any, stated: str) -> None:
    answer = on_a_demonstration_server.get(
        "/api/v1/campaigns", headers={"X-Simulated-Time": stated}
    )

    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": "not-a-uuid"}, "#/id"),
        ({"simulated": "true"}, "#/simulated"),
        ({"colour": "red"}, "#/colour"),
        ({"counties": []}, "#/counties"),
        ({"counties": [a_county_body(), a_county_body()]}, "#/counties"),
        ({"counties": [a_county_body(adcode="42O528")]}, "#/counties/0/adcode"),
        ({"counties": [a_county_body(region_group="east")]}, "#/counties/0/region_group"),
        ({"counties": [a_county_body(reference_date="2019")]}, "#/counties/0/reference_date"),
    ],
)
def test_a_fault_in_a_commission_is_named_by_its_place(
    as_role: Any, change: dict[str, Any], pointer: str
) -> None:
    answer = as_role(Role.COMMISSIONER).post("/api/v1/campaigns", json=a_body(**change))

    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.get_json()["errors"]]


def correct(client: Any, **changes: Any) -> Any:
    body = {key: value for key, value in a_body().items() if key != "id"}
    return client.post(
        f"/api/v1/campaigns/{CAMPAIGN_ID}/commission",
        json={**body, "reason": "笔误", **changes},
    )


def versions(client: Any) -> Any:
    return client.get(f"/api/v1/campaigns/{CAMPAIGN_ID}/commission").get_json()["commissions"]


def test_what_is_signed_off_has_a_text_and_its_hash(as_role: Any) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    commissioner.post(
        "/api/v1/campaigns",
        json=a_body(agency_province="51", release_hours=12, document_sha256="e" * 64),
    )

    (signed,) = versions(commissioner)

    assert hashlib.sha256(signed["content"].encode()).hexdigest() == signed["sha256"]
    assert signed["document_sha256"] == "e" * 64
    stated = json.loads(signed["content"])
    assert (stated["agency_province"], stated["release_hours"]) == ("51", 12)
    assert (stated["notice_days"], stated["case_deadlines"]["evidence_due"]) == (7, 3)
    assert stated["rulebook"]["id"] == "2017-national"
    county = stated["counties"][0]
    assert (county["reference_date"], county["line_yuan"]) == ("2019-12-31", 3218)


def test_a_correction_is_a_version_that_names_the_old_one(as_role: Any) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    commissioner.post("/api/v1/campaigns", json=a_body())

    corrected = correct(commissioner, name_en="Exit inspection of 2019", agency_province="51")
    again = correct(commissioner, name_en="Exit inspection of 2019", agency_province="51")

    assert corrected.status_code == 201
    assert again.get_json() == corrected.get_json()
    first, second = versions(commissioner)
    assert (second["version"], second["reason"]) == (2, "笔误")
    assert json.loads(second["content"])["corrects"] == first["sha256"]
    campaign = commissioner.get(f"/api/v1/campaigns/{CAMPAIGN_ID}").get_json()
    assert (campaign["version"], campaign["name_en"]) == (2, "Exit inspection of 2019")


def test_a_correction_of_the_counties_drops_frame_and_plan(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("planned")
    body = {key: value for key, value in a_body().items() if key != "id"}
    other = a_county_body(adcode="530828", province_zh="云南省", province_en="Yunnan")

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/commission",
        json={**body, "reason": "另一县", "counties": [a_county_body(), other]},
    )

    assert answer.status_code == 201
    assert session.scalar(select(func.count()).select_from(Village)) == 0
    assert session.scalars(select(AccessEntry.what)).one().startswith("replaced frame ")


def test_a_county_corrected_in_place_keeps_frame_and_plan(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("planned")
    body = {key: value for key, value in a_body().items() if key != "id"}

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/commission",
        json={**body, "reason": "退出年份", "counties": [a_county_body(exit_year=2020)]},
    )

    assert answer.status_code == 201
    session.expire_all()
    assert session.get_one(Campaign, campaign.id).counties[0].line_yuan == 4000
    assert session.scalar(select(func.count()).select_from(Village)) == 12


def test_after_the_commitment_the_commission_stands(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("committed")
    body = {key: value for key, value in a_body().items() if key != "id"}

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/commission", json={**body, "reason": "x"}
    )

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/already-fixed")


def test_a_correction_does_not_make_real_what_was_simulated(as_role: Any) -> None:
    commissioner = as_role(Role.COMMISSIONER)
    commissioner.post("/api/v1/campaigns", json=a_body())

    answer = correct(commissioner, simulated=False, **PAPERS)

    assert answer.get_json()["type"] == "/problems/simulation-mismatch"


def test_an_agency_does_not_inspect_its_own_province(as_role: Any) -> None:
    answer = as_role(Role.COMMISSIONER).post("/api/v1/campaigns", json=a_body(agency_province="42"))

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/not-independent")
    assert [one["code"] for one in answer.get_json()["reasons"]] == ["agency_own_province"]


def test_two_provinces_are_not_commissioned_to_inspect_each_other(
    as_role: Any, frozen_clock: Any
) -> None:
    """Sichuan is commissioned for Hubei; Hubei stays away from Sichuan this year and the next."""
    commissioner = as_role(Role.COMMISSIONER)
    commissioner.post("/api/v1/campaigns", json=a_body(agency_province="51"))
    back = a_body(
        id="0d6a9c1e-5b1d-4c59-9d0e-2d9a0f6f3c12",
        agency_province="42",
        counties=[a_county_body(adcode="510726", province_zh="四川省", province_en="Sichuan")],
    )

    answers = [commissioner.post("/api/v1/campaigns", json=back)]
    frozen_clock.pass_by(days=300)
    answers.append(commissioner.post("/api/v1/campaigns", json=back))

    for answer in answers:
        assert [one["code"] for one in answer.get_json()["reasons"]] == ["agency_mutual"]


PAPERS = {
    "agency_province": "51",
    "document_sha256": "e" * 64,
    "agency_declaration": {"document_sha256": "d" * 64, "signed_on": "2020-05-04"},
}


@pytest.mark.parametrize("missing", PAPERS)
def test_a_real_commission_comes_with_its_papers_and_names_the_agency_s_province(
    as_role: Any, missing: str
) -> None:
    known = {name: value for name, value in PAPERS.items() if name != missing}
    commissioner = as_role(Role.COMMISSIONER)

    answer = commissioner.post("/api/v1/campaigns", json=a_body(simulated=False, **known))

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/rule-violated")
    assert "commission" in answer.get_json()["detail"].lower()
