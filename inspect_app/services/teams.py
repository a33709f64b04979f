"""What a team leader's pages put together: the teams led, their phones, what was sent back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign
from inspect_app.models.devices import Device
from inspect_app.models.interviews import Interview, Return
from inspect_app.models.samples import Enumerator
from inspect_app.rules.errors import Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import InterviewState
from inspect_app.services import access, fleet, reinterviews
from inspect_app.services.fleet import Held
from report_templates.qr import qr_path

PHONES, RETURNS = 500, 500


@dataclass(frozen=True)
class Team:
    """A team in a campaign that somebody leads."""

    campaign: Campaign
    name: str


@dataclass(frozen=True)
class Overview:
    """A team's phones, those first that hold the oldest unsent interviews.

    unsent : interviews on all phones together
    """

    team: Team
    phones: tuple[Held, ...]
    unsent: int


@dataclass(frozen=True)
class Returned:
    """An interview that waits for its household to be asked again."""

    interview_id: str
    unit_id: str
    village_code: str
    enumerator: str
    reason: str
    returned_at: datetime


@dataclass(frozen=True)
class Square:
    """A QR code for a page: side in modules, and the path of its dark ones."""

    side: int
    path: str


def led(session: Session, *, by: Caller) -> list[Team]:
    """List the teams that the caller leads, by name of the campaign."""
    teams = {
        one.campaign_id: one.team or "" for one in by.memberships if one.role is Role.TEAM_LEADER
    }
    rows = session.scalars(
        select(Campaign).where(Campaign.id.in_(sorted(teams))).order_by(Campaign.name_zh)
    )
    return [Team(one, teams[one.id]) for one in rows]


def one(session: Session, campaign_id: str, *, by: Caller) -> Team:
    """Return the team that the caller leads in a campaign."""
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    return Team(session.get_one(Campaign, campaign_id), membership.team or "")


def overview(session: Session, campaign_id: str, *, by: Caller, at: datetime) -> Overview:
    """Show who holds what for how long; committed: that it was seen."""
    team = one(session, campaign_id, by=by)
    told = {"state": None, "after": None, "limit": PHONES}
    found = fleet.listed(session, campaign_id, by=by, at=at, **told)  # type: ignore[arg-type]  # by name
    phones = sorted(found, key=lambda held: (-(held.oldest_hours or -1), held.enumerator))
    access.note_access(session, campaign_id, f"phones of team {team.name}", by=by, at=at)
    team = one(session, campaign_id, by=by)
    return Overview(team, tuple(phones), sum(held.unsent for held in phones))


def phone(session: Session, campaign_id: str, device_id: str, *, by: Caller, at: datetime) -> Held:
    """Return one phone of the team.

    Raises
    ------
    Unknown : the team has no such phone
    """
    told = {"state": None, "after": None, "limit": PHONES}
    found = fleet.listed(session, campaign_id, by=by, at=at, **told)  # type: ignore[arg-type]  # by name
    held = next((held for held in found if held.device_id == device_id), None)
    if held is None:
        raise Unknown("The team has no such phone.")
    return held


def returns(session: Session, campaign_id: str, *, by: Caller, at: datetime) -> Sequence[Returned]:
    """List what was sent back and has not come again, oldest first; committed: that it was seen."""
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    rows = session.execute(
        select(Interview, Return, Enumerator.name)
        .join(
            Return,
            (Return.interview_id == Interview.interview_id)
            & (Return.base_rev == Interview.current_rev),
        )
        .join(Device, Device.id == Return.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(
            Interview.campaign_id == campaign_id,
            Interview.state == InterviewState.RETURNED.value,
            Enumerator.team == membership.team,
            reinterviews.open_to_leaders(),
        )
        .order_by(Return.returned_at, Return.return_id)
        .limit(RETURNS)
    )
    found = [
        Returned(
            interview.interview_id,
            interview.unit_id,
            interview.village_code,
            name,
            asked.reason,
            asked.returned_at,
        )
        for interview, asked, name in rows
    ]
    if found:
        access.note_access(session, campaign_id, f"{len(found)} returned interviews", by=by, at=at)
    return found


def counts(session: Session, campaign_id: str, *, by: Caller) -> dict[str, int]:
    """Count the interviews of the team by state."""
    membership = by.require(campaign_id, Role.TEAM_LEADER)
    rows = session.execute(
        select(Interview.state, func.count())
        .join(Device, Device.id == Interview.device_id)
        .join(Enumerator, Enumerator.id == Device.enumerator_id)
        .where(
            Interview.campaign_id == campaign_id,
            Enumerator.team == membership.team,
            reinterviews.open_to_leaders(),
        )
        .group_by(Interview.state)
    )
    return {state: count for state, count in rows}


def square(text: str) -> Square:
    """Draw a text as a QR code."""
    return Square(*qr_path(text))
