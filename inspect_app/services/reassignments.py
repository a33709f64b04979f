"""Others take a village over, or its pair goes on another day or with an interpreter: somebody
falls ill, a phone breaks, a tie comes to light."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from inspect_app.models.samples import Assignment, Reassignment, SampleVillage
from inspect_app.rules.assignments import NewAssignment, NewReassignment
from inspect_app.rules.campaigns import Step
from inspect_app.rules.errors import Conflict, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.services import access, campaigns, errands, grounds, parties, steps
from inspect_app.services.assignments import Assigned, broken_rules, judged_on, shown
from inspect_app.services.transactions import writing


def reassign(
    session: Session,
    campaign_id: str,
    assignment_id: str,
    new: NewReassignment,
    *,
    by: Caller,
    at: datetime,
) -> Assigned:
    """Give a released village to others, or its own pair another day or interpreter; the same
    again changes nothing.

    Committed: who held it when, and why no more; the former phone loses its items, the new one
    gets the households that no interview has arrived from, and those to be asked again; what others
    were asked for because these were there stays with those others.

    Raises
    ------
    Unknown : the campaign has no such assignment
    NotIndependent : rules are broken; `extra["reasons"]` names all of them
    Conflict : the village was given up, fieldwork is over
    """
    by.require(campaign_id, Role.PLANNER)
    with writing(session, campaign_id):
        assignment = session.get(Assignment, assignment_id)
        if assignment is None or assignment.campaign_id != campaign_id:
            raise Unknown("The campaign has no such assignment.")
        village = session.get_one(SampleVillage, (campaign_id, assignment.village_code))
        if village.given_up_at is not None:
            raise Conflict("This village was given up; a reserve has taken its place.")
        steps.refuse_after(session, campaign_id, Step.FIELDWORK_ENDED)
        what = f"reassigned village {assignment.village_code}"
        access.record(session, campaign_id, what, by=by, at=at)
        before, today = (assignment.enumerator_a, assignment.enumerator_b), field_day(at)
        request = _request(assignment, village, new, today=today)
        held = (before, assignment.visit_date, assignment.interpreter)
        if held == (request.enumerators, request.visit_date, request.interpreter):
            return shown(session, assignment)
        campaign = campaigns.read(session, campaign_id)
        session.add(
            Reassignment(
                campaign_id=campaign_id,
                assignment_id=assignment.id,
                visit_date=assignment.visit_date,
                enumerator_a=before[0],
                enumerator_b=before[1],
                device_id=assignment.device_id,
                began=assignment.visit_date <= today,
                reason=new.reason,
                at=at,
                by=by.actor,
            )
        )
        # After the row above: a day that was begun stands beside the one that is judged.
        ground = judged_on(session, campaign, request, at=at, but=assignment.id)
        grounds.refuse(broken_rules(session, campaign, request, ground))
        device_id = errands.phone_of(session, request.enumerators)
        former = assignment.device_id
        along, stay = parties.divide_returns(session, assignment, request.enumerators)
        if device_id != former:
            errands.take_back(session, assignment, but={one.interview_id for one in stay})
        assignment.enumerator_a, assignment.enumerator_b = request.enumerators
        assignment.visit_date, assignment.device_id = request.visit_date, device_id
        assignment.interpreter = request.interpreter
        for one in along:
            one.enumerator_a, one.enumerator_b = request.enumerators
            one.device_id, one.interpreter = device_id, request.interpreter
        session.flush()
        if device_id != former:
            errands.hand_over(session, assignment, campaign, asked=along)
        return shown(session, assignment)


def _request(
    assignment: Assignment, village: SampleVillage, new: NewReassignment, *, today: date
) -> NewAssignment:
    """Say who shall hold the village when; what is left out stays as it is for the same pair."""
    day, pair, interpreter = assignment.visit_date, new.enumerators, new.interpreter
    before = (assignment.enumerator_a, assignment.enumerator_b)
    if set(pair) == set(before):
        pair, interpreter = before, interpreter or assignment.interpreter
    else:
        day = max(day, today)
    return NewAssignment(
        village.county_adcode,
        village.position,
        new.visit_date or day,
        pair,
        interpreter=interpreter,
    )
