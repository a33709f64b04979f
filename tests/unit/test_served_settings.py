"""A server that `serve` starts reads exactly the settings that `serve` itself was told."""

from dataclasses import fields
from pathlib import Path

import pytest

from inspect_app.serving.command import environment
from inspect_app.settings import Limits, Settings, Signing

FOLLOWS = {"demo_seed", "password_memory_kib", "unhurried"}
"""Follow from a demonstration or from a command, and are not told by themselves."""


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of a production server is as it is by default."""
    for name in ("key.p12", "chain.pem", "trust.pem"):
        (tmp_path / name).touch()
    (tmp_path / "revoked").mkdir()
    ours = {
        "DATA": tmp_path,
        "LIMIT_PULL_PAGE": 7,
        "METRICS_TOKEN": "m" * 24,
        "PLAIN_SESSIONS": 1,
        "PROXIES": 2,
        "SEAL_PASSPHRASE": " of the seals ",
        "SIGNING_CHAIN": tmp_path / "chain.pem",
        "SIGNING_KEY": tmp_path / "key.p12",
        "SIGNING_PASSPHRASE": "of the key",
        "SIGNING_REVOCATIONS": tmp_path / "revoked",
        "SIGNING_TRUST": tmp_path / "trust.pem",
        "STAMP_PASSWORD": "of the authority",
        "STAMP_URL": "https://stamps.example/tsa/",
        "STAMP_USER": "agency",
        "THREADS": 5,
        "VERIFY_BASE": "https://verify.example",
        "WEAK_DURABILITY": 1,
        "WORKERS": 3,
    }
    return {f"EXIT_INSPECTION_{name}": str(value) for name, value in ours.items()} | {
        "DATABASE_URL": "postgresql+psycopg://nobody@/none"
    }


def test_a_server_reads_what_serve_was_told(told: dict[str, str]) -> None:
    settings = Settings.from_environment(told)

    assert Settings.from_environment(environment(settings, {})) == settings


def test_nothing_of_these_settings_is_as_by_default(told: dict[str, str], tmp_path: Path) -> None:
    """So that a setting that is added later is not forgotten here."""
    settings = Settings.from_environment(told)
    usual = Settings.for_folder(tmp_path / "elsewhere")

    same = {one.name for one in fields(Settings) if _same(settings, usual, one.name)}
    same_of_signing = {
        one.name for one in fields(Signing) if _same(settings.signing, Signing(), one.name)
    }

    assert same == FOLLOWS
    assert same_of_signing == set()
    assert settings.limits != Limits()


def test_settings_of_the_caller_do_not_leak_into_another_server(
    told: dict[str, str], tmp_path: Path
) -> None:
    plain = Settings.for_folder(tmp_path)

    assert Settings.from_environment(environment(plain, told)) == plain


def _same(one: object, other: object, name: str) -> bool:
    return bool(getattr(one, name) == getattr(other, name))
