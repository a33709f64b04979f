"""CPU seconds of the village stage over a made-up nation: 128,000 villages in 832 counties.

    python benchmarks/village_stage.py [--runs 5]

Median of the runs by `time.process_time`, after one that is not counted. "solve" are the working
probabilities, part of the design and the same for every seed; "select" is the method alone with
its reserve, given strata, tickets and working probabilities; "draw" is `draw_villages` whole, from
the frozen villages to the sample.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl

from sampling import tickets
from sampling.design import strata
from sampling.plan import SELECTORS, Plan
from sampling.village_draw import draw_villages, village_tickets
from sampling.village_selection import select_villages, working_probabilities

COUNTIES = 832
VILLAGES = 128_000
SEED = 20_201_122


def villages() -> pl.DataFrame:
    """Frozen villages of a made-up nation: skewed sizes, three classes a county, points."""
    rng = np.random.default_rng(SEED)
    counts = rng.multinomial(VILLAGES - 30 * COUNTIES, rng.dirichlet(np.full(COUNTIES, 4.0))) + 30
    county = np.repeat(np.arange(COUNTIES), counts)
    number = np.arange(VILLAGES) - np.repeat(np.cumsum(counts) - counts, counts)
    centre = np.column_stack([rng.uniform(22, 45, COUNTIES), rng.uniform(88, 125, COUNTIES)])
    point = centre[county] + rng.normal(0, 0.15, (VILLAGES, 2))
    remoteness = rng.beta(2, 3, VILLAGES)
    households_e = rng.poisson(rng.gamma(1.2, 30, VILLAGES) * (0.5 + remoteness)) + 1
    households_n = rng.poisson(rng.gamma(2.5, 120, VILLAGES)) + 5
    adcode = np.char.mod("%06d", 110_000 + 7 * county)
    classes = 1 + (remoteness > 0.35).astype(int) + (remoteness > 0.55).astype(int)
    return pl.DataFrame(
        {
            "village_code": np.char.add(adcode, np.char.mod("%06d", number)),
            "county_adcode": adcode,
            "households_e": households_e,
            "households_p": rng.poisson(3, VILLAGES),
            "households_n": households_n,
            "km_to_seat": np.round(120 * remoteness, 1),
            "elevation_m": np.round(300 + 2_000 * remoteness + rng.normal(0, 100, VILLAGES)),
            "lat": np.round(point[:, 0], 6),
            "lon": np.round(point[:, 1], 6),
            "remoteness": remoteness,
            "remoteness_class": classes,
            "stratum": np.char.add(np.char.add(adcode, "-"), np.char.mod("%d", classes)),
        }
    ).sample(fraction=1, shuffle=True, seed=SEED)


def cpu(job: Callable[[], object], runs: int) -> float:
    """Median CPU seconds of a job after one run that is not counted."""
    seconds = []
    for _ in range(runs + 1):
        started = time.process_time()
        job()
        seconds.append(time.process_time() - started)
    return median(seconds[1:])


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--runs", type=int, default=5)
    runs = reader.parse_args().runs
    frame = villages()
    plan = Plan().override(
        ["remoteness.weights.km_to_seat=1.0", "remoteness.weights.elevation_m=0.5"]
    )
    parts = strata(plan, frame)
    print(
        f"{frame.height:,} villages, {frame['county_adcode'].n_unique()} counties, {len(parts):,} "
        f"strata, {sum(part.n for part in parts):,} to draw, seed {SEED}; "
        f"numpy {np.__version__}, polars {pl.__version__}; CPU s, median of {runs}"
    )
    print(f"{'strata and probabilities':26}{cpu(lambda: strata(plan, frame), runs):9.3f}")
    seeds = [
        tickets.stage1_seed(tickets.county_seed("a campaign seed", part.county_adcode))
        for part in parts
    ]
    drawn = village_tickets(parts, seeds)
    print(f"{'tickets (SHA-256)':26}{cpu(lambda: village_tickets(parts, seeds), runs):9.3f}")
    print(f"{'':26}{'solve':>9}{'select':>9}{'draw':>9}")
    for method in SELECTORS:
        by = plan.override([f"stage1.method={method}"])
        of = strata(by, frame)
        working = working_probabilities(by, of)
        solved = cpu(lambda by=by, of=of: working_probabilities(by, of), runs)
        selected = cpu(
            lambda by=by, of=of, known=working: select_villages(
                by, of, drawn, seeds=seeds, working=known
            ),
            runs,
        )
        whole = cpu(lambda by=by: draw_villages(by, frame, campaign_seed="a campaign seed"), runs)
        print(f"{method:26}{solved:9.3f}{selected:9.3f}{whole:9.3f}")


if __name__ == "__main__":
    main()
