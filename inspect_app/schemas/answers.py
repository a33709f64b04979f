"""Single answers: each reader checks one JSON value and returns it as the rules want it.

A refusal is a `ValidationError` whose only message is a code of `inspect_app.rules.faults`.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from inspect_app.rules.questionnaires import Field
from inspect_app.rules.values import SAFE_INTEGER, instant

STRING_LENGTH = 200
TEXT_LENGTH = 4_000
IDENTIFIER_LENGTH = 100
COMBINATIONS_KEPT = 256
"""How many answers to one question of several choices are known again without a second look."""

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,15})?", re.ASCII)
_METRES = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,15})?", re.ASCII)

_WORDS: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "required", "null": "null"}

Read = Callable[[object], Any]


class Single(fields.Field[Any]):
    """A field whose value one method takes, or refuses by a `ValidationError`."""

    def accept(self, value: object) -> Any:
        """Return the value as it is wanted."""
        raise NotImplementedError

    def _deserialize(self, value: object, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return self.accept(value)


class Leaf(Single):
    """A value read by one function, unless it is a code for "no answer" that is allowed here."""

    default_error_messages = _WORDS

    def __init__(self, read: Read, *, missing: frozenset[str] = frozenset(), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.read = read
        self.missing = missing

    def accept(self, value: object) -> Any:
        """Return the value as the rules want it, or refuse it."""
        if type(value) is str and value in self.missing:
            return value
        return self.read(value)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds, both included; 59.0 and true are none."""

    low: int
    high: int

    def __call__(self, value: object) -> int:
        if type(value) is not int:
            raise ValidationError("not-an-integer")
        if not self.low <= value <= self.high:
            raise ValidationError("out-of-range")
        return value


@dataclass(frozen=True, slots=True)
class OneOf:
    """One value of a closed list."""

    values: frozenset[str]

    def __call__(self, value: object) -> str:
        if type(value) is not str or value not in self.values:
            raise ValidationError("not-a-choice")
        return value


@dataclass(frozen=True, slots=True)
class SomeOf:
    """Several values of a closed list, at least one, in the order given.

    met : combinations that were right before
    """

    values: frozenset[str]
    met: set[tuple[object, ...]] = field(default_factory=set, compare=False, repr=False)

    def __call__(self, value: object) -> tuple[str, ...]:
        if type(value) is not list or not value:
            raise ValidationError("not-choices")
        found = tuple(value)
        try:
            if found in self.met:
                return found
        except TypeError:  # a list or an object cannot be looked up, and is refused below
            pass
        for each in value:
            if type(each) is not str or each not in self.values:
                raise ValidationError("not-a-choice")
        if len(set(found)) < len(found):
            raise ValidationError("not-choices")
        if len(self.met) < COMBINATIONS_KEPT:
            self.met.add(found)
        return found


def closed_list(read: Read) -> frozenset[str]:
    """The texts that a reader returns as they are, where it knows them all."""
    return read.values if isinstance(read, OneOf) else frozenset()


def reader_of(question: Field) -> Read:
    """The reader for the type of a question."""
    values = frozenset(question.values)
    if question.type == "select_one":
        return OneOf(values)
    if question.type == "select_many":
        return SomeOf(values)
    return _READERS[question.type]


def string(value: object) -> str:
    """Text without NUL, which one of the databases cannot hold."""
    if type(value) is not str:
        raise ValidationError("not-a-text")
    if "\0" in value:
        raise ValidationError("bad-character")
    return value


def free(limit: int) -> Callable[[object], str]:
    """Text as typed, brought to normal form NFC."""

    def read(value: object) -> str:
        text = string(value)
        if not text.isascii():
            text = unicodedata.normalize("NFC", text)
        if len(text) > limit:
            raise ValidationError("too-long")
        return text

    return read


integer = Whole(-SAFE_INTEGER, SAFE_INTEGER)
"""Any whole number that no JSON reader would round."""


def time(value: object) -> str:
    """An RFC 3339 time with offset, kept as written."""
    text = string(value)
    if instant(text) is None:
        raise ValidationError("not-a-time")
    return text


def moment(value: object) -> datetime:
    """The same as an aware datetime."""
    text = time(value)
    if text.startswith("0"):
        raise ValidationError("not-a-time")
    return datetime.fromisoformat(text.upper())


def place(value: object) -> Mapping[str, str]:
    """Where the device says it is: decimal text, so that no digit is lost."""
    if type(value) is not dict or set(value) != {"lat", "lon", "accuracy"}:
        raise ValidationError("not-a-place")
    for key, pattern, limit in (
        ("lat", _DEGREES, 90),
        ("lon", _DEGREES, 180),
        ("accuracy", _METRES, 10**9),
    ):
        text = value[key]
        if type(text) is not str or not pattern.fullmatch(text) or abs(float(text)) > limit:
            raise ValidationError("not-a-place")
    return dict(value)


def digest(value: object) -> str:
    """SHA-256 of a file, in hex."""
    if type(value) is not str or not _HASH.fullmatch(value):
        raise ValidationError("not-a-hash")
    return value


def identifier(value: object) -> str:
    """A unit id as the tickets need it: NFC, no separators or control characters."""
    text = string(value)
    if not text:
        raise ValidationError("empty")
    if len(text) > IDENTIFIER_LENGTH:
        raise ValidationError("too-long")
    if any(sign < " " for sign in text):
        raise ValidationError("bad-character")
    if not unicodedata.is_normalized("NFC", text):
        raise ValidationError("not-nfc")
    return text


def matching(pattern: re.Pattern[str], code: str) -> Callable[[object], str]:
    """Text of one form."""

    def read(value: object) -> str:
        if type(value) is not str or not pattern.fullmatch(value):
            raise ValidationError(code)
        return value

    return read


def salt(value: object) -> str:
    """Randomness that keeps the hash of a body from giving its content away."""
    if not 22 <= len(string(value)) <= 100:
        raise ValidationError("not-a-salt")
    return str(value)


_READERS: Mapping[str, Read] = {
    "string": free(STRING_LENGTH),
    "text": free(TEXT_LENGTH),
    "integer": integer,
    "datetime": time,
    "geopoint": place,
    "photo": digest,
    "signature": digest,
}


def told_of(read: Read) -> Mapping[str, Any]:
    """What a reader takes, as JSON Schema."""
    if isinstance(read, Whole):
        return {"type": "integer", "minimum": read.low, "maximum": read.high}
    if isinstance(read, OneOf):
        return {"enum": sorted(read.values)}
    if read is place:
        decimal = {"type": "string", "description": "a decimal number as text"}
        keys = ("lat", "lon", "accuracy")
        return {
            "type": "object",
            "properties": dict.fromkeys(keys, decimal),
            "required": sorted(keys),
            "additionalProperties": False,
        }
    if read is digest:
        return {"type": "string", "description": "SHA-256 of the file", "pattern": "^[0-9a-f]{64}$"}
    if read is salt:
        return {"type": "string", "description": "random", "minLength": 22, "maxLength": 100}
    if read is time or read is moment:
        return {"type": "string", "format": "date-time"}
    if isinstance(read, SomeOf):
        items = {"enum": sorted(read.values)}
        return {"type": "array", "items": items, "minItems": 1, "uniqueItems": True}
    return {"type": "string"}
