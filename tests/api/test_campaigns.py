"""Campaigns: what is commissioned, and the order in which frame, plan and seed are frozen."""

import shutil
from datetime import UTC, date, datetime
from typing import Any

import pytest
from commissioning import CAMPAIGN_ID, a_body
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignStep
from inspect_app.models.samples import AccessEntry, Village
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.roles import Role
from inspect_app.settings import Settings
from sampling import tickets


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
