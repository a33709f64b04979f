"""19. Exported, brought by the leader, receipts taken back, synced later: one copy."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any


def test_a_carried_file_and_a_later_sync_leave_one_copy(
    inspector: Any, outpost: Any, tmp_path: Path
) -> None:
    tasks = inspector.tasks()
    inspector.context.set_offline(True)
    inspector.interview(tasks[0])
    inspector.record(tasks[1], "absent", note="赶集去了")
    inspector.go("#/outbox")
    with inspector.page.expect_download() as downloaded:
        inspector.page.get_by_role("button", name="导出密封文件").click()
    file = downloaded.value
    assert file.suggested_filename.endswith(".xfz")
    content = Path(file.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = json.loads(archive.read("manifest.json"))
    assert names[:2] == ["manifest.json", "ops.ndjson"]
    assert len([name for name in names if name.startswith("blobs/")]) == 3
    assert manifest["device_id"] == inspector.device_id
    assert len(manifest["unsent"]) == 2
    assert "赶集去了".encode() not in content

    receipts = outpost.carry(content)
    outpost.carry(content)
    arrived = outpost.ops(inspector.device_id)
    assert [op["status"] for op in arrived] == ["accepted", "accepted"]
    assert all(outpost.is_complete(op["op_id"]) for op in arrived)

    forged = {**receipts, "results": [dict(one) for one in receipts["results"]]}
    forged["results"][0]["receipt"] = {**forged["results"][0]["receipt"], "h": "0" * 64}
    inspector.go("#/outbox")
    inspector.bring_back(forged, tmp_path)
    inspector.page.get_by_text("确认 1 份").wait_for()
    assert [bool(op.get("receipt")) for op in inspector.ops()].count(True) == 1
    inspector.go("#/outbox")
    inspector.bring_back(receipts, tmp_path)
    inspector.page.get_by_text("确认 1 份").wait_for()
    assert all(op["receipt"] for op in inspector.ops())

    inspector.context.set_offline(False)
    inspector.settle()
    assert len(outpost.ops(inspector.device_id)) == 2
    assert all(op["complete"] for op in inspector.ops())
    assert inspector.store("files") == []


def test_a_sync_without_the_receipts_is_answered_duplicate(inspector: Any, outpost: Any) -> None:
    inspector.context.set_offline(True)
    inspector.record(inspector.tasks()[0], "absent")
    inspector.go("#/outbox")
    with inspector.page.expect_download() as downloaded:
        inspector.page.get_by_role("button", name="导出密封文件").click()
    outpost.carry(Path(downloaded.value.path()).read_bytes())
    inspector.context.set_offline(False)

    inspector.settle()

    assert len(outpost.ops(inspector.device_id)) == 1
    assert [op["status"] for op in inspector.ops()] == ["accepted"]  # what it was at first
    assert all(op["complete"] for op in inspector.ops())
