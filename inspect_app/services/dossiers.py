"""A case as its reader may see it: the county never who said what, reviewers all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.cases import Case, CaseEvent, CaseRuling, Evidence
from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.rules.roles import Role
from inspect_app.rules.states import CaseState
from inspect_app.services import judgements

STAFF = (Role.REVIEWER, Role.EXPERT)


@dataclass(frozen=True)
class Document:
    """A document of the county: its name and the SHA-256 of its bytes, 64 hex digits."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Step:
    """One step of a case; a county is not told who took it. lapsed : after the deadline.

    complete : the county said that nothing more is to come
    """

    from_state: str | None
    to_state: str
    at: datetime
    reason: str
    document: Document | None
    actor: str | None
    lapsed: bool
    complete: bool


@dataclass(frozen=True)
class Ruling:
    """A ruling as proposed; `agrees` is None until a second person has signed or dissented.

    other_grounds : true where it says that it rests on more than papers younger than the visit
    """

    n: int
    from_state: str
    outcome: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    other_grounds: bool | None
    agrees: bool | None
    second_reason: str | None
    signed_by: str | None
    signed_at: datetime | None


@dataclass(frozen=True)
class FileOfCase:
    """A file that the county brought."""

    n: int
    name: str
    sha256: str
    bytes: int
    type: str
    document_date: date | None
    after_visit: bool | None
    state_at_reference: str | None
    uploaded_at: datetime


@dataclass(frozen=True)
class Looked:
    """What a visit found: of the interview a case is about, or of a second one.

    blocks : state by block, none before the interview is there
    """

    interview_id: str
    round: str
    arrived: bool
    state: str | None
    disposition: str | None
    blocks: dict[str, str]
    suspicions: tuple[str, ...]


@dataclass(frozen=True)
class Shown:
    """A case as its reader may see it: household, kind and blocks, never who said what.

    overdue : the deadline of its state has passed
    reply_until : until when the county may bring evidence, unless it says that it is complete
    silent : the county let its time pass without a word, which neither confirms nor overturns
    rulings, visits : for those who review and rule, with one case only
    """

    id: str
    campaign_id: str
    county_adcode: str
    unit_id: str
    interview_id: str | None
    kind: str
    state: str
    persons: int
    blocks: tuple[str, ...]
    opened_at: datetime
    due_at: datetime | None
    reply_until: datetime | None
    from_sample: bool
    reopens: str | None
    overdue: bool
    silent: bool
    steps: tuple[Step, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    files: tuple[FileOfCase, ...] = ()
    visits: tuple[Looked, ...] = ()


def whole(session: Session, case: Case, *, role: Role, at: datetime) -> Shown:
    """Show a case with everything its reader may see."""
    steps = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.n)
    ).all()
    files = session.scalars(
        select(Evidence).where(Evidence.case_id == case.id).order_by(Evidence.n)
    ).all()
    is_staff = role in STAFF
    proposals: Sequence[CaseRuling] = (
        session.scalars(
            select(CaseRuling).where(CaseRuling.case_id == case.id).order_by(CaseRuling.n)
        ).all()
        if is_staff or role is Role.COMMISSIONER
        else ()
    )
    return brief(
        case,
        role=role,
        at=at,
        silent=case.id in gone_silent(session, [case.id]),
        steps=steps,
        files=files,
        rulings=proposals,
        visits=_visits(session, case) if is_staff else (),
    )


def gone_silent(session: Session, ids: Sequence[str]) -> set[str]:
    """Cases that went on because the county let its time pass."""
    return set(
        session.scalars(
            select(CaseEvent.case_id).where(
                CaseEvent.case_id.in_(ids),
                CaseEvent.from_state == CaseState.EVIDENCE_DUE.value,
                CaseEvent.to_state == CaseState.UNDER_RULING.value,
            )
        )
    )


def brief(
    case: Case,
    *,
    role: Role,
    at: datetime,
    silent: bool = False,
    steps: Sequence[CaseEvent] = (),
    files: Sequence[Evidence] = (),
    rulings: Sequence[CaseRuling] = (),
    visits: tuple[Looked, ...] = (),
) -> Shown:
    """Show a case with what it is given; without more, as lists do."""
    for_county = role is Role.COUNTY_OFFICIAL
    return Shown(
        id=case.id,
        campaign_id=case.campaign_id,
        county_adcode=case.county_adcode,
        unit_id=case.unit_id,
        interview_id=None if for_county else case.interview_id,
        kind=case.kind,
        state=case.state,
        persons=case.persons,
        blocks=tuple(case.blocks),
        opened_at=case.opened_at,
        due_at=case.due_at,
        reply_until=case.reply_until,
        from_sample=case.from_sample,
        reopens=case.reopens,
        overdue=case.due_at is not None and at >= case.due_at,
        silent=silent,
        steps=tuple(
            Step(
                from_state=step.from_state,
                to_state=step.to_state,
                at=step.at,
                reason=step.reason,
                document=Document(step.document_name or "", step.document_sha256)
                if step.document_sha256
                else None,
                actor=None if for_county else step.actor,
                lapsed=step.lapsed,
                complete=step.complete,
            )
            for step in steps
            # The first step names what the household said; a county is told the blocks.
            if not (for_county and step.from_state is None)
        ),
        rulings=tuple(
            Ruling(**{name: getattr(one, name) for name in Ruling.__dataclass_fields__})
            for one in rulings
        ),
        files=tuple(
            FileOfCase(**{name: getattr(one, name) for name in FileOfCase.__dataclass_fields__})
            for one in files
        ),
        visits=visits,
    )


def _visits(session: Session, case: Case) -> tuple[Looked, ...]:
    """The interview that the case is about, its blind second one and its rechecks, in order."""
    if case.interview_id is None:
        return ()
    again = session.scalars(
        select(Revisit.interview_id)
        .where(Revisit.first_interview_id == case.interview_id)
        .order_by(func.length(Revisit.round), Revisit.round)
    )
    wanted = [case.interview_id, *again]
    rows = {
        row.interview_id: row
        for row in session.execute(
            select(
                Interview.interview_id,
                Interview.round,
                Interview.state,
                Revision.disposition,
                Revision.findings,
            )
            .join(
                Revision,
                (Revision.interview_id == Interview.interview_id)
                & (Revision.rev == Interview.current_rev),
            )
            .where(Interview.interview_id.in_(wanted))
        )
    }
    return tuple(_looked(key, rows.get(key)) for key in wanted)


def _looked(interview_id: str, row: Any) -> Looked:
    if row is None:
        return Looked(interview_id, "", False, None, None, {}, ())
    return Looked(
        interview_id,
        row.round,
        True,
        row.state,
        row.disposition,
        {block["block"]: block["state"] for block in row.findings["blocks"]},
        tuple(one.kind.value for one in judgements.suspicions(row.findings)),
    )
