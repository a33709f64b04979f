"""What national estimates cost: a share in 832 domains, five indicators in 832 counties.

    python benchmarks/estimate_national.py [--runs 5] [--interviews 1250000] [--without-svy]

Simulated interviews with everything that costs time: text labels, refusals, open answers, cases in
clumps. Beside each figure stands the plain scan, a sum of the columns it reads by county, in the
same process. The share is measured at three sizes, with the exponent of its time in rows and in
domains; svy and, where it is installed, R survey estimate the same share at sizes they can bear.
CPU seconds (this process, its threads and children), medians. Prints tables in Markdown.
"""

import argparse
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl

from sampling.county_indicators import indicators_by_county
from sampling.estimate import proportions_by
from sampling.stages import describe

COUNTIES = 832
VILLAGES = 30
MEASURES = ("wrong_exit", "missed", "missed_base", "recurrence", "approves")
ROWS = (250_000, 500_000, 1_000_000)
FEWER = (104, 416)
DOMAINS = (26, 52, 104, 208)
ROWS_A_DOMAIN = 200
"""Rows of each domain where the domains grow, for packages that take long."""
R_SCRIPT = """
suppressMessages(library(survey)); options(survey.lonely.psu = "adjust")
d <- read.csv(commandArgs(TRUE)[1], colClasses = c(county = "character", psu = "character",
  stratum = "character"))
s <- svydesign(id = ~psu, strata = ~stratum, weights = ~weight, data = d, nest = TRUE)
t <- system.time(svyby(~fails, ~county, s, svyciprop, vartype = "ci", method = "beta"))
cat(sum(t[c("user.self", "sys.self")]))
"""


def simulate(rows: int, *, counties: int = COUNTIES, seed: int = 1) -> pl.DataFrame:
    """Interviews of E, N and a few P households in thirty villages and three strata a county."""
    rng = np.random.default_rng(seed)
    county = np.sort(rng.integers(0, counties, rows))
    village = county * VILLAGES + rng.integers(0, VILLAGES, rows)
    places = counties * VILLAGES
    risk = (
        rng.gamma(0.5, 2.0, places)
        * rng.choice([0.002, 0.005, 0.01, 0.02], counties)[np.arange(places) // VILLAGES]
    )
    code = rng.choice(3, rows, p=[0.45, 0.1, 0.45])
    done = rng.random(rows) < 0.95
    persons = rng.integers(1, 7, rows)
    fails = rng.random(rows) < np.minimum(risk, 0.5)[village]
    adcode = np.array([f"{100000 + 11 * one}" for one in range(counties)])
    of_village = adcode[np.arange(places) // VILLAGES]
    names = np.char.add(of_village, [f"{one % VILLAGES:06}" for one in range(places)])
    strata = np.char.add(of_village, [f"-{1 + one % 3}" for one in range(places)])
    pi1, pi2 = rng.uniform(0.1, 0.4, places)[village], rng.uniform(0.05, 0.3, places)[village]
    open_ = rng.random(rows)
    columns: dict[str, Any] = {
        "unit_id": np.char.add(names[village], [f"-{one:07}" for one in range(rows)]),
        "county_adcode": adcode[county],
        "stratum": strata[village],
        "psu": names[village],
        "household_class": np.array(["E", "P", "N"])[code],
        "class_found": np.array(["E", "P", "N"])[code],
        "persons": persons,
        "pi1": pi1,
        "pi2": pi2,
        "weight": np.where(done, 1 / (pi1 * pi2), 0.0),
        "disposition": np.where(done, "completed", "absent"),
        "wrong_exit": np.where((code == 0) & done, persons * fails, -1),
        "missed": np.where((code == 2) & done, persons * fails, -1),
        "missed_base": np.where((code == 2) & done, persons, -1),
        "recurrence": np.where((code == 0) & done, persons * (rng.random(rows) < 0.003), -1),
        "approves": np.where(done, rng.random(rows) > 0.04, -1),
        "undetermined": np.select(
            [done & (open_ < 0.003), done & (open_ < 0.006)], ["wrong_exit", "missed;approves"], ""
        ),
        "fails": fails,
    }
    measured = (pl.when(pl.col(name) >= 0).then(name).alias(name) for name in MEASURES)
    return pl.DataFrame(columns).with_columns(*measured)


def totals_of(interviews: pl.DataFrame) -> pl.DataFrame:
    counties = interviews.select(pl.col("county_adcode").unique().sort())
    return counties.with_columns(
        persons_e=pl.lit(42_000),
        persons_p=pl.lit(1_900),
        persons_n=pl.lit(136_100),
        persons_rural=pl.lit(180_000),
    )


def cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def seconds(work: Callable[[], Any], runs: int) -> float:
    """Median CPU seconds after one warm-up."""
    work()
    found = []
    for _ in range(runs):
        before = cpu()
        work()
        found.append(cpu() - before)
    return median(found)


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Slope of log time on log size."""
    x, y = np.log(sizes), np.log(times)
    return float(np.polyfit(x, y, 1)[0])


def scan(interviews: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Sum the columns by county: what reading them costs; of a text its length is summed."""
    sums = [
        (pl.col(name).str.len_bytes() if interviews[name].dtype == pl.String else pl.col(name))
        .sum()
        .alias(name)
        for name in columns
    ]
    return interviews.group_by("county_adcode").agg(sums)


def shares(runs: int) -> None:
    print("| share by domain | domains | rows | design s | ours s | scan s | ours/scan |")
    print("|---|---|---|---|---|---|---|")
    sizes = [*((COUNTIES, rows) for rows in ROWS), *((one, ROWS[-1]) for one in FEWER)]
    found = {}
    for domains, rows in sizes:
        data = simulate(rows, counties=domains)
        weight, fails = data["weight"].to_numpy(), data["fails"].to_numpy()
        design = describe(weight, psu=data["psu"], stratum=data["stratum"], single_psu="adjust")
        made = seconds(
            lambda d=data, w=weight: describe(w, psu=d["psu"], stratum=d["stratum"]), runs
        )
        ours = seconds(
            lambda d=data, s=design, y=fails: proportions_by(s, y, domain=d["county_adcode"]), runs
        )
        plain = seconds(lambda d=data: scan(d, ["weight", "fails"]), runs)
        found[domains, rows] = ours
        print(
            f"| Korn-Graubard | {domains} | {rows:,} | {made:.3f} | {ours:.3f} | {plain:.3f} "
            f"| {ours / plain:.1f} |"
        )
    of_rows = exponent(ROWS, [found[COUNTIES, rows] for rows in ROWS])
    domains = [*FEWER, COUNTIES]
    of_domains = exponent(domains, [found[one, ROWS[-1]] for one in domains])
    print(f"\nTime grows as rows^{of_rows:.2f} and as domains^{of_domains:.2f}.\n")


def figures(interviews: int, runs: int) -> None:
    data = simulate(interviews)
    official = totals_of(data)
    read = [name for name in data.columns if name not in ("county_adcode", "fails")]
    plain = seconds(lambda: scan(data, read), runs)
    weighted = seconds(lambda: indicators_by_county(data, totals=official), runs)
    bare = data.drop("weight")
    weighing = seconds(lambda: indicators_by_county(bare, totals=official), runs)
    print("| five indicators with composite, 832 counties | interviews | CPU s | scans |")
    print("|---|---|---|---|")
    print(f"| weights given | {interviews:,} | {weighted:.2f} | {weighted / plain:.1f} |")
    print(f"| weighed first | {interviews:,} | {weighing:.2f} | {weighing / plain:.1f} |")
    print(f"| plain scan of the {len(read)} columns | {interviews:,} | {plain:.3f} | 1 |\n")


def few_a_domain(domains: int) -> pl.DataFrame:
    """As many rows a domain as domains grow, answered ones only."""
    data = simulate(domains * ROWS_A_DOMAIN, counties=domains).filter(pl.col("weight") > 0)
    return data.with_columns(pl.col("fails").cast(pl.Int64))


def svy_shares(runs: int) -> None:
    import svy

    print(f"| share by domain, {ROWS_A_DOMAIN} rows in each | domains | svy s | ours s |")
    print("|---|---|---|---|")
    theirs, mine = [], []
    for domains in DOMAINS:
        data = few_a_domain(domains)
        sample = svy.Sample(data, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
        weight, y = data["weight"].to_numpy(), data["fails"].to_numpy()
        design = describe(weight, psu=data["psu"], stratum=data["stratum"], single_psu="adjust")
        theirs.append(
            seconds(lambda s=sample: s.estimation.prop("fails", by="county_adcode"), runs)
        )
        mine.append(
            seconds(
                lambda d=data, s=design, y=y: proportions_by(s, y, domain=d["county_adcode"]), runs
            )
        )
        print(f"| svy {version('svy')} | {domains} | {theirs[-1]:.3f} | {mine[-1]:.4f} |")
    slope = exponent(DOMAINS[1:], theirs[1:])
    reach = theirs[-1] * (COUNTIES / DOMAINS[-1]) ** slope * (ROWS[-1] / COUNTIES / ROWS_A_DOMAIN)
    print(
        f"\nTime grows as domains^{slope:.2f} in svy and as domains^{exponent(DOMAINS, mine):.2f} "
        f"here; {ROWS[-1]:,} rows in {COUNTIES} domains would take svy about {reach:.0f} s, were "
        "it linear in rows.\n"
    )


def r_shares() -> None:
    times = []
    with TemporaryDirectory() as folder:
        script, path = Path(folder) / "share.R", Path(folder) / "rows.csv"
        script.write_text(R_SCRIPT)
        for domains in DOMAINS[:3]:
            few_a_domain(domains).select(
                "psu", "stratum", "weight", "fails", county="county_adcode"
            ).write_csv(path)
            command = ["Rscript", str(script), str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print("R survey: the package survey is missing")
                return
            times.append(float(done.stdout))
            print(f"R survey, {domains} domains of {ROWS_A_DOMAIN} rows: {times[-1]:.2f} s")
    print(f"Time grows as domains^{exponent(DOMAINS[:3], times):.2f} in R survey.\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--interviews", type=int, default=1_250_000)
    parser.add_argument("--without-svy", action="store_true")
    options = parser.parse_args()
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "polars"))
    print(f"SIMULATED interviews; Python {platform.python_version()}, {packages}\n")
    shares(options.runs)
    figures(options.interviews, options.runs)
    if not options.without_svy and find_spec("svy"):
        svy_shares(min(options.runs, 3))
    if shutil.which("Rscript"):
        r_shares()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"Peak memory {peak:.1f} GB, simulation included.")


if __name__ == "__main__":
    main()
