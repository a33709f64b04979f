"""RFC 9457 problems: the one error shape of the API, and the one table of status codes."""

import uuid
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

import marshmallow as ma
import structlog
from flask import Flask, Response, current_app, g, has_request_context, request
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from inspect_app.rules import errors
from inspect_app.services import outages
from sampling.errors import SamplingError

MEDIA_TYPE = "application/problem+json"
CHUNK_TYPE = "application/offset+octet-stream"
"""What files of phones travel as, a chunk at a time."""
FORM_TYPE = "multipart/form-data"
"""What a file of evidence travels in, where a view says that it takes one."""
FORM_TYPES = frozenset({FORM_TYPE, "application/x-www-form-urlencoded"})
"""What browsers send from pages, where a view says that it takes a form."""

KEY_SHOWN = 80
ERRORS_SHOWN = 100
"""Of what is wrong with a request, so many are named: an answer is not to outgrow its request."""

# The nearest class in the error's ancestry decides.
STATUS: dict[type[Exception], int] = {
    errors.RuleError: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.Unknown: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Unreadable: 400,
    errors.UnsupportedEncoding: 415,
    errors.Invalid: 422,
    errors.TooManyRequests: 429,
    errors.TooSlow: 408,
    errors.Unavailable: 503,
}

# Problems that no class of ours raises: slug by status of the web layer.
WEB_SLUGS = {
    400: ("unreadable-request", "The request cannot be parsed"),
    401: ("unauthenticated", "A valid token is needed"),
    403: ("forbidden", "This role may not do that"),
    404: ("not-found", "There is no such resource"),
    405: ("method-not-allowed", "The resource does not know this method"),
    413: ("too-large", "The request is too large"),
    415: ("unsupported-media-type", "The body is not of the media type that is taken here"),
    422: ("invalid-request", "The request does not match its schema"),
    500: ("internal-error", "The server failed; nothing of the request was stored"),
    503: ("unavailable", "The server cannot do this now"),
}

SAMPLING_SLUG = "sampling-refused"
"""What the sampling package refuses; its errors know nothing of problems."""

log = structlog.get_logger()


class ProblemSchema(ma.Schema):
    """A problem as sent; some kinds tell more, under names of their own."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True, metadata={"example": "/problems/not-found"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    errors = ma.fields.List(
        ma.fields.Dict(),
        metadata={"description": f"pointer and detail, of the first {ERRORS_SHOWN}"},
    )
    request_id = ma.fields.String(metadata={"description": "of a failure, as in the server's log"})


def problem(
    status: int, slug: str, title: str, detail: str = "", extra: Mapping[str, object] | None = None
) -> Response:
    """Build one problem response."""
    from flask import current_app

    body: dict[str, object] = {"type": f"/problems/{slug}", "title": title, "status": status}
    if detail:
        body["detail"] = detail
    body.update(extra or {})
    if status >= 500 and has_request_context() and "request_id" in g:
        body["request_id"] = g.request_id
    response = cast(Response, current_app.json.response(body))
    response.status_code = status
    response.mimetype = MEDIA_TYPE
    if status in (429, 503):
        response.headers["Retry-After"] = str(body.get("wait_seconds", retry_after()))
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def retry_after() -> int:
    """Return 20 to 60 seconds, each caller others: a fleet must not come back at one moment."""
    return 20 + uuid.uuid4().int % 41


def status_of(error: Exception) -> int:
    """Return the status of the nearest class that has one."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def pointers(messages: Any, path: str = "#") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's nested messages into JSON pointers with their details."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            name = "" if key == "_schema" else f"/{_escaped(str(key))}"
            yield from pointers(inner, path + name)
    elif isinstance(messages, list):
        for message in messages:
            yield from pointers(message, path)
    else:
        yield {"pointer": path, "detail": str(messages)}


def _escaped(key: str) -> str:
    """Write one step of a pointer; keys come from the request and may not even be text."""
    readable = key[:KEY_SHOWN].encode("utf-8", "replace").decode()
    return readable.replace("~", "~0").replace("/", "~1")


def _rule_error(error: errors.RuleError) -> Response:
    response = problem(status_of(error), error.slug, error.title, error.detail, error.extra)
    if "upload_offset" in error.extra:
        response.headers["Upload-Offset"] = str(error.extra["upload_offset"])
    return response


def _sampling_error(error: SamplingError) -> Response:
    return problem(422, SAMPLING_SLUG, "The sampling rules refuse this", str(error).splitlines()[0])


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    slug, title = WEB_SLUGS.get(status, ("http-error", error.name))
    messages = (getattr(error, "data", None) or {}).get("messages")
    if messages is None:
        response = problem(status, slug, title)
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
        return response
    # webargs nests the messages under the place they were found in: json, query, …
    inner = messages.get("json", messages) if isinstance(messages, Mapping) else messages
    found = list(islice(pointers(inner), ERRORS_SHOWN + 1))
    more = f"Only the first {ERRORS_SHOWN} errors are named." if found[ERRORS_SHOWN:] else ""
    return problem(status, slug, title, more, extra={"errors": found[:ERRORS_SHOWN]})


def _database_error(error: DBAPIError | PoolTimeout) -> Response:
    """Tell a database that is away or busy from a value it refuses and from our own mistakes."""
    if isinstance(error, PoolTimeout) or outages.is_passing(error):
        log.error("database unavailable", error=type(getattr(error, "orig", error)).__name__)
        return problem(503, *WEB_SLUGS[503])
    if isinstance(error, DataError):
        log.error("value refused by the database", error=type(error.orig).__name__)
        return problem(422, *WEB_SLUGS[422], detail="A value cannot be stored.")
    if isinstance(error, IntegrityError) and outages.is_taken(error):
        log.error("stored by another at the same moment", error=type(error.orig).__name__)
        return _rule_error(errors.Conflict("Another request stored the same at this moment."))
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    log_id = g.get("request_id") or uuid.uuid4().hex
    log.exception("internal error", log_id=log_id, route=request.url_rule and request.url_rule.rule)
    return problem(500, *WEB_SLUGS[500], extra={"log_id": log_id})


def _takes(media: str) -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_form", False):
        return media in FORM_TYPES
    return media == FORM_TYPE and getattr(view, "takes_file", False)


def require_json() -> Response | None:
    """Refuse a body that is not JSON before anything looks at it; a PATCH carries a chunk."""
    if request.routing_exception is not None:
        return None  # no such address or method, whatever the body is
    if request.method == "PATCH":
        if request.mimetype != CHUNK_TYPE:
            return problem(415, *WEB_SLUGS[415], detail=f"A chunk is {CHUNK_TYPE}.")
    elif request.method in ("POST", "PUT") and request.content_length and not request.is_json:
        if _takes(request.mimetype):
            return None
        return problem(415, *WEB_SLUGS[415])
    return None


def refuse_nul() -> Response | None:
    """Refuse NUL in an address: no name has it, and one of the databases cannot be asked for it."""
    if "\0" in request.path:
        return problem(404, *WEB_SLUGS[404])
    raw = request.query_string
    if (b"%00" in raw or b"\0" in raw) and any("\0" in one for one in request.args.values()):
        return problem(422, *WEB_SLUGS[422], detail="The address holds NUL.")
    return None


def install(app: Flask) -> None:
    """Make every error of the application a problem."""
    app.register_error_handler(errors.RuleError, _rule_error)
    app.register_error_handler(SamplingError, _sampling_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(PoolTimeout, _database_error)
    app.register_error_handler(Exception, _unexpected)
    app.before_request(refuse_nul)
    app.before_request(require_json)
