"""Shapes of sealed files that somebody brought, and of what goes back to the phone."""

import hashlib
from typing import Any

import marshmallow as ma

from inspect_app.schemas.fields import UUID_PATTERN, Text
from inspect_app.schemas.sync import ResultSchema

AT_ONCE = 1024 * 1024


class ArchiveFormSchema(ma.Schema):
    """A sealed file in a form."""

    file = ma.fields.Raw(
        required=True, metadata={"type": "string", "format": "binary", "description": ".xfz"}
    )

    @ma.post_load
    def build(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        sent = data["file"]
        if not hasattr(sent, "stream"):
            raise ma.ValidationError("Not a file.", "file")
        machine, length = hashlib.sha256(), 0
        while piece := sent.stream.read(AT_ONCE):
            machine.update(piece)
            length += len(piece)
        sent.stream.seek(0)
        return {"content": sent.stream, "sha256": machine.hexdigest(), "bytes": length}


class CarriedResultSchema(ResultSchema):
    """What was done with one op of the file."""

    complete = ma.fields.Boolean(required=True)


class CarriedSchema(ma.Schema):
    """A sealed file that was brought, and what was answered."""

    id = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    enumerator = ma.fields.String(required=True)
    sha256 = ma.fields.String(required=True)
    bytes = ma.fields.Integer(required=True)
    made_at = ma.fields.String(required=True, metadata={"description": "by the phone's clock"})
    carried_by = ma.fields.String(required=True)
    carried_at = ma.fields.AwareDateTime(required=True)
    results = ma.fields.List(ma.fields.Nested(CarriedResultSchema), required=True)


class CarriedQuerySchema(ma.Schema):
    """From where on."""

    after = Text(UUID_PATTERN, load_default=None)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


class CarriedListSchema(ma.Schema):
    """A page of sealed files; `next` asks for what follows it."""

    files = ma.fields.List(ma.fields.Nested(CarriedSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class ReceiptsSchema(ma.Schema):
    """A file for the phone: results with receipts, which it checks before it believes them."""

    format = ma.fields.String(required=True)
    campaign = ma.fields.String(required=True)
    device_id = ma.fields.String(required=True)
    made_at = ma.fields.String(required=True)
    results = ma.fields.List(ma.fields.Nested(CarriedResultSchema), required=True)
