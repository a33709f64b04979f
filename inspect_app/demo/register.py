"""A simulated register: what a county would hand in, what teams would list, and what is true.

One function makes it for any county with villages, another writes it as Parquet and CSV. All
figures about people are simulated and say so; `docs/simulated-register.md` describes the model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

import numpy as np
import polars as pl

from inspect_app.demo import places
from inspect_app.demo.chance import digest
from inspect_app.demo.errors import DemoError
from inspect_app.demo.households import CLASSES, N, Population, populate, register_facts
from inspect_app.demo.places import County
from inspect_app.demo.profiles import Profile, profile_for
from inspect_app.demo.settlement import rural_total, settle
from inspect_app.demo.truth import TruthRow, hide_truth

MODEL = "simulated-register/1"
FRAMES = ("villages", "households", "totals", "rosters", "truth")
TRUTH_COLUMNS = tuple(column.name for column in fields(TruthRow))
HOUSEHOLD_FACTS = (
    "registered_year",
    "exit_year",
    "cause",
    "welfare",
    "relocated_from",
    "relocated_to",
    "monitored",
    "house_grade",
)


@dataclass(frozen=True, eq=False)
class SimulatedRegister:
    """Simulated register of one county or more.

    Parameters
    ----------
    seed : what every figure was made from
    profiles : profile by county code, in the order of the counties
    villages : village frame, one row a village
    households : household frame, one row an E or P household
    totals : one row a county, marked `simulated` = 1
    rosters : N households as a team would list them on arrival, `line` restarts in each village
    truth : hidden truth, one row a household of any class, columns as in `TruthRow`
    """

    seed: str
    profiles: Mapping[str, Profile]
    villages: pl.DataFrame
    households: pl.DataFrame
    totals: pl.DataFrame
    rosters: pl.DataFrame
    truth: pl.DataFrame = field(repr=False)

    @property
    def counties(self) -> tuple[str, ...]:
        """County codes in the order given."""
        return tuple(self.profiles)

    def roster(self, village_code: str) -> pl.DataFrame:
        """Roster of one village, in the order listed."""
        return self.rosters.filter(pl.col("village_code") == village_code)

    def truth_rows(self, unit_ids: Iterable[str]) -> dict[str, TruthRow]:
        """Truth of the households named, by their code.

        Raises
        ------
        DemoError : a code that is not in the register
        """
        wanted = list(unit_ids)
        missing = [unit_id for unit_id in wanted if unit_id not in self._truth_places]
        if missing:
            raise DemoError("register.unknown_household", unit_id=missing[0])
        rows = self.truth[[self._truth_places[unit_id] for unit_id in wanted]]
        return {row["unit_id"]: TruthRow(**row) for row in rows.iter_rows(named=True)}

    @cached_property
    def _truth_places(self) -> dict[str, int]:
        return {unit_id: i for i, unit_id in enumerate(self.truth.get_column("unit_id"))}


def simulate_register(
    adcode: str, *, seed: str, profile: Profile | None = None
) -> SimulatedRegister:
    """Make the register of one county; the same code, seed and profile give the same register.

    Parameters
    ----------
    adcode : code of one of the 831 counties with villages
    seed : any text, not empty
    profile : rates to build the truth to, default the one of `profile_for`

    Raises
    ------
    DemoError : unknown county, the listed county without code, or an empty seed
    """
    if not seed:
        raise DemoError("register.no_seed")
    county = places.find_county(adcode)
    chosen = profile or profile_for(county.adcode, seed=seed)
    settled = settle(county, seed=seed)
    population = populate(settled, county, chosen, seed=seed)
    listed = _identify(population, settled, county)
    facts = register_facts(population, settled, county, seed=seed)
    hidden = hide_truth(population, settled, county, chosen, seed=seed)
    return SimulatedRegister(
        seed=seed,
        profiles={county.adcode: chosen},
        villages=_village_frame(settled, population),
        households=_household_frame(listed, facts),
        totals=_totals(population, settled, county, seed),
        rosters=_rosters(listed),
        truth=_truth_frame(listed, facts, hidden),
    )


def join_registers(registers: Iterable[SimulatedRegister]) -> SimulatedRegister:
    """One register of several counties, as an import of a campaign takes it.

    Raises
    ------
    DemoError : no register, different seeds, or a county twice
    """
    parts = list(registers)
    if not parts:
        raise DemoError("register.no_county")
    codes = [code for part in parts for code in part.counties]
    if len(set(codes)) < len(codes) or len({part.seed for part in parts}) > 1:
        raise DemoError("register.two_seeds")
    frames = {
        name: pl.concat([getattr(part, name) for part in parts], how="diagonal") for name in FRAMES
    }
    return SimulatedRegister(
        seed=parts[0].seed,
        profiles={code: part.profiles[code] for part in parts for code in part.counties},
        **frames,
    )


def write_register(register: SimulatedRegister, folder: Path) -> list[Path]:
    """Write the register as Parquet and CSV, with one roster a village and the attributions.

    The same register may be written over itself; a folder with anything else in it is refused.

    Returns
    -------
    Paths written, in a fixed order

    Raises
    ------
    DemoError : the folder holds other files
    """
    rosters = {
        str(code): rows
        for (code,), rows in register.rosters.partition_by(
            "village_code", as_dict=True, maintain_order=True
        ).items()
    }
    single = [folder / f"{name}.{ending}" for name in FRAMES for ending in ("parquet", "csv")]
    single.remove(folder / "rosters.csv")
    note = folder / "ATTRIBUTION.md"
    lists = {code: folder / "rosters" / f"{code}.csv" for code in rosters}
    written = [*single, *lists.values(), note]
    _refuse_foreign_files(folder, set(written))
    (folder / "rosters").mkdir(parents=True, exist_ok=True)
    for path in single:
        frame: pl.DataFrame = getattr(register, path.stem)
        if path.suffix == ".csv":
            frame.write_csv(path)
        else:
            frame.write_parquet(path)
    for code, path in lists.items():
        rosters[code].write_csv(path)
    note.write_text(places.attribution(), encoding="utf-8")
    return written


def county_truth(register: SimulatedRegister, adcode: str | None = None) -> dict[str, float]:
    """True rates of one county, as fractions, by indicator code.

    The keys ending in `_visible` leave out failing households that coaching hides for good: no
    interview and no ruling can find those. Persons are the unit, households for satisfaction.

    Parameters
    ----------
    register : simulated register
    adcode : county, may be left out where the register has only one
    """
    code = adcode or register.counties[0]
    truth = register.truth.filter(pl.col("county_adcode") == code)
    everyone = pl.col("persons")
    fails = pl.col("status").is_in(["wrong_exit", "missed"])
    visible = fails & (pl.col("appearance") != "coached")
    e, n = (pl.col("household_class") == name for name in ("E", "N"))
    figures = truth.select(
        e=everyone.filter(e).sum(),
        n=everyone.filter(n).sum(),
        p=everyone.filter(~e & ~n).sum(),
        wrong=everyone.filter(e & fails).sum(),
        wrong_visible=everyone.filter(e & visible).sum(),
        missed=everyone.filter(n & fails).sum(),
        missed_visible=everyone.filter(n & visible).sum(),
        fell_back=everyone.filter(pl.col("recurrence")).sum(),
        fell_back_visible=everyone.filter(pl.col("recurrence") & visible).sum(),
        approving=pl.col("approves").mean(),
    ).row(0, named=True)
    rural = figures["e"] + figures["p"] + figures["n"]
    rates = {"satisfaction_rate": float(figures["approving"])}
    for ending in ("", "_visible"):
        wrong, missed = figures["wrong" + ending], figures["missed" + ending]
        rates["wrong_exit_rate" + ending] = wrong / figures["e"]
        rates["missed_rate" + ending] = missed / figures["n"]
        rates["poverty_incidence" + ending] = (figures["p"] + wrong + missed) / rural
        rates["recurrence_rate" + ending] = figures["fell_back" + ending] / figures["e"]
    return rates


def _identify(population: Population, settled: pl.DataFrame, county: County) -> pl.DataFrame:
    """Codes of all households: village and number, with a small n where not registered."""
    number = pl.col("line").cast(pl.String).str.zfill(4)
    mark = pl.when(pl.Series(population.household_class == N)).then(pl.lit("-n"))
    return pl.DataFrame(
        {
            "village_code": settled.get_column("village_code").gather(population.village),
            "household_class": pl.Series(CLASSES).gather(population.household_class),
            "persons": population.persons,
            "line": population.line,
        }
    ).with_columns(
        pl.concat_str(pl.col("village_code"), mark.otherwise(pl.lit("-")), number).alias("unit_id"),
        pl.lit(county.adcode).alias("county_adcode"),
    )


def _village_frame(settled: pl.DataFrame, population: Population) -> pl.DataFrame:
    counts = []
    for code, name in enumerate(("e", "p", "n")):
        members = population.household_class == code
        village = population.village[members]
        households = np.bincount(village, minlength=settled.height)
        persons = np.bincount(
            village, weights=population.persons[members], minlength=settled.height
        )
        counts.append(pl.Series(f"households_{name}", households, dtype=pl.Int64))
        counts.append(pl.Series(f"persons_{name}", np.rint(persons).astype(np.int64)))
    last = [name for name in settled.columns if name.startswith(("lat", "lon", "km_", "remote"))]
    first = ["village_code", "village_name", "town_code", "town_name", "county_adcode"]
    table = settled.with_columns(counts)
    return table.select(*first, "village_type", *[count.name for count in counts], *last)


def _household_frame(listed: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    return (
        pl.concat([listed, facts], how="horizontal")
        .filter(pl.col("household_class") != "N")
        .select(
            pl.col("unit_id").alias("household_id"),
            "village_code",
            "household_class",
            "persons",
            *HOUSEHOLD_FACTS,
        )
        .sort("household_id")
    )


def _rosters(listed: pl.DataFrame) -> pl.DataFrame:
    columns = ("unit_id", "village_code", "household_class", "persons", "line")
    return listed.filter(pl.col("household_class") == "N").select(columns)


def _totals(
    population: Population, settled: pl.DataFrame, county: County, seed: str
) -> pl.DataFrame:
    persons = np.bincount(
        population.household_class, weights=population.persons, minlength=len(CLASSES)
    )
    e, p, n = (int(count) for count in np.rint(persons))
    _, from_census = rural_total(county, settled.height)
    origin = (
        "农村人口取 2020 年普查数 rural persons as in the 2020 census"
        if from_census
        else "普查无农村人口，按村设定 no rural persons in the census, set by number of villages"
    )
    document = (
        f"模拟总数，非官方数字 simulated totals, not official figures; {origin}; "
        f"{MODEL} {digest(seed, county.adcode)[:12]}"
    )
    return pl.DataFrame(
        {
            "county_adcode": [county.adcode],
            "persons_e": [e],
            "persons_p": [p],
            "persons_n": [n],
            "persons_rural": [e + p + n],
            "document": [document],
            "simulated": [1],
        }
    )


def _truth_frame(listed: pl.DataFrame, facts: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([listed, facts, hidden], how="horizontal").select(
        *(name for name in TRUTH_COLUMNS if name not in ("welfare", "relocated")),
        pl.col("welfare").fill_null("none"),
        pl.col("relocated_from").is_not_null().alias("relocated"),
    )


def _refuse_foreign_files(folder: Path, own: set[Path]) -> None:
    if not folder.exists():
        return
    foreign = sorted(path for path in folder.rglob("*") if path.is_file() and path not in own)
    if foreign:
        example = foreign[0].relative_to(folder)
        raise DemoError("register.foreign_files", folder=folder, example=example)
