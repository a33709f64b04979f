"""Phones prove themselves by their key: hello, nonces, signatures, tokens."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.accounts import Token
from inspect_app.models.devices import Device, SpentNonce
from inspect_app.rules import ops
from inspect_app.rules.chain import stamp
from inspect_app.rules.errors import Invalid, ProtocolTooOld, Unauthenticated
from inspect_app.rules.states import DeviceState
from inspect_app.services import keyrings, rates, tokens
from inspect_app.services.receipts import decode, encode, key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

SERVICE = "exit-inspection-sync"
TOKEN_LIFE = timedelta(hours=24)
NONCE_LIFE = timedelta(seconds=300)
MAC_BYTES = 16
COORDINATE_BYTES = 32
PROTOCOL_DIGITS = 4


@dataclass(frozen=True)
class Hello:
    """The server's marker: anything else that answers is not this server."""

    service: str
    protocol: int
    min_protocol: int
    features: tuple[str, ...]
    server_time: str
    nonce: str


@dataclass(frozen=True)
class Bearer:
    """A token and how far it reaches, with the keys to seal to from now on."""

    access_token: str
    expires_at: datetime
    scope: str
    seal_keys: tuple[dict[str, str], ...] = ()


def hello(*, settings: Settings, at: datetime, fresh: bytes) -> Hello:
    """Say who this server is and give out a nonce; nothing is stored.

    The nonce carries its expiry and a MAC, so only spent ones have to be remembered.
    """
    payload = int((at + NONCE_LIFE).timestamp()).to_bytes(8, "big") + fresh
    mac = _nonce_mac(payload, settings)
    return Hello(
        SERVICE, ops.PROTOCOL, ops.MIN_PROTOCOL, ops.FEATURES, stamp(at), encode(payload + mac)
    )


def require_protocol(stated: str | None) -> None:
    """Refuse to give work to a client that is too old; one that states nothing speaks the first.

    Raises
    ------
    ProtocolTooOld : below the least that this server gives work to
    Invalid : not a number
    """
    text = "1" if stated is None else stated.strip()
    if not text.isascii() or not text.isdigit() or len(text) > PROTOCOL_DIGITS:
        raise Invalid("X-Sync-Protocol takes a whole number.")
    if int(text) < ops.MIN_PROTOCOL:
        raise ProtocolTooOld(min_protocol=ops.MIN_PROTOCOL)


def renew(
    session: Session,
    *,
    device_id: str,
    nonce: str,
    signature: str,
    stranger: str,
    settings: Settings,
    at: datetime,
) -> Bearer:
    """Give a phone that signed a fresh nonce a token for a day; the nonce is spent by it.

    stranger : who asks, as `rates.stranger` names the address; wrong tries are counted by it

    Raises
    ------
    Unauthenticated : unknown device, a nonce not ours, too old or spent, or a wrong signature
    TooManyRequests : too many tokens for this phone, or wrong tries from there, in this minute
    """
    limits = settings.limits
    # Whoever holds the key is let in, however many strangers guess from the same address.
    device = session.get(Device, device_id)
    try:
        if device is None or not _nonce_holds(nonce, settings, at=at):
            raise Unauthenticated("The nonce is not a fresh one, or the device is unknown.")
        if not signed_by(device.public_key, nonce.encode(), signature):
            raise Unauthenticated("The signature does not hold under the device's key.")
    except Unauthenticated:
        rates.spend(session, stranger, rates.GUESS, limit=limits.guesses_per_minute, at=at)
        raise
    spent = hashlib.sha256(decode(nonce)).digest()  # one nonce can be written in several ways
    try:
        with writing(session, device.campaign_id):
            rates.note(session, device_id, rates.TOKEN, limit=limits.tokens_per_minute, at=at)
            session.execute(delete(SpentNonce).where(SpentNonce.expires_at < at - NONCE_LIFE))
            session.execute(
                insert(SpentNonce),
                {"device_id": device_id, "nonce_hash": spent, "expires_at": at + NONCE_LIFE},
            )
            device = session.get_one(Device, device_id)
            return bearer(session, device, f"token/{device_id}/{nonce}", settings=settings, at=at)
    except IntegrityError as error:
        raise Unauthenticated("The nonce was used before.") from error


def bearer(
    session: Session, device: Device, purpose: str, *, settings: Settings, at: datetime
) -> Bearer:
    """Give a phone a token for a day, in the caller's transaction; its scope follows the state."""
    expires_at = at + TOKEN_LIFE
    secret = Entropy(settings.demo_seed).secret_bytes(tokens.SECRET_BYTES, purpose)
    scope = scope_of(device)
    text = tokens.issue(
        session, device_id=device.id, scope=scope, secret=secret, expires_at=expires_at
    )
    return Bearer(text, expires_at, scope, keyrings.offered(session, settings))


def scope_of(device: Device) -> str:
    """How far a phone's tokens reach: one that is not active may only send."""
    return "full" if device.state == DeviceState.ACTIVE.value else "push"


def rescope(session: Session, device: Device) -> None:
    """Let the tokens that a phone has follow its state at once, in the caller's transaction."""
    session.execute(
        update(Token)
        .where(Token.device_id == device.id)
        .values(scope=scope_of(device))
        .execution_options(synchronize_session=False)
    )


def signed_by(jwk: Mapping[str, str], message: bytes, signature: str) -> bool:
    """Whether a browser's P-256 signature (r and s side by side, base64url) holds."""
    try:
        der = der_signature(decode(signature))
        public_of(jwk).verify(der, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def der_signature(raw: bytes) -> bytes:
    """Turn the 64 bytes that browsers write (r, then s) into DER; ValueError for another length."""
    if len(raw) != 2 * COORDINATE_BYTES:
        raise ValueError("a P-256 signature has 64 bytes")
    r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def public_of(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
    """Read a P-256 key as browsers export it; Invalid for anything else."""
    try:
        x, y = decode(jwk["x"]), decode(jwk["y"])
        if (jwk["kty"], jwk["crv"]) != ("EC", "P-256") or {len(x), len(y)} != {COORDINATE_BYTES}:
            raise ValueError
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1()
        )
        return numbers.public_key()
    except ValueError as error:
        raise Invalid("The public key is not a point on P-256.") from error


def _nonce_mac(payload: bytes, settings: Settings) -> bytes:
    return hmac.digest(key_of(settings).nonce_key, payload, hashlib.sha256)[:MAC_BYTES]


def _nonce_holds(nonce: str, settings: Settings, *, at: datetime) -> bool:
    try:
        raw = decode(nonce)
    except ValueError:
        return False
    payload, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not hmac.compare_digest(mac, _nonce_mac(payload, settings)):
        return False
    return at.timestamp() <= int.from_bytes(payload[:8], "big")
