"""What writing an export costs, and that memory does not grow with its rows.

Each writer and size runs in a process of its own, on rows like those of a campaign; printed are
CPU seconds, the largest resident memory and the size of the file. Stata stands in memory whole.

    python benchmarks/exports.py [--rows 50000 200000 800000]
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from inspect_app.rules.exports import PARADATA
from inspect_app.services import datasets, exports

PART = 1000


def parts(rows: int) -> Iterator[pl.DataFrame]:
    """Paradata of so many ops, made part by part."""
    for start in range(0, rows, PART):
        yield pl.DataFrame(
            {column.name: _values(column.name, column.kind, start) for column in PARADATA},
            schema=datasets.schema(PARADATA),
        )


def _values(name: str, kind: str, start: int) -> list[object]:
    numbers = range(start, start + PART)
    if kind == "whole":
        return list(numbers)
    if kind == "number":
        return [number / 7 for number in numbers]
    if kind == "flag":
        return [number % 3 == 0 for number in numbers]
    if name in ("disposition", "kind", "status", "decision", "household_class"):
        values = list(next(column for column in PARADATA if column.name == name).values)
        return [values[number % len(values)] for number in numbers]
    return [hashlib.sha256(f"{name}{number}".encode()).hexdigest()[:36] for number in numbers]


def measure(form: str, rows: int) -> dict[str, float]:
    """Write one file in this process."""
    write = {
        "csv": exports.write_csv,
        "parquet": exports.write_parquet,
        "dta": exports.write_stata,
    }[form]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"export.{form}"
        before = resource.getrusage(resource.RUSAGE_SELF)
        written = write(path, parts(rows), PARADATA, {"dataset": "paradata", "simulated": True})
        after = resource.getrusage(resource.RUSAGE_SELF)
        if written != rows:
            raise SystemExit(f"{written} of {rows} rows written")
        return {
            "cpu": after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime,
            "peak_mb": after.ru_maxrss / 1024,
            "file_mb": path.stat().st_size / 2**20,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 200_000, 800_000])
    parser.add_argument("--one", nargs=2, metavar=("FORM", "ROWS"), help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        print(json.dumps(measure(told.one[0], int(told.one[1]))))
        return
    print(f"{'form':8} {'rows':>9} {'CPU s':>7} {'peak MB':>8} {'file MB':>8}")
    for form in ("csv", "parquet", "dta"):
        for rows in told.rows:
            if form == "dta" and rows > 200_000:
                continue  # in memory whole
            done = subprocess.run(
                [sys.executable, __file__, "--one", form, str(rows)],
                capture_output=True,
                text=True,
                check=True,
            )
            found = json.loads(done.stdout)
            print(
                f"{form:8} {rows:9} {found['cpu']:7.1f} {found['peak_mb']:8.0f} "
                f"{found['file_mb']:8.1f}"
            )


if __name__ == "__main__":
    main()
