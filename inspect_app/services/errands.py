"""An errand: what a phone is told when a village is released to it, taken from it or handed on."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return
from inspect_app.models.ledger import Op
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage, Village
from inspect_app.rules.errors import StepMissing
from inspect_app.rules.ops import may_differ, roster_id
from inspect_app.rules.states import DeviceState
from inspect_app.services import campaigns, feed, frames, samples


class Registers:
    """The household frames of counties, each read and checked once."""

    def __init__(self, session: Session, campaign_id: str, frames_dir: Path) -> None:
        self._frame = frames.reopen(frames.current(session, campaign_id), frames_dir)
        self._read: dict[str, pl.DataFrame] = {}

    def of(self, adcode: str) -> pl.DataFrame:
        """Return the households of a county."""
        if adcode not in self._read:
            self._read[adcode] = frames.households(self._frame, adcode)
        return self._read[adcode]


def release_village(
    session: Session,
    assignment: Assignment,
    campaign: Campaign,
    *,
    registers: Registers,
    at: datetime,
) -> None:
    """Store an assignment, draw its registered households and tell the phone, in the caller's
    transaction."""
    village = session.get_one(SampleVillage, (campaign.id, assignment.village_code))
    session.add(assignment)
    village.released_at = at
    session.flush()
    drawn = samples.place_registered(session, village, registers.of(village.county_adcode))
    here = occasion(session, campaign.id, village.county_adcode)
    form = (campaign.form_id, campaign.form_version)
    items = [assign_item(household, form, here) for household in drawn]
    feed.append(session, assignment.device_id, [*items, _roster_item(session, campaign, village)])


def take_back(session: Session, assignment: Assignment, *, but: Collection[str] = ()) -> None:
    """Tell the phone of an assignment that the village is no longer its own.

    but : interviews that the phone was asked to repeat, and still is
    """
    households = _households(session, assignment)
    feed.append(
        session,
        assignment.device_id,
        [
            *(
                {
                    "type": "revoke",
                    "interview_id": household.interview_id,
                    "unit_id": household.unit_id,
                    "village_code": household.psu,
                }
                for household in households
                if household.interview_id not in but
            ),
            {
                "type": "revoke",
                "interview_id": roster_id(assignment.campaign_id, assignment.village_code),
                "unit_id": None,
                "village_code": assignment.village_code,
            },
        ],
    )


def hand_over(
    session: Session, assignment: Assignment, campaign: Campaign, *, asked: Iterable[Return]
) -> None:
    """Tell the phone that takes an assignment over: households not heard of yet, those whose
    returns went along, and the roster draw while no list of the village has arrived."""
    village = session.get_one(SampleVillage, (campaign.id, assignment.village_code))
    households = _households(session, assignment)
    heard = frozenset(
        session.scalars(
            select(Interview.interview_id).where(
                Interview.campaign_id == campaign.id,
                Interview.village_code == assignment.village_code,
            )
        )
    )
    returns = {one.interview_id: one for one in asked}
    here = occasion(session, campaign.id, village.county_adcode)
    items: list[Mapping[str, Any]] = [
        assign_item(one, (campaign.form_id, campaign.form_version), here)
        for one in households
        if one.interview_id not in heard or one.interview_id in returns
    ]
    items += [
        return_item(returns[one.interview_id]) for one in households if one.interview_id in returns
    ]
    if not any(one.household_class == "N" for one in households):
        items.append(_roster_item(session, campaign, village))
    feed.append(session, assignment.device_id, items)


def list_again(session: Session, op: Op) -> None:
    """Ask the phone of a list that was dismissed for another one, in the caller's transaction.

    Not where the village is another phone's by now, or has a list that was drawn from.
    """
    held = session.scalars(
        select(Assignment)
        .where(Assignment.campaign_id == op.campaign_id, Assignment.device_id == op.device_id)
        .order_by(Assignment.village_code)
    )
    named = (one for one in held if roster_id(op.campaign_id, one.village_code) == op.interview_id)
    assignment = next(named, None)
    if assignment is None or any(
        one.household_class == "N" for one in _households(session, assignment)
    ):
        return
    campaign = session.get_one(Campaign, op.campaign_id)
    village = session.get_one(SampleVillage, (campaign.id, assignment.village_code))
    item = {**_roster_item(session, campaign, village), "instead_of": op.op_id}
    feed.append(session, op.device_id, [item])


def phone_of(session: Session, pair: tuple[str, str]) -> str:
    """Return the phone the pair carries: the first one's, else the second one's."""
    rows = session.execute(
        select(Device.enumerator_id, Device.id).where(
            Device.enumerator_id.in_(pair), Device.state == DeviceState.ACTIVE.value
        )
    )
    active = {person: device_id for person, device_id in rows}
    phone = next((active[person] for person in pair if person in active), None)
    if phone is None:
        raise StepMissing("Neither enumerator carries an enrolled phone.")
    return phone


def occasion(session: Session, campaign_id: str, adcode: str) -> dict[str, str]:
    """What a form asks of the inspection itself, for the households of one county."""
    county = session.get_one(CampaignCounty, (campaign_id, adcode))
    campaign = session.get_one(Campaign, campaign_id)
    return {
        "round_kind": campaign.round_kind,
        "reference_date": county.reference_date.isoformat(),
    }


def assign_item(
    household: SampleHousehold, form: tuple[str, str], occasion: Mapping[str, str]
) -> dict[str, Any]:
    """What a phone is told of a household: of its first visit, unless the caller puts another."""
    form_id, version = form
    return {
        "type": "assign",
        "interview_id": household.interview_id,
        "unit_id": household.unit_id,
        "village_code": household.psu,
        "household_class": household.household_class,
        "round": str(household.wave),
        "order": household.order,
        "is_reserve": household.is_reserve,
        "form_id": form_id,
        "version": version,
        **occasion,
    }


def return_item(asked: Return) -> dict[str, Any]:
    """What a phone is told of a household that is to be asked again."""
    return {
        "type": "return",
        "return_id": asked.return_id,
        "interview_id": asked.interview_id,
        "base_rev": asked.base_rev,
        "reason": asked.reason,
    }


def _households(session: Session, assignment: Assignment) -> list[SampleHousehold]:
    return list(
        session.scalars(
            select(SampleHousehold)
            .where(
                SampleHousehold.campaign_id == assignment.campaign_id,
                SampleHousehold.psu == assignment.village_code,
            )
            .order_by(SampleHousehold.household_class, SampleHousehold.order)
        )
    )


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
        "may_differ": may_differ(
            register.households_n, campaigns.rulebook(campaign).roster_tolerance
        ),
        "form_id": campaign.form_id,
        "version": campaign.form_version,
        **occasion(session, campaign.id, village.county_adcode),
    }
