"""Reading a folder of reference cases; what a field means stands in its README."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sampling.stages import Design, Floats, describe

COPY = Path(__file__).parent / "statistical" / "reference"
FILES = ("cases.json", "allocation_cases.json")
RULES = {"fail": "refuse", "remove": "certainty"}
# What explains a case instead of expecting something.
REMARKS = {"note", "meaning", "row_sum_check", "diagonal_is", "mc_se_max"}


class Expected(dict[str, Any]):
    """What R found, which remembers what was asked for: a figure nobody compares is a gap."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__({key: _wrapped(value) for key, value in values.items()})
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def unread(self) -> Iterator[str]:
        for key, value in self.items():
            if key not in self.read | REMARKS:
                yield key
            parts = value if isinstance(value, list) else [value]
            for part in parts:
                if key in self.read and isinstance(part, Expected):
                    yield from (f"{key}.{inner}" for inner in part.unread())


def _wrapped(value: Any) -> Any:
    if isinstance(value, dict):
        return Expected(value)
    return [_wrapped(part) for part in value] if isinstance(value, list) else value


@dataclass(frozen=True, eq=False)
class Case:
    """One case: what was computed from which file, and what R found."""

    folder: Path
    id: str
    kind: str
    csv: str | None
    design: dict[str, Any]
    said: dict[str, Any]
    expect: Expected

    @property
    def rows(self) -> pl.DataFrame:
        assert self.csv is not None
        return table(self.folder / self.csv)

    def beside(self, name: str) -> pl.DataFrame:
        """Another file of the folder."""
        return table(self.folder / name)

    def column(self, name: str) -> Floats:
        return numbers(self.rows[name])

    def columns(self, names: Any) -> Floats:
        return np.column_stack([self.column(name) for name in listed(names)])

    def labels(self, name: str) -> list[str]:
        return words(self.rows[name])


def load(folder: Path) -> list[Case]:
    """Every case of a folder, those of allocation after the others."""
    paths = [folder / file for file in FILES if (folder / file).exists()]
    if not paths:
        raise FileNotFoundError(f"{folder} has neither {' nor '.join(FILES)}")
    cases = []
    for path in paths:
        for raw in json.loads(path.read_text("utf-8"))["cases"]:
            said = raw["analysis"] if "analysis" in raw else raw["input"]
            kind = said["stat"] if "analysis" in raw else raw["kind"]
            csv, design = raw.get("csv") or said.get("csv"), raw.get("design") or {}
            case = Case(folder, raw["id"], kind, csv, design, said, Expected(raw["expect"]))
            cases.append(case)
    return cases


def chosen_folder() -> Path:
    """The copy beside the tests, or the folder that SAMPLING_REFERENCE_DIR names."""
    return Path(os.environ.get("SAMPLING_REFERENCE_DIR") or COPY)


def design_of(case: Case, weight: Any = None, **more: Any) -> Design:
    """The design that a case states, with its weights or with others."""
    said = case.design
    ids = [case.labels(name) for name in listed(said.get("ids"))]
    fpc = [name for name in listed(said.get("fpc")) if name]
    rule = said.get("lonely_psu", "fail")
    return describe(
        case.column(said["weights"]) if weight is None else weight,
        psu=ids or None,
        stratum=case.labels(said["strata"]) if said.get("strata") else None,
        fpc=[case.column(name) for name in fpc] or None,
        single_psu=RULES.get(rule, rule),
        **more,
    )


@cache
def table(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema_length=None)


def listed(value: Any) -> list[Any]:
    """A list, also where R wrote a list of one as the thing itself, or nothing as null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def numbers(column: pl.Series) -> Floats:
    if column.dtype == pl.String:  # R writes its logical values as words
        column = column.replace({"TRUE": "1", "FALSE": "0"})
    return column.cast(pl.Float64).to_numpy()


def words(column: pl.Series) -> list[str]:
    """Labels as R prints them: 3, not 3.0."""
    if column.dtype == pl.Boolean:
        return column.cast(pl.String).str.to_uppercase().to_list()
    if column.dtype.is_float() and (column.drop_nulls() % 1 == 0).all():
        column = column.cast(pl.Int64)
    return column.cast(pl.String).to_list()


def crossed(case: Case, names: Any) -> list[str]:
    """Labels of the combinations of several columns."""
    parts = [case.labels(name) for name in listed(names)]
    return ["/".join(labels) for labels in zip(*parts, strict=True)]
