"""What stands between phones and the server: a proxy that cuts, delays, or is somebody else's.

It takes whole requests and passes them on, unless something was planned for the next one of a
method. It writes down what it heard.
"""

import http.client
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from inspect_app.demo.link import Answer
from inspect_app.demo.weather import Portal

UNFORWARDED = {"connection", "transfer-encoding", "date", "server", "content-length"}


@dataclass(frozen=True)
class Heard:
    """One request as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = field(repr=False)


Act = Callable[["Proxy", Heard], Answer | None]
"""Answers in the proxy's own way; None hangs up without a word."""


@dataclass
class Proxy:
    """A proxy before the server on a loopback port."""

    behind: int
    portal: Portal | None = None
    heard: list[Heard] = field(default_factory=list)
    plans: dict[str, deque[Act]] = field(default_factory=dict)
    url: str = ""

    def plan(self, method: str, *acts: Act) -> None:
        """Let the next requests of a method be treated like this, one after the other."""
        self.plans.setdefault(method, deque()).extend(acts)

    def forward(self, request: Heard) -> Answer:
        """Ask the server; 502 where it is away."""
        connection = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            return Answer(502, {"content-type": "text/html"}, b"<h1>502 Bad Gateway</h1>")
        finally:
            connection.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content)

    def treat(self, request: Heard) -> Answer | None:
        self.heard.append(request)
        if self.portal is not None:
            return self.portal.answer()
        planned = self.plans.get(request.method)
        return planned.popleft()(self, request) if planned else self.forward(request)


def cut_the_answer(then: Callable[[], object] = lambda: None) -> Act:
    """Let the server do its work, and let nobody hear of it."""

    def act(proxy: Proxy, request: Heard) -> None:
        answer = proxy.forward(request)
        assert answer.status == 200, answer.body
        then()

    return act


def cut_the_body(then: Callable[[], object] = lambda: None) -> Act:
    """Pass on the first half of a body, and no more."""

    def act(proxy: Proxy, request: Heard) -> None:
        with socket.create_connection(("127.0.0.1", proxy.behind), timeout=60) as server:
            head = f"{request.method} {request.path} HTTP/1.1\r\n"
            head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            server.sendall(head.encode() + b"\r\n" + request.body[: len(request.body) // 2])
            then()

    return act


def refuse(status: int, retry_after: int | None = None) -> Act:
    """Answer in the server's stead."""

    def act(_proxy: Proxy, _request: Heard) -> Answer:
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        return Answer(status, {"content-type": "text/html", **headers}, b"<h1>no</h1>")

    return act


@contextmanager
def standing_between(port: int) -> Iterator[Proxy]:
    """Run a proxy before the server on this port."""
    proxy = Proxy(port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            request = Heard(self.command, self.path, dict(self.headers.items()), body)
            answer = proxy.treat(request) if len(body) == length else None
            if answer is None:
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name not in UNFORWARDED:
                    self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
