"""How a phone seals, written from docs/sealed-format.md alone: ops, files, and what is carried."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from inspect_app.demo.identity import base64url
from inspect_app.demo.outbox import KeptFile, Sealed
from inspect_app.demo.phone import Phone
from inspect_app.services.receipts import decode

FACTS = ("interview_id", "base_rev", "return_id", "form_id", "version")
FACTS += ("captured_at", "boot_id", "mono_ms")


def _close(plain: bytes, bound: str, key: Mapping[str, str]) -> tuple[bytes, bytes, bytes]:
    """Return epk, iv and ciphertext."""
    server = decode(key["p256"])
    own = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PublicFormat.UncompressedPoint
    epk = own.public_key().public_bytes(serialization.Encoding.X962, form)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server)
    shared, info = own.exchange(ec.ECDH(), public), f"xf-seal/1{key['kid']}".encode()
    secret = HKDF(hashes.SHA256(), 32, epk + server, info).derive(shared)
    iv = os.urandom(12)
    return epk, iv, AESGCM(secret).encrypt(iv, plain, bound.encode())


def closed_file(phone: Phone, plain: bytes, key: Mapping[str, str]) -> bytes:
    """A sealed photo."""
    bound = "\n".join(("xf-blob/1", phone.campaign_id, phone.device_id))
    epk, iv, ct = _close(plain, bound, key)
    kid = key["kid"].encode()
    return b"xf-blob/1\n" + bytes([len(kid)]) + kid + epk + iv + ct


def closed_op(
    phone: Phone, op: Mapping[str, Any], key: Mapping[str, str], *, body: bytes | None = None
) -> dict[str, Any]:
    """An op with its body sealed, and signed by the phone.

    body : what is sealed in place of what was hashed
    """
    told = {name: value for name, value in op.items() if name != "body"}
    lines = ["xf-op/1", phone.campaign_id, phone.device_id, op["op_id"], op["kind"]]
    lines.append(op["body_sha256"])
    plain = op["body"].encode() if body is None else body
    epk, iv, ct = _close(plain, "\n".join(lines), key)
    lines.append(hashlib.sha256(ct).hexdigest())
    lines += ["" if op.get(name) is None else str(op[name]) for name in FACTS]
    lines += [f"{one['sha256']} {one['bytes']} {one['type']}" for one in op.get("blobs", ())]
    sealed = {"kid": key["kid"], "epk": base64url(epk), "iv": base64url(iv), "ct": base64url(ct)}
    return {**told, "sealed": sealed, "sig": phone.sign("\n".join(lines))}


def close(phone: Phone, sealed: Sealed, key: Mapping[str, str], *photos: bytes) -> Sealed:
    """Let a phone hold an op sealed, with these photos, which its answers name plain."""
    files = []
    for photo in photos:
        data = closed_file(phone, photo, key)
        sha256 = hashlib.sha256(data).hexdigest()
        phone.files[sha256] = KeptFile("image/jpeg", data)
        files.append({"sha256": sha256, "bytes": len(data), "type": "image/jpeg"})
    sealed.op = closed_op(phone, {**sealed.op, "blobs": files}, key)
    return sealed


def an_archive(
    phone: Phone, ops: Iterable[Sealed], *, leave_out: Iterable[str] = (), **changes: bytes
) -> bytes:
    """What a phone hands to whoever goes to where there is a network; entries may be changed."""
    ops = list(ops)
    unsent = phone.envelope([])["manifest"]
    manifest = {
        "format": "xfz/1",
        "campaign": phone.campaign_id,
        "device_id": phone.device_id,
        "app": "test/1",
        "made_at": phone.envelope([])["device_now"],
        **unsent,
    }
    lines = [
        json.dumps({**phone.envelope(ops[i : i + 20]), "device_id": phone.device_id})
        for i in range(0, len(ops), 20)
    ]
    entries = {
        "manifest.json": json.dumps(manifest).encode(),
        "ops.ndjson": "".join(f"{line}\n" for line in lines).encode(),
        **{f"blobs/{sha256}": kept.data for sha256, kept in phone.files.items()},
    }
    entries |= {name.replace("__", "/").replace("_", "."): data for name, data in changes.items()}
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            if name not in leave_out:
                archive.writestr(name, data)
    return out.getvalue()
