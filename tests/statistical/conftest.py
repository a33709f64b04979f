"""Say after a run how many reference cases of each kind passed."""

from collections import Counter
from typing import Any

import pytest

PROPERTY = "reference kind"
CHECKS = ("draws", "estimates", "folder", "plans", "replicates", "weights")

pytest.register_assert_rewrite(*(f"reference_{name}" for name in CHECKS))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    passed, ran = Counter[str](), Counter[str]()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, []):
            kind = dict(getattr(report, "user_properties", ())).get(PROPERTY)
            if kind is not None and (report.when == "call" or outcome != "passed"):
                ran[kind] += 1
                passed[kind] += outcome == "passed"
    if not ran:
        return
    terminalreporter.section("reference cases passed, by kind")
    for kind in sorted(ran):
        terminalreporter.write_line(f"{passed[kind]:4d} of {ran[kind]:4d}  {kind}")
    terminalreporter.write_line(f"{passed.total():4d} of {ran.total():4d}  in all")


@pytest.fixture
def counted_as(record_property: Any) -> Any:
    """Count the running test among the reference cases of a kind."""
    return lambda kind: record_property(PROPERTY, kind)
