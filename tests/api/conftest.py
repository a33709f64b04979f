"""A fresh server per test on a copied database, people with roles, and a small campaign.

A test asks for the stage of a campaign that it is about; every earlier step is taken by the
services themselves, on a frame and a plan that the sampling package made.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from databases import Databases
from fieldwork import sent_out
from flask import Flask
from flask.testing import FlaskClient
from frames import frozen_frame, village_frame
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app import clock, create_app
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.models.devices import Device
from inspect_app.models.samples import SampleVillage, Village
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.campaigns import NewCampaign, NewCounty
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import (
    assignments,
    campaigns,
    frames,
    plans,
    samples,
    seeds,
    tokens,
    transactions,
)
from inspect_app.settings import Settings
from sampling import tickets
from sampling.frame import Frame
from sampling.plan import Plan, write_plan
from sampling.remoteness import freeze

MORNING = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)  # nine o'clock in China
NAMESPACE = UUID("6b1fd3a2-0000-5000-8000-000000000000")
SECRET, PUBLIC_VALUE = "the commissioner's secret", "lottery 2020-06-01: 04 11 17"
CHANGYANG = "420528"
SMALL_PLAN = """
[remoteness]
classes = 2
[stage1]
villages = 6
reserve = 1
[stage2]
e = 3
n = 3
p = 1
reserve = 2
"""
STEPS = ("commissioned", "framed", "planned", "committed", "opened", "drawn")


class Clock:
    """The time of a test; `pass_by` lets some go."""

    def __init__(self) -> None:
        self.moment = MORNING

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@pytest.fixture(autouse=True)
def frozen_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The server's clock, standing at nine in the morning of 3 June 2020 in China."""
    stopped = Clock()
    monkeypatch.setattr(clock, "now", stopped.now)
    return stopped


@pytest.fixture(autouse=True)
def patient_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that a busy machine keeps waiting is not sent away; `test_limits` tells who is."""
    monkeypatch.setattr(transactions, "OF_CALLERS", 60.0)


@dataclass(frozen=True)
class Folders:
    """A frame and a plan of one county with twelve villages, marked simulated."""

    frame: Frame
    plan: Plan
    frames: Path
    plans: Path


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Frame and plan folders as an operator puts them on a server; copied, never used."""
    root = tmp_path_factory.mktemp("folders")
    made = frozen_frame(root / "register", village_frame(12, adcode=CHANGYANG))
    shutil.copytree(made.folder, root / "frames" / "changyang")
    wanted = Plan.from_toml(SMALL_PLAN)
    hashes = replace(wanted.frame, households_sha256=made.households_sha256)
    frozen = freeze(replace(wanted, frame=hashes), made.villages)
    plan = write_plan(root / "plans" / "changyang", frozen.plan, frozen.villages)
    return Folders(made, plan, root / "frames", root / "plans")


@pytest.fixture
def settings(tmp_path: Path, databases: Databases, folders: Folders) -> Iterator[Settings]:
    """Settings of a production server in a folder of its own, with cheap passwords."""
    shutil.copytree(folders.frames, tmp_path / "frames")
    shutil.copytree(folders.plans, tmp_path / "plans")
    url = databases.migrated(tmp_path)
    yield replace(Settings.for_folder(tmp_path), database_url=url, password_memory_kib=64)
    databases.drop(url)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The whole application on a database of its own."""
    application = create_app(settings)
    yield application
    with application.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own, beside those of the requests."""
    with app.app_context():
        engine = db.engine
    with Session(engine, expire_on_commit=False) as own:
        yield own


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody without a token."""
    return app.test_client()


@pytest.fixture
def a_server() -> Iterator[Callable[[Settings], FlaskClient]]:
    """Somebody at a server with settings of its own, which closes after the test."""
    made: list[Flask] = []

    def start(settings: Settings) -> FlaskClient:
        made.append(create_app(settings))
        return made[-1].test_client()

    yield start
    for application in made:
        with application.app_context():
            db.session.remove()
            db.engine.dispose()


AsRole = Callable[..., FlaskClient]


@pytest.fixture
def as_role(app: Flask, session: Session) -> AsRole:
    """A client with the token of a person who holds a role in a campaign."""

    def make(
        role: Role,
        campaign: "ACampaign | None" = None,
        *,
        county: str | None = None,
        team: str | None = None,
        login: str | None = None,
    ) -> FlaskClient:
        account_id = a_person(
            session, role, campaign.id if campaign else None, county=county, team=team, login=login
        )
        return a_client(app, session, account_id)

    return make


@pytest.fixture
def on_a_demonstration_server(settings: Settings) -> Iterator[FlaskClient]:
    """A commissioner's client on a server that plays a demonstration."""
    application = create_app(replace(settings, demo_seed="demo"))
    with application.app_context():
        engine = db.engine
    with Session(engine) as own:
        yield a_client(application, own, a_person(own, Role.COMMISSIONER))
    with application.app_context():
        db.session.remove()
    engine.dispose()


def a_person(
    session: Session,
    role: Role,
    campaign_id: str | None = None,
    *,
    county: str | None = None,
    team: str | None = None,
    login: str | None = None,
) -> str:
    """Store an account with at most one membership; return its id. Commissioners commission."""
    login = login or str(role)
    account_id = str(uuid5(NAMESPACE, login))
    if session.get(Account, account_id) is None:
        session.add(
            Account(
                id=account_id,
                login=login,
                name=login,
                password_hash="",
                may_commission=role is Role.COMMISSIONER,
                created_at=MORNING,
                failed_logins=0,
            )
        )
        session.flush()
    key = (account_id, campaign_id)
    if campaign_id is not None and session.get(MembershipRow, key) is None:
        session.add(
            MembershipRow(
                account_id=account_id,
                campaign_id=campaign_id,
                role=role,
                county_adcode=county,
                team=team,
            )
        )
    session.commit()
    return account_id


def a_client(
    app: Flask, session: Session, account_id: str | None = None, device_id: str | None = None
) -> FlaskClient:
    """A client with the token of an account or a device."""
    secret = uuid5(NAMESPACE, f"{account_id}{device_id}").bytes * 2
    token = tokens.issue(
        session,
        account_id=account_id,
        device_id=device_id,
        secret=secret,
        expires_at=MORNING + timedelta(days=365),
    )
    session.commit()
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@dataclass(frozen=True)
class ACampaign:
    """A campaign in one county, and the steps that follow."""

    id: str
    commissioner: Caller
    planner: Caller
    adcode: str
    seed: str
    session: Session
    settings: Settings

    def an_enumerator(self, name: str, **changes: Any) -> str:
        """Enter an enumerator from Sichuan with an enrolled phone; return the id."""
        new = NewEnumerator(
            **{
                "id": str(uuid5(NAMESPACE, f"{self.id}/{name}")),
                "name": name,
                "team": "A",
                "province_code": "51",
                "home_adcode": "510104",
                "declaration": a_declaration(languages=("zh",), training_score=95),
                **changes,
            }
        )
        assignments.add_enumerator(self.session, self.id, new, by=self.planner, at=MORNING)
        return new.id

    def a_phone(self, enumerator_id: str, *, state: DeviceState = DeviceState.ACTIVE) -> str:
        """Store an enrolled phone of an enumerator; return its id."""
        device_id = str(uuid5(NAMESPACE, f"phone/{enumerator_id}"))
        self.session.add(
            Device(
                id=device_id,
                campaign_id=self.id,
                enumerator_id=enumerator_id,
                public_key={},
                state=state,
                app="test",
                enrolled_at=MORNING,
                unsent=[],
            )
        )
        self.session.commit()
        return device_id

    def a_pair(self, *names: str, **changes: Any) -> tuple[str, str]:
        """Enter two enumerators, each with a phone."""
        first, second = (self.an_enumerator(name, **changes) for name in names or ("Li", "Wang"))
        for one in (first, second):
            if self.session.get(Device, str(uuid5(NAMESPACE, f"phone/{one}"))) is None:
                self.a_phone(one)
        return first, second

    def end_fieldwork(self) -> None:
        """Give up what was not released, and let the released villages have nothing to list."""
        rows = self.session.scalars(
            select(SampleVillage).where(
                SampleVillage.campaign_id == self.id, ~SampleVillage.is_reserve
            )
        ).all()
        for row in rows:
            if row.released_at is None:
                row.given_up_at = MORNING
            else:
                self.session.get_one(Village, (self.id, row.village_code)).households_n = 0
        self.session.commit()

    def assign(
        self,
        order: int = 1,
        *,
        pair: tuple[str, str] | None = None,
        day: date | None = None,
        at: datetime = MORNING,
        unreachable: str | None = None,
    ) -> assignments.Assigned:
        """Release a village to a pair, today unless a day is given."""
        new = NewAssignment(
            self.adcode, order, day or field_day(at), pair or self.a_pair(), unreachable
        )
        return assignments.assign(
            self.session,
            self.id,
            new,
            by=self.planner,
            frames_dir=self.settings.frames_dir,
            at=at,
        )


def a_county(**changes: Any) -> NewCounty:
    """Changyang, which left in 2019."""
    return NewCounty(
        **{
            "adcode": CHANGYANG,
            "name_zh": "长阳土家族自治县",
            "name_en": "Changyang",
            "province_zh": "湖北省",
            "province_en": "Hubei",
            "city_zh": "宜昌市",
            "region_group": "central_2pct",
            "exit_year": 2019,
            **changes,
        }
    )


def a_declaration(**changes: Any) -> NewDeclaration:
    """A declaration without ties, signed the month before."""
    return NewDeclaration(**{"document_sha256": "d" * 64, "signed_on": date(2020, 5, 4), **changes})


def a_commission(name: str = "first", **changes: Any) -> NewCampaign:
    """A simulated campaign in Changyang."""
    return NewCampaign(
        **{
            "id": str(uuid5(NAMESPACE, name)),
            "name_zh": "2019年度退出评估检查",
            "name_en": "Exit inspection 2019",
            "agency_zh": "示例大学",
            "agency_en": "Example University",
            "agency_province": "51",
            "agency_declaration": a_declaration(),
            "round_kind": "exit",
            "wave": 1,
            "rulebook": "2017-national",
            "form_id": "household-interview",
            "form_version": "0.1.0",
            "simulated": True,
            "counties": (a_county(),),
            **changes,
        }
    )


CampaignFactory = Callable[..., ACampaign]


@pytest.fixture
def a_campaign(session: Session, settings: Settings) -> CampaignFactory:
    """Take a campaign as far as a step of `STEPS`; the last is the sealed draw."""

    def make(upto: str = "drawn", name: str = "first", **changes: Any) -> ACampaign:
        new = a_commission(name, **changes)
        boss = Caller(a_person(session, Role.COMMISSIONER), may_commission=True)
        campaigns.commission(session, new, by=boss, demo=settings.demo, at=MORNING)
        commissioner = replace(boss, memberships=(Membership(new.id, Role.COMMISSIONER),))
        planner = Caller(
            a_person(session, Role.PLANNER, new.id), (Membership(new.id, Role.PLANNER),)
        )
        done = STEPS.index(upto)
        where = {"frames_dir": settings.frames_dir}
        if done >= STEPS.index("framed"):
            frames.load(session, new.id, "changyang", by=planner, at=MORNING, **where)
        if done >= STEPS.index("planned"):
            where |= {"plans_dir": settings.plans_dir}
            plans.accept(session, new.id, "changyang", by=planner, at=MORNING, **where)
        if done >= STEPS.index("committed"):
            promise = tickets.commitment(SECRET)
            seeds.promise(
                session,
                new.id,
                promise,
                public_value_source="lottery",
                public_value_at=MORNING,
                by=commissioner,
                at=MORNING - timedelta(days=2),
            )
        if done >= STEPS.index("opened"):
            seeds.open_to_server(
                session,
                new.id,
                secret=SECRET,
                public_value=PUBLIC_VALUE,
                by=commissioner,
                at=MORNING,
            )
        if done >= STEPS.index("drawn"):
            samples.draw(session, new.id, by=planner, plans_dir=settings.plans_dir, at=MORNING)
        return ACampaign(
            id=new.id,
            commissioner=commissioner,
            planner=planner,
            adcode=CHANGYANG,
            seed=tickets.campaign_seed(SECRET, PUBLIC_VALUE),
            session=session,
            settings=settings,
        )

    return make


@pytest.fixture
def campaign(a_campaign: CampaignFactory) -> ACampaign:
    """The small campaign of most tests, with its sealed draw."""
    return a_campaign()


@pytest.fixture
def phone(app: Flask, as_role: AsRole, campaign: ACampaign, frozen_clock: Clock) -> Phone:
    """A phone that was sent to a village and has heard of it."""
    return sent_out(app, as_role, campaign, now=frozen_clock.moment)
