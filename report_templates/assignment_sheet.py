"""What one numbered copy of an assignment sheet says, read from its JSON and frozen."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from report_templates.papers import read
from report_templates.verdict_sheet import SheetError
from report_templates.wording import Bilingual

SCHEMA = "assignment/1"


@dataclass(frozen=True)
class Household:
    """A household to visit; what the register does not hold is empty and written in by hand."""

    unit_id: str
    household_class: str
    order: int
    head_name: str
    hamlet: str


@dataclass(frozen=True)
class AssignmentSheet:
    """One copy: where a team goes, whom it visits, and what may become of each visit.

    route : which village of the team's days this is, from 1
    reserves : locked ones by class, as counts
    dispositions, classes : from the questionnaire, in its order
    roster_expected : households to list where the village has no list; None for no form
    roster_pages : blank pages of the form
    address : what the QR code holds
    """

    assignment_id: str
    copy: int
    simulated: bool
    printed_on: date
    agency: Bilingual
    county_zh: str
    town_name: str
    village_name: str
    village_code: str
    team: str
    visit_date: date
    route: int
    max_visits: int
    households: tuple[Household, ...]
    reserves: Mapping[str, int]
    classes: Mapping[str, Bilingual]
    dispositions: tuple[Bilingual, ...]
    roster_expected: int | None
    roster_pages: int
    address: str
    software: str
    content: bytes = field(repr=False)
    digest: str

    @classmethod
    def from_json(cls, content: bytes) -> AssignmentSheet:
        """Read the JSON of a copy.

        Raises
        ------
        SheetError : not JSON, another schema, or something is missing
        """
        row = read(content, SCHEMA)
        try:
            return _sheet(row, content)
        except (KeyError, TypeError, ValueError) as error:
            raise SheetError(f"任务单内容不合：{error}", f"wrong assignment: {error}") from None


def _sheet(row: Mapping[str, Any], content: bytes) -> AssignmentSheet:
    place, roster = row["place"], row["roster"]
    return AssignmentSheet(
        assignment_id=row["assignment_id"],
        copy=row["copy"],
        simulated=row["simulated"],
        printed_on=date.fromisoformat(row["printed_on"]),
        agency=Bilingual(*row["agency"]),
        county_zh=place["county"],
        town_name=place["town"],
        village_name=place["village"],
        village_code=place["village_code"],
        team=row["team"],
        visit_date=date.fromisoformat(row["visit_date"]),
        route=row["route"],
        max_visits=row["max_visits"],
        households=tuple(Household(**one) for one in row["households"]),
        reserves=dict(row["reserves"]),
        classes={code: Bilingual(*both) for code, both in row["classes"].items()},
        dispositions=tuple(Bilingual(*both) for both in row["dispositions"]),
        roster_expected=roster["expected"] if roster else None,
        roster_pages=roster["pages"] if roster else 0,
        address=row["address"],
        software=row["software"],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )
