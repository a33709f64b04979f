"""No line of a finished report begins or ends with what may not stand there, on any page."""

from functools import cache
from typing import Any

import pytest
from golden_reports import COUNTIES, EDITIONS
from kept_verdict import FOLDER
from lines import wrapped
from snapshots import drawn

from inspect_app.demo import places, verdicts
from report_templates.linebreak import NEVER_FIRST, NEVER_LAST
from report_templates.verdict import VerdictSheet, render

SIMULATED = (3, 211, 419, 627)
PAPERS = [
    *(("kept", edition) for edition in EDITIONS),
    *((county, edition) for county in COUNTIES for edition in EDITIONS),
    *((number, edition) for number in SIMULATED for edition in EDITIONS),
]


@cache
def simulated(number: int) -> tuple[bytes, bytes]:
    return verdicts.documents(verdicts.with_code(places.counties()[number]))


def report(name: Any, edition: str) -> bytes:
    """A report as it is handed out."""
    if name in COUNTIES:
        return drawn(name, edition)
    if name == "kept":
        content = (FOLDER / f"{edition}.json").read_bytes()
    else:
        content = simulated(name)[edition == "public"]
    return render(VerdictSheet.from_json(content))


@pytest.mark.parametrize(("name", "edition"), PAPERS)
def test_lines_keep_the_rules_of_chinese_type(name: Any, edition: str) -> None:
    broken = list(wrapped(report(name, edition)))

    first = [(n, line) for n, lines in broken for line in lines[1:] if line[0] in NEVER_FIRST]
    last = [(n, line) for n, lines in broken for line in lines[:-1] if line[-1] in NEVER_LAST]

    assert sum(len(lines) for _, lines in broken) > 100
    assert {n for n, _ in broken} >= {1, 2, 3, 4}
    assert (first, last) == ([], [])


def test_a_wrong_line_would_be_seen() -> None:
    """The lines that are looked at hold marks that may not come first, or nothing is proved."""
    lines = [line for _, found in wrapped(report("kept", "full")) for line in found]

    assert sum(mark in line for line in lines for mark in NEVER_FIRST) > 100
    assert sum(mark in line for line in lines for mark in NEVER_LAST) > 10
