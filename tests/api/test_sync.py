"""Push and pull: exactly once, whatever is sent twice, torn, forged, foreign or broken."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fieldwork import a_code, sent_out, tasks
from flask import Flask
from phones import AppWire, a_phone, a_roster, an_interview, answers_for, reseal
from pushing import UUID, count, lines, push_raw, sealed_village, statuses
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from inspect_app.demo.link import Faults
from inspect_app.demo.phone import Phone, Sealed, Task
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Contact, Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine
from inspect_app.rules.ops import interview_id
from inspect_app.rules.roles import Role
from inspect_app.services import replays
from inspect_app.services.decisions import Decisions
from inspect_app.settings import Settings


def test_an_interview_arrives_with_revision_line_and_receipt(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    (result,) = phone.push()

    assert (result["status"], result["rev"], result["seq"]) == ("accepted", 1, 1)
    assert result["need_blobs"] == []
    stored = session.get_one(Op, sealed.op["op_id"])
    assert stored.body.decode() == sealed.op["body"]
    revision = session.scalars(select(Revision)).one()
    assert revision.op_id == sealed.op["op_id"]
    assert (revision.disposition, revision.findings["class_found"]) == ("completed", "E")
    assert replays.verify(session, campaign.id, settings=settings).faults == ()
    assert phone.unsent == []


def test_the_same_batch_again_changes_nothing_and_gives_the_first_receipts(
    phone: Phone, session: Session
) -> None:
    batch = [an_interview(phone, task) for task in tasks(phone)[:3]]
    first = phone.push_once(batch)
    before = lines(session)

    again = phone.push_once(batch)

    assert statuses(again) == ["duplicate"] * 3
    assert [one["first_status"] for one in again] == ["accepted"] * 3
    for one, other in zip(first, again, strict=True):
        assert json.dumps(one["receipt"]) == json.dumps(other["receipt"])
        assert (one["rev"], one["seq"]) == (other["rev"], other["seq"])
    assert lines(session) == before
    assert count(session, Revision) == 3


def test_the_same_op_twice_in_one_batch_is_stored_once(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    results = phone.push_once([sealed, sealed])

    assert statuses(results) == ["accepted", "duplicate"]
    assert results[0]["receipt"] == results[1]["receipt"]
    assert lines(session) == [(1, "op", "accepted")]


def test_an_answer_lost_on_the_way_is_heard_the_second_time(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    wire.tears = 1

    (result,) = phone.push()

    assert result["status"] == "duplicate"
    assert sealed.is_done
    assert wire.heard[-1] == wire.heard[-2]  # the same bytes
    assert lines(session) == [(1, "op", "accepted")]


def test_forty_copies_at_once_are_stored_once(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _n: push_raw(phone, sealed.op).get_json(), range(40)))

    found = sorted(answer["results"][0]["status"] for answer in answers)
    assert found == ["accepted", *["duplicate"] * 39]
    assert len({json.dumps(answer["results"][0]["receipt"]) for answer in answers}) == 1
    assert count(session, LedgerEntry) == 1


def test_seeded_faults_lose_and_repeat_and_change_nothing(
    app: Flask, as_role: Any, campaign: Any, frozen_clock: Any, session: Session
) -> None:
    phone = sent_out(
        app,
        as_role,
        campaign,
        now=frozen_clock.moment,
        faults=Faults("faulty", lost=0.5, repeated=0.5),
    )
    for task in tasks(phone)[:3]:
        for visit_no in (1, 2):
            phone.seal_contact(task.unit_id, visit_no=visit_no, disposition="partial")

    results = phone.push(batch=1)

    assert phone.link.lost > 0
    assert phone.link.repeated > 0
    assert set(statuses(results)) <= {"accepted", "duplicate"}
    assert lines(session) == [(seq, "op", "accepted") for seq in range(1, 7)]


def test_other_bytes_under_a_used_id_are_kept_and_tell_once(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    phone.push()
    forged = reseal(sealed, round="1", salt="another-salt-of-22-chars")

    first = push_raw(phone, forged).get_json()["results"]
    again = push_raw(phone, forged).get_json()["results"]

    assert statuses(first) == statuses(again) == ["op_id_reused"]
    assert "receipt" not in first[0]
    kept = session.scalars(select(Quarantine)).one()
    assert (kept.status, kept.body) == ("op_id_reused", forged["body"].encode())
    assert lines(session) == [(1, "op", "accepted"), (2, "event", "op_id_reused")]
    assert session.get_one(Op, sealed.op["op_id"]).body.decode() == sealed.op["body"]


def test_two_bodies_under_one_id_in_one_batch(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, sealed.op, reseal(sealed, salt="another-salt-of-22-chars"))

    assert statuses(answer.get_json()["results"]) == ["accepted", "op_id_reused"]
    assert lines(session) == [(1, "op", "accepted"), (2, "event", "op_id_reused")]


def test_a_body_that_is_not_the_one_hashed_is_not_stored(phone: Phone, session: Session) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, {**sealed.op, "body": sealed.op["body"] + " "})

    assert statuses(answer.get_json()["results"]) == ["hash_mismatch"]
    assert count(session, Op) == 0
    assert count(session, LedgerEntry) == 0
    assert statuses(phone.push()) == ["accepted"]


def test_a_household_outside_the_sample_is_kept_aside(
    phone: Phone, session: Session, campaign: Any
) -> None:
    task = tasks(phone)[0]
    named = interview_id(campaign.id, "x-1", "1")
    phone.tasks["x-1"] = Task(**{**task.__dict__, "unit_id": "x-1", "interview_id": named})
    an_interview(phone, phone.tasks["x-1"])

    (result,) = phone.push()

    assert result["status"] == "not_assigned"
    assert result["receipt"]["kid"] == "r1"
    assert phone.unsent == []
    assert session.scalars(select(Quarantine.status)).one() == "not_assigned"
    assert count(session, Interview) == 0


def test_a_household_of_another_phone_is_kept_aside(
    app: Flask, as_role: Any, phone: Phone, campaign: Any, frozen_clock: Any
) -> None:
    stranger = a_phone(app, seed="stranger", now=frozen_clock.moment)
    third = campaign.an_enumerator("Zhao")
    stranger.enrol(a_code(as_role, campaign, third))
    stranger.tasks = dict(phone.tasks)
    an_interview(stranger, tasks(phone)[0])

    assert statuses(stranger.push()) == ["not_assigned"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"wage_local": "many"}, "/answers/wage_local"),
        ({"wage_local": 1.5}, "/answers/wage_local"),
        ({"shoe_size": 43}, "/answers/shoe_size"),
        ({"household_id": "someone-else"}, "/answers/household_id"),
        ({"applied": "no"}, "/answers/applied"),
    ],
)
def test_answers_that_cannot_count_are_kept_with_their_faults(
    phone: Phone, session: Session, changes: dict[str, Any], pointer: str
) -> None:
    task = tasks(phone)[0]
    phone.seal_interview(task.unit_id, {**answers_for(task), **changes})

    (result,) = phone.push()

    assert result["status"] == "invalid"
    assert [fault["pointer"] for fault in result["faults"]] == [pointer]
    assert phone.unsent == []  # never sent again, never thrown away
    assert session.scalars(select(Quarantine.faults)).one()[0]["pointer"] == pointer
    assert lines(session) == [(1, "op", "invalid")]


def sealed_as(sealed: Sealed, body: str, **changes: Any) -> dict[str, Any]:
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    return {**sealed.op, "body": body, "body_sha256": digest, **changes}


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '{"salt": NaN}',
        "[" * 5000 + "]" * 5000,
        '{"a":' * 30 + "1" + "}" * 30,
    ],
)
def test_bodies_that_cannot_be_read_are_kept(phone: Phone, session: Session, body: str) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, sealed_as(sealed, body))

    assert statuses(answer.get_json()["results"]) == ["invalid"]
    assert session.get_one(Op, sealed.op["op_id"]).body == body.encode()


def test_a_body_beyond_its_limit_is_kept_and_a_long_roster_is_not_beyond(
    phone: Phone, session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    village = sealed_village(phone)
    phone.seal_roster(village, a_roster(village, households=700))

    long = push_raw(phone, sealed_as(sealed, '{"salt":"' + "x" * 70_000 + '"}'))
    roster = push_raw(phone, phone.outbox[-1].op)

    assert len(phone.outbox[-1].op["body"]) > 64 * 1024
    assert statuses(long.get_json()["results"]) == ["invalid"]
    assert statuses(roster.get_json()["results"]) == ["accepted"]


def test_an_interview_under_another_name_is_invalid(phone: Phone) -> None:
    one, other = tasks(phone)[:2]
    sealed = an_interview(phone, one)

    answer = push_raw(phone, {**sealed.op, "interview_id": other.interview_id})

    assert statuses(answer.get_json()["results"]) == ["invalid"]


def test_an_unpublished_form_is_invalid(phone: Phone) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, {**sealed.op, "version": "9.9.9"})

    (result,) = answer.get_json()["results"]
    assert (result["status"], result["faults"][0]["code"]) == ("invalid", "questionnaire-unknown")


def test_one_poison_op_does_not_take_ninety_nine_with_it(
    phone: Phone, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [an_interview(phone, task) for task in tasks(phone)[:3]]
    batch += [
        phone.seal_contact(task.unit_id, visit_no=1, disposition="partial")
        for task in tasks(phone)[:2]
    ]
    poison = batch[2].op["op_id"]
    decide = Decisions.decide

    def fail_on_poison(self: Decisions, one: Any) -> Any:
        if one.op.op_id == poison:
            raise RuntimeError("poison")
        return decide(self, one)

    with monkeypatch.context() as patched:
        patched.setattr(Decisions, "decide", fail_on_poison)
        results = phone.push_once(batch)

    assert statuses(results) == ["accepted", "accepted", "failed", "accepted", "accepted"]
    assert results[2]["log_id"]
    assert [one.op["op_id"] for one in phone.unsent] == [poison]
    assert statuses(phone.push()) == ["accepted"]
    assert lines(session) == [(seq, "op", "accepted") for seq in range(1, 6)]


def test_what_the_database_always_refuses_is_kept_as_invalid(
    phone: Phone, session: Session, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """A constraint that an op breaks when it comes alone, it breaks every time."""
    batch = [an_interview(phone, task) for task in tasks(phone)[:3]]
    poison = batch[1].op["op_id"]
    decide = Decisions.decide

    def break_a_constraint(self: Decisions, one: Any) -> Any:
        if one.op.op_id == poison and not one.is_set_aside:
            self.connection.execute(insert(Contact).values(op_id=poison))
        return decide(self, one)

    with monkeypatch.context() as patched:
        patched.setattr(Decisions, "decide", break_a_constraint)
        results = phone.push_once(batch)

    assert statuses(results) == ["accepted", "invalid", "accepted"]
    ((pointer, code),) = [(one["pointer"], one["code"]) for one in results[1]["faults"]]
    assert (pointer, code) == ("", "unstorable")
    assert results[1]["faults"][0]["detail"].split()[-1] in capsys.readouterr().err
    assert phone.unsent == []
    assert lines(session) == [(1, "op", "accepted"), (2, "op", "invalid"), (3, "op", "accepted")]
    assert session.scalars(select(Quarantine.op_id)).all() == [poison]


def test_a_second_version_without_a_return_stands_beside_the_first(
    phone: Phone, session: Session
) -> None:
    task = tasks(phone)[0]
    first = an_interview(phone, task)
    phone.push()
    tidied = reseal(first, salt="another-salt-of-22-chars")
    tidied["op_id"] = UUID

    blind = push_raw(phone, tidied).get_json()["results"][0]
    knowing = push_raw(phone, {**tidied, "op_id": UUID[:-1] + "2", "base_rev": 1}).get_json()[
        "results"
    ][0]

    assert (blind["status"], blind["rev"]) == ("conflict", 2)
    assert (knowing["status"], knowing["rev"]) == ("conflict", 3)
    interview = session.scalars(select(Interview)).one()
    assert (interview.current_rev, interview.last_rev, interview.in_conflict) == (1, 3, True)


def test_an_op_that_leaves_the_manifest_unsent_raises_an_alarm_once(
    phone: Phone, session: Session
) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()
    phone.outbox.clear()  # a browser has thrown its store away

    phone.heartbeat()
    phone.heartbeat()

    assert lines(session) == [(1, "event", "left_manifest")]


def test_of_two_bodies_under_one_id_the_one_that_is_lost_is_missed(
    phone: Phone, session: Session
) -> None:
    first, second = an_interview(phone, tasks(phone)[0]), an_interview(phone, tasks(phone)[1])
    second.op["op_id"] = first.op["op_id"]
    phone.heartbeat()
    phone.push_once([first])
    phone.outbox.clear()

    phone.heartbeat()
    phone.heartbeat()

    assert [line[1:] for line in lines(session)] == [("op", "accepted"), ("event", "left_manifest")]


def test_an_op_that_arrived_leaves_the_manifest_quietly(phone: Phone, session: Session) -> None:
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()
    phone.push()
    phone.heartbeat()

    assert lines(session) == [(1, "op", "accepted")]
    assert session.get_one(Device, phone.device_id).unsent == []


def test_a_late_copy_of_an_older_push_says_nothing_of_the_phone(
    phone: Phone, session: Session, frozen_clock: Any
) -> None:
    old = phone.envelope([])
    phone.now = frozen_clock.moment + timedelta(minutes=5)
    an_interview(phone, tasks(phone)[0])
    phone.heartbeat()

    push_raw(phone, **{key: old[key] for key in ("mono_ms", "manifest")})

    assert len(session.get_one(Device, phone.device_id).unsent) == 1
    assert lines(session) == []


def test_a_wrong_clock_is_measured_and_flagged_not_refused(phone: Phone, session: Session) -> None:
    phone.clock_error = timedelta(minutes=-12)
    an_interview(phone, tasks(phone)[0])

    assert statuses(phone.push()) == ["accepted"]
    assert session.get_one(Device, phone.device_id).offset_ms == 12 * 60 * 1000
    assert "clock_offset" in {
        flag["code"] for flag in session.scalars(select(Revision.flags)).one()
    }


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"colour": "blue"}, "#/colour"),
        ({"device_now": "2020-06-03T09:00:00"}, "#/device_now"),
        ({"device_now": None}, "#/device_now"),
        ({"mono_ms": -1}, "#/mono_ms"),
        ({"manifest": {"unsent": [{"op_id": "1"}]}}, "#/manifest/unsent/0/op_id"),
        ({"ops": [{}] * 100}, "#/ops/0/op_id"),
        ({"ops": [{}] * 101}, "#/ops"),
    ],
)
def test_an_envelope_out_of_shape_is_refused_whole(
    phone: Phone, session: Session, changes: dict[str, Any], pointer: str
) -> None:
    answer = push_raw(phone, **changes)

    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.get_json()["errors"]}
    assert count(session, LedgerEntry) == 0


def test_more_than_a_hundred_ops_are_refused(phone: Phone) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, *[sealed.op] * 101)

    assert answer.status_code == 422
    assert answer.get_json()["errors"] == [{"pointer": "#/ops", "detail": "More than 100 ops."}]


def test_an_unknown_field_of_an_op_is_refused(phone: Phone) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = push_raw(phone, {**sealed.op, "folded": {}})

    assert answer.get_json()["errors"] == [
        {"pointer": "#/ops/0/folded", "detail": "Unknown field."}
    ]


def test_what_is_not_json_is_refused(phone: Phone, app: Flask) -> None:
    headers = {"Authorization": f"Bearer {phone.token}"}
    client = app.test_client()

    def status(data: bytes, kind: str = "application/json") -> int:
        answer = client.post(
            "/api/v1/sync/push", data=data, headers={**headers, "Content-Type": kind}
        )
        return answer.status_code

    assert status(b"{") == 400
    assert status(b"[" * 100_000) == 400
    assert status(b"a=1", "application/x-www-form-urlencoded") == 415


def test_people_do_not_push(as_role: Any, campaign: Any, phone: Phone) -> None:
    answer = as_role(Role.PLANNER, campaign).post("/api/v1/sync/push", json=phone.envelope([]))

    assert answer.status_code == 403
