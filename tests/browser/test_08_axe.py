"""8. axe finds nothing on any page, in either language, in any state."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from inspect_app.rules.states import DeviceState


def found(page: Any) -> list[str]:
    """What axe has against the page that is shown."""
    result = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in result.response["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_axe_finds_nothing_on_any_page(an_inspector: Any, outpost: Any, lang: str) -> None:
    inspector = an_inspector(enrolled=False, lang=lang)
    page = inspector.page
    page.goto(f"{outpost.url}/app/")
    page.locator("form").wait_for()
    shown = {"enrol": found(page)}
    page.goto(f"{outpost.url}/app/#/help")
    shown["help of a stranger"] = found(page)
    page.goto("about:blank")
    errand = outpost.send_out()
    page.goto(f"{outpost.url}/app/#e={errand.code}")
    page.locator("form button[type=submit]").click()
    page.locator("input[type=password]").nth(1).wait_for()
    shown["new pin"] = found(page)
    inspector.set_pin()
    inspector.village = outpost.give_village(errand)
    inspector.settle()
    tasks = inspector.tasks()
    for address in inspector.addresses(tasks[0]):
        inspector.go(address)
        shown[address] = found(page)
    inspector.record(tasks[1], "refused")
    inspector.interview(tasks[2])
    inspector.settle()
    for address in ("#/", "#/outbox", f"#/h/{tasks[1]['interview_id']}"):
        inspector.go(address)
        shown[f"later {address}"] = found(page)
    page.reload()
    page.locator("input[type=password]").wait_for()
    shown["pin"] = found(page)
    outpost.order(inspector.device_id, DeviceState.LOCKED)
    inspector.contact()
    page.locator(".warning").wait_for()
    shown["locked"] = found(page)

    assert {name: faults for name, faults in shown.items() if faults} == {}
