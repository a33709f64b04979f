"""6. A new version of the app waits while a draft is open; taken over, the draft is whole."""

from typing import Any


def test_an_update_is_offered_and_leaves_the_draft(inspector: Any, outpost: Any) -> None:
    inspector.until("navigator.serviceWorker.controller !== null")
    task = inspector.tasks()[0]
    inspector.begin(task)
    inspector.go(f"#/i/{task['interview_id']}/income")
    inspector.type_into("wage_local", "4321")
    before = inspector.page.evaluate("xf.version")
    outpost.restart("newer_phone:app")
    try:
        inspector.page.evaluate(
            "navigator.serviceWorker.getRegistration().then((one) => one.update())"
        )
        update = inspector.page.locator("#update")
        update.wait_for()
        assert inspector.page.evaluate("xf.version") == before
        assert inspector.box("wage_local").locator("input").input_value() == "4321"
        inspector.until("xf.work.dirty === false && !xf.work.writing")

        with inspector.page.expect_navigation():
            update.click()
        inspector.unlock()

        assert inspector.page.evaluate("xf.version") != before
        inspector.go(f"#/i/{task['interview_id']}/income")
        assert inspector.box("wage_local").locator("input").input_value() == "4321"
        inspector.until("caches.keys().then((names) => names.length === 1)")
    finally:
        outpost.restart()
    assert inspector.faults == []
