"""Logs: one JSON line an event on stderr, without names, identity numbers or answers.

Errors are told by kind and place. Their messages are left out: a database puts the failing row into
them, a parser the text that it could not read.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

ROOT = Path(__file__).parents[1]
FRAMES = 12
CAUSES = 5
PROXY_GAVE = re.compile(r"[0-9A-Za-z-]{16,64}")


def configure() -> None:
    """Set structlog up once per process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_error,
            structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Whatever stderr is at the time, and not what it was at the start.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _json(event: Any, **kwargs: Any) -> str:
    """Write a line by the quicker writer; what it refuses, the standard one writes."""
    try:
        return orjson.dumps(event, option=orjson.OPT_PASSTHROUGH_DATACLASS).decode()
    except TypeError:
        return json.dumps(event, ensure_ascii=False, **kwargs)


def is_request_id(text: str | None) -> bool:
    """Whether a proxy's name for a request is one, and nothing that somebody smuggles in."""
    return text is not None and PROXY_GAVE.fullmatch(text) is not None


def tell_error(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Put kind and place of an error in the place of the error itself."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event.update(described(error))
    return event


def described(error: BaseException) -> dict[str, Any]:
    """Return the kinds of an error and of its causes, and where it was raised; no values."""
    kinds: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < CAUSES:
        kinds.append(_kind(cause))
        cause = cause.__cause__ or cause.__context__
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return {
        "error": kinds,
        "trace": [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


class JsonFormatter(logging.Formatter):
    """The same form for what the libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as one JSON line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        event: dict[str, Any] = {
            "event": record.getMessage(),
            "logger": record.name,
            "level": record.levelname.lower(),
            "timestamp": moment.isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info and record.exc_info[1] is not None:
            event.update(described(record.exc_info[1]))
        return json.dumps(event, ensure_ascii=False)


def _kind(error: BaseException) -> str:
    """Name a kind of error; of a database's also its state and the constraint."""
    name = type(error).__name__
    state = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return " ".join(str(part) for part in (name, state, constraint) if part)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else "/".join(path.parts[-3:])
