"""The API document is enough to write a client from: its examples are real, and they work.

`python -m pytest -p recording --db sqlite tests/api` records them anew.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

import marshmallow as ma
import pytest
from fieldwork import a_code
from flask import Flask
from jsonschema import Draft202012Validator

from inspect_app.api.openapi import document
from inspect_app.rules.permissions import BY_OPERATION
from inspect_app.schemas.assignments import WantedSchema
from inspect_app.schemas.interviews import shapes
from inspect_app.schemas.sync import OpSchema
from inspect_app.settings import Limits

JSON = "application/json"
PROBLEM = "application/problem+json"


@pytest.fixture
def told(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(document(app)))
    return found


def operations(told: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
    for path, item in told["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method, item, operation


def faults(told: dict[str, Any], schema: dict[str, Any], example: Any) -> list[str]:
    whole = {**schema, "components": told["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(example)]


def test_every_operation_shows_what_is_sent_and_what_is_answered(told: dict[str, Any]) -> None:
    lacking = []
    for path, method, item, operation in operations(told):
        name = operation["operationId"]
        bodies = operation.get("requestBody", {}).get("content", {})
        lacking += [f"{name}: request" for one in bodies.values() if "example" not in one]
        for status, answer in operation["responses"].items():
            contents = answer.get("content", {}) if status < "300" else {}
            lacking += [f"{name}: {status}" for one in contents.values() if "example" not in one]
        if method != "head":
            lacking += [
                f"{name}: {one['name']}"
                for one in item.get("parameters", ())
                if "{" in path and "example" not in one
            ]

    assert lacking == []


def test_every_example_matches_its_schema(told: dict[str, Any]) -> None:
    wrong = []
    for _, _, _, operation in operations(told):
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation["responses"].values()]
        for content in contents:
            for kind, one in content.items():
                if kind == JSON and "schema" in one:
                    found = faults(told, one["schema"], one["example"])
                    wrong += [f"{operation['operationId']}: {fault[:200]}" for fault in found]

    assert wrong == []


def test_problems_are_shown_by_their_words(told: dict[str, Any]) -> None:
    for name, answer in told["components"]["responses"].items():
        if not name.startswith("Problem"):
            continue
        content = answer["content"][PROBLEM]
        for slug, example in content["examples"].items():
            assert slug in answer["description"]
            assert faults(told, content["schema"], example["value"]) == []
    shown = told["components"]["responses"]["Problem409"]["content"][PROBLEM]["examples"]
    assert shown


def test_what_is_sealed_has_a_schema_that_the_example_matches(told: dict[str, Any]) -> None:
    push = example(told, "/api/v1/sync/push")
    (op, *_) = push["ops"]

    assert hashlib.sha256(op["body"].encode()).hexdigest() == op["body_sha256"]
    assert set(shapes()) == {"interview", "contact", "roster"}
    schema = told["components"]["schemas"][f"{op['kind'].capitalize()}Body"]
    assert faults(told, schema, json.loads(op["body"])) == []


SEAL = {"kid": "s1", "epk": "e" * 87, "iv": "i" * 16, "ct": "c"}
OP = {
    "op_id": "0b7c0a4e-9d3f-4c39-8a55-1f0e6c1f7a11",
    "kind": "contact",
    "captured_at": "2020-06-03T10:41:00+08:00",
    "body_sha256": "9" * 64,
}
WANTED = {"county_adcode": "420528", "visit_date": "2020-06-03"}
TOGETHER: tuple[tuple[str, ma.Schema, dict[str, Any], dict[str, tuple[Any, ...]]], ...] = (
    ("Op", OpSchema(), OP, {"body": (None, "{}"), "sealed": (None, SEAL), "sig": (None, "s" * 86)}),
    ("Wanted", WantedSchema(), WANTED, {"places": ([], [3], [3, 3]), "count": (None, 2)}),
)
"""Objects whose fields depend on each other: name, schema, the rest, and what each may hold."""


@pytest.mark.parametrize(("name", "schema", "rest", "held"), TOGETHER)
def test_the_document_asks_of_fields_together_what_the_schema_asks(
    told: dict[str, Any],
    name: str,
    schema: ma.Schema,
    rest: dict[str, Any],
    held: dict[str, tuple[Any, ...]],
) -> None:
    document = {"$ref": f"#/components/schemas/{name}"}
    choices = [[{}, *({field: value} for value in values)] for field, values in held.items()]
    objects = [reduce(or_, chosen, rest) for chosen in product(*choices)]

    said = [not faults(told, document, one) for one in objects]

    assert said == [not schema.validate(one) for one in objects]
    assert set(said) == {True, False}


def test_the_document_says_how_much_one_push_may_hold(told: dict[str, Any]) -> None:
    held = {name: one["properties"] for name, one in told["components"]["schemas"].items()}

    assert held["Push"]["ops"]["maxItems"] == Limits().ops_per_push
    assert held["Manifest"]["unsent"]["maxItems"] == Limits().manifest_entries


def test_the_examples_of_enrolment_and_push_work(
    app: Flask, a_campaign: Any, as_role: Any, told: dict[str, Any]
) -> None:
    """What is one-time is put in: the code, and the token that the enrolment brings."""
    campaign = a_campaign()
    li, wang = campaign.an_enumerator("Li"), campaign.an_enumerator("Wang")
    enrol = {**example(told, "/api/v1/devices/enrol"), "code": a_code(as_role, campaign, li)}
    push = example(told, "/api/v1/sync/push")
    client = app.test_client()

    welcome = client.post("/api/v1/devices/enrol", json=enrol)
    campaign.assign(pair=(li, wang))
    token = {"Authorization": f"Bearer {welcome.get_json()['access_token']}"}
    pulled = client.get("/api/v1/sync/pull", headers=token)
    pushed = client.post("/api/v1/sync/push", json=push, headers=token)

    assert welcome.status_code == 201
    assert welcome.get_json().keys() == answered(told, "/api/v1/devices/enrol", "201").keys()
    assert "assign" in {item["type"] for item in pulled.get_json()["items"]}
    assert [one["status"] for one in pushed.get_json()["results"]] == ["accepted"] * len(
        push["ops"]
    )


def test_the_document_tells_how_to_write_a_client(told: dict[str, Any]) -> None:
    guide = told["info"]["description"]

    for word in ("/hello", "/devices/enrol", "body_sha256", "xf-ledger/1", "xf-receipt/1"):
        assert word in guide
    assert {"bearer", "session", "csrf"} <= told["components"]["securitySchemes"].keys()
    for tag in told["tags"]:
        assert any(sign > "一" for sign in tag["description"]), tag
        assert any("a" <= sign <= "z" for sign in tag["description"]), tag
    assert len({one[3]["operationId"] for one in operations(told)}) <= len(BY_OPERATION)


def example(told: dict[str, Any], path: str) -> dict[str, Any]:
    """The example of what is posted to an address."""
    found: dict[str, Any] = told["paths"][path]["post"]["requestBody"]["content"][JSON]["example"]
    return found


def answered(told: dict[str, Any], path: str, status: str) -> dict[str, Any]:
    answer = told["paths"][path]["post"]["responses"][status]
    found: dict[str, Any] = answer["content"][JSON]["example"]
    return found
