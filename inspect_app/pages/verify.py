"""The public page of a report: check it without an account, take the public edition from it."""

import base64
import hashlib
from datetime import date, datetime
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from markupsafe import Markup

from inspect_app import clock
from inspect_app.auth import public
from inspect_app.extensions import db
from inspect_app.pages.layout import file
from inspect_app.pages.wording import both, words
from inspect_app.requests import PACKAGE
from inspect_app.rules.errors import TooManyRequests, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.verifying import SHORTEST_DIGEST, grouped, read_digest, read_number
from inspect_app.services import lookups

TEMPLATES = PACKAGE / "templates"
STYLE = (TEMPLATES / "verify.css").read_text("utf-8")
SCRIPT = (TEMPLATES / "verify.js").read_text("utf-8")

blueprint = Blueprint(
    "verify_pages", __name__, url_prefix="/verify", template_folder="../templates"
)


@blueprint.app_template_filter("china_day")
def china_day(moment: datetime) -> Markup:
    """Write the day of a moment as it was in China."""
    return day(field_day(moment))


@blueprint.app_template_filter("day")
def day(of: date) -> Markup:
    """Write a day that no line break tears apart."""
    return Markup("<time>{}</time>").format(of.isoformat())


def _hash_of(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash_of(STYLE)}'; "
    f"script-src 'sha256-{_hash_of(SCRIPT)}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Own style and script, by their hashes, and no connection to anywhere: a file that is hashed in
the browser cannot leave it."""


@blueprint.get("")
@public
def find() -> Response:
    """Show the form, or lead on to what was typed into it."""
    sha256, number = request.args.get("sha256", ""), request.args.get("number", "")
    if sha256.strip():
        shown = lookups.find_file(db.session(), sha256, **_circumstances())
        return _led(_address(shown.number, shown.document_sha256))
    if number.strip():
        digest = read_digest(request.args.get("digest", "")) or "0"
        return _led(_address(read_number(number) or "0", digest))
    return _page("verify_form.html")


@blueprint.get("/<number>/<digest>")
@public
def show(number: str, digest: str) -> Response:
    """Show what is to be compared with a report."""
    return _page(
        "verify.html", shown=lookups.find(db.session(), number, digest, **_circumstances())
    )


@blueprint.get("/<number>/<digest>/<any(pdf, signed):form>")
@public
def get_public_edition(number: str, digest: str, form: str) -> Response:
    """Hand the public edition to anybody once it is published, as drawn or signed."""
    return file(lookups.hand_out(db.session(), number, digest, form, **_circumstances()))


@blueprint.errorhandler(Unknown)
def nothing(_: Unknown) -> Response:
    """One page for a number that was never issued and for a digest that does not fit."""
    return _page("verify_form.html", 404, problem="nothing")


@blueprint.errorhandler(TooManyRequests)
def too_many(_: TooManyRequests) -> Response:
    """Ask for patience."""
    answer = _page("verify_form.html", 429, problem="patience")
    answer.headers["Retry-After"] = "60"
    return answer


def _led(address: str) -> Response:
    return cast(Response, redirect(address, 303))


def _address(number: str, digest: str) -> str:
    return url_for("verify_pages.show", number=number, digest=digest[:SHORTEST_DIGEST])


def _circumstances() -> dict[str, Any]:
    return {
        "address": request.remote_addr,
        "at": clock.now(),
        "settings": current_app.config["SETTINGS"],
    }


def _page(template: str, status: int = 200, **values: Any) -> Response:
    content = render_template(
        template,
        style=Markup(STYLE),  # nosec B704  # our own file
        script=Markup(SCRIPT),  # nosec B704  # our own file
        both=both,
        words=words,
        grouped=grouped,
        **values,
    )
    answer = make_response(content, status)
    answer.headers["Content-Security-Policy"] = POLICY
    return answer
