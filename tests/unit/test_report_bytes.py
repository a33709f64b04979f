"""ReportLab's accelerator is there or not: a report has the same bytes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from kept_verdict import FOLDER
from reports import report

from report_templates.verdict import VerdictSheet, render

ROOT = Path(__file__).parents[2]
PLAIN = """
import hashlib, sys
sys.modules["_rl_accel"] = sys.modules["reportlab.lib._rl_accel"] = None
from reportlab.lib import rl_accel
assert rl_accel.fp_str.__module__ == "reportlab.lib.rl_accel"
from report_templates.verdict import VerdictSheet, render
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        print(hashlib.sha256(render(VerdictSheet.from_json(file.read()))).hexdigest())
"""


def test_a_report_has_the_same_bytes_without_the_accelerator() -> None:
    kept = [FOLDER / "full.json", FOLDER / "public.json"]
    files = [ROOT / "tests" / "data" / "report" / "crowded.json", *kept]
    drawn = [report("crowded"), *(render(VerdictSheet.from_json(one.read_bytes())) for one in kept)]

    done = subprocess.run(
        [sys.executable, "-c", PLAIN, *map(str, files)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == [hashlib.sha256(one).hexdigest() for one in drawn]
