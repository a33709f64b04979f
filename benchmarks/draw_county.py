"""CPU time of drawing one county: 70,000 households, villages and E and P households.

    python benchmarks/draw_county.py

Prints the median of five runs of `time.process_time`, without imports.
"""

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl
from frames import household_frame, roster, village_frame

from sampling.plan import Plan
from sampling.remoteness import freeze
from sampling.sample import Source, draw_sample

RUNS = 5


def main() -> None:
    villages = village_frame(320, scale=4)
    register = household_frame(villages)
    frozen = freeze(Plan(), villages)
    lists = {code: roster(code, 1_000) for code in villages["village_code"]}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "households.parquet"
        register.write_parquet(file)
        source = Source(
            frame_sha256="0" * 64,
            registered=lambda adcode: pl.read_parquet(file),  # reading is part of a draw
            roster=lambda adcode, village_code: lists[village_code],
        )
        seconds = []
        for run in range(RUNS):
            started = time.process_time()
            sample = draw_sample(
                frozen.plan, frozen.villages, source, campaign_seed=f"run {run}", seed_commitment=""
            )
            seconds.append(time.process_time() - started)
    print(
        f"{register.height:,} registered households, {villages.height} villages; drawn "
        f"{sample.record['villages']} villages and {sample.record['households']:,} households: "
        f"median {median(seconds):.3f} CPU s of {RUNS} runs ({min(seconds):.3f}-{max(seconds):.3f})"
    )


if __name__ == "__main__":
    main()
