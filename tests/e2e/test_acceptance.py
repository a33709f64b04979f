"""Acceptance of the protocol: the reference client against a real server, on both engines.

Each test names in its first words the number it has among the acceptance tests of the phone app;
those that need a browser come with it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from between import Proxy, cut_the_answer, cut_the_body, refuse, standing_between
from crash import Stage, chain_faults
from crowds import at_once
from fleets import HASTE
from phones import answers_for, reseal
from rehearsal import CAMPAIGN
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.flash import Flash
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.phone import Phone, PortalMet, Sealed, Task
from inspect_app.demo.server import Server
from inspect_app.demo.weather import Clock, Portal
from inspect_app.extensions import db
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import conflicts, reviews

TESTS = Path(__file__).parents[1]
PHONES = 11
CHUNK = 256 * 1024


@dataclass
class Scene:
    """A server with phones of which each test takes its own."""

    stage: Stage
    used: int = 0
    waits: list[float] = field(default_factory=list)
    wires: list[HttpWire] = field(default_factory=list)

    def phone(self, url: str | None = None) -> Phone:
        """A phone that was sent to a village and has sealed nothing yet."""
        phone = self.stage.phones[self.used]
        self.used += 1
        phone.outbox.clear()
        phone.dispositions.clear()
        phone.now = datetime.now(UTC)
        phone.link = self.link(url)
        return phone

    @property
    def everybodys(self) -> Phone:
        """The phone that the tests share which need no more than one visit."""
        phone = self.stage.phones[-1]
        if any(sealed.op["kind"] == "interview" for sealed in phone.outbox):
            phone.outbox.clear()
        return phone

    def link(self, url: str | None = None) -> Link:
        """A line to the server, or to this address; its waits are noted and hardly waited."""
        self.wires.append(HttpWire(url or self.stage.server.url, timeout=60))
        return Link(self.wires[-1], sleep=self.wait)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        time.sleep(seconds * HASTE)

    def rows(self, query: str, **values: Any) -> list[Any]:
        """Read beside the server."""
        engine = sa.create_engine(self.stage.settings.database_url)
        with engine.connect() as connection:
            found = list(connection.execute(sa.text(query), values))
        engine.dispose()
        return found

    def change(self, statement: str, **values: Any) -> None:
        engine = sa.create_engine(self.stage.settings.database_url)
        with engine.begin() as connection:
            connection.execute(sa.text(statement), values)
        engine.dispose()

    def lines(self, phone: Phone) -> Counter[tuple[str, str]]:
        """Lines of the ledger about what a phone has sealed: op id and status."""
        found = self.rows(
            "SELECT op_id, status FROM ledger WHERE type = 'op' AND device_id = :device",
            device=phone.device_id,
        )
        return Counter((row.op_id, row.status) for row in found)

    def once_each(self, phone: Phone) -> Counter[tuple[str, str]]:
        """What `lines` says if everything in the phone's outbox arrived once."""
        return Counter((sealed.op["op_id"], "accepted") for sealed in phone.outbox)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp(request.param)
    with Stage(folder, request.param, phones=PHONES, households=4, visits=0) as stage:
        made = Scene(stage)
        yield made
        for wire in made.wires:
            wire.close()
        assert chain_faults(stage.settings) == []


@pytest.fixture
def proxy(scene: Scene) -> Iterator[Proxy]:
    with standing_between(scene.stage.server.port) as made:
        yield made
        for wire in scene.wires:
            wire.close()


def households(phone: Phone) -> list[Task]:
    found = [task for task in phone.tasks.values() if not task.is_reserve]
    return sorted(found, key=lambda task: task.order)


def interview(phone: Phone, place: int = 0, **changes: Any) -> Sealed:
    task = households(phone)[place]
    return phone.seal_interview(task.unit_id, {**answers_for(task), **changes})


def with_photo(phone: Phone, place: int = 0, *, bytes: int = 3 * CHUNK // 2) -> tuple[Sealed, str]:
    picture = random.Random(f"{phone.seed}/{place}").randbytes(bytes)
    sha256 = phone.keep(picture)
    return interview(phone, place, obs_photo=sha256), sha256


def test_three_interviews_sealed_offline_outlive_a_reload_and_arrive_once_each(
    scene: Scene, tmp_path: Path
) -> None:
    """1: offline reload, three interviews, once each."""
    phone = scene.phone("http://127.0.0.1:1")  # nobody listens there
    phone.flash = Flash(tmp_path)
    for place in range(3):
        interview(phone, place)

    again = Flash(tmp_path).restart(scene.link(), now=datetime.now(UTC))
    heard = again.contact()

    assert [one.op for one in again.outbox] == [one.op for one in phone.outbox]
    assert scene.lines(again) == scene.once_each(again)
    acked = {item["op_id"] for item in heard if item["type"] == "ack" and item["complete"]}
    assert acked == {sealed.op["op_id"] for sealed in phone.outbox}
    third = Flash(tmp_path).restart(scene.link(), now=datetime.now(UTC))
    assert third.contact() == []
    assert third.unsent == []
    assert scene.lines(third) == scene.once_each(phone)


def test_a_client_killed_while_sealing_keeps_what_it_called_sealed(
    scene: Scene, tmp_path: Path
) -> None:
    """2: the client killed by a signal, restarted offline; draft and outbox intact."""
    phone = scene.phone()
    phone.flash = Flash(tmp_path)
    phone.save()
    told: dict[str, str] = {}
    dice = random.Random(2)
    for _ in range(2):
        said = killed_while_sealing(tmp_path, after=dice.uniform(0.05, 0.3))
        told |= {op_id: digest for word, op_id, digest in said if word == "sealed"}
        survivor = Flash(tmp_path).restart(scene.link(), now=datetime.now(UTC))
        kept = {one.op["op_id"]: one.op["body_sha256"] for one in survivor.outbox}
        assert told.items() <= kept.items()
        # The last words decide whether a draft was under way; one more step may have been kept.
        if said[-1][0] == "draft" and len(kept) == len(told):
            unit_id, asked = said[-1][1:]
            assert survivor.drafts[unit_id]["note"] == f"asked {asked} questions"

    survivor.contact()

    assert len(told) >= 2
    assert survivor.unsent == []
    assert scene.lines(survivor) == scene.once_each(survivor)


def killed_while_sealing(folder: Path, *, after: float) -> list[tuple[str, str, str]]:
    """Let a phone seal in a process of its own, and kill that; what it had said until then."""
    process = subprocess.Popen(
        [sys.executable, str(TESTS / "sealing_phone.py"), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(4)]  # ready, and it works
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=30)
    lines = [line for line in "".join([*said, rest]).splitlines(keepends=True) if "\n" in line]
    found = []
    for line in lines[1:]:
        word, first, second = line.split()
        found.append((word, first, second))
    return found


def test_a_server_that_dies_after_the_commit_is_asked_again_and_gives_the_first_receipt(
    scene: Scene, proxy: Proxy
) -> None:
    """3: the server dies between its commit and its answer."""
    phone = scene.phone(proxy.url)
    sealed = interview(phone)
    receipts: list[Any] = []

    def die() -> None:
        scene.stage.server.kill()
        receipts.extend(
            scene.rows("SELECT signature FROM ledger WHERE op_id = :id", id=sealed.op["op_id"])
        )
        scene.stage.server.start()

    proxy.plan("POST", cut_the_answer(die))
    (result,) = phone.push()

    assert result["status"] == "duplicate"
    assert [row.signature for row in receipts] == [result["receipt"]["sig"]]
    assert scene.lines(phone) == scene.once_each(phone)


def test_a_server_that_dies_in_the_middle_of_a_photo_gets_it_whole(
    scene: Scene, proxy: Proxy
) -> None:
    """3: the server dies with half of a chunk."""
    phone = scene.phone(proxy.url)
    sealed, sha256 = with_photo(phone)

    def die() -> None:
        time.sleep(0.05)
        scene.stage.server.kill()
        scene.stage.server.start()

    proxy.plan("PATCH", Proxy.forward, cut_the_body(die))
    phone.contact()

    assert phone.complete == {sealed.op["op_id"]}
    assert phone.files == {}
    stored = scene.stage.settings.blobs_dir / CAMPAIGN / sha256[:2] / sha256
    assert stored.stat().st_size == 3 * CHUNK // 2
    assert [one.path.rpartition("/")[2] for one in proxy.heard if one.method == "PATCH"] == [
        sha256
    ] * 3


@pytest.mark.parametrize(("status", "retry_after"), [(502, None), (503, 20), (429, 30)])
def test_a_gateway_that_refuses_is_asked_again_when_it_says(
    scene: Scene, proxy: Proxy, status: int, retry_after: int | None
) -> None:
    """3: 502 and 503 on the way, and 429; two of them in a row are waited out."""
    phone = scene.everybodys
    phone.link = scene.link(proxy.url)
    sealed = phone.seal_contact(
        households(phone)[0].unit_id, visit_no=status - 420, disposition="partial"
    )
    scene.waits.clear()
    proxy.plan("POST", refuse(status, retry_after), refuse(status, retry_after))
    (result,) = phone.push()

    assert (result["op_id"], result["status"]) == (sealed.op["op_id"], "accepted")
    assert len(scene.waits) == 2
    if retry_after is not None:
        assert all(retry_after <= waited <= 2 * retry_after for waited in scene.waits)
    bodies = [one.body for one in proxy.heard if one.path.endswith("/push")]
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


@pytest.mark.parametrize("portal", Portal)
def test_a_captive_portal_is_sent_nothing(scene: Scene, proxy: Proxy, portal: Portal) -> None:
    """11: 200 with HTML, 200 with JSON but no marker, a redirect."""
    phone = scene.everybodys
    phone.link = scene.link(proxy.url)
    visit_no = 20 + list(Portal).index(portal)
    phone.seal_contact(households(phone)[0].unit_id, visit_no=visit_no, disposition="partial")
    proxy.portal = portal

    with pytest.raises(PortalMet):
        phone.contact()

    (only,) = proxy.heard
    assert (only.method, only.path, only.body) == ("GET", "/api/v1/hello", b"")
    assert "Authorization" not in only.headers
    assert len(phone.unsent) == 1
    proxy.portal = None
    phone.contact()
    assert phone.unsent == []


@pytest.mark.parametrize("knows", [True, False], ids=["knows", "learns"])
def test_a_token_that_ran_out_offline_is_renewed_and_everything_is_sent_after_fourteen_days(
    scene: Scene, knows: bool
) -> None:
    """12: token expired while offline; sending is allowed after any time."""
    phone = scene.phone()
    phone.now -= timedelta(days=16)
    interview(phone)
    past = datetime.now(UTC) - timedelta(days=15)
    scene.change(
        "UPDATE tokens SET expires_at = :past WHERE device_id = :device",
        past=str(past.replace(tzinfo=None)) if scene.stage.cluster is None else past,
        device=phone.device_id,
    )
    phone.token_until = past if knows else datetime.now(UTC) + timedelta(hours=1)
    expired = phone.token
    phone.now = datetime.now(UTC)

    phone.contact()

    assert phone.token != expired
    assert scene.lines(phone) == scene.once_each(phone)
    (row,) = scene.rows(
        "SELECT captured_at FROM ops WHERE device_id = :device", device=phone.device_id
    )
    captured = datetime.fromisoformat(str(row.captured_at))
    assert datetime.now(UTC) - captured > timedelta(days=15)


def test_a_wrong_clock_refuses_nothing_and_is_seen(scene: Scene) -> None:
    """13: clock 1970, one day ahead, set right in the middle of an interview, drifting."""
    phone = scene.phone()
    truth = phone.now
    shown = {}
    for place, clock in enumerate((Clock.EPOCH, Clock.AHEAD, Clock.JUMP, Clock.DRIFT)):
        task = households(phone)[place]
        phone.clock_error = clock.error(0, now=truth)
        phone.draft(task.unit_id, answers_for(task))  # begun under the one clock,
        phone.clock_error = clock.error(10, now=truth)
        sealed = interview(phone, place)  # sealed under the other
        shown[sealed.op["op_id"]] = sealed.op["captured_at"]
        (result,) = phone.push_once([sealed])
        assert result["status"] == "accepted"
        phone.pull()

    kept = scene.rows(
        "SELECT op_id, captured_at FROM ops WHERE device_id = :device", device=phone.device_id
    )
    assert {row.op_id: str(row.captured_at) for row in kept} == shown
    revisions = scene.rows(
        "SELECT r.op_id, r.offset_ms, r.flags FROM revisions r JOIN ops o ON o.op_id = r.op_id"
        " WHERE o.device_id = :device ORDER BY r.offset_ms",
        device=phone.device_id,
    )
    offsets = [timedelta(milliseconds=row.offset_ms) for row in revisions]
    day = timedelta(days=1)
    assert offsets[0] < -0.9 * day
    assert offsets[-1] > 40 * 365 * day
    codes = [str(row.flags) for row in revisions]
    assert "clock" in codes[0]
    assert "clock" in codes[-1]
    received = scene.rows("SELECT received_at FROM ledger ORDER BY seq")
    assert [row.received_at for row in received] == sorted(row.received_at for row in received)


def test_a_return_is_answered_by_a_revision_and_a_second_interview_by_a_conflict(
    scene: Scene,
) -> None:
    """18: conflict and return; nothing is overwritten, and a person picks."""
    phone = scene.phone()
    first = interview(phone)
    interview_id = first.op["interview_id"]
    phone.contact()
    leader = Caller("leader", (Membership(CAMPAIGN, Role.TEAM_LEADER, team="A"),))
    settings, at = scene.stage.settings, datetime.now(UTC)
    app = create_app(settings)
    with app.app_context():
        with Session(db.engine) as session:
            reviews.send_back(session, interview_id, rev=1, reason="call", by=leader, at=at)
        (asked,) = [item for item in phone.pull() if item["type"] == "return"]
        second = interview(phone, wage_local=777)
        (answer,) = phone.push()
        # Sealed on a phone that had not heard of any of this.
        answers = json.loads(first.op["body"])["answers"] | {"wage_local": 555}
        late = Sealed({**reseal(first, answers=answers), "op_id": str(uuid4())})
        (beside,) = phone.push_once([late])
        with Session(db.engine) as session:
            chosen = conflicts.choose(
                session, interview_id, rev=2, reason="later", by=leader, settings=settings, at=at
            )
        db.engine.dispose()

    assert (second.op["base_rev"], second.op["return_id"]) == (1, asked["return_id"])
    assert (answer["status"], answer["rev"]) == ("accepted", 2)
    assert (beside["status"], beside["rev"]) == ("conflict", 3)
    assert (chosen.rev, chosen.in_conflict) == (2, False)
    kept = scene.rows(
        "SELECT r.rev, o.body FROM revisions r JOIN ops o ON o.op_id = r.op_id"
        " WHERE r.interview_id = :id ORDER BY r.rev",
        id=interview_id,
    )
    assert [bytes(row.body).decode() for row in kept] == [
        first.op["body"],
        second.op["body"],
        late.op["body"],
    ]


def test_one_poisoned_op_of_a_hundred_costs_no_other(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20: 99 accepted, and the hundredth once the server is mended; an invalid one is kept."""
    phone = scene.phone()
    tasks = households(phone)
    ops = [
        phone.seal_contact(
            tasks[n % 2].unit_id, visit_no=1 + n // 2, disposition="partial", note=str(n)
        )
        for n in range(99)
    ]
    poison = phone.seal_contact(tasks[2].unit_id, visit_no=1, disposition="partial", note="poison")
    ops.insert(50, poison)
    real = scene.stage.server
    real.stop()
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    log = scene.stage.folder / "poisoned.log"
    with Server(scene.stage.settings, log=log, application="faulty_server:stumbles()") as ill:
        phone.link = scene.link(ill.url)
        results = phone.push_once(ops)
    real.start()
    phone.link = scene.link()
    invalid = interview(phone, 3, wage_local="many")
    mended = phone.push()

    assert Counter(result["status"] for result in results) == {"accepted": 99, "failed": 1}
    assert results[50]["status"] == "failed"
    assert [(one["op_id"], one["status"]) for one in mended] == [
        (poison.op["op_id"], "accepted"),
        (invalid.op["op_id"], "invalid"),
    ]
    assert phone.unsent == []
    expected = scene.once_each(phone)
    expected[invalid.op["op_id"], "accepted"] = 0
    assert scene.lines(phone) == +expected + Counter({(invalid.op["op_id"], "invalid"): 1})


def test_of_forty_copies_at_once_one_is_accepted(scene: Scene) -> None:
    """Forty concurrent replays of one op: one accepted, thirty-nine duplicates, one receipt."""
    phone = scene.phone()
    sealed = interview(phone)
    envelope = {**phone.envelope([sealed]), "manifest": None}
    body = json.dumps(envelope, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": "application/json"}
    results: list[Any] = []

    def send(_n: int) -> int:
        wire = HttpWire(scene.stage.server.url, timeout=120)
        answer = wire.exchange("POST", "/api/v1/sync/push", body, headers)
        wire.close()
        results.extend(answer.json()["results"])
        return answer.status

    assert at_once(40, send) == [200] * 40
    assert Counter(one["status"] for one in results) == {"accepted": 1, "duplicate": 39}
    assert len({json.dumps(one["receipt"], sort_keys=True) for one in results}) == 1
    assert scene.lines(phone) == scene.once_each(phone)
