"""Sealed files of phones, brought by the leader of their team."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint, takes_archive
from inspect_app.rules.roles import Role
from inspect_app.schemas.couriers import (
    ArchiveFormSchema,
    CarriedListSchema,
    CarriedQuerySchema,
    CarriedSchema,
    ReceiptsSchema,
)
from inspect_app.schemas.sync import read_push, reread
from inspect_app.services import couriers

blueprint = Blueprint(
    "couriers",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>/sealed-files",
    description="代传 Sealed files",
)


@blueprint.route("", methods=["POST"])
@takes_archive
@requires(Role.TEAM_LEADER)
@blueprint.arguments(ArchiveFormSchema, location="files")
@blueprint.response(201, CarriedSchema)
@blueprint.doc(operationId="bringSealedFile")
def bring_file(sent: dict[str, Any], campaign_id: str) -> couriers.Carried:
    """Take a sealed file of a phone of the own team, as a push; again it changes nothing."""
    return couriers.bring(
        db.session(),
        campaign_id,
        couriers.Upload(**sent),
        read_push=read_push,
        read=reread,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("")
@requires(Role.TEAM_LEADER)
@blueprint.arguments(CarriedQuerySchema, location="query")
@blueprint.response(200, CarriedListSchema)
@blueprint.doc(operationId="listSealedFiles")
def list_files(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List the sealed files that were brought for phones of the own team, the latest first."""
    found = couriers.listed(db.session(), campaign_id, **query, by=caller())
    is_full = len(found) == query["limit"]
    return {"files": found, "next": found[-1].id if is_full else None}


@blueprint.route("/<file_id>/receipts")
@requires(Role.TEAM_LEADER)
@blueprint.response(200, ReceiptsSchema)
@blueprint.doc(operationId="getReceipts")
def get_receipts(campaign_id: str, file_id: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Download what the phone is to be told, as a file for it."""
    found = couriers.receipts(db.session(), campaign_id, file_id, by=caller(), at=clock.now())
    name = f"receipts-{found['device_id'][:8]}.json"
    return found, 200, {"Content-Disposition": f'attachment; filename="{name}"'}
