"""Who was at a household, and who may be sent there a second time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Revisit
from inspect_app.models.samples import Enumerator
from inspect_app.rules import independence
from inspect_app.rules.independence import (
    Grounds,
    Inspector,
    Refusal,
    field_day,
    may_revisit,
    of_day,
    of_pair,
    of_person,
)
from inspect_app.services import grounds, holders


def were_there(session: Session, campaign_id: str, interview: Interview) -> set[str]:
    """Return all who held an interview of a household so far, in any round, or were sent there a
    second time. Who has its village now, and held none, was not there."""
    of_household = select(Interview.interview_id).where(
        Interview.campaign_id == campaign_id,
        Interview.village_code == interview.village_code,
        Interview.unit_id == interview.unit_id,
    )
    second = select(Revisit.enumerator_a, Revisit.enumerator_b).where(
        Revisit.campaign_id == campaign_id, Revisit.unit_id == interview.unit_id
    )
    held = holders.of_revisions(session, session.scalars(of_household).all())
    return {person for two in (*held.values(), *session.execute(second)) for person in two}


def owner_of(session: Session, device_id: str) -> str | None:
    """Return whose phone it is."""
    return session.scalar(select(Device.enumerator_id).where(Device.id == device_id))


def team_of(session: Session, device_id: str) -> str | None:
    """Return the team of a phone's enumerator."""
    return session.scalar(
        select(Enumerator.team)
        .join(Device, Device.enumerator_id == Enumerator.id)
        .where(Device.id == device_id)
    )


def refusals(
    session: Session,
    campaign: Campaign,
    county_adcode: str,
    people: Iterable[str],
    *,
    before: Collection[str],
    at: datetime,
    interpreter: str | None = None,
    but: str | None = None,
) -> tuple[Refusal, ...]:
    """Name what forbids a pair to go to a household of a county a second time, or one person who
    is to ask there again.

    but : a second visit or return that they take over from others

    Raises
    ------
    Unknown : the campaign has no such enumerator
    """
    going = tuple(people)
    known = grounds.inspectors(session, campaign.id, ids=set(going))
    pair = grounds.pair(known, (going[0], going[-1]))
    ground = grounds.of_day(
        session,
        campaign,
        county_adcode,
        field_day(at),
        interpreter=interpreter,
        at=at,
        but=but,
        is_errand=True,
    )
    found = of_person(pair[0], ground) if len(going) == 1 else independence.refusals(pair, ground)
    return (*may_revisit(dict.fromkeys(going), before=before), *found)


@dataclass(frozen=True)
class Able:
    """Whom of a team nothing forbids a second visit in a county, but having been there."""

    people: Mapping[str, Inspector]
    ground: Grounds

    def pairs(self, *, before: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield pairs who may go together and were not there, by id; the first has a phone."""
        fit = [person for one, person in self.people.items() if one not in before]
        for first in (person for person in fit if person.has_phone):
            for other in fit:
                if other is not first and not of_pair((first, other), self.ground):
                    yield first.id, other.id


def able(
    session: Session,
    campaign: Campaign,
    county_adcode: str,
    *,
    team: str | None,
    interpreter: str | None,
    at: datetime,
) -> Able:
    """Return whom of a team `refusals` would let go, each with somebody, in a few queries."""
    ground = grounds.of_day(
        session,
        campaign,
        county_adcode,
        field_day(at),
        interpreter=interpreter,
        at=at,
        is_errand=True,
    )
    people = grounds.inspectors(session, campaign.id, team=team)
    found = {one: people[one] for one in sorted(people)} if not of_day(ground) else {}
    return Able({one: found[one] for one in found if not of_person(found[one], ground)}, ground)
