"""Rosters: the server repeats the phone's draw, and reserves open in their order."""

from typing import Any

from fieldwork import tasks
from phones import a_roster, an_interview, reseal
from pushing import UUID, count, lines, push_raw, sealed_village, statuses
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, Task
from inspect_app.models.interviews import Contact, RosterList
from inspect_app.models.samples import SampleHousehold, Village
from inspect_app.rules.ops import interview_id


def expected(session: Session, village_code: str) -> int:
    query = select(Village.households_n).where(Village.village_code == village_code)
    households = session.scalars(query).one()
    session.rollback()
    return households


def test_the_server_draws_what_the_phone_drew(phone: Phone, session: Session) -> None:
    village = sealed_village(phone)
    drawn = phone.seal_roster(village, a_roster(village, households=expected(session, village)))

    assert statuses(phone.push()) == ["accepted"]
    stored = session.scalars(
        select(SampleHousehold)
        .where(SampleHousehold.psu == village, SampleHousehold.household_class == "N")
        .order_by(SampleHousehold.order)
    ).all()
    assert [row.unit_id for row in stored] == [task.unit_id for task in drawn]
    assert [row.interview_id for row in stored] == [task.interview_id for task in drawn]
    assert [row.is_reserve for row in stored] == [task.is_reserve for task in drawn]
    for task in drawn[:2]:
        an_interview(phone, task)
    assert statuses(phone.push()) == ["accepted", "accepted"]


def test_roster_and_interviews_may_come_in_one_batch(phone: Phone, session: Session) -> None:
    village = sealed_village(phone)
    drawn = phone.seal_roster(village, a_roster(village, households=expected(session, village)))
    for task in drawn[:3]:
        an_interview(phone, task)

    assert statuses(phone.push()) == ["accepted"] * 4


def test_a_second_roster_is_in_conflict_and_the_first_draw_stands(
    phone: Phone, session: Session
) -> None:
    village = sealed_village(phone)
    rows = a_roster(village, households=expected(session, village))
    phone.seal_roster(village, rows)
    phone.push()
    before = count(session, SampleHousehold)
    second = reseal(phone.outbox[0], households=rows[:-1])
    second["op_id"] = UUID

    (result,) = push_raw(phone, second).get_json()["results"]

    assert result["status"] == "conflict"
    assert count(session, SampleHousehold) == before
    stands = session.scalars(select(RosterList.stands).order_by(RosterList.stands)).all()
    assert stands == [False, True]


def test_a_roster_far_from_the_register_is_flagged(phone: Phone, session: Session) -> None:
    village = sealed_village(phone)
    wanted = expected(session, village)
    phone.seal_roster(village, a_roster(village, households=round(wanted * 0.9)))

    assert statuses(phone.push()) == ["accepted"]
    assert lines(session) == [(1, "op", "accepted"), (2, "event", "roster_differs")]


def test_a_household_the_server_did_not_draw_tells_of_a_different_draw(
    phone: Phone, session: Session, campaign: Any
) -> None:
    village = sealed_village(phone)
    rows = a_roster(village, households=expected(session, village))
    drawn = phone.seal_roster(village, rows)
    phone.push()
    other = next(
        row["unit_id"]
        for row in rows
        if row["household_class"] == "N" and row["unit_id"] not in phone.tasks
    )
    phone.tasks[other] = Task(
        **{
            **drawn[0].__dict__,
            "unit_id": other,
            "interview_id": interview_id(campaign.id, other, "1"),
        }
    )
    an_interview(phone, phone.tasks[other])

    assert statuses(phone.push()) == ["not_assigned"]
    assert lines(session)[-1][1:] == ("event", "draw_differs")


def test_reserves_open_in_order_when_a_visit_fails_for_good(phone: Phone, session: Session) -> None:
    cell = tasks(phone)
    village = cell[0].village_code
    reserves = [task for task in cell if task.is_reserve]
    assert not any(task.is_reserve for task in phone.to_visit(village))
    phone.seal_contact(cell[0].unit_id, visit_no=1, disposition="partial")
    assert not any(task.is_reserve for task in phone.to_visit(village))

    phone.seal_contact(cell[0].unit_id, visit_no=2, disposition="moved_out")

    opened = [task for task in phone.to_visit(village) if task.is_reserve]
    assert opened == reserves[:1]
    an_interview(phone, reserves[0])
    assert statuses(phone.push()) == ["accepted"] * 3
    assert [line[1] for line in lines(session)] == ["op"] * 3
    assert count(session, Contact) == 2


def test_a_reserve_out_of_order_is_kept_and_told(phone: Phone, session: Session) -> None:
    cell = tasks(phone)
    reserves = [task for task in cell if task.is_reserve]
    phone.seal_contact(cell[0].unit_id, visit_no=1, disposition="dead")
    an_interview(phone, reserves[1])

    assert statuses(phone.push()) == ["accepted", "accepted"]
    assert lines(session)[-1][1:] == ("event", "reserve_out_of_order")


def test_order_in_a_batch_does_not_make_a_reserve_early(phone: Phone, session: Session) -> None:
    cell = tasks(phone)
    reserve = next(task for task in cell if task.is_reserve)
    visit = phone.seal_contact(cell[0].unit_id, visit_no=1, disposition="dead")
    interview = an_interview(phone, reserve)

    phone.push_once([interview, visit])

    assert [line[1] for line in lines(session)] == ["op", "op"]
