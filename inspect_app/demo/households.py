"""Simulated households: how many of each class live in a village, and what the register says.

Persons sum exactly, rural = E + P + N, in the county and in every village.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from inspect_app.demo.chance import stream
from inspect_app.demo.places import County
from inspect_app.demo.profiles import Profile
from inspect_app.demo.settlement import covariate, normal_scores, share_out

CLASSES = ("E", "P", "N")
E, P, N = range(3)
MOST_PERSONS = 9
REGISTERED_HOUSEHOLD_SIZE = 3.1
MEDIAN_HOUSEHOLD_SIZE = 2.79
SHARES = dict[str, float]

# Illness 44 % of the poor population of 2015; the other shares are our own choice.
CAUSES: SHARES = {
    "illness": 0.44,
    "disability": 0.10,
    "schooling": 0.08,
    "disaster": 0.03,
    "marriage": 0.01,
    "land": 0.03,
    "water": 0.02,
    "technique": 0.08,
    "money": 0.06,
    "labour": 0.07,
    "transport": 0.03,
    "motivation": 0.03,
    "other": 0.02,
}
WELFARE_E: SHARES = {"none": 0.60, "dibao": 0.30, "tekun": 0.03, "disability": 0.05, "other": 0.02}
WELFARE_P: SHARES = {"none": 0.20, "dibao": 0.60, "tekun": 0.08, "disability": 0.10, "other": 0.02}
GRADES_E: SHARES = {"A": 0.52, "B": 0.44, "C": 0.03, "D": 0.01}
GRADES_P: SHARES = {"A": 0.22, "B": 0.53, "C": 0.18, "D": 0.07}
MONITORED: SHARES = {"none": 0.955, "unstable": 0.035, "sudden": 0.010}
REGISTRATION: SHARES = {"2013": 0.15, "2014": 0.60, "2015": 0.08, "2016": 0.07, "2017": 0.10}


@dataclass(frozen=True)
class Population:
    """Households of a county, sorted by village, registered ones first, each array (n,).

    Parameters
    ----------
    village : index of the village
    household_class : 0 = E, 1 = P, 2 = N
    persons : persons of the household, 1 to 9
    line : place in the register of the village, or in its roster for N, from 1
    """

    village: np.ndarray
    household_class: np.ndarray
    persons: np.ndarray
    line: np.ndarray

    def __len__(self) -> int:
        return len(self.village)


def populate(settled: pl.DataFrame, county: County, profile: Profile, *, seed: str) -> Population:
    """Fill the villages with households of each class, to the exact number of persons."""
    persons = _persons_by_class(settled, county, profile, seed)
    rng = stream(seed, county.adcode, "households")
    sizes = _household_sizes(county)
    parts = []
    for code in (E, P, N):
        village, members = _split(persons[code], sizes[code], rng)
        parts.append((village, np.full(len(village), code), members))
    village, household_class, members = (
        np.concatenate([part[i] for part in parts]) for i in range(3)
    )
    listed = household_class == N
    order = np.lexsort((rng.random(len(village)), listed, village))
    village, household_class, members = village[order], household_class[order], members[order]
    return Population(village, household_class, members, _lines(village, household_class == N))


def register_facts(
    population: Population, settled: pl.DataFrame, county: County, *, seed: str
) -> pl.DataFrame:
    """What the register says of the E and P households; empty where it says nothing (class N)."""
    rng = stream(seed, county.adcode, "register facts")
    n = len(population)
    is_e, is_n = population.household_class == E, population.household_class == N
    exit_year = _exit_years(n, county.exit_year, rng)
    registered = np.minimum(drawn(REGISTRATION, n, rng).astype(np.int64), exit_year - 1)
    welfare = np.where(is_e, drawn(WELFARE_E, n, rng), drawn(WELFARE_P, n, rng))
    grade = np.where(is_e, drawn(GRADES_E, n, rng), drawn(GRADES_P, n, rng))
    facts = pl.DataFrame(
        {
            "registered_year": registered,
            "exit_year": exit_year,
            "cause": drawn(CAUSES, n, rng),
            "welfare": welfare,
            "relocated_from": _old_villages(population, settled, rng),
            "monitored": drawn(MONITORED, n, rng),
            "house_grade": grade,
        }
    )
    known = pl.Series(~is_n)
    moved = pl.col("relocated_from").is_not_null()
    codes = settled.get_column("village_code").gather(population.village)
    return facts.select(
        pl.when(known).then(pl.col("registered_year")).alias("registered_year"),
        pl.when(pl.Series(is_e)).then(pl.col("exit_year")).alias("exit_year"),
        pl.when(known).then(pl.col("cause")).alias("cause"),
        pl.when(known).then(pl.col("welfare")).alias("welfare"),
        pl.when(known).then(pl.col("relocated_from")).alias("relocated_from"),
        pl.when(known & moved).then(codes).alias("relocated_to"),
        pl.when(pl.Series(is_e)).then(pl.col("monitored")).alias("monitored"),
        pl.when(known).then(pl.col("house_grade")).alias("house_grade"),
    )


def drawn(shares: SHARES, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n labels by their shares."""
    edges = np.cumsum(list(shares.values()))
    place = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    labels: np.ndarray = np.array(list(shares), dtype=object)
    chosen: np.ndarray = labels[np.minimum(place, len(edges) - 1)]
    return chosen


def _persons_by_class(
    settled: pl.DataFrame, county: County, profile: Profile, seed: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Persons of E, P and N by village; the registered are more where it is remote or poor."""
    rng = stream(seed, county.adcode, "classes")
    rural = settled.get_column("persons_rural").to_numpy()
    n = len(rural)
    position = np.argsort(np.argsort(covariate(settled), kind="stable")) / max(n - 1, 1)
    poor = (settled.get_column("village_type") != "other").to_numpy()
    tilt = np.exp(0.5 * (position - 0.5) + 0.35 * poor + 0.25 * normal_scores(n, rng))
    tilt = np.clip(tilt / np.average(tilt, weights=rural), 0.4, 2.0)
    total = int(rural.sum())
    still_poor = round(total * profile.still_poor_share)
    exited = round(total * profile.registered_share) - still_poor
    e = share_out(exited, rural * tilt)
    lag = np.clip(np.exp(0.5 * normal_scores(n, rng)), 0.3, 3.0)
    p = np.minimum(share_out(still_poor, rural * tilt * lag), rural - e)
    # A person who finds no room in the village stays unregistered, so the village sum holds.
    return e, p, rural - e - p


def _household_sizes(county: County) -> tuple[float, float, float]:
    """Mean persons a household by class, from the census mean of the county."""
    mean = min(max(county.hh_size_2020 or MEDIAN_HOUSEHOLD_SIZE, 2.0), 5.0)
    relative = (mean / MEDIAN_HOUSEHOLD_SIZE) ** 0.5
    return REGISTERED_HOUSEHOLD_SIZE * relative, 2.3 * relative, mean


def _split(
    persons: np.ndarray, mean: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Households for the persons of each village: village index and persons, each (n,)."""
    households = np.where(persons > 0, np.maximum(np.rint(persons / mean), 1), 0).astype(np.int64)
    village = np.repeat(np.arange(len(persons)), households)
    spread = (mean - 1) / (MOST_PERSONS - 1)
    sizes = 1 + rng.binomial(MOST_PERSONS - 1, spread, len(village)).astype(np.int64)
    while True:
        short = persons - np.bincount(village, weights=sizes, minlength=len(persons))
        short = np.rint(short).astype(np.int64)
        if not short.any():
            return village, sizes
        step = np.sign(short)[village]
        room = np.flatnonzero(
            ((step > 0) & (sizes < MOST_PERSONS)) | ((step < 0) & (sizes > 1)),
        )
        room = room[np.lexsort((rng.random(len(room)), village[room]))]
        rank = _lines(village[room], np.zeros(len(room), dtype=bool)) - 1
        chosen = room[rank < np.abs(short)[village[room]]]
        sizes[chosen] += step[chosen]


def _lines(village: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Place within runs of equal village and list, from 1; the rows are sorted by both."""
    n = len(village)
    if n == 0:
        return np.zeros(0, dtype=np.int64)
    starts = np.ones(n, dtype=bool)
    starts[1:] = (village[1:] != village[:-1]) | (listed[1:] != listed[:-1])
    first = np.maximum.accumulate(np.where(starts, np.arange(n), 0))
    return np.arange(n) - first + 1


def _exit_years(n: int, last: int, rng: np.random.Generator) -> np.ndarray:
    """Exit years of households, 2014 to the year of the county, more of them late."""
    shares = {str(year): 1.0 + 0.5 * (year - 2014) for year in range(2014, last + 1)}
    return drawn(shares, n, rng).astype(np.int64)


def _old_villages(
    population: Population, settled: pl.DataFrame, rng: np.random.Generator
) -> pl.Series:
    """Village a relocated household came from, null elsewhere: a remoter one of the county."""
    codes = settled.get_column("village_code")
    order = np.argsort(covariate(settled), kind="stable")
    remote = order[len(order) // 2 :]
    origin = remote[rng.integers(0, len(remote), len(population))]
    site = (settled.get_column("village_type") == "relocation").to_numpy()
    moved = site[population.village] & (rng.random(len(population)) < 0.8)
    moved &= origin != population.village
    return pl.select(pl.when(pl.Series(moved)).then(codes.gather(origin))).to_series()
