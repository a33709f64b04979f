"""2. The browser is killed by a signal; started again without a network, the draft is whole."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

from browsers import PHONE, Inspector
from playwright.sync_api import Error


def test_a_draft_outlives_a_killed_browser(
    playwright: Any, launching: dict[str, Any], outpost: Any, tmp_path: Path
) -> None:
    told = {**launching, "viewport": PHONE, "locale": "zh-CN"}
    context = playwright.chromium.launch_persistent_context(tmp_path, **told)
    inspector = Inspector(context, outpost).enrol(outpost.send_out())
    inspector.until("navigator.serviceWorker.controller !== null")
    task = inspector.tasks()[0]
    inspector.begin(task)
    inspector.go(f"#/i/{task['interview_id']}/income")
    inspector.type_into("wage_local", "12345")
    inspector.type_into("crop_gross", "678")
    inspector.until("xf.work.dirty === false && !xf.work.writing")

    for pid in processes_of(tmp_path):
        os.kill(pid, signal.SIGKILL)
    with suppress(Error):  # there is nothing left to close
        context.close()

    context = playwright.chromium.launch_persistent_context(tmp_path, **told, offline=True)
    inspector = Inspector(context, outpost)
    inspector.page.goto(f"{outpost.url}/app/")
    inspector.unlock()
    inspector.go(f"#/i/{task['interview_id']}/income")
    assert inspector.box("wage_local").locator("input").input_value() == "12345"
    assert inspector.box("crop_gross").locator("input").input_value() == "678"
    context.close()


def processes_of(profile: Path) -> list[int]:
    """The browser processes that were started with this profile, and no others."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if f"--user-data-dir={profile}".encode() in words.split(b"\0"):
            found.append(int(folder.name))
    assert found
    return found
