"""What happens to every request before a view sees it, and to every answer after it.

Bodies are inflated and read as strict JSON; a demonstration sets the time; each request is logged.
"""

import json
import time
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

import flask_smorest
import marshmallow as ma
import orjson
import structlog
from flask import Flask, Request, Response, current_app, g, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SessionInterface, SessionMixin
from webargs import missing
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy
from werkzeug.datastructures import CombinedMultiDict

from inspect_app import clock, logs, metrics
from inspect_app.rules import questionnaires
from inspect_app.rules.errors import Invalid, TooLarge, Unreadable, UnsupportedEncoding
from inspect_app.rules.nesting import JSON_DEPTH, holds_float, is_deep
from inspect_app.schemas.fields import LIMITS
from inspect_app.schemas.gate import Gate
from inspect_app.services import transactions
from inspect_app.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parent

SIMULATED_YEARS = range(1970, 2200)
"""Years that a demonstration may play in; the calendar's own ends break every sum of times."""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer that does not say otherwise: nothing keeps it, frames it or runs it."""

STRICT_TRANSPORT = "max-age=31536000"

log = structlog.get_logger()


class BodyParser(FlaskParser):
    """The library's parser of arguments, with a stricter reading of JSON."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, Any] = {  # noqa: RUF012  # as the library declares it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "files": None,  # as in JSON: the schema refuses what it does not know
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the body, if it is JSON; an empty one is missing."""
        body = whole_body(req) if req.is_json else b""
        return read_json(body) if body else missing

    def load_files(self, req: Any, schema: Any) -> Any:
        """Read a form with its file and its fields as one."""
        return MultiDictProxy(CombinedMultiDict([req.form, req.files]), schema)


class Gated(Protocol):
    """A schema with a gate in front of it."""

    gate: Gate


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # the library carries no types
    """A blueprint whose views get what `read_json` lets through."""

    ARGUMENTS_PARSER = BodyParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_say_who_may)

    def arguments(self, schema: Any, **kwargs: Any) -> Any:
        """Read arguments by one instance of a schema, where the library makes one a request.

        No body is read as an empty one, so it may stay away where no field is required.
        """
        one = schema() if isinstance(schema, type) else schema
        kwargs.setdefault("required", any(field.required for field in one.load_fields.values()))
        return super().arguments(one, **kwargs)

    def exchange(self, taken: Gated, given: ma.Schema) -> Callable[[F], F]:
        """Take a JSON body and give one, documented as `arguments` and `response` are.

        For the one call that phones make all evening: what the gate accepts goes straight to the
        view. Everything else goes through the library, which alone refuses.
        """

        def decorate(view: F) -> F:
            thorough = self.arguments(taken)(self.response(200, given)(view))

            @wraps(thorough)
            def exchanged(*args: Any, **kwargs: Any) -> Any:
                body = whole_body(request) if request.is_json else b""
                found = taken.gate.load(read_json(body)) if body else None
                if found is None:
                    return thorough(*args, **kwargs)
                return current_app.json.response(given.dump(view(found, *args, **kwargs)))

            return cast(F, exchanged)

        return decorate


def _say_who_may(doc: dict[str, Any], told: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the roles that `requires` named to what the docstring says of an operation."""
    if told.get("roles"):
        by_hand = told.setdefault("manual_doc", {})
        said = by_hand.get("description") or told.get("docstring", {}).get("description", "")
        who = f"可用角色 Roles that may: {', '.join(told['roles'])}."
        by_hand["description"] = f"{said}\n\n{who}".strip()
    return doc


class NoSession(SessionInterface):
    """No session of the framework's own: who calls is known by a token or a cookie of ours."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """Open one that cannot be written to."""
        return self.make_null_session(app)


class PlainFlask(Flask):
    """The framework without what nobody here uses, which it looks for at each request."""

    session_interface = NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return views and hooks as they are: none is asynchronous."""
        return func


class QuickJson(DefaultJSONProvider):
    """JSON of answers by the quicker writer; what it refuses, the standard one writes."""

    ensure_ascii = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Write an answer as the standard provider does: keys sorted, one line."""
        content = self._prepare_response_obj(args, kwargs)
        try:
            body = orjson.dumps(content, self.default, WRITTEN)
        except TypeError:  # a number beyond 64 bits, a lone surrogate, a key that is no text
            return cast(Response, super().response(*args, **kwargs))
        return Response(body, mimetype=self.mimetype)


WRITTEN = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME


def whole_body(req: Any) -> bytes:
    """Return the body as sent; refuse one without a stated length that goes beyond the limit.

    The library ends such a body at its limit and says nothing.
    """
    limit = req.max_content_length
    if req.content_length is not None or limit is None:
        return cast(bytes, req.get_data())
    # One byte more than allowed tells a body of just that size from a larger one.
    req.max_content_length = limit + 1
    body: bytes = req.get_data()
    req.max_content_length = limit
    if len(body) > limit:
        raise TooLarge(f"The body is longer than {limit} bytes.")
    return body


def read_chunk(req: Any, *, limit: int) -> bytes:
    """Return the chunk that a request carries; refuse one beyond the limit (bytes) unread.

    A request that tears before its stated end raises here, so half a chunk is never seen.
    """
    if (req.content_length or 0) > limit:
        raise TooLarge(f"A chunk has at most {limit} bytes.")
    req.max_content_length = limit
    return whole_body(req)


def read_json(body: bytes) -> Any:
    """Return what a JSON body holds.

    Refused as unreadable: other bytes than UTF-8, NaN and infinities, numbers of thousands of
    digits, and whatever is nested deeper than `JSON_DEPTH`.
    """
    found = _quickly(body)
    if found is None:
        try:
            found = json.loads(body.decode(), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise Unreadable("The body is not JSON in UTF-8.") from error
    if is_deep(found):
        raise Unreadable(f"The body is nested deeper than {JSON_DEPTH} levels.")
    return found


def _quickly(body: bytes) -> Any | None:
    """Read a body as `json` would, or return None where the two readers might differ.

    orjson turns whole numbers beyond 64 bits into floats, and refuses lone surrogates, which are
    for the schema to judge; it takes nothing that `json` refuses.
    """
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return None if holds_float(found) else found


def inflate(body: bytes, *, limit: int) -> bytes:
    """Return the gunzipped body; refuse one that expands beyond the limit (bytes)."""
    machine = zlib.decompressobj(wbits=31)
    try:
        # One byte more than allowed tells a body of just that size from a larger one.
        expanded = machine.decompress(body, limit + 1)
    except zlib.error as error:
        raise Unreadable("The body is not valid gzip.") from error
    if len(expanded) > limit:
        raise TooLarge(f"The body expands beyond {limit} bytes.")
    if not machine.eof or machine.unused_data:
        raise Unreadable("The body is not one whole gzip stream.")
    return expanded


FORM_BYTES = 64 * 1024
"""What the fields of a form may hold beside its file."""


STRANGER_BYTES = 64 * 1024
"""What a request may hold, also inflated, where nobody has said who calls: a log-in, a phone's
enrolment. Reading JSON takes a dozen times its size."""


def takes_file(view: F) -> F:
    """Let a view take a form with a file of the size of a blob, where others take JSON."""
    view.takes_file = "blob_bytes"  # type: ignore[attr-defined]  # read before the body is looked at
    return view


def takes_archive(view: F) -> F:
    """Let a view take a form with a sealed file, which holds many photos."""
    view.takes_file = "archive_bytes"  # type: ignore[attr-defined]  # as above
    return view


def is_for_strangers(asked: Request) -> bool:
    """Whether a request is for something that anybody may have, without a token."""
    view = current_app.view_functions.get(asked.endpoint or "")
    return getattr(view, "roles", None) == ()


def file_limit(asked: Request) -> str | None:
    """Which limit holds for the file that a request may bring in a form, None where it may not."""
    view = current_app.view_functions.get(asked.endpoint or "")
    return getattr(view, "takes_file", None)


def install(app: Flask, settings: Settings) -> None:
    """Hook the steps into the application."""

    @app.before_request
    def prepare() -> None:
        """Take the steps before a view in one hook; each look through a proxy costs its own."""
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # a proxy
        name_request(asked)
        is_strange = is_for_strangers(asked)
        refuse_long_body(asked, is_strange)
        start_clock(asked)
        inflate_body(asked, is_strange)

    def name_request(asked: Request) -> None:
        """Give the request the name that its log line and its answer carry."""
        g.started = time.perf_counter()
        given = asked.headers.get("X-Request-Id") if settings.proxies else None
        g.request_id = name = given if logs.is_request_id(given) else uuid.uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=name)

    def refuse_long_body(asked: Request, is_strange: bool) -> None:
        """Refuse by the stated length, before anything of the body is read."""
        if is_strange:
            asked.max_content_length = STRANGER_BYTES
        elif limited := file_limit(asked):
            asked.max_content_length = getattr(settings.limits, limited) + FORM_BYTES
        limit = asked.max_content_length
        if limit is not None and (asked.content_length or 0) > limit:
            raise TooLarge(f"The body is longer than {limit} bytes.")

    def start_clock(asked: Request) -> None:
        LIMITS.set(settings.limits)
        transactions.PATIENCE.set(transactions.OF_CALLERS)
        questionnaires.SHELF.set(settings.questionnaires_dir)
        stated = asked.headers.get("X-Simulated-Time") if settings.demo else None
        try:
            moment = datetime.fromisoformat(stated) if stated else None
            if moment is not None and moment.year not in SIMULATED_YEARS:
                raise ValueError("nobody plays in that year")
            clock.simulate(moment)
        except ValueError as error:
            raise Invalid("X-Simulated-Time takes a time with an offset (RFC 3339).") from error

    def inflate_body(asked: Request, is_strange: bool) -> None:
        encoding = asked.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding in ("", "identity"):
            return
        if encoding != "gzip":
            raise UnsupportedEncoding()
        limit = STRANGER_BYTES if is_strange else settings.limits.expanded_bytes
        body = inflate(whole_body(asked), limit=limit)
        asked.environ["wsgi.input"] = BytesIO(body)
        asked.environ["CONTENT_LENGTH"] = str(len(body))
        asked.max_content_length = limit
        # These were computed from the packed body.
        for name in ("content_length", "stream", "data", "json"):
            asked.__dict__.pop(name, None)
        asked._cached_data = body

    @app.after_request
    def finish(response: Response) -> Response:
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]  # as above
        guard_answer(asked, response)
        log_access(asked, response)
        return response

    def guard_answer(asked: Request, response: Response) -> None:
        """Answers name households: nothing keeps them that was not told it may."""
        headers = response.headers
        told = {name.lower() for name, _ in headers}
        headers.extend((name, value) for name, value in HEADERS.items() if name.lower() not in told)
        if asked.is_secure:
            headers["Strict-Transport-Security"] = STRICT_TRANSPORT
        headers["X-Request-Id"] = g.get("request_id") or uuid.uuid4().hex

    def log_access(asked: Request, response: Response) -> None:
        who: Any = g.get("caller")
        route = asked.url_rule.rule if asked.url_rule else None
        now = time.perf_counter()
        seconds = now - g.get("started", now)
        metrics.count_request(asked.method, route, response.status_code, seconds)
        log.info(
            "request",
            route=route,
            method=asked.method,
            status=response.status_code,
            actor=who.actor if who else None,
            bytes_in=asked.content_length,
            bytes_out=response.content_length,
            ms=round(seconds * 1000, 1),
        )

    @app.teardown_request
    def stop_clock(_error: BaseException | None) -> None:
        clock.simulate(None)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
