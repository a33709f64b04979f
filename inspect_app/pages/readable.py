"""Problems as people read them: the same type, status and words as in the API, on a page.

An answer to a browser is turned from JSON into a page on its way out, wherever it came from: a
guard, a rule, the web layer. What was written into a form stands there to be sent again.
"""

import json
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from inspect_app import cookies
from inspect_app.pages import language
from inspect_app.pages.forms import SECRET
from inspect_app.pages.layout import back, page
from inspect_app.problems import MEDIA_TYPE
from inspect_app.rules.errors import CrossSite

OURS = frozenset({"pages", "verify_pages"})
KEPT = ("Allow", "Retry-After")
FORMS = frozenset({"sign_in", "join", "accept_invitation", "reply", "upload", "speak", "object_to"})
"""Forms that are shown again with what was written."""
NOT_AGAIN = frozenset({"not-found", "cross-site-request"})
"""What another site's page wrote is not offered for sending."""


def install(app: Flask) -> None:
    """Make the problems of pages readable."""

    @app.after_request
    def readable(answer: Response) -> Response:
        if answer.mimetype != MEDIA_TYPE or not _is_for_people():
            return answer
        shown = _shown(json.loads(answer.get_data()))
        for name in KEPT:
            if name in answer.headers:
                shown.headers[name] = answer.headers[name]
        return shown


def _is_for_people() -> bool:
    if request.blueprint is not None:
        return request.blueprint in OURS
    accepted = request.accept_mimetypes
    is_api = request.path.startswith("/api/")
    return not is_api and accepted["text/html"] > accepted[MEDIA_TYPE]


def _shown(problem: dict[str, Any]) -> Response:
    status, slug = int(problem["status"]), problem["type"].rpartition("/")[2]
    form = (request.endpoint or "").rpartition(".")[2] if request.method == "POST" else ""
    written = _written()
    if status == 401 and form != "sign_in":
        ended = "ended" if cookies.is_sent(request) else ""
        asked = request.path if request.method == "GET" else ""
        return page("county_sign_in.html", 401, said=ended, next=asked, written=written)
    return page(
        "county_problem.html",
        status,
        slug=_worded(slug, status, form),
        detail=problem.get("detail"),
        reasons=problem.get("reasons", []),
        fields=[one["pointer"].rpartition("/")[2] for one in problem.get("errors", [])],
        name=problem.get("log_id") or problem.get("request_id"),
        form=form if form in FORMS and slug not in NOT_AGAIN else "",
        action=request.path,
        written=written,
        back=back(),
    )


def _worded(slug: str, status: int, form: str) -> str:
    """The code of the words for a problem: of its type, or else of its status."""
    if form == "sign_in" and status == 401:
        return "problem.sign-in"
    reader = language.chosen(request)
    return next(
        code
        for code in (f"problem.{slug}", f"problem.{status}", "problem.other")
        if reader.knows(code)
    )


def _written() -> dict[str, str]:
    """What a form of ours held, without secrets; nothing where it cannot be read."""
    if request.method != "POST":
        return {}
    try:
        cookies.refuse_cross_site(request)  # nobody else's words stand on our page
        fields = request.form.items()
        return {
            name: value
            for name, value in fields
            if name not in SECRET and name != cookies.CSRF_FIELD
        }
    except (CrossSite, HTTPException):  # the latter: too large to be read
        return {}
