"""How much waits for a decision, by team and place."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, case, func, null, select
from sqlalchemy.orm import Session

from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview
from inspect_app.models.samples import Enumerator
from inspect_app.rules.flags import LEAST_OF_MUST_RETURN


@dataclass(frozen=True)
class Waiting:
    """How much of a county waits for a decision, or of one of its villages."""

    team: str
    county_adcode: str
    village_code: str | None
    waiting: int
    must_return: int
    in_conflict: int


def counted(
    session: Session, waiting: Sequence[ColumnElement[bool]], *, by_village: bool
) -> tuple[Waiting, ...]:
    """Count by phone, in the order of an index, and add up what teams have."""
    village = Interview.village_code if by_village else null().cast(String)
    of_phone = (
        select(
            Interview.device_id,
            Interview.county_adcode,
            village.label("village_code"),
            func.count().label("waiting"),
            func.sum(case((Interview.urgency >= LEAST_OF_MUST_RETURN, 1), else_=0)).label("must"),
            func.sum(case((Interview.in_conflict, 1), else_=0)).label("conflict"),
        )
        .where(*waiting)
        .group_by(
            Interview.device_id,
            Interview.county_adcode,
            *([Interview.village_code] if by_village else []),
        )
        .subquery()
    )
    place = Enumerator.team, of_phone.c.county_adcode, of_phone.c.village_code
    sums = (func.sum(of_phone.c[name]) for name in ("waiting", "must", "conflict"))
    rows = session.execute(
        select(*place, *sums)
        .join_from(of_phone, Device, Device.id == of_phone.c.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .group_by(*place)
        .order_by(*place)
    )
    return tuple(Waiting(*row[:3], *map(int, row[3:])) for row in rows)
