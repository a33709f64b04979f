"""What stands between a county and its verdict: work to come, and loose ends that may be waived.

Work to come is refused whatever anybody says. A loose end (something in quarantine, revisions in
conflict, a blind second interview nobody accepted, a household nobody went to, a replacement nobody
decided on) is refused too, unless the commissioner, who issues nothing, has waived just that end
with a reason.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import CampaignCounty
from inspect_app.models.cases import Case
from inspect_app.models.interviews import Interview, Replacement, ReplacementRefusal
from inspect_app.models.ledger import Quarantine
from inspect_app.models.samples import SampleHousehold
from inspect_app.models.verdicts import VerdictWaiver
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import FieldworkUnfinished, Unknown
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import (
    REPLACEABLE,
    CaseState,
    Disposition,
    InterviewState,
    QuarantineState,
)
from inspect_app.services import campaigns, fieldwork, interviews, reinterviews, samples, steps
from inspect_app.services.reserves import outcomes
from inspect_app.services.transactions import writing

KINDS = ("quarantine", "conflicts", "reinterviews", "not_visited", "replacements")
SETTLED = (CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED)


@dataclass(frozen=True)
class Waived:
    """Loose ends that a commissioner lets stand in a county, by kind, and why."""

    county_adcode: str
    counts: dict[str, int]
    reason: str
    waived_by: str
    waived_at: datetime


def waive(
    session: Session, campaign_id: str, adcode: str, *, reason: str, by: Caller, at: datetime
) -> Waived:
    """Let the present loose ends of a county stand, with a reason; later ones are not covered.

    Raises
    ------
    Unknown : no such county
    StepTaken : the campaign is closed
    """
    by.require(campaign_id, Role.COMMISSIONER)
    with writing(session, campaign_id):
        steps.refuse_after(session, campaign_id, Step.CLOSED)
        if session.get(CampaignCounty, (campaign_id, adcode)) is None:
            raise Unknown("The campaign has no such county.")
        ends = found(session, campaign_id, adcode)
        last = _last(session, campaign_id, adcode)
        if last is None or (list(last.ends), last.reason) != (list(ends), reason):
            last = VerdictWaiver(
                campaign_id=campaign_id,
                county_adcode=adcode,
                n=last.n + 1 if last else 1,
                ends=list(ends),
                reason=reason,
                waived_by=by.actor,
                waived_at=at,
            )
            session.add(last)
            session.flush()
        return Waived(adcode, counted(last.ends), last.reason, last.waived_by, last.waived_at)


def found(session: Session, campaign_id: str, adcode: str) -> tuple[str, ...]:
    """Name the loose ends of a county, `kind/id`, sorted; reads only.

    What lies in quarantine without a county may be of any, and counts for each.
    """
    waiting = session.scalars(
        select(Quarantine.id).where(
            Quarantine.campaign_id == campaign_id,
            Quarantine.state == QuarantineState.OPEN.value,
            or_(Quarantine.county_adcode == adcode, Quarantine.county_adcode.is_(None)),
        )
    )
    conflicts = session.scalars(
        select(Interview.interview_id).where(
            Interview.campaign_id == campaign_id,
            Interview.county_adcode == adcode,
            Interview.in_conflict,
        )
    )
    ends = [f"quarantine/{number}" for number in waiting]
    ends += [f"conflicts/{name}" for name in conflicts]
    ends += [
        f"reinterviews/{name}" for name in reinterviews.undecided(session, campaign_id, adcode)
    ]
    ends += _of_households(session, campaign_id, adcode)
    return tuple(sorted(ends))


def counted(ends: tuple[str, ...] | list[str]) -> dict[str, int]:
    """Count loose ends by kind, every kind named."""
    counts = Counter(end.partition("/")[0] for end in ends)
    return {kind: counts[kind] for kind in KINDS}


def refuse(session: Session, campaign_id: str, adcode: str) -> None:
    """Refuse a verdict while work is to come, or a loose end stands that nobody waived.

    Raises
    ------
    FieldworkUnfinished : a village or its list is to come, an interview waits for review, a case
        for its ruling; or loose ends, counted by kind
    """
    fieldwork.refuse_open_villages(session, campaign_id, adcode)
    _refuse_undecided(session, campaign_id, adcode)
    ends = found(session, campaign_id, adcode)
    last = _last(session, campaign_id, adcode)
    left = set(ends) - set(last.ends if last is not None else ())
    if left:
        counts = counted(sorted(left))
        raise FieldworkUnfinished(
            "Loose ends are left; settle them, or let a commissioner waive them with a reason: "
            + ", ".join(f"{kind} {count}" for kind, count in counts.items() if count)
            + ".",
            pending=counts,
        )


def _last(session: Session, campaign_id: str, adcode: str) -> VerdictWaiver | None:
    return session.scalars(
        select(VerdictWaiver)
        .where(VerdictWaiver.campaign_id == campaign_id, VerdictWaiver.county_adcode == adcode)
        .order_by(VerdictWaiver.n.desc())
        .limit(1)
    ).first()


def _of_households(session: Session, campaign_id: str, adcode: str) -> list[str]:
    """Households nobody went to, or not often enough, and those lost for which a reserve is left
    and nobody decided."""
    opened = {row["unit_id"]: row for row in samples.interview_frame(session, campaign_id, adcode)}
    outcome = {
        row["unit_id"]: row["disposition"]
        for row in interviews.reviewed(session, campaign_id, adcode)
    }
    never = Disposition.NOT_VISITED
    absent = [unit for unit in opened if outcome.get(unit) == Disposition.ABSENT]
    made = outcomes(session, campaign_id, absent)
    max_visits = campaigns.rulebook(campaigns.read(session, campaign_id)).max_visits
    too_few = {unit for unit, visits in made.items() if not visits.is_lost(max_visits)}
    ends = [
        f"not_visited/{unit}"
        for unit in opened
        if outcome.get(unit, never) == never or unit in too_few
    ]
    reserves = {
        (psu, of)
        for psu, of in session.execute(
            select(SampleHousehold.psu, SampleHousehold.household_class).where(
                SampleHousehold.campaign_id == campaign_id,
                SampleHousehold.county_adcode == adcode,
                SampleHousehold.is_reserve,
                SampleHousehold.opened_at.is_(None),
            )
        )
    }
    decided = {
        *session.scalars(select(Replacement.unit_id).where(Replacement.campaign_id == campaign_id)),
        *session.scalars(
            select(ReplacementRefusal.unit_id).where(ReplacementRefusal.campaign_id == campaign_id)
        ),
    }
    for unit, row in opened.items():
        cell = (row["psu"], row["household_class"])
        is_lost = outcome.get(unit) in REPLACEABLE and unit not in too_few
        if is_lost and unit not in decided and cell in reserves:
            ends.append(f"replacements/{unit}")
    return ends


def _refuse_undecided(session: Session, campaign_id: str, adcode: str) -> None:
    """Refuse while an interview waits for review or a case for its ruling."""
    waiting = session.scalars(
        select(Interview.interview_id)
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .where(
            SampleHousehold.campaign_id == campaign_id,
            SampleHousehold.county_adcode == adcode,
            Interview.state != InterviewState.ACCEPTED,
        )
        .limit(1)
    ).first()
    if waiting is not None:
        raise FieldworkUnfinished("An interview waits for review.", interview_id=waiting)
    pending = session.scalars(
        select(Case.id)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.state.not_in(SETTLED),
        )
        .limit(1)
    ).first()
    if pending is not None:
        raise FieldworkUnfinished("A case waits for its ruling.", case_id=pending)
