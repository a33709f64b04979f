"""How a phone comes in: by a one-time code, and in the place of its enumerator's older one."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device, EnrolmentCode, FeedItem
from inspect_app.models.interviews import Return, Revisit
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import EventName, LineType
from inspect_app.rules.errors import (
    DeviceTaken,
    EnrolmentCodeExpired,
    EnrolmentCodeRevoked,
    EnrolmentCodeUsed,
    Unknown,
)
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import (
    accounts,
    blobs,
    campaigns,
    devices,
    errands,
    feed,
    ledger,
    rates,
    spoken_codes,
    steps,
)
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings

CODE_BYTES = 16
CODE_LIFE = timedelta(hours=72)
CODE_NAME = 16
SAME_PHONE_AGAIN = timedelta(minutes=10)
POLICY = {"pin_days": 14, "blobs_on_wifi_only": True}


@dataclass(frozen=True)
class Code:
    """An enrolment code, told once; `link` opens the phone app with it.

    code_id : names the code without giving it away, to take it back
    """

    code: str
    code_id: str
    link: str
    enumerator_id: str
    expires_at: datetime


@dataclass(frozen=True)
class IssuedCode:
    """What is known of a code that was given out: open, used, expired or revoked."""

    code_id: str
    enumerator_id: str
    state: str
    created_at: datetime
    expires_at: datetime
    device_id: str | None


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

    Only the leader of the enumerator's team lets phones in: whoever plans and assigns does not.

    Raises
    ------
    Unknown : the caller's team has no such enumerator
    StepTaken : the campaign is closed, and a new phone would hold nothing to send
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        enumerator = session.get(Enumerator, enumerator_id)
        if (
            enumerator is None
            or enumerator.campaign_id != campaign_id
            or enumerator.team != membership.team
        ):
            raise Unknown("The team has no such enumerator.")
        # The purpose names the phone to come: the enumerator's first, second, …
        purpose = f"enrolment-code/{campaign_id}/{enumerator_id}/{_turn(session, enumerator_id)}"
        code = _spell(Entropy(settings.demo_seed).secret_bytes(CODE_BYTES, purpose))
        digest = _code_hash(code)
        expires_at = at + CODE_LIFE
        session.merge(
            EnrolmentCode(
                code_hash=digest,
                campaign_id=campaign_id,
                enumerator_id=enumerator_id,
                created_at=at,
                created_by=by.actor,
                expires_at=expires_at,
            )
        )
    return Code(code, _name(digest), f"/app/#e={code}", enumerator_id, expires_at)


def codes(session: Session, campaign_id: str, *, by: Caller, at: datetime) -> list[IssuedCode]:
    """List the codes given out in the own team, newest first; the codes themselves are nowhere."""
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    rows = _codes_of(session, campaign_id, membership.team)
    return [_issued(row, at) for row in rows]


def revoke_code(
    session: Session, campaign_id: str, code_id: str, *, by: Caller, at: datetime
) -> IssuedCode:
    """Take a code back before a phone has used it, committed; again is harmless.

    Raises
    ------
    Unknown : the team gave out no such code
    EnrolmentCodeUsed : a phone came in by it; it can be locked instead
    """
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    with writing(session, campaign_id):
        rows = _codes_of(session, campaign_id, membership.team)
        code = next((row for row in rows if _name(row.code_hash) == code_id), None)
        if code is None:
            raise Unknown("The team gave out no such code.")
        if code.used_at is not None:
            raise EnrolmentCodeUsed("A phone came in by this code; lock the phone instead.")
        if code.revoked_at is None:
            code.revoked_at, code.revoked_by = at, by.actor
        return _issued(code, at)


def enrol(
    session: Session,
    *,
    code: str,
    device_id: str,
    public_key: Mapping[str, str],
    app: str,
    stranger: str,
    settings: Settings,
    at: datetime,
) -> Welcome:
    """Let a phone in: device, first token and the succession of an older phone, in one commit.

    The same code, device and key again within ten minutes is answered again, for the first
    answer may have been lost. Of two phones with one code the first to commit is let in.

    stranger : who asks, as `rates.stranger` names the address; wrong codes are counted by it

    Raises
    ------
    Unknown : no such code
    EnrolmentCodeUsed, EnrolmentCodeExpired, EnrolmentCodeRevoked : the code is spent, or its leader
        is none any more
    DeviceTaken : another enrolment has this device id
    StepTaken : the campaign is closed
    Invalid : the key is not a point on P-256
    TooManyRequests : too many wrong codes from there in this minute
    """
    jwk = {name: public_key[name] for name in ("kty", "crv", "x", "y")}
    devices.public_of(jwk)
    guesses = settings.limits.guesses_per_minute
    digest = _code_hash(code)
    found = session.get(EnrolmentCode, digest)
    if found is None or not hmac.compare_digest(found.code_hash, digest):
        rates.spend(session, stranger, rates.GUESS, limit=guesses, at=at)
        raise Unknown("There is no such enrolment code.")
    campaign_id = found.campaign_id
    try:
        with writing(session, campaign_id):
            known = session.get_one(EnrolmentCode, digest, with_for_update=True)
            if known.used_at is not None:
                device = session.get_one(Device, str(known.device_id))
                same = known.device_id == device_id and device.public_key == jwk
                if not same or at - known.used_at > SAME_PHONE_AGAIN:
                    raise EnrolmentCodeUsed()
            else:
                given_out = accounts.holds_a_part(session, known.created_by, campaign_id)
                if known.revoked_at is not None or not given_out:
                    raise EnrolmentCodeRevoked()
                steps.refuse_after(session, campaign_id, Step.CLOSED)
                if at >= known.expires_at:
                    raise EnrolmentCodeExpired()
                if session.get(Device, device_id) is not None:
                    raise DeviceTaken()
                device = _admit(session, known, device_id, jwk, app=app, settings=settings, at=at)
            is_new = known.used_at is None
            known.used_at = known.used_at or at
            known.device_id = device_id
            campaign = session.get_one(Campaign, campaign_id)
            book, round_kind = campaigns.rulebook(campaign), campaign.round_kind
            is_simulated = campaign.simulated
            bearer = devices.bearer(session, device, f"enrol/{device_id}", settings=settings, at=at)
    except IntegrityError as error:  # the same id in another campaign, at the same moment
        raise DeviceTaken() from error
    key = key_of(settings)
    return Welcome(
        is_new=is_new,
        access_token=bearer.access_token,
        expires_at=bearer.expires_at,
        campaign=campaign_id,
        receipt_keys=({"kid": key.kid, "ed25519": key.public},),
        seal_keys=bearer.seal_keys,
        policy={
            **POLICY,
            "max_visits": book.max_visits,
            "round_kind": round_kind,
            "simulated": is_simulated,
            "release_key": spoken_codes.shared(device_id, settings),
        },
    )


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
            Device.superseded_by.is_(None),
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
    """Supersede a phone: its villages, returns and feed go over; what it still holds is an alarm.

    A wiped phone stays wiped. The old one is told to forget the households at its next pull, and
    its tokens are good for sending only from this commit on.
    """
    if old.state != DeviceState.WIPED.value:
        old.state = DeviceState.SUPERSEDED.value
    old.superseded_by = new.id
    devices.rescope(session, old)
    items = session.scalars(
        select(FeedItem).where(FeedItem.device_id == old.id).order_by(FeedItem.seq)
    ).all()
    feed.append(session, old.id, _revokes(session, old, items))
    handed = _handed(session, old, items)
    for model in (Assignment, Return, Revisit):
        session.execute(update(model).where(model.device_id == old.id).values(device_id=new.id))
    feed.append(session, new.id, handed)
    alarms = [
        ledger.Draft(
            LineType.EVENT,
            EventName.ENROLLED_WITH_UNSENT.value,
            op_id=item["op_id"],
            body_sha256=item["body_sha256"],
            device_id=old.id,
        )
        for item in blobs.outstanding(session, old.unsent)
    ]
    ledger.append(session, old.campaign_id, alarms, key=key_of(settings), at=at)


def _handed(session: Session, old: Device, items: Sequence[FeedItem]) -> list[dict[str, Any]]:
    """What the new phone is told: the feed of the old one, with draws that were made as households.

    A village whose list has arrived is not listed again: its households are known here.
    """
    drawn = session.scalars(
        select(SampleHousehold)
        .join(
            Assignment,
            (Assignment.campaign_id == SampleHousehold.campaign_id)
            & (Assignment.village_code == SampleHousehold.psu),
        )
        .where(Assignment.device_id == old.id, SampleHousehold.household_class == "N")
        .order_by(SampleHousehold.psu, SampleHousehold.order)
    ).all()
    listed = {one.psu for one in drawn}
    campaign = session.get_one(Campaign, old.campaign_id)
    form = (campaign.form_id, campaign.form_version)
    occasions = {
        adcode: errands.occasion(session, campaign.id, adcode)
        for adcode in {one.county_adcode for one in drawn}
    }
    return [
        *(
            {"type": item.type, **item.payload}
            for item in items
            if item.type != "roster_draw" or item.payload["village_code"] not in listed
        ),
        *(errands.assign_item(one, form, occasions[one.county_adcode]) for one in drawn),
    ]


def _revokes(session: Session, old: Device, items: Sequence[FeedItem]) -> list[dict[str, str]]:
    """One `revoke` for each household that the phone was given or drew itself."""
    given = {
        item.payload["unit_id"]: {
            key: str(item.payload[key]) for key in ("interview_id", "unit_id", "village_code")
        }
        for item in items
        if item.type == "assign"
    }
    drawn = session.execute(
        select(SampleHousehold.interview_id, SampleHousehold.unit_id, SampleHousehold.psu)
        .join(
            Assignment,
            (Assignment.campaign_id == SampleHousehold.campaign_id)
            & (Assignment.village_code == SampleHousehold.psu),
        )
        .where(Assignment.device_id == old.id)
    )
    for interview_id, unit_id, village_code in drawn:
        given[unit_id] = {
            "interview_id": interview_id,
            "unit_id": unit_id,
            "village_code": village_code,
        }
    return [{"type": "revoke", **given[unit_id]} for unit_id in sorted(given)]


def _turn(session: Session, enumerator_id: str) -> str:
    phones = session.scalar(select(func.count()).where(Device.enumerator_id == enumerator_id))
    revoked = session.scalar(
        select(func.count()).where(
            EnrolmentCode.enumerator_id == enumerator_id, EnrolmentCode.revoked_at.is_not(None)
        )
    )
    return f"{phones}.{revoked}" if revoked else f"{phones}"


def _codes_of(session: Session, campaign_id: str, team: str | None) -> list[EnrolmentCode]:
    return list(
        session.scalars(
            select(EnrolmentCode)
            .join(Enumerator, Enumerator.id == EnrolmentCode.enumerator_id)
            .where(EnrolmentCode.campaign_id == campaign_id, Enumerator.team == team)
            .order_by(EnrolmentCode.created_at.desc(), EnrolmentCode.code_hash)
        )
    )


def _issued(code: EnrolmentCode, at: datetime) -> IssuedCode:
    state = "open"
    if code.used_at is not None:
        state = "used"
    elif code.revoked_at is not None:
        state = "revoked"
    elif at >= code.expires_at:
        state = "expired"
    return IssuedCode(
        _name(code.code_hash),
        code.enumerator_id,
        state,
        code.created_at,
        code.expires_at,
        code.device_id,
    )


def _name(digest: bytes) -> str:
    """Name a code by the beginning of the hash of its hash."""
    return hashlib.sha256(digest).hexdigest()[:CODE_NAME]


def _spell(secret: bytes) -> str:
    """Write a code in groups that can be read out: letters and digits without 0, 1, 8, 9."""
    plain = base64.b32encode(secret).decode().rstrip("=")
    return "-".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def _code_hash(code: str) -> bytes:
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(f"xf-enrol/1\n{plain}".encode()).digest()
