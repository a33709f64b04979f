"""The command line and the environment of a server that this program starts itself."""

import sys
from collections.abc import Mapping

from inspect_app.settings import Settings


def command(*, bind: str) -> list[str]:
    """Return gunicorn's command line; everything else stands in its configuration."""
    configuration = "python:inspect_app.serving.configuration"
    return [sys.executable, "-m", "gunicorn", "--config", configuration, "--bind", bind]


def environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that makes a server read these settings."""
    told = dict(base)
    for name in ("EXIT_INSPECTION_DEMO_SEED", "PROMETHEUS_MULTIPROC_DIR", "WEB_CONCURRENCY"):
        told.pop(name, None)
    told["EXIT_INSPECTION_DATA"] = str(settings.data_dir)
    told["EXIT_INSPECTION_WORKERS"] = str(settings.workers)
    told["EXIT_INSPECTION_THREADS"] = str(settings.threads)
    told["DATABASE_URL"] = settings.database_url
    if settings.demo_seed is not None:
        told["EXIT_INSPECTION_DEMO_SEED"] = settings.demo_seed
    return told
