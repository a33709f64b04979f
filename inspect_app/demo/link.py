"""The wire between a phone and the server: one kept-alive connection, and the faults of a network.

Faults come from a seed, so that a demonstration loses the same answers every time it is played.
"""

import gzip
import http.client
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

from sampling.tickets import uniform

LONGEST_WAIT = 300.0
TRIES = 8
EQUAL_FAILURES = 3


class LinkDown(Exception):
    """The server could not be reached, or failed in the same way again and again."""


@dataclass(frozen=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Decode the body; ValueError for a page of somebody else's."""
        return json.loads(self.body)


class PhoneRefused(Exception):
    """The server refused the phone as a whole: a problem instead of results."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.body[:300].decode('utf-8', 'replace')}")
        self.status = answer.status


class Wire(Protocol):
    """Whatever carries a request to the server."""

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        """Send one request and return its answer; OSError when the connection tears."""
        ...

    def send_and_leave(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> None:
        """Send one request and hang up before the answer."""
        ...


@dataclass
class HttpWire:
    """The standard library's client over one kept-alive connection."""

    base_url: str
    timeout: float = 60.0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Answer:
        try:
            connection = self._open()
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise OSError(str(error)) from error
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, content)

    def send_and_leave(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> None:
        connection = self._open()
        try:
            connection.request(method, path, body, headers)
            if connection.sock is not None:
                connection.sock.shutdown(socket.SHUT_WR)
        except (OSError, http.client.HTTPException):
            pass  # the answer was to be lost anyway
        finally:
            self.close()

    def send_torn(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send the head and half of the body of a request, and hang up."""
        connection = self._open()
        try:
            connection.putrequest(method, path)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                connection.putheader(name, value)
            connection.endheaders(body[: len(body) // 2])
        except (OSError, http.client.HTTPException):
            pass  # it was to be torn anyway
        finally:
            self.close()

    def close(self) -> None:
        """Hang up; the next request opens a new connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> http.client.HTTPConnection:
        if self._connection is None:
            address = urlsplit(self.base_url)
            kind = (
                http.client.HTTPSConnection
                if address.scheme == "https"
                else http.client.HTTPConnection
            )
            self._connection = kind(
                address.hostname or "127.0.0.1", address.port, timeout=self.timeout
            )
        return self._connection


@dataclass(frozen=True)
class Faults:
    """Which requests go wrong: by name of the request, so that the order of phones is no matter.

    lost : share of requests whose answer is not heard; repeated : share sent once more
    """

    seed: str
    lost: float = 0.0
    repeated: float = 0.0

    def loses(self, name: str) -> bool:
        """Whether the answer of this request is lost."""
        return uniform(self.seed, f"lost/{name}") < self.lost

    def repeats(self, name: str) -> bool:
        """Whether this request is sent again although it was answered."""
        return uniform(self.seed, f"repeated/{name}") < self.repeated


NO_FAULTS = Faults("none")


@dataclass
class Link:
    """How a phone gets a request through: the same bytes until an answer is heard.

    sent : requests on their way; lost, repeated : how many of them had that fault
    """

    wire: Wire
    faults: Faults = NO_FAULTS
    sleep: Callable[[float], None] = time.sleep
    sent: int = 0
    lost: int = 0
    repeated: int = 0

    def request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        headers: dict[str, str],
        name: str | None = None,
    ) -> Answer:
        """Send a request until it is answered; a named one may suffer faults.

        body : JSON, or the bytes of a file with its type among the headers

        Raises
        ------
        LinkDown : no answer after eight tries, or three equal failures of the server in a row
        """
        content, headers = self._packed(body, headers)
        if name is not None and self.faults.loses(name):
            self.sent, self.lost = self.sent + 1, self.lost + 1
            self.wire.send_and_leave(method, path, content, headers)
        answer = self._persist(method, path, content, headers)
        if name is not None and self.faults.repeats(name):
            self.repeated += 1
            answer = self._persist(method, path, content, headers)
        return answer

    def _persist(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> Answer:
        failures: list[int] = []
        for attempt in range(TRIES):
            self.sent += 1
            try:
                answer = self.wire.exchange(method, path, content, headers)
            except OSError:
                self.sleep(self._wait(attempt, None))
                continue
            if answer.status < 500 and answer.status != 429:
                return answer
            if answer.status >= 500:
                failures.append(answer.status)
                if failures[-EQUAL_FAILURES:] == [answer.status] * EQUAL_FAILURES:
                    raise LinkDown(f"the server failed {EQUAL_FAILURES} times: {answer.status}")
            self.sleep(self._wait(attempt, answer.headers.get("retry-after")))
        raise LinkDown(f"no answer after {TRIES} tries: {method} {path}")

    def _wait(self, attempt: int, retry_after: str | None) -> float:
        """Seconds to wait: the server's wish and up to as much again, else a growing lottery."""
        share = uniform(self.faults.seed, f"wait/{self.sent}")
        if retry_after is not None and retry_after.isdigit():
            return float(retry_after) * (1 + share)
        longest: float = min(LONGEST_WAIT, 2.0 * 2**attempt)
        return share * longest

    @staticmethod
    def _packed(
        body: dict[str, Any] | bytes | None, headers: dict[str, str]
    ) -> tuple[bytes | None, dict[str, str]]:
        if body is None or isinstance(body, bytes):
            return body, headers
        plain = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {**headers, "Content-Type": "application/json"}
        if len(plain) < 1000:
            return plain, headers
        return gzip.compress(plain, 6, mtime=0), {**headers, "Content-Encoding": "gzip"}
