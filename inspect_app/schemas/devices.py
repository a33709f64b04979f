"""Shapes of hello, enrolment and device tokens."""

import re

import marshmallow as ma

from inspect_app.schemas.accounts import line_of_text
from inspect_app.schemas.sync import UUID_PATTERN, Text

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
    seal_keys = ma.fields.List(ma.fields.Dict(), required=True)
    policy = ma.fields.Dict(required=True)


class TokenRequestSchema(ma.Schema):
    """A nonce from hello, signed by the device key."""

    device_id = Text(UUID_PATTERN, required=True)
    nonce = ma.fields.String(required=True, validate=line_of_text(100))
    signature = ma.fields.String(
        required=True, validate=line_of_text(100), metadata={"description": "r‖s"}
    )


class DeviceTokenSchema(ma.Schema):
    """A token for a day."""

    access_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    scope = ma.fields.String(required=True)


class HeldSchema(ma.Schema):
    """A phone and what it still holds."""

    device_id = ma.fields.String(required=True)
    enumerator_id = ma.fields.String(required=True)
    enumerator = ma.fields.String(required=True)
    team = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    last_contact_at = ma.fields.AwareDateTime(allow_none=True)
    offset_ms = ma.fields.Integer(allow_none=True)
    unsent = ma.fields.Integer(required=True)
    oldest_unsent = ma.fields.String(allow_none=True)
    free_mb = ma.fields.Integer(allow_none=True)
    persisted = ma.fields.Boolean(allow_none=True)


class HeldListSchema(ma.Schema):
    """The phones of a campaign."""

    devices = ma.fields.List(ma.fields.Nested(HeldSchema), required=True)
