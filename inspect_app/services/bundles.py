"""The public figures of a campaign for machines: CSV, Parquet and JSON with their dictionary."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from inspect_app.rules.bundles import DICTIONARY, TABLES, Table
from inspect_app.rules.errors import Unknown
from inspect_app.rules.exports import Column
from inspect_app.services import datasets
from inspect_app.services.documents import digest, to_bytes
from inspect_app.services.editions import PUBLIC
from inspect_app.version import SOFTWARE
from report_templates import press
from report_templates.press import Sheet

SCHEMA = "bundle/1"


def write(sheets: Sequence[Sheet], out: Path) -> dict[str, str]:
    """Write every table in three forms, the dictionary, and a manifest of all of them.

    Full editions are left aside: what is no public figure does not come near the bundle.

    Returns
    -------
    SHA-256 by name of file; equal documents give equal files

    Raises
    ------
    Unknown : no public edition is among the sheets
    """
    documents = _public(sheets)
    tables = {name: _frame(table, documents) for name, table in TABLES.items()}
    tables["dictionary"] = _dictionary()
    files: dict[str, bytes] = {}
    for name, frame in tables.items():
        files[f"{name}.csv"] = frame.write_csv().encode()
        files[f"{name}.parquet"] = _parquet(frame)
        files[f"{name}.json"] = to_bytes({"table": name, "rows": frame.to_dicts()})
    digests = {name: digest(content) for name, content in sorted(files.items())}
    manifest = {
        "schema": SCHEMA,
        "software": SOFTWARE,
        "simulated": any(one["simulated"] for one in documents),
        "documents": {
            sheet.file: sheet.digest
            for sheet in sorted(sheets, key=lambda one: one.file)
            if json.loads(sheet.content)["edition"] == PUBLIC
        },
        "files": digests,
    }
    for name, content in files.items():
        press.write(out / name, content)
    press.write(out / "manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    return digests


def _public(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    documents = [json.loads(sheet.content) for sheet in sheets]
    public = [one for one in documents if one["edition"] == PUBLIC]
    if not public:
        raise Unknown("There is no public edition of any verdict.")
    return sorted(public, key=lambda one: (one["county"]["adcode"], one["number"]))


def _frame(table: Table, documents: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    columns = list(table.columns.values())
    rows = [
        {
            column.name: _at(row if path.startswith(".") else document, path)
            for path, column in table.columns.items()
        }
        for document in documents
        for row in _rows(document, table.rows)
    ]
    return pl.DataFrame(rows, schema=datasets.schema(columns))


def _rows(document: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = document[key] if key else [document]
    if isinstance(found, Mapping):
        yield from ({"kind": kind, **row} for kind, row in found.items())
    else:
        yield from found


def _at(row: Mapping[str, Any], path: str) -> Any:
    """Follow a path; None where a part of it is not there, as a response that is withheld."""
    value: Any = row
    for name in path.strip(".").split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _dictionary() -> pl.DataFrame:
    def told(name: str, columns: Sequence[Column]) -> Iterator[dict[str, str]]:
        for one in columns:
            yield {"table": name, "column": one.name, "kind": one.kind, "zh": one.zh, "en": one.en}

    rows = [row for name, table in TABLES.items() for row in told(name, [*table.columns.values()])]
    rows += told("dictionary", DICTIONARY)
    return pl.DataFrame(rows, schema=datasets.schema(DICTIONARY))


def _parquet(frame: pl.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.write_parquet(file, compression="zstd", statistics=False)
    return file.getvalue()
