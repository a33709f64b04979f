"""Questionnaires from spreadsheets: the stated subset of XLSForm, every fault with its cell.

docs/questionnaires.md lists what is taken. The result is the JSON of a questionnaire, which is
checked and published like any other.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_app.rules import questionnaires
from inspect_app.rules.errors import QuestionnaireInvalid
from inspect_app.rules.xpath import XPathFault, translate

TYPES = {
    "text": "text",
    "string": "string",
    "integer": "integer",
    "int": "integer",
    "datetime": "datetime",
    "geopoint": "geopoint",
    "image": "photo",
    "photo": "photo",
    "signature": "signature",
}
OPEN = frozenset({"begin_group", "begin group", "begin_repeat", "begin repeat"})
CLOSED = frozenset({"end_group", "end group", "end_repeat", "end repeat"})
MISSING = ("dk", "refused")
NOT_ASKED = frozenset({"photo", "signature", "geopoint", "datetime"})
SOURCES = ("asked", "enumerator", "device", "prefilled")
YES, NO = frozenset({"yes", "true", "true()", "1"}), frozenset({"", "no", "false", "false()", "0"})
COLUMNS = {
    "survey": {
        "type": "type",
        "name": "name",
        "label::chinese": "label_zh",
        "label::中文": "label_zh",
        "label::中文 (zh)": "label_zh",
        "label::chinese (zh)": "label_zh",
        "label::english": "label_en",
        "label::english (en)": "label_en",
        "relevant": "relevant",
        "constraint": "constraint",
        "constraint_message::chinese": "message_zh",
        "constraint_message::中文": "message_zh",
        "constraint_message::中文 (zh)": "message_zh",
        "constraint_message::chinese (zh)": "message_zh",
        "constraint_message::english": "message_en",
        "constraint_message::english (en)": "message_en",
        "required": "required",
        "appearance": "appearance",
        "severity": "severity",
        "asked_of": "asked_of",
        "unit": "unit",
        "source": "source",
        "allow_missing": "allow_missing",
        "feeds": "feeds",
    },
    "choices": {
        "list_name": "list",
        "name": "name",
        "value": "name",
        "label::chinese": "label_zh",
        "label::中文": "label_zh",
        "label::中文 (zh)": "label_zh",
        "label::chinese (zh)": "label_zh",
        "label::english": "label_en",
        "label::english (en)": "label_en",
    },
    "settings": {
        "form_id": "form_id",
        "version": "version",
        "form_title": "title_en",
        "title_en": "title_en",
        "title_zh": "title_zh",
        "status": "status",
    },
}
"""Columns that are understood, in lower case, by sheet; any other that is filled is a fault."""


@dataclass(frozen=True)
class Row:
    """One row of a sheet; `cells` by the names above, `places` the cell of each."""

    sheet: str
    number: int
    cells: Mapping[str, str]
    places: Mapping[str, str]

    def at(self, column: str) -> str:
        """Name the cell of a column, as `survey!F12`."""
        return self.places.get(column, f"{self.sheet}!{self.number}")

    def get(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass
class _Reading:
    """What has been read so far, with every fault instead of the first."""

    faults: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def fault(self, row: Row, column: str, what: str) -> None:
        self.faults.append(f"{row.at(column)}: {what}")


def read(path: Path) -> bytes:
    """Read a spreadsheet as the JSON of a questionnaire.

    Raises
    ------
    QuestionnaireInvalid : `extra["faults"]` names sheet, column and row of each fault
    """
    reading = _Reading()
    sheets = _sheets(path, reading)
    settings = next(iter(sheets["settings"]), None)
    for row in sheets["choices"]:
        _choice(row, reading)
    for row in sheets["survey"]:
        _note_type(row, reading)
    blocks = _blocks(sheets["survey"], reading)
    if settings is None:
        reading.faults.append("settings!2: form_id and version are missing")
    if reading.faults:
        count = len(reading.faults)
        raise QuestionnaireInvalid(f"{count} faults", faults=reading.faults)
    assert settings is not None  # nosec B101  # for the type checker
    model = json.loads(questionnaires.published()[0].data)
    form = {
        "form_id": settings.get("form_id"),
        "version": settings.get("version"),
        "status": settings.get("status") or "draft",
        "title_zh": settings.get("title_zh") or settings.get("title_en"),
        "title_en": settings.get("title_en"),
        # What follows from a disposition is the rule book's, not the form's.
        "dispositions": model["dispositions"],
        "missing_codes": model["missing_codes"],
        "blocks": blocks,
    }
    return (json.dumps(form, ensure_ascii=False, indent=1) + "\n").encode()


def _sheets(path: Path, reading: _Reading) -> dict[str, list[Row]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise QuestionnaireInvalid("no workbook", faults=[f"{path.name}: not an .xlsx"]) from error
    try:
        return {name: list(_rows(book, name, reading)) for name in COLUMNS}
    finally:
        book.close()


def _rows(book: Any, name: str, reading: _Reading) -> Iterator[Row]:
    from openpyxl.utils import get_column_letter

    if name not in book.sheetnames:
        reading.faults.append(f"{name}: the sheet is missing")
        return
    known: list[str | None] = []
    for number, values in enumerate(book[name].iter_rows(values_only=True), 1):
        texts = [_text(value) for value in values]
        if number == 1:
            known = [COLUMNS[name].get(text.lower()) for text in texts]
            heads = texts
            continue
        cells: dict[str, str] = {}
        places: dict[str, str] = {}
        for column, text in enumerate(texts):
            place = f"{name}!{get_column_letter(column + 1)}{number}"
            own = known[column] if column < len(known) else None
            if own is not None:
                cells[own], places[own] = text or cells.get(own, ""), place
            elif text and column < len(known) and heads[column]:
                reading.faults.append(f"{place}: the column {heads[column]!r} is not taken")
        if any(cells.values()):
            yield Row(name, number, cells, places)


def _text(value: object) -> str:
    """A cell as text; a whole number without a point, a truth as XLSForm writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _choice(row: Row, reading: _Reading) -> None:
    if not row.get("list") or not row.get("name"):
        reading.fault(row, "name", "a choice has a list_name and a name")
        return
    labels = {"label_zh": row.get("label_zh"), "label_en": row.get("label_en")}
    for name, label in labels.items():
        if not label:
            reading.fault(row, name, "the label is missing in one language")
    reading.lists.setdefault(row.get("list"), []).append({"value": row.get("name"), **labels})


def _note_type(row: Row, reading: _Reading) -> None:
    kind = row.get("type").split()
    if not kind or row.get("type").lower() in OPEN | CLOSED:
        return
    first = kind[0].lower()
    many = {"select_one": "select_one", "select_multiple": "select_many"}
    reading.types[row.get("name")] = many.get(first, TYPES.get(first, first))


def _blocks(rows: Sequence[Row], reading: _Reading) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    inside: dict[str, Any] | None = None
    for row in rows:
        kind = row.get("type").lower()
        if kind in OPEN:
            if inside is not None:
                reading.fault(row, "type", "groups stand side by side, not within each other")
            is_repeat = "repeat" in kind
            inside = {
                "id": row.get("name"),
                "label_zh": row.get("label_zh"),
                "label_en": row.get("label_en"),
                "repeat": "member" if is_repeat else None,
                "relevance": _expression(row, "relevant", reading),
                "fields": [],
            }
            if is_repeat and row.get("name") != "members":
                reading.fault(row, "name", "the one repeated group is called members")
            blocks.append(inside)
        elif kind in CLOSED:
            inside = None
        elif inside is None:
            reading.fault(row, "type", "a question stands in a group")
            _field(row, reading)
        else:
            inside["fields"].append(_field(row, reading))
    return blocks


def _field(row: Row, reading: _Reading) -> dict[str, Any]:
    kind = reading.types.get(row.get("name"), "")
    if kind == "photo" and row.get("appearance") == "signature":
        kind = "signature"
    if kind not in {*TYPES.values(), "select_one", "select_many"}:
        reading.fault(row, "type", f"the type {row.get('type')!r} is not taken")
    if not row.get("name"):
        reading.fault(row, "name", "a question has a name")
    for name in ("label_zh", "label_en"):
        if not row.get(name):
            reading.fault(row, name, "the label is missing in one language")
    required = row.get("required").lower()
    if required not in YES | NO:
        reading.fault(row, "required", "required is yes or no")
    source = row.get("source") or "asked"
    if source not in SOURCES:
        reading.fault(row, "source", f"source is one of {', '.join(SOURCES)}")
    is_asked = source == "asked" and kind not in NOT_ASKED
    missing = row.get("allow_missing").split() if row.get("allow_missing") else list(MISSING)
    return {
        "id": row.get("name"),
        "label_zh": row.get("label_zh"),
        "label_en": row.get("label_en"),
        "type": kind,
        "unit": row.get("unit") or None,
        "choices": _choices(row, kind, reading),
        "asked_of": list(row.get("asked_of").replace(" ", "").replace(",", "")) or ["E", "P", "N"],
        "required": required in YES,
        "source": source,
        "allow_missing": missing if is_asked or row.get("allow_missing") else [],
        "relevance": _expression(row, "relevant", reading),
        "constraint": _constraint(row, reading),
        "feeds": row.get("feeds").split(),
    }


def _choices(row: Row, kind: str, reading: _Reading) -> list[dict[str, str]] | None:
    if not kind.startswith("select_"):
        return None
    words = row.get("type").split()
    if len(words) != 2:
        reading.fault(row, "type", "name one list of choices, as in select_one yes_no")
        return []
    if words[1] not in reading.lists:
        reading.fault(row, "type", f"there is no list of choices {words[1]!r}")
    return reading.lists.get(words[1], [])


def _constraint(row: Row, reading: _Reading) -> dict[str, Any] | None:
    expression = _expression(row, "constraint", reading)
    if expression is None:
        return None
    for name in ("message_zh", "message_en"):
        if not row.get(name):
            reading.fault(row, name, "a constraint says in both languages what is wrong")
    return {
        "expr": expression,
        "severity": row.get("severity") or "hard",
        "message_zh": row.get("message_zh"),
        "message_en": row.get("message_en"),
    }


def _expression(row: Row, column: str, reading: _Reading) -> object | None:
    source = row.get(column)
    if not source:
        return None
    try:
        return translate(source, reading.types)
    except XPathFault as error:
        reading.fault(row, column, str(error))
        return None
