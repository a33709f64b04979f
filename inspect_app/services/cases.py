"""Cases: a suspicion on its way to a ruling, with the county's right of reply in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.cases import Case, CaseEvent, CaseRuling, Evidence, FeedbackMeeting
from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.rules.cases import Calendar, due, require_step
from inspect_app.rules.errors import Unknown
from inspect_app.rules.findings import Suspicion
from inspect_app.rules.revisits import RevisitKind
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.services import access, campaigns, judgements
from inspect_app.services.transactions import writing

REVIEWERS = (Role.REVIEWER, Role.EXPERT)
READERS = (Role.COMMISSIONER, *REVIEWERS, Role.COUNTY_OFFICIAL)


@dataclass(frozen=True)
class Document:
    """A document of the county: its name and the SHA-256 of its bytes, 64 hex digits."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Step:
    """One step of a case; a county is not told who took it. lapsed : after the deadline."""

    from_state: str | None
    to_state: str
    at: datetime
    reason: str
    document: Document | None
    actor: str | None
    lapsed: bool


@dataclass(frozen=True)
class Ruling:
    """A ruling as proposed; `agrees` is None until a second person has signed or dissented."""

    n: int
    from_state: str
    outcome: str
    reason: str
    proposed_by: str
    proposed_at: datetime
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
    """What a visit found: of the interview a case came from, or of the recheck.

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
    from_sample: bool
    reopens: str | None
    overdue: bool
    silent: bool
    steps: tuple[Step, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    files: tuple[FileOfCase, ...] = ()
    visits: tuple[Looked, ...] = ()


def case_id(campaign_id: str, unit_id: str, round_: str, kind: CaseKind) -> str:
    """Name a case, so that opening it twice opens one."""
    return str(uuid5(UUID(campaign_id), f"{unit_id}/{round_}/case/{kind.value}"))


def open_for(
    session: Session,
    interview: Interview,
    suspicion: Suspicion,
    *,
    blocks: Sequence[str],
    by: Caller,
    at: datetime,
) -> str:
    """Open a case for a suspicion, in the caller's transaction; one that is open stays.

    blocks : what fails, as the county will be told
    """
    known = case_id(interview.campaign_id, interview.unit_id, interview.round, suspicion.kind)
    if session.get(Case, known) is not None:
        return known
    case = Case(
        id=known,
        campaign_id=interview.campaign_id,
        county_adcode=interview.county_adcode,
        unit_id=interview.unit_id,
        interview_id=interview.interview_id,
        kind=suspicion.kind.value,
        persons=suspicion.persons,
        blocks=list(blocks) or list(suspicion.reasons),
    )
    begin(session, case, reason=", ".join(suspicion.reasons), by=by, at=at)
    return known


def begin(session: Session, case: Case, *, reason: str, by: Caller, at: datetime) -> None:
    """Let a new case begin as suspected, in the caller's transaction."""
    case.state = CaseState.SUSPECTED.value
    case.opened_by, case.opened_at = by.actor, at
    case.due_at = due_of(session, case, at)
    session.add(case)
    session.flush()
    note(session, case, None, by=by, at=at, reason=reason)


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    state: str | None,
    county_adcode: str | None,
    from_sample: bool | None,
    after: str | None,
    limit: int,
    at: datetime,
) -> list[Shown]:
    """List a campaign's cases by id; a county official sees those the own county was told of.

    Committed: that the list, which names sampled households, was seen.
    """
    membership = by.require(campaign_id, *READERS)
    query = select(Case).where(Case.campaign_id == campaign_id)
    if membership.role is Role.COUNTY_OFFICIAL:
        query = query.where(_told_to(membership))
    if state is not None:
        query = query.where(Case.state == state)
    if county_adcode is not None:
        query = query.where(Case.county_adcode == county_adcode)
    if from_sample is not None:
        query = query.where(Case.from_sample == from_sample)
    if after is not None:
        query = query.where(Case.id > after)
    found = session.scalars(query.order_by(Case.id).limit(limit)).all()
    silent = _silent(session, [case.id for case in found])
    shown = [_shown(case, role=membership.role, at=at, silent=case.id in silent) for case in found]
    if shown:
        ids = f"{shown[0].id}…{shown[-1].id}"
        access.note_access(session, campaign_id, f"{len(shown)} cases {ids}", by=by, at=at)
    return shown


def show(session: Session, case: str, *, by: Caller, at: datetime) -> Shown:
    """Return a case with its steps, files, rulings and visits; committed: that it was seen."""
    found, role = find(session, case, by, READERS)
    shown = whole(session, found, role=role, at=at)
    access.note_access(session, found.campaign_id, f"case {case}", by=by, at=at)
    return shown


def add_evidence(
    session: Session,
    case: str,
    *,
    text: str,
    document: Document | None,
    by: Caller,
    at: datetime,
) -> Shown:
    """Take the county's evidence, a text and the digest of a document; more may follow."""
    return move(
        session,
        case,
        CaseState.EVIDENCE_RECEIVED,
        (Role.COUNTY_OFFICIAL,),
        reason=text,
        document=document,
        by=by,
        at=at,
    )


def recheck(session: Session, case: str, *, reason: str, by: Caller, at: datetime) -> Shown:
    """Send a case on: from suspicion to the county, from evidence or silence to the ruling.

    From `suspected` the county is told; from `evidence_received`, or from `evidence_due` after
    its deadline, the experts have it.
    """
    found, _ = find(session, case, by, REVIEWERS)
    target = (
        CaseState.EVIDENCE_DUE
        if found.state == CaseState.SUSPECTED.value
        else CaseState.UNDER_RULING
    )
    return move(session, case, target, REVIEWERS, reason=reason, by=by, at=at)


def rulings(
    session: Session, campaign_id: str, adcode: str
) -> dict[str, dict[CaseKind, CaseState]]:
    """Return the state of each case of a county, by household and kind; reads only.

    Leads from outside the sample count nowhere; a case that was taken up again gives way to the
    one that did.
    """
    here = (Case.campaign_id == campaign_id, Case.county_adcode == adcode, Case.from_sample)
    again = select(Case.reopens).where(*here, Case.reopens.is_not(None))
    rows = session.execute(
        select(Case.unit_id, Case.kind, Case.state).where(*here, Case.id.not_in(again))
    )
    found: dict[str, dict[CaseKind, CaseState]] = {}
    for row in rows:
        found.setdefault(row.unit_id, {})[CaseKind(row.kind)] = CaseState(row.state)
    return found


def ids_of(session: Session, interview_id: str) -> tuple[str, ...]:
    """Return the cases that an interview led to."""
    return tuple(
        session.scalars(select(Case.id).where(Case.interview_id == interview_id).order_by(Case.id))
    )


def move(
    session: Session,
    case: str,
    after: CaseState,
    roles: Sequence[Role],
    *,
    reason: str,
    by: Caller,
    at: datetime,
    document: Document | None = None,
) -> Shown:
    """Take a step of a case that needs no second signature; the same step again is harmless."""
    campaign_id = find(session, case, by, roles)[0].campaign_id
    with writing(session, campaign_id):
        found, role = find(session, case, by, roles, for_update=True)
        before = CaseState(found.state)
        if before is after and after is not CaseState.EVIDENCE_RECEIVED:
            return _shown(found, role=role, at=at)  # the same step again
        step(session, found, after, role=role, reason=reason, document=document, by=by, at=at)
        return _shown(found, role=role, at=at)


def step(
    session: Session,
    case: Case,
    after: CaseState,
    *,
    role: Role,
    reason: str,
    by: Caller,
    at: datetime,
    document: Document | None = None,
) -> None:
    """Check and take one step, in the caller's transaction.

    Raises
    ------
    CaseStep, Forbidden, OwnCase : see `rules.cases.require_step`
    """
    before = CaseState(case.state)
    lapsed = case.due_at is not None and at > case.due_at
    require_step(
        before,
        after,
        role=role,
        lapsed=lapsed,
        opened_by_actor=case.opened_by == by.actor,
    )
    if before is after and _is_known(session, case, reason, document):
        return
    enter(session, case, after, at=at)
    note(session, case, before, by=by, at=at, reason=reason, document=document, lapsed=lapsed)


def enter(session: Session, case: Case, state: CaseState, *, at: datetime) -> None:
    """Put a case into a state and give it its deadline."""
    case.state = state.value
    case.due_at = due_of(session, case, at)


def due_of(session: Session, case: Case, since: datetime) -> datetime | None:
    """Return until when a case may stay in its state; evidence not before the feedback meeting."""
    book = campaigns.rulebook(session.get_one(Campaign, case.campaign_id))
    state = CaseState(case.state)
    meeting = (
        meeting_of(session, case.campaign_id, case.county_adcode)
        if state is CaseState.EVIDENCE_DUE
        else None
    )
    calendar = Calendar(frozenset(book.holidays), frozenset(book.make_up_days))
    return due(state, since, book.case_deadlines, calendar=calendar, not_before=meeting)


def meeting_of(session: Session, campaign_id: str, adcode: str) -> date | None:
    """Return the day of a county's feedback meeting as last entered."""
    return session.scalar(
        select(FeedbackMeeting.held_on)
        .where(FeedbackMeeting.campaign_id == campaign_id, FeedbackMeeting.county_adcode == adcode)
        .order_by(FeedbackMeeting.n.desc())
        .limit(1)
    )


def find(
    session: Session,
    case: str,
    by: Caller,
    roles: Sequence[Role],
    *,
    for_update: bool = False,
) -> tuple[Case, Role]:
    """Find a case for one of these roles; what a county was not told of does not exist for it.

    The ids of cases follow from register codes, which a county has: any other answer would tell
    it which of its households were drawn and suspected.
    """
    found = session.get(Case, case, with_for_update=for_update or None)
    if found is None or by.role_in(found.campaign_id) not in READERS:
        raise Unknown("There is no such case.")
    membership = by.by_campaign[found.campaign_id]
    if membership.role is Role.COUNTY_OFFICIAL and not session.scalar(
        select(Case.id).where(Case.id == case, _told_to(membership))
    ):
        raise Unknown("There is no such case.")
    by.require(found.campaign_id, *roles)
    return found, membership.role


def note(
    session: Session,
    case: Case,
    before: CaseState | None,
    *,
    by: Caller,
    at: datetime,
    reason: str,
    document: Document | None = None,
    lapsed: bool = False,
) -> None:
    """Write a step of a case down, in the caller's transaction."""
    last = session.scalar(select(func.max(CaseEvent.n)).where(CaseEvent.case_id == case.id))
    session.add(
        CaseEvent(
            case_id=case.id,
            n=(last or 0) + 1,
            from_state=before.value if before else None,
            to_state=case.state,
            actor=by.actor,
            at=at,
            reason=reason,
            document_name=document.name if document else None,
            document_sha256=document.sha256 if document else None,
            lapsed=lapsed,
        )
    )
    session.flush()


def whole(session: Session, case: Case, *, role: Role, at: datetime) -> Shown:
    """Show a case with everything its reader may see."""
    steps = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.n)
    ).all()
    files = session.scalars(
        select(Evidence).where(Evidence.case_id == case.id).order_by(Evidence.n)
    ).all()
    is_staff = role in REVIEWERS
    proposals: Sequence[CaseRuling] = (
        session.scalars(
            select(CaseRuling).where(CaseRuling.case_id == case.id).order_by(CaseRuling.n)
        ).all()
        if is_staff or role is Role.COMMISSIONER
        else ()
    )
    return _shown(
        case,
        role=role,
        at=at,
        silent=case.id in _silent(session, [case.id]),
        steps=steps,
        files=files,
        rulings=proposals,
        visits=_visits(session, case) if is_staff else (),
    )


def _is_known(session: Session, case: Case, text: str, document: Document | None) -> bool:
    return (
        session.scalar(
            select(CaseEvent.n).where(
                CaseEvent.case_id == case.id,
                CaseEvent.reason == text,
                CaseEvent.document_sha256 == (document.sha256 if document else None),
            )
        )
        is not None
    )


def _told_to(official: Membership) -> ColumnElement[bool]:
    """Cases of the official's county that it was asked about; a data error ends some before."""
    asked = select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_DUE.value)
    return and_(Case.county_adcode == official.county_adcode, Case.id.in_(asked))


def _silent(session: Session, ids: Sequence[str]) -> set[str]:
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


def _visits(session: Session, case: Case) -> tuple[Looked, ...]:
    """The interview that the case came from and the recheck beside it."""
    if case.interview_id is None:
        return ()
    ordered = session.scalar(
        select(Revisit.interview_id).where(
            Revisit.first_interview_id == case.interview_id,
            Revisit.kind == RevisitKind.RECHECK.value,
        )
    )
    wanted = [case.interview_id, *([ordered] if ordered else [])]
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


def _shown(
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
        from_sample=case.from_sample,
        reopens=case.reopens,
        overdue=case.due_at is not None and at > case.due_at,
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
