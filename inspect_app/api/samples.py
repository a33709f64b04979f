"""The sealed sample, what of it may be seen, enumerators and assignments."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.extensions import db
from inspect_app.models.samples import Enumerator
from inspect_app.requests import Blueprint
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.roles import Role
from inspect_app.schemas.assignments import (
    AssignedSchema,
    CheckSchema,
    EnumeratorListSchema,
    EnumeratorSchema,
    NewAssignmentSchema,
    NewEnumeratorSchema,
)
from inspect_app.schemas.campaigns import PageSchema
from inspect_app.schemas.samples import (
    AccessListSchema,
    NumberPageSchema,
    SealedSchema,
    SeenVillageListSchema,
)
from inspect_app.services import access, assignments, samples

blueprint = Blueprint(
    "samples",
    __name__,
    url_prefix="/api/v1/campaigns/<campaign_id>",
    description="样本与派组 Sample and assignments",
)


@blueprint.route("/samples", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.response(201, SealedSchema)
@blueprint.doc(operationId="drawSample")
def draw_sample(campaign_id: str) -> samples.Sealed:
    """Draw the villages of all counties and seal the list; only its hash is answered."""
    return samples.draw(
        db.session(),
        campaign_id,
        by=caller(),
        plans_dir=current_app.config["SETTINGS"].plans_dir,
        at=clock.now(),
    )


@blueprint.route("/samples")
@public
@blueprint.response(200, SealedSchema)
@blueprint.doc(operationId="getSealedSample", security=[])
def get_sealed_sample(campaign_id: str) -> samples.Sealed:
    """Return hash and length of the sealed list."""
    return samples.sealed(db.session(), campaign_id)


@blueprint.route("/samples/villages")
@requires(*access.READERS)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, SeenVillageListSchema)
@blueprint.doc(operationId="listSampleVillages")
def list_sample_villages(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List the released villages, after publication all; the access is logged."""
    seen = access.villages(db.session(), campaign_id, by=caller(), at=clock.now(), **page)
    last = seen[-1].village_code if len(seen) == page["limit"] else None
    return {"villages": seen, "next": last}


@blueprint.route("/access-log")
@requires(Role.COMMISSIONER, Role.PLANNER)
@blueprint.arguments(NumberPageSchema, location="query")
@blueprint.response(200, AccessListSchema)
@blueprint.doc(operationId="listAccesses")
def list_accesses(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List who saw which list when."""
    found = access.entries(db.session(), campaign_id, **page)
    return {"accesses": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/enumerators", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(NewEnumeratorSchema)
@blueprint.response(201, EnumeratorSchema)
@blueprint.doc(operationId="addEnumerator")
def add_enumerator(new: NewEnumerator, campaign_id: str) -> Enumerator:
    """Enter an enumerator with what was declared."""
    return assignments.add_enumerator(db.session(), campaign_id, new, by=caller(), at=clock.now())


@blueprint.route("/enumerators")
@requires(*assignments.STAFF)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, EnumeratorListSchema)
@blueprint.doc(operationId="listEnumerators")
def list_enumerators(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List the enumerators; a team leader sees the own team."""
    found = assignments.enumerators(db.session(), campaign_id, by=caller(), **page)
    return {"enumerators": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/assignments", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(CheckSchema, location="query")
@blueprint.arguments(NewAssignmentSchema)
@blueprint.response(201, AssignedSchema)
@blueprint.alt_response(200, schema=AssignedSchema)
@blueprint.doc(operationId="assignVillage")
def assign_village(
    query: dict[str, Any], new: NewAssignment, campaign_id: str
) -> assignments.Assigned | tuple[assignments.Assigned, int]:
    """Release a village of the sealed list to a pair for a day, or only check whether it may be."""
    if query["check"]:
        checked = assignments.check(db.session(), campaign_id, new, by=caller(), at=clock.now())
        return checked, 200
    return assignments.assign(
        db.session(),
        campaign_id,
        new,
        by=caller(),
        frames_dir=current_app.config["SETTINGS"].frames_dir,
        at=clock.now(),
    )
