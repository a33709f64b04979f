"""Requests that are small when packed and long when read: refused shortly, and counted."""

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from fieldwork import sent_out
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app.api.openapi import document
from inspect_app.demo.phone import Phone
from inspect_app.problems import ERRORS_SHOWN
from inspect_app.settings import Limits, Settings

MANY = 150_000
MOST = 6


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A server on which a phone may push a few times a minute."""
    return replace(settings, limits=Limits(pushes_per_minute=MOST))


@pytest.fixture
def phone(app: Flask, as_role: Any, a_campaign: Any, frozen_clock: Any) -> Phone:
    sent: Phone = sent_out(app, as_role, a_campaign(), now=frozen_clock.moment)
    return sent


@pytest.fixture
def client(app: Flask, phone: Phone) -> FlaskClient:
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {phone.token}"
    return made


def push(client: FlaskClient, phone: Phone, **changes: Any) -> TestResponse:
    return client.post(
        "/api/v1/sync/push",
        data=gzip.compress(json.dumps({**phone.envelope([]), **changes}).encode()),
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ops": [{}] * MANY}, "#/ops"),
        ({"manifest": {"unsent": [0] * MANY}}, "#/manifest/unsent"),
        ({"ops": dict.fromkeys(map(str, range(MANY)))}, "#/ops"),
    ],
)
def test_a_list_that_is_too_long_is_one_error(
    client: FlaskClient, phone: Phone, changes: dict[str, Any], pointer: str
) -> None:
    answer = push(client, phone, **changes)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == [pointer]
    assert len(answer.data) < 500


def test_of_many_errors_the_first_are_named(client: FlaskClient, phone: Phone) -> None:
    few = push(client, phone, **{f"extra{n}": 0 for n in range(ERRORS_SHOWN)})
    many = push(client, phone, **{f"extra{n}": 0 for n in range(ERRORS_SHOWN + 1)})

    assert [len(one.get_json()["errors"]) for one in (few, many)] == [ERRORS_SHOWN] * 2
    assert "detail" not in few.get_json()
    assert many.get_json()["detail"] == "Only the first 100 errors are named."


def test_refused_pushes_count_as_others_do(
    client: FlaskClient, phone: Phone, frozen_clock: Any
) -> None:
    def push_raw(body: bytes) -> int:
        answer = client.post("/api/v1/sync/push", data=body, content_type="application/json")
        return answer.status_code

    refused = [push_raw(b"{"), push(client, phone, ops=[{}]).status_code, push_raw(b"[]")]
    foreign = push(client, phone, device_id="00000000-0000-4000-8000-000000000001").status_code
    taken = [push(client, phone).status_code for _ in range(MOST - 4)]
    beyond = [push_raw(b"{"), push(client, phone).status_code]
    frozen_clock.pass_by(minutes=1)

    assert (refused, foreign) == ([400, 422, 422], 422)
    assert taken == [200] * (MOST - 4)
    assert beyond == [429, 429]  # not even read
    assert push_raw(b"{") == 400


def test_every_list_that_a_request_may_hold_has_a_limit(app: Flask) -> None:
    described = document(app)
    shapes = described["components"]["schemas"]
    seen: set[str] = set()
    endless: set[str] = set()

    def look(shape: dict[str, Any], where: str) -> None:
        if "$ref" in shape:
            where = shape["$ref"].rpartition("/")[2]
            if where not in seen:
                seen.add(where)
                look(shapes[where], where)
            return
        kinds = shape.get("type", ())
        if "array" in ([kinds] if isinstance(kinds, str) else kinds):
            if "maxItems" not in shape:
                endless.add(where)
            look(shape["items"], f"{where}[]")
        for name, inner in shape.get("properties", {}).items():
            look(inner, f"{where}.{name}")
        for one in (*shape.get("anyOf", ()), *shape.get("oneOf", ())):
            look(one, where)

    for item in described["paths"].values():
        for method, operation in item.items():
            if method != "parameters" and "requestBody" in operation:
                for content in operation["requestBody"]["content"].values():
                    look(content["schema"], operation["operationId"])

    assert "Push" in seen
    assert endless == set()
