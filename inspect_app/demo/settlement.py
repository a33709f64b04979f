"""Where simulated people live: village committees, their remoteness and their rural persons.

Names and codes are real, and so are the township points; everything counted in persons is not.
"""

from statistics import NormalDist

import numpy as np
import polars as pl

from inspect_app.demo import places
from inspect_app.demo.chance import stream
from inspect_app.demo.errors import DemoError
from inspect_app.demo.places import County

# Median rural residents a village in the listed counties, census of 2020.
PERSONS_A_VILLAGE = 780
TOWNSHIP_ORDER = {"subdistrict": 0, "town": 1, "township": 2, "township_like": 3}


def settle(county: County, *, seed: str) -> pl.DataFrame:
    """Villages that hold households, with covariates, simulated type and rural persons.

    Resident committees are left out: their people are not rural. The columns are `village_code
    village_name town_code town_name county_adcode village_type lat lon remoteness_source`, one of
    `km_to_seat` and `remoteness_fallback`, and `persons_rural`, sorted by code.

    Raises
    ------
    DemoError : the county has no village committee at all
    """
    inhabited = places.villages(county.adcode).filter(
        pl.col("village_type") != "resident_committee"
    )
    if inhabited.is_empty():
        raise DemoError("county.without_villages", name=county.name_zh, adcode=county.adcode)
    placed = _place(inhabited, county, seed=seed)
    return placed.with_columns(
        pl.Series("village_type", _types(covariate(placed), seed, county.adcode)),
        pl.Series("persons_rural", _rural_persons(placed.height, county, seed)),
    )


def covariate(settled: pl.DataFrame) -> np.ndarray:
    """Remoteness covariate of the villages, (n_villages,) float, larger is more remote."""
    name = "km_to_seat" if "km_to_seat" in settled.columns else "remoteness_fallback"
    return settled.get_column(name).to_numpy()


def rural_total(county: County, n_villages: int) -> tuple[int, bool]:
    """Rural persons to simulate, and whether the census count gave the number.

    A county with no rural resident in the census still has village committees; they get the median
    number of persons a village, all together at most six in ten of the county's residents.
    """
    if county.rural_pop_2020:
        return county.rural_pop_2020, True
    typical = PERSONS_A_VILLAGE * n_villages
    return (min(typical, county.pop_2020 * 6 // 10) if county.pop_2020 else typical), False


def share_out(total: int, weights: np.ndarray) -> np.ndarray:
    """Split a whole number by weights, largest remainder first; the parts sum to the total."""
    exact = total * weights / weights.sum()
    parts: np.ndarray = np.floor(exact).astype(np.int64)
    short = total - int(parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:short]] += 1
    return parts


def normal_scores(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n standard normal quantiles in random order: the spread is the same in each county."""
    quantile = NormalDist().inv_cdf
    scores = np.array([quantile((rank + 0.5) / n) for rank in range(n)])
    return scores[rng.permutation(n)]


def _place(inhabited: pl.DataFrame, county: County, *, seed: str) -> pl.DataFrame:
    towns = places.townships(county.adcode).filter(
        pl.col("town_code").is_in(inhabited.get_column("town_code").implode())
    )
    located = towns.get_column("km_to_seat_town").is_not_null()
    columns = ["village_code", "village_name", "town_code", "town_name", "county_adcode"]
    if located.sum() * 2 < towns.height:
        return _by_code_order(inhabited.select(*columns, "township_type"), towns)
    return _by_distance(inhabited.select(columns), towns, seed, county.adcode)


def _by_distance(
    inhabited: pl.DataFrame, towns: pl.DataFrame, seed: str, adcode: str
) -> pl.DataFrame:
    """Distance of the township, plus a simulated spread of villages around it.

    A township without a point gets the median of the located townships of its type, and says so.
    """
    rng = stream(seed, adcode, "spread")
    distance = pl.col("km_to_seat_town")
    known = towns.select(
        "town_code",
        "lat",
        "lon",
        distance.fill_null(distance.median().over("township_type"))
        .fill_null(distance.median())
        .alias("km_town"),
        pl.when(distance.is_null())
        .then(pl.lit("fallback"))
        .otherwise(pl.lit("position"))
        .alias("remoteness_source"),
    )
    spread = pl.Series(rng.gamma(2.0, 2.5, inhabited.height))
    return (
        inhabited.join(known, on="town_code", how="left", maintain_order="left")
        .with_columns((pl.col("km_town") + spread).round(1).alias("km_to_seat"))
        .drop("km_town")
    )


def _by_code_order(inhabited: pl.DataFrame, towns: pl.DataFrame) -> pl.DataFrame:
    """Index for a county without positions: township type first, then the order of the codes.

    Codes start at the county seat and run outwards more often than not; nothing is drawn here.
    """
    places_in_order = towns.select(
        "town_code",
        "lat",
        "lon",
        (pl.int_range(pl.len()) / pl.len()).alias("town_order"),
    )
    type_order = pl.col("township_type").replace_strict(TOWNSHIP_ORDER, return_dtype=pl.Int64)
    village_order = pl.int_range(pl.len()).over("town_code") / pl.len().over("town_code")
    index = type_order + pl.col("town_order") + village_order / towns.height
    return (
        inhabited.join(places_in_order, on="town_code", how="left", maintain_order="left")
        .with_columns(
            index.round(4).alias("remoteness_fallback"),
            pl.lit("fallback").alias("remoteness_source"),
        )
        .drop("township_type", "town_order")
    )


def _types(remoteness: np.ndarray, seed: str, adcode: str) -> list[str]:
    """Simulated village types: poor more often when remote, relocation sites near the seat."""
    rng = stream(seed, adcode, "village types")
    n = len(remoteness)
    position = np.argsort(np.argsort(remoteness, kind="stable"), kind="stable") / max(n - 1, 1)
    poor = rng.random(n) < 0.2 + 0.4 * position
    relocation = (position < 0.4) & (rng.random(n) < 0.06)
    return [
        "relocation" if site else "poor" if listed else "other"
        for site, listed in zip(relocation.tolist(), poor.tolist(), strict=True)
    ]


def _rural_persons(n: int, county: County, seed: str) -> np.ndarray:
    total, _ = rural_total(county, n)
    rng = stream(seed, county.adcode, "village sizes")
    return share_out(total, np.exp(0.45 * normal_scores(n, rng)))
