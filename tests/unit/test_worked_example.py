"""The worked example of the documentation runs as printed and ends with a statement."""

import runpy
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="the extra [plot] is not installed")

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "county.py"


def test_the_worked_example_ends_with_a_statement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(SCRIPT))["main"](tmp_path, runs=20)

    said = capsys.readouterr().out
    assert "outcome: meets, open (1 of 4 criteria established)" in said
    assert "class E: 480 households in 30 villages" in said
    assert {path.name for path in tmp_path.iterdir()} == {
        "curve.png",
        "index.png",
        "rates.png",
        "sizes.png",
        "strata.png",
    }
