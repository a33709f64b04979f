"""Assignments: one village, one day, one pair that no rule forbids."""

from typing import Any

import pytest
from assigning import approve, declare, feed_of
from sending import a_request, codes_of, post, reassign
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.models.campaigns import Seed
from inspect_app.models.devices import Device, FeedItem
from inspect_app.models.samples import (
    Assignment,
    Reassignment,
    SampleHousehold,
    SampleVillage,
    SealedSample,
)
from inspect_app.rules.campaigns import NewCounty
from inspect_app.rules.roles import Role
from inspect_app.rules.states import DeviceState
from sampling import tickets


def test_an_enumerator_is_entered_once(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned")
    planner = as_role(Role.PLANNER, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/enumerators"
    body = {
        "id": "5e0c2ad1-6a52-4c54-8a3e-6a4b8d3f2b10",
        "name": "李访",
        "team": "A",
        "province_code": "51",
        "home_adcode": "510104",
        "declared": ["530828", "420528", "530828"],
    }

    first = planner.post(address, json=body)
    again = planner.post(address, json=body)
    other = planner.post(address, json={**body, "declared": []})

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    assert first.get_json()["declared"] == ["420528", "530828"]
    assert planner.get(address).get_json() == {"enumerators": [first.get_json()], "next": None}


def test_a_team_leader_lists_the_own_team(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("commissioned")
    mine = campaign.an_enumerator("Li", team="A")
    campaign.an_enumerator("Wang", team="B")

    listed = (
        as_role(Role.TEAM_LEADER, campaign, team="A")
        .get(f"/api/v1/campaigns/{campaign.id}/enumerators")
        .get_json()["enumerators"]
    )

    assert [row["id"] for row in listed] == [mine]


def test_a_release_names_the_village_and_fills_the_feed(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()

    answer = post(as_role, campaign, a_request(pair, order=3))

    assert answer.status_code == 201
    released = answer.get_json()
    village = session.scalars(select(SampleVillage).where(SampleVillage.position == 3)).one()
    assert released["village_code"] == village.village_code
    assert released["enumerators"] == list(pair)
    items = feed_of(session, released["device_id"])
    households = session.scalars(select(SampleHousehold)).all()
    assert [kind for kind, _ in items] == ["assign"] * len(households) + ["roster_draw"]
    assert {item["unit_id"] for _, item in items[:-1]} == {row.unit_id for row in households}
    assert set(items[0][1]) == {
        "interview_id",
        "unit_id",
        "village_code",
        "household_class",
        "round",
        "order",
        "is_reserve",
        "round_kind",
        "reference_date",
        "form_id",
        "version",
    }


def test_the_phone_is_told_the_village_seed_and_nobody_else(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")

    answer = post(as_role, campaign, a_request(campaign.a_pair()))

    code = answer.get_json()["village_code"]
    kind, item = feed_of(session, answer.get_json()["device_id"])[-1]
    seed = tickets.village_seed(tickets.county_seed(campaign.seed, "420528"), code)
    assert (kind, item["seed"]) == ("roster_draw", seed)
    assert (item["n"], item["reserve"], item["household_class"]) == (3, 2, "N")
    assert item["expected"] > 100
    assert seed not in answer.text


def test_assigning_again_changes_nothing(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    body = a_request(campaign.a_pair())
    first = post(as_role, campaign, body)
    items = session.scalar(select(func.count()).select_from(FeedItem))

    again = post(as_role, campaign, body)

    assert (again.status_code, again.get_json()) == (201, first.get_json())
    assert session.scalar(select(func.count()).select_from(FeedItem)) == items


def test_a_released_village_does_not_change_hands(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1)

    answer = post(as_role, campaign, a_request(campaign.a_pair("Zhao", "Sun")))

    assert answer.status_code == 409


def test_every_broken_rule_is_named_in_both_languages(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    local = campaign.an_enumerator("Tan", province_code="42", home_adcode="420528")
    tied = campaign.an_enumerator("Ma", declared=("420528",))

    answer = post(as_role, campaign, a_request((local, tied), visit_date="2020-06-09"))

    assert answer.status_code == 422
    problem = answer.get_json()
    assert problem["type"] == "/problems/not-independent"
    assert [reason["code"] for reason in problem["reasons"]] == [
        "visit_day",
        "own_province",
        "home_county",
        "declared",
        "no_phone",
    ]
    assert "不得评估本省" in problem["detail"]
    assert "nobody inspects the own province" in problem["detail"]
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0
    assert session.scalar(select(func.count()).select_from(SampleHousehold)) == 0


def test_a_check_gives_reasons_and_names_no_village(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    good, local = campaign.a_pair(), campaign.an_enumerator("Tan", province_code="42")

    allowed = post(as_role, campaign, a_request(good), "?check=1")
    refused = post(as_role, campaign, a_request((good[0], local)), "?check=1")

    assert (allowed.status_code, refused.status_code) == (200, 200)
    assert allowed.get_json()["allowed"] is True
    assert allowed.get_json()["village_code"] is None
    assert [reason["code"] for reason in refused.get_json()["reasons"]] == ["own_province"]
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_pairs_change_every_village_day(as_role: Any, a_campaign: Any, frozen_clock: Any) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.a_pair()
    campaign.assign(1, pair=pair)
    frozen_clock.pass_by(days=1)

    same = post(as_role, campaign, a_request(pair, order=2, visit_date="2020-06-04"))
    third = campaign.an_enumerator("Zhao")
    mixed = post(as_role, campaign, a_request((pair[0], third), order=2, visit_date="2020-06-04"))

    codes = [reason["code"] for reason in same.get_json()["reasons"]]
    assert codes == ["pair_unchanged", "pair_unchanged"]
    assert mixed.status_code == 201


def test_provinces_that_inspected_us_this_year_do_not_get_inspected_by_us(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    first = a_campaign("drawn")
    first.assign(1)  # Sichuan inspects Hubei
    second = a_campaign("drawn", "second", agency_province=None)
    elsewhere = update(SampleVillage).where(SampleVillage.campaign_id == second.id)
    change(session, elsewhere.values(county_adcode="510726"))
    from_hubei = second.a_pair("Tan", "Xiang", province_code="42", home_adcode="420104")

    answer = post(as_role, second, a_request(from_hubei, county_adcode="510726"))

    codes = {reason["code"] for reason in answer.get_json()["reasons"]}
    assert codes == {"mutual_provinces"}


@pytest.mark.parametrize("state", [DeviceState.LOCKED, DeviceState.SUPERSEDED])
def test_a_phone_that_may_not_work_is_no_phone(
    as_role: Any, a_campaign: Any, state: DeviceState
) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    for person in pair:
        campaign.a_phone(person, state=state)

    answer = post(as_role, campaign, a_request(pair))

    assert [reason["code"] for reason in answer.get_json()["reasons"]] == ["no_phone"]


def test_the_second_ones_phone_serves_when_the_first_has_none(
    a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    first, second = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    phone = campaign.a_phone(second)

    released = campaign.assign(1, pair=(first, second))

    assert released.device_id == phone
    assert session.get_one(Device, phone).enumerator_id == second


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"order": 7}, 422),  # a reserve is not chosen
        ({"order": 99}, 404),
        ({"order": 0}, 422),
        ({"county_adcode": "530828"}, 404),
        ({"visit_date": "soon"}, 422),
        ({"enumerators": []}, 422),
    ],
)
def test_a_place_that_cannot_be_assigned(
    as_role: Any, a_campaign: Any, changes: dict[str, Any], status: int
) -> None:
    campaign = a_campaign("drawn")

    answer = post(as_role, campaign, a_request(campaign.a_pair(), **changes))

    assert answer.status_code == status


def test_nothing_is_assigned_before_the_draw(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("opened")

    assert post(as_role, campaign, a_request(campaign.a_pair())).status_code == 404


def test_nothing_is_assigned_after_publication(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    campaign.session.get_one(Seed, campaign.id).published_at = campaign.session.get_one(
        SealedSample, campaign.id
    ).sealed_at
    campaign.session.commit()

    answer = post(as_role, campaign, a_request(campaign.a_pair()))

    assert answer.status_code == 409
    assert answer.get_json()["detail"] == "The seed is published; fieldwork is over."


def test_the_seed_is_not_published_before_the_last_village_day(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    post(as_role, campaign, a_request(campaign.a_pair(), visit_date="2020-06-04"))
    commissioner = as_role(Role.COMMISSIONER)
    address = f"/api/v1/campaigns/{campaign.id}/seeds/publication"

    campaign.session.expire_all()
    campaign.end_fieldwork()
    frozen_clock.pass_by(days=1)  # the visit day itself
    early = commissioner.post(address)
    frozen_clock.pass_by(days=1)
    late = commissioner.post(address)

    assert (early.status_code, late.status_code) == (409, 201)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLANNER])
def test_only_planners_assign(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("drawn")
    client = as_role(role, campaign, team="A", county="420528")

    answer = client.post(
        f"/api/v1/campaigns/{campaign.id}/assignments", json=a_request(campaign.a_pair())
    )

    assert answer.status_code == 403


def test_where_the_language_matters_one_speaks_it_or_an_interpreter_comes(
    as_role: Any, a_campaign: Any
) -> None:
    county = NewCounty(
        "420528", "长阳", None, "湖北省", "Hubei", "", "central_2pct", 2019, language="ii"
    )
    campaign = a_campaign("drawn", counties=(county,))
    pair = campaign.a_pair()

    silent = post(as_role, campaign, a_request(pair), "?check=1")
    helped = post(as_role, campaign, a_request(pair, interpreter="agency list, no. 7"), "?check=1")
    declare(as_role, campaign, enumerator_id=pair[1], training_score=95, languages=["zh", "ii"])
    spoken = post(as_role, campaign, a_request(pair))

    assert codes_of(silent) == ["language"]
    assert (codes_of(helped), spoken.status_code) == ([], 201)


def test_two_teams_do_not_share_a_village(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    pair = campaign.an_enumerator("Li", team="A"), campaign.an_enumerator("Zhao", team="B")
    campaign.a_phone(pair[0])

    assert codes_of(post(as_role, campaign, a_request(pair))) == ["team"]


def test_others_take_a_village_over_and_both_phones_are_told(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    ill, well = campaign.a_pair(), campaign.a_pair("Zhao", "Sun")
    held = campaign.assign(1, pair=ill)
    given = [item for kind, item in feed_of(session, held.device_id) if kind == "assign"]

    answer = reassign(as_role, campaign, held.id, enumerators=list(well))
    again = reassign(as_role, campaign, held.id, enumerators=list(well))

    taken = answer.get_json()
    assert (answer.status_code, taken["id"], taken["enumerators"]) == (201, held.id, list(well))
    assert again.get_json() == taken
    assert taken["device_id"] != held.device_id
    revoked = [item for kind, item in feed_of(session, held.device_id) if kind == "revoke"]
    assert {item["interview_id"] for item in revoked[:-1]} == {
        item["interview_id"] for item in given
    }
    told = feed_of(session, taken["device_id"])
    assert [item for kind, item in told if kind == "assign"] == given
    assert [kind for kind, _ in told].count("roster_draw") == 1
    relieved = session.scalars(select(Reassignment)).one()
    assert (relieved.enumerator_a, relieved.enumerator_b, relieved.began) == (*ill, True)


def test_one_of_a_pair_may_stay(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    li, wang = campaign.a_pair()
    held = campaign.assign(1, pair=(li, wang))
    zhao = campaign.an_enumerator("Zhao")
    before = feed_of(session, held.device_id)

    answer = reassign(as_role, campaign, held.id, enumerators=[li, zhao])

    assert answer.status_code == 201
    assert answer.get_json()["device_id"] == held.device_id
    assert feed_of(session, held.device_id) == before


def test_the_rules_hold_for_those_who_take_over(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    held = campaign.assign(1)
    elsewhere = campaign.a_pair("Zhao", "Sun")
    campaign.assign(2, pair=elsewhere)
    local = campaign.an_enumerator("Tan", home_adcode="420528")

    answer = reassign(as_role, campaign, held.id, enumerators=[elsewhere[0], local])

    assert answer.status_code == 422
    assert codes_of(answer) == ["busy", "home_county"]


def test_a_village_that_was_given_up_is_not_handed_on(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    held = campaign.assign(1)
    others = campaign.a_pair("Zhao", "Sun")
    approve(as_role, campaign, held.id)
    post(as_role, campaign, a_request(others, unreachable="洪水"))

    answer = reassign(as_role, campaign, held.id, enumerators=list(others))

    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/conflict")


def test_a_pair_that_fell_ill_before_the_day_did_not_work_it(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    ill, well = campaign.a_pair(), campaign.a_pair("Zhao", "Sun")
    body = a_request(ill, visit_date="2020-06-04")
    held = post(as_role, campaign, body).get_json()
    reassign(as_role, campaign, held["id"], enumerators=list(well))

    recovered = post(as_role, campaign, a_request(ill, order=2, visit_date="2020-06-04"))

    assert recovered.status_code == 201
