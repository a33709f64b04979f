"""Verdicts: estimate, issue as frozen editions, and read what was issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.corrections import CorrectionReason
from inspect_app.rules.errors import Unavailable, Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, drafts, estimates, inputs
from inspect_app.services.documents import digest, indicator_entry, without_opinions
from inspect_app.services.drafts import Why
from inspect_app.services.editions import FULL, PUBLIC
from inspect_app.services.exports import SEE_ANSWERS
from inspect_app.services.transactions import snapshot, writing
from inspect_app.settings import Settings

SEE_ESTIMATES = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
READERS = (*SEE_ESTIMATES, Role.COUNTY_OFFICIAL)
ATTEMPTS = 5
"""How often a verdict is computed anew because its inputs changed meanwhile."""


def estimate(
    session: Session, campaign_id: str, adcode: str, *, by: Caller, settings: Settings
) -> dict[str, Any]:
    """Estimate a county's indicators from what is accepted so far; nothing is stored.

    Raises
    ------
    FieldworkUnfinished : nothing of this county has been accepted
    EstimationError : a figure cannot be estimated
    """
    by.require(campaign_id, *SEE_ESTIMATES)
    data = estimates.gather(session, campaign_id, adcode, settings=settings)
    figures = estimates.compute(data)
    return {
        "county_adcode": adcode,
        "indicators": [indicator_entry(one) for one in inputs.decide(data, figures).judged],
    }


def issue(
    session: Session,
    campaign_id: str,
    adcode: str,
    *,
    release_date: date,
    by: Caller,
    at: datetime,
    settings: Settings,
    reason: CorrectionReason | None = None,
    note: str | None = None,
) -> Verdict:
    """Issue the verdict of a county; on unchanged inputs the version that exists is answered.

    Committed: one frozen row with all it was computed from, and two editions, each with its
    verdict.json and its PDF.

    Parameters
    ----------
    reason, note : why the version before is replaced, where there is one

    Raises
    ------
    CorrectionUnexplained : another version would be replaced without a reason
    FieldworkUnfinished : something is still to come, or a loose end stands, see `loose_ends`
    StepTaken : the campaign is closed
    Unavailable : its data changed again and again meanwhile
    Conflict : another campaign has issued a verdict of this county, year and wave
    VerdictWithheld : undetermined households would decide the outcome
    EstimationError : a figure cannot be estimated
    """
    by.require(campaign_id, Role.REVIEWER, Role.EXPERT)
    for _ in range(ATTEMPTS):
        snapshot(session)
        draft = drafts.make(
            session,
            campaign_id,
            adcode,
            release_date=release_date,
            why=Why(reason, note),
            settings=settings,
        )
        with writing(session, campaign_id):
            if not drafts.stands(session, draft, release_date=release_date):
                continue
            if draft.again is not None:
                return session.get_one(Verdict, draft.again)
            verdict = Verdict(
                number=draft.number,
                version=draft.version,
                campaign_id=campaign_id,
                county_adcode=adcode,
                replaces=draft.replaces,
                interviews=draft.interviews,
                interviews_sha256=digest(draft.interviews),
                inputs=draft.frozen,
                reason=draft.replaces and reason,
                note=draft.replaces and note,
                issued_at=at,
                issued_by=by.actor,
                editions=list(draft.editions),
            )
            session.add(verdict)
        return verdict
    raise Unavailable("The county's data keeps changing; the same request may succeed later.")


def listed(session: Session, campaign_id: str, *, by: Caller) -> Sequence[Verdict]:
    """List a campaign's verdicts by number and version; officials see their own county's."""
    membership = by.require(campaign_id, *READERS)
    query = select(Verdict).where(Verdict.campaign_id == campaign_id)
    if membership.role is Role.COUNTY_OFFICIAL:
        query = query.where(Verdict.county_adcode == membership.county_adcode)
    return session.scalars(query.order_by(Verdict.number, Verdict.version)).all()


def find(
    session: Session,
    number: str,
    version: int,
    *,
    by: Caller,
    roles: Sequence[Role] = READERS,
) -> Verdict:
    """Return one version of a verdict to a holder of one of these roles in its campaign.

    A number that does not exist and one that is not for the caller look alike.
    """
    found = session.get(Verdict, (number, version))
    membership = by.by_campaign.get(found.campaign_id) if found is not None else None
    if found is None or membership is None or membership.role not in roles:
        raise Unknown("There is no such verdict.")
    if membership.role is Role.COUNTY_OFFICIAL and membership.county_adcode != found.county_adcode:
        raise Unknown("There is no such verdict.")
    return found


def find_edition(
    session: Session, number: str, version: int, *, edition: str | None = None, by: Caller
) -> Edition:
    """Return an edition: the public one to everybody in the campaign, the full one as `find`.

    edition : full or public; without one, the fullest that the caller's role reads
    """
    named = session.get(Verdict, (number, version))
    role = by.role_in(named.campaign_id) if named is not None else None
    if role is None:
        raise Unknown("There is no such verdict.")
    wanted = edition or (FULL if role in READERS else PUBLIC)
    if wanted == FULL:
        find(session, number, version, by=by)
    found = session.get(Edition, (number, version, wanted))
    if found is None:
        raise Unknown("There is no such edition of this verdict.")
    return found


@dataclass(frozen=True)
class Behind:
    """The interviews behind a verdict, as far as somebody may see them."""

    content: bytes
    sha256: str


def find_interviews(
    session: Session, number: str, version: int, *, by: Caller, at: datetime
) -> Behind:
    """Return the interviews behind a verdict; committed: that the caller saw them.

    Whoever may see answers gets the bytes that the verdict names by their hash. For commissioner
    and planner only coded columns leave, and no household's opinion.
    """
    found = find(session, number, version, by=by, roles=SEE_ESTIMATES)
    role = by.require(found.campaign_id, *SEE_ESTIMATES).role
    content = found.interviews if role in SEE_ANSWERS else without_opinions(found.interviews)
    seen = Behind(content, digest(content))
    what = f"interviews behind verdict {number}/{version}, {seen.sha256}"
    access.note_access(session, found.campaign_id, what, by=by, at=at)
    return seen
