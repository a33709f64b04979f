"""Shapes of campaigns, frames, plans and seeds."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.campaigns import ROUND_KINDS, NewCampaign, NewCounty, Step
from inspect_app.rules.independence import RELEASE_HOURS
from inspect_app.rules.rulebooks import REGION_GROUPS
from inspect_app.schemas.accounts import (
    ADCODE,
    UUID_TEXT,
    Whole,
    line_of_text,
    sensible_day,
    some_text,
)
from inspect_app.schemas.declarations import LANGUAGE, SHA256, SignedDeclarationSchema
from inspect_app.schemas.fields import TrueFalse
from inspect_app.schemas.lists import Counted

FOLDER_NAME = Whole(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")


class NewCountySchema(ma.Schema):
    """A county to inspect."""

    adcode = ma.fields.String(required=True, validate=ADCODE, metadata={"example": "420528"})
    name_zh = ma.fields.String(required=True, validate=line_of_text(100))
    name_en = ma.fields.String(allow_none=True, load_default=None, validate=line_of_text(100))
    province_zh = ma.fields.String(required=True, validate=line_of_text(100))
    province_en = ma.fields.String(required=True, validate=line_of_text(100))
    city_zh = ma.fields.String(required=True, validate=line_of_text(100, least=0))
    region_group = ma.fields.String(required=True, validate=ma.validate.OneOf(REGION_GROUPS))
    exit_year = ma.fields.Integer(
        required=True, strict=True, validate=ma.validate.Range(2014, 2035)
    )
    reference_date = ma.fields.Date(
        allow_none=True,
        load_default=None,
        validate=sensible_day,
        metadata={"description": "that of the rule book when left out"},
    )
    simulated_line = ma.fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(1, 100_000),
        metadata={"description": "yuan a person and year; demonstrations only"},
    )
    language = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=LANGUAGE,
        metadata={
            "example": "ii",
            "description": "ISO 639 code, where one of each pair has to speak it",
        },
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewCounty:
        return NewCounty(**data)


class NewCampaignSchema(ma.Schema):
    """A commission; the client makes its identifier."""

    id = ma.fields.String(required=True, validate=UUID_TEXT)
    name_zh = ma.fields.String(required=True, validate=line_of_text(200))
    name_en = ma.fields.String(required=True, validate=line_of_text(200))
    agency_zh = ma.fields.String(required=True, validate=line_of_text(200))
    agency_en = ma.fields.String(required=True, validate=line_of_text(200))
    round_kind = ma.fields.String(load_default="exit", validate=ma.validate.OneOf(ROUND_KINDS))
    wave = ma.fields.Integer(load_default=1, strict=True, validate=ma.validate.Range(1, 20))
    rulebook = ma.fields.String(load_default="2017-national", validate=line_of_text(60))
    form_id = ma.fields.String(load_default="household-interview", validate=line_of_text(60))
    form_version = ma.fields.String(load_default="0.1.0", validate=line_of_text(20))
    simulated = TrueFalse(required=True)
    agency_province = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=Whole(r"^[0-9]{2}$"),
        metadata={"example": "51", "description": "that the agency comes from; not if simulated"},
    )
    release_hours = ma.fields.Integer(
        load_default=RELEASE_HOURS,
        strict=True,
        validate=ma.validate.Range(1, 72),
        metadata={"description": "before a visit day begins, from when its villages may be named"},
    )
    document_sha256 = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=SHA256,
        metadata={"description": "of the signed commission as scanned; a real one has to name it"},
    )
    agency_declaration = ma.fields.Nested(
        SignedDeclarationSchema, allow_none=True, load_default=None
    )
    form_cut_off = ma.fields.AwareDateTime(
        allow_none=True,
        load_default=None,
        validate=sensible_day,
        metadata={
            "description": "answers to an older questionnaire received after it wait in quarantine"
        },
    )
    counties = Counted(
        ma.fields.Nested(NewCountySchema), required=True, validate=ma.validate.Length(1, 1000)
    )

    @ma.validates_schema
    def each_county_once(self, data: dict[str, Any], **_: Any) -> None:
        adcodes = [county.adcode for county in data.get("counties", ())]
        if len(set(adcodes)) < len(adcodes):
            raise ma.ValidationError("A county is named twice.", "counties")

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewCampaign:
        return NewCampaign(**{**data, "counties": tuple(data["counties"])})


class CorrectionSchema(NewCampaignSchema):
    """Another commission in the place of the one that holds, and why."""

    class Meta:
        exclude = ("id",)

    reason = ma.fields.String(required=True, validate=some_text(1000))

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "counties": tuple(data["counties"])}


class CampaignCountySchema(ma.Schema):
    """A county with the date and line it is judged at."""

    adcode = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True, allow_none=True)
    province_zh = ma.fields.String(required=True)
    province_en = ma.fields.String(required=True)
    city_zh = ma.fields.String(required=True)
    region_group = ma.fields.String(required=True)
    exit_year = ma.fields.Integer(required=True)
    reference_date = ma.fields.Date(required=True)
    line_year = ma.fields.Integer(required=True)
    line_yuan = ma.fields.Integer(required=True)
    line_status = ma.fields.String(required=True)
    line_document = ma.fields.String(required=True)
    language = ma.fields.String(required=True, allow_none=True)


class CampaignSchema(ma.Schema):
    """A campaign as commissioned."""

    id = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    agency_zh = ma.fields.String(required=True)
    agency_en = ma.fields.String(required=True)
    round_kind = ma.fields.String(required=True)
    wave = ma.fields.Integer(required=True)
    rulebook_id = ma.fields.String(required=True)
    rulebook_sha256 = ma.fields.String(required=True)
    form_id = ma.fields.String(required=True)
    form_version = ma.fields.String(required=True)
    simulated = ma.fields.Boolean(required=True)
    agency_province = ma.fields.String(required=True, allow_none=True)
    release_hours = ma.fields.Integer(required=True)
    form_cut_off = ma.fields.AwareDateTime(required=True, allow_none=True)
    version = ma.fields.Integer(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    counties = ma.fields.List(ma.fields.Nested(CampaignCountySchema), required=True)


class CampaignListSchema(ma.Schema):
    """The caller's campaigns; `next` is the `after` of the following page, if any."""

    campaigns = ma.fields.List(ma.fields.Nested(CampaignSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class CommissionSchema(ma.Schema):
    """One version of a commission, as signed off; `sha256` is that of `content`."""

    version = ma.fields.Integer(required=True)
    sha256 = ma.fields.String(required=True)
    content = ma.fields.String(required=True)
    document_sha256 = ma.fields.String(required=True, allow_none=True)
    reason = ma.fields.String(required=True, allow_none=True)
    made_at = ma.fields.AwareDateTime(required=True)
    made_by = ma.fields.String(required=True)


class CommissionListSchema(ma.Schema):
    """Every version, the one that holds last."""

    commissions = ma.fields.List(ma.fields.Nested(CommissionSchema), required=True)


class NewStepSchema(ma.Schema):
    """A step towards the end of a campaign."""

    step = ma.fields.Enum(Step, by_value=True, required=True)
    note = ma.fields.String(allow_none=True, load_default=None, validate=some_text(1000))


class StepSchema(ma.Schema):
    """A step that was taken; `until` is the last day of a period that it opened."""

    step = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True)
    until = ma.fields.Date(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)


class StepListSchema(ma.Schema):
    """The steps taken so far."""

    steps = ma.fields.List(ma.fields.Nested(StepSchema), required=True)


class PageSchema(ma.Schema):
    """Which part of a list."""

    after = ma.fields.String(load_default=None, validate=line_of_text(120))
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


class FolderSchema(ma.Schema):
    """A folder that was put on the server beforehand."""

    name = ma.fields.String(required=True, validate=FOLDER_NAME)


class FrameSchema(ma.Schema):
    """The frame of a campaign."""

    name = ma.fields.String(required=True)
    frame_sha256 = ma.fields.String(required=True)
    villages_sha256 = ma.fields.String(required=True)
    households_sha256 = ma.fields.String(required=True)
    simulated = ma.fields.Boolean(required=True)
    loaded_at = ma.fields.AwareDateTime(required=True)


class PlanSchema(ma.Schema):
    """The plan of a campaign."""

    name = ma.fields.String(required=True)
    plan_sha256 = ma.fields.String(required=True)
    toml = ma.fields.String(required=True)
    accepted_at = ma.fields.AwareDateTime(required=True)


class CommitmentSchema(ma.Schema):
    """The SHA-256 of the commissioner's secret."""

    commitment = ma.fields.String(required=True, validate=SHA256)
    public_value_source = ma.fields.String(
        required=True,
        validate=line_of_text(500),
        metadata={
            "description": "what will be the public value, that nobody controls",
            "example": "welfare lottery 3D, first draw after 1 June 2020",
        },
    )
    public_value_at = ma.fields.AwareDateTime(
        required=True,
        validate=sensible_day,
        metadata={"description": "when the public value will appear; nothing is opened earlier"},
    )


class OpeningSchema(ma.Schema):
    """The secret, for the server alone, and the public value that nobody controls."""

    secret = ma.fields.String(required=True, load_only=True, validate=line_of_text(500, least=8))
    public_value = ma.fields.String(required=True, validate=line_of_text(500))
    public_value_at = ma.fields.AwareDateTime(
        allow_none=True,
        load_default=None,
        validate=sensible_day,
        metadata={"description": "when the public value appeared: after the commitment"},
    )


class SeedSchema(ma.Schema):
    """What is public of the seed; secret, public value and seed only once published."""

    commitment = ma.fields.String(required=True)
    frame_sha256 = ma.fields.String(required=True)
    villages_sha256 = ma.fields.String(required=True)
    households_sha256 = ma.fields.String(required=True)
    plan_sha256 = ma.fields.String(required=True)
    committed_at = ma.fields.AwareDateTime(required=True)
    public_value_source = ma.fields.String(required=True, allow_none=True)
    public_value_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    opened_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    published_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    secret = ma.fields.String(required=True, allow_none=True)
    public_value = ma.fields.String(required=True, allow_none=True)
    campaign_seed = ma.fields.String(required=True, allow_none=True)
