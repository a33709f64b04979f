"""Replacements: a reserve household counts only once a team leader has approved it, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, exists, func, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Contact, Replacement, ReplacementRefusal
from inspect_app.models.ledger import LedgerEntry
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import ReserveRefused, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import REPLACEABLE
from inspect_app.services import access, campaigns, steps
from inspect_app.services.reserves import open_reserves, outcomes
from inspect_app.services.transactions import writing

READERS = (Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


@dataclass(frozen=True)
class Replaced:
    """A reserve that counts from now on in the place of a household that could not be had.

    late : approved after the day on which the last visit was reported
    """

    unit_id: str
    reserve_unit_id: str
    approved_by: str
    approved_at: datetime
    late: bool


@dataclass(frozen=True)
class Refused:
    """A replacement that a team leader refused: the pair goes there again."""

    unit_id: str
    reason: str
    refused_by: str
    refused_at: datetime


@dataclass(frozen=True)
class VisitMade:
    """One visit without interview, as the pair reported it."""

    visit_no: int
    disposition: str
    at: str
    received_at: str


@dataclass(frozen=True)
class Request:
    """A household that could not be had, the visits made, and what became of the request.

    state : requested, approved or refused; next_reserve : whom ticket order puts in its place
    is_due : whether it is lost by now; where nobody was met, after the last of the visits
    """

    interview_id: str
    unit_id: str
    village_code: str
    household_class: str
    disposition: str
    state: str
    is_due: bool
    visits: tuple[VisitMade, ...]
    next_reserve: str | None
    approved: Replaced | None
    refused: Refused | None


def approve(
    session: Session,
    interview_id: str,
    *,
    reserve_unit_id: str,
    reason: str,
    by: Caller,
    at: datetime,
) -> Replaced:
    """Approve that a reserve household counts in the place of one that could not be had.

    Only a team leader of the team approves, never the pair; the reserve must be the next of its
    village and class in ticket order, and used for nobody else. An approval after the day on
    which the last visit was reported counts and is marked late. Again is harmless.

    Raises
    ------
    ReserveRefused : out of order, used already, another village or class, or no ground for it; or
        the county has its verdict
    StepTaken : the campaign is closed
    """
    campaign_id = _lost(session, interview_id, by).campaign_id
    with writing(session, campaign_id):
        lost = _lost(session, interview_id, by)
        known = session.get(Replacement, (lost.campaign_id, lost.unit_id))
        if known is not None:
            if known.reserve_unit_id != reserve_unit_id:
                raise ReserveRefused("This household was replaced by another reserve.")
            return _replaced(known)
        _require_open(session, lost)
        reserve = session.get(SampleHousehold, (lost.campaign_id, reserve_unit_id))
        _require_replaceable(session, lost, reserve)
        assert reserve is not None  # nosec B101  # for the type checker
        reserve.opened_at = at
        reserve.replaces = lost.unit_id
        replaced = Replacement(
            campaign_id=lost.campaign_id,
            unit_id=lost.unit_id,
            reserve_unit_id=reserve_unit_id,
            reason=reason,
            approved_by=by.actor,
            approved_at=at,
            late=_is_late(session, lost, at),
        )
        session.add(replaced)
        return _replaced(replaced)


def refuse(
    session: Session, interview_id: str, *, reason: str, by: Caller, at: datetime
) -> Refused:
    """Refuse that a household is replaced; it stays in the sample and is visited again.

    Raises
    ------
    ReserveRefused : it was replaced already, or nothing reported of it asks for a replacement; or
        the county has its verdict
    StepTaken : the campaign is closed
    """
    campaign_id = _lost(session, interview_id, by).campaign_id
    with writing(session, campaign_id):
        lost = _lost(session, interview_id, by)
        if session.get(Replacement, (lost.campaign_id, lost.unit_id)) is not None:
            raise ReserveRefused("This household was replaced.")
        here = (
            ReplacementRefusal.campaign_id == lost.campaign_id,
            ReplacementRefusal.unit_id == lost.unit_id,
        )
        last = session.scalars(
            select(ReplacementRefusal).where(*here).order_by(ReplacementRefusal.n.desc()).limit(1)
        ).first()
        if last is not None and (last.reason, last.refused_by) == (reason, by.actor):
            return _refused(last)
        _require_open(session, lost)
        if not _is_lost(session, lost):
            raise ReserveRefused("Nothing that was reported of this household asks for one.")
        refusal = ReplacementRefusal(
            campaign_id=lost.campaign_id,
            unit_id=lost.unit_id,
            n=(last.n if last else 0) + 1,
            reason=reason,
            refused_by=by.actor,
            refused_at=at,
        )
        session.add(refusal)
        session.flush()
        return _refused(refusal)


def requests(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    at: datetime,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[Request]:
    """List households that could not be had, by interview id, with their visits and what became
    of them; a team leader sees the own team's. Committed: that they were seen.
    """
    membership = by.require(campaign_id, *READERS)
    lost = exists().where(
        Contact.campaign_id == SampleHousehold.campaign_id,
        Contact.unit_id == SampleHousehold.unit_id,
        Contact.round == SampleHousehold.wave.cast(String),
        Contact.disposition.in_(sorted(REPLACEABLE)),
    )
    replaced = exists().where(
        Replacement.campaign_id == SampleHousehold.campaign_id,
        Replacement.unit_id == SampleHousehold.unit_id,
    )
    refused = exists().where(
        ReplacementRefusal.campaign_id == SampleHousehold.campaign_id,
        ReplacementRefusal.unit_id == SampleHousehold.unit_id,
    )
    query = select(SampleHousehold).where(SampleHousehold.campaign_id == campaign_id, lost)
    query = {
        "approved": query.where(replaced),
        "refused": query.where(~replaced, refused),
        "requested": query.where(~replaced, ~refused),
    }.get(state or "", query)
    if membership.role is Role.TEAM_LEADER:
        query = query.where(_of_team(membership.team))
    if after is not None:
        query = query.where(SampleHousehold.interview_id > after)
    rows = session.scalars(query.order_by(SampleHousehold.interview_id).limit(limit)).all()
    found = _described(session, campaign_id, rows)
    if found:
        ids = f"{found[0].interview_id}…{found[-1].interview_id}"
        access.note_access(session, campaign_id, f"{len(found)} replacements {ids}", by=by, at=at)
    return found


def _lost(session: Session, interview_id: str, by: Caller) -> SampleHousehold:
    lost = session.scalar(
        select(SampleHousehold).where(SampleHousehold.interview_id == interview_id)
    )
    if lost is None or by.role_in(lost.campaign_id) is not Role.TEAM_LEADER:
        raise Unknown("No sampled household has this interview.")
    membership = by.require(lost.campaign_id, Role.TEAM_LEADER)
    if not session.scalar(
        select(SampleHousehold.unit_id).where(
            SampleHousehold.interview_id == interview_id, _of_team(membership.team)
        )
    ):
        # The id follows from the household's: a refusal would tell who was drawn.
        raise Unknown("No sampled household has this interview.")
    return lost


def _of_team(team: str | None) -> exists:  # type: ignore[valid-type]  # a class used as function
    return exists().where(
        Assignment.campaign_id == SampleHousehold.campaign_id,
        Assignment.village_code == SampleHousehold.psu,
        Enumerator.id == Assignment.enumerator_a,
        Enumerator.team == team,
    )


def _is_late(session: Session, lost: SampleHousehold, at: datetime) -> bool:
    """Whether the evening of the day on which the last visit was reported has passed."""
    reported = session.scalar(
        select(func.max(LedgerEntry.received_at))
        .join(Contact, Contact.op_id == LedgerEntry.op_id)
        .where(
            Contact.campaign_id == lost.campaign_id,
            Contact.unit_id == lost.unit_id,
            Contact.round == str(lost.wave),
            LedgerEntry.type == LineType.OP.value,
        )
    )
    if reported is None:
        return False
    return field_day(at) > field_day(datetime.fromisoformat(reported))


def _described(
    session: Session, campaign_id: str, rows: Sequence[SampleHousehold]
) -> list[Request]:
    units = [row.unit_id for row in rows]
    visits = _visits(session, campaign_id, units)
    found = outcomes(session, campaign_id, units)
    max_visits = _max_visits(session, campaign_id)
    approved = {
        row.unit_id: row
        for row in session.scalars(
            select(Replacement).where(
                Replacement.campaign_id == campaign_id, Replacement.unit_id.in_(units)
            )
        )
    }
    refused = {
        row.unit_id: row
        for row in session.scalars(
            select(ReplacementRefusal)
            .where(
                ReplacementRefusal.campaign_id == campaign_id,
                ReplacementRefusal.unit_id.in_(units),
            )
            .order_by(ReplacementRefusal.n)
        )
    }
    following = _next_reserves(session, campaign_id, rows)
    return [
        Request(
            interview_id=row.interview_id,
            unit_id=row.unit_id,
            village_code=row.psu,
            household_class=row.household_class,
            disposition=found[row.unit_id].disposition if row.unit_id in found else "",
            state="approved"
            if row.unit_id in approved
            else "refused"
            if row.unit_id in refused
            else "requested",
            is_due=row.unit_id in found and found[row.unit_id].is_lost(max_visits),
            visits=visits.get(row.unit_id, ()),
            next_reserve=None
            if row.unit_id in approved
            else following.get((row.psu, row.household_class)),
            approved=_replaced(approved[row.unit_id]) if row.unit_id in approved else None,
            refused=_refused(refused[row.unit_id]) if row.unit_id in refused else None,
        )
        for row in rows
    ]


def _visits(
    session: Session, campaign_id: str, units: Sequence[str]
) -> dict[str, tuple[VisitMade, ...]]:
    found: dict[str, tuple[VisitMade, ...]] = {}
    rows = session.execute(
        select(
            Contact.unit_id,
            Contact.visit_no,
            Contact.disposition,
            Contact.at,
            LedgerEntry.received_at,
        )
        .join(LedgerEntry, LedgerEntry.op_id == Contact.op_id)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.unit_id.in_(units),
            LedgerEntry.type == LineType.OP.value,
        )
        .order_by(LedgerEntry.seq)
    )
    for row in rows:
        visit = VisitMade(row.visit_no, row.disposition, row.at, row.received_at)
        found[row.unit_id] = (*found.get(row.unit_id, ()), visit)
    return found


def _next_reserves(
    session: Session, campaign_id: str, rows: Sequence[SampleHousehold]
) -> dict[tuple[str, str], str]:
    """The first reserve of each cell that nobody took yet."""
    unused = session.execute(
        select(SampleHousehold.psu, SampleHousehold.household_class, SampleHousehold.unit_id)
        .where(
            SampleHousehold.campaign_id == campaign_id,
            SampleHousehold.psu.in_(sorted({row.psu for row in rows})),
            SampleHousehold.is_reserve,
            SampleHousehold.opened_at.is_(None),
        )
        .order_by(SampleHousehold.order.desc())
    )
    return {(psu, of): unit_id for psu, of, unit_id in unused}


def _is_lost(session: Session, household: SampleHousehold) -> bool:
    """Whether what was reported of a household lets a reserve take its place."""
    campaign_id, unit_id = household.campaign_id, household.unit_id
    found = outcomes(session, campaign_id, [unit_id]).get(unit_id)
    return found is not None and found.is_lost(_max_visits(session, campaign_id))


def _max_visits(session: Session, campaign_id: str) -> int:
    return campaigns.rulebook(campaigns.read(session, campaign_id)).max_visits


def _replaced(row: Replacement) -> Replaced:
    return Replaced(
        row.unit_id, row.reserve_unit_id, row.approved_by, row.approved_at, bool(row.late)
    )


def _refused(row: ReplacementRefusal) -> Refused:
    return Refused(row.unit_id, row.reason, row.refused_by, row.refused_at)


def _require_open(session: Session, lost: SampleHousehold) -> None:
    """Let nobody change whom a county's sample consists of once its verdict was computed on it."""
    steps.refuse_after(session, lost.campaign_id, Step.CLOSED)
    if steps.has_verdict(session, lost.campaign_id, lost.county_adcode):
        raise ReserveRefused("The county has its verdict; with it its sample became final.")


def _require_replaceable(
    session: Session, lost: SampleHousehold, reserve: SampleHousehold | None
) -> None:
    same_cell = (
        reserve is not None
        and reserve.is_reserve
        and (reserve.psu, reserve.household_class) == (lost.psu, lost.household_class)
    )
    if reserve is None or not same_cell:
        raise ReserveRefused("A reserve comes from the same village and class.")
    if reserve.opened_at is not None:
        raise ReserveRefused("This reserve took another household's place.")
    if lost.is_reserve and lost.opened_at is None:
        raise ReserveRefused("The household to be replaced is itself a reserve not yet approved.")
    if not _is_lost(session, lost):
        raise ReserveRefused(
            "Nothing that was reported of this household allows a replacement; where nobody was "
            "met the visits that the rule book asks for have to be made, on two days or more."
        )
    opened = open_reserves(
        session,
        lost.campaign_id,
        lost.psu,
        lost.household_class,
        max_visits=_max_visits(session, lost.campaign_id),
    )
    unused = _next_reserves(session, lost.campaign_id, [lost]).get((lost.psu, lost.household_class))
    if reserve.unit_id not in opened or reserve.unit_id != unused:
        raise ReserveRefused("Reserves are used in ticket order.", next=unused)
