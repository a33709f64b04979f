"""The machine: its clock, its limits, its memory, the software on it, and secrets that are none."""

import ctypes
import importlib.metadata
import platform
import re
import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.requirements import Requirement
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from inspect_app.doctor.findings import Finding, Grade, attention, fault, good, graded
from inspect_app.settings import SHORTEST_TOKEN, Settings

LEAST_FILES = 4096
LEAST_MEMORY_MB = 512
OLDEST_PYTHON = (3, 11)
UNSYNCHRONISED = 5
SHOWN = 4
GUESSED = frozenset(
    {"", "postgres", "password", "passwort", "123456", "12345678", "admin", "changeme", "change-me"}
    | {"secret", "exit", "inspection", "exit-inspection", "exit_inspection", "test"}
)
DIFFERENT = 8
"""Characters that a secret has at least of different kinds."""


def clock_state() -> Iterator[Finding]:
    """Whether the kernel believes that its clock follows another; it may not tell."""
    state = kernel_clock()
    if state is None:
        yield good("clock.synchronised", state="?")
    else:
        synchronised = state != UNSYNCHRONISED
        yield graded("clock.synchronised", synchronised, Grade.ATTENTION, state=synchronised)


def kernel_clock() -> int | None:
    """Return the state of the kernel's clock, None where it is not told."""
    try:
        # A structure of zeros asks and changes nothing; it is larger than any kernel's.
        return int(ctypes.CDLL(None).ntp_adjtime(ctypes.create_string_buffer(512)))
    except (OSError, AttributeError):
        return None


def limits() -> Iterator[Finding]:
    """Files that may be open, and memory."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_enough = soft == resource.RLIM_INFINITY or soft >= LEAST_FILES
    yield graded("files.open", is_enough, Grade.ATTENTION, limit=soft)
    free = available_mb(Path("/proc/meminfo"))
    if free is not None:
        told = {"free_mb": free, "least_mb": LEAST_MEMORY_MB}
        yield graded("memory", free >= LEAST_MEMORY_MB, Grade.ATTENTION, **told)


def available_mb(table: Path) -> int | None:
    """Return the memory that can be had, as the kernel tells it."""
    if not table.exists():
        return None
    found = re.search(r"^MemAvailable:\s+(\d+) kB", table.read_text(encoding="ascii"), re.M)
    return int(found.group(1)) // 1024 if found else None


def software(pins: Path) -> Iterator[Finding]:
    """Python, and every package that the pins name."""
    is_new = sys.version_info >= OLDEST_PYTHON
    yield graded("python", is_new, version=platform.python_version())
    if not pins.exists():
        yield good("packages", state="?")
        return
    missing, other = [], []
    for name, wanted in _pinned(pins):
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
        else:
            if found != wanted:
                other.append(f"{name} {found} (≠ {wanted})")
    if missing:
        yield fault("packages", state=f"missing {_some(missing)}")
    elif other:
        yield attention("packages", state=_some(other))
    else:
        yield good("packages", state="ok")


def _pinned(pins: Path) -> Iterator[tuple[str, str]]:
    """Name and version of each pin that is meant for this Python."""
    for line in pins.read_text(encoding="utf-8").splitlines():
        if "==" not in line or line[:1].isspace() or line.startswith("#"):
            continue
        pin = Requirement(line.rstrip("\\ "))
        if pin.marker is None or pin.marker.evaluate():
            yield pin.name, str(pin.specifier).removeprefix("==")


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f", … +{more}" if more > 0 else "")


def secrets(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Secrets that somebody could guess; their values are never shown."""
    if environment.get("EXIT_INSPECTION_DEMO_SEED"):
        yield fault("demo.seed")
    token = settings.metrics_token
    if token is not None:
        is_good = len(token) >= SHORTEST_TOKEN and not is_weak(token)
        state = "ok" if is_good else "weak"
        yield graded("secret.weak", is_good, name="EXIT_INSPECTION_METRICS_TOKEN", state=state)
    try:
        url = make_url(settings.database_url)
    except ArgumentError:
        return
    host = str(url.host or url.query.get("host") or "")
    if url.get_backend_name() == "sqlite" or (url.password is None and host.startswith("/")):
        return  # who may connect is decided by files and users
    is_good = url.password is not None and not is_weak(str(url.password))
    state = "ok" if is_good else "missing" if url.password is None else "weak"
    yield graded("secret.weak", is_good, Grade.ATTENTION, name="DATABASE_URL", state=state)


def is_weak(secret: str) -> bool:
    """Whether somebody would try this."""
    return secret.lower() in GUESSED or len(set(secret)) < DIFFERENT
