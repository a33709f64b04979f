"""Files that are here: who may see them, what becomes of them."""

from pathlib import Path
from typing import Any
from uuid import UUID

from fieldwork import tasks
from phones import an_interview
from sqlalchemy import select
from sqlalchemy.orm import Session
from uploads import DOOR, HOUSE, NAME, ask, digest, send, store_of, with_files

from inspect_app.demo.phone import Phone
from inspect_app.models.blobs import Blob
from inspect_app.models.samples import AccessEntry
from inspect_app.rules.roles import Role
from inspect_app.services import blobs, replays
from inspect_app.settings import Settings


def test_who_may_see_answers_may_see_files_and_leaves_a_trace(
    phone: Phone, as_role: Any, campaign: Any, a_campaign: Any, session: Session
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push_once([sealed])
    path = f"/api/v1/interviews/{sealed.op['interview_id']}/files/{digest(HOUSE)}"
    reviewer = as_role(Role.REVIEWER, campaign)
    assert reviewer.get(path).status_code == 404  # it has not arrived yet
    phone.upload()

    shown = reviewer.get(path)

    assert shown.status_code == 200
    assert shown.get_data() == HOUSE
    assert shown.content_type == "image/jpeg"
    assert shown.headers["Content-Disposition"].startswith("attachment; filename=")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "no-store" in shown.headers["Cache-Control"]
    session.rollback()
    seen = session.scalars(select(AccessEntry.what)).all()
    assert f"file {digest(HOUSE)[:16]} of interview {sealed.op['interview_id']}" in seen
    assert as_role(Role.EXPERT, campaign).get(path).status_code == 200
    assert as_role(Role.TEAM_LEADER, campaign, team="A").get(path).status_code == 200
    other_team = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader-b")
    assert other_team.get(path).status_code == 404
    for role in (Role.PLANNER, Role.COMMISSIONER):
        assert as_role(role, campaign).get(path).status_code == 403
    elsewhere = a_campaign("commissioned", "second")
    assert as_role(Role.REVIEWER, elsewhere, login="else").get(path).status_code == 404
    assert reviewer.get(path[:-1] + "x").status_code == 404


def test_a_page_is_never_handed_out_as_one(phone: Phone, as_role: Any, campaign: Any) -> None:
    script = b"<script>alert(1)</script>"
    sealed = an_interview(
        phone, tasks(phone)[0], obs_photo=phone.keep(script, type="image/svg+xml")
    )
    phone.push()

    shown = as_role(Role.REVIEWER, campaign).get(
        f"/api/v1/interviews/{sealed.op['interview_id']}/files/{digest(script)}"
    )

    assert shown.content_type == "application/octet-stream"
    assert shown.headers["Content-Disposition"].startswith("attachment")


def test_the_same_photo_in_two_households_is_found(phone: Phone, session: Session) -> None:
    one = with_files(phone, 0, obs_photo=HOUSE, signature_a=NAME)
    two = with_files(phone, 1, obs_photo=HOUSE, signature_a=NAME)
    three = with_files(phone, 2, obs_photo=DOOR, signature_a=NAME)
    phone.push()
    ids = [sealed.op["interview_id"] for sealed in (one, two, three)]

    found = blobs.shared(session, ids)

    assert found == {ids[0]: (ids[1],), ids[1]: (ids[0],)}
    assert blobs.shared(session, []) == {}


def test_a_file_that_was_changed_on_the_disk_is_found(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    phone.push()
    store = store_of(settings, campaign)
    assert replays.verify(session, campaign.id, settings=settings, files=True).faults == ()
    store.path(digest(HOUSE)).write_bytes(HOUSE[::-1])
    store.path(digest(NAME)).unlink()

    assert replays.verify(session, campaign.id, settings=settings).faults == ()
    faults = replays.verify(session, campaign.id, settings=settings, files=True).faults

    assert len(faults) == 2
    assert all("file" in fault for fault in faults)


def test_files_are_readable_by_their_owner_only(
    phone: Phone, settings: Settings, campaign: Any
) -> None:
    with_files(phone, obs_photo=HOUSE)
    phone.push()
    place = store_of(settings, campaign).path(digest(HOUSE))

    assert place.stat().st_mode & 0o777 == 0o600
    folders: list[Path] = [place.parent, place.parent.parent, settings.blobs_dir]
    assert {folder.stat().st_mode & 0o777 for folder in folders} == {0o700}


def test_files_of_a_destroyed_body_go_unless_another_op_names_them(
    phone: Phone, session: Session, settings: Settings, campaign: Any, as_role: Any
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    with_files(phone, 1, obs_photo=DOOR, signature_a=NAME)
    phone.push()
    store = store_of(settings, campaign)
    where = f"/api/v1/campaigns/{campaign.id}/ops/{sealed.op['op_id']}/void"

    done = as_role(Role.COMMISSIONER, campaign).post(where, json={"reason": "asked for"})

    assert done.status_code == 200
    assert [store.has(digest(one)) for one in (HOUSE, DOOR, NAME)] == [False, True, True]
    assert ask(phone, digest(HOUSE)).status_code == 404
    again = phone.push_once([sealed])
    assert (again[0]["status"], again[0]["need_blobs"]) == ("duplicate", [])
    assert replays.verify(session, campaign.id, settings=settings, files=True).faults == ()


def test_files_of_what_is_in_quarantine_arrive_and_are_seen_by_who_may(
    phone: Phone, as_role: Any, campaign: Any, session: Session
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    sealed.op["interview_id"] = str(UUID(int=1))  # of no household
    assert phone.push()[0]["status"] == "invalid"
    boss = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    where = f"/api/v1/campaigns/{campaign.id}/quarantine"
    (kept,) = boss.get(where).get_json()["quarantine"]
    file = f"{where}/{kept['number']}/files/{digest(HOUSE)}"

    found = boss.get(file)

    assert (found.status_code, found.get_data()) == (200, HOUSE)
    assert found.headers["Content-Security-Policy"]
    stranger = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    assert stranger.get(file).status_code == 404
    assert boss.get(f"{where}/{kept['number']}/files/{digest(DOOR)}").status_code == 404
    assert as_role(Role.PLANNER, campaign).get(file).status_code == 403
    looked = session.scalars(select(AccessEntry.what)).all()
    assert f"file {digest(HOUSE)[:16]} of quarantine {kept['number']}" in looked


def test_files_of_another_body_under_a_used_id_are_awaited_too(phone: Phone) -> None:
    first = with_files(phone)
    phone.push()
    other = with_files(phone, 1, obs_photo=HOUSE)
    other.op["op_id"] = first.op["op_id"]

    assert phone.push_once([other])[0]["status"] == "op_id_reused"

    assert send(phone, HOUSE, HOUSE, 0).status_code == 204
    assert send(phone, DOOR, DOOR, 0).status_code == 404


def test_every_file_has_one_row(phone: Phone, session: Session) -> None:
    with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    with_files(phone, 1, obs_photo=DOOR, signature_a=NAME)
    phone.push()

    rows = session.scalars(select(Blob).order_by(Blob.bytes)).all()

    assert [(row.sha256, row.bytes) for row in rows] == [
        (digest(content), len(content)) for content in (NAME, DOOR, HOUSE)
    ]
