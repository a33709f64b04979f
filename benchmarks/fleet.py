"""A fleet of phones with households to report on, written straight into a database.

Benchmarks and load runs use it: `fill` makes the campaign, villages, phones and tokens in a second,
where enrolling would take minutes; `Sender` then sends real pushes over HTTP. Everything is
simulated and marked so.
"""

import gzip
import hashlib
import json
import sys
import uuid
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from households import a_body
from rehearsal import CAMPAIGN, PAIR, rehearse
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.link import Answer, HttpWire
from inspect_app.extensions import db
from inspect_app.models.devices import Device
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage, Village
from inspect_app.rules.ops import interview_id
from inspect_app.rules.rosters import numbered
from inspect_app.services import tokens
from inspect_app.settings import Limits, Settings

SEED = "benchmark"
NOON = datetime(2020, 6, 3, 4, 0, tzinfo=UTC)
LIMITS = Limits(pushes_per_minute=1_000_000)
FORM = {"form_id": "household-interview", "version": "0.1.0"}


@dataclass
class Sender:
    """One phone: its token, its households, and the pushes it makes of them."""

    device_id: str
    token: str = field(repr=False)
    households: list[str] = field(repr=False)
    members: int = 4
    pushed: int = 0

    def ops(self, count: int) -> list[dict[str, Any]]:
        """Seal interviews of the next households."""
        part = self.households[self.pushed : self.pushed + count]
        if len(part) < count:
            raise ValueError("the phone has no households left")
        self.pushed += count
        return [sealed(unit_id, members=self.members) for unit_id in part]

    def envelope(self, ops: list[dict[str, Any]]) -> bytes:
        """Write a push as a phone does, gzipped."""
        push = {
            "device_now": NOON.isoformat(),
            "boot_id": "bench",
            "mono_ms": self.pushed,
            "app": "bench",
            "manifest": {"unsent": [], "free_mb": 900, "persisted": True},
            "ops": ops,
        }
        return gzip.compress(json.dumps(push, ensure_ascii=False).encode(), 6)

    def push(self, wire: HttpWire, packed: bytes) -> Answer:
        """Send one push."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "X-Simulated-Time": NOON.isoformat(),
        }
        return wire.exchange("POST", "/api/v1/sync/push", packed, headers)


def body_of(unit_id: str, *, members: int = 4) -> str:
    """The text of a sound household's interview; four members are 105 leaves, 17 are 200."""
    body = a_body(household_class="N")
    rows = body["answers"]["members"]
    body["answers"]["members"] = [deepcopy(rows[n % len(rows)]) for n in range(members)]
    body["answers"]["household_id"] = body["unit_id"] = unit_id
    return json.dumps(body, ensure_ascii=False)


def sealed(unit_id: str, *, members: int = 4) -> dict[str, Any]:
    """An op of a household's interview."""
    text = body_of(unit_id, members=members)
    return {
        "op_id": str(uuid.uuid4()),
        "kind": "interview",
        "interview_id": interview_id(CAMPAIGN, unit_id, "1"),
        "base_rev": 0,
        "captured_at": "2020-06-03T11:00:00+08:00",
        "boot_id": "bench",
        "mono_ms": 5_120_345,
        **FORM,
        "body_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "body": text,
        "blobs": [],
    }


def fill(
    folder: Path, *, phones: int, households: int, url: str | None = None, members: int = 4
) -> tuple[Settings, list[Sender]]:
    """Make a campaign with `phones` phones, a village each and `households` households in each.

    folder : the data folder, empty; url : of an empty database, SQLite in the folder unless given
    """
    rehearse(folder, seed=SEED, url=url)
    settings = Settings.for_folder(folder, demo_seed=SEED, database_url=url)
    app = create_app(settings)
    with app.app_context():
        with Session(db.engine) as session:
            senders = _fleet(session, phones, households)
            for sender in senders:
                sender.members = members
            session.commit()
        db.session.remove()
        db.engine.dispose()
    return settings, senders


def _fleet(session: Session, phones: int, households: int) -> list[Sender]:
    """Copy the one village, phone and assignment of the rehearsal as often as is wanted."""
    assigned = session.scalars(select(Assignment).limit(1)).one()
    models = {
        Village: (assigned.campaign_id, assigned.village_code),
        SampleVillage: (assigned.campaign_id, assigned.village_code),
        Device: assigned.device_id,
        Assignment: assigned.id,
    }
    first = {model: _values(session.get_one(model, key)) for model, key in models.items()}
    household = _values(session.scalars(select(SampleHousehold).limit(1)).one())
    county = first[SampleVillage]["county_adcode"]
    rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in models}
    seats: list[dict[str, Any]] = []
    senders = []
    for n in range(phones):
        village, device_id = f"{county}9{n:05}", str(uuid.UUID(int=n + 1))
        here = {"village_code": village}
        rows[Village].append(first[Village] | here | {"households_n": households})
        rows[SampleVillage].append(first[SampleVillage] | here | {"position": 1000 + n})
        rows[Device].append(first[Device] | {"id": device_id, "enumerator_id": PAIR[0]})
        rows[Assignment].append(
            first[Assignment] | here | {"id": str(uuid.uuid4()), "device_id": device_id}
        )
        units = [numbered(village, line) for line in range(1, households + 1)]
        seats += [
            household
            | {
                "unit_id": unit_id,
                "interview_id": interview_id(CAMPAIGN, unit_id, "1"),
                "psu": village,
                "county_adcode": county,
                "household_class": "N",
                "order": order,
                "is_reserve": False,
            }
            for order, unit_id in enumerate(units, 1)
        ]
        senders.append(Sender(device_id, "", units))
    for model in (Village, SampleVillage, Device, Assignment):
        session.execute(insert(model), rows[model])
    session.execute(insert(SampleHousehold), seats)
    for n, sender in enumerate(senders):
        secret = hashlib.sha256(f"bench/{n}".encode()).digest()
        sender.token = tokens.issue(
            session,
            device_id=sender.device_id,
            secret=secret,
            expires_at=NOON + timedelta(days=365),
        )
    return senders


def _values(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
