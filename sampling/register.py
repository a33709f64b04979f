"""A register as received: its files read together and held against each other.

What contradicts itself is refused; what is merely odd becomes a warning and stays on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sampling.checks import typed
from sampling.columns import HOUSEHOLDS, MEMBERS, TOTALS, VILLAGES, Table
from sampling.errors import Fault, FrameError
from sampling.faults import Faults, Reason
from sampling.messages import say
from sampling.progress import Progress, silent
from sampling.readers import read_sheet
from sampling.sheet import Sheet

CLASSES = ("E", "P", "N")
LARGE_HOUSEHOLD = 15
REGISTRATION_YEARS = (2013, 2021)
ODD_AGE = 105
LISTED_ID = r"^[0-9]{12}-n[0-9]{4,}$"  # what a village list makes of village and line
PERSONAL_HEADERS = ("姓名", "户主", "身份证", "电话", "手机", "name", "id_card", "phone")
_PLACE = "__place"


@dataclass(frozen=True)
class Part:
    """One file of a register: where its cells stand, and what they mean."""

    sheet: Sheet
    data: pl.DataFrame


@dataclass(frozen=True)
class Register:
    """A register without faults.

    Parameters
    ----------
    villages, households, totals, members : tables with the columns of `sampling.columns`, in
        the order of the files; totals only of counties that have villages
    inputs : role of each file -> SHA-256 of its bytes
    warnings : what is odd, in the order to print
    more_warnings : count of warnings beyond those
    """

    villages: pl.DataFrame
    households: pl.DataFrame
    totals: pl.DataFrame
    members: pl.DataFrame | None
    inputs: Mapping[str, str]
    warnings: tuple[Fault, ...] = ()
    more_warnings: int = 0

    @property
    def simulated(self) -> bool:
        """Whether the totals are marked as simulated."""
        return "simulated" in self.totals.columns and bool(self.totals["simulated"].any())


def read_register(
    villages: Path,
    households: Path,
    totals: Path,
    members: Path | None = None,
    *,
    progress: Progress = silent,
) -> Register:
    """Read the files of a register and check everything that can be checked without a visit.

    Parameters
    ----------
    villages, households, totals, members : CSV (UTF-8, GB18030), XLSX or Parquet files
    progress : told what is being done, in rows

    Returns
    -------
    the register, with its warnings

    Raises
    ------
    FrameError : with every fault of every file, up to 100 in words
    """
    faults, warnings = Faults(), Faults()
    sources = (
        (VILLAGES, villages),
        (HOUSEHOLDS, households),
        (TOTALS, totals),
        (MEMBERS, members),
    )
    parts = {
        table.name: _read_part(table, path, faults, warnings, progress)
        for table, path in sources
        if path is not None
    }
    rows = sum(part.data.height for part in parts.values() if part)
    progress(say("frame.stage_checking"), 0, rows)
    _check_together(parts, faults, warnings)
    progress(say("frame.stage_checking"), rows, rows)
    if faults:
        raise FrameError(faults.shown, more=faults.more, warnings=warnings.shown)
    sound = {name: part for name, part in parts.items() if part}
    counties = sound["villages"].data["county_adcode"].unique().to_list()
    return Register(
        villages=sound["villages"].data,
        households=sound["households"].data,
        totals=sound["totals"].data.filter(pl.col("county_adcode").is_in(counties)),
        members=sound["members"].data if "members" in sound else None,
        inputs={name: part.sheet.sha256 for name, part in sound.items()},
        warnings=warnings.shown,
        more_warnings=warnings.more,
    )


def _read_part(
    table: Table, path: Path, faults: Faults, warnings: Faults, progress: Progress
) -> Part | None:
    sheet = read_sheet(path, table, faults, warnings, progress=progress)
    if sheet is None:
        return None
    for name, header in sheet.headers.items():
        known = any(column.name == name for column in table.columns)
        if not known and any(word in header.lower() for word in PERSONAL_HEADERS):
            warnings.add(sheet.file, 0, header, "frame.personal_column")
    return Part(sheet, typed(sheet, table, faults))


def _check_together(parts: Mapping[str, Part | None], faults: Faults, warnings: Faults) -> None:
    villages, households = parts.get("villages"), parts.get("households")
    totals, members = parts.get("totals"), parts.get("members")
    if villages:
        _check_villages(villages, faults, warnings)
    if households:
        _check_households(households, faults, warnings)
    if totals:
        _check_totals(totals, faults)
    if members:
        _check_members(members, households, warnings)
    if villages and households and _sound(villages, faults, "village_code"):
        _check_known(households, "village_code", villages, "frame.unknown_village", faults)
    if villages and totals:
        _check_counties(villages, totals, faults, warnings)
    if households and members and _sound(households, faults, "household_id"):
        _check_known(members, "household_id", households, "frame.unknown_household", faults)
    if faults or not (villages and households and totals):
        return
    _compare_villages(villages, households, warnings)
    _compare_totals(totals, villages, households, warnings)
    if members:
        _compare_members(households, members, warnings)


def _sound(part: Part, faults: Faults, column: str) -> bool:
    """Whether a column can be trusted as the list of what exists."""
    present = column in part.data.columns
    return present and part.sheet.whole and not faults.touch(part.sheet, column)


def _has(part: Part, *columns: str) -> bool:
    return all(column in part.data.columns for column in columns)


def _mark(part: Part, column: str, wrong: pl.Expr, code: str, notes: Faults, **told: str) -> None:
    """Note rows where an expression holds; `told` names the columns that the sentence quotes."""
    data = part.data

    def why(place: int) -> Reason:
        return code, {name: data[source][place] for name, source in told.items()}

    notes.mark(part.sheet, column, data.select(wrong.alias(_PLACE)).to_series(), why)


def _check_villages(part: Part, faults: Faults, warnings: Faults) -> None:
    code = pl.col("village_code")
    if _has(part, "village_code", "county_adcode"):
        wrong = code.str.slice(0, 6) != pl.col("county_adcode")
        told = {"village": "village_code", "county": "county_adcode"}
        _mark(part, "county_adcode", wrong, "frame.county_of_village", faults, **told)
    if _has(part, "village_code", "town_code"):
        wrong = code.str.slice(0, 9) != pl.col("town_code")
        told = {"village": "village_code", "town": "town_code"}
        _mark(part, "town_code", wrong, "frame.town_of_village", faults, **told)
    counts = [f"{what}_{cls.lower()}" for cls in CLASSES for what in ("households", "persons")]
    if not _has(part, *counts):
        return
    for households, persons in zip(counts[::2], counts[1::2], strict=True):
        told = {"persons": persons, "households": households}
        none = (pl.col(households) == 0) & (pl.col(persons) > 0)
        few = pl.col(persons) < pl.col(households)
        _mark(part, persons, none, "frame.persons_without_households", warnings, **told)
        _mark(part, persons, few, "frame.households_without_persons", warnings, **told)
    empty = pl.sum_horizontal(counts[::2]) == 0
    _mark(part, "village_code", empty, "frame.village_empty", warnings)


def _check_households(part: Part, faults: Faults, warnings: Faults) -> None:
    sheet, data = part.sheet, part.data
    if _has(part, "household_id") and _look_rounded(data["household_id"]):
        warnings.add(sheet.file, 0, sheet.header("household_id"), "frame.rounded_ids")
    if _has(part, "household_id", "household_class"):
        numbered = pl.col("household_id").str.contains(LISTED_ID)
        wrong = numbered & (pl.col("household_class") != "N")
        _mark(part, "household_id", wrong, "frame.listed_id", faults)
    if _has(part, "persons"):
        large = pl.col("persons") > LARGE_HOUSEHOLD
        _mark(part, "persons", large, "frame.large_household", warnings, persons="persons")
    for column in ("registered_year", "exit_year"):
        if _has(part, column):
            odd = ~pl.col(column).is_between(*REGISTRATION_YEARS)
            _mark(part, column, odd, "frame.odd_year", warnings, year=column)
    if not _has(part, "household_class"):
        return
    exited = pl.col("household_class") == "E"
    if not _has(part, "exit_year"):
        if data.select(exited.any()).item():
            missing = HOUSEHOLDS.column("exit_year")
            headers = " / ".join((missing.name, *missing.chinese))
            faults.add(sheet.file, 0, "exit_year", "frame.missing_column", headers=headers)
        return
    year = pl.col("exit_year")
    no_year = (data["household_class"] == "E") & sheet.cells["exit_year"].is_null()
    faults.mark(sheet, "exit_year", no_year, "frame.exit_year_missing")
    told = {"household_class": "household_class", "year": "exit_year"}
    unexpected = ~exited & year.is_not_null()
    _mark(part, "exit_year", unexpected, "frame.exit_year_unexpected", warnings, **told)
    if _has(part, "registered_year"):
        told = {"exit": "exit_year", "registered": "registered_year"}
        early = year < pl.col("registered_year")
        _mark(part, "exit_year", early, "frame.exit_before_registration", faults, **told)


def _look_rounded(ids: pl.Series) -> bool:
    """Whether a spreadsheet seems to have kept the ids as numbers: 15 digits, then zeros."""
    long = ids.str.contains(r"^\d{16,}$")
    zeros = ids.str.contains(r"^\d{15}0+$")
    return long.sum() >= 5 and bool((long == zeros).all())


def _check_totals(part: Part, faults: Faults) -> None:
    classes = [f"persons_{cls.lower()}" for cls in CLASSES]
    if _has(part, *classes, "persons_rural"):
        total = pl.sum_horizontal(classes, ignore_nulls=False)
        with_sum = Part(part.sheet, part.data.with_columns(total.alias("total")))
        wrong = pl.col("persons_rural") != pl.col("total")
        told = {"rural": "persons_rural", "total": "total"}
        _mark(with_sum, "persons_rural", wrong, "frame.rural_not_sum", faults, **told)
    if _has(part, "simulated"):
        marked = part.data["simulated"].fill_null(False)
        if marked.any() and not marked.all():
            faults.mark(part.sheet, "simulated", ~marked, "frame.simulated_mixed")


def _check_counties(villages: Part, totals: Part, faults: Faults, warnings: Faults) -> None:
    if not (_has(villages, "county_adcode") and _has(totals, "county_adcode")):
        return
    listed = villages.data["county_adcode"].drop_nulls().unique().sort()
    known = totals.data["county_adcode"].drop_nulls()
    if _sound(totals, faults, "county_adcode") and _sound(villages, faults, "county_adcode"):
        file, header = totals.sheet.file, totals.sheet.header("county_adcode")
        for county in listed.filter(~listed.is_in(known.implode())).to_list():
            faults.add(file, 0, header, "frame.county_without_totals", county=county)
    unused = pl.col("county_adcode").is_in(listed.to_list()).not_()
    told = {"county": "county_adcode"}
    _mark(totals, "county_adcode", unused, "frame.totals_unused", warnings, **told)


def _check_known(part: Part, column: str, among: Part, code: str, faults: Faults) -> None:
    """Every value of a column must exist in another file."""
    if not _has(part, column):
        return
    values = part.data[column]
    unknown = values.is_not_null() & ~values.is_in(among.data[column].drop_nulls().implode())
    told = {"village": column} if column == "village_code" else {}
    faults.mark(
        part.sheet,
        column,
        unknown,
        lambda place: (code, {name: values[place] for name in told}),
    )


def _check_members(part: Part, households: Part | None, warnings: Faults) -> None:
    if not _has(part, "birth_month"):
        return
    last = _last_year(households) if households else None
    year = last or REGISTRATION_YEARS[1]
    born = pl.col("birth_month").str.slice(0, 4).cast(pl.Int64)
    aged = Part(part.sheet, part.data.with_columns(year=pl.lit(year), age=year - born))
    told = {"month": "birth_month", "year": "year"}
    old = pl.col("age") > ODD_AGE
    _mark(aged, "birth_month", old, "frame.odd_age", warnings, **told, age="age")
    _mark(aged, "birth_month", pl.col("age") < 0, "frame.born_late", warnings, **told)


def _last_year(households: Part) -> int | None:
    """Latest year that the register itself mentions; the clock is not asked."""
    years = [column for column in ("registered_year", "exit_year") if _has(households, column)]
    latest = [households.data[column].max() for column in years]
    return max((year for year in latest if isinstance(year, int)), default=None)


def _compare_villages(villages: Part, households: Part, warnings: Faults) -> None:
    """Counts declared for a village against the households listed in it, class by class."""
    listed = households.data.group_by("village_code", "household_class").agg(
        pl.len().cast(pl.Int64).alias("rows"), pl.col("persons").sum().alias("heads")
    )
    for cls in CLASSES:
        of_class = listed.filter(pl.col("household_class") == cls).drop("household_class")
        both = villages.data.with_row_index(_PLACE).join(
            of_class, on="village_code", how="left", maintain_order="left"
        )
        if cls == "N":  # a register need not list class N at all
            both = both.drop_nulls("rows")
        both = both.with_columns(pl.col("rows", "heads").fill_null(0))
        declared = f"households_{cls.lower()}"
        counts = pl.col(declared) != pl.col("rows")
        _warn_differences(villages, both.filter(counts), declared, "rows", cls, "counts", warnings)
        declared = f"persons_{cls.lower()}"
        heads = ~counts & (pl.col(declared) != pl.col("heads"))
        _warn_differences(villages, both.filter(heads), declared, "heads", cls, "persons", warnings)


def _warn_differences(
    part: Part,
    rows: pl.DataFrame,
    declared: str,
    listed: str,
    cls: str,
    what: str,
    warnings: Faults,
) -> None:
    by_place = {
        place: {
            "village": village,
            "household_class": cls,
            "declared": told,
            "listed": found,
        }
        for place, village, told, found in rows.select(
            _PLACE, "village_code", declared, listed
        ).iter_rows()
    }
    wrong = pl.int_range(part.data.height, eager=True).is_in(list(by_place))
    code = f"frame.village_{what}_differ"
    warnings.mark(part.sheet, declared, wrong, lambda place: (code, dict(by_place[place])))


def _compare_totals(totals: Part, villages: Part, households: Part, warnings: Faults) -> None:
    """Official totals against the sums of what the register lists."""
    county = pl.col("village_code").str.slice(0, 6).alias("county_adcode")
    of_households = households.data.group_by(county, "household_class").agg(pl.col("persons").sum())
    persons = [f"persons_{cls.lower()}" for cls in CLASSES]
    of_villages = villages.data.group_by("county_adcode").agg(pl.col(persons).sum())
    for place, row in enumerate(totals.data.iter_rows(named=True)):
        adcode = row["county_adcode"]
        in_villages = of_villages.filter(pl.col("county_adcode") == adcode)
        if not in_villages.height:
            continue
        for cls, column in zip(CLASSES, persons, strict=True):
            listed = of_households.filter(
                (pl.col("county_adcode") == adcode) & (pl.col("household_class") == cls)
            )
            found = {} if cls == "N" else {"frame.totals_differ": listed["persons"].sum()}
            found["frame.totals_differ_villages"] = in_villages[column].item()
            for code, number in found.items():
                if number != row[column]:
                    warnings.add(
                        totals.sheet.file,
                        totals.sheet.rows[place],
                        totals.sheet.header(column),
                        code,
                        county=adcode,
                        household_class=cls,
                        declared=row[column],
                        listed=number,
                    )


def _compare_members(households: Part, members: Part, warnings: Faults) -> None:
    """Size of a household against its members listed."""
    counted = members.data.group_by("household_id").agg(pl.len().cast(pl.Int64).alias("listed"))
    both = households.data.join(counted, on="household_id", how="left", maintain_order="left")
    part = Part(households.sheet, both.with_columns(pl.col("listed").fill_null(0)))
    differs = pl.col("persons") != pl.col("listed")
    told = {"household": "household_id", "declared": "persons", "listed": "listed"}
    _mark(part, "persons", differs, "frame.members_differ", warnings, **told)
