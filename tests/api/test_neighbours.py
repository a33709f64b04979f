"""Comparing with what is kept gives what comparing everything anew gives, page by page."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, update
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.blobs import OpBlob
from inspect_app.models.cases import Case
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Comparison, Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine
from inspect_app.models.samples import AccessEntry
from inspect_app.rules import quality
from inspect_app.rules.chain import EventName
from inspect_app.rules.quality import Seen, Traits
from inspect_app.rules.roles import Role
from inspect_app.rules.rulebooks import QUALITY
from inspect_app.services import comparisons, neighbours

COMPARED = {
    *("identical_answers", "photo_seen_elsewhere", "near_identical_text", "overlapping_visits"),
    *("same_spot", "rapid_sequence", "duration_disagrees", "location_far"),
}
FIRST_DAY = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
WORDS = (
    "帮扶措施没有落到实处希望修路",
    "家里两个老人常年吃药负担很重",
    "孩子上学路远冬天雪大不好走",
)
FINDINGS = {"flags": [], "excluded": False, "undetermined": [], "suspicions": []}


@dataclass
class Field:
    """Interviews written straight into the database, and the same ones remembered."""

    session: Session
    campaign_id: str
    phones: list[str]
    chance: random.Random
    known: dict[str, tuple[Seen, datetime]] = field(default_factory=dict)
    made: int = 0

    @classmethod
    def of(cls, session: Session, campaign: Any, *, phones: int = 2, seed: int = 0) -> "Field":
        own = session.scalars(select(Device).limit(1)).one()
        row = {name: getattr(own, name) for name in sorted(Device.__table__.c.keys())}
        ids = [str(UUID(int=n + 1)) for n in range(phones)]
        session.execute(insert(Device), [row | {"id": one} for one in ids])
        session.commit()
        return cls(session, campaign.id, ids, random.Random(seed))

    def arrive(self, interview_id: str | None = None, *, plain: bool = False) -> str:
        """Let an interview come, or a further revision of one."""
        self.made += 1
        chance, n = self.chance, self.made
        name = interview_id or str(UUID(int=chance.getrandbits(128)))
        before = self.known.get(name)
        one = Seen(
            name,
            before[0].unit_id if before else f"unit {n if plain else chance.randrange(40)}",
            before[0].village_code if before else f"42052899990{n % 8 if plain else n % 3}",
            before[0].device_id if before else self.phones[n % len(self.phones)],
            plain or chance.random() < 0.85,
            f"{n if plain else chance.randrange(12):064x}",
            Traits() if plain else self._traits(),
            frozenset(
                () if plain else (f"{chance.randrange(9):064x}" for _ in range(chance.randrange(3)))
            ),
        )
        came = FIRST_DAY + timedelta(hours=12 * chance.randrange(16))
        self.known[name] = one, came
        self._store(one, came)
        return name

    def _traits(self) -> Traits:
        chance = self.chance
        began = FIRST_DAY + timedelta(minutes=20 * chance.randrange(200))
        return Traits(
            started=began,
            ended=began + timedelta(minutes=chance.choice((5, 40, 90))),
            boot_id=chance.choice("ab"),
            sealed_ms=chance.randrange(200) * 300_000,
            place=(30.47 + chance.randrange(12) * 0.001, 111.18 + chance.randrange(3) * 0.03),
            phrases=(chance.choice(WORDS),) if chance.random() < 0.2 else (),
        )

    def _store(self, one: Seen, came: datetime) -> None:
        op_id = str(UUID(int=2**100 + self.made))
        row = self.session.get(Interview, one.interview_id)
        if row is None:
            row = Interview(
                interview_id=one.interview_id,
                campaign_id=self.campaign_id,
                unit_id=one.unit_id,
                round="1",
                county_adcode="420528",
                village_code=one.village_code,
                device_id=one.device_id,
                current_rev=0,
                last_rev=0,
                state="received",
                in_conflict=False,
            )
            self.session.add(row)
        row.current_rev = row.last_rev = row.last_rev + 1
        row.arrived_at, row.compared_at = came, came
        self.session.flush()
        self.session.execute(
            insert(Op),
            {
                "op_id": op_id,
                "campaign_id": self.campaign_id,
                "device_id": one.device_id,
                "kind": "interview",
                "captured_at": "2020-06-03T09:00:00+08:00",
                "body_sha256": "0" * 64,
                "body": b"",
                "blobs": [],
                "complete": True,
            },
        )
        self.session.execute(
            insert(Revision),
            {
                "interview_id": one.interview_id,
                "rev": row.current_rev,
                "op_id": op_id,
                "base_rev": row.current_rev - 1,
                "conflict": False,
                "stale_form": False,
                "offset_ms": 0,
                "disposition": "completed" if one.is_completed else "partial",
                "flags": [],
                "findings": FINDINGS | {"class_found": "N", "persons": 3},
                "answers_sha256": one.digest,
                "traits": quality.to_json(one.traits),
            },
        )
        for sha256 in sorted(one.photos):
            self.session.execute(
                insert(OpBlob),
                {
                    "op_id": op_id,
                    "sha256": sha256,
                    "plain_sha256": sha256,
                    "campaign_id": self.campaign_id,
                    "device_id": one.device_id,
                    "bytes": 9,
                    "type": "image/jpeg",
                    "is_household_photo": True,
                },
            )
        self.session.commit()

    def anew(self, name: str) -> set[tuple[str, str]]:
        """What the definition says of an interview: everything held against everything."""
        one, came = self.known[name]
        others = sorted(self.known.values(), key=lambda known: known[0].interview_id)
        around = tuple(
            other
            for other, moment in others
            if other.village_code == one.village_code
            or (
                other.device_id == one.device_id
                and came - neighbours.DAYS_AROUND <= moment <= came + neighbours.DAYS_AROUND
            )
        )
        completed = [
            other for other, _ in others if other.is_completed and other.unit_id != one.unit_id
        ]
        twins = quality.twins(
            next((other.interview_id for other in completed if other.digest == one.digest), None),
            next((other.interview_id for other in completed if other.photos & one.photos), None),
        )
        found = [*twins, *quality.surroundings(one, around, limits=QUALITY)]
        return {(flag.code, flag.detail) for flag in found} if one.is_completed else set()

    def shown(self, ids: Iterable[str], *, keep: bool) -> dict[str, set[tuple[str, str]]]:
        """What a page of these would show."""
        found = comparisons.flags_of(self.session, self.campaign_id, sorted(ids))
        if keep:
            neighbours.keep(self.session, found.look)
        self.session.commit()
        return {
            name: {(flag["code"], flag["detail"]) for flag in flags if flag["code"] in COMPARED}
            for name, flags in found.flags.items()
        }


@pytest.mark.parametrize("seed", range(4))
def test_every_page_shows_what_comparing_everything_anew_shows(
    phone: Phone, campaign: Any, session: Session, seed: int
) -> None:
    world = Field.of(session, campaign, seed=seed)
    codes = set()
    for _ in range(5):
        for _ in range(8):
            world.arrive()
        for name in world.chance.sample(sorted(world.known), 3):
            world.arrive(name)
        page = world.chance.sample(sorted(world.known), 6)

        assert world.shown(page, keep=True) == {name: world.anew(name) for name in page}
        everything = world.shown(world.known, keep=world.chance.random() < 0.5)

        assert everything == {name: world.anew(name) for name in world.known}
        codes |= {code for found in everything.values() for code, _ in found}
    assert len(codes) >= 6


def test_a_page_that_was_looked_at_is_not_compared_again(
    phone: Phone, campaign: Any, session: Session
) -> None:
    world = Field.of(session, campaign)
    names = [world.arrive(plain=True) for _ in range(20)]
    world.shown(names, keep=True)
    assert comparisons.flags_of(session, campaign.id, names).look.anew == ()

    new = world.arrive(plain=True)

    again = {one["interview_id"] for one in _anew(session, campaign, [*names, new])}
    village, device = world.known[new][0].village_code, world.known[new][0].device_id
    assert new in again
    for name in again - {new}:
        one = world.known[name][0]
        assert one.village_code == village or one.device_id == device
    assert len(session.scalars(select(Comparison)).all()) == 20


def _anew(session: Session, campaign: Any, ids: list[str]) -> tuple[dict[str, Any], ...]:
    return comparisons.flags_of(session, campaign.id, ids).look.anew


LISTS = ("interviews", "review-queue", "cases", "quarantine", "devices", "alarms", "access-log")


@pytest.mark.parametrize("name", LISTS)
def test_a_long_page_takes_no_more_statements_than_a_short_one(
    phone: Phone, as_role: Any, campaign: Any, session: Session, app: Flask, name: str
) -> None:
    _fill(session, campaign)
    role = Role.PLANNER if name == "devices" else Role.REVIEWER
    if name == "access-log":
        role = Role.COMMISSIONER
    reader = as_role(role, campaign)
    address = f"/api/v1/campaigns/{campaign.id}/{name}"
    counted: list[str] = []
    with app.app_context():
        engine = db.engine

    def listen(*told: Any) -> None:
        counted.append(told[2])

    def statements(limit: int) -> tuple[int, int]:
        counted.clear()
        event.listen(engine, "before_cursor_execute", listen)
        answer = reader.get(f"{address}?limit={limit}")
        event.remove(engine, "before_cursor_execute", listen)
        assert answer.status_code == 200, answer.get_json()
        told = answer.get_json()
        rows = next(
            value for key, value in told.items() if isinstance(value, list) and key != "counts"
        )
        return len(rows), len(counted)

    statements(200)
    short, long = statements(5), statements(200)

    assert (short[0], long[0]) == (5, 200)
    assert short[1] == long[1]


def _fill(session: Session, campaign: Any) -> None:
    """Two hundred of everything that is listed."""
    world = Field.of(session, campaign, phones=200)
    names = [world.arrive(plain=True) for _ in range(200)]
    session.execute(update(Interview).values(urgency=3))
    ops = session.scalars(select(Op.op_id).where(Op.body_sha256 == "0" * 64)).all()
    last = len(session.scalars(select(LedgerEntry.seq)).all())
    numbers = list(enumerate(zip(names, ops, strict=True), 1))
    rows: dict[Any, list[dict[str, Any]]] = {
        Case: [
            {
                "id": name,
                "campaign_id": campaign.id,
                "county_adcode": "420528",
                "unit_id": f"unit {n}",
                "interview_id": name,
                "kind": "wrong_exit",
                "state": "suspected",
                "persons": 3,
                "blocks": [],
                "opened_by": "x",
                "opened_at": FIRST_DAY,
            }
            for n, (name, _) in numbers
        ],
        Quarantine: [
            {
                "campaign_id": campaign.id,
                "device_id": world.phones[0],
                "op_id": op_id,
                "body_sha256": f"{n:064x}",
                "status": "invalid",
                "faults": [],
                "received_at": "2020-06-03T01:00:00.000Z",
                "state": "open",
            }
            for n, (_, op_id) in numbers
        ],
        LedgerEntry: [
            {
                "campaign_id": campaign.id,
                "seq": last + n,
                "type": "event",
                "status": EventName.LEFT_MANIFEST.value,
                "device_id": world.phones[n % 200],
                "received_at": "2020-06-03T01:00:00.000Z",
                "h": f"{n:064x}",
                "kid": "k",
                "signature": "s",
            }
            for n, _ in numbers
        ],
        AccessEntry: [
            {"campaign_id": campaign.id, "actor": "x", "what": "a list", "at": FIRST_DAY}
            for _ in numbers
        ],
    }
    for model, wanted in rows.items():
        session.execute(insert(model), wanted)
    session.commit()
