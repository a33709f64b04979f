"""The nightly review of interviews, and replacements."""

from typing import Any

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.reviews import (
    AcceptSchema,
    DecidedSchema,
    InterviewListSchema,
    InterviewQuerySchema,
    InterviewRecordSchema,
    ReplacedSchema,
    ReplacementSchema,
    ReturnSchema,
)
from inspect_app.services import replacements, reviews

blueprint = Blueprint("interviews", __name__, url_prefix="/api/v1", description="访问 Interviews")


@blueprint.route("/campaigns/<campaign_id>/interviews")
@requires(*reviews.READERS)
@blueprint.arguments(InterviewQuerySchema, location="query")
@blueprint.response(200, InterviewListSchema)
@blueprint.doc(operationId="listInterviews")
def list_interviews(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List interviews with what the rules noticed; answers are not shown."""
    found = reviews.listed(db.session(), campaign_id, by=caller(), **query)
    is_full = len(found) == query["limit"]
    return {"interviews": found, "next": found[-1].interview_id if is_full else None}


@blueprint.route("/interviews/<interview_id>")
@requires(*reviews.READERS)
@blueprint.response(200, InterviewRecordSchema)
@blueprint.doc(operationId="getInterview")
def get_interview(interview_id: str) -> reviews.Shown:
    """Show the answers of every revision; who looked is written down."""
    return reviews.show(db.session(), interview_id, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/accept", methods=["POST"])
@requires(*reviews.REVIEWERS)
@blueprint.arguments(AcceptSchema)
@blueprint.response(200, DecidedSchema)
@blueprint.doc(operationId="acceptInterview")
def accept_interview(body: dict[str, Any], interview_id: str) -> reviews.Decided:
    """Accept an interview and open a case for each suspicion."""
    return reviews.accept(db.session(), interview_id, **body, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/return", methods=["POST"])
@requires(*reviews.READERS)
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, DecidedSchema)
@blueprint.doc(operationId="returnInterview")
def return_interview(body: dict[str, Any], interview_id: str) -> reviews.Decided:
    """Send an interview back to the field with a reason."""
    return reviews.send_back(db.session(), interview_id, **body, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/replacement", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(ReplacementSchema)
@blueprint.response(201, ReplacedSchema)
@blueprint.doc(operationId="approveReplacement")
def approve_replacement(body: dict[str, Any], interview_id: str) -> replacements.Replaced:
    """Approve that the next reserve counts in the place of a household that could not be had."""
    return replacements.approve(db.session(), interview_id, **body, by=caller(), at=clock.now())
