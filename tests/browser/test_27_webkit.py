"""27. The app opens in another engine: Debian's WebKitGTK, driven through its own WebDriver."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

DRIVER, SCREEN = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
WHY = "no WebKitGTK with a screen: install webkit2gtk-driver and xvfb"
PATIENCE = 60.0


@pytest.fixture
def driver() -> Iterator[str]:
    """The address of a WebDriver that was started for this test."""
    if DRIVER is None or SCREEN is None:
        if os.environ.get("REQUIRE_WEBKIT") == "1":
            pytest.fail(WHY)
        pytest.skip(WHY)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    read, write = os.pipe()
    screen = subprocess.Popen(
        [SCREEN, "-displayfd", str(write), "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as told:
        display = told.readline().strip()
    environment = {**os.environ, "DISPLAY": f":{display}", "LIBGL_ALWAYS_SOFTWARE": "1"}
    environment |= {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "GDK_BACKEND": "x11"}
    running = subprocess.Popen(
        [DRIVER, f"--port={port}"], env=environment, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                break
        except OSError:
            assert time.monotonic() < deadline, "the driver does not answer"
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    for process in (running, screen):
        process.terminate()
        process.wait()


def ask(address: str, body: dict[str, Any] | None = None, *, method: str | None = None) -> Any:
    """One command of the WebDriver protocol."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(address, data, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)["value"]


def test_the_app_opens_in_webkit(driver: str, outpost: Any) -> None:
    wanted = {"browserName": "MiniBrowser", "webkitgtk:browserOptions": {"args": ["--automation"]}}
    try:
        session = ask(f"{driver}/session", {"capabilities": {"alwaysMatch": wanted}})
    except URLError as error:
        pytest.fail(f"WebKit does not start: {error}")
    here = f"{driver}/session/{session['sessionId']}"
    try:
        ask(f"{here}/url", {"url": f"{outpost.url}/app/"})
        deadline = time.monotonic() + PATIENCE
        script = {"script": "return document.querySelectorAll('main form').length", "args": []}
        while not ask(f"{here}/execute/sync", script):
            assert time.monotonic() < deadline, "the first screen never came"
            time.sleep(0.1)
        script["script"] = "return typeof xf.takeTurn + ' ' + typeof crypto.subtle.deriveKey"
        assert ask(f"{here}/execute/sync", script) == "function function"
    finally:
        ask(here, method="DELETE")
