"""4. One tab works; a second one stands aside or takes over; sends in parallel leave one copy."""

from typing import Any

PARALLEL = """async () => {
    const folder = document.querySelector("script[type=module]").src.replace(/[^/]*$/, "");
    const { Sync } = await import(folder + "sync.js");
    const both = [new Sync(xf.phone), new Sync(xf.phone)];
    return Promise.all(both.map((one) => one.contact({evenFiles: true})));
}"""


def test_a_second_tab_stands_aside_until_it_takes_over(inspector: Any, outpost: Any) -> None:
    second = inspector.new_page()
    second.goto(f"{outpost.url}/app/")
    second.locator(".warning").wait_for()
    assert "另一个标签页" in second.locator("main").inner_text()
    assert second.evaluate("xf.phone") is None

    second.locator("main button").click()
    second.locator("input[type=password]").wait_for()

    inspector.page.locator(".warning").wait_for()
    assert inspector.page.evaluate("xf.phone") is None
    assert second.evaluate("xf.phone.device.device_id")
    assert inspector.faults == []


def test_sends_in_parallel_leave_one_copy(inspector: Any, outpost: Any) -> None:
    inspector.context.set_offline(True)
    for task in inspector.tasks()[:2]:
        inspector.interview(task)
    inspector.come_back()

    ended = inspector.page.evaluate(PARALLEL)

    assert ended == [None, None]
    arrived = outpost.ops(inspector.device_id)
    assert [op["status"] for op in arrived] == ["accepted", "accepted"]
    assert len({op["interview_id"] for op in arrived}) == 2
    assert all(op["status"] in ("accepted", "duplicate") for op in inspector.ops())
