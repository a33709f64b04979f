"""Shapes of invitations."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.roles import Membership, Role
from inspect_app.schemas.accounts import ADCODE, ROLES, Whole, line_of_text

LOGIN = Whole(r"^[a-z0-9][a-z0-9._@-]{1,63}$")


class NewInvitationSchema(ma.Schema):
    """Who is wanted in which role of the campaign."""

    login = ma.fields.String(required=True, validate=LOGIN, metadata={"example": "reviewer-1"})
    name = ma.fields.String(required=True, validate=line_of_text(100))
    role = ma.fields.String(required=True, validate=ROLES, metadata={"example": "reviewer"})
    county_adcode = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=ADCODE,
        metadata={"description": "of a county official"},
    )
    team = ma.fields.String(
        allow_none=True,
        load_default=None,
        validate=line_of_text(40),
        metadata={"description": "of a team leader"},
    )


class InvitationSchema(ma.Schema):
    """An invitation, and what became of it."""

    id = ma.fields.String(required=True)
    campaign_id = ma.fields.String(required=True)
    login = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    role = ma.fields.String(required=True)
    county_adcode = ma.fields.String(required=True, allow_none=True)
    team = ma.fields.String(required=True, allow_none=True)
    created_at = ma.fields.AwareDateTime(required=True)
    created_by = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    accepted_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    accepted_by = ma.fields.String(required=True, allow_none=True)
    revoked_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class MadeInvitationSchema(InvitationSchema):
    """An invitation that was just made; token and link are shown this once."""

    token = ma.fields.String(required=True)
    link = ma.fields.String(
        required=True, metadata={"description": "what follows the # never reaches a server's log"}
    )


class InvitationListSchema(ma.Schema):
    """Invitations of a campaign."""

    invitations = ma.fields.List(ma.fields.Nested(InvitationSchema), required=True)
    next = ma.fields.String(required=True, allow_none=True)


class InvitationTokenSchema(ma.Schema):
    """The token of an invitation, for a person who has an account."""

    token = ma.fields.String(required=True, load_only=True, validate=line_of_text(100))


def membership(body: dict[str, Any], campaign_id: str) -> Membership:
    """Build the role a checked body names."""
    return Membership(campaign_id, Role(body["role"]), body["county_adcode"], body["team"])
