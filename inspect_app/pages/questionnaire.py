"""A questionnaire as people read it before it is published: questions, choices, rules in words."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup

from inspect_app.requests import PACKAGE
from inspect_app.rules.questionnaires import Questionnaire

SIGNS = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "add": "+",
    "sub": "−",
    "mul": "×",
    "and": "且 and",
    "or": "或 or",
}


def preview(form: Questionnaire) -> str:
    """Write a questionnaire as one page that needs nothing else."""
    style = (PACKAGE / "templates" / "verify.css").read_text("utf-8")
    style += (PACKAGE / "templates" / "questionnaire.css").read_text("utf-8")
    return (
        _pages()
        .get_template("questionnaire.html")
        .render(
            form=form,
            in_words=in_words,
            style=Markup(style),  # nosec B704  # our own files
        )
    )


@lru_cache
def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(PACKAGE / "templates"), autoescape=select_autoescape(["html"])
    )


def in_words(node: Any) -> str:
    """Write an expression of the dialect as people write it."""
    if isinstance(node, bool):
        return "是 yes" if node else "否 no"
    if isinstance(node, str):
        return f"“{node}”"
    if not isinstance(node, Mapping):
        return str(node)
    if "dec" in node:
        return str(node["dec"])
    if "field" in node:
        return str(node["field"])
    if "context" in node:
        return f"[{node['context']}]"
    if "self" in node:
        return "本题 this"
    op = node["op"]
    if op in ("any", "sum"):
        inner = in_words(node["where"] if op == "any" else node["of"])
        word = "任一 any" if op == "any" else "合计 sum"
        return f"{word} {node['over']} ({inner})"
    args = node["args"]
    if op in SIGNS:
        return f" {SIGNS[op]} ".join(_grouped(one) for one in args)
    if op == "not":
        return f"非 not ({in_words(args[0])})"
    if op == "in":
        return f"{in_words(args[0])} ∈ {{{', '.join(in_words(one) for one in args[1])}}}"
    if op == "has":
        return f"{in_words(args[0])} ∋ {in_words(args[1])}"
    return f"{op}({', '.join(in_words(one) for one in args)})"


def _grouped(node: Any) -> str:
    is_deeper = isinstance(node, Mapping) and node.get("op") in ("and", "or")
    return f"({in_words(node)})" if is_deeper else in_words(node)
