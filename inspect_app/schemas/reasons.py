"""Shape of a rule that was broken."""

import marshmallow as ma


class ReasonSchema(ma.Schema):
    """A rule of independence that is broken, in both languages."""

    code = ma.fields.String(required=True)
    zh = ma.fields.String(required=True)
    en = ma.fields.String(required=True)
