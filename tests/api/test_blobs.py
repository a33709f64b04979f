"""Photos and signatures: piece by piece, once, by nobody but the phone that named them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from fieldwork import a_code, tasks
from flask import Flask
from phones import AppWire, a_phone, an_interview, answers_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from uploads import DOOR, HOUSE, NAME, ask, digest, lines, send, store_of, with_files

from inspect_app.demo.phone import CHUNK_TYPE, Phone, Sealed
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry
from inspect_app.rules.roles import Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import blobs, replays
from inspect_app.settings import Settings


def acks(phone: Phone) -> list[tuple[str, bool]]:
    return [(item["op_id"], item["complete"]) for item in phone.pull() if item["type"] == "ack"]


def test_files_follow_the_answers_and_make_the_op_complete(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE, signature_a=NAME)

    (result,) = phone.push_once([sealed])

    assert result["need_blobs"] == sorted([digest(HOUSE), digest(NAME)])
    op_id = sealed.op["op_id"]
    assert blobs.complete_ops(session, [op_id]) == set()
    assert acks(phone) == [(op_id, False)]
    phone.upload(chunk=10_000)
    session.rollback()
    assert acks(phone) == [(op_id, True)]
    assert (phone.complete, phone.files) == ({op_id}, {})
    assert blobs.complete_ops(session, [op_id, "unknown"]) == {op_id}
    assert lines(session) == [("op", op_id), ("complete", op_id)]
    assert store_of(settings, campaign).path(digest(HOUSE)).read_bytes() == HOUSE
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_the_line_of_completeness_names_the_op_as_its_first_line_did(
    phone: Phone, session: Session
) -> None:
    with_files(phone, obs_photo=HOUSE)
    phone.push()

    first, last = session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))

    assert (last.type, last.status) == ("complete", "complete")
    for name in ("op_id", "kind", "interview_id", "rev", "body_sha256", "device_id"):
        assert getattr(last, name) == getattr(first, name)


def test_an_op_without_files_is_complete_at_once(phone: Phone, session: Session) -> None:
    an_interview(phone, tasks(phone)[0])

    (result,) = phone.push()

    assert result["need_blobs"] == []
    op_id = result["op_id"]
    assert acks(phone) == [(op_id, True)]
    assert blobs.complete_ops(session, [op_id]) == {op_id}
    assert lines(session) == [("op", op_id)]


def test_a_file_that_the_campaign_has_is_not_asked_for_again(
    phone: Phone, session: Session
) -> None:
    with_files(phone, signature_a=NAME)
    phone.push()

    with_files(phone, 1, signature_a=NAME)
    (result,) = phone.push()

    assert result["need_blobs"] == []
    assert acks(phone)[-1] == (result["op_id"], True)
    assert [kind for kind, _ in lines(session)] == ["op", "complete", "op"]
    assert ask(phone, digest(NAME)).headers["Upload-Offset"] == str(len(NAME))
    again = send(phone, NAME, NAME, 0)
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, str(len(NAME)))


def test_one_file_completes_every_op_that_waited_for_it(phone: Phone, session: Session) -> None:
    first = with_files(phone, signature_a=NAME)
    second = with_files(phone, 1, signature_a=NAME)
    third = with_files(phone, 2, signature_a=NAME, obs_photo=HOUSE)
    phone.push_once([first, second, third])

    answer = send(phone, NAME, NAME, 0)

    assert answer.status_code == 204
    done = [op_id for kind, op_id in lines(session) if kind == "complete"]
    assert done == [first.op["op_id"], second.op["op_id"]]
    send(phone, HOUSE, HOUSE, 0)
    assert lines(session)[-1] == ("complete", third.op["op_id"])


def test_a_duplicate_hears_what_is_still_missing(phone: Phone) -> None:
    sealed = with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    phone.push_once([sealed])
    send(phone, NAME, NAME, 0)

    (again,) = phone.push_once([sealed])
    assert (again["status"], again["need_blobs"]) == ("duplicate", [digest(HOUSE)])
    phone.upload()
    (at_last,) = phone.push_once([sealed])

    assert (at_last["status"], at_last["need_blobs"]) == ("duplicate", [])


def test_two_copies_in_one_batch_hear_the_same(phone: Phone) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)

    results = phone.push_once([sealed, sealed])

    assert [one["status"] for one in results] == ["accepted", "duplicate"]
    assert [one["need_blobs"] for one in results] == [[digest(HOUSE)]] * 2


def test_an_upload_goes_on_where_it_was_torn(phone: Phone) -> None:
    phone.push_once([with_files(phone, obs_photo=HOUSE)])
    send(phone, HOUSE, HOUSE[:15_000], 0)

    asked = ask(phone, digest(HOUSE))

    assert asked.status_code == 200
    assert asked.headers["Upload-Offset"] == "15000"
    assert asked.headers["Upload-Length"] == str(len(HOUSE))
    assert asked.headers["Cache-Control"] == "no-store"
    answer = send(phone, HOUSE, HOUSE[15_000:], 15_000)
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(HOUSE)))
    assert answer.get_data() == b""


def test_a_chunk_in_the_wrong_place_hears_the_right_one(phone: Phone) -> None:
    phone.push_once([with_files(phone, obs_photo=HOUSE)])
    send(phone, HOUSE, HOUSE[:15_000], 0)

    for offset in (0, 14_999, 15_001, len(HOUSE)):
        answer = send(phone, HOUSE, HOUSE[offset : offset + 5], offset)

        assert answer.status_code == 409
        assert answer.get_json()["type"] == "/problems/blob-offset"
        assert answer.get_json()["upload_offset"] == 15_000
        assert answer.headers["Upload-Offset"] == "15000"


def test_a_repeated_chunk_is_harmless(phone: Phone, session: Session) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push_once([sealed])
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    wire.tears = 3  # every answer is lost once, and the same bytes come again

    phone.upload(chunk=20_000)

    assert phone.doubtful == set()
    assert lines(session)[-1] == ("complete", sealed.op["op_id"])


def test_a_phone_in_doubt_asks_before_it_sends(phone: Phone) -> None:
    phone.push_once([with_files(phone, obs_photo=HOUSE)])
    send(phone, HOUSE, HOUSE[:15_000], 0)
    phone.doubtful.add(digest(HOUSE))

    phone.upload()

    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    assert [method for method, path, _ in wire.heard if "/blobs/" in path] == ["HEAD", "PATCH"]


def test_a_file_with_another_hash_starts_again(phone: Phone, session: Session) -> None:
    phone.push_once([with_files(phone, obs_photo=HOUSE)])
    wrong = bytes(len(HOUSE))

    answer = send(phone, HOUSE, wrong, 0)

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/blob-hash-mismatch"
    assert answer.headers["Upload-Offset"] == "0"
    assert ask(phone, digest(HOUSE)).headers["Upload-Offset"] == "0"
    phone.upload()
    assert [kind for kind, _ in lines(session)] == ["op", "complete"]


def test_nobody_can_ask_for_a_file_that_the_own_ops_do_not_name(
    phone: Phone, app: Flask, as_role: Any, campaign: Any, client: Any, frozen_clock: Any
) -> None:
    with_files(phone, obs_photo=HOUSE)
    phone.push()
    other = a_phone(app, seed="other", now=frozen_clock.moment)
    other.enrol(a_code(as_role, campaign, campaign.an_enumerator("Zhao")))

    for sha256 in (digest(HOUSE), digest(b"nowhere"), "0" * 63, "..", "x" * 64):
        assert ask(other, sha256).status_code == 404
    answer = send(other, HOUSE, HOUSE, 0)
    assert answer.status_code == 404
    assert answer.get_json()["type"] == "/problems/blob-not-expected"
    sha256 = digest(HOUSE)
    assert client.head(f"/api/v1/blobs/{sha256}").status_code == 401
    assert as_role(Role.REVIEWER, campaign).head(f"/api/v1/blobs/{sha256}").status_code == 403


def test_two_phones_do_not_see_each_others_progress(
    phone: Phone, app: Flask, as_role: Any, campaign: Any, frozen_clock: Any, session: Session
) -> None:
    """Both hold the same photo; what one began neither helps nor hurts the other."""
    other = a_phone(app, seed="other", now=frozen_clock.moment)
    other.enrol(a_code(as_role, campaign, campaign.an_enumerator("Zhao")))
    other.tasks = dict(phone.tasks)
    mine, theirs = with_files(phone, obs_photo=HOUSE), with_files(other, obs_photo=HOUSE)
    phone.push_once([mine])
    (result,) = other.push_once([theirs])
    assert result["status"] == "not_assigned"

    send(phone, HOUSE, HOUSE[:15_000], 0)
    assert ask(other, digest(HOUSE)).headers["Upload-Offset"] == "0"
    other.upload()

    assert [kind for kind, _ in lines(session)] == ["op", "op", "complete", "complete"]
    assert (mine.op["op_id"], True) in acks(phone)
    assert ask(phone, digest(HOUSE)).headers["Upload-Offset"] == str(len(HOUSE))


@pytest.mark.parametrize(
    ("changes", "status", "slug"),
    [
        ({"Content_Type": "application/json"}, 415, "unsupported-media-type"),
        ({"Content_Type": "application/octet-stream"}, 415, "unsupported-media-type"),
        ({"Content_Type": None}, 415, "unsupported-media-type"),
        ({"Upload_Offset": None}, 422, "invalid-request"),
        ({"Upload_Length": None}, 422, "invalid-request"),
        ({"Upload_Offset": "-1"}, 422, "invalid-request"),
        ({"Upload_Offset": "0x10"}, 422, "invalid-request"),
        ({"Upload_Length": "1e3"}, 422, "invalid-request"),
        ({"Upload_Length": str(len(HOUSE) + 1)}, 422, "rule-violated"),
    ],
)
def test_a_chunk_that_is_not_announced_rightly_is_refused(
    phone: Phone, changes: dict[str, Any], status: int, slug: str
) -> None:
    phone.push_once([with_files(phone, obs_photo=HOUSE)])

    answer = send(phone, HOUSE, HOUSE, 0, **changes)

    assert answer.status_code == status
    assert answer.get_json()["type"] == f"/problems/{slug}"
    assert ask(phone, digest(HOUSE)).headers["Upload-Offset"] == "0"


def test_chunks_are_for_files_only(phone: Phone) -> None:
    wire = phone.link.wire
    assert isinstance(wire, AppWire)
    headers = {"Authorization": f"Bearer {phone.token}", "Content-Type": CHUNK_TYPE}

    answer = wire.app.test_client().post("/api/v1/sync/push", data=b"{}", headers=headers)

    assert answer.status_code == 415


def test_chunks_and_files_have_limits(phone: Phone, settings: Settings) -> None:
    large = bytes(settings.limits.chunk_bytes + 1)
    phone.push_once([with_files(phone, obs_photo=large)])

    too_long = send(phone, large, large, 0)

    assert too_long.status_code == 413
    assert too_long.get_json()["type"] == "/problems/too-large"
    beyond = send(phone, large, large[:-1], 0)
    assert beyond.status_code == 204
    assert send(phone, large, b"00", len(large) - 1).status_code == 422
    assert send(phone, large, b"\0", len(large) - 1).status_code == 204


def announcing(sealed: Sealed, content: bytes, length: int) -> Sealed:
    """The op with another length of one of its files."""
    for blob in sealed.op["blobs"]:
        if blob["sha256"] == digest(content):
            blob["bytes"] = length
    return sealed


def test_no_op_waits_for_a_file_that_can_never_arrive(
    phone: Phone, session: Session, settings: Settings
) -> None:
    limit = settings.limits.blob_bytes
    first = announcing(with_files(phone, obs_photo=HOUSE, signature_a=NAME), HOUSE, limit + 1)
    alone = announcing(with_files(phone, 1, obs_photo=DOOR), DOOR, limit + 1)
    just = announcing(with_files(phone, 2, obs_photo=HOUSE), HOUSE, limit)

    told = phone.push_once([first, alone, just])
    send(phone, NAME, NAME, 0)

    assert [one["status"] for one in told] == ["invalid", "invalid", "accepted"]
    assert [[fault["code"] for fault in one.get("faults", ())] for one in told] == [
        ["file-too-large"],
        ["file-too-large"],
        [],
    ]
    assert told[1]["faults"][0]["pointer"] == "/blobs/0/bytes"
    assert [one["need_blobs"] for one in told] == [[digest(NAME)], [], [digest(HOUSE)]]
    session.rollback()
    ids = [one.op["op_id"] for one in (first, alone, just)]
    assert blobs.complete_ops(session, ids) == set(ids[:2])
    assert ask(phone, digest(DOOR)).status_code == 404


def test_a_chunk_of_unstated_length_may_fill_the_limit(phone: Phone, settings: Settings) -> None:
    full = bytes(settings.limits.chunk_bytes)
    sealed = with_files(phone, obs_photo=full)
    phone.push_once([sealed])

    def unstated(chunk: bytes) -> dict[str, Any]:
        told = {"wsgi.input": BytesIO(chunk), "wsgi.input_terminated": True}
        return {**told, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}

    beyond = send(phone, full, b"", 0, environ=unstated(full + b"1"))
    just = send(phone, full, b"", 0, environ=unstated(full))

    assert [one.status_code for one in (beyond, just)] == [413, 204]
    assert just.headers["Upload-Offset"] == str(len(full))


@pytest.mark.parametrize(
    "state", [DeviceState.LOCKED, DeviceState.DRAINING, DeviceState.SUPERSEDED]
)
def test_a_phone_that_may_only_send_still_sends_its_files(
    phone: Phone, session: Session, state: DeviceState
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    session.get_one(Device, phone.device_id).state = state.value
    session.commit()
    phone.renew_token()

    phone.push()

    assert lines(session)[-1] == ("complete", sealed.op["op_id"])


def test_ten_threads_send_the_same_file_and_it_completes_once(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push_once([sealed])
    pieces = [(offset, HOUSE[offset : offset + 8000]) for offset in range(0, len(HOUSE), 8000)]

    def upload(_number: int) -> set[int]:
        return {send(phone, HOUSE, piece, offset).status_code for offset, piece in pieces}

    with ThreadPoolExecutor(10) as threads:
        statuses = set().union(*threads.map(upload, range(10)))

    assert statuses <= {204, 409}
    assert [kind for kind, _ in lines(session)] == ["op", "complete"]
    assert store_of(settings, campaign).path(digest(HOUSE)).read_bytes() == HOUSE
    folder = store_of(settings, campaign).path(digest(HOUSE)).parent
    assert [path.name for path in folder.iterdir()] == [digest(HOUSE)]


def test_an_op_and_its_last_file_cannot_miss_each_other(phone: Phone, session: Session) -> None:
    """Twelve interviews name one signature while it is being sent."""
    first = with_files(phone, signature_a=NAME)
    phone.push_once([first])
    others = []
    for number in range(12):
        others.append(
            phone.seal_interview(
                tasks(phone)[0].unit_id,
                answers_for(tasks(phone)[0], signature_a=phone.keep(NAME)),
            )
        )
        others[-1].op["op_id"] = f"00000000-0000-4000-8000-{number:012}"

    def push(sealed: Sealed) -> Any:
        wire = phone.link.wire
        assert isinstance(wire, AppWire)
        return wire.app.test_client().post(
            "/api/v1/sync/push",
            json={**phone.envelope([]), "ops": [sealed.op]},
            headers={"Authorization": f"Bearer {phone.token}"},
        )

    with ThreadPoolExecutor(8) as threads:
        pushed = [threads.submit(push, sealed) for sealed in others[:6]]
        sent = threads.submit(send, phone, NAME, NAME, 0)
        pushed += [threads.submit(push, sealed) for sealed in others[6:]]
        answers = [one.result() for one in pushed]
        assert sent.result().status_code == 204

    assert {answer.status_code for answer in answers} == {200}
    every = {sealed.op["op_id"] for sealed in (first, *others)}
    session.rollback()
    assert blobs.complete_ops(session, every) == every
    twice = session.execute(
        select(LedgerEntry.op_id)
        .where(LedgerEntry.type == "complete")
        .group_by(LedgerEntry.op_id)
        .having(func.count() > 1)
    ).all()
    assert twice == []


def test_a_server_that_died_before_it_could_say_so_tells_the_truth(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    """The file is whole on the disk and no database knows: it is committed when asked for."""
    sealed = with_files(phone, obs_photo=HOUSE, signature_a=NAME)
    phone.push_once([sealed])
    store = store_of(settings, campaign)
    store.append(digest(HOUSE), phone.device_id, HOUSE, offset=0, length=len(HOUSE))
    store.append(digest(NAME), phone.device_id, NAME, offset=0, length=len(NAME))

    assert ask(phone, digest(HOUSE)).headers["Upload-Offset"] == str(len(HOUSE))
    assert send(phone, NAME, NAME, 0).status_code == 204

    assert lines(session)[-1] == ("complete", sealed.op["op_id"])


def test_a_server_that_died_before_the_check_finishes_it_later(
    phone: Phone, session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = with_files(phone, obs_photo=HOUSE)
    phone.push_once([sealed])
    store = store_of(settings, campaign)
    sha256 = digest(HOUSE)
    store.append(sha256, phone.device_id, HOUSE[:-1], offset=0, length=len(HOUSE))
    part = store.path(sha256).with_name(f"{sha256}.{phone.device_id}.part")
    with part.open("ab") as file:
        file.write(HOUSE[-1:])

    answer = send(phone, HOUSE, HOUSE[-1:], len(HOUSE) - 1)

    assert answer.status_code == 204
    assert lines(session)[-1] == ("complete", sealed.op["op_id"])


def test_an_empty_file_is_a_file(phone: Phone, session: Session) -> None:
    sealed = with_files(phone, obs_photo=b"")
    phone.push_once([sealed])

    asked = ask(phone, digest(b""))

    assert asked.headers["Upload-Offset"] == asked.headers["Upload-Length"] == "0"
    assert lines(session)[-1] == ("complete", sealed.op["op_id"])


def test_a_phone_may_send_so_many_chunks_a_minute(
    phone: Phone, app: Flask, settings: Settings, frozen_clock: Any
) -> None:
    app.config["SETTINGS"] = replace(settings, limits=replace(settings.limits, chunks_per_minute=2))
    phone.push_once([with_files(phone, obs_photo=HOUSE)])

    statuses = [send(phone, HOUSE, HOUSE[n : n + 10], n).status_code for n in (0, 10, 20)]

    assert statuses == [204, 204, 429]
    frozen_clock.pass_by(minutes=1)
    assert send(phone, HOUSE, HOUSE[20:], 20).status_code == 204


def test_wrong_chunks_count_as_right_ones_do(phone: Phone, app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = replace(settings, limits=replace(settings.limits, chunks_per_minute=2))
    phone.push_once([with_files(phone, obs_photo=HOUSE)])

    statuses = [
        send(phone, HOUSE, bytes(len(HOUSE)), 0).status_code,
        send(phone, HOUSE, HOUSE[:10], 10).status_code,
        send(phone, HOUSE, HOUSE, 0).status_code,
    ]

    assert statuses == [422, 409, 429]
