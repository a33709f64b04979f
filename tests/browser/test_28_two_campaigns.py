"""28. Two campaigns on one host, in one browser: each its own phone, and they share nothing."""

from typing import Any


def test_two_campaigns_of_one_browser_share_nothing(inspector: Any, outpost: Any) -> None:
    first = inspector.device_id
    inspector.record(inspector.tasks()[0], "absent")
    campaign, code = outpost.another_campaign()

    inspector.page.goto("about:blank")
    inspector.come_in(code)

    second = inspector.device_id
    assert second != first
    assert inspector.page.evaluate("xf.phone.campaign") == campaign
    assert inspector.tasks() == inspector.ops() == inspector.store("files") == []
    names = inspector.page.evaluate("async () => (await indexedDB.databases()).map((d) => d.name)")
    assert sorted(names) == sorted(["xf", f"xf-{first}", f"xf-{second}"])
    inspector.page.goto(f"{outpost.url}/app/")
    inspector.page.locator("main .cards button").nth(1).wait_for()
    assert inspector.page.locator("main .cards button").count() == 2
    inspector.page.get_by_role("button", name=campaign[:8]).click()
    inspector.unlock()
    assert inspector.device_id == second
    inspector.settle()
    assert outpost.ops(second) == []


def test_a_phone_that_enrols_again_keeps_what_it_has_not_sent(inspector: Any, outpost: Any) -> None:
    first = inspector.device_id
    inspector.context.set_offline(True)
    inspector.record(inspector.tasks()[0], "absent")
    inspector.come_back()

    code = outpost.code_for(inspector.errand.pair[0])
    inspector.page.evaluate("(code) => { location.hash = `#e=${code}`; }", code)  # the link, again
    inspector.page.locator("form button[type=submit]").click()
    inspector.set_pin()

    second = inspector.device_id
    assert second != first
    inspector.page.goto(f"{outpost.url}/app/")
    inspector.page.locator("main .cards button").nth(1).wait_for()
    for n in (0, 1):  # which of the two comes first follows from their random names
        inspector.page.reload()
        inspector.page.locator("main .cards button").nth(n).click()
        inspector.until("xf.phone && xf.sync")
        if inspector.device_id == first:
            break
    assert inspector.device_id == first
    inspector.contact()
    (kept,) = outpost.rows("SELECT status FROM quarantine WHERE device_id = :d", d=first)
    assert kept["status"] == "superseded_device"
