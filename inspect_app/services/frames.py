"""The frame of a campaign: a checked folder, bound by its hash, whose villages are stored."""

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import delete
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, FrameVersion, PlanVersion, Seed
from inspect_app.models.samples import Village
from inspect_app.rules.errors import (
    AlreadyFixed,
    Conflict,
    Invalid,
    SimulationMismatch,
    StepMissing,
    Unknown,
)
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access_log as log
from inspect_app.services import campaigns
from inspect_app.services.loading import load as load_rows
from inspect_app.services.transactions import writing
from sampling.frame import Frame, load_frame

COUNTS = tuple(f"{what}_{one}" for one in ("e", "p", "n") for what in ("households", "persons"))


def load(
    session: Session,
    campaign_id: str,
    name: str,
    *,
    by: Caller,
    frames_dir: Path,
    at: datetime,
) -> FrameVersion:
    """Verify a frame folder and make it the campaign's frame; the same again changes nothing.

    Committed: the hashes, and the villages of the campaign's counties. Until the seed is
    committed another frame may take the place of a former one; a plan made for it is dropped.

    Raises
    ------
    Unknown : there is no such folder
    FrameError : the folder does not verify
    SimulationMismatch : frame and campaign are not both simulated or both real
    Invalid : a county of the campaign is not in the frame
    AlreadyFixed : the seed is committed
    """
    by.require(campaign_id, Role.PLANNER)
    campaign = campaigns.read(session, campaign_id)
    frame = load_frame(folder(frames_dir, name), verify=True)
    _check(frame, campaign)
    adcodes = [county.adcode for county in campaign.counties]
    villages = frame.villages.filter(pl.col("county_adcode").is_in(adcodes))
    rows = [_row(campaign_id, row) for row in villages.iter_rows(named=True)]
    with writing(session, campaign_id):
        present = session.get(FrameVersion, campaign_id)
        if present is not None:
            if (present.name, present.frame_sha256) == (name, frame.sha256):
                return present
            drop(session, present, by=by, at=at)
        load_rows(session, Village, rows)
        loaded = FrameVersion(
            campaign_id=campaign_id,
            name=name,
            frame_sha256=frame.sha256,
            villages_sha256=frame.villages_sha256,
            households_sha256=frame.households_sha256,
            simulated=frame.simulated,
            loaded_at=at,
            loaded_by=by.actor,
        )
        session.add(loaded)
    return loaded


def current(session: Session, campaign_id: str) -> FrameVersion:
    """Return the frame of a campaign; `StepMissing` before one is loaded."""
    version = session.get(FrameVersion, campaign_id)
    if version is None:
        raise StepMissing("The campaign has no frame yet.")
    return version


def drop(session: Session, version: FrameVersion, *, by: Caller, at: datetime) -> None:
    """Take a frame and the plan made for it away again, in the caller's transaction.

    Raises `AlreadyFixed` once the seed is committed.
    """
    campaign_id = version.campaign_id
    refuse_if_committed(session, campaign_id)
    log.record(session, campaign_id, f"replaced frame {version.frame_sha256}", by=by, at=at)
    for table in (PlanVersion, FrameVersion, Village):
        session.execute(
            delete(table)
            .where(table.campaign_id == campaign_id)
            .execution_options(synchronize_session=False)
        )
    session.expunge(version)


def reopen(version: FrameVersion, frames_dir: Path) -> Frame:
    """Open the frame of a campaign again; refuse a folder that is no longer the one loaded."""
    frame = _verified(folder(frames_dir, version.name), version.frame_sha256)
    if frame.sha256 != version.frame_sha256:
        raise Conflict("The frame folder has changed since it was loaded.", frame=version.name)
    return frame


def households(frame: Frame, adcode: str) -> pl.DataFrame:
    """Read a county's households from bytes whose hash is that of the frame loaded."""
    part = f"households/{adcode}.parquet"
    data = (frame.folder / part).read_bytes()
    if hashlib.sha256(data).hexdigest() != frame.manifest["files"][part]["sha256"]:
        raise Conflict("The frame folder has changed since it was loaded.", file=part)
    return pl.read_parquet(data)


def folder(parent: Path, name: str) -> Path:
    """Find a folder by name, never by a path that leads elsewhere."""
    found = parent / name
    if Path(name).name != name or name.startswith(".") or not found.is_dir():
        raise Unknown(f"The server has no folder {name!r}.")
    return found


def refuse_if_committed(session: Session, campaign_id: str) -> None:
    """Hold frame and plan fast once their hashes are published with the commitment."""
    if session.get(Seed, campaign_id) is not None:
        raise AlreadyFixed("Frame and plan were published with the seed commitment.")


# Every assignment opens the frame; its files are hashed once a process.
@lru_cache(maxsize=8)
def _verified(path: Path, _sha256: str) -> Frame:
    return load_frame(path, verify=True)


def _check(frame: Frame, campaign: Campaign) -> None:
    if frame.simulated != campaign.simulated:
        marked = "is" if frame.simulated else "is not"
        raise SimulationMismatch(f"The frame {marked} marked simulated, unlike the campaign.")
    missing = sorted({county.adcode for county in campaign.counties} - set(frame.counties))
    if missing:
        raise Invalid("The frame lacks counties of the campaign.", counties=missing)


def _row(campaign_id: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "village_code": row["village_code"],
        "village_name": row["village_name"],
        "town_code": row["town_code"],
        "town_name": row.get("town_name"),
        "county_adcode": row["county_adcode"],
        "stratum": None,
        "remoteness_class": None,
        "lat": row.get("lat"),
        "lon": row.get("lon"),
        **{count: row[count] for count in COUNTS},
    }
