"""A small JSON client over one kept-alive connection: how people's programs speak to the API."""

import http.client
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit


class ApiProblem(Exception):
    """The server answered with a problem."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(
            f"{status} {body.get('type', '')}: {body.get('detail') or body.get('title')}"
            f" {body.get('errors') or ''}".rstrip()
        )
        self.status = status
        self.body = body


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

    def get(self, path: str) -> Any:
        """Return the decoded answer of a GET below /api/v1."""
        return json.loads(self.fetch("GET", path))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the decoded answer of a POST below /api/v1."""
        return json.loads(self.fetch("POST", path, body if body is not None else {}))

    def fetch(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        """Send one request and return the bytes of its answer; raise ApiProblem for an error."""
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Accept": "application/json"}
        if sent is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.now is not None:
            headers["X-Simulated-Time"] = self.now.isoformat()
        try:
            status, answer = self._exchange(method, path, sent, headers)
        except (http.client.HTTPException, ConnectionError):
            self.close()  # the server closed an idle connection; every call here can be repeated
            status, answer = self._exchange(method, path, sent, headers)
        if status >= 400:
            try:
                raise ApiProblem(status, json.loads(answer))
            except ValueError:
                raise ApiProblem(
                    status, {"title": answer[:200].decode("utf-8", "replace")}
                ) from None
        return answer

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        if self._connection is None:
            address = urlsplit(self.base_url)
            self._connection = http.client.HTTPConnection(
                address.hostname or "127.0.0.1", address.port, timeout=60
            )
        self._connection.request(method, f"/api/v1{path}", body, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def close(self) -> None:
        """Close the connection; the next call opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _decoded(answer: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(answer))
    except ValueError:
        return {"title": answer[:200].decode("utf-8", "replace")}
