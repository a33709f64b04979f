"""3. The server dies after its commit and within a photo, and answers 502 and 503: one copy."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest
from figures import FIGURES


def test_the_server_dies_after_the_commit_and_within_a_photo(inspector: Any, outpost: Any) -> None:
    task = inspector.tasks()[0]
    inspector.answer_at_once(task)
    inspector.keep_file("obs_photo", 600_000)
    inspector.context.set_offline(True)
    inspector.seal()
    inspector.come_back()
    met: list[str] = []

    def die_once(route: Any) -> None:
        kind = route.request.url.rpartition("/api/v1/")[2].partition("/")[0]
        if kind in met:
            return route.continue_()
        met.append(kind)
        route.fetch()
        outpost.server.kill()
        outpost.server.start()
        return route.abort()

    inspector.context.route("**/sync/push", die_once)
    inspector.context.route("**/blobs/*", die_once)

    assert inspector.contact(evenFiles=True) == "offline"
    assert (
        len(outpost.ops(inspector.device_id)) == 1
    )  # committed, and the phone knows nothing of it
    assert [op.get("status") for op in inspector.ops()] == [None]
    assert inspector.contact(evenFiles=True) == "offline"
    assert met == ["sync", "blobs"]
    assert inspector.contact(evenFiles=True) is None

    (arrived,) = outpost.ops(inspector.device_id)
    (op,) = inspector.ops()
    assert op["status"] == "accepted"
    assert op["body_sha256"] == arrived["body_sha256"]
    assert outpost.is_complete(op["op_id"])
    assert inspector.store("files") == []


def test_a_server_that_only_fails_stops_the_queue_and_keeps_everything(
    inspector: Any, outpost: Any
) -> None:
    inspector.context.set_offline(True)
    inspector.record(inspector.tasks()[0], "absent")
    inspector.come_back()
    answers = [502, 503, 503, 503]

    def fail(route: Any) -> None:
        route.fulfill(status=answers.pop(0), headers={"Retry-After": "600"})

    inspector.context.route("**/sync/push", fail, times=4)

    assert [inspector.contact() for _ in range(4)] == ["busy", "busy", "busy", "stopped"]
    assert "停止" in inspector.page.locator("#status").inner_text()
    assert len(inspector.ops()) == 1
    assert inspector.contact() is None
    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted"]


def test_the_server_dies_at_every_step_of_a_push(
    inspector: Any, outpost: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """At each statement and the commit, until a push has none left, and before the answer."""
    plan, tasks = tmp_path / "plan", inspector.tasks()

    def dies_at(step: str) -> bool:
        """Whether the server died of a push that was to end there; the phone sends it again."""
        plan.write_text(step)
        inspector.record(tasks[len(inspector.ops()) % len(tasks)], "absent")
        inspector.contact()
        was_met = not plan.exists()
        plan.unlink(missing_ok=True)
        inspector.settle()
        return was_met

    with outpost.dying(plan):
        steps = next(n for n in count(1) if not dies_at(str(n))) - 1
        assert dies_at("answer")

    sealed, stored = inspector.ops(), outpost.ops(inspector.device_id)
    assert steps > 5
    assert sorted(op["op_id"] for op in stored) == sorted(op["op_id"] for op in sealed)
    assert {op["status"] for op in stored} == {"accepted"}
    assert all(op["receipt"] for op in sealed)
    request.config.stash[FIGURES].append(
        f"phone app: server killed at {steps} steps of a push and before its answer, "
        f"{len(sealed)} ops sealed, {len(stored)} stored, each once"
    )
