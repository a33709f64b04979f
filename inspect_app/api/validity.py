"""What becomes of a verdict: countersigned, signed, published, objected to, withdrawn."""

from typing import Any

from flask import Response, current_app

from inspect_app import clock
from inspect_app.api.verdicts import edition_file
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.models.signatures import Countersignature
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.validity import (
    CountersignatureSchema,
    NewNoticeSchema,
    NewObjectionAnswerSchema,
    NewObjectionSchema,
    NewWithdrawalSchema,
    ObjectionListSchema,
    ObjectionSchema,
    StandingSchema,
)
from inspect_app.schemas.verdicts import EditionQuerySchema
from inspect_app.services import countersigning, downloads, validity

blueprint = Blueprint(
    "validity",
    __name__,
    url_prefix="/api/v1/verdicts/<number>/<int(min=1, max=9999):version>",
    description="结论的效力 Whether a verdict stands",
)

READERS = (
    Role.COMMISSIONER,
    Role.PLANNER,
    Role.REVIEWER,
    Role.EXPERT,
    Role.COUNTY_OFFICIAL,
)


@blueprint.route("/standing")
@requires(*READERS)
@blueprint.response(200, StandingSchema)
@blueprint.doc(operationId="getVerdictStanding")
def get_standing(number: str, version: int) -> validity.Standing:
    """Tell whether a version stands, and what was published and objected."""
    return validity.read(db.session(), number, version, by=caller())


@blueprint.route("/countersignature", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.response(201, CountersignatureSchema)
@blueprint.doc(operationId="countersignVerdict")
def countersign(number: str, version: int) -> Countersignature:
    """Agree that a version goes out; where a key is configured, its editions are signed."""
    return countersigning.countersign(
        db.session(),
        number,
        version,
        by=caller(),
        at=clock.now(),
        settings=current_app.config["SETTINGS"],
    )


@blueprint.route("/signed")
@requires(*Role)
@blueprint.arguments(EditionQuerySchema, location="query")
@blueprint.response(200, content_type="application/pdf")
@blueprint.doc(operationId="getSignedVerdict")
def get_signed(query: dict[str, Any], number: str, version: int) -> Response:
    """Download the signed PDF of an edition; who took the full one is written down."""
    return edition_file(number, version, query.get("edition"), downloads.SIGNED)


@blueprint.route("/withdrawal", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewWithdrawalSchema)
@blueprint.response(201, StandingSchema)
@blueprint.doc(operationId="withdrawVerdict")
def withdraw(body: dict[str, Any], number: str, version: int) -> validity.Standing:
    """Take a version back, for a reason that everybody reads."""
    return validity.withdraw(
        db.session(), number, version, reason=body["reason"], by=caller(), at=clock.now()
    )


@blueprint.route("/notice", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewNoticeSchema)
@blueprint.response(201, StandingSchema)
@blueprint.doc(operationId="publishVerdict")
def publish(body: dict[str, Any], number: str, version: int) -> validity.Standing:
    """Begin the public notice of a countersigned version."""
    return validity.publish(
        db.session(), number, version, first_day=body["first_day"], by=caller(), at=clock.now()
    )


@blueprint.route("/objections")
@requires(*READERS)
@blueprint.response(200, ObjectionListSchema)
@blueprint.doc(operationId="listObjections")
def list_objections(number: str, version: int) -> dict[str, Any]:
    """List objections with their answers; a county official sees the own county's."""
    return {"objections": validity.objections(db.session(), number, version, by=caller())}


@blueprint.route("/objections", methods=["POST"])
@requires(Role.COMMISSIONER, Role.COUNTY_OFFICIAL)
@blueprint.arguments(NewObjectionSchema)
@blueprint.response(201, ObjectionSchema)
@blueprint.doc(operationId="recordObjection")
def record_objection(body: dict[str, Any], number: str, version: int) -> validity.Objected:
    """Put an objection on the record, with the day it was received."""
    return validity.record_objection(
        db.session(), number, version, by=caller(), at=clock.now(), **body
    )


@blueprint.route("/objections/<int(min=1, max=9999):n>/answer", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewObjectionAnswerSchema)
@blueprint.response(201, ObjectionSchema)
@blueprint.doc(operationId="answerObjection")
def answer_objection(body: dict[str, Any], number: str, version: int, n: int) -> validity.Objected:
    """Answer an objection, once."""
    return validity.answer_objection(
        db.session(), number, version, n, by=caller(), at=clock.now(), **body
    )
