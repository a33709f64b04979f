"""Files of phones, piece by piece, and files of interviews for who may see answers."""

from flask import Response, current_app, make_response, request

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.problems import CHUNK_TYPE
from inspect_app.requests import Blueprint, read_chunk
from inspect_app.rules.roles import Role
from inspect_app.schemas.blobs import ChunkHeadersSchema
from inspect_app.services import blobs, quarantine

blueprint = Blueprint("blobs", __name__, url_prefix="/api/v1", description="文件 Files")

HERE = {"Upload-Offset": {"description": "bytes that are here", "schema": {"type": "integer"}}}
OF = {"Upload-Length": {"description": "bytes of the whole file", "schema": {"type": "integer"}}}
CHUNK_BODY = {
    "required": True,
    "content": {CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
NOT_TO_BE_RUN = "default-src 'none'; sandbox"


@blueprint.route("/blobs/<sha256>", methods=["HEAD"])
@requires(Role.ENUMERATOR)
@blueprint.response(200, description="how much is here", headers={**HERE, **OF})
@blueprint.doc(operationId="askBlobOffset")
def ask_offset(sha256: str) -> Response:
    """Say how much of a file that this phone announced is here."""
    found = blobs.progress(
        db.session(),
        sha256,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return _progress(found, 200)


@blueprint.route("/blobs/<sha256>", methods=["PATCH"])
@requires(Role.ENUMERATOR)
@blueprint.arguments(ChunkHeadersSchema, location="headers")
@blueprint.response(204, description="the chunk is here", headers={**HERE, **OF})
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="sendBlobChunk", requestBody=CHUNK_BODY)
def send_chunk(headers: dict[str, int], sha256: str) -> Response:
    """Add a chunk to a file; the last one makes the ops complete that waited for it."""
    settings = current_app.config["SETTINGS"]
    found = blobs.receive(
        db.session(),
        sha256,
        read_chunk(request, limit=settings.limits.chunk_bytes),
        offset=headers["upload_offset"],
        length=headers["upload_length"],
        by=caller(),
        settings=settings,
        at=clock.now(),
    )
    return _progress(found, 204)


@blueprint.route("/interviews/<interview_id>/files/<sha256>")
@requires(*blobs.READERS)
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    description="the file, under its type where that is harmless",
    content_type="application/octet-stream",
)
@blueprint.doc(operationId="getInterviewFile")
def get_file(interview_id: str, sha256: str) -> Response:
    """Download a photo or signature of an interview; who looked is written down."""
    found = blobs.hand_out(
        db.session(),
        interview_id,
        sha256,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return _handed(found)


@blueprint.route("/campaigns/<campaign_id>/quarantine/<int:number>/files/<sha256>")
@requires(*blobs.READERS)
@blueprint.response(
    200,
    {"type": "string", "format": "binary"},
    description="the file, under its type where that is harmless",
    content_type="application/octet-stream",
)
@blueprint.doc(operationId="getQuarantinedFile")
def get_quarantined_file(campaign_id: str, number: int, sha256: str) -> Response:
    """Download a photo or signature that something in quarantine names; it is written down."""
    return _handed(
        quarantine.hand_out(
            db.session(),
            campaign_id,
            number,
            sha256,
            by=caller(),
            settings=current_app.config["SETTINGS"],
            at=clock.now(),
        )
    )


def _handed(found: blobs.Handed) -> Response:
    answer = Response(found.content, mimetype=found.type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = NOT_TO_BE_RUN
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _progress(found: blobs.Progress, status: int) -> Response:
    answer = make_response("", status)
    answer.headers["Upload-Offset"] = str(found.offset)
    answer.headers["Upload-Length"] = str(found.length)
    return answer
