"""Versions of a commission: what was signed off, and corrections until the seed is committed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, Commission, FrameVersion
from inspect_app.rules.campaigns import NewCampaign
from inspect_app.rules.errors import SimulationMismatch
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import campaigns, declarations, frames
from inspect_app.services.transactions import writing


def correct(
    session: Session,
    new: NewCampaign,
    reason: str,
    *,
    by: Caller,
    demo: bool,
    at: datetime,
) -> Commission:
    """Take another commission in the place of the one that holds; the same again changes nothing.

    Committed: a new version that names the hash of the old one, whose text stays. A frame and a
    plan made for other counties, another round or wave are dropped.

    Raises
    ------
    AlreadyFixed : the seed is committed
    SimulationMismatch : real would become simulated, or the reverse
    LineMissing, NotIndependent : as for a first commission
    """
    by.require(new.id, Role.COMMISSIONER)
    content = campaigns.frozen(new, demo=demo)
    with writing(session, new.id):
        campaign = campaigns.read(session, new.id)
        last = _versions(session, campaign)[-1]
        if campaign.content_sha256 == new.content_sha256:
            return last
        frames.refuse_if_committed(session, new.id)
        if campaign.simulated != new.simulated:
            raise SimulationMismatch("A correction does not make real data of simulated ones.")
        campaigns.refuse_partial_agency(session, new, at=at)
        frame = session.get(FrameVersion, new.id)
        if frame is not None and _ground(campaign) != _ground_of(new):
            frames.drop(session, frame, by=by, at=at)
        campaigns.freeze(campaign, new, content)
        campaign.version = last.version + 1
        corrected = campaigns.signed_off(
            campaign,
            version=campaign.version,
            document=new.document_sha256,
            by=by,
            at=at,
            reason=reason,
            corrects=last.sha256,
        )
        session.add_all([last, corrected])
        if new.agency_declaration is not None:
            declarations.keep(session, new.id, new.agency_declaration, by=by, at=at)
        session.flush()
        return corrected


def versions(session: Session, campaign_id: str) -> Sequence[Commission]:
    """Return every version of a commission, the one that holds last."""
    return _versions(session, campaigns.read(session, campaign_id))


def _versions(session: Session, campaign: Campaign) -> list[Commission]:
    rows = list(
        session.scalars(
            select(Commission)
            .where(Commission.campaign_id == campaign.id)
            .order_by(Commission.version)
        )
    )
    # A commission made before versions were kept is written out from its campaign.
    first = Caller(campaign.created_by)
    return rows or [
        campaigns.signed_off(campaign, version=1, document=None, by=first, at=campaign.created_at)
    ]


def _ground(campaign: Campaign) -> tuple[object, ...]:
    adcodes = {county.adcode for county in campaign.counties}
    return campaign.round_kind, campaign.wave, adcodes


def _ground_of(new: NewCampaign) -> tuple[object, ...]:
    return new.round_kind, new.wave, {county.adcode for county in new.counties}
