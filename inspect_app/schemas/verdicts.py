"""Shapes of estimates and verdicts."""

import marshmallow as ma

from inspect_app.rules.corrections import CorrectionReason
from inspect_app.schemas.accounts import ADCODE, sensible_day, some_text


class CountySchema(ma.Schema):
    """The county that is meant."""

    county_adcode = ma.fields.String(
        required=True,
        validate=ADCODE,
        metadata={"example": "420528"},
    )


class IssueSchema(CountySchema):
    """What the signing reviewer adds to the stored data."""

    release_date = ma.fields.Date(
        required=True, validate=sensible_day, metadata={"example": "2020-06-30"}
    )
    reason = ma.fields.Enum(
        CorrectionReason,
        by_value=True,
        metadata={"description": "why the version before is replaced; needed where there is one"},
    )
    note = ma.fields.String(
        validate=some_text(2000),
        metadata={"description": "the reason in words; the full edition holds it"},
    )


class NewWaiverSchema(CountySchema):
    """Why the loose ends of a county may stand."""

    reason = ma.fields.String(required=True, validate=some_text(2000))


class WaiverSchema(CountySchema):
    """Loose ends that a commissioner let stand, counted by kind; later ones are not covered."""

    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    reason = ma.fields.String(required=True)
    waived_by = ma.fields.String(required=True)
    waived_at = ma.fields.AwareDateTime(required=True)


class SampleRatioSchema(ma.Schema):
    """Unweighted, as published practice computes it."""

    numerator = ma.fields.Float(required=True)
    denominator = ma.fields.Float(required=True)
    unit = ma.fields.String(required=True)


class EstimateSchema(ma.Schema):
    """One indicator before the verdict: estimate, interval, finding."""

    code = ma.fields.String(required=True, metadata={"example": "wrong_exit_rate"})
    sample_ratio = ma.fields.Nested(SampleRatioSchema, required=True)
    estimate = ma.fields.Dict(required=True)
    interval_95 = ma.fields.Dict(required=True)
    threshold = ma.fields.Float(required=True)
    undetermined = ma.fields.Dict(
        required=True,
        metadata={"description": "households not judged, and the rate with all of them either way"},
    )
    finding = ma.fields.String(allow_none=True)


class EstimatesSchema(ma.Schema):
    """All indicators of a county."""

    county_adcode = ma.fields.String(required=True)
    indicators = ma.fields.List(ma.fields.Nested(EstimateSchema), required=True)


class EditionQuerySchema(ma.Schema):
    """Which edition is wanted."""

    edition = ma.fields.String(
        validate=ma.validate.OneOf(("full", "public")),
        metadata={"description": "without it the fullest that the caller may read"},
    )


class EditionSchema(ma.Schema):
    """Digests of one edition."""

    edition = ma.fields.String(required=True, metadata={"example": "public"})
    document_sha256 = ma.fields.String(required=True)
    pdf_sha256 = ma.fields.String(required=True)


class VerdictSchema(ma.Schema):
    """One issued version; JSON and PDF of each edition have their own addresses."""

    number = ma.fields.String(required=True, metadata={"example": "420528-2019-01"})
    version = ma.fields.Integer(required=True)
    replaces = ma.fields.Integer(allow_none=True)
    reason = ma.fields.String(
        allow_none=True, metadata={"description": "why it replaces the version before"}
    )
    county_adcode = ma.fields.String(required=True)
    editions = ma.fields.List(ma.fields.Nested(EditionSchema), required=True)
    interviews_sha256 = ma.fields.String(required=True)
    issued_at = ma.fields.AwareDateTime(required=True)


class VerdictListSchema(ma.Schema):
    """Verdicts of a campaign."""

    verdicts = ma.fields.List(ma.fields.Nested(VerdictSchema), required=True)
