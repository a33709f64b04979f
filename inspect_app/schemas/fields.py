"""Fields that several schemas have, and the limits that lists are held to."""

import re
from collections.abc import Iterable, Sized
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import marshmallow as ma

from inspect_app.schemas.answers import Single
from inspect_app.settings import Limits

UUID_PATTERN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
SHA256_PATTERN = re.compile(r"[0-9a-f]{64}", re.ASCII)
MOMENT_LENGTH = 40
LARGEST = 2**53 - 1
LIMITS: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039  # frozen
"""Limits of the server that reads; it sets them before each request, as a schema is made once."""


@dataclass(frozen=True)
class AtMost:
    """As many entries as the server that reads takes, by the name of its limit."""

    limit: str
    entries: str

    def __call__(self, given: Sized) -> None:
        most = self.of(LIMITS.get())
        if len(given) > most:
            raise ma.ValidationError(f"More than {most} {self.entries}.")

    def of(self, limits: Limits) -> int:
        """The number, on a server with these limits."""
        found: int = getattr(limits, self.limit)
        return found


class Text(Single):
    """Text that matches a pattern whole."""

    default_error_messages = {"invalid": "Not text of the expected form."}  # noqa: RUF012  # as the library declares it

    def __init__(self, pattern: re.Pattern[str], *, description: str = "", **kwargs: Any) -> None:
        told = {"description": description} if description else {}
        shape = {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}
        super().__init__(metadata={**shape, **told}, **kwargs)
        self.pattern = pattern

    def accept(self, value: object) -> str:
        if type(value) is not str or not self.pattern.fullmatch(value):
            raise self.make_error("invalid")
        return value


class Moment(Single):
    """A time with offset, kept as the text the phone wrote."""

    default_error_messages = {"invalid": "Not a time with an offset."}  # noqa: RUF012  # as above

    def __init__(self, *, description: str = "", **kwargs: Any) -> None:
        told = {"description": description} if description else {}
        shape = {"type": "string", "format": "date-time", "maxLength": MOMENT_LENGTH}
        super().__init__(metadata={**shape, **told}, **kwargs)

    def accept(self, value: object) -> str:
        try:
            if type(value) is not str or len(value) > MOMENT_LENGTH:
                raise ValueError
            moment = datetime.fromisoformat(value)
            # A clock may be decades off, but at the calendar's ends no time zone can be applied.
            if not 1 < moment.year < 9999:
                raise ValueError
        except ValueError as error:
            raise self.make_error("invalid") from error
        if moment.tzinfo is None:
            raise self.make_error("invalid")
        return value


class TrueFalse(Single):
    """true or false; the library's own field takes 0, 1 and words for them as well."""

    default_error_messages = {"invalid": "Not true or false."}  # noqa: RUF012  # as above

    def __init__(self, *, description: str = "", **kwargs: Any) -> None:
        told = {"description": description} if description else {}
        super().__init__(metadata={"type": "boolean", **told}, **kwargs)

    def accept(self, value: object) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid")
        return value


def count(*, description: str = "", **kwargs: Any) -> ma.fields.Integer:
    """A whole number, not negative."""
    told = {"description": description} if description else {}
    bounds = ma.validate.Range(0, LARGEST)
    return ma.fields.Integer(strict=True, validate=bounds, metadata=told, **kwargs)


def one_of(codes: Iterable[str], why: str = "") -> dict[str, str]:
    """Say which codes an answer may hold today; later servers may have more."""
    return {"description": f"{', '.join(codes)}; {why or 'more may come'}"}
