"""The worker: gunicorn's threads, bounds on slow senders, problems for refusals, an orderly end.

gunicorn gives a request its thread from the first byte to the last, however slowly they come. A
connection that says nothing has no thread here; one that speaks too slowly loses it, and sooner
when others wait for it. A proxy that takes whole requests first (docs/operations.md) is still what
stands towards the internet.
"""

import json
import selectors
import socket
import struct
import threading
import time
import uuid
from typing import Any

from gunicorn import util
from gunicorn.http import errors as refusals
from gunicorn.workers import gthread

from inspect_app.problems import MEDIA_TYPE, WEB_SLUGS, retry_after
from inspect_app.rules.errors import TooSlow, Unreadable

AT_ONCE = 0.02
"""Seconds in which a new connection says something, or waits without a thread."""

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
BYTES_PER_SECOND = 8 * 1024
"""A sender has ten seconds for the head, then thirty and the time of its body on a poor line."""

CROWDED_SECONDS = 5.0
"""How long a sender may keep its thread while others wait for one."""

SEND_SECONDS = 60
"""A reader that takes nothing for so long is gone."""

REFUSED_AT_ONCE = 32
REFUSALS = {
    refusals.LimitRequestLine: (414, "URI Too Long"),
    refusals.LimitRequestHeaders: (431, "Request Header Fields Too Large"),
    refusals.UnsupportedTransferCoding: (501, "Not Implemented"),
    refusals.ExpectationFailed: (417, "Expectation Failed"),
}


def problem_bytes(status: int, reason: str, slug: str, title: str, **extra: object) -> bytes:
    """Write a whole answer with a problem, for what never reaches the application."""
    request_id = uuid.uuid4().hex
    body = {"type": f"/problems/{slug}", "title": title, "status": status, **extra}
    content = json.dumps({**body, "request_id": request_id}, ensure_ascii=False).encode()
    lines = [
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(content)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        f"X-Request-Id: {request_id}",
        *([f"Retry-After: {retry_after()}"] if status == 503 else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


class Inbox:
    """The body of a request on its way in: reading it is watched, and its faults are problems."""

    def __init__(self, body: Any, worker: "Worker", connection: Any, patience: float) -> None:
        self._body, self._worker, self._connection = body, worker, connection
        self._deadline = connection.began + patience

    def read(self, size: int | None = None) -> bytes:
        """Read as gunicorn does; `TooSlow` when the sender was given up."""
        self._worker.reading[self._connection] = self._deadline
        try:
            data: bytes = self._body.read(size)
        except refusals.ParseException as error:
            raise Unreadable("The chunks of the body cannot be read.") from error
        except refusals.NoMoreData:
            data = b""
            if not self._connection.is_cut:
                raise
        finally:
            self._worker.reading.pop(self._connection, None)
        if self._connection.is_cut:
            raise TooSlow("The body took too long.")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)


class Worker(gthread.ThreadWorker):  # type: ignore[misc]  # the library carries no types
    """A worker whose threads cannot be kept by senders who do not send."""

    def init_process(self) -> None:
        """Start with nobody being listened to."""
        self.reading: dict[Any, float] = {}
        self.refusing = threading.BoundedSemaphore(REFUSED_AT_ONCE)
        super().init_process()

    # --- senders ---------------------------------------------------------------------------------

    def handle(self, conn: Any) -> Any:
        """Listen to a connection that has begun to speak; in a thread."""
        if not conn.initialized:
            if not conn.wait_for_data(AT_ONCE):
                return gthread._DEFER
            give_up = struct.pack("ll", SEND_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, give_up)
        conn.began, conn.is_cut, conn.is_asking = time.monotonic(), False, False
        self.reading[conn] = conn.began + HEAD_SECONDS
        try:
            kept = super().handle(conn)
        finally:
            self.reading.pop(conn, None)
        if conn.is_cut and not conn.is_asking:
            self._say(conn.sock, problem_bytes(408, "Request Timeout", TooSlow.slug, TooSlow.title))
        return kept

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Hand a request on once its head has come; its body comes while it is read."""
        self.reading.pop(conn, None)
        conn.is_asking = True
        body, length = req.body, dict(req.headers).get("CONTENT-LENGTH", "")
        expected = int(length) if length.isdigit() else 0
        req.body = Inbox(body, self, conn, BODY_SECONDS + expected / BYTES_PER_SECOND)
        try:
            return super().handle_request(req, conn)
        finally:
            req.body = body

    def murder_pending(self) -> None:
        """Look after connections, once a second: the silent ones, and the slow ones as well."""
        super().murder_pending()
        now = time.monotonic()
        resting = len(self.keepalived_conns) + len(self.pending_conns)
        is_crowded = self.nr_conns - resting > self.cfg.threads or not self.alive
        for conn, deadline in list(self.reading.items()):
            if deadline < now or (is_crowded and conn.began + CROWDED_SECONDS < now):
                conn.is_cut = True
                try:
                    conn.sock.shutdown(socket.SHUT_RD)
                except OSError:
                    continue  # it has hung up by itself

    # --- refusals --------------------------------------------------------------------------------

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what gunicorn itself refuses as a problem; log its kind, never its bytes."""
        if isinstance(exc, refusals.ConfigurationProblem) or not isinstance(
            exc, refusals.ParseException
        ):
            log_id = uuid.uuid4().hex
            self.log.exception("error outside of the application, log id %s", log_id)
            answer = problem_bytes(500, "Internal Server Error", *WEB_SLUGS[500], log_id=log_id)
        else:
            self.log.info("request refused: %s", type(exc).__name__)
            kind = next((kind for kind in REFUSALS if isinstance(exc, kind)), None)
            if kind is None:
                answer = problem_bytes(400, "Bad Request", *WEB_SLUGS[400])
            else:
                status, reason = REFUSALS[kind]
                answer = problem_bytes(status, reason, "http-error", reason)
        self._say(client, answer)

    @staticmethod
    def _say(client: socket.socket, answer: bytes) -> None:
        try:
            util.write_nonblock(client, answer)
        except OSError:
            return  # nobody listens any more

    # --- the end ---------------------------------------------------------------------------------

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take new connections or not; a stopping worker tells them to come back later."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self.poller.register(listener, selectors.EVENT_READ, self.turn_away)

    def turn_away(self, listener: socket.socket) -> None:
        """Answer a connection that came too late, beside the threads that finish their work."""
        try:
            client, _ = listener.accept()
        except OSError:
            return
        if self.refusing.acquire(blocking=False):
            threading.Thread(target=self._refuse, args=(client,), daemon=True).start()
        else:
            client.close()

    def _refuse(self, client: socket.socket) -> None:
        try:
            client.settimeout(1.0)
            client.recv(16 * 1024)
            detail = "The server is stopping; the same request may succeed later."
            client.sendall(
                problem_bytes(503, "Service Unavailable", *WEB_SLUGS[503], detail=detail)
            )
            util.close_graceful(client, timeout=0.5)
        except OSError:
            client.close()
        finally:
            self.refusing.release()
