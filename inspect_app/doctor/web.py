"""The address that phones use: certificate, redirect, and what the proxy lets through."""

import gzip
import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from inspect_app import clock
from inspect_app.doctor.database import of_clock
from inspect_app.doctor.findings import Finding, Grade, attention, fault, good, graded, run
from inspect_app.settings import Limits

SECONDS = 15.0
SOON_DAYS, AT_ONCE_DAYS = 30, 7
HTTPS = 443
NOBODY = "0" * 64
SHOWN = 60


@dataclass(frozen=True)
class Said:
    """An answer, as far as it matters here."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_ours(self) -> bool:
        """Whether it comes from this software: JSON of the API, never a page."""
        return "json" in self.headers.get("content-type", "") and "x-request-id" in self.headers

    def __str__(self) -> str:
        kind = self.headers.get("content-type", "?").partition(";")[0]
        return f"{self.status} {kind}"[:SHOWN]


class Site:
    """The address under examination."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        self.is_tls = parts.scheme == "https"
        self.host = parts.hostname or ""
        self.port = parts.port or (HTTPS if self.is_tls else 80)
        self.path = parts.path.rstrip("/")

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, where nobody listens in between."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Said:
        """Send one request on a connection of its own."""
        wire = (
            http.client.HTTPSConnection(
                self.host, self.port, timeout=SECONDS, context=ssl.create_default_context()
            )
            if self.is_tls
            else http.client.HTTPConnection(self.host, self.port, timeout=SECONDS)
        )
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            wire.request(method, self.path + path, body, told)
            answer = wire.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Said(answer.status, found, answer.read())
        finally:
            wire.close()


def is_address(url: str) -> bool:
    """Whether this names a host that can be asked."""
    try:
        return bool(Site(url).host)
    except ValueError:  # of a port
        return False


def examine(url: str) -> Iterator[Finding]:
    """Look at an address as a phone sees it."""
    site = Site(url)
    if not site.is_tls:
        grade = Grade.ATTENTION if site.is_here else Grade.FAULT
        yield graded("tls", False, grade, state="none, plain http")
    else:
        found = list(_certificate(site))
        yield from found
        if any(finding.grade is Grade.FAULT and finding.code == "tls" for finding in found):
            return
    try:
        answer = site.ask("GET", "/api/v1/hello")
    except (OSError, http.client.HTTPException) as error:
        yield fault("hello", state=type(error).__name__)
        return
    yield graded("hello", answer.status == 200 and answer.is_ours, state=answer)
    yield from run(
        partial(_ready, site),
        partial(_headers, site, answer),
        partial(_redirect, site),
        partial(_passing, site),
        partial(_metrics, site),
    )


def _certificate(site: Site) -> Iterator[Finding]:
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((site.host, site.port), SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=site.host) as wire,
        ):
            version, certificate = wire.version(), wire.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield fault("tls", state=error.verify_message)
        return
    except OSError as error:
        yield fault("tls", state=f"{type(error).__name__}: {error.strerror or error}"[:SHOWN])
        return
    yield good("tls", state=version)
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
    days = (ends - clock.now()).days
    grade = Grade.FAULT if days < AT_ONCE_DAYS else Grade.ATTENTION
    yield graded("tls.expiry", days >= SOON_DAYS, grade, days=days)


def _ready(site: Site) -> Iterator[Finding]:
    answer = site.ask("GET", "/readyz")
    state = str(answer)
    if answer.status != 200 and answer.is_ours:
        state = "; ".join(json.loads(answer.body).get("faults", [])) or state
    yield graded("ready", answer.status == 200, state=state)


def _headers(site: Site, answer: Said) -> Iterator[Finding]:
    if site.is_tls:
        state = answer.headers.get("strict-transport-security", "none")
        yield graded("hsts", "max-age=" in state, Grade.ATTENTION, state=state)
    if "date" in answer.headers:
        apart = parsedate_to_datetime(answer.headers["date"]) - clock.now()
        # The Date is cut to the second, and has travelled.
        yield of_clock("clock.date", apart.total_seconds())


def _redirect(site: Site) -> Iterator[Finding]:
    """Ask the plain port beside the usual one of TLS; elsewhere nobody knows where it would be."""
    if not site.is_tls or site.port != HTTPS:
        return
    plain = Site(f"http://{site.host}{site.path}")
    try:
        answer = plain.ask("GET", "/livez")
    except OSError:
        yield good("redirect", state="closed")
        return
    target = answer.headers.get("location", "")
    is_good = answer.status in (301, 308) and target.startswith("https://")
    yield graded("redirect", is_good, Grade.ATTENTION, state=answer)


def _passing(site: Site) -> Iterator[Finding]:
    """Send what phones send, without anybody's token: our own refusal is the sign that it came."""
    json_type = {"Content_Type": "application/json"}
    largest = Limits().request_bytes
    padded = b'{"x":"' + b"x" * (largest - 16) + b'"}'
    packed = gzip.compress(b'{"x":1}')
    tries: list[tuple[str, Callable[[], Said], Callable[[Said], bool]]] = [
        (
            "gzip",
            lambda: site.ask(
                "POST", "/api/v1/logins", packed, Content_Encoding="gzip", **json_type
            ),
            lambda said: said.is_ours and said.status == 422,
        ),
        (
            "2 MiB",
            # Where strangers may send little, the body of a push is read no further than its head.
            lambda: site.ask("POST", "/api/v1/sync/push", padded, **json_type),
            lambda said: said.is_ours and said.status == 401,
        ),
        (
            "HEAD",
            lambda: site.ask("HEAD", "/livez"),
            lambda said: said.is_ours and said.status == 200,
        ),
        (
            "PATCH",
            lambda: site.ask("PATCH", f"/api/v1/blobs/{NOBODY}", b"", Upload_Offset="0"),
            lambda said: said.is_ours and said.status in (400, 401, 404, 415, 422),
        ),
    ]
    for what, send, came in tries:
        try:
            answer: Any = send()
            is_good = came(answer)
        except (OSError, http.client.HTTPException) as error:
            answer, is_good = type(error).__name__, False
        yield graded("passes", is_good, what=what, state=answer)


def _metrics(site: Site) -> Iterator[Finding]:
    answer = site.ask("GET", "/metrics")
    if site.is_here and not site.is_tls:
        yield good("metrics.private", state=answer)
    elif answer.status == 200:
        yield fault("metrics.private", state=answer)
    else:
        closed = answer.status in (401, 403, 404)
        yield (
            good("metrics.private", state=answer)
            if closed
            else attention("metrics.private", state=answer)
        )
