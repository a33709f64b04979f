"""What happens to every request before a view sees it: inflation, simulated time, access log."""

import time
import zlib
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, g, request

from inspect_app import clock
from inspect_app.rules.errors import Invalid, TooLarge
from inspect_app.settings import Settings

PACKAGE = Path(__file__).parent

log = structlog.get_logger()


def inflate(body: bytes, *, limit: int) -> bytes:
    """Return the gunzipped body; refuse one that expands beyond the limit (bytes)."""
    machine = zlib.decompressobj(wbits=31)
    try:
        expanded = machine.decompress(body, limit)
    except zlib.error as error:
        raise Invalid("The body is not valid gzip.") from error
    if machine.unconsumed_tail:
        raise TooLarge(f"The body expands beyond {limit} bytes.")
    if not machine.eof:
        raise Invalid("The gzip body ends too early.")
    return expanded


def install(app: Flask, settings: Settings) -> None:
    """Hook the steps into the application."""

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()
        stated = request.headers.get("X-Simulated-Time") if settings.demo else None
        try:
            clock.simulate(datetime.fromisoformat(stated) if stated else None)
        except ValueError as error:
            raise Invalid("X-Simulated-Time takes a time with an offset (RFC 3339).") from error

    @app.before_request
    def inflate_body() -> None:
        if request.headers.get("Content-Encoding", "").lower() != "gzip":
            return
        body = inflate(request.get_data(cache=False), limit=settings.limits.expanded_bytes)
        request.environ["wsgi.input"] = BytesIO(body)
        request.environ["CONTENT_LENGTH"] = str(len(body))
        request.max_content_length = settings.limits.expanded_bytes
        # Both were computed from the packed body.
        for name in ("content_length", "stream", "data", "json"):
            request.__dict__.pop(name, None)

    @app.after_request
    def log_access(response: Response) -> Response:
        who: Any = g.get("caller")
        log.info(
            "request",
            route=request.url_rule.rule if request.url_rule else None,
            method=request.method,
            status=response.status_code,
            actor=who.actor if who else None,
            bytes_in=request.content_length,
            bytes_out=response.content_length,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
        )
        return response

    @app.teardown_request
    def stop_clock(_error: BaseException | None) -> None:
        clock.simulate(None)
