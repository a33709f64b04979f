"""Cases: a suspicion becomes a ruling, with the county's evidence in between."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Interview
from inspect_app.rules.cases import due, require_step
from inspect_app.rules.errors import Invalid, Unknown
from inspect_app.rules.findings import Suspicion
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.rules.states import CaseKind, CaseState
from inspect_app.services import campaigns
from inspect_app.services.transactions import writing

REVIEWERS = (Role.REVIEWER, Role.EXPERT)
READERS = (Role.COMMISSIONER, *REVIEWERS, Role.COUNTY_OFFICIAL)
OUTCOMES = (CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED)


@dataclass(frozen=True)
class Document:
    """A document of the county: its name and the SHA-256 of its bytes, 64 hex digits."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Step:
    """One step of a case; a county is not told who took it."""

    from_state: str | None
    to_state: str
    at: datetime
    reason: str
    document: Document | None
    actor: str | None


@dataclass(frozen=True)
class Shown:
    """A case as its reader may see it: household, kind and blocks, never who said what."""

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
    steps: tuple[Step, ...] = ()


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
        state=CaseState.SUSPECTED.value,
        persons=suspicion.persons,
        blocks=list(blocks) or list(suspicion.reasons),
        opened_by=by.actor,
        opened_at=at,
        due_at=_due(session, interview.campaign_id, CaseState.SUSPECTED, at),
    )
    session.add(case)
    session.flush()
    _note(session, case, None, by=by, at=at, reason=", ".join(suspicion.reasons))
    return known


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    state: str | None,
    county_adcode: str | None,
    after: str | None,
    limit: int,
) -> list[Shown]:
    """List a campaign's cases by id; a county official sees those the own county was told of."""
    membership = by.require(campaign_id, *READERS)
    query = select(Case).where(Case.campaign_id == campaign_id)
    if membership.role is Role.COUNTY_OFFICIAL:
        query = query.where(_told_to(membership))
    if state is not None:
        query = query.where(Case.state == state)
    if county_adcode is not None:
        query = query.where(Case.county_adcode == county_adcode)
    if after is not None:
        query = query.where(Case.id > after)
    found = session.scalars(query.order_by(Case.id).limit(limit))
    return [_shown(case, role=membership.role) for case in found]


def show(session: Session, case: str, *, by: Caller) -> Shown:
    """Return a case with its steps."""
    found, role = _find(session, case, by, READERS)
    steps = session.scalars(
        select(CaseEvent).where(CaseEvent.case_id == case).order_by(CaseEvent.n)
    )
    return _shown(found, role=role, steps=tuple(steps))


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
    return _move(
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
    found, _ = _find(session, case, by, REVIEWERS)
    target = (
        CaseState.EVIDENCE_DUE
        if found.state == CaseState.SUSPECTED.value
        else CaseState.UNDER_RULING
    )
    return _move(session, case, target, REVIEWERS, reason=reason, by=by, at=at)


def rule(
    session: Session,
    case: str,
    *,
    outcome: CaseState,
    reason: str,
    by: Caller,
    at: datetime,
) -> Shown:
    """Rule on a case; by an expert who did not open it, or on an undecided one the commissioner.

    Raises
    ------
    CaseStep, OwnCase, Forbidden : the state, the opener or the role forbids it
    Invalid : an outcome that is no ruling, or a ruling without a reason
    """
    if outcome not in OUTCOMES:
        raise Invalid("A ruling is confirmed, overturned or undecided.")
    if not reason.strip():
        raise Invalid("A ruling states its reason.")
    allowed = (*REVIEWERS, Role.COMMISSIONER)
    return _move(session, case, outcome, allowed, reason=reason, by=by, at=at)


def rulings(
    session: Session, campaign_id: str, adcode: str
) -> dict[str, dict[CaseKind, CaseState]]:
    """Return the state of each case of a county, by household and kind; reads only."""
    rows = session.execute(
        select(Case.unit_id, Case.kind, Case.state).where(
            Case.campaign_id == campaign_id, Case.county_adcode == adcode
        )
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


def _move(
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
    with writing(session):
        found, role = _find(session, case, by, roles, for_update=True)
        before = CaseState(found.state)
        if before is after and after is not CaseState.EVIDENCE_RECEIVED:
            return _shown(found, role=role)  # the same step again
        require_step(
            before,
            after,
            role=role,
            lapsed=found.due_at is not None and at > found.due_at,
            opened_by_actor=found.opened_by == by.actor,
        )
        if before is after and _is_known(session, found, reason, document):
            return _shown(found, role=role)
        found.state = after.value
        found.due_at = _due(session, found.campaign_id, after, at)
        _note(session, found, before, by=by, at=at, reason=reason, document=document)
        return _shown(found, role=role)


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


def _find(
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


def _told_to(official: Membership) -> ColumnElement[bool]:
    """Cases of the official's county that it was asked about; a data error ends some before."""
    asked = select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_DUE.value)
    return and_(Case.county_adcode == official.county_adcode, Case.id.in_(asked))


def _due(session: Session, campaign_id: str, state: CaseState, at: datetime) -> datetime | None:
    book = campaigns.rulebook(session.get_one(Campaign, campaign_id))
    return due(state, at, book.case_deadlines)


def _note(
    session: Session,
    case: Case,
    before: CaseState | None,
    *,
    by: Caller,
    at: datetime,
    reason: str,
    document: Document | None = None,
) -> None:
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
        )
    )
    session.flush()


def _shown(case: Case, *, role: Role, steps: Sequence[CaseEvent] = ()) -> Shown:
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
            )
            for step in steps
            # The first step names what the household said; a county is told the blocks.
            if not (for_county and step.from_state is None)
        ),
    )
