"""Time of a simulated register: make it, write it, answer interviews from it.

    python benchmarks/simulate_register.py [ADCODE] [SEED]

Prints CPU-seconds and the peak of memory; asserts nothing.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from inspect_app.demo.answers import Visit, answers_for
from inspect_app.demo.register import county_truth, simulate_register, write_register
from inspect_app.rules.questionnaires import load

INTERVIEWS = 5_000
T = TypeVar("T")


def timed(label: str, act: Callable[[], T]) -> T:
    start = time.process_time()
    result = act()
    print(f"{label:<44}{time.process_time() - start:8.2f} CPU-s")
    return result


def main(adcode: str = "530828", seed: str = "benchmark") -> None:
    register = timed(
        f"register and truth of {adcode}", lambda: simulate_register(adcode, seed=seed)
    )
    print(f"{'households of all classes':<44}{register.truth.height:8,}")
    with tempfile.TemporaryDirectory() as folder:
        written = timed("Parquet, CSV and rosters", lambda: write_register(register, Path(folder)))
        print(f"{'files':<44}{len(written):8,}")
    chosen = register.truth["unit_id"].gather_every(max(register.truth.height // INTERVIEWS, 1))
    households = timed("look up truth", lambda: register.truth_rows(chosen))
    questionnaire = load("household-interview", "0.1.0")
    visit = Visit(datetime(2020, 11, 3, 1, tzinfo=UTC), ("a", "b"), 22.5, 99.9)
    start = time.process_time()
    for household in households.values():
        answers_for(
            household,
            questionnaire=questionnaire,
            visit=visit,
            poverty_line=4000,
            reference_date=date(2020, 12, 31),
            seed=seed,
        )
    spent = time.process_time() - start
    print(f"{'interviews a CPU-second':<44}{len(households) / spent:8,.0f}")
    for code, rate in county_truth(register).items():
        print(f"{code:<44}{rate:8.4%}")
    print(f"{'peak memory':<44}{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


if __name__ == "__main__":
    main(*sys.argv[1:])
