"""The ledger: what arrived when, and how to prove it."""

from flask import current_app

from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.schemas.ledger import LedgerRootSchema, ProofSchema
from inspect_app.services import ledger

blueprint = Blueprint("ledger", __name__, url_prefix="/api/v1", description="账本 Ledger")


@blueprint.route("/ledger/<op_id>")
@public
@blueprint.response(200, ProofSchema)
@blueprint.doc(operationId="proveOp", security=[])
def prove_op(op_id: str) -> ledger.Proof:
    """Show an op's ledger line, its receipt, and its path to the root of the day."""
    return ledger.proof(db.session(), op_id, settings=current_app.config["SETTINGS"])


@blueprint.route("/campaigns/<campaign_id>/ledger")
@public
@blueprint.response(200, LedgerRootSchema)
@blueprint.doc(operationId="getLedgerRoot", security=[])
def get_root(campaign_id: str) -> ledger.SignedRoot:
    """Show the signed root of the last day, to be compared with a printed one."""
    return ledger.signed_root(db.session(), campaign_id, settings=current_app.config["SETTINGS"])
