"""What waits for a person: quarantine, village lists far from the register, conflicts."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.quarantine import (
    ChosenSchema,
    ConflictSchema,
    KeptDecisionSchema,
    KeptListSchema,
    KeptQuerySchema,
    KeptRecordSchema,
    ReleaseSchema,
    RosterListedSchema,
    RosterPageSchema,
    RosterQuerySchema,
    VoidedSchema,
    VoidSchema,
    WithReasonSchema,
)
from inspect_app.schemas.sync import reread
from inspect_app.services import conflicts, quarantine, readmission, rosters, voids

blueprint = Blueprint("quarantine", __name__, url_prefix="/api/v1", description="待处理 Quarantine")


@blueprint.route("/campaigns/<campaign_id>/quarantine")
@requires(*quarantine.READERS)
@blueprint.arguments(KeptQuerySchema, location="query")
@blueprint.response(200, KeptListSchema)
@blueprint.doc(operationId="listQuarantine")
def list_quarantine(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List what arrived and could not count, without what it says."""
    found = quarantine.listed(db.session(), campaign_id, by=caller(), **query)
    is_full = len(found) == query["limit"]
    return {"quarantine": found, "next": found[-1].number if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/quarantine/<int:number>")
@requires(*quarantine.READERS)
@blueprint.response(200, KeptRecordSchema)
@blueprint.doc(operationId="getQuarantined")
def get_quarantined(campaign_id: str, number: int) -> quarantine.Shown:
    """Show one record with its body; who looked is written down."""
    return quarantine.show(db.session(), campaign_id, number, by=caller(), at=clock.now())


@blueprint.route("/campaigns/<campaign_id>/quarantine/<int:number>/release", methods=["POST"])
@requires(*quarantine.READERS)
@blueprint.arguments(ReleaseSchema)
@blueprint.response(200, KeptDecisionSchema)
@blueprint.doc(operationId="releaseQuarantined")
def release(body: dict[str, Any], campaign_id: str, number: int) -> quarantine.Decided:
    """Let something count as if the household's present phone had sent it; it never overwrites."""
    return readmission.release(
        db.session(),
        campaign_id,
        number,
        **body,
        read=reread,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/quarantine/<int:number>/dismiss", methods=["POST"])
@requires(*quarantine.READERS)
@blueprint.arguments(WithReasonSchema)
@blueprint.response(200, KeptDecisionSchema)
@blueprint.doc(operationId="dismissQuarantined")
def dismiss(body: dict[str, Any], campaign_id: str, number: int) -> quarantine.Decided:
    """Say that something does not count, and why; it stays readable."""
    return quarantine.dismiss(
        db.session(),
        campaign_id,
        number,
        **body,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/ops/<op_id>/void", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(VoidSchema)
@blueprint.response(200, VoidedSchema)
@blueprint.doc(operationId="voidBody")
def void_body(body: dict[str, Any], campaign_id: str, op_id: str) -> voids.Voided:
    """Destroy the text of a body on demand, with a reason; hashes and chain stay."""
    return voids.destroy(
        db.session(),
        campaign_id,
        op_id,
        **body,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/rosters")
@requires(*rosters.READERS)
@blueprint.arguments(RosterQuerySchema, location="query")
@blueprint.response(200, RosterPageSchema)
@blueprint.doc(operationId="listRosters")
def list_rosters(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List village lists with their counts, and whether they wait for a release."""
    found = rosters.listed(db.session(), campaign_id, by=caller(), at=clock.now(), **query)
    is_full = len(found) == query["limit"]
    return {"rosters": found, "next": found[-1].op_id if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/rosters/<op_id>/release", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(WithReasonSchema)
@blueprint.response(200, RosterListedSchema)
@blueprint.doc(operationId="releaseRoster")
def release_roster(body: dict[str, Any], campaign_id: str, op_id: str) -> rosters.Listed:
    """Let a phone draw from a list whose count is far from the register's."""
    return rosters.release(
        db.session(),
        campaign_id,
        op_id,
        **body,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/rosters/<op_id>/stand", methods=["POST"])
@requires(Role.TEAM_LEADER)
@blueprint.arguments(WithReasonSchema)
@blueprint.response(200, RosterListedSchema)
@blueprint.doc(operationId="chooseRoster")
def choose_roster(body: dict[str, Any], campaign_id: str, op_id: str) -> rosters.Listed:
    """Let the second list of a village stand instead of the first, and draw from it."""
    return rosters.choose(
        db.session(),
        campaign_id,
        op_id,
        **body,
        read=reread,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/interviews/<interview_id>/conflict", methods=["POST"])
@requires(*quarantine.READERS)
@blueprint.arguments(ConflictSchema)
@blueprint.response(200, ChosenSchema)
@blueprint.doc(operationId="decideConflict")
def decide_conflict(body: dict[str, Any], interview_id: str) -> conflicts.Chosen:
    """Say which of several revisions counts; the others stay readable."""
    return conflicts.choose(
        db.session(),
        interview_id,
        **body,
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )
