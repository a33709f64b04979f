"""Check a report without an account; the same as the pages of `inspect_app/pages/verify.py`."""

from typing import Any

from flask import current_app, request

from inspect_app import clock
from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.schemas.verify import CheckedSchema
from inspect_app.services import lookups
from inspect_app.services.lookups import Shown

blueprint = Blueprint(
    "verify", __name__, url_prefix="/api/v1/verify", description="核验报告 Check a report"
)


@blueprint.route("/<number>/<digest>")
@public
@blueprint.response(200, CheckedSchema)
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="verifyVerdict", security=[])
def get_verdict(number: str, digest: str) -> Shown:
    """Return what is to be compared with a report, for its number and 16 digits or more."""
    return lookups.find(db.session(), number, digest, **_circumstances())


@blueprint.route("/files/<sha256>")
@public
@blueprint.response(200, CheckedSchema)
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="verifyFile", security=[])
def find_file(sha256: str) -> Shown:
    """Return the report that a file belongs to, by the SHA-256 of the file."""
    return lookups.find_file(db.session(), sha256, **_circumstances())


def _circumstances() -> dict[str, Any]:
    return {
        "address": request.remote_addr,
        "at": clock.now(),
        "settings": current_app.config["SETTINGS"],
    }
