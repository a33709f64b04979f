"""Small village and household frames for tests; every argument has a default."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sampling.frame import Frame, import_register
from sampling.plan import write_plan
from sampling.remoteness import freeze


def village_frame(
    n: int = 40, *, adcode: str = "420528", seed: int = 1, points: bool = True, scale: int = 1
) -> pl.DataFrame:
    """Villages of one county, about 50 E, 3 P and 300 N households each times `scale`.

    Five villages share the point of their town; distance and elevation grow with the code.
    """
    rng = np.random.default_rng(seed)
    towns = np.arange(n) // 5
    households_e = rng.integers(20, 90, n) * scale
    households_p = rng.integers(0, 7, n)
    households_n = rng.integers(100, 500, n) * scale
    columns = {
        "village_code": [f"{adcode}{100 + towns[i]:03}{200 + i % 5:03}" for i in range(n)],
        "village_name": [f"村{i + 1}" for i in range(n)],
        "town_code": [f"{adcode}{100 + town:03}" for town in towns],
        "county_adcode": [adcode] * n,
        "village_type": [("poor", "other")[i % 2] for i in range(n)],
        "households_e": households_e,
        "persons_e": households_e * 3,
        "households_p": households_p,
        "persons_p": households_p * 2,
        "households_n": households_n,
        "persons_n": households_n * 3,
        "km_to_seat": np.round(5 + 2.0 * np.arange(n) + rng.gamma(2, 2, n), 1),
        "elevation_m": np.round(300 + 10 * towns + rng.normal(0, 40, n)),
    }
    if points:
        columns |= {"lat": 30 + 0.05 * (towns % 4), "lon": 111 + 0.05 * (towns // 4)}
    return pl.DataFrame(columns)


def household_frame(villages: pl.DataFrame) -> pl.DataFrame:
    """E and P households of these villages, as many as the village frame says."""
    rows = [
        (
            f"{village['village_code']}-{household_class}{line:04}",
            village["village_code"],
            household_class,
            persons,
            2015,
            2019 if household_class == "E" else None,
        )
        for village in villages.iter_rows(named=True)
        for household_class, count, persons in (
            ("E", village["households_e"], 3),
            ("P", village["households_p"], 2),
        )
        for line in range(1, count + 1)
    ]
    names = (
        "household_id",
        "village_code",
        "household_class",
        "persons",
        "registered_year",
        "exit_year",
    )
    return pl.DataFrame(rows, schema=list(names), orient="row")


def roster(village_code: str, n: int = 60, *, registered: int = 5) -> pl.DataFrame:
    """Roster of a village: N households, then some that are on the register."""
    ids = [f"{village_code}-n{line:04}" for line in range(1, n + 1)]
    ids += [f"{village_code}-E{line:04}" for line in range(1, registered + 1)]
    return pl.DataFrame(
        {
            "unit_id": ids,
            "village_code": [village_code] * len(ids),
            "household_class": ["N"] * n + ["E"] * registered,
            "persons": [3] * len(ids),
            "line": range(1, len(ids) + 1),
        }
    )


def frozen_frame(folder: Path, villages: pl.DataFrame) -> Frame:
    """Frame folder of these villages and their households, imported from CSV."""
    files = {"villages": villages, "households": household_frame(villages)}
    persons = [f"persons_{one}" for one in "epn"]
    files["totals"] = (
        villages.group_by("county_adcode")
        .agg(pl.col(persons).sum())
        .sort("county_adcode")
        .with_columns(
            pl.sum_horizontal(persons).alias("persons_rural"),
            pl.lit("simulated").alias("document"),
            pl.lit(1).alias("simulated"),
        )
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in files.items():
        table.write_csv(folder / f"{name}.csv")
    return import_register(
        *(folder / f"{name}.csv" for name in ("villages", "households", "totals")),
        out=folder / "frame",
    )


def two_villages(folders: Any, root: Path) -> Any:
    """The same frame with a plan of two villages, two households a class in each."""
    wanted = folders.plan.override(
        ['strata.by=["county"]', "stage1.villages=2", "stage2.e=2", "stage2.n=2", "stage2.p=1"]
    )
    frozen = freeze(wanted, folders.frame.villages)
    plans = root / "plans"
    plan = write_plan(plans / "changyang", frozen.plan, frozen.villages)
    return replace(folders, plan=plan, plans=plans)
