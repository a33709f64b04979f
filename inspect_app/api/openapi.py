"""The API document: security scheme, problem responses, and a page to read it on."""

from typing import Any

from flask import Blueprint, render_template
from flask_smorest import Api

from inspect_app.auth import public
from inspect_app.problems import MEDIA_TYPE, ProblemSchema

PROBLEMS = {
    400: "cannot be parsed",
    401: "a valid token is needed",
    403: "this role may not do that",
    404: "no such thing",
    409: "its state forbids it",
    413: "too large",
    415: "not JSON",
    422: "understood, but against the schema or a rule",
    429: "this caller must wait",
    503: "the server cannot do this now",
}


def describe(api: Api) -> None:
    """Declare what every operation shares."""
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.components.schema("Problem", schema=ProblemSchema)
    api.spec.options["security"] = [{"bearer": []}]
    for status, description in PROBLEMS.items():
        api.spec.components.response(
            f"Problem{status}",
            {
                "description": description,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    api._app.register_blueprint(_reading_page(api))


def _reading_page(api: Api) -> Blueprint:
    page = Blueprint("api_page", __name__, url_prefix="/api/v1", template_folder="../templates")

    @page.get("/docs")
    @public
    def read_api() -> str:
        """The API document as a plain page, without scripts or foreign requests."""
        document: dict[str, Any] = api.spec.to_dict()
        return render_template("api.html", document=document)

    return page
