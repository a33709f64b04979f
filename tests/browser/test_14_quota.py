"""14. No room is left for a photo: it is said, and every other answer is safe."""

from typing import Any

# Chromium's own override of the quota does not reach contexts that keep nothing on the disk.
FULL = """(full) => {
    const { prototype } = IDBObjectStore;
    prototype.realPut ||= prototype.put;
    prototype.put = function (...all) {
        if (full && this.name === "files") throw new DOMException("full", "QuotaExceededError");
        return this.realPut(...all);
    };
}"""


def test_a_photo_without_room_leaves_the_answers(inspector: Any, outpost: Any) -> None:
    task = inspector.tasks()[0]
    inspector.begin(task)
    inspector.go(f"#/i/{task['interview_id']}/observation")
    inspector.box("obs_house").locator("input[value=sound]").check()
    inspector.until("xf.work.dirty === false && !xf.work.writing")
    inspector.page.evaluate(FULL, True)

    inspector.take_photo("obs_photo", 300_000)

    said = inspector.box("obs_photo").get_by_text("存储空间不足")
    said.wait_for()
    inspector.page.evaluate(FULL, False)
    assert inspector.store("files") == []
    inspector.page.reload()
    inspector.unlock()
    inspector.go(f"#/i/{task['interview_id']}/observation")
    assert inspector.box("obs_house").locator("input[value=sound]").is_checked()
    inspector.take_photo("obs_photo", 300_000)
    inspector.box("obs_photo").get_by_text("已保存").wait_for()
    (file,) = inspector.store("files")
    assert 1_000 < file["bytes"] <= 500_000 + 200
    assert inspector.faults == []


def test_no_visit_begins_without_room(inspector: Any) -> None:
    task = inspector.tasks()[0]
    # Late Chromium tells every page the same room; a browser that tells the truth is heard.
    inspector.page.evaluate(
        "navigator.storage.estimate = async () => ({quota: 400e6, usage: 250e6})"
    )

    inspector.go(f"#/h/{task['interview_id']}")

    assert "200 MB" in inspector.page.locator("main").inner_text()
    assert inspector.page.locator("main a.main").count() == 0
    inspector.page.evaluate("delete navigator.storage.estimate")
    inspector.page.evaluate("xf.show()")
    inspector.page.locator("main a.main").wait_for()
