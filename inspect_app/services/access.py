"""Who may see which villages when, and who did: every list shown is written down first."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspect_app.models.samples import (
    AccessEntry,
    Assignment,
    Enumerator,
    SampleVillage,
    Village,
)
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import seeds
from inspect_app.services.transactions import writing

READERS = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


@dataclass(frozen=True)
class SeenVillage:
    """A village that a reader may see; ticket and probability only after publication."""

    village_code: str
    village_name: str
    town_name: str | None
    county_adcode: str
    position: int
    stratum: str
    remoteness_class: int | None
    is_reserve: bool
    released_at: datetime | None
    visit_date: date | None
    enumerators: tuple[str, ...]
    given_up_reason: str | None
    replaces: str | None
    order: int | None = None
    ticket: str | None = None
    pi1: float | None = None
    certainty: bool | None = None


def villages(
    session: Session,
    campaign_id: str,
    *,
    by: Caller,
    at: datetime,
    after: str | None,
    limit: int,
) -> list[SeenVillage]:
    """List the villages the caller may see, by code; committed: that the caller saw them.

    Before publication these are the released ones, for a team leader only those that the own
    team visits today or later; after publication all, with ticket and probability.
    """
    membership = by.require(campaign_id, *READERS)
    everything = seeds.is_published(session, campaign_id)
    query = (
        select(SampleVillage, Village, Assignment)
        .join(Village)
        .outerjoin(Assignment)
        .where(SampleVillage.campaign_id == campaign_id)
        .order_by(SampleVillage.village_code)
        .limit(limit)
    )
    if after is not None:
        query = query.where(SampleVillage.village_code > after)
    if not everything:
        query = query.where(SampleVillage.released_at.is_not(None))
    if membership.role is Role.TEAM_LEADER and not everything:
        own = select(Enumerator.id).where(
            Enumerator.campaign_id == campaign_id, Enumerator.team == membership.team
        )
        query = query.where(
            or_(Assignment.enumerator_a.in_(own), Assignment.enumerator_b.in_(own)),
            Assignment.visit_date >= field_day(at),
        )
    seen = [_seen(*row, everything=everything) for row in session.execute(query)]
    if seen:
        codes = f"{seen[0].village_code}…{seen[-1].village_code}"
        note_access(session, campaign_id, f"{len(seen)} sampled villages {codes}", by=by, at=at)
    return seen


def note_access(session: Session, campaign_id: str, what: str, *, by: Caller, at: datetime) -> None:
    """Commit who saw what when."""
    with writing(session):
        session.add(AccessEntry(campaign_id=campaign_id, actor=by.actor, what=what, at=at))


def entries(
    session: Session, campaign_id: str, *, after: int | None, limit: int
) -> list[AccessEntry]:
    """List who saw which list when, oldest first."""
    query = (
        select(AccessEntry)
        .where(AccessEntry.campaign_id == campaign_id, AccessEntry.id > (after or 0))
        .order_by(AccessEntry.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _seen(
    village: SampleVillage, register: Village, assignment: Assignment | None, *, everything: bool
) -> SeenVillage:
    pair = (assignment.enumerator_a, assignment.enumerator_b) if assignment else ()
    return SeenVillage(
        village_code=village.village_code,
        village_name=register.village_name,
        town_name=register.town_name,
        county_adcode=village.county_adcode,
        position=village.position,
        stratum=village.stratum,
        remoteness_class=register.remoteness_class,
        is_reserve=village.is_reserve,
        released_at=village.released_at,
        visit_date=assignment.visit_date if assignment else None,
        enumerators=pair,
        given_up_reason=village.given_up_reason,
        replaces=village.replaces,
        order=village.order if everything else None,
        ticket=village.ticket if everything else None,
        pi1=village.pi1 if everything else None,
        certainty=village.certainty if everything else None,
    )
