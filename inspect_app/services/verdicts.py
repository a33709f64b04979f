"""Verdicts: estimate, decide, freeze as one document, print; and read what was issued."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Interview, Revision, RosterList
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import (
    Assignment,
    SampleHousehold,
    SampleVillage,
    SealedSample,
    Village,
)
from inspect_app.models.verdicts import Verdict
from inspect_app.rules import verdicts
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import Conflict, FieldworkUnfinished, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState, InterviewState
from inspect_app.rules.verdicts import Decision
from inspect_app.services import estimates, ledger, seeds
from inspect_app.services import figures as figures_of_field
from inspect_app.services.documents import (
    Open,
    Provenance,
    Release,
    as_version,
    digest,
    document,
    indicator_entry,
    interviews_csv,
    to_bytes,
)
from inspect_app.services.estimates import CountyData, Figures
from inspect_app.services.transactions import writing
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import verdict as verdict_report
from sampling.reach import Reach, reach

SEE_ESTIMATES = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
NONCE_BYTES = 32


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
        "indicators": [indicator_entry(one) for one in _decide(data, figures).judged],
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
) -> Verdict:
    """Issue the verdict of a county; on unchanged inputs the version that exists is answered.

    Committed: one frozen row with verdict.json, the PDF and the interviews behind them.

    Raises
    ------
    FieldworkUnfinished : a village or its list is still to come, interviews wait for review or
        cases for a ruling
    Conflict : another campaign has issued a verdict of this county, year and wave
    VerdictWithheld : undetermined households would decide the outcome
    EstimationError : a figure cannot be estimated
    """
    by.require(campaign_id, Role.REVIEWER, Role.EXPERT)
    _refuse_unfinished(session, campaign_id, adcode)
    data = estimates.gather(session, campaign_id, adcode, settings=settings)
    figures = estimates.compute(data)
    decision = _decide(data, figures)
    verdicts.refuse_undecided(decision)
    interviews = interviews_csv(data.interviews)
    number = _number(data)
    content = _document(
        session, data, figures, decision, interviews=interviews, release_date=release_date
    )
    with writing(session, campaign_id):
        latest = session.scalars(
            select(Verdict).where(Verdict.number == number).order_by(Verdict.version.desc())
        ).first()
        if latest is not None and latest.campaign_id != campaign_id:
            raise Conflict("Another campaign has issued verdicts under this number.", number=number)
        if latest is not None and latest.document == _again(content, latest):
            return latest
        version = latest.version + 1 if latest else 1
        nonce = Entropy(settings.demo_seed).secret_bytes(NONCE_BYTES, f"verdict/{number}/{version}")
        replaces = latest.version if latest else None
        issued = to_bytes(as_version(content, version, replaces=replaces, nonce=nonce.hex()))
        pdf = verdict_report.render(verdict_report.VerdictSheet.from_json(issued))
        verdict = Verdict(
            number=number,
            version=version,
            campaign_id=campaign_id,
            county_adcode=adcode,
            replaces=replaces,
            document=issued,
            document_sha256=digest(issued),
            pdf=pdf,
            pdf_sha256=digest(pdf),
            interviews=interviews,
            interviews_sha256=digest(interviews),
            issued_at=at,
            issued_by=by.actor,
        )
        session.add(verdict)
    return verdict


def listed(session: Session, campaign_id: str, *, by: Caller) -> Sequence[Verdict]:
    """List a campaign's verdicts by number and version; officials see their own county's."""
    membership = by.require(campaign_id, *SEE_ESTIMATES, Role.COUNTY_OFFICIAL)
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
    roles: Sequence[Role] = (*SEE_ESTIMATES, Role.COUNTY_OFFICIAL),
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


def find_interviews(session: Session, number: str, version: int, *, by: Caller) -> Verdict:
    """The same for whoever may see the interviews behind it, which no county may."""
    return find(session, number, version, by=by, roles=SEE_ESTIMATES)


def _decide(data: CountyData, figures: Figures) -> Decision:
    drawn = data.interviews["psu"].n_unique()
    return verdicts.decide(
        figures.indicators,
        rulebook=data.rulebook,
        region_group=data.county.region_group,
        round_kind=data.campaign.round_kind,
        villages_left=sum(village.stratum is not None for village in data.villages) - drawn,
        other_readings=figures.other_readings,
    )


def _number(data: CountyData) -> str:
    return f"{data.county.adcode}-{data.county.exit_year}-{data.campaign.wave:02d}"


def _document(
    session: Session,
    data: CountyData,
    figures: Figures,
    decision: Decision,
    *,
    interviews: bytes,
    release_date: date,
) -> dict[str, Any]:
    """Everything of verdict.json that does not depend on its version; reads, writes nothing."""
    campaign_id = data.campaign.id
    first, last = _field_days(session, campaign_id, data.county.adcode)
    seed = seeds.read(session, campaign_id)
    root, count, day = ledger.root(session, campaign_id)
    sealed = session.get_one(SealedSample, campaign_id)
    return document(
        data,
        figures,
        decision,
        reach=_reach(data),
        cases=_cases(session, campaign_id, data.county.adcode),
        open_ends=_open(session, campaign_id, data.county.adcode),
        release=Release(_number(data), release_date, first, last),
        provenance=Provenance(
            frame_sha256=seed.frame_sha256,
            plan_sha256=seed.plan_sha256,
            sample_sha256=sealed.sha256,
            interviews_sha256=digest(interviews),
            seed_commitment=seed.commitment,
            seed=seed.campaign_seed,
            ledger_root=root,
            ledger_count=count,
            ledger_day=day,
            software=SOFTWARE,
        ),
    )


def _again(content: dict[str, Any], issued: Verdict) -> bytes:
    """The document as it would be under a version that exists, with that version's nonce."""
    nonce = str(json.loads(issued.document)["nonce"])
    return to_bytes(as_version(content, issued.version, replaces=issued.replaces, nonce=nonce))


def _reach(data: CountyData) -> tuple[Reach, ...]:
    return reach(data.plan, data.frozen.filter(pl.col("county_adcode") == data.county.adcode))


def _open(session: Session, campaign_id: str, adcode: str) -> Open:
    """What stays open or counts nowhere, to be printed beside the figures."""
    found = figures_of_field.count(session, campaign_id, adcode)
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
        agreement=found.county.agreement,
        silent_cases=found.cases_silent,
        leads=leads,
    )


def _cases(session: Session, campaign_id: str, adcode: str) -> list[tuple[Case, bool]]:
    """The county's cases of the sample, each with whether the county sent evidence.

    A case that was taken up again gives way to the one that did.
    """
    again = select(Case.reopens).where(Case.campaign_id == campaign_id, Case.reopens.is_not(None))
    replied = set(
        session.scalars(
            select(CaseEvent.case_id).where(CaseEvent.to_state == CaseState.EVIDENCE_RECEIVED)
        )
    )
    cases = session.scalars(
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.id.not_in(again),
        )
        .order_by(Case.id)
    )
    return [(case, case.id in replied) for case in cases]


def _field_days(session: Session, campaign_id: str, adcode: str) -> tuple[date, date]:
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


def _refuse_unfinished(session: Session, campaign_id: str, adcode: str) -> None:
    """Refuse while a village is to come, an interview waits for review or a case for its ruling."""
    _refuse_missing_villages(session, campaign_id, adcode)
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
    settled = (CaseState.CONFIRMED, CaseState.OVERTURNED, CaseState.UNDECIDED)
    pending = session.scalars(
        select(Case.id)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.state.not_in(settled),
        )
        .limit(1)
    ).first()
    if pending is not None:
        raise FieldworkUnfinished("A case waits for its ruling.", case_id=pending)


def _refuse_missing_villages(session: Session, campaign_id: str, adcode: str) -> None:
    """Refuse a sample of fewer villages than were drawn: those left out speak for nobody.

    A village that was given up has a reserve in its place. Sealed villages are counted, not named.
    """
    due = (
        SampleVillage.campaign_id == campaign_id,
        SampleVillage.county_adcode == adcode,
        SampleVillage.given_up_at.is_(None),
    )
    sealed = session.scalar(
        select(func.count()).where(
            *due, ~SampleVillage.is_reserve, SampleVillage.released_at.is_(None)
        )
    )
    if sealed:
        raise FieldworkUnfinished("Drawn villages were never released.", villages=sealed)
    listed = exists().where(
        RosterList.campaign_id == campaign_id,
        RosterList.village_code == SampleVillage.village_code,
        RosterList.stands,
    )
    unlisted = session.scalars(
        select(SampleVillage.village_code)
        .join(Village)
        .where(*due, SampleVillage.released_at.is_not(None), Village.households_n > 0, ~listed)
        .order_by(SampleVillage.village_code)
        .limit(1)
    ).first()
    if unlisted is not None:
        raise FieldworkUnfinished("The list of a village is missing.", village_code=unlisted)
