"""Proposals for a village day: full where that can be, explained where not, accepted as a whole."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.samples import Assignment, Declaration, Enumerator, SampleVillage
from inspect_app.rules.roles import Role
from inspect_app.rules.states import DeviceState

DAY = "2020-06-03"
MORNING = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)


def propose(as_role: Any, campaign: Any, **wanted: Any) -> Any:
    body = {"county_adcode": "420528", "visit_date": DAY, **wanted}
    return as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/proposal", json=body
    )


def accept(as_role: Any, campaign: Any, proposal: Any, **changes: Any) -> Any:
    wanted = [
        {
            "county_adcode": proposal["county_adcode"],
            "visit_date": proposal["visit_date"],
            "order": pair["order"],
            "enumerators": pair["enumerators"],
            **changes,
        }
        for pair in proposal["pairs"]
    ]
    return as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/batch", json={"assignments": wanted}
    )


def a_team(campaign: Any, count: int, **changes: Any) -> list[str]:
    people = [campaign.an_enumerator(f"person {number}", **changes) for number in range(count)]
    for person in people:
        campaign.a_phone(person)
    return people


def test_a_village_day_is_proposed_by_position_and_accepted_as_a_whole(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    people = a_team(campaign, 8)

    proposal = propose(as_role, campaign, count=4).get_json()
    accepted = accept(as_role, campaign, proposal)

    assert proposal["is_full"] is True
    assert [pair["order"] for pair in proposal["pairs"]] == [1, 2, 3, 4]
    assert sorted(one for pair in proposal["pairs"] for one in pair["enumerators"]) == sorted(
        people
    )
    codes = session.scalars(select(SampleVillage.village_code)).all()
    assert not any(code in str(proposal) for code in codes)
    assert accepted.status_code == 201
    assert [row["order"] for row in accepted.get_json()["assignments"]] == [1, 2, 3, 4]
    assert session.scalar(select(func.count()).select_from(Assignment)) == 4
    again = accept(as_role, campaign, proposal)
    assert again.get_json() == accepted.get_json()


def test_the_same_question_gets_the_same_proposal_and_stores_nothing(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 8)

    first, second = (propose(as_role, campaign, count=3).get_json() for _ in range(2))

    assert first == second
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_the_next_day_has_other_pairs_and_the_next_places(
    as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 6)
    first = propose(as_role, campaign, count=3).get_json()
    accept(as_role, campaign, first)
    frozen_clock.pass_by(days=1)

    second = propose(as_role, campaign, count=3, visit_date="2020-06-04").get_json()

    assert second["is_full"] is True
    assert [pair["order"] for pair in second["pairs"]] == [4, 5, 6]
    before, after = (
        {frozenset(pair["enumerators"]) for pair in one["pairs"]} for one in (first, second)
    )
    assert not before & after
    assert accept(as_role, campaign, second).status_code == 201


def test_whoever_went_least_goes_first(as_role: Any, a_campaign: Any, frozen_clock: Any) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 6)
    first = propose(as_role, campaign, count=2).get_json()
    accept(as_role, campaign, first)
    tired = {one for pair in first["pairs"] for one in pair["enumerators"]}
    frozen_clock.pass_by(days=1)

    second = propose(as_role, campaign, count=1, visit_date="2020-06-04").get_json()

    assert not tired & set(second["pairs"][0]["enumerators"])
    assert second["pairs"][0]["days"] == [0, 0]


def test_why_there_is_no_full_day_is_said_in_words(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 2)
    local = campaign.an_enumerator("Tan", province_code="42")
    campaign.an_enumerator("Ma", team="B")

    proposal = propose(as_role, campaign, count=2).get_json()

    assert (proposal["is_full"], len(proposal["pairs"]), proposal["unfilled"]) == (False, 1, [2])
    assert proposal["en"] == (
        "2 pairs are wanted and no more than 1 can be formed: 3 of 4 people may go on that day, "
        "and no other way of pairing them gives more"
    )
    assert "最多只能组成 1 组" in proposal["zh"]
    (barred,) = proposal["barred"]
    assert barred["enumerator_id"] == local
    assert [reason["code"] for reason in barred["reasons"]] == ["own_province"]
    assert [(one["code"], one["pairs"]) for one in proposal["kept_apart"]] == [("team", 2)]


def test_a_day_that_is_too_far_away_is_for_nobody(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 2)

    proposal = propose(as_role, campaign, count=1, visit_date="2020-06-09").get_json()

    assert proposal["pairs"] == []
    assert [reason["code"] for reason in proposal["reasons"]] == ["visit_day"]
    assert "more than 24 hours" in proposal["en"]


def test_a_team_may_be_asked_for_its_next_village(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    campaign.a_pair("Li", "Wang", team="A")
    theirs = campaign.a_pair("Zhao", "Sun", team="B")

    proposal = propose(as_role, campaign, count=1, team="B").get_json()

    assert sorted(proposal["pairs"][0]["enumerators"]) == sorted(theirs)


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"places": [1, 99]}, 404),
        ({"places": [7]}, 422),  # a reserve is not chosen
        ({"places": [2, 2]}, 422),
        ({"places": [1]}, 409),  # released
        ({"count": 6}, 409),  # five are left
        ({"count": 1, "places": [2]}, 422),
        ({}, 422),
        ({"county_adcode": "530828", "count": 1}, 409),
    ],
)
def test_places_that_cannot_be_filled(
    as_role: Any, a_campaign: Any, wanted: dict[str, Any], status: int
) -> None:
    campaign = a_campaign("drawn")
    campaign.assign(1)

    assert propose(as_role, campaign, **wanted).status_code == status


def test_a_batch_is_all_or_nothing(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    people = a_team(campaign, 4)
    wanted = [
        {
            "county_adcode": "420528",
            "visit_date": DAY,
            "order": place,
            "enumerators": pair,
        }
        for place, pair in ((1, people[:2]), (2, [people[1], people[2]]))
    ]

    answer = as_role(Role.PLANNER, campaign).post(
        f"/api/v1/campaigns/{campaign.id}/assignments/batch", json={"assignments": wanted}
    )

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/not-independent")
    assert [(one["order"], one["code"]) for one in answer.get_json()["reasons"]] == [(2, "busy")]
    assert session.scalar(select(func.count()).select_from(Assignment)) == 0


def test_a_batch_does_not_name_a_place_twice(as_role: Any, a_campaign: Any) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 4)
    proposal = propose(as_role, campaign, count=2).get_json()

    answer = accept(as_role, campaign, proposal, order=1)

    assert answer.status_code == 422
    assert answer.get_json()["detail"] == "A place is named twice."


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLANNER])
def test_only_planners_propose_and_accept(as_role: Any, a_campaign: Any, role: Role) -> None:
    campaign = a_campaign("drawn")
    client = as_role(role, campaign, team="A", county="420528")
    address = f"/api/v1/campaigns/{campaign.id}/assignments"

    asked = client.post(
        f"{address}/proposal",
        json={"county_adcode": "420528", "visit_date": DAY, "count": 1},
    )
    sent = client.post(f"{address}/batch", json={"assignments": []})

    assert (asked.status_code, sent.status_code) == (403, 403)


def a_large_field(session: Session, campaign: Any, *, teams: int, size: int) -> None:
    """Enumerators by teams, each with a phone and a declaration."""
    ids = [
        f"{team:04}{person:04}".rjust(36, "e") for team in range(teams) for person in range(size)
    ]
    session.execute(
        insert(Enumerator),
        [
            {
                "id": one,
                "campaign_id": campaign.id,
                "name": "x",
                "team": one[28:32],
                "province_code": "51",
                "home_adcode": "510104",
                "declared": [],
                "created_at": MORNING,
            }
            for one in ids
        ],
    )
    session.execute(
        insert(Device),
        [
            {
                "id": one.replace("e", "d"),
                "campaign_id": campaign.id,
                "enumerator_id": one,
                "public_key": {},
                "state": DeviceState.ACTIVE.value,
                "app": "test",
                "enrolled_at": MORNING,
                "unsent": [],
            }
            for one in ids
        ],
    )
    session.execute(
        insert(Declaration),
        [
            {
                "campaign_id": campaign.id,
                "subject": one,
                "version": 1,
                "document_sha256": "d" * 64,
                "signed_on": MORNING.date(),
                "ties": [],
                "standing": [],
                "languages": [],
                "training_score": 95,
                "recorded_at": MORNING,
                "recorded_by": campaign.planner.actor,
            }
            for one in ids
        ],
    )
    session.commit()


def statements(session: Session, act: Any) -> int:
    """How many statements the server sends to the database meanwhile."""
    sent = []
    engine = session.get_bind()

    def count(*arguments: Any) -> None:
        sent.append(arguments[2])

    event.listen(engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(sent)


def test_seven_hundred_pairs_take_no_more_questions_than_four(
    as_role: Any, a_campaign: Any, session: Session
) -> None:
    """A campaign of 1,400 people in 40 teams; the queries of a proposal do not grow with them."""
    campaign = a_campaign("drawn")
    a_team(campaign, 8)
    planner = as_role(Role.PLANNER, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/assignments/proposal"
    body = {"county_adcode": "420528", "visit_date": DAY, "count": 6}
    few = statements(session, lambda: planner.post(address, json=body))

    a_large_field(session, campaign, teams=40, size=35)
    many = statements(session, lambda: planner.post(address, json=body))

    assert many == few
    assert planner.post(address, json=body).get_json()["is_full"] is True


def test_lists_are_read_page_by_page(as_role: Any, a_campaign: Any, session: Session) -> None:
    campaign = a_campaign("drawn")
    a_team(campaign, 12)
    accept(as_role, campaign, propose(as_role, campaign, count=6).get_json())
    planner = as_role(Role.PLANNER, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/assignments"

    pages, after = [], ""
    while after is not None:
        page = planner.get(f"{address}?limit=4{after and '&after='}{after}").get_json()
        pages.append([row["id"] for row in page["assignments"]])
        after = page["next"]

    assert [len(page) for page in pages] == [4, 2]
    assert [one for page in pages for one in page] == sorted(session.scalars(select(Assignment.id)))
    small = statements(session, lambda: planner.get(f"{address}?limit=1"))
    large = statements(session, lambda: planner.get(f"{address}?limit=6"))
    assert small == large
