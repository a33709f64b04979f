"""What the pages of a county put together: its places, cases, verdicts and statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.clauses import PROOFS, SILENCE, WHEN, Pair, Terms, clause, filled, named
from inspect_app.rules.errors import Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.services import (
    campaigns,
    cases,
    countersigning,
    evidence,
    notices,
    validity,
    verdicts,
)
from inspect_app.services.dossiers import Shown
from inspect_app.services.validity import Objected, Standing

CASES = 500
WAITING = frozenset({CaseState.EVIDENCE_DUE.value, CaseState.EVIDENCE_RECEIVED.value})


@dataclass(frozen=True)
class Place:
    """A county in a campaign, for which somebody answers."""

    campaign: Campaign
    county: CampaignCounty


@dataclass(frozen=True)
class Clause:
    """One thing that a case is about: what holds, and what may be shown for it."""

    name: Pair
    rule: Pair | None
    proof: Pair | None


@dataclass(frozen=True)
class CaseSheet:
    """A case as its county reads it.

    open : evidence may be brought; late : its time is over, and it was not sent on yet
    answered : the county said that nothing more is to come
    """

    place: Place
    case: Shown
    clauses: tuple[Clause, ...]
    when: Pair
    silence: Pair
    open: bool
    late: bool
    answered: bool


@dataclass(frozen=True)
class CaseList:
    """A county's cases, those that wait for a reply first; `next` continues a long list."""

    place: Place
    cases: tuple[CaseSheet, ...]
    waiting: int
    next: str | None


@dataclass(frozen=True)
class VerdictSheet:
    """A version of a verdict with its files, and what became of it.

    signed : digest of the signed PDF by edition
    open : objections are taken now; over : the notice is over, and they are marked as late
    """

    place: Place
    verdict: Verdict
    editions: tuple[Edition, ...]
    signed: dict[str, str]
    standing: Standing
    objections: Sequence[Objected] = ()
    open: bool = False
    over: bool = False


@dataclass(frozen=True)
class NoticeList:
    """The notices that a county was sent, the latest first."""

    place: Place
    notices: tuple[notices.Shown, ...]


@dataclass(frozen=True)
class HearingSheet:
    """What a county said to the whole, and the agency's answer."""

    place: Place
    hearing: evidence.Hearing


def places(session: Session, *, by: Caller) -> list[Place]:
    """Return the counties that the caller answers for, the latest campaign first."""
    found = campaigns.listed(session, by=by, after=None, limit=CASES)
    own = [one for one in found if by.role_in(one.id) is Role.COUNTY_OFFICIAL]
    own.sort(key=lambda one: (one.created_at, one.id), reverse=True)
    return [_place(one, by) for one in own]


def place(session: Session, campaign_id: str, *, by: Caller) -> Place:
    """Return the caller's county in a campaign."""
    by.require(campaign_id, Role.COUNTY_OFFICIAL)
    return _place(campaigns.read(session, campaign_id), by)


def case_list(
    session: Session, campaign_id: str, *, after: str | None, by: Caller, at: datetime
) -> CaseList:
    """Return the cases that the caller's county was told of."""
    here = place(session, campaign_id, by=by)
    found = cases.listed(
        session,
        campaign_id,
        by=by,
        state=None,
        county_adcode=None,
        from_sample=None,
        after=after,
        limit=CASES,
        at=at,
    )
    terms = _terms(here)
    sheets = sorted(
        (_sheet(one, here, terms) for one in found),
        key=lambda sheet: (not sheet.open, sheet.case.due_at is None, sheet.case.due_at or at),
    )
    return CaseList(
        place=here,
        cases=tuple(sheets),
        waiting=sum(one.case.state == CaseState.EVIDENCE_DUE.value for one in sheets),
        next=found[-1].id if len(found) == CASES else None,
    )


def case(session: Session, case_id: str, *, by: Caller, at: datetime) -> CaseSheet:
    """Return a case that the caller's county was told of."""
    shown = cases.show(session, case_id, by=by, at=at)
    here = place(session, shown.campaign_id, by=by)
    return _sheet(shown, here, _terms(here))


def verdict_list(session: Session, campaign_id: str, *, by: Caller) -> list[VerdictSheet]:
    """Return the verdicts of the caller's county, the latest version first."""
    here = place(session, campaign_id, by=by)
    found = verdicts.listed(session, campaign_id, by=by)
    return [_of_verdict(session, one, here, by=by) for one in reversed(found)]


def verdict(
    session: Session, number: str, version: int, *, by: Caller, at: datetime
) -> VerdictSheet:
    """Return a version with its files, its standing, and the county's objections."""
    found = verdicts.find(session, number, version, by=by, roles=(Role.COUNTY_OFFICIAL,))
    here = place(session, found.campaign_id, by=by)
    objections = validity.objections(session, number, version, by=by)
    return _of_verdict(session, found, here, by=by, objections=objections, at=at)


def notice_list(session: Session, campaign_id: str, *, by: Caller) -> NoticeList:
    """Return the notices of the caller's county."""
    here = place(session, campaign_id, by=by)
    found = notices.for_county(session, campaign_id, here.county.adcode, by=by)
    return NoticeList(here, tuple(reversed(found)))


def hearing(session: Session, campaign_id: str, *, by: Caller) -> HearingSheet:
    """Return what the caller's county and the agency put on the record."""
    here = place(session, campaign_id, by=by)
    return HearingSheet(here, evidence.hearing(session, campaign_id, here.county.adcode, by=by))


def _place(campaign: Campaign, by: Caller) -> Place:
    adcode = by.by_campaign[campaign.id].county_adcode
    county = next((one for one in campaign.counties if one.adcode == adcode), None)
    if county is None:
        raise Unknown("The campaign has no such county.")
    return Place(campaign, county)


def _terms(here: Place) -> Terms:
    return Terms(
        campaigns.rulebook(here.campaign),
        here.county.reference_date,
        here.county.line_year,
        here.county.line_yuan,
    )


def _sheet(shown: Shown, here: Place, terms: Terms) -> CaseSheet:
    is_open = shown.state in WAITING
    return CaseSheet(
        place=here,
        case=shown,
        clauses=tuple(
            Clause(named(one), clause(one, terms), PROOFS.get(one)) for one in shown.blocks
        ),
        when=filled(WHEN, terms),
        silence=SILENCE,
        open=is_open,
        late=shown.state == CaseState.EVIDENCE_DUE.value and shown.overdue,
        answered=any(one.complete for one in shown.steps),
    )


def _of_verdict(
    session: Session,
    found: Verdict,
    here: Place,
    *,
    by: Caller,
    objections: Sequence[Objected] = (),
    at: datetime | None = None,
) -> VerdictSheet:
    standing = validity.read(session, found.number, found.version, by=by)
    today = None if at is None else field_day(at)
    first, last = standing.first_day, standing.last_day
    return VerdictSheet(
        place=here,
        verdict=found,
        editions=tuple(found.editions),
        signed={one.edition: one.sha256 for one in countersigning.signed_files(session, found)},
        standing=standing,
        objections=objections,
        open=bool(today and first and first <= today),
        over=bool(today and last and last < today),
    )
