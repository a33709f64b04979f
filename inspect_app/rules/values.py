"""Values of the rule dialect: what kinds there are, how stored answers become values.

An answer that is absent, or one of the codes for "no answer" of its field, is unknown: None.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

Value = bool | int | str | Sequence[str]
"""A known value: what a leaf or an operation yields when it is not unknown (None)."""

Answers = Mapping[str, object]

MAX_PLACES = 6
SAFE_INTEGER = 2**53 - 1
"""Largest integer that every JSON reader keeps exact."""

_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?", re.ASCII)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(?:\.[0-9]{1,6})?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII,
)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_FIRST_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


class Kind(StrEnum):
    """What sort of value an expression has."""

    BOOLEAN = "boolean"
    NUMBER = "number"
    TEXT = "text"
    SET = "set"
    INSTANT = "instant"
    DATE = "date"
    OPAQUE = "opaque"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind with its details: decimals of a number, the closed list of a choice."""

    kind: Kind
    places: int = 0
    values: frozenset[str] | None = None


BOOLEAN = Type(Kind.BOOLEAN)
INTEGER = Type(Kind.NUMBER)
DECIMAL = Type(Kind.NUMBER, places=MAX_PLACES)
TEXT = Type(Kind.TEXT)
INSTANT = Type(Kind.INSTANT)
DATE = Type(Kind.DATE)
OPAQUE = Type(Kind.OPAQUE)


def choice(values: Sequence[str]) -> Type:
    """One value out of a closed list."""
    return Type(Kind.TEXT, values=frozenset(values))


def choices(values: Sequence[str]) -> Type:
    """A set of values out of a closed list."""
    return Type(Kind.SET, values=frozenset(values))


@dataclass(frozen=True, slots=True)
class Name:
    """A field that expressions may refer to: its type, its codes for "no answer", its block."""

    type: Type
    missing: frozenset[str] = frozenset()
    block: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything an expression of one form may name."""

    fields: Mapping[str, Name]
    context: Mapping[str, Type]
    repeated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """The answers of one form: plain fields, rows of the repeated blocks, context."""

    answers: Answers
    rows: Mapping[str, Sequence[Answers]]
    context: Answers


NO_ROW: Answers = {}

Run = Callable[[Reading, Answers, object], Value | None]
"""(reading, row of the repeated block at hand, value of the field itself) -> value, or unknown."""


def instant(text: str) -> int | None:
    """Microseconds since the day before 0001-01-01 UTC, so that this day is number 1.

    None where the text is not an RFC 3339 time with offset.
    """
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        since = datetime.fromisoformat(text.upper()) - _BEGINNING
    except ValueError:
        return None
    return (since + _FIRST_DAY) // _MICROSECOND


def decimal(text: str) -> tuple[int, int] | None:
    """Digits of a decimal as an integer, and how many of them stand behind the point."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    places = len(found.group(2) or "")
    return int(text.replace(".", "")), places


def reader(name: Name) -> Callable[[object], Value | None] | None:
    """How the stored answer of a field becomes a value of the dialect; None where it is one.

    A code for "no answer" is no value: where the reader is None, the caller looks for it.
    """
    missing, kind, places = name.missing, name.type.kind, name.type.places

    def time(value: object) -> Value | None:
        return instant(value) if type(value) is str and value not in missing else None

    def scaled(value: object) -> Value | None:
        if isinstance(value, Mapping):
            digits, behind = decimal(str(value["dec"])) or (0, 0)
            behind_point: int = 10 ** (places - behind)
            return digits * behind_point
        whole: int = 10**places
        return int(value) * whole if isinstance(value, int) else None

    if kind is Kind.INSTANT:
        return time
    return scaled if kind is Kind.NUMBER and places else None
