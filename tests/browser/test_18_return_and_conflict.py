"""18. A return answers its revision; an answer that nobody asked for is a conflict."""

from typing import Any


def test_a_return_is_shown_asked_again_and_answers_its_revision(
    inspector: Any, outpost: Any
) -> None:
    task = inspector.tasks()[0]
    inspector.interview(task)
    inspector.settle()
    outpost.send_back(task["interview_id"], "收入来源未填")
    inspector.settle()
    inspector.go("#/")
    assert "退回：收入来源未填" in inspector.page.locator("main").inner_text()

    inspector.go(f"#/h/{task['interview_id']}")
    inspector.page.get_by_text("重新访谈").click()
    inspector.interview(task, wage_local=31)
    inspector.settle()

    first, second = outpost.ops(inspector.device_id)
    assert (first["status"], second["status"]) == ("accepted", "accepted")
    assert second["body"]["answers"]["wage_local"] == 31
    revisions = outpost.rows(
        "SELECT rev, base_rev FROM revisions WHERE interview_id = :i ORDER BY rev",
        i=task["interview_id"],
    )
    assert [(one["rev"], one["base_rev"]) for one in revisions] == [(1, 0), (2, 1)]
    assert inspector.store("returns") == []
    assert "退回" not in inspector.page.locator("main").inner_text()


def test_an_answer_that_nobody_asked_for_stands_beside_the_first(
    inspector: Any, outpost: Any
) -> None:
    task = inspector.tasks()[0]
    inspector.interview(task)
    inspector.settle()

    inspector.interview(task, wage_local=77)
    inspector.settle()

    assert [op["status"] for op in outpost.ops(inspector.device_id)] == ["accepted", "conflict"]
    inspector.go("#/outbox")
    assert "待组长裁定" in inspector.page.locator("main").inner_text()
    (interview,) = outpost.rows(
        "SELECT current_rev, in_conflict FROM interviews WHERE interview_id = :i",
        i=task["interview_id"],
    )
    assert (interview["current_rev"], bool(interview["in_conflict"])) == (1, True)
