"""What could not be opened when it came: destroyed with the body it holds, released once."""

from collections.abc import Callable
from typing import Any

import pytest
from closing import closed_op
from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, an_interview
from pushing import UUID, marks, results_of
from sqlalchemy import false, select, text
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Revision
from inspect_app.models.ledger import Op, Quarantine
from inspect_app.rules.roles import Role
from inspect_app.services import keyrings, replays, voids
from inspect_app.settings import Settings

Send = Callable[[dict[str, Any]], str]


@pytest.fixture
def key(session: Session, settings: Settings, frozen_clock: Any) -> dict[str, str]:
    """The seal key of the server, as phones get it."""
    made = keyrings.create(session, settings, at=frozen_clock.moment)
    return {"kid": made.kid, "p256": made.p256}


@pytest.fixture
def send_in_vain(phone: Phone, key: dict[str, str], settings: Settings) -> Send:
    """Send an op while the server has lost its key; the status it gets."""

    def send(op: dict[str, Any]) -> str:
        file = settings.keys_dir / f"seal-{key['kid']}.json"
        away = file.rename(file.with_name("away"))
        (result,) = results_of(phone, op)
        away.rename(file)
        return str(result["status"])

    return send


@pytest.fixture
def void(as_role: Any, campaign: Any) -> Callable[..., Any]:
    def asked(op_id: str, **body: Any) -> Any:
        said = {"reason": "the household asked for it", **body}
        path = f"/api/v1/campaigns/{campaign.id}/ops/{op_id}/void"
        return as_role(Role.COMMISSIONER, campaign).post(path, json=said)

    return asked


def bodies(session: Session) -> list[bytes]:
    """Everything that can be read or opened."""
    session.rollback()
    kept = session.scalars(select(Quarantine.body).where(Quarantine.body.is_not(None)))
    return [body for body in (*session.scalars(select(Op.body)), *kept) if body]


def test_a_destroyed_body_leaves_no_sealed_copy(
    phone: Phone,
    key: dict[str, str],
    send_in_vain: Send,
    void: Any,
    session: Session,
    settings: Settings,
    campaign: Any,
) -> None:
    plain = an_interview(phone, tasks(phone)[0]).op
    op = closed_op(phone, plain, key)
    assert send_in_vain(op) == "bad_seal"
    assert send_in_vain(closed_op(phone, {**plain, "op_id": UUID}, key)) == "bad_seal"
    results_of(phone, op)

    done, again = void(op["op_id"]), void(op["op_id"])

    assert (done.status_code, again.get_json()) == (200, done.get_json())
    assert done.get_json()["body_sha256"] == op["body_sha256"]
    assert bodies(session) == []
    report = replays.verify(session, campaign.id, settings=settings)
    assert (report.faults, report.void) == ((), 3)


def test_what_stayed_closed_is_destroyed_by_either_hash_and_stays_so(
    phone: Phone,
    key: dict[str, str],
    send_in_vain: Send,
    void: Any,
    session: Session,
    settings: Settings,
    campaign: Any,
) -> None:
    first, second = (
        closed_op(phone, an_interview(phone, task).op, key) for task in tasks(phone)[:2]
    )
    send_in_vain(first)
    send_in_vain(second)
    copies = session.execute(select(Quarantine.op_id, Quarantine.body_sha256))
    closed_as = {op_id: digest for op_id, digest in copies}

    told = [
        void(first["op_id"], body_sha256=first["body_sha256"]),
        void(second["op_id"], body_sha256=closed_as[second["op_id"]]),
    ]

    assert [answer.status_code for answer in told] == [200, 200]
    assert bodies(session) == []
    assert [one["status"] for one in results_of(phone, first)] == ["accepted"]
    assert bodies(session) == []
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_a_closed_copy_that_an_older_server_left_is_told_and_does_not_come_back(
    phone: Phone,
    key: dict[str, str],
    send_in_vain: Send,
    void: Any,
    session: Session,
    settings: Settings,
    campaign: Any,
    boss: Any,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = an_interview(phone, tasks(phone)[0]).op
    send_in_vain(closed_op(phone, {**plain, "op_id": UUID}, key))
    results_of(phone, plain)
    with monkeypatch.context() as older:
        older.setattr(voids, "_is_closed", lambda _digest: false())
        void(plain["op_id"])
    before = replays.verify(session, campaign.id, settings=settings).faults
    number = session.scalars(select(Quarantine.id)).one()

    told = boss.post(f"{path}/{number}/release", json={"reason": "the key is back"})

    assert "is void, and here" in " ".join(before)
    assert (told.status_code, told.get_json()["status"]) == (200, "conflict")
    assert bodies(session) == []
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


@pytest.mark.parametrize("dismissed", [False, True])
def test_what_came_again_and_could_be_opened_is_not_released_as_well(
    app: Flask,
    phone: Phone,
    key: dict[str, str],
    send_in_vain: Send,
    session: Session,
    settings: Settings,
    as_role: Any,
    campaign: Any,
    boss: Any,
    path: str,
    dismissed: bool,
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    send_in_vain(op)
    number = session.scalars(select(Quarantine.id)).one()
    said = {"json": {"reason": "the key is back"}}
    if dismissed:
        boss.post(f"{path}/{number}/dismiss", **said)
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    a_phone(app, seed="new", now=phone.now).enrol(a_code(as_role, campaign, enumerator))
    assert [one["status"] for one in results_of(phone, op)] == ["superseded_device"]
    session.rollback()
    before = marks(session)

    told = boss.post(f"{path}/{number}/release", **said)

    assert (told.status_code, told.get_json()["op_status"]) == (409, "superseded_device")
    session.rollback()
    assert marks(session) == before
    assert session.scalars(select(Revision)).all() == []
    assert replays.verify(session, campaign.id, settings=settings).faults == ()
    assert session.scalar(text("SELECT count(*) FROM quarantine_decisions")) == int(dismissed)
