"""Log-ins, sessions and passwords of people, and who belongs to a campaign."""

from typing import Any

from flask import Response, current_app, jsonify, make_response, request

from inspect_app import clock, cookies
from inspect_app.auth import (
    caller,
    current_token,
    public,
    requires,
    requires_account,
    session_token,
)
from inspect_app.entropy import Entropy
from inspect_app.extensions import db
from inspect_app.requests import Blueprint
from inspect_app.rules import permissions
from inspect_app.schemas.accounts import (
    AccountEventListSchema,
    AccountSchema,
    CurrentSessionSchema,
    LinkPasswordSchema,
    LoginSchema,
    MemberListSchema,
    MemberSchema,
    NewPasswordSchema,
    PasswordSchema,
    SessionSchema,
    TokenListSchema,
    TokenSchema,
)
from inspect_app.schemas.campaigns import PageSchema
from inspect_app.schemas.samples import NumberPageSchema
from inspect_app.services import account_log, accounts, logins, tokens
from inspect_app.services.logins import Door

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/api/v1", description="人员与登录 People and log-ins"
)


def door() -> Door:
    """Where the request comes from, and what passwords cost here."""
    return Door(request.remote_addr, current_app.config["SETTINGS"].password_memory_kib)


@blueprint.route("/logins", methods=["POST"])
@public
@blueprint.arguments(PasswordSchema)
@blueprint.response(201, LoginSchema)
@blueprint.alt_response(401, "Problem401")
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="logIn", security=[])
def log_in(body: dict[str, Any]) -> logins.Login:
    """Exchange login and password for a bearer token of 24 hours; for programs."""
    settings = current_app.config["SETTINGS"]
    return logins.log_in(
        db.session(), **body, door=door(), entropy=Entropy(settings.demo_seed), at=clock.now()
    )


@blueprint.route("/sessions", methods=["POST"])
@public
@blueprint.arguments(PasswordSchema)
@blueprint.response(201, SessionSchema)
@blueprint.alt_response(401, "Problem401")
@blueprint.alt_response(403, "Problem403")
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="openSession", security=[])
def open_session(body: dict[str, Any]) -> Response:
    """Exchange login and password for a session cookie; for browsers, from our own pages."""
    settings = current_app.config["SETTINGS"]
    cookies.require_tls(request, settings)
    cookies.refuse_cross_site(request)
    earlier = cookies.token_in(request, settings)
    opened = logins.log_in(
        db.session(),
        **body,
        door=door(),
        entropy=Entropy(settings.demo_seed),
        at=clock.now(),
        kind=tokens.SESSION,
        instead_of=tokens.digest(earlier) if earlier else None,
    )
    token = opened.access_token
    told = {
        "account_id": opened.account_id,
        "expires_at": opened.expires_at,
        "csrf_token": cookies.csrf_token(token, settings),
    }
    answer = make_response(jsonify(SessionSchema().dump(told)), 201)
    cookies.give(answer, request, token, settings)
    return answer


@blueprint.route("/sessions/current")
@requires_account
@blueprint.response(200, CurrentSessionSchema)
@blueprint.doc(operationId="getSession")
def get_session() -> dict[str, str]:
    """Return what a page of ours needs after it was loaded anew; a program's token has none."""
    told = cookies.csrf_token(session_token() or "", current_app.config["SETTINGS"])
    return {"account_id": caller().actor, "csrf_token": told if session_token() else ""}


@blueprint.route("/sessions")
@requires_account
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, TokenListSchema)
@blueprint.doc(operationId="listSessions")
def list_sessions(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's own sessions and tokens that still work."""
    found = tokens.held(db.session(), caller().actor, current_token(), at=clock.now(), **page)
    return {"sessions": found, "next": found[-1].id if len(found) == page["limit"] else None}


@blueprint.route("/sessions/<session_id>/revocation", methods=["POST"])
@requires_account
@blueprint.response(200, TokenSchema)
@blueprint.doc(operationId="revokeSession")
def revoke_session(session_id: str) -> tokens.Held:
    """End a session or token of the caller, such as that of a lost computer."""
    return logins.revoke(
        db.session(),
        session_id,
        current_token(),
        by=caller(),
        address=request.remote_addr,
        at=clock.now(),
    )


@blueprint.route("/logouts", methods=["POST"])
@requires_account
@blueprint.response(200, TokenSchema)
@blueprint.doc(operationId="logOut")
def log_out() -> Response:
    """End the session or token that asks."""
    ended = logins.log_out(
        db.session(), current_token(), by=caller(), address=request.remote_addr, at=clock.now()
    )
    answer = make_response(jsonify(TokenSchema().dump(ended)), 200)
    cookies.take(answer, request, current_app.config["SETTINGS"])
    return answer


@blueprint.route("/accounts/me")
@requires_account
@blueprint.response(200, AccountSchema)
@blueprint.doc(operationId="getOwnAccount")
def get_own_account() -> accounts.Person:
    """Return the caller's account and roles."""
    return accounts.read(db.session(), caller().actor)


@blueprint.route("/accounts/me/password", methods=["POST"])
@requires_account
@blueprint.arguments(NewPasswordSchema)
@blueprint.response(200, AccountSchema)
@blueprint.alt_response(429, "Problem429")
@blueprint.doc(operationId="changePassword")
def change_password(body: dict[str, Any]) -> accounts.Person:
    """Set another password; every other session and token of the person ends."""
    return logins.change_password(
        db.session(),
        body["old_password"],
        body["new_password"],
        current_token(),
        by=caller(),
        door=door(),
        at=clock.now(),
    )


@blueprint.route("/passwords", methods=["POST"])
@public
@blueprint.arguments(LinkPasswordSchema)
@blueprint.response(201, AccountSchema)
@blueprint.alt_response(404, "Problem404")
@blueprint.doc(operationId="usePasswordLink", security=[])
def use_password_link(body: dict[str, Any]) -> accounts.Person:
    """Set a new password by the operator's one-time link; every session of the person ends."""
    return logins.use_password_link(
        db.session(), body["token"], body["password"], door=door(), at=clock.now()
    )


@blueprint.route("/campaigns/<campaign_id>/memberships")
@requires(*permissions.roles("staff"))
@blueprint.arguments(PageSchema, location="query")
@blueprint.response(200, MemberListSchema)
@blueprint.doc(operationId="listMembers")
def list_members(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List who belongs to the campaign in which role."""
    found = accounts.members(db.session(), campaign_id, by=caller(), **page)
    is_full = len(found) == page["limit"]
    return {"members": found, "next": found[-1].account_id if is_full else None}


@blueprint.route("/campaigns/<campaign_id>/memberships/<account_id>/end", methods=["POST"])
@requires(*permissions.roles("staff"))
@blueprint.response(200, MemberSchema)
@blueprint.doc(operationId="endMembership")
def end_membership(campaign_id: str, account_id: str) -> accounts.Member:
    """End a person's part in the campaign; the role stays taken."""
    return accounts.end_membership(
        db.session(), campaign_id, account_id, by=caller(), at=clock.now()
    )


@blueprint.route("/campaigns/<campaign_id>/account-log")
@requires(*permissions.roles("account-log"))
@blueprint.arguments(NumberPageSchema, location="query")
@blueprint.response(200, AccountEventListSchema)
@blueprint.doc(operationId="listAccountEvents")
def list_account_events(page: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """List what happened to the accounts of the campaign's people: log-ins, failures, changes."""
    found = account_log.entries(db.session(), campaign_id, **page)
    return {"events": found, "next": found[-1].id if len(found) == page["limit"] else None}
