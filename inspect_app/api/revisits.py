"""Second visits: blind re-interviews that chance chose, and how they agree with the first."""

from typing import Any

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.schemas.revisits import (
    BesideSchema,
    RevisitListSchema,
    RevisitOrderSchema,
    RevisitProposalQuerySchema,
    RevisitProposalSchema,
    RevisitQuerySchema,
    RevisitSchema,
)
from inspect_app.services import lots, revisits

blueprint = Blueprint("revisits", __name__, url_prefix="/api/v1", description="复访 Second visits")


@blueprint.route("/campaigns/<campaign_id>/revisits/proposal", methods=["POST"])
@requires(*lots.ORDERING)
@blueprint.arguments(RevisitProposalQuerySchema)
@blueprint.response(200, RevisitProposalSchema)
@blueprint.doc(operationId="proposeRevisits")
def propose_revisits(body: dict[str, Any], campaign_id: str) -> lots.Proposal:
    """List the blind re-interviews that are due in a county, with pairs who may go."""
    return lots.proposal(db.session(), campaign_id, **body, by=caller(), at=clock.now())


@blueprint.route("/campaigns/<campaign_id>/revisits", methods=["POST"])
@requires(*lots.ORDERING)
@blueprint.arguments(RevisitOrderSchema)
@blueprint.response(201, RevisitSchema)
@blueprint.doc(operationId="orderRevisit")
def order_revisit(body: dict[str, Any], campaign_id: str) -> revisits.Ordered:
    """Order a blind re-interview, which chance must have chosen, from another pair."""
    return revisits.order(
        db.session(),
        campaign_id,
        first_interview_id=body["first_interview_id"],
        enumerators=tuple(body["enumerators"]),
        interpreter=body["interpreter"],
        by=caller(),
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/revisits")
@requires(*revisits.READERS)
@blueprint.arguments(RevisitQuerySchema, location="query")
@blueprint.response(200, RevisitListSchema)
@blueprint.doc(operationId="listRevisits")
def list_revisits(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List second visits and how far they agree with the first; answers are not shown."""
    found = revisits.listed(db.session(), campaign_id, **query, by=caller(), at=clock.now())
    is_full = len(found) == query["limit"]
    return {"revisits": found, "next": found[-1].interview_id if is_full else None}


@blueprint.route("/revisits/<interview_id>")
@requires(*revisits.READERS)
@blueprint.response(200, BesideSchema)
@blueprint.doc(operationId="getRevisit")
def get_revisit(interview_id: str) -> revisits.Beside:
    """Set a second interview beside the first, question by question; who looked is written down."""
    return revisits.show(db.session(), interview_id, by=caller(), at=clock.now())
