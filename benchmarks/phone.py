"""What the phone app costs in a browser: first use, second start, keystrokes, memory.

    python benchmarks/phone.py [--photos 500]

Runs the three stories of `tests/browser` that measure, Chromium throttled to a village's signal and
a cheap phone, against a real server, and prints their figures beside the budgets. Needs Chromium
(`EXIT_CHROMIUM` names one) and the extra [test].
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
STORIES = ("test_09_budgets.py", "test_21_keystrokes.py", "test_22_photos.py")
BUDGETS = """budgets: shell 40 kB gzipped; first usable 4 s at 250 kbit/s and CPU / 4;
second start offline 1 s; a keystroke 100 ms with 300 questions and 12 members at CPU / 6;
memory flat with 500 photos"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photos", type=int, default=500, help="photos taken in one interview")
    photos = parser.parse_args().photos
    print(BUDGETS, flush=True)
    files = [str(ROOT / "tests" / "browser" / name) for name in STORIES]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--db", "sqlite", "--photos", str(photos), *files],
        cwd=ROOT,
        env={**os.environ, "REQUIRE_CHROMIUM": "1"},
        check=False,
    )
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
