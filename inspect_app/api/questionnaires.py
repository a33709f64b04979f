"""Published questionnaires, byte for byte."""

from flask import Response, request

from inspect_app.auth import requires
from inspect_app.requests import Blueprint
from inspect_app.rules import questionnaires
from inspect_app.rules.roles import Role

blueprint = Blueprint(
    "questionnaires",
    __name__,
    url_prefix="/api/v1/questionnaires",
    description="问卷 Questionnaires",
)


@blueprint.route("/<form_id>/<version>")
@requires(*Role)
@blueprint.response(
    200,
    {"type": "object"},
    description="the questionnaire: blocks, fields, choices, rules",
    headers={"ETag": {"description": "its SHA-256, quoted", "schema": {"type": "string"}}},
)
@blueprint.alt_response(304, "Unchanged")
@blueprint.doc(operationId="getQuestionnaire")
def get_questionnaire(form_id: str, version: str) -> Response:
    """Download a published questionnaire; a version never changes, its digest is the ETag."""
    found = questionnaires.load(form_id, version)
    response = Response(found.data, mimetype="application/json")
    response.set_etag(found.sha256)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.make_conditional(request)
    return response
