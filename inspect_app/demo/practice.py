"""A campaign of today beside the one that was played: for whoever wants to hold a phone.

The campaign of the demonstration is over when its verdicts are out. This one has a village of the
same simulated register, released today to a pair whose phone comes in by the link that is told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inspect_app import create_app
from inspect_app.demo.link import HttpWire, Link
from inspect_app.demo.people import AGENCY_HOMES, Office, agency_province, identifier
from inspect_app.demo.phone import Phone
from inspect_app.demo.results import NAME
from sampling import tickets

if TYPE_CHECKING:
    from inspect_app.demo.campaign import Stage

LEADER, PLANNER, REVIEWER = "practice-leader", "practice-planner", "practice-reviewer"
TEAM = "practice"
TRAINING_SCORE = 95


@dataclass(frozen=True)
class Practice:
    """What a person needs to try the app.

    link : address that enrols a phone, once
    leader, password : who sees the phone at /team
    reviewer, reviewer_password : who reads, returns and accepts, through the API
    village : name of the village that waits
    """

    link: str
    leader: str
    password: str
    reviewer: str
    reviewer_password: str
    village: str


def give_seal_key(stage: "Stage", *, at: datetime) -> None:
    """Make the key that the app closes interviews with; reference phones send theirs open."""
    from inspect_app.extensions import db
    from inspect_app.services import keyrings

    with create_app(stage.settings).app_context():
        if not keyrings.listed(db.session(), stage.settings):
            keyrings.create(db.session(), stage.settings, at=at)
        db.session.remove()
        db.engine.dispose()


def open_campaign(stage: "Stage", url: str, *, at: datetime) -> Practice:
    """Commission, draw and release a village to a pair, against the running server.

    Parameters
    ----------
    url : address of the server
    at : now; what has to be before the field is dated in the days before it
    """
    from inspect_app.demo.campaign import PUBLIC_VALUE, commission_body, secret_of

    office, wire = Office(url, stage.seed), HttpWire(url)
    campaign_id = identifier(stage.seed, "practice", *(one.adcode for one in stage.counties))
    campaign, secret = f"/campaigns/{campaign_id}", secret_of(stage.seed)
    before = at - timedelta(days=3)
    declared = {"document_sha256": "0" * 64, "signed_on": before.date().isoformat(), "ties": []}
    try:
        body = commission_body(stage) | {
            "id": campaign_id,
            "name_zh": "练习（模拟）",
            "name_en": "Practice (simulated)",
            "agency_declaration": declared,
        }
        office.speaks("commissioner", before).post("/campaigns", body)
        office.hire(campaign_id, "planner", PLANNER, "模拟练习计划员", at=before)
        office.hire(campaign_id, "team_leader", LEADER, "模拟练习组长", at=before, team=TEAM)
        office.hire(campaign_id, "reviewer", REVIEWER, "模拟练习复核员", at=before)
        planner = office.speaks(PLANNER, before)
        planner.post(f"{campaign}/frames", {"name": NAME})
        planner.post(f"{campaign}/plans", {"name": NAME})
        office.speaks("commissioner", before).post(
            f"{campaign}/seeds",
            {
                "commitment": tickets.commitment(secret),
                "public_value_source": PUBLIC_VALUE,
                "public_value_at": (before + timedelta(days=1)).isoformat(),
            },
        )
        opened = before + timedelta(days=2)
        office.speaks("commissioner", opened).post(
            f"{campaign}/seeds/opening", {"secret": secret, "public_value": PUBLIC_VALUE}
        )
        office.speaks(PLANNER, opened).post(f"{campaign}/samples")
        province = agency_province(list(stage.counties))
        pair = [identifier(stage.seed, "practice", "enumerator", one) for one in "ab"]
        for number, person in enumerate(pair, 1):
            office.speaks(PLANNER, opened).post(
                f"{campaign}/enumerators",
                {
                    "id": person,
                    "name": f"模拟练习员 {number}",
                    "team": TEAM,
                    "province_code": province,
                    "home_adcode": AGENCY_HOMES[province],
                    "declaration": declared
                    | {"languages": ["zh"], "training_score": TRAINING_SCORE},
                },
            )
        # A village is released to a phone. This one stands in until the person's takes it over.
        leader = office.speaks(LEADER, at)
        wanted = {"campaign_id": campaign_id, "enumerator_id": pair[0]}
        stand_in = Phone(Link(wire), identifier(stage.seed, "stand-in"), now=at)
        stand_in.enrol(leader.post("/devices/codes", wanted)["code"])
        released = office.speaks(PLANNER, at).post(
            f"{campaign}/assignments",
            {
                "county_adcode": stage.counties[0].adcode,
                "order": 1,
                "visit_date": at.date().isoformat(),
                "enumerators": pair,
            },
        )
        link = leader.post("/devices/codes", wanted)["link"]
    finally:
        office.close()
        wire.close()
    return Practice(
        link=link,
        leader=LEADER,
        password=office.password(LEADER),
        reviewer=REVIEWER,
        reviewer_password=office.password(REVIEWER),
        village=released["village_name"],
    )
