"""What `demo --serve` prints: an interview without a network, and its leader sees it arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import PHONE, Inspector
from silence import Silent

from inspect_app.demo import practice
from inspect_app.demo.campaign import CHINA, prepare
from inspect_app.demo.server import Server


@dataclass(frozen=True)
class Served:
    """A served demonstration: where it is, and what it told."""

    url: str
    told: practice.Practice


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    stage = prepare(("542524",), out=folder / "out", seed="served", narrator=Silent())
    at = datetime.now(UTC).astimezone(CHINA)
    practice.give_seal_key(stage, at=at)
    with Server(stage.settings, log=folder / "log") as server:
        told = practice.open_campaign(stage, server.url, at=at)
        yield Served(f"http://localhost:{server.port}", told)


def test_the_link_leads_to_an_interview_that_arrives(chromium: Any, served: Any) -> None:
    context = chromium.new_context(viewport=PHONE)
    person = Inspector(context, served)
    person.page.goto(f"{served.url}{served.told.link}")
    person.page.locator("form button[type=submit]").click()
    person.set_pin()
    person.settle()
    person.until("navigator.serviceWorker.controller !== null")

    context.set_offline(True)
    person.page.reload()
    person.unlock()
    assert "模拟数据" in person.page.locator("header").inner_text()
    person.interview(next(task for task in person.tasks() if not task["is_reserve"]))
    context.set_offline(False)
    person.settle()
    person.settle()

    (op,) = person.ops()
    assert (op["status"], op["complete"], bool(op["receipt"])) == ("accepted", True, True)
    person.go("#/outbox")
    assert op["receipt"]["h"][:8] in person.page.locator("main").inner_text()
    assert person.faults == []
    context.close()


def test_its_leader_needs_no_script_and_axe_finds_nothing(chromium: Any, served: Any) -> None:
    """Signing in and going from page to page without scripts; then axe, which is one."""
    plain = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = plain.new_page()
    page.goto(f"{served.url}/team")
    page.locator("input[name=login]").fill(served.told.leader)
    page.locator("input[name=password]").fill(served.told.password)
    page.locator("form button").last.click()
    page.locator("main a").first.click()
    page.wait_for_load_state()
    inside = {one.get_attribute("href") for one in page.locator("a").all()}
    addresses = sorted(one for one in inside if one and one.startswith("/team/"))
    state = plain.storage_state()
    plain.close()

    assert len(addresses) >= 6
    context = chromium.new_context(storage_state=state, viewport=PHONE)
    page = context.new_page()
    found = {}
    for address in addresses:
        page.goto(f"{served.url}{address}")
        result = Axe().run(page, options={"resultTypes": ["violations"]})
        found[address] = [one["id"] for one in result.response["violations"]]
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert page.locator("h1").first.inner_text()
        assert not wide, address
    assert set(map(tuple, found.values())) == {()}, found
    context.close()
