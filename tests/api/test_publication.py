"""The public record of a draw: what is promised, in which order, and what the end reveals."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from inspect_app.models.campaigns import PlanVersion
from inspect_app.models.samples import Village
from inspect_app.rules.roles import Role
from sampling import tickets
from sampling.plan import Plan, load_plan
from sampling.village_draw import draw_villages

SECRET = "my secret words"
VALUE = {"public_value_source": "lottery", "public_value_at": "2020-06-03T01:30:00+00:00"}


def publication(client: FlaskClient, campaign: Any, **headers: str) -> Any:
    return client.get(f"/api/v1/campaigns/{campaign.id}/publication", headers=headers)


def commit(client: FlaskClient, campaign: Any, **changes: Any) -> Any:
    body = {"commitment": tickets.commitment(SECRET), **VALUE, **changes}
    return client.post(f"/api/v1/campaigns/{campaign.id}/seeds", json=body)


def open_seed(client: FlaskClient, campaign: Any, **changes: Any) -> Any:
    body = {"secret": SECRET, "public_value": "lottery", **changes}
    return client.post(f"/api/v1/campaigns/{campaign.id}/seeds/opening", json=body)


def test_nothing_is_public_before_the_commitment(a_campaign: Any, client: FlaskClient) -> None:
    campaign = a_campaign("planned")

    assert publication(client, campaign).status_code == 404


def test_the_promise_is_public_whole_and_without_log_in(
    a_campaign: Any, client: FlaskClient, folders: Any
) -> None:
    campaign = a_campaign("committed")

    shown = publication(client, campaign).get_json()

    book = shown["rulebook"]
    assert hashlib.sha256(book["toml"].encode()).hexdigest() == book["sha256"]
    assert shown["frame"]["frame_sha256"] == folders.frame.sha256
    assert Plan.from_toml(shown["plan"]["toml"]).sha256 == shown["plan"]["plan_sha256"]
    assert [one["what"] for one in shown["timeline"]] == [
        "commissioned",
        "framed",
        "planned",
        "committed",
    ]
    hidden = ("sealed", "secret", "public_value", "campaign_seed", "access_log_sha256")
    assert [shown[name] for name in hidden] == [None] * 5
    assert shown["is_revealed"] is False
    assert shown["counties"][0]["county_seed"] is None


def test_the_record_does_not_change_while_villages_are_released(
    a_campaign: Any, client: FlaskClient, as_role: Any
) -> None:
    campaign = a_campaign("drawn")
    before = publication(client, campaign)

    campaign.assign(1)
    as_role(Role.PLANNER, campaign).get(f"/api/v1/campaigns/{campaign.id}/samples/villages")
    after = publication(client, campaign)

    assert after.get_json() == before.get_json()
    assert after.headers["ETag"] == before.headers["ETag"]
    unchanged = publication(client, campaign, **{"If-None-Match": before.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_villages_and_tickets_stay_sealed_until_the_end(
    a_campaign: Any, client: FlaskClient
) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1)

    answer = client.get(f"/api/v1/campaigns/{campaign.id}/publication/villages")

    assert answer.status_code == 404


def test_after_fieldwork_anybody_can_draw_again(
    a_campaign: Any, client: FlaskClient, as_role: Any, folders: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    visited = campaign.assign(1).village_code
    before = publication(client, campaign)
    assert before.get_json()["staff"] == []
    campaign.end_fieldwork()
    frozen_clock.pass_by(days=1)
    as_role(Role.COMMISSIONER).post(f"/api/v1/campaigns/{campaign.id}/seeds/publication")

    answer = publication(client, campaign)
    shown = answer.get_json()
    villages, after = [], ""
    while after is not None:
        page = client.get(
            f"/api/v1/campaigns/{campaign.id}/publication/villages?limit=3{after and '&after='}"
            f"{after}"
        ).get_json()
        villages += page["villages"]
        after = page["next"]

    assert answer.headers["ETag"] != before.headers["ETag"]
    assert tickets.commitment(shown["secret"]) == shown["commitment"]
    seed = tickets.campaign_seed(shown["secret"], shown["public_value"])
    assert shown["campaign_seed"] == seed
    county = shown["counties"][0]
    assert county["county_seed"] == tickets.county_seed(seed, county["adcode"])
    assert county["stage1_seed"] == tickets.stage1_seed(county["county_seed"])
    plan, framed = load_plan(folders.plans / "changyang")
    own = draw_villages(plan, framed, campaign_seed=seed).sort("village_code")
    columns = ["village_code", "ticket", "pi1", "order"]
    assert pl.DataFrame(villages).select(columns).equals(own.select(columns))
    for row in villages:
        expected = tickets.village_seed(county["county_seed"], row["village_code"])
        assert row["village_seed"] == expected
    assert [row["village_code"] for row in villages if row["was_visited"]] == [visited]
    assert len(shown["access_log_sha256"]) == 64
    assert shown["staff"] == [
        {"role": role, "invited_by": None, "people": 1} for role in ("commissioner", "planner")
    ]


def test_the_steps_have_to_come_in_their_order(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned")
    planner, boss = as_role(Role.PLANNER, campaign), as_role(Role.COMMISSIONER)
    address = f"/api/v1/campaigns/{campaign.id}"
    name = {"name": "changyang"}

    plan_first = planner.post(f"{address}/plans", json=name)
    planner.post(f"{address}/frames", json=name)
    commit_first = commit(boss, campaign)
    planner.post(f"{address}/plans", json=name)
    open_first = open_seed(boss, campaign)
    commit(boss, campaign)
    draw_first = planner.post(f"{address}/samples")

    early = (plan_first, commit_first, open_first, draw_first)
    assert [one.get_json()["type"] for one in early] == ["/problems/step-missing"] * 4


def test_after_the_commitment_nothing_changes(
    as_role: Any, a_campaign: Any, client: FlaskClient, settings: Any
) -> None:
    campaign = a_campaign("committed")
    promised = publication(client, campaign).get_json()
    planner, boss = as_role(Role.PLANNER, campaign), as_role(Role.COMMISSIONER)
    plan = settings.plans_dir / "changyang" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("e = 3", "e = 4"), "utf-8")

    answers = [
        planner.post(f"/api/v1/campaigns/{campaign.id}/plans", json={"name": "changyang"}),
        commit(boss, campaign),
    ]

    assert [one.get_json()["type"] for one in answers] == ["/problems/already-fixed"] * 2
    assert publication(client, campaign).get_json() == promised


def test_the_public_value_appears_after_the_commitment(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("planned")
    boss = as_role(Role.COMMISSIONER)

    old = commit(boss, campaign, public_value_at="2020-06-03T09:00:00+08:00")
    new = commit(boss, campaign, public_value_at="2020-06-04T21:00:00+08:00")

    assert (old.status_code, old.get_json()["type"]) == (422, "/problems/rule-violated")
    assert new.status_code == 201


def test_nothing_is_opened_before_the_public_value_is_out(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("planned")
    boss = as_role(Role.COMMISSIONER)
    commit(boss, campaign, public_value_at="2020-06-04T21:00:00+08:00")

    early = open_seed(boss, campaign)
    frozen_clock.pass_by(days=1, hours=12)
    late = open_seed(boss, campaign)

    assert (early.status_code, early.get_json()["type"]) == (409, "/problems/too-early")
    assert late.status_code == 201


def test_what_will_be_the_public_value_is_part_of_the_promise(
    as_role: Any, a_campaign: Any, client: FlaskClient
) -> None:
    """Whoever chose the value once the secret is known could draw until it suits."""
    campaign = a_campaign("planned")
    boss = as_role(Role.COMMISSIONER)

    refused = [commit(boss, campaign, **{name: None}) for name in VALUE]
    commit(boss, campaign)
    other = commit(boss, campaign, public_value_source="the weather")

    assert [answer.status_code for answer in refused] == [422, 422]
    assert other.get_json()["type"] == "/problems/already-fixed"
    shown = publication(client, campaign).get_json()
    assert {name: shown[name] for name in VALUE} == VALUE


@pytest.mark.parametrize("missing", ["day", "village", "list"])
def test_the_seed_stays_secret_until_every_village_is_listed(
    as_role: Any, a_campaign: Any, frozen_clock: Any, session: Any, missing: str
) -> None:
    """Whoever has the seed before a village is listed knows its households ahead."""
    campaign = a_campaign("drawn")
    campaign.assign(1)
    session.expire_all()
    if missing != "village":
        campaign.end_fieldwork()
    if missing == "list":
        rows = session.scalars(select(Village).where(Village.households_n == 0))
        for row in rows:
            row.households_n = 1
        session.commit()
    frozen_clock.pass_by(days=missing != "day")
    boss, there = as_role(Role.COMMISSIONER), f"/api/v1/campaigns/{campaign.id}/seeds/publication"

    assert boss.post(there).status_code == 409
    campaign.end_fieldwork()
    frozen_clock.pass_by(days=1)
    assert boss.post(there).status_code == 201


@pytest.mark.parametrize(("minutes", "status"), [(0, 422), (1, 201), (120, 409)])
def test_a_public_value_older_than_the_commitment_is_refused(
    as_role: Any, a_campaign: Any, frozen_clock: Any, minutes: int, status: int
) -> None:
    campaign = a_campaign("planned")
    boss = as_role(Role.COMMISSIONER)
    commit(boss, campaign)
    frozen_clock.pass_by(hours=1)
    appeared = datetime(2020, 6, 3, 1, 0, tzinfo=UTC) + timedelta(minutes=minutes)

    answer = open_seed(boss, campaign, public_value_at=appeared.isoformat())

    assert answer.status_code == status


def test_whoever_planned_neither_commits_nor_opens(
    as_role: Any, a_campaign: Any, session: Any
) -> None:
    campaign = a_campaign("planned")
    boss = as_role(Role.COMMISSIONER)
    planned = session.get_one(PlanVersion, campaign.id)
    planner, planned.accepted_by = planned.accepted_by, campaign.commissioner.actor
    session.commit()

    refused = commit(boss, campaign)
    planned.accepted_by = planner  # a second pair of eyes
    session.commit()
    commit(boss, campaign)
    session.get_one(PlanVersion, campaign.id).accepted_by = campaign.commissioner.actor
    session.commit()
    stuck = open_seed(boss, campaign)

    for answer in (refused, stuck):
        assert (answer.status_code, answer.get_json()["type"]) == (403, "/problems/same-hands")
