"""CPU seconds and peak memory of the whole demonstration, server included.

    python benchmarks/demo.py [--county 420528 …]

One run in an empty temporary folder; the target is 60 CPU-seconds and 1 GB for two counties.
"""

import argparse
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Run the demonstration as a whole process and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--county", nargs="*", default=[])
    options = parser.parse_args()
    counties = [part for adcode in options.county for part in ("--county", adcode)]
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
            stdout=subprocess.DEVNULL,
        )
        wall = time.monotonic() - started
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"python {platform.python_version()}, counties {options.county or 'default two'}")
    print(
        f"CPU {used.ru_utime + used.ru_stime:.1f} s (user {used.ru_utime:.1f}), wall {wall:.1f} s"
    )
    print(f"largest process {used.ru_maxrss / 1024:.0f} MB, files {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
