"""After the close nothing moves that counts: every route that writes is tried, or named here."""

import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import peopled
import pytest
from databases import Databases
from fieldwork import sent_out, tasks
from flask import Flask
from issued import a_verdict
from peopled import Peopled
from phones import a_roster, an_interview, reseal
from rehearsal import ADCODE, BOSS, MORNING, PAIR
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.routing import Rule
from werkzeug.test import encode_multipart

from inspect_app.demo.phone import Sealed
from inspect_app.models.campaigns import Campaign, CampaignStep
from inspect_app.rules.campaigns import Step
from inspect_app.rules.roles import Role
from inspect_app.services.steps import SENTENCES

PDF = b"%PDF-1.7 another page"
OPEN = {
    "what phones hold is taken at any time": (
        "sync.push_ops",
        "blobs.send_chunk",
        "devices.renew",
        "couriers.bring_file",
        "pages.bring",
    ),
    "phones are locked, wiped and opened, and alarms seen to, until the last one is empty": (
        "devices.order_device",
        "devices.acknowledge_alarm",
        "devices.revoke_code",
        "pages.give_order",
        "pages.note_alarm",
        "pages.read_out",
        "pages.revoke_team_code",
    ),
    "what came late and does not count may be said not to count": ("quarantine.dismiss",),
    "whoever is in the data may demand at any time that the text of an op is destroyed": (
        "quarantine.void_body",
    ),
    "paper copies come back and are destroyed after the end": ("sheets.enter_sheet_event",),
    "it is the step itself; taken again it changes nothing": ("campaigns.take_step",),
    "it computes or proposes, and stores nothing": ("verdicts.estimate_county",),
    "a verdict is published, objected to, answered for and withdrawn; no figure of it changes": (
        "pages.object_to",
        "validity.answer_objection",
        "validity.countersign",
        "validity.publish",
        "validity.record_objection",
        "validity.withdraw",
    ),
    "a county is told in writing what became of its cases, and says that it was": (
        "notices.issue_notice",
        "notices.receive_notice",
        "pages.acknowledge",
    ),
    "people come and go: somebody reads, answers objections, is dismissed": (
        "accounts.end_membership",
        "invitations.accept",
        "invitations.accept_as_stranger",
        "invitations.invite",
        "invitations.revoke_invitation",
        "pages.accept_invitation",
        "pages.join",
    ),
    "an account belongs to no campaign": (
        "accounts.change_password",
        "accounts.log_in",
        "accounts.log_out",
        "accounts.open_session",
        "accounts.revoke_session",
        "accounts.use_password_link",
        "campaigns.commission_campaign",
        "pages.sign_in",
        "pages.sign_out",
    ),
}
"""Routes that write and stay open, by the reason why."""

FIXED = {
    "campaigns.accept_plan",
    "campaigns.commit_seed",
    "campaigns.correct_commission",
    "campaigns.load_frame",
    "campaigns.open_seed",
    "campaigns.publish_seed",
    "samples.draw_sample",
}
"""Routes of the time before the first village day, which the draw has closed for good."""


def asked(names: dict[str, Any]) -> dict[str, tuple[str, dict[str, Any], dict[str, Any]]]:
    """Who asks for what, by route, with names other than those of everything else."""
    reason = {"reason": "迟到的决定"}
    text = {"text": "迟到的意见"}
    pair = {"enumerators": list(PAIR)}
    visit = {"county_adcode": ADCODE, "order": 2, "visit_date": "2020-06-03", **pair}
    conflict = {"interview_id": names["conflict_id"]}
    told: dict[str, Any] = {}
    suspected = {"case_id": names["suspected_id"]}
    proposed = {"case_id": names["proposed_id"]}
    listed = {"op_id": names["second_list"]}
    reserve = {"reserve_unit_id": "x", **reason}
    declared = {"document_sha256": "ab" * 32, "signed_on": "2020-05-04"}
    person = {"name": "x", "team": "A", "province_code": "51", "home_adcode": "510104"}
    code = {"campaign_id": names["campaign_id"], "enumerator_id": PAIR[0]}
    enrolling = {"code": names["code"], "device_id": names["nobody"], "app": "test"}
    lead = {
        "village_code": names["village_code"],
        "unit_id": f"{names['village_code']}-n9999",
        "kind": "missed",
        "persons": 3,
        "blocks": ["income"],
    }
    exchange = {"reason": "x", "document_sha256": "e" * 64}
    verdict = {"county_adcode": ADCODE, "release_date": "2020-06-30"}
    return {
        "assignments.approve_exchange": ("commissioner", exchange, {}),
        "assignments.assign_villages": ("planner", {"assignments": [visit]}, {}),
        "assignments.declare_interests": ("planner", declared, {}),
        "assignments.propose_assignments": (
            "planner",
            {"county_adcode": ADCODE, "visit_date": "2020-06-03", "places": [2]},
            {},
        ),
        "assignments.reassign_village": ("planner", {**pair, **reason}, {}),
        "cases.add_evidence": ("county_official", text, told),
        "cases.add_statement": ("county_official", text, {}),
        "cases.advance_case": ("reviewer", {}, suspected),
        "cases.correct_meeting": ("commissioner", {"held_on": "2020-06-05", **reason}, {}),
        "cases.enter_meeting": ("reviewer", {"held_on": "2020-06-20"}, {}),
        "cases.open_lead": ("reviewer", {**lead, **reason}, {}),
        "cases.order_recheck": ("reviewer", pair, proposed),
        "cases.reopen_case": ("commissioner", reason, told),
        "cases.rule_on_case": ("expert", {"outcome": "confirmed", **reason}, suspected),
        "cases.sign_ruling": ("expert", {"agrees": True}, proposed),
        "cases.upload_evidence": ("county_official", {}, told),
        "devices.create_code": ("team_leader", code, {}),
        "devices.enrol": ("", {**enrolling, "public_key": names["public_key"]}, {}),
        "interviews.accept_interview": ("reviewer", reason, {}),
        "interviews.approve_replacement": ("team_leader", reserve, {}),
        "interviews.refuse_replacement": ("team_leader", reason, {}),
        "interviews.return_interview": ("reviewer", reason, {}),
        "pages.approve": ("team_leader", {"reserve_unit_id": "x", **text}, {}),
        "pages.complete": ("county_official", {"sure": "yes"}, told),
        "pages.make_code": ("team_leader", {"enumerator_id": PAIR[0]}, {}),
        "pages.refuse": ("team_leader", text, {}),
        "pages.reply": ("county_official", text, told),
        "pages.send_back": ("team_leader", text, {}),
        "pages.speak": ("county_official", text, {}),
        "pages.upload": ("county_official", {}, told),
        "quarantine.choose_roster": ("team_leader", reason, listed),
        "quarantine.decide_conflict": ("reviewer", {"rev": 2, **reason}, conflict),
        "quarantine.release": ("reviewer", reason, {}),
        "quarantine.release_roster": ("team_leader", reason, {}),
        "revisits.order_revisit": (
            "reviewer",
            {**pair, "first_interview_id": names["interview_id"]},
            {},
        ),
        "revisits.propose_revisits": ("reviewer", {"county_adcode": ADCODE}, {}),
        "samples.add_enumerator": ("planner", {"id": names["nobody"], **person}, {}),
        "samples.assign_village": ("planner", visit, {}),
        "sheets.print_sheet": ("planner", {}, {}),
        "verdicts.issue_verdict": ("reviewer", verdict, {}),
        "verdicts.waive_loose_ends": ("commissioner", {"county_adcode": ADCODE, **reason}, {}),
    }


@pytest.fixture
def closed(databases: Databases, tmp_path: Path) -> Any:
    """A campaign with one of everything, which was closed in the middle of it."""
    folder = tmp_path / "peopled"
    folder.mkdir()
    url = databases.empty(folder)
    world = peopled.people(folder, url)
    with peopled.serving(peopled.settings_for(folder, url)) as app:
        _go_on(app, world)
        _close(app, world.names["campaign_id"])
        yield app, world
    databases.drop(url)


def test_no_route_moves_what_counts_once_the_campaign_is_closed(
    closed: tuple[Flask, Peopled],
) -> None:
    app, world = closed
    wanted, open_ = asked(world.names), {one for named in OPEN.values() for one in named}
    writing = {rule.endpoint: rule for rule in app.url_map.iter_rules() if _writes(rule)}

    answers = {name: _ask(app, world, writing[name], *wanted[name]) for name in sorted(set(wanted))}

    assert sorted(set(writing) ^ {*wanted, *open_, *FIXED}) == [], "refuse it after the close"
    assert not set(wanted) & open_
    assert {name: told for name, told in answers.items() if told != (409, True)} == {}


def test_what_phones_still_hold_is_taken_and_may_be_said_not_to_count(
    closed: tuple[Flask, Peopled],
) -> None:
    app, world = closed
    phone = peopled.wire(app, world.phone)
    an_interview(phone, tasks(phone)[7])
    late = phone.push()
    there = f"/api/v1/campaigns/{world.names['campaign_id']}/quarantine"
    body = {"reason": "关闭后才到"}

    dismissed = peopled.client(app, world.tokens["reviewer"]).post(
        f"{there}/{world.names['quarantine_number']}/dismiss", json=body
    )

    assert [one["status"] for one in late] == ["accepted"]
    assert dismissed.status_code == 200


def test_a_replacement_is_refused_once_the_county_has_its_verdict(
    app: Flask, as_role: Any, a_campaign: Any, session: Session, frozen_clock: Any
) -> None:
    campaign = a_campaign()
    phone = sent_out(app, as_role, campaign, now=frozen_clock.moment)
    lost, *_ = drawn = tasks(phone)
    phone.seal_contact(lost.unit_id, visit_no=1, disposition="moved_out")
    phone.push()
    a_verdict(session, campaign.id)
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    reserve = next(one.unit_id for one in drawn if one.is_reserve)
    there = f"/api/v1/interviews/{lost.interview_id}"

    answers = [
        leader.post(f"{there}/replacement", json={"reserve_unit_id": reserve, "reason": "迁出"}),
        leader.post(f"{there}/replacement-refusal", json={"reason": "再去"}),
    ]

    assert {one.get_json()["type"] for one in answers} == {"/problems/reserve-refused"}
    assert {"has its verdict" in one.get_json()["detail"] for one in answers} == {True}


def _writes(rule: Rule) -> bool:
    return bool((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})


def _ask(
    app: Flask, world: Peopled, rule: Rule, who: str, body: dict[str, Any], names: dict[str, Any]
) -> tuple[int, Any]:
    """The status of an answer, and whether it says that a step was taken, or else what."""
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)
    for name, value in peopled.named({**world.names, **names}, path).items():
        path = path.replace(f"{{{name}}}", str(names.get(name, value)))
    client = peopled.client(app, world.tokens[who]) if who else app.test_client()
    if not who:
        client.environ_base["HTTP_X_SIMULATED_TIME"] = MORNING.isoformat()
    if rule.endpoint == "cases.upload_evidence":
        data, kind = peopled.a_form(PDF)
        answer = client.post(path, data=data, content_type=kind)
    elif rule.endpoint == "pages.upload":
        file = FileStorage(BytesIO(PDF), "x.pdf", content_type="application/pdf")
        boundary, data = encode_multipart({"file": file, "document_date": "2020-01-02"})
        kind = f"multipart/form-data; boundary={boundary}"
        answer = client.post(path, data=data, content_type=kind)
    elif rule.endpoint.startswith("pages."):
        answer = client.post(path, data=body)
    else:
        answer = client.post(path, json=body)
    told = answer.get_json(silent=True)
    said = told.get("type", "") if told else answer.text
    is_step = said == "/problems/step-taken" or any(
        sentence.split(" | ")[0] in said for sentence in SENTENCES.values()
    )
    return answer.status_code, is_step or told or said


def _go_on(app: Flask, world: Peopled) -> None:
    """Two bodies in conflict, a second village list, a case suspected and one almost ruled."""
    phone = peopled.wire(app, world.phone)
    people = {who: peopled.client(app, token) for who, token in world.tokens.items()}
    fifth, sixth, seventh = tasks(phone)[4:7]
    twice = an_interview(phone, fifth)
    poor = [an_interview(phone, one, **peopled.POOR) for one in (sixth, seventh)]
    phone.push_once(phone.unsent)
    answers = json.loads(twice.op["body"])["answers"] | {"wage_away": 777}
    roster = next(one for one in phone.outbox if one.op["kind"] == "roster")
    rows = a_roster(fifth.village_code, households=31)
    others = [reseal(twice, answers=answers), reseal(roster, households=rows)]
    told = phone.push_once([Sealed({**op, "op_id": str(uuid4())}) for op in others])
    assert [one["status"] for one in told] == ["conflict", "conflict"]
    cases = [
        people["reviewer"]
        .post(f"/api/v1/interviews/{one.op['interview_id']}/accept", json={})
        .get_json()["cases"][0]
        for one in poor
    ]
    case = f"/api/v1/cases/{cases[1]}"
    for who, act, body in (
        ("reviewer", "recheck", {}),
        ("county_official", "evidence", {"text": "见附件", "complete": True}),
        ("reviewer", "recheck", {}),
        ("expert", "ruling", {"outcome": "confirmed", "reason": "收入确低"}),
    ):
        answer = people[who].post(f"{case}/{act}", json=body)
        assert answer.status_code == 200, (act, answer.get_json())
    hearing = f"/api/v1/campaigns/{world.names['campaign_id']}/hearings/{ADCODE}/meeting"
    met = people["reviewer"].post(hearing, json={"held_on": "2020-06-10"})
    assert met.status_code == 200, met.get_json()
    wanted = {"campaign_id": world.names["campaign_id"], "enumerator_id": PAIR[1]}
    code = people["team_leader"].post("/api/v1/devices/codes", json=wanted).get_json()
    world.names.update(
        conflict_id=fifth.interview_id,
        suspected_id=cases[0],
        proposed_id=cases[1],
        second_list=told[1]["op_id"],
        code=code["code"],
        nobody="6b1fd3a2-0000-5000-8000-0000000000ff",
        public_key=phone.public_key,
    )


def _close(app: Flask, campaign_id: str) -> None:
    with peopled.looking(app) as session:
        campaign = session.get_one(Campaign, campaign_id)
        # Whichever interview is named, chance has chosen it to be repeated.
        book = campaign.rulebook_toml.decode().replace("value = 0.05\n", "value = 0.99\n")
        campaign.rulebook_toml = book.encode()
        for step in Step:
            session.add(CampaignStep(campaign_id=campaign_id, step=step.value, at=MORNING, by=BOSS))
        session.commit()
