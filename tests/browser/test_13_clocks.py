"""13. A clock that stands at 1970, a day ahead, or is set right in mid-interview stops nothing."""

import time
from typing import Any

import pytest

SHIFT = """(seconds) => {
    const Real = globalThis.RealDate || Date;
    globalThis.RealDate = Real;
    globalThis.Date = class extends Real {
        constructor(...all) { all.length ? super(...all) : super(Real.now() + seconds * 1000); }
        static now() { return Real.now() + seconds * 1000; }
    };
}"""
TO_1970 = 90 * 86_400 - int(time.time())


@pytest.mark.parametrize(
    ("first", "later"),
    [(TO_1970, TO_1970), (86_400, 86_400), (TO_1970, 0), (86_400, -86_400)],
    ids=["in 1970", "a day ahead", "set right from 1970", "set back two days"],
)
def test_a_wrong_clock_stops_no_household_from_being_sealed(
    an_inspector: Any, outpost: Any, first: int, later: int
) -> None:
    inspector = an_inspector(enrolled=False)
    inspector.page.add_init_script(f"({SHIFT})({first})")
    inspector.enrol(outpost.send_out())
    task = inspector.tasks()[0]
    inspector.answer_at_once(task)
    inspector.page.evaluate(SHIFT, later)

    inspector.seal()
    inspector.settle()

    (op,) = outpost.ops(inspector.device_id)
    assert op["status"] == "accepted"
    captured = inspector.ops()[0]["captured_at"]
    assert captured.startswith("1970" if later == TO_1970 else "20")
    started, ended = (op["body"]["answers"][name] for name in ("started_at", "ended_at"))
    assert (ended < started) == (later < first)
    inspector.page.reload()
    inspector.unlock()  # nothing was forgotten for the sake of a clock
    assert len(inspector.tasks()) >= 3
