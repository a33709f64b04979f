"""What the server opens is what the shared vectors seal, byte for byte."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inspect_app.rules import seals as texts
from inspect_app.rules.ops import SealedOp
from inspect_app.rules.seals import SealedFile
from inspect_app.schemas.sync import PushSchema, reread
from inspect_app.services import seals
from inspect_app.services.keyrings import SealKey
from inspect_app.services.receipts import decode

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "seal.json").read_text("utf-8"))
CAMPAIGN, DEVICE = VECTORS["campaign"], VECTORS["device_id"]


@pytest.fixture
def keys() -> dict[str, SealKey]:
    number = int.from_bytes(decode(VECTORS["server_key"]["d"]), "big")
    private = ec.derive_private_key(number, ec.SECP256R1())
    return {VECTORS["kid"]: SealKey(VECTORS["kid"], private, "2018-07-01T00:00:00+00:00")}


@pytest.fixture
def op() -> SealedOp:
    push = {
        "device_now": "2018-07-03T19:02:11.250+08:00",
        "boot_id": "5f0e0000",
        "mono_ms": 1,
        "app": "1",
        "ops": [VECTORS["op"]["envelope"]],
    }
    (found,) = PushSchema().load(push).ops
    return found


def opened(op: SealedOp, keys: dict[str, SealKey], **changes: Any) -> SealedOp:
    told: dict[str, Any] = {"campaign_id": CAMPAIGN, "device_id": DEVICE, **changes}
    return seals._open(op, **told, jwk=VECTORS["device_key"], read=reread, keys=keys)


def test_the_public_half_is_the_one_that_phones_get(keys: dict[str, SealKey]) -> None:
    assert keys[VECTORS["kid"]].p256 == VECTORS["server_p256"]


def test_the_texts_are_those_of_the_vectors(op: SealedOp) -> None:
    assert op.seal is not None
    ct_sha256 = hashlib.sha256(decode(op.seal.ct)).hexdigest()

    assert texts.additional_data(CAMPAIGN, DEVICE, op) == VECTORS["op"]["additional_data"]
    signed = texts.signed_text(CAMPAIGN, DEVICE, op, op.blobs, ct_sha256=ct_sha256)
    assert signed == VECTORS["op"]["signed_text"]
    assert texts.file_data(CAMPAIGN, DEVICE).decode() == VECTORS["file"]["additional_data"]


def test_a_sealed_op_opens_to_the_body_that_was_hashed(
    op: SealedOp, keys: dict[str, SealKey]
) -> None:
    found = opened(op, keys)

    assert found.body.decode() == VECTORS["op"]["body"]
    assert found.is_intact
    assert found.seal is not None
    assert found.seal.device_id == DEVICE
    assert found.blobs == op.blobs


@pytest.mark.parametrize("where", [{"campaign_id": DEVICE}, {"device_id": CAMPAIGN}])
def test_a_seal_holds_for_one_phone_in_one_campaign(
    op: SealedOp, keys: dict[str, SealKey], where: dict[str, str]
) -> None:
    (why,) = opened(op, keys, **where).faults

    assert why.code == "seal-signature"


def test_a_key_that_is_not_here_is_named(op: SealedOp) -> None:
    (why,) = opened(op, {}).faults

    assert (why.pointer, why.code) == ("/sealed/kid", "seal-key-unknown")
    assert "s1" in why.detail


def test_a_sealed_file_opens(keys: dict[str, SealKey]) -> None:
    data = decode(VECTORS["file"]["sealed"])

    plain = seals.open_file(data, CAMPAIGN, DEVICE, keys)

    assert plain == decode(VECTORS["file"]["plain"])
    assert hashlib.sha256(data).hexdigest() == VECTORS["file"]["sha256"]
    assert seals.open_file(data, CAMPAIGN, CAMPAIGN, keys) is None
    assert seals.open_file(data, CAMPAIGN, DEVICE, {}) is None


def test_no_bit_of_a_sealed_file_may_change(keys: dict[str, SealKey]) -> None:
    data = decode(VECTORS["file"]["sealed"])
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        assert seals.open_file(bytes(changed), CAMPAIGN, DEVICE, keys) is None, place


@pytest.mark.parametrize("length", [0, 5, 10, 11, 12, 60, 80, 100])
def test_a_torn_file_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="sealed file"):
        SealedFile.parse(decode(VECTORS["file"]["sealed"])[:length])
