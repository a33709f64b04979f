"""How somebody comes in and goes: sign in, sign out, an invitation, a link for a new password."""

from typing import Any, cast

from flask import Response, current_app, redirect, request

from inspect_app import clock, cookies
from inspect_app.auth import caller, current_token, public, requires_account
from inspect_app.entropy import Entropy
from inspect_app.extensions import db
from inspect_app.pages.forms import takes_form
from inspect_app.pages.layout import blueprint, done, page
from inspect_app.schemas.forms import (
    EmptyFormSchema,
    InvitationFormSchema,
    JoinFormSchema,
    SignInFormSchema,
)
from inspect_app.services import invitations, logins, tokens
from inspect_app.services.logins import Door


@blueprint.get("/county/sign-in")
@public
def show_sign_in() -> Response:
    """Show the form to sign in."""
    return page("county_sign_in.html", said="", next="", written={})


@blueprint.post("/county/sign-in")
@public
@takes_form(SignInFormSchema)
def sign_in(body: dict[str, Any]) -> Response:
    """Exchange login and password for a session, and lead on to what was asked for."""
    settings = current_app.config["SETTINGS"]
    cookies.require_tls(request, settings)
    cookies.require_own_form(request, settings)
    earlier = cookies.token_in(request, settings)
    opened = logins.log_in(
        db.session(),
        body["login"],
        body["password"],
        door=_door(),
        entropy=Entropy(settings.demo_seed),
        at=clock.now(),
        kind=tokens.SESSION,
        instead_of=tokens.digest(earlier) if earlier else None,
    )
    answer = cast(Response, redirect(body["next"], 303))
    cookies.give(answer, request, opened.access_token, settings)
    return answer


@blueprint.post("/county/sign-out")
@requires_account
@takes_form(EmptyFormSchema)
def sign_out(_: dict[str, Any]) -> Response:
    """End the session, and let the browser forget it."""
    logins.log_out(
        db.session(), current_token(), by=caller(), address=request.remote_addr, at=clock.now()
    )
    answer = done("signed-out", "pages.show_sign_in")
    cookies.take(answer, request, current_app.config["SETTINGS"])
    return answer


@blueprint.get("/join")
@public
def show_join() -> Response:
    """Show the form for an invitation, or for a link to a new password."""
    return page("county_join.html", written={})


@blueprint.post("/join")
@public
@takes_form(JoinFormSchema)
def join(body: dict[str, Any]) -> Response:
    """Make the account of an invitation, or set the new password of a link."""
    settings = current_app.config["SETTINGS"]
    cookies.require_tls(request, settings)
    cookies.require_own_form(request, settings)
    at, (kind, token, password) = clock.now(), (body["kind"], body["token"], body["password"])
    if kind == "r":
        logins.use_password_link(db.session(), token, password, door=_door(), at=at)
        return done("password", "pages.show_sign_in")
    entropy = Entropy(settings.demo_seed)
    invitations.accept_as_stranger(
        db.session(), token, password, door=_door(), entropy=entropy, at=at
    )
    return done("joined", "pages.show_sign_in")


@blueprint.get("/county/invitation")
@requires_account
def show_invitation() -> Response:
    """Show the form for an invitation of somebody who has an account."""
    return page("county_invitation.html", written={})


@blueprint.post("/county/invitation")
@requires_account
@takes_form(InvitationFormSchema)
def accept_invitation(body: dict[str, Any]) -> Response:
    """Accept an invitation with the account that is signed in."""
    invitations.accept(db.session(), body["token"], by=caller(), door=_door(), at=clock.now())
    return done("accepted", "pages.show_home")


def _door() -> Door:
    return Door(request.remote_addr, current_app.config["SETTINGS"].password_memory_kib)
