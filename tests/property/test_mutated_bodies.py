"""Whatever a body holds, the server answers it, loses nothing, and keeps its memory.

`pytest --bodies 10000 tests/property/test_mutated_bodies.py` is the long run; docs/reliability.md
has its figures.
"""

import gzip
import io
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import Any

import peopled
import pytest
from bodies import Raw, bomb, mutated, rubbish
from databases import Databases
from fieldwork import tasks
from figures import FIGURES
from flask import Flask
from peopled import Peopled
from phones import an_interview
from rehearsal import ADCODE, CAMPAIGN
from werkzeug.test import TestResponse

from inspect_app.services import replays

STORED = (
    "SELECT op_id, body_sha256, body FROM ops",
    "SELECT seq, h, signature, status FROM ledger",
    "SELECT interview_id, rev, op_id FROM revisions",
    "SELECT op_id FROM contacts",
    "SELECT op_id FROM roster_lists",
    "SELECT op_id, sha256 FROM op_blobs",
    "SELECT id, op_id, body_sha256, status FROM quarantine",
    "SELECT device_id, seq, type FROM feed_items",
    "SELECT id, state FROM devices",
    "SELECT id, login FROM accounts",
    "SELECT id FROM assignments",
)
"""What is never changed once it is there, whoever sends whatever."""

JSON = "application/json"
CHUNK = "application/offset+octet-stream"
MIB = 1024 * 1024
FLOOD = 100 * MIB
BOUND, BOUND_OF_STRANGERS = 128 * MIB, 4 * MIB
"""Bytes that one request may take: reading JSON takes up to fourteen times an inflated body, of
which a known caller may send 8 MiB and a stranger 64 KiB."""


@dataclass(frozen=True)
class Target:
    """Somewhere a body is taken, and one that is sound there."""

    name: str
    method: str
    path: str
    who: str
    sound: bytes
    type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def field_day(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Peopled:
    folder = tmp_path_factory.mktemp("peopled")
    return peopled.people(folder, databases.empty(folder))


@contextmanager
def server(world: Peopled) -> Iterator[Flask]:
    with peopled.serving(peopled.settings_for(world.folder, world.url)) as app:
        yield app


def targets(world: Peopled) -> list[Target]:
    """Every kind of body that the server takes: from phones, strangers, and people."""
    phone, names = world.phone, world.names
    task = tasks(phone)[5]
    phone.outbox.clear()
    phone.seal_contact(task.unit_id, visit_no=1, disposition="absent")
    village = {
        "county_adcode": ADCODE,
        "order": 2,
        "visit_date": "2020-06-04",
        "enumerators": names["pair"],
    }
    sealed = [an_interview(phone, task), phone.outbox[0]]
    form, form_type = peopled.a_form()
    interview = f"/api/v1/interviews/{names['interview_id']}"
    base = f"/api/v1/campaigns/{CAMPAIGN}"
    return [
        Target("push", "POST", "/api/v1/sync/push", "phone", _json(phone.envelope(sealed))),
        Target(
            "enrol",
            "POST",
            "/api/v1/devices/enrol",
            "",
            _json(
                {
                    "code": "ABCD-EFGH-ABCD-EFGH-ABCD-EFGH-AB",
                    "device_id": names["device_id"],
                    "public_key": phone.public_key,
                    "app": "fuzz/1",
                }
            ),
        ),
        Target(
            "token",
            "POST",
            "/api/v1/devices/token",
            "",
            _json({"device_id": phone.device_id, "nonce": "n", "signature": phone.sign("n")}),
        ),
        Target(
            "chunk",
            "PATCH",
            f"/api/v1/blobs/{names['sha256']}",
            "phone",
            peopled.PICTURE,
            CHUNK,
            {"Upload-Offset": "0", "Upload-Length": str(len(peopled.PICTURE))},
        ),
        Target(
            "log-in",
            "POST",
            "/api/v1/logins",
            "",
            _json({"login": "reviewer", "password": "not the password"}),
        ),
        Target(
            "invitation",
            "POST",
            f"{base}/invitations",
            "planner",
            _json({"login": "wang", "name": "王", "role": "team_leader", "team": "B"}),
        ),
        Target(
            "invited",
            "POST",
            "/api/v1/invitations/accounts",
            "",
            _json({"token": "a" * 43, "password": peopled.PASSWORD}),
        ),
        Target(
            "evidence",
            "POST",
            f"/api/v1/cases/{names['case_id']}/files",
            "county_official",
            form,
            form_type,
        ),
        Target("assignment", "POST", f"{base}/assignments?check=true", "planner", _json(village)),
        Target("accept", "POST", f"{interview}/accept", "reviewer", _json({"reason": "sound"})),
        Target(
            "lead",
            "POST",
            f"{base}/cases",
            "reviewer",
            _json(
                {
                    "village_code": names["village_code"],
                    "unit_id": f"{names['village_code']}-n9999",
                    "kind": "wrong_exit",
                    "persons": 3,
                    "reason": "told",
                }
            ),
        ),
    ]


# werkzeug leaves the spooled file of a form that is cut short to the garbage collector
@pytest.mark.filterwarnings(
    "default:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning"
)
def test_nothing_is_lost_and_nothing_fails_on_mutated_bodies(
    databases: Databases, field_day: Peopled, pytestconfig: pytest.Config
) -> None:
    count = pytestconfig.getoption("--bodies")
    chance = Random(pytestconfig.getoption("--fuzz-seed"))
    aims = targets(field_day)
    statuses: dict[str, Counter[int]] = {target.name: Counter() for target in aims}
    before = stored(databases, field_day)
    acknowledged: dict[str, tuple[str, bytes]] = {}

    with server(field_day) as app:
        for number in range(count):
            target = aims[0] if number % 3 == 0 else chance.choice(aims)
            body, headers = mutated(target.sound, chance)
            answer = send(app, field_day, target, (body, headers))
            statuses[target.name][answer.status_code] += 1
            assert answer.status_code < 500, (target.name, number, answer.get_data())
            if target.name == "push" and answer.status_code == 200:
                acknowledged |= acknowledgements(body, headers, answer.get_json())
            if number % 250 == 0:
                lost = before.keys() - stored(databases, field_day).keys()
                assert lost == set(), (target.name, number)
        after = stored(databases, field_day)
        readable = [record["body"] for record in quarantined(app, field_day)]
        faults = chain_faults(app)

    assert set(before) - set(after) == set()
    kept = {
        row[0]: (row[1], bytes(row[2]))
        for row in databases.rows(field_day.url, "SELECT op_id, body_sha256, body FROM ops")
    }
    assert {
        op_id: kept.get(op_id) for op_id in acknowledged if kept.get(op_id) != acknowledged[op_id]
    } == {}
    assert len(readable) == len(databases.rows(field_day.url, "SELECT id FROM quarantine"))
    assert faults == ()
    counted = sum((one for one in statuses.values()), Counter())
    pytestconfig.stash[FIGURES].append(
        f"mutated bodies on {databases.name}: {count}, answers {dict(sorted(counted.items()))}, "
        f"{len(acknowledged)} ops acknowledged and stored, {len(readable)} readable in quarantine"
    )


def test_rubbish_is_answered_everywhere(databases: Databases, field_day: Peopled) -> None:
    before = stored(databases, field_day)

    with server(field_day) as app:
        found = {
            (target.name, answer.status_code)
            for target in targets(field_day)
            for raw in rubbish()
            for answer in [send(app, field_day, target, raw)]
            if not (200 <= answer.status_code < 500)
            or answer.mimetype not in (JSON, "application/problem+json", "text/html")
            or (answer.status_code < 300 and target.name not in ("push", "chunk", "accept"))
        }

    assert found == set()
    assert set(before) - set(stored(databases, field_day)) == set()


@pytest.mark.parametrize("how", ["bomb", "stated", "chunked", "deep"])
def test_a_flood_is_refused_in_little_memory(
    databases: Databases, field_day: Peopled, how: str
) -> None:
    with server(field_day) as app:
        for target in targets(field_day):
            flood = Flood(FLOOD)
            packed = bomb(), deep()  # made before anything is measured
            assert all(packed)
            send(app, field_day, target, (target.sound, {}))
            tracemalloc.start()
            answer = pour(app, field_day, target, flood, how)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()

            assert answer.status_code in (400, 403, 404, 408, 409, 413, 415, 422), target.name
            bound = BOUND if target.who else BOUND_OF_STRANGERS
            assert peak < bound, (target.name, peak)
            assert flood.told <= 16 * MIB, target.name


@cache
def deep() -> bytes:
    """A list in a list, seven million times."""
    return gzip.compress(b"[" * (7 * MIB), mtime=0)


class Flood(io.RawIOBase):
    """A stream of blanks that counts what was asked of it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size, self.told = size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.size - self.told)
        buffer[:count] = b" " * count
        self.told += count
        return count


def pour(app: Flask, world: Peopled, target: Target, flood: Flood, how: str) -> TestResponse:
    """Send more than any server should read, in one of the ways there are."""
    if how == "bomb":
        return send(app, world, target, (bomb(), {"Content-Encoding": "gzip"}))
    if how == "deep":
        return send(app, world, target, (deep(), {"Content-Encoding": "gzip"}))
    where: dict[str, Any] = {"wsgi.input": flood}
    if how == "stated":
        where["CONTENT_LENGTH"] = str(FLOOD)
    else:
        where |= {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    return send(app, world, target, (b"", {}), **where)


def send(app: Flask, world: Peopled, target: Target, raw: Raw, **environ: Any) -> TestResponse:
    """Send a body as it is; what the headers of the target say, the body may say otherwise."""
    body, headers = raw
    said = {"Content-Type": target.type, **target.headers, **peopled.TIME, **headers}
    if target.who:
        said["Authorization"] = f"Bearer {world.tokens[target.who]}"
    return app.test_client().open(
        target.path,
        method=target.method,
        data=body,
        headers=said,
        environ_overrides=environ or None,
    )


def acknowledgements(
    body: bytes, headers: dict[str, str], answer: dict[str, Any]
) -> dict[str, tuple[str, bytes]]:
    """What a phone would delete now: ops with a receipt, and the bytes they had."""
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    ops = json.loads(body).get("ops", [])
    return {
        op["op_id"]: (op["body_sha256"], op["body"].encode())
        for op, result in zip(ops, answer["results"], strict=True)
        if result["status"] not in ("duplicate", "op_id_reused") and "receipt" in result
    }


def stored(databases: Databases, world: Peopled) -> dict[tuple[Any, ...], int]:
    """Every row of what is never changed, by its table."""
    return {
        (query, *(bytes(value) if isinstance(value, memoryview) else value for value in row)): 1
        for query in STORED
        for row in databases.rows(world.url, query)
    }


def quarantined(app: Flask, world: Peopled) -> Iterator[dict[str, Any]]:
    """Every record in quarantine, opened by whoever may judge it."""
    reviewer, base = client(app, world), f"/api/v1/campaigns/{CAMPAIGN}/quarantine"
    after = 0
    while after is not None:
        page = reviewer.get(f"{base}?limit=500&after={after}").get_json()
        for one in page["quarantine"]:
            answer = reviewer.get(f"{base}/{one['number']}")
            assert answer.status_code == 200, answer.get_json()
            yield answer.get_json()
        after = page["next"]


def client(app: Flask, world: Peopled) -> Any:
    return peopled.client(app, world.tokens["reviewer"])


def chain_faults(app: Flask) -> tuple[str, ...]:
    with peopled.looking(app) as session:
        report = replays.verify(session, CAMPAIGN, settings=app.config["SETTINGS"])
    return tuple(report.faults)


def _json(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()
