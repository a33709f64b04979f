"""Everybody who takes part: invited people with a role, enumerators with what they declared."""

import csv
from typing import TYPE_CHECKING, Any

from inspect_app.demo.chance import digest
from inspect_app.demo.people import AGENCY_HOMES, Office, agency_province, identifier
from inspect_app.demo.places import County

if TYPE_CHECKING:
    from datetime import datetime

    from inspect_app.demo.campaign import Narrator, Stage

PAIRS = 10
SPARE = (2 * PAIRS, 2 * PAIRS + 1)
"""Numbers of the pair that the first county has beyond its ten, for when somebody falls ill."""
KIN = 2 * PAIRS + 2
"""Number of the enumerator who declares kin in the first county."""
TRAINING_SCORE = 95
BROWSER = "second-expert"
"""Who works at a browser, with a session cookie, where others use programs."""


def enumerator(stage: "Stage", county: County, person: int) -> str:
    """Return the id of somebody of a county's team by number."""
    return identifier(stage.seed, "enumerator", county.adcode, str(person))


def team_of(stage: "Stage", county: County) -> range:
    """Return the numbers of a county's enumerators."""
    return range(KIN + 1 if county == stage.counties[0] else 2 * PAIRS)


def carriers(stage: "Stage", county: County) -> tuple[int, ...]:
    """Return the numbers of those who carry a phone."""
    spare = SPARE[:1] if county == stage.counties[0] else ()
    return (*range(PAIRS), *spare)


def declaration(stage: "Stage", *names: str, ties: tuple[str, ...] = ()) -> dict[str, Any]:
    """A declaration signed the day before the campaign begins; `ties` are counties with kin."""
    return {
        "document_sha256": digest(stage.seed, "declaration", *names),
        "signed_on": stage.moment(-11, 9).date().isoformat(),
        "ties": [{"county_adcode": adcode, "kind": "kin"} for adcode in ties],
    }


def hire(stage: "Stage", office: Office, narrator: "Narrator", at: "datetime") -> None:
    """Invite everybody who will need an account, and enter the enumerators."""
    campaign = stage.campaign_id
    office.hire(campaign, "planner", "planner", "模拟计划员", at=at)
    office.hire(campaign, "reviewer", "reviewer", "模拟复核员", at=at)
    office.hire(campaign, "expert", "expert", "模拟专家", at=at)
    office.hire(campaign, "expert", BROWSER, "模拟专家二", at=at)
    for county in stage.counties:
        adcode = county.adcode
        team = f"team-{adcode}"
        office.hire(campaign, "team_leader", f"leader-{adcode}", "模拟组长", at=at, team=team)
        office.hire(
            campaign,
            "county_official",
            f"county-{adcode}",
            "模拟县级联系人",
            at=at,
            county_adcode=adcode,
        )
    for county in stage.counties:
        for person in team_of(stage, county):
            _enter(stage, office, county, person, at)
    _write_logins(stage, office)
    people = sum(len(team_of(stage, county)) for county in stage.counties)
    narrator.tell(
        f"委托方邀请各方，每人一角色；机构与 {people} 名调查员提交利益声明",
        f"everybody is invited, one role each; the agency and {people} enumerators declare their "
        "interests",
    )


def _write_logins(stage: "Stage", office: Office) -> None:
    """Say how to log in, for whoever opens the server on these data again."""
    with (stage.out / "logins.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("login", "role", "password"))
        rows.writerows(
            (login, role, office.password(login)) for login, role in office.roles.items()
        )


def _enter(stage: "Stage", office: Office, county: County, person: int, at: "datetime") -> None:
    province = agency_province(list(stage.counties))
    office.speaks("planner", at).post(
        f"/campaigns/{stage.campaign_id}/enumerators",
        {
            "id": enumerator(stage, county, person),
            "name": f"模拟调查员 {person + 1}",
            "team": f"team-{county.adcode}",
            "province_code": province,
            "home_adcode": AGENCY_HOMES[province],
            "declaration": {
                **declaration(
                    stage,
                    county.adcode,
                    str(person),
                    ties=(county.adcode,) if person == KIN else (),
                ),
                "languages": ["zh"],
                "training_score": TRAINING_SCORE,
            },
        },
    )


def try_kin(stage: "Stage", office: Office, narrator: "Narrator") -> None:
    """Ask whether somebody with kin in a county may go there, and tell every reason why not."""
    county = stage.counties[0]
    day = stage.moment(0, 7)
    checked = office.speaks("planner", day).post(
        f"/campaigns/{stage.campaign_id}/assignments?check=true",
        {
            "county_adcode": county.adcode,
            "order": 1,
            "visit_date": day.date().isoformat(),
            "enumerators": [enumerator(stage, county, person) for person in (0, KIN)],
        },
    )
    assert not checked["allowed"]  # nosec B101  # the story's point
    narrator.tell(
        f"一名调查员申报本县有亲属，不得派往：{'；'.join(one['zh'] for one in checked['reasons'])}",
        "an enumerator has declared kin there and may not go: "
        f"{'; '.join(one['en'] for one in checked['reasons'])}",
    )
