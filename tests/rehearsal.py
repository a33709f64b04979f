"""A campaign taken to its first village day outside of pytest: by services, in a folder."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from frames import frozen_frame, village_frame
from phones import AppWire
from sqlalchemy.orm import Session

from inspect_app import create_app
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.phone import Phone
from inspect_app.extensions import db
from inspect_app.migrations import upgrade
from inspect_app.models.accounts import Account, MembershipRow
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.campaigns import NewCampaign, NewCounty
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import assignments, campaigns, enrolment, frames, plans, samples, seeds
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings
from sampling import tickets
from sampling.plan import Plan, write_plan
from sampling.remoteness import freeze

MORNING = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
ADCODE = "420528"
CAMPAIGN = "6b1fd3a2-0000-5000-8000-00000000000a"
PLANNER = "6b1fd3a2-0000-5000-8000-00000000000b"
BOSS = "6b1fd3a2-0000-5000-8000-00000000000e"
LEADER = "6b1fd3a2-0000-5000-8000-00000000000f"
PAIR = ("6b1fd3a2-0000-5000-8000-00000000000c", "6b1fd3a2-0000-5000-8000-00000000000d")
PLAN = "[stage1]\nvillages = 4\nreserve = 1\n[stage2]\ne = 8\nn = 8\np = 2\nreserve = 2\n"


def rehearse(folder: Path, *, seed: str, plan: str = PLAN, url: str | None = None) -> Phone:
    """Fill a data folder with a simulated campaign, and send a phone to its first village.

    The phone comes back without a wire.

    url : of an empty database; SQLite in the folder unless given
    """
    made = frozen_frame(folder / "register", village_frame(8, adcode=ADCODE))
    shutil.copytree(made.folder, folder / "frames" / "small")
    wanted = Plan.from_toml(plan)
    hashes = replace(wanted.frame, households_sha256=made.households_sha256)
    frozen = freeze(replace(wanted, frame=hashes), made.villages)
    write_plan(folder / "plans" / "small", frozen.plan, frozen.villages)
    settings = Settings.for_folder(folder, demo_seed=seed, database_url=url)
    app = create_app(settings)
    with app.app_context():
        upgrade()
        with Session(db.engine) as session:
            phone = _village_day(session, settings, AppWire(app), seed)
        db.session.remove()
        db.engine.dispose()
    return phone


def commissioned(session: Session, settings: Settings, *, at: datetime) -> tuple[Caller, Caller]:
    """Take a campaign to its sealed draw; its commissioner and its planner."""
    for account_id, login in ((BOSS, "boss"), (PLANNER, "planner")):
        session.add(
            Account(
                id=account_id,
                login=login,
                name=login,
                password_hash="",
                may_commission=login == "boss",
                created_at=at,
            )
        )
    session.commit()
    boss = Caller(BOSS, may_commission=True)
    county = NewCounty(
        ADCODE, "长阳", None, "湖北省", "Hubei", "宜昌市", "central_2pct", exit_year=2019
    )
    declared = NewDeclaration("d" * 64, at.date() - timedelta(days=9))
    new = NewCampaign(
        CAMPAIGN,
        "演练",
        "Rehearsal",
        "示例大学",
        "Example University",
        "exit",
        1,
        "2017-national",
        "household-interview",
        "0.1.0",
        True,
        (county,),
        agency_declaration=declared,
    )
    campaigns.commission(session, new, by=boss, demo=True, at=at)
    boss = replace(boss, memberships=(Membership(CAMPAIGN, Role.COMMISSIONER),))
    planner = Caller(PLANNER, (Membership(CAMPAIGN, Role.PLANNER),))
    where: dict[str, Any] = {"frames_dir": settings.frames_dir}
    frames.load(session, CAMPAIGN, "small", by=planner, at=at, **where)
    where["plans_dir"] = settings.plans_dir
    plans.accept(session, CAMPAIGN, "small", by=planner, at=at, **where)
    seeds.promise(
        session,
        CAMPAIGN,
        tickets.commitment("secret"),
        public_value_source="lottery",
        public_value_at=at,
        by=boss,
        at=at - timedelta(days=1),
    )
    seeds.open_to_server(session, CAMPAIGN, secret="secret", public_value="04 11", by=boss, at=at)
    samples.draw(session, CAMPAIGN, by=planner, plans_dir=settings.plans_dir, at=at)
    return boss, planner


def a_leader(session: Session, campaign_id: str = CAMPAIGN, *, team: str = "A") -> Caller:
    """The leader of a team, who lets phones in as long as the part is stored."""
    part = {"account_id": LEADER, "campaign_id": campaign_id}
    with writing(session):  # perhaps beside a server that writes
        if session.get(Account, LEADER) is None:
            session.add(
                Account(id=LEADER, login="leader", name="x", password_hash="", created_at=MORNING)
            )
            session.flush()
        if session.get(MembershipRow, tuple(part.values())) is None:
            session.add(MembershipRow(**part, role=Role.TEAM_LEADER, team=team))
    return Caller(LEADER, (Membership(campaign_id, Role.TEAM_LEADER, team=team),))


def _village_day(session: Session, settings: Settings, wire: AppWire, seed: str) -> Phone:
    """Take a campaign to its first village day."""
    _, planner = commissioned(session, settings, at=MORNING)
    for one in PAIR:
        declared = NewDeclaration("d" * 64, date(2020, 5, 4), training_score=95)
        person = NewEnumerator(one, one[-1], "A", "51", "510104", (), declared)
        assignments.add_enumerator(session, CAMPAIGN, person, by=planner, at=MORNING)
    leader = a_leader(session)
    code = enrolment.create_code(
        session, CAMPAIGN, PAIR[0], by=leader, settings=settings, at=MORNING
    )
    phone = Phone(Link(wire), seed, MORNING)
    phone.enrol(code.code)
    visit = NewAssignment(ADCODE, 1, MORNING.date(), PAIR, None)
    assignments.assign(
        session, CAMPAIGN, visit, by=planner, frames_dir=settings.frames_dir, at=MORNING
    )
    phone.pull()
    phone.link = Link(HttpWire(""))
    return phone
