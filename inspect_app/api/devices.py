"""Phones: hello, enrolment, tokens, what they still hold, and what they are ordered to do."""

import secrets
from typing import Any

from flask import Response, current_app, jsonify, make_response, request

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.devices import (
    AcknowledgementSchema,
    AlarmListSchema,
    AlarmQuerySchema,
    AlarmSchema,
    DeviceTokenSchema,
    EnrolmentCodeRequestSchema,
    EnrolmentCodeSchema,
    EnrolSchema,
    HeldListSchema,
    HeldQuerySchema,
    HeldSchema,
    HelloSchema,
    IssuedCodeListSchema,
    IssuedCodeSchema,
    OrderSchema,
    TokenRequestSchema,
    WelcomeSchema,
)
from inspect_app.services import alarms, devices, enrolment, fleet, rates

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
@requires(Role.TEAM_LEADER)
@blueprint.arguments(EnrolmentCodeRequestSchema)
@blueprint.response(201, EnrolmentCodeSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="createEnrolmentCode")
def create_code(body: dict[str, Any]) -> tuple[enrolment.Code, int, dict[str, str]]:
    """Make a one-time enrolment code for an enumerator of the own team, good for 72 hours."""
    code = enrolment.create_code(
        db.session(),
        body["campaign_id"],
        body["enumerator_id"],
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return code, 201, NO_STORE


@blueprint.route("/campaigns/<campaign_id>/codes")
@requires(Role.TEAM_LEADER)
@blueprint.response(200, IssuedCodeListSchema)
@blueprint.doc(operationId="listEnrolmentCodes")
def list_codes(campaign_id: str) -> dict[str, Any]:
    """List the codes given out in the own team, newest first, and which phones came in by them."""
    found = enrolment.codes(db.session(), campaign_id, by=caller(), at=clock.now())
    return {"codes": found}


@blueprint.route("/campaigns/<campaign_id>/codes/<code_id>/revoke", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.response(200, IssuedCodeSchema)
@blueprint.doc(operationId="revokeEnrolmentCode")
def revoke_code(campaign_id: str, code_id: str) -> enrolment.IssuedCode:
    """Take back a code that no phone has used."""
    return enrolment.revoke_code(db.session(), campaign_id, code_id, by=caller(), at=clock.now())


@blueprint.route("/devices/enrol", methods=["POST"])
@public
@blueprint.arguments(EnrolSchema)
@blueprint.response(201, WelcomeSchema)
@blueprint.alt_response(200, schema=WelcomeSchema, description="the same phone again")
@blueprint.alt_response(404, "Problem404")
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="enrolDevice", security=[])
def enrol(body: dict[str, Any]) -> Response:
    """Let a phone in by its code; the same phone again within ten minutes gets the same answer."""
    welcome = enrolment.enrol(
        db.session(),
        **body,
        stranger=rates.stranger(request.remote_addr),
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
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="renewDeviceToken", security=[])
def renew(body: dict[str, Any]) -> tuple[devices.Bearer, int, dict[str, str]]:
    """Give a phone that signed the nonce a token for a day."""
    bearer = devices.renew(
        db.session(),
        **body,
        stranger=rates.stranger(request.remote_addr),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
    return bearer, 200, NO_STORE


@blueprint.route("/campaigns/<campaign_id>/devices")
@requires(*fleet.READERS)
@blueprint.arguments(HeldQuerySchema, location="query")
@blueprint.response(200, HeldListSchema)
@blueprint.doc(operationId="listDevices")
def list_devices(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List phones with their last contact, what they still hold, and what to look at."""
    found = fleet.listed(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found) == query["limit"]
    return {"devices": found, "next": found[-1].device_id if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/devices/<device_id>/orders", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(OrderSchema)
@blueprint.response(200, HeldSchema)
@blueprint.doc(operationId="orderDevice")
def order_device(body: dict[str, Any], campaign_id: str, device_id: str) -> fleet.Held:
    """Lock, unlock, drain or wipe a phone of the own team, with a reason."""
    return fleet.order(
        db.session(),
        campaign_id,
        device_id,
        **body,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/alarms")
@requires(*alarms.READERS)
@blueprint.arguments(AlarmQuerySchema, location="query")
@blueprint.response(200, AlarmListSchema)
@blueprint.doc(operationId="listAlarms")
def list_alarms(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List events of the chain that a supervisor has to look at."""
    found = alarms.listed(db.session(), campaign_id, by=caller(), **query)
    is_full = len(found) == query["limit"]
    return {"alarms": found, "next": found[-1].seq if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/alarms/<int:seq>/acknowledge", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(AcknowledgementSchema)
@blueprint.response(200, AlarmSchema)
@blueprint.doc(operationId="acknowledgeAlarm")
def acknowledge_alarm(body: dict[str, Any], campaign_id: str, seq: int) -> alarms.Alarm:
    """Say that an alarm of the own team was looked at, and what came of it."""
    return alarms.acknowledge(db.session(), campaign_id, seq, **body, by=caller(), at=clock.now())
