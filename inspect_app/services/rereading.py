"""A county under other readings: its households judged again from their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Interview, Revision
from inspect_app.models.ledger import Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules import approval, findings, halves
from inspect_app.rules.findings import Suspicion
from inspect_app.rules.interviews import Interview as Interviewed
from inspect_app.rules.rulebooks import PovertyLine, RuleBook
from inspect_app.rules.states import CaseKind, CaseState, Disposition, InterviewState
from inspect_app.rules.verdicts import Reading
from inspect_app.services import cases, estimates, judgements
from inspect_app.services.estimates import CountyData, Households

OF_HOUSEHOLDS = (
    *("members_basis", "within_household_missed", "one_off_income", "protein_floor"),
    *("unappraised_house", "water_counts", "missed_test", "exclusion_list", "approval_rule"),
    *("school_ages", "water_fetch_minutes", "water_dry_days", "shock_ratio"),
)
"""Settings by which single households are judged, not only the county's figures."""


COLUMNS = (
    *("class_found", "persons", "wrong_exit", "missed", "recurrence", "missed_base", "approves"),
    "undetermined",
)
CONTESTED: Mapping[str, tuple[object, ...]] = {
    "members_basis": ("registered", "resident"),
    "within_household_missed": (True, False),
    "one_off_income": ("not_counted", "counted"),
    "protein_floor": ("weekly", "monthly"),
    "unappraised_house": ("sound_if_seen", "unknown"),
    "water_counts": (True, False),
    "missed_test": ("income_first", "same_as_exit"),
    "approval_rule": approval.RULES,
}
"""Readings of contested settings that a verdict is tried under, where they are not its own."""


@dataclass(frozen=True, eq=False)
class Reread:
    """A county's data under another book.

    unruled : suspicions that only the other book raises; nobody ruled on them, so they count as
        if they were confirmed
    """

    data: CountyData
    unruled: int = 0


@dataclass(frozen=True)
class Asked:
    """A completed interview with what the register says of its household.

    uncovered : what a blind second visit found that this interview does not tell by any book
    """

    interview: Interviewed
    household_class: str
    persons: int
    uncovered: tuple[Suspicion, ...] = ()


def under(session: Session, data: CountyData, book: RuleBook) -> Reread:
    """Read a county by another book, its households only where that judges them otherwise."""
    mine, others = data.rulebook.settings, book.settings
    if all(mine[key] == others[key] for key in OF_HOUSEHOLDS):
        return Reread(replace(data, rulebook=book))
    households, unruled = _judged(data, book, *_known(session, data))
    return Reread(replace(estimates.with_households(data, households), rulebook=book), unruled)


def with_readings(session: Session, data: CountyData) -> CountyData:
    """Add how the households would count under each contested reading; reads only."""
    asked, rulings = _known(session, data)
    settings = data.rulebook.settings
    found: dict[Reading, Households] = {}
    for setting, values in CONTESTED.items():
        for value in (one for one in values if one != settings[setting]):
            book = data.rulebook.with_reading(setting, value)
            households, _ = _judged(data, book, asked, rulings)
            if households:
                found[Reading(setting, str(value))] = households
    return replace(data, reread=found)


Rulings = Mapping[str, Mapping[CaseKind, CaseState]]


def _judged(
    data: CountyData, book: RuleBook, asked: Sequence[Asked], rulings: Rulings
) -> tuple[Households, int]:
    """Judge households by a book; those that count otherwise than now, and suspicions unruled.

    Rulings on cases hold under every book.
    """
    now = {row["unit_id"]: row for row in data.interviews.select("unit_id", *COLUMNS).to_dicts()}
    county = data.county
    line = PovertyLine(county.line_year, county.line_yuan, county.line_status, county.line_document)
    found: dict[str, dict[str, Any]] = {}
    unruled = 0
    for one in asked:
        finding = findings.judge(
            one.interview,
            book=book,
            line=line,
            round_kind=data.campaign.round_kind,
            frame_class=one.household_class,
            frame_persons=one.persons,
        ).with_suspicions(one.uncovered)
        unit_id = one.interview.unit_id
        known = rulings.get(unit_id, {})
        raised = {suspicion.kind for suspicion in finding.suspicions} - known.keys()
        unruled += len(raised)
        measures = finding.measures({**known, **dict.fromkeys(raised, CaseState.CONFIRMED)})
        columns = {name: getattr(measures, name) for name in COLUMNS}
        columns["undetermined"] = list(measures.undetermined)
        if unit_id in now and now[unit_id] != {"unit_id": unit_id, **columns}:
            found[unit_id] = columns
    return found, unruled


def _known(session: Session, data: CountyData) -> tuple[list[Asked], Rulings]:
    """Read the accepted interviews of a county and the rulings on its cases."""
    rows = session.execute(
        select(
            Op.body,
            Interview.unit_id,
            Interview.round,
            Revision.findings,
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
            Interview.county_adcode == data.county.adcode,
            Interview.state == InterviewState.ACCEPTED.value,
            Revision.disposition == Disposition.COMPLETED.value,
            Op.body != b"",  # one that was destroyed on demand stays as it was found
        )
        .order_by(Interview.unit_id)
    )
    suspected = cases.suspected(session, data.campaign.id, data.county.adcode)
    asked = []
    for row in rows:
        answers = _row(halves.read(row.body)["answers"])
        members = tuple(_row(one) for one in answers.pop("members", ()))
        interview = Interviewed(row.unit_id, row.round, "", answers, members)
        own = {one.kind for one in judgements.suspicions(row.findings)}
        uncovered = tuple(one for one in suspected.get(row.unit_id, ()) if one.kind not in own)
        asked.append(Asked(interview, row.household_class, row.persons, uncovered))
    return asked, cases.rulings(session, data.campaign.id, data.county.adcode)


def _row(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: tuple(value) if isinstance(value, list) else value for key, value in answers.items()
    }
