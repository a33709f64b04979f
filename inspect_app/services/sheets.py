"""Assignment sheets on paper: numbered copies, signed out and in, destroyed on the record."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.papers import SheetCopy, SheetEvent
from inspect_app.models.samples import (
    Assignment,
    Enumerator,
    SampleHousehold,
    SampleVillage,
    Village,
)
from inspect_app.rules import questionnaires
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict, Unavailable, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Membership, Role
from inspect_app.services import access, campaigns, steps
from inspect_app.services.documents import digest, to_bytes
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import assignment as sheet_report
from report_templates import gate
from report_templates.assignment import ROSTER_ROWS

PRINTERS = (Role.PLANNER, Role.TEAM_LEADER)
READERS = (Role.COMMISSIONER, *PRINTERS)
RETURNED, DESTROYED, LOST = "returned", "destroyed", "lost"
EVENTS = (RETURNED, DESTROYED, LOST)
CLASSES = ("E", "P", "N")
MOST_ROSTER_PAGES = 12
ATTEMPTS = 5


@dataclass(frozen=True)
class Printed:
    """A copy as it leaves the printer."""

    n: int
    pdf: bytes
    sha256: str


@dataclass(frozen=True)
class Copy:
    """A copy and what became of it."""

    n: int
    document_sha256: str
    pdf_sha256: str
    printed_by: str
    printed_at: datetime
    events: tuple[SheetEvent, ...]


def print_copy(
    session: Session,
    campaign_id: str,
    assignment_id: str,
    *,
    with_roster: bool = True,
    by: Caller,
    at: datetime,
    settings: Settings,
) -> Printed:
    """Draw the next numbered copy and sign it out to the caller; a team leader's own next village.

    Committed: the copy with what it was drawn from, and that it was seen.

    Parameters
    ----------
    with_roster : add blank forms as long as no list of the village has arrived

    Raises
    ------
    Unknown : no such assignment for this caller, or a team leader's village that is not the next
    Conflict : the village was given up
    StepTaken : fieldwork has ended, and nobody goes there any more
    """
    membership = by.require(campaign_id, *PRINTERS)
    found = _find(session, campaign_id, assignment_id, membership)
    _refuse_all_but_next(session, found, membership, at=at)
    for _ in range(ATTEMPTS):
        n = _last(session, assignment_id) + 1
        content = _content(session, found, n, with_roster=with_roster, at=at, settings=settings)
        document = to_bytes(content)
        pdf = sheet_report.render(sheet_report.AssignmentSheet.from_json(document))
        gate.check(pdf)
        with writing(session, campaign_id):
            steps.refuse_after(session, campaign_id, Step.FIELDWORK_ENDED)
            if _last(session, assignment_id) + 1 != n:
                continue
            session.add(
                SheetCopy(
                    assignment_id=assignment_id,
                    n=n,
                    document=document,
                    document_sha256=digest(document),
                    pdf_sha256=digest(pdf),
                    printed_by=by.actor,
                    printed_at=at,
                )
            )
            what = f"assignment sheet {assignment_id}, copy {n}"
            access.record(session, campaign_id, what, by=by, at=at)
        return Printed(n, pdf, digest(pdf))
    raise Unavailable("Others print the same sheet; the same request may succeed later.")


def copies(
    session: Session, campaign_id: str, assignment_id: str, *, by: Caller
) -> tuple[Copy, ...]:
    """List the copies of a sheet with what became of each; names no household."""
    membership = by.require(campaign_id, *READERS)
    _find(session, campaign_id, assignment_id, membership)
    return _copies(session, assignment_id)


def enter(
    session: Session,
    campaign_id: str,
    assignment_id: str,
    n: int,
    *,
    what: str,
    note: str,
    by: Caller,
    at: datetime,
) -> Copy:
    """Enter that a copy was handed back, destroyed or lost; the same again changes nothing.

    Raises
    ------
    Unknown : no such copy for this caller
    Conflict : a copy is destroyed that was not handed back, or handed back after it was destroyed
    """
    membership = by.require(campaign_id, *PRINTERS)
    _find(session, campaign_id, assignment_id, membership)
    with writing(session, campaign_id):
        copy = next((one for one in _copies(session, assignment_id) if one.n == n), None)
        if copy is None:
            raise Unknown("There is no such copy.")
        before = {event.what for event in copy.events}
        if what not in before:
            if what == DESTROYED and RETURNED not in before:
                raise Conflict("A copy is handed back before it is destroyed.")
            if DESTROYED in before:
                raise Conflict("This copy was destroyed.")
            session.add(
                SheetEvent(
                    assignment_id=assignment_id,
                    n=n,
                    what=what,
                    note=note,
                    entered_by=by.actor,
                    entered_at=at,
                )
            )
            session.flush()
        return next(one for one in _copies(session, assignment_id) if one.n == n)


def _find(
    session: Session, campaign_id: str, assignment_id: str, membership: Membership
) -> Assignment:
    found = session.get(Assignment, assignment_id)
    if found is None or found.campaign_id != campaign_id:
        raise Unknown("The campaign has no such assignment.")
    if membership.role is Role.TEAM_LEADER and membership.team not in _teams(session, found):
        raise Unknown("The campaign has no such assignment.")
    return found


def _refuse_all_but_next(
    session: Session, found: Assignment, membership: Membership, *, at: datetime
) -> None:
    """A team leader prints for the next village day of the own team only."""
    village = session.get_one(SampleVillage, (found.campaign_id, found.village_code))
    if village.given_up_at is not None:
        raise Conflict("This village was given up.")
    if membership.role is Role.TEAM_LEADER:
        following = access.own_next(found.campaign_id, membership.team, at=at)
        query = select(Assignment.id).where(Assignment.id == found.id, *following)
        if session.scalar(query) is None:
            raise Unknown("The campaign has no such assignment.")


def _teams(session: Session, found: Assignment) -> list[str]:
    """Return the teams of a pair, the first one's first."""
    rows = session.execute(
        select(Enumerator.id, Enumerator.team).where(
            Enumerator.id.in_((found.enumerator_a, found.enumerator_b))
        )
    )
    teams = {person: team for person, team in rows}
    return list(dict.fromkeys((teams[found.enumerator_a], teams[found.enumerator_b])))


def _last(session: Session, assignment_id: str) -> int:
    query = select(func.max(SheetCopy.n)).where(SheetCopy.assignment_id == assignment_id)
    return session.scalar(query) or 0


def _copies(session: Session, assignment_id: str) -> tuple[Copy, ...]:
    events: dict[int, list[SheetEvent]] = {}
    for event in session.scalars(
        select(SheetEvent)
        .where(SheetEvent.assignment_id == assignment_id)
        .order_by(SheetEvent.entered_at, SheetEvent.what)
    ):
        events.setdefault(event.n, []).append(event)
    rows = session.scalars(
        select(SheetCopy).where(SheetCopy.assignment_id == assignment_id).order_by(SheetCopy.n)
    )
    return tuple(
        Copy(
            one.n,
            one.document_sha256,
            one.pdf_sha256,
            one.printed_by,
            one.printed_at,
            tuple(events.get(one.n, ())),
        )
        for one in rows
    )


def _content(
    session: Session,
    found: Assignment,
    n: int,
    *,
    with_roster: bool,
    at: datetime,
    settings: Settings,
) -> dict[str, Any]:
    """Gather what a copy says: places, households and codes, never what anybody has or said."""
    campaign = campaigns.read(session, found.campaign_id)
    drawn = session.get_one(SampleVillage, (campaign.id, found.village_code))
    village = session.get_one(Village, (campaign.id, found.village_code))
    county = session.get_one(CampaignCounty, (campaign.id, drawn.county_adcode))
    form = questionnaires.load(campaign.form_id, campaign.form_version)
    classes = json.loads(form.data)["household_classes"]
    households = _households(session, found)
    has_list = any(one.household_class == "N" for one in households)
    expected = village.households_n
    reserves = Counter(
        one.household_class for one in households if one.is_reserve and one.opened_at is None
    )
    return {
        "schema": "assignment/1",
        "assignment_id": found.id,
        "copy": n,
        "simulated": campaign.simulated,
        "printed_on": field_day(at).isoformat(),
        "agency": [campaign.agency_zh, campaign.agency_en],
        "place": {
            "county": county.name_zh,
            "town": village.town_name or "",
            "village": village.village_name,
            "village_code": village.village_code,
        },
        "team": ", ".join(_teams(session, found)),
        "visit_date": found.visit_date.isoformat(),
        "route": _route(session, found),
        "max_visits": campaigns.rulebook(campaign).max_visits,
        "households": [
            {
                "unit_id": one.unit_id,
                "household_class": one.household_class,
                "order": one.order,
                # The frame holds neither; they are written in from the village's own list.
                "head_name": "",
                "hamlet": "",
            }
            for one in households
            if not one.is_reserve or one.opened_at is not None
        ],
        "reserves": dict(sorted(reserves.items())),
        "classes": {code: classes[code].split(" ", 1) for code in CLASSES},
        "dispositions": [
            [choice.label_zh, choice.label_en] for choice in form.fields["disposition"].choices
        ],
        "roster": {"expected": expected, "pages": _roster_pages(expected)}
        if with_roster and not has_list
        else None,
        "address": _address(found, n, settings.verify_base),
        "software": SOFTWARE,
    }


def _households(session: Session, found: Assignment) -> Sequence[SampleHousehold]:
    rows = session.scalars(
        select(SampleHousehold).where(
            SampleHousehold.campaign_id == found.campaign_id,
            SampleHousehold.psu == found.village_code,
        )
    )
    return sorted(rows, key=lambda one: (CLASSES.index(one.household_class), one.order))


def _route(session: Session, found: Assignment) -> int:
    """Which of its team's villages this is, by day and then in the order released."""
    own = select(Enumerator.id).where(
        Enumerator.campaign_id == found.campaign_id,
        Enumerator.team == _teams(session, found)[0],
    )
    days = session.execute(
        select(Assignment.id)
        .where(Assignment.campaign_id == found.campaign_id, Assignment.enumerator_a.in_(own))
        .order_by(Assignment.visit_date, Assignment.created_at, Assignment.id)
    ).scalars()
    return list(days).index(found.id) + 1


def _roster_pages(expected: int) -> int:
    """Pages for all households that the register expects and a tenth more."""
    return min(max(-(-(expected * 11 // 10) // ROSTER_ROWS), 1), MOST_ROSTER_PAGES)


def _address(found: Assignment, n: int, base: str | None) -> str:
    """Where the record of a copy is kept; without a public server, the name of the assignment."""
    if base is None:
        return f"urn:uuid:{found.id}#{n}"
    return f"{base.rstrip('/')}/api/v1/campaigns/{found.campaign_id}/assignments/{found.id}/sheets"
