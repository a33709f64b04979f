"""Replacements: a reserve household counts only once a team leader has approved it, in order."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Replacement
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold
from inspect_app.rules.errors import ReserveRefused, Unknown
from inspect_app.rules.ops import replaceable
from inspect_app.rules.roles import Caller, Role
from inspect_app.services.reserves import dispositions, open_reserves
from inspect_app.services.transactions import writing


@dataclass(frozen=True)
class Replaced:
    """A reserve that counts from now on in the place of a household that could not be had."""

    unit_id: str
    reserve_unit_id: str
    approved_by: str
    approved_at: datetime


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
    village and class in ticket order, and used for nobody else. Again is harmless.

    Raises
    ------
    ReserveRefused : out of order, used already, another village or class, or no ground for it
    """
    with writing(session):
        lost = session.scalar(
            select(SampleHousehold).where(SampleHousehold.interview_id == interview_id)
        )
        if lost is None or by.role_in(lost.campaign_id) is not Role.TEAM_LEADER:
            raise Unknown("No sampled household has this interview.")
        membership = by.require(lost.campaign_id, Role.TEAM_LEADER)
        if not _is_of_team(session, lost, membership.team):
            # The id follows from the household's: a refusal would tell who was drawn.
            raise Unknown("No sampled household has this interview.")
        known = session.get(Replacement, (lost.campaign_id, lost.unit_id))
        if known is not None:
            if known.reserve_unit_id != reserve_unit_id:
                raise ReserveRefused("This household was replaced by another reserve.")
            return Replaced(
                known.unit_id, known.reserve_unit_id, known.approved_by, known.approved_at
            )
        reserve = session.get(SampleHousehold, (lost.campaign_id, reserve_unit_id))
        _require_replaceable(session, lost, reserve)
        assert reserve is not None
        reserve.opened_at = at
        reserve.replaces = lost.unit_id
        session.add(
            Replacement(
                campaign_id=lost.campaign_id,
                unit_id=lost.unit_id,
                reserve_unit_id=reserve_unit_id,
                reason=reason,
                approved_by=by.actor,
                approved_at=at,
            )
        )
        return Replaced(lost.unit_id, reserve_unit_id, by.actor, at)


def _is_of_team(session: Session, household: SampleHousehold, team: str | None) -> bool:
    own = session.scalar(
        select(
            exists().where(
                Assignment.campaign_id == household.campaign_id,
                Assignment.village_code == household.psu,
                Enumerator.id == Assignment.enumerator_a,
                Enumerator.team == team,
            )
        )
    )
    return bool(own)


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
    outcomes = dispositions(session, lost.campaign_id, [lost.unit_id])
    if not replaceable(outcomes.get(lost.unit_id)):
        raise ReserveRefused("Nothing that was reported of this household allows a replacement.")
    opened = open_reserves(session, lost.campaign_id, lost.psu, lost.household_class)
    unused = session.scalars(
        select(SampleHousehold.unit_id)
        .where(
            SampleHousehold.campaign_id == lost.campaign_id,
            SampleHousehold.psu == lost.psu,
            SampleHousehold.household_class == lost.household_class,
            SampleHousehold.is_reserve,
            SampleHousehold.opened_at.is_(None),
        )
        .order_by(SampleHousehold.order)
    ).first()
    if reserve.unit_id not in opened or reserve.unit_id != unused:
        raise ReserveRefused("Reserves are used in ticket order.", next=unused)
