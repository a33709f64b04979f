"""Invitations into a campaign."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.api.accounts import door
from inspect_app.auth import caller, public, requires, requires_account
from inspect_app.entropy import Entropy
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules import permissions
from inspect_app.schemas.accounts import AccountSchema, LinkPasswordSchema
from inspect_app.schemas.campaigns import PageSchema
from inspect_app.schemas.invitations import (
    InvitationListSchema,
    InvitationSchema,
    InvitationTokenSchema,
    MadeInvitationSchema,
    NewInvitationSchema,
    membership,
)
from inspect_app.services import invitations
from inspect_app.services.accounts import Person

blueprint = Blueprint("invitations", __name__, url_prefix="/api/v1", description="邀请 Invitations")


@blueprint.route("/campaigns/<campaign_id>/invitations", methods=["POST"])
@requires(*permissions.roles("staff"))
@blueprint.arguments(NewInvitationSchema)
@blueprint.response(201, MadeInvitationSchema)
@blueprint.doc(operationId="invite")
def invite(body: dict[str, Any], campaign_id: str) -> invitations.Invited:
    """Invite a login to a role; the answer holds a link for the person, shown this once."""
    return invitations.invite(
        db.session(),
        invitations.Wanted(body["login"], body["name"], membership(body, campaign_id)),
        by=caller(),
        entropy=Entropy(current_app.config["SETTINGS"].demo_seed),
        at=clock.now(),
    )


@blueprint.route("/campaigns/<campaign_id>/invitations")
@requires(*permissions.roles("staff"))
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, InvitationListSchema)
@blueprint.doc(operationId="listInvitations")
def list_invitations(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List who was invited, and what became of it."""
    found = invitations.listed(db.session(), campaign_id, by=caller(), **page)
    return {"invitations": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route(
    "/campaigns/<campaign_id>/invitations/<invitation_id>/revocation", methods=["POST"]
)
@requires(*permissions.roles("staff"))
@blueprint.response(200, InvitationSchema)
@blueprint.doc(operationId="revokeInvitation")
def revoke_invitation(campaign_id: str, invitation_id: str) -> invitations.Invited:
    """Take back an invitation that nobody has accepted."""
    return invitations.revoke(db.session(), campaign_id, invitation_id, by=caller(), at=clock.now())


@blueprint.route("/invitations/accounts", methods=["POST"])
@public
@blueprint.arguments(LinkPasswordSchema)
@blueprint.response(201, AccountSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="acceptInvitationAsStranger", security=[])
def accept_as_stranger(body: dict[str, Any]) -> Person:
    """Accept an invitation by choosing a password; makes the account of the login it names."""
    return invitations.accept_as_stranger(
        db.session(),
        body["token"],
        body["password"],
        door=door(),
        entropy=Entropy(current_app.config["SETTINGS"].demo_seed),
        at=clock.now(),
    )


@blueprint.route("/invitations/memberships", methods=["POST"])
@requires_account
@blueprint.arguments(InvitationTokenSchema)
@blueprint.response(201, AccountSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="acceptInvitation")
def accept(body: dict[str, Any]) -> Person:
    """Accept an invitation with the account that asks, whose login it must name."""
    return invitations.accept(db.session(), body["token"], by=caller(), door=door(), at=clock.now())
