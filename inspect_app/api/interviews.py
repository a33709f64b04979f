"""The nightly review of interviews, and replacements."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.reviews import (
    AcceptSchema,
    CountyFiguresSchema,
    CountySchema,
    DecidedSchema,
    InterviewListSchema,
    InterviewQuerySchema,
    InterviewRecordSchema,
    QueueQuerySchema,
    QueueSchema,
    RefusalSchema,
    RefusedSchema,
    ReplacedSchema,
    ReplacementListSchema,
    ReplacementQuerySchema,
    ReplacementSchema,
    ReturnSchema,
)
from inspect_app.services import figures, queues, replacements, reviews

blueprint = Blueprint("interviews", __name__, url_prefix="/api/v1", description="访问 Interviews")


@blueprint.route("/campaigns/<campaign_id>/interviews")
@requires(*queues.READERS)
@blueprint.arguments(InterviewQuerySchema, location="query")
@blueprint.response(200, InterviewListSchema)
@blueprint.doc(operationId="listInterviews")
def list_interviews(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List interviews with what the rules noticed; answers are not shown."""
    found = queues.listed(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found) == query["limit"]
    return {"interviews": found, "next": found[-1].interview_id if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/review-queue")
@requires(*queues.READERS)
@blueprint.arguments(QueueQuerySchema, location="query")
@blueprint.response(200, QueueSchema)
@blueprint.doc(operationId="getReviewQueue")
def get_review_queue(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List what must be decided this evening, the most pressing first, with counts by village."""
    found = queues.queue(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found.interviews) == query["limit"]
    last = found.interviews[-1].interview_id if is_full else None
    return {"interviews": found.interviews, "counts": found.counts, "next": last}


@blueprint.route("/campaigns/<campaign_id>/quality")
@requires(*figures.READERS)
@blueprint.arguments(CountySchema, location="query")
@blueprint.response(200, CountyFiguresSchema)
@blueprint.doc(operationId="getQuality")
def get_quality(query: dict[str, Any], campaign_id: str) -> figures.CountyFigures:
    """Show how the field works in a county, by team and pair: figures, no answers."""
    return figures.county(db.session(), campaign_id, by=caller(), **query)


@blueprint.route("/campaigns/<campaign_id>/replacements")
@requires(*replacements.READERS)
@blueprint.arguments(ReplacementQuerySchema, location="query")
@blueprint.response(200, ReplacementListSchema)
@blueprint.doc(operationId="listReplacements")
def list_replacements(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List households that could not be had, the visits made, and what became of the request."""
    found = replacements.requests(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found) == query["limit"]
    return {"replacements": found, "next": found[-1].interview_id if is_full else None}


@blueprint.route("/interviews/<interview_id>")
@requires(*queues.READERS)
@blueprint.response(200, InterviewRecordSchema)
@blueprint.doc(operationId="getInterview")
def get_interview(interview_id: str) -> queues.Shown:
    """Show the answers of every revision; who looked is written down."""
    return queues.show(db.session(), interview_id, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/accept", methods=["POST"])
@requires(*queues.REVIEWERS)
@blueprint.arguments(AcceptSchema)
@blueprint.response(200, DecidedSchema)
@blueprint.doc(operationId="acceptInterview")
def accept_interview(body: dict[str, Any], interview_id: str) -> reviews.Decided:
    """Accept an interview and open a case for each suspicion."""
    return reviews.accept(
        db.session(),
        interview_id,
        **body,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/interviews/<interview_id>/return", methods=["POST"])
@requires(*queues.READERS)
@blueprint.arguments(ReturnSchema)
@blueprint.response(200, DecidedSchema)
@blueprint.doc(operationId="returnInterview")
def return_interview(body: dict[str, Any], interview_id: str) -> reviews.Decided:
    """Send an interview back to the field with a reason.

    As long as nobody has answered, a request that names others moves the return to them.
    """
    return reviews.send_back(db.session(), interview_id, **body, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/replacement", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(ReplacementSchema)
@blueprint.response(201, ReplacedSchema)
@blueprint.doc(operationId="approveReplacement")
def approve_replacement(body: dict[str, Any], interview_id: str) -> replacements.Replaced:
    """Approve that the next reserve counts in the place of a household that could not be had."""
    return replacements.approve(db.session(), interview_id, **body, by=caller(), at=clock.now())


@blueprint.route("/interviews/<interview_id>/replacement-refusal", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(RefusalSchema)
@blueprint.response(201, RefusedSchema)
@blueprint.doc(operationId="refuseReplacement")
def refuse_replacement(body: dict[str, Any], interview_id: str) -> replacements.Refused:
    """Refuse that a household is replaced; the pair goes there again."""
    return replacements.refuse(db.session(), interview_id, **body, by=caller(), at=clock.now())
