"""What stands beside a county's figures in its verdict: open ends, and what became of its cases."""

from collections import Counter

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Revisit
from inspect_app.rules.revisits import RevisitKind
from inspect_app.rules.states import CaseState
from inspect_app.services import figures as figures_of_field
from inspect_app.services import loose_ends, lots
from inspect_app.services.documents import Open
from inspect_app.services.estimates import CountyData


def open_ends(session: Session, data: CountyData) -> Open:
    """What stays open or counts nowhere, to be printed beside the figures."""
    campaign_id, adcode = data.campaign.id, data.county.adcode
    found = figures_of_field.count(session, campaign_id, adcode)
    classes = data.interviews.select("household_class", "class_found")
    left_exited = classes.filter(
        (pl.col("household_class") == "E") & (pl.col("class_found") != "E")
    ).height
    ordered = session.scalar(
        select(func.count()).where(
            Revisit.campaign_id == campaign_id,
            Revisit.county_adcode == adcode,
            Revisit.kind == RevisitKind.BLIND.value,
        )
    )
    leads = Counter(
        session.scalars(
            select(Case.state).where(
                Case.campaign_id == campaign_id,
                Case.county_adcode == adcode,
                ~Case.from_sample,
            )
        )
    )
    return Open(
        undecided_cases=found.county.cases[CaseState.UNDECIDED.value],
        without_files=found.county.without_files,
        villages_given_up=found.villages_given_up,
        replaced=found.county.replaced,
        replaced_late=found.county.replaced_late,
        reinterviews=found.county.reinterviews,
        reinterviews_drawn=lots.drawn(session, campaign_id, adcode),
        reinterviews_ordered=ordered or 0,
        agreement=found.county.agreement,
        silent_cases=found.cases_silent,
        left_exited=left_exited,
        leads=leads,
        loose_ends=loose_ends.counted(loose_ends.found(session, campaign_id, adcode)),
    )


def cases(session: Session, campaign_id: str, adcode: str) -> list[tuple[Case, bool]]:
    """The county's cases of the sample, each with whether the county sent evidence.

    A case that was taken up again gives way to the one that did.
    """
    again = select(Case.reopens).where(Case.campaign_id == campaign_id, Case.reopens.is_not(None))
    replied = set(
        session.scalars(
            select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_RECEIVED)
        )
    )
    found = session.scalars(
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.id.not_in(again),
        )
        .order_by(Case.id)
    )
    return [(case, case.id in replied) for case in found]
