"""What the summary of a campaign says, read from its summary.json and frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from report_templates.estimates import each
from report_templates.figures import Rule
from report_templates.papers import read
from report_templates.verdict_sheet import SheetError
from report_templates.wording import Bilingual

SCHEMA = "summary/1"


@dataclass(frozen=True)
class Figure:
    """One criterion of a county as its report prints it."""

    code: str
    value: float
    rule: Rule
    finding: str


@dataclass(frozen=True)
class CountyRow:
    """A county's verdict; `listed`: its pass stands up to the many looks."""

    adcode: str
    name: Bilingual
    province: Bilingual
    number: str
    version: int
    outcome: str
    standing: str
    established: int
    figures: tuple[Figure, ...]
    listed: bool


@dataclass(frozen=True)
class Passes:
    """How many passes may be wrong; see `sampling.passes`."""

    counties: int
    passes: int
    established: int
    expected: float
    expected_established: float
    at_threshold: float


@dataclass(frozen=True)
class SummarySheet:
    """Everything that the summary of a campaign prints; q is the share of its list."""

    name: Bilingual
    agency: Bilingual
    released: date
    simulated: bool
    counties: tuple[CountyRow, ...]
    passes: Passes
    q: float
    software: str
    content: bytes = field(repr=False)
    digest: str

    @classmethod
    def from_json(cls, content: bytes) -> SummarySheet:
        """Read a summary.json.

        Raises
        ------
        SheetError : not JSON, another schema, or something is missing
        """
        row = read(content, SCHEMA)
        try:
            return _sheet(row, content)
        except (KeyError, TypeError, ValueError) as error:
            raise SheetError(f"总览内容不合：{error}", f"wrong summary: {error}") from None

    def having(self, outcome: str, standing: str) -> int:
        """Count the counties with this outcome and standing."""
        return sum((one.outcome, one.standing) == (outcome, standing) for one in self.counties)


def _sheet(row: Mapping[str, Any], content: bytes) -> SummarySheet:
    campaign = row["campaign"]
    return SummarySheet(
        name=Bilingual(campaign["name_zh"], campaign["name_en"]),
        agency=Bilingual(campaign["agency_zh"], campaign["agency_en"]),
        released=date.fromisoformat(row["release_date"]),
        simulated=row["simulated"],
        counties=each(row["counties"], _county),
        passes=Passes(**row["passes"]),
        q=row["q"],
        software=row["software"],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )


def _county(row: Mapping[str, Any]) -> CountyRow:
    return CountyRow(
        adcode=row["adcode"],
        name=Bilingual(row["name_zh"], row["name_en"] or ""),
        province=Bilingual(row["province_zh"], row["province_en"] or ""),
        number=row["number"],
        version=row["version"],
        outcome=row["outcome"],
        standing=row["standing"],
        established=row["established"],
        figures=each(row["figures"], _figure),
        listed=row["listed"],
    )


def _figure(row: Mapping[str, Any]) -> Figure:
    rule = Rule(row["threshold"], row["strict"], row["direction"])
    return Figure(row["code"], row["value"], rule, row["finding"])
