"""Shapes of what anybody may check a report by."""

import marshmallow as ma

from inspect_app.schemas.validity import StandingSchema


class CheckedFigureSchema(ma.Schema):
    """An indicator as page 1 prints it."""

    code = ma.fields.String(required=True, metadata={"example": "wrong_exit_rate"})
    estimate = ma.fields.String(required=True, metadata={"example": "0.13%"})
    low = ma.fields.String(required=True)
    high = ma.fields.String(required=True)
    threshold = ma.fields.String(required=True, metadata={"example": "< 2%"})
    finding = ma.fields.String(allow_none=True)


class CheckedLinkSchema(ma.Schema):
    """One step from the sealed field data to the file, computed anew for this answer."""

    what = ma.fields.String(
        required=True, metadata={"description": "ledger, interviews, document, pdf, signed"}
    )
    sha256 = ma.fields.String(allow_none=True)
    holds = ma.fields.Boolean(required=True)


class CheckedCountySchema(ma.Schema):
    """The county that was judged."""

    adcode = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(allow_none=True)
    exit_year = ma.fields.Integer(required=True)


class CheckedSchema(ma.Schema):
    """An edition of a verdict, to be compared with the paper."""

    number = ma.fields.String(required=True, metadata={"example": "420528-2019-01"})
    version = ma.fields.Integer(required=True)
    edition = ma.fields.String(required=True, metadata={"description": "full or public"})
    simulated = ma.fields.Boolean(required=True)
    county = ma.fields.Nested(CheckedCountySchema, required=True)
    outcome = ma.fields.String(required=True)
    finding = ma.fields.String(required=True, metadata={"description": "established or open"})
    established = ma.fields.Integer(required=True)
    figures = ma.fields.List(ma.fields.Nested(CheckedFigureSchema), required=True)
    standing = ma.fields.Nested(StandingSchema, required=True)
    document_sha256 = ma.fields.String(required=True)
    pdf_sha256 = ma.fields.String(
        required=True, metadata={"description": "of the PDF before it was signed"}
    )
    signed_sha256 = ma.fields.String(allow_none=True)
    signer = ma.fields.String(allow_none=True)
    signed_at = ma.fields.AwareDateTime(allow_none=True)
    ledger_root = ma.fields.String(required=True)
    ledger_count = ma.fields.Integer(required=True)
    ledger_day = ma.fields.String(allow_none=True)
    chain = ma.fields.List(ma.fields.Nested(CheckedLinkSchema), required=True)
    sound = ma.fields.Boolean(
        required=True, metadata={"description": "whether every step of the chain holds"}
    )
