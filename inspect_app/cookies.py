"""The cookie of a browser's session, and what shows that our own page made a request.

The cookie holds a token of kind "session" and its signature; page and server share a second
value, derived from the token, which the page sends in a header or in a hidden field of its form:
another site can make a browser send the cookie, but never read that value. Somebody who has not
signed in yet gets a passing cookie for the forms that are for strangers.
"""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response

from inspect_app.rules.errors import CrossSite
from inspect_app.services.keys import secret_key
from inspect_app.services.receipts import encode
from inspect_app.settings import Settings

NAME = "__Host-exit-inspection"
PLAIN_NAME = "exit-inspection"
STRANGER_NAME = "__Host-exit-inspection-form"
PLAIN_STRANGER_NAME = "exit-inspection-form"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_plain(request: Request, settings: Settings) -> bool:
    """Whether this request may use a cookie without TLS: on this machine, where that was allowed.

    A demonstration allows it, and EXIT_INSPECTION_PLAIN_SESSIONS=1 does, openly.
    """
    allowed = settings.demo or settings.plain_sessions_allowed
    host = urlsplit(f"//{request.host}").hostname or ""
    return allowed and not request.is_secure and host in LOOPBACK


def token_in(request: Request, settings: Settings) -> str | None:
    """Return the token of the request's cookie; None without a cookie that we signed."""
    name = PLAIN_NAME if is_plain(request, settings) else NAME
    token, _, signature = request.cookies.get(name, "").partition(".")
    good = hmac.compare_digest(_mac(settings, "cookie", token).encode(), signature.encode())
    return token if token and good else None


def is_sent(request: Request) -> bool:
    """Whether the browser sent a cookie of ours, good or not."""
    if "Cookie" not in request.headers:
        return False  # as from every phone; reading none takes the library its time
    return NAME in request.cookies or PLAIN_NAME in request.cookies


def csrf_token(token: str, settings: Settings) -> str:
    """Return what a page of ours sends along with the cookie of this token."""
    return _mac(settings, "csrf", token)


def refuse_cross_site(request: Request) -> None:
    """Refuse what the browser says was made by another site's page.

    Raises
    ------
    CrossSite : `Origin` or `Sec-Fetch-Site` name another site
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CrossSite()
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"{request.scheme}://{request.host}".lower():
        raise CrossSite()


def require_own_page(request: Request, token: str, settings: Settings) -> None:
    """Let a request with a cookie change something only when our own page made it.

    Raises
    ------
    CrossSite : it comes from elsewhere, or header and field are missing or wrong
    """
    if request.method in SAFE_METHODS:
        return
    refuse_cross_site(request)
    sent = request.headers.get(CSRF_HEADER) or _field(request)
    if not hmac.compare_digest(csrf_token(token, settings).encode(), sent.encode()):
        raise CrossSite(f"A request with a session cookie carries {CSRF_HEADER}.")


def stranger_in(request: Request, settings: Settings) -> str | None:
    """Return the passing name of somebody who was shown a form; None for who was not."""
    name = PLAIN_STRANGER_NAME if is_plain(request, settings) else STRANGER_NAME
    return request.cookies.get(name)


def new_stranger() -> str:
    """Make a passing name, which stands for nobody."""
    return secrets.token_urlsafe(18)


def give_stranger(response: Response, request: Request, name: str, settings: Settings) -> None:
    """Put a passing name into the cookie of an answer; it goes when the browser is closed."""
    shape = _shape(request, settings)
    shape["key"] = PLAIN_STRANGER_NAME if is_plain(request, settings) else STRANGER_NAME
    response.set_cookie(value=name, **shape)


def require_own_form(request: Request, settings: Settings) -> None:
    """Let a form for strangers do something only when our own page was shown before.

    Raises
    ------
    CrossSite : it comes from elsewhere, or its hidden field is missing or wrong
    """
    refuse_cross_site(request)
    wanted = csrf_token(stranger_in(request, settings) or "", settings)
    if not hmac.compare_digest(wanted.encode(), _field(request).encode()):
        raise CrossSite("This form was not opened in this browser, or too long ago; open it anew.")


def require_tls(request: Request, settings: Settings) -> None:
    """Refuse to open a session where its cookie could be read on the way.

    Raises
    ------
    CrossSite : the request came without TLS
    """
    if not request.is_secure and not is_plain(request, settings):
        raise CrossSite(
            "Browser sessions need HTTPS; behind a proxy set EXIT_INSPECTION_PROXIES, and on this "
            "machine alone EXIT_INSPECTION_PLAIN_SESSIONS=1 does without."
        )


def give(response: Response, request: Request, token: str, settings: Settings) -> None:
    """Put a session's token into the cookie of an answer; when it ends is the server's business."""
    response.set_cookie(
        value=f"{token}.{_mac(settings, 'cookie', token)}", **_shape(request, settings)
    )


def take(response: Response, request: Request, settings: Settings) -> None:
    """Let the browser forget its session."""
    response.delete_cookie(**_shape(request, settings))


def _field(request: Request) -> str:
    """Return the hidden field of a form; other bodies are not looked at."""
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    return request.form.get(CSRF_FIELD, "")


def _shape(request: Request, settings: Settings) -> dict[str, Any]:
    plain = is_plain(request, settings)
    return {
        "key": PLAIN_NAME if plain else NAME,
        "path": "/",
        "secure": not plain,
        "httponly": True,
        "samesite": "Strict",
    }


def _mac(settings: Settings, purpose: str, token: str) -> str:
    key = secret_key(
        settings.keys_dir / "session-s1.key", purpose="session-key/s1", demo_seed=settings.demo_seed
    )
    return encode(hmac.digest(key, f"xf-{purpose}/1\n{token}".encode(), hashlib.sha256))
