"""Many phones in the field of one simulated campaign: for storms, load and crashes.

Everything is made by the services themselves: a frame, a sealed draw, one village a phone, and
every phone enrolled by a code of its own. Real time, no demonstration: only the households are
invented, and the campaign says so.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from flask import Flask
from frames import frozen_frame, village_frame
from phones import AppWire, answers_for
from rehearsal import ADCODE, CAMPAIGN, a_leader, commissioned
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.phone import Phone, Sealed
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.independence import field_day
from inspect_app.services import assignments, enrolment
from inspect_app.settings import Settings
from sampling.plan import Plan, write_plan
from sampling.remoteness import freeze

TEAM = "A"
DOCUMENT = "d" * 64


def gather(settings: Settings, *, phones: int, households: int, at: datetime) -> list[Phone]:
    """Fill an empty data folder and database; phones with `households` each, without a wire.

    settings : of a production server; its database may be on either engine
    """
    _lay_out(settings.data_dir, villages=phones, households=households)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        engine = db.engine
    # Requests inside an application context would share one session, and what it has read.
    with Session(engine) as session:
        found = list(_send_out(app, session, settings, phones, at))
    engine.dispose()
    return found


def interviews(phone: Phone, *, photos: int = 0) -> list[Sealed]:
    """Seal an interview of every household that was drawn, the first ones with a photo."""
    drawn = sorted(
        (task for task in phone.tasks.values() if not task.is_reserve),
        key=lambda task: (task.household_class, task.order),
    )
    pictures = [{"obs_photo": phone.keep(_picture(task.unit_id))} for task in drawn[:photos]]
    return [
        phone.seal_interview(task.unit_id, answers_for(task, **picture))
        for task, picture in zip_longest(drawn, pictures, fillvalue={})
    ]


def _picture(name: str) -> bytes:
    """Forty thousand bytes that no other household has."""
    return (name.encode() * 40_000)[:40_000]


def _lay_out(folder: Path, *, villages: int, households: int) -> None:
    """Frame and plan folders of a county all of whose villages are drawn."""
    made = frozen_frame(
        folder / "register", village_frame(villages, adcode=ADCODE, scale=1 + households // 20)
    )
    shutil.copytree(made.folder, folder / "frames" / "small")
    wanted = Plan.from_toml(
        f"[stage1]\nvillages = {villages}\nreserve = 0\n"
        f"[stage2]\ne = {households}\nn = 1\np = 0\nreserve = 1\n"
    )
    hashes = replace(wanted.frame, households_sha256=made.households_sha256)
    frozen = freeze(replace(wanted, frame=hashes), made.villages)
    write_plan(folder / "plans" / "small", frozen.plan, frozen.villages)


def _send_out(
    app: Flask, session: Session, settings: Settings, count: int, at: datetime
) -> Iterator[Phone]:
    _, planner = commissioned(session, settings, at=at)
    leader = a_leader(session, team=TEAM)
    for place in range(1, count + 1):
        pair = _identifier("a", place), _identifier("b", place)
        for one in pair:
            declared = NewDeclaration(DOCUMENT, at.date() - timedelta(days=30), training_score=95)
            person = NewEnumerator(one, "one of a crowd", TEAM, "51", "510104", (), declared)
            assignments.add_enumerator(session, CAMPAIGN, person, by=planner, at=at)
        code = enrolment.create_code(
            session, CAMPAIGN, pair[0], by=leader, settings=settings, at=at
        )
        phone = Phone(Link(AppWire(app)), f"crowd/{place}", at, simulates=False)
        phone.enrol(code.code)
        assignments.assign(
            session,
            CAMPAIGN,
            NewAssignment(ADCODE, place, field_day(at), pair, None),
            by=planner,
            frames_dir=settings.frames_dir,
            at=at,
        )
        phone.pull()
        phone.link = Link(HttpWire(""))
        yield phone


def _identifier(side: str, place: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"enumerator/{side}/{place}"))
