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
from inspect_app.models.ledger import Op
from inspect_app.rules.roles import Role

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
