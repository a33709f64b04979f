"""Sealed interviews: opened and judged as any other, kept when they do not open."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from closing import close, closed_op
from fieldwork import tasks
from phones import an_interview
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from tampering import change

from inspect_app.cli import main
from inspect_app.demo.identity import base64url
from inspect_app.demo.outbox import Sealed
from inspect_app.demo.phone import Phone
from inspect_app.models.blobs import OpBlob
from inspect_app.models.devices import Device
from inspect_app.models.ledger import LedgerEntry, Op, Quarantine
from inspect_app.models.seals import OpSeal
from inspect_app.rules.roles import Role
from inspect_app.services import keyrings, replays
from inspect_app.services.files import Store
from inspect_app.services.receipts import decode
from inspect_app.settings import Settings

HOUSE = b"a house " * 5000


@pytest.fixture
def key(session: Session, settings: Settings, frozen_clock: Any) -> dict[str, str]:
    """The seal key of the server, as phones get it."""
    made = keyrings.create(session, settings, at=frozen_clock.moment)
    return {"kid": made.kid, "p256": made.p256}


def push(phone: Phone, op: dict[str, Any]) -> dict[str, Any]:
    """What the server says to one op, sent as it is."""
    (result,) = phone.push_once([Sealed(op)])
    return result


def kept(session: Session) -> list[Quarantine]:
    session.rollback()
    return list(session.scalars(select(Quarantine).order_by(Quarantine.id)))


def events(session: Session) -> list[str]:
    rows = session.scalars(select(LedgerEntry).where(LedgerEntry.type == "event"))
    return [row.status for row in rows]


def codes(result: dict[str, Any]) -> list[str]:
    return [one["code"] for one in result["faults"]]


def test_a_sealed_interview_counts_as_one_that_came_open(
    phone: Phone, key: dict[str, str], session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    body = sealed.op["body"]
    op = closed_op(phone, sealed.op, key)

    result = push(phone, op)

    assert (result["status"], result["rev"]) == ("accepted", 1)
    assert result["body_sha256"] == sealed.op["body_sha256"]
    stored = session.get_one(Op, op["op_id"])
    assert stored.body.decode() == body
    seal = session.get_one(OpSeal, op["op_id"])
    assert (seal.kid, seal.device_id, seal.signature) == (key["kid"], phone.device_id, op["sig"])
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


def test_the_same_op_sealed_anew_is_the_same_op(
    phone: Phone, key: dict[str, str], session: Session
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    first = push(phone, closed_op(phone, sealed.op, key))

    again = push(phone, closed_op(phone, sealed.op, key))

    assert (again["status"], again["receipt"]) == ("duplicate", first["receipt"])
    assert session.scalar(select(func.count()).select_from(Op)) == 1


def test_phones_are_told_of_the_newest_key(
    phone: Phone, session: Session, settings: Settings, frozen_clock: Any
) -> None:
    first = keyrings.create(session, settings, at=frozen_clock.moment)
    frozen_clock.pass_by(hours=1)
    second = keyrings.create(session, settings, at=frozen_clock.moment)
    nonce = phone.greet()["nonce"]

    said = phone._send(
        "POST",
        "/devices/token",
        {"device_id": phone.device_id, "nonce": nonce, "signature": phone.sign(nonce)},
    ).json()

    assert said["seal_keys"] == [{"kid": second.kid, "p256": second.p256}]
    assert (first.kid, second.kid) == ("s1", "s2")
    assert "sealed-ops" in phone.greet()["features"]


def test_what_was_sealed_to_an_older_key_still_opens(
    phone: Phone,
    key: dict[str, str],
    session: Session,
    settings: Settings,
    frozen_clock: Any,
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    frozen_clock.pass_by(hours=1)
    keyrings.create(session, settings, at=frozen_clock.moment)

    assert push(phone, op)["status"] == "accepted"


def test_a_lost_key_keeps_the_op_and_its_copy_brings_everything_back(
    phone: Phone, key: dict[str, str], session: Session, settings: Settings, frozen_clock: Any
) -> None:
    """The rehearsed recovery: key gone, op kept and told, key back, op counted once."""
    copy = settings.data_dir / "safe.json"
    keyrings.copy(settings, copy, "a passphrase in a safe", at=frozen_clock.moment)
    file = settings.keys_dir / f"seal-{key['kid']}.json"
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    file.unlink()

    result = push(phone, op)

    assert (result["status"], codes(result)) == ("bad_seal", ["seal-key-unknown"])
    assert "receipt" not in result
    assert phone.unsent[0].op["op_id"] == op["op_id"]
    (row,) = kept(session)
    assert (row.status, row.state, row.device_id) == ("bad_seal", "open", phone.device_id)
    assert op["sealed"]["ct"].encode() in (row.body or b"")
    assert push(phone, op)["status"] == "bad_seal"
    assert (len(kept(session)), events(session)) == (1, ["bad_seal"])

    rehearsed = keyrings.rehearse(session, copy, "a passphrase in a safe", at=frozen_clock.moment)
    assert (rehearsed.opened, rehearsed.lacking) == ((key["kid"],), ())
    assert not file.exists()
    assert keyrings.recover(session, settings, copy, "a passphrase in a safe") == (key["kid"],)
    assert file.stat().st_mode & 0o777 == 0o600

    assert push(phone, op)["status"] == "accepted"
    assert [row.state for row in kept(session)] == ["arrived"]


def test_a_supervisor_lets_count_what_could_not_be_opened_at_first(
    phone: Phone,
    key: dict[str, str],
    session: Session,
    settings: Settings,
    as_role: Any,
    campaign: Any,
) -> None:
    """The phone may be gone for good by the time the key is back."""
    file = settings.keys_dir / f"seal-{key['kid']}.json"
    away = file.with_name("away")
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    file.rename(away)
    push(phone, op)
    (row,) = kept(session)
    leader = as_role(Role.TEAM_LEADER, campaign, team="A", login="leader of A")
    path = f"/api/v1/campaigns/{campaign.id}/quarantine/{row.id}/release"

    refused = leader.post(path, json={"reason": "too early"})
    away.rename(file)
    released = leader.post(path, json={"reason": "the key is back"})

    assert (refused.status_code, refused.get_json()["op_status"]) == (409, "bad_seal")
    assert released.status_code == 200, released.get_json()
    assert (released.get_json()["status"], released.get_json()["rev"]) == ("accepted", 1)
    session.rollback()
    assert session.get_one(OpSeal, op["op_id"]).device_id == phone.device_id
    assert push(phone, op)["status"] == "duplicate"
    assert replays.verify(session, campaign.id, settings=settings).faults == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"base_rev": 7}, "seal-signature"),
        ({"captured_at": "2020-06-01T10:00:00+08:00"}, "seal-signature"),
        ({"blobs": [{"sha256": "ab" * 32, "bytes": 1, "type": "image/jpeg"}]}, "seal-signature"),
        ({"sig": "A" * 86}, "seal-signature"),
        ({"ct": "tampered"}, "seal-signature"),
        ({"epk": "torn"}, "seal-not-opened"),
        ({"iv": "torn"}, "seal-not-opened"),
        ({"kid": "s9"}, "seal-key-unknown"),
    ],
)
def test_what_was_changed_on_the_way_is_kept_and_does_not_count(
    phone: Phone, key: dict[str, str], session: Session, change: dict[str, Any], code: str
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    inner = {name: value for name, value in change.items() if name in op["sealed"]}
    outer = {name: value for name, value in change.items() if name not in op["sealed"]}
    turned = {"tampered": flipped, "torn": flipped}
    sealed = {
        **op["sealed"],
        **{
            name: turned.get(how, lambda _, how=how: how)(op["sealed"][name])
            for name, how in inner.items()
        },
    }

    result = push(phone, {**op, **outer, "sealed": sealed})

    assert (result["status"], codes(result)) == ("bad_seal", [code])
    assert [row.status for row in kept(session)] == ["bad_seal"]
    assert session.scalar(select(func.count()).select_from(Op)) == 0
    assert push(phone, op)["status"] == "accepted"


def flipped(text: str) -> str:
    """Base64url with one bit of its middle changed."""
    place = len(text) // 2
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def test_a_seal_around_another_body_than_was_hashed(
    phone: Phone, key: dict[str, str], session: Session
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key, body=b"{}")

    result = push(phone, op)

    assert (result["status"], codes(result)) == ("bad_seal", ["seal-hash"])
    assert len(kept(session)) == 1


def test_a_sealed_body_that_is_no_text_is_kept_as_invalid(
    phone: Phone, key: dict[str, str], session: Session
) -> None:
    op = dict(an_interview(phone, tasks(phone)[0]).op)
    op["body_sha256"] = hashlib.sha256(b"\xff\xfe").hexdigest()

    result = push(phone, closed_op(phone, op, key, body=b"\xff\xfe"))

    assert (result["status"], codes(result)) == ("invalid", ["not-json"])


@pytest.mark.parametrize("change", [{"body": "{}"}, {"sig": None}, {"sealed": None}])
def test_body_and_seal_exclude_each_other(
    phone: Phone, key: dict[str, str], change: dict[str, Any]
) -> None:
    op = closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key)
    wire: Any = phone.link.wire

    answer = wire.app.test_client().post(
        "/api/v1/sync/push",
        json=phone.envelope([Sealed({**op, **change})]),
        headers={"Authorization": f"Bearer {phone.token}"},
    )

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/invalid-request"


def test_one_bad_seal_takes_no_other_op_with_it(
    phone: Phone, key: dict[str, str], session: Session
) -> None:
    first, second = (an_interview(phone, task).op for task in tasks(phone)[:2])
    bad = {**closed_op(phone, first, key), "sig": "A" * 86}

    results = phone.push_once([Sealed(bad), Sealed(closed_op(phone, second, key))])

    assert [one["status"] for one in results] == ["bad_seal", "accepted"]


def test_sealed_photos_lie_sealed_and_are_handed_out_open(
    phone: Phone,
    key: dict[str, str],
    session: Session,
    settings: Settings,
    as_role: Any,
    campaign: Any,
) -> None:
    plain = hashlib.sha256(HOUSE).hexdigest()
    sealed = an_interview(phone, tasks(phone)[0], obs_photo=plain)
    close(phone, sealed, key, HOUSE)
    (sha256,) = phone.files

    phone.push()

    op_id = sealed.op["op_id"]
    blob = session.get_one(OpBlob, (op_id, sha256))
    assert (blob.plain_sha256, blob.is_household_photo) == (plain, True)
    store = Store(settings.blobs_dir, campaign.id)
    assert store.path(sha256).read_bytes().startswith(b"xf-blob/1\n")
    assert HOUSE[:100] not in store.path(sha256).read_bytes()
    reviewer = as_role(Role.REVIEWER, campaign)
    path = f"/api/v1/interviews/{sealed.op['interview_id']}/files"
    assert reviewer.get(f"{path}/{plain}").data == HOUSE
    assert reviewer.get(f"{path}/{sha256}").status_code == 404
    assert replays.verify(session, campaign.id, settings=settings, files=True).faults == ()


def test_one_photo_in_two_households_shows_through_the_seal(
    phone: Phone, key: dict[str, str], session: Session
) -> None:
    from inspect_app.services import blobs

    plain = hashlib.sha256(HOUSE).hexdigest()
    pair = [an_interview(phone, task, obs_photo=plain) for task in tasks(phone)[:2]]
    for sealed in pair:
        close(phone, sealed, key, HOUSE)
    phone.push()
    one, other = (sealed.op["interview_id"] for sealed in pair)

    assert blobs.shared(session, [one, other]) == {one: (other,), other: (one,)}


def test_a_photo_that_does_not_open_counts_as_arrived_and_is_told(
    phone: Phone, key: dict[str, str], session: Session, settings: Settings, campaign: Any
) -> None:
    sealed = an_interview(phone, tasks(phone)[0])
    close(phone, sealed, replace_kid(key), HOUSE)
    sealed.op = closed_op(phone, {**sealed.op, "body": "", **body_of(phone)}, key)

    phone.push()

    assert events(session) == ["bad_seal"]
    (blob,) = session.scalars(select(OpBlob))
    assert blob.plain_sha256 is None
    assert phone.files == {}
    assert replays.verify(session, campaign.id, settings=settings, files=True).faults == ()


def replace_kid(key: dict[str, str]) -> dict[str, str]:
    """A key under a name that the server does not know."""
    return {**key, "kid": "s9"}


def body_of(phone: Phone) -> dict[str, Any]:
    """The open body of the interview of the first household, as it was before it was closed."""
    again = an_interview(phone, tasks(phone)[0])
    phone.outbox.pop()
    return {"body": again.op["body"], "body_sha256": again.op["body_sha256"]}


def test_key_files_are_closed_by_a_passphrase(
    session: Session, settings: Settings, frozen_clock: Any
) -> None:
    locked = replace(settings, seal_passphrase="long enough to hold")
    made = keyrings.create(session, locked, at=frozen_clock.moment)
    text = (settings.keys_dir / "seal-s1.json").read_text()

    assert '"plain"' not in text
    assert keyrings.ring(locked)["s1"].p256 == made.p256
    with pytest.raises(keyrings.SealKeyError, match="EXIT_INSPECTION_SEAL_PASSPHRASE"):
        keyrings.ring(settings)
    assert [(one.is_here, one.is_closed) for one in keyrings.listed(session, locked)] == [
        (True, True)
    ]
    assert [one.is_here for one in keyrings.listed(session, settings)] == [False]


def test_a_key_file_that_others_may_read_is_not_used(
    session: Session, settings: Settings, key: dict[str, str]
) -> None:
    (settings.keys_dir / "seal-s1.json").chmod(0o644)

    with pytest.raises(keyrings.SealKeyError, match="chmod 600"):
        keyrings._read(settings.keys_dir / "seal-s1.json", None)


def test_a_copy_of_another_installation_brings_nothing_back(
    session: Session, settings: Settings, key: dict[str, str], tmp_path: Any, frozen_clock: Any
) -> None:
    other = replace(settings, data_dir=tmp_path / "other")
    stranger = keyrings._new("s1", other, frozen_clock.moment)
    keyrings._write(stranger, other)
    copy = tmp_path / "copy.json"
    keyrings.copy(other, copy, "a passphrase in a safe", at=frozen_clock.moment)
    (settings.keys_dir / "seal-s1.json").unlink()

    with pytest.raises(keyrings.SealKeyError, match="s1"):
        keyrings.recover(session, settings, copy, "a passphrase in a safe")

    found = keyrings.rehearse(session, copy, "a passphrase in a safe", at=frozen_clock.moment)
    assert (found.opened, found.lacking) == ((), ("s1",))
    with pytest.raises(keyrings.SealKeyError):
        keyrings.rehearse(session, copy, "another passphrase", at=frozen_clock.moment)


def test_replaying_the_chain_checks_who_sealed(
    phone: Phone, key: dict[str, str], session: Session, settings: Settings, campaign: Any
) -> None:
    push(phone, closed_op(phone, an_interview(phone, tasks(phone)[0]).op, key))
    other, point = session.get_one(Device, phone.device_id), decode(key["p256"])
    coordinates = {"x": base64url(point[1:33]), "y": base64url(point[33:])}
    changed = update(Device).values(public_key={**other.public_key, **coordinates})
    change(session, changed)

    found = replays.verify(session, campaign.id, settings=settings).faults

    assert len(found) == 1
    assert "did not sign" in found[0]


def test_the_commands_make_copy_rehearse_lose_and_recover_a_key(
    session: Session, settings: Settings, tmp_path: Any, monkeypatch: Any
) -> None:
    """What docs/sealing.md tells an operator to do, word for word."""
    monkeypatch.setenv("EXIT_INSPECTION_SEAL_PASSPHRASE", "closes the files")
    where = ["--data", str(settings.data_dir), "--database-url", settings.database_url]
    copy, word = tmp_path / "copy.json", ["--passphrase", "kept in two safes"]

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, ["seal-key", *map(str, words)])

    assert run("create", *where).exit_code == 0
    assert run("create", *where).exit_code == 1
    assert run("rotate", *where).exit_code == 0
    assert run("copy", *where, "--out", copy, *word).exit_code == 0
    assert copy.stat().st_mode & 0o777 == 0o600
    assert run("copy", *where, "--out", copy, *word).exit_code == 1
    for file in settings.keys_dir.glob("seal-*.json"):
        file.unlink()
    assert run("list", *where).exit_code == 1
    rehearsed = run("rehearse", copy, *where, *word)
    assert (rehearsed.exit_code, rehearsed.stdout.count("the copy alone opens")) == (0, 2)
    assert run("rehearse", copy, *where, "--passphrase", "another one").exit_code == 1
    assert "s1 s2 brought back" in run("recover", copy, *where, *word).stdout
    listed = run("list", *where)
    assert listed.exit_code == 0
    assert listed.stdout.count("opens") == 2
    assert listed.stdout.count("retired") == 1


@pytest.mark.parametrize("torn", [b"", b'{"format": "xf-seal-key/1"', b"[]", b'{"private": 1}'])
def test_a_damaged_key_is_listed_and_brought_back_and_its_file_kept(
    session: Session,
    settings: Settings,
    key: dict[str, str],
    tmp_path: Any,
    frozen_clock: Any,
    torn: bytes,
) -> None:
    copy, file = tmp_path / "copy.json", settings.keys_dir / "seal-s1.json"
    keyrings.copy(settings, copy, "a passphrase in a safe", at=frozen_clock.moment)
    whole = file.read_bytes()
    file.write_bytes(torn)

    (known,) = keyrings.listed(session, settings)
    assert (known.is_here, known.is_closed) == (False, False)
    assert keyrings.recover(session, settings, copy, "a passphrase in a safe") == ("s1",)

    assert file.read_bytes() == whole
    assert (settings.keys_dir / "aside-1-seal-s1.json").read_bytes() == torn
    assert [one.is_here for one in keyrings.listed(session, settings)] == [True]
    assert keyrings.recover(session, settings, copy, "a passphrase in a safe") == ()


def test_of_two_keys_the_damaged_one_alone_is_listed_as_such(
    session: Session, settings: Settings, key: dict[str, str], frozen_clock: Any
) -> None:
    keyrings.create(session, settings, at=frozen_clock.moment)
    (settings.keys_dir / "seal-s1.json").write_bytes(b"")

    known = keyrings.listed(session, settings)

    assert {one.kid: one.is_here for one in known} == {"s1": False, "s2": True}


def test_a_key_that_only_lacks_its_passphrase_is_not_replaced(
    session: Session, settings: Settings, tmp_path: Any, frozen_clock: Any
) -> None:
    closed = replace(settings, seal_passphrase="closes the files")
    keyrings.create(session, closed, at=frozen_clock.moment)
    copy, file = tmp_path / "copy.json", settings.keys_dir / "seal-s1.json"
    keyrings.copy(closed, copy, "a passphrase in a safe", at=frozen_clock.moment)
    before = file.read_bytes()

    with pytest.raises(keyrings.SealKeyError, match="EXIT_INSPECTION_SEAL_PASSPHRASE"):
        keyrings.recover(session, settings, copy, "a passphrase in a safe")

    assert file.read_bytes() == before
    assert [one.name for one in settings.keys_dir.glob("*seal*")] == [file.name]


def test_a_key_that_cannot_be_read_is_no_traceback(
    session: Session, settings: Settings, key: dict[str, str], monkeypatch: Any
) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(keyrings.Path, "read_bytes", refuse)
    with pytest.raises(keyrings.SealKeyError, match="the user of the service must own it"):
        keyrings._read(settings.keys_dir / "seal-s1.json", None)
