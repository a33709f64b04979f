"""Shapes of notices to a county."""

import marshmallow as ma

from inspect_app.rules.notices import NoticeKind


class NewCaseNoticeSchema(ma.Schema):
    """What a notice is about: cases to verify, or the outcome of cases."""

    kind = ma.fields.Enum(NoticeKind, by_value=True, required=True)


class CaseNoticeSchema(ma.Schema):
    """A notice; the signature's digest only where a key signed it."""

    number = ma.fields.String(required=True, metadata={"example": "420528-2019-01-N01"})
    campaign_id = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    kind = ma.fields.String(required=True)
    cases = ma.fields.List(ma.fields.String(), required=True)
    document_sha256 = ma.fields.String(required=True)
    pdf_sha256 = ma.fields.String(required=True)
    signed_sha256 = ma.fields.String(allow_none=True)
    signer = ma.fields.String(allow_none=True)
    issued_at = ma.fields.AwareDateTime(required=True)
    received_at = ma.fields.AwareDateTime(allow_none=True)


class CaseNoticeListSchema(ma.Schema):
    """The notices of a county, the first one first."""

    notices = ma.fields.List(ma.fields.Nested(CaseNoticeSchema), required=True)
