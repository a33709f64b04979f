"""Shapes of ledger entries, receipts and roots."""

import marshmallow as ma

from inspect_app.schemas.sync import ReceiptSchema


class ProofSchema(ma.Schema):
    """An op's ledger entry with everything needed to check it against a printed root."""

    campaign_id = ma.fields.String(required=True)
    op_id = ma.fields.String(required=True)
    seq = ma.fields.Integer(required=True)
    status = ma.fields.String(required=True)
    complete = ma.fields.Boolean(required=True)
    line = ma.fields.String(required=True)
    h_prev = ma.fields.String(required=True)
    receipt = ma.fields.Nested(ReceiptSchema, required=True)
    day = ma.fields.String(required=True)
    day_root = ma.fields.String(required=True)
    day_root_sig = ma.fields.String(required=True)
    count = ma.fields.Integer(required=True, metadata={"description": "entries up to that day"})
    leaf = ma.fields.Integer(required=True, metadata={"description": "place among the leaves"})
    leaves = ma.fields.Integer(required=True)
    path = ma.fields.List(ma.fields.String(), required=True)


class LedgerRootSchema(ma.Schema):
    """The root of the last day of a chain."""

    campaign_id = ma.fields.String(required=True)
    day = ma.fields.String(required=True, allow_none=True)
    count = ma.fields.Integer(required=True)
    root = ma.fields.String(required=True)
    sig = ma.fields.String(required=True)
    kid = ma.fields.String(required=True)
    receipt_key = ma.fields.String(required=True)
