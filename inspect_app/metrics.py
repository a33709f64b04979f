"""What the server counts about itself, in the text form of Prometheus.

Counters live in this process, or in a folder that several workers add up in (the configuration of
the server says which, before anything is imported). What the database knows is read at the scrape
and kept for some seconds. Ids of campaigns at most: no actor, no address, no name.
"""

import hmac
import os
import shutil
import threading
import time
from collections import Counter as Counts
from collections.abc import Callable, Iterator
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from flask import Request
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric

from inspect_app.rules.errors import Unauthenticated, Unknown
from inspect_app.rules.ops import PushAnswer
from inspect_app.services import transactions
from inspect_app.services.gauges import Gauges
from inspect_app.settings import Settings
from inspect_app.version import VERSION

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
GOOD_FOR_SECONDS = 10.0
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")
"""Whoever wrote one of these stands between the caller and us."""

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15)
WAITS = (0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 15)

requests = Counter(
    "exit_inspection_requests_total", "Requests answered", ("method", "route", "status")
)
latency = Histogram(
    "exit_inspection_request_seconds", "Time to an answer", ("route",), buckets=LATENCIES
)
ops = Counter("exit_inspection_ops_total", "Ops of phones by what became of them", ("status",))
waiting = Gauge(
    "exit_inspection_writers_waiting",
    "Write transactions that wait for their turn",
    multiprocess_mode="livesum",
)
write_wait = Histogram("exit_inspection_write_wait_seconds", "Wait for the turn", buckets=WAITS)
write = Histogram("exit_inspection_write_seconds", "Turn to commit", buckets=WAITS)
transactions.watch.waiting = waiting.inc
transactions.watch.waited = write_wait.observe
transactions.watch.written = write.observe


# --- counting ------------------------------------------------------------------------------------


def count_request(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count an answer; an address that no route has is one kind of address."""
    requests_of, latency_of = _children(method, route or "unmatched", status)
    requests_of.inc()
    latency_of.observe(seconds)


@lru_cache(maxsize=4096)
def _children(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    known = method if method in KNOWN_METHODS else "other"
    return requests.labels(known, route, str(status)), latency.labels(route)


KNOWN_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})


def counted(answer: PushAnswer) -> PushAnswer:
    """Count the ops of a push by their status, and hand the answer on."""
    for status, count in Counts(result.status for result in answer.results).items():
        ops.labels(status).inc(count)
    return answer


# --- who may look --------------------------------------------------------------------------------


def require_scraper(request: Request, settings: Settings) -> None:
    """Let in who shows the token; without one set, only this machine, and not through a proxy.

    Raises
    ------
    Unauthenticated : the token is another
    Unknown : nobody set a token, and the caller is elsewhere
    """
    if settings.metrics_token is not None:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(shown.encode(), settings.metrics_token.encode()):
            raise Unauthenticated()
    elif not _is_here(request):
        raise Unknown()


def _is_here(request: Request) -> bool:
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False  # a Unix socket: that is the proxy's


# --- the page ------------------------------------------------------------------------------------


def page(settings: Settings, read: Callable[[], Gauges | None]) -> bytes:
    """Write everything that is measured; `read` asks the database, None when it is away."""
    counted_here = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        counted_here = CollectorRegistry()
        multiprocess.MultiProcessCollector(counted_here)  # type: ignore[no-untyped-call]
    return generate_latest(counted_here) + generate_latest(_AtScrape(settings, read))


class Kept:
    """The last gauges of a database, for some seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[float, Gauges | None]] = {}

    def get(self, name: str, read: Callable[[], Gauges | None]) -> Gauges | None:
        """Return gauges that are at most some seconds old; one caller at a time reads them."""
        with self._lock:
            read_at, found = self._seen.get(name, (-GOOD_FOR_SECONDS, None))
            if time.monotonic() - read_at >= GOOD_FOR_SECONDS:
                found = read()
                self._seen[name] = (time.monotonic(), found)
            return found

    def forget(self) -> None:
        """Read again at the next scrape."""
        self._seen.clear()


kept = Kept()


class _AtScrape(CollectorRegistry):
    """What is looked up when somebody asks."""

    def __init__(self, settings: Settings, read: Callable[[], Gauges | None]) -> None:
        super().__init__()
        self._settings, self._read = settings, read

    def collect(self) -> Iterator[Metric]:
        """Look at the database, the disk and the memory of the workers."""
        yield _family("info", "The software that runs", "version", {VERSION: 1.0})
        yield from _of_database(kept.get(self._settings.database_url, self._read))
        usage = shutil.disk_usage(self._settings.data_dir)
        yield _one("disk_free_bytes", "Free below the data folder", usage.free)
        share = usage.free / max(1, usage.used + usage.free)
        yield _one("disk_free_share", "Free share below the data folder", share)
        workers = {str(pid): float(size) for pid, size in _memory()}
        yield _family("memory_bytes", "Resident memory of each worker", "pid", workers)


def _of_database(found: Gauges | None) -> Iterator[Metric]:
    yield _one("database_up", "Whether the database answered the scrape", found is not None)
    if found is None:
        return
    yield _family("devices", "Phones by state", "state", found.devices)
    yield _one("unsent", "Ops that phones say they still hold", found.unsent)
    yield _one("unsent_oldest_hours", "Age of the oldest of them", found.oldest_hours)
    yield _one("quarantine_open", "Things in quarantine that wait for a person", found.quarantine)
    yield _family("ledger_lines", "Lines of the ledger", "campaign", found.ledger)


def _one(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"exit_inspection_{name}", help_text, value=float(value))


def _family(
    name: str, help_text: str, label: str, values: dict[str, int] | dict[str, float]
) -> Metric:
    family = GaugeMetricFamily(f"exit_inspection_{name}", help_text, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], float(value))
    return family


def _memory() -> Iterator[tuple[int, int]]:
    """Resident bytes of this worker and of its sisters, as far as the system tells."""
    own, parent = os.getpid(), os.getppid()
    pids = {own}
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        sisters = Path(f"/proc/{parent}/task/{parent}/children")
        pids |= {int(pid) for pid in sisters.read_text().split()} if sisters.exists() else set()
    for pid in sorted(pids):
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            continue
        yield pid, pages * os.sysconf("SC_PAGE_SIZE")
