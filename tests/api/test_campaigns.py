"""Campaigns: what is commissioned, and the order in which frame, plan and seed are frozen."""

import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignStep
from inspect_app.models.samples import AccessEntry, Village
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.settings import Settings
from sampling import tickets

CAMPAIGN_ID = "0d6a9c1e-5b1d-4c59-9d0e-2d9a0f6f3c11"


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "id": CAMPAIGN_ID,
        "name_zh": "2019年度退出评估检查",
        "name_en": "Exit inspection 2019",
        "agency_zh": "示例大学",
        "agency_en": "Example University",
        "simulated": True,
        "counties": [a_county_body()],
        **changes,
    }


def a_county_body(**changes: Any) -> dict[str, Any]:
    return {
        "adcode": "420528",
        "name_zh": "长阳土家族自治县",
        "province_zh": "湖北省",
        "province_en": "Hubei",
        "city_zh": "宜昌市",
        "region_group": "central_2pct",
        "exit_year": 2019,
        **changes,
    }


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


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMMISSIONER])
def test_only_commissioners_commission(as_role: Any, a_campaign: Any, role: Role) -> None:
    client = as_role(role, a_campaign("commissioned"))

    assert client.post("/api/v1/campaigns", json=a_body()).status_code == 403


def test_a_commissioner_sees_the_own_campaigns_only(as_role: Any, a_campaign: Any) -> None:
    first, second = a_campaign("commissioned"), a_campaign("commissioned", "second")
    stranger = as_role(Role.COMMISSIONER, login="stranger")

    own = as_role(Role.COMMISSIONER).get("/api/v1/campaigns?limit=1").get_json()
    rest = as_role(Role.COMMISSIONER).get(f"/api/v1/campaigns?after={own['next']}").get_json()

    assert {own["campaigns"][0]["id"], rest["campaigns"][0]["id"]} == {first.id, second.id}
    assert rest["next"] is None
    assert stranger.get("/api/v1/campaigns").get_json()["campaigns"] == []
    assert stranger.get(f"/api/v1/campaigns/{first.id}").status_code == 404


def test_a_frame_is_verified_and_its_villages_stored(
    as_role: Any, a_campaign: Any, session: Session, folders: Any
) -> None:
    campaign = a_campaign("commissioned")
    planner = as_role(Role.PLANNER, campaign)

    answer = planner.post(f"/api/v1/campaigns/{campaign.id}/frames", json={"name": "changyang"})

    assert answer.status_code == 201
    assert answer.get_json()["frame_sha256"] == folders.frame.sha256
    assert session.scalar(select(func.count()).select_from(Village)) == 12


def test_a_changed_frame_is_refused_and_nothing_is_stored(
    as_role: Any, a_campaign: Any, session: Session, settings: Settings
) -> None:
    campaign = a_campaign("commissioned")
    households = settings.frames_dir / "changyang" / "households" / "420528.parquet"
    households.write_bytes(households.read_bytes() + b"\0")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/frames", json={"name": "changyang"}
    )

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/sampling-refused"
    assert session.scalar(select(func.count()).select_from(Village)) == 0


@pytest.mark.parametrize("name", ["../changyang", "nowhere", ".", "/etc"])
def test_no_other_folder_than_a_frame_folder_is_opened(
    as_role: Any, a_campaign: Any, name: str
) -> None:
    campaign = a_campaign("commissioned")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/frames", json={"name": name}
    )

    assert answer.status_code in (404, 422)


def test_a_real_campaign_refuses_a_simulated_frame(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned", simulated=False, document_sha256="e" * 64)

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/frames", json={"name": "changyang"}
    )

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/simulation-mismatch"


def test_a_plan_needs_its_frame(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "changyang"}
    )

    assert answer.status_code == 409
    assert answer.get_json()["type"] == "/problems/step-missing"


def test_a_plan_gives_every_village_its_stratum(
    as_role: Any, a_campaign: Any, session: Session, folders: Any
) -> None:
    campaign = a_campaign("framed")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "changyang"}
    )

    assert answer.status_code == 201
    assert answer.get_json()["plan_sha256"] == folders.plan.sha256
    strata = set(session.scalars(select(Village.stratum)))
    assert strata == {"420528-1", "420528-2"}


def test_a_plan_for_another_frame_is_refused(
    as_role: Any, a_campaign: Any, settings: Settings
) -> None:
    campaign = a_campaign("framed")
    plan = settings.plans_dir / "changyang" / "plan.toml"
    text = plan.read_text("utf-8")
    at = text.index('households_sha256 = "') + len('households_sha256 = "')
    plan.write_text(text[:at] + "0" * 64 + text[at + 64 :], "utf-8")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "changyang"}
    )

    assert answer.status_code == 422
    assert "another household frame" in answer.get_json()["detail"]


def test_a_plan_for_another_kind_of_round_is_refused(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("framed", round_kind="revisit")

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "changyang"}
    )

    problem = answer.get_json()
    assert answer.status_code == 422
    assert (problem["plan"], problem["campaign"]) == ("exit", "revisit")


def test_until_the_commitment_another_plan_may_take_the_place(
    as_role: Any, a_campaign: Any, settings: Settings, session: Session
) -> None:
    campaign = a_campaign("planned")
    shutil.copytree(settings.plans_dir / "changyang", settings.plans_dir / "better")
    plan = settings.plans_dir / "better" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("e = 3", "e = 4"), "utf-8")
    planner = as_role(Role.PLANNER, campaign)

    replaced = planner.post(f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "better"})

    assert replaced.status_code == 201
    assert "e = 4" in replaced.get_json()["toml"]
    assert session.scalars(select(AccessEntry.what)).one().startswith("replaced plan ")


def test_after_the_commitment_frame_and_plan_stand(
    as_role: Any, a_campaign: Any, settings: Settings
) -> None:
    campaign = a_campaign("committed")
    shutil.copytree(settings.plans_dir / "changyang", settings.plans_dir / "better")
    shutil.copytree(settings.frames_dir / "changyang", settings.frames_dir / "copy")
    planner = as_role(Role.PLANNER, campaign)

    plan = planner.post(f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "better"})
    frame = planner.post(f"/api/v1/campaigns/{campaign.id}/frames", json={"name": "copy"})

    for answer in (plan, frame):
        assert answer.status_code == 409
        assert answer.get_json()["type"] == "/problems/already-fixed"


def test_the_commitment_is_public_with_the_hashes_it_binds(
    as_role: Any, a_campaign: Any, client: FlaskClient, folders: Any
) -> None:
    campaign = a_campaign("planned")
    promise = tickets.commitment("my secret words")

    made = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/seeds", json={"commitment": promise, **VALUE}
    )
    seen = client.get(f"/api/v1/campaigns/{campaign.id}/seeds")

    assert made.status_code == 201
    assert seen.get_json() == made.get_json()
    assert seen.get_json()["commitment"] == promise
    assert seen.get_json()["frame_sha256"] == folders.frame.sha256
    assert seen.get_json()["plan_sha256"] == folders.plan.sha256


def test_no_commitment_before_the_plan(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("framed")

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/seeds", json={"commitment": "0" * 64, **VALUE}
    )

    assert answer.get_json()["type"] == "/problems/step-missing"


def test_a_second_commitment_is_refused(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("committed")

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/seeds", json={"commitment": "0" * 64, **VALUE}
    )

    assert answer.get_json()["type"] == "/problems/already-fixed"


def test_a_secret_that_was_not_promised_is_refused(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("committed")

    answer = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/seeds/opening",
        json={"secret": "a better secret", "public_value": "lottery"},
    )

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/commitment-broken"


def test_the_opened_seed_is_told_to_nobody_until_it_is_published(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("drawn")
    commissioner = as_role(Role.COMMISSIONER)
    address = f"/api/v1/campaigns/{campaign.id}/seeds"

    before = client.get(address).get_json()
    campaign.end_fieldwork()
    published = commissioner.post(f"{address}/publication")
    after = client.get(address).get_json()

    assert (before["secret"], before["public_value"], before["campaign_seed"]) == (None,) * 3
    assert before["opened_at"] is not None
    assert published.status_code == 201
    assert after["campaign_seed"] == campaign.seed
    assert tickets.commitment(after["secret"]) == after["commitment"]


def test_nothing_is_published_before_the_draw(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("opened")

    answer = as_role(Role.COMMISSIONER).post(f"/api/v1/campaigns/{campaign.id}/seeds/publication")

    assert answer.get_json()["type"] == "/problems/step-missing"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMMISSIONER])
def test_only_the_commissioner_handles_the_seed(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("planned")
    client = as_role(role, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/seeds"

    answers = [
        client.post(address, json={"commitment": "0" * 64, **VALUE}),
        client.post(f"{address}/opening", json={"secret": "12345678", "public_value": "1"}),
        client.post(f"{address}/publication"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


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


VALUE = {"public_value_source": "lottery", "public_value_at": "2020-06-04T01:00:00+00:00"}


def take(client: Any, campaign: Any, step: str) -> Any:
    return client.post(f"/api/v1/campaigns/{campaign.id}/steps", json={"step": step})


def test_fieldwork_does_not_end_before_the_last_village_day(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1, day=date(2020, 6, 4))
    boss = as_role(Role.COMMISSIONER)

    early = take(boss, campaign, "fieldwork_ended")
    frozen_clock.pass_by(days=1)
    late = take(boss, campaign, "fieldwork_ended")
    again = take(boss, campaign, "fieldwork_ended")

    assert (early.status_code, late.status_code) == (409, 201)
    assert again.get_json() == late.get_json()


def test_the_steps_to_the_end_come_in_their_order(
    as_role: Any, a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    boss, address = as_role(Role.COMMISSIONER), f"/api/v1/campaigns/{campaign.id}"
    first = [take(boss, campaign, step) for step in ("objections", "closed")]
    campaign.end_fieldwork()
    boss.post(f"{address}/seeds/publication")
    without_verdict = take(boss, campaign, "objections")
    session.add(a_verdict(campaign))
    session.commit()

    opened = take(boss, campaign, "objections")
    too_early = take(boss, campaign, "closed")
    frozen_clock.pass_by(days=8)
    closed = take(boss, campaign, "closed")

    assert [one.get_json()["type"] for one in first] == ["/problems/step-missing"] * 2
    assert without_verdict.get_json()["type"] == "/problems/fieldwork-unfinished"
    assert without_verdict.get_json()["counties"] == ["420528"]
    assert (opened.status_code, opened.get_json()["until"]) == (201, "2020-06-10")
    assert too_early.get_json()["type"] == "/problems/too-early"
    assert closed.status_code == 201
    steps = boss.get(f"{address}/steps").get_json()["steps"]
    assert [one["step"] for one in steps] == ["fieldwork_ended", "objections", "closed"]


def test_a_closed_campaign_takes_nobody_on(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    session.add(
        CampaignStep(
            campaign_id=campaign.id,
            step="closed",
            at=datetime(2020, 6, 3, tzinfo=UTC),
            by=campaign.commissioner.actor,
        )
    )
    session.commit()
    planner, address = as_role(Role.PLANNER, campaign), f"/api/v1/campaigns/{campaign.id}"

    answers = [
        planner.post(
            f"{address}/enumerators",
            json={
                "id": CAMPAIGN_ID,
                "name": "x",
                "team": "A",
                "province_code": "51",
                "home_adcode": "510104",
            },
        ),
        planner.post(
            f"{address}/declarations",
            json={"document_sha256": "d" * 64, "signed_on": "2020-06-01"},
        ),
    ]

    assert [one.get_json()["type"] for one in answers] == ["/problems/step-taken"] * 2


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMMISSIONER])
def test_only_the_commissioner_corrects_and_closes(
    as_role: Any, a_campaign: Any, role: Role
) -> None:
    campaign = a_campaign("drawn")
    client = as_role(role, campaign, team="A", county="420528")

    answers = [
        take(client, campaign, "fieldwork_ended"),
        client.post(f"/api/v1/campaigns/{campaign.id}/commission", json={}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


def a_verdict(campaign: Any) -> Verdict:
    return Verdict(
        number="420528-2019-01",
        version=1,
        campaign_id=campaign.id,
        county_adcode="420528",
        interviews=b"",
        interviews_sha256="0" * 64,
        issued_at=datetime(2020, 6, 3, tzinfo=UTC),
        issued_by=campaign.commissioner.actor,
    )
