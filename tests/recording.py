"""Records what the tests of the API say and are answered: the examples of the API document.

`python -m pytest -p recording --db sqlite tests/api` writes them. For every operation one
exchange that went well, and of every kind of problem one; contacts of the golden story before
any other, since they belong together.
"""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app.api.openapi import document

FILE = Path(__file__).parents[1] / "inspect_app" / "examples" / "exchanges.json"
ROOMY, MOST = 1_500, 20_000
"""Bytes up to which a longer example tells more, and beyond which it is none."""

OPERATIONS: dict[tuple[str, str], str] = {}
FOUND: dict[tuple[str, int], tuple[tuple[int, int], dict[str, Any]]] = {}
"""The best exchange heard of an operation and a status, with its rank."""
PROBLEMS: dict[str, dict[str, Any]] = {}
open_really = FlaskClient.open


def pytest_configure() -> None:
    FlaskClient.open = _open  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write what was heard; what was not heard this time stays as it was."""
    FlaskClient.open = open_really  # type: ignore[method-assign]
    told = json.loads(FILE.read_text("utf-8"))
    for operation in sorted({name for name, _ in FOUND}):
        heard = {status: one for (name, status), one in FOUND.items() if name == operation}
        _, exchange = heard.pop(min(heard, key=lambda status: (-heard[status][0][0], status)))
        also = {
            str(status): one["response"] for status, (_, one) in heard.items() if "response" in one
        }
        told["operations"][operation] = exchange | ({"also": also} if also else {})
    told["problems"] |= PROBLEMS
    text = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)
    FILE.write_text(f"{text}\n", "utf-8")


def _open(self: FlaskClient, *args: Any, **kwargs: Any) -> TestResponse:
    response = open_really(self, *args, **kwargs)
    if args and isinstance(args[0], str):
        _note(self, args[0], kwargs, response)
    return response


def _note(client: FlaskClient, address: str, sent: dict[str, Any], got: TestResponse) -> None:
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    if "test_hardening.py" in test:
        return  # odd digits and broken keys teach nobody
    app = client.application
    if not OPERATIONS:
        for path, item in document(app)["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    OPERATIONS[path, method] = operation["operationId"]
    answer = got.get_data()
    if got.status_code >= 400:
        if answer and got.mimetype == "application/problem+json":
            problem = json.loads(answer)
            PROBLEMS.setdefault(problem["type"].rpartition("/")[2], problem)
        return
    if got.status_code >= 300:
        return  # nothing is shown of what the client has already
    path, _, query = address.partition("?")
    method = str(sent.get("method", "GET"))
    rule, values = app.url_map.bind("localhost").match(path, method, return_rule=True)
    template = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
    operation = OPERATIONS.get((template, method.lower()))
    if operation is None or (got.is_json and len(answer) > MOST):
        return
    exchange: dict[str, Any] = {"status": got.status_code, "path": values, "query": query}
    body = _body(sent)
    if body is not None:
        exchange["request"] = body
    if got.is_json:
        exchange["response"] = json.loads(answer)
    is_golden = "test_golden.py" in test
    size, room = len(answer) + len(json.dumps(body)), ROOMY * (4 if is_golden else 1)
    tells = is_golden + (b'"accepted"' in answer and b'"sig"' in answer)
    rank = (tells, size if size <= room else room - size)
    kind = (operation, got.status_code)
    if kind not in FOUND or rank > FOUND[kind][0]:
        FOUND[kind] = (rank, exchange)


def _body(sent: dict[str, Any]) -> Any:
    """What was sent, where it was JSON."""
    if sent.get("json") is not None:
        return sent["json"]
    data = sent.get("data")
    if not isinstance(data, bytes | str) or not data:
        return None
    raw = data.encode() if isinstance(data, str) else data
    try:
        return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except ValueError:
        return None
