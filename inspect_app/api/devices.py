"""Phones: hello, enrolment, tokens, and what they still hold."""

import secrets
from typing import Any

from flask import Response, current_app, jsonify, make_response

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.devices import (
    DeviceTokenSchema,
    EnrolmentCodeRequestSchema,
    EnrolmentCodeSchema,
    EnrolSchema,
    HeldListSchema,
    HelloSchema,
    TokenRequestSchema,
    WelcomeSchema,
)
from inspect_app.services import devices

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1", description="设备 Devices")

NO_STORE = {"Cache-Control": "no-store"}
NONCE_BYTES = 16


@blueprint.route("/hello")
@public
@blueprint.response(200, HelloSchema)
@blueprint.doc(operationId="hello", security=[])
def hello() -> tuple[devices.Hello, int, dict[str, str]]:
    """Say that this is the server, what it understands, and give a nonce."""
    said = devices.hello(
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
        # Freshness, not secrecy: nothing that is stored depends on these bytes.
        fresh=secrets.token_bytes(NONCE_BYTES),
    )
    return said, 200, NO_STORE


@blueprint.route("/devices/codes", methods=["POST"])
@requires(Role.TEAM_LEADER, Role.PLANNER)
@blueprint.arguments(EnrolmentCodeRequestSchema)
@blueprint.response(201, EnrolmentCodeSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="createEnrolmentCode")
def create_code(body: dict[str, Any]) -> tuple[devices.Code, int, dict[str, str]]:
    """Make a one-time enrolment code for an enumerator, good for 72 hours."""
    code = devices.create_code(
        db.session(),
        body["campaign_id"],
        body["enumerator_id"],
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return code, 201, NO_STORE


@blueprint.route("/devices/enrol", methods=["POST"])
@public
@blueprint.arguments(EnrolSchema)
@blueprint.response(201, WelcomeSchema)
@blueprint.alt_response(200, schema=WelcomeSchema, description="the same phone again")
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="enrolDevice", security=[])
def enrol(body: dict[str, Any]) -> Response:
    """Let a phone in by its code; the same phone again within ten minutes gets the same answer."""
    welcome = devices.enrol(
        db.session(),
        **body,
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    answer = jsonify(WelcomeSchema().dump(welcome))
    return make_response(answer, 201 if welcome.is_new else 200, NO_STORE)


@blueprint.route("/devices/token", methods=["POST"])
@public
@blueprint.arguments(TokenRequestSchema)
@blueprint.response(200, DeviceTokenSchema)
@blueprint.alt_response(401, "Problem401")
@blueprint.doc(operationId="renewDeviceToken", security=[])
def renew(body: dict[str, Any]) -> tuple[devices.Bearer, int, dict[str, str]]:
    """Give a phone that signed the nonce a token for a day."""
    bearer = devices.renew(
        db.session(),
        **body,
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return bearer, 200, NO_STORE


@blueprint.route("/campaigns/<campaign_id>/devices")
@requires(Role.TEAM_LEADER, Role.PLANNER, Role.COMMISSIONER)
@blueprint.response(200, HeldListSchema)
@blueprint.doc(operationId="listDevices")
def list_devices(campaign_id: str) -> dict[str, Any]:
    """List phones with their last contact and what they still hold."""
    return {"devices": devices.listed(db.session(), campaign_id, by=caller())}
