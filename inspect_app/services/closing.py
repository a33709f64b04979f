"""Bringing a campaign to its end: fieldwork, the period of objections, the close."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignStep
from inspect_app.models.samples import Assignment, SealedSample
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict, FieldworkUnfinished, StepMissing, TooEarly
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access_log, campaigns, records, seeds, steps
from inspect_app.services.receipts import key_of
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings


def take(
    session: Session,
    campaign_id: str,
    step: Step,
    *,
    note: str | None,
    by: Caller,
    settings: Settings,
    at: datetime,
) -> CampaignStep:
    """Take a step towards the end of a campaign; the same again changes nothing.

    Committed: the step, and in the ledger the digests of records that it lacks and the hash that
    the access log stands at. Phones send
    what they hold after every one of them.

    Raises
    ------
    StepMissing : the step before has not been taken
    Conflict : a village day is still to come
    FieldworkUnfinished : a county has no verdict to object to
    TooEarly : objections may still be made
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        campaign = campaigns.read(session, campaign_id)
        present = steps.taken(session, campaign_id).get(step)
        if present is not None:
            return present
        until = _ready(session, campaign, step, at=at)
        row = steps.mark(session, campaign_id, step, by=by, at=at, until=until, note=note)
        records.enter_all(session, campaign_id, key=key_of(settings), at=at)
        access_log.anchor(session, campaign_id, key=key_of(settings), at=at)
        return row


def listed(session: Session, campaign_id: str) -> Sequence[CampaignStep]:
    """Return the steps taken so far."""
    campaigns.read(session, campaign_id)
    return list(steps.taken(session, campaign_id).values())


def _ready(session: Session, campaign: Campaign, step: Step, *, at: datetime) -> date | None:
    """Refuse a step whose time has not come; return the end of the period that it opens."""
    done, today = steps.taken(session, campaign.id), field_day(at)
    if step is Step.FIELDWORK_ENDED:
        _fieldwork_is_over(session, campaign.id, today)
        return None
    if step is Step.OBJECTIONS:
        if Step.FIELDWORK_ENDED not in done or not seeds.is_published(session, campaign.id):
            raise StepMissing("Fieldwork has to end and the seed to be published first.")
        _has_verdicts(session, campaign)
        return today + timedelta(days=campaigns.rulebook(campaign).notice_days)
    objections = done.get(Step.OBJECTIONS)
    if objections is None or objections.until is None:
        raise StepMissing("The period of objections has not begun.")
    if today <= objections.until:
        raise TooEarly("Objections may still be made.", until=objections.until.isoformat())
    return None


def _fieldwork_is_over(session: Session, campaign_id: str, today: date) -> None:
    if session.get(SealedSample, campaign_id) is None:
        raise StepMissing("Nothing has been drawn yet.")
    last = session.scalar(
        select(func.max(Assignment.visit_date)).where(Assignment.campaign_id == campaign_id)
    )
    if last is not None and last > today:
        raise Conflict("A village day is still to come.", last_day=last.isoformat())


def _has_verdicts(session: Session, campaign: Campaign) -> None:
    judged = frozenset(
        session.scalars(select(Verdict.county_adcode).where(Verdict.campaign_id == campaign.id))
    )
    missing = [county.adcode for county in campaign.counties if county.adcode not in judged]
    if missing:
        raise FieldworkUnfinished("A county has no verdict yet.", counties=missing)
