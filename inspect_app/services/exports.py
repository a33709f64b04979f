"""Data sets as files: CSV and Parquet written part by part, Stata with words in two languages.

A file is made whole before anybody gets it: who took it, how many rows it has and its SHA-256 are
written down first.
"""

import hashlib
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.rules.chain import stamp
from inspect_app.rules.errors import ExtraMissing, Unknown
from inspect_app.rules.exports import CODED, FORMATS, MEDIA_TYPES, SPOKEN, Column
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, datasets
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE

SEE_FIGURES = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
SEE_ANSWERS = (Role.REVIEWER, Role.EXPERT)
PIECE = 256 * 1024
ROW_GROUP = 20_000
STATA_LABEL = 80
"""Characters that Stata shows of the words for a variable or a file."""
STATA_HEAD, STATA_DATE = 1000, b"<timestamp>"

Parts = Iterator[pl.DataFrame]


@dataclass(frozen=True)
class Export:
    """A file to be taken away once; `pieces` reads it to its end and lets go of it."""

    file: BinaryIO
    name: str
    type: str
    rows: int
    sha256: str
    length: int
    manifest: Mapping[str, Any]

    def pieces(self) -> Iterator[bytes]:
        """The content in pieces; afterwards there is no file any more."""
        with self.file as file:
            while piece := file.read(PIECE):
                yield piece


def make(
    session: Session,
    campaign_id: str,
    dataset: str,
    form: str,
    *,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> Export:
    """Write a data set of a campaign to a file; committed: who takes it, its rows and its hash.

    form : csv, parquet or dta

    Raises
    ------
    Unknown : no such campaign, data set or form
    ExtraMissing : Stata files need the extra `[export]`
    """
    role = by.require(campaign_id, *(SEE_FIGURES if dataset in CODED else SEE_ANSWERS)).role
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or form not in FORMATS or (dataset in SPOKEN and form == "dta"):
        raise Unknown("There is no such export.")
    columns = datasets.columns_of(session, campaign, dataset, opinions=role in SEE_ANSWERS)
    marks = _marks(campaign, dataset, columns, at=at)
    parts = datasets.parts(session, campaign, dataset, columns, settings=settings)
    write = {"csv": write_csv, "parquet": write_parquet, "dta": write_stata}[form]
    folder = settings.data_dir / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / f"export.{form}"
        rows = write(path, parts, columns, marks)
        file = path.open("rb")  # stays readable without its name
    try:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.seek(0, 2)
        file.seek(0)
        name = f"{'simulated-' if campaign.simulated else ''}{dataset}.{form}"
        what = f"export {dataset}.{form}: {rows} rows, {sha256}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    except BaseException:
        file.close()
        raise
    manifest = {**marks, "file": name, "rows": rows, "sha256": sha256, "bytes": size}
    return Export(file, name, MEDIA_TYPES[form], rows, sha256, size, manifest)


def write_csv(
    path: Path, parts: Parts, columns: Sequence[Column], _marks: Mapping[str, Any]
) -> int:
    """Write CSV in UTF-8, one part after the other; return the count of rows."""
    rows = 0
    with path.open("wb") as file:
        file.write(pl.DataFrame(schema=datasets.schema(columns)).write_csv().encode())
        for part in parts:
            part.write_csv(file, include_header=False)
            rows += part.height
    return rows


def write_parquet(
    path: Path, parts: Parts, columns: Sequence[Column], marks: Mapping[str, Any]
) -> int:
    """Write Parquet with what is known of the file in its metadata; return the count of rows.

    Parts are gathered to row groups in files beside it, which are then joined by streaming. A
    source that the engine itself asked for rows would read the database from a foreign thread.
    """
    rows = 0
    groups: list[Path] = []
    waiting = [pl.DataFrame(schema=datasets.schema(columns))]
    for part in itertools.chain(parts, [None]):
        if part is None or sum(one.height for one in waiting) >= ROW_GROUP:
            groups.append(path.with_name(f"group-{len(groups):05}.arrow"))
            pl.concat(waiting).write_ipc(groups[-1])
            waiting = []
        if part is not None:
            waiting.append(part)
            rows += part.height
    pl.scan_ipc(groups).sink_parquet(
        path,
        engine="streaming",
        metadata={name: _as_text(value) for name, value in marks.items()},
    )
    return rows


def write_stata(
    path: Path, parts: Parts, columns: Sequence[Column], marks: Mapping[str, Any]
) -> int:
    """Write a Stata file (version 14 and later) with its words in Chinese and English.

    The writer takes a table whole, so this one stands in memory. Closed lists become numbers
    with value labels, in the order of the list from 1; flags 0 and 1.

    Raises
    ------
    ExtraMissing : the extra `[export]` is not installed
    """
    try:
        import pyreadstat
    except ImportError as error:
        raise ExtraMissing(
            "Stata 文件需要附加组件 [export] | Stata files need the extra [export]: "
            "pip install 'exit-inspection[export]'"
        ) from error
    table = pl.concat(
        [pl.DataFrame(schema=datasets.schema(columns)), *parts], how="vertical"
    ).with_columns(_for_stata(column) for column in columns)
    marked = " 模拟数据 simulated data" if marks["simulated"] else ""
    pyreadstat.write_dta(
        table,
        str(path),
        file_label=f"{marks['dataset']}{marked}"[:STATA_LABEL],
        column_labels={column.name: column.label[:STATA_LABEL] for column in columns},
        variable_value_labels={
            column.name: _value_labels(column)
            for column in columns
            if column.values or column.kind == "flag"
        },
    )
    _date(path, datetime.fromisoformat(marks["made_at"]))
    return table.height


def _date(path: Path, made_at: datetime) -> None:
    """Say when the export was made where the writer put its machine's minute: the same bytes then.

    Stata's own form, in English whatever the locale: 03 Jun 2020 01:00.
    """
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * made_at.month - 3 : 3 * made_at.month]
    with path.open("r+b") as file:
        head = file.read(STATA_HEAD)
        file.seek(head.index(STATA_DATE) + len(STATA_DATE) + 1)  # a byte says how long it is
        file.write(f"{made_at:%d} {month} {made_at:%Y %H:%M}".encode("ascii"))


def _for_stata(column: Column) -> pl.Expr:
    """Numbers for closed lists and flags; Stata has one kind of missing number."""
    found = pl.col(column.name)
    if column.values:
        codes = {value: number for number, value in enumerate(column.values, 1)}
        return found.replace_strict(codes, default=None, return_dtype=pl.Float64)
    return found if column.kind == "text" else found.cast(pl.Float64)


def _value_labels(column: Column) -> dict[int | float, str]:
    if column.kind == "flag":
        return {0: "否 | no", 1: "是 | yes"}
    return {number: f"{zh} | {en}" for number, (zh, en) in enumerate(column.values.values(), 1)}


def _marks(
    campaign: Campaign, dataset: str, columns: Sequence[Column], *, at: datetime
) -> dict[str, Any]:
    """What a file says of itself: whose it is, when made, whether simulated, what it holds."""
    return {
        "dataset": dataset,
        "campaign": campaign.id,
        "name_zh": campaign.name_zh,
        "name_en": campaign.name_en,
        "simulated": campaign.simulated,
        "made_at": stamp(at),
        "software": SOFTWARE,
        "columns": [_described(column) for column in columns],
    }


def _described(column: Column) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "zh": column.zh,
        "en": column.en,
    }
    if column.values:
        described["values"] = {value: list(words) for value, words in column.values.items()}
    return described


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
