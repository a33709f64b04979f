"""12. A token that ran out offline is renewed; after fourteen days drafts go, sending stays."""

from typing import Any

LONG_AGO = """async (days) => {
    const server = new Date(Date.now() - days * 86400e3).toISOString();
    await xf.phone.keep("contact", {server, offset_ms: 0});
}"""


def test_a_token_that_ran_out_is_renewed_by_the_device_key(inspector: Any, outpost: Any) -> None:
    inspector.record(inspector.tasks()[0], "absent")
    before = inspector.page.evaluate("xf.phone.token.access")
    inspector.page.evaluate("xf.phone.keep('token', {access: 'x'.repeat(43), until: ''})")

    inspector.settle()

    assert inspector.page.evaluate("xf.phone.token.access") not in (before, "x" * 43)
    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted"]


def test_after_fourteen_days_only_sending_is_left(inspector: Any, outpost: Any) -> None:
    done, draft, *_ = inspector.tasks()
    inspector.context.set_offline(True)
    inspector.interview(done)
    inspector.answer_at_once(draft)
    inspector.page.evaluate(LONG_AGO, 13.9)
    inspector.page.reload()
    inspector.unlock()
    assert len(inspector.store("drafts")) == 1
    inspector.page.evaluate(LONG_AGO, 14.1)

    inspector.page.reload()

    inspector.page.locator(".warning").wait_for()
    assert "14 天" in inspector.page.locator("main").inner_text()
    assert inspector.store("drafts") == inspector.store("tasks") == []
    assert inspector.page.evaluate("xf.phone.store.fact('vault')") is None
    assert len(inspector.ops()) == 1

    inspector.context.set_offline(False)
    inspector.settle()
    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted"]
    inspector.page.reload()
    inspector.set_pin()
    inspector.settle()
    assert len(inspector.tasks()) >= 3  # told again from the beginning
