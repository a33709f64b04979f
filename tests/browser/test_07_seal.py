"""7. What is sealed in JavaScript opens in Python; a wrong key says `bad_seal`, and it stays."""

import base64
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "seal.json").read_text("utf-8"))

SEAL = """async (told) => {
    const folder = document.querySelector("script[type=module]").src.replace(/[^/]*$/, "");
    const seal = await import(folder + "seal.js");
    const { fromBase64url, base64url } = seal;
    const ecdh = {name: "ECDH", namedCurve: "P-256"};
    const pair = async (jwk) => ({
        privateKey: await crypto.subtle.importKey("jwk", jwk, ecdh, false, ["deriveBits"]),
        publicKey: await crypto.subtle.importKey(
            "jwk", {...jwk, d: undefined}, ecdh, true, []),
    });
    const key = await crypto.subtle.importKey(
        "jwk", told.device_key, {name: "ECDSA", namedCurve: "P-256"}, false, ["sign"]);
    const who = {campaign: told.campaign, device_id: told.device_id, key};
    const server = {kid: told.kid, p256: told.server_p256};
    const {sealed, sig, ...envelope} = told.op.envelope;
    const op = {...envelope, body: told.op.body};
    const plain = fromBase64url(told.file.plain);
    const fixedOp = {
        pair: await pair(told.op.ephemeral_key), iv: fromBase64url(sealed.iv),
    };
    const fixedFile = {
        pair: await pair(told.file.ephemeral_key), iv: fromBase64url(told.file.iv),
    };
    return {
        fixed: await seal.sealOp(op, who, server, fixedOp),
        free: await seal.sealOp(op, who, server),
        file: base64url(await seal.sealFile(plain, who, server, fixedFile)),
        free_file: base64url(await seal.sealFile(plain, who, server)),
        codes: await Promise.all(told.codes.cases.map((one) =>
            seal.spokenCode(told.codes.release_key, one.purpose, one.counter))),
    };
}"""


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(jwk: dict[str, str]) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(jwk["d"]), "big"), ec.SECP256R1())


def opened(epk: bytes, iv: bytes, ct: bytes, told: str, *, kid: str = "s1") -> bytes:
    """Open with the server's key, by the words of the document."""
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), epk)
    shared = private(VECTORS["server_key"]).exchange(ec.ECDH(), point)
    salt = epk + raw(VECTORS["server_p256"])
    key = HKDF(hashes.SHA256(), 32, salt, f"xf-seal/1{kid}".encode()).derive(shared)
    return AESGCM(key).decrypt(iv, ct, told.encode())


def test_javascript_seals_what_python_opens(an_inspector: Any, outpost: Any) -> None:
    page = an_inspector(enrolled=False).page
    page.goto(f"{outpost.url}/app/")

    found = page.evaluate(SEAL, VECTORS)

    op, free = VECTORS["op"], found["free"]
    assert found["fixed"]["sealed"] == op["envelope"]["sealed"]
    assert found["file"] == VECTORS["file"]["sealed"]
    assert found["codes"] == [one["code"] for one in VECTORS["codes"]["cases"]]
    assert "body" not in free
    sealed = {name: raw(free["sealed"][name]) for name in ("epk", "iv", "ct")}
    assert sealed["epk"] != raw(op["envelope"]["sealed"]["epk"])
    assert opened(**sealed, told=op["additional_data"]) == op["body"].encode()
    for wrong in ({"kid": "s2"}, {"told": op["additional_data"] + "x"}):
        try:
            opened(**{**sealed, "told": op["additional_data"], **wrong})
        except InvalidTag:
            continue
        raise AssertionError(f"opened with {wrong}")
    head = len(b"xf-blob/1\n") + 1 + len("s1")
    file = raw(found["free_file"])
    parts = file[head : head + 65], file[head + 65 : head + 77], file[head + 77 :]
    assert opened(*parts, VECTORS["file"]["additional_data"]) == raw(VECTORS["file"]["plain"])

    number = raw(found["fixed"]["sig"])
    der = encode_dss_signature(
        int.from_bytes(number[:32], "big"), int.from_bytes(number[32:], "big")
    )
    device = private(VECTORS["device_key"]).public_key()
    device.verify(der, op["signed_text"].encode(), ec.ECDSA(hashes.SHA256()))  # raises if not


def test_an_op_sealed_to_a_key_that_is_not_here_stays_on_the_phone(
    inspector: Any, outpost: Any
) -> None:
    stranger = {"kid": "s9", "p256": VECTORS["server_p256"]}
    inspector.page.evaluate("(key) => { xf.phone.welcome.seal_keys = [key]; }", stranger)
    inspector.record(inspector.tasks()[0], "absent")

    inspector.settle()

    (op,) = inspector.ops()
    assert op["status"] == "bad_seal"
    assert op["envelope"]["sealed"]["kid"] == "s9"
    assert outpost.ops(inspector.device_id) == []
    assert len(outpost.rows("SELECT 1 FROM ledger WHERE op_id = :o", o=op["op_id"])) == 1
    inspector.go("#/outbox")
    assert "联系组长" in inspector.page.locator("main").inner_text()
