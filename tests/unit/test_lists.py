"""Lists of requests and bodies: too long ones are refused before anybody looks into them."""

import json
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import marshmallow as ma
import pytest
from households import a_body

import inspect_app.schemas
from inspect_app.rules.faults import Faulty
from inspect_app.schemas.gate import gate_of
from inspect_app.schemas.interviews import MEMBER_ROWS, ROSTER_ROWS, parse_body
from inspect_app.schemas.lists import Counted

SALT = "00112233445566778899aabbccddeeff"


def a_schema(looked_at: list[Any]) -> ma.Schema:
    """A schema that notes each item it looks at."""
    item = ma.fields.String(validate=looked_at.append)
    return ma.Schema.from_dict({"names": Counted(item, validate=ma.validate.Length(1, 3))})()


@pytest.mark.parametrize("given", [[], ["a"] * 4, [None] * 100, "abc", {"a": 1}, 5, None])
def test_what_is_no_list_of_that_length_is_not_looked_into(given: Any) -> None:
    looked_at: list[Any] = []
    schema = a_schema(looked_at)

    with pytest.raises(ma.ValidationError) as refused:
        schema.load({"names": given})

    assert list(refused.value.messages) == ["names"]
    assert isinstance(refused.value.messages["names"], list)  # one message, and none of an item
    assert gate_of(schema).load({"names": given}) is None
    assert looked_at == []


def test_a_list_that_is_short_enough_is_read() -> None:
    looked_at: list[Any] = []
    schema = a_schema(looked_at)

    assert schema.load({"names": ["a", "b", "c"]}) == {"names": ["a", "b", "c"]}
    assert looked_at == ["a", "b", "c"]


def test_rows_beyond_the_limit_are_one_fault_whatever_they_hold() -> None:
    village = {"salt": SALT, "village_code": "420528100201", "household_class": "N"}
    listed = parse_body("roster", json.dumps({**village, "households": [{}] * (ROSTER_ROWS + 1)}))
    body = a_body()
    body["answers"]["members"] = [{"no such question": 1}] * (MEMBER_ROWS + 1)
    answered = parse_body("interview", json.dumps(body))

    assert isinstance(listed, Faulty)
    assert [(one.pointer, one.code) for one in listed.faults] == [("/households", "too-many-rows")]
    assert isinstance(answered, Faulty)
    assert [(one.pointer, one.code) for one in answered.faults] == [
        ("/answers/members", "too-many-rows")
    ]


def schemas() -> Iterator[type[ma.Schema]]:
    for module in iter_modules(inspect_app.schemas.__path__):
        for found in vars(import_module(f"inspect_app.schemas.{module.name}")).values():
            if isinstance(found, type) and issubclass(found, ma.Schema):
                yield found


def test_whatever_limits_a_list_is_asked_before_its_items() -> None:
    wrong = {
        f"{schema.__name__}.{name}"
        for schema in schemas()
        for name, field in schema._declared_fields.items()
        if isinstance(field, ma.fields.List) and field.validators and type(field) is not Counted
    }

    assert wrong == set()
