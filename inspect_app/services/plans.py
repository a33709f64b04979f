"""The plan of a campaign: a checked folder that fits its frame, bound by its hash."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

import polars as pl
from sqlalchemy import update
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, FrameVersion, PlanVersion, Seed
from inspect_app.models.samples import Village
from inspect_app.rules.errors import Conflict, Invalid, StepMissing
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access_log as log
from inspect_app.services import campaigns, frames
from inspect_app.services.transactions import writing
from sampling.frame import Frame
from sampling.plan import Plan, load_plan
from sampling.remoteness import STRATA_COLUMNS


def accept(
    session: Session,
    campaign_id: str,
    name: str,
    *,
    by: Caller,
    frames_dir: Path,
    plans_dir: Path,
    at: datetime,
) -> PlanVersion:
    """Verify a plan folder against the campaign's frame and make it the campaign's plan.

    Committed: the plan's text and hash, stratum and remoteness class of every village. Until the
    seed is committed another plan may take the place of a former one.

    Raises
    ------
    Unknown : there is no such folder
    StepMissing : no frame is loaded
    PlanError : the folder does not verify
    Invalid : the plan was made for another frame, other counties, round or wave
    AlreadyFixed : the seed is committed
    """
    by.require(campaign_id, Role.PLANNER)
    campaign = campaigns.read(session, campaign_id)
    version = frames.current(session, campaign_id)
    plan, villages = load_plan(frames.folder(plans_dir, name))
    _check(plan, villages, campaign, frames.reopen(version, frames_dir))
    adcodes = [county.adcode for county in campaign.counties]
    classes = villages.filter(pl.col("county_adcode").is_in(adcodes)).select(
        pl.lit(campaign_id).alias("campaign_id"), "village_code", "stratum", "remoteness_class"
    )
    with writing(session, campaign_id):
        _same_frame(session, version)
        present = session.get(PlanVersion, campaign_id)
        if present is not None:
            if (present.name, present.plan_sha256) == (name, plan.sha256):
                if session.get(Seed, campaign_id) is None:
                    present.accepted_by = by.actor
                return present
            frames.refuse_if_committed(session, campaign_id)
            what = f"replaced plan {present.plan_sha256}"
            log.record(session, campaign_id, what, by=by, at=at)
        accepted = present or PlanVersion(campaign_id=campaign_id)
        accepted.name, accepted.plan_sha256 = name, plan.sha256
        accepted.toml, accepted.accepted_at = plan.to_toml(), at
        accepted.accepted_by = by.actor
        session.add(accepted)
        session.execute(update(Village), classes.to_dicts())
    return accepted


def current(session: Session, campaign_id: str) -> PlanVersion:
    """Return the plan of a campaign; `StepMissing` before one is accepted."""
    version = session.get(PlanVersion, campaign_id)
    if version is None:
        raise StepMissing("The campaign has no plan yet.")
    return version


def reopen(version: PlanVersion, plans_dir: Path) -> tuple[Plan, pl.DataFrame]:
    """Open the plan of a campaign again; refuse a folder that is no longer the one accepted."""
    plan, villages = _verified(frames.folder(plans_dir, version.name), version.plan_sha256)
    if plan.sha256 != version.plan_sha256:
        raise Conflict("The plan folder has changed since it was accepted.", plan=version.name)
    return plan, villages


@lru_cache(maxsize=8)
def _verified(path: Path, _sha256: str) -> tuple[Plan, pl.DataFrame]:
    return load_plan(path)


def _check(plan: Plan, villages: pl.DataFrame, campaign: Campaign, frame: Frame) -> None:
    if plan.frame.households_sha256 != frame.households_sha256:
        raise Invalid("The plan was made for another household frame.")
    adcodes = {county.adcode for county in campaign.counties}
    if set(plan.counties or frame.counties) != adcodes:
        raise Invalid(
            "The plan is for other counties than the campaign.",
            plan=sorted(plan.counties or frame.counties),
            campaign=sorted(adcodes),
        )
    framed = frame.villages.filter(pl.col("county_adcode").is_in(sorted(adcodes)))
    plain = villages.drop(*STRATA_COLUMNS).sort("village_code")
    if set(plain.columns) != set(framed.columns) or not plain.equals(
        framed.select(plain.columns).sort("village_code")
    ):
        raise Invalid("The villages of the plan are not those of the frame.")
    if plan.round_kind != campaign.round_kind:
        raise Invalid(
            "The plan is for another kind of round than the campaign.",
            plan=plan.round_kind,
            campaign=campaign.round_kind,
        )
    if plan.wave != campaign.wave:
        raise Invalid(f"The plan is for wave {plan.wave}, the campaign for wave {campaign.wave}.")
    if plan.wave > 1:
        raise Invalid("Phones draw rosters for the first wave only; later waves are not there yet.")


def _same_frame(session: Session, checked: FrameVersion) -> None:
    present = session.get_one(FrameVersion, checked.campaign_id, populate_existing=True)
    if present.frame_sha256 != checked.frame_sha256:
        raise Conflict("Another frame was loaded meanwhile; check the plan again.")
