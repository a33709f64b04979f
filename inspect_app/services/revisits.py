"""Second visits: blind re-interviews of households that were drawn, and rechecks of cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.cases import Case
from inspect_app.models.interviews import Contact, Interview, Review, Revision, Revisit
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.cases import RECHECKED
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import CaseStep, Conflict, Invalid, Unknown
from inspect_app.rules.ops import interview_id as name_of
from inspect_app.rules.reserves import outcome
from inspect_app.rules.revisits import Agreement, RevisitKind, round_of
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState, InterviewState
from inspect_app.services import (
    access,
    campaigns,
    cases,
    dossiers,
    errands,
    feed,
    grounds,
    judgements,
    lots,
    pairs,
    reinterviews,
    steps,
)
from inspect_app.services.dossiers import Shown
from inspect_app.services.transactions import writing

READERS = (Role.REVIEWER, Role.EXPERT)


@dataclass(frozen=True)
class Ordered:
    """A second visit: whether it has come, and how far it agrees; no answers."""

    interview_id: str
    first_interview_id: str
    unit_id: str
    village_code: str
    county_adcode: str
    round: str
    kind: str
    case_id: str | None
    device_id: str
    enumerators: tuple[str, str]
    interpreter: str | None
    ordered_at: datetime
    arrived: bool
    compared: int
    equal: int
    differs: tuple[str, ...]


@dataclass(frozen=True)
class Beside:
    """Both interviews question by question, where they differ."""

    revisit: Ordered
    agreement: Agreement


def order(
    session: Session,
    campaign_id: str,
    *,
    first_interview_id: str,
    enumerators: tuple[str, str],
    interpreter: str | None = None,
    by: Caller,
    at: datetime,
) -> Ordered:
    """Order a blind re-interview from another pair; its phone is told no more than a first visit.

    Committed: the order and the item of the phone's feed. The same again changes nothing; while
    nothing or only notes of closed doors have come, another pair may take it over.

    Raises
    ------
    Unknown : no such completed interview
    NotDrawn : chance did not choose this household
    NotIndependent : one of the pair was there, or a rule forbids them to go
    Conflict : the visit has come already
    StepTaken : the campaign is closed
    """
    by.require(campaign_id, *lots.ORDERING)
    with writing(session, campaign_id):
        campaign = campaigns.read(session, campaign_id)
        lots.require_drawn(session, campaign, first_interview_id)
        ordered = _send(
            session,
            campaign,
            session.get_one(Interview, first_interview_id),
            RevisitKind.BLIND,
            enumerators,
            interpreter,
            case=None,
            by=by,
            at=at,
        )
        return _ordered(session, ordered, {})


def order_recheck(
    session: Session,
    case: str,
    *,
    enumerators: tuple[str, str],
    interpreter: str | None = None,
    by: Caller,
    at: datetime,
) -> Shown:
    """Send a pair that was not there to look again at the household of a case.

    Committed: the order and the item of the phone's feed. The same again changes nothing. Cases
    that are open together share the visit; one that was opened when it had been made, such as a
    case taken up again, has a visit of its own, in a round of its own.

    Raises
    ------
    CaseStep : the county has not been told yet, or the case is ruled
    Invalid : a lead from outside the sample, which nobody interviewed
    NotIndependent : one of the pair was there, or a rule forbids them to go
    """
    campaign_id = cases.find(session, case, by, READERS)[0].campaign_id
    with writing(session, campaign_id):
        found, role = cases.find(session, case, by, READERS, for_update=True)
        if CaseState(found.state) not in RECHECKED:
            raise CaseStep(f"A case that is {found.state} is not rechecked.", state=found.state)
        first = session.get(Interview, found.interview_id) if found.interview_id else None
        if first is None:
            raise Invalid("This lead is from outside the sample; there is no interview to repeat.")
        campaign = campaigns.read(session, campaign_id)
        _send(
            session,
            campaign,
            first,
            RevisitKind.RECHECK,
            enumerators,
            interpreter,
            case=found,
            by=by,
            at=at,
        )
        return dossiers.whole(session, found, role=role, at=at)


def listed(
    session: Session,
    campaign_id: str,
    *,
    kind: str | None,
    county_adcode: str | None,
    by: Caller,
    at: datetime,
    after: str | None,
    limit: int,
) -> list[Ordered]:
    """List second visits by id, with how far the blind ones agree; committed: that they were
    seen."""
    by.require(campaign_id, *READERS)
    query = select(Revisit).where(Revisit.campaign_id == campaign_id)
    if kind is not None:
        query = query.where(Revisit.kind == kind)
    if county_adcode is not None:
        query = query.where(Revisit.county_adcode == county_adcode)
    if after is not None:
        query = query.where(Revisit.interview_id > after)
    rows = session.scalars(query.order_by(Revisit.interview_id).limit(limit)).all()
    ids = [row.interview_id for row in rows]
    compared = {
        one.revisit.interview_id: one.agreement
        for of in RevisitKind
        for one in reinterviews.compared(
            session, campaign_id, Revisit.interview_id.in_(ids), kind=of
        )
    }
    arrived = _arrived(session, rows)
    found = [
        _as_ordered(row, row.interview_id in arrived, compared.get(row.interview_id))
        for row in rows
    ]
    if found:
        what = f"{len(found)} second visits {ids[0]}…{ids[-1]}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    return found


def show(session: Session, interview_id: str, *, by: Caller, at: datetime) -> Beside:
    """Set a second interview beside the first, answers included; committed: that they were seen."""
    row = session.get(Revisit, interview_id)
    if row is None or by.role_in(row.campaign_id) not in READERS:
        raise Unknown("There is no such second visit.")
    campaign_id = row.campaign_id
    both = reinterviews.compared(
        session,
        campaign_id,
        Revisit.interview_id == interview_id,
        kind=RevisitKind(row.kind),
    )
    agreement = both[0].agreement if both else Agreement(0, 0)
    arrived = interview_id in _arrived(session, [row])
    beside = Beside(_as_ordered(row, arrived, agreement), agreement)
    access.note_access(session, campaign_id, f"second visit {interview_id}", by=by, at=at)
    return beside


def is_awaited(session: Session, case: Case) -> bool:
    """Whether the last recheck that was ordered of the case's household has not come to an end: an
    accepted interview, or notes after which no further visit is made.
    """
    last = _rechecks(session, case.interview_id)[-1:]
    return any(_ended_at(session, one) is None for one in last)


def spoke_against(session: Session, case: Case) -> bool:
    """Whether a recheck that serves the case was accepted, and found nothing of what it is about:
    one that found it again, or could not tell, is no ground to overturn it."""
    made = _rechecks(session, case.interview_id)
    if _nth_for(session, case) > len(made):
        return False
    found = session.scalar(
        select(Revision.findings)
        .join(
            Interview,
            (Interview.interview_id == Revision.interview_id)
            & (Interview.current_rev == Revision.rev),
        )
        .where(
            Interview.interview_id == made[-1].interview_id,
            Interview.state == InterviewState.ACCEPTED.value,
        )
    )
    if found is None:
        return False
    counted = judgements.from_json(case.unit_id, found).measures()
    return bool(getattr(counted, case.kind) == 0)


def _rechecks(session: Session, first_interview_id: str | None) -> list[Revisit]:
    """The rechecks ordered after a first interview, in the order of their rounds."""
    if first_interview_id is None:
        return []
    query = select(Revisit).where(
        Revisit.first_interview_id == first_interview_id,
        Revisit.kind == RevisitKind.RECHECK.value,
    )
    return sorted(session.scalars(query), key=lambda one: (len(one.round), one.round))


def _ended_at(session: Session, visit: Revisit) -> datetime | None:
    """When a second visit came to an end: its interview was accepted, or the note came with which
    its household counts as lost, like one of a first visit; None while it may still be made."""
    held = session.get(Interview, visit.interview_id)
    if held is not None and held.state == InterviewState.ACCEPTED:
        return session.get_one(Review, (held.interview_id, held.current_rev)).decided_at
    said_last = session.scalar(
        select(func.max(LedgerEntry.seq))
        .join(Revision, Revision.op_id == LedgerEntry.op_id)
        .where(
            Revision.interview_id == visit.interview_id,
            LedgerEntry.type == LineType.OP.value,
        )
    )
    max_visits = campaigns.rulebook_of(session, visit.campaign_id).max_visits
    moments: dict[tuple[str, int], str] = {}
    for note in session.execute(
        select(
            Contact.visit_no,
            Contact.disposition,
            Contact.at,
            Op.device_id,
            LedgerEntry.received_at,
        )
        .join(Op, Op.op_id == Contact.op_id)
        .join(
            LedgerEntry,
            (LedgerEntry.op_id == Contact.op_id) & (LedgerEntry.type == LineType.OP.value),
        )
        .where(
            Contact.campaign_id == visit.campaign_id,
            Contact.unit_id == visit.unit_id,
            Contact.round == visit.round,
            LedgerEntry.seq > (said_last or 0),  # somebody was met after the ones before
        )
        .order_by(LedgerEntry.seq)
    ):
        # Each of the pairs that were sent counts its own visits.
        moments[note.device_id, note.visit_no] = note.at
        if outcome(note.disposition, moments.values()).is_lost(max_visits):
            return datetime.fromisoformat(note.received_at)
    return None


def _is_made(session: Session, visit: Revisit) -> bool:
    is_held = session.get(Interview, visit.interview_id) is not None
    return is_held or _ended_at(session, visit) is not None


def _nth_for(session: Session, case: Case) -> int:
    """Which recheck of its household a case has: the last one, unless that had been made when the
    case was opened."""
    made = _rechecks(session, case.interview_id)
    ended = _ended_at(session, made[-1]) if made else None
    if ended is not None and ended < case.opened_at:
        return len(made) + 1
    return max(1, len(made))


def _send(
    session: Session,
    campaign: Campaign,
    first: Interview,
    kind: RevisitKind,
    enumerators: tuple[str, str],
    interpreter: str | None,
    *,
    case: Case | None,
    by: Caller,
    at: datetime,
) -> Revisit:
    household = session.scalars(
        select(SampleHousehold).where(SampleHousehold.interview_id == first.interview_id)
    ).one()
    round_ = round_of(household.wave, kind, _nth_for(session, case) if case else 1)
    known = name_of(campaign.id, household.unit_id, round_)
    standing = session.get(Revisit, known)
    if standing is not None:
        held = (standing.enumerator_a, standing.enumerator_b), standing.interpreter
        if held == (enumerators, interpreter) or (case is not None and standing.case_id != case.id):
            return standing
    steps.refuse_after(session, campaign.id, Step.CLOSED)
    if standing is not None and _is_made(session, standing):
        raise Conflict("This second visit has been made.", interview_id=known)
    before = pairs.were_there(session, campaign.id, first)
    if standing is not None:
        before -= {standing.enumerator_a, standing.enumerator_b}
    grounds.refuse(
        pairs.refusals(
            session,
            campaign,
            first.county_adcode,
            enumerators,
            before=before,
            at=at,
            interpreter=interpreter,
            but=known,
        )
    )
    device_id = errands.phone_of(session, enumerators)
    if standing is not None and standing.device_id != device_id:
        feed.append(session, standing.device_id, [_revoke_item(standing)])
    is_new_phone = standing is None or standing.device_id != device_id
    if standing is None:
        standing = Revisit(
            interview_id=known,
            campaign_id=campaign.id,
            unit_id=household.unit_id,
            round=round_,
            kind=kind.value,
            first_interview_id=first.interview_id,
            county_adcode=household.county_adcode,
            village_code=household.psu,
            household_class=household.household_class,
            persons=household.persons,
            case_id=case.id if case else None,
        )
        session.add(standing)
    standing.device_id = device_id
    standing.enumerator_a, standing.enumerator_b = enumerators
    standing.interpreter = interpreter
    standing.ordered_by, standing.ordered_at = by.actor, at
    session.flush()
    if is_new_phone:
        feed.append(session, device_id, [_told(session, campaign, household, standing)])
    return standing


def _told(
    session: Session, campaign: Campaign, household: SampleHousehold, ordered: Revisit
) -> Mapping[str, Any]:
    """What a first visit would be told, but for the round; nothing of what was answered."""
    occasion = errands.occasion(session, campaign.id, household.county_adcode)
    return {
        **errands.assign_item(household, (campaign.form_id, campaign.form_version), occasion),
        "interview_id": ordered.interview_id,
        "round": ordered.round,
        "is_reserve": False,
    }


def _revoke_item(ordered: Revisit) -> Mapping[str, Any]:
    return {
        "type": "revoke",
        "interview_id": ordered.interview_id,
        "unit_id": ordered.unit_id,
        "village_code": ordered.village_code,
    }


def _arrived(session: Session, rows: Any) -> set[str]:
    """Second visits of which an interview or the note of a closed door has come."""
    ids = sorted(row.interview_id for row in rows)
    if not ids:
        return set()
    noted = exists().where(
        Contact.campaign_id == Revisit.campaign_id,
        Contact.unit_id == Revisit.unit_id,
        Contact.round == Revisit.round,
    )
    held = exists().where(Interview.interview_id == Revisit.interview_id)
    return set(
        session.scalars(
            select(Revisit.interview_id).where(Revisit.interview_id.in_(ids), or_(held, noted))
        )
    )


def _ordered(session: Session, row: Revisit, compared: Mapping[str, Agreement]) -> Ordered:
    arrived = row.interview_id in _arrived(session, [row])
    return _as_ordered(row, arrived, compared.get(row.interview_id))


def _as_ordered(row: Revisit, arrived: bool, agreement: Agreement | None) -> Ordered:
    """How far both agree; differing questions by name, never what was answered."""
    return Ordered(
        interview_id=row.interview_id,
        first_interview_id=row.first_interview_id,
        unit_id=row.unit_id,
        village_code=row.village_code,
        county_adcode=row.county_adcode,
        round=row.round,
        kind=row.kind,
        case_id=row.case_id,
        device_id=row.device_id,
        enumerators=(row.enumerator_a, row.enumerator_b),
        interpreter=row.interpreter,
        ordered_at=row.ordered_at,
        arrived=arrived,
        compared=agreement.compared if agreement else 0,
        equal=agreement.equal if agreement else 0,
        differs=tuple(dict.fromkeys(one.field for one in agreement.facts)) if agreement else (),
    )
