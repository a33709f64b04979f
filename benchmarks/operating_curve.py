"""Computed operating curves against simulations of the whole procedure: docs/operating-curve.md.

    nice -n 10 python benchmarks/operating_curve.py --runs 2000

For each plan and true rate a county with exactly that rate is made again in every run, with risk
three times as high in the remotest class as in the nearest; villages and exited households are
drawn and estimated as a campaign does it, one in ten not answering. Printed beside the computed
chances of `sampling.operating`: how often the rate was established to lie below 2 %, how often
it was found below, how often it was established not to lie below, each simulated / computed,
with the largest standard error of the simulation.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl

from sampling.county_reach import county_class, expected_sample
from sampling.design import Stratum, strata
from sampling.layout import Layout, layout
from sampling.plan import Plan
from sampling.population import INVENTED, Population, invent_county, population
from sampling.remoteness import freeze
from sampling.trials import draw_trials, weigh_trials
from sampling.truth import Registers, Truth

SEED = 20202
CHUNK = 50
LEVEL = 0.90
CONCENTRATION = 3.0
RATES = (0.003, 0.005, 0.01, 0.02, 0.04)


@dataclass(frozen=True)
class Case:
    """One plan: villages in the county and in the sample, households a village, correlation."""

    county: int
    villages: int
    take: int
    icc: float


CASES = (
    Case(300, 30, 16, 0.05),
    Case(300, 40, 25, 0.05),
    Case(300, 60, 20, 0.05),
    Case(300, 100, 22, 0.05),
    Case(300, 40, 25, 0.03),
    Case(300, 30, 16, 0.0),
    Case(300, 30, 16, 0.2),
    Case(300, 60, 20, 0.2),
    Case(300, 10, 30, 0.05),
    Case(42, 30, 16, 0.05),
    Case(30, 30, 25, 0.05),
)


@dataclass(frozen=True)
class Place:
    """A county with its plan."""

    plan: Plan
    people: Population
    design: Layout
    parts: list[Stratum]


def place(case: Case) -> Place:
    rng = np.random.default_rng(SEED)
    plan = Plan().override(
        [
            f"stage1.villages={case.villages}",
            f"stage2.e={case.take}",
            "stage2.n=0",
            "stage2.p=0",
            f"assumptions.icc={case.icc}",
        ]
    )
    frozen = freeze(plan, invent_county(case.county, rng=rng))
    people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    design = layout(frozen.plan, frozen.villages, people)
    return Place(frozen.plan, people, design, list(strata(frozen.plan, frozen.villages)))


def simulated(here: Place, rate: float, icc: float, *, runs: int) -> tuple[float, float, float]:
    """Shares of runs that established "met", found it, established "not met"."""
    truth = Truth(rate=rate, missed=0.0, icc=icc, concentration=CONCENTRATION)
    registers = Registers(here.people, truth)
    seeds = np.random.SeedSequence(SEED, spawn_key=[round(1e6 * rate)]).spawn(runs)
    threshold = here.plan.assumptions.p0
    counts = np.zeros(3)
    for start in range(0, runs, CHUNK):
        rngs = [np.random.default_rng(seed) for seed in seeds[start : start + CHUNK]]
        made = [registers.make(rng=rng) for rng in rngs]
        answers = weigh_trials(here.design, draw_trials(here.design, registers, made, rngs=rngs))
        rates = answers.rates({"E": 1.0}, icc=icc, method="korn-graubard")
        bounds = rates.intervals(LEVEL)
        value = answers.values({"E": 1.0})
        counts += [
            np.sum(bounds.high < threshold),
            np.sum(value < threshold),
            np.sum(bounds.low > threshold),
        ]
    return tuple((counts / runs).tolist())


def computed(here: Place, rate: float) -> tuple[float, float, float]:
    known = county_class(here.plan, here.parts, "E")
    drawn, expected = expected_sample(here.plan, here.parts, "E")
    chances = known.curve(drawn, expected, [rate]).chances
    met = chances["met_established"][0]
    return met, met + chances["met_open"][0], chances["unmet_established"][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=2000)
    options = parser.parse_args()
    started = time.process_time()
    rows = []
    print("| villages in county | drawn | take | icc | Kish | true rate | met, established | met "
          "| not met, established |\n|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    for case in CASES:
        here = place(case)
        unequal = county_class(here.plan, here.parts, "E").unequal
        for rate in RATES:
            seen = simulated(here, rate, case.icc, runs=options.runs)
            told = computed(here, rate)
            cells = " | ".join(f"{a:.3f} / {b:.3f}" for a, b in zip(seen, told, strict=True))
            print(
                f"| {case.county} | {case.villages} | {case.take} | {case.icc:g} | {unequal:.2f} "
                f"| {rate:.1%} | {cells} |",
                flush=True,
            )
            rows.append((*seen, *told))
    found = pl.DataFrame(rows, schema=["a", "b", "c", "x", "y", "z"], orient="row")
    away = found.select((pl.col(s) - pl.col(c)).abs() for s, c in zip("abc", "xyz", strict=True))
    print(
        f"\nsimulated / computed, {options.runs} runs each, standard error at most "
        f"{0.5 / options.runs**0.5:.3f}; mean difference "
        + ", ".join(f"{one:.3f}" for one in away.mean().row(0))
        + "; largest "
        + ", ".join(f"{one:.3f}" for one in away.max().row(0))
        + f"; CPU {time.process_time() - started:.0f} s"
    )


if __name__ == "__main__":
    main()
