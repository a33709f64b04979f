"""CPU time of remoteness and strata of every village of the country: 128,000 in 832 counties.

    python benchmarks/remoteness.py

Prints the median of five runs of `time.process_time` after one to warm up, without imports, for
each method, and the cost of one sort of the same villages as a measure of the machine. k-means,
which starts ten times in each county, runs once. Nothing is written.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
import sklearn

from sampling.plan import Plan
from sampling.remoteness import freeze

COUNTIES, VILLAGES, SEED, RUNS = 832, 128_000, 1, 5

PLANS = {
    "rank": [],
    "rank, by village type": ['strata.by=["county", "remoteness", "village_type"]'],
    "pca": ["remoteness.method=pca"],
    "kmeans": ["remoteness.method=kmeans"],
}


def village_frame() -> pl.DataFrame:
    """Villages of the country, counties of very different size, three covariates."""
    rng = np.random.default_rng(SEED)
    weight = rng.lognormal(0, 0.5, COUNTIES)
    sizes = np.maximum(8, np.floor(weight / weight.sum() * VILLAGES).astype(int))
    sizes[0] += VILLAGES - sizes.sum()
    county = np.repeat(np.arange(COUNTIES), sizes)
    within = np.arange(VILLAGES) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    adcodes = [f"{100_000 + number}" for number in county.tolist()]
    codes = (f"{100 + k // 10}{200 + k % 10}" for k in within.tolist())
    return pl.DataFrame(
        {
            "village_code": [adcode + code for adcode, code in zip(adcodes, codes, strict=True)],
            "county_adcode": adcodes,
            "village_type": rng.choice(
                ["poor", "other", "relocation"], VILLAGES, p=[0.4, 0.5, 0.1]
            ),
            "households_e": rng.poisson(60, VILLAGES),
            "households_p": rng.poisson(3, VILLAGES),
            "households_n": rng.poisson(300, VILLAGES),
            "km_to_seat": np.round(rng.gamma(2, 12, VILLAGES), 1),
            "elevation_m": np.round(rng.normal(900, 300, VILLAGES)),
            "relief": rng.gamma(2, 100, VILLAGES),
            "lat": 30 + 5 * rng.random(VILLAGES),
            "lon": 100 + 8 * rng.random(VILLAGES),
        }
    )


def cpu_seconds(work: Callable[[], object], runs: int = RUNS) -> str:
    work()
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return f"{median(seconds):8.3f}  ({min(seconds):.3f}-{max(seconds):.3f} of {runs} runs)"


def main() -> None:
    villages = village_frame()
    print(
        f"{VILLAGES:,} villages in {COUNTIES} counties, seed {SEED}; Python "
        f"{sys.version.split()[0]}, numpy {np.__version__}, polars {pl.__version__}, "
        f"scikit-learn {sklearn.__version__}; median CPU s"
    )
    scan = cpu_seconds(lambda: villages.sort("km_to_seat"))
    print(f"{'one sort of the villages':26}{scan}")
    for name, keys in PLANS.items():
        plan = Plan().override(keys)
        runs = 1 if name == "kmeans" else RUNS
        print(f"{name:26}{cpu_seconds(lambda plan=plan: freeze(plan, villages), runs)}")


if __name__ == "__main__":
    main()
