"""A real server with a village a test: where phones that are browsers come in and send to."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from frames import frozen_frame, village_frame
from households import a_body
from rehearsal import ADCODE, BOSS, CAMPAIGN, PLANNER, a_leader, commissioned
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.server import Server
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.models.ledger import Quarantine
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.campaigns import NewCampaign, NewCounty
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import DeviceState
from inspect_app.schemas.sync import read_push, reread
from inspect_app.services import (
    assignments,
    campaigns,
    couriers,
    enrolment,
    fleet,
    keyrings,
    quarantine,
    reviews,
    rosters,
    voids,
)
from inspect_app.settings import Limits, Settings
from sampling.plan import Plan, write_plan
from sampling.remoteness import freeze

TEAM = "A"
VILLAGES = 60
PLAN = f"[stage1]\nvillages = {VILLAGES}\nreserve = 0\n[stage2]\ne = 3\nn = 2\np = 0\nreserve = 1\n"


@dataclass(frozen=True)
class Errand:
    """What a pair is sent out with: a code for the phone of the first of the two."""

    code: str
    pair: tuple[str, str]


class Outpost:
    """A campaign in the field, and the server that its phones talk to.

    Villages are given out one after another, so that tests share nothing but the server.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = replace(
            Settings.for_folder(folder),
            limits=Limits(
                pushes_per_minute=100_000, chunks_per_minute=100_000, tokens_per_minute=10_000
            ),
        )
        _lay_out(folder)
        self.app = create_app(self.settings)
        with self.app.app_context():
            upgrade()
            self.engine = db.engine
        _give_a_seal_key(self.engine, self.settings)
        with Session(self.engine) as session:
            self.boss, self.planner = commissioned(session, self.settings, at=now())
            self.leader = a_leader(session, team=TEAM)
        self.place = self.villages = 0
        self.server = Server(self.settings, log=folder / "server.log")

    def __enter__(self) -> "Outpost":
        self.server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.__exit__(None, None, None)
        self.engine.dispose()

    def restart(self, application: str | None = None) -> None:
        """End the server as it stands, and serve the same data again, perhaps with a fault."""
        self.server.stop()
        self.server._application = [application] if application else []
        os.environ["PYTHONPATH"] = str(Path(__file__).parent)
        try:
            self.server.start()
        finally:
            del os.environ["PYTHONPATH"]

    @contextmanager
    def dying(self, plan: Path) -> Iterator[None]:
        """Serve by a server that kills itself at the step that a plan names, and comes back."""
        self.server.stop()
        fd = self.server._socket.fileno()
        script = Path(__file__).with_name("dying_server.py")
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, str(script), str(self.folder), "", str(fd), str(plan)],
                env={**os.environ, "PYTHONPATH": str(script.parents[1])},
                pass_fds=(fd,),
                start_new_session=True,
                stdout=log,
                stderr=log,
            )
        try:
            with urlopen(f"{self.url}/livez", timeout=60):
                yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.server.start()

    @property
    def url(self) -> str:
        """Where the app is; by name, since a browser ties its storage to it."""
        return f"http://localhost:{self.server.port}"

    # --- what supervisors do ------------------------------------------------------------------

    def send_out(self) -> Errand:
        """Enter a new pair, and make a code for its phone."""
        self.place += 1
        at = now()
        pair = _identifier("a", self.place), _identifier("b", self.place)
        with Session(self.engine) as session:
            for one in pair:
                declared = NewDeclaration(
                    "d" * 64, at.date() - timedelta(days=30), training_score=95
                )
                person = NewEnumerator(one, "someone", TEAM, "51", "510104", (), declared)
                assignments.add_enumerator(session, CAMPAIGN, person, by=self.planner, at=at)
        return Errand(self.code_for(pair[0]), pair)

    def give_village(self, errand: Errand) -> str:
        """Release the next village to a pair whose phone has come in; its code."""
        self.villages += 1
        at = now()
        with Session(self.engine) as session:
            given = assignments.assign(
                session,
                CAMPAIGN,
                NewAssignment(ADCODE, self.villages, field_day(at), errand.pair, None),
                by=self.planner,
                frames_dir=self.settings.frames_dir,
                at=at,
            )
        return given.village_code

    def code_for(self, enumerator_id: str) -> str:
        """A one-time code for a phone of this enumerator."""
        with Session(self.engine) as session:
            return enrolment.create_code(
                session, CAMPAIGN, enumerator_id, by=self.leader, settings=self.settings, at=now()
            ).code

    def order(self, device_id: str, state: DeviceState) -> None:
        """Order a phone to become something, whatever it holds."""
        with Session(self.engine) as session:
            fleet.order(
                session,
                CAMPAIGN,
                device_id,
                state=state,
                reason="as the test wants it",
                despite_unsent=True,
                by=self.leader,
                settings=self.settings,
                at=now(),
            )

    def void(self, op_id: str) -> None:
        """Destroy what an op says."""
        with Session(self.engine) as session:
            voids.destroy(
                session,
                CAMPAIGN,
                op_id,
                body_sha256=None,
                reason="the household asked for it",
                by=self.boss,
                settings=self.settings,
                at=now(),
            )

    def send_back(self, interview_id: str, reason: str) -> None:
        """Return an interview to its own phone."""
        with Session(self.engine) as session:
            reviews.send_back(
                session,
                interview_id,
                rev=None,
                reason=reason,
                by=self.leader,
                at=now(),
            )

    def release_roster(self, op_id: str) -> None:
        """Let a list be drawn from although its count is far off."""
        with Session(self.engine) as session:
            rosters.release(
                session,
                CAMPAIGN,
                op_id,
                reason="counted again",
                by=self.leader,
                settings=self.settings,
                at=now(),
            )

    def dismiss(self, op_id: str) -> None:
        """Say that something in quarantine does not count."""
        with Session(self.engine) as session:
            quarantine.dismiss(
                session,
                CAMPAIGN,
                session.scalars(sa.select(Quarantine.id).where(Quarantine.op_id == op_id)).one(),
                reason="a slip",
                by=self.leader,
                settings=self.settings,
                at=now(),
            )

    def carry(self, content: bytes) -> dict[str, Any]:
        """Bring a sealed file as its phone's leader does; what goes back to the phone."""
        upload = couriers.Upload(
            BytesIO(content), hashlib.sha256(content).hexdigest(), len(content)
        )
        with Session(self.engine) as session:
            carried = couriers.bring(
                session,
                CAMPAIGN,
                upload,
                read_push=read_push,
                read=reread,
                by=self.leader,
                settings=self.settings,
                at=now(),
            )
        with Session(self.engine) as session:
            told = couriers.receipts(session, CAMPAIGN, carried.id, by=self.leader, at=now())
        return json.loads(json.dumps(told, default=str))

    def another_campaign(self) -> tuple[str, str]:
        """Commission a second campaign on this server; its id, and a code for a phone."""
        campaign_id, at = str(uuid5(NAMESPACE_URL, "another")), now()
        boss = Caller(BOSS, may_commission=True)
        planner = Caller(PLANNER, (Membership(campaign_id, Role.PLANNER),))
        declared = NewDeclaration("d" * 64, at.date() - timedelta(days=30), training_score=95)
        person = _identifier("another", 1)
        with Session(self.engine) as session:
            campaigns.commission(session, a_campaign(campaign_id, at), by=boss, demo=True, at=at)
            assignments.add_enumerator(
                session,
                campaign_id,
                NewEnumerator(person, "someone", TEAM, "51", "510104", (), declared),
                by=planner,
                at=at,
            )
            leader = a_leader(session, campaign_id, team=TEAM)
            code = enrolment.create_code(
                session, campaign_id, person, by=leader, settings=self.settings, at=at
            )
        return campaign_id, code.code

    # --- what has arrived ---------------------------------------------------------------------

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Read from the database, beside the server."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(sa.text(query), values).mappings()]

    def ops(self, device_id: str) -> list[dict[str, Any]]:
        """The ops of a phone in the order of the ledger, bodies read."""
        found = self.rows(
            "SELECT o.op_id, o.kind, o.body, o.body_sha256, o.interview_id, l.seq, l.status "
            "FROM ops o JOIN ledger l ON l.op_id = o.op_id AND l.type = 'op' "
            "WHERE l.device_id = :device ORDER BY l.seq",
            device=device_id,
        )
        return [{**op, "body": json.loads(op["body"])} for op in found]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The events of a name in the chain."""
        return self.rows("SELECT * FROM ledger WHERE type = 'event' AND status = :n", n=name)

    def is_complete(self, op_id: str) -> bool:
        """Whether an op has arrived with all its files."""
        (op,) = self.rows("SELECT complete FROM ops WHERE op_id = :o", o=op_id)
        later = self.rows("SELECT 1 FROM ledger WHERE op_id = :o AND type = 'complete'", o=op_id)
        return bool(op["complete"] or later)


def now() -> datetime:
    return datetime.now(UTC)


def sound_answers(household_class: str, **changes: Any) -> Mapping[str, Any]:
    """What a sound household of a class answers to the questions that a person is asked."""
    answers = a_body(household_class=household_class, **changes)["answers"]
    for name in ("household_id", "started_at", "ended_at", "disposition", "visit_no", "location"):
        del answers[name]
    return answers


def a_campaign(campaign_id: str, at: datetime) -> NewCampaign:
    """A campaign in one county, before anything of it is drawn."""
    county = NewCounty(
        ADCODE, "长阳", None, "湖北省", "Hubei", "宜昌市", "central_2pct", exit_year=2019
    )
    return NewCampaign(
        campaign_id,
        "另一次",
        "Another",
        "示例大学",
        "Example University",
        "exit",
        1,
        "2017-national",
        "household-interview",
        "0.1.0",
        True,
        (county,),
        agency_declaration=NewDeclaration("d" * 64, at.date() - timedelta(days=9)),
    )


def _lay_out(folder: Path) -> None:
    made = frozen_frame(folder / "register", village_frame(VILLAGES, adcode=ADCODE))
    shutil.copytree(made.folder, folder / "frames" / "small")
    wanted = Plan.from_toml(PLAN)
    hashes = replace(wanted.frame, households_sha256=made.households_sha256)
    frozen = freeze(replace(wanted, frame=hashes), made.villages)
    write_plan(folder / "plans" / "small", frozen.plan, frozen.villages)


def _give_a_seal_key(engine: sa.Engine, settings: Settings) -> None:
    with Session(engine) as session:
        keyrings.create(session, settings, at=now())


def _identifier(side: str, place: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"outpost/{side}/{place}"))
