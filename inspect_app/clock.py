"""The only reader of the system clock.

A demonstration on simulated data may carry its own time: `simulate` sets it for the current
context (one request), and only the request hook of `create_app` calls it, in demo mode.
"""

from contextvars import ContextVar
from datetime import UTC, datetime

_simulated: ContextVar[datetime | None] = ContextVar("simulated_time", default=None)


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _simulated.get() or datetime.now(UTC)


def simulate(moment: datetime | None) -> None:
    """Let `now` answer this moment in the current context; None returns to the real clock."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a simulated time needs an offset")
    _simulated.set(moment.astimezone(UTC) if moment else None)
