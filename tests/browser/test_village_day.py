"""A village day in the app: the list, the draw, the door that stays shut, the official inside."""

from typing import Any

LIST = """async ([village, count]) => {
    const told = await xf.phone.store.get("draws", village);
    const rows = [];
    for (let n = 1; n <= count; n += 1) {
        rows.push({
            unit_id: `${village}-n${String(n).padStart(4, "0")}`, household_class: "N",
            persons: 1 + n % 5, label: `门牌 ${n}`,
        });
    }
    await xf.phone.saveDraft(`roster/${village}`, rows);
}"""


CHOSEN = """async (village) => {
    const {expected} = await xf.phone.store.get("draws", village);
    const rows = Array.from({length: expected}, (_, n) => ({
        unit_id: `${village}-m${n}`, household_class: "N", persons: 3, label: "",
    }));
    await xf.phone.saveDraft(`roster/${village}`, rows);
}"""


def sealed_list(inspector: Any, count: int) -> None:
    """List so many households at once, and seal the list by hand."""
    inspector.page.evaluate(LIST, [inspector.village, count])
    inspector.go(f"#/r/{inspector.village}")
    inspector.page.get_by_role("button", name="封存名册并抽户").click()
    inspector.until("location.hash === '#/' || !location.hash")


def test_a_list_is_made_sealed_and_drawn_from_offline(inspector: Any, outpost: Any) -> None:
    (draw,) = inspector.store("draws")
    inspector.context.set_offline(True)
    inspector.go(f"#/r/{inspector.village}")
    inspector.page.get_by_label("人口").fill("4")
    inspector.page.get_by_label("备注").fill("村口第一家")
    inspector.page.get_by_role("button", name="加入名册").click()
    inspector.page.get_by_text("村口第一家").wait_for()
    inspector.page.reload()
    inspector.unlock()
    inspector.go(f"#/r/{inspector.village}")
    inspector.page.get_by_text("村口第一家").wait_for()  # the list is kept row by row

    sealed_list(inspector, draw["expected"])
    drawn = [task for task in inspector.tasks() if task["household_class"] == "N"]
    assert len(drawn) == draw["n"] == 2
    inspector.interview(drawn[0])
    inspector.context.set_offline(False)
    inspector.settle()

    roster, interview = outpost.ops(inspector.device_id)
    assert (roster["status"], interview["status"]) == ("accepted", "accepted")
    assert "门牌" not in str(roster["body"])
    assert interview["interview_id"] == drawn[0]["interview_id"]
    found = outpost.rows(
        "SELECT unit_id FROM sample_households WHERE unit_id LIKE :v AND NOT is_reserve "
        "AND unit_id LIKE '%-n%'",
        v=f"{inspector.village}%",
    )
    assert {one["unit_id"] for one in found} == {task["unit_id"] for task in drawn}


def test_a_list_far_from_the_register_waits_for_the_leader(inspector: Any, outpost: Any) -> None:
    (draw,) = inspector.store("draws")
    sealed_list(inspector, draw["expected"] // 2)
    inspector.settle()
    assert [task for task in inspector.tasks() if task["household_class"] == "N"] == []
    inspector.go("#/")
    assert "等组长放行" in inspector.page.locator("main").inner_text()

    outpost.release_roster(inspector.ops()[0]["op_id"])
    inspector.settle()

    drawn = [task for task in inspector.tasks() if task["household_class"] == "N"]
    assert len(drawn) == draw["n"]
    assert "等组长放行" not in inspector.page.locator("main").inner_text()


def test_reserves_open_in_order_and_only_for_a_household_that_is_lost(inspector: Any) -> None:
    first, second, third = inspector.tasks()
    assert "备用 1 户" in inspector.page.locator("main").inner_text()

    inspector.record(first, "absent")
    assert len(inspector.tasks()) == 3  # nobody at home once is no loss
    inspector.record(second, "refused")

    (reserve,) = [task for task in inspector.tasks() if task["is_reserve"]]
    assert reserve["order"] == 4
    inspector.record(third, "moved_out")
    assert len(inspector.tasks()) == 4  # the plan has one reserve


def test_a_list_that_was_dismissed_is_made_again(inspector: Any, outpost: Any) -> None:
    (draw,) = inspector.store("draws")
    inspector.page.evaluate(CHOSEN, inspector.village)  # no app of ours writes such an id
    inspector.go(f"#/r/{inspector.village}")
    inspector.page.get_by_role("button", name="封存名册并抽户").click()
    inspector.until("location.hash === '#/' || !location.hash")
    inspector.settle()
    (op,) = inspector.ops()
    assert (op["status"], op["faults"][0]["code"]) == ("invalid", "not-numbered")

    outpost.dismiss(op["op_id"])
    inspector.settle()
    sealed_list(inspector, draw["expected"])
    inspector.settle()

    assert [op["status"] for op in inspector.ops()] == ["invalid", "accepted"]
    drawn = {task["unit_id"] for task in inspector.tasks() if task["household_class"] == "N"}
    found = outpost.rows(
        "SELECT unit_id FROM sample_households WHERE psu = :v AND household_class = 'N' "
        "AND NOT is_reserve",
        v=inspector.village,
    )
    assert {one["unit_id"] for one in found} == drawn
    assert len(inspector.store("tasks")) == len(
        outpost.rows("SELECT unit_id FROM sample_households WHERE psu = :v", v=inspector.village)
    )


def test_a_registered_household_cannot_be_numbered_as_listed(inspector: Any) -> None:
    inspector.go(f"#/r/{inspector.village}")
    inspector.page.locator("input[name=class][value=E]").check()
    inspector.page.get_by_label("人口").fill("4")
    inspector.page.get_by_label("登记编码").fill(f"{inspector.village}-n0007")
    inspector.page.get_by_role("button", name="加入名册").click()

    inspector.page.get_by_role("alert").get_by_text("请填登记编码").wait_for()
    assert inspector.page.locator("tbody tr").count() == 0


def test_an_interview_with_an_official_in_the_room_cannot_be_completed(
    inspector: Any, outpost: Any
) -> None:
    task = inspector.tasks()[0]
    inspector.answer_at_once(task, present=["village_official"], official_absent="yes")
    review = f"#/i/{task['interview_id']}/review"
    inspector.go(review)
    main = inspector.page.locator("main")
    assert "与在场人员矛盾" in main.inner_text()
    assert main.locator("button").count() == 0

    inspector.page.evaluate("xf.work.interview.answers.official_absent = 'no'")
    inspector.go("#/")
    inspector.go(review)
    assert "另一组重访" in main.inner_text()
    assert main.get_by_role("button", name="完成并封存").count() == 0
    main.get_by_role("button", name="部分完成").click()
    inspector.until("!xf.work")
    inspector.settle()

    (op,) = outpost.ops(inspector.device_id)
    assert (op["status"], op["body"]["answers"]["disposition"]) == ("accepted", "partial")


def test_what_is_not_asked_is_not_sent_and_what_is_missing_is_named(
    inspector: Any, outpost: Any
) -> None:
    task = inspector.tasks()[0]
    inspector.answer_at_once(task, protein="monthly", protein_reason="habit")
    inspector.go(f"#/i/{task['interview_id']}/food_clothing_water")
    assert inspector.box("protein_reason").is_visible()
    inspector.box("protein").locator("input[value=weekly]").check()
    assert inspector.box("protein_reason").is_hidden()
    inspector.box("water_dry_days").locator("input").fill("400")
    assert "0–366" in inspector.box("water_dry_days").inner_text()
    inspector.go(f"#/i/{task['interview_id']}/review")
    assert "0–366" in inspector.page.locator("main").inner_text()
    inspector.go(f"#/i/{task['interview_id']}/food_clothing_water")
    inspector.box("water_dry_days").get_by_role("button", name="不知道").click()

    inspector.seal()
    inspector.settle()

    (op,) = outpost.ops(inspector.device_id)
    answers = op["body"]["answers"]
    assert op["status"] == "accepted"
    assert answers["protein"] == "weekly"
    assert "protein_reason" not in answers
    assert answers["water_dry_days"] == "dk"
    flags = outpost.rows("SELECT flags FROM revisions WHERE op_id = :o", o=op["op_id"])
    assert "not_relevant" not in str(flags)
    assert "unanswered" not in str(flags)
