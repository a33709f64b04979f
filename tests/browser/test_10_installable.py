"""10. The browser finds nothing that keeps the app from being installed."""

from pathlib import Path
from typing import Any

from browsers import Inspector


def test_the_app_can_be_installed(
    playwright: Any, launching: dict[str, Any], outpost: Any, tmp_path: Path
) -> None:
    context = playwright.chromium.launch_persistent_context(tmp_path, **launching)
    inspector = Inspector(context, outpost)
    inspector.page.goto(f"{outpost.url}/app/")
    inspector.until("navigator.serviceWorker.controller !== null")

    manifest = inspector.command("Page.getAppManifest")
    errors = inspector.command("Page.getInstallabilityErrors")["installabilityErrors"]
    context.close()

    assert manifest["errors"] == []
    assert "入户核查" in manifest["data"]
    assert errors == []
