"""The recorded contacts of released apps: played once to record, for ever to compare.

A story is played by the reference client on a demonstration server, whose secrets follow from its
seed. Each exchange becomes one file: what the app sent, to the byte, and what it was answered.
Replaying sends the same bytes again; whatever is not random has to come back the same, except
that answers may have gained members. docs/sync-protocol.md tells how an app adds its folder.
"""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from fieldwork import tasks
from flask import Flask
from phones import AppWire, a_roster, an_interview, reseal

from inspect_app.demo.link import Answer, Faults, Link
from inspect_app.demo.phone import Phone
from inspect_app.rules.roles import Role

FOLDER = Path(__file__).parent / "protocol"
SEED = "golden"
SENT = ("Authorization", "Content-Type", "Content-Encoding", "Upload-Offset", "Upload-Length")
SENT += ("X-Sync-Protocol", "X-Device-Now")
HEARD = ("content-type", "cache-control", "upload-offset", "upload-length", "etag")
RANDOM = frozenset({"nonce", "log_id"})
"""Members of answers that are random even on a demonstration server."""

SECOND_ID = "00000000-0000-4000-8000-000000000002"


@dataclass
class Recorder(AppWire):
    """Notes every exchange, with the time it was made at and the steps that came before it."""

    clock: Any = None
    before: list[str] = field(default_factory=list)
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        answer = super().exchange(method, path, body, headers)
        self.exchanges.append(
            {
                "at": self.clock.moment.isoformat(),
                "before": self.before,
                "request": {
                    "method": method,
                    "path": path,
                    "headers": {name: headers[name] for name in SENT if name in headers},
                    **_packed(body),
                },
                "answer": {
                    "status": answer.status,
                    "headers": {
                        name: answer.headers[name] for name in HEARD if name in answer.headers
                    },
                    **_packed(answer.body or None),
                },
            }
        )
        self.before = []
        return answer


def record(app: Flask, steps: dict[str, Callable[[], Any]], clock: Any) -> list[dict[str, Any]]:
    """Play the story with the reference client; return its exchanges in order."""
    wire = Recorder(app, clock=clock)

    def step(name: str) -> Any:
        wire.before = [*wire.before, name]
        return steps[name]()

    def link() -> Link:
        return Link(wire, Faults("none"), sleep=lambda _seconds: None)

    code = step("first code")
    phone = Phone(link(), SEED, clock.moment, simulates=False)
    phone.greet()
    phone.enrol(code)
    phone.enrol(code)  # the answer of the first was lost
    phone.renew_token()
    phone.heartbeat()
    step("assign")
    phone.pull()
    phone.pull()  # nothing new
    first, second, third = tasks(phone)[:3]
    picture = phone.keep(b"a picture of the house " * 9)
    sealed = an_interview(phone, first, obs_photo=picture)
    phone.push()  # accepted, and its file
    phone.push_once([sealed])  # duplicate
    tidied = reseal(sealed, salt="another-salt-of-22-chars")
    _send(phone, {**tidied, "op_id": SECOND_ID})  # conflict
    _send(phone, reseal(sealed, salt="a-third-salt-of-22-chars"))  # op_id_reused
    other = an_interview(phone, second)
    phone.outbox.remove(other)
    _send(phone, {**other.op, "body_sha256": "0" * 64})  # hash_mismatch
    _send(phone, reseal(other, answers={}))  # invalid
    phone.seal_contact(second.unit_id, visit_no=1, disposition="absent")
    expected = phone.draws[first.village_code]["expected"]
    phone.seal_roster(first.village_code, a_roster(first.village_code, households=expected))
    phone.push()
    phone.pull()
    ask(phone, f"/ledger/{sealed.op['op_id']}")
    ask(phone, f"/questionnaires/{first.form_id}/{first.version}")
    step("return")
    phone.pull()
    an_interview(phone, first)
    phone.push()
    step("lock")
    phone.pull()
    step("unlock")
    phone.pull()
    successor = Phone(link(), f"{SEED} 2", clock.moment, simulates=False)
    successor.enrol(step("second code"))
    successor.pull()
    phone.seal_contact(third.unit_id, visit_no=1, disposition="absent")
    phone.push()  # superseded_device
    phone.pull()
    _send(phone, {**sealed.op, "battery": 40})  # 422
    return wire.exchanges


def ask(phone: Phone, path: str) -> None:
    """Send a plain question with the phone's token."""
    phone._authorised("GET", path)


def _send(phone: Phone, *ops: dict[str, Any]) -> None:
    """Push these ops as they are, without keeping what comes back."""
    phone.pushes += 1
    phone._authorised("POST", "/sync/push", {**phone.envelope([]), "ops": list(ops)})


def steps_of(campaign: Any, as_role: Callable[..., Any]) -> dict[str, Callable[[], Any]]:
    """What other people do between two contacts, by name; played alike when replayed."""
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    base = f"/api/v1/campaigns/{campaign.id}"

    def code() -> str:
        body = {"campaign_id": campaign.id, "enumerator_id": li}
        return str(leader.post("/api/v1/devices/codes", json=body).get_json()["code"])

    def order(state: str) -> None:
        present = "locked" if state == "active" else "active"
        (device,) = leader.get(f"{base}/devices?state={present}").get_json()["devices"]
        answer = leader.post(
            f"{base}/devices/{device['device_id']}/orders",
            json={"state": state, "reason": "golden"},
        )
        assert answer.status_code == 200, answer.get_json()

    def send_back() -> None:
        (one, *_) = leader.get(f"{base}/interviews").get_json()["interviews"]
        answer = leader.post(
            f"/api/v1/interviews/{one['interview_id']}/return", json={"reason": "golden"}
        )
        assert answer.status_code == 200, answer.get_json()

    return {
        "first code": code,
        "second code": code,
        "assign": lambda: campaign.assign(pair=(li, wang)),
        "return": send_back,
        "lock": lambda: order("locked"),
        "unlock": lambda: order("active"),
    }


def write(folder: Path, exchanges: list[dict[str, Any]]) -> None:
    """Write one file an exchange, numbered."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, exchange in enumerate(exchanges, 1):
        words = exchange["request"]["path"].partition("?")[0].strip("/").split("/")[2:4]
        name = "-".join([f"{number:03}", *(word[:16] for word in words)])
        text = json.dumps(exchange, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the exchanges of an app in order."""
    for path in sorted(folder.glob("*.json")):
        yield path.stem, json.loads(path.read_text("utf-8"))


def replay(app: Flask, exchange: dict[str, Any], clock: Any) -> dict[str, Any]:
    """Send a recorded request once more; return the answer in the recorded form."""
    clock.moment = datetime.fromisoformat(exchange["at"])
    request = exchange["request"]
    response = app.test_client().open(
        request["path"],
        method=request["method"],
        data=_unpacked(request),
        headers=request["headers"],
    )
    found = {name.lower(): value for name, value in response.headers.items()}
    return {
        "status": response.status_code,
        "headers": {name: found[name] for name in HEARD if name in found},
        **_packed(response.get_data() or None),
    }


def lacking(recorded: Any, found: Any, path: str = "") -> list[str]:
    """Say where an answer is no longer what an app was once given; new members are fine."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        return [
            fault
            for key in recorded
            if key not in RANDOM
            for fault in (
                lacking(recorded[key], found[key], f"{path}/{key}")
                if key in found
                else [f"{path}/{key} is gone"]
            )
        ]
    if path.endswith("/features"):  # an app looks for those it knows
        return [f"{path}: {one} is gone" for one in recorded if one not in found]
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        return [
            fault
            for n, (one, other) in enumerate(zip(recorded, found, strict=True))
            for fault in lacking(one, other, f"{path}/{n}")
        ]
    return [] if recorded == found else [f"{path}: {recorded!r} is now {found!r}"]


def _packed(body: bytes | None) -> dict[str, Any]:
    """A body as JSON where it is JSON, else as base64; gzip is undone with its bytes kept."""
    if body is None:
        return {}
    if body[:2] == b"\x1f\x8b":
        return {"gzip": base64.b64encode(body).decode(), "json": json.loads(gzip.decompress(body))}
    try:
        return {"text": body.decode(), "json": json.loads(body)}
    except ValueError:
        return {"base64": base64.b64encode(body).decode()}


def _unpacked(request: dict[str, Any]) -> bytes | None:
    if "gzip" in request:
        return base64.b64decode(request["gzip"])
    if "base64" in request:
        return base64.b64decode(request["base64"])
    return str(request["text"]).encode() if "text" in request else None
