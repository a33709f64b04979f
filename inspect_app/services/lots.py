"""Lots: which completed interviews chance chose to be repeated blind, and pairs who may go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from itertools import islice
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.models.samples import SampleHousehold
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import NotDrawn, Unknown
from inspect_app.rules.revisits import RevisitKind, is_drawn
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import Disposition, InterviewState
from inspect_app.services import access, campaigns, pairs, seeds, steps
from sampling import tickets

ORDERING = (Role.PLANNER, Role.REVIEWER, Role.EXPERT)
SUGGESTED = 3


@dataclass(frozen=True)
class Due:
    """A household that chance chose to be asked again, and pairs who may go."""

    first_interview_id: str
    unit_id: str
    village_code: str
    household_class: str
    arrived_at: datetime | None
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Proposal:
    """What is due in a county: drawn by ticket among `completed`, not yet ordered."""

    county_adcode: str
    share: float
    completed: int
    drawn: int
    due: tuple[Due, ...]


def proposal(
    session: Session,
    campaign_id: str,
    *,
    county_adcode: str,
    interpreter: str | None,
    by: Caller,
    at: datetime,
    limit: int,
) -> Proposal:
    """List the blind re-interviews that are due in a county, with pairs who may go; nothing is
    ordered. Committed: that the households were seen.

    Which households are due follows from the sealed seed alone, whoever asks and whenever.
    """
    by.require(campaign_id, *ORDERING)
    campaign = campaigns.read(session, campaign_id)
    is_chosen = _chance(session, campaign, county_adcode)
    ordered = exists().where(
        Revisit.first_interview_id == Interview.interview_id,
        Revisit.kind == RevisitKind.BLIND.value,
    )
    rows = session.execute(
        _completed()
        .add_columns(ordered.label("is_ordered"))
        .where(Interview.campaign_id == campaign_id, Interview.county_adcode == county_adcode)
        .order_by(Interview.arrived_at, Interview.interview_id)
    ).all()
    chosen = [row for row in rows if is_chosen(row.unit_id)]
    waiting = [row for row in chosen if not row.is_ordered][:limit]
    due = _due(session, campaign, county_adcode, waiting, interpreter=interpreter, at=at)
    share = campaigns.rulebook(campaign).reinterview_share
    found = Proposal(county_adcode, share, len(rows), len(chosen), due)
    if due:
        what = f"{len(due)} households due for a second interview in {county_adcode}"
        access.note_access(session, campaign_id, what, by=by, at=at)
    return found


def drawn(session: Session, campaign_id: str, county_adcode: str) -> int:
    """Count the completed interviews of a county that chance chose for a second visit."""
    is_chosen = _chance(session, campaigns.read(session, campaign_id), county_adcode)
    units = session.scalars(
        _completed()
        .with_only_columns(Interview.unit_id)
        .where(Interview.campaign_id == campaign_id, Interview.county_adcode == county_adcode)
    )
    return sum(map(is_chosen, units))


def require_drawn(session: Session, campaign: Campaign, interview_id: str) -> None:
    """Refuse an interview that is not repeated.

    Raises
    ------
    Unknown : no such completed interview
    NotDrawn : chance did not choose this household
    """
    row = session.execute(
        _completed().where(
            Interview.campaign_id == campaign.id, Interview.interview_id == interview_id
        )
    ).first()
    if row is None:
        raise Unknown("There is no such completed interview.")
    if not _chance(session, campaign, row.county_adcode)(row.unit_id):
        raise NotDrawn()


def _completed() -> Any:
    """Completed interviews of drawn households that do not wait for the field."""
    return (
        select(
            Interview.interview_id,
            Interview.unit_id,
            Interview.village_code,
            Interview.county_adcode,
            Interview.arrived_at,
            SampleHousehold.household_class,
        )
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .join(
            Revision,
            (Revision.interview_id == Interview.interview_id)
            & (Revision.rev == Interview.current_rev),
        )
        .where(
            Revision.disposition == Disposition.COMPLETED.value,
            Interview.state != InterviewState.RETURNED.value,
        )
    )


def _chance(session: Session, campaign: Campaign, adcode: str) -> Callable[[str], bool]:
    """Tell of households of a county whether they are asked again."""
    if session.get(CampaignCounty, (campaign.id, adcode)) is None:
        raise Unknown("The campaign has no such county.")
    seed = tickets.reinterview_seed(tickets.county_seed(seeds.opened(session, campaign.id), adcode))
    share = campaigns.rulebook(campaign).reinterview_share
    return lambda unit_id: is_drawn(tickets.fraction(seed, unit_id), share)


def _due(
    session: Session,
    campaign: Campaign,
    county_adcode: str,
    rows: Sequence[Any],
    *,
    interpreter: str | None,
    at: datetime,
) -> tuple[Due, ...]:
    """Say of each household who may go: who may at all is the same for all of a team."""
    if rows:
        steps.refuse_after(session, campaign.id, Step.CLOSED)
    team_of = cache(partial(pairs.team_of, session))
    of_county = partial(pairs.able, session, campaign, county_adcode)
    able = cache(lambda team: of_county(team=team, interpreter=interpreter, at=at))
    due = []
    for row in rows:
        first = session.get_one(Interview, row.interview_id)
        before = pairs.were_there(session, campaign.id, first)
        due.append(
            Due(
                row.interview_id,
                row.unit_id,
                row.village_code,
                row.household_class,
                row.arrived_at,
                tuple(islice(able(team_of(first.device_id)).pairs(before=before), SUGGESTED)),
            )
        )
    return tuple(due)
