"""The sample: villages drawn and sealed, released one by one, households drawn on the day."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import polars as pl
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import PlanVersion
from inspect_app.models.samples import (
    SampleHousehold,
    SampleVillage,
    SealedSample,
    Village,
)
from inspect_app.rules.errors import StepMissing, UnitTaken, Unknown
from inspect_app.rules.interviews import RosterRow
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import plans, seeds
from inspect_app.services.loading import load
from inspect_app.services.transactions import writing
from sampling import tickets
from sampling.household_draw import draw_registered
from sampling.household_draw import draw_roster as draw_from_roster
from sampling.plan import Plan
from sampling.village_draw import draw_villages

EVERY_HOUSEHOLD = 1_000_000
FRAME_COLUMNS = tuple(
    column.name for column in SampleHousehold.__table__.columns if column.name != "campaign_id"
)


@dataclass(frozen=True)
class CountyCount:
    """How many places a county's sealed list has; planners count from 1 to `drawn`."""

    county_adcode: str
    drawn: int
    reserve: int


@dataclass(frozen=True)
class Sealed:
    """What is told of a sealed list: its hash and its length."""

    sha256: str
    villages: int
    sealed_at: datetime
    counties: tuple[CountyCount, ...]


class RosterDraw(NamedTuple):
    """Unit ids in the order of their tickets."""

    sample: tuple[str, ...]
    reserve: tuple[str, ...]


def draw(
    session: Session, campaign_id: str, *, by: Caller, plans_dir: Path, at: datetime
) -> Sealed:
    """Draw the villages of all counties and seal the list; the same again changes nothing.

    Committed: the drawn and reserve villages and the hash of the list.

    Raises
    ------
    StepMissing : plan missing, seed not opened
    DrawError, AllocationError : the plan cannot be drawn
    """
    by.require(campaign_id, Role.PLANNER)
    if session.get(SealedSample, campaign_id) is not None:
        return sealed(session, campaign_id)
    campaign_seed = seeds.opened(session, campaign_id)
    plan, villages = plans.reopen(plans.current(session, campaign_id), plans_dir)
    drawn = draw_villages(plan, villages, campaign_seed=campaign_seed)
    with writing(session, campaign_id):
        if session.get(SealedSample, campaign_id) is None:
            load(session, SampleVillage, _placed(campaign_id, drawn))
            session.add(
                SealedSample(
                    campaign_id=campaign_id,
                    sha256=sealed_sha256(drawn),
                    villages=drawn.height,
                    sealed_at=at,
                    sealed_by=by.actor,
                )
            )
    return sealed(session, campaign_id)


def sealed_sha256(drawn: pl.DataFrame) -> str:
    """Hash a drawn list: one line a village, in order of its code.

    A line holds village code, stratum, order, 1 for a reserve or 0, and the ticket, parted by
    tabs. Tickets need the seed: without them the few possible systematic samples of a published
    plan could all be tried against the published hash.
    """
    lines = [
        "\t".join(
            (
                row["village_code"],
                row["stratum"],
                str(row["order"]),
                str(int(row["is_reserve"])),
                row["ticket"],
            )
        )
        for row in drawn.sort("village_code").iter_rows(named=True)
    ]
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def sealed(session: Session, campaign_id: str) -> Sealed:
    """Return hash and counts of the sealed list; `Unknown` before the draw."""
    found = session.get(SealedSample, campaign_id)
    if found is None:
        raise Unknown("Nothing has been drawn for this campaign.")
    counts = session.execute(
        select(SampleVillage.county_adcode, SampleVillage.is_reserve, func.count())
        .where(SampleVillage.campaign_id == campaign_id)
        .group_by(SampleVillage.county_adcode, SampleVillage.is_reserve)
        .order_by(SampleVillage.county_adcode)
    ).all()
    by_county = {(adcode, reserve): count for adcode, reserve, count in counts}
    return Sealed(
        found.sha256,
        found.villages,
        found.sealed_at,
        tuple(
            CountyCount(adcode, by_county.get((adcode, False), 0), by_county.get((adcode, True), 0))
            for adcode, _ in groupby(row[0] for row in counts)
        ),
    )


def place_registered(
    session: Session, village: SampleVillage, households: pl.DataFrame
) -> list[SampleHousehold]:
    """Draw the E and P households of a released village and store them, in the caller's
    transaction.

    households : household frame of the village's county
    """
    plan = current_plan(session, village.campaign_id)
    drawn = draw_registered(
        plan,
        _table(village),
        households,
        campaign_seed=seeds.opened(session, village.campaign_id),
    )
    return _store(session, village.campaign_id, drawn)


def draw_roster(
    session: Session, campaign_id: str, village_code: str, rows: Iterable[RosterRow]
) -> RosterDraw:
    """Repeat the phone's draw from a village list and store it, in the caller's transaction.

    The first list that is drawn from stands; a later one is answered with that draw.

    Raises
    ------
    StepMissing : the village was not released
    UnitTaken : a household drawn has the id of another one in the sample
    DrawError : the list cannot be drawn from
    """
    village = session.get(SampleVillage, (campaign_id, village_code))
    if village is None or village.released_at is None:
        raise StepMissing("The village was not released.")
    drawn = _of_roster(session, campaign_id, village_code)
    if not drawn:
        plan = current_plan(session, campaign_id)
        listed = pl.DataFrame(
            [(row.unit_id, row.village_code, row.household_class, row.persons) for row in rows],
            schema={
                "unit_id": pl.String,
                "village_code": pl.String,
                "household_class": pl.String,
                "persons": pl.Int64,
            },
            orient="row",
        )
        found = draw_from_roster(
            plan,
            _row(village),
            listed,
            village_seed=village_seed(session, village),
            take=roster_take(session, plan, village),
        )
        _require_free(session, campaign_id, found["unit_id"].to_list())
        drawn = _store(session, campaign_id, found)
    return RosterDraw(
        tuple(row.unit_id for row in drawn if not row.is_reserve),
        tuple(row.unit_id for row in drawn if row.is_reserve),
    )


def roster_take(session: Session, plan: Plan, village: SampleVillage) -> int:
    """How many N households the phone is told to draw, decided before anything is listed."""
    register = session.get_one(Village, (village.campaign_id, village.village_code))
    if plan.stage2.n == "all" or register.households_n < plan.stage2.take_all_below:
        return EVERY_HOUSEHOLD
    return plan.stage2.n


def village_seed(session: Session, village: SampleVillage) -> str:
    """Derive the seed that draws a village's households; only the assigned phone is told."""
    campaign_seed = seeds.opened(session, village.campaign_id)
    county = tickets.county_seed(campaign_seed, village.county_adcode)
    return tickets.village_seed(county, village.village_code)


def current_plan(session: Session, campaign_id: str) -> Plan:
    """Read the plan as stored, not as it lies in a folder."""
    return Plan.from_toml(session.get_one(PlanVersion, campaign_id).toml)


def find_household(session: Session, campaign_id: str, unit_id: str) -> SampleHousehold | None:
    """Return a sampled or reserve household, None for one outside the sample."""
    return session.get(SampleHousehold, (campaign_id, unit_id))


def interview_frame(session: Session, campaign_id: str, adcode: str) -> list[dict[str, Any]]:
    """Return every opened sampled household of a county, columns of `sample_households`.

    Opened are all of the sample and the reserves with `opened_at`; households of villages that
    were given up are left out. Sorted by village, class and order.
    """
    columns = [getattr(SampleHousehold, name) for name in FRAME_COLUMNS]
    rows = session.execute(
        select(*columns)
        .join(SampleVillage)
        .where(
            SampleHousehold.campaign_id == campaign_id,
            SampleHousehold.county_adcode == adcode,
            SampleVillage.given_up_at.is_(None),
            or_(~SampleHousehold.is_reserve, SampleHousehold.opened_at.is_not(None)),
        )
        .order_by(SampleHousehold.psu, SampleHousehold.household_class, SampleHousehold.order)
    )
    return [dict(row._mapping) for row in rows]


def interview_id(campaign_id: str, unit_id: str, round_name: str) -> str:
    """Name an interview as the phone does: UUIDv5 in the campaign's namespace."""
    return str(uuid5(UUID(campaign_id), f"{unit_id}/{round_name}"))


def _placed(campaign_id: str, drawn: pl.DataFrame) -> list[dict[str, Any]]:
    """Give every village its place in the county's list: the drawn ones first, by stratum."""
    ordered = drawn.sort("county_adcode", "is_reserve", "stratum", "order")
    places: dict[str, int] = {}
    rows = []
    for row in ordered.iter_rows(named=True):
        places[row["county_adcode"]] = places.get(row["county_adcode"], 0) + 1
        rows.append({"campaign_id": campaign_id, "position": places[row["county_adcode"]], **row})
    return rows


def _store(session: Session, campaign_id: str, drawn: pl.DataFrame) -> list[SampleHousehold]:
    rows = [
        SampleHousehold(
            campaign_id=campaign_id,
            interview_id=interview_id(campaign_id, row["unit_id"], str(row["wave"])),
            **row,
        )
        for row in drawn.iter_rows(named=True)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _require_free(session: Session, campaign_id: str, unit_ids: list[str]) -> None:
    taken = session.scalars(
        select(SampleHousehold.unit_id)
        .where(SampleHousehold.campaign_id == campaign_id, SampleHousehold.unit_id.in_(unit_ids))
        .order_by(SampleHousehold.unit_id)
    ).all()
    if taken:
        raise UnitTaken(taken)


def _of_roster(session: Session, campaign_id: str, village_code: str) -> list[SampleHousehold]:
    query = (
        select(SampleHousehold)
        .where(
            SampleHousehold.campaign_id == campaign_id,
            SampleHousehold.psu == village_code,
            SampleHousehold.household_class == "N",
        )
        .order_by(SampleHousehold.order)
    )
    return list(session.scalars(query))


def _row(village: SampleVillage) -> dict[str, Any]:
    return {
        "county_adcode": village.county_adcode,
        "stratum": village.stratum,
        "village_code": village.village_code,
        "ticket": village.ticket,
        "pi1": village.pi1,
        "certainty": village.certainty,
        "order": village.order,
        "is_reserve": village.is_reserve,
        "wave": village.wave,
    }


def _table(village: SampleVillage) -> pl.DataFrame:
    return pl.DataFrame([_row(village)])
