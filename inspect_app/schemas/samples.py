"""Shapes of the sealed sample and of the lists people may see."""

import marshmallow as ma


class CountyCountSchema(ma.Schema):
    """Places of a county's sealed list."""

    county_adcode = ma.fields.String(required=True)
    drawn = ma.fields.Integer(required=True)
    reserve = ma.fields.Integer(required=True)


class SealedSchema(ma.Schema):
    """Hash and length of the sealed list."""

    sha256 = ma.fields.String(required=True)
    villages = ma.fields.Integer(required=True)
    sealed_at = ma.fields.AwareDateTime(required=True)
    counties = ma.fields.List(ma.fields.Nested(CountyCountSchema), required=True)


class SeenVillageSchema(ma.Schema):
    """A village that may be seen; null where it is not yet to be known."""

    village_code = ma.fields.String(required=True)
    village_name = ma.fields.String(required=True)
    town_name = ma.fields.String(required=True, allow_none=True)
    county_adcode = ma.fields.String(required=True)
    position = ma.fields.Integer(required=True)
    stratum = ma.fields.String(required=True)
    remoteness_class = ma.fields.Integer(required=True, allow_none=True)
    is_reserve = ma.fields.Boolean(required=True)
    released_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    visit_date = ma.fields.Date(required=True, allow_none=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    given_up_reason = ma.fields.String(required=True, allow_none=True)
    replaces = ma.fields.String(required=True, allow_none=True)
    order = ma.fields.Integer(required=True, allow_none=True)
    ticket = ma.fields.String(required=True, allow_none=True)
    pi1 = ma.fields.Float(required=True, allow_none=True)
    certainty = ma.fields.Boolean(required=True, allow_none=True)


class SeenVillageListSchema(ma.Schema):
    """A page of villages; `next` is the `after` of the following page, if any."""

    villages = ma.fields.List(ma.fields.Nested(SeenVillageSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class AccessSchema(ma.Schema):
    """Who saw which list when."""

    id = ma.fields.Integer(required=True)
    actor = ma.fields.String(required=True)
    what = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    h = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "SHA-256 of the h before, campaign, actor, what and at (UTC, "
            "microseconds), one a line"
        },
    )


class AccessListSchema(ma.Schema):
    """A page of the access log."""

    accesses = ma.fields.List(ma.fields.Nested(AccessSchema), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class NumberPageSchema(ma.Schema):
    """Which part of a numbered list."""

    after = ma.fields.Integer(load_default=None, validate=ma.validate.Range(0, 2**53))
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))
