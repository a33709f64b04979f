"""Journeys: who was sent where, for a village, a second visit or a repeat.

The rules of days, of provinces and of ties read them here; who was there when something was
captured says `holders`.
"""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Date, Subquery, case, cast, literal, null, select, union_all

from inspect_app.models.base import UTCDateTime
from inspect_app.models.interviews import Interview, Return, Revisit
from inspect_app.models.samples import Assignment, Reassignment, SampleVillage


class Journey(StrEnum):
    """Who holds a village or gave it up; who had begun it when others took it, or had not; and
    an errand: a second visit or a repeat."""

    HOLDS = "holds"
    GAVE_UP = "gave up"
    BEGAN = "began"
    NEVER_BEGAN = "never began"
    ERRAND = "errand"


@cache  # building it costs more than running it
def sent() -> Subquery:
    """Every journey, to be filtered by the caller.

    of : assignment, second interview or return; place : the village, or of an errand the interview
    visit_date : of a village; ordered_at : of an errand
    """
    held = _village(
        Assignment,
        case(
            (SampleVillage.given_up_at.is_(None), Journey.HOLDS.value), else_=Journey.GAVE_UP.value
        ),
    ).join(SampleVillage)
    begun = (
        _village(
            Reassignment,
            case((Reassignment.began, Journey.BEGAN.value), else_=Journey.NEVER_BEGAN.value),
        )
        .join(Assignment, Assignment.id == Reassignment.assignment_id)
        .join(SampleVillage)
    )
    second = _errand(Revisit, Revisit.interview_id, Revisit, Revisit.ordered_at)
    again = _errand(Return, Return.return_id, Interview, Return.returned_at).join(
        Interview, Interview.interview_id == Return.interview_id
    )
    return union_all(held, begun, second, again).subquery("sent")


def _village(who: Any, kind: Any) -> Any:
    return select(
        Assignment.id.label("of"),
        kind.label("kind"),
        Assignment.campaign_id,
        SampleVillage.county_adcode,
        Assignment.village_code.label("place"),
        who.visit_date.label("visit_date"),
        cast(null(), UTCDateTime).label("ordered_at"),
        who.enumerator_a.label("enumerator_a"),
        who.enumerator_b.label("enumerator_b"),
    ).select_from(who)


def _errand(who: Any, of: Any, where: Any, at: Any) -> Any:
    return select(
        of.label("of"),
        literal(Journey.ERRAND.value).label("kind"),
        where.campaign_id,
        where.county_adcode,
        who.interview_id.label("place"),
        cast(null(), Date).label("visit_date"),
        at.label("ordered_at"),
        who.enumerator_a.label("enumerator_a"),
        who.enumerator_b.label("enumerator_b"),
    ).select_from(who)
