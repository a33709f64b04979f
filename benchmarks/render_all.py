"""Both editions of all counties in one run: failures, faults of lines, CPU, memory of workers.

The verdicts are simulated, the counties are real. CPU seconds are told beside those of one
report drawn again and again in this process, so that the ratio holds on another machine.

With `--with`, Typst and WeasyPrint set the words of some of the reports in the same run.

    python benchmarks/render_all.py [--counties N] [--workers K] [--out DIR] [--with PYTHON]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from report_templates import blocks, press
from report_templates.linebreak import NEVER_FIRST, NEVER_LAST, Line

SINGLE = 9  # repetitions of the one report that all others are measured against


class LineFault(RuntimeError):
    """A line that begins or ends with what may not stand there, or is too wide."""


_plain = blocks.break_lines


def _watched(markup: str, measure: float, **options: Any) -> tuple[Line, ...]:
    lines = _plain(markup, measure, **options)
    for number, line in enumerate(lines):
        first = number > 0 and line.text[0] in NEVER_FIRST
        last = number < len(lines) - 1 and line.text[-1] in NEVER_LAST
        if first or last or line.width > measure + 1e-6:
            raise LineFault(line.text)
    return lines


blocks.break_lines = _watched  # in every worker too, for each of them imports this file


def draw(content: bytes) -> bytes:
    """Draw a report, its lines watched."""
    return press.draw(content)


def single(content: bytes) -> float:
    """Return the CPU seconds of one report, gate included: the median of some."""
    seconds = []
    for _ in range(SINGLE):
        started = time.process_time()
        press.draw(content)
        seconds.append(time.process_time() - started)
    return statistics.median(seconds[1:])


def simulated(count: int, workers: int) -> tuple[list[press.Sheet], float]:
    """Return the sheets of so many counties, spread over the list, both editions, and their CPU."""
    from inspect_app.demo import places

    chosen = places.counties()[:: max(len(places.counties()) // count, 1)][:count]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        done = list(pool.map(_simulated, chosen, chunksize=8))
    return [sheet for sheets, _ in done for sheet in sheets], sum(seconds for _, seconds in done)


def _simulated(county: Any) -> tuple[list[press.Sheet], float]:
    from inspect_app.demo import verdicts

    started = time.process_time()
    both = zip(("full", "public"), verdicts.documents(verdicts.with_code(county)), strict=True)
    sheets = [
        press.Sheet(f"{edition}/{json.loads(document)['number']}.pdf", document)
        for edition, document in both
    ]
    return sheets, time.process_time() - started


def tell(seconds: float, one: float, done: Any, sheets: Sequence[press.Sheet], wall: float) -> None:
    """Print what a run came to."""
    faults = [one for one in done.failed if one.fault.startswith("LineFault")]
    gates = [one for one in done.failed if one.fault.startswith("Fault")]
    peaks = [series for series in done.peaks.values() if series]
    print(f"simulated in           {seconds:.0f} CPU s")
    print(f"reports                {len(done.drawn)} of {len(sheets)}")
    print(f"failures               {len(done.failed)}")
    print(f"  faults of lines      {len(faults)}")
    print(f"  faults of the gate   {len(gates)}")
    print(f"CPU of the workers     {done.cpu:.1f} s, {done.cpu / len(sheets):.3f} s a report")
    print(f"one report alone       {one:.3f} s; ratio {done.cpu / len(sheets) / one:.2f}")
    print(f"wall clock             {wall:.0f} s")
    quarters = [(series[len(series) // 4], series[-1]) for series in peaks]
    print(f"memory, most ever      {max(last for _, last in quarters):.0f} MB a worker")
    print("  after a quarter, end " + "; ".join(f"{a:.0f}, {b:.0f}" for a, b in quarters))
    for failed in done.failed[:20]:
        print(f"  {failed.file}: {failed.fault}")


def main() -> None:
    """Simulate, draw and tell."""
    from inspect_app.services import rendering

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=832)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--with", dest="python", help="a Python that has typst and weasyprint")
    options = parser.parse_args()
    sheets, seconds = simulated(options.counties, options.workers)
    with tempfile.TemporaryDirectory() as passing:
        out = options.out or Path(passing)
        begun = time.monotonic()
        done = rendering.render_all(sheets, out, workers=options.workers, draw=draw)
        tell(seconds, single(sheets[0].content), done, sheets, time.monotonic() - begun)
    if options.python:
        import render_engines

        render_engines.compare(options.python)


if __name__ == "__main__":
    main()
