"""CPU seconds and peak memory of the whole demonstration, server included.

    python benchmarks/demo.py [--county 420528 …]

One run in an empty temporary folder; the target is 60 CPU-seconds and 1 GB for two counties.
A fixed load is timed before and after: on a busy machine both take more. Byte code is kept as an
ordinary installation keeps it; without it every process compiles some seconds of imports anew.
"""

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def fixed_load() -> float:
    """CPU seconds of the same work everywhere."""
    started = time.process_time()
    sum(n * n % 7 for n in range(3_000_000))
    return time.process_time() - started


def main() -> None:
    """Run the demonstration as a whole process and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--county", nargs="*", default=[])
    options = parser.parse_args()
    counties = [part for adcode in options.county for part in ("--county", adcode)]
    loads = [fixed_load()]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        subprocess.run(
            [
                sys.executable,
                "-c",
                "from inspect_app.cli import main; main()",
                "demo",
                "--out",
                str(Path(folder) / "out"),
                *counties,
            ],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        wall = time.monotonic() - started
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    loads.append(fixed_load())
    print(f"python {platform.python_version()}, counties {options.county or 'default two'}")
    print(
        f"CPU {used.ru_utime + used.ru_stime:.1f} s (user {used.ru_utime:.1f}), wall {wall:.1f} s"
    )
    print("a fixed load before and after: " + ", ".join(f"{load:.2f} s" for load in loads))
    print(f"largest process {used.ru_maxrss / 1024:.0f} MB, files {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
