"""The command line and the environment of a server that this program starts itself."""

import sys
from collections.abc import Mapping
from dataclasses import fields

from inspect_app.settings import Limits, Settings

OURS = "EXIT_INSPECTION_"


def command(*, bind: str) -> list[str]:
    """Return gunicorn's command line; everything else stands in its configuration."""
    configuration = "python:inspect_app.serving.configuration"
    return [sys.executable, "-m", "gunicorn", "--config", configuration, "--bind", bind]


def environment(settings: Settings, base: Mapping[str, str]) -> dict[str, str]:
    """Return the environment that makes a server read these settings, and nothing else of ours."""
    foreign = ("PROMETHEUS_MULTIPROC_DIR", "WEB_CONCURRENCY", "GUNICORN_CMD_ARGS")
    told = {
        name: value
        for name, value in base.items()
        if not name.startswith(OURS) and name not in foreign
    }
    usual = Limits()
    limits = {
        f"LIMIT_{each.name.upper()}": getattr(settings.limits, each.name)
        for each in fields(Limits)
        if getattr(settings.limits, each.name) != getattr(usual, each.name)
    }
    signing = settings.signing
    ours = {
        "DATA": settings.data_dir,
        "DEMO_SEED": settings.demo_seed,
        "METRICS_TOKEN": settings.metrics_token,
        "PLAIN_SESSIONS": int(settings.plain_sessions_allowed),
        "PROXIES": settings.proxies,
        "SEAL_PASSPHRASE": settings.seal_passphrase,
        "SIGNING_CHAIN": signing.chain,
        "SIGNING_KEY": signing.key,
        "SIGNING_PASSPHRASE": signing.passphrase,
        "SIGNING_REVOCATIONS": signing.revocations,
        "SIGNING_TRUST": signing.trust,
        "STAMP_PASSWORD": signing.stamp_password,
        "STAMP_URL": signing.stamp_url,
        "STAMP_USER": signing.stamp_user,
        "THREADS": settings.threads,
        "VERIFY_BASE": settings.verify_base,
        "WEAK_DURABILITY": int(settings.weak_durability_allowed),
        "WORKERS": settings.workers,
        **limits,
    }
    told |= {f"{OURS}{name}": str(value) for name, value in ours.items() if value is not None}
    return told | {"DATABASE_URL": settings.database_url}
