"""Sending pairs to villages: every rule is checked, then one village is released for one day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview
from inspect_app.models.samples import (
    Assignment,
    Enumerator,
    SampleHousehold,
    SampleVillage,
    Village,
)
from inspect_app.rules.assignments import NewAssignment, NewEnumerator
from inspect_app.rules.errors import Conflict, Invalid, NotIndependent, StepMissing, Unknown
from inspect_app.rules.independence import (
    Inspector,
    Refusal,
    VillageDay,
    field_day,
    refusals,
)
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import DeviceState
from inspect_app.services import campaigns, feed, frames, samples, seeds
from inspect_app.services.transactions import writing

STAFF = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


@dataclass(frozen=True)
class Assigned:
    """A village released to a pair, or what would forbid it; a check names no village."""

    allowed: bool
    reasons: tuple[Refusal, ...] = ()
    id: str | None = None
    village_code: str | None = None
    village_name: str | None = None
    visit_date: date | None = None
    enumerators: tuple[str, ...] = ()
    device_id: str | None = None


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
    with writing(session):
        known = session.get(Enumerator, new.id)
        if known is not None:
            if any(getattr(known, key) != value for key, value in content.items()):
                raise Conflict("Another enumerator has this identifier.")
            return known
        enumerator = Enumerator(id=new.id, created_at=at, **content)
        session.add(enumerator)
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


def check(
    session: Session, campaign_id: str, new: NewAssignment, *, by: Caller, at: datetime
) -> Assigned:
    """Say whether an assignment would be allowed, and every reason why not; nothing is stored."""
    by.require(campaign_id, Role.PLANNER)
    campaign = campaigns.read(session, campaign_id)
    _drawn_village(session, campaign_id, new)
    reasons = _refusals(session, campaign, new, at=at)
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
    Conflict : the village is released already, the seed is published, no reserve is left
    """
    by.require(campaign_id, Role.PLANNER)
    with writing(session):
        campaign = campaigns.read(session, campaign_id)
        drawn = _drawn_village(session, campaign_id, new)
        standing = _standing(session, drawn, new)
        if standing is not None:
            return _assigned(session, standing)
        if seeds.is_published(session, campaign_id):
            raise Conflict("The seed is published; fieldwork is over.")
        reasons = _refusals(session, campaign, new, at=at)
        if reasons:
            raise NotIndependent(
                "；".join(reason.zh for reason in reasons)
                + " | "
                + "; ".join(reason.en for reason in reasons),
                reasons=[
                    {"code": reason.code, "zh": reason.zh, "en": reason.en} for reason in reasons
                ],
            )
        village = _instead_of(session, drawn, new.unreachable, at=at) if new.unreachable else drawn
        assignment = Assignment(
            id=str(uuid5(UUID(campaign_id), f"assignment/{village.village_code}")),
            campaign_id=campaign_id,
            village_code=village.village_code,
            visit_date=new.visit_date,
            enumerator_a=new.enumerators[0],
            enumerator_b=new.enumerators[1],
            device_id=_phone(session, new.enumerators),
            created_at=at,
            created_by=by.actor,
        )
        release_village(session, assignment, campaign, frames_dir=frames_dir, at=at)
        return _assigned(session, assignment)


def release_village(
    session: Session,
    assignment: Assignment,
    campaign: Campaign,
    *,
    frames_dir: Path,
    at: datetime,
) -> None:
    """Store an assignment, draw its registered households and tell the phone, in the caller's
    transaction."""
    village = session.get_one(SampleVillage, (campaign.id, assignment.village_code))
    session.add(assignment)
    village.released_at = at
    session.flush()
    frame = frames.reopen(frames.current(session, campaign.id), frames_dir)
    drawn = samples.place_registered(
        session, village, frames.households(frame, village.county_adcode)
    )
    items = [_assign_item(campaign, household) for household in drawn]
    feed.append(session, assignment.device_id, [*items, _roster_item(session, campaign, village)])


def _assign_item(campaign: Campaign, household: SampleHousehold) -> Mapping[str, Any]:
    return {
        "type": "assign",
        "interview_id": household.interview_id,
        "unit_id": household.unit_id,
        "village_code": household.psu,
        "household_class": household.household_class,
        "round": str(household.wave),
        "order": household.order,
        "is_reserve": household.is_reserve,
        "form_id": campaign.form_id,
        "version": campaign.form_version,
    }


def _roster_item(session: Session, campaign: Campaign, village: SampleVillage) -> Mapping[str, Any]:
    plan = samples.current_plan(session, campaign.id)
    register = session.get_one(Village, (campaign.id, village.village_code))
    return {
        "type": "roster_draw",
        "village_code": village.village_code,
        "household_class": "N",
        "round": str(village.wave),
        "seed": samples.village_seed(session, village),
        "n": samples.roster_take(session, plan, village),
        "reserve": plan.stage2.reserve,
        "expected": register.households_n,
        "form_id": campaign.form_id,
        "version": campaign.form_version,
    }


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


def _standing(session: Session, drawn: SampleVillage, new: NewAssignment) -> Assignment | None:
    """Return the assignment that this request repeats; refuse one that it contradicts."""
    reserve = session.scalar(
        select(SampleVillage).where(
            SampleVillage.campaign_id == drawn.campaign_id,
            SampleVillage.replaces == drawn.village_code,
        )
    )
    if new.unreachable is None and drawn.given_up_at is not None:
        raise Conflict("This village was given up; a reserve has taken its place.")
    target = reserve if new.unreachable else drawn
    if target is None or target.released_at is None:
        return None
    standing = session.scalars(
        select(Assignment).where(
            Assignment.campaign_id == target.campaign_id,
            Assignment.village_code == target.village_code,
        )
    ).one()
    pair = {standing.enumerator_a, standing.enumerator_b}
    if pair != set(new.enumerators) or standing.visit_date != new.visit_date:
        raise Conflict("This village is released to a pair already.", assignment=standing.id)
    return standing


def _refusals(
    session: Session, campaign: Campaign, new: NewAssignment, *, at: datetime
) -> tuple[Refusal, ...]:
    first, second = (_inspector(session, campaign.id, one) for one in new.enumerators)
    return refusals(
        (first, second),
        county_adcode=new.county_adcode,
        day=new.visit_date,
        today=field_day(at),
        history=_history(session, campaign.id),
        inspections=_inspections(session, campaign, new.visit_date.year),
        pair_max_days=campaigns.rulebook(campaign).pair_max_days,
    )


def _inspector(session: Session, campaign_id: str, enumerator_id: str) -> Inspector:
    person = session.get(Enumerator, enumerator_id)
    if person is None or person.campaign_id != campaign_id:
        raise Unknown("The campaign has no such enumerator.", enumerator_id=enumerator_id)
    return Inspector(
        person.id,
        person.province_code,
        person.home_adcode,
        frozenset(person.declared),
        has_phone=_active_phone(session, person.id) is not None,
    )


def _history(session: Session, campaign_id: str) -> list[VillageDay]:
    rows = session.execute(
        select(Assignment.visit_date, Assignment.enumerator_a, Assignment.enumerator_b)
        .join(SampleVillage)
        .where(Assignment.campaign_id == campaign_id, SampleVillage.given_up_at.is_(None))
    )
    return [VillageDay(day, frozenset((a, b))) for day, a, b in rows]


def _inspections(session: Session, campaign: Campaign, year: int) -> set[tuple[str, str]]:
    """Which province inspected which this year and the year before, in all real campaigns, or
    in all simulated ones."""
    rows = session.execute(
        select(Enumerator.province_code, SampleVillage.county_adcode)
        .select_from(Assignment)
        .join(SampleVillage)
        .join(Campaign, Campaign.id == Assignment.campaign_id)
        .join(
            Enumerator,
            Enumerator.id.in_([Assignment.enumerator_a, Assignment.enumerator_b]),
        )
        .where(
            Campaign.simulated == campaign.simulated,
            Assignment.visit_date >= date(year - 1, 1, 1),
            Assignment.visit_date <= date(year, 12, 31),
        )
        .distinct()
    )
    return {(province, adcode[:2]) for province, adcode in rows}


def _instead_of(
    session: Session, drawn: SampleVillage, reason: str, *, at: datetime
) -> SampleVillage:
    """Give a village up and take the next reserve of its stratum, in the order of the draw."""
    heard = select(Interview.interview_id).where(
        Interview.campaign_id == drawn.campaign_id, Interview.village_code == drawn.village_code
    )
    if session.scalars(heard.limit(1)).first() is not None:
        raise Conflict("Interviews of this village have arrived; it was visited.")
    reserve = session.scalars(
        select(SampleVillage)
        .where(
            SampleVillage.campaign_id == drawn.campaign_id,
            SampleVillage.stratum == drawn.stratum,
            SampleVillage.is_reserve,
            SampleVillage.released_at.is_(None),
        )
        .order_by(SampleVillage.order)
        .limit(1)
    ).first()
    if reserve is None:
        raise Conflict("No reserve village is left in this stratum.")
    drawn.given_up_at, drawn.given_up_reason = at, reason
    reserve.replaces = drawn.village_code
    _revoke(session, drawn)
    return reserve


def _revoke(session: Session, village: SampleVillage) -> None:
    assignment = session.scalars(
        select(Assignment).where(
            Assignment.campaign_id == village.campaign_id,
            Assignment.village_code == village.village_code,
        )
    ).one_or_none()
    if assignment is None:
        return
    households = session.scalars(
        select(SampleHousehold)
        .where(
            SampleHousehold.campaign_id == village.campaign_id,
            SampleHousehold.psu == village.village_code,
        )
        .order_by(SampleHousehold.household_class, SampleHousehold.order)
    )
    feed.append(
        session,
        assignment.device_id,
        [
            {
                "type": "revoke",
                "interview_id": household.interview_id,
                "unit_id": household.unit_id,
                "village_code": household.psu,
            }
            for household in households
        ],
    )


def _phone(session: Session, pair: tuple[str, str]) -> str:
    """Return the phone the pair carries: the first one's, else the second one's."""
    found = [_active_phone(session, person) for person in pair]
    phone = next((device_id for device_id in found if device_id is not None), None)
    if phone is None:
        raise StepMissing("Neither enumerator carries an enrolled phone.")
    return phone


def _active_phone(session: Session, enumerator_id: str) -> str | None:
    return session.scalar(
        select(Device.id).where(
            Device.enumerator_id == enumerator_id, Device.state == DeviceState.ACTIVE
        )
    )


def _assigned(session: Session, assignment: Assignment) -> Assigned:
    village = session.get_one(Village, (assignment.campaign_id, assignment.village_code))
    return Assigned(
        allowed=True,
        id=assignment.id,
        village_code=village.village_code,
        village_name=village.village_name,
        visit_date=assignment.visit_date,
        enumerators=(assignment.enumerator_a, assignment.enumerator_b),
        device_id=assignment.device_id,
    )
