"""Building an application is quicker where its addresses are not compiled before they are used."""

from collections.abc import Callable
from functools import cache
from typing import Any

from werkzeug.routing import Rule


def compile_late() -> None:
    """Let each route compile what builds its address at the first use, not when it is bound.

    Thousands of tests make an application each, whose two hundred routes compile two builders;
    hardly any test follows more than one. Which address a route takes is not touched.
    """
    compile_now = Rule._compile_builder

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        builder = cache(lambda: compile_now(rule, append_unknown))
        return lambda _rule, *args, **values: builder()(rule, *args, **values)

    patched: Any = compile_builder
    Rule._compile_builder = patched  # type: ignore[method-assign]
