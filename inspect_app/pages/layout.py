"""How every page of the county is answered: in the reader's language, framed and kept by nobody."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup

from inspect_app import cookies
from inspect_app.auth import session_token
from inspect_app.pages import language
from inspect_app.requests import PACKAGE
from inspect_app.rules.verifying import grouped
from inspect_app.services.downloads import Handed
from inspect_app.settings import Settings

blueprint = Blueprint("pages", __name__, template_folder="../templates")

TEMPLATES = PACKAGE / "templates"
SHEETS = ("verify.css", "county.css", "supervisor.css")
STYLE = "".join((TEMPLATES / name).read_text("utf-8") for name in SHEETS)
POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Our own style, by its hash, and nothing else: no script, no picture, no foreign address."""


def page(template: str, status: int = 200, **values: Any) -> Response:
    """Render a page."""
    settings: Settings = current_app.config["SETTINGS"]
    reader = language.chosen(request)
    token = session_token() if "caller" in g else None  # a session that ended is none
    stranger = cookies.stranger_in(request, settings)
    named = stranger or cookies.new_stranger()
    content = render_template(
        template,
        reader=reader,
        says=reader.says,
        grouped=grouped,
        style=Markup(STYLE),  # nosec B704  # our own file
        csrf=cookies.csrf_token(token or named, settings),
        signed_in=token is not None,
        done=request.args.get("done", "") if request.method == "GET" else "",
        elsewhere=_in_other_language(reader),
        limits=settings.limits,
        demo=settings.demo,
        **values,
    )
    answer = make_response(content, status)
    answer.headers["Content-Security-Policy"] = POLICY
    # Without a referrer a browser does not tell where a form came from, not even to ourselves.
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Content-Language"] = reader.tag
    answer.headers["Vary"] = "Accept-Language, Cookie"
    if token is None and stranger is None:
        cookies.give_stranger(answer, request, named, settings)
    if language.asked_for(request):
        _remember(answer, reader, settings)
    return answer


def done(what: str, endpoint: str, **values: Any) -> Response:
    """Lead from a form that was taken to a page that says so; to load that again is harmless."""
    return cast(Response, redirect(url_for(endpoint, done=what, **values), 303))


def file(handed: Handed) -> Response:
    """Send a file, whole or a range of it, or say that the reader's copy is still the same."""
    answer = Response(handed.content, mimetype=handed.type)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers.set("Content-Disposition", "attachment", filename=handed.name)
    answer.set_etag(handed.sha256)
    answer.make_conditional(request, accept_ranges=True, complete_length=len(handed.content))
    return answer


def _remember(answer: Response, reader: language.Reader, settings: Settings) -> None:
    answer.set_cookie(
        language.COOKIE,
        reader.language,
        max_age=language.YEAR_SECONDS,
        secure=not cookies.is_plain(request, settings),
        httponly=True,
        samesite="Lax",
    )


def _in_other_language(reader: language.Reader) -> str:
    """The address of this page in the other language; of a form's answer, that of its page."""
    kept = {"after": request.args["after"]} if "after" in request.args else {}
    if request.url_rule is None or request.method not in ("GET", "HEAD"):
        return back(lang=reader.other)
    return url_for(
        str(request.endpoint), **{**kept, **(request.view_args or {})}, lang=reader.other
    )


PAGE_OF = {
    "pages.sign_in": "pages.show_sign_in",
    "pages.join": "pages.show_join",
    "pages.accept_invitation": "pages.show_invitation",
    "pages.reply": "pages.show_case",
    "pages.upload": "pages.show_case",
    "pages.complete": "pages.show_case",
    "pages.speak": "pages.show_hearing",
    "pages.object_to": "pages.show_verdict",
    "pages.give_order": "pages.show_phone",
    "pages.read_out": "pages.show_phone",
    "pages.note_alarm": "pages.list_team_alarms",
    "pages.send_back": "pages.list_returns",
    "pages.approve": "pages.list_team_replacements",
    "pages.refuse": "pages.list_team_replacements",
    "pages.make_code": "pages.list_team_codes",
    "pages.revoke_team_code": "pages.list_team_codes",
    "pages.bring": "pages.list_sealed_files",
}
"""Where the form stands that an address takes."""


def back(**more: Any) -> str:
    """The address to go back to: of the page where the form stands, or else the first page."""
    place = PAGE_OF.get(request.endpoint or "")
    if place is None:
        first = "pages.show_teams" if request.path.startswith("/team") else "pages.show_home"
        return url_for(first, **more)
    return url_for(place, **{**_place_in(request.view_args or {}), **more})


def _place_in(named: Mapping[str, Any]) -> dict[str, Any]:
    """What of an address names the page where the form stands."""
    more = {"seq", "interview_id", "code_id"} if "campaign_id" in named else set()
    return {name: value for name, value in named.items() if name not in more}
