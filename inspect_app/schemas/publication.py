"""Shape of what the public may know of a draw, before and after fieldwork."""

import marshmallow as ma


class MomentSchema(ma.Schema):
    """Something that was done, and when."""

    what = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)


class PublicRuleBookSchema(ma.Schema):
    """The rule book as frozen."""

    id = ma.fields.String(required=True)
    sha256 = ma.fields.String(required=True)
    toml = ma.fields.String(required=True)


class PublicFrameSchema(ma.Schema):
    """Hashes of the frame."""

    frame_sha256 = ma.fields.String(required=True)
    villages_sha256 = ma.fields.String(required=True)
    households_sha256 = ma.fields.String(required=True)


class PublicPlanSchema(ma.Schema):
    """The plan, whole."""

    plan_sha256 = ma.fields.String(required=True)
    toml = ma.fields.String(required=True)


class PublicSealedSchema(ma.Schema):
    """Hash and length of the sealed list."""

    sha256 = ma.fields.String(required=True)
    villages = ma.fields.Integer(required=True)


class PublicCountySchema(ma.Schema):
    """A county under inspection; its seeds only after fieldwork."""

    adcode = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    exit_year = ma.fields.Integer(required=True)
    county_seed = ma.fields.String(required=True, allow_none=True)
    stage1_seed = ma.fields.String(required=True, allow_none=True)


class PublicStaffSchema(ma.Schema):
    """How many people hold a role, and in which role those are who let them in; no names.

    `invited_by` is null for the first commissioner, who is made at the operator's console.
    """

    role = ma.fields.String(required=True)
    invited_by = ma.fields.String(required=True, allow_none=True)
    people = ma.fields.Integer(required=True)


class PublicationSchema(ma.Schema):
    """Everything published of a campaign's draw; secret and seeds are null before the end."""

    campaign_id = ma.fields.String(required=True)
    name_zh = ma.fields.String(required=True)
    name_en = ma.fields.String(required=True)
    agency_zh = ma.fields.String(required=True)
    agency_en = ma.fields.String(required=True)
    simulated = ma.fields.Boolean(required=True)
    commission_sha256 = ma.fields.String(required=True)
    commission_version = ma.fields.Integer(required=True)
    rulebook = ma.fields.Nested(PublicRuleBookSchema, required=True)
    frame = ma.fields.Nested(PublicFrameSchema, required=True)
    plan = ma.fields.Nested(PublicPlanSchema, required=True)
    commitment = ma.fields.String(required=True)
    public_value_source = ma.fields.String(required=True, allow_none=True)
    public_value_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    sealed = ma.fields.Nested(PublicSealedSchema, required=True, allow_none=True)
    timeline = ma.fields.List(ma.fields.Nested(MomentSchema), required=True)
    is_revealed = ma.fields.Boolean(required=True)
    secret = ma.fields.String(required=True, allow_none=True)
    public_value = ma.fields.String(required=True, allow_none=True)
    campaign_seed = ma.fields.String(required=True, allow_none=True)
    access_log_sha256 = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "head of the access log at publication"},
    )
    counties = ma.fields.List(ma.fields.Nested(PublicCountySchema), required=True)
    staff = ma.fields.List(ma.fields.Nested(PublicStaffSchema), required=True)


class PublicVillageSchema(ma.Schema):
    """A drawn or reserve village with everything that its draw and that of its households need."""

    village_code = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    stratum = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)
    order = ma.fields.Integer(required=True)
    is_reserve = ma.fields.Boolean(required=True)
    certainty = ma.fields.Boolean(required=True)
    pi1 = ma.fields.Float(required=True)
    ticket = ma.fields.String(required=True)
    wave = ma.fields.Integer(required=True)
    village_seed = ma.fields.String(required=True)
    was_visited = ma.fields.Boolean(required=True)
    replaces = ma.fields.String(required=True, allow_none=True)
    given_up_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    given_up_reason = ma.fields.String(required=True, allow_none=True)
    approval_sha256 = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "of the document on which it was given up, its name being known"},
    )


class PublicVillageListSchema(ma.Schema):
    """A page of villages; `next` is the `after` of the following page, if any."""

    villages = ma.fields.List(ma.fields.Nested(PublicVillageSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)
