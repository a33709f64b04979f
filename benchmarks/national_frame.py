"""Generate a national household frame: SIMULATED, as large as the register of 2014 was.

    python benchmarks/national_frame.py FOLDER [--households 29480000] [--villages 128000]
                                               [--counties 832] [--seed 1]

FOLDER/villages.parquet              one row a village: counts, class of remoteness, stratum, point
FOLDER/households/<adcode>.parquet   one row a household, 16 columns, one file a county
FOLDER/simulated.json                that it is simulated, from which seed, how many rows

Villages differ in size as a lognormal with a heavier tail in large counties; the sizes are scaled
and rounded so that they sum to the households asked for. The same seed gives the same rows. Prints
its CPU seconds; the full frame takes less than 60.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

PROVINCES = (13, 14, 15, 22, 23, 34, 36, 41, 42, 43, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65)
"""Codes of the 22 provinces that had poverty counties."""

CAUSES = ("illness", "disability", "schooling", "labour", "skills", "capital", "transport", "other")
LARGEST_VILLAGE = 9_000
SHARE_E = 0.95
LINES = pl.Series([f"-{line:04}" for line in range(LARGEST_VILLAGE + 1)])


def write(
    folder: Path,
    *,
    households: int = 29_480_000,
    villages: int = 128_000,
    counties: int = 832,
    seed: int = 1,
) -> int:
    """Write the frame; returns the bytes of its files."""
    rng = np.random.default_rng(seed)
    (folder / "households").mkdir(parents=True, exist_ok=True)
    frame = village_table(rng, households=households, villages=villages, counties=counties)
    frame.write_parquet(folder / "villages.parquet")
    first_key = 1
    for (adcode,), county in frame.group_by("county_adcode", maintain_order=True):
        table = household_table(rng, county, first_key=first_key)
        table.write_parquet(folder / "households" / f"{adcode}.parquet", compression_level=1)
        first_key += table.height
    note = {
        "simulated": True,
        "seed": seed,
        "households": households,
        "villages": villages,
        "counties": counties,
    }
    (folder / "simulated.json").write_text(json.dumps(note, indent=1) + "\n")
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def village_table(
    rng: np.random.Generator, *, households: int, villages: int, counties: int
) -> pl.DataFrame:
    """Villages of all counties, their registered households summing to `households`."""
    of_county = np.repeat(np.arange(counties), _counts(rng.gamma(4, 1, counties), villages, 1))
    richness = rng.lognormal(0, 0.45, counties)[of_county]
    sizes = _counts(richness * rng.lognormal(0, 0.75, villages), households, 2)
    place = np.arange(villages) - np.searchsorted(of_county, of_county)
    adcodes = [f"{province}{number:04}" for province, number in _county_codes(counties)]
    towns, lines = place // 12, place % 12
    distance = np.round(rng.gamma(2.5, 12, villages), 1)
    remoteness = np.digitize(distance, (18, 36)) + 1
    exited = rng.binomial(sizes, SHARE_E)
    adcode = pl.Series([adcodes[county] for county in of_county])
    return pl.DataFrame(
        {
            "village_code": pl.Series(
                [
                    f"{adcodes[county]}{100 + town:03}{200 + line:03}"
                    for county, town, line in zip(of_county, towns, lines, strict=True)
                ]
            ),
            "county_adcode": adcode,
            "households_e": exited,
            "households_p": sizes - exited,
            "households_n": rng.poisson(2.2 * sizes) + 1,
            "km_to_seat": distance,
            "lat": 25 + 15 * rng.random(counties)[of_county] + rng.normal(0, 0.2, villages),
            "lon": 85 + 30 * rng.random(counties)[of_county] + rng.normal(0, 0.2, villages),
            "remoteness_class": remoteness,
            "stratum": adcode + "-" + pl.Series(remoteness.astype("U1").tolist()),
        }
    )


def household_table(
    rng: np.random.Generator, villages: pl.DataFrame, *, first_key: int
) -> pl.DataFrame:
    """Registered households of one county, village by village, 16 columns."""
    exited, poor = villages["households_e"].to_numpy(), villages["households_p"].to_numpy()
    sizes = exited + poor
    rows = int(sizes.sum())
    of_village = np.repeat(np.arange(len(sizes)), sizes)
    line = np.arange(rows) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    is_exited = line < exited[of_village]
    code = villages["village_code"].gather(of_village)
    dice = rng.integers(0, 2**62, rows)
    persons = 1 + _digit(dice, 0) // 2 + (_digit(dice, 1) > 7)
    return pl.DataFrame(
        {
            "row_key": np.arange(first_key, first_key + rows),
            "household_id": code + LINES.gather(line + 1),
            "village_code": code,
            "county_adcode": pl.repeat(villages["county_adcode"][0], rows, eager=True),
            "household_class": _words(("P", "E"), is_exited.astype(int)),
            "persons": persons,
            "registered_year": 2013 + (_digit(dice, 2) > 6) + (_digit(dice, 3) > 7),
            "exit_year": pl.DataFrame(
                {"year": 2015 + _digit(dice, 4) // 2, "exited": is_exited}
            ).select(pl.when("exited").then("year"))["year"],
            "cause": _words(CAUSES, _digit(dice, 5) * 8 // 10),
            "welfare": _words(("none", "dibao", "wubao"), (_digit(dice, 6) > 5) + (line % 29 == 0)),
            "relocated": _digit(dice, 7) > 8,
            "monitored": _digit(dice, 8) > 8,
            "house_grade": _words(tuple("ABCD"), _digit(dice, 9) * 4 // 10),
            "labour": np.minimum(persons, _digit(dice, 10) // 3),
            "land_mu": np.round(_digit(dice, 11) * 0.7 + _digit(dice, 12) * 0.1, 1),
            "income": 1_500 + 100 * _digit(dice, 13) + 1_000 * _digit(dice, 14) + line % 100,
        }
    )


def _counts(weights: NDArray[np.float64], total: int, least: int) -> NDArray[np.int64]:
    """Whole numbers in proportion to the weights, at least `least` each, summing to the total."""
    free = total - least * len(weights)
    if free < 0:
        raise SystemExit(f"{total} cannot give {least} to each of {len(weights)}")
    exact = np.minimum(weights / weights.sum() * free, LARGEST_VILLAGE - least - 1)
    exact *= free / exact.sum()
    counts = np.floor(exact).astype(np.int64)
    short = free - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    found: NDArray[np.int64] = counts + least
    if found.max() > LARGEST_VILLAGE:
        raise SystemExit("too many households for so few villages")
    return found


def _county_codes(counties: int) -> Iterator[tuple[int, int]]:
    for county in range(counties):
        yield PROVINCES[county * len(PROVINCES) // counties], 2101 + county


def _digit(dice: NDArray[np.int64], place: int) -> NDArray[np.int64]:
    """Decimal digit of a uniform number: many cheap small dice out of one throw."""
    return dice // 10**place % 10


def _words(words: tuple[str, ...], places: NDArray[np.int64]) -> pl.Series:
    return pl.Series(words).gather(places)


def main() -> None:
    parser = argparse.ArgumentParser(description="Generate a simulated national frame.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--households", type=int, default=29_480_000)
    parser.add_argument("--villages", type=int, default=128_000)
    parser.add_argument("--counties", type=int, default=832)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    size = write(
        options.folder,
        households=options.households,
        villages=options.villages,
        counties=options.counties,
        seed=options.seed,
    )
    print(
        f"SIMULATED: {options.households:,} households, {options.villages:,} villages, "
        f"{options.counties} counties, seed {options.seed}, {size / 1e6:.0f} MB of Parquet in "
        f"{options.folder}: {time.process_time():.1f} CPU s",
        file=sys.stdout,
    )


if __name__ == "__main__":
    main()
