"""Shapes of cases, evidence and rulings."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.states import CaseState
from inspect_app.schemas.accounts import line_of_text, some_text
from inspect_app.schemas.reviews import ADCODE, PAGE
from inspect_app.schemas.sync import SHA256_PATTERN, UUID_PATTERN, Text

REASON = some_text(4000)
OUTCOMES = ("confirmed", "overturned", "undecided")


class CaseQuerySchema(ma.Schema):
    """Which cases, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([state.value for state in CaseState])
    )
    county_adcode = Text(ADCODE, load_default=None)
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class EvidenceDocumentSchema(ma.Schema):
    """A document of the county; the file itself stays with the county."""

    name = ma.fields.String(required=True, validate=line_of_text(200))
    sha256 = Text(SHA256_PATTERN, required=True)


class CaseStepSchema(ma.Schema):
    """One step of a case."""

    from_state = ma.fields.String(allow_none=True)
    to_state = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    reason = ma.fields.String(required=True)
    document = ma.fields.Nested(EvidenceDocumentSchema, allow_none=True)
    actor = ma.fields.String(allow_none=True)


class CaseSchema(ma.Schema):
    """A case; what a county sees names household and blocks, not who said what."""

    id = ma.fields.String(required=True)
    campaign_id = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    interview_id = ma.fields.String(allow_none=True)
    kind = ma.fields.String(required=True)
    state = ma.fields.String(required=True)
    persons = ma.fields.Integer(required=True)
    blocks = ma.fields.List(ma.fields.String(), required=True)
    opened_at = ma.fields.AwareDateTime(required=True)
    due_at = ma.fields.AwareDateTime(allow_none=True)
    steps = ma.fields.List(ma.fields.Nested(CaseStepSchema), required=True)


class CaseListSchema(ma.Schema):
    """A page of cases; `next` is the id to continue from, none at the end."""

    cases = ma.fields.List(ma.fields.Nested(CaseSchema), required=True)
    next = ma.fields.String(allow_none=True)


class EvidenceSchema(ma.Schema):
    """What the county answers: a text, and the digest of a document if there is one."""

    text = ma.fields.String(required=True, validate=REASON)
    document = ma.fields.Nested(EvidenceDocumentSchema, load_default=None, allow_none=True)


class CaseReasonSchema(ma.Schema):
    """Why a case moves on."""

    reason = ma.fields.String(load_default="", validate=some_text(4000, least=0))


class RulingSchema(ma.Schema):
    """A ruling with its reason."""

    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(OUTCOMES))
    reason = ma.fields.String(required=True, validate=REASON)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "outcome": CaseState(data["outcome"])}
