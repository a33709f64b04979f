"""Who is asked to repeat an interview: others, when the first cannot; never who broke it."""

from typing import Any

import pytest
from fieldwork import a_code, another_pair, tasks
from flask import Flask
from phones import a_phone, an_interview
from sending import reassign, send_back
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.interviews import Return
from inspect_app.models.samples import AccessEntry, Assignment
from inspect_app.rules.roles import Role


@pytest.fixture
def reviewer(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.REVIEWER, campaign)


@pytest.fixture
def broken(phone: Phone) -> str:
    """An interview in a room that was not cleared."""
    return arrive(phone, room_cleared="no")


@pytest.fixture
def sound(phone: Phone) -> str:
    """An interview that somebody may be asked to repeat for any reason."""
    return arrive(phone)


def arrive(phone: Phone, **changes: Any) -> str:
    task = tasks(phone)[0]
    an_interview(phone, task, **changes)
    phone.push()
    return task.interview_id


def a_third_pair(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, **changes: Any
) -> tuple[Phone, list[str]]:
    pair = [campaign.an_enumerator(name, **changes) for name in ("Qian", "Zhou")]
    third = a_phone(app, seed="third", now=phone.now)
    third.enrol(a_code(as_role, campaign, pair[0]))
    return third, pair


def asked_of(session: Session) -> Return:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Return).order_by(Return.base_rev.desc()).limit(1)).one()


def pair_of(session: Session) -> list[str | None]:
    asked = asked_of(session)
    return [asked.enumerator_a, asked.enumerator_b]


def village(session: Session) -> Assignment:
    session.expire_all()
    return session.scalars(select(Assignment)).one()


def ids_on(phone: Phone) -> set[str]:
    phone.pull()
    return {task.interview_id for task in phone.tasks.values()}


def test_a_return_that_nobody_answered_goes_to_others(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    second, ill = another_pair(app, as_role, campaign, now=phone.now)
    third, well = a_third_pair(app, as_role, campaign, phone)
    first = send_back(reviewer, broken, ill)
    assert broken in ids_on(second)

    moved = send_back(reviewer, broken, well)
    again = send_back(reviewer, broken, well[::-1])

    assert moved.get_json() == again.get_json() == first.get_json()
    assert pair_of(session) == well
    assert broken not in ids_on(second)
    assert broken in ids_on(third)
    kept = [one.what for one in session.scalars(select(AccessEntry)) if broken in one.what]
    assert sum(all(one in what for one in ill) for what in kept) == 1
    an_interview(third, next(iter(third.tasks.values())))
    assert [one["status"] for one in third.push()] == ["accepted"]


def test_a_return_is_moved_by_the_rules_that_it_was_made_by(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    _, others = another_pair(app, as_role, campaign, now=phone.now)
    foreign = campaign.an_enumerator("Bai", home_adcode=campaign.adcode)
    send_back(reviewer, broken, others)

    native = send_back(reviewer, broken, [others[0], foreign])
    guilty = send_back(reviewer, broken, [others[0], campaign.an_enumerator("Wang")])

    assert [one["code"] for one in native.get_json()["reasons"]] == ["home_county"]
    assert guilty.get_json()["type"] == "/problems/other-pair-needed"
    assert pair_of(session) == others


def test_the_same_two_get_an_interpreter_and_never_another_reason_in_silence(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
    frozen_clock: Any,
) -> None:
    _, others = another_pair(app, as_role, campaign, now=phone.now)
    send_back(reviewer, broken, others)
    frozen_clock.pass_by(hours=1)

    accompanied = send_back(reviewer, broken, interpreter="no. 7", reason="带翻译再去")
    otherwise = send_back(reviewer, broken, reason="另有缘故")

    assert (accompanied.status_code, otherwise.status_code) == (200, 409)
    assert otherwise.get_json()["type"] == "/problems/review-closed"
    asked = asked_of(session)
    assert (asked.interpreter, asked.reason) == ("no. 7", "重访")
    assert pair_of(session) == others


@pytest.mark.parametrize("named", [False, True])
def test_an_interpreter_goes_along_with_the_own_pair(
    campaign: Any, reviewer: Any, sound: str, session: Session, named: bool
) -> None:
    pair = [campaign.an_enumerator(name) for name in ("Li", "Wang")] if named else ()

    assert send_back(reviewer, sound, pair, interpreter="no. 7").status_code == 200

    assert asked_of(session).interpreter == "no. 7"


def test_what_others_must_repeat_does_not_come_back_with_the_village(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    second, others = another_pair(app, as_role, campaign, now=phone.now)
    send_back(reviewer, broken, others)
    held = village(session)
    own = [held.enumerator_a, held.enumerator_b]

    there = reassign(as_role, campaign, held.id, enumerators=others)
    back = reassign(as_role, campaign, held.id, enumerators=own)

    assert (there.status_code, back.status_code) == (201, 201)
    assert pair_of(session) == others
    assert broken not in ids_on(phone)
    assert ids_on(second) == {broken}
    an_interview(second, next(iter(second.tasks.values())))
    assert [one["status"] for one in second.push()] == ["accepted"]


def test_nor_does_one_of_those_who_were_there_join_who_repeats_it(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    _, others = another_pair(app, as_role, campaign, now=phone.now)
    held = village(session)
    wang = held.enumerator_b
    reassign(as_role, campaign, held.id, enumerators=others)
    send_back(reviewer, broken)

    mixed = reassign(as_role, campaign, held.id, enumerators=[others[0], wang])

    assert mixed.status_code == 201
    assert pair_of(session) == others


def test_a_companion_who_is_replaced_is_so_in_the_returns_too(
    as_role: Any, campaign: Any, reviewer: Any, sound: str, session: Session
) -> None:
    send_back(reviewer, sound)
    held = village(session)
    pair = [held.enumerator_a, campaign.an_enumerator("Qian")]

    assert reassign(as_role, campaign, held.id, enumerators=pair).status_code == 201

    assert pair_of(session) == pair


def test_who_took_the_village_over_was_not_there(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    broken: str,
    session: Session,
) -> None:
    _, others = another_pair(app, as_role, campaign, now=phone.now)
    reassign(as_role, campaign, village(session).id, enumerators=others)

    assert send_back(reviewer, broken).status_code == 200
    assert pair_of(session) == others


def test_a_relieved_pair_is_not_asked_again_on_a_new_phone(
    app: Flask,
    as_role: Any,
    campaign: Any,
    phone: Phone,
    reviewer: Any,
    sound: str,
    session: Session,
) -> None:
    send_back(reviewer, sound)
    phone.pull()
    an_interview(phone, tasks(phone)[0], care_forgone=None)
    phone.push()
    _, others = another_pair(app, as_role, campaign, now=phone.now)
    held = village(session)
    li = held.enumerator_a
    reassign(as_role, campaign, held.id, enumerators=others)
    a_phone(app, seed="new", now=phone.now).enrol(a_code(as_role, campaign, li))

    assert send_back(reviewer, sound).status_code == 200

    assert pair_of(session) == others


def test_a_leader_sends_back_to_whose_the_household_is_by_now(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, sound: str, session: Session
) -> None:
    _, others = another_pair(app, as_role, campaign, now=phone.now, team="B")
    reassign(as_role, campaign, village(session).id, enumerators=others)
    leader = as_role(Role.TEAM_LEADER, campaign, team="A")

    named = send_back(leader, sound, others)
    unnamed = send_back(leader, sound)

    assert (named.status_code, unnamed.status_code) == (404, 200)
    assert pair_of(session) == others
