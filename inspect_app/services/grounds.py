"""What the rules of independence are judged on, read from the database in a few queries."""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time
from functools import lru_cache

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.devices import Device
from inspect_app.models.samples import Declaration, Enumerator
from inspect_app.rules import rulebooks
from inspect_app.rules.declarations import AGENCY
from inspect_app.rules.errors import NotIndependent, Unknown
from inspect_app.rules.independence import (
    CHINA,
    Agency,
    Grounds,
    History,
    Inspector,
    Refusal,
    VillageDay,
    explained,
    field_day,
)
from inspect_app.rules.states import DeviceState
from inspect_app.services import declarations, journeys
from inspect_app.services.journeys import Journey


def of_day(
    session: Session,
    campaign: Campaign,
    county_adcode: str,
    day: date,
    *,
    interpreter: str | None,
    at: datetime,
    but: str | None = None,
    is_errand: bool = False,
) -> Grounds:
    """Gather what the rules of a county on a day need.

    but : an assignment, second visit or return that is left out, because others take it over;
        days on which it was begun count, and leave room for those who go on with it
    """
    stated = declarations.current(session, campaign.id, [AGENCY]).get(AGENCY)
    county = next((one for one in campaign.counties if one.adcode == county_adcode), None)
    return Grounds(
        county_adcode=county_adcode,
        day=day,
        now=at,
        history=history(session, campaign.id, but=but),
        inspections=inspections(session, day.year, simulated=campaign.simulated),
        pair_max_days=_pair_max_days(campaign.rulebook_toml),
        release_hours=campaign.release_hours,
        agency=Agency(
            campaign.agency_province,
            declarations.ties(stated),
            has_declared=stated is not None,
        ),
        language=county.language if county is not None else None,
        interpreter=interpreter is not None,
        is_errand=is_errand,
    )


def inspectors(
    session: Session,
    campaign_id: str,
    *,
    ids: Collection[str] | None = None,
    team: str | None = None,
) -> dict[str, Inspector]:
    """Return people of a campaign with phones and declarations: these, or of a team, or all."""
    query = select(Enumerator).where(Enumerator.campaign_id == campaign_id)
    phones = select(Device.enumerator_id).where(
        Device.campaign_id == campaign_id, Device.state == DeviceState.ACTIVE.value
    )
    if ids is not None:
        query = query.where(Enumerator.id.in_(sorted(ids)))
        phones = phones.where(Device.enumerator_id.in_(sorted(ids)))
    if team is not None:
        query = query.where(Enumerator.team == team)
    people = session.scalars(query.order_by(Enumerator.id)).all()
    with_phone = frozenset(session.scalars(phones))
    held = declarations.current(session, campaign_id, None if ids is None else sorted(ids))
    return {
        person.id: _inspector(person, held.get(person.id), has_phone=person.id in with_phone)
        for person in people
    }


def pair(found: dict[str, Inspector], enumerators: tuple[str, str]) -> tuple[Inspector, Inspector]:
    """Pick two people; `Unknown` where the campaign does not have one."""
    for one in enumerators:
        if one not in found:
            raise Unknown("The campaign has no such enumerator.", enumerator_id=one)
    return found[enumerators[0]], found[enumerators[1]]


def history(session: Session, campaign_id: str, *, but: str | None = None) -> History:
    """Return all village days of a campaign, those that began before others took over included,
    and the days of errands, where both who were sent are known."""
    sent = journeys.sent().c
    rows = session.execute(
        select(
            sent.of,
            sent.kind,
            sent.visit_date,
            sent.ordered_at,
            sent.enumerator_a,
            sent.enumerator_b,
        )
        .where(
            sent.campaign_id == campaign_id,
            sent.kind.in_((Journey.HOLDS, Journey.BEGAN, Journey.ERRAND)),
            sent.enumerator_b.is_not(None),
        )
        .order_by(sent.ordered_at)
    )
    found, errands = History(), []
    for of, kind, day, at, a, b in rows:
        pair = frozenset((a, b))
        if kind == Journey.BEGAN:
            found.add(VillageDay(day, pair, leaves_room=of == but))
        elif of != but and kind == Journey.HOLDS:
            found.add(VillageDay(day, pair))
        elif of != but:
            errands.append((pair, field_day(at)))
    for pair, ordered in errands:
        found.add(VillageDay(found.errand_day(pair, ordered), pair, leaves_room=True))
    return found


def inspections(session: Session, year: int, *, simulated: bool) -> set[tuple[str, str]]:
    """Return which province inspects which this year and the year before, over all campaigns.

    Those that were commissioned then, and those whose people were sent there then, for a village,
    a second visit or a repeat; in all real campaigns, or in all simulated ones.
    """
    begin, end = _midnight(date(year - 1, 1, 1)), _midnight(date(year + 1, 1, 1))
    sent = journeys.sent().c
    visited = session.execute(
        select(Enumerator.province_code, func.substr(sent.county_adcode, 1, 2))
        .join(Campaign, Campaign.id == sent.campaign_id)
        .join(Enumerator, Enumerator.id.in_((sent.enumerator_a, sent.enumerator_b)))
        .where(
            Campaign.simulated == simulated,
            sent.kind != Journey.NEVER_BEGAN,
            or_(
                and_(sent.visit_date >= field_day(begin), sent.visit_date < field_day(end)),
                and_(sent.ordered_at >= begin, sent.ordered_at < end),
            ),
        )
        .distinct()
    )
    commissioned = session.execute(
        select(Campaign.agency_province, func.substr(CampaignCounty.adcode, 1, 2))
        .join(CampaignCounty, CampaignCounty.campaign_id == Campaign.id)
        .where(
            Campaign.simulated == simulated,
            Campaign.agency_province.is_not(None),
            Campaign.created_at >= begin,
            Campaign.created_at < end,
        )
        .distinct()
    )
    return {(own, inspected) for own, inspected in (*visited, *commissioned)}


def refuse(reasons: Iterable[Refusal]) -> None:
    """Refuse with every reason, in both languages, if there is any."""
    given = tuple(reasons)
    if given:
        told = explained(given)
        raise NotIndependent(str(told["detail"]), reasons=told["reasons"])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


@lru_cache(maxsize=16)
def _pair_max_days(rulebook_toml: bytes) -> int:
    return rulebooks.parse(rulebook_toml.decode()).pair_max_days


def _inspector(person: Enumerator, stated: Declaration | None, *, has_phone: bool) -> Inspector:
    return Inspector(
        person.id,
        person.province_code,
        person.home_adcode,
        frozenset(person.declared),
        has_phone=has_phone,
        team=person.team,
        ties=declarations.ties(stated),
        languages=frozenset(stated.languages if stated is not None else ()),
        training_score=stated.training_score if stated is not None else None,
        has_declared=stated is not None,
    )
