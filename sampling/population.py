"""The people of a county as arrays: households by village and class, real sizes or invented ones.

What is true of them is the business of `sampling.truth`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sampling.errors import SimulationError
from sampling.stages import Codes, Floats

CLASSES = ("E", "P", "N")
PERSONS = {"E": 3.2, "P": 2.4, "N": 3.4}
"""Mean persons of a household where the village frame does not count persons."""

INVENTED = "990001"
"""Code of an invented county; no county of the country begins with 99."""

KM_A_DEGREE = 111.2


@dataclass(frozen=True, eq=False)
class Households:
    """The households of one class of a county, village after village.

    Parameters
    ----------
    start : (villages + 1,) int, households `start[i]` up to `start[i + 1]` live in village i
    persons : (households,) int, >= 1
    """

    start: Codes
    persons: Codes

    @property
    def count(self) -> Codes:
        """(villages,) households of each village (count)."""
        return np.diff(self.start)

    @property
    def village(self) -> Codes:
        """(households,) village of each household."""
        return np.repeat(np.arange(self.start.size - 1), self.count)


@dataclass(frozen=True, eq=False)
class Population:
    """Everybody in one county; made by `population`, never by hand.

    Parameters
    ----------
    county_adcode : county
    villages : (villages,) codes, sorted
    stratum : (villages,) codes of strata
    remoteness_class : (villages,) int, 1 = near
    points : (villages, 2) float, km east and north of the middle; None = positions unknown
    classes : "E", "P", "N" -> its households
    """

    county_adcode: str
    villages: tuple[str, ...]
    stratum: tuple[str, ...]
    remoteness_class: Codes
    points: Floats | None
    classes: Mapping[str, Households]

    def __repr__(self) -> str:
        counts = ", ".join(f"{one} {part.persons.size:,}" for one, part in self.classes.items())
        return f"Population({self.county_adcode}: {len(self.villages)} villages, {counts})"

    def position(self) -> Floats:
        """(villages,) remoteness between 0 (nearest class) and 1 (remotest); 0 with one class."""
        nearest, remotest = self.remoteness_class.min(), self.remoteness_class.max()
        place: Floats = (self.remoteness_class - nearest) / max(int(remotest - nearest), 1)
        return place

    def unit_ids(self, household_class: str) -> NDArray[np.str_]:
        """(households,) identifiers, `<village>-<class><number>`, in the order of the arrays."""
        part = self.classes[household_class]
        number = np.arange(part.persons.size) - np.repeat(part.start[:-1], part.count)
        return np.array(
            [
                f"{self.villages[i]}-{household_class.lower()}{k + 1:04}"
                for i, k in zip(part.village.tolist(), number.tolist(), strict=True)
            ],
            dtype=np.str_,
        )

    def table(self, household_class: str) -> pl.DataFrame:
        """Household frame of one class: `household_id village_code household_class persons`."""
        part = self.classes[household_class]
        return pl.DataFrame(
            {
                "household_id": self.unit_ids(household_class),
                "village_code": np.array(self.villages)[part.village],
                "household_class": pl.repeat(household_class, part.persons.size, eager=True),
                "persons": part.persons,
            }
        )


def population(
    villages: pl.DataFrame, *, county_adcode: str, rng: np.random.Generator
) -> Population:
    """Fill the villages of a county with households of whole persons.

    Households are as many as the village frame counts in each class. Persons of a village and
    class are those of the frame, where it counts them: each household has one, and the others
    are dealt out at random.

    Parameters
    ----------
    villages : frozen villages, see `sampling.remoteness.freeze`; `persons_e persons_p
        persons_n` and `lat lon` are used where they are there
    county_adcode : which county of them
    rng : deals out the persons

    Returns
    -------
    villages inside the frame, sorted by code

    Raises
    ------
    SimulationError : no such county, or fewer persons than households

    Examples
    --------
    >>> from sampling.plan import Plan
    >>> from sampling.remoteness import freeze
    >>> rng = np.random.default_rng(1)
    >>> frozen = freeze(Plan(), invent_county(40, rng=rng))
    >>> population(frozen.villages, county_adcode=INVENTED, rng=rng)
    Population(990001: 40 villages, E 2,400, P 80, N 10,000)
    """
    here = villages.filter(
        pl.col("county_adcode") == county_adcode, pl.col("stratum").is_not_null()
    ).sort("village_code")
    if here.is_empty():
        raise SimulationError("simulate.county", adcode=county_adcode)
    return Population(
        county_adcode=county_adcode,
        villages=tuple(here["village_code"].to_list()),
        stratum=tuple(here["stratum"].to_list()),
        remoteness_class=here["remoteness_class"].to_numpy().astype(np.int64),
        points=_points(here),
        classes={one: _households(here, one, rng) for one in CLASSES},
    )


def invent_county(
    villages: int,
    *,
    rng: np.random.Generator,
    households_e: float = 60.0,
    households_n: float = 250.0,
    adcode: str = INVENTED,
) -> pl.DataFrame:
    """Invent the village frame of a county: unequal villages around a seat, few E far out.

    Villages lie in townships scattered over a square whose side grows with their number; the
    county seat is in the middle. Sizes are log-normal (standard deviation 0.45 of the
    logarithm); remoter villages have somewhat more E and fewer N households.

    Parameters
    ----------
    villages : how many (count)
    rng : places them and gives them sizes
    households_e, households_n : mean households of a village (count)
    adcode : code of the county, six digits

    Returns
    -------
    one row a village with the columns of a village frame, positions, `km_to_seat` and
    `elevation_m`

    Raises
    ------
    SimulationError : no villages, or no households

    Examples
    --------
    >>> county = invent_county(160, rng=np.random.default_rng(1))
    >>> county.height, county["households_e"].sum()
    (160, 9600)
    """
    if villages < 1:
        raise SimulationError("simulate.whole", name="villages", low=1, value=villages)
    for name, mean in (("households_e", households_e), ("households_n", households_n)):
        if not 1 <= mean < np.inf:
            raise SimulationError("simulate.positive", name=name, value=mean)
    towns = -(-villages // 12)
    town = np.arange(villages) // 12
    side = 3.0 * np.sqrt(villages)  # km: nine square kilometres a village
    km = side * (rng.random((towns, 2)) - 0.5)[town] + rng.normal(0.0, 2.0, (villages, 2))
    distance = np.hypot(km[:, 0], km[:, 1])
    far = distance / distance.max()
    size = np.exp(rng.normal(0.0, 0.45, villages))
    e = _shared_out(round(households_e * villages), size * (0.7 + 0.6 * far))
    n = _shared_out(round(households_n * villages), size * (1.3 - 0.6 * far))
    p = _shared_out(2 * villages, size * (0.5 + far))
    return pl.DataFrame(
        {
            "village_code": [f"{adcode}{100 + t:03}{200 + i % 12:03}" for i, t in enumerate(town)],
            "village_name": [f"村{i + 1}" for i in range(villages)],
            "town_code": [f"{adcode}{100 + t:03}" for t in town],
            "county_adcode": [adcode] * villages,
            "village_type": ["poor" if one > 0.5 else "other" for one in far],
            "households_e": e,
            "persons_e": e + rng.binomial(8 * e, (PERSONS["E"] - 1) / 8),
            "households_p": p,
            "persons_p": p + rng.binomial(8 * p, (PERSONS["P"] - 1) / 8),
            "households_n": n,
            "persons_n": n + rng.binomial(8 * n, (PERSONS["N"] - 1) / 8),
            "lat": np.round(30.0 + km[:, 1] / KM_A_DEGREE, 5),
            "lon": np.round(110.0 + km[:, 0] / KM_A_DEGREE / np.cos(np.pi / 6), 5),
            "km_to_seat": np.round(distance, 1),
            "elevation_m": np.round(300 + 900 * far + rng.normal(0.0, 80.0, villages)),
        }
    )


def _points(villages: pl.DataFrame) -> Floats | None:
    if not {"lat", "lon"} <= set(villages.columns):
        return None
    degrees = villages.select(pl.col("lat", "lon").cast(pl.Float64)).to_numpy()
    if not np.isfinite(degrees).all():
        return None
    middle = degrees.mean(axis=0)
    north, east = (degrees - middle).T * KM_A_DEGREE
    return np.column_stack([east * np.cos(np.radians(middle[0])), north])


def _households(
    villages: pl.DataFrame, household_class: str, rng: np.random.Generator
) -> Households:
    letter = household_class.lower()
    counts = villages[f"households_{letter}"].to_numpy().astype(np.int64)
    start = np.concatenate([[0], np.cumsum(counts)])
    if f"persons_{letter}" not in villages.columns:
        others = rng.binomial(8, (PERSONS[household_class] - 1) / 8, int(start[-1]))
        return Households(start, 1 + others.astype(np.int64))
    totals = villages[f"persons_{letter}"].to_numpy().astype(np.int64)
    wrong = np.flatnonzero((totals < counts) | ((counts == 0) & (totals > 0)))
    if wrong.size:
        raise SimulationError(
            "simulate.persons",
            village=villages["village_code"][int(wrong[0])],
            household_class=household_class,
            persons=int(totals[wrong[0]]),
            households=int(counts[wrong[0]]),
        )
    dealt = [
        rng.multinomial(total - count, np.full(count, 1 / count))
        for total, count in zip(totals.tolist(), counts.tolist(), strict=True)
        if count
    ]
    return Households(start, 1 + np.concatenate([np.empty(0, np.int64), *dealt]).astype(np.int64))


def _shared_out(total: int, weight: Floats) -> Codes:
    """Whole numbers in proportion to the weights, at least 1, adding up to the total."""
    ends = np.floor(np.cumsum((total - weight.size) * weight / weight.sum()) + 0.5)
    return (1 + np.diff(ends, prepend=0.0)).astype(np.int64)
