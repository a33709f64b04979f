"""What the API document shows besides shapes: examples, how to write a client, sealed bodies.

The examples are exchanges that the tests had with the server (`tests/recording.py` writes them
down), so each is real; a test holds every one of them to its schema.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from apispec import BasePlugin
from markdown_it import MarkdownIt
from markupsafe import Markup

from inspect_app.schemas.interviews import shapes

FOLDER = Path(__file__).parents[1] / "examples"
PICTURE = "…"
JSON = "application/json"


@cache
def exchanges() -> dict[str, Any]:
    """The recorded exchanges by operation, and one problem of every kind."""
    found: dict[str, Any] = json.loads((FOLDER / "exchanges.json").read_text("utf-8"))
    return found


def walkthrough() -> str:
    """How to write a client, as the description of the whole document."""
    return (FOLDER / "walkthrough.md").read_text("utf-8")


@cache
def guide() -> Markup:
    """The same for a page, whose first heading is its own."""
    markdown = MarkdownIt("commonmark", {"html": False})
    tokens = markdown.parse(walkthrough())
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1:]) + 1}"
    text: str = markdown.renderer.render(tokens, markdown.options, {})
    return Markup(text)  # nosec B704  # our own file, and HTML in it is escaped


class Examples(BasePlugin):
    """Shows at every operation what was once said there and answered."""

    def path_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        parameters: list[dict[str, Any]] | None = None,
        **kwargs: Any,
    ) -> str | None:
        """Name in addresses what was there when the example was recorded."""
        for operation in (operations or {}).values():
            told = exchanges()["operations"].get(operation.get("operationId"), {})
            for parameter in parameters or ():
                if parameter.get("name") in told.get("path", {}):
                    parameter["example"] = told["path"][parameter["name"]]
        return None

    def operation_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add the recorded request and answer."""
        for operation in (operations or {}).values():
            told = exchanges()["operations"].get(operation.get("operationId"), {})
            for content in operation.get("requestBody", {}).get("content", {}).values():
                content["example"] = told.get("request", PICTURE)
            for status, answer in operation.get("responses", {}).items():
                contents = answer.get("content", {}) if isinstance(answer, dict) else {}
                for kind, content in contents.items():
                    if kind != JSON:
                        content["example"] = PICTURE
                    elif str(status) in told.get("also", {}):
                        content["example"] = told["also"][str(status)]
                    elif "response" in told and _is_like(status, told["status"]):
                        content["example"] = told["response"]


def _is_like(status: Any, told: int) -> bool:
    """Whether an answer of one status shows what another looks like: the same thing once more."""
    return str(status)[:1] == str(told)[:1] == "2"


def problem_examples(status: int) -> dict[str, Any]:
    """One problem of every kind that was recorded with this status, by its word."""
    return {
        slug: {"value": problem}
        for slug, problem in exchanges()["problems"].items()
        if problem["status"] == status
    }


def bodies() -> dict[str, dict[str, Any]]:
    """Schemas of what is sealed inside `body`, by the name they have in the document."""
    return {f"{kind.capitalize()}Body": shape for kind, shape in shapes().items()}
