"""Verdicts: estimate, decide, freeze as one document, print; and read what was issued."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inspect_app.entropy import Entropy
from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Interview, Revision, Revisit
from inspect_app.models.ledger import LedgerEntry, Op
from inspect_app.models.samples import Assignment, SampleHousehold, SealedSample
from inspect_app.models.verdicts import Verdict
from inspect_app.rules import verdicts
from inspect_app.rules.campaigns import Step
from inspect_app.rules.chain import LineType
from inspect_app.rules.errors import Conflict, Unavailable, Unknown
from inspect_app.rules.independence import field_day
from inspect_app.rules.revisits import RevisitKind
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState
from inspect_app.rules.verdicts import Decision
from inspect_app.services import access, estimates, ledger, loose_ends, lots, seeds, steps
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
    without_opinions,
)
from inspect_app.services.estimates import CountyData, Figures
from inspect_app.services.exports import SEE_ANSWERS
from inspect_app.services.transactions import snapshot, writing
from inspect_app.settings import Settings
from inspect_app.version import SOFTWARE
from report_templates import verdict as verdict_report
from sampling.reach import Reach, reach

SEE_ESTIMATES = (Role.COMMISSIONER, Role.PLANNER, Role.REVIEWER, Role.EXPERT)
NONCE_BYTES = 32
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
        draft = _draft(session, campaign_id, adcode, release_date=release_date, settings=settings)
        with writing(session, campaign_id):
            if not _stands(session, draft, release_date=release_date):
                continue
            if draft.again is not None:
                return session.get_one(Verdict, draft.again)
            number, version = draft.number, draft.version
            verdict = Verdict(
                number=number,
                version=version,
                campaign_id=campaign_id,
                county_adcode=adcode,
                replaces=draft.replaces,
                document=draft.document,
                document_sha256=digest(draft.document),
                pdf=draft.pdf,
                pdf_sha256=digest(draft.pdf),
                interviews=draft.interviews,
                interviews_sha256=digest(draft.interviews),
                issued_at=at,
                issued_by=by.actor,
            )
            session.add(verdict)
        return verdict
    raise Unavailable("The county's data keeps changing; the same request may succeed later.")


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


@dataclass(frozen=True, eq=False)
class _Draft:
    """A verdict as it would be issued, and what it was made from.

    rows : of the county's interviews, to be read again under the lock
    latest : version of this number that stood, 0 for none; again : the verdict this repeats
    """

    data: CountyData
    figures: Figures
    decision: Decision
    reach: tuple[Reach, ...]
    rows: list[dict[str, Any]]
    content: dict[str, Any]
    number: str
    latest: int
    interviews: bytes
    again: tuple[str, int] | None = None
    document: bytes = b""
    pdf: bytes = b""

    @property
    def version(self) -> int:
        return self.latest + 1

    @property
    def replaces(self) -> int | None:
        return self.latest or None


def _draft(
    session: Session, campaign_id: str, adcode: str, *, release_date: date, settings: Settings
) -> _Draft:
    """Compute a verdict from one state of the database; reads only, and holds up nobody."""
    loose_ends.refuse(session, campaign_id, adcode)
    rows = estimates.rows(session, campaign_id, adcode)
    data = estimates.gather(session, campaign_id, adcode, settings=settings)
    figures = estimates.compute(data)
    decision = _decide(data, figures)
    verdicts.refuse_undecided(decision)
    interviews = interviews_csv(data.interviews)
    number = _number(data)
    parts = (data, figures, decision, _reach(data), rows)
    content = _document(session, *parts[:4], interviews=interviews, release_date=release_date)
    latest = _latest(session, number)
    if latest is not None and latest.campaign_id != campaign_id:
        raise Conflict("Another campaign has issued verdicts under this number.", number=number)
    standing = latest.version if latest else 0
    if latest is not None and latest.document == _again(content, latest):
        again = (number, latest.version)
        return _Draft(*parts, content, number, standing, interviews, again=again)
    draft = _Draft(*parts, content, number, standing, interviews)
    version = draft.version
    nonce = Entropy(settings.demo_seed).secret_bytes(NONCE_BYTES, f"verdict/{number}/{version}")
    issued = to_bytes(as_version(content, version, replaces=draft.replaces, nonce=nonce.hex()))
    pdf = verdict_report.render(verdict_report.VerdictSheet.from_json(issued))
    return replace(draft, document=issued, pdf=pdf)


def _stands(session: Session, draft: _Draft, *, release_date: date) -> bool:
    """Whether everything the draft was made from is still so, the county's writers locked out.

    The ledger may have grown by what touches nothing of this: the draft names an earlier root.
    """
    campaign_id, adcode = draft.data.campaign.id, draft.data.county.adcode
    steps.refuse_after(session, campaign_id, Step.CLOSED)
    loose_ends.refuse(session, campaign_id, adcode)
    latest = _latest(session, draft.number)
    if (latest.version if latest else 0) != draft.latest:
        return False
    if estimates.rows(session, campaign_id, adcode) != draft.rows:
        return False
    present = _document(
        session,
        draft.data,
        draft.figures,
        draft.decision,
        draft.reach,
        interviews=draft.interviews,
        release_date=release_date,
    )
    return _but_the_ledger(present) == _but_the_ledger(draft.content)


def _but_the_ledger(content: dict[str, Any]) -> dict[str, Any]:
    provenance = {**content["provenance"], "ledger": None}
    return {**content, "provenance": provenance}


def _latest(session: Session, number: str) -> Verdict | None:
    return session.scalars(
        select(Verdict).where(Verdict.number == number).order_by(Verdict.version.desc()).limit(1)
    ).first()


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
    reached: tuple[Reach, ...],
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
        reach=reached,
        cases=_cases(session, campaign_id, data.county.adcode),
        open_ends=_open(session, data),
        release=Release(_number(data), release_date, first, last),
        provenance=Provenance(
            frame_sha256=seed.frame_sha256,
            plan_sha256=seed.plan_sha256,
            sample_sha256=sealed.sha256,
            interviews_sha256=digest(interviews),
            seed_commitment=seed.commitment,
            public_value_source=seed.public_value_source,
            public_value_at=seed.public_value_at,
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


def _open(session: Session, data: CountyData) -> Open:
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
