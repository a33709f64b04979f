"""Shapes of the nightly review."""

import re

import marshmallow as ma

from inspect_app.rules.states import InterviewState
from inspect_app.schemas.accounts import line_of_text, some_text
from inspect_app.schemas.sync import UUID_PATTERN, Text

REASON = some_text(2000)
REV = ma.validate.Range(1, 10_000)
ADCODE = re.compile(r"[0-9]{6}", re.ASCII)
PAGE = 500


class InterviewQuerySchema(ma.Schema):
    """Which interviews, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([state.value for state in InterviewState])
    )
    county_adcode = Text(ADCODE, load_default=None)
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class ListedInterviewSchema(ma.Schema):
    """An interview without its answers; flags tell where to look."""

    interview_id = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    round = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    rev = ma.fields.Integer(required=True)
    in_conflict = ma.fields.Boolean(required=True)
    disposition = ma.fields.String(required=True)
    class_found = ma.fields.String(required=True)
    persons = ma.fields.Integer(allow_none=True)
    flags = ma.fields.List(ma.fields.Dict(), required=True)
    suspicions = ma.fields.List(ma.fields.String(), required=True)
    undetermined = ma.fields.List(ma.fields.String(), required=True)
    must_return = ma.fields.Boolean(required=True)


class InterviewListSchema(ma.Schema):
    """A page of interviews; `next` is the id to continue from, none at the end."""

    interviews = ma.fields.List(ma.fields.Nested(ListedInterviewSchema), required=True)
    next = ma.fields.String(allow_none=True)


class VersionSchema(ma.Schema):
    """One revision with its answers and what the rules make of them."""

    rev = ma.fields.Integer(required=True)
    base_rev = ma.fields.Integer(required=True)
    op_id = ma.fields.String(required=True)
    conflict = ma.fields.Boolean(required=True)
    stale_form = ma.fields.Boolean(required=True)
    captured_at = ma.fields.String(required=True)
    answers = ma.fields.Dict(required=True)
    findings = ma.fields.Dict(required=True)


class InterviewRecordSchema(ma.Schema):
    """An interview with all its revisions."""

    interview = ma.fields.Nested(ListedInterviewSchema, required=True)
    versions = ma.fields.List(ma.fields.Nested(VersionSchema), required=True)


class AcceptSchema(ma.Schema):
    """Which revision; needed, with a reason, only where revisions are in conflict."""

    rev = ma.fields.Integer(strict=True, load_default=None, allow_none=True, validate=REV)
    reason = ma.fields.String(load_default="", validate=some_text(2000, least=0))


class ReturnSchema(ma.Schema):
    """Why the household is to be asked again, and by which phone if not the village's own."""

    rev = ma.fields.Integer(strict=True, load_default=None, allow_none=True, validate=REV)
    reason = ma.fields.String(required=True, validate=REASON)
    device_id = Text(UUID_PATTERN, load_default=None, allow_none=True)


class DecidedSchema(ma.Schema):
    """What a decision left."""

    interview_id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    rev = ma.fields.Integer(required=True)
    return_id = ma.fields.String(allow_none=True)
    cases = ma.fields.List(ma.fields.String(), required=True)


class ReplacementSchema(ma.Schema):
    """Which reserve takes the household's place, and why."""

    reserve_unit_id = ma.fields.String(required=True, validate=line_of_text(120))
    reason = ma.fields.String(required=True, validate=REASON)


class ReplacedSchema(ma.Schema):
    """An approved replacement."""

    unit_id = ma.fields.String(required=True)
    reserve_unit_id = ma.fields.String(required=True)
    approved_by = ma.fields.String(required=True)
    approved_at = ma.fields.AwareDateTime(required=True)
