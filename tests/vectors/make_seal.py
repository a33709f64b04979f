"""Make seal.json: a sealed op, a sealed file, signed text, codes, by the words of the document.

Written from docs/sealed-format.md alone, with nothing of the code under test. Usage:
`python tests/vectors/make_seal.py` prints the file.
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CAMPAIGN = "6b1f6f0e-3c6e-4f57-9a5c-0f2f6a1f7d10"
DEVICE = "8c1e0000-0000-4000-8000-000000000001"
OP = "0b7c0000-0000-4000-8000-000000000001"
INTERVIEW = "d231e9d0-77e5-50a5-9d32-a1e3739a68f3"
KID = "s1"
PICTURE = b"\xff\xd8\xff\xe0 not much of a picture \xff\xd9"


def number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest(), "big") >> 1


def key(name: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(number(name), ec.SECP256R1())


def point(private: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PublicFormat.UncompressedPoint
    return private.public_key().public_bytes(serialization.Encoding.X962, form)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwk(private: ec.EllipticCurvePrivateKey, *, secret: bool = True) -> dict[str, str]:
    numbers = private.private_numbers()
    public = numbers.public_numbers
    found = {"kty": "EC", "crv": "P-256"}
    found |= {"x": b64(public.x.to_bytes(32, "big")), "y": b64(public.y.to_bytes(32, "big"))}
    return found | ({"d": b64(numbers.private_value.to_bytes(32, "big"))} if secret else {})


def closed(plain: bytes, told: str, *, server: Any, own: Any, iv: bytes) -> tuple[bytes, bytes]:
    """Key and ciphertext."""
    shared = own.exchange(ec.ECDH(), server.public_key())
    salt, info = point(own) + point(server), ("xf-seal/1" + KID).encode()
    secret = HKDF(hashes.SHA256(), 32, salt, info).derive(shared)
    return secret, AESGCM(secret).encrypt(iv, plain, told.encode())


def code(release_key: bytes, purpose: str, counter: int) -> str:
    digest = hmac.digest(release_key, f"xf-code/1\n{purpose}\n{counter}".encode(), "sha256")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**8:08}"


def vectors() -> dict[str, Any]:
    server, device = key("server"), key("device")
    body = '{"salt":"AAECAwQFBgcICQoLDA0ODw","unit_id":"530621100201-0007","note":"长阳"}'
    digest = hashlib.sha256(body.encode()).hexdigest()
    told = "\n".join(("xf-op/1", CAMPAIGN, DEVICE, OP, "contact", digest))
    secret, ct = closed(body.encode(), told, server=server, own=key("op"), iv=bytes(range(12)))
    about_file = "\n".join(("xf-blob/1", CAMPAIGN, DEVICE))
    iv = bytes(range(12, 24))
    _, picture = closed(PICTURE, about_file, server=server, own=key("blob"), iv=iv)
    sealed_file = b"xf-blob/1\n" + bytes([len(KID)]) + KID.encode() + point(key("blob"))
    sealed_file += iv + picture
    op = {
        "op_id": OP,
        "kind": "contact",
        "interview_id": INTERVIEW,
        "base_rev": 0,
        "return_id": None,
        "form_id": None,
        "version": None,
        "captured_at": "2018-07-03T10:41:00.000+08:00",
        "boot_id": "5f0e0000",
        "mono_ms": 5120345,
        "body_sha256": digest,
        "blobs": [
            {
                "sha256": hashlib.sha256(sealed_file).hexdigest(),
                "bytes": len(sealed_file),
                "type": "image/jpeg",
            }
        ],
    }
    facts = ("interview_id", "base_rev", "return_id", "form_id", "version")
    facts += ("captured_at", "boot_id", "mono_ms")
    lines = [told, hashlib.sha256(ct).hexdigest()]
    lines += ["" if op[name] is None else str(op[name]) for name in facts]
    lines += [f"{one['sha256']} {one['bytes']} {one['type']}" for one in op["blobs"]]
    signed = "\n".join(lines)
    r, s = decode_dss_signature(
        device.sign(signed.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    )
    release_key = hashlib.sha256(b"release").digest()
    return {
        "about": "Made from docs/sealed-format.md with fixed keys; never use them elsewhere.",
        "campaign": CAMPAIGN,
        "device_id": DEVICE,
        "kid": KID,
        "server_key": jwk(server),
        "server_p256": b64(point(server)),
        "device_key": jwk(device),
        "op": {
            "body": body,
            "ephemeral_key": jwk(key("op")),
            "additional_data": told,
            "content_key": secret.hex(),
            "signed_text": signed,
            "envelope": {
                **op,
                "sealed": {
                    "kid": KID,
                    "epk": b64(point(key("op"))),
                    "iv": b64(bytes(range(12))),
                    "ct": b64(ct),
                },
                "sig": b64(r.to_bytes(32, "big") + s.to_bytes(32, "big")),
            },
        },
        "file": {
            "plain": b64(PICTURE),
            "plain_sha256": hashlib.sha256(PICTURE).hexdigest(),
            "ephemeral_key": jwk(key("blob")),
            "iv": b64(iv),
            "additional_data": about_file,
            "sealed": b64(sealed_file),
            "sha256": hashlib.sha256(sealed_file).hexdigest(),
        },
        "codes": {
            "release_key": b64(release_key),
            "cases": [
                {
                    "purpose": purpose,
                    "counter": counter,
                    "code": code(release_key, purpose, counter),
                }
                for purpose in ("pin", "roster/530621100201")
                for counter in (0, 1, 2)
            ],
        },
    }


def as_text() -> str:
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    print(as_text(), end="")  # noqa: T201
