"""Real places: the 832 counties of the 2014 list, their townships and villages.

Codes and names are those of the statistical division list of 2023, exit years and census counts
are public facts, township points come from GeoNames. `places/ATTRIBUTION.md` names the sources
and has to travel with anything made from these files.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files

import polars as pl

from inspect_app.demo.errors import DemoError

FOLDER = files("inspect_app.demo") / "places"
# The only listed county without a code: it was merged before the division list was cut.
WITHOUT_CODE = ("冷湖", "冷湖行委", "冷湖行政委员会", "Lenghu")


@dataclass(frozen=True)
class County:
    """One county of the 2014 list; census counts are residents of 2020, not household registers.

    `rural_pop_2020` is 0 in one urbanised county, `hh_size_2020` counts persons a household,
    `minority_pct_2020` is a percentage. Unknown values are None, and
    `name_en` is empty where no reviewed English name is known.
    """

    adcode: str
    name_zh: str
    name_en: str
    city_zh: str
    province_zh: str
    province_en: str
    region: str
    threshold_group: str
    exit_year: int
    pop_2020: int | None
    rural_pop_2020: int | None
    hh_size_2020: float | None
    minority_pct_2020: float | None
    n_townships: int | None
    n_villages: int | None
    seat_town_code: str | None


def attribution() -> str:
    """Text that has to travel with the place files."""
    return (FOLDER / "ATTRIBUTION.md").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def counties() -> tuple[County, ...]:
    """All 832 counties in the order of their codes; the one without a code has adcode ""."""
    table = _read("counties.csv")
    return tuple(_county(row) for row in table.iter_rows(named=True))


def find_county(adcode: str) -> County:
    """County of a six-digit code, or of its exact Chinese name where that name is unique.

    Raises
    ------
    DemoError : no such county, or the listed one that has neither code nor villages
    """
    if adcode.strip() in WITHOUT_CODE:
        lost = next(county for county in counties() if not county.adcode)
        raise DemoError("county.without_code", name=lost.name_zh, province=lost.province_zh)
    wanted = adcode.strip()
    found = [
        county
        for county in counties()
        if county.adcode and wanted in (county.adcode, county.name_zh)
    ]
    if len(found) != 1:
        raise DemoError("county.unknown", adcode=adcode)
    return found[0]


def townships(adcode: str) -> pl.DataFrame:
    """Townships of a county by code, with `lat`, `lon` and `km_to_seat_town` where known."""
    code = find_county(adcode).adcode
    return _townships().filter(pl.col("county_adcode") == code).sort("town_code")


def villages(adcode: str) -> pl.DataFrame:
    """Villages and resident committees of a county by code; `village_type` says which."""
    code = find_county(adcode).adcode
    return _villages().filter(pl.col("county_adcode") == code).sort("village_code")


@lru_cache(maxsize=1)
def _townships() -> pl.DataFrame:
    numbers = [
        pl.col(name).cast(pl.Float64, strict=True) for name in ("lat", "lon", "km_to_seat_town")
    ]
    return _read("townships.csv.gz").with_columns(numbers)


@lru_cache(maxsize=1)
def _villages() -> pl.DataFrame:
    return _read("villages.csv.gz")


def _read(name: str) -> pl.DataFrame:
    with as_file(FOLDER / name) as path:
        return pl.read_csv(path, infer_schema=False)


def _county(row: dict[str, str | None]) -> County:
    def text(name: str) -> str:
        return row[name] or ""

    def count(name: str) -> int | None:
        return None if row[name] is None else int(text(name))

    def number(name: str) -> float | None:
        return None if row[name] is None else float(text(name))

    return County(
        adcode=text("adcode"),
        name_zh=text("name_zh"),
        name_en=text("name_en"),  # reviewed; the pinyin column has wrong readings
        city_zh=text("city_zh"),
        province_zh=text("province_zh"),
        province_en=text("province_en"),
        region=text("region"),
        threshold_group=text("threshold_group"),
        exit_year=int(text("exit_year")),
        pop_2020=count("pop_2020"),
        rural_pop_2020=count("rural_pop_2020"),
        hh_size_2020=number("hh_size_2020"),
        minority_pct_2020=number("minority_pct_2020"),
        n_townships=count("n_townships"),
        n_villages=count("n_villages"),
        seat_town_code=row["seat_town_code"],
    )
