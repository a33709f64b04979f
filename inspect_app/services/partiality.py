"""Interviews of people whom their declarations bar by now: a tie told after the visit."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.rules.declarations import AGENCY
from inspect_app.rules.independence import barring, field_day
from inspect_app.services import declarations, journeys


def doubted(session: Session, campaign_id: str, rows: Sequence[Row[Any]]) -> dict[str, str]:
    """Name, for interviews of one campaign, what by the declarations of today barred those who
    held them: codes, in a number of queries that does not grow with the interviews."""
    people = _people(session, campaign_id, rows)
    subjects = {AGENCY}.union(*people.values())
    held = declarations.current(session, campaign_id, sorted(subjects))
    found = {}
    for row in rows:
        day = field_day(row.arrived_at) if row.arrived_at else None
        reasons = {
            reason.code
            for one in (AGENCY, *people[row.interview_id])
            if one in held
            for reason in barring(
                one,
                declarations.ties(held[one]),
                held[one].training_score,
                county=row.county_adcode,
                day=day,
            )
        }
        if reasons:
            found[row.interview_id] = ", ".join(sorted(reasons))
    return found


def _people(
    session: Session, campaign_id: str, rows: Sequence[Row[Any]]
) -> dict[str, frozenset[str]]:
    """Who held each interview: whose phone sent it, and with whom they went there."""
    phones = sorted({row.device_id for row in rows})
    owners = {
        device_id: owner
        for device_id, owner in session.execute(
            select(Device.id, Device.enumerator_id).where(Device.id.in_(phones))
        )
    }
    places = {place for row in rows for place in (row.village_code, row.interview_id)}
    here = {"campaign_id": campaign_id, "places": sorted(places)}
    pairs: dict[str, list[frozenset[str]]] = {}
    for place, first, second in session.execute(_pairs(), here):
        pairs.setdefault(place, []).append(frozenset((first, second)))
    found = {}
    for row in rows:
        owner = owners[row.device_id]
        around = (*pairs.get(row.village_code, ()), *pairs.get(row.interview_id, ()))
        found[row.interview_id] = frozenset({owner}).union(*(two for two in around if owner in two))
    return found


@cache  # building it costs more than running it
def _pairs() -> Select[*tuple[Any, ...]]:
    """Pairs by the village or the errand that was theirs."""
    sent = journeys.sent().c
    return select(sent.place, sent.enumerator_a, sent.enumerator_b).where(
        sent.campaign_id == bindparam("campaign_id"),
        sent.place.in_(bindparam("places", expanding=True)),
        sent.enumerator_b.is_not(None),
    )
