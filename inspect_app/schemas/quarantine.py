"""Shapes of quarantine, village lists, conflicts and destroyed bodies."""

import re

import marshmallow as ma

from inspect_app.rules.states import OpStatus, QuarantineState
from inspect_app.schemas.accounts import some_text
from inspect_app.schemas.fields import LARGEST, SHA256_PATTERN, UUID_PATTERN, Text
from inspect_app.schemas.sync import BodyFaultSchema

REASON = some_text(2000)
ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
KEPT = (
    OpStatus.NOT_ASSIGNED.value,
    OpStatus.STALE_FORM.value,
    OpStatus.SUPERSEDED_DEVICE.value,
    OpStatus.INVALID.value,
    OpStatus.OP_ID_REUSED.value,
    OpStatus.BAD_SEAL.value,
)
PAGE = 500


class KeptQuerySchema(ma.Schema):
    """Which of what is kept, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([one.value for one in QuarantineState])
    )
    status = ma.fields.String(load_default=None, validate=ma.validate.OneOf(KEPT))
    county_adcode = Text(ADCODE, load_default=None)
    device_id = Text(UUID_PATTERN, load_default=None)
    after = ma.fields.Integer(load_default=None, validate=ma.validate.Range(0, LARGEST))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class KeptSchema(ma.Schema):
    """Something in quarantine: why it could not count, and what a person decided."""

    number = ma.fields.Integer(required=True)
    op_id = ma.fields.String(required=True)
    body_sha256 = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    status = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    team = ma.fields.String(required=True)
    county_adcode = ma.fields.String(
        allow_none=True, metadata={"description": "as far as the body could be read"}
    )
    received_at = ma.fields.String(required=True)
    faults = ma.fields.List(ma.fields.Nested(BodyFaultSchema), required=True)


class KeptListSchema(ma.Schema):
    """A page of what is kept; `next` asks for what follows it."""

    quarantine = ma.fields.List(ma.fields.Nested(KeptSchema), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class KeptDecisionSchema(ma.Schema):
    """What a person decided, and the line of the chain that says so."""

    number = ma.fields.Integer(required=True)
    decision = ma.fields.String(required=True)
    status = ma.fields.String(required=True, metadata={"description": "judged again"})
    op_id = ma.fields.String(required=True, metadata={"description": "under which it counts"})
    as_device = ma.fields.String(allow_none=True)
    rev = ma.fields.Integer(allow_none=True)
    seq = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    decided_by = ma.fields.String(required=True)
    decided_at = ma.fields.AwareDateTime(required=True)


class KeptRecordSchema(ma.Schema):
    """The record: envelope, body as it came, decisions."""

    kept = ma.fields.Nested(KeptSchema, required=True)
    envelope = ma.fields.Dict(required=True)
    body = ma.fields.String(required=True)
    decisions = ma.fields.List(ma.fields.Nested(KeptDecisionSchema), required=True)


class ReleaseSchema(ma.Schema):
    """Why something shall count, and for which phone."""

    reason = ma.fields.String(required=True, validate=REASON)
    as_device = Text(
        UUID_PATTERN,
        load_default=None,
        allow_none=True,
    )


class WithReasonSchema(ma.Schema):
    """Why."""

    reason = ma.fields.String(required=True, validate=REASON)


class VoidSchema(ma.Schema):
    """Why a body is destroyed; which one, where several came under one op id."""

    reason = ma.fields.String(required=True, validate=REASON)
    body_sha256 = Text(SHA256_PATTERN, load_default=None, allow_none=True)


class VoidedSchema(ma.Schema):
    """A body that was destroyed, and the line of the chain that says so."""

    op_id = ma.fields.String(required=True)
    body_sha256 = ma.fields.String(required=True)
    seq = ma.fields.Integer(required=True)
    reason = ma.fields.String(required=True)
    voided_by = ma.fields.String(required=True)
    voided_at = ma.fields.AwareDateTime(required=True)


class RosterQuerySchema(ma.Schema):
    """From where on."""

    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class RosterListedSchema(ma.Schema):
    """A village list: how many households it has and should have, what was decided on it."""

    op_id = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    team = ma.fields.String(required=True)
    household_class = ma.fields.String(required=True)
    households = ma.fields.Integer(required=True)
    expected = ma.fields.Integer(allow_none=True)
    sealed_at = ma.fields.String(required=True)
    differs = ma.fields.Boolean(required=True)
    stands = ma.fields.Boolean(required=True)
    released = ma.fields.Boolean(required=True)
    drawn = ma.fields.Integer(required=True)


class RosterPageSchema(ma.Schema):
    """A page of village lists; `next` asks for what follows it."""

    rosters = ma.fields.List(ma.fields.Nested(RosterListedSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ConflictSchema(ma.Schema):
    """Which revision counts, and why."""

    rev = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 10_000))
    reason = ma.fields.String(required=True, validate=REASON)


class ChosenSchema(ma.Schema):
    """Which revision of an interview counts now."""

    interview_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    rev = ma.fields.Integer(required=True)
    in_conflict = ma.fields.Boolean(required=True)
