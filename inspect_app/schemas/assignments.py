"""Shapes of enumerators and assignments."""

from typing import Any, ClassVar

import marshmallow as ma

from inspect_app.rules.assignments import (
    NewApproval,
    NewAssignment,
    NewEnumerator,
    NewReassignment,
    Wanted,
)
from inspect_app.schemas.accounts import (
    ADCODE,
    UUID_TEXT,
    Whole,
    line_of_text,
    sensible_day,
    some_text,
)
from inspect_app.schemas.declarations import SHA256, SignedDeclarationSchema
from inspect_app.schemas.lists import Counted
from inspect_app.schemas.reasons import ReasonSchema

PROVINCE = Whole(r"^[0-9]{2}$")


class NewEnumeratorSchema(ma.Schema):
    """Someone who will ask, with what was declared; the client makes the identifier."""

    id = ma.fields.String(required=True, validate=UUID_TEXT)
    name = ma.fields.String(required=True, validate=line_of_text(100))
    team = ma.fields.String(required=True, validate=line_of_text(40))
    province_code = ma.fields.String(
        required=True,
        validate=PROVINCE,
        metadata={"example": "51", "description": "province the agency comes from"},
    )
    home_adcode = ma.fields.String(required=True, validate=ADCODE)
    declared = Counted(
        ma.fields.String(validate=ADCODE),
        load_default=list,
        validate=ma.validate.Length(max=100),
        metadata={"description": "counties barred from the start, besides declared ties"},
    )
    declaration = ma.fields.Nested(
        SignedDeclarationSchema,
        allow_none=True,
        load_default=None,
        metadata={"description": "without one nobody is sent anywhere; it may follow later"},
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewEnumerator:
        return NewEnumerator(**{**data, "declared": tuple(sorted(set(data["declared"])))})


class EnumeratorSchema(ma.Schema):
    """An enumerator as entered."""

    id = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    team = ma.fields.String(required=True)
    province_code = ma.fields.String(required=True)
    home_adcode = ma.fields.String(required=True)
    declared = ma.fields.List(ma.fields.String(), required=True)


class EnumeratorListSchema(ma.Schema):
    """A page of enumerators."""

    enumerators = ma.fields.List(ma.fields.Nested(EnumeratorSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class NewAssignmentSchema(ma.Schema):
    """A place in a county's sealed list, a day and a pair."""

    county_adcode = ma.fields.String(required=True, validate=ADCODE)
    order = ma.fields.Integer(
        required=True,
        strict=True,
        validate=ma.validate.Range(1, 100_000),
        metadata={"description": "place in the county's sealed list, from 1"},
    )
    visit_date = ma.fields.Date(required=True, validate=sensible_day)
    enumerators = Counted(
        ma.fields.String(validate=UUID_TEXT), required=True, validate=ma.validate.Length(equal=2)
    )
    unreachable = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(1000),
        metadata={
            "description": "why the drawn village cannot be visited: the next reserve of its "
            "stratum is released in its stead; once its name is known a commissioner approves first"
        },
    )
    interpreter = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(100),
        metadata={"description": "whom the agency brings, where neither speaks the language"},
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewAssignment:
        first, second = data["enumerators"]
        return NewAssignment(**{**data, "enumerators": (first, second)})


class CheckSchema(ma.Schema):
    """Whether to assign, or only to say whether that would be allowed."""

    check = ma.fields.Boolean(load_default=False)


class AssignedSchema(ma.Schema):
    """The released village, or with `check` what would forbid it; a check names no village."""

    allowed = ma.fields.Boolean(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)
    id = ma.fields.String(required=True, allow_none=True)
    county_adcode = ma.fields.String(required=True, allow_none=True)
    order = ma.fields.Integer(required=True, allow_none=True)
    village_code = ma.fields.String(required=True, allow_none=True)
    village_name = ma.fields.String(required=True, allow_none=True)
    visit_date = ma.fields.Date(required=True, allow_none=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    device_id = ma.fields.String(required=True, allow_none=True)
    interpreter = ma.fields.String(required=True, allow_none=True)


class AssignmentListSchema(ma.Schema):
    """A page of assignments; `next` is the `after` of the following page, if any."""

    assignments = ma.fields.List(ma.fields.Nested(AssignedSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class BatchSchema(ma.Schema):
    """Assignments that are made all or not at all."""

    assignments = Counted(
        ma.fields.Nested(NewAssignmentSchema), required=True, validate=ma.validate.Length(1, 200)
    )


class AssignedBatchSchema(ma.Schema):
    """The released villages, in the order asked for."""

    assignments = ma.fields.List(ma.fields.Nested(AssignedSchema), required=True)


class NewReassignmentSchema(ma.Schema):
    """Others who take an assignment over, or the same with another day or interpreter, and why."""

    enumerators = Counted(
        ma.fields.String(validate=UUID_TEXT), required=True, validate=ma.validate.Length(equal=2)
    )
    reason = ma.fields.String(required=True, validate=some_text(1000))
    visit_date = ma.fields.Date(
        allow_none=True,
        load_default=None,
        validate=sensible_day,
        metadata={
            "description": "the former one when left out; for others, today if that has passed"
        },
    )
    interpreter = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(100),
        metadata={"description": "left out, the same pair keeps the one it has"},
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewReassignment:
        first, second = data["enumerators"]
        return NewReassignment(**{**data, "enumerators": (first, second)})


class NewApprovalSchema(ma.Schema):
    """Why a released village may be given up, and the hash of the document that shows it."""

    reason = ma.fields.String(required=True, validate=some_text(1000))
    document_sha256 = ma.fields.String(required=True, validate=SHA256)

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewApproval:
        return NewApproval(**data)


class ApprovedSchema(ma.Schema):
    """A commissioner's approval that a released village is given up."""

    assignment_id = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    document_sha256 = ma.fields.String(required=True)
    approved_by = ma.fields.String(required=True)
    approved_at = ma.fields.AwareDateTime(required=True)


class WantedSchema(ma.Schema):
    """A village day of a county: the places to fill, or how many of the next ones."""

    county_adcode = ma.fields.String(required=True, validate=ADCODE)
    visit_date = ma.fields.Date(required=True, validate=sensible_day)
    places = Counted(
        ma.fields.Integer(strict=True, validate=ma.validate.Range(1, 100_000)),
        load_default=list,
        validate=ma.validate.Length(max=200),
        metadata={"uniqueItems": True},
    )
    count = ma.fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=ma.validate.Range(1, 200)
    )
    team = ma.fields.String(allow_none=True, load_default=None, validate=line_of_text(40))
    interpreter = ma.fields.String(allow_none=True, load_default=None, validate=line_of_text(100))

    # What the check below says, as the API document says it.
    shape: ClassVar = {
        "anyOf": [
            {
                "properties": {"places": {"minItems": 1}, "count": {"type": "null"}},
                "required": ["places"],
            },
            {
                "properties": {"places": {"maxItems": 0}, "count": {"type": "integer"}},
                "required": ["count"],
            },
        ]
    }

    @ma.validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("places")) == (data.get("count") is not None):
            raise ma.ValidationError("Name places, or say how many.", "places")
        if len(set(data.get("places", ()))) < len(data.get("places", ())):
            raise ma.ValidationError("A place is named twice.", "places")

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Wanted:
        return Wanted(**{**data, "places": tuple(data["places"])})


class ProposedSchema(ma.Schema):
    """A pair for a place; `days` are the village days each has behind, `shared` those together."""

    order = ma.fields.Integer(required=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    days = ma.fields.List(ma.fields.Integer(), required=True)
    shared = ma.fields.Integer(required=True)


class BarredSchema(ma.Schema):
    """Somebody who cannot go at all on that day, and why."""

    enumerator_id = ma.fields.String(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)


class HindranceSchema(ma.Schema):
    """How many pairs of people who may go a rule keeps apart."""

    code = ma.fields.String(required=True)
    pairs = ma.fields.Integer(required=True)
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class ProposalSchema(ma.Schema):
    """A pair for every place, or as many as the rules allow and why there are no more."""

    county_adcode = ma.fields.String(required=True)
    visit_date = ma.fields.Date(required=True)
    is_full = ma.fields.Boolean(required=True)
    pairs = ma.fields.List(ma.fields.Nested(ProposedSchema), required=True)
    unfilled = ma.fields.List(ma.fields.Integer(), required=True)
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)
    barred = ma.fields.List(ma.fields.Nested(BarredSchema), required=True)
    kept_apart = ma.fields.List(ma.fields.Nested(HindranceSchema), required=True)
