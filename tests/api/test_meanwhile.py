"""What changes between the judging of a push and its turn to write: judged again under the lock."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fieldwork import a_code, tasks
from flask import Flask
from phones import AppWire, a_phone, a_roster, an_interview, reseal
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Contact, Interview
from inspect_app.models.ledger import Op, Quarantine
from inspect_app.models.samples import Assignment, SampleHousehold
from inspect_app.rules.roles import Role
from inspect_app.services import intake, replays, writer
from inspect_app.settings import Settings

SECOND_LIST = "00000000-0000-4000-8000-00000000beef"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, limits=replace(settings.limits, pushes_per_minute=5))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen once, after the next push was judged and before its turn to write."""

    def plan(happens: Callable[[], Any]) -> None:
        write, waiting = writer.write, [happens]

        def late(*args: Any, **kwargs: Any) -> Any:
            if waiting:
                waiting.pop()()
            return write(*args, **kwargs)

        monkeypatch.setattr(writer, "write", late)

    return plan


def push_raw(phone: Phone, *ops: dict[str, Any]) -> Any:
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    return wire.app.test_client().post(
        "/api/v1/sync/push",
        json={**phone.envelope([]), "ops": list(ops)},
        headers={"Authorization": f"Bearer {phone.token}"},
    )


def statuses(answer: Any) -> list[str]:
    return [one["status"] for one in answer.get_json()["results"]]


def test_a_phone_that_was_superseded(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, session: Session, meanwhile: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    code = a_code(as_role, campaign, session.get_one(Device, phone.device_id).enumerator_id)
    session.rollback()
    new = a_phone(app, seed="new", now=phone.now)
    meanwhile(lambda: new.enrol(code))

    answer = push_raw(phone, sealed.op)

    assert statuses(answer) == ["superseded_device"]
    session.rollback()
    assert session.scalars(select(Quarantine.status)).all() == ["superseded_device"]
    assert session.scalars(select(Interview)).all() == []


def test_a_village_that_was_given_to_another_phone(
    campaign: Any, phone: Phone, session: Session, meanwhile: Any
) -> None:
    first, second = tasks(phone)[:2]
    sealed = an_interview(phone, first)
    visit = phone.seal_contact(second.unit_id, visit_no=1, disposition="partial")
    other = campaign.a_phone(campaign.an_enumerator("Zhao"))

    def give_away() -> None:
        session.rollback()
        for one in session.scalars(select(Assignment)):
            one.device_id = other
        session.commit()

    meanwhile(give_away)

    answer = push_raw(phone, sealed.op, visit.op)

    assert statuses(answer) == ["not_assigned"] * 2
    session.rollback()
    assert session.scalars(select(Interview)).all() == []
    assert session.scalars(select(Contact)).all() == []


def test_a_household_whose_draw_was_replaced(
    as_role: Any,
    campaign: Any,
    phone: Phone,
    session: Session,
    settings: Settings,
    meanwhile: Any,
) -> None:
    boss = as_role(Role.TEAM_LEADER, campaign, team="A")
    village = next(iter(phone.draws))
    rows = a_roster(village, households=phone.draws[village]["expected"])
    phone.seal_roster(village, rows)
    phone.push()
    before = drawn(session)
    shorter = a_roster(village, households=len(rows) // 2)
    second = {**reseal(phone.outbox[0], households=shorter), "op_id": SECOND_LIST}
    assert statuses(push_raw(phone, second)) == ["conflict"]
    address = f"/api/v1/campaigns/{campaign.id}/rosters/{SECOND_LIST}/stand"
    unit_id = max(before)
    sealed = an_interview(phone, phone.tasks[unit_id])
    stood: list[int] = []
    meanwhile(
        lambda: stood.append(boss.post(address, json={"reason": "a draft before"}).status_code)
    )

    answer = push_raw(phone, sealed.op)

    assert stood == [200]
    assert unit_id not in drawn(session)
    assert statuses(answer) == ["not_assigned"]
    assert session.scalars(select(Interview)).all() == []
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def drawn(session: Session) -> set[str]:
    session.rollback()
    return set(
        session.scalars(
            select(SampleHousehold.unit_id).where(SampleHousehold.household_class == "N")
        )
    )


def test_the_same_interview_from_elsewhere_is_a_revision_in_conflict(
    phone: Phone, session: Session, meanwhile: Any
) -> None:
    one = an_interview(phone, tasks(phone)[0])
    other = {**reseal(one, salt="another-salt-of-22-chars"), "op_id": SECOND_LIST}
    meanwhile(lambda: push_raw(phone, one.op))

    answer = push_raw(phone, other)

    assert statuses(answer) == ["conflict"]
    session.rollback()
    assert session.scalars(select(Interview.in_conflict)).all() == [True]


def test_what_nothing_happened_to_is_judged_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[str] = []
    judge = intake.judge

    def counting(op: Any, ground: Any) -> Any:
        judged.append(op.op_id)
        return judge(op, ground)

    monkeypatch.setattr(intake, "judge", counting)
    sealed = [an_interview(phone, task) for task in tasks(phone)[:2]]

    phone.push_once(sealed)
    phone.push_once(sealed)

    assert judged == [one.op["op_id"] for one in sealed] * 2


def test_pushes_at_once_share_the_minute(
    phone: Phone, session: Session, meanwhile: Any, frozen_clock: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    frozen_clock.pass_by(minutes=1)
    meanwhile(lambda: [push_raw(phone) for _ in range(5)])

    answer = push_raw(phone, sealed.op)

    assert answer.status_code == 429
    assert answer.get_json()["type"] == "/problems/too-many-requests"
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Op)) == 0
