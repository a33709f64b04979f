"""Notices to a county: issue, list, download, acknowledge."""

from typing import Any

from flask import Response, current_app, request

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.notices import CaseNoticeListSchema, CaseNoticeSchema, NewCaseNoticeSchema
from inspect_app.services import notices

blueprint = Blueprint(
    "notices", __name__, url_prefix="/api/v1", description="核实函 Notices to a county"
)


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>/notices", methods=["POST"])
@requires(*notices.ISSUERS)
@blueprint.arguments(NewCaseNoticeSchema)
@blueprint.response(201, CaseNoticeSchema)
@blueprint.doc(operationId="issueNotice")
def issue_notice(body: dict[str, Any], campaign_id: str, adcode: str) -> notices.Shown:
    """Issue a notice of a county's suspected cases, or of what became of them."""
    return notices.issue(
        db.session(),
        campaign_id,
        adcode,
        kind=body["kind"],
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/campaigns/<campaign_id>/hearings/<adcode>/notices")
@requires(*notices.READERS)
@blueprint.response(200, CaseNoticeListSchema)
@blueprint.doc(operationId="listNotices")
def list_notices(campaign_id: str, adcode: str) -> dict[str, Any]:
    """List the notices of a county; an official sees the own county's."""
    return {"notices": notices.for_county(db.session(), campaign_id, adcode, by=caller())}


@blueprint.route("/notices/<number>/json")
@requires(*notices.READERS)
@blueprint.response(200, content_type="application/json")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getNoticeDocument")
def get_notice_document(number: str) -> Response:
    """Download notice.json, from which the PDF is drawn; who looked is written down."""
    return _file(number, notices.JSON)


@blueprint.route("/notices/<number>/pdf")
@requires(*notices.READERS)
@blueprint.response(200, content_type="application/pdf")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getNoticePdf")
def get_notice_pdf(number: str) -> Response:
    """Download the PDF of a notice; who looked is written down."""
    return _file(number, notices.PDF)


@blueprint.route("/notices/<number>/signed")
@requires(*notices.READERS)
@blueprint.response(200, content_type="application/pdf")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getSignedNotice")
def get_signed_notice(number: str) -> Response:
    """Download the PDF of a notice with its signature; who looked is written down."""
    return _file(number, notices.SIGNED)


@blueprint.route("/notices/<number>/receipt", methods=["POST"])
@requires(Role.COUNTY_OFFICIAL)
@blueprint.response(201, CaseNoticeSchema)
@blueprint.doc(operationId="receiveNotice")
def receive_notice(number: str) -> notices.Shown:
    """Acknowledge that a notice has come; the first receipt counts."""
    return notices.receive(db.session(), number, by=caller(), at=clock.now())


def _file(number: str, form: str) -> Response:
    found = notices.hand_out(db.session(), number, form, by=caller(), at=clock.now())
    response = Response(found.content, mimetype=found.type)
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.set_etag(found.sha256)
    response.make_conditional(request)
    return response
