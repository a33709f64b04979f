"""CPU seconds of one verdict report: median of five sheets that differ, after one warm-up.

Of it the part for packaging (tags, metadata, attachment), and beside it what the gate costs.

    python benchmarks/render_verdict.py [VERDICT_JSON]

Each run changes the county, so that no line of its name and figures is found already broken.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from report_templates import document, gate
from report_templates.typeface import fonts
from report_templates.verdict import VerdictSheet, render

EXAMPLE = Path(__file__).parents[1] / "tests" / "data" / "report" / "meets_open.json"
COUNTIES = ("行唐县", "灵寿县", "澜沧拉祜族自治县", "寻乌县", "西和县", "黔江区")


def sheets(path: Path) -> list[bytes]:
    """Return the same verdict for six counties with six estimates."""
    row = json.loads(path.read_bytes())
    varied = []
    for number, county in enumerate(COUNTIES):
        row["county"]["name_zh"] = county
        for indicator in row["indicators"]:
            indicator["estimate"]["value"] *= 1 + number / 1000
        varied.append(json.dumps(row, ensure_ascii=False, sort_keys=True).encode())
    return varied


def timed(module: ModuleType, name: str) -> list[float]:
    """Let a function of a module note the CPU seconds of each call, and return the notes."""
    seconds: list[float] = []
    function = getattr(module, name)

    def noting(*arguments: Any) -> Any:
        started = time.process_time()
        result = function(*arguments)
        seconds.append(time.process_time() - started)
        return result

    setattr(module, name, noting)
    return seconds


def main() -> None:
    """Time the fonts, then the reports, and print both."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE
    started = time.process_time()
    fonts()
    print(f"fonts, once a process   {time.process_time() - started:.3f} CPU s")
    packaging = timed(document, "archive")
    seconds, gates = [], []
    for content in sheets(path):
        started = time.process_time()
        drawn = render(VerdictSheet.from_json(content))
        seconds.append(time.process_time() - started)
        started = time.process_time()
        gate.check(drawn)
        gates.append(time.process_time() - started)
    report, packed = statistics.median(seconds[1:]), statistics.median(packaging[1:])
    print(f"first report            {seconds[0]:.3f} CPU s")
    print(f"report, median of five  {report:.3f} CPU s")
    print(f"  of it packaging       {packed:.3f} CPU s, {packed / report:.0%}")
    print(f"gate, median of five    {statistics.median(gates[1:]):.3f} CPU s")
    print(f"size                    {len(drawn) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
