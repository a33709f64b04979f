"""The methods annex of a campaign."""

from flask import Response, request

from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.services import annexes
from inspect_app.services.documents import digest

blueprint = Blueprint(
    "annexes",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>/annex",
    description="方法附件 Methods annex",
)


@blueprint.route("/json")
@requires(*Role)
@blueprint.response(200, content_type="application/json")
@blueprint.alt_response(409, "Problem409")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getAnnexDocument")
def get_annex_document(campaign_id: str) -> Response:
    """Download annex.json: frame, plan, seed, sampling errors, rule book, digests."""
    annex = annexes.compose(db.session(), campaign_id, by=caller())
    return _file(annex.document, annex.document_sha256, "application/json")


@blueprint.route("/pdf")
@requires(*Role)
@blueprint.response(200, content_type="application/pdf")
@blueprint.alt_response(409, "Problem409")
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getAnnexPdf")
def get_annex_pdf(campaign_id: str) -> Response:
    """Download the methods annex, drawn from public figures."""
    pdf = annexes.draw(annexes.compose(db.session(), campaign_id, by=caller()))
    return _file(pdf, digest(pdf), "application/pdf")


def _file(content: bytes, sha256: str, mimetype: str) -> Response:
    response = Response(content, mimetype=mimetype)
    response.set_etag(sha256)
    response.make_conditional(request)
    return response
