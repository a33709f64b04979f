"""Who is calling: tokens, stored as hashes, of people's programs and browsers and of phones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, TypeVar, cast

from flask import current_app, g, request
from sqlalchemy import Connection
from werkzeug.exceptions import HTTPException

from inspect_app import clock, cookies
from inspect_app.extensions import db
from inspect_app.rules.errors import (
    Forbidden,
    RuleError,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from inspect_app.rules.permissions import LOCKED_PHONES_TOO
from inspect_app.rules.roles import PEOPLE, Caller, Role
from inspect_app.services import rates, tokens, transactions
from inspect_app.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

CONNECTION, OPENED = "inspect_app.connection", "inspect_app.opened"
"""Under which names a request keeps its one connection, and what is closed after the view."""


def requires(*roles: Role) -> Callable[[F], F]:
    """Let only holders of one of these roles call a view; stands above everything else.

    A campaign named in the address narrows the check to it, and does not exist for strangers. The
    use case checks again, with the campaign of the thing it touches.
    """

    def guard(view: F) -> F:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            who = _identify()
            g.caller = who
            if who.scope == "push" and request.endpoint not in LOCKED_PHONES_TOO:
                raise Forbidden("A locked phone may only send.")
            campaign_id = kwargs.get("campaign_id")
            if campaign_id is not None:
                who.require(str(campaign_id), *roles)
            elif not who.has_any(roles):
                raise Forbidden(f"This role may not do that; {', '.join(roles)} may.")
            return view(*args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]  # read by the guard test
        told = {**getattr(view, "_apidoc", {}), "roles": roles}
        guarded._apidoc = told  # type: ignore[attr-defined]  # where the library looks
        return cast(F, guarded)

    return guard


def requires_account(view: F) -> F:
    """Let any person call a view, also one who has no role yet, or no longer; phones may not."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        who = _identify()
        g.caller = who
        if who.device_id is not None:
            raise Forbidden("This is for people who have an account.")
        return view(*args, **kwargs)

    guarded.roles = PEOPLE  # type: ignore[attr-defined]  # read by the guard test
    return cast(F, guarded)


def public(view: F) -> F:
    """Mark a view that needs no caller, so that the guard test can tell it from a forgotten one."""
    view.roles = ()  # type: ignore[attr-defined]  # read by the guard test
    return view


def connected(view: F) -> F:
    """Hold one connection for who calls and all that the view does; stands above `requires`.

    For a view that uses no session: a thread has one connection, and would wait for another.
    """

    @wraps(view)
    def held(*args: Any, **kwargs: Any) -> Any:
        with ExitStack() as request.environ[OPENED]:
            return view(*args, **kwargs)

    return cast(F, held)


def rationed(view: F) -> F:
    """Read no push of a phone beyond its share of a minute, and count the pushes it is refused.

    What is stored is counted where it is stored. Stands below `requires`.
    """

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        phone, at = caller().phone, clock.now()
        if phone is None:
            return view(*args, **kwargs)
        settings: Settings = current_app.config["SETTINGS"]
        limit = settings.limits.pushes_per_minute
        rates.require_push(phone.push_minute, phone.pushes_in_minute, limit=limit, at=at)
        try:
            return view(*args, **kwargs)
        except (TooManyRequests, Unavailable):
            raise
        except (RuleError, HTTPException):
            rates.spend_push(connection(), phone.campaign_id, phone.id, at=at)
            raise

    return cast(F, counted)


def connection() -> Connection:
    """Return the one connection of a view that is `connected`, taken when it is first wanted."""
    held = request.environ
    if CONNECTION not in held:
        held[CONNECTION] = held[OPENED].enter_context(transactions.connected(db.engine))
    return cast(Connection, held[CONNECTION])


def caller() -> Caller:
    """Return who `requires` found."""
    return cast(Caller, g.caller)


def current_token() -> bytes:
    """Return the hash of the token that `requires` found the caller by."""
    return cast(bytes, g.token_hash)


def session_token() -> str | None:
    """Return the token of the browser's session, None for a program."""
    return cast("str | None", g.get("session_token"))


def _identify() -> Caller:
    """Find the caller by bearer token or by session cookie, never by both.

    Raises
    ------
    Unauthenticated : neither, both, or one that is not good
    CrossSite : a session's cookie on a request that our own page did not make
    """
    header = request.headers.get("Authorization", "")
    if cookies.is_sent(request):
        if header:
            raise Unauthenticated("Either a bearer token or a session cookie, not both.")
        return _browser()
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated()
    g.token_hash = tokens.digest(token.strip())
    with _connection() as asked:
        return tokens.identify(asked, g.token_hash, at=clock.now())


def _browser() -> Caller:
    settings: Settings = current_app.config["SETTINGS"]
    token = cookies.token_in(request, settings)
    if token is None:
        raise Unauthenticated("The session is unknown or has ended.")
    cookies.require_own_page(request, token, settings)
    g.session_token, g.token_hash = token, tokens.digest(token)
    with _connection() as asked:
        return tokens.identify(asked, g.token_hash, at=clock.now(), kind=tokens.SESSION)


@contextmanager
def _connection() -> Iterator[Connection]:
    """Ask on the connection of the request where it holds one, else on one just for this."""
    if OPENED in request.environ:
        yield connection()
        return
    with transactions.reading(db.session()) as own:
        yield own
