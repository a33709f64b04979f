"""Shapes of hello, enrolment and device tokens."""

import re
from typing import Any

import marshmallow as ma

from inspect_app.rules.states import DeviceState
from inspect_app.schemas.accounts import line_of_text, some_text
from inspect_app.schemas.fields import LARGEST, UUID_PATTERN, Text, TrueFalse
from inspect_app.schemas.sync import STATES

COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class HelloSchema(ma.Schema):
    """The server's marker, its protocol range and a nonce."""

    service = ma.fields.String(required=True)
    protocol = ma.fields.Integer(required=True)
    min_protocol = ma.fields.Integer(required=True)
    features = ma.fields.List(ma.fields.String(), required=True)
    server_time = ma.fields.String(required=True)
    nonce = ma.fields.String(required=True)


class EnrolmentCodeRequestSchema(ma.Schema):
    """For whom a code is wanted."""

    campaign_id = Text(UUID_PATTERN, required=True)
    enumerator_id = Text(UUID_PATTERN, required=True)


class EnrolmentCodeSchema(ma.Schema):
    """An enrolment code; shown this once."""

    code = ma.fields.String(required=True)
    code_id = ma.fields.String(
        required=True, metadata={"description": "names the code, to take it back"}
    )
    link = ma.fields.String(required=True)
    enumerator_id = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)


class PublicKeySchema(ma.Schema):
    """A P-256 public key as browsers export it; members beyond the point are ignored."""

    class Meta:
        unknown = ma.EXCLUDE

    kty = ma.fields.String(required=True, validate=ma.validate.Equal("EC"))
    crv = ma.fields.String(required=True, validate=ma.validate.Equal("P-256"))
    x = Text(COORDINATE, required=True)
    y = Text(COORDINATE, required=True)


class EnrolSchema(ma.Schema):
    """A phone that wants in."""

    code = Text(re.compile(r"[A-Za-z2-7 -]{26,40}", re.ASCII), required=True)
    device_id = Text(UUID_PATTERN, required=True)
    public_key = ma.fields.Nested(PublicKeySchema, required=True)
    app = Text(re.compile(r"[!-~]{1,40}", re.ASCII), required=True)


class WelcomeSchema(ma.Schema):
    """First token, the keys that receipts are checked with, and the policy."""

    access_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    campaign = ma.fields.String(required=True)
    receipt_keys = ma.fields.List(ma.fields.Dict(), required=True)
    seal_keys = ma.fields.List(
        ma.fields.Dict(),
        required=True,
        metadata={"description": "for phones that seal on the way, the one to use first"},
    )
    policy = ma.fields.Dict(
        required=True,
        metadata={
            "description": "pin_days: days without contact after which the app opens no drafts; "
            "blobs_on_wifi_only; max_visits and round_kind of the questionnaire's context; "
            "release_key: for codes that a leader reads out; simulated: data are invented"
        },
    )


class TokenRequestSchema(ma.Schema):
    """A nonce from hello, signed by the device key."""

    device_id = Text(UUID_PATTERN, required=True)
    nonce = ma.fields.String(required=True, validate=line_of_text(100))
    signature = ma.fields.String(
        required=True, validate=line_of_text(100), metadata={"description": "r‖s"}
    )


class DeviceTokenSchema(ma.Schema):
    """A token for a day, and the keys to seal to, the one to use first."""

    access_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    scope = ma.fields.String(
        required=True,
        metadata={"description": "full, or push: the phone may send and hear no names"},
    )
    seal_keys = ma.fields.List(ma.fields.Dict(), required=True)


class OrderSchema(ma.Schema):
    """What a phone shall become, and why."""

    state = ma.fields.String(required=True, validate=ma.validate.OneOf(STATES))
    reason = ma.fields.String(required=True, validate=some_text(2000))
    despite_unsent = TrueFalse(
        load_default=False,
        description="wipe although the phone holds what nobody else has",
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "state": DeviceState(data["state"])}


class HeldSchema(ma.Schema):
    """A phone and what it still holds; clocks in milliseconds, server minus phone."""

    device_id = ma.fields.String(required=True)
    enumerator_id = ma.fields.String(required=True)
    enumerator = ma.fields.String(required=True)
    team = ma.fields.String(required=True)
    state = ma.fields.String(required=True, metadata={"description": "as ordered"})
    reached_state = ma.fields.String(
        allow_none=True, metadata={"description": "what the phone says it has come to"}
    )
    superseded_by = ma.fields.String(allow_none=True)
    app = ma.fields.String(required=True)
    enrolled_at = ma.fields.AwareDateTime(required=True)
    last_contact_at = ma.fields.AwareDateTime(allow_none=True)
    last_pull_at = ma.fields.AwareDateTime(allow_none=True)
    offset_ms = ma.fields.Integer(allow_none=True, metadata={"description": "at the last push"})
    pull_offset_ms = ma.fields.Integer(
        allow_none=True, metadata={"description": "at the last pull"}
    )
    clock_jumps = ma.fields.Integer(required=True)
    last_jump_ms = ma.fields.Integer(allow_none=True)
    unsent = ma.fields.Integer(required=True)
    oldest_unsent = ma.fields.String(allow_none=True)
    oldest_hours = ma.fields.Float(allow_none=True)
    sealed = ma.fields.Integer(required=True, metadata={"description": "first light"})
    answers_in = ma.fields.Integer(required=True, metadata={"description": "second light"})
    photos_in = ma.fields.Integer(required=True, metadata={"description": "third light"})
    free_mb = ma.fields.Integer(allow_none=True)
    persisted = ma.fields.Boolean(allow_none=True)
    remarks = ma.fields.List(ma.fields.String(), required=True)
    alarms = ma.fields.List(ma.fields.String(), required=True)


class HeldQuerySchema(ma.Schema):
    """Which phones."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([one.value for one in DeviceState])
    )
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class HeldListSchema(ma.Schema):
    """A page of the phones of a campaign; `next` asks for what follows it."""

    devices = ma.fields.List(ma.fields.Nested(HeldSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class IssuedCodeSchema(ma.Schema):
    """A code that was given out, by its name; the code itself is not kept."""

    code_id = ma.fields.String(required=True)
    enumerator_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    device_id = ma.fields.String(allow_none=True)


class IssuedCodeListSchema(ma.Schema):
    """The codes given out in a team."""

    codes = ma.fields.List(ma.fields.Nested(IssuedCodeSchema), required=True)


class AlarmSchema(ma.Schema):
    """An event of the chain that somebody has to look at, and who did."""

    seq = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    received_at = ma.fields.String(required=True)
    device_id = ma.fields.String(allow_none=True)
    op_id = ma.fields.String(allow_none=True)
    kind = ma.fields.String(allow_none=True)
    interview_id = ma.fields.String(allow_none=True)
    body_sha256 = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)
    acked_by = ma.fields.String(allow_none=True)
    acked_at = ma.fields.AwareDateTime(allow_none=True)


class AlarmQuerySchema(ma.Schema):
    """Which alarms; `open` leaves out what somebody has seen to."""

    open_only = ma.fields.Boolean(load_default=True, data_key="open")
    after = ma.fields.Integer(load_default=None, validate=ma.validate.Range(0, LARGEST))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class AlarmListSchema(ma.Schema):
    """A page of alarms; `next` asks for what follows it."""

    alarms = ma.fields.List(ma.fields.Nested(AlarmSchema), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class AcknowledgementSchema(ma.Schema):
    """What came of an alarm."""

    note = ma.fields.String(required=True, validate=some_text(2000))
