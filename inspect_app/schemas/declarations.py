"""Shapes of declarations of interest and of the alarms they raise."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.declarations import NewDeclaration, Tie, TieKind
from inspect_app.schemas.accounts import ADCODE, UUID_TEXT, Whole, sensible_day
from inspect_app.schemas.lists import Counted
from inspect_app.schemas.reasons import ReasonSchema

SHA256 = Whole(r"^[0-9a-f]{64}$")
LANGUAGE = Whole(r"^[a-z]{2,3}$")


class TieSchema(ma.Schema):
    """A tie to a county; without `until` it lasts. A past one binds for three more years."""

    county_adcode = ma.fields.String(required=True, validate=ADCODE)
    kind = ma.fields.String(
        required=True,
        validate=ma.validate.OneOf([kind.value for kind in TieKind]),
        metadata={"example": "funding"},
    )
    until = ma.fields.Date(allow_none=True, load_default=None, validate=sensible_day)


class NewTieSchema(TieSchema):
    """A tie as declared."""

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> Tie:
        return Tie(data["county_adcode"], TieKind(data["kind"]), data["until"])


class SignedDeclarationSchema(ma.Schema):
    """What somebody signed, with the hash of the paper as scanned."""

    document_sha256 = ma.fields.String(required=True, validate=SHA256)
    signed_on = ma.fields.Date(required=True, validate=sensible_day)
    ties = Counted(
        ma.fields.Nested(NewTieSchema), load_default=list, validate=ma.validate.Length(max=100)
    )
    languages = Counted(
        ma.fields.String(validate=LANGUAGE, metadata={"example": "ii"}),
        load_default=list,
        validate=ma.validate.Length(max=30),
        metadata={"description": "spoken, as ISO 639 codes"},
    )
    training_score = ma.fields.Integer(
        strict=True,
        allow_none=True,
        load_default=None,
        validate=ma.validate.Range(0, 100),
        metadata={"description": "points of the training examination; 90 let somebody go"},
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> NewDeclaration:
        lists = {"ties": tuple(data["ties"]), "languages": tuple(data["languages"])}
        return NewDeclaration(**{**data, **lists})


class NewDeclarationSchema(SignedDeclarationSchema):
    """A declaration of an enumerator or, without one, of the agency as a whole."""

    enumerator_id = ma.fields.String(allow_none=True, load_default=None, validate=UUID_TEXT)


class DeclarationSchema(ma.Schema):
    """One version of a declaration; `subject` is an enumerator or "agency"."""

    id = ma.fields.Integer(required=True)
    subject = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True)
    document_sha256 = ma.fields.String(required=True)
    signed_on = ma.fields.Date(required=True)
    ties = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), required=True)
    standing = ma.fields.List(
        ma.fields.Dict(keys=ma.fields.String()),
        required=True,
        metadata={"description": "ties that bar: these and those declared before"},
    )
    languages = ma.fields.List(ma.fields.String(), required=True)
    training_score = ma.fields.Integer(required=True, allow_none=True)
    recorded_at = ma.fields.AwareDateTime(required=True)
    recorded_by = ma.fields.String(required=True)


class DeclarationListSchema(ma.Schema):
    """Every version, as recorded; `next` is the `after` of the following page, if any."""

    declarations = ma.fields.List(ma.fields.Nested(DeclarationSchema), required=True)
    next = ma.fields.Integer(required=True, allow_none=True)


class TieAlarmSchema(ma.Schema):
    """An assignment that what is declared by now would forbid."""

    assignment_id = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True)
    visit_date = ma.fields.Date(required=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonSchema), required=True)


class TieAlarmListSchema(ma.Schema):
    """A page of alarms."""

    alarms = ma.fields.List(ma.fields.Nested(TieAlarmSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class DeclaredSchema(ma.Schema):
    """A declaration as kept, and the assignments that it would have forbidden."""

    declaration = ma.fields.Nested(DeclarationSchema, required=True)
    alarms = ma.fields.List(ma.fields.Nested(TieAlarmSchema), required=True)
