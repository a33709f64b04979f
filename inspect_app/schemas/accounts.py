"""Shapes of accounts, roles and log-ins."""

from typing import Any

import marshmallow as ma

from inspect_app.rules.roles import Membership, Role

ADCODE = ma.validate.Regexp(r"^[0-9]{6}$")
UUID_TEXT = ma.validate.Regexp(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ROLES = ma.validate.OneOf([role.value for role in Role])


def line_of_text(most: int, least: int = 1) -> ma.validate.Validator:
    """Text of a sensible length, without control characters."""
    return ma.validate.And(
        ma.validate.Length(least, most), ma.validate.Regexp(r"^[^\x00-\x1f\x7f]*\Z")
    )


class MembershipSchema(ma.Schema):
    """One role in one campaign."""

    campaign_id = ma.fields.String(required=True, validate=UUID_TEXT)
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


class NewAccountSchema(MembershipSchema):
    """A person and the first role."""

    login = ma.fields.String(
        required=True,
        validate=ma.validate.Regexp(r"^[a-z0-9][a-z0-9._@-]{1,63}\Z"),
        metadata={"example": "reviewer-1"},
    )
    name = ma.fields.String(required=True, validate=line_of_text(100))
    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(200, least=10))


class JoinSchema(ma.Schema):
    """A role in the campaign of the address, for a person who has an account."""

    login = ma.fields.String(required=True, validate=line_of_text(64))
    role = ma.fields.String(required=True, validate=ROLES)
    county_adcode = ma.fields.String(allow_none=True, load_default=None, validate=ADCODE)
    team = ma.fields.String(allow_none=True, load_default=None, validate=line_of_text(40))


class AccountSchema(ma.Schema):
    """A person, without secrets."""

    id = ma.fields.String(required=True)
    login = ma.fields.String(required=True)
    name = ma.fields.String(required=True)
    may_commission = ma.fields.Boolean(required=True)
    memberships = ma.fields.List(ma.fields.Nested(MembershipSchema), required=True)


class PasswordSchema(ma.Schema):
    """Who is logging in."""

    login = ma.fields.String(required=True, validate=line_of_text(64))
    password = ma.fields.String(required=True, load_only=True, validate=line_of_text(200))


class LoginSchema(ma.Schema):
    """A bearer token; it is shown this once."""

    access_token = ma.fields.String(required=True)
    expires_at = ma.fields.AwareDateTime(required=True)
    account_id = ma.fields.String(required=True)


def membership(body: dict[str, Any]) -> Membership:
    """Build the role a checked body names."""
    return Membership(body["campaign_id"], Role(body["role"]), body["county_adcode"], body["team"])
