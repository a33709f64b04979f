"""What is known of each household: visits, interviews, and what counts after the rulings."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, String, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Contact, Interview, Revision
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.chain import LineType
from inspect_app.rules.findings import Suspicion
from inspect_app.rules.ops import final_disposition
from inspect_app.rules.states import CaseKind, CaseState, Disposition, InterviewState
from inspect_app.services import cases, judgements, senders


def reviewed(session: Session, campaign_id: str, adcode: str) -> list[dict[str, Any]]:
    """Return one row for each sampled household of a county that anything is known of.

    Keys: `unit_id`, `disposition`; for a completed and accepted interview also `class_found`,
    `persons` (as found), `wrong_exit`, `missed`, `recurrence` (persons after the rulings, None
    where undetermined or not measured), `missed_base`, `approves` (1/0), `undetermined` (list of
    indicator codes) and the satisfaction answers `sat_policy` … `sat_overall`. An interview that
    has arrived and is not accepted yet counts as partial. Sorted by unit; reads only.
    """
    visits = _visits(session, campaign_id, adcode)
    rulings = cases.rulings(session, campaign_id, adcode)
    suspected = cases.suspected(session, campaign_id, adcode)
    rows: dict[str, dict[str, Any]] = {
        unit_id: {"unit_id": unit_id, "disposition": final_disposition(None, seen)}
        for unit_id, seen in visits.items()
    }
    query = (
        current()
        # Second visits have interviews of their own, which no estimate counts.
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .where(Interview.campaign_id == campaign_id, Interview.county_adcode == adcode)
    )
    for row in session.execute(query):
        is_accepted = row.state == InterviewState.ACCEPTED
        found = row.disposition if is_accepted else Disposition.PARTIAL.value
        rows[row.unit_id] = {
            "unit_id": row.unit_id,
            "disposition": final_disposition(found, visits.get(row.unit_id, ())),
        }
        if is_accepted and found == Disposition.COMPLETED:
            rows[row.unit_id] |= _measured(
                row, suspected.get(row.unit_id, ()), rulings.get(row.unit_id, {})
            )
    return [rows[unit_id] for unit_id in sorted(rows)]


def _measured(
    row: Row[Any], suspected: Iterable[Suspicion], rulings: dict[CaseKind, CaseState]
) -> dict[str, Any]:
    """What a household counts, with what a blind second visit led to a case for."""
    finding = judgements.from_json(row.unit_id, row.findings).with_suspicions(suspected)
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
        **row.findings["satisfaction"],
    }


def _visits(session: Session, campaign_id: str, adcode: str) -> dict[str, list[str]]:
    """Dispositions of the visits without interview, in the order they arrived."""
    rows = session.execute(
        select(Contact.unit_id, Contact.disposition)
        .join(
            SampleHousehold,
            (SampleHousehold.campaign_id == Contact.campaign_id)
            & (SampleHousehold.unit_id == Contact.unit_id),
        )
        .join(LedgerEntry, LedgerEntry.op_id == Contact.op_id)
        .where(
            Contact.campaign_id == campaign_id,
            SampleHousehold.county_adcode == adcode,
            Contact.round == SampleHousehold.wave.cast(String),
            LedgerEntry.type == LineType.OP.value,
        )
        .order_by(LedgerEntry.seq)
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.unit_id, []).append(row.disposition)
    return found


def make_current(session: Session, interview: Interview, revision: Revision) -> None:
    """Let the revision count that a person chose; whose it is holds the interview."""
    interview.current_rev = revision.rev
    interview.device_id = session.execute(
        select(senders.phone()).where(Op.op_id == revision.op_id)
    ).scalar_one()
    interview.in_conflict = False
    session.flush()


def current() -> Select[*tuple[Any, ...]]:
    """Interviews with their current revision."""
    return select(
        Interview.interview_id,
        Interview.campaign_id,
        Interview.unit_id,
        Interview.round,
        Interview.county_adcode,
        Interview.village_code,
        Interview.device_id,
        Interview.state,
        Interview.current_rev,
        Interview.in_conflict,
        Interview.urgency,
        Interview.arrived_at,
        Revision.disposition,
        Revision.flags,
        Revision.findings,
    ).join(
        Revision,
        (Revision.interview_id == Interview.interview_id) & (Revision.rev == Interview.current_rev),
    )
