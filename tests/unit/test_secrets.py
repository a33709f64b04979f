"""No secret has a default that works: each is made at the first start, or ends the start."""

from dataclasses import fields
from pathlib import Path

import pytest

from inspect_app import cookies
from inspect_app.services import keys
from inspect_app.services.receipts import key_of
from inspect_app.settings import Settings, SettingsError

GOOD = "f" * 32


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    keys.secret_key.cache_clear()


def environment(folder: Path, **changes: str) -> dict[str, str]:
    return {"EXIT_INSPECTION_DATA": str(folder), **changes}


def a_key(folder: Path, name: str = "session-s1.key", demo_seed: str | None = None) -> bytes:
    return keys.secret_key(folder / "keys" / name, purpose=f"purpose/{name}", demo_seed=demo_seed)


def test_a_server_with_nothing_said_does_not_start() -> None:
    with pytest.raises(SettingsError, match="EXIT_INSPECTION_DATA"):
        Settings.from_environment({})


def test_no_setting_holds_a_secret_unless_it_was_told(tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(tmp_path))

    secret = [one.name for one in fields(Settings) if one.name.endswith(("seed", "token", "key"))]
    assert {name: getattr(settings, name) for name in secret} == {
        "demo_seed": None,
        "metrics_token": None,
    }
    assert settings.plain_sessions_allowed is False
    assert settings.proxies == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXIT_INSPECTION_METRICS_TOKEN", "secret"),
        ("EXIT_INSPECTION_METRICS_TOKEN", "x" * 23),
        ("EXIT_INSPECTION_PROXIES", "yes"),
        ("EXIT_INSPECTION_PROXIES", "-1"),
        ("EXIT_INSPECTION_PLAIN_SESSIONS", "2"),
        ("EXIT_INSPECTION_PLAIN_SESSIONS", "yes"),
    ],
)
def test_a_secret_that_can_be_guessed_or_a_word_out_of_place_ends_the_start(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment(environment(tmp_path, **{name: value}))


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_of_a_secret_is_a_mistake_and_not_no_secret(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / "phrase").write_text(content)
    told = {"EXIT_INSPECTION_SEAL_PASSPHRASE_FILE": str(tmp_path / "phrase")}

    with pytest.raises(SettingsError, match="EXIT_INSPECTION_SEAL_PASSPHRASE_FILE is empty"):
        Settings.from_environment(environment(tmp_path, **told))


def test_a_secret_is_not_told_with_the_settings(tmp_path: Path) -> None:
    told = Settings.from_environment(environment(tmp_path, EXIT_INSPECTION_METRICS_TOKEN=GOOD))

    assert told.metrics_token == GOOD
    assert GOOD not in repr(told)


def test_every_server_has_keys_of_its_own(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"

    sessions = {a_key(first), a_key(second)}
    receipts = {key_of(Settings.for_folder(one)).public for one in (first, second)}

    assert (len(sessions), len(receipts)) == (2, 2)
    assert {file.stat().st_mode & 0o777 for file in (first / "keys").iterdir()} == {0o600}
    assert (first / "keys").stat().st_mode & 0o777 == 0o700


def test_a_key_stays_the_same_from_start_to_start(tmp_path: Path) -> None:
    first = a_key(tmp_path)
    keys.secret_key.cache_clear()

    assert a_key(tmp_path) == first


def test_a_demonstrations_keys_follow_from_its_seed_and_differ_by_purpose(tmp_path: Path) -> None:
    once = a_key(tmp_path / "a", demo_seed="seed")
    again = a_key(tmp_path / "b", demo_seed="seed")
    other = a_key(tmp_path / "c", demo_seed="another")
    purpose = a_key(tmp_path / "a", "receipt-r1.key", demo_seed="seed")

    assert once == again
    assert len({once, other, purpose}) == 3


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    a_key(tmp_path)
    keys.secret_key.cache_clear()
    (tmp_path / "keys" / "session-s1.key").chmod(0o640)

    with pytest.raises(PermissionError, match="chmod 600"):
        a_key(tmp_path)


@pytest.mark.parametrize("content", ["", "00" * 31, "no key at all"])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: str) -> None:
    a_key(tmp_path)
    keys.secret_key.cache_clear()
    (tmp_path / "keys" / "session-s1.key").write_text(content, "ascii")

    with pytest.raises(ValueError, match=r"."):
        a_key(tmp_path)


def test_the_two_values_of_a_session_differ(tmp_path: Path) -> None:
    """What a page may know says nothing of the signature in the cookie."""
    settings = Settings.for_folder(tmp_path)

    assert cookies.csrf_token("token", settings) != cookies._mac(settings, "cookie", "token")
    assert cookies.csrf_token("token", settings) != cookies.csrf_token("other", settings)
