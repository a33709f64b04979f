"""Assignment sheets on paper: print a numbered copy, say what became of it."""

from typing import Any

from flask import Response, current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.schemas.sheets import (
    NewCopySchema,
    NewSheetEventSchema,
    SheetCopyListSchema,
    SheetCopySchema,
)
from inspect_app.services import sheets

blueprint = Blueprint(
    "sheets",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>/assignments/<assignment_id>/sheets",
    description="任务单 Assignment sheets",
)


@blueprint.route("", methods=["POST"])
@requires(*sheets.PRINTERS)
@blueprint.arguments(NewCopySchema)
@blueprint.response(201, content_type="application/pdf")
@blueprint.doc(operationId="printSheet")
def print_sheet(body: dict[str, Any], campaign_id: str, assignment_id: str) -> Response:
    """Print the next numbered copy of an assignment sheet; it is signed out to the caller."""
    printed = sheets.print_copy(
        db.session(),
        campaign_id,
        assignment_id,
        **body,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )
    response = Response(printed.pdf, status=201, mimetype="application/pdf")
    name = f"assignment-{assignment_id}-copy-{printed.n}.pdf"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@blueprint.route("")
@requires(*sheets.READERS)
@blueprint.response(200, SheetCopyListSchema)
@blueprint.doc(operationId="listSheetCopies")
def list_sheet_copies(campaign_id: str, assignment_id: str) -> dict[str, Any]:
    """List the copies of an assignment sheet and what became of each."""
    return {"copies": sheets.copies(db.session(), campaign_id, assignment_id, by=caller())}


@blueprint.route("/<int(min=1, max=9999):n>/events", methods=["POST"])
@requires(*sheets.PRINTERS)
@blueprint.arguments(NewSheetEventSchema)
@blueprint.response(201, SheetCopySchema)
@blueprint.doc(operationId="enterSheetEvent")
def enter_sheet_event(
    body: dict[str, Any], campaign_id: str, assignment_id: str, n: int
) -> sheets.Copy:
    """Enter that a copy was handed back, destroyed or lost."""
    return sheets.enter(
        db.session(), campaign_id, assignment_id, n, **body, by=caller(), at=clock.now()
    )
