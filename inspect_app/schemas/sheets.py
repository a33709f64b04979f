"""Shapes of assignment sheets on paper: copies, and what became of them."""

import marshmallow as ma

from inspect_app.schemas.accounts import some_text
from inspect_app.schemas.fields import TrueFalse

EVENTS = ("returned", "destroyed", "lost")


class NewCopySchema(ma.Schema):
    """What a copy holds besides the households."""

    with_roster = TrueFalse(
        load_default=True,
        description="blank roster forms, as long as no list has arrived",
    )


class NewSheetEventSchema(ma.Schema):
    """What became of a copy."""

    what = ma.fields.String(required=True, validate=ma.validate.OneOf(EVENTS))
    note = ma.fields.String(required=True, validate=some_text(1000))


class SheetEventSchema(NewSheetEventSchema):
    """What became of a copy, by whom and when."""

    entered_by = ma.fields.String(required=True)
    entered_at = ma.fields.AwareDateTime(required=True)


class SheetCopySchema(ma.Schema):
    """A numbered copy: who printed it when, and what became of it."""

    n = ma.fields.Integer(required=True)
    document_sha256 = ma.fields.String(required=True)
    pdf_sha256 = ma.fields.String(required=True)
    printed_by = ma.fields.String(required=True)
    printed_at = ma.fields.AwareDateTime(required=True)
    events = ma.fields.List(ma.fields.Nested(SheetEventSchema), required=True)


class SheetCopyListSchema(ma.Schema):
    """Every copy of a sheet."""

    copies = ma.fields.List(ma.fields.Nested(SheetCopySchema), required=True)
