"""Leads from outside the sample: cases opened by hand, which no rate ever counts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.cases import Case
from inspect_app.models.samples import Assignment, Enumerator, Village
from inspect_app.rules.cases import NewLead
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import cases
from inspect_app.services.transactions import writing

OPENERS = (Role.REVIEWER, Role.EXPERT, Role.TEAM_LEADER)


@dataclass(frozen=True)
class Noted:
    """That a lead is on its way, and how far; what is in its case reads who may see cases."""

    id: str
    state: str


def open_lead(
    session: Session, campaign_id: str, new: NewLead, *, by: Caller, at: datetime
) -> Noted:
    """Open a case for a hint about a household; a team leader in the own team's villages.

    The answer is the same whether the household was drawn or not: it would tell who was. The same
    again is harmless, and tells no more, whoever noted it first.

    Raises
    ------
    Unknown : the campaign has no such village, or the leader's team does not visit it
    """
    membership = by.require(campaign_id, *OPENERS)
    with writing(session, campaign_id):
        village = session.get(Village, (campaign_id, new.village_code))
        if village is None or (
            membership.role is Role.TEAM_LEADER
            and not _visits(session, campaign_id, new.village_code, membership.team)
        ):
            raise Unknown("There is no such village.")
        session.get_one(CampaignCounty, (campaign_id, village.county_adcode))
        name = f"{new.village_code}/{new.unit_id}/lead/{new.kind.value}"
        known = str(uuid5(UUID(campaign_id), name))
        case = session.get(Case, known)
        if case is None:
            case = Case(
                id=known,
                campaign_id=campaign_id,
                county_adcode=village.county_adcode,
                unit_id=new.unit_id,
                interview_id=None,
                kind=new.kind.value,
                persons=new.persons,
                blocks=list(new.blocks),
                from_sample=False,
            )
            cases.begin(session, case, reason=new.reason, by=by, at=at)
        return Noted(case.id, case.state)


def _visits(session: Session, campaign_id: str, village_code: str, team: str | None) -> bool:
    own = select(
        exists().where(
            Assignment.campaign_id == campaign_id,
            Assignment.village_code == village_code,
            Enumerator.id == Assignment.enumerator_a,
            Enumerator.team == team,
        )
    )
    return bool(session.scalar(own))
