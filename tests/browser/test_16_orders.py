"""16. Locked, drained and wiped by order, with a second tab open."""

from typing import Any

from inspect_app.rules.states import DeviceState

LEFT = """async () => ({
    databases: (await indexedDB.databases()).map((one) => one.name).filter((n) => n !== "xf"),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""


def test_a_locked_phone_shows_nothing_and_sends(inspector: Any, outpost: Any) -> None:
    task = inspector.tasks()[0]
    inspector.context.set_offline(True)
    inspector.record(task, "absent")
    inspector.context.set_offline(False)
    outpost.order(inspector.device_id, DeviceState.LOCKED)

    inspector.settle()

    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted"]
    inspector.page.goto(f"{outpost.url}/app/#/h/{task['interview_id']}")
    inspector.page.reload()
    inspector.page.locator(".warning").wait_for()
    assert task["unit_id"] not in inspector.page.locator("main").inner_text()
    outpost.order(inspector.device_id, DeviceState.ACTIVE)
    inspector.settle()
    inspector.unlock()
    assert task["unit_id"] in inspector.page.locator("main").inner_text()


def test_a_drained_and_wiped_phone_has_sent_everything_and_holds_nothing(
    inspector: Any, outpost: Any
) -> None:
    inspector.until("navigator.serviceWorker.controller !== null")
    second = inspector.new_page()
    second.goto(f"{outpost.url}/app/")
    second.locator(".warning").wait_for()
    device_id = inspector.device_id
    inspector.context.set_offline(True)
    inspector.interview(inspector.tasks()[0])
    inspector.context.set_offline(False)
    outpost.order(device_id, DeviceState.DRAINING)
    inspector.settle()
    (arrived,) = outpost.ops(device_id)
    assert outpost.is_complete(arrived["op_id"])
    outpost.order(device_id, DeviceState.WIPED)

    inspector.contact()

    inspector.page.locator(".warning").wait_for()
    assert "抹除" in inspector.page.locator("main").inner_text()
    assert inspector.page.evaluate(LEFT) == {"databases": [], "caches": [], "workers": 0}
    assert [one for one in outpost.events("wipe_confirmed") if one["device_id"] == device_id]
    second.locator("main button").click()
    second.get_by_text("登记码").first.wait_for()
    assert second.evaluate("xf.phone") is None
