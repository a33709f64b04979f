"""Time and memory of a register import: `python benchmarks/import_register.py [--rows N]`.

Makes its own CSV register, imports it once to warm up, then each time in a new process, so that
CPU seconds count everything from start to exit and memory is the peak of that process. Prints the
median of five beside the sizes and versions; asserts nothing.
"""

import argparse
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

COUNTY = "420528"
HOUSEHOLDS_A_VILLAGE = 250
RUN = """\
import sys
from sampling.frame import import_register
villages, households, totals, out = sys.argv[1:]
frame = import_register(villages, households, totals, out=out)
assert not frame.manifest["warnings"], frame.manifest["warnings"][:3]
"""


def make_register(folder: Path, rows: int, seed: int, encoding: str) -> list[Path]:
    """Write villages, households and totals that agree with each other."""
    rng = np.random.default_rng(seed)
    count = -(-rows // HOUSEHOLDS_A_VILLAGE)
    codes = [f"{COUNTY}{100 + place // 900:03d}{place % 900:03d}" for place in range(count)]
    exited = rng.random(rows) < 0.95
    households = pl.DataFrame(
        {
            "户编码": [f"{COUNTY}{place:012d}" for place in rng.permutation(rows)],
            "行政村代码": [codes[place % count] for place in range(rows)],
            "户属性": np.where(exited, "脱贫户", "未脱贫户").tolist(),
            "人口数": rng.integers(1, 9, rows),
            "识别年度": np.full(rows, 2014),
            "脱贫年度": pl.Series(rng.integers(2016, 2020, rows)).set(pl.Series(~exited), None),
            "主要致贫原因": rng.choice(["因病", "因学", "缺技术", "缺资金"], rows).tolist(),
            "社会救助": rng.choice(["none", "dibao"], rows).tolist(),
            "监测对象类别": np.full(rows, "none").tolist(),
            "房屋安全等级": rng.choice(["A", "B"], rows).tolist(),
        }
    )
    sums = households.group_by("行政村代码").agg(
        *(
            column
            for word, name in (("脱贫户", "脱贫"), ("未脱贫户", "未脱贫"))
            for column in (
                (pl.col("户属性") == word).sum().alias(f"{name}户数"),
                pl.col("人口数").filter(pl.col("户属性") == word).sum().alias(f"{name}人口"),
            )
        )
    )
    villages = sums.with_columns(
        行政村=pl.lit("村") + pl.col("行政村代码").str.slice(-4),
        乡镇代码=pl.col("行政村代码").str.slice(0, 9),
        县代码=pl.lit(COUNTY),
        村类型=pl.lit("贫困村"),
        一般户数=pl.lit(300),
        一般人口=pl.lit(900),
    )
    persons = [villages[f"{name}人口"].sum() for name in ("脱贫", "未脱贫", "一般")]
    totals = pl.DataFrame(
        {
            "county_adcode": [COUNTY],
            "persons_e": persons[:1],
            "persons_p": persons[1:2],
            "persons_n": persons[2:],
            "persons_rural": [sum(persons)],
            "document": ["benchmark"],
            "simulated": [1],
        }
    )
    paths = []
    tables = {"villages": villages, "households": households, "totals": totals}
    for name, table in tables.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_bytes(table.write_csv().encode(encoding))
    return paths


def used() -> float:
    """CPU seconds of this process and of those it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def import_once(paths: list[Path], out: Path) -> float:
    started = used()
    subprocess.run([sys.executable, "-c", RUN, *map(str, paths), str(out)], check=True)
    return used() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000, help="households")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--encoding", default="utf-8", choices=["utf-8", "gb18030"])
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        paths = make_register(folder, chosen.rows, chosen.seed, chosen.encoding)
        size = paths[1].stat().st_size
        import_once(paths, folder / "warm-up")
        seconds = [import_once(paths, folder / f"run{k}") for k in range(chosen.repeat)]
        frozen = sum(file.stat().st_size for file in (folder / "warm-up").rglob("*.parquet"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"Python {platform.python_version()}, polars {pl.__version__}, seed {chosen.seed}")
    print(
        f"{chosen.rows:,} households, {chosen.encoding}: CSV {size / 1e6:.1f} MB, "
        f"frame {frozen / 1e6:.1f} MB"
    )
    print(
        f"import: median {statistics.median(seconds):.2f} CPU s of {chosen.repeat} "
        f"({min(seconds):.2f} to {max(seconds):.2f}), start-up included; target 10 for 500,000"
    )
    print(f"peak memory of the importing process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
