"""Chromium at a real server. Without Chromium these tests are skipped, unless one is required."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REQUIRED = os.environ.get("REQUIRE_CHROMIUM") == "1"


def missing() -> str:
    """What the tests lack, in words; nothing where they can run."""
    try:
        import playwright.sync_api  # noqa: F401  # only whether it is here
    except ImportError:
        return "playwright is not installed (extra [test])"
    return "" if chromium_path() else "no Chromium: set EXIT_CHROMIUM or install chromium"


def chromium_path() -> str | None:
    """The browser to use: the one that is named, else the system's."""
    return os.environ.get("EXIT_CHROMIUM") or shutil.which("chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none, and say so."""
    why = missing()
    if not why or REQUIRED:
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


if missing() and not REQUIRED:
    collect_ignore_glob = ["test_*.py"]
    print(f"tests/browser: {missing()}")  # noqa: T201  # their modules cannot be imported


@pytest.fixture(scope="session")
def outpost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server in the field, one for all tests."""
    from outpost import Outpost

    with Outpost(tmp_path_factory.mktemp("outpost")) as standing:
        yield standing


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """The driver, for one file: while it runs, nobody else in this process has an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def launching() -> dict[str, Any]:
    """How Chromium is started."""
    return {"executable_path": chromium_path(), "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="module")
def chromium(playwright: Any, launching: dict[str, Any]) -> Iterator[Any]:
    """One browser a file; each test has a context of its own, which is a phone of its own."""
    browser = playwright.chromium.launch(**launching)
    yield browser
    browser.close()


@pytest.fixture
def an_inspector(chromium: Any, outpost: Any) -> Iterator[Callable[..., Any]]:
    """Make inspectors with a phone each; whatever their pages complained of fails the test."""
    from browsers import PHONE, Inspector

    made: list[Inspector] = []

    def make(*, enrolled: bool = True, lang: str = "zh", **options: Any) -> Inspector:
        told = {"viewport": PHONE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
        one = Inspector(chromium.new_context(**{**told, **options}), outpost, lang=lang)
        made.append(one)
        return one.enrol(outpost.send_out()) if enrolled else one

    yield make
    for one in made:
        one.context.close()


@pytest.fixture
def inspector(an_inspector: Callable[..., Any]) -> Any:
    """An inspector who has enrolled, set a PIN and heard of a village."""
    return an_inspector()
