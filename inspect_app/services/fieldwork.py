"""The fieldwork of a county: whether every drawn village was gone to, and on which days."""

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from inspect_app.models.interviews import Interview, Revision, RosterList
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment, SampleHousehold, SampleVillage, Village
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import FieldworkUnfinished
from inspect_app.rules.independence import field_day


def refuse_open_villages(session: Session, campaign_id: str, adcode: str | None = None) -> None:
    """Refuse while a drawn village is to come or a list is missing, in a county or in all.

    A sample of fewer villages than were drawn speaks for nobody in those left out; one that was
    given up has a reserve in its place. Sealed villages are counted, not named.

    Raises
    ------
    FieldworkUnfinished : villages were never released, or the list of one is missing
    """
    here = [SampleVillage.campaign_id == campaign_id, SampleVillage.given_up_at.is_(None)]
    if adcode is not None:
        here.append(SampleVillage.county_adcode == adcode)
    codes = select(SampleVillage.village_code).order_by(SampleVillage.village_code)
    sealed = session.scalars(
        codes.where(*here, ~SampleVillage.is_reserve, SampleVillage.released_at.is_(None))
    ).all()
    if sealed:
        raise FieldworkUnfinished("Drawn villages were never released.", villages=len(sealed))
    has_list = exists().where(
        RosterList.campaign_id == campaign_id,
        RosterList.village_code == SampleVillage.village_code,
        RosterList.stands,
    )
    unlisted = session.scalars(
        codes.join(Village)
        .where(*here, SampleVillage.released_at.is_not(None), Village.households_n > 0, ~has_list)
        .limit(1)
    ).first()
    if unlisted is not None:
        raise FieldworkUnfinished("The list of a village is missing.", village_code=unlisted)


def days(session: Session, campaign_id: str, adcode: str) -> tuple[date, date]:
    """First and last day, China time, on which the county's interviews were held.

    Each by its phone's clock, set right by what that clock was off when it sent, and never before
    the day its village was visited nor after the day it arrived: a phone that believes it is 1970
    must not move the dates of a verdict.
    """
    held = session.execute(
        select(Op.captured_at, Revision.offset_ms, Assignment.visit_date, LedgerEntry.received_at)
        .join(Revision, Revision.op_id == Op.op_id)
        .join(
            Interview,
            (Interview.interview_id == Revision.interview_id)
            & (Interview.current_rev == Revision.rev),
        )
        .join(
            Assignment,
            (Assignment.campaign_id == Interview.campaign_id)
            & (Assignment.village_code == Interview.village_code),
        )
        .join(
            LedgerEntry, (LedgerEntry.op_id == Op.op_id) & (LedgerEntry.type == LineType.OP.value)
        )
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .where(Interview.campaign_id == campaign_id, Interview.county_adcode == adcode)
    )
    days = [
        day_held(captured, offset_ms=offset, visited=visited, received=received)
        for captured, offset, visited, received in held
    ]
    return min(days), max(days)


def day_held(captured: str, *, offset_ms: int, visited: date, received: str) -> date:
    """Return the China day of an interview; the phone is believed between visit and arrival."""
    arrived = field_day(datetime.fromisoformat(received))
    try:
        held = field_day(datetime.fromisoformat(captured) + timedelta(milliseconds=offset_ms))
    except OverflowError:  # two clocks centuries apart
        held = arrived
    return min(arrived, max(visited, held))
