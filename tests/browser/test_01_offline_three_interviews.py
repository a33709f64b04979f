"""1. The app is loaded again without a network; three interviews are held; each arrives once."""

from typing import Any


def test_three_interviews_of_an_offline_day_arrive_once_each(inspector: Any, outpost: Any) -> None:
    tasks = [task for task in inspector.tasks() if not task["is_reserve"]]
    inspector.until("navigator.serviceWorker.controller !== null")
    inspector.context.set_offline(True)

    inspector.page.reload()
    inspector.unlock()
    for task in tasks:
        inspector.interview(task)
    assert inspector.contact() == "offline"
    assert outpost.ops(inspector.device_id) == []
    assert [op.get("status") for op in inspector.ops()] == [None] * 3

    inspector.context.set_offline(False)
    inspector.settle()
    inspector.settle()

    arrived = outpost.ops(inspector.device_id)
    assert sorted(op["interview_id"] for op in arrived) == sorted(t["interview_id"] for t in tasks)
    assert {op["status"] for op in arrived} == {"accepted"}
    assert {op["op_id"]: op["body_sha256"] for op in arrived} == {
        op["op_id"]: op["body_sha256"] for op in inspector.ops()
    }
    assert all(outpost.is_complete(op["op_id"]) for op in arrived)
    assert all(op["complete"] and op["receipt"] for op in inspector.ops())
    assert inspector.store("files") == []
    assert inspector.faults == []
