"""The sealed sample: hash first, villages only once released, everything after publication."""

from typing import Any

import polars as pl
import pytest
from flask.testing import FlaskClient
from frames import roster
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.samples import AccessEntry, SampleHousehold, SampleVillage
from inspect_app.rules.errors import StepMissing
from inspect_app.rules.interviews import RosterRow
from inspect_app.rules.roles import Role
from inspect_app.services import samples
from inspect_app.services.transactions import writing
from sampling import tickets
from sampling.household_draw import draw_registered
from sampling.plan import load_plan
from sampling.village_draw import draw_villages


def the_draw(folders: Any, seed: str) -> pl.DataFrame:
    """What the sampling package draws from the same folders and seed."""
    plan, villages = load_plan(folders.plans / "changyang")
    return draw_villages(plan, villages, campaign_seed=seed)


def listed(village_code: str, n: int = 60) -> list[RosterRow]:
    return [
        RosterRow(row["unit_id"], village_code, row["household_class"], row["persons"], row["line"])
        for row in roster(village_code, n).iter_rows(named=True)
    ]


def test_the_draw_answers_only_hash_and_counts(
    as_role: Any, a_campaign: Any, client: FlaskClient, folders: Any
) -> None:
    campaign = a_campaign("opened")

    made = as_role(Role.PLANNER, campaign).post(f"/api/v1/campaigns/{campaign.id}/samples")
    seen = client.get(f"/api/v1/campaigns/{campaign.id}/samples")

    assert made.status_code == 201
    assert seen.get_json() == made.get_json()
    assert set(made.get_json()) == {"sha256", "villages", "sealed_at", "counties"}
    assert made.get_json()["counties"] == [{"county_adcode": "420528", "drawn": 6, "reserve": 2}]
    assert made.get_json()["sha256"] == samples.sealed_sha256(the_draw(folders, campaign.seed))


def test_drawing_again_changes_nothing(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    planner = as_role(Role.PLANNER, campaign)

    first = planner.post(f"/api/v1/campaigns/{campaign.id}/samples")
    again = planner.post(f"/api/v1/campaigns/{campaign.id}/samples")

    assert again.get_json() == first.get_json()


def test_nothing_is_drawn_before_the_seed_is_opened(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("committed")

    answer = as_role(Role.PLANNER, campaign).post(f"/api/v1/campaigns/{campaign.id}/samples")

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/step-missing")


def test_a_plan_folder_that_changed_since_is_not_drawn_from(
    as_role: Any, a_campaign: Any, settings: Any
) -> None:
    campaign = a_campaign("opened")
    plan = settings.plans_dir / "changyang" / "plan.toml"
    plan.write_text(plan.read_text("utf-8").replace("e = 3", "e = 5"), "utf-8")

    answer = as_role(Role.PLANNER, campaign).post(f"/api/v1/campaigns/{campaign.id}/samples")

    assert answer.status_code == 409
    assert "changed since it was accepted" in answer.get_json()["detail"]


def test_the_hash_of_the_list_hides_behind_the_tickets(folders: Any) -> None:
    drawn = the_draw(folders, "a" * 64)
    same_villages_other_seed = drawn.with_columns(ticket=pl.lit("0" * 64))

    assert samples.sealed_sha256(drawn) == samples.sealed_sha256(drawn.reverse())
    assert samples.sealed_sha256(drawn) != samples.sealed_sha256(same_villages_other_seed)


@pytest.mark.parametrize(
    "role", [Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER]
)
def test_sealed_villages_are_shown_to_nobody(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("drawn")
    team = "A" if role is Role.TEAM_LEADER else None

    answer = as_role(role, campaign, team=team).get(
        f"/api/v1/campaigns/{campaign.id}/samples/villages"
    )

    assert answer.get_json() == {"villages": [], "next": None}


@pytest.mark.parametrize("role", [Role.ENUMERATOR, Role.COUNTY_OFFICIAL])
def test_some_never_see_the_list(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("drawn")
    client = as_role(role, campaign, county="420528")

    assert client.get(f"/api/v1/campaigns/{campaign.id}/samples/villages").status_code == 403


def test_a_released_village_is_seen_and_who_saw_it_is_kept(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    released = campaign.assign(2)

    planner = as_role(Role.PLANNER, campaign)
    seen = planner.get(f"/api/v1/campaigns/{campaign.id}/samples/villages").get_json()
    log = planner.get(f"/api/v1/campaigns/{campaign.id}/access-log").get_json()

    assert [row["village_code"] for row in seen["villages"]] == [released.village_code]
    assert seen["villages"][0]["position"] == 2
    assert seen["villages"][0]["ticket"] is None
    code = released.village_code
    assert [(row["actor"], row["what"]) for row in log["accesses"]] == [
        (campaign.planner.actor, f"assigned villages {code}"),
        (campaign.planner.actor, f"1 sampled villages {code}…{code}"),
    ]


def test_a_team_leader_sees_the_own_teams_next_village_only(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    mine = campaign.assign(1, pair=campaign.a_pair("Li", "Wang", team="A"))
    campaign.assign(2, pair=campaign.a_pair("Zhao", "Sun", team="B"))
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")
    address = f"/api/v1/campaigns/{campaign.id}/samples/villages"

    today = leader.get(address).get_json()["villages"]
    frozen_clock.pass_by(days=1)
    tomorrow = leader.get(address).get_json()["villages"]

    assert [row["village_code"] for row in today] == [mine.village_code]
    assert tomorrow == []


def test_after_publication_the_whole_list_can_be_recomputed(
    as_role: Any, a_campaign: Any, folders: Any
) -> None:
    campaign = a_campaign("drawn")
    address = f"/api/v1/campaigns/{campaign.id}"
    campaign.end_fieldwork()
    as_role(Role.COMMISSIONER).post(f"{address}/seeds/publication")

    page = as_role(Role.REVIEWER, campaign).get(f"{address}/samples/villages?limit=5").get_json()
    rest = (
        as_role(Role.REVIEWER, campaign)
        .get(f"{address}/samples/villages?after={page['next']}")
        .get_json()
    )

    shown = pl.DataFrame(page["villages"] + rest["villages"], infer_schema_length=None)
    own = the_draw(folders, campaign.seed).sort("village_code")
    assert shown.select("village_code", "ticket", "pi1", "order").equals(
        own.select("village_code", "ticket", "pi1", "order")
    )


def test_positions_name_the_drawn_villages_before_the_reserves(
    a_campaign: Any, session: Session
) -> None:
    a_campaign("drawn")

    rows = session.execute(
        select(SampleVillage.position, SampleVillage.is_reserve).order_by(SampleVillage.position)
    ).all()

    assert [tuple(row) for row in rows] == [(place, place > 6) for place in range(1, 9)]


def test_registered_households_are_those_of_the_sampling_package(
    a_campaign: Any, session: Session, folders: Any
) -> None:
    campaign = a_campaign("drawn")
    released = campaign.assign(1)

    village = the_draw(folders, campaign.seed).filter(
        pl.col("village_code") == released.village_code
    )
    expected = draw_registered(
        folders.plan,
        village,
        folders.frame.households("420528"),
        campaign_seed=campaign.seed,
    )
    stored = session.scalars(select(SampleHousehold)).all()
    assert {(row.unit_id, row.order, row.is_reserve, row.pi2) for row in stored} == {
        (row["unit_id"], row["order"], row["is_reserve"], row["pi2"])
        for row in expected.iter_rows(named=True)
    }
    first = stored[0]
    assert first.interview_id == samples.interview_id(campaign.id, first.unit_id, "1")


def test_the_roster_draw_is_that_of_a_phone(a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    code = campaign.assign(1).village_code
    rows = listed(code)

    with writing(session):
        drawn = samples.draw_roster(session, campaign.id, code, rows)

    village_seed = tickets.village_seed(tickets.county_seed(campaign.seed, "420528"), code)
    ids = [row.unit_id for row in rows if row.household_class == "N"]
    assert (list(drawn.sample), list(drawn.reserve)) == tickets.draw_units(village_seed, ids, 3, 2)
    stored = samples.find_household(session, campaign.id, drawn.sample[0])
    assert stored is not None
    assert stored.pi2 == 3 / 60


def test_the_first_roster_stands(a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    code = campaign.assign(1).village_code

    with writing(session):
        first = samples.draw_roster(session, campaign.id, code, listed(code))
        second = samples.draw_roster(session, campaign.id, code, listed(code, 59))

    assert second == first


def test_a_village_that_is_not_released_has_no_roster(a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    code = session.scalars(select(SampleVillage.village_code)).first()

    with pytest.raises(StepMissing), writing(session):
        samples.draw_roster(session, campaign.id, str(code), [])


def test_the_interview_frame_holds_what_was_opened(
    a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    code = campaign.assign(1).village_code
    with writing(session):
        samples.draw_roster(session, campaign.id, code, listed(code))
    reserve = session.scalars(
        select(SampleHousehold)
        .where(SampleHousehold.is_reserve, SampleHousehold.household_class == "E")
        .order_by(SampleHousehold.order)
    ).first()
    assert reserve is not None
    before = samples.interview_frame(session, campaign.id, "420528")
    reserve.opened_at = frozen_clock.moment
    session.commit()

    after = samples.interview_frame(session, campaign.id, "420528")

    assert {row["household_class"] for row in before} == {"E", "P", "N"}
    assert not any(row["is_reserve"] for row in before)
    assert [row["unit_id"] for row in after if row["is_reserve"]] == [reserve.unit_id]
    assert len(after) == len(before) + 1
    assert set(after[0]) >= {"unit_id", "psu", "pi1", "pi2", "base_weight", "interview_id"}


def test_a_household_outside_the_sample_is_not_found(a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")

    assert samples.find_household(session, campaign.id, "nobody") is None


def test_the_access_log_is_for_those_who_run_the_campaign(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")

    answer = as_role(Role.REVIEWER, campaign).get(f"/api/v1/campaigns/{campaign.id}/access-log")

    assert answer.status_code == 403
    assert session.scalars(select(AccessEntry)).all() == []
