"""Commissioning a campaign: counties, dates, lines and the rule book, frozen together."""

from datetime import datetime
from importlib import resources

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import MembershipRow
from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.rules import questionnaires, rulebooks
from inspect_app.rules.campaigns import NewCampaign, NewCounty
from inspect_app.rules.errors import (
    CampaignDiffers,
    Forbidden,
    SimulationMismatch,
    Unknown,
)
from inspect_app.rules.roles import Caller, Role
from inspect_app.services.transactions import writing


def commission(
    session: Session,
    new: NewCampaign,
    *,
    by: Caller,
    demo: bool,
    at: datetime,
    guessable: bool = False,
) -> Campaign:
    """Create a campaign whose commissioner is the caller; the same again changes nothing.

    Committed: the campaign with the bytes of its rule book, its counties, the caller's role.

    Parameters
    ----------
    demo : the server plays a demonstration now
    guessable : its data folder is or was a demonstration's, whose keys and passwords follow from
        a printed seed

    Raises
    ------
    Forbidden : the caller may not commission
    SimulationMismatch : a demonstration's server or folder takes simulated campaigns only
    LineMissing : the rule book has no usable poverty line for an exit year
    CampaignDiffers : the identifier is in use for another commission
    """
    if not by.may_commission:
        raise Forbidden("This account may not commission a campaign.")
    if (demo or guessable) and not new.simulated:
        raise SimulationMismatch(
            "This server or its data folder is that of a demonstration; it takes simulated data "
            "only."
        )
    book = rulebooks.load(new.rulebook)
    frozen = (resources.files("inspect_app") / "rulebooks" / f"{new.rulebook}.toml").read_bytes()
    questionnaires.load(new.form_id, new.form_version)
    counties = [_county(new, county, book, demo=demo) for county in new.counties]
    with writing(session):
        known = session.get(Campaign, new.id)
        if known is not None:
            if (known.content_sha256, known.created_by) != (new.content_sha256, by.actor):
                raise CampaignDiffers()
            return known
        campaign = Campaign(
            id=new.id,
            name_zh=new.name_zh,
            name_en=new.name_en,
            agency_zh=new.agency_zh,
            agency_en=new.agency_en,
            round_kind=new.round_kind,
            wave=new.wave,
            rulebook_id=new.rulebook,
            rulebook_sha256=book.sha256,
            rulebook_toml=frozen,
            form_id=new.form_id,
            form_version=new.form_version,
            simulated=new.simulated,
            content_sha256=new.content_sha256,
            created_at=at,
            created_by=by.actor,
            counties=counties,
        )
        session.add(campaign)
        session.flush()
        session.add(MembershipRow(account_id=by.actor, campaign_id=new.id, role=Role.COMMISSIONER))
    return campaign


def listed(session: Session, *, by: Caller, after: str | None, limit: int) -> list[Campaign]:
    """List the caller's campaigns by id, from the one after `after`."""
    query = (
        select(Campaign)
        .where(Campaign.id.in_([m.campaign_id for m in by.memberships]))
        .order_by(Campaign.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Campaign.id > after)
    return list(session.scalars(query))


def read(session: Session, campaign_id: str) -> Campaign:
    """Return a campaign; `Unknown` if there is none of this id."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise Unknown("There is no such campaign.")
    return campaign


def any_real(session: Session) -> bool:
    """Whether a campaign is not marked simulated."""
    return session.scalar(select(Campaign.id).where(~Campaign.simulated).limit(1)) is not None


def all_ids(session: Session) -> list[str]:
    """Return the ids of all campaigns, for whoever holds the database itself."""
    return list(session.scalars(select(Campaign.id).order_by(Campaign.id)))


def rulebook(campaign: Campaign) -> rulebooks.RuleBook:
    """Read the rule book frozen with a campaign."""
    return rulebooks.parse(campaign.rulebook_toml.decode())


def _county(
    new: NewCampaign, county: NewCounty, book: rulebooks.RuleBook, *, demo: bool
) -> CampaignCounty:
    line = _line(new, county, book, demo=demo)
    return CampaignCounty(
        campaign_id=new.id,
        adcode=county.adcode,
        name_zh=county.name_zh,
        name_en=county.name_en,
        province_zh=county.province_zh,
        province_en=county.province_en,
        city_zh=county.city_zh,
        region_group=county.region_group,
        exit_year=county.exit_year,
        reference_date=county.reference_date or book.reference_date(county.exit_year),
        line_year=line.year,
        line_yuan=line.yuan,
        line_status=line.status,
        line_document=line.document,
    )


def _line(
    new: NewCampaign, county: NewCounty, book: rulebooks.RuleBook, *, demo: bool
) -> rulebooks.PovertyLine:
    if county.simulated_line is None:
        return book.line(county.exit_year)
    if not (demo and new.simulated):
        raise SimulationMismatch(
            f"A simulated poverty line for {county.adcode} is for demonstrations only."
        )
    return book.with_simulated_line(county.exit_year, county.simulated_line).line(county.exit_year)
