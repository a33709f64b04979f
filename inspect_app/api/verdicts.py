"""Estimates before the verdict, verdicts, and the files of each edition."""

from typing import Any

from flask import Response, current_app, request

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.models.verdicts import Verdict
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.verdicts import (
    CountySchema,
    EditionQuerySchema,
    EstimatesSchema,
    IssueSchema,
    NewWaiverSchema,
    VerdictListSchema,
    VerdictSchema,
    WaiverSchema,
)
from inspect_app.services import downloads, loose_ends, verdicts

blueprint = Blueprint(
    "verdicts", __name__, url_prefix="/api/v1", description="测算与评估结论 Estimates and verdicts"
)

READERS = (
    Role.COMMISSIONER,
    Role.PLANNER,
    Role.REVIEWER,
    Role.EXPERT,
    Role.COUNTY_OFFICIAL,
)


@blueprint.route("/campaigns/<campaign_id>/estimates", methods=["POST"])
@requires(Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
@blueprint.arguments(CountySchema)
@blueprint.response(200, EstimatesSchema)
@blueprint.doc(operationId="estimateCounty")
def estimate_county(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Estimate a county's indicators from what is accepted so far; nothing is stored."""
    return verdicts.estimate(
        db.session(),
        campaign_id,
        body["county_adcode"],
        by=caller(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/campaigns/<campaign_id>/verdicts", methods=["POST"])
@requires(Role.REVIEWER, Role.EXPERT)
@blueprint.arguments(IssueSchema)
@blueprint.response(201, VerdictSchema)
@blueprint.doc(operationId="issueVerdict")
def issue_verdict(body: dict[str, Any], campaign_id: str) -> Verdict:
    """Issue a county's verdict; on unchanged inputs the version that exists is answered."""
    return verdicts.issue(
        db.session(),
        campaign_id,
        body.pop("county_adcode"),
        **body,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/campaigns/<campaign_id>/verdicts/waivers", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewWaiverSchema)
@blueprint.response(201, WaiverSchema)
@blueprint.doc(operationId="waiveLooseEnds")
def waive_loose_ends(body: dict[str, Any], campaign_id: str) -> loose_ends.Waived:
    """Let the present loose ends of a county stand, with a reason that is on the record."""
    return loose_ends.waive(
        db.session(),
        campaign_id,
        body["county_adcode"],
        reason=body["reason"],
        by=caller(),
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/verdicts")
@requires(*READERS)
@blueprint.response(200, VerdictListSchema)
@blueprint.doc(operationId="listVerdicts")
def list_verdicts(campaign_id: str) -> dict[str, Any]:
    """List a campaign's verdicts; a county official sees the own county's."""
    return {"verdicts": verdicts.listed(db.session(), campaign_id, by=caller())}


@blueprint.route("/verdicts/<number>/<int(min=1, max=9999):version>/json")
@requires(*Role)
@blueprint.arguments(EditionQuerySchema, location="query")
@blueprint.response(200, content_type="application/json")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getVerdictDocument")
def get_document(query: dict[str, Any], number: str, version: int) -> Response:
    """Download verdict.json of an edition, the exact bytes whose digest its PDF prints.

    Who took the full one is written down.
    """
    return edition_file(number, version, query.get("edition"), downloads.JSON)


@blueprint.route("/verdicts/<number>/<int(min=1, max=9999):version>/pdf")
@requires(*Role)
@blueprint.arguments(EditionQuerySchema, location="query")
@blueprint.response(200, content_type="application/pdf")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getVerdictPdf")
def get_pdf(query: dict[str, Any], number: str, version: int) -> Response:
    """Download the PDF of an edition; who took the full one is written down."""
    return edition_file(number, version, query.get("edition"), downloads.PDF)


@blueprint.route("/verdicts/<number>/<int(min=1, max=9999):version>/interviews")
@requires(Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
@blueprint.response(200, content_type="text/csv")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getVerdictInterviews")
def get_interviews(number: str, version: int) -> Response:
    """Download the weighted interviews behind a verdict; opinions only for who may see answers."""
    found = verdicts.find_interviews(db.session(), number, version, by=caller(), at=clock.now())
    return _file(found.content, found.sha256, "text/csv")


def edition_file(number: str, version: int, edition: str | None, form: str) -> Response:
    """Hand out a file of an edition, by default the fullest that the caller may read."""
    found = downloads.hand_out(
        db.session(), number, version, edition, form, by=caller(), at=clock.now()
    )
    return _file(found.content, found.sha256, found.type)


def _file(content: bytes, digest: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.set_etag(digest)
    response.make_conditional(request)
    return response
