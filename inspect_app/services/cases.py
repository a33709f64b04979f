"""Cases: a suspicion on its way to a ruling, with the county's right of reply in between."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, func, select, true
from sqlalchemy.orm import Session

from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Interview
from inspect_app.rules.campaigns import Step
from inspect_app.rules.cases import require_step
from inspect_app.rules.errors import CaseStep, Unknown
from inspect_app.rules.findings import Suspicion
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.services import access, dossiers, officials, replies, steps
from inspect_app.services.dossiers import STAFF, Document, Shown
from inspect_app.services.transactions import writing

READERS = (Role.COMMISSIONER, *STAFF, Role.COUNTY_OFFICIAL)


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
    """Let a new case begin as suspected, in the caller's transaction.

    Raises
    ------
    StepTaken : the campaign is closed
    """
    steps.refuse_after(session, case.campaign_id, Step.CLOSED)
    case.state = CaseState.SUSPECTED.value
    case.opened_by, case.opened_at = by.actor, at
    case.due_at = replies.end_of(session, case, CaseState.SUSPECTED, at)
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
    silent = dossiers.gone_silent(session, [case.id for case in found])
    shown = [
        dossiers.brief(case, role=membership.role, at=at, silent=case.id in silent)
        for case in found
    ]
    if shown:
        ids = f"{shown[0].id}…{shown[-1].id}"
        access.note_access(session, campaign_id, f"{len(shown)} cases {ids}", by=by, at=at)
    return shown


def show(session: Session, case: str, *, by: Caller, at: datetime) -> Shown:
    """Return a case with its steps, files, rulings and visits; committed: that it was seen."""
    found, role = find(session, case, by, READERS)
    shown = dossiers.whole(session, found, role=role, at=at)
    access.note_access(session, found.campaign_id, f"case {case}", by=by, at=at)
    return shown


def add_evidence(
    session: Session,
    case: str,
    *,
    text: str,
    document: Document | None,
    complete: bool,
    by: Caller,
    at: datetime,
) -> Shown:
    """Take the county's evidence, a text and the digest of a document; more may follow.

    complete : the county says that nothing more is to come
    """
    return move(
        session,
        case,
        CaseState.EVIDENCE_RECEIVED,
        (Role.COUNTY_OFFICIAL,),
        reason=text,
        document=document,
        complete=complete,
        by=by,
        at=at,
    )


def recheck(session: Session, case: str, *, reason: str, by: Caller, at: datetime) -> Shown:
    """Send a case on: from suspicion to the county, from evidence or silence to the ruling.

    From `suspected` the county is told; from `evidence_received`, or from `evidence_due` after
    its deadline, the experts have it.
    """
    found, _ = find(session, case, by, STAFF)
    target = (
        CaseState.EVIDENCE_DUE
        if found.state == CaseState.SUSPECTED.value
        else CaseState.UNDER_RULING
    )
    return move(session, case, target, STAFF, reason=reason, by=by, at=at)


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


def suspected(session: Session, campaign_id: str, adcode: str) -> dict[str, tuple[Suspicion, ...]]:
    """Return what the cases of a county's sample are about, by household; reads only."""
    rows = session.execute(
        select(Case.unit_id, Case.kind, Case.persons)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.reopens.is_(None),
        )
        .order_by(Case.id)
    )
    found: dict[str, tuple[Suspicion, ...]] = {}
    for unit_id, kind, persons in rows:
        about = Suspicion(CaseKind(kind), persons, ())
        found[unit_id] = (*found.get(unit_id, ()), about)
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
    complete: bool = False,
) -> Shown:
    """Take a step of a case that needs no second signature; the same step again is harmless."""
    campaign_id = find(session, case, by, roles)[0].campaign_id
    with writing(session, campaign_id):
        found, role = find(session, case, by, roles, for_update=True)
        before = CaseState(found.state)
        if before is after and after is not CaseState.EVIDENCE_RECEIVED:
            return dossiers.brief(found, role=role, at=at)  # the same step again
        step(
            session,
            found,
            after,
            role=role,
            reason=reason,
            document=document,
            complete=complete,
            by=by,
            at=at,
        )
        return dossiers.brief(found, role=role, at=at)


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
    complete: bool = False,
) -> None:
    """Check and take one step, in the caller's transaction.

    Raises
    ------
    CaseStep, Forbidden, OwnCase : see `rules.cases.require_step`
    CaseStep : also where nobody could answer for the county: it is not asked, nor is it silent; and
        where no notice has asked it
    StepTaken : the campaign is closed
    """
    before = CaseState(case.state)
    lapsed = case.due_at is not None and at >= case.due_at
    require_step(
        before,
        after,
        role=role,
        reply_is_over=replies.is_over(session, case, at),
        opened_by_actor=case.opened_by == by.actor,
    )
    if before is after and _is_known(session, case, reason, document, complete):
        return
    if (after is CaseState.EVIDENCE_DUE or before is CaseState.EVIDENCE_DUE) and not (
        officials.answering(session, case.campaign_id, case.county_adcode)
    ):
        raise CaseStep("Nobody answers for this county; a commissioner invites an official first.")
    is_silence = before is CaseState.EVIDENCE_DUE and after is CaseState.UNDER_RULING
    if is_silence and not replies.is_asked(session, case):
        raise CaseStep("No notice has asked the county about this case; its days count from one.")
    is_complete = complete or replies.is_complete(session, case)
    steps.refuse_after(session, case.campaign_id, Step.CLOSED)
    enter(session, case, after, at=at, complete=is_complete)
    note(
        session,
        case,
        before,
        by=by,
        at=at,
        reason=reason,
        document=document,
        lapsed=lapsed,
        complete=complete,
    )


def enter(
    session: Session, case: Case, state: CaseState, *, at: datetime, complete: bool = False
) -> None:
    """Put a case into a state and give it its deadline. complete : the county's answer is."""
    case.state = state.value
    if state is CaseState.EVIDENCE_DUE:
        case.reply_until = replies.until(session, case, at)
        case.due_at = case.reply_until
    elif state is CaseState.EVIDENCE_RECEIVED:
        case.due_at = replies.ruling_due(session, case, at, complete=complete)
    else:
        case.due_at = replies.end_of(session, case, state, at)


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
    complete: bool = False,
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
            complete=complete,
        )
    )
    session.flush()


def _is_known(
    session: Session, case: Case, text: str, document: Document | None, complete: bool
) -> bool:
    return (
        session.scalar(
            select(CaseEvent.n).where(
                CaseEvent.case_id == case.id,
                CaseEvent.reason == text,
                CaseEvent.document_sha256 == (document.sha256 if document else None),
                CaseEvent.complete if complete else true(),
            )
        )
        is not None
    )


def _told_to(official: Membership) -> ColumnElement[bool]:
    """Cases of the official's county that it was asked about; a data error ends some before."""
    asked = select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_DUE.value)
    return and_(Case.county_adcode == official.county_adcode, Case.id.in_(asked))
