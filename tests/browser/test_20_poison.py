"""20. One op of a hundred makes the server stumble: 99 are accepted, and it comes through later."""

from typing import Any

SEAL = """async (interviewId) => {
    const {households} = (await xf.phone.villages())[0];
    const task = households.find((one) => one.interview_id === interviewId);
    for (let n = 1; n <= 100; n += 1) {
        await xf.phone.sealContact(task, {
            disposition: "partial", note: n === 37 ? "poison" : `call ${n}`,
        });
    }
}"""


def test_ninety_nine_of_a_hundred_are_accepted(inspector: Any, outpost: Any) -> None:
    inspector.context.set_offline(True)
    inspector.page.evaluate(SEAL, inspector.tasks()[0]["interview_id"])
    inspector.come_back()
    # A visit has a number up to 99; the hundredth is for a person to judge, and kept.
    outpost.restart("faulty_server:stumbles()")
    try:
        assert inspector.contact() is None
        found = [op["status"] for op in inspector.ops()]
    finally:
        outpost.restart()

    assert found.count("failed") == 1
    assert found.index("failed") == 36
    assert found.count("accepted") == 98
    assert found[99] == "invalid"
    assert inspector.contact() is None
    assert inspector.ops()[36]["status"] == "accepted"
    assert len(outpost.ops(inspector.device_id)) == 100
