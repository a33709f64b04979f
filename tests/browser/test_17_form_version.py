"""17. A draft ends in the version of the form it began in; the next interview takes the new one."""

import hashlib
import json
from typing import Any


def test_a_draft_keeps_its_form_and_the_next_begins_with_the_new_one(
    inspector: Any, outpost: Any
) -> None:
    first, second, *_ = inspector.tasks()
    inspector.answer_at_once(first)
    newer = json.loads(json.dumps(inspector.store("forms")[0]["form"]).replace("0.1.0", "0.2.0"))
    newer["blocks"][0]["label_zh"] = "访问信息（新版）"
    text = json.dumps(newer, ensure_ascii=False)

    def tell(route: Any) -> None:
        items = [
            {"type": "assign", **{key: task[key] for key in KEYS}, "version": "0.2.0"}
            for task in (first, second)
        ]
        page = route.fetch().json()
        route.fulfill(json={**page, "items": items + page["items"]})

    def hand_out(route: Any) -> None:
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()}"'
        route.fulfill(body=text, content_type="application/json", headers={"ETag": etag})

    inspector.context.route("**/sync/pull*", tell, times=1)
    inspector.context.route("**/questionnaires/household-interview/0.2.0", hand_out)
    inspector.settle()
    inspector.page.reload()
    inspector.unlock()
    assert sorted(one["key"] for one in inspector.store("forms")) == [
        "household-interview/0.1.0",
        "household-interview/0.2.0",
    ]

    inspector.begin(first)
    assert "新版" not in inspector.page.locator("main").inner_text()
    inspector.begin(second)
    assert "访问信息（新版）" in inspector.page.locator("main").inner_text()
    inspector.begin(first)
    inspector.seal()
    inspector.settle()
    (op,) = outpost.ops(inspector.device_id)
    assert op["status"] == "accepted"
    (sent,) = outpost.rows("SELECT version FROM ops WHERE op_id = :o", o=op["op_id"])
    assert sent["version"] == "0.1.0"


KEYS = (
    "interview_id",
    "unit_id",
    "village_code",
    "household_class",
    "round",
    "order",
    "is_reserve",
    "form_id",
)
