"""Shapes of enumerators and assignments."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.schemas.accounts import ADCODE, UUID_TEXT, Whole, line_of_text, sensible_day

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
    declared = ma.fields.List(
        ma.fields.String(validate=ADCODE),
        load_default=list,
        validate=ma.validate.Length(max=100),
        metadata={"description": "counties of kin, posts or funding within three years"},
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
    enumerators = ma.fields.List(
        ma.fields.String(validate=UUID_TEXT), required=True, validate=ma.validate.Length(equal=2)
    )
    unreachable = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(1000),
        metadata={
            "description": "why the drawn village cannot be visited: the next reserve of its "
            "stratum is released in its stead"
        },
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewAssignment:
        first, second = data["enumerators"]
        return NewAssignment(**{**data, "enumerators": (first, second)})


class CheckSchema(ma.Schema):
    """Whether to assign, or only to say whether that would be allowed."""

    check = ma.fields.Boolean(load_default=False)


class ReasonSchema(ma.Schema):
    """A rule that an assignment breaks."""

    code = ma.fields.String(required=True)
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)


class AssignedSchema(ma.Schema):
    """The released village, or with `check` what would forbid it; a check names no village."""

    allowed = ma.fields.Boolean(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)
    id = ma.fields.String(required=True, allow_none=True)
    village_code = ma.fields.String(required=True, allow_none=True)
    village_name = ma.fields.String(required=True, allow_none=True)
    visit_date = ma.fields.Date(required=True, allow_none=True)
    enumerators = ma.fields.List(ma.fields.String(), required=True)
    device_id = ma.fields.String(required=True, allow_none=True)
