"""15. The browser loses its storage: the supervisor hears of what was on the phone."""

from typing import Any

HEARTBEAT = """async () => {
    const token = xf.phone.token.access;
    const answer = await fetch("/api/v1/sync/push", {
        method: "POST", body: JSON.stringify(await xf.phone.envelope([])),
        headers: {"Content-Type": "application/json", Authorization: `Bearer ${token}`},
    });
    return answer.status;
}"""


def test_lost_storage_is_an_alarm(inspector: Any, outpost: Any) -> None:
    inspector.context.set_offline(True)
    inspector.interview(inspector.tasks()[0])
    inspector.come_back()
    (op,) = inspector.ops()
    device_id = inspector.device_id
    assert inspector.page.evaluate(HEARTBEAT) == 200  # a contact that broke off before the op

    inspector.page.goto("about:blank")
    inspector.clear_storage()
    inspector.come_in(outpost.code_for(inspector.errand.pair[0]))

    assert inspector.device_id != device_id
    (event,) = [
        one
        for one in outpost.events("enrolled_with_unsent")
        if one["device_id"] in (device_id, inspector.device_id)
    ]
    assert outpost.ops(device_id) == []
    assert op["op_id"] in str(outpost.rows("SELECT unsent FROM devices WHERE id = :d", d=device_id))
    assert event["type"] == "event"
