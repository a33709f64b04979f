"""What a national draw costs: 1.25 of 29.48 million simulated households, and two stages.

    python benchmarks/national_draw.py [--frame FOLDER] [--runs 5] [--only NAME ...]

The frame is generated (benchmarks/national_frame.py), some 250 MB: in FOLDER, where it stays, or in
a temporary folder that is deleted afterwards. Every measurement is a process of its own, so that
its memory is its peak; each draw stands beside the plain scan of the columns it reads, in the same
process. CPU seconds, medians after one warm-up; slow measurements are run three times at most.
Prints a table in Markdown for docs/benchmarks-sampling.md.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))

import polars as pl
from national_frame import write

from sampling import tickets
from sampling.engines import engine
from sampling.engines.cells import draw_cells
from sampling.engines.contract import Engine, Households, Method
from sampling.engines.polars import Polars
from sampling.plan import Plan
from sampling.stratified_draw import draw_stratified
from sampling.village_draw import draw_villages
from sampling.writers import write_table

SEED = "national benchmark"
RATE = 1.25 / 29.48
A_VILLAGE = 20
SLOW = 3
KEY, TEXT = ("village_code", "row_key"), ("village_code", "household_id")


def scan(folder: Path, columns: tuple[str, ...]) -> int:
    """Sum the columns: what reading them costs; of a text its length is summed."""
    rows = pl.scan_parquet(folder / "households" / "*.parquet").select(columns)
    summed = [
        (pl.col(name).str.len_bytes() if dtype == pl.String else pl.col(name)).sum()
        for name, dtype in rows.collect_schema().items()
    ]
    return rows.select(pl.len().alias("n"), *summed).collect(engine="streaming")["n"][0]


def stratified(
    folder: Path, *, by: Engine, method: Method, unit: str, carry: tuple[str, ...] = ()
) -> pl.DataFrame:
    """The ids of 1.25 million households, n_h in proportion to N_h."""
    cells = strata(folder).select("village_code", "cell", "n", "size", pl.lit(SEED).alias("seed"))
    households = Households(folder / "households", unit=unit)
    return draw_cells(by, households, cells, method=method, carry=carry)


def strata(folder: Path) -> pl.DataFrame:
    """Villages with the size and share of their stratum."""
    villages = pl.read_parquet(folder / "villages.parquet")
    size = pl.col("households_e") + pl.col("households_p")
    sized = villages.with_columns(cell="stratum", size=size.sum().over("stratum"))
    return sized.with_columns(n=(pl.col("size") * RATE).ceil().cast(pl.Int64))


def size_of(folder: Path) -> int:
    """Households of the frame."""
    return int(json.loads((folder / "simulated.json").read_text())["households"])


def sample_file(folder: Path) -> int:
    """The same draw with all columns, probabilities and weights, written as a sample file."""
    shares = strata(folder)
    sizes = dict(shares.select("stratum", "size").iter_rows())
    first = next((folder / "households").glob("*.parquet"))
    sample = draw_stratified(
        shares,
        dict(shares.select("stratum", "n").iter_rows()),
        Households(folder / "households"),
        seed=SEED,
        sizes=sizes,
        method="splitmix64",
        carry=tuple(pl.read_parquet_schema(first)),
    )
    with TemporaryDirectory() as out:
        write_table(sample, Path(out) / "sample_households.parquet")
    return sample.height


def two_stages(folder: Path, *, by: Engine, method: Method, unit: str) -> int:
    """30 villages a county with probabilities proportional to size, then 20 households in each."""
    villages = pl.read_parquet(folder / "villages.parquet")
    drawn = draw_villages(Plan().override(["stage1.reserve=0"]), villages, campaign_seed=SEED)
    counties = {one: tickets.county_seed(SEED, one) for one in drawn["county_adcode"].unique()}
    seeds = [
        tickets.village_seed(counties[adcode], code)
        for adcode, code in drawn.select("county_adcode", "village_code").iter_rows()
    ]
    sizes = villages.select("village_code", size=pl.col("households_e") + pl.col("households_p"))
    cells = drawn.with_columns(pl.Series("seed", seeds)).join(sizes, on="village_code")
    cells = cells.select(
        "village_code",
        pl.col("village_code").alias("cell"),
        "seed",
        "size",
        n=pl.min_horizontal("size", A_VILLAGE),
    )
    households = Households(folder / "households", unit=unit)
    return draw_cells(by, households, cells, method=method).height


def duckdb_sql(folder: Path) -> int:
    """What one would write by hand: every household hashed, all of them ranked."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set preserve_insertion_order = false")
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "strata.parquet"
        strata(folder).select("village_code", "cell", "n").write_parquet(path)
        return (
            connection.sql(f"""
            select household_id from (
                select h.household_id, n, row_number() over (
                    partition by cell order by sha256('{SEED}' || chr(31) || h.household_id)
                ) as place
                from read_parquet('{folder}/households/*.parquet') h
                join read_parquet('{path}') using (village_code)
            ) where place <= n""")
            .fetchnumpy()["household_id"]
            .size
        )


def svy_srs(folder: Path) -> int:
    """svy 0.35: the frame in memory, simple random samples by stratum."""
    import svy

    shares = strata(folder)
    rows = pl.scan_parquet(folder / "households" / "*.parquet").select("row_key", "village_code")
    placed = rows.join(shares.lazy().select("village_code", "stratum"), on="village_code")
    frame = placed.select("row_key", "stratum").collect(engine="streaming")
    take = dict(shares.select("stratum", "n").iter_rows())
    sample = svy.Sample(frame, svy.Design(stratum="stratum")).sampling.srs(take, rstate=1)
    return int(sample.n_records)


def r_sample(folder: Path) -> int:
    """R: sample.int() in every stratum, without reading any register."""
    shares = strata(folder).select("cell", "size", "n").unique().sort("cell")
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "strata.csv"
        shares.write_csv(path)
        script = (
            f"s <- read.csv('{path}'); set.seed(1); "
            "cat(length(unlist(mapply(sample.int, s$size, s$n))))"
        )
        done = subprocess.run(["Rscript", "-e", script], check=True, capture_output=True, text=True)
    return int(done.stdout)


def frame_columns(folder: Path) -> tuple[str, ...]:
    """All 16 columns."""
    return tuple(pl.read_parquet_schema(next((folder / "households").glob("*.parquet"))))


Measure = tuple[str, Callable[[Path], int], tuple[str, ...] | None, str]
"""What it says, what it runs, the columns it is compared with, its target."""

MEASURES: dict[str, Measure] = {
    "splitmix64": (
        "stratified draw, splitmix64, row keys",
        lambda f: stratified(f, by=Polars(), method="splitmix64", unit="row_key").height,
        KEY,
        "≤ 2.5 s, ≤ 0.6 GB, ≤ 4 ×",
    ),
    "splitmix64-text": (
        "the same, identifiers as text",
        lambda f: stratified(f, by=Polars(), method="splitmix64", unit="household_id").height,
        (*KEY, "household_id"),
        "",
    ),
    "sha256": (
        "stratified draw, SHA-256",
        lambda f: stratified(f, by=Polars(), method="sha256", unit="household_id").height,
        TEXT,
        "≤ 20 s, ≤ 0.6 GB",
    ),
    "two-stage": (
        "two stages, splitmix64: 30 villages a county by PPS, 20 households each",
        lambda f: two_stages(f, by=Polars(), method="splitmix64", unit="row_key"),
        KEY,
        "≤ 3 s, ≤ 1 GB",
    ),
    "two-stage-sha256": (
        "the same, SHA-256",
        lambda f: two_stages(f, by=Polars(), method="sha256", unit="household_id"),
        TEXT,
        "",
    ),
    "sample-file": (
        "stratified draw, splitmix64, all columns, written as the sample file",
        sample_file,
        (),
        "≤ 8 s, ≤ 1.5 GB",
    ),
    "duckdb-splitmix64": (
        "stratified draw, splitmix64, row keys, engine duckdb",
        lambda f: stratified(f, by=engine("duckdb"), method="splitmix64", unit="row_key").height,
        KEY,
        "",
    ),
    "duckdb-sha256": (
        "stratified draw, SHA-256, engine duckdb",
        lambda f: stratified(f, by=engine("duckdb"), method="sha256", unit="household_id").height,
        TEXT,
        "",
    ),
    "duckdb-sql": ("duckdb SQL by hand, SHA-256: rank every household", duckdb_sql, TEXT, ""),
    "svy": ("svy: frame in memory, its own generator", svy_srs, KEY, ""),
    "r": ("R: sample.int() by stratum, no register read", r_sample, None, ""),
}

SLOWER = {"sha256", "two-stage-sha256", "duckdb-sha256", "duckdb-sql"}
NEEDS = {"duckdb-splitmix64": "duckdb", "duckdb-sha256": "duckdb", "duckdb-sql": "duckdb"}
NEEDS |= {"svy": "svy"}


def measure(name: str, folder: Path) -> dict[str, float]:
    """Run one measurement in this process: CPU seconds of scan and draw, peak memory in GB."""
    _, work, columns, _ = MEASURES[name]
    started = cpu()
    rows = work(folder)
    spent = cpu() - started
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    started = cpu()
    if columns is not None:
        scan(folder, columns or frame_columns(folder))
    scanned = cpu() - started
    return {"rows": rows, "cpu": spent, "scan": scanned, "memory": peak / 1e6}


def cpu() -> float:
    """CPU seconds of this process, its threads and its children."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def is_there(name: str) -> bool:
    """Whether what a measurement needs is installed."""
    if name == "r":
        return shutil.which("Rscript") is not None
    if name not in NEEDS:
        return True
    try:
        return bool(version(NEEDS[name]))
    except PackageNotFoundError:
        return False


def report(folder: Path, names: list[str], runs: int) -> None:
    """Print the table, one row a measurement."""
    packages = ["polars", "duckdb", "svy"]
    shown = [f"{one} {version(one)}" for one in packages if is_there(one) and one != "duckdb"]
    if is_there("duckdb-sql"):
        shown.append(f"duckdb {version('duckdb')}")
    print(
        f"SIMULATED frame: {size_of(folder):,} households; seed {SEED!r}; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {', '.join(shown)}; median of {runs} runs "
        f"({SLOW} of the slow ones)\n"
    )
    print("| work | households drawn | CPU s | × scan of its columns | peak GB | target |")
    print("|---|---|---|---|---|---|")
    for name in names:
        title, _, columns, target = MEASURES[name]
        if not is_there(name):
            print(f"| {title} | not installed | | | | {target} |", flush=True)
            continue
        found = [child(name, folder) for _ in range(min(runs, SLOW) if name in SLOWER else runs)]
        spent = median(one["cpu"] for one in found)
        ratio = (
            "" if columns is None else f"{median(one['cpu'] / one['scan'] for one in found):.1f}"
        )
        if columns is not None:
            ratio += f" (scan {median(one['scan'] for one in found):.2f} s)"
        memory = max(one["memory"] for one in found)
        rows = int(found[0]["rows"])
        print(
            f"| {title} | {rows:,} | {spent:.2f} | {ratio} | {memory:.2f} | {target} |", flush=True
        )


def child(name: str, folder: Path) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", name, "--frame", str(folder)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure a national draw.")
    parser.add_argument("--frame", type=Path, help="folder of the frame, made if it is not there")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=MEASURES, default=list(MEASURES))
    parser.add_argument("--one", choices=MEASURES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.frame)))
        return
    with TemporaryDirectory() as scratch:
        folder = options.frame or Path(scratch) / "frame"
        if not (folder / "simulated.json").exists():
            write(folder)
        scan(folder, frame_columns(folder))  # warm-up: the files are in the page cache
        report(folder, options.only, options.runs)


if __name__ == "__main__":
    main()
