"""Reading what a page's form sends, and refusing one that another site's page sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import marshmallow as ma
from flask import request
from werkzeug.exceptions import UnprocessableEntity

from inspect_app import cookies

F = TypeVar("F", bound=Callable[..., Any])


def takes_form(schema: type[ma.Schema]) -> Callable[[F], F]:
    """Give a view what the form holds, by a schema; fields that were left empty are left out."""

    def decorate(view: F) -> F:
        @wraps(view)
        def taking(*args: Any, **kwargs: Any) -> Any:
            return view(_read(schema()), *args, **kwargs)

        taking.takes_form = True  # type: ignore[attr-defined]  # read before the body is looked at
        return cast(F, taking)

    return decorate


def _read(schema: ma.Schema) -> Any:
    fields: dict[str, Any] = {
        name: value.replace("\r\n", "\n").strip() if name not in SECRET else value
        for name, value in request.form.items()
        if value.strip() and name != cookies.CSRF_FIELD
    }
    fields |= {name: sent for name, sent in request.files.items() if sent.filename}
    try:
        return schema.load(fields)
    except ma.ValidationError as error:
        refused = UnprocessableEntity()
        refused.data = {"messages": error.messages}  # type: ignore[attr-defined]  # as webargs does
        raise refused from error


SECRET = frozenset({"password", "again", "link"})
"""Fields that are taken as typed, and never shown again."""
