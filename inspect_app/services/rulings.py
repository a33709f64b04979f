"""Rulings: one proposes with a reason, a second signs or dissents; both stay on the record."""

from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.cases import Case, CaseEvent, CaseRuling, CaseSignature, Evidence
from inspect_app.rules.campaigns import Step
from inspect_app.rules.cases import after_dissent, are_later, require_signature, require_step
from inspect_app.rules.errors import CaseStep, Invalid, LaterPapers
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.services import cases, dossiers, revisits, steps
from inspect_app.services.dossiers import Shown
from inspect_app.services.transactions import writing

OUTCOMES = (CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED)
FINAL = (CaseState.CONFIRMED.value, CaseState.OVERTURNED.value)
RULING = (*dossiers.STAFF, Role.COMMISSIONER)


def propose(
    session: Session,
    case: str,
    *,
    outcome: CaseState,
    reason: str,
    other_grounds: bool = False,
    by: Caller,
    at: datetime,
) -> Shown:
    """Propose a ruling; by an expert who had no hand in the case, nor in one that it takes up
    again; on an undecided one also the commissioner. The state changes with the second signature.

    Committed: the proposal. The same again is harmless.

    Raises
    ------
    CaseStep, OwnCase, Forbidden : the state, the opener or the role forbids it; another proposal
        waits for its signature; a recheck is still to come
    LaterPapers : overturning where the county brought nothing but papers younger than the visit or
        without a date, no recheck found otherwise, and the proposal does not say that it rests on
        `other_grounds`
    StepTaken : the campaign is closed
    Invalid : an outcome that is no ruling, or a ruling without a reason
    """
    if outcome not in OUTCOMES:
        raise Invalid("A ruling is confirmed, overturned or undecided.")
    if not reason.strip():
        raise Invalid("A ruling states its reason.")
    campaign_id = cases.find(session, case, by, RULING)[0].campaign_id
    with writing(session, campaign_id):
        found, role = cases.find(session, case, by, RULING, for_update=True)
        last = _last(session, found)
        if last is not None and _repeats(last, found, outcome, reason, by):
            return dossiers.whole(session, found, role=role, at=at)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        before = CaseState(found.state)
        require_step(before, outcome, role=role, opened_by_actor=_has_hand_in(session, found, by))
        if last is not None and last.agrees is None:
            raise CaseStep("A ruling waits for its second signature.", outcome=last.outcome)
        if before is not CaseState.SUSPECTED and revisits.is_awaited(session, found):
            raise CaseStep("A recheck was ordered and has not arrived.")
        if outcome is CaseState.OVERTURNED and not other_grounds:
            _refuse_later_papers(session, found)
        session.add(
            CaseRuling(
                case_id=found.id,
                n=(last.n if last else 0) + 1,
                from_state=before.value,
                outcome=outcome.value,
                reason=reason,
                proposed_by=by.actor,
                proposed_at=at,
                other_grounds=other_grounds or None,
            )
        )
        session.flush()
        return dossiers.whole(session, found, role=role, at=at)


def sign(
    session: Session, case: str, *, agrees: bool, reason: str, by: Caller, at: datetime
) -> Shown:
    """Sign a proposed ruling, or dissent with a reason; whoever does is neither who proposed it
    nor who opened the case.

    Committed: the signature, and the state that follows: the outcome, or after a dissent of
    experts `undecided`. The same again is harmless.

    Raises
    ------
    CaseStep : nothing is proposed, or the case has moved on
    StepTaken : the campaign is closed
    OwnProposal, OwnCase, Forbidden : somebody else signs
    Invalid : a dissent without a reason
    """
    if not agrees and not reason.strip():
        raise Invalid("A dissent states its reason.")
    campaign_id = cases.find(session, case, by, RULING)[0].campaign_id
    with writing(session, campaign_id):
        found, role = cases.find(session, case, by, RULING, for_update=True)
        ruling = _last(session, found)
        if ruling is None:
            raise CaseStep("No ruling has been proposed.")
        if ruling.agrees is not None:
            if (ruling.signed_by, ruling.agrees) == (by.actor, agrees):
                return dossiers.whole(session, found, role=role, at=at)
            raise CaseStep("This ruling has its second signature.", state=found.state)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        before, outcome = CaseState(ruling.from_state), CaseState(ruling.outcome)
        if found.state != before.value:
            raise CaseStep("The case has moved on since this was proposed.", state=found.state)
        require_signature(
            before,
            outcome,
            role=role,
            proposed_by_actor=ruling.proposed_by == by.actor,
            opened_by_actor=_has_hand_in(session, found, by),
        )
        ruling.signature = CaseSignature(
            agrees=agrees, reason=reason, signed_by=by.actor, signed_at=at
        )
        after = outcome if agrees else after_dissent(before)
        lapsed = found.due_at is not None and at >= found.due_at
        if after is not before:
            cases.enter(session, found, after, at=at)
        said = ruling.reason if agrees else reason
        cases.note(session, found, before, by=by, at=at, reason=said, lapsed=lapsed)
        return dossiers.whole(session, found, role=role, at=at)


def reopen(session: Session, case: str, *, reason: str, by: Caller, at: datetime) -> Shown:
    """Take a ruled case up again as a new one that names it; by the commissioner alone.

    The old case stays as it was ruled and counts no longer; the new one begins as suspected, with
    the county's right of reply. The same again is harmless.

    Raises
    ------
    CaseStep : the case is not ruled, or its county has a verdict, with which rulings are final
    StepTaken : the campaign is closed
    """
    roles = (Role.COMMISSIONER,)
    campaign_id = cases.find(session, case, by, roles)[0].campaign_id
    with writing(session, campaign_id):
        old, role = cases.find(session, case, by, roles, for_update=True)
        known = str(uuid5(UUID(old.campaign_id), f"{old.id}/reopened"))
        present = session.get(Case, known)
        if present is not None:
            return dossiers.whole(session, present, role=role, at=at)
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        if old.state not in FINAL:
            raise CaseStep(f"A case that is {old.state} is not taken up again; it is still open.")
        if steps.has_verdict(session, campaign_id, old.county_adcode):
            raise CaseStep("The county has its verdict; with it its rulings became final.")
        new = Case(
            id=known,
            campaign_id=old.campaign_id,
            county_adcode=old.county_adcode,
            unit_id=old.unit_id,
            interview_id=old.interview_id,
            kind=old.kind,
            persons=old.persons,
            blocks=old.blocks,
            from_sample=old.from_sample,
            reopens=old.id,
        )
        cases.begin(session, new, reason=reason, by=by, at=at)
        return dossiers.whole(session, new, role=role, at=at)


def _has_hand_in(session: Session, case: Case, by: Caller) -> bool:
    """Whether somebody opened the case, or opened or ruled on one that it takes up again."""
    present = case
    while True:
        if present.opened_by == by.actor:
            return True
        if present.reopens is None:
            return False
        present = session.get_one(Case, present.reopens)
        hands = session.execute(
            select(CaseRuling.proposed_by, CaseSignature.signed_by)
            .outerjoin(CaseRuling.signature)
            .where(CaseRuling.case_id == present.id)
        )
        if any(by.actor in pair for pair in hands):
            return True


def _refuse_later_papers(session: Session, case: Case) -> None:
    brought = session.execute(
        select(Evidence.sha256, Evidence.after_visit, Evidence.state_at_reference).where(
            Evidence.case_id == case.id
        )
    ).all()
    named = session.scalars(
        select(CaseEvent.document_sha256).where(
            CaseEvent.case_id == case.id,
            CaseEvent.document_sha256.is_not(None),
            CaseEvent.document_sha256.not_in([row.sha256 for row in brought]),
        )
    )
    was_visited = case.interview_id is not None
    papers = [(row.after_visit, row.state_at_reference) for row in brought]
    # One that was named and never brought bears no date, and shows nothing of the reference date.
    papers += [(was_visited, None) for _ in named]
    if are_later(papers) and not revisits.spoke_against(session, case):
        raise LaterPapers()


def _last(session: Session, case: Case) -> CaseRuling | None:
    latest = select(func.max(CaseRuling.n)).where(CaseRuling.case_id == case.id).scalar_subquery()
    return session.scalar(
        select(CaseRuling).where(CaseRuling.case_id == case.id, CaseRuling.n == latest)
    )


def _repeats(last: CaseRuling, case: Case, outcome: CaseState, reason: str, by: Caller) -> bool:
    """Whether a proposal is the one that stands, or the one that was signed."""
    same = (last.outcome, last.reason, last.proposed_by) == (outcome.value, reason, by.actor)
    stands = last.agrees is None or (last.agrees and case.state == last.outcome)
    return same and stands
