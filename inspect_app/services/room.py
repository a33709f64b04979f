"""Whether the disk has room for what phones send; looked at once in a few seconds."""

import shutil
import threading
import time
from pathlib import Path

from inspect_app.rules.errors import Unavailable
from inspect_app.settings import Settings

GOOD_FOR_SECONDS = 5.0

_seen: dict[Path, tuple[float, float]] = {}
_looking = threading.Lock()


def free_share(folder: Path) -> float:
    """Return the free share of the disk below a folder, 0 to 1, at most a few seconds old."""
    with _looking:
        now = time.monotonic()
        looked, share = _seen.get(folder, (-GOOD_FOR_SECONDS, 0.0))
        if now - looked >= GOOD_FOR_SECONDS:
            usage = shutil.disk_usage(folder)
            # What only the superuser may fill is no room for us.
            share = usage.free / max(1, usage.used + usage.free)
            _seen[folder] = (now, share)
        return share


def require(settings: Settings) -> None:
    """Refuse field data while phones still hold it and the disk is nearly full.

    Raises
    ------
    Unavailable : less than the share of the settings is free
    """
    wanted = settings.limits.disk_free_share
    if free_share(settings.data_dir) < wanted:
        raise Unavailable("The server's disk is nearly full; keep everything and try later.")
