"""One server a SQLite folder: a file lock, which ends with the process however it ends."""

import fcntl
import os
import time
from pathlib import Path

from inspect_app.messages import say
from inspect_app.settings import SettingsError

NAME = "serving.lock"
PATIENCE = 15.0
"""Seconds to wait for a server that is just ending."""

PAUSE = 0.1

_held: list[int] = []


def hold(folder: Path, *, patience: float = PATIENCE) -> None:
    """Hold a folder until this process and its workers have ended.

    Raises
    ------
    SettingsError : another server has it, and did not end while we waited
    """
    _held.append(_take(folder, patience))


def require_free(folder: Path, *, patience: float = PATIENCE) -> None:
    """Find out whether another server has a folder; SettingsError if it has."""
    os.close(_take(folder, patience))


def _take(folder: Path, patience: float) -> int:
    handle = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(handle)
                raise SettingsError(
                    say("serve.taken", folder=folder, seconds=round(patience))
                ) from None
        time.sleep(PAUSE)
