"""Nothing of another campaign, county or team is reachable by its id: it answers like nothing.

The test walks the server's own routes. Each name in an address is some kind of object; a route
with a name that is not known here fails, and whoever adds it says what kind of object that is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fieldwork import a_code, sent_out, tasks
from flask import Flask
from flask.testing import FlaskClient
from phones import a_phone, a_roster, an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import AnyConverter, Rule

from inspect_app.api.openapi import document
from inspect_app.demo.phone import Phone
from inspect_app.models.accounts import Account, Token
from inspect_app.models.cases import Case
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry, Quarantine
from inspect_app.models.samples import Assignment
from inspect_app.models.seals import CarriedFile
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.permissions import BY_OPERATION, Action
from inspect_app.rules.roles import Role

NOBODY = "6b1fd3a2-0000-4000-8000-0000000000ff"
ABSENT: dict[str, Any] = {
    "account_id": NOBODY,
    "adcode": "530828",
    "assignment_id": NOBODY,
    "case_id": NOBODY,
    "code_id": NOBODY,
    "device_id": NOBODY,
    "file_id": NOBODY,
    "interview_id": NOBODY,
    "invitation_id": NOBODY,
    "n": 99,
    "number": "000000-2019-01",
    "op_id": NOBODY,
    "quarantine_number": 999_999,
    "seq": 999_999,
    "session_id": NOBODY,
    "sha256": "ef" * 32,
    "version": 7,
}
# Published instruments, the same for all; and what is everybody's own.
OF_NOBODY = frozenset(
    {
        "questionnaires.get_questionnaire",
        "phone.get_file",  # the app itself, the same for everybody
        # Whoever holds a report may check it; test_verify_page.py has what a guess is answered.
        "verify.get_verdict",
        "verify_pages.get_public_edition",
        "verify_pages.show",
    }
)
PAGES = ("/county", "/team")
"""Pages for people ask for a cookie and a hidden field; county/ and test_supervisor_pages.py have
their cases."""
MORNING = datetime(2020, 6, 3, 1, 0, tzinfo=UTC)
OTHER_COUNTY, OTHER_TEAM = "530828", "B"


@dataclass(frozen=True)
class World:
    """A campaign with one of everything, and the names of it all."""

    campaign: Any
    names: dict[str, Any]
    phone: Phone

    def values(self, rule: Rule) -> dict[str, Any]:
        """The real names in an address, other than that of the campaign."""
        return {name: self.names[kind(rule, name)] for name in arguments(rule)}


def kind(rule: Rule, name: str) -> str:
    """What a name in an address stands for; quarantined things are numbered."""
    return "quarantine_number" if name == "number" and "quarantine" in rule.rule else name


def arguments(rule: Rule) -> list[str]:
    """Names of things; a word out of a few that the address allows is no name."""
    return sorted(rule.arguments - set(words(rule)) - {"campaign_id"})


def words(rule: Rule) -> dict[str, str]:
    """A word for each choice in an address, such as the form of a file."""
    choices = {
        name: min(one.items)
        for name, one in rule._converters.items()
        if isinstance(one, AnyConverter)
    }
    return {**choices, **({"form": "csv"} if "form" in rule.arguments else {})}


@pytest.fixture
def world(app: Flask, session: Session, as_role: Any, a_campaign: Any, frozen_clock: Any) -> World:
    campaign = a_campaign()
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    village = tasks(phone)[0].village_code
    phone.seal_roster(village, a_roster(village))
    roster = phone.outbox[-1].op["op_id"]
    seen = an_interview(phone, tasks(phone)[0])
    phone.push()
    kept = an_interview(phone, tasks(phone)[1])
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    new = a_phone(app, seed="new", now=phone.now)
    new.enrol(a_code(as_role, campaign, enumerator))
    assert [one["status"] for one in phone.push()] == ["superseded_device"]
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    a_code(as_role, campaign, enumerator)
    codes = leader.get(f"/api/v1/campaigns/{campaign.id}/codes").get_json()["codes"]
    invited = as_role(Role.COMMISSIONER).post(
        f"/api/v1/campaigns/{campaign.id}/invitations",
        json={"login": "zhang", "name": "张", "role": "reviewer"},
    )
    as_role(Role.REVIEWER, campaign, login="of the first alone")
    reviewer = session.scalars(
        select(Account.id).where(Account.login == "of the first alone")
    ).one()
    case_id = store_case(session, campaign, seen.op["interview_id"])
    store_verdict(session, campaign)
    file_id = store_carried_file(session, campaign, phone)
    names = {
        "account_id": reviewer,
        "adcode": campaign.adcode,
        "assignment_id": session.scalars(select(Assignment.id)).first(),
        "case_id": case_id,
        "code_id": codes[0]["code_id"],
        "device_id": phone.device_id,
        "file_id": file_id,
        "interview_id": seen.op["interview_id"],
        "invitation_id": invited.get_json()["id"],
        "n": 1,
        "number": "420528-2019-01",
        "op_id": seen.op["op_id"],
        "roster_op_id": roster,
        "quarantine_number": session.scalars(
            select(Quarantine.id).where(Quarantine.op_id == kept.op["op_id"])
        ).one(),
        "seq": session.scalars(select(LedgerEntry.seq).where(LedgerEntry.type == "event")).first()
        or 1,
        "session_id": session.scalars(select(Token.id).where(Token.account_id == reviewer)).first(),
        "sha256": "ab" * 32,
        "version": 1,
    }
    session.rollback()
    return World(campaign, names, phone)


def store_case(session: Session, campaign: Any, interview_id: str) -> str:
    """A case that the county has not been told of."""
    case = Case(
        id="6b1fd3a2-0000-4000-8000-00000000ca5e",
        campaign_id=campaign.id,
        county_adcode=campaign.adcode,
        unit_id="a household",
        interview_id=interview_id,
        kind="wrong_exit",
        state="suspected",
        persons=3,
        blocks=["income"],
        opened_by=campaign.planner.actor,
        opened_at=MORNING,
        due_at=None,
    )
    session.add(case)
    session.commit()
    return case.id


def store_carried_file(session: Session, campaign: Any, phone: Phone) -> str:
    """A sealed file that a leader brought."""
    file = CarriedFile(
        id="6b1fd3a2-0000-4000-8000-00000000f11e",
        campaign_id=campaign.id,
        device_id=phone.device_id,
        sha256="ab" * 32,
        bytes=1,
        made_at="2020-06-03T09:00:00+08:00",
        results=[],
        carried_by=campaign.planner.actor,
        carried_at=MORNING,
    )
    session.add(file)
    session.commit()
    return file.id


def store_verdict(session: Session, campaign: Any) -> None:
    session.add(
        Verdict(
            number="420528-2019-01",
            version=1,
            campaign_id=campaign.id,
            county_adcode=campaign.adcode,
            replaces=None,
            interviews=b"",
            interviews_sha256="0" * 64,
            issued_at=MORNING,
            issued_by=campaign.planner.actor,
            editions=[
                Edition(
                    edition=edition,
                    document=b"{}",
                    document_sha256="0" * 64,
                    pdf=b"%PDF",
                    pdf_sha256="0" * 64,
                )
                for edition in ("full", "public")
            ],
        )
    )
    session.commit()


def named_routes(app: Flask) -> Iterator[tuple[Rule, str, Action]]:
    """Every rule that names more than a campaign, with its methods and its action."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith(PAGES):
            continue
        if arguments(rule) and rule.endpoint not in OF_NOBODY:
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                yield rule, method, BY_OPERATION[rule.endpoint]


def body_for(app: Flask, rule: Rule, method: str) -> dict[str, Any]:
    """What a request carries, as its schema asks: anything sound, for nothing must be reached."""
    if method in ("GET", "HEAD"):
        return {}
    if method == "PATCH":
        headers = {"Upload-Offset": "0", "Upload-Length": "1"}
        return {"data": b"x", "content_type": "application/offset+octet-stream", "headers": headers}
    described = document(app)
    path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
    operation = described["paths"][path][method.lower()]
    if "requestBody" not in operation:
        return {}
    ((media, content),) = operation["requestBody"]["content"].items()
    if media != "application/json":
        return {"data": UPLOADS[rule.endpoint](), "content_type": media}
    return {"json": a_value(content["schema"], described, rule.endpoint)}


def an_upload() -> dict[str, Any]:
    content = b"%PDF-1.7\n%%EOF\n"
    return {
        "file": (BytesIO(content), "x.pdf"),
        "sha256": sha256(content).hexdigest(),
        "name": "x",
        "document_date": "2020-05-01",
    }


UPLOADS = {"cases.upload_evidence": an_upload}
VALUES: dict[str, Any] = {
    "enumerators": [NOBODY, "6b1fd3a2-0000-4000-8000-0000000000fe"],
    "day": "2020-06-04",
    "visit_date": "2020-06-04",
    "held_on": "2020-06-04",
    "first_day": "2020-07-01",
    "document_sha256": "ab" * 32,
    "sha256": "ab" * 32,
}


def a_value(schema: dict[str, Any], described: dict[str, Any], endpoint: str) -> Any:
    """Some value that a schema takes; what it only describes in words stands in VALUES."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return schema["enum"][0]
    types = schema.get("type", "object")
    first = types if isinstance(types, str) else types[0]
    if first == "object":
        return {
            name: VALUES.get(name) or a_value(inner, described, endpoint)
            for name, inner in schema.get("properties", {}).items()
            if name in schema.get("required", ())
        }
    if first == "array":
        return [a_value(schema["items"], described, endpoint)]
    if first == "string":
        is_id = schema.get("pattern", "").startswith("^[0-9a-f]{8}")
        return NOBODY if is_id else "x" * max(1, schema.get("minLength", 1))
    return {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}[first]


def ask(
    app: Flask, client: FlaskClient, rule: Rule, method: str, values: dict[str, Any]
) -> tuple[int, Any]:
    """Ask for something by its names; return status and the whole answer."""
    path = app.url_map.bind("localhost").build(rule.endpoint, values, method)
    answer = client.open(path, method=method, **body_for(app, rule, method))
    return answer.status_code, answer.get_json(silent=True)


def compare(
    app: Flask, world: World, client: FlaskClient, rule: Rule, method: str, campaign_id: str
) -> str | None:
    """Say what differs between something that is not for the caller and something absent."""
    own = {"campaign_id": campaign_id} if "campaign_id" in rule.arguments else {}
    own |= words(rule)
    real = world.values(rule)
    if "rosters" in rule.rule:
        real["op_id"] = world.names["roster_op_id"]
    absent = {name: ABSENT[kind(rule, name)] for name in arguments(rule)}
    theirs = ask(app, client, rule, method, own | real)
    nobodys = ask(app, client, rule, method, own | absent)
    if theirs == nobodys and theirs[0] == 404:
        return None
    return f"{method} {rule.rule}: {theirs} against {nobodys}"


def clients(app: Flask, as_role: Any, campaign: Any, action: Action, where: str) -> Any:
    """Everybody who may take an action in a campaign, phones included."""
    for role in action.roles:
        if role is Role.ENUMERATOR:
            continue
        place = {
            Role.COUNTY_OFFICIAL: {"county": campaign.adcode},
            Role.TEAM_LEADER: {"team": "A"},
        }.get(role, {})
        yield as_role(role, campaign, login=f"{role} of {where}", **place)


def test_every_name_in_an_address_is_known(app: Flask) -> None:
    names = {kind(rule, name) for rule, _, _ in named_routes(app) for name in arguments(rule)}

    assert names <= set(ABSENT), "say in ABSENT what object this is, and make one in `world`"


def test_what_belongs_to_another_campaign_answers_like_nothing(
    app: Flask, world: World, as_role: Any, a_campaign: Any
) -> None:
    other = a_campaign("commissioned", "second")

    found = [
        compare(app, world, client, rule, method, other.id)
        for rule, method, action in named_routes(app)
        # A county of the second campaign has the same code, so it is not absent there.
        if arguments(rule) != ["adcode"]
        for client in clients(app, as_role, other, action, "the second")
    ]

    assert [one for one in found if one] == []


def test_what_belongs_to_another_county_or_team_answers_like_nothing(
    app: Flask, world: World, as_role: Any
) -> None:
    campaign = world.campaign
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=OTHER_COUNTY, login="other county")
    leader = as_role(Role.TEAM_LEADER, campaign, team=OTHER_TEAM, login="other team")
    people = {Role.COUNTY_OFFICIAL: official, Role.TEAM_LEADER: leader}

    found = [
        compare(app, world, people[role], rule, method, campaign.id)
        for rule, method, action in named_routes(app)
        if action.name != "own-account" and arguments(rule) != ["adcode"]
        for role in action.own
        if role in people
    ]

    assert [one for one in found if one] == []


def test_a_county_knows_nothing_of_its_cases_before_it_is_told(
    app: Flask, world: World, as_role: Any
) -> None:
    campaign = world.campaign
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=campaign.adcode)

    found = [
        compare(app, world, official, rule, method, campaign.id)
        for rule, method, action in named_routes(app)
        if "case_id" in rule.arguments and Role.COUNTY_OFFICIAL in action.roles
    ]

    assert [one for one in found if one] == []
    listed = official.get(f"/api/v1/campaigns/{campaign.id}/cases").get_json()
    assert listed["cases"] == []


def test_a_hearing_of_another_county_answers_like_none(
    app: Flask, world: World, as_role: Any
) -> None:
    campaign = world.campaign
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=OTHER_COUNTY, login="other county")
    hearings = f"/api/v1/campaigns/{campaign.id}/hearings"

    theirs, nobodys = (official.get(f"{hearings}/{code}") for code in (campaign.adcode, "110101"))

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.get_json() == nobodys.get_json()


def test_lists_hold_nothing_of_another_county_or_team(
    app: Flask, world: World, as_role: Any
) -> None:
    """Every list that a leader or an official may ask for, searched for what is not theirs."""
    campaign = world.campaign
    official = as_role(Role.COUNTY_OFFICIAL, campaign, county=OTHER_COUNTY, login="other county")
    leader = as_role(Role.TEAM_LEADER, campaign, team=OTHER_TEAM, login="other team")
    people = {Role.COUNTY_OFFICIAL: official, Role.TEAM_LEADER: leader}
    secret = {str(world.names[name]) for name in ("case_id", "device_id", "interview_id", "op_id")}
    secret |= {world.names["number"], world.names["code_id"], str(world.names["assignment_id"])}
    secret |= {task.unit_id for task in world.phone.tasks.values()}
    secret |= {task.village_code for task in world.phone.tasks.values()}

    told = []
    for rule in app.url_map.iter_rules():
        action = BY_OPERATION[rule.endpoint]
        if (
            {"campaign_id", *words(rule)} != rule.arguments
            or rule.rule.startswith(PAGES)
            or "GET" not in (rule.methods or ())
            or action.public
        ):
            continue
        for role in set(action.own) & set(people):
            path = app.url_map.bind("localhost").build(
                rule.endpoint, {"campaign_id": campaign.id, **words(rule)}, "GET"
            )
            answer = people[role].get(path)
            text = answer.get_data(as_text=True)
            assert answer.status_code == 200, (path, text)
            told += [(rule.rule, str(role), one) for one in secret if one in text]

    assert told == []


def test_a_phone_reaches_only_its_own(
    app: Flask, world: World, as_role: Any, a_campaign: Any, frozen_clock: Any
) -> None:
    """Files of another phone, ops of another campaign, and what a phone is told."""
    other = a_campaign("drawn", "second")
    stranger = sent_out(app, as_role, other, now=frozen_clock.moment, seed="stranger")
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {stranger.token}"

    found = [
        compare(app, world, client, rule, method, other.id)
        for rule, method, action in named_routes(app)
        if Role.ENUMERATOR in action.roles
    ]

    assert [one for one in found if one] == []


@pytest.mark.parametrize("whose", ["another campaign", "another team", "nobody"])
def test_an_enumerator_named_in_a_body_is_looked_for_in_the_own_team(
    app: Flask, world: World, as_role: Any, a_campaign: Any, whose: str
) -> None:
    """The answer is the same, whoever the enumerator of another is."""
    campaign = world.campaign
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    enumerator = {
        "another campaign": lambda: a_campaign("commissioned", "second").an_enumerator("Zhao"),
        "another team": lambda: campaign.an_enumerator("Qian", team="B"),
        "nobody": lambda: NOBODY,
    }[whose]()

    answer = leader.post(
        "/api/v1/devices/codes", json={"campaign_id": campaign.id, "enumerator_id": enumerator}
    )

    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/not-found")
    assert answer.get_json()["detail"] == "The team has no such enumerator."


def test_files_of_the_server_are_not_reachable_by_a_name(app: Flask) -> None:
    """No folder is served, and no route takes a path."""
    assert app.static_folder is None
    assert [
        rule.rule
        for rule in app.url_map.iter_rules()
        if any("Path" in type(one).__name__ for one in rule._converters.values())
    ] == []
    assert Path(app.root_path).name == "inspect_app"
