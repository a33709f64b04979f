"""A gate in front of a schema: the ordinary passes quickly, everything else goes to the schema.

The gate is built from the schema and calls the schema's own readers, validators and builders, so
it can only differ in how it walks the fields. It accepts or says nothing: what it does not accept
is loaded by marshmallow, which alone refuses and words the refusal. Whatever the gate does not
know how to walk (another kind of field, another hook) it does not accept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import marshmallow as ma

from inspect_app.schemas.answers import Leaf, Read, Single, Whole, closed_list
from inspect_app.schemas.lists import Counted

NONE_OF_THEM: frozenset[str] = frozenset()
NO_WHOLE = Whole(1, 0)
LOADING = frozenset({"pre_load", "validates", "validates_schema", "post_load"})


class Unusual(Exception):
    """Not to be decided here."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What a schema accepts, compiled."""

    accept: Read

    def load(self, raw: object) -> Any | None:
        """Return what the schema would load, or None where the schema must decide."""
        try:
            return self.accept(raw)
        except (Unusual, KeyError, ma.ValidationError):
            return None


def gate_of(schema: ma.Schema) -> Gate:
    """Compile the gate of a schema."""
    return Gate(_object(schema))


def _object(schema: ma.Schema) -> Read:
    """The walk over one object: each key known, nothing missing, hooks run as the schema does."""
    fields = schema.load_fields
    hooks = {kind: found for kind, found in schema._hooks.items() if found and kind in LOADING}
    if (
        schema.unknown != ma.RAISE
        or schema.partial
        or any(map(_is_renamed, fields.values()))
        or hooks.keys() - {"validates_schema", "post_load"}
        or any(is_many or how.get("pass_original") for _, is_many, how in chain(*hooks.values()))
    ):
        return _unusual
    checks = [getattr(schema, name) for name, _, _ in hooks.get("validates_schema", ())]
    builders = [getattr(schema, name) for name, _, _ in hooks.get("post_load", ())]
    leaves = {name: _leaf(field) for name, field in fields.items()}
    required = frozenset(name for name, field in fields.items() if field.required)
    absent = [
        (name, field.load_default)
        for name, field in fields.items()
        if field.load_default is not ma.missing
    ]

    def walk(raw: Any) -> Any:
        if raw.__class__ is not dict:
            raise Unusual
        found: dict[str, Any] = raw.copy()
        for name, value in raw.items():
            closed, low, high, read = leaves[name]
            kind = value.__class__
            if kind is str:
                if value in closed:
                    continue
            elif kind is int and low <= value <= high:
                continue
            found[name] = read(value)
        if not required <= found.keys():
            raise Unusual
        for name, default in absent:
            if name not in found:
                found[name] = default() if callable(default) else default
        for check in checks:
            check(found)
        built: Any = found
        for build in builders:
            built = build(built)
        return built

    return walk


def _leaf(field: ma.fields.Field[Any]) -> tuple[frozenset[str], int, int, Read]:
    """How one value is taken: texts and whole numbers taken as they are, and the full reading."""
    closed, whole = NONE_OF_THEM, NO_WHOLE
    read: Read = _unusual
    if isinstance(field, Leaf):
        closed, read = field.missing | closed_list(field.read), field.accept
        if type(field) is Leaf and not field.validators:
            read = field.read  # the codes it would look for first are among those taken as they are
        if isinstance(field.read, Whole):
            whole = field.read
    elif isinstance(field, Single):
        read = field.accept
    elif type(field) is ma.fields.String:
        read = _exactly(str)
    elif type(field) is ma.fields.Boolean:
        read = _exactly(bool)
    elif type(field) is ma.fields.Integer and field.strict:
        read = _exactly(int)
    elif type(field) is Counted:
        read = _list(_leaf(field.inner)[3], field.validators)
    elif type(field) is ma.fields.Nested and field.unknown is None and not field.many:
        read = _object(field.schema)
    if field.validators and type(field) is not Counted:
        closed, whole, read = NONE_OF_THEM, NO_WHOLE, _validated(read, field.validators)
    if field.allow_none:
        read = _or_none(read)
    return closed, whole.low, whole.high, read


def _is_renamed(field: ma.fields.Field[Any]) -> bool:
    return field.data_key is not None or field.attribute is not None


def _unusual(value: object) -> Any:
    raise Unusual


def _exactly(kind: type) -> Read:
    def read(value: object) -> Any:
        if value.__class__ is not kind:
            raise Unusual
        return value

    return read


def _list(inner: Read, validators: list[Callable[[Any], Any]]) -> Read:
    def read(value: Any) -> Any:
        if value.__class__ is not list:
            raise Unusual
        for validate in validators:
            validate(value)
        return [inner(each) for each in value]

    return read


def _validated(read: Read, validators: list[Callable[[Any], Any]]) -> Read:
    def validated(value: object) -> Any:
        found = read(value)
        for validate in validators:
            validate(found)
        return found

    return validated


def _or_none(read: Read) -> Read:
    return lambda value: None if value is None else read(value)


CLOSED = Gate(_unusual)
"""Accepts nothing."""
