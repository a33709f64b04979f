"""CSV as a person sees it: encoding, structure and line numbers checked before any meaning.

A dataframe reader fills short rows with nulls, renames repeated headers and counts records
instead of lines, each without a word; so the strict reader of the standard library splits the
rows, and says which line it was at.
"""

import codecs
import csv
import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

import polars as pl

from sampling.errors import SHOWN_FAULTS
from sampling.faults import Faults
from sampling.messages import say
from sampling.progress import Progress

CHUNK = 20_000
_PIECE = 1 << 16
_LOST = "\ufffd".encode()
_FIELD_LIMIT = threading.Lock()


def read_csv(
    data: bytes, file: str, faults: Faults, progress: Progress
) -> tuple[list[str], int, pl.Series, pl.DataFrame] | None:
    """Split a CSV file into text cells.

    Parameters
    ----------
    data : the whole file: UTF-8 with or without byte order mark, or GB18030
    file : name for faults and progress
    faults : receives what is wrong; rows with too few or too many cells are left out

    Returns
    -------
    header, its line number, line number of each row, and cells as text under "0", "1", …;
    None when the file cannot be split at all
    """
    with _long_fields():
        text = _as_utf8(data, file, faults)
        return _split(text, file, faults, progress) if text else None


def _split(
    text: bytes, file: str, faults: Faults, progress: Progress
) -> tuple[list[str], int, pl.Series, pl.DataFrame] | None:
    stage = say("frame.stage_reading", file=file)
    expected = text.count(b"\n") + 1
    starts: list[int] = []
    chunks: list[pl.DataFrame] = []
    with io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="") as lines:
        records = _Records(lines)
        header = next((row for row in records if any(row)), [])
        header_row = records.started
        if not (header or records.error):
            faults.add(file, 0, "", "frame.empty_file")
            return None
        if len(header) == 1 and (separator := _foreign_separator(header[0])):
            faults.add(file, header_row, "", "frame.separator", separator=separator)
            return None
        while rows := _chunk(records, len(header), starts, file, faults):
            chunks.append(_frame(rows, len(header)))
            progress(stage, len(starts), expected)
    if records.error:
        _explain_quote(records, text, header, file, faults)
    if not header:
        return None
    progress(stage, expected, expected)
    cells = pl.concat(chunks) if chunks else _frame([], len(header))
    return header, header_row, pl.Series("row", starts, dtype=pl.Int64), cells


class _Records:
    """Rows of `csv.reader(strict=True)` with the line where each began."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._reader = csv.reader(lines, strict=True)
        self._ended = 0
        self.started = 0
        self.error = ""

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        if self.error:
            raise StopIteration
        self.started = self._ended + 1
        try:
            row = next(self._reader)
        except csv.Error as error:
            self.error = str(error)
            raise StopIteration from error
        self._ended = self._reader.line_num
        return row


def _chunk(
    records: _Records, width: int, starts: list[int], file: str, faults: Faults
) -> list[list[str]]:
    rows = []
    for row in records:
        if len(row) == width:
            starts.append(records.started)
            rows.append(row)
            if len(rows) == CHUNK:
                break
        elif any(row):
            code = "frame.row_short" if len(row) < width else "frame.row_long"
            faults.add(file, records.started, "", code, found=len(row), expected=width)
    return rows


def _frame(rows: list[list[str]], width: int) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else [()] * width
    return pl.DataFrame(
        [pl.Series(str(place), cells, dtype=pl.String) for place, cells in enumerate(columns)]
    )


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let a cell be of any length, so that the fault can name its column."""
    with _FIELD_LIMIT:
        limit = csv.field_size_limit(sys.maxsize)
        try:
            yield
        finally:
            csv.field_size_limit(limit)


def _foreign_separator(header: str) -> str:
    names = {";": ";", "\uff1b": "\uff1b", "\t": "Tab", "|": "|"}
    return next((name for mark, name in names.items() if mark in header), "")


def _explain_quote(
    records: _Records,
    text: bytes,
    header: list[str],
    file: str,
    faults: Faults,
) -> None:
    if "unexpected end" not in records.error:
        faults.add(file, records.started, "", "frame.stray_quote")
        return
    with io.TextIOWrapper(io.BytesIO(text), "utf-8", newline="") as lines:
        line = next(islice(lines, records.started - 1, None), "")
    place = len(next(csv.reader([line]), [])) - 1
    column = header[place] if 0 <= place < len(header) else ""
    faults.add(file, records.started, column, "frame.unclosed_quote")


def _as_utf8(data: bytes, file: str, faults: Faults) -> bytes | None:
    """Bring the text to UTF-8 without byte order mark, or note where it is damaged."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data.count(0) * 10 > len(data):
        faults.add(file, 0, "", "frame.utf16")
        return None
    if (zero := data.find(0)) >= 0:
        faults.add(file, *_cell(data, zero, "utf-8"), "frame.nul")
        return None
    encoding = "utf-8"
    damaged = _undecodable(data, encoding)
    if damaged and not _mostly_utf8(data):
        encoding = "gb18030"
        damaged = _undecodable(data, encoding)
    if damaged:
        for (row, column), offset in _first_in_cell(data, damaged, encoding).items():
            byte = f"0x{data[offset]:02X}"
            name = encoding.upper()
            faults.add(
                file, row, column, "frame.undecodable", encoding=name, byte=byte, offset=offset
            )
        return None
    lost = [match.start() for match in islice(re.finditer(_LOST, data), 2 * SHOWN_FAULTS)]
    if encoding == "utf-8" and lost:
        for row, column in _first_in_cell(data, lost, encoding):
            faults.add(file, row, column, "frame.lost_character")
        return None
    if encoding == "utf-8":
        return data.removeprefix(codecs.BOM_UTF8)
    return data.decode(encoding).encode()  # at once: decoding line by line doubles the time


def _undecodable(data: bytes, encoding: str) -> list[int]:
    """Offsets of the first damaged bytes.

    Piece by piece, because each error of the decoder carries a copy of what it was given.
    """
    offsets: list[int] = []
    start = 0
    while start < len(data) and len(offsets) < 2 * SHOWN_FAULTS:
        piece = data[start : start + _PIECE]
        try:
            piece.decode(encoding)
        except UnicodeDecodeError as error:
            cut = 0 < len(piece) - error.start < 4 and start + len(piece) < len(data)
            if cut:
                start += error.start
                continue
            offsets.append(start + error.start)
            start += error.end
        else:
            start += len(piece)
    return offsets


def _mostly_utf8(data: bytes) -> bool:
    """Whether damage is the exception: GB18030 read as UTF-8 is damaged nearly everywhere."""
    text = data.decode("utf-8", errors="replace")
    plain = len(data.translate(None, delete=bytes(range(128, 256))))
    lost = text.count("\ufffd")
    return len(text) - plain - lost > lost


def _first_in_cell(data: bytes, offsets: list[int], encoding: str) -> dict[tuple[int, str], int]:
    cells: dict[tuple[int, str], int] = {}
    for offset in offsets:
        cells.setdefault(_cell(data, offset, encoding), offset)
    return cells


def _cell(data: bytes, offset: int, encoding: str) -> tuple[int, str]:
    """Line number and header of the cell that holds a byte."""
    ends = [data.count(mark, 0, offset) for mark in (b"\n", b"\r", b"\r\n")]
    row = ends[0] + ends[1] - ends[2] + 1
    start = max(data.rfind(b"\n", 0, offset), data.rfind(b"\r", 0, offset)) + 1
    before = data[start:offset].decode(encoding, errors="replace")
    place = len(next(csv.reader([before]), [""]) or [""]) - 1
    first = re.split(rb"[\r\n]", data.removeprefix(codecs.BOM_UTF8), maxsplit=1)[0]
    header = next(csv.reader([first.decode(encoding, errors="replace")]), [])
    return row, header[place].strip() if place < len(header) and row > 1 else ""
