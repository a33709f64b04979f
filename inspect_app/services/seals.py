"""Opening what phones sealed: bodies of ops before they are judged, files once they are whole."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.ledger import Op
from inspect_app.models.seals import OpSeal
from inspect_app.rules import seals
from inspect_app.rules.faults import Fault, fault
from inspect_app.rules.ops import ENVELOPE, Blob, SealedOp
from inspect_app.rules.seals import Envelope, Seal, SealedFile, Unopened
from inspect_app.services import keyrings
from inspect_app.services.devices import signed_by
from inspect_app.services.keyrings import SealKey
from inspect_app.services.receipts import decode
from inspect_app.settings import Settings

KEY_BYTES = 32
ROWS_AT_ONCE = 500

Read = Callable[[Mapping[str, Any], bytes], SealedOp]
"""Reads envelope and body of an op, as a push without seals would."""

Keys = Mapping[str, SealKey]


def opened(
    connection: Connection,
    ops: Sequence[SealedOp],
    campaign_id: str,
    device_id: str,
    *,
    read: Read,
    settings: Settings,
    is_carried: bool = False,
) -> tuple[SealedOp, ...]:
    """Return the ops of a push with sealed bodies opened; what does not open says why.

    is_carried : whether somebody else brings them; then only what the phone signed is looked at

    Raises
    ------
    Unavailable : the server's own keys cannot be used now
    """
    if not is_carried and not any(op.seal for op in ops):
        return tuple(ops)
    keys = keyrings.usable(settings)
    jwk = connection.scalars(select(Device.public_key).where(Device.id == device_id)).one()
    return tuple(
        _open(op, campaign_id, device_id, jwk, read=read, keys=keys)
        if op.seal
        else (_refused(op, fault("", "seal-missing")) if is_carried else op)
        for op in ops
    )


def signature_holds(
    jwk: Mapping[str, str],
    campaign_id: str,
    device_id: str,
    op: Envelope,
    files: Sequence[Blob],
    *,
    ct_sha256: str,
    signature: str,
) -> bool:
    """Whether a phone signed an op with all that travels in clear beside it."""
    told = seals.signed_text(campaign_id, device_id, op, files, ct_sha256=ct_sha256)
    return signed_by(jwk, told.encode(), signature)


def faults(session: Session, campaign_id: str) -> Iterator[str]:
    """Seals whose phone did not sign what is stored; for whoever replays the chain."""
    rows = session.execute(
        select(OpSeal, Op, Device.public_key)
        .join(Op, Op.op_id == OpSeal.op_id)
        .join(Device, Device.id == OpSeal.device_id)
        .where(Op.campaign_id == campaign_id)
        .order_by(OpSeal.op_id)
        .execution_options(yield_per=ROWS_AT_ONCE)
    )
    for seal, op, jwk in rows:
        files = [Blob(**file) for file in op.blobs]
        told = {"ct_sha256": seal.ct_sha256, "signature": seal.signature}
        if not signature_holds(jwk, campaign_id, seal.device_id, op, files, **told):
            yield f"问卷 {op.op_id} 封存签名不符 · the phone did not sign op {op.op_id} as stored"


def closed(envelope: Mapping[str, Any], raw: bytes) -> SealedOp:
    """Return an op as it came, closed, from what is kept of it."""
    nothing = dict.fromkeys(("kid", "epk", "iv", "ct"), "")  # destroyed on demand
    told: dict[str, Any] = json.loads(raw) if raw else {"sealed": nothing, "sig": ""}
    return SealedOp(
        **{name: envelope[name] for name in ENVELOPE},
        blobs=tuple(Blob(**file) for file in envelope["blobs"]),
        body=b"",
        content=Unopened(),
        seal=Seal(**told["sealed"], sig=told["sig"]),
    )


def open_file(data: bytes, campaign_id: str, device_id: str, keys: Keys) -> bytes | None:
    """Return the plain bytes of a sealed file, None where it does not open."""
    try:
        parts = SealedFile.parse(data)
        bound = seals.file_data(campaign_id, device_id)
        return _opened(keys[parts.kid], parts.epk, parts.iv, parts.ct, bound)
    except (ValueError, KeyError, InvalidTag):
        return None


def _open(
    op: SealedOp,
    campaign_id: str,
    device_id: str,
    jwk: Mapping[str, str],
    *,
    read: Read,
    keys: Keys,
) -> SealedOp:
    seal = op.seal
    assert seal is not None, "asked for what is sealed"  # nosec B101  # a fact
    if not _is_signed(op, campaign_id, device_id, jwk):
        return _refused(op, fault("/sig", "seal-signature"))
    if seal.kid not in keys:
        return _refused(op, fault("/sealed/kid", "seal-key-unknown", kid=seal.kid))
    try:
        bound = seals.additional_data(campaign_id, device_id, op).encode()
        epk, iv, ct = decode(seal.epk), decode(seal.iv), decode(seal.ct)
        body = _opened(keys[seal.kid], epk, iv, ct, bound)
    except (ValueError, InvalidTag):
        return _refused(op, fault("/sealed/ct", "seal-not-opened"))
    if hashlib.sha256(body).hexdigest() != op.body_sha256:
        return _refused(op, fault("/body_sha256", "seal-hash"))
    return replace(read(op.envelope, body), seal=replace(seal, device_id=device_id))


def _is_signed(op: SealedOp, campaign_id: str, device_id: str, jwk: Mapping[str, str]) -> bool:
    try:
        ct_sha256 = seals.digest(decode(op.seal.ct)) if op.seal else ""
    except ValueError:
        return False
    told = {"ct_sha256": ct_sha256, "signature": op.seal.sig if op.seal else ""}
    return signature_holds(jwk, campaign_id, device_id, op, op.blobs, **told)


def _refused(op: SealedOp, why: Fault) -> SealedOp:
    return replace(op, content=Unopened((why,)))


def _opened(key: SealKey, epk: bytes, iv: bytes, ct: bytes, bound: bytes) -> bytes:
    """Open a ciphertext with a key of the server.

    Raises
    ------
    ValueError : a part is not what it should be
    InvalidTag : torn, changed, or bound to something else
    """
    secret = keyrings.shared_secret(key.private, epk)
    salt, info = epk + key.point, seals.info(key.kid)
    content_key = HKDF(hashes.SHA256(), KEY_BYTES, salt, info).derive(secret)
    return AESGCM(content_key).decrypt(iv, ct, bound)
