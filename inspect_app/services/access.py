"""Who may see which villages when: every list shown is written down first."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.samples import (
    Assignment,
    Enumerator,
    SampleVillage,
    Village,
)
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import seeds
from inspect_app.services.access_log import entries, note_access, record

__all__ = ["READERS", "entries", "note_access", "own_next", "record", "villages"]

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

    Before publication these are the released ones, for a team leader only those of the own team's
    next village day; after publication all, with ticket and probability.
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
        query = query.where(*own_next(campaign_id, membership.team, at=at))
    seen = [_seen(*row, everything=everything) for row in session.execute(query)]
    if seen:
        codes = f"{seen[0].village_code}…{seen[-1].village_code}"
        note_access(session, campaign_id, f"{len(seen)} sampled villages {codes}", by=by, at=at)
    return seen


def own_next(
    campaign_id: str, team: str | None, *, at: datetime
) -> tuple[ColumnElement[bool], ...]:
    """Say which assignments a team leader sees: those of the own team on its next village day,
    which is today while somebody is out today."""
    later, village = aliased(Assignment), aliased(SampleVillage)
    following = (
        select(func.min(later.visit_date))
        .join(
            village,
            (village.campaign_id == later.campaign_id)
            & (village.village_code == later.village_code),
        )
        .where(
            later.campaign_id == campaign_id,
            _is_own(later, campaign_id, team),
            later.visit_date >= field_day(at),
            village.given_up_at.is_(None),
        )
        .scalar_subquery()
    )
    return _is_own(Assignment, campaign_id, team), Assignment.visit_date == following


def _is_own(
    assignment: type[Assignment], campaign_id: str, team: str | None
) -> ColumnElement[bool]:
    own = select(Enumerator.id).where(
        Enumerator.campaign_id == campaign_id, Enumerator.team == team
    )
    return or_(assignment.enumerator_a.in_(own), assignment.enumerator_b.in_(own))


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
