"""Cells against the kind of their column: typed where sound, a fault with its reason where not.

Whole columns are tested at once; only cells that fail are looked at one by one, to say why.
"""

import re
import unicodedata
from collections.abc import Callable

import polars as pl

from sampling.columns import CODE_DIGITS, WORDS, Column, Kind, Table
from sampling.faults import Faults, Reason
from sampling.sheet import Sheet

MAX_ID = 40
MAX_TEXT = 200
MAX_CELL = 10_000
_SHOWN = 24

_INVISIBLE = r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]"
_FULL_WIDTH = "[\uff10-\uff19]"
_ERROR = r"^#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)$"
_SCIENTIFIC = r"^[+-]?\d+(?:\.\d+)?[eE][+-]?\d+$"
_DATE = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:[ T].*)?$|^\d{1,2}/\d{1,2}/\d{4}$|^\d{4}年\d{1,2}月"
_SPOILT_ID = "|".join(
    (_INVISIBLE, r"^\s", r"\s$", _FULL_WIDTH, "^=", _ERROR, r"^\d\.?\d*[eE]\+\d+$", _DATE)
)
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


def typed(sheet: Sheet, table: Table, faults: Faults) -> pl.DataFrame:
    """Check every cell of a sheet and cast it.

    Parameters
    ----------
    sheet : text cells of one file
    table : what the columns should hold
    faults : receives what is wrong

    Returns
    -------
    (n, columns), row by row beside `sheet.rows`; null where a cell is empty or at fault; known
    columns in the order of the table, then the others by name, as text
    """
    known = [column for column in table.columns if column.name in sheet.cells.columns]
    data = [_cast(sheet, column, faults) for column in known]
    names = {column.name for column in known}
    others = sorted(name for name in sheet.cells.columns if name not in names)
    for name in others:
        cells = sheet.cells[name]
        faults.mark(sheet, name, cells.str.len_chars() > MAX_CELL, _too_long(cells, MAX_CELL))
        data.append(cells)
    for key in table.key:
        if key in names:
            _unique(sheet, key, faults)
    return pl.DataFrame(data)


def _cast(sheet: Sheet, column: Column, faults: Faults) -> pl.Series:
    cells = sheet.cells[column.name]
    if column.must_be_filled:
        faults.mark(sheet, column.name, cells.is_null(), "frame.empty_cell")
    sound, values, why = _CHECKS[column.kind](cells, column)
    wrong = cells.is_not_null() & ~sound.fill_null(False)
    faults.mark(sheet, column.name, wrong, lambda place: why(cells[place]))
    return values.set(wrong, None) if wrong.any() else values


Check = tuple[pl.Series, pl.Series, Callable[[str], Reason]]
"""Which cells are sound, what they mean, and why one that is not sound is not."""


def _unit_id(cells: pl.Series, column: Column) -> Check:
    spoilt = cells.str.contains(_SPOILT_ID) | (cells != cells.str.normalize("NFC"))
    sound = ~spoilt & (cells.str.len_chars() <= MAX_ID)
    return sound, cells, _why_not_id


def _why_not_id(cell: str) -> Reason:
    if len(cell) > MAX_ID:
        return "frame.id_long", {"length": len(cell), "value": shown(cell)}
    if hidden := next((mark for mark in cell if _is_invisible(mark)), ""):
        return "frame.invisible", {"mark": f"U+{ord(hidden):04X}"}
    if cell != cell.strip():
        return "frame.spaces", {"value": shown(cell)}
    if unicodedata.normalize("NFC", cell) != cell:
        return "frame.not_nfc", {"value": shown(cell)}
    return _why_spoilt(cell) or ("frame.not_code", {"value": shown(cell)})


def _code(cells: pl.Series, column: Column) -> Check:
    digits = CODE_DIGITS[column.kind]

    def why(cell: str) -> Reason:
        if cell.isascii() and cell.isdigit():
            code = "frame.code_short" if len(cell) < digits else "frame.code_long"
            return code, {"found": len(cell), "digits": digits, "value": shown(cell)}
        if re.fullmatch(r"\d+\.0*", cell, re.ASCII):
            return "frame.code_decimal", {"value": shown(cell)}
        if cell != cell.strip():
            return "frame.spaces", {"value": shown(cell)}
        return _why_spoilt(cell) or (
            "frame.code_not_digits",
            {"digits": digits, "value": shown(cell)},
        )

    return cells.str.contains(rf"^[0-9]{{{digits}}}$"), cells, why


def _text(cells: pl.Series, column: Column) -> Check:
    values = cells.str.strip_chars()
    spoilt = values.str.contains(rf"{_INVISIBLE}|{_ERROR}|^=")

    def why(cell: str) -> Reason:
        if len(cell) > MAX_TEXT:
            return _too_long_text(cell, MAX_TEXT)
        if hidden := next((mark for mark in cell.strip() if _is_invisible(mark)), ""):
            return "frame.invisible", {"mark": f"U+{ord(hidden):04X}"}
        return _why_spoilt(cell.strip()) or ("frame.not_text", {"value": shown(cell)})

    return ~spoilt & (values.str.len_chars() <= MAX_TEXT), values, why


def _count(cells: pl.Series, column: Column) -> Check:
    stripped = cells.str.strip_chars()
    plain = stripped.str.contains(r"^[0-9]{1,9}$")
    values = stripped.set(~plain.fill_null(False), None).cast(pl.Int64)
    sound = plain & values.is_between(column.low, column.high)

    def why(cell: str) -> Reason:
        cell = cell.strip()
        if re.fullmatch(r"\d{1,9}", cell, re.ASCII) or re.fullmatch(r"-\d{1,18}", cell, re.ASCII):
            return _out_of_limits(int(cell), column)
        if re.fullmatch(r"[+-]?\d{10,}", cell, re.ASCII):
            return "frame.number_long", {"digits": len(cell), "value": shown(cell)}
        if re.fullmatch(r"[+-]?\d+\.\d*", cell, re.ASCII):
            return "frame.not_whole", {"value": shown(cell)}
        return _why_spoilt(cell) or ("frame.not_number", {"value": shown(cell)})

    return sound, values, why


def _out_of_limits(value: float, column: Column) -> Reason:
    details = {"value": value, "low": f"{column.low:.10g}", "high": f"{column.high:.10g}"}
    if value < 0 <= column.low:
        return "frame.negative", details
    return ("frame.zero" if value == 0 else "frame.out_of_limits"), details


def _number(cells: pl.Series, column: Column) -> Check:
    stripped = cells.str.strip_chars()
    plain = stripped.str.contains(_NUMBER) & (stripped.str.len_chars() <= 40)
    values = stripped.set(~plain.fill_null(False), None).cast(pl.Float64)
    sound = plain & values.is_finite() & values.is_between(column.low, column.high)

    def why(cell: str) -> Reason:
        cell = cell.strip()
        if len(cell) > MAX_ID:
            return "frame.number_long", {"digits": len(cell), "value": shown(cell)}
        if re.fullmatch(_NUMBER, cell, re.ASCII):
            return _out_of_limits(float(cell), column)
        return _why_spoilt(cell) or ("frame.not_number", {"value": shown(cell)})

    return sound, values, why


def _month(cells: pl.Series, column: Column) -> Check:
    stripped = cells.str.strip_chars()
    sound = stripped.str.contains(r"^(?:18[89]|19[0-9]|20[0-9])[0-9]-(?:0[1-9]|1[0-2])$")
    return sound, stripped, lambda cell: ("frame.not_month", {"value": shown(cell)})


def _word(cells: pl.Series, column: Column) -> Check:
    words = WORDS[column.kind]
    folded = cells.str.strip_chars()
    if column.kind is Kind.FLAG:
        folded = folded.str.to_lowercase()
    values = folded.replace_strict(words, default=None, return_dtype=pl.String)
    sound = values.is_not_null()

    def why(cell: str) -> Reason:
        return "frame.not_word", {"value": shown(cell), "words": " / ".join(words)}

    return sound, (values == "1" if column.kind is Kind.FLAG else values), why


_CHECKS: dict[Kind, Callable[[pl.Series, Column], Check]] = {
    Kind.UNIT_ID: _unit_id,
    Kind.COUNTY: _code,
    Kind.TOWN: _code,
    Kind.VILLAGE: _code,
    Kind.TEXT: _text,
    Kind.COUNT: _count,
    Kind.YEAR: _count,
    Kind.MONTH: _month,
    Kind.NUMBER: _number,
    Kind.FLAG: _word,
    Kind.HOUSEHOLD_CLASS: _word,
    Kind.CLASS_FOUND: _word,
    Kind.VILLAGE_TYPE: _word,
}


def _why_spoilt(cell: str) -> Reason | None:
    """What spreadsheets and input methods do to a value."""
    patterns = {
        "frame.full_width": _FULL_WIDTH,
        "frame.formula_text": "^=",
        "frame.error_text": _ERROR,
        "frame.scientific": _SCIENTIFIC,
        "frame.date": _DATE,
    }
    for code, pattern in patterns.items():
        if re.search(pattern, cell):
            return code, {"value": shown(cell)}
    return None


def _unique(sheet: Sheet, key: str, faults: Faults) -> None:
    cells = sheet.cells[key]
    again = cells.is_not_null() & ~cells.is_first_distinct()
    if not again.any():
        return

    def why(place: int) -> Reason:
        first = sheet.rows[int((cells == cells[place]).arg_max() or 0)]
        return "frame.duplicate", {"first": first}

    faults.mark(sheet, key, again, why)


def _is_invisible(mark: str) -> bool:
    return unicodedata.category(mark) in ("Cc", "Cf", "Zl", "Zp")


def _too_long(cells: pl.Series, limit: int) -> Callable[[int], Reason]:
    return lambda place: _too_long_text(cells[place], limit)


def _too_long_text(cell: str, limit: int) -> Reason:
    return "frame.text_long", {"length": len(cell), "limit": limit}


def shown(cell: str) -> str:
    """A cell as a message may quote it: one line, short."""
    line = "".join(mark if mark.isprintable() else "·" for mark in cell[: _SHOWN + 1])
    return line if len(cell) <= _SHOWN else f"{line[:_SHOWN]}…"
