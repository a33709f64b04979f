"""Files into tables: CSV, XLSX and Parquet, every cell first as the text a person typed.

Readers of dataframes are polite: a formula without a stored result becomes a null, an identifier
kept as a number loses its last digits, a short row is filled up. Here all of that is a fault,
with the row and the header where it is to be mended.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any
from warnings import catch_warnings, simplefilter

import polars as pl

from sampling.checks import typed
from sampling.columns import TABLES, Kind, Table
from sampling.delimited import read_csv
from sampling.errors import SHOWN_FAULTS, FrameError
from sampling.faults import Faults, Reason
from sampling.progress import Progress, silent
from sampling.sheet import Sheet

MAX_UNPACKED = 4_000_000_000
MAX_RATIO = 250
RATIO_FROM = 50_000_000
_EXACT_TO = 10**15
_TEXT_KINDS = frozenset(Kind) - {Kind.COUNT, Kind.YEAR, Kind.NUMBER, Kind.FLAG}
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # offsets that point before the file
    RuntimeError,  # encrypted, or NotImplementedError: an unknown compression
)
_SUSPECT = re.compile(
    rb"<f[ />]|t=[\"']e[\"']"
    rb"|<v>-?(?:\d{16,}|\d(?:\.\d+)?[eE]\+?(?:1[5-9]|[2-9]\d|\d{3,}))"
)


def read_table(
    path: Path | str, table: Table | str, *, progress: Progress = silent
) -> pl.DataFrame:
    """Read a CSV, XLSX or Parquet file and check every cell against its kind of column.

    Parameters
    ----------
    path : the file
    table : a table of `sampling.columns`, or its name: "villages", "households", "members",
        "totals", "roster", "sample_villages", "sample_households", "interviews"
    progress : told rows read

    Returns
    -------
    rows in the order of the file; codes as text, counts and years as Int64, numbers as Float64,
    flags as Boolean; known columns first, in the order of the table, those not in the file
    absent; unknown columns follow by name, as text

    Raises
    ------
    FrameError : with every fault, up to 100 in words
    """
    known = TABLES[table] if isinstance(table, str) else table
    faults = Faults()
    sheet = read_sheet(Path(path), known, faults, Faults(), progress=progress)
    data = typed(sheet, known, faults) if sheet else pl.DataFrame()
    if faults:
        raise FrameError(faults.shown, more=faults.more)
    return data


def read_sheet(
    path: Path, table: Table, faults: Faults, warnings: Faults, *, progress: Progress = silent
) -> Sheet | None:
    """Read a file as text cells under the names of its columns; None when it cannot be read."""
    file = path.name
    if path.is_dir():
        faults.add(file, 0, "", "frame.is_folder")
        return None
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        faults.add(file, 0, "", "frame.missing_file")
        return None
    except OSError as error:
        faults.add(file, 0, "", "frame.unreadable", reason=error.strerror or "?")
        return None
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        faults.add(file, 0, "", "frame.empty_file")
        return None
    before = faults.count
    found = _dispatch(path, data, table, faults, warnings, progress)
    if found is None:
        return None
    header, header_row, rows, cells = found
    names = _names(header, header_row, table, file, faults)
    if names is None:
        return None
    cells = _blank_to_null(cells.rename(dict(zip(cells.columns, names, strict=True))))
    keep = _filled_rows(cells)
    sheet = Sheet(
        file=file,
        sha256=hashlib.sha256(data).hexdigest(),
        rows=rows.filter(keep),
        headers=dict(zip(names, map(str.strip, header), strict=True)),
        cells=cells.filter(keep),
        whole=faults.count == before,
    )
    if not sheet.cells.height and faults.count == before:
        faults.add(file, 0, "", "frame.no_rows")
        return None
    return sheet


Split = tuple[list[str], int, pl.Series, pl.DataFrame]


def _dispatch(
    path: Path, data: bytes, table: Table, faults: Faults, warnings: Faults, progress: Progress
) -> Split | None:
    """Go by what the file is; its name only helps to say what is wrong."""
    ending = path.suffix.lower()
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        faults.add(path.name, 0, "", "frame.old_spreadsheet")
    elif data.startswith(b"PAR1") or ending == ".parquet":
        return _read_parquet(data, path.name, table, faults)
    elif data.startswith(b"PK\x03\x04") or ending in (".xlsx", ".xlsm"):
        return _read_spreadsheet(data, path.name, faults, warnings)
    else:
        return read_csv(data, path.name, faults, progress)
    return None


def _names(
    header: list[str], header_row: int, table: Table, file: str, faults: Faults
) -> list[str] | None:
    """Turn headers into names in code; None when the columns cannot be told apart."""
    aliases = table.aliases
    written = [head.strip() for head in header]
    names = [aliases.get(head.lower(), head) for head in written]
    unclear = False
    for place, (head, name) in enumerate(zip(written, names, strict=True)):
        if not head:
            faults.add(file, header_row, "", "frame.empty_header", place=place + 1)
            unclear = True
        elif name in names[:place]:
            first = written[names.index(name)]
            faults.add(file, header_row, head, "frame.repeated_header", first=first)
            unclear = True
    for column in table.columns:
        if column.required and column.name not in names:
            headers = " / ".join((column.name, *column.chinese))
            faults.add(file, header_row, column.name, "frame.missing_column", headers=headers)
    return None if unclear else names


def _blank_to_null(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.with_columns(pl.when(pl.all().str.strip_chars() != "").then(pl.all()).name.keep())


def _filled_rows(cells: pl.DataFrame) -> pl.Series:
    if not cells.width:
        return pl.Series(dtype=pl.Boolean)
    return cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series()


def _read_parquet(data: bytes, file: str, table: Table, faults: Faults) -> Split | None:
    if not (data.startswith(b"PAR1") and data.endswith(b"PAR1") and len(data) > 12):
        faults.add(file, 0, "", "frame.damaged_parquet")
        return None
    try:
        found = pl.read_parquet(data)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        faults.add(file, 0, "", "frame.damaged_parquet")
        return None
    kinds = {column.name: column.kind for column in table.columns}
    before = faults.count
    for head, dtype in found.schema.items():
        kind = kinds.get(table.aliases.get(head.strip().lower(), ""))
        if wanted := _wanted_type(kind, dtype):
            faults.add(file, 0, head, "frame.wrong_type", found=str(dtype), wanted=wanted)
    if faults.count > before:
        return None
    header = list(found.columns)
    flags = pl.selectors.boolean().cast(pl.Int8)
    cells = found.with_columns(flags).cast(pl.String)
    cells.columns = [str(place) for place in range(len(header))]
    rows = pl.int_range(1, cells.height + 1, dtype=pl.Int64, eager=True).alias("row")
    return header, 0, rows, cells


def _wanted_type(kind: Kind | None, dtype: pl.DataType) -> str:
    """Name the types that would do, or "" when the type found does."""
    if dtype.is_nested() or dtype in (pl.Binary, pl.Object):
        return "String"
    if kind is None or dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return ""
    if kind in _TEXT_KINDS:
        return "String"
    if kind is Kind.NUMBER:
        return "" if dtype.is_numeric() else "Float64"
    if kind is Kind.FLAG:
        return "" if dtype == pl.Boolean or dtype.is_integer() else "Boolean"
    return "" if dtype.is_integer() else "Int64"


def _read_spreadsheet(data: bytes, file: str, faults: Faults, warnings: Faults) -> Split | None:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        faults.add(file, 0, "", "frame.damaged_spreadsheet")
        return None
    import fastexcel

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if not _is_workbook(archive, file, faults):
                return None
            suspect = _is_suspect(archive)
        book = fastexcel.read_excel(data)
        sheet = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
        cells = sheet.to_polars()
    except (*_ZIP_ERRORS, fastexcel.FastExcelError):
        faults.add(file, 0, "", "frame.damaged_spreadsheet")
        return None
    left = sheet.available_columns()[0].absolute_index if cells.width else 0
    filled = _filled_rows(_blank_to_null(cells)).arg_true()
    if not len(filled):
        faults.add(file, 0, "", "frame.empty_file")
        return None
    if len(book.sheet_names) > 1:
        others = len(book.sheet_names) - 1
        warnings.add(file, 0, "", "frame.more_sheets", read=book.sheet_names[0], others=others)
    cells.columns = [str(place) for place in range(cells.width)]
    top = int(filled[0])
    header = [cell or "" for cell in cells.row(top)]
    if suspect:
        _name_cells(data, file, header, left, faults)
    rows = pl.int_range(top + 2, cells.height + 1, dtype=pl.Int64, eager=True).alias("row")
    return header, top + 1, rows, cells.slice(top + 1)


def _is_workbook(archive: zipfile.ZipFile, file: str, faults: Faults) -> bool:
    members = archive.infolist()
    if not any(member.filename == "xl/workbook.xml" for member in members):
        faults.add(file, 0, "", "frame.not_spreadsheet")
        return False
    unpacked = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * member.compress_size
        for member in members
    )
    if swollen or unpacked > MAX_UNPACKED:
        faults.add(file, 0, "", "frame.swollen", megabytes=unpacked // 1_000_000)
        return False
    return True


def _is_suspect(archive: zipfile.ZipFile) -> bool:
    """Whether a sheet may hold a formula, an error or a number beyond 15 digits.

    All parts are unpacked to the end, so that sizes and check sums are known to be true before
    another reader relies on them.
    """
    hits = []
    for member in archive.namelist():
        with archive.open(member) as stream:
            hits.append(_holds_suspect(stream) and member.startswith("xl/worksheets/"))
    return any(hits)


def _holds_suspect(stream: IO[bytes]) -> bool:
    hit = False
    tail = b""
    while block := stream.read(1 << 22):
        hit = hit or _SUSPECT.search(tail + block) is not None
        tail = block[-64:]
    return hit


def _name_cells(data: bytes, file: str, header: list[str], left: int, faults: Faults) -> None:
    """Name the cells that the fast reader drops or rounds without a word."""
    from openpyxl import load_workbook

    with catch_warnings():
        simplefilter("ignore")  # it speaks about styles, which nobody asked for
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    noted = faults.count
    try:
        sheet: Any = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is None or (reason := _why_not_plain(cell)) is None:
                    continue
                place = cell.column - 1 - left
                column = header[place].strip() if 0 <= place < len(header) else ""
                code, details = reason
                faults.add(file, cell.row, column, code, cell=cell.coordinate, **details)
            if faults.count - noted > SHOWN_FAULTS:
                return
    finally:
        book.close()


def _why_not_plain(cell: Any) -> Reason | None:
    if cell.data_type == "f":
        return "frame.formula", {}
    if cell.data_type == "e":
        return "frame.error_cell", {"value": str(cell.value)}
    if cell.data_type == "n" and isinstance(cell.value, int | float):
        exact = abs(cell.value) < _EXACT_TO
        return None if exact else ("frame.rounded", {})
    return None
