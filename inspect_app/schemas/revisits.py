"""Shapes of second visits."""

import marshmallow as ma

from inspect_app.rules.revisits import RevisitKind
from inspect_app.schemas.accounts import line_of_text
from inspect_app.schemas.fields import UUID_PATTERN, Text
from inspect_app.schemas.lists import Counted
from inspect_app.schemas.reviews import ADCODE, PAGE

PAIR = ma.validate.Length(equal=2)


class PairSchema(ma.Schema):
    """Who is to go: two people, one of whom carries an enrolled phone."""

    enumerators = Counted(Text(UUID_PATTERN), required=True, validate=PAIR)
    interpreter = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(100),
        metadata={"description": "whom the agency brings, where neither speaks the language"},
    )


class RevisitOrderSchema(PairSchema):
    """A blind re-interview: the interview that is repeated, and who is to go."""

    first_interview_id = Text(UUID_PATTERN, required=True)


class RevisitProposalQuerySchema(ma.Schema):
    """For which county, and how many at most."""

    county_adcode = Text(ADCODE, required=True)
    interpreter = ma.fields.String(allow_none=True, load_default=None, validate=line_of_text(100))
    limit = ma.fields.Integer(strict=True, load_default=50, validate=ma.validate.Range(1, 200))


class DueRevisitSchema(ma.Schema):
    """A household that chance chose, and pairs who may go."""

    first_interview_id = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    household_class = ma.fields.String(required=True)
    arrived_at = ma.fields.AwareDateTime(allow_none=True)
    pairs = ma.fields.List(ma.fields.List(ma.fields.String()), required=True)


class RevisitProposalSchema(ma.Schema):
    """Blind re-interviews that are due in a county: drawn among the completed, not yet ordered."""

    county_adcode = ma.fields.String(required=True)
    share = ma.fields.Float(required=True)
    completed = ma.fields.Integer(required=True)
    drawn = ma.fields.Integer(required=True)
    due = ma.fields.List(ma.fields.Nested(DueRevisitSchema), required=True)


class RevisitQuerySchema(ma.Schema):
    """Which second visits, and from where on."""

    kind = ma.fields.String(
        load_default=None, validate=ma.validate.OneOf([kind.value for kind in RevisitKind])
    )
    county_adcode = Text(ADCODE, load_default=None)
    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, PAGE))


class RevisitSchema(ma.Schema):
    """A second visit and how far it agrees with the first; no answers."""

    interview_id = ma.fields.String(required=True)
    first_interview_id = ma.fields.String(required=True)
    unit_id = ma.fields.String(required=True)
    village_code = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    round = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    case_id = ma.fields.String(allow_none=True)
    device_id = ma.fields.String(required=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    interpreter = ma.fields.String(allow_none=True)
    ordered_at = ma.fields.AwareDateTime(required=True)
    arrived = ma.fields.Boolean(required=True)
    compared = ma.fields.Integer(required=True)
    equal = ma.fields.Integer(required=True)
    differs = ma.fields.List(ma.fields.String(), required=True)


class RevisitListSchema(ma.Schema):
    """A page of second visits; `next` is the id to continue from, none at the end."""

    revisits = ma.fields.List(ma.fields.Nested(RevisitSchema), required=True)
    next = ma.fields.String(allow_none=True)


class DifferenceSchema(ma.Schema):
    """A question to which two visits got different answers; `row` counts members, oldest first."""

    field = ma.fields.String(required=True)
    row = ma.fields.Integer(allow_none=True)
    first = ma.fields.Raw(required=True)
    second = ma.fields.Raw(required=True)
    is_fact = ma.fields.Boolean(required=True)


class AgreementSchema(ma.Schema):
    """How far two interviews agree; counts of questions answered in both."""

    compared = ma.fields.Integer(required=True)
    equal = ma.fields.Integer(required=True)
    share = ma.fields.Float(allow_none=True)
    differences = ma.fields.List(ma.fields.Nested(DifferenceSchema), required=True)


class BesideSchema(ma.Schema):
    """A second interview beside the first."""

    revisit = ma.fields.Nested(RevisitSchema, required=True)
    agreement = ma.fields.Nested(AgreementSchema, required=True)
