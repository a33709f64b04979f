"""Sending pairs to villages: every rule is checked, then one village is released for one day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.samples import (
    Assignment,
    Enumerator,
    SampleVillage,
    Village,
)
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import (
    Conflict,
    ExchangeNotApproved,
    Invalid,
    NotIndependent,
    Unknown,
)
from inspect_app.rules.independence import (
    Grounds,
    Refusal,
    VillageDay,
    explained,
    refusals,
)
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import (
    access,
    campaigns,
    declarations,
    errands,
    exchanges,
    grounds,
    samples,
    seeds,
)
from inspect_app.services import steps as campaign_steps
from inspect_app.services.transactions import writing

STAFF = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


@dataclass(frozen=True)
class Assigned:
    """A village released to a pair, or what would forbid it; a check names no village."""

    allowed: bool
    reasons: tuple[Refusal, ...] = ()
    id: str | None = None
    county_adcode: str | None = None
    order: int | None = None
    village_code: str | None = None
    village_name: str | None = None
    visit_date: date | None = None
    enumerators: tuple[str, ...] = ()
    device_id: str | None = None
    interpreter: str | None = None


def add_enumerator(
    session: Session, campaign_id: str, new: NewEnumerator, *, by: Caller, at: datetime
) -> Enumerator:
    """Enter an enumerator with what was declared; the same again changes nothing.

    Raises
    ------
    Conflict : the identifier is in use for someone else, or with another declaration
    """
    by.require(campaign_id, Role.PLANNER)
    content: dict[str, Any] = {
        "campaign_id": campaign_id,
        "name": new.name,
        "team": new.team,
        "province_code": new.province_code,
        "home_adcode": new.home_adcode,
        "declared": sorted(new.declared),
    }
    with writing(session, campaign_id):
        campaign_steps.refuse_after(session, campaign_id, Step.CLOSED)
        known = session.get(Enumerator, new.id)
        if known is not None:
            if any(getattr(known, key) != value for key, value in content.items()):
                raise Conflict("Another enumerator has this identifier.")
            return known
        enumerator = Enumerator(id=new.id, created_at=at, **content)
        session.add(enumerator)
        session.flush()
        if new.declaration is not None:
            own = replace(new.declaration, enumerator_id=new.id)
            declarations.keep(session, campaign_id, own, by=by, at=at)
    return enumerator


def enumerators(
    session: Session, campaign_id: str, *, by: Caller, after: str | None, limit: int
) -> list[Enumerator]:
    """List a campaign's enumerators by id; a team leader sees the own team."""
    membership = by.require(campaign_id, *STAFF)
    query = (
        select(Enumerator)
        .where(Enumerator.campaign_id == campaign_id)
        .order_by(Enumerator.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Enumerator.id > after)
    if membership.role is Role.TEAM_LEADER:
        query = query.where(Enumerator.team == membership.team)
    return list(session.scalars(query))


def listed(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    at: datetime,
    after: str | None,
    limit: int,
) -> list[Assigned]:
    """List the assignments, for a team leader those of the own team's next village day.

    Committed: that they were seen.
    """
    membership = by.require(campaign_id, *access.READERS)
    query = (
        select(Assignment, SampleVillage, Village)
        .join(SampleVillage, Assignment.village_code == SampleVillage.village_code)
        .join(Village, Village.village_code == SampleVillage.village_code)
        .where(
            Assignment.campaign_id == campaign_id,
            SampleVillage.campaign_id == campaign_id,
            Village.campaign_id == campaign_id,
        )
        .order_by(Assignment.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Assignment.id > after)
    if membership.role is Role.TEAM_LEADER:
        query = query.where(*access.own_next(campaign_id, membership.team, at=at))
    seen = [_shown(*row) for row in session.execute(query)]
    if seen:
        what = f"{len(seen)} assignments {seen[0].id}…{seen[-1].id}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    return seen


def check(
    session: Session, campaign_id: str, new: NewAssignment, *, by: Caller, at: datetime
) -> Assigned:
    """Say whether an assignment would be allowed, and every reason why not; nothing is stored."""
    by.require(campaign_id, Role.PLANNER)
    campaign = campaigns.read(session, campaign_id)
    _drawn_village(session, campaign_id, new)
    reasons = broken_rules(session, campaign, new, judged_on(session, campaign, new, at=at))
    session.rollback()
    return Assigned(allowed=not reasons, reasons=reasons)


def assign(
    session: Session,
    campaign_id: str,
    new: NewAssignment,
    *,
    by: Caller,
    frames_dir: Path,
    at: datetime,
) -> Assigned:
    """Release a village of the sealed list to a pair for a day; the same again changes nothing.

    Committed: the assignment, the village's E and P households with their reserves, and the
    items of the phone's feed, among them the seed of the roster draw.

    Raises
    ------
    NotIndependent : rules are broken; `extra["reasons"]` names all of them
    StepMissing : nothing is drawn
    Conflict : the village is released already, fieldwork is over, no reserve is left
    ExchangeNotApproved : a village whose name is known would be given up without approval
    """
    return assign_all(session, campaign_id, [new], by=by, frames_dir=frames_dir, at=at)[0]


def assign_all(
    session: Session,
    campaign_id: str,
    wanted: Sequence[NewAssignment],
    *,
    by: Caller,
    frames_dir: Path,
    at: datetime,
) -> list[Assigned]:
    """Release several villages, all or none; each is judged with those before it as given.

    Raises
    ------
    NotIndependent : rules are broken; `extra["reasons"]` names all of them with their place
    and as `assign` does
    """
    by.require(campaign_id, Role.PLANNER)
    if len({(new.county_adcode, new.order) for new in wanted}) < len(wanted):
        raise Invalid("A place is named twice.")
    with writing(session, campaign_id):
        campaign = campaigns.read(session, campaign_id)
        standing: dict[NewAssignment, Assignment] = {}
        fresh: list[tuple[NewAssignment, SampleVillage]] = []
        for new in wanted:
            drawn = _drawn_village(session, campaign_id, new)
            present = exchanges.holder(session, drawn)
            known = _standing(session, present, drawn, new)
            if known is None:
                fresh.append((new, present))
            else:
                standing[new] = known
        if fresh:
            if seeds.is_published(session, campaign_id):
                raise Conflict("The seed is published; fieldwork is over.")
            campaign_steps.refuse_after(session, campaign_id, Step.FIELDWORK_ENDED)
            _refuse_unless_independent(session, campaign, [new for new, _ in fresh], at=at)
            registers = errands.Registers(session, campaign_id, frames_dir)
            for new, present in fresh:
                standing[new] = _release(
                    session, campaign, new, present, registers=registers, by=by, at=at
                )
        given = [shown(session, standing[new]) for new in wanted]
        codes = ", ".join(str(one.village_code) for one in given[:8])
        more = f" and {len(given) - 8} more" if len(given) > 8 else ""
        access.record(session, campaign_id, f"assigned villages {codes}{more}", by=by, at=at)
        return given


def _release(
    session: Session,
    campaign: Campaign,
    new: NewAssignment,
    village: SampleVillage,
    *,
    registers: errands.Registers,
    by: Caller,
    at: datetime,
) -> Assignment:
    if new.unreachable:
        village = exchanges.next_reserve(session, village, new.unreachable, at=at)
    assignment = Assignment(
        id=str(uuid5(UUID(campaign.id), f"assignment/{village.village_code}")),
        campaign_id=campaign.id,
        village_code=village.village_code,
        visit_date=new.visit_date,
        enumerator_a=new.enumerators[0],
        enumerator_b=new.enumerators[1],
        device_id=errands.phone_of(session, new.enumerators),
        interpreter=new.interpreter,
        created_at=at,
        created_by=by.actor,
    )
    errands.release_village(session, assignment, campaign, registers=registers, at=at)
    return assignment


def _refuse_unless_independent(
    session: Session, campaign: Campaign, wanted: Sequence[NewAssignment], *, at: datetime
) -> None:
    """Judge requests in turn, and refuse all of them with every reason if one breaks a rule."""
    ids = {person for new in wanted for person in new.enumerators}
    found = grounds.inspectors(session, campaign.id, ids=ids)
    of_day: dict[tuple[str, date], Grounds] = {}
    history = None
    inspections: set[tuple[str, str]] = set()
    broken: list[tuple[NewAssignment, Refusal]] = []
    for new in wanted:
        day = (new.county_adcode, new.visit_date)
        if day not in of_day:
            of_day[day] = judged_on(session, campaign, new, at=at)
            history = history or of_day[day].history
            of_day[day] = replace(of_day[day], history=history)
        held = replace(
            of_day[day],
            inspections=of_day[day].inspections | inspections,
            interpreter=new.interpreter is not None,
        )
        pair = grounds.pair(found, new.enumerators)
        broken += [(new, reason) for reason in refusals(pair, held)]
        held.history.add(VillageDay(new.visit_date, frozenset(new.enumerators)))
        inspections |= {(one.province_code, new.county_adcode[:2]) for one in pair}
    if broken:
        told = explained(reason for _, reason in broken)
        raise NotIndependent(
            str(told["detail"]),
            reasons=[
                {"order": new.order, "code": one.code, "zh": one.zh, "en": one.en}
                for new, one in broken
            ],
        )


def judged_on(
    session: Session,
    campaign: Campaign,
    new: NewAssignment,
    *,
    at: datetime,
    but: str | None = None,
) -> Grounds:
    """Gather what the rules for a request need; `but` is an assignment to leave out."""
    return grounds.of_day(
        session,
        campaign,
        new.county_adcode,
        new.visit_date,
        interpreter=new.interpreter,
        at=at,
        but=but,
    )


def broken_rules(
    session: Session, campaign: Campaign, new: NewAssignment, held: Grounds
) -> tuple[Refusal, ...]:
    """Name every rule that a request breaks."""
    found = grounds.inspectors(session, campaign.id, ids=new.enumerators)
    return refusals(grounds.pair(found, new.enumerators), held)


def _drawn_village(session: Session, campaign_id: str, new: NewAssignment) -> SampleVillage:
    village = session.scalar(
        select(SampleVillage).where(
            SampleVillage.campaign_id == campaign_id,
            SampleVillage.county_adcode == new.county_adcode,
            SampleVillage.position == new.order,
        )
    )
    if village is None:
        samples.sealed(session, campaign_id)
        raise Unknown("The county's sealed list has no such place.")
    if village.is_reserve:
        raise Invalid(
            "A reserve village is not chosen: name the drawn one and why it cannot be visited."
        )
    return village


def _standing(
    session: Session, present: SampleVillage, drawn: SampleVillage, new: NewAssignment
) -> Assignment | None:
    """Return the assignment that this request repeats; refuse one that it contradicts.

    present : the village that stands in the place now, drawn or a reserve
    """
    if new.unreachable is None and (present is not drawn or drawn.given_up_at is not None):
        raise Conflict("This village was given up; a reserve has taken its place.")
    if present.released_at is None:
        return None
    if new.unreachable is not None and (
        present is drawn
        or exchanges.approval_of(session, present.campaign_id, present.village_code) is not None
    ):
        return None
    standing = session.scalars(
        select(Assignment).where(
            Assignment.campaign_id == present.campaign_id,
            Assignment.village_code == present.village_code,
        )
    ).one()
    pair = {standing.enumerator_a, standing.enumerator_b}
    if pair != set(new.enumerators) or standing.visit_date != new.visit_date:
        if new.unreachable is not None:
            raise ExchangeNotApproved()
        raise Conflict("This village is released to a pair already.", assignment=standing.id)
    return standing


def shown(session: Session, assignment: Assignment) -> Assigned:
    """Return an assignment with the name of its village."""
    key = (assignment.campaign_id, assignment.village_code)
    return _shown(assignment, session.get_one(SampleVillage, key), session.get_one(Village, key))


def _shown(assignment: Assignment, drawn: SampleVillage, village: Village) -> Assigned:
    return Assigned(
        allowed=True,
        id=assignment.id,
        county_adcode=drawn.county_adcode,
        order=drawn.position,
        village_code=village.village_code,
        village_name=village.village_name,
        visit_date=assignment.visit_date,
        enumerators=(assignment.enumerator_a, assignment.enumerator_b),
        device_id=assignment.device_id,
        interpreter=assignment.interpreter,
    )
