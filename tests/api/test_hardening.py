"""What strangers, clumsy clients and curious officials may try: each attempt ends as a problem.

A body that no schema foresaw, a number that no database holds, an address put together from a
register code.
"""

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from fieldwork import sent_out, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import an_interview
from sound_bodies import NOBODY, POOR, bodies
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.api.openapi import document
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.requests import JSON_DEPTH, STRANGER_BYTES
from inspect_app.rules.errors import Unavailable
from inspect_app.rules.ops import interview_id
from inspect_app.rules.roles import Role
from inspect_app.services import fieldwork, transactions
from inspect_app.settings import Settings

TRICKS: list[Any] = [
    None,
    True,
    -1,
    2**63,
    10**30,
    1.5,
    "",
    "a\x00b",
    "\ud800",
    "x" * 5000,
    "420528\n",
    "٤٢٠٥٢٨",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    [],
    [[]],
    {},
    {"a": 1},
]
UNREADABLE = [
    b"{",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"NaN",
    b'{"rev": -Infinity}',
    b'{"rev": ' + b"9" * 5000 + b"}",
    b"[" * 60_000,
    b"[" * (JSON_DEPTH + 1) + b"]" * (JSON_DEPTH + 1),
    "{}".encode("utf-16"),
]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server that refuses as many pushes a minute as are tried here; refused ones count."""
    return replace(settings, limits=replace(settings.limits, pushes_per_minute=100_000))


@pytest.fixture
def phone(app: Flask, as_role: Any, campaign: Any, frozen_clock: Any) -> Phone:
    sent: Phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    return sent


def is_a_problem(answer: TestResponse) -> bool:
    """Whether an answer is a refusal in the one shape of errors, and not a failure."""
    body = answer.get_json() or {}
    return (
        400 <= answer.status_code < 500
        and answer.content_type == "application/problem+json"
        and body["status"] == answer.status_code
        and body["type"].startswith("/problems/")
    )


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to every value inside a body."""
    inner = body.items() if isinstance(body, dict) else enumerate(body)
    for key, value in inner:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def spoilt(body: dict[str, Any]) -> Iterator[bytes]:
    """The body with every value in turn replaced by each trick, left out, or joined by another."""
    for path in places(body):
        for trick in TRICKS:
            changed = deepcopy(body)
            place = changed
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = trick
            yield json.dumps(changed).encode()
    for key in body:
        yield json.dumps({name: value for name, value in body.items() if name != key}).encode()
    yield json.dumps({**body, "\ud800": 1}).encode()
    yield b"null"
    yield b'"text"'


def test_no_body_however_spoilt_makes_the_server_fail(
    app: Flask, as_role: Any, campaign: Any, phone: Phone
) -> None:
    described = {
        operation["operationId"]: operation
        for item in document(app)["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    prepared = bodies(campaign, phone)
    failed, undocumented = set(), set()

    for name, (role, address, body) in prepared.items():
        client = a_caller(app, as_role, campaign, phone, role)
        for data in (*spoilt(body), *UNREADABLE):
            answer = client.post(address, data=data, content_type="application/json")
            if answer.status_code >= 300 and not is_a_problem(answer):
                failed.add((name, answer.status_code, data[:200]))
            if str(answer.status_code) not in described[name]["responses"]:
                undocumented.add((name, answer.status_code))
        for data in UNREADABLE:
            answer = client.post(address, data=data, content_type="application/json")
            assert (name, data[:20], answer.status_code) == (name, data[:20], 400)

    assert set(prepared) == {
        name
        for name, one in described.items()
        if "application/json" in one.get("requestBody", {}).get("content", {})
    }
    assert failed == set()
    assert undocumented == set()


def a_caller(app: Flask, as_role: Any, campaign: Any, phone: Phone, role: Role) -> FlaskClient:
    """A client that holds the role, a phone's for the enumerator."""
    if role is Role.ENUMERATOR:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {phone.token}"
        return client
    county = campaign.adcode if role is Role.COUNTY_OFFICIAL else None
    team = "A" if role is Role.TEAM_LEADER else None
    caller: FlaskClient = as_role(role, campaign, county=county, team=team)
    return caller


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/verdicts/420528-2019-01/9223372036854775808/pdf", 404),
        ("/api/v1/verdicts/%00/1/json", 404),
        ("/api/v1/interviews/%ed%a0%80", 404),
        ("/api/v1/cases/%00", 404),
        ("/api/v1/ledger/%00", 404),
        ("/api/v1/questionnaires/..%2f..%2fsettings/0.1.0", 404),
        ("/api/v1/campaigns?limit=99999999999999999999", 422),
        ("/api/v1//campaigns", 404),
        ("/nowhere", 404),
    ],
)
def test_odd_addresses_are_refused(as_role: Any, campaign: Any, address: str, status: int) -> None:
    answer = as_role(Role.REVIEWER, campaign).get(address)

    assert (answer.status_code, is_a_problem(answer)) == (status, True)


@pytest.mark.parametrize("cursor", ["OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x", "LTEuLTE", "１.１"])
def test_a_cursor_made_by_hand_is_refused(phone: Phone, app: Flask, cursor: str) -> None:
    answer = app.test_client().get(
        f"/api/v1/sync/pull?cursor={cursor}", headers={"Authorization": f"Bearer {phone.token}"}
    )

    assert (answer.status_code, is_a_problem(answer)) == (422, True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_there_names_those_that_are(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/v1/sync/push", method=method)

    assert (answer.status_code, is_a_problem(answer)) == (405, True)
    assert answer.headers["Allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_other_media_types_are_refused(client: FlaskClient, content_type: str) -> None:
    answer = client.post("/api/v1/logins", data=b"{}", content_type=content_type)

    assert (answer.status_code, is_a_problem(answer)) == (415, True)


def packed(client: FlaskClient, body: bytes, encoding: str = "gzip") -> int:
    answer = client.post(
        "/api/v1/logins",
        data=body,
        content_type="application/json",
        headers={"Content-Encoding": encoding},
    )
    assert is_a_problem(answer)
    return answer.status_code


def test_packed_bodies_are_read_whole_or_not_at_all(client: FlaskClient) -> None:
    sound = gzip.compress(b'{"login": "x", "password": "x"}')
    largest = gzip.compress(b" " * STRANGER_BYTES)
    one_more = gzip.compress(b" " * (STRANGER_BYTES + 1))

    assert packed(client, sound) == 401  # read, and nobody has that login
    assert packed(client, sound[:-9]) == 400
    assert packed(client, sound + b"more") == 400
    assert packed(client, sound + sound) == 400
    assert packed(client, b"no gzip") == 400
    assert packed(client, sound, "br") == 415
    assert packed(client, largest) == 400  # blanks are not JSON, but they are all read
    assert packed(client, one_more) == 413


def test_a_body_of_unstated_length_ends_at_the_limit(client: FlaskClient) -> None:
    def unstated(length: int) -> TestResponse:
        return client.open(
            "/api/v1/logins",
            method="POST",
            environ_overrides={
                "wsgi.input": BytesIO(b'{"login": "x", "password": "x"}'.ljust(length)),
                "wsgi.input_terminated": True,
                "HTTP_TRANSFER_ENCODING": "chunked",
                "CONTENT_TYPE": "application/json",
            },
        )

    just, beyond, far_beyond = map(unstated, (STRANGER_BYTES, STRANGER_BYTES + 1, 2**22))

    assert just.status_code == 401  # read, and nobody has that login
    assert [one.status_code for one in (beyond, far_beyond)] == [413, 413]
    assert is_a_problem(beyond)
    assert is_a_problem(far_beyond)


def test_answers_are_kept_by_nobody(client: FlaskClient) -> None:
    answer = client.get("/livez")

    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_parameters_of_statements_stay_out_of_exceptions(app: Flask) -> None:
    with app.app_context(), pytest.raises(Exception, match="missing") as raised:
        db.session.execute(text("SELECT * FROM missing WHERE x = :x"), {"x": "张三"})

    assert "张三" not in str(raised.value)


def test_a_writer_that_waits_too_long_is_told_to_come_again(
    app: Flask, session: Session, campaign: Any
) -> None:
    with app.app_context():
        engine = db.engine

    with (
        transactions.writing(session, campaign.id),
        Session(engine) as other,
        pytest.raises(Unavailable),
        transactions.writing(other, campaign.id, patience=0.05),
    ):
        pytest.fail("two writers at once")

    with Session(engine) as other, transactions.writing(other, campaign.id, patience=0.05):
        assert other.in_transaction()  # the turn was given back


# --- who may know what -------------------------------------------------------------------------


@pytest.fixture
def case(phone: Phone, as_role: Any, campaign: Any) -> str:
    """A household that lives below the line; the reviewer's case, which nobody was told of."""
    task = tasks(phone)[0]
    an_interview(phone, task, **POOR)
    phone.push()
    answer = as_role(Role.REVIEWER, campaign).post(
        f"/api/v1/interviews/{task.interview_id}/accept", json={}
    )
    return str(answer.get_json()["cases"][0])


def test_a_county_cannot_ask_its_households_ids_which_of_them_are_suspected(
    case: str, as_role: Any, campaign: Any
) -> None:
    county = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    reviewer = as_role(Role.REVIEWER, campaign)

    answers = [
        county.get(f"/api/v1/cases/{case}"),
        county.get(f"/api/v1/cases/{NOBODY}"),
        county.post(f"/api/v1/cases/{case}/evidence", json={"text": "x"}),
        county.post(f"/api/v1/cases/{NOBODY}/evidence", json={"text": "x"}),
    ]

    assert len({(answer.status_code, answer.get_data()) for answer in answers}) == 1
    assert answers[0].status_code == 404
    reviewer.post(f"/api/v1/cases/{case}/recheck", json={})
    assert county.get(f"/api/v1/cases/{case}").get_json()["state"] == "evidence_due"


def test_a_case_ended_for_a_data_error_was_never_the_countys(
    case: str, as_role: Any, campaign: Any
) -> None:
    county = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)
    body = {"outcome": "overturned", "reason": "收入录入多一个零"}
    as_role(Role.REVIEWER, campaign).post(f"/api/v1/cases/{case}/ruling", json=body)

    assert county.get(f"/api/v1/campaigns/{campaign.id}/cases").get_json()["cases"] == []
    assert county.get(f"/api/v1/cases/{case}").status_code == 404


def test_another_role_elsewhere_opens_no_door_here(
    case: str, phone: Phone, as_role: Any, campaign: Any, a_campaign: Any
) -> None:
    """A county's official who reviews in another campaign has passed the guard of the view."""
    elsewhere = a_campaign("commissioned", "second")
    as_role(Role.REVIEWER, elsewhere, login="both")
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode, login="both")
    drawn, unknown = tasks(phone)[0].interview_id, interview_id(campaign.id, "nobody", "1")

    def statuses(name: str) -> list[int]:
        return [
            official.get(f"/api/v1/interviews/{name}").status_code,
            official.post(f"/api/v1/interviews/{name}/accept", json={}).status_code,
            official.post(f"/api/v1/interviews/{name}/return", json={"reason": "x"}).status_code,
        ]

    assert statuses(drawn) == statuses(unknown) == [404, 404, 404]
    listed = official.get(f"/api/v1/campaigns/{campaign.id}/interviews")
    assert listed.status_code == 403


def test_a_leader_of_another_team_cannot_ask_who_was_drawn(
    phone: Phone, as_role: Any, campaign: Any
) -> None:
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="b")
    drawn, unknown = tasks(phone)[0].interview_id, interview_id(campaign.id, "nobody", "1")
    body = {"reserve_unit_id": "x", "reason": "x"}

    answers = [
        other.post(f"/api/v1/interviews/{name}/replacement", json=body) for name in (drawn, unknown)
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].get_data() == answers[1].get_data()


def test_before_its_round_nobody_sees_the_sample(
    as_role: Any, campaign: Any, client: FlaskClient
) -> None:
    here = f"/api/v1/campaigns/{campaign.id}"
    county = {"county": campaign.adcode}
    callers = [client, *(as_role(role, campaign) for role in Role if role not in PLACED)]
    callers += [as_role(Role.COUNTY_OFFICIAL, campaign, **county)]
    callers += [as_role(Role.TEAM_LEADER, campaign, team="A")]
    addresses = ["samples", "samples/villages", "access-log", "enumerators", "devices", "seeds"]
    addresses += ["interviews", "cases", "verdicts", "ledger"]

    told = [
        answer.get_data(as_text=True)
        for caller in callers
        for address in ("", *(f"/{one}" for one in addresses))
        if (answer := caller.get(f"{here}{address}")).status_code == 200
    ]

    villages = campaign.session.execute(text("SELECT village_code, ticket FROM sample_villages"))
    secrets = {value for row in villages for value in row} | {campaign.seed}
    assert len(told) > len(callers)
    assert [secret for secret in sorted(secrets) if any(secret in one for one in told)] == []


PLACED = (Role.ENUMERATOR, Role.COUNTY_OFFICIAL, Role.TEAM_LEADER)


# --- phones whose clocks are wrong --------------------------------------------------------------


@pytest.mark.parametrize(
    ("captured", "offset", "day"),
    [
        ("2020-06-03T10:00:00+08:00", timedelta(), date(2020, 6, 3)),
        ("1970-01-01T08:00:00+08:00", timedelta(), date(2020, 6, 3)),
        ("2020-06-04T10:00:00+08:00", timedelta(days=30), date(2020, 6, 5)),
        ("1970-01-02T08:00:00+08:00", timedelta(days=18416), date(2020, 6, 4)),
        ("9998-12-31T23:00:00-14:00", timedelta(days=700_000), date(2020, 6, 5)),
    ],
    ids=["right", "believes it is 1970", "ahead of its arrival", "set right", "beyond reckoning"],
)
def test_a_clock_does_not_move_the_days_of_fieldwork(
    captured: str, offset: timedelta, day: date
) -> None:
    found = fieldwork.day_held(
        captured,
        offset_ms=offset // timedelta(milliseconds=1),
        visited=date(2020, 6, 3),
        received="2020-06-05T11:02:12.001Z",
    )

    assert found == day


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_end_of_the_calendar_is_no_time(phone: Phone, app: Flask, end: str) -> None:
    sealed = an_interview(phone, tasks(phone)[0])

    answer = app.test_client().post(
        "/api/v1/sync/push",
        json=phone.envelope([replace(sealed, op={**sealed.op, "captured_at": end})]),
        headers={"Authorization": f"Bearer {phone.token}"},
    )

    assert answer.get_json()["errors"][0]["pointer"].endswith("/captured_at")


@pytest.mark.parametrize(
    "stated", ["junk", "2020-06-03T01:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"]
)
def test_a_time_nobody_plays_in_is_refused(
    on_a_demonstration_server: FlaskClient, stated: str
) -> None:
    answer = on_a_demonstration_server.get("/api/v1/hello", headers={"X-Simulated-Time": stated})

    assert (answer.status_code, is_a_problem(answer)) == (422, True)


def test_the_database_is_its_owners_alone(tmp_path: Any) -> None:
    application = create_app(Settings.for_folder(tmp_path))

    assert (tmp_path / "exit-inspection.db").stat().st_mode & 0o077 == 0
    with application.app_context():
        db.engine.dispose()
