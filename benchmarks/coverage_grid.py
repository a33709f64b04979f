"""Coverage of the verdict's bounds over a grid of truths and plans: the study of docs/coverage.md.

    nice -n 10 python benchmarks/coverage_grid.py --runs 4000 --write docs

For every rate, icc and concentration of the grid a county of 300 villages is made again in each
run, with exactly that rate; from each such register 10 to 60 villages are drawn by the default
plan, 16 exited households in each, one in ten does not answer. The truth is the threshold: a
bound below it establishes "met" where nothing of the kind is true. Work is kept in pieces of one
truth each (`--pieces`), so that an interrupted run goes on where it stopped; remove them when the
code has changed.
"""

import argparse
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from sampling import assurance
from sampling.assurance import ASSUMED_ICC, ICCS, THRESHOLDS, VILLAGES
from sampling.layout import Layout, layout
from sampling.performance import Measured
from sampling.plan import Plan
from sampling.population import INVENTED, Population, invent_county, population
from sampling.remoteness import freeze
from sampling.stages import Floats
from sampling.trials import Trial, draw_trials, weigh_trials
from sampling.truth import Registers, Truth
from sampling.tryout import TEXTBOOK, textbook

SEED = 20201
COUNTY_VILLAGES = 300
CONCENTRATIONS = (1.0, 3.0, 6.0)
LEVEL = 0.90
CHUNK = 50


@dataclass(frozen=True)
class Cell:
    """One truth of the grid."""

    rate: float
    icc: float
    concentration: float

    @property
    def name(self) -> str:
        return f"rate{self.rate:g}-icc{self.icc:g}-conc{self.concentration:g}"


@dataclass(frozen=True)
class County:
    """The county of the study and its plans, by villages drawn."""

    people: Population
    layouts: dict[int, Layout]


def county(villages: Sequence[int] = VILLAGES, *, size: int = COUNTY_VILLAGES) -> County:
    """The same county in every cell."""
    rng = np.random.default_rng(SEED)
    frame = invent_county(size, rng=rng)
    keys = ["stage2.n=0", "stage2.p=0"]
    frozen = freeze(Plan().override(keys), frame)
    people = population(frozen.villages, county_adcode=INVENTED, rng=rng)
    return County(
        people,
        {
            n: layout(frozen.plan.override([f"stage1.villages={n}"]), frozen.villages, people)
            for n in villages
        },
    )


def study(place: County, cell: Cell, *, runs: int) -> pl.DataFrame:
    """Coverage in one cell, a row for each number of villages and method."""
    truth = Truth(rate=cell.rate, missed=0.0, icc=cell.icc, concentration=cell.concentration)
    registers = Registers(place.people, truth)
    key = [round(1e6 * one) for one in (cell.rate, cell.icc, cell.concentration)]
    seeds = np.random.SeedSequence(SEED, spawn_key=key).spawn(runs)
    found: dict[tuple[int, str], list[Floats]] = {}
    facts: dict[int, list[Floats]] = {n: [] for n in place.layouts}
    iccs = []
    for start in range(0, runs, CHUNK):
        rngs = [np.random.default_rng(seed) for seed in seeds[start : start + CHUNK]]
        made = [registers.make(rng=rng) for rng in rngs]
        iccs += [register.icc("E") for register in made]
        true = np.array([register.rate("E") for register in made])
        for n, design in place.layouts.items():
            trials = draw_trials(design, registers, made, rngs=rngs)
            value, households, bounds = _bounds(design, trials, cell.icc)
            facts[n].append(np.array([true, value, households]))
            for method, ends in bounds.items():
                found.setdefault((n, method), []).append(ends)
    rows = []
    for (n, method), parts in found.items():
        true, value, households = np.concatenate(facts[n], axis=1)
        low, high = np.concatenate(parts, axis=1)
        upper = Measured.share(high >= true)
        rows.append(
            {
                "rate": cell.rate,
                "icc": cell.icc,
                "concentration": cell.concentration,
                "villages": n,
                "method": method,
                "runs": runs,
                "coverage": upper.value,
                "se": upper.se,
                "met_at_threshold": 1 - upper.value,
                "lower": Measured.share(low <= true).value,
                "two_sided": Measured.share((low <= true) & (high >= true)).value,
                "mean_high": float(high.mean()),
                "nothing_found": float((value == 0).mean()),
                "bias": float((value - true).mean()),
                "bias_se": Measured.mean(value - true).se,
                "households": float(households.mean()),
                "icc_made": float(np.mean(iccs)),
            }
        )
    return pl.DataFrame(rows)


def _bounds(
    design: Layout, trials: list[Trial], icc: float
) -> tuple[Floats, Floats, dict[str, Floats]]:
    answers = weigh_trials(design, trials)
    bounds = {}
    for method, assumed in (("verdict", ASSUMED_ICC), ("verdict-known-icc", icc)):
        rates = answers.rates({"E": 1.0}, icc=assumed, method="korn-graubard")
        made = rates.intervals(LEVEL)
        bounds[method] = np.array([made.low, made.high])
        if assumed == icc == ASSUMED_ICC:
            bounds["verdict-known-icc"] = bounds[method]
            break
    bounds |= {method: textbook(rates, level=LEVEL, method=method) for method in TEXTBOOK}
    return rates.value, rates.n.astype(np.float64), bounds


def cells() -> Iterator[Cell]:
    for rate, icc, concentration in product(THRESHOLDS, ICCS, CONCENTRATIONS):
        yield Cell(rate, icc, concentration)


def all_pieces(folder: Path) -> pl.DataFrame:
    """The whole study, in the order of the grid."""
    return pl.concat([pl.read_csv(folder / f"{cell.name}.csv") for cell in cells()])


def write_table(table: pl.DataFrame, docs: Path) -> None:
    """Write docs/coverage.csv, rounded to what the runs can tell, and the table of `assurance`."""
    figures = pl.col(pl.Float64).exclude("rate", "icc", "concentration").round(6)
    table.with_columns(figures).write_csv(docs / "coverage.csv")
    source = Path(assurance.__file__)
    text = source.read_text("utf-8")
    runs = int(table["runs"][0])
    text = re.sub(r"^RUNS = \d+$", f"RUNS = {runs}", text, flags=re.M)
    for name, method in (("KNOWN", "verdict-known-icc"), ("ASSUMED", "verdict")):
        lines = "".join(
            f"    ({threshold}, {icc}): {tuple(worst_errors(table, method, threshold, icc))},\n"
            for threshold, icc in product(THRESHOLDS, ICCS)
        )
        pattern = rf"^({name}: .*? = )\{{.*?\}}$"
        text = re.sub(
            pattern, lambda found, lines=lines: f"{found[1]}{{\n{lines}}}", text, flags=re.M | re.S
        )
    source.write_text(text, "utf-8")


def worst_errors(table: pl.DataFrame, method: str, threshold: float, icc: float) -> list[int]:
    """Runs that established "met" at the threshold, by villages, the worst of concentrations."""
    here = table.filter(
        pl.col("method") == method, pl.col("rate") == threshold, pl.col("icc") == icc
    )
    return [
        round(float((part["met_at_threshold"] * part["runs"]).max()))
        for n in VILLAGES
        for part in [here.filter(pl.col("villages") == n)]
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=4000, help="runs in each cell")
    parser.add_argument("--pieces", type=Path, default=Path("build/coverage"))
    parser.add_argument("--write", type=Path, metavar="DOCS", help="folder for coverage.csv")
    options = parser.parse_args()
    folder = options.pieces / f"runs{options.runs}"
    folder.mkdir(parents=True, exist_ok=True)
    place = county()
    for cell in cells():
        piece = folder / f"{cell.name}.csv"
        if not piece.is_file():
            started = time.process_time()
            study(place, cell, runs=options.runs).write_csv(piece)
            print(f"{cell.name}: {time.process_time() - started:.1f} CPU-s", flush=True)
    if options.write:
        write_table(all_pieces(folder), options.write)


if __name__ == "__main__":
    main()
