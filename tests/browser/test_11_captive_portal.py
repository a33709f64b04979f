"""11. A portal answers in the server's place, or leads elsewhere: nothing is sent to it."""

from typing import Any

import pytest

PAGE = {"status": 200, "content_type": "text/html", "body": "<h1>Free Wi-Fi</h1>"}
ANSWERS = {
    "page": PAGE,
    "redirect": {"status": 302, "headers": {"Location": "/portal"}},
    "foreign json": {"status": 200, "json": {"service": "somebody-else", "nonce": "x"}},
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nothing_is_sent_to_whoever_is_not_the_server(
    inspector: Any, outpost: Any, answer: dict[str, Any]
) -> None:
    inspector.context.set_offline(True)
    inspector.record(inspector.tasks()[0], "refused", note="不让进门")
    inspector.come_back()
    asked: list[str] = []
    inspector.page.on("request", lambda request: asked.append(request.url))
    inspector.context.route("**/portal", lambda route: route.fulfill(**PAGE))
    inspector.context.route("**/api/v1/hello", lambda route: route.fulfill(**answer))

    ended = inspector.contact()

    assert ended in ("portal", "offline")
    assert ended == "portal" or "redirect" in str(answer) or answer["status"] == 302
    assert {url.rpartition("/")[2] for url in asked if "/api/" in url} == {"hello"}
    assert outpost.ops(inspector.device_id) == []
    inspector.context.unroute("**/api/v1/hello")
    assert inspector.contact() is None
    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted"]


def test_a_portal_in_the_middle_of_a_contact_is_no_receipt(inspector: Any, outpost: Any) -> None:
    inspector.context.set_offline(True)
    inspector.record(inspector.tasks()[0], "refused")
    inspector.come_back()
    inspector.context.route("**/sync/push", lambda route: route.fulfill(**PAGE))

    assert inspector.contact() == "portal"

    assert [op.get("status") for op in inspector.ops()] == [None]
    inspector.context.unroute("**/sync/push")
    assert inspector.contact() is None
    assert len(outpost.ops(inspector.device_id)) == 1
