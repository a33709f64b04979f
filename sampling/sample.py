"""A drawn sample as files, and the check that draws it again.

sample_villages.csv / .parquet, sample_households.csv / .parquet and, where the plan draws
counties, sample_counties.csv / .parquet
draw.json    hashes of frame and plan, commitment of the seed, fingerprints, files with hashes
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from sampling import tickets
from sampling.counties import draw_counties
from sampling.engines.contract import Engine, Households
from sampling.errors import DrawError
from sampling.household_draw import SAMPLE_HOUSEHOLDS, draw_registered, draw_roster
from sampling.messages import say
from sampling.plan import Plan
from sampling.progress import Progress, silent
from sampling.remoteness import STRATA_COLUMNS
from sampling.village_draw import draw_villages
from sampling.writers import csv_bytes, parquet_bytes

SCHEMA = "draw/1"
RECORD = "draw.json"
TABLES = {
    "sample_counties": "county_adcode",
    "sample_villages": "village_code",
    "sample_households": "unit_id",
}
"""Files and what their rows are known by; counties only where the plan draws them."""
ALL_CLASSES = {"E", "P", "N"}
FRAME_HASHES = {"frame_sha256", "households_sha256"}

Difference = tuple[str, Mapping[str, object]]
"""Code of a sentence and its arguments."""


@dataclass(frozen=True)
class Source:
    """Where the households of a draw come from.

    Parameters
    ----------
    frame_sha256 : hash of the frame folder; none where a register is read that is no frozen frame
    registered : county code -> household frame of the county
    roster : county code, village code -> roster of the village, none where there is no list yet
    whole : the register of all counties, read in one go instead of `registered`
    engine : what scans the register; polars unless said otherwise
    """

    frame_sha256: str | None
    registered: Callable[[str], pl.DataFrame]
    roster: Callable[[str, str], pl.DataFrame | None]
    whole: Households | None = None
    engine: Engine | None = None


@dataclass(frozen=True)
class Sample:
    """A drawn sample.

    Parameters
    ----------
    villages : as `sampling.village_draw.draw_villages`
    households : as `draw_registered` and `draw_roster` of `sampling.household_draw`, without
        those of reserve villages, which are drawn when such a village is opened
    record : what draw.json says, without the hashes of files
    counties : as `sampling.counties.draw_counties`; None where every county is in the sample
    """

    villages: pl.DataFrame
    households: pl.DataFrame
    record: Mapping[str, Any]
    counties: pl.DataFrame | None = None

    def tables(self) -> Iterator[tuple[str, str, pl.DataFrame]]:
        """Name, column that rows are known by, and rows of each table there is."""
        for name, key in TABLES.items():
            table = getattr(self, name.removeprefix("sample_"))
            if table is not None:
                yield name, key, table


def draw_sample(
    plan: Plan,
    villages: pl.DataFrame,
    source: Source,
    *,
    campaign_seed: str,
    seed_commitment: str,
    progress: Progress = silent,
) -> Sample:
    """Draw both stages of a plan.

    Parameters
    ----------
    plan, villages : as loaded from the plan folder
    source : households of the register, and rosters as far as they are there
    campaign_seed : secret until fieldwork ends; it is not kept in the result
    seed_commitment : published hash that goes into the record
    progress : told after each county

    Raises
    ------
    DrawError, PlanError, AllocationError : see `draw_villages`, `draw_registered`, `draw_roster`
    """
    drawn = draw_villages(plan, villages, campaign_seed=campaign_seed)
    opened = drawn.filter(~pl.col("is_reserve"))
    parts = [pl.DataFrame(schema=SAMPLE_HOUSEHOLDS)]
    if source.whole is not None:
        parts.append(
            draw_registered(
                plan, opened, source.whole, campaign_seed=campaign_seed, engine=source.engine
            )
        )
    rosters = {}
    counties = opened.partition_by("county_adcode", as_dict=True, maintain_order=True)
    for done, ((adcode,), released) in enumerate(counties.items(), start=1):
        if source.whole is None:
            register = source.registered(str(adcode))
            parts.append(
                draw_registered(
                    plan, released, register, campaign_seed=campaign_seed, engine=source.engine
                )
            )
        county_seed = tickets.county_seed(campaign_seed, str(adcode))
        for row in released.sort("village_code").iter_rows(named=True):
            code = row["village_code"]
            roster = source.roster(str(adcode), code)
            if roster is None:
                continue
            seed = tickets.village_seed(county_seed, code)
            parts.append(draw_roster(plan, row, roster, village_seed=seed))
            rosters[code] = tickets.fingerprint(roster["unit_id"])
        progress("draw", done, len(counties))
    households = pl.concat(parts).sort("psu", "household_class", "order")
    chosen = None
    if plan.county_stage.method != "none":
        chosen = draw_counties(plan, villages, campaign_seed=campaign_seed)
    return Sample(
        villages=drawn,
        households=households,
        record={
            "schema": SCHEMA,
            "campaign": plan.campaign,
            "wave": plan.wave,
            "plan_sha256": plan.sha256,
            "frame_sha256": source.frame_sha256,
            "villages_sha256": plan.frame.villages_sha256,
            "households_sha256": plan.frame.households_sha256 if source.frame_sha256 else None,
            "seed_commitment": seed_commitment,
            "villages": opened.height,
            "households": households.filter(~pl.col("is_reserve")).height,
            "villages_fingerprint": _fingerprint(drawn, "village_code"),
            "fingerprint": _fingerprint(households, "unit_id"),
            "rosters": rosters,
            **({} if chosen is None else _of_counties(chosen)),
        },
        counties=chosen,
    )


def _of_counties(drawn: pl.DataFrame) -> dict[str, Any]:
    fingerprint = tickets.fingerprint(drawn["county_adcode"])
    return {"counties": drawn.height, "counties_fingerprint": fingerprint}


def refuse_changed_frame(
    plan: Plan, villages: pl.DataFrame, *, frame_villages: pl.DataFrame, households_sha256: str
) -> None:
    """Refuse a frame that is not the one the plan was made for.

    Parameters
    ----------
    plan, villages : as loaded from the plan folder
    frame_villages : village frame of the frame folder
    households_sha256 : hash of its household files

    Raises
    ------
    DrawError : the first village, or the household files, that changed
    """
    now = frame_villages.filter(pl.col("county_adcode").is_in(plan.counties)).sort("village_code")
    changes = _table_differences(
        "villages.parquet", _as_text(now), _as_text(villages.drop(STRATA_COLUMNS)), "village_code"
    )
    for code, details in changes:
        raise DrawError(code.replace("draw.diff.", "draw.frame."), **details)
    if households_sha256 != plan.frame.households_sha256:
        raise DrawError(
            "draw.frame_changed",
            file="households/",
            found=households_sha256,
            expected=plan.frame.households_sha256,
        )


def write_sample(folder: Path, sample: Sample) -> None:
    """Write the sample's files; the same sample gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    files = dict(_files(sample))
    hashes = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
    for name, data in files.items():
        (folder / name).write_bytes(data)
    record = json.dumps({**sample.record, "files": hashes}, ensure_ascii=False, indent=1)
    (folder / RECORD).write_bytes(record.encode() + b"\n")


def read_record(folder: Path) -> dict[str, Any]:
    """Read draw.json.

    Raises
    ------
    DrawError : missing, or not JSON of this schema
    """
    path = folder / RECORD
    if not path.is_file():
        raise DrawError("file.missing", path=path)
    try:
        record = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DrawError("draw.sample_file", file=RECORD, reason=type(error).__name__) from None
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        raise DrawError("draw.sample_file", file=RECORD, reason=f"schema is not {SCHEMA}")
    return record


def differences(
    folder: Path, expected: Sample, *, classes: tuple[str, ...] = ("E", "P", "N")
) -> tuple[str, ...]:
    """Compare a sample folder with a draw made again.

    Parameters
    ----------
    folder : as `write_sample` leaves it; rows may have been sorted otherwise
    expected : the draw made again from frame, plan and seed
    classes : household classes that were drawn again

    Returns
    -------
    one bilingual line a difference, naming file, row (as an editor counts) and column; none if
    every ticket, order and probability is equal

    Raises
    ------
    DrawError : a file that cannot be read
    """
    found = list(_record_differences(read_record(folder), expected.record, classes))
    for name, key, table in expected.tables():
        for file in (f"{name}.csv", f"{name}.parquet"):
            if not (folder / file).is_file():
                found.append(("draw.diff.file", {"file": file}))
                continue
            given = _as_text(_read(folder / file))
            if "household_class" in given.columns and len(classes) < len(ALL_CLASSES):
                given = given.filter(~pl.col("household_class").is_in(ALL_CLASSES - set(classes)))
            found += _table_differences(file, given, _as_text(table), key)
    return tuple(say(code, **details) for code, details in found)


def changed_files(folder: Path, record: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the files of a sample that no longer have the hashes its draw.json states.

    For what cannot be drawn again; a file that was only sorted otherwise counts as changed.
    """
    stated = record.get("files")
    hashes = stated if isinstance(stated, dict) else {}
    changed = []
    tables = [table for table in TABLES if table != "sample_counties" or record.get("counties")]
    for name in (f"{table}.{ending}" for table in tables for ending in ("csv", "parquet")):
        now = sha256((folder / name).read_bytes()).hexdigest()
        if hashes.get(name) != now:
            code, details = _other_record(f"files.{name}", hashes.get(name), now)
            changed.append(say(code, **details))
    return tuple(changed)


def _record_differences(
    given: Mapping[str, Any], expected: Mapping[str, Any], classes: tuple[str, ...]
) -> Iterator[Difference]:
    for key, value in expected.items():
        if key in FRAME_HASHES and None in (value, given.get(key, "")):
            continue  # one of the two draws was made from a register that is no frozen frame
        partly = len(classes) < len(ALL_CLASSES) and key in ("households", "fingerprint")
        if key != "rosters" and not partly and given.get(key) != value:
            yield _other_record(key, given.get(key), value)
    rosters = given.get("rosters")
    for village_code, roster in expected["rosters"].items():
        before = rosters.get(village_code) if isinstance(rosters, dict) else None
        if before != roster:
            yield _other_record(f"rosters.{village_code}", before, roster)


def _table_differences(
    file: str, given: pl.DataFrame, expected: pl.DataFrame, key: str
) -> Iterator[Difference]:
    absent = [column for column in expected.columns if column not in given.columns]
    if absent:
        yield from (("draw.diff.column", {"file": file, "column": one}) for one in absent)
        return
    due = {row[key]: row for row in expected.iter_rows(named=True)}
    for row in given.iter_rows(named=True):
        other = due.pop(row[key], None)
        if other is None:
            yield "draw.diff.extra", {"file": file, "row": row["row"], "unit": row[key]}
            continue
        for column in expected.columns:
            if column != "row" and row[column] != other[column]:
                yield _unequal(file, row["row"], column, row[column], other[column])
    yield from (("draw.diff.missing", {"file": file, "unit": unit}) for unit in due)


def _unequal(file: str, row: int, column: str, found: object, expected: object) -> Difference:
    return "draw.diff.value", {
        "file": file,
        "row": row,
        "column": column,
        "found": _shown(found),
        "expected": _shown(expected),
    }


def _other_record(key: str, found: object, expected: object) -> Difference:
    return "draw.diff.record", {
        "file": RECORD,
        "key": key,
        "found": _shown(found),
        "expected": _shown(expected),
    }


def _shown(value: object) -> str:
    shown = "-" if value in (None, "") else str(value)
    return shown if len(shown) <= 70 else shown[:70] + "…"


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise DrawError("draw.sample_file", file=path.name, reason=reason) from None


def _as_text(table: pl.DataFrame) -> pl.DataFrame:
    """Write every value as the CSV file has it, with the line it stands on."""
    text = pl.read_csv(csv_bytes(table), infer_schema=False).fill_null("")
    return text.with_columns(pl.int_range(2, pl.len() + 2).alias("row"))


def _files(sample: Sample) -> Iterator[tuple[str, bytes]]:
    for name, _, table in sample.tables():
        yield f"{name}.csv", csv_bytes(table)
        yield f"{name}.parquet", parquet_bytes(table)


def _fingerprint(table: pl.DataFrame, column: str) -> str:
    return tickets.fingerprint(table.filter(~pl.col("is_reserve"))[column])
