"""Who is calling: bearer tokens, stored as hashes, of people and of phones."""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import g, request

from inspect_app import clock
from inspect_app.extensions import db
from inspect_app.rules.errors import Forbidden, Unauthenticated
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import tokens

F = TypeVar("F", bound=Callable[..., Any])


def requires(*roles: Role) -> Callable[[F], F]:
    """Let only holders of one of these roles call a view; stands above everything else.

    A campaign named in the address narrows the check to it. The use case checks again, with the
    campaign of the thing it touches.
    """

    def guard(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = _identify()
            campaign_id = kwargs.get("campaign_id")
            if campaign_id is not None:
                who.require(str(campaign_id), *roles)
            elif not who.has_any(roles):
                raise Forbidden("This role may not do that.")
            g.caller = who
            return view(*args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]  # read by the guard test
        return cast(F, guarded)

    return guard


def public(view: F) -> F:
    """Mark a view that needs no caller, so that the guard test can tell it from a forgotten one."""
    view.roles = ()  # type: ignore[attr-defined]  # read by the guard test
    return view


def caller() -> Caller:
    """Return who `requires` found."""
    return cast(Caller, g.caller)


def _identify() -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated()
    digest = hashlib.sha256(token.strip().encode()).digest()
    return tokens.identify(db.session(), digest, at=clock.now())
