"""A small JSON client over one kept-alive connection: how people's programs speak to the API."""

import hashlib
import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

BOUNDARY = "exit-inspection-demonstration"
PATIENCE = 600
"""Seconds for an answer: a verdict takes some on an idle machine, and many on a busy one."""


class ApiProblem(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {body.get('type', '')}: {body.get('detail') or body.get('title')}"
            f" {body.get('errors') or ''}".rstrip()
        )
        self.status = status
        self.body = body

    def is_about(self, slug: str) -> bool:
        """Whether the problem is the one of this name in docs/problems.md."""
        return str(self.body.get("type", "")).endswith(f"/{slug}")


@dataclass
class Client:
    """One caller of the API.

    base_url : address of the server, such as http://127.0.0.1:8000
    token : bearer token, None for what anybody may ask
    now : simulated time sent along, None for the real one
    """

    base_url: str
    token: str | None = None
    now: datetime | None = None
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def log_in(self, login: str, password: str) -> None:
        """Exchange login and password for a bearer token, as programs do."""
        self.token = None
        answer = self.post("/logins", {"login": login, "password": password})
        self.token = answer["access_token"]

    def get(self, path: str) -> Any:
        """Return the decoded answer of a GET below /api/v1."""
        return json.loads(self.fetch("GET", path))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the decoded answer of a POST below /api/v1."""
        return json.loads(self.fetch("POST", path, body if body is not None else {}))

    def upload(self, path: str, content: bytes, *, name: str, type: str, **fields: str) -> Any:
        """Return the decoded answer to a form with a file, its name and its SHA-256."""
        fields |= {"name": name, "sha256": hashlib.sha256(content).hexdigest()}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields.items()
        ]
        parts.append(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
            f"Content-Type: {type}\r\n\r\n"
        )
        form = "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return json.loads(
            self._send("POST", path, form, f"multipart/form-data; boundary={BOUNDARY}")
        )

    def fetch(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Send one request and return the bytes of its answer; raise ApiProblem for an error."""
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        return self._send(method, path, sent, "application/json")

    def _send(self, method: str, path: str, sent: bytes | None, type: str) -> bytes:
        headers = {"Accept": "application/json", **self._credentials()}
        if sent is not None:
            headers["Content-Type"] = type
        if self.now is not None:
            headers["X-Simulated-Time"] = self.now.isoformat()
        try:
            status, answer = self._exchange(method, path, sent, headers)
        except (http.client.HTTPException, ConnectionError):
            self.close()  # the server closed an idle connection; every call here can be repeated
            status, answer = self._exchange(method, path, sent, headers)
        if status >= 400:
            raise ApiProblem(status, _decoded(answer))
        return answer

    def _credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._connection is None:
            address = urlsplit(self.base_url)
            self._connection = http.client.HTTPConnection(
                address.hostname or "127.0.0.1", address.port, timeout=PATIENCE
            )
        self._connection.request(method, f"/api/v1{path}", body, headers)
        response = self._connection.getresponse()
        self._heard(response)
        return response.status, response.read()

    def _heard(self, response: http.client.HTTPResponse) -> None:
        """Look at the headers of an answer; programs have no need to."""

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class Browser(Client):
    """A person at our own pages: a session cookie, and what shows that the page is ours."""

    _cookie: str = ""
    _csrf: str = ""

    def log_in(self, login: str, password: str) -> None:
        """Exchange login and password for a session cookie, as browsers do."""
        self._csrf = ""
        answer = self.post("/sessions", {"login": login, "password": password})
        self._csrf = answer["csrf_token"]

    def forge(self, path: str) -> int:
        """Post as another site's page could, with the cookie alone; return the status."""
        csrf, self._csrf = self._csrf, ""
        try:
            self.post(path)
        except ApiProblem as problem:
            return problem.status
        finally:
            self._csrf = csrf
        return 200

    def _credentials(self) -> dict[str, str]:
        headers = {"Origin": self.base_url, "Sec-Fetch-Site": "same-origin"}
        if self._cookie:
            headers["Cookie"] = self._cookie
        if self._csrf:
            headers["X-CSRF-Token"] = self._csrf
        return headers

    def _heard(self, response: http.client.HTTPResponse) -> None:
        given = response.headers.get("Set-Cookie")
        if given is not None:
            self._cookie = given.partition(";")[0]


def _decoded(answer: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(answer))
    except ValueError:
        return {"title": answer[:200].decode("utf-8", "replace")}
