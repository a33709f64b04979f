"""Who goes where: declarations, proposals for a village day, assignments and who relieves whom."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, requires
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.assignments import NewApproval, NewReassignment, Wanted
from inspect_app.rules.declarations import NewDeclaration
from inspect_app.rules.roles import Role
from inspect_app.schemas.assignments import (
    ApprovedSchema,
    AssignedBatchSchema,
    AssignedSchema,
    AssignmentListSchema,
    BatchSchema,
    NewApprovalSchema,
    NewReassignmentSchema,
    ProposalSchema,
    WantedSchema,
)
from inspect_app.schemas.campaigns import PageSchema
from inspect_app.schemas.declarations import (
    DeclarationListSchema,
    DeclaredSchema,
    NewDeclarationSchema,
    TieAlarmListSchema,
)
from inspect_app.schemas.samples import NumberPageSchema
from inspect_app.services import (
    access,
    assignments,
    declarations,
    exchanges,
    proposals,
    reassignments,
)

blueprint = Blueprint(
    "assignments",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>",
    description="声明与派组 Declarations and assignments",
)


@blueprint.route("/declarations", methods=["POST"])
@requires(*declarations.DECLARERS)
@blueprint.arguments(NewDeclarationSchema)
@blueprint.response(201, DeclaredSchema)
@blueprint.doc(operationId="declareInterests")
def declare_interests(new: NewDeclaration, campaign_id: str) -> declarations.Declared:
    """Keep a signed declaration of the agency or of an enumerator; an amended one is a version."""
    return declarations.declare(db.session(), campaign_id, new, by=caller(), at=clock.now())


@blueprint.route("/declarations")
@requires(*declarations.DECLARERS)
@blueprint.arguments(NumberPageSchema, location="query")
@blueprint.response(200, DeclarationListSchema)
@blueprint.doc(operationId="listDeclarations")
def list_declarations(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List every version of every declaration, in the order recorded."""
    found = declarations.listed(db.session(), campaign_id, by=caller(), **page)
    return {"declarations": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/declarations/alarms")
@requires(*declarations.DECLARERS)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, TieAlarmListSchema)
@blueprint.doc(operationId="listDeclarationAlarms")
def list_declaration_alarms(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List the assignments that the declarations of today would forbid."""
    found = declarations.alarms(db.session(), campaign_id, by=caller(), **page)
    last = found[-1].assignment_id if len(found) == page["limit"] else None
    return {"alarms": found, "next": last}


@blueprint.route("/assignments")
@requires(*access.READERS)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, AssignmentListSchema)
@blueprint.doc(operationId="listAssignments")
def list_assignments(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List who was sent where, a team leader's own from today on; the access is logged."""
    found = assignments.listed(db.session(), campaign_id, by=caller(), at=clock.now(), **page)
    return {"assignments": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/assignments/proposal", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(WantedSchema)
@blueprint.response(200, ProposalSchema)
@blueprint.doc(operationId="proposeAssignments")
def propose_assignments(wanted: Wanted, campaign_id: str) -> proposals.Proposal:
    """Propose a pair for every place of a village day, or say what stands in the way."""
    return proposals.propose(db.session(), campaign_id, wanted, by=caller(), at=clock.now())


@blueprint.route("/assignments/batch", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(BatchSchema)
@blueprint.response(201, AssignedBatchSchema)
@blueprint.doc(operationId="assignVillages")
def assign_villages(body: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """Release the villages of a village day, all or none."""
    given = assignments.assign_all(
        db.session(),
        campaign_id,
        body["assignments"],
        by=caller(),
        frames_dir=current_app.config["SETTINGS"].frames_dir,
        at=clock.now(),
    )
    return {"assignments": given}


@blueprint.route("/assignments/<assignment_id>/reassign", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(NewReassignmentSchema)
@blueprint.response(201, AssignedSchema)
@blueprint.doc(operationId="reassignVillage")
def reassign_village(
    new: NewReassignment, campaign_id: str, assignment_id: str
) -> assignments.Assigned:
    """Give a released village to another pair, or its own another day, with the reason."""
    return reassignments.reassign(
        db.session(), campaign_id, assignment_id, new, by=caller(), at=clock.now()
    )


@blueprint.route("/assignments/<assignment_id>/exchange", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewApprovalSchema)
@blueprint.response(201, ApprovedSchema)
@blueprint.doc(operationId="approveExchange")
def approve_exchange(new: NewApproval, campaign_id: str, assignment_id: str) -> exchanges.Approved:
    """Approve that a released village gives way to the next reserve, with the document."""
    return exchanges.approve(
        db.session(), campaign_id, assignment_id, new, by=caller(), at=clock.now()
    )
