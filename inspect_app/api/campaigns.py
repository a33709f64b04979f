"""Campaigns and the steps before the draw: frame, plan, seed."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.extensions import db
from inspect_app.models.campaigns import Campaign, FrameVersion, PlanVersion
from inspect_app.requests import Blueprint
from inspect_app.rules.campaigns import NewCampaign
from inspect_app.rules.roles import Role
from inspect_app.schemas.campaigns import (
    CampaignListSchema,
    CampaignSchema,
    CommitmentSchema,
    FolderSchema,
    FrameSchema,
    NewCampaignSchema,
    OpeningSchema,
    PageSchema,
    PlanSchema,
    SeedSchema,
)
from inspect_app.services import campaigns, frames, plans, seeds

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


@blueprint.route("/<campaign_id>/frames", methods=["POST"])
@requires(Role.COMMISSIONER, Role.PLANNER)
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
@requires(Role.COMMISSIONER, Role.PLANNER)
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
    return seeds.promise(db.session(), campaign_id, body["commitment"], by=caller(), at=clock.now())


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
