"""The script of the public page in a real browser: hashes a file, and sends nothing anywhere."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from issued import NUMBER, a_verdict
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from inspect_app.models.verdicts import Verdict

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The application on a port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless browser that speaks to nobody by itself."""
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield chromium
        chromium.close()


@pytest.fixture
def verdict(session: Session, a_campaign: Any) -> Verdict:
    return a_verdict(session, a_campaign().id)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that notes whatever it asks for, and what its policy refuses."""
    opened = browser.new_page()
    opened.asked, opened.said = [], []
    opened.on("request", lambda request: opened.asked.append((request.method, request.url)))
    opened.on("console", lambda message: opened.said.append(message.text))
    yield opened
    opened.close()


def public(verdict: Verdict) -> Any:
    return next(one for one in verdict.editions if one.edition == "public")


def test_a_file_is_named_without_leaving_the_browser(
    url: str, page: Any, verdict: Verdict, tmp_path: Path
) -> None:
    one = public(verdict)
    address = f"{url}/verify/{NUMBER}/{one.document_sha256[:16]}"
    page.goto(address)
    before = len(page.asked)

    for name, content, said in (
        ("report.pdf", one.pdf, "此文件是本版签名前的 PDF"),
        ("verdict.json", one.document, "此文件是本版的 verdict.json"),
        ("changed.pdf", one.pdf + b"\n", "此文件不属于本版"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        page.set_input_files("#file", file)
        shown = page.locator("[data-local] [role=status] p:not([hidden])")
        shown.filter(has_text=said).wait_for()
        assert shown.count() == 1

    assert page.asked[before:] == []
    assert page.said == []


def test_the_form_finds_a_report_by_a_file_that_is_not_sent(
    url: str, page: Any, verdict: Verdict, tmp_path: Path
) -> None:
    one = public(verdict)
    file = tmp_path / "report.pdf"
    file.write_bytes(one.pdf)
    page.goto(f"{url}/verify")

    page.set_input_files("#file", file)
    page.wait_for_function("document.querySelector('#sha256').value.length === 64")
    assert page.input_value("#sha256") == one.pdf_sha256
    page.locator("form:has(#sha256) button").click()

    page.wait_for_url(f"{url}/verify/{NUMBER}/{one.document_sha256[:16]}")
    assert {method for method, _ in page.asked} == {"GET"}
    assert page.said == []


def test_the_policy_lets_nothing_out(url: str, page: Any, verdict: Verdict) -> None:
    page.goto(f"{url}/verify/{NUMBER}/{public(verdict).document_sha256[:16]}")

    fetched = page.evaluate("fetch('/verify').then(() => 'sent', () => 'refused')")

    assert fetched == "refused"
