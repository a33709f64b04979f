"""A fleet on a stage: what its phones do there, and what of it is stored afterwards."""

import hashlib
import json
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from crash import Stage
from phones import AppWire, a_roster, answers_for
from rehearsal import CAMPAIGN, a_leader
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.fleet import LOST, Player, Visit
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.phone import Phone, Sealed
from inspect_app.demo.weather import Weather
from inspect_app.extensions import db
from inspect_app.models.devices import Device
from inspect_app.services import enrolment
from inspect_app.services.files import Store

HASTE = 0.0005
"""A second of waiting, in a test."""
PHOTO = 40_000
LARGE = 300_000
"""More than one chunk."""


def impatient(seconds: float) -> None:
    """Wait as a phone does, two thousand times as fast."""
    time.sleep(seconds * HASTE)


def present() -> datetime:
    return datetime.now(UTC)


def visits(phone: Phone, *, contacts: int) -> list[Visit]:
    """A village: its list, an interview of every household drawn, and visits without interview."""
    tasks = sorted(phone.tasks.values(), key=lambda task: task.unit_id)
    drawn = [task.unit_id for task in tasks if not task.is_reserve]
    made: list[Visit] = [_list]
    made += [partial(_interview, unit_id=unit_id) for unit_id in drawn]
    made.append(_interview_of_the_list)
    made += [
        partial(_call, unit_id=drawn[n % len(drawn)], visit_no=1 + n // len(drawn))
        for n in range(contacts)
    ]
    # The list comes first; the rest in an order of the phone's own.
    rest = made[1:]
    random.Random(phone.seed).shuffle(rest)
    return [made[0], *rest]


def _list(phone: Phone) -> Sealed:
    (village,) = phone.draws
    phone.impatient = True
    phone.seal_roster(village, a_roster(village, households=30))
    return phone.outbox[-1]


def _interview(phone: Phone, *, unit_id: str) -> Sealed:
    answers = answers_for(phone.tasks[unit_id])
    answers["obs_photo"] = phone.keep(photo(unit_id))
    return phone.seal_interview(unit_id, answers)


def _interview_of_the_list(phone: Phone) -> Sealed:
    (task,) = (
        task for task in phone.tasks.values() if task.household_class == "N" and not task.is_reserve
    )
    return _interview(phone, unit_id=task.unit_id)


def _call(phone: Phone, *, unit_id: str, visit_no: int) -> Sealed:
    return phone.seal_contact(unit_id, visit_no=visit_no, disposition="partial", note="不在家")


def photo(unit_id: str) -> bytes:
    """A picture of a household; one in eight takes more than one chunk."""
    dice = random.Random(unit_id)
    return dice.randbytes(LARGE if dice.random() < 1 / 8 else PHOTO)


def crew(
    stage: Stage, weather: Weather, *, contacts: int, losing: Sequence[int] = ()
) -> tuple[list[Player], Counter[str]]:
    """Players for all phones of a stage; those at `losing` will lose their storage once."""
    met: Counter[str] = Counter()
    players = []
    for n, phone in enumerate(stage.phones):
        todo = visits(phone, contacts=contacts)
        phone.outbox.clear()  # the stage's own ops are another story
        phone.dispositions.clear()
        players.append(
            Player(
                phone,
                todo,
                weather,
                HttpWire(stage.server.url, timeout=30),
                stage.folder / "phones" / str(n),
                met,
                sleep=impatient,
                now=present,
                enrol_again=partial(enrolled_again, stage),
                losing_at=1 + LOST + len(todo) // 2 if n in losing else None,
            )
        )
    return players, met


def enrolled_again(stage: Stage, old: Phone) -> Phone:
    """A new phone for the enumerator of an old one, let in by the leader of the team."""
    app = create_app(stage.settings)
    with app.app_context(), Session(db.engine) as session:
        enumerator_id = session.get_one(Device, old.device_id).enumerator_id
        code = enrolment.create_code(
            session,
            CAMPAIGN,
            enumerator_id,
            by=a_leader(session),
            settings=stage.settings,
            at=present(),
        )
    phone = Phone(Link(AppWire(app)), f"{old.seed}/2", present(), simulates=False)
    phone.enrol(code.code)
    phone.pull()
    with app.app_context():
        db.engine.dispose()
    return phone


@dataclass(frozen=True)
class Stored:
    """What a server holds of a fleet's work, without what differs from phone to phone and hour.

    content : body by kind, household or village, round and visit; salt and times left out
    bodies : SHA-256 by op
    shown : interviews with revisions, visits and lists as the tables show them
    incomplete : ops that still wait for a file
    files : what lies on the disk under its own hash
    alarms : (event, op) of the chain; arrived : the ops that are here
    """

    content: Counter[tuple[str, ...]]
    bodies: dict[str, str]
    shown: list[tuple[Any, ...]]
    statuses: Counter[str]
    incomplete: set[str]
    files: set[str]
    alarms: set[tuple[str, str]]


INTERVIEWS = """
SELECT r.interview_id, i.unit_id, i.round, i.current_rev, i.last_rev, i.state, i.in_conflict,
       r.rev, r.base_rev, r.conflict, r.stale_form, r.disposition, r.answers_sha256
FROM revisions r JOIN interviews i ON i.interview_id = r.interview_id
"""
CONTACTS = "SELECT unit_id, round, visit_no, disposition FROM contacts"
ROSTERS = (
    "SELECT village_code, household_class, households, drawn, differs, stands FROM roster_lists"
)
DRAWN = "SELECT interview_id, unit_id, is_reserve FROM sample_households"


def stored(stage: Stage) -> Stored:
    """Read everything back, beside the server."""
    engine = sa.create_engine(stage.settings.database_url)
    with engine.connect() as connection:

        def rows(query: str) -> list[Any]:
            return list(connection.execute(sa.text(query)))

        ops = rows("SELECT op_id, kind, body, body_sha256, blobs, complete FROM ops")
        lines = rows("SELECT type, op_id, status FROM ledger")
        shown = [
            (name, *(_plain(value) for value in row))
            for name, query in (("i", INTERVIEWS), ("c", CONTACTS), ("r", ROSTERS), ("d", DRAWN))
            for row in rows(query)
        ]
    engine.dispose()
    later = {line.op_id for line in lines if line.type == "complete"}
    store = Store(stage.settings.blobs_dir, CAMPAIGN)
    named = {
        blob["sha256"]
        for op in ops
        for blob in (json.loads(op.blobs) if isinstance(op.blobs, str) else op.blobs)
    }
    files = {
        sha256
        for sha256 in named
        if store.has(sha256)
        and hashlib.sha256(store.path(sha256).read_bytes()).hexdigest() == sha256
    }
    assert all(hashlib.sha256(bytes(op.body)).hexdigest() == op.body_sha256 for op in ops)
    return Stored(
        Counter(_content(op.kind, bytes(op.body)) for op in ops),
        {op.op_id: op.body_sha256 for op in ops},
        sorted(shown),
        Counter(line.status for line in lines if line.type == "op"),
        {op.op_id for op in ops if not op.complete and op.op_id not in later},
        files if files == named else files | {"some are missing"},
        {(line.status, line.op_id) for line in lines if line.type == "event"},
    )


def _plain(value: Any) -> str:
    """A value as both engines give it."""
    if isinstance(value, bool):
        return str(int(value))
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)


def _content(kind: str, body: bytes) -> tuple[str, ...]:
    plain = {name: value for name, value in json.loads(body).items() if name not in ("salt", "at")}
    return kind, json.dumps(plain, sort_keys=True, ensure_ascii=False)
