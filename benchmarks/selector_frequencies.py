"""How often each selector takes units and pairs, against the exact probabilities.

    python benchmarks/selector_frequencies.py [--draws 400000] [--slow 100000] [--seed 20201122]

Prints the table of docs/selectors.md: eleven units of skewed sizes, n from 2 to 8, without and
with two certainties. For each method and row the largest distance of a frequency from its
probability, in standard errors of the simulation and as it is; 5 standard errors are allowed.
lpm2 and cube, which settle unit after unit, make `--slow` draws. Some two CPU-minutes.
"""

import argparse
import sys
import time
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from designs import DESIGNS, distance, probabilities

ROOT = Path(__file__).parents[1]
ALLOWED = 5.0


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--draws", type=int, default=400_000)
    reader.add_argument("--slow", type=int, default=100_000)
    reader.add_argument("--seed", type=int, default=20_201_122)
    given = reader.parse_args()
    started = time.process_time()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    print(f"{project['name']} {project['version']}, numpy {np.__version__}, seed {given.seed}")
    print()
    print(
        "| method | certainties | draws | largest SE of π | units: SE, π off by | "
        "pairs: SE, π off by | beyond 5 SE |"
    )
    print("|---|---|---|---|---|---|---|")
    for place, (name, design) in enumerate(DESIGNS.items()):
        draws = given.slow if design.slow else given.draws
        for certainties in (0, 2):
            units, pairs, beyond = (0.0, 0.0), (0.0, 0.0), 0
            for n in range(2, 9):
                pi = probabilities(n, certainties=certainties, equal=design.equal)
                rng = np.random.default_rng([given.seed, place, certainties, n])
                taken = design.draw(pi, rng, draws)
                if not (taken.sum(axis=1) == n + certainties).all():
                    raise SystemExit(f"{name}, n = {n}: the size of a sample varies")
                of_units = distance(taken.mean(axis=0), pi, draws)
                units = max(units, (of_units.max(), np.abs(taken.mean(axis=0) - pi).max()))
                beyond += int((of_units > ALLOWED).sum())
                if design.joint is not None:
                    exact, found = design.joint(pi), taken.T.astype(float) @ taken / draws
                    of_pairs = distance(found, exact, draws)
                    pairs = max(pairs, (of_pairs.max(), np.abs(found - exact).max()))
                    beyond += int(np.triu(of_pairs > ALLOWED, 1).sum())
            of_pairs_shown = "-" if design.joint is None else f"{pairs[0]:.2f}, {pairs[1]:.4f}"
            print(
                f"| {name} | {certainties} | {draws:,} | {0.5 / draws**0.5:.4f} | "
                f"{units[0]:.2f}, {units[1]:.4f} | {of_pairs_shown} | {beyond} |",
                flush=True,
            )
    print()
    print(f"{time.process_time() - started:.0f} CPU s")


if __name__ == "__main__":
    main()
