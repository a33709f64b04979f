"""Shapes of the health answers."""

import marshmallow as ma


class AliveSchema(ma.Schema):
    """The process answers."""

    status = ma.fields.String(required=True)


class ReadinessSchema(ma.Schema):
    """Every part that was looked at, and is good."""

    database = ma.fields.String(required=True)
    revision = ma.fields.String(required=True)
    durability = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), required=True)
    weak = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "may lose commits; only where the server is allowed to"},
    )
    free_mb = ma.fields.Integer(required=True)
