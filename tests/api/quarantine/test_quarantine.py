"""What could not count: read by those who may, released or dismissed with a reason, destroyed."""

import hashlib
import json
from datetime import timedelta
from typing import Any

from fieldwork import a_code, tasks
from flask import Flask
from phones import a_phone, a_roster, an_interview, reseal
from pushing import UUID, marks, results_of
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspect_app.demo.phone import Phone, Sealed
from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Contact, Interview, Revision, RosterList
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import AccessEntry, SampleHousehold, Village
from inspect_app.rules.ops import interview_id
from inspect_app.rules.roles import Role
from inspect_app.services import replays
from inspect_app.settings import Settings


def superseded(app: Flask, as_role: Any, campaign: Any, phone: Phone) -> tuple[Sealed, Phone]:
    """The phone's interview arrives after another phone took its place."""
    sealed = an_interview(phone, tasks(phone)[0])
    enumerator = campaign.session.get_one(Device, phone.device_id).enumerator_id
    new = a_phone(app, seed="new", now=phone.now)
    new.enrol(a_code(as_role, campaign, enumerator))
    new.pull()
    assert [one["status"] for one in phone.push()] == ["superseded_device"]
    return sealed, new


def release(client: Any, path: str, number: int, **body: Any) -> Any:
    return client.post(f"{path}/{number}/release", json={"reason": "the pair was there", **body})


def test_what_a_replaced_phone_sent_counts_once_the_leader_says_so(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str, session: Session
) -> None:
    sealed, new = superseded(app, as_role, campaign, phone)
    (kept,) = boss.get(path).get_json()["quarantine"]

    done = release(boss, path, kept["number"])
    again = release(boss, path, kept["number"])

    told = done.get_json()
    assert (kept["status"], kept["kind"], kept["state"]) == (
        "superseded_device",
        "interview",
        "open",
    )
    assert kept["county_adcode"] == campaign.adcode
    assert (told["status"], told["rev"], told["as_device"]) == ("accepted", 1, new.device_id)
    assert again.get_json() == told
    revision = session.scalars(select(Revision)).one()
    assert (revision.op_id, revision.conflict) == (sealed.op["op_id"], False)
    interview = session.get_one(Interview, revision.interview_id)
    assert (interview.device_id, interview.state) == (new.device_id, "received")
    assert marks(session) == [("op", "superseded_device"), ("release", "accepted")]
    line = session.scalars(select(LedgerEntry).where(LedgerEntry.type == "release")).one()
    assert (line.op_id, line.rev, line.body_sha256) == (
        sealed.op["op_id"],
        1,
        sealed.op["body_sha256"],
    )
    assert boss.get(f"{path}?state=released").get_json()["quarantine"][0]["state"] == "released"
    assert boss.get(f"{path}?state=open").get_json()["quarantine"] == []


def test_answers_to_an_older_questionnaire_count_until_the_cut_off(
    campaign: Any, phone: Phone, boss: Any, path: str, session: Session, frozen_clock: Any
) -> None:
    until = frozen_clock.moment + timedelta(hours=1)
    session.execute(
        update(Campaign).values(
            form_version="0.2.0", form_cut_off=until, content_sha256="of another commission"
        )
    )
    session.commit()
    first, second = (an_interview(phone, task) for task in tasks(phone)[:2])

    in_time = results_of(phone, first.op)
    frozen_clock.pass_by(hours=1, seconds=1)
    late = results_of(phone, second.op)
    again = results_of(phone, second.op)

    session.rollback()
    assert [(one["status"], one.get("rev")) for one in (*in_time, *late)] == [
        ("stale_form", 1),
        ("stale_form", None),
    ]
    assert [one["code"] for one in late[0]["faults"]] == ["form-cut-off"]
    assert (again[0]["status"], again[0]["first_status"]) == ("duplicate", "stale_form")
    assert session.scalars(select(Revision.stale_form)).all() == [True]
    (kept,) = boss.get(path).get_json()["quarantine"]
    assert (kept["op_id"], kept["status"]) == (second.op["op_id"], "stale_form")
    assert boss.get(f"{path}?status=stale_form").get_json()["quarantine"] == [kept]
    told = release(boss, path, kept["number"]).get_json()
    assert (told["status"], told["rev"]) == ("stale_form", 1)
    session.rollback()
    assert session.scalars(select(Revision.stale_form)).all() == [True, True]
    assert marks(session) == [("op", "stale_form")] * 2 + [("release", "stale_form")]


def test_without_a_cut_off_they_count_whenever_they_come(
    campaign: Any, phone: Phone, session: Session, frozen_clock: Any
) -> None:
    session.execute(update(Campaign).values(form_version="0.2.0", content_sha256="another"))
    session.commit()
    sealed = an_interview(phone, tasks(phone)[0])
    frozen_clock.pass_by(hours=23)

    assert [(one["status"], one["rev"]) for one in results_of(phone, sealed.op)] == [
        ("stale_form", 1)
    ]


def test_a_release_never_overwrites(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str, session: Session
) -> None:
    _, new = superseded(app, as_role, campaign, phone)
    an_interview(new, tasks(new)[0])
    assert [one["status"] for one in new.push()] == ["accepted"]
    session.rollback()
    first = session.scalars(select(Revision)).all()
    (kept,) = boss.get(f"{path}?status=superseded_device").get_json()["quarantine"]

    told = release(boss, path, kept["number"]).get_json()

    session.rollback()
    assert len(first) == 1
    assert (told["status"], told["rev"]) == ("conflict", 2)
    interview = session.scalars(select(Interview)).one()
    assert (interview.current_rev, interview.last_rev, interview.in_conflict) == (1, 2, True)


def test_a_released_visit_opens_a_reserve(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str, session: Session
) -> None:
    cell = tasks(phone)
    phone.seal_contact(cell[0].unit_id, visit_no=1, disposition="moved_out")
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    new = a_phone(app, seed="new", now=phone.now)
    new.enrol(a_code(as_role, campaign, enumerator))
    phone.push()
    (kept,) = boss.get(path).get_json()["quarantine"]

    told = release(boss, path, kept["number"]).get_json()
    new.pull()
    reserve = next(task for task in tasks(new) if task.is_reserve)
    an_interview(new, reserve)
    new.push()

    assert told["status"] == "accepted"
    assert session.scalars(select(Contact.disposition)).all() == ["moved_out"]
    assert ("event", "reserve_out_of_order") not in marks(session)


def test_a_released_roster_is_drawn_from(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str, session: Session
) -> None:
    village = tasks(phone)[0].village_code
    expected = session.get_one(Village, (campaign.id, village)).households_n
    phone.seal_roster(village, a_roster(village, households=expected))
    enumerator = session.get_one(Device, phone.device_id).enumerator_id
    a_phone(app, seed="new", now=phone.now).enrol(a_code(as_role, campaign, enumerator))
    phone.push()
    (kept,) = boss.get(path).get_json()["quarantine"]

    told = release(boss, path, kept["number"]).get_json()

    roster = session.scalars(select(RosterList)).one()
    assert (told["status"], roster.stands) == ("accepted", True)
    drawn = select(SampleHousehold.unit_id).where(SampleHousehold.household_class == "N")
    assert set(session.scalars(drawn)) == set(roster.drawn) != set()


def test_what_is_broken_cannot_be_released_and_can_be_dismissed(
    phone: Phone, boss: Any, path: str, session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    results_of(phone, reseal(sealed, answers={}))
    (kept,) = boss.get(path).get_json()["quarantine"]

    refused = release(boss, path, kept["number"])
    dismissed = boss.post(f"{path}/{kept['number']}/dismiss", json={"reason": "a test"})
    again = boss.post(f"{path}/{kept['number']}/dismiss", json={"reason": "another reason"})
    record = boss.get(f"{path}/{kept['number']}").get_json()

    problem = refused.get_json()
    assert (refused.status_code, problem["type"]) == (409, "/problems/not-releasable")
    assert problem["op_status"] == "invalid"
    assert problem["faults"] == kept["faults"] != []
    assert dismissed.get_json()["decision"] == "dismissed"
    assert again.get_json() == dismissed.get_json()
    assert json.loads(record["body"])["answers"] == {}
    assert record["kept"]["state"] == "dismissed"
    assert marks(session) == [("op", "invalid"), ("event", "dismissed")]


def test_what_was_dismissed_may_be_released_but_not_the_other_way_round(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str
) -> None:
    superseded(app, as_role, campaign, phone)
    (kept,) = boss.get(path).get_json()["quarantine"]
    where = f"{path}/{kept['number']}"
    boss.post(f"{where}/dismiss", json={"reason": "a mistake"})

    released = release(boss, path, kept["number"])
    dismissed = boss.post(f"{where}/dismiss", json={"reason": "on second thought"})

    assert released.get_json()["status"] == "accepted"
    assert dismissed.get_json()["type"] == "/problems/already-decided"
    assert [one["decision"] for one in boss.get(where).get_json()["decisions"]] == [
        "dismissed",
        "released",
    ]


def test_a_household_nobody_was_given_needs_a_phone_it_counts_for(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str
) -> None:
    task = tasks(phone)[0]
    phone.tasks["elsewhere"] = task
    sealed = an_interview(phone, task)
    body = json.loads(sealed.op["body"])
    body["unit_id"] = f"{task.village_code}-9999"
    body["answers"]["household_id"] = body["unit_id"]
    op = {
        **reseal(sealed, **body),
        "interview_id": interview_id(campaign.id, body["unit_id"], task.round),
    }
    assert [one["status"] for one in results_of(phone, op)] == ["not_assigned"]
    (kept,) = boss.get(path).get_json()["quarantine"]

    refused = release(boss, path, kept["number"], as_device=phone.device_id)
    nobody = release(boss, path, kept["number"], as_device=UUID)

    assert refused.get_json()["op_status"] == "not_assigned"
    assert nobody.status_code == 404


def test_another_body_under_a_used_id_counts_under_an_id_of_its_own(
    phone: Phone, boss: Any, path: str, session: Session, settings: Settings, campaign: Any
) -> None:
    first, second = tasks(phone)[:2]
    sealed = an_interview(phone, first)
    phone.push()
    other = {**an_interview(phone, second).op, "op_id": sealed.op["op_id"]}
    assert [one["status"] for one in results_of(phone, other)] == ["op_id_reused"]
    (kept,) = boss.get(path).get_json()["quarantine"]

    told = release(boss, path, kept["number"]).get_json()
    again = release(boss, path, kept["number"]).get_json()

    assert (kept["op_id"], kept["kind"]) == (sealed.op["op_id"], "interview")
    assert told["status"] == "accepted"
    assert told["op_id"] != sealed.op["op_id"]
    assert again == told
    own = session.get_one(Op, told["op_id"])
    assert hashlib.sha256(own.body).hexdigest() == other["body_sha256"]
    assert marks(session) == [
        ("op", "accepted"),
        ("event", "op_id_reused"),
        ("op", "accepted"),
        ("release", "accepted"),
    ]
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_quarantine_is_read_by_who_may_see_answers_and_reading_is_written_down(
    app: Flask, as_role: Any, campaign: Any, phone: Phone, boss: Any, path: str, session: Session
) -> None:
    sealed, _ = superseded(app, as_role, campaign, phone)
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    reviewer = as_role(Role.REVIEWER, campaign)
    (kept,) = reviewer.get(path).get_json()["quarantine"]
    where = f"{path}/{kept['number']}"

    record = reviewer.get(where).get_json()

    assert record["body"] == sealed.op["body"]
    assert record["envelope"]["interview_id"] == sealed.op["interview_id"]
    assert other.get(path).get_json()["quarantine"] == []
    assert other.get(where).status_code == 404
    assert release(other, path, kept["number"]).status_code == 404
    for role in (Role.PLANNER, Role.COMMISSIONER, Role.COUNTY_OFFICIAL):
        assert as_role(role, campaign, login=f"a {role}").get(where).status_code == 403
    what = select(AccessEntry.what).where(AccessEntry.what.startswith("quarantine"))
    assert session.scalars(what).all() == [f"quarantine {kept['number']}"]


def test_the_list_goes_page_by_page_and_narrows(
    phone: Phone, boss: Any, path: str, campaign: Any
) -> None:
    for task in tasks(phone):
        sealed = an_interview(phone, task)
        results_of(phone, reseal(sealed, answers={}))
    count = len(tasks(phone))

    seen, after = [], 0
    while after is not None:
        page = boss.get(f"{path}?limit=2&after={after}").get_json()
        seen += [one["number"] for one in page["quarantine"]]
        after = page["next"]

    assert seen == sorted(set(seen))
    assert len(seen) == count
    for narrow, found in (
        ("status=invalid", count),
        ("status=not_assigned", 0),
        (f"device_id={phone.device_id}", count),
        (f"device_id={UUID}", 0),
        ("county_adcode=110101", 0),
    ):
        assert len(boss.get(f"{path}?{narrow}").get_json()["quarantine"]) == found


def in_conflict(phone: Phone) -> str:
    task = tasks(phone)[0]
    sealed = an_interview(phone, task)
    phone.push()
    other = reseal(sealed, salt="another-salt-of-22-chars")
    (result,) = results_of(phone, {**other, "op_id": UUID})
    assert result["status"] == "conflict"
    return task.interview_id


def test_the_leader_says_which_revision_counts_and_the_other_stays(
    as_role: Any, campaign: Any, phone: Phone, boss: Any, session: Session
) -> None:
    interview_id = in_conflict(phone)
    where = f"/api/v1/interviews/{interview_id}"
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    body = {"rev": 2, "reason": "the first was sealed by mistake"}

    foreign = other.post(f"{where}/conflict", json=body)
    chosen = boss.post(f"{where}/conflict", json=body)
    again = boss.post(f"{where}/conflict", json=body)
    back = boss.post(f"{where}/conflict", json={"rev": 1, "reason": "no, the first"})

    assert foreign.status_code == 404
    assert chosen.get_json() == again.get_json()
    assert (chosen.get_json()["rev"], chosen.get_json()["in_conflict"]) == (2, False)
    assert chosen.get_json()["state"] == "received"
    assert back.get_json()["type"] == "/problems/revision-stale"
    versions = boss.get(where).get_json()["versions"]
    assert [one["rev"] for one in versions] == [1, 2]
    assert marks(session)[-1] == ("event", "conflict_decided")
    assert session.scalars(select(Interview.current_rev)).one() == 2


def test_a_choice_needs_a_reason_and_a_revision_that_exists(phone: Phone, boss: Any) -> None:
    where = f"/api/v1/interviews/{in_conflict(phone)}/conflict"

    assert boss.post(where, json={"rev": 2}).status_code == 422
    assert boss.post(where, json={"rev": 3, "reason": "no such"}).status_code == 409
