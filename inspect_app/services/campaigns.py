"""Commissioning a campaign: counties, dates, lines and the rule book, frozen together."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from importlib import resources

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from inspect_app.models.accounts import MembershipRow
from inspect_app.models.campaigns import Campaign, CampaignCounty, Commission
from inspect_app.rules import questionnaires, rulebooks
from inspect_app.rules.campaigns import NewCampaign, NewCounty
from inspect_app.rules.errors import (
    CampaignDiffers,
    Forbidden,
    Invalid,
    SimulationMismatch,
    Unknown,
)
from inspect_app.rules.independence import field_day, of_agency
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import declarations, grounds
from inspect_app.services.transactions import writing

COPIED = (
    "name_zh",
    "name_en",
    "agency_zh",
    "agency_en",
    "agency_province",
    "round_kind",
    "wave",
    "form_id",
    "form_version",
    "simulated",
    "release_hours",
    "form_cut_off",
    "content_sha256",
)
"""Columns of a campaign that a commission states as they are."""


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

    Committed: the campaign with the bytes of its rule book, its counties, the text that is signed
    off with its hash, what the agency declared, the caller's role.

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
    NotIndependent : the agency would inspect its own province, or one that inspects it
    """
    if not by.may_commission:
        raise Forbidden("This account may not commission a campaign.")
    if (demo or guessable) and not new.simulated:
        raise SimulationMismatch(
            "This server or its data folder is that of a demonstration; it takes simulated data "
            "only."
        )
    content = frozen(new, demo=demo)
    with writing(session, new.id):
        known = session.get(Campaign, new.id)
        if known is not None:
            if (known.content_sha256, known.created_by) != (new.content_sha256, by.actor):
                raise CampaignDiffers()
            return known
        refuse_partial_agency(session, new, at=at)
        campaign = Campaign(id=new.id, created_at=at, created_by=by.actor)
        freeze(campaign, new, content)
        session.add(campaign)
        session.flush()
        session.add(
            MembershipRow(
                account_id=by.actor, campaign_id=new.id, role=Role.COMMISSIONER, joined_at=at
            )
        )
        session.add(signed_off(campaign, version=1, document=new.document_sha256, by=by, at=at))
        if new.agency_declaration is not None:
            declarations.keep(session, new.id, new.agency_declaration, by=by, at=at)
        session.flush()
    return campaign


@dataclass(frozen=True)
class Frozen:
    """What a commission freezes: the bytes of its rule book, and its counties."""

    book: rulebooks.RuleBook
    toml: bytes
    counties: tuple[CampaignCounty, ...]


def frozen(new: NewCampaign, *, demo: bool) -> Frozen:
    """Look up what a commission names: rule book, questionnaire, dates and lines."""
    if not new.simulated and new.agency_province is None:
        raise Invalid("A commission names the province that the agency comes from.")
    if not new.simulated and (new.document_sha256 is None or new.agency_declaration is None):
        raise Invalid(
            "A real commission comes with the hash of its signed document, and with what the "
            "agency declares of its own interests."
        )
    book = rulebooks.load(new.rulebook)
    toml = (resources.files("inspect_app") / "rulebooks" / f"{new.rulebook}.toml").read_bytes()
    questionnaires.load(new.form_id, new.form_version)
    counties = tuple(_county(new, county, book, demo=demo) for county in new.counties)
    return Frozen(book, toml, counties)


def freeze(campaign: Campaign, new: NewCampaign, content: Frozen) -> None:
    """Write a commission into the row of its campaign."""
    for name in COPIED:
        setattr(campaign, name, getattr(new, name))
    campaign.rulebook_id = new.rulebook
    campaign.rulebook_sha256, campaign.rulebook_toml = content.book.sha256, content.toml
    campaign.counties = list(content.counties)


def refuse_partial_agency(session: Session, new: NewCampaign, *, at: datetime) -> None:
    """Refuse an agency that would inspect its own province, or one that inspects it."""
    if new.agency_province is None:
        return
    year = field_day(at).year
    known = grounds.inspections(session, year, simulated=new.simulated)
    reasons = {
        reason.en: reason
        for county in new.counties
        for reason in of_agency(new.agency_province, county.adcode, year, known)
    }
    grounds.refuse(reasons.values())


def signed_off(
    campaign: Campaign,
    *,
    version: int,
    document: str | None,
    by: Caller,
    at: datetime,
    reason: str | None = None,
    corrects: str | None = None,
) -> Commission:
    """Write a commission out as the text that is signed off, with the hash of it.

    corrects : hash of the version that this one takes the place of
    """
    book = rulebook(campaign)
    content = {
        "campaign": campaign.id,
        "version": version,
        "corrects": corrects,
        **{name: getattr(campaign, name) for name in COPIED if name != "content_sha256"},
        "rulebook": {"id": campaign.rulebook_id, "sha256": campaign.rulebook_sha256},
        "notice_days": book.notice_days,
        "case_deadlines": dict(book.case_deadlines),
        "counties": [
            {
                column.name: getattr(county, column.name)
                for column in CampaignCounty.__table__.columns
                if column.name != "campaign_id"
            }
            for county in sorted(campaign.counties, key=lambda one: one.adcode)
        ],
    }
    text = json.dumps(content, sort_keys=True, default=str, ensure_ascii=False, indent=1)
    return Commission(
        campaign_id=campaign.id,
        version=version,
        content=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        document_sha256=document,
        reason=reason,
        made_at=at,
        made_by=by.actor,
    )


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


def rulebook_of(session: Session, campaign_id: str) -> rulebooks.RuleBook:
    """Read the rule book frozen with a campaign, without its counties and the rest."""
    return rulebooks.parse(session.execute(_RULEBOOK, {"id": campaign_id}).scalar_one().decode())


_RULEBOOK = select(Campaign.rulebook_toml).where(Campaign.id == bindparam("id"))


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
        language=county.language,
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
