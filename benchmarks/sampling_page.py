"""Run every benchmark of `sampling` and write docs/benchmarks-sampling.md from what they print.

    python benchmarks/sampling_page.py [--frame FOLDER]

Takes about a quarter of an hour on two idle cores. --frame keeps the national frame between runs,
see benchmarks/national_frame.py. The figures of another machine are another page: what carries
over are the ratios, and they stand in the tables.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks-sampling.md"
INTRODUCTION = """# What sampling and estimation cost

Written by `python benchmarks/sampling_page.py`; each section is what the command under its heading
printed. CPU seconds, medians after a warm-up. All data are simulated.
"""
PARTS = {
    "National draws of households": "national_draw.py",
    "The village stage, selector by selector": "village_stage.py",
    "Remoteness and strata": "remoteness.py",
    "Estimates for 832 counties": "estimate_national.py",
}


def main() -> None:
    options = argparse.ArgumentParser(description="Write docs/benchmarks-sampling.md.")
    options.add_argument("--frame", help="folder of the national frame, made if it is not there")
    frame = options.parse_args().frame
    sections = []
    for title, script in PARTS.items():
        print(f"{script} …", file=sys.stderr)
        given = ["--frame", frame] if frame and script == "national_draw.py" else []
        printed = subprocess.run(
            [sys.executable, HERE / script, *given],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE.parent)},
        ).stdout.strip()
        body = printed if "\n|" in printed else f"```\n{printed}\n```"
        sections.append(f"\n## {title}\n\n`python benchmarks/{script}`\n\n{body}\n")
    PAGE.write_text(INTRODUCTION + "".join(sections), "utf-8")


if __name__ == "__main__":
    main()
