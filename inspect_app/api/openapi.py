"""The API document: security scheme, problem responses, and a page to read it on."""

import re
from collections.abc import Callable, Iterator
from functools import cache, cached_property
from threading import RLock
from typing import Any, cast

from apispec import APISpec, BasePlugin
from flask import Blueprint, Flask, Response, current_app, make_response, render_template
from flask_smorest import Api

from inspect_app import cookies
from inspect_app.api import examples
from inspect_app.auth import public
from inspect_app.problems import MEDIA_TYPE, SAMPLING_SLUG, STATUS, WEB_SLUGS, ProblemSchema
from inspect_app.rules.errors import RuleError
from inspect_app.schemas.accounts import SENSIBLE_DAYS, sensible_day
from inspect_app.schemas.fields import AtMost
from inspect_app.schemas.sync import OpSchema

PROBLEMS = {
    400: "无法解析 cannot be parsed",
    401: "需要有效令牌 a valid token is needed",
    403: "此角色无权这样做 this role may not do that",
    404: "没有此资源，或无权知晓 no such thing, or not for this caller to know of",
    409: "当前状态不允许 its state forbids it",
    413: "请求过大 too large",
    415: "不是 JSON，或压缩方式不支持 not JSON, or packed in an unknown way",
    422: "可解析，但不符合格式或规则 understood, but against the schema or a rule",
    429: "须稍候 this caller must wait",
    503: "服务器暂时不可用 the server cannot do this now",
}


RETRY = {
    "Retry-After": {
        "description": "seconds to wait, 20 to 60, spread; then up to as long again at random",
        "schema": {"type": "integer"},
    }
}
HEADERS = {
    401: {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    429: RETRY,
    503: RETRY,
}

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class ProblemResponses(BasePlugin):
    """Gives every operation the problems it may answer with, in the media type of problems.

    They take the place of the library's own error documents, which name another media type.
    """

    def operation_helper(
        self,
        path: str | None = None,
        operations: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Add the responses that guards, bodies, parameters and methods bring along."""
        for method, operation in (operations or {}).items():
            for parameter in operation.get("parameters", ()):
                _never_null(parameter)
            responses = operation.setdefault("responses", {})
            for theirs in ("default", "422"):
                responses.pop(theirs, None)
            for status in _problems(path or "", method, operation):
                responses.setdefault(str(status), f"Problem{status}")


class Shapes(BasePlugin):
    """Says of an object what its schema checks across fields, as its `shape` words it."""

    def schema_helper(self, name: str, definition: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Add the keywords that no single field has."""
        return dict(getattr(kwargs.get("schema"), "shape", {}))


def _never_null(parameter: Any) -> None:
    """Say of an optional parameter that it may be left out: in an address null is a text."""
    schema = parameter.get("schema", {}) if isinstance(parameter, dict) else {}
    if isinstance(schema.get("type"), list):
        schema["type"] = next(kind for kind in schema["type"] if kind != "null")
    if schema.get("default", ...) is None:
        del schema["default"]


def _problems(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    if operation.get("security") != []:
        yield from (401, 403)
    if "{" in path or "<" in path:
        yield 404
    if method in ("post", "patch"):
        yield 409
    if "requestBody" in operation:
        yield from (400, 413, 415)
    if "requestBody" in operation or operation.get("parameters"):
        yield 422
    yield 503


class ProblemApi(Api):  # type: ignore[misc]  # the library carries no types
    """flask-smorest without its own error handlers, that writes its document when it is asked for.

    That costs more than all else of a start, and most processes are never asked.
    """

    _spec: APISpec

    def __init__(self, app: Flask) -> None:
        self._unwritten: list[Callable[[], None]] = []
        self._turn = RLock()
        super().__init__(app)
        self._unwritten += [super()._register_responses, lambda: _describe(self)]

    @property
    def spec(self) -> APISpec:
        """The document, with everything in it that whoever writes it has come to."""
        with self._turn:
            unwritten, self._unwritten = self._unwritten, []
            for write in unwritten:
                write()
            return self._spec

    @spec.setter
    def spec(self, spec: APISpec) -> None:
        self._spec = spec

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document as JSON has it; it costs too much to be written for everybody who asks."""
        return self.spec.to_dict()

    @cached_property
    def text(self) -> str:
        """The document as it is served."""
        return cast(str, self._app.json.dumps(self.document, indent=2, sort_keys=False))

    def register_blueprint(self, blueprint: Any) -> None:
        """Serve a blueprint, and describe it later."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._unwritten.append(lambda: self._write(blueprint))

    def _write(self, blueprint: Any) -> None:
        name = blueprint.name
        blueprint.register_views_in_doc(self, self._app, self._spec, name=name, parameters=None)
        self._spec.tag({"name": name, "description": blueprint.description})

    def _register_responses(self) -> None:
        """They are written with the rest."""

    def _openapi_json(self) -> Response:
        return current_app.response_class(self.text, mimetype="application/json")

    def _register_error_handlers(self) -> None:
        """Errors are problems, and `problems.install` handles them."""


def document(app: Flask) -> dict[str, Any]:
    """Return the API document of an application, as `/api/v1/openapi.json` serves it."""
    api: ProblemApi = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    return api.document


def _describe(api: Api) -> None:
    """Declare what every operation shares."""
    api.spec.plugins += [Shapes(), ProblemResponses(), examples.Examples()]
    api.spec.options["info"] = {"description": examples.walkthrough()}
    api.ma_plugin.converter.add_attribute_function(_more)
    api.ma_plugin.converter.add_attribute_function(_counted(api))
    for name, shape in examples.bodies().items():
        api.spec.components.schema(name, shape)
    api.spec.components.security_scheme(
        "bearer",
        {
            "type": "http",
            "scheme": "bearer",
            "description": "of programs and phones: `Authorization: Bearer <access_token>`",
        },
    )
    api.spec.components.schema("Problem", schema=ProblemSchema)
    api.spec.components.security_scheme(
        "session", {"type": "apiKey", "in": "cookie", "name": cookies.NAME}
    )
    api.spec.components.security_scheme(
        "csrf",
        {
            "type": "apiKey",
            "in": "header",
            "name": cookies.CSRF_HEADER,
            "description": "of browsers, with whatever changes something",
        },
    )
    api.spec.options["security"] = [{"bearer": []}, {"session": [], "csrf": []}]
    api.spec.components.response(
        "Unchanged", {"description": "it is the one that `If-None-Match` names"}
    )
    for status, description in PROBLEMS.items():
        api.spec.components.response(
            f"Problem{status}",
            {
                "description": f"{description} ({', '.join(sorted(slugs(status)))})",
                "headers": HEADERS.get(status, {}),
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "examples": examples.problem_examples(status),
                    }
                },
            },
        )


def slugs(status: int, kind: type[RuleError] = RuleError) -> set[str]:
    """The words of all problems that answer with a status."""
    near = next(STATUS[one] for one in kind.__mro__ if one in STATUS)
    own = {kind.slug} if near == status else set()
    web = {WEB_SLUGS[status][0]} if status in WEB_SLUGS else set()
    if status == 422:
        web.add(SAMPLING_SLUG)
    return own.union(web, *(slugs(status, child) for child in kind.__subclasses__()))


def _more(self: Any, field: Any, **_: Any) -> dict[str, Any]:
    """What the library cannot see: days of this century, and the JSON inside of a sealed text."""
    if sensible_day in field.validators:
        return {"pattern": SENSIBLE_DAYS}
    if field.name == "body" and isinstance(field.parent, OpSchema):
        of_a_kind = [{"$ref": f"#/components/schemas/{name}"} for name in examples.bodies()]
        return {
            "description": "JSON as text, exactly as it was hashed: its `body_sha256` is the "
            "SHA-256 of its UTF-8 bytes. Up to 64 KiB, a roster 1 MiB; whatever it holds is kept.",
            "contentMediaType": "application/json",
            "contentSchema": {"oneOf": of_a_kind},
        }
    return {}


def _counted(api: Api) -> Callable[..., dict[str, Any]]:
    limits = api._app.config["SETTINGS"].limits

    def most(self: Any, field: Any, **_: Any) -> dict[str, Any]:
        """How long lists may be where the server's settings say it."""
        found = [one.of(limits) for one in field.validators if isinstance(one, AtMost)]
        return {"maxItems": min(found)} if found else {}

    return most


def reading_page(api: ProblemApi) -> Blueprint:
    """The API document as a plain page, without scripts or foreign requests."""
    page = Blueprint("api_page", __name__, url_prefix="/api/v1", template_folder="../templates")

    @cache
    def text() -> str:
        return render_template(
            "api.html", document=api.document, guide=examples.guide(), roles=_roles(current_app)
        )

    @page.get("/docs")
    @public
    def read_api() -> Response:
        answer = make_response(text())
        answer.headers["Content-Security-Policy"] = PAGE_POLICY
        return answer

    return page


def _roles(app: Flask) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who may call what, by path and method as the document writes them."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule)
        roles = getattr(app.view_functions[rule.endpoint], "roles", ())
        for method in rule.methods or ():
            found[path, method.lower()] = tuple(role.value for role in roles)
    return found
