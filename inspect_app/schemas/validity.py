"""Shapes of what becomes of a verdict after it was issued."""

import marshmallow as ma

from inspect_app.rules.states import VerdictState
from inspect_app.schemas.accounts import sensible_day, some_text
from inspect_app.schemas.fields import TrueFalse


class StandingSchema(ma.Schema):
    """Whether a version stands, and what was said about it."""

    state = ma.fields.Enum(VerdictState, by_value=True, required=True)
    replaced_by = ma.fields.Integer(allow_none=True)
    countersigned_at = ma.fields.AwareDateTime(allow_none=True)
    first_day = ma.fields.Date(
        allow_none=True, metadata={"description": "of the public notice, included"}
    )
    last_day = ma.fields.Date(allow_none=True)
    objections = ma.fields.Integer(required=True)
    answered = ma.fields.Integer(required=True)
    upheld = ma.fields.Integer(required=True)
    withdrawn_at = ma.fields.AwareDateTime(allow_none=True)
    withdrawn_reason = ma.fields.String(allow_none=True)


class CountersignatureSchema(ma.Schema):
    """The commissioner's agreement to a version."""

    number = ma.fields.String(required=True, metadata={"example": "420528-2019-01"})
    version = ma.fields.Integer(required=True)
    signed_at = ma.fields.AwareDateTime(required=True)


class NewWithdrawalSchema(ma.Schema):
    """Why a version is taken back, in words that everybody may read."""

    reason = ma.fields.String(required=True, validate=some_text(1000))


class NewNoticeSchema(ma.Schema):
    """The first day of the public notice; its length is the rule book's."""

    first_day = ma.fields.Date(
        required=True, validate=sensible_day, metadata={"example": "2020-07-01"}
    )


class NewObjectionSchema(ma.Schema):
    """What is held against a version; a county's own is received when it is sent."""

    text = ma.fields.String(required=True, validate=some_text(4000))
    received_on = ma.fields.Date(
        validate=sensible_day,
        metadata={"description": "day on which it reached the commissioner; today if left out"},
    )


class NewObjectionAnswerSchema(ma.Schema):
    """What is answered, and whether the objection was right."""

    upheld = TrueFalse(required=True)
    text = ma.fields.String(required=True, validate=some_text(4000))


class ObjectionAnswerSchema(NewObjectionAnswerSchema):
    """An answer as given."""

    answered_at = ma.fields.AwareDateTime(required=True)


class ObjectionSchema(ma.Schema):
    """An objection with its answer."""

    n = ma.fields.Integer(required=True)
    origin = ma.fields.String(required=True, metadata={"description": "county or public"})
    text = ma.fields.String(required=True)
    received_on = ma.fields.Date(required=True)
    late = ma.fields.Boolean(required=True)
    answer = ma.fields.Nested(ObjectionAnswerSchema, allow_none=True)


class ObjectionListSchema(ma.Schema):
    """Objections to a version, in the order they came."""

    objections = ma.fields.List(ma.fields.Nested(ObjectionSchema), required=True)
