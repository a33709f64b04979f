"""Village lists far from the register wait for the leader; a second list waits for a choice."""

from typing import Any

import pytest
from assigning import feed_of
from fieldwork import sent_out, tasks
from flask import Flask
from phones import AppWire, a_roster, an_interview, reseal
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.interviews import RosterList
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import SampleHousehold, SampleVillage
from inspect_app.rules.ops import interview_id
from inspect_app.rules.roles import Role
from sampling.tickets import ticket

OTHER_ID = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    """A phone that waits for its supervisor, as it should."""
    return sent_out(app, as_role, campaign, now=frozen_clock.moment, impatient=False)


@pytest.fixture
def boss(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")


@pytest.fixture
def village(phone: Phone) -> str:
    return tasks(phone)[0].village_code


@pytest.fixture
def path(campaign: Any) -> str:
    return f"/api/v1/campaigns/{campaign.id}/rosters"


def drawn(session: Session) -> set[str]:
    session.rollback()
    query = select(SampleHousehold.unit_id).where(SampleHousehold.household_class == "N")
    return set(session.scalars(query))


def events(session: Session) -> list[str]:
    session.rollback()
    query = select(LedgerEntry.status).where(LedgerEntry.type == "event")
    return list(session.scalars(query.order_by(LedgerEntry.seq)))


def second_list(phone: Phone, rows: list[dict[str, Any]]) -> str:
    """Another list of the same village arrives."""
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    op = {**reseal(phone.outbox[0], households=rows), "op_id": OTHER_ID}
    answer = wire.app.test_client().post(
        "/api/v1/sync/push",
        json={**phone.envelope([]), "ops": [op]},
        headers={"Authorization": f"Bearer {phone.token}"},
    )
    return str(answer.get_json()["results"][0]["status"])


def test_the_phone_is_told_how_far_its_count_may_differ(phone: Phone, village: str) -> None:
    told = phone.draws[village]

    assert told["may_differ"] == int(told["expected"] * 0.03)


def test_a_list_within_the_tolerance_is_drawn_from_at_once(phone: Phone, village: str) -> None:
    told = phone.draws[village]
    rows = a_roster(village, households=told["expected"] - told["may_differ"])

    assert phone.seal_roster(village, rows) != []
    assert phone.waiting == {}


def test_a_list_far_from_the_register_waits_for_the_leader(
    as_role: Any, campaign: Any, phone: Phone, village: str, boss: Any, path: str, session: Session
) -> None:
    told = phone.draws[village]
    rows = a_roster(village, households=told["expected"] - told["may_differ"] - 1)
    before = phone.seal_roster(village, rows)
    op_id = phone.outbox[0].op["op_id"]
    phone.push()
    phone.pull()
    still_waiting = set(phone.waiting)
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    reason = {"reason": "eleven households moved to the new site"}

    foreign = other.post(f"{path}/{op_id}/release", json=reason)
    released = boss.post(f"{path}/{op_id}/release", json=reason)
    boss.post(f"{path}/{op_id}/release", json=reason)
    phone.pull()

    assert (before, still_waiting) == ([], {village})
    assert foreign.status_code == 404
    assert (released.get_json()["differs"], released.get_json()["released"]) == (True, True)
    mine = {task.unit_id for task in phone.tasks.values() if task.household_class == "N"}
    assert mine == drawn(session) != set()
    assert events(session) == ["roster_differs", "roster_released"]
    an_interview(phone, tasks(phone, "N")[0])
    assert [one["status"] for one in phone.push()] == ["accepted"]


def test_a_list_that_needs_no_release_gets_none(
    phone: Phone, village: str, boss: Any, path: str
) -> None:
    phone.seal_roster(village, a_roster(village, households=phone.draws[village]["expected"]))
    phone.push()

    answer = boss.post(f"{path}/{phone.outbox[0].op['op_id']}/release", json={"reason": "sure"})

    assert answer.status_code == 409


def test_the_first_draw_stands_until_the_leader_chooses_the_second_list(
    phone: Phone, village: str, boss: Any, path: str, session: Session
) -> None:
    rows = a_roster(village, households=phone.draws[village]["expected"])
    phone.seal_roster(village, rows)
    phone.push()
    first = drawn(session)
    shorter = rows[: len(rows) // 2]
    assert second_list(phone, shorter) == "conflict"
    assert drawn(session) == first

    chosen = boss.post(f"{path}/{OTHER_ID}/stand", json={"reason": "the first was a draft"})
    again = boss.post(f"{path}/{OTHER_ID}/stand", json={"reason": "the first was a draft"})
    phone.pull()

    second = drawn(session)
    assert chosen.get_json() == again.get_json()
    assert chosen.get_json()["stands"] is True
    assert first != second <= {row["unit_id"] for row in shorter}
    assert {task.unit_id for task in phone.tasks.values() if task.household_class == "N"} == second
    lists = session.scalars(select(RosterList).order_by(RosterList.stands)).all()
    assert [(one.stands, set(one.drawn)) for one in lists] == [(False, first), (True, second)]
    assert events(session)[-1] == "roster_chosen"
    an_interview(phone, tasks(phone, "N")[0])
    assert [one["status"] for one in phone.push()] == ["accepted"]


def test_households_of_a_chosen_list_are_told_like_all_others(
    phone: Phone, village: str, boss: Any, path: str, session: Session
) -> None:
    rows = a_roster(village, households=phone.draws[village]["expected"])
    phone.seal_roster(village, rows)
    phone.push()
    second_list(phone, rows[: len(rows) // 2])

    boss.post(f"{path}/{OTHER_ID}/stand", json={"reason": "the first was a draft"})

    told = [item for kind, item in feed_of(session, phone.device_id) if kind == "assign"]
    assert {item["household_class"] for item in told} >= {"E", "N"}
    assert {frozenset(item) for item in told} == {frozenset(told[0])}
    assert {(item["round_kind"], item["reference_date"]) for item in told} == {
        (told[0]["round_kind"], told[0]["reference_date"])
    }


def test_a_draw_that_was_visited_stands_for_good(
    phone: Phone, village: str, boss: Any, path: str, session: Session
) -> None:
    rows = a_roster(village, households=phone.draws[village]["expected"])
    phone.seal_roster(village, rows)
    an_interview(phone, tasks(phone, "N")[0])
    phone.push()
    first = drawn(session)
    second_list(phone, rows[:-1])

    refused = boss.post(f"{path}/{OTHER_ID}/stand", json={"reason": "better"})

    assert refused.get_json()["type"] == "/problems/draw-visited"
    assert drawn(session) == first


def quarantined(boss: Any, campaign: Any) -> list[dict[str, Any]]:
    answer = boss.get(f"/api/v1/campaigns/{campaign.id}/quarantine").get_json()
    return list(answer["quarantine"])


def settled_elsewhere(session: Session, unit_id: str, **changes: Any) -> None:
    """A household of another village of the sample gets this id."""
    session.rollback()
    village = unit_id[:12]
    told = select(SampleVillage.village_code).where(SampleVillage.village_code != village)
    elsewhere = str(session.scalars(told.order_by(SampleVillage.village_code)).first())
    known = session.scalars(select(SampleHousehold)).first()
    assert known is not None
    columns = {column.name: getattr(known, column.name) for column in known.__table__.columns}
    changes = {"psu": elsewhere, "unit_id": unit_id, "interview_id": OTHER_ID, **changes}
    session.add(SampleHousehold(**(columns | changes)))
    session.commit()


def test_an_id_of_the_phones_choosing_is_kept_and_not_drawn(
    phone: Phone, village: str, boss: Any, campaign: Any, session: Session
) -> None:
    """Whoever knows the seed could try ids until one is drawn first."""
    rows = a_roster(village, households=phone.draws[village]["expected"])
    seed = phone.draws[village]["seed"]
    rows[7]["unit_id"] = min((f"pick-{n}" for n in range(500)), key=lambda id: ticket(seed, id))
    phone.seal_roster(village, rows)

    (result,) = phone.push()

    assert result["status"] == "invalid"
    assert [(one["pointer"], one["code"]) for one in result["faults"]] == [
        ("/households/7/unit_id", "not-numbered")
    ]
    assert drawn(session) == set()
    (kept,) = quarantined(boss, campaign)
    assert (kept["kind"], kept["status"], kept["faults"]) == ("roster", "invalid", result["faults"])


@pytest.mark.parametrize("of", ["the own village", "another village"])
def test_a_slip_in_a_list_is_put_right_by_another_list(
    phone: Phone, village: str, boss: Any, campaign: Any, session: Session, of: str
) -> None:
    """A household drawn from the register is listed as one of class N by mistake."""
    rows = a_roster(village, households=phone.draws[village]["expected"])
    registered = tasks(phone)[0].unit_id
    if of == "another village":
        registered = "420528999999-0001"
        settled_elsewhere(session, registered)
    slip = [rows[0] | {"unit_id": registered, "household_class": "N"}, *rows[1:]]
    phone.seal_roster(village, slip)
    (result,) = phone.push()
    (kept,) = quarantined(boss, campaign)
    where = f"/api/v1/campaigns/{campaign.id}/quarantine/{kept['number']}"

    released = boss.post(f"{where}/release", json={"reason": "looks sound"})
    dismissed = boss.post(f"{where}/dismiss", json={"reason": "a slip: line 1 is registered"})
    phone.pull()

    assert (result["status"], result["faults"][0]["code"]) == ("invalid", "not-numbered")
    assert released.get_json()["type"] == "/problems/not-releasable"
    assert dismissed.get_json()["decision"] == "dismissed"
    assert phone.draws[village]["instead_of"] == kept["op_id"]
    assert second_list(phone, rows) == "accepted"
    (standing,) = session.scalars(select(RosterList)).all()
    assert (standing.op_id, standing.stands) == (OTHER_ID, True)
    assert drawn(session) == set(standing.drawn) != set()


def test_a_list_cannot_take_an_id_of_another_village(
    phone: Phone, village: str, boss: Any, campaign: Any, session: Session
) -> None:
    """Stored before ids were numbered by the list; the honest list is kept, and says which row."""
    rows = a_roster(village, households=phone.draws[village]["expected"])
    taken = phone.seal_roster(village, rows)[0].unit_id
    settled_elsewhere(session, taken, household_class="N")

    (result,) = phone.push()

    line = [row["unit_id"] for row in rows].index(taken)
    assert (result["status"], result["seq"]) == ("invalid", 1)
    assert [(one["pointer"], one["code"]) for one in result["faults"]] == [
        (f"/households/{line}/unit_id", "unit-taken")
    ]
    (kept,) = quarantined(boss, campaign)
    assert kept["faults"] == result["faults"]
    assert session.scalars(select(RosterList)).all() == []


def test_a_chosen_list_cannot_take_an_id_of_another_village(
    phone: Phone, village: str, boss: Any, path: str, session: Session
) -> None:
    rows = a_roster(village, households=phone.draws[village]["expected"])
    phone.seal_roster(village, rows)
    phone.push()
    first = drawn(session)
    shorter = rows[: len(rows) // 2]
    second_list(phone, shorter)
    for row in shorter:
        if row["household_class"] == "N" and row["unit_id"] not in first:
            named = interview_id(phone.campaign_id, row["unit_id"], "9")
            settled_elsewhere(session, row["unit_id"], household_class="E", interview_id=named)

    refused = boss.post(f"{path}/{OTHER_ID}/stand", json={"reason": "better"})

    assert refused.status_code == 409
    assert refused.get_json()["type"] == "/problems/unit-taken"
    assert first <= drawn(session)


def test_leaders_see_the_lists_of_their_own_team(
    as_role: Any, campaign: Any, phone: Phone, village: str, boss: Any, path: str
) -> None:
    phone.seal_roster(village, a_roster(village, households=phone.draws[village]["expected"]))
    phone.push()

    (seen,) = boss.get(path).get_json()["rosters"]
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")

    assert (seen["village_code"], seen["differs"], seen["stands"]) == (village, False, True)
    assert other.get(path).get_json()["rosters"] == []
    assert as_role(Role.PLANNER, campaign).get(path).status_code == 403
