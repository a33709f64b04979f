"""The protocol against a model of it: any story of phones, leaders and reviewers.

The model is a few dictionaries; it says beforehand what each op will be answered and what is
stored afterwards. `--sync-stories` tells how many stories are played, PostgreSQL plays half.
"""

import copy
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import peopled
import pytest
from databases import Databases
from fieldwork import tasks
from figures import FIGURES
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from phones import a_phone, a_roster, an_interview, reseal
from rehearsal import CAMPAIGN, MORNING, PAIR, rehearse

from inspect_app.demo.phone import Phone, Sealed
from inspect_app.services import replays

STEPS = 30
HOUSEHOLDS = 4
LEDGERED = frozenset({"accepted", "conflict", "not_assigned", "superseded_device", "invalid"})
HOW = st.sampled_from(("sound", "sound", "sound", "invalid", "stale", "torn", "foreign"))
PLACE = st.integers(0, HOUSEHOLDS - 1)
TOLD: Counter[str] = Counter()
"""What the stories of a run came across; a story that meets nothing shows nothing."""


@dataclass(frozen=True)
class Start:
    """A campaign with one phone on its way, and the tokens of who commands and reviews."""

    databases: Databases
    folder: Path
    url: str
    phone: Phone
    tokens: dict[str, str]


@dataclass
class Household:
    """What the model knows of an interview: its revisions, and whether it was sent back."""

    current: int = 0
    last: int = 0
    state: str = "none"
    return_id: str | None = None


@dataclass
class Model:
    """What the server must have.

    ops : op -> hash, as first stored; statuses and receipts as first told
    waiting : op -> files that are not there yet
    """

    ops: dict[str, str] = field(default_factory=dict)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    aside: set[tuple[str, str]] = field(default_factory=set)
    named: dict[str, set[str]] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    households: dict[str, Household] = field(default_factory=dict)
    rosters: set[str] = field(default_factory=set)

    def expect(self, op: dict[str, Any], *, superseded: bool, sound: bool, mine: bool) -> str:
        """What an op will be answered; what follows from that is noted."""
        op_id, sha256 = op["op_id"], op["body_sha256"]
        if hashlib.sha256(op["body"].encode()).hexdigest() != sha256:
            return "hash_mismatch"
        if op_id in self.ops:
            if self.ops[op_id] == sha256:
                return "duplicate"
            self.aside.add((op_id, sha256))
            return "op_id_reused"
        self.ops[op_id] = sha256
        self.named[op_id] = {blob["sha256"] for blob in op.get("blobs", ())}
        status = self._judge(op, superseded=superseded, sound=sound, mine=mine)
        if status in ("superseded_device", "invalid", "not_assigned"):
            self.aside.add((op_id, sha256))
        return status

    def _judge(self, op: dict[str, Any], *, superseded: bool, sound: bool, mine: bool) -> str:
        if superseded:
            return "superseded_device"
        if not sound:
            return "invalid"
        if not mine:
            return "not_assigned"
        if op["kind"] == "contact":
            return "accepted"
        if op["kind"] == "roster":
            village = json.loads(op["body"])["village_code"]
            is_second = village in self.rosters
            self.rosters.add(village)
            return "conflict" if is_second else "accepted"
        home = self.households.setdefault(op["interview_id"], Household())
        home.last += 1
        base = op.get("base_rev") or 0
        asked = home.state == "returned" and op.get("return_id") == home.return_id
        if base != home.current or not (base == 0 or asked):
            return "conflict"
        home.current, home.state = home.last, "received"
        return "accepted"


class Sync(RuleBasedStateMachine):
    """Phones of one enumerator, their leader, a reviewer, and a server of their own."""

    def __init__(self, start: Start) -> None:
        super().__init__()
        self.start, self.model = start, Model()
        self.folder = Path(tempfile.mkdtemp())
        for name in ("frames", "plans"):
            shutil.copytree(start.folder / name, self.folder / name)
        self.url = start.databases.copied(start.url, self.folder)
        self.server = peopled.serving(peopled.settings_for(self.folder, self.url))
        self.app = self.server.__enter__()
        self.phones = [peopled.wire(self.app, copy.deepcopy(start.phone))]
        self.superseded: set[str] = set()
        self.sealed: list[tuple[dict[str, Any], bool, bool]] = []
        self.pictures = 0
        self.heard: dict[str, list[dict[str, Any]]] = {}
        self.revisions: set[tuple[Any, ...]] = set()

    def teardown(self) -> None:
        self.server.__exit__(None, None, None)
        self.start.databases.drop(self.url)
        shutil.rmtree(self.folder)

    # --- what people do ----------------------------------------------------------------------

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        client = peopled.client(self.app, self.start.tokens[who])
        return client.open(f"/api/v1{path}", method=method, json=body)

    @initialize()
    def hear(self) -> None:
        self.phones[0].pull()

    @rule()
    @precondition(lambda self: len(self.phones) < 3)
    def replace_phone(self) -> None:
        """A new phone of the same enumerator takes the place of the old one."""
        body = {"campaign_id": CAMPAIGN, "enumerator_id": PAIR[0]}
        code = self.ask("team_leader", "POST", "/devices/codes", body).get_json()["code"]
        new = a_phone(self.app, seed=f"phone {len(self.phones)}", now=MORNING)
        new.simulates = True
        new.enrol(code)
        new.enrol(code)  # the first answer was lost
        self.superseded.add(self.phones[-1].device_id)
        self.phones.append(new)
        new.pull()

    @rule(state=st.sampled_from(("locked", "draining", "active")))
    def order(self, state: str) -> None:
        device = self.phones[-1].device_id
        path = f"/campaigns/{CAMPAIGN}/devices/{device}/orders"
        answer = self.ask("team_leader", "POST", path, {"state": state, "reason": "a story"})
        assert answer.status_code in (200, 409), answer.get_json()

    @rule(place=PLACE)
    @precondition(lambda self: bool(self.model.households))
    def send_back(self, place: int) -> None:
        interview_id = self.task(place).interview_id
        home = self.model.households.get(interview_id)
        answer = self.ask(
            "team_leader", "POST", f"/interviews/{interview_id}/return", {"reason": "a story"}
        )
        if home is None or not home.current:
            assert answer.status_code == 404
        elif answer.status_code == 404:
            # Nobody is sent back through a phone that may not work; another one has to be named.
            states = self.start.databases.rows(self.url, "SELECT state FROM devices")
            assert home.state == "received"
            assert {state for (state,) in states} != {"active"}
        elif home.state in ("received", "returned") and home.current:
            assert answer.status_code == 200, answer.get_json()
            home.state = "returned"
            home.return_id = self.start.databases.rows(
                self.url,
                "SELECT return_id FROM returns WHERE interview_id = "
                f"'{interview_id}' AND base_rev = {home.current}",
            )[0][0]
        else:
            assert answer.status_code == 409, answer.get_json()

    @rule(place=PLACE)
    @precondition(lambda self: bool(self.model.households))
    def accept(self, place: int) -> None:
        interview_id = self.task(place).interview_id
        home = self.model.households.get(interview_id)
        answer = self.ask(
            "reviewer", "POST", f"/interviews/{interview_id}/accept", {"reason": "a story"}
        )
        if home is None or not home.current:
            assert answer.status_code == 404
        elif answer.status_code == 200:
            assert home.state in ("received", "accepted")
            home.state = "accepted"
        else:
            assert answer.status_code == 409, answer.get_json()

    @rule(number=st.integers(1, 4))
    @precondition(lambda self: bool(self.model.aside))
    def release(self, number: int) -> None:
        """Let something from quarantine count; whatever it becomes, nothing is overwritten."""
        path = f"/campaigns/{CAMPAIGN}/quarantine/{number}/release"
        answer = self.ask("reviewer", "POST", path, {"reason": "a story"})
        assert answer.status_code in (200, 404, 409), answer.get_json()
        TOLD[f"release {answer.status_code}"] += 1
        if answer.status_code == 200:
            came = answer.get_json()["op_id"]
            if came not in self.model.ops:  # another body under a used id became an op of its own
                (row,) = (row for row in self.stored_ops() if row[0] == came)
                self.model.ops[came] = row[1]
                self.model.named[came] = set()
            self.learn()

    def learn(self) -> None:
        """Take over from the server what a release has made current."""
        for interview_id, current, last, state in self.start.databases.rows(
            self.url, "SELECT interview_id, current_rev, last_rev, state FROM interviews"
        ):
            home = self.model.households.setdefault(interview_id, Household())
            assert last >= home.last
            home.current, home.last = current, last
            home.state = state if current else "none"
        for (village,) in self.start.databases.rows(
            self.url, "SELECT village_code FROM roster_lists"
        ):
            self.model.rosters.add(village)

    # --- what phones do ----------------------------------------------------------------------

    def task(self, place: int) -> Any:
        return tasks(self.start.phone)[place]

    def seal(self, op: dict[str, Any], *, sound: bool = True, mine: bool = True) -> None:
        self.sealed.append((op, sound, mine))

    @rule(place=PLACE, how=HOW, photo=st.booleans())
    def interview(self, place: int, how: str, photo: bool) -> None:
        """Seal an interview: sound, or wrong in one of the ways that phones and people find."""
        phone, task = self.writer(), self.task(place)
        changes: dict[str, Any] = {}
        if photo:
            self.pictures += 1
            changes["obs_photo"] = phone.keep(f"picture {self.pictures}".encode() * 9)
        if how == "invalid":
            changes["wage_local"] = "many"
        op = copy.deepcopy(an_interview(phone, task, **changes).op)
        op = reseal_as(op, len(self.sealed))
        if how == "stale":
            op["base_rev"] = 7
        elif how == "torn":
            op["body_sha256"] = "0" * 64
        elif how == "foreign":
            unit_id = f"adhoc:{phone.device_id}:{op['op_id']}"
            op = reseal_op(op, unit_id=unit_id)
            op["interview_id"] = str(uuid5(UUID(CAMPAIGN), f"{unit_id}/{task.round}"))
        self.seal(op, sound=how != "invalid", mine=how != "foreign")

    @rule(place=PLACE)
    @precondition(lambda self: self.is_asked())
    def answer_return(self, place: int) -> None:
        """Seal what a return asked for, or what is taken for that."""
        phone, task = self.writer(), self.task(place)
        home = self.model.households.get(task.interview_id, Household())
        op = reseal_as(copy.deepcopy(an_interview(phone, task).op), len(self.sealed))
        op |= {"base_rev": home.current, "return_id": home.return_id}
        self.seal(op)

    @rule(place=PLACE)
    def contact(self, place: int) -> None:
        phone = self.writer()
        sealed = phone.seal_contact(self.task(place).unit_id, visit_no=1, disposition="absent")
        self.seal(reseal_as(copy.deepcopy(sealed.op), len(self.sealed)))

    @rule(households=st.integers(30, 45))
    def roster(self, households: int) -> None:
        phone, village = self.writer(), self.task(0).village_code
        phone.impatient = True
        phone.seal_roster(village, a_roster(village, households=households))
        self.seal(reseal_as(copy.deepcopy(phone.outbox[-1].op), len(self.sealed)))

    def writer(self) -> Phone:
        """The phone that an op is sealed on; what it was told, the first was told as well."""
        phone = self.phones[-1]
        phone.tasks = dict(self.start.phone.tasks)
        phone.draws = dict(self.start.phone.draws)
        phone.returns = {}
        return phone

    @rule(
        order=st.permutations(range(8)),
        count=st.integers(1, 8),
        which=st.integers(0, 2),
        changed=st.booleans(),
    )
    @precondition(lambda self: bool(self.sealed))
    def push_any(self, order: list[int], count: int, which: int, changed: bool) -> None:
        """Send some of what was ever sealed, in any order, by any of the phones."""
        phone = self.phones[which % len(self.phones)]
        recent = self.sealed[-8:]
        part = [recent[place] for place in order if place < len(recent)][:count]
        if changed:
            op, sound, mine = part[-1]
            part[-1] = (
                reseal_op(op, salt=f"another salt of a story {len(self.sealed)}"),
                sound,
                mine,
            )
        self.send(phone, part)

    @rule()
    @precondition(lambda self: self.unsent() != [])
    def push(self) -> None:
        """Send what was sealed since, as a phone does."""
        self.send(self.phones[-1], self.unsent())

    def unsent(self) -> list[tuple[dict[str, Any], bool, bool]]:
        return [one for one in self.sealed[-8:] if one[0]["op_id"] not in self.model.ops]

    def send(self, phone: Phone, part: list[tuple[dict[str, Any], bool, bool]]) -> None:
        """Send a batch; each op is answered as the model says."""
        expected = [
            self.model.expect(
                op, superseded=phone.device_id in self.superseded, sound=sound, mine=mine
            )
            for op, sound, mine in part
        ]
        envelope = {**phone.envelope([]), "ops": [op for op, _, _ in part]}
        answer = phone._authorised("POST", "/sync/push", envelope)
        assert answer.status == 200, answer.body
        results = answer.json()["results"]
        assert [one["status"] for one in results] == expected
        TOLD.update(expected)
        for (op, _, _), one in zip(part, results, strict=True):
            self.check_result(op, one)

    def check_result(self, op: dict[str, Any], result: dict[str, Any]) -> None:
        op_id = op["op_id"]
        assert (result["op_id"], result["body_sha256"]) == (op_id, op["body_sha256"])
        if result["status"] in LEDGERED:
            self.model.told[op_id] = result
            assert "receipt" in result
        elif result["status"] == "duplicate":
            assert result["receipt"] == self.model.told[op_id]["receipt"]
            assert result["first_status"] == self.model.told[op_id]["status"]
        else:
            assert "receipt" not in result
        if result["status"] in LEDGERED | {"duplicate"}:
            assert set(result["need_blobs"]) == self.model.named[op_id] - self.model.there

    def is_asked(self) -> bool:
        return any(home.state == "returned" for home in self.model.households.values())

    @rule(which=st.integers(0, 2), wrong=st.booleans())
    @precondition(lambda self: bool(set().union(*self.model.named.values()) - self.model.there))
    def chunk(self, which: int, wrong: bool) -> None:
        """Send a file that some op of a phone named; or at a wrong offset first."""
        phone = self.phones[which % len(self.phones)]
        own = [
            sha256
            for (op, _, _) in self.sealed
            for sha256 in sorted(self.model.named.get(op["op_id"], ()))
            if sha256 in phone.files and sha256 not in self.model.there
        ]
        if not own:
            return
        if wrong:
            answer = phone.send_chunk(own[0], 3)
            assert answer.status in (404, 409)
        else:
            answer = phone.send_chunk(own[0], 0)
            sent_here = {row[0] for row in self.named_by(phone)}
            assert answer.status == (204 if own[0] in sent_here else 404), answer.body
            self.model.there |= {own[0]} & sent_here
            TOLD[f"chunk {answer.status}"] += 1

    def named_by(self, phone: Phone) -> list[tuple[Any, ...]]:
        query = f"SELECT sha256 FROM op_blobs WHERE device_id = '{phone.device_id}'"
        return self.start.databases.rows(self.url, query)

    @rule(which=st.integers(0, 2))
    def pull(self, which: int) -> None:
        phone = self.phones[which % len(self.phones)]
        before = phone.cursor
        once = phone._authorised("GET", "/sync/pull" + (f"?cursor={before}" if before else ""))
        again = phone._authorised("GET", "/sync/pull" + (f"?cursor={before}" if before else ""))
        assert once.status == again.status == 200
        assert once.json() == again.json()
        if phone.device_id in self.superseded:
            assert once.json()["state"] == "superseded"

    # --- what always holds -------------------------------------------------------------------

    def stored_ops(self) -> list[tuple[Any, ...]]:
        return self.start.databases.rows(self.url, "SELECT op_id, body_sha256, body FROM ops")

    @invariant()
    def each_op_is_stored_once(self) -> None:
        stored = self.stored_ops()
        assert {op_id: sha256 for op_id, sha256, _ in stored} == self.model.ops
        for _, sha256, body in stored:
            assert hashlib.sha256(bytes(body)).hexdigest() == sha256
        lines = self.start.databases.rows(self.url, "SELECT op_id FROM ledger WHERE type = 'op'")
        assert sorted(op_id for (op_id,) in lines) == sorted(self.model.ops)

    @invariant()
    def what_could_not_count_is_kept(self) -> None:
        kept = self.start.databases.rows(self.url, "SELECT op_id, body_sha256 FROM quarantine")
        assert len(kept) == len(set(kept))
        assert set(kept) == self.model.aside

    @invariant()
    def no_revision_goes_or_changes(self) -> None:
        query = "SELECT interview_id, rev, op_id, conflict FROM revisions"
        present = set(self.start.databases.rows(self.url, query))
        assert self.revisions <= present
        self.revisions = present
        current = self.start.databases.rows(
            self.url, "SELECT interview_id, current_rev, last_rev FROM interviews"
        )
        assert {one: (rev, last) for one, rev, last in current} == {
            one: (home.current, home.last) for one, home in self.model.households.items()
        }

    @invariant()
    def the_chain_holds(self) -> None:
        with peopled.looking(self.app) as session:
            report = replays.verify(
                session, CAMPAIGN, settings=self.app.config["SETTINGS"], files=True
            )
        assert report.faults == ()

    @invariant()
    def the_feed_only_grows_and_acks_what_is_there(self) -> None:
        for phone in self.phones:
            if phone.device_id in self.superseded:
                continue
            answer = phone._authorised("GET", "/sync/pull")
            page = answer.json()
            if page["state"] != "active":
                continue
            before = self.heard.get(phone.device_id, [])
            # Acks stand behind what was told, each kind in its order; nothing told is taken back.
            for of_acks in (False, True):
                told, now = (
                    [item for item in items if (item["type"] == "ack") == of_acks]
                    for items in (before, page["items"])
                )
                assert now[: len(told)] == told
            self.heard[phone.device_id] = page["items"]
            acked = {one["op_id"]: one["complete"] for one in page["items"] if one["type"] == "ack"}
            assert acked.keys() <= self.model.ops.keys()
            for op_id, complete in acked.items():
                assert complete == (self.model.named[op_id] <= self.model.there), op_id


def reseal_as(op: dict[str, Any], number: int) -> dict[str, Any]:
    """The same op under an id of its own: a household may be visited again in a story."""
    name = hashlib.sha256(f"story {number}".encode()).hexdigest()
    op_id = f"{name[:8]}-{name[8:12]}-4{name[13:16]}-8{name[17:20]}-{name[20:32]}"
    return {**op, "op_id": op_id}


def reseal_op(op: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The op with another body, and the hash made to fit."""
    return reseal(Sealed(op), **changes)


@pytest.fixture(scope="module")
def start(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Start:
    folder = tmp_path_factory.mktemp("start")
    url = databases.empty(folder)
    phone = rehearse(folder, seed=peopled.SEED, url=url)
    with (
        peopled.serving(peopled.settings_for(folder, url)) as app,
        peopled.looking(app) as session,
    ):
        given = peopled._give_roles(session)
    return Start(databases, folder, url, phone, given)


def test_any_story_goes_as_the_model_says(start: Start, pytestconfig: pytest.Config) -> None:
    TOLD.clear()
    wanted = pytestconfig.getoption("--sync-stories")
    stories = wanted if start.databases.name == "sqlite" else max(2, wanted // 2)

    run_state_machine_as_test(
        lambda: Sync(start),
        settings=settings(
            max_examples=stories,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),  # a story is told as found: none is quick
            suppress_health_check=list(HealthCheck),
        ),
    )

    pytestconfig.stash[FIGURES].append(
        f"sync machine on {start.databases.name}: {stories} stories of up to {STEPS} steps; "
        f"{dict(sorted(TOLD.items()))}"
    )
