"""Phones come in by a one-time code and prove themselves by their key."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.devices import Device, EnrolmentCode, FeedItem, SpentNonce
from inspect_app.models.samples import Assignment, Enumerator
from inspect_app.rules.chain import EventName, LineType, stamp
from inspect_app.rules.errors import (
    DeviceTaken,
    EnrolmentCodeExpired,
    EnrolmentCodeUsed,
    Forbidden,
    Invalid,
    Unauthenticated,
    Unknown,
)
from inspect_app.rules.ops import FEATURES, MIN_PROTOCOL, PROTOCOL
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import feed, ledger, tokens
from inspect_app.services.receipts import decode, encode, key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

SERVICE = "exit-inspection-sync"
CODE_BYTES = 16
CODE_LIFE = timedelta(hours=72)
SAME_PHONE_AGAIN = timedelta(minutes=10)
TOKEN_LIFE = timedelta(hours=24)
NONCE_LIFE = timedelta(seconds=300)
MAC_BYTES = 16
POLICY = {"pin_days": 14, "blobs_on_wifi_only": True}
COORDINATE_BYTES = 32


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
class Code:
    """An enrolment code, told once; `link` opens the phone app with it."""

    code: str
    link: str
    enumerator_id: str
    expires_at: datetime


@dataclass(frozen=True)
class Welcome:
    """What a phone is given when it enrols; `is_new` tells a repeated answer from the first."""

    is_new: bool
    access_token: str
    expires_at: datetime
    campaign: str
    receipt_keys: tuple[dict[str, str], ...]
    seal_keys: tuple[dict[str, str], ...]
    policy: Mapping[str, object]


@dataclass(frozen=True)
class Bearer:
    """A token and how far it reaches."""

    access_token: str
    expires_at: datetime
    scope: str


@dataclass(frozen=True)
class Held:
    """A phone as its supervisor sees it: when it was last heard of and what it still holds."""

    device_id: str
    enumerator_id: str
    enumerator: str
    team: str
    state: str
    last_contact_at: datetime | None
    offset_ms: int | None
    unsent: int
    oldest_unsent: str | None
    free_mb: int | None
    persisted: bool | None


def hello(*, settings: Settings, at: datetime, fresh: bytes) -> Hello:
    """Say who this server is and give out a nonce; nothing is stored.

    The nonce carries its expiry and a MAC, so only spent ones have to be remembered.
    """
    payload = int((at + NONCE_LIFE).timestamp()).to_bytes(8, "big") + fresh
    mac = _nonce_mac(payload, settings)
    return Hello(SERVICE, PROTOCOL, MIN_PROTOCOL, FEATURES, stamp(at), encode(payload + mac))


def create_code(
    session: Session,
    campaign_id: str,
    enumerator_id: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Code:
    """Make a one-time code for an enumerator and commit its hash; the code is kept nowhere.

    Raises
    ------
    Unknown : the campaign has no such enumerator
    Forbidden : a team leader and an enumerator of another team
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER, Role.PLANNER)
    with writing(session):
        enumerator = session.get(Enumerator, enumerator_id)
        if enumerator is None or enumerator.campaign_id != campaign_id:
            raise Unknown("The campaign has no such enumerator.")
        if membership.role is Role.TEAM_LEADER and membership.team != enumerator.team:
            raise Forbidden("A team leader enrols phones of the own team.")
        # The purpose names the phone to come: the enumerator's first, second, …
        phones = session.scalar(select(func.count()).where(Device.enumerator_id == enumerator_id))
        purpose = f"enrolment-code/{campaign_id}/{enumerator_id}/{phones}"
        code = _spell(Entropy(settings.demo_seed).secret_bytes(CODE_BYTES, purpose))
        expires_at = at + CODE_LIFE
        session.merge(
            EnrolmentCode(
                code_hash=_code_hash(code),
                campaign_id=campaign_id,
                enumerator_id=enumerator_id,
                created_at=at,
                created_by=by.actor,
                expires_at=expires_at,
            )
        )
    return Code(code, f"/app/#e={code}", enumerator_id, expires_at)


def enrol(
    session: Session,
    *,
    code: str,
    device_id: str,
    public_key: Mapping[str, str],
    app: str,
    settings: Settings,
    at: datetime,
) -> Welcome:
    """Let a phone in: device, first token and the succession of an older phone, in one commit.

    The same code, device and key again within ten minutes is answered again, for the first
    answer may have been lost.

    Raises
    ------
    Unknown : no such code
    EnrolmentCodeUsed, EnrolmentCodeExpired, DeviceTaken : the code or the id is spent
    Invalid : the key is not a point on P-256
    """
    jwk = {name: public_key[name] for name in ("kty", "crv", "x", "y")}
    _public(jwk)
    with writing(session):
        known = session.get(EnrolmentCode, _code_hash(code))
        if known is None:
            raise Unknown("There is no such enrolment code.")
        if known.used_at is not None:
            device = session.get_one(Device, str(known.device_id))
            same = known.device_id == device_id and device.public_key == jwk
            if not same or at - known.used_at > SAME_PHONE_AGAIN:
                raise EnrolmentCodeUsed()
        else:
            if at >= known.expires_at:
                raise EnrolmentCodeExpired()
            if session.get(Device, device_id) is not None:
                raise DeviceTaken()
            device = _admit(session, known, device_id, jwk, app=app, settings=settings, at=at)
        is_new = known.used_at is None
        known.used_at = known.used_at or at
        known.device_id = device_id
        bearer = _bearer(session, device, f"enrol/{device_id}", settings=settings, at=at)
        campaign_id = known.campaign_id
    key = key_of(settings)
    return Welcome(
        is_new=is_new,
        access_token=bearer.access_token,
        expires_at=bearer.expires_at,
        campaign=campaign_id,
        receipt_keys=({"kid": key.kid, "ed25519": key.public},),
        seal_keys=(),
        policy=POLICY,
    )


def renew(
    session: Session,
    *,
    device_id: str,
    nonce: str,
    signature: str,
    settings: Settings,
    at: datetime,
) -> Bearer:
    """Give a phone that signed a fresh nonce a token for a day; the nonce is spent by it.

    Raises
    ------
    Unauthenticated : unknown device, a nonce not ours, too old or spent, or a wrong signature
    """
    device = session.get(Device, device_id)
    if device is None or not _nonce_holds(nonce, settings, at=at):
        raise Unauthenticated("The nonce is not a fresh one, or the device is unknown.")
    if not signed_by(device.public_key, nonce.encode(), signature):
        raise Unauthenticated("The signature does not hold under the device's key.")
    spent = hashlib.sha256(nonce.encode()).digest()
    try:
        with writing(session):
            session.execute(delete(SpentNonce).where(SpentNonce.expires_at < at - NONCE_LIFE))
            session.execute(
                insert(SpentNonce),
                {"device_id": device_id, "nonce_hash": spent, "expires_at": at + NONCE_LIFE},
            )
            device = session.get_one(Device, device_id)
            return _bearer(session, device, f"token/{device_id}/{nonce}", settings=settings, at=at)
    except IntegrityError as error:
        raise Unauthenticated("The nonce was used before.") from error


def listed(session: Session, campaign_id: str, *, by: Caller) -> list[Held]:
    """Return a campaign's phones and what each still holds; a team leader sees the own team."""
    membership = by.require(campaign_id, Role.TEAM_LEADER, Role.PLANNER, Role.COMMISSIONER)
    query = (
        select(Device, Enumerator)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(Device.campaign_id == campaign_id)
        .order_by(Device.id)
    )
    if membership.role is Role.TEAM_LEADER:
        query = query.where(Enumerator.team == membership.team)
    return [
        Held(
            device_id=device.id,
            enumerator_id=enumerator.id,
            enumerator=enumerator.name,
            team=enumerator.team,
            state=device.state,
            last_contact_at=device.last_contact_at,
            offset_ms=device.offset_ms,
            unsent=len(device.unsent),
            oldest_unsent=min((item["captured_at"] for item in device.unsent), default=None),
            free_mb=device.free_mb,
            persisted=device.persisted,
        )
        for device, enumerator in session.execute(query)
    ]


def signed_by(jwk: Mapping[str, str], message: bytes, signature: str) -> bool:
    """Whether a browser's P-256 signature (r and s side by side, base64url) holds."""
    try:
        der = der_signature(decode(signature))
        _public(jwk).verify(der, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def der_signature(raw: bytes) -> bytes:
    """Turn the 64 bytes that browsers write (r, then s) into DER; ValueError for another length."""
    if len(raw) != 2 * COORDINATE_BYTES:
        raise ValueError("a P-256 signature has 64 bytes")
    r, s = raw[:COORDINATE_BYTES], raw[COORDINATE_BYTES:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))


def _admit(
    session: Session,
    code: EnrolmentCode,
    device_id: str,
    jwk: dict[str, str],
    *,
    app: str,
    settings: Settings,
    at: datetime,
) -> Device:
    """Store the new phone and let it take over what the enumerator's older one was given."""
    older = session.scalars(
        select(Device)
        .where(
            Device.enumerator_id == code.enumerator_id,
            Device.state != DeviceState.SUPERSEDED.value,
        )
        .order_by(Device.enrolled_at, Device.id)
    ).all()
    device = Device(
        id=device_id,
        campaign_id=code.campaign_id,
        enumerator_id=code.enumerator_id,
        public_key=jwk,
        state=DeviceState.ACTIVE.value,
        app=app,
        enrolled_at=at,
        unsent=[],
    )
    session.add(device)
    session.flush()
    for old in older:
        _succeed(session, old, device, settings=settings, at=at)
    return device


def _succeed(
    session: Session, old: Device, new: Device, *, settings: Settings, at: datetime
) -> None:
    """Supersede a phone: its villages and its feed go over, what it still holds is an alarm."""
    old.state = DeviceState.SUPERSEDED.value
    session.execute(
        update(Assignment).where(Assignment.device_id == old.id).values(device_id=new.id)
    )
    items = session.scalars(
        select(FeedItem).where(FeedItem.device_id == old.id).order_by(FeedItem.seq)
    )
    feed.append(session, new.id, [{"type": item.type, **item.payload} for item in items])
    if old.unsent:
        alarms = [
            ledger.Draft(
                LineType.EVENT,
                EventName.ENROLLED_WITH_UNSENT.value,
                op_id=item["op_id"],
                body_sha256=item["body_sha256"],
                device_id=old.id,
            )
            for item in old.unsent
        ]
        ledger.append(session, old.campaign_id, alarms, key=key_of(settings), at=at)


def _bearer(
    session: Session, device: Device, purpose: str, *, settings: Settings, at: datetime
) -> Bearer:
    scope = "full" if device.state == DeviceState.ACTIVE.value else "push"
    expires_at = at + TOKEN_LIFE
    secret = Entropy(settings.demo_seed).secret_bytes(tokens.SECRET_BYTES, purpose)
    text = tokens.issue(
        session, device_id=device.id, scope=scope, secret=secret, expires_at=expires_at
    )
    return Bearer(text, expires_at, scope)


def _spell(secret: bytes) -> str:
    """Write a code in groups that can be read out: letters and digits without 0, 1, 8, 9."""
    plain = base64.b32encode(secret).decode().rstrip("=")
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def _code_hash(code: str) -> bytes:
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(f"xf-enrol/1\n{plain}".encode()).digest()


def _public(jwk: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
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
