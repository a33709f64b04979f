"""Campaigns and the steps before the draw: frame, plan, seed."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.extensions import db
from inspect_app.models.campaigns import (
    Campaign,
    CampaignStep,
    Commission,
    FrameVersion,
    PlanVersion,
)
from inspect_app.requests import Blueprint
from inspect_app.rules.campaigns import NewCampaign
from inspect_app.rules.roles import Role
from inspect_app.schemas.campaigns import (
    CampaignListSchema,
    CampaignSchema,
    CommissionListSchema,
    CommissionSchema,
    CommitmentSchema,
    CorrectionSchema,
    FolderSchema,
    FrameSchema,
    NewCampaignSchema,
    NewStepSchema,
    OpeningSchema,
    PageSchema,
    PlanSchema,
    SeedSchema,
    StepListSchema,
    StepSchema,
)
from inspect_app.services import campaigns, closing, commissions, frames, plans, seeds

blueprint = Blueprint(
    "campaigns", __name__, url_prefix="/api/v1/campaigns", description="评估活动 Campaigns"
)


@blueprint.route("", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewCampaignSchema)
@blueprint.response(201, CampaignSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="commissionCampaign")
def commission_campaign(new: NewCampaign) -> Campaign:
    """Commission a campaign; repeating the same commission changes nothing."""
    settings = current_app.config["SETTINGS"]
    return campaigns.commission(
        db.session(),
        new,
        by=caller(),
        demo=settings.demo,
        guessable=settings.is_public_knowledge,
        at=clock.now(),
    )


@blueprint.route("")
@requires(*Role)
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, CampaignListSchema)
@blueprint.doc(operationId="listCampaigns")
def list_campaigns(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's campaigns."""
    found = campaigns.listed(db.session(), by=caller(), **page)
    return {"campaigns": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/<campaign_id>")
@requires(*Role)
@blueprint.response(200, CampaignSchema)
@blueprint.doc(operationId="getCampaign")
def get_campaign(campaign_id: str) -> Campaign:
    """Return a campaign as commissioned."""
    return campaigns.read(db.session(), campaign_id)


@blueprint.route("/<campaign_id>/commission", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(CorrectionSchema)
@blueprint.response(201, CommissionSchema)
@blueprint.doc(operationId="correctCommission")
def correct_commission(body: dict[str, Any], campaign_id: str) -> Commission:
    """Correct a commission by a new version that names the old; refused after the commitment."""
    reason = body.pop("reason")
    return commissions.correct(
        db.session(),
        NewCampaign(id=campaign_id, **body),
        reason,
        by=caller(),
        demo=current_app.config["SETTINGS"].demo,
        at=clock.now(),
    )


@blueprint.route("/<campaign_id>/commission")
@requires(*Role)
@blueprint.response(200, CommissionListSchema)
@blueprint.doc(operationId="listCommissions")
def list_commissions(campaign_id: str) -> dict[str, Any]:
    """List every version of the commission as signed off, the one that holds last."""
    return {"commissions": commissions.versions(db.session(), campaign_id)}


@blueprint.route("/<campaign_id>/steps", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(NewStepSchema)
@blueprint.response(201, StepSchema)
@blueprint.doc(operationId="takeStep")
def take_step(body: dict[str, Any], campaign_id: str) -> CampaignStep:
    """End fieldwork, open the period of objections or close the campaign; phones send on."""
    return closing.take(
        db.session(),
        campaign_id,
        body["step"],
        note=body["note"],
        by=caller(),
        settings=current_app.config["SETTINGS"],
        at=clock.now(),
    )


@blueprint.route("/<campaign_id>/steps")
@requires(*Role)
@blueprint.response(200, StepListSchema)
@blueprint.doc(operationId="listSteps")
def list_steps(campaign_id: str) -> dict[str, Any]:
    """List the steps taken towards the end of a campaign."""
    return {"steps": closing.listed(db.session(), campaign_id)}


@blueprint.route("/<campaign_id>/frames", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(FolderSchema)
@blueprint.response(201, FrameSchema)
@blueprint.doc(operationId="loadFrame")
def load_frame(body: dict[str, Any], campaign_id: str) -> FrameVersion:
    """Verify a frame folder of the server and make it the campaign's frame."""
    return frames.load(
        db.session(),
        campaign_id,
        body["name"],
        by=caller(),
        frames_dir=current_app.config["SETTINGS"].frames_dir,
        at=clock.now(),
    )


@blueprint.route("/<campaign_id>/plans", methods=["POST"])
@requires(Role.PLANNER)
@blueprint.arguments(FolderSchema)
@blueprint.response(201, PlanSchema)
@blueprint.doc(operationId="acceptPlan")
def accept_plan(body: dict[str, Any], campaign_id: str) -> PlanVersion:
    """Verify a plan folder of the server against the frame and make it the campaign's plan."""
    settings = current_app.config["SETTINGS"]
    return plans.accept(
        db.session(),
        campaign_id,
        body["name"],
        by=caller(),
        frames_dir=settings.frames_dir,
        plans_dir=settings.plans_dir,
        at=clock.now(),
    )


@blueprint.route("/<campaign_id>/seeds", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(CommitmentSchema)
@blueprint.response(201, SeedSchema)
@blueprint.doc(operationId="commitSeed")
def commit_seed(body: dict[str, Any], campaign_id: str) -> seeds.PublishedSeed:
    """Publish the hash of the secret together with those of frame and plan."""
    return seeds.promise(db.session(), campaign_id, **body, by=caller(), at=clock.now())


@blueprint.route("/<campaign_id>/seeds")
@public
@blueprint.response(200, SeedSchema)
@blueprint.doc(operationId="getSeed", security=[])
def get_seed(campaign_id: str) -> seeds.PublishedSeed:
    """Return commitment and hashes; secret and seed only once they are published."""
    return seeds.read(db.session(), campaign_id)


@blueprint.route("/<campaign_id>/seeds/opening", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.arguments(OpeningSchema)
@blueprint.response(201, SeedSchema)
@blueprint.doc(operationId="openSeed")
def open_seed(body: dict[str, Any], campaign_id: str) -> seeds.PublishedSeed:
    """Give the server alone the secret and the public value."""
    return seeds.open_to_server(db.session(), campaign_id, **body, by=caller(), at=clock.now())


@blueprint.route("/<campaign_id>/seeds/publication", methods=["POST"])
@requires(Role.COMMISSIONER)
@blueprint.response(201, SeedSchema)
@blueprint.doc(operationId="publishSeed")
def publish_seed(campaign_id: str) -> seeds.PublishedSeed:
    """Publish secret, public value and seed after fieldwork."""
    return seeds.publish(db.session(), campaign_id, by=caller(), at=clock.now())
