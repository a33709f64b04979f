"""What a notice to a county says, read from its notice.json and frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from report_templates.papers import read
from report_templates.verdict_sheet import SheetError
from report_templates.wording import Bilingual

SCHEMA = "notice/1"
KINDS = ("told", "ruled")


@dataclass(frozen=True)
class NoticeCase:
    """A case as the county is told of it: no name, no answer, nobody who told.

    clauses : names of what is at issue; due : last day of the county's reply
    outcome, reason : of the ruling; None before it
    """

    case_id: str
    unit_id: str
    village: str
    town: str
    kind: str
    clauses: tuple[Bilingual, ...]
    due: date | None
    outcome: str | None
    reason: str | None


@dataclass(frozen=True)
class Clause:
    """What is at issue: its name, the standard, and what proves the contrary."""

    name: Bilingual
    standard: Bilingual
    evidence: Bilingual


@dataclass(frozen=True)
class NoticeSheet:
    """A notice: cases that the county is to verify (`told`), or what became of them (`ruled`)."""

    number: str
    kind: str
    simulated: bool
    issued_on: date
    county: Bilingual
    agency: Bilingual
    rulebook: str
    cases: tuple[NoticeCase, ...]
    clauses: tuple[Clause, ...]
    when: Bilingual
    silence: Bilingual
    address: str
    software: str
    content: bytes = field(repr=False)
    digest: str

    @classmethod
    def from_json(cls, content: bytes) -> NoticeSheet:
        """Read a notice.json.

        Raises
        ------
        SheetError : not JSON, another schema or kind, or something is missing
        """
        row = read(content, SCHEMA)
        try:
            sheet = _sheet(row, content)
        except (KeyError, TypeError, ValueError) as error:
            raise SheetError(f"核实函内容不合：{error}", f"wrong notice: {error}") from None
        if sheet.kind not in KINDS:
            raise SheetError(f"没有 {sheet.kind} 类函", f"there is no notice {sheet.kind}")
        return sheet


def _sheet(row: Mapping[str, Any], content: bytes) -> NoticeSheet:
    return NoticeSheet(
        number=row["number"],
        kind=row["kind"],
        simulated=row["simulated"],
        issued_on=date.fromisoformat(row["issued_on"]),
        county=Bilingual(*row["county"]),
        agency=Bilingual(*row["agency"]),
        rulebook=row["rulebook"],
        cases=tuple(_case(one) for one in row["cases"]),
        clauses=tuple(
            Clause(*(Bilingual(*one[key]) for key in ("name", "standard", "evidence")))
            for one in row["clauses"]
        ),
        when=Bilingual(*row["when"]),
        silence=Bilingual(*row["silence"]),
        address=row["address"],
        software=row["software"],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )


def _case(row: Mapping[str, Any]) -> NoticeCase:
    return NoticeCase(
        case_id=row["case_id"],
        unit_id=row["unit_id"],
        village=row["village"],
        town=row["town"],
        kind=row["kind"],
        clauses=tuple(Bilingual(*both) for both in row["clauses"]),
        due=date.fromisoformat(row["due"]) if row["due"] else None,
        outcome=row["outcome"],
        reason=row["reason"],
    )
