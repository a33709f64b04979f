"""Data sets for agencies: coded figures and paradata; what households said, for reviewers."""

from flask import Response, current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.exports import FORMATS, INTERVIEWS, MEDIA_TYPES, PARADATA, Column
from inspect_app.services import exports

blueprint = Blueprint("exports", __name__, url_prefix="/api/v1", description="数据导出 Exports")

FILE = {"type": "string", "format": "binary"}
HEADERS = {
    "Content-Disposition": {"description": "name of the file", "schema": {"type": "string"}},
    "X-Row-Count": {"description": "rows in the file", "schema": {"type": "integer"}},
    "X-Content-SHA256": {
        "description": "SHA-256 of the file, as the access log keeps it",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
}
FORM = [{"name": "form", "in": "path", "schema": {"type": "string", "enum": list(FORMATS)}}]
PLAIN_FORM = [
    {"name": "form", "in": "path", "schema": {"type": "string", "enum": ["csv", "parquet"]}}
]
ANSWERS = "One column a question, in the order of the questionnaire; a location takes three."


def _described(columns: tuple[Column, ...]) -> str:
    """The columns as a list that a reader of the API document finds beside the address."""
    return "\n".join(f"- `{one.name}` ({one.kind}): {one.label}" for one in columns)


@blueprint.route("/campaigns/<campaign_id>/exports/interviews.<form>", parameters=FORM)
@requires(*exports.SEE_FIGURES)
@blueprint.response(200, FILE, content_type=MEDIA_TYPES["csv"], headers=HEADERS)
@blueprint.doc(operationId="exportInterviews", description=_described(INTERVIEWS))
def get_interviews(campaign_id: str, form: str) -> Response:
    """Take away the weighted interviews, as `estimate` reads them."""
    return _file(campaign_id, "interviews", form)


@blueprint.route("/campaigns/<campaign_id>/exports/paradata.<form>", parameters=FORM)
@requires(*exports.SEE_FIGURES)
@blueprint.response(200, FILE, content_type=MEDIA_TYPES["csv"], headers=HEADERS)
@blueprint.doc(operationId="exportParadata", description=_described(PARADATA))
def get_paradata(campaign_id: str, form: str) -> Response:
    """Take away how the work was done: one row a visit or list, without anything that was said."""
    return _file(campaign_id, "paradata", form)


@blueprint.route("/campaigns/<campaign_id>/exports/answers.<form>", parameters=PLAIN_FORM)
@requires(*exports.SEE_ANSWERS)
@blueprint.response(200, FILE, content_type=MEDIA_TYPES["csv"], headers=HEADERS)
@blueprint.doc(operationId="exportAnswers", description=ANSWERS)
def get_answers(campaign_id: str, form: str) -> Response:
    """Take away what accepted interviews say, one row a household."""
    return _file(campaign_id, "answers", form)


@blueprint.route("/campaigns/<campaign_id>/exports/members.<form>", parameters=PLAIN_FORM)
@requires(*exports.SEE_ANSWERS)
@blueprint.response(200, FILE, content_type=MEDIA_TYPES["csv"], headers=HEADERS)
@blueprint.doc(operationId="exportMembers", description=ANSWERS)
def get_members(campaign_id: str, form: str) -> Response:
    """Take away what accepted interviews say of each member, one row a person."""
    return _file(campaign_id, "members", form)


def _file(campaign_id: str, dataset: str, form: str) -> Response:
    made = exports.make(
        db.session(),
        campaign_id,
        dataset,
        form,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    answer = Response(made.pieces(), content_type=made.type)
    answer.call_on_close(made.file.close)
    answer.content_length = made.length
    answer.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    answer.headers["X-Row-Count"] = str(made.rows)
    answer.headers["X-Content-SHA256"] = made.sha256
    return answer
