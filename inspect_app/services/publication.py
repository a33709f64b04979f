"""What anybody may read of a draw without an account: promised before, revealed after fieldwork.

Nothing here changes between the draw and the end of fieldwork, so that watching it tells nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.accounts import MembershipRow
from inspect_app.models.campaigns import CampaignCounty, FrameVersion, PlanVersion
from inspect_app.models.invitations import Invitation
from inspect_app.models.samples import ExchangeApproval, SampleVillage, SealedSample
from inspect_app.rules.errors import Unknown
from inspect_app.services import campaigns, commissions, frames, plans, seeds
from sampling import tickets


@dataclass(frozen=True)
class Moment:
    """Something that was done, and when."""

    what: str
    at: datetime


@dataclass(frozen=True)
class PublicRuleBook:
    """The rule book as frozen."""

    id: str
    sha256: str
    toml: str


@dataclass(frozen=True)
class PublicStaff:
    """How many people hold a role, and in which role those are who let them in; no names."""

    role: str
    invited_by: str | None
    people: int


@dataclass(frozen=True)
class PublicCounty:
    """A county under inspection; seeds only after fieldwork."""

    adcode: str
    name_zh: str
    exit_year: int
    county_seed: str | None
    stage1_seed: str | None


@dataclass(frozen=True)
class Publication:
    """Everything published of a campaign's draw."""

    campaign_id: str
    name_zh: str
    name_en: str
    agency_zh: str
    agency_en: str
    simulated: bool
    commission_sha256: str
    commission_version: int
    rulebook: PublicRuleBook
    frame: FrameVersion
    plan: PlanVersion
    commitment: str
    public_value_source: str | None
    public_value_at: datetime | None
    sealed: SealedSample | None
    timeline: tuple[Moment, ...]
    is_revealed: bool
    secret: str | None
    public_value: str | None
    campaign_seed: str | None
    access_log_sha256: str | None
    counties: tuple[PublicCounty, ...]
    staff: tuple[PublicStaff, ...]


@dataclass(frozen=True)
class PublicVillage:
    """A drawn or reserve village with what its draw and that of its households need.

    given_up_reason : why a reserve took its place; approval_sha256 : of the document on which a
        commissioner approved that, where the name of the village was known by then
    """

    village_code: str
    county_adcode: str
    stratum: str
    position: int
    order: int
    is_reserve: bool
    certainty: bool
    pi1: float
    ticket: str
    wave: int
    village_seed: str
    was_visited: bool
    replaces: str | None
    given_up_at: datetime | None
    given_up_reason: str | None
    approval_sha256: str | None


def read(session: Session, campaign_id: str) -> Publication:
    """Return what is public of a draw; `Unknown` before the commitment."""
    shown = seeds.read(session, campaign_id)
    campaign = campaigns.read(session, campaign_id)
    commission = commissions.versions(session, campaign_id)[-1]
    frame, plan = frames.current(session, campaign_id), plans.current(session, campaign_id)
    sealed = session.get(SealedSample, campaign_id)
    happened = (
        ("commissioned", commission.made_at),
        ("framed", frame.loaded_at),
        ("planned", plan.accepted_at),
        ("committed", shown.committed_at),
        ("opened", shown.opened_at),
        ("drawn", sealed.sealed_at if sealed is not None else None),
        ("revealed", shown.published_at),
    )
    is_revealed = shown.published_at is not None
    return Publication(
        campaign_id=campaign.id,
        name_zh=campaign.name_zh,
        name_en=campaign.name_en,
        agency_zh=campaign.agency_zh,
        agency_en=campaign.agency_en,
        simulated=campaign.simulated,
        commission_sha256=commission.sha256,
        commission_version=commission.version,
        rulebook=PublicRuleBook(
            campaign.rulebook_id, campaign.rulebook_sha256, campaign.rulebook_toml.decode()
        ),
        frame=frame,
        plan=plan,
        commitment=shown.commitment,
        public_value_source=shown.public_value_source,
        public_value_at=shown.public_value_at,
        sealed=sealed,
        timeline=tuple(Moment(what, at) for what, at in happened if at is not None),
        is_revealed=is_revealed,
        secret=shown.secret,
        public_value=shown.public_value,
        campaign_seed=shown.campaign_seed,
        access_log_sha256=shown.access_log_sha256,
        counties=tuple(_county(county, shown.campaign_seed) for county in campaign.counties),
        staff=_staff(session, campaign_id) if is_revealed else (),
    )


def villages(
    session: Session, campaign_id: str, *, after: str | None, limit: int
) -> list[PublicVillage]:
    """List the drawn villages by code with tickets and village seeds; `Unknown` before the end."""
    campaign_seed = seeds.read(session, campaign_id).campaign_seed
    if campaign_seed is None:
        raise Unknown("The villages are published after fieldwork.")
    query = (
        select(SampleVillage, ExchangeApproval.document_sha256)
        .outerjoin(
            ExchangeApproval,
            (ExchangeApproval.campaign_id == SampleVillage.campaign_id)
            & (ExchangeApproval.village_code == SampleVillage.village_code),
        )
        .where(SampleVillage.campaign_id == campaign_id, SampleVillage.village_code > (after or ""))
        .order_by(SampleVillage.village_code)
        .limit(limit)
    )
    return [_village(row, document, campaign_seed) for row, document in session.execute(query)]


def _staff(session: Session, campaign_id: str) -> tuple[PublicStaff, ...]:
    """Count who holds which role, and through whom: one hand that lets everybody in shows here."""
    inviter = aliased(MembershipRow)
    rows = session.execute(
        select(MembershipRow.role, inviter.role, func.count())
        .select_from(MembershipRow)
        .outerjoin(
            Invitation,
            (Invitation.campaign_id == MembershipRow.campaign_id)
            & (Invitation.accepted_by == MembershipRow.account_id),
        )
        .outerjoin(
            inviter,
            (inviter.campaign_id == MembershipRow.campaign_id)
            & (inviter.account_id == Invitation.created_by),
        )
        .where(MembershipRow.campaign_id == campaign_id)
        .group_by(MembershipRow.role, inviter.role)
    )
    found = (PublicStaff(role, through, people) for role, through, people in rows)
    return tuple(sorted(found, key=lambda one: (one.role, one.invited_by or "")))


def _county(county: CampaignCounty, campaign_seed: str | None) -> PublicCounty:
    seed = None if campaign_seed is None else tickets.county_seed(campaign_seed, county.adcode)
    first = None if seed is None else tickets.stage1_seed(seed)
    return PublicCounty(county.adcode, county.name_zh, county.exit_year, seed, first)


def _village(row: SampleVillage, document: str | None, campaign_seed: str) -> PublicVillage:
    county = tickets.county_seed(campaign_seed, row.county_adcode)
    return PublicVillage(
        village_code=row.village_code,
        county_adcode=row.county_adcode,
        stratum=row.stratum,
        position=row.position,
        order=row.order,
        is_reserve=row.is_reserve,
        certainty=row.certainty,
        pi1=row.pi1,
        ticket=row.ticket,
        wave=row.wave,
        village_seed=tickets.village_seed(county, row.village_code),
        was_visited=row.released_at is not None and row.given_up_at is None,
        replaces=row.replaces,
        given_up_at=row.given_up_at,
        given_up_reason=row.given_up_reason,
        approval_sha256=document,
    )
