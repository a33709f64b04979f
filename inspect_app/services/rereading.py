"""A county under another rule book: households judged again, figures held to other thresholds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules import findings, halves
from inspect_app.rules.findings import Finding
from inspect_app.rules.interviews import Interview as Interviewed
from inspect_app.rules.rulebooks import PovertyLine, RuleBook
from inspect_app.rules.states import CaseKind, CaseState, Disposition, InterviewState
from inspect_app.services import cases
from inspect_app.services.estimates import CountyData

OF_HOUSEHOLDS = (
    *("members_basis", "within_household_missed", "one_off_income", "protein_floor"),
    *("unappraised_house", "water_counts", "missed_test", "exclusion_list", "approval_rule"),
    *("school_ages", "water_fetch_minutes", "water_dry_days", "shock_ratio"),
)
"""Settings by which single households are judged, not only the county's figures."""


@dataclass(frozen=True, eq=False)
class Reread:
    """A county's data under another book.

    unruled : suspicions that only the other book raises; nobody ruled on them, so they count as
        if they were confirmed
    """

    data: CountyData
    unruled: int = 0


def under(session: Session, data: CountyData, book: RuleBook) -> Reread:
    """Read a county by another book, its households only where that judges them otherwise."""
    mine, others = data.rulebook.settings, book.settings
    if all(mine[key] == others[key] for key in OF_HOUSEHOLDS):
        return Reread(replace(data, rulebook=book))
    return judged_again(session, data, book)


def judged_again(session: Session, data: CountyData, book: RuleBook) -> Reread:
    """Judge the households of a county by another book, from their answers; reads only.

    Rulings on cases hold under every book.
    """
    rulings = cases.rulings(session, data.campaign.id, data.county.adcode)
    found: dict[str, dict[str, Any]] = {}
    unruled = 0
    for finding in _judged(session, data, book):
        known = rulings.get(finding.unit_id, {})
        raised = {one.kind for one in finding.suspicions} - known.keys()
        unruled += len(raised)
        found[finding.unit_id] = _columns(
            finding, {**known, **dict.fromkeys(raised, CaseState.CONFIRMED)}
        )
    rows = [
        row | found.get(row["unit_id"], {}) if row["outcome"] == "respondent" else row
        for row in data.interviews.to_dicts()
    ]
    anew = pl.DataFrame(rows, schema=data.interviews.schema)
    return Reread(replace(data, rulebook=book, interviews=anew), unruled)


def _judged(session: Session, data: CountyData, book: RuleBook) -> Iterator[Finding]:
    county = data.county
    line = PovertyLine(county.line_year, county.line_yuan, county.line_status, county.line_document)
    rows = session.execute(
        select(
            Op.body,
            Interview.unit_id,
            Interview.round,
            SampleHousehold.household_class,
            SampleHousehold.persons,
        )
        .join(Revision, Revision.op_id == Op.op_id)
        .join(
            Interview,
            (Interview.interview_id == Revision.interview_id)
            & (Interview.current_rev == Revision.rev),
        )
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .where(
            Interview.campaign_id == data.campaign.id,
            Interview.county_adcode == county.adcode,
            Interview.state == InterviewState.ACCEPTED.value,
            Revision.disposition == Disposition.COMPLETED.value,
            Op.body != b"",  # one that was destroyed on demand stays as it was found
        )
        .order_by(Interview.unit_id)
    )
    for row in rows:
        answers = _row(halves.read(row.body)["answers"])
        members = tuple(_row(one) for one in answers.pop("members", ()))
        yield findings.judge(
            Interviewed(row.unit_id, row.round, "", answers, members),
            book=book,
            line=line,
            round_kind=data.campaign.round_kind,
            frame_class=row.household_class,
            frame_persons=row.persons,
        )


def _row(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in answers.items()
    }


def _columns(finding: Finding, rulings: Mapping[CaseKind, CaseState]) -> dict[str, Any]:
    measures = finding.measures(rulings)
    return {
        "class_found": measures.class_found,
        "persons": measures.persons,
        "wrong_exit": measures.wrong_exit,
        "missed": measures.missed,
        "recurrence": measures.recurrence,
        "missed_base": measures.missed_base,
        "approves": measures.approves,
        "undetermined": list(measures.undetermined),
    }
