"""Values at the edge of what a database holds: kept or refused alike by both, never a failure."""

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from phones import a_roster, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.models.campaigns import Campaign
from inspect_app.models.interviews import Contact, Interview, Revision
from inspect_app.models.ledger import Op, Quarantine
from inspect_app.rules.roles import Role
from inspect_app.schemas import sync as schemas
from inspect_app.services import intake

LONG = "长" * 5000
EXTREMES = (
    "\0",
    "a\0b",
    "\ud800",
    LONG,
    "",
    -1,
    2**31,
    2**63,
    10**30,
    1.5,
    True,
    None,
    [],
    {"a": "\0"},
)


@pytest.fixture
def phone(app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any) -> Phone:
    return sent_out(app, as_role, a_campaign(), now=frozen_clock.moment)


def variants(op: dict[str, Any]) -> list[dict[str, Any]]:
    """The op with each extreme at each place of its body, and with each in its envelope."""
    body = json.loads(op["body"])
    made = []
    for value in EXTREMES:
        for key in (key for key in body if key not in ("salt", "answers", "households")):
            made.append(rewritten(op, {**body, key: value}))
        for part in ("answers", "households"):
            if part in body:
                made.append(rewritten(op, {**body, part: value}))
    if "answers" in body:
        for key in sorted(body["answers"])[::6]:
            for value in EXTREMES[:3]:
                made.append(rewritten(op, {**body, "answers": {**body["answers"], key: value}}))
    return made


def rewritten(op: dict[str, Any], body: Any) -> dict[str, Any]:
    text = json.dumps(body)
    return {
        **op,
        "op_id": str(uuid4()),
        "body": text,
        "body_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }


def push(app: Flask, phone: Phone, envelope: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    text = json.dumps(envelope)  # lone surrogates escaped, as a careless client sends them
    return app.test_client().post("/api/v1/sync/push", data=text, headers=headers)


@pytest.mark.parametrize("kind", ["contact", "interview", "roster"])
def test_no_body_is_too_odd_to_be_kept(
    app: Flask, phone: Phone, session: Session, kind: str
) -> None:
    task = tasks(phone)[0]
    if kind == "contact":
        sealed = phone.seal_contact(task.unit_id, visit_no=1, disposition="partial")
    elif kind == "interview":
        sealed = an_interview(phone, task)
    else:
        village = next(iter(phone.draws))
        phone.seal_roster(village, a_roster(village, households=30))
        sealed = phone.outbox[-1]
    envelope = phone.envelope([sealed])
    ops = variants(envelope["ops"][0])

    statuses: dict[str, str] = {}
    for first in range(0, len(ops), 50):
        answer = push(app, phone, {**envelope, "ops": ops[first : first + 50]})
        assert answer.status_code == 200, answer.get_json()
        statuses |= {one["op_id"]: one["status"] for one in answer.get_json()["results"]}

    assert {status for status in statuses.values()} <= {
        "accepted",
        "conflict",
        "invalid",
        "not_assigned",
    }
    kept = dict(session.execute(select(Op.op_id, Op.body)).all())  # type: ignore[arg-type]  # pairs
    assert {op["op_id"]: kept[op["op_id"]] for op in ops} == {
        op["op_id"]: op["body"].encode() for op in ops
    }


@pytest.mark.parametrize("name", ["started_at", "ended_at"])
@pytest.mark.parametrize(
    "moment",
    [
        "9999-12-31T23:30:00+00:00",
        "9999-12-31T23:30:00-12:00",
        "0001-01-01T00:00:00+12:00",
        "0001-01-01T00:00:00+00:00",
    ],
)
def test_a_time_at_the_end_of_the_calendar_takes_no_other_op_with_it(
    app: Flask, phone: Phone, session: Session, name: str, moment: str
) -> None:
    good, odd = (an_interview(phone, task).op for task in tasks(phone)[:2])
    body = json.loads(odd["body"])
    odd = rewritten(odd, {**body, "answers": {**body["answers"], name: moment}})

    answer = push(app, phone, {**phone.envelope([]), "ops": [good, odd]})

    assert [one["status"] for one in answer.get_json()["results"]] == ["accepted", "accepted"]
    revision = session.scalars(select(Revision).where(Revision.op_id == odd["op_id"])).one()
    assert ("times_unreadable", name) in {(one["code"], one["field"]) for one in revision.flags}


@pytest.mark.parametrize("step", ["reading", "judging"])
def test_an_op_that_cannot_be_judged_is_kept_and_takes_no_other_with_it(
    app: Flask,
    phone: Phone,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    step: str,
) -> None:
    ops = [an_interview(phone, task).op for task in tasks(phone)[:3]]
    poison = ops[1]["interview_id"]
    if step == "reading":
        read = schemas.parse_body

        def reading(kind: str, text: str, **form: str) -> Any:
            if json.loads(text)["unit_id"] == json.loads(ops[1]["body"])["unit_id"]:
                raise ZeroDivisionError("an answer")
            return read(kind, text, **form)

        monkeypatch.setattr(schemas, "parse_body", reading)
    else:
        check = intake.check

        def judging(interview: Any, form: Any, occasion: Any) -> Any:
            if interview.unit_id == json.loads(ops[1]["body"])["unit_id"]:
                raise ZeroDivisionError("an answer")
            return check(interview, form, occasion)

        monkeypatch.setattr(intake, "check", judging)

    answer = push(app, phone, {**phone.envelope([]), "ops": ops})

    results = answer.get_json()["results"]
    assert [one["status"] for one in results] == ["accepted", "invalid", "accepted"]
    (told,) = results[1]["faults"]
    assert told["code"] == "unjudgeable"
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (line,) = [one for one in logged if one["event"] in ("op not read", "op not judged")]
    assert line["log_id"] in told["detail"]
    assert "an answer" not in str(line)
    kept = session.scalars(select(Quarantine)).one()
    assert (kept.op_id, kept.status) == (ops[1]["op_id"], "invalid")
    assert session.get_one(Op, kept.op_id).body == ops[1]["body"].encode()
    assert session.get(Interview, poison) is None


def test_half_an_emoji_is_honest(app: Flask, phone: Phone, as_role: Any, session: Session) -> None:
    task = tasks(phone)[0]
    op = an_interview(phone, task).op
    body = json.loads(op["body"])
    answers = {**body["answers"], "sat_reason": "好\ud83d", "judgement_reason": "真\U0001f600"}
    op = rewritten(op, {**body, "answers": answers})
    visit = phone.seal_contact(tasks(phone)[1].unit_id, visit_no=1, disposition="partial").op
    visit = rewritten(visit, {**json.loads(visit["body"]), "note": "\ude00"})

    answer = push(app, phone, {**phone.envelope([]), "ops": [op, visit]})

    assert [one["status"] for one in answer.get_json()["results"]] == ["accepted", "accepted"]
    revision = session.scalars(select(Revision)).one()
    flags = [one["field"] for one in revision.flags if one["code"] == "half_character"]
    assert flags == ["sat_reason"]
    stored = session.get_one(Op, op["op_id"]).body
    assert stored == op["body"].encode()
    assert b"\\ud83d" in stored
    assert session.scalars(select(Contact)).one().op_id == visit["op_id"]
    session.rollback()
    campaign = session.get_one(Campaign, phone.campaign_id)
    reviewer = as_role(Role.REVIEWER, campaign)
    seen = reviewer.get(f"/api/v1/interviews/{task.interview_id}")
    assert seen.status_code == 200, seen.get_json()
    shown = seen.get_json()["versions"][0]["answers"]
    assert (shown["sat_reason"], shown["judgement_reason"]) == ("好\ufffd", "真\U0001f600")


@pytest.mark.parametrize("value", ["\0", "\ud800", LONG, -1, 2**31, 2**63])
@pytest.mark.parametrize("place", ["op", "push", "manifest"])
def test_an_odd_envelope_is_refused_or_understood(
    app: Flask, phone: Phone, place: str, value: Any
) -> None:
    envelope = phone.envelope([an_interview(phone, tasks(phone)[0])])
    part = {
        "op": envelope["ops"][0],
        "push": envelope,
        "manifest": envelope["manifest"],
    }[place]

    for key in sorted(part):
        before = part[key]
        part[key] = value
        answer = push(app, phone, envelope)
        assert answer.status_code in (200, 400, 422), (key, answer.get_json())
        if answer.status_code == 200:
            assert "failed" not in [one["status"] for one in answer.get_json()["results"]], key
        part[key] = before


@pytest.mark.parametrize("value", ["\0", "a\0b", LONG, "'; DROP TABLE ops; --", "\u2028"])
def test_an_odd_question_is_answered(as_role: Any, a_campaign: Any, value: str) -> None:
    campaign = a_campaign()
    planner = as_role(Role.PLANNER, campaign)
    for address in ("samples/villages", "enumerators", "access-log", "devices", "interviews"):
        answer = planner.get(
            f"/api/v1/campaigns/{campaign.id}/{address}", query_string={"after": value}
        )
        assert answer.status_code in (200, 403, 404, 422), (address, answer.get_json())
