"""Sealed files: brought by the leader, counted once, and never believed more than the phone."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from closing import an_archive, close, closed_op
from fieldwork import tasks
from flask import Flask
from phones import an_interview
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from inspect_app.demo.phone import Phone
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import AccessEntry
from inspect_app.models.seals import OpSeal
from inspect_app.rules import chain
from inspect_app.rules.roles import Role
from inspect_app.services import keyrings, ledger, receipts, replays
from inspect_app.settings import Settings

HOUSE = b"a house " * 5000


@pytest.fixture
def key(session: Session, settings: Settings, frozen_clock: Any) -> dict[str, str]:
    made = keyrings.create(session, settings, at=frozen_clock.moment)
    return {"kid": made.kid, "p256": made.p256}


@pytest.fixture
def leader(as_role: Any, campaign: Any) -> Any:
    return as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")


def three(phone: Phone, key: dict[str, str]) -> list[Any]:
    """Three interviews that a phone holds sealed, one with a photo."""
    first, *others = (an_interview(phone, task) for task in tasks(phone)[:3])
    return [close(phone, first, key, HOUSE), *(close(phone, one, key) for one in others)]


def bring(leader: Any, campaign: Any, content: bytes) -> TestResponse:
    file = FileStorage(BytesIO(content), "phone.xfz", content_type="application/zip")
    boundary, data = encode_multipart({"file": file}, boundary="b")
    answer: TestResponse = leader.post(
        f"/api/v1/campaigns/{campaign.id}/sealed-files",
        data=data,
        content_type=f"multipart/form-data; boundary={boundary}",
    )
    return answer


def statuses(answer: TestResponse) -> list[str]:
    return [one["status"] for one in answer.get_json()["results"]]


def ops(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(Op)) or 0


def test_a_file_again_and_a_sync_later_leave_one_copy(
    phone: Phone,
    key: dict[str, str],
    leader: Any,
    campaign: Any,
    session: Session,
    settings: Settings,
) -> None:
    sealed = three(phone, key)
    phone.heartbeat()
    archive = an_archive(phone, sealed)

    first = bring(leader, campaign, archive)
    again = bring(leader, campaign, archive)
    results = phone.push()

    assert first.status_code == 201, first.get_json()
    assert statuses(first) == ["accepted"] * 3
    assert [one["complete"] for one in first.get_json()["results"]] == [True] * 3
    assert statuses(again) == ["duplicate"] * 3
    assert [one["status"] for one in results] == ["duplicate"] * 3
    told = first.get_json()["results"]
    assert [one["receipt"] for one in results] == [one["receipt"] for one in told]
    assert ops(session) == 3
    assert {seal.carried_by is None for seal in session.scalars(select(OpSeal))} == {False}
    assert replays.verify(session, campaign.id, settings=settings, files=True).faults == ()


def test_what_was_brought_is_no_longer_unsent_and_the_phone_was_not_heard_of(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any, session: Session
) -> None:
    archive = an_archive(phone, three(phone, key))
    phone.heartbeat()
    before = held(leader, campaign)

    bring(leader, campaign, archive)

    after = held(leader, campaign)
    assert (before["unsent"], after["unsent"]) == (3, 0)
    assert [after[name] for name in ("sealed", "answers_in", "photos_in")] == [3, 3, 3]
    unheard = ("last_contact_at", "offset_ms", "free_mb", "clock_jumps")
    assert [after[name] for name in unheard] == [before[name] for name in unheard]
    assert session.scalar(select(func.count()).where(LedgerEntry.status == "left_manifest")) == 0


def held(leader: Any, campaign: Any) -> dict[str, Any]:
    """What the leader is told of the one phone of the team."""
    (found,) = leader.get(f"/api/v1/campaigns/{campaign.id}/devices").get_json()["devices"]
    return dict(found)


def test_the_receipts_prove_themselves_to_the_phone(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any, session: Session
) -> None:
    sealed = three(phone, key)
    brought = bring(leader, campaign, an_archive(phone, sealed)).get_json()

    answer = leader.get(f"/api/v1/campaigns/{campaign.id}/sealed-files/{brought['id']}/receipts")

    found = answer.get_json()
    assert (found["format"], found["device_id"]) == ("xfz-receipts/1", phone.device_id)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="receipts-')
    (key_of_receipts,) = phone.receipt_keys
    for one in found["results"]:
        entry = session.scalars(
            select(LedgerEntry).where(LedgerEntry.op_id == one["op_id"], LedgerEntry.type == "op")
        ).one()
        h = bytes.fromhex(one["receipt"]["h"])
        message = chain.receipt_message(ledger.line_of(entry).text, h)
        assert receipts.verify(key_of_receipts["ed25519"], message, one["receipt"]["sig"])


def test_a_courier_adds_and_changes_nothing(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any, session: Session
) -> None:
    """Open bodies and changed envelopes are refused one by one; the rest of the file counts."""
    first, second, third = (an_interview(phone, task) for task in tasks(phone)[:3])
    close(phone, second, key)
    close(phone, third, key)
    third.op = {**third.op, "base_rev": 3}

    answer = bring(leader, campaign, an_archive(phone, [first, second, third]))

    assert statuses(answer) == ["bad_seal", "accepted", "bad_seal"]
    told = answer.get_json()["results"]
    assert [one["faults"][0]["code"] for one in (told[0], told[2])] == [
        "seal-missing",
        "seal-signature",
    ]
    assert ops(session) == 1
    assert phone.push()[1]["status"] == "duplicate"


def test_a_leader_may_push_what_a_phone_sealed(
    phone: Phone, key: dict[str, str], leader: Any, session: Session
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    envelope = {**phone.envelope([]), "ops": [op]}

    unnamed = leader.post("/api/v1/sync/push", json=envelope)
    named = leader.post("/api/v1/sync/push", json={**envelope, "device_id": phone.device_id})

    assert unnamed.status_code == 422
    assert unnamed.get_json()["type"] == "/problems/rule-violated"
    assert named.get_json()["results"][0]["status"] == "accepted"


def test_the_phone_of_another_team_does_not_exist(
    phone: Phone, key: dict[str, str], as_role: Any, campaign: Any, session: Session
) -> None:
    other = as_role(Role.TEAM_LEADER, campaign, team="B", login="leader of B")
    archive = an_archive(phone, three(phone, key))

    answer = bring(other, campaign, archive)
    pushed = other.post(
        "/api/v1/sync/push", json={**phone.envelope([]), "device_id": phone.device_id}
    )

    assert (answer.status_code, pushed.status_code) == (404, 404)
    assert ops(session) == 0


def test_a_phone_sends_for_itself_alone(phone: Phone, key: dict[str, str], app: Flask) -> None:
    def status(device_id: str) -> int:
        return (
            app.test_client()
            .post(
                "/api/v1/sync/push",
                json={**phone.envelope([]), "device_id": device_id},
                headers={"Authorization": f"Bearer {phone.token}"},
            )
            .status_code
        )

    assert status(phone.device_id) == 200
    assert status("6b1fd3a2-0000-4000-8000-0000000000ff") == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"manifest_json": b"{}"},
        {"manifest_json": b"\xff"},
        {"ops_ndjson": b"nothing of ours\n"},
        {"ops_ndjson": b'{"ops": []}\n'},
        {"surprise_txt": b"hello"},
        {"blobs__short": b""},
        {"leave_out": ["manifest.json"]},
        {"leave_out": ["ops.ndjson"]},
    ],
)
def test_what_is_no_sealed_file_is_refused_whole(
    phone: Phone,
    key: dict[str, str],
    leader: Any,
    campaign: Any,
    session: Session,
    changes: dict[str, Any],
) -> None:
    answer = bring(leader, campaign, an_archive(phone, three(phone, key), **changes))

    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/rule-violated")
    assert ops(session) == 0


@pytest.mark.parametrize("how", ["packed", "torn", "text"])
def test_archives_that_are_packed_or_torn_are_refused(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any, how: str
) -> None:
    sound = an_archive(phone, three(phone, key))
    packed = BytesIO()
    with ZipFile(BytesIO(sound)) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    content = {"packed": packed.getvalue(), "torn": sound[:-40], "text": b"hello"}[how]

    assert bring(leader, campaign, content).status_code == 422


def test_a_torn_photo_waits_for_the_phone(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any
) -> None:
    sealed = three(phone, key)
    (sha256,) = phone.files
    archive = an_archive(phone, sealed, **{f"blobs__{sha256}": b"torn"})

    answer = bring(leader, campaign, archive)

    assert answer.get_json()["results"][0]["need_blobs"] == [sha256]
    assert not answer.get_json()["results"][0]["complete"]
    phone.push()
    assert phone.files == {}


def test_who_brought_what_is_written_down_and_listed(
    phone: Phone, key: dict[str, str], leader: Any, campaign: Any, session: Session
) -> None:
    archive = an_archive(phone, three(phone, key))
    one, other = (bring(leader, campaign, archive).get_json() for _ in range(2))
    path = f"/api/v1/campaigns/{campaign.id}/sealed-files"

    listed = leader.get(path).get_json()
    page = leader.get(f"{path}?limit=1").get_json()
    rest = leader.get(f"{path}?limit=1&after={page['next']}").get_json()

    assert {item["id"] for item in listed["files"]} == {one["id"], other["id"]}
    assert {page["files"][0]["id"], rest["files"][0]["id"]} == {one["id"], other["id"]}
    seen = session.scalars(select(AccessEntry.what)).all()
    assert f"sealed file {one['id']}" in seen
    assert json.dumps(listed).count("answers") == 0
