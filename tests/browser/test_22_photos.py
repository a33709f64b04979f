"""22. Photos are kept and sent one by one, and the page's memory stays flat.

`pytest tests/browser/test_22_photos.py --photos 500` at full size.
"""

from typing import Any

import pytest
from figures import FIGURES

from inspect_app.rules.states import DeviceState

MEGABYTES = 30
"""What the page may grow by, however many photos there are."""

TAKE = """async ([from, count]) => {
    for (let n = from; n < from + count; n += 1) {
        const bytes = new Uint8Array(400_000);
        for (let at = 0; at < bytes.length; at += 65536) {
            crypto.getRandomValues(bytes.subarray(at, Math.min(bytes.length, at + 65536)));
        }
        await xf.phone.keepFile("owner", new Blob([bytes], {type: "image/jpeg"}));
    }
}"""
SEAL = """async () => {
    const files = await xf.phone.store.all("files");
    const {households: [task]} = (await xf.phone.villages())[0];
    for (let at = 0; at < files.length; at += 50) {
        await xf.phone.seal("contact", {
            unit_id: task.unit_id, round: task.round, visit_no: 1 + at / 50,
            disposition: "partial", at: "2020-06-03T09:00:00+08:00", note: "",
        }, {interview_id: task.interview_id}, {files: files.slice(at, at + 50)});
    }
}"""


def used(inspector: Any) -> float:
    """Megabytes that the page's scripts hold after a collection."""
    session = inspector.context.new_cdp_session(inspector.page)
    session.send("HeapProfiler.collectGarbage")
    found = session.send("Runtime.getHeapUsage")
    session.detach()
    return float(found["usedSize"] + found.get("backingStorageSize", 0)) / 1e6


def test_memory_is_flat_with_many_photos(
    inspector: Any, outpost: Any, request: pytest.FixtureRequest
) -> None:
    photos = request.config.getoption("--photos")
    inspector.context.set_offline(True)
    inspector.page.evaluate(TAKE, [0, 3])
    before = used(inspector)
    for start in range(3, photos, 10):
        inspector.page.evaluate(TAKE, [start, min(10, photos - start)])
    kept = used(inspector)
    inspector.page.evaluate(SEAL)
    inspector.context.set_offline(False)

    inspector.settle()

    sent = used(inspector)
    request.config.stash[FIGURES].append(
        f"{photos} photos: page {before:.0f} MB, {kept:.0f} kept, {sent:.0f} sent"
    )
    assert max(kept, sent) - before < MEGABYTES
    assert inspector.store("files") == []
    assert all(outpost.is_complete(op["op_id"]) for op in outpost.ops(inspector.device_id))


def outstanding(inspector: Any) -> dict[str, Any]:
    """Seal an interview whose answers arrive and whose photo does not; its op."""
    inspector.answer_at_once(inspector.tasks()[0])
    inspector.keep_file("obs_photo", 600_000)
    inspector.context.set_offline(True)
    inspector.seal()
    inspector.come_back()
    inspector.context.route("**/blobs/*", lambda route: route.abort())
    assert inspector.contact(evenFiles=True) == "offline"
    inspector.context.unroute("**/blobs/*")
    (op,) = inspector.ops()
    assert (op["status"], op["complete"]) == ("accepted", False)
    return dict(op)


def test_what_was_destroyed_meanwhile_leaves_the_phone_and_holds_up_nothing(
    inspector: Any, outpost: Any
) -> None:
    op = outstanding(inspector)
    outpost.void(op["op_id"])
    outpost.order(inspector.device_id, DeviceState.LOCKED)

    inspector.settle()
    assert inspector.page.evaluate("xf.phone.state") == "locked"
    inspector.settle()

    (kept,) = inspector.ops()
    assert (kept["status"], kept["complete"]) == ("accepted", True)
    assert "envelope" not in kept
    assert inspector.store("files") == []


def test_a_photo_that_the_server_does_not_take_stays_and_holds_up_nothing(
    inspector: Any, outpost: Any
) -> None:
    op = outstanding(inspector)
    inspector.context.route("**/blobs/*", lambda route: route.fulfill(status=413))
    outpost.order(inspector.device_id, DeviceState.LOCKED)

    inspector.settle()

    assert inspector.page.evaluate("xf.phone.state") == "locked"
    assert [one["sha256"] for one in inspector.store("files")] == op["needs"]
    inspector.context.unroute("**/blobs/*")
    inspector.settle()
    assert inspector.store("files") == []
    assert outpost.is_complete(op["op_id"])
