"""Shapes of cases, evidence and rulings."""

import re
from typing import Any

import marshmallow as ma

from inspect_app.rules.cases import NewLead, Upload
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.schemas.accounts import line_of_text, sensible_day, some_text
from inspect_app.schemas.fields import SHA256_PATTERN, UUID_PATTERN, Text, TrueFalse
from inspect_app.schemas.lists import Counted
from inspect_app.schemas.reviews import ADCODE, PAGE

REASON = some_text(4000)
OUTCOMES = ("confirmed", "overturned", "undecided")


class CaseQuerySchema(ma.Schema):
    """Which cases, and from where on."""

    state = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([state.value for state in CaseState])
    )
    county_adcode = Text(ADCODE, load_default=None)
    from_sample = ma.fields.Boolean(load_default=None)
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
    lapsed = ma.fields.Boolean(required=True)
    complete = ma.fields.Boolean(required=True)


class CaseRulingSchema(ma.Schema):
    """A ruling as proposed, and what the second person made of it; `agrees` is none until then.

    other_grounds : true where it says that it rests on more than papers younger than the visit
    """

    n = ma.fields.Integer(required=True)
    from_state = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    proposed_by = ma.fields.String(required=True)
    proposed_at = ma.fields.AwareDateTime(required=True)
    other_grounds = ma.fields.Boolean(allow_none=True)
    agrees = ma.fields.Boolean(allow_none=True)
    second_reason = ma.fields.String(allow_none=True)
    signed_by = ma.fields.String(allow_none=True)
    signed_at = ma.fields.AwareDateTime(allow_none=True)


class CaseFileSchema(ma.Schema):
    """A file that the county brought; one younger than the visit does not overturn by itself."""

    n = ma.fields.Integer(required=True)
    name = ma.fields.String(required=True)
    sha256 = ma.fields.String(required=True)
    bytes = ma.fields.Integer(required=True)
    type = ma.fields.String(required=True)
    document_date = ma.fields.Date(allow_none=True)
    after_visit = ma.fields.Boolean(allow_none=True)
    state_at_reference = ma.fields.String(allow_none=True)
    uploaded_at = ma.fields.AwareDateTime(required=True)


class CaseVisitSchema(ma.Schema):
    """What a visit found: the interview a case came from, or the recheck beside it."""

    interview_id = ma.fields.String(required=True)
    round = ma.fields.String(required=True)
    arrived = ma.fields.Boolean(required=True)
    state = ma.fields.String(allow_none=True)
    disposition = ma.fields.String(allow_none=True)
    blocks = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    suspicions = ma.fields.List(ma.fields.String(), required=True)


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
    reply_until = ma.fields.AwareDateTime(allow_none=True)
    from_sample = ma.fields.Boolean(required=True)
    reopens = ma.fields.String(allow_none=True)
    overdue = ma.fields.Boolean(required=True)
    silent = ma.fields.Boolean(required=True)
    steps = ma.fields.List(ma.fields.Nested(CaseStepSchema), required=True)
    rulings = ma.fields.List(ma.fields.Nested(CaseRulingSchema), required=True)
    files = ma.fields.List(ma.fields.Nested(CaseFileSchema), required=True)
    visits = ma.fields.List(ma.fields.Nested(CaseVisitSchema), required=True)


class CaseListSchema(ma.Schema):
    """A page of cases; `next` is the id to continue from, none at the end."""

    cases = ma.fields.List(ma.fields.Nested(CaseSchema), required=True)
    next = ma.fields.String(allow_none=True)


class EvidenceSchema(ma.Schema):
    """What the county answers: a text, and the digest of a document if there is one.

    document : named so, it bears no date, and overturns nothing by itself until its file is brought
    complete : nothing more is to come, so that the case may go on before the deadline
    """

    text = ma.fields.String(required=True, validate=REASON)
    document = ma.fields.Nested(EvidenceDocumentSchema, load_default=None, allow_none=True)
    complete = TrueFalse(load_default=False)


class CaseReasonSchema(ma.Schema):
    """Why a case moves on."""

    reason = ma.fields.String(load_default="", validate=some_text(4000, least=0))


class RulingSchema(ma.Schema):
    """A ruling with its reason.

    other_grounds : where all papers of the county are younger than the visit, or bear no date, and
    no recheck found otherwise, that overturning rests on something else, which the reason names
    """

    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf(OUTCOMES))
    reason = ma.fields.String(required=True, validate=REASON)
    other_grounds = TrueFalse(load_default=False)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "outcome": CaseState(data["outcome"])}


class SignatureSchema(ma.Schema):
    """The second signature under a ruling, or a dissent with its reason."""

    agrees = TrueFalse(required=True)
    reason = ma.fields.String(load_default="", validate=some_text(4000, least=0))


class ReopeningSchema(ma.Schema):
    """Why a ruled case is taken up again."""

    reason = ma.fields.String(required=True, validate=REASON)


VILLAGE = re.compile(r"[0-9]{9,12}", re.ASCII)
# A household code begins with that of its village, and is no name.
UNIT = re.compile(r"[0-9]{9,12}-?[A-Za-z]{0,2}-?[0-9]{1,8}", re.ASCII)


class LeadSchema(ma.Schema):
    """A hint about a household outside the sample; it never enters a rate."""

    village_code = Text(VILLAGE, required=True)
    unit_id = Text(UNIT, required=True)
    kind = ma.fields.String(
        required=True, validate=ma.validate.OneOf([kind.value for kind in CaseKind])
    )
    persons = ma.fields.Integer(required=True, strict=True, validate=ma.validate.Range(1, 60))
    blocks = Counted(
        ma.fields.String(validate=line_of_text(40)),
        load_default=list,
        validate=ma.validate.Length(max=10),
    )
    reason = ma.fields.String(required=True, validate=REASON)

    @ma.validates_schema
    def in_its_village(self, data: dict[str, Any], **_: Any) -> None:
        village, unit = data.get("village_code"), data.get("unit_id")
        if village and unit and not unit.startswith(village):
            raise ma.ValidationError("A household's code begins with its village's.", "unit_id")

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewLead:
        return NewLead(
            village_code=data["village_code"],
            unit_id=data["unit_id"],
            kind=CaseKind(data["kind"]),
            persons=data["persons"],
            blocks=tuple(data["blocks"]),
            reason=data["reason"],
        )


class LeadNotedSchema(ma.Schema):
    """A lead as whoever noted it hears of it; its case is read by those who may see cases."""

    id = ma.fields.String(required=True)
    state = ma.fields.String(required=True)


class CaseFormSchema(ma.Schema):
    """A file (PDF, JPEG or PNG) and what the county says of it.

    document_date : of which day it is, none that is still to come; it may be left out where
    state_at_reference : what the document shows of the household at the reference date is said

    A form has no null: what is not known is left out.
    """

    file = ma.fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    name = ma.fields.String(required=True, validate=line_of_text(200))
    sha256 = Text(SHA256_PATTERN, required=True)
    document_date = ma.fields.Date(validate=sensible_day)
    state_at_reference = ma.fields.String(validate=some_text(2000))

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Upload:
        sent = data.pop("file")
        if not hasattr(sent, "read"):
            raise ma.ValidationError("Not a file.", "file")
        return Upload(content=sent.read(), type=sent.mimetype, **data)


class MeetingSchema(ma.Schema):
    """The day of a county's feedback meeting."""

    held_on = ma.fields.Date(required=True, validate=sensible_day)


class MeetingCorrectionSchema(MeetingSchema):
    """The day as it should have been entered, and what went wrong."""

    reason = ma.fields.String(required=True, validate=some_text(2000))


class NewStatementSchema(ma.Schema):
    """What is put on the record."""

    text = ma.fields.String(required=True, validate=some_text(20_000))


class StatementSchema(ma.Schema):
    """What a county, or the agency in answer, put on the record."""

    n = ma.fields.Integer(required=True)
    voice = ma.fields.String(required=True)
    text = ma.fields.String(required=True)
    said_at = ma.fields.AwareDateTime(required=True)


class HearingSchema(ma.Schema):
    """A county's right of reply to the whole, and how often it used it."""

    county_adcode = ma.fields.String(required=True)
    meeting = ma.fields.Date(allow_none=True)
    meeting_reason = ma.fields.String(
        allow_none=True, metadata={"description": "why its day was put right"}
    )
    statements = ma.fields.List(ma.fields.Nested(StatementSchema), required=True)
    cases_told = ma.fields.Integer(required=True)
    cases_answered = ma.fields.Integer(required=True)
    cases_silent = ma.fields.Integer(required=True)
