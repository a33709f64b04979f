"""Bodies destroyed on demand: every copy goes, the chain still agrees."""

from typing import Any

import pytest
from fieldwork import tasks
from phones import an_interview
from pushing import UUID, marks, results_of
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from uploads import HOUSE, NAME, ask, digest, send, store_of, with_files

from inspect_app.demo.phone import Phone
from inspect_app.models.interviews import Revision
from inspect_app.models.ledger import Op, Quarantine
from inspect_app.rules.roles import Role
from inspect_app.services import blobs, replays, voids
from inspect_app.settings import Settings


def void(client: Any, campaign: Any, op_id: str, **body: Any) -> Any:
    return client.post(
        f"/api/v1/campaigns/{campaign.id}/ops/{op_id}/void",
        json={"reason": "the household asked for it", **body},
    )


def test_a_body_is_destroyed_and_the_chain_still_agrees(
    as_role: Any, campaign: Any, phone: Phone, session: Session, settings: Settings, boss: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    an_interview(phone, tasks(phone)[1])
    phone.push()
    commissioner = as_role(Role.COMMISSIONER, campaign)

    done = void(commissioner, campaign, sealed.op["op_id"])
    again = void(commissioner, campaign, sealed.op["op_id"])

    session.rollback()
    assert session.get_one(Op, sealed.op["op_id"]).body == b""
    assert (done.get_json()["seq"], again.get_json()) == (3, done.get_json())
    report = replays.verify(session, campaign.id, settings=settings)
    assert (report.faults, report.void, report.count) == ((), 1, 3)
    assert marks(session)[-1] == ("void", "void")
    shown = boss.get(f"/api/v1/interviews/{sealed.op['interview_id']}").get_json()
    assert shown["versions"][0]["answers"] == {}
    assert [one["status"] for one in phone.push_once([sealed])] == ["duplicate"]


def test_only_the_commissioner_destroys(
    as_role: Any, campaign: Any, a_campaign: Any, phone: Phone, session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    op_id = sealed.op["op_id"]

    for role in (Role.PLANNER, Role.REVIEWER, Role.EXPERT):
        assert void(as_role(role, campaign), campaign, op_id).status_code == 403
    assert void(as_role(Role.COMMISSIONER, campaign), campaign, UUID).status_code == 404
    session.rollback()
    assert session.get_one(Op, op_id).body


def test_a_copy_in_quarantine_is_destroyed_by_its_hash(
    as_role: Any, campaign: Any, phone: Phone, session: Session, settings: Settings
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    other = {**an_interview(phone, tasks(phone)[1]).op, "op_id": sealed.op["op_id"]}
    results_of(phone, other)

    done = void(
        as_role(Role.COMMISSIONER, campaign),
        campaign,
        sealed.op["op_id"],
        body_sha256=other["body_sha256"],
    )

    session.rollback()
    assert done.status_code == 200
    assert session.scalars(select(Quarantine.body)).one() == b""
    assert session.get_one(Op, sealed.op["op_id"]).body
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_every_copy_of_a_destroyed_body_goes(
    as_role: Any,
    campaign: Any,
    phone: Phone,
    boss: Any,
    path: str,
    session: Session,
    settings: Settings,
) -> None:
    first, second = tasks(phone)[:2]
    sealed = an_interview(phone, first)
    phone.push()
    other = {**an_interview(phone, second).op, "op_id": sealed.op["op_id"]}
    results_of(phone, other, {**other, "op_id": UUID})
    kept = boss.get(path).get_json()["quarantine"]
    said = {"json": {"reason": "the pair was there"}}
    told = [boss.post(f"{path}/{one['number']}/release", **said).get_json() for one in kept]
    op_ids = [one["op_id"] for one in told] + [UUID]

    done = void(
        as_role(Role.COMMISSIONER, campaign),
        campaign,
        sealed.op["op_id"],
        body_sha256=other["body_sha256"],
    )

    assert done.status_code == 200
    session.rollback()
    assert {session.get_one(Op, op_id).body for op_id in op_ids} == {b""}
    assert set(session.scalars(select(Quarantine.body))) <= {b"", None}
    assert marks(session)[-3:] == [("void", "void")] * 3
    assert session.get_one(Op, sealed.op["op_id"]).body
    report = replays.verify(session, campaign.id, settings=settings)
    assert (report.faults, report.void) == ((), 3)
    reached = session.scalars(select(Revision.traits).where(Revision.op_id.in_(op_ids))).all()
    assert reached
    assert all(not one["phrases"] and one["place"] is None for one in reached)


def test_what_was_destroyed_does_not_come_back_under_another_id(
    as_role: Any, campaign: Any, phone: Phone, session: Session, settings: Settings, boss: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    void(as_role(Role.COMMISSIONER, campaign), campaign, sealed.op["op_id"])

    (told,) = results_of(phone, {**sealed.op, "op_id": UUID})
    (again,) = results_of(phone, {**sealed.op, "op_id": UUID})

    session.rollback()
    report = replays.verify(session, campaign.id, settings=settings)
    assert (told["status"], again["status"]) == ("conflict", "duplicate")
    assert session.scalars(select(Op.body)).all() == [b"", b""]
    assert marks(session)[-2:] == [("op", "conflict"), ("void", "void")]
    assert (report.faults, report.void) == ((), 2)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ops SET body = '', kind = 'contact'",
        "UPDATE ops SET body = '', blobs = '[1]'",
        "UPDATE ops SET body = '', captured_at = 'never'",
        "UPDATE ops SET body = '', complete = (complete IS NOT TRUE)",
        "UPDATE ops SET body = '', interview_id = NULL",
        "UPDATE ops SET body = 'x'",
        "UPDATE ops SET captured_at = 'never'",
        "DELETE FROM ops",
    ],
)
def test_nothing_else_of_an_op_can_be_changed_even_once_it_is_void(
    as_role: Any, campaign: Any, phone: Phone, session: Session, change: str
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    void(as_role(Role.COMMISSIONER, campaign), campaign, sealed.op["op_id"])
    if session.get_bind().dialect.name == "sqlite":
        change = change.replace("body = ''", "body = x''")
    session.rollback()

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(text(change))


def test_no_body_goes_without_a_line_that_says_so(phone: Phone, session: Session) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.push()
    empty = "x''" if session.get_bind().dialect.name == "sqlite" else "''"
    session.rollback()

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(text(f"UPDATE ops SET body = {empty}"))


def test_a_phone_hears_that_it_need_send_no_files_of_what_was_destroyed(
    as_role: Any, campaign: Any, phone: Phone, session: Session, settings: Settings
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    phone.push_once([sealed])
    send(phone, NAME, NAME, 0)
    phone.pull()
    op_id = sealed.op["op_id"]

    void(as_role(Role.COMMISSIONER, campaign), campaign, op_id)

    assert ask(phone, digest(HOUSE)).status_code == 404
    phone.upload()
    assert {"type": "ack", "op_id": op_id, "complete": True} in phone.pull()
    (again,) = phone.push()
    assert (again["status"], again["need_blobs"], phone.files) == ("duplicate", [], {})
    session.rollback()
    assert marks(session)[-2:] == [("void", "void"), ("complete", "complete")]
    assert blobs.complete_ops(session, [op_id]) == {op_id}
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_what_comes_again_after_it_was_destroyed_leaves_no_file_and_waits_for_none(
    as_role: Any, campaign: Any, phone: Phone, session: Session, settings: Settings
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push()
    void(as_role(Role.COMMISSIONER, campaign), campaign, sealed.op["op_id"])
    store_of(settings, campaign).append(digest(HOUSE), UUID, b"a h", offset=0, length=len(HOUSE))

    (told,) = results_of(phone, {**sealed.op, "op_id": UUID})

    assert told["need_blobs"] == []
    assert store_of(settings, campaign).received(digest(HOUSE), UUID) == 0
    assert blobs.complete_ops(session, [UUID]) == {UUID}
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_a_replay_of_what_was_destroyed_looks_at_no_files(
    as_role: Any, campaign: Any, phone: Phone, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push()
    void(as_role(Role.COMMISSIONER, campaign), campaign, sealed.op["op_id"])
    looked: list[object] = []
    monkeypatch.setattr(voids, "_in_use", lambda *asked: looked.append(asked) or set())

    assert [one["status"] for one in phone.push_once([sealed])] == ["duplicate"]

    assert looked == []
