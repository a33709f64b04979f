"""People and log-ins."""

from typing import Any

from flask import current_app

from inspect_app import clock
from inspect_app.auth import caller, public, requires
from inspect_app.entropy import Entropy
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules.roles import Role
from inspect_app.schemas.accounts import (
    AccountSchema,
    JoinSchema,
    LoginSchema,
    NewAccountSchema,
    PasswordSchema,
    membership,
)
from inspect_app.services import accounts

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/api/v1", description="人员与登录 People and log-ins"
)

PEOPLE = tuple(role for role in Role if role is not Role.ENUMERATOR)


@blueprint.route("/logins", methods=["POST"])
@public
@blueprint.arguments(PasswordSchema)
@blueprint.response(201, LoginSchema)
@blueprint.alt_response(401, "Problem401")
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="logIn", security=[])
def log_in(body: dict[str, Any]) -> accounts.Login:
    """Exchange login and password for a bearer token of 24 hours."""
    settings = current_app.config["SETTINGS"]
    return accounts.log_in(
        db.session(),
        body["login"],
        body["password"],
        entropy=Entropy(settings.demo_seed),
        at=clock.now(),
        memory_kib=settings.password_memory_kib,
    )


@blueprint.route("/accounts", methods=["POST"])
@requires(Role.COMMISSIONER, Role.PLANNER)
@blueprint.arguments(NewAccountSchema)
@blueprint.response(201, AccountSchema)
@blueprint.doc(operationId="createAccount")
def create_account(body: dict[str, Any]) -> accounts.Person:
    """Make an account for a person, with a role in a campaign of the caller."""
    settings = current_app.config["SETTINGS"]
    return accounts.create(
        db.session(),
        accounts.NewPerson(body["login"], body["name"], body["password"], membership(body)),
        by=caller(),
        entropy=Entropy(settings.demo_seed),
        at=clock.now(),
        memory_kib=settings.password_memory_kib,
    )


@blueprint.route("/campaigns/<campaign_id>/memberships", methods=["POST"])
@requires(Role.COMMISSIONER, Role.PLANNER)
@blueprint.arguments(JoinSchema)
@blueprint.response(201, AccountSchema)
@blueprint.doc(operationId="joinCampaign")
def join_campaign(body: dict[str, Any], campaign_id: str) -> accounts.Person:
    """Give a person who has an account a role in this campaign."""
    return accounts.join(
        db.session(),
        body["login"],
        membership({**body, "campaign_id": campaign_id}),
        by=caller(),
    )


@blueprint.route("/accounts/me")
@requires(*PEOPLE)
@blueprint.response(200, AccountSchema)
@blueprint.doc(operationId="getOwnAccount")
def get_own_account() -> accounts.Person:
    """Return the caller's account and roles."""
    return accounts.read(db.session(), caller().actor)
