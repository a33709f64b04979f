"""The steps by which a campaign ends, and what each of them leaves no room for.

What phones hold is taken at any time: a push is never refused for the state of a campaign.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignStep
from inspect_app.models.verdicts import Verdict
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import StepTaken
from inspect_app.rules.roles import Caller

SENTENCES: dict[Step, str] = {
    Step.FIELDWORK_ENDED: "外业已结束 | fieldwork has ended",
    Step.OBJECTIONS: "公示期已开始 | the period of objections has begun",
    Step.CLOSED: "评估活动已关闭 | the campaign is closed",
}


def taken(session: Session, campaign_id: str) -> dict[Step, CampaignStep]:
    """Return the steps taken so far, in their order."""
    rows = session.scalars(select(CampaignStep).where(CampaignStep.campaign_id == campaign_id))
    found = {Step(row.step): row for row in rows}
    return {step: found[step] for step in Step if step in found}


def refuse_after(session: Session, campaign_id: str, step: Step) -> None:
    """Raise `StepTaken` once a campaign has taken a step."""
    if session.get(CampaignStep, (campaign_id, step.value)) is not None:
        raise StepTaken(SENTENCES[step], step=step.value)


def has_verdict(session: Session, campaign_id: str, county_adcode: str) -> bool:
    """Whether a county has its verdict, with which what was counted in it became final."""
    verdict = select(Verdict.number).where(
        Verdict.campaign_id == campaign_id, Verdict.county_adcode == county_adcode
    )
    return session.scalar(verdict.limit(1)) is not None


def mark(
    session: Session,
    campaign_id: str,
    step: Step,
    *,
    by: Caller,
    at: datetime,
    until: date | None = None,
    note: str | None = None,
) -> CampaignStep:
    """Write a step down in the caller's transaction; one that was taken stays as it is."""
    present = session.get(CampaignStep, (campaign_id, step.value))
    if present is not None:
        return present
    row = CampaignStep(
        campaign_id=campaign_id, step=step.value, at=at, by=by.actor, until=until, note=note
    )
    session.add(row)
    session.flush()
    return row
