"""What the records say beside a county's figures: open ends, cases, reply, seals, corrections."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from inspect_app.models.cases import Case, CaseEvent, Evidence
from inspect_app.models.interviews import Interview, Revisit
from inspect_app.models.samples import SampleHousehold, SealedSample
from inspect_app.models.verdicts import Edition, Verdict
from inspect_app.rules.independence import field_day
from inspect_app.rules.revisits import RevisitKind
from inspect_app.rules.states import CaseState
from inspect_app.services import commissions, evidence, loose_ends, lots, reinterviews, seeds
from inspect_app.services import figures as figures_of_field
from inspect_app.services.estimates import CountyData

TOLD_OF_EARLIER = ("value", "low", "high")


@dataclass(frozen=True)
class Open:
    """What a verdict was issued on although it is open, or counts nowhere; all counts.

    undecided_cases : counted both ways, right and failing, in every indicator they touch
    without_files : accepted interviews whose photos or signatures never came
    left_exited : exited households of the register that were found to be of another class
    villages_given_up : drawn villages that a reserve took the place of
    leads : cases from outside the sample, by state; they enter no rate
    loose_ends : by kind, what a commissioner let stand; see `services.loose_ends`
    """

    undecided_cases: int
    without_files: int
    villages_given_up: int
    replaced: int
    replaced_late: int
    reinterviews: int
    reinterviews_drawn: int
    reinterviews_ordered: int
    agreement: float | None
    silent_cases: int
    left_exited: int
    leads: Mapping[str, int]
    loose_ends: Mapping[str, int]


@dataclass(frozen=True)
class Followed:
    """A suspected case of the sample: whether the county replied, whether somebody went again."""

    kind: str
    state: str
    persons: int
    replied: bool
    revisited: bool


@dataclass(frozen=True)
class Confirmed:
    """A confirmed case as the county is told of it; nobody's answers.

    evidence_date : of the youngest document brought to it
    """

    unit_id: str
    village_code: str
    kind: str
    persons: int
    blocks: tuple[str, ...]
    evidence_date: date | None
    ruled_on: date | None


@dataclass(frozen=True)
class Agreed:
    """Blind second interviews, and how many of the answers compared were equal."""

    interviews: int = 0
    equal: int = 0
    compared: int = 0

    def __add__(self, other: "Agreed") -> "Agreed":
        return Agreed(
            self.interviews + other.interviews,
            self.equal + other.equal,
            self.compared + other.compared,
        )

    @property
    def share(self) -> float | None:
        """In whole per cent: one answer more or less is nobody's business."""
        return round(self.equal / self.compared, 2) if self.compared else None


@dataclass(frozen=True, eq=False)
class Circumstances:
    """Everything of a verdict that comes from the records rather than from the interviews.

    revisits : blind second interviews by village
    listed : opened households -> persons by the register
    hearing : the county's right of reply; seals : what was fixed when
    trend : earlier verdicts of the county, oldest first
    """

    open_ends: Open
    cases: Sequence[Followed]
    confirmed: Sequence[Confirmed]
    revisits: Mapping[str, Agreed]
    listed: Mapping[str, int]
    hearing: Mapping[str, Any]
    seals: Mapping[str, Any]
    trend: Sequence[Mapping[str, Any]]


def read(session: Session, data: CountyData) -> Circumstances:
    """Read what the records say of a county; nothing is written."""
    campaign_id, adcode = data.campaign.id, data.county.adcode
    found = _cases(session, campaign_id, adcode)
    return Circumstances(
        open_ends=_open_ends(session, data),
        cases=_followed(session, found),
        confirmed=_confirmed(session, found),
        revisits=_revisits(session, campaign_id, adcode),
        listed=_listed(session, campaign_id, adcode),
        hearing=_hearing(session, campaign_id, adcode),
        seals=_seals(session, data),
        trend=_trend(session, data),
    )


def _open_ends(session: Session, data: CountyData) -> Open:
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


def _cases(session: Session, campaign_id: str, adcode: str) -> Sequence[Case]:
    """The county's cases of the sample; one that was taken up again gives way to its successor."""
    again = select(Case.reopens).where(Case.campaign_id == campaign_id, Case.reopens.is_not(None))
    return session.scalars(
        select(Case)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            Case.id.not_in(again),
        )
        .order_by(Case.id)
    ).all()


def _followed(session: Session, cases: Sequence[Case]) -> tuple[Followed, ...]:
    ids = [case.id for case in cases]
    replied = set(
        session.scalars(
            select(CaseEvent.case_id).where(
                CaseEvent.case_id.in_(ids),
                CaseEvent.to_state == CaseState.EVIDENCE_RECEIVED.value,
            )
        )
    )
    second = aliased(Interview)
    revisited = set(
        session.scalars(
            select(Revisit.first_interview_id)
            .join(second, second.interview_id == Revisit.interview_id)
            .where(
                Revisit.kind == RevisitKind.RECHECK.value,
                Revisit.first_interview_id.in_([case.interview_id for case in cases]),
            )
        )
    )
    return tuple(
        Followed(
            case.kind,
            case.state,
            case.persons,
            case.id in replied,
            case.interview_id in revisited,
        )
        for case in cases
    )


def _confirmed(session: Session, cases: Sequence[Case]) -> tuple[Confirmed, ...]:
    upheld = [case for case in cases if case.state == CaseState.CONFIRMED.value]
    ids = [case.id for case in upheld]
    dated: dict[str, date | None] = _pairs(
        session.execute(
            select(Evidence.case_id, func.max(Evidence.document_date))
            .where(Evidence.case_id.in_(ids))
            .group_by(Evidence.case_id)
        )
    )
    ruled: dict[str, datetime | None] = _pairs(
        session.execute(
            select(CaseEvent.case_id, func.max(CaseEvent.at))
            .where(CaseEvent.case_id.in_(ids), CaseEvent.to_state == CaseState.CONFIRMED.value)
            .group_by(CaseEvent.case_id)
        )
    )
    villages = _pairs(
        session.execute(
            select(SampleHousehold.interview_id, SampleHousehold.psu).where(
                SampleHousehold.interview_id.in_([case.interview_id for case in upheld])
            )
        )
    )
    return tuple(
        Confirmed(
            case.unit_id,
            villages.get(case.interview_id or "", ""),
            case.kind,
            case.persons,
            tuple(case.blocks),
            dated.get(case.id),
            field_day(at) if (at := ruled.get(case.id)) else None,
        )
        for case in sorted(upheld, key=lambda case: (case.kind, case.unit_id))
    )


def _revisits(session: Session, campaign_id: str, adcode: str) -> dict[str, Agreed]:
    found: dict[str, Agreed] = {}
    for one in reinterviews.compared(session, campaign_id, Revisit.county_adcode == adcode):
        village = one.revisit.village_code
        agreed = Agreed(1, one.agreement.equal, one.agreement.compared)
        found[village] = found.get(village, Agreed()) + agreed
    return found


def _listed(session: Session, campaign_id: str, adcode: str) -> dict[str, int]:
    return _pairs(
        session.execute(
            select(SampleHousehold.unit_id, SampleHousehold.persons).where(
                SampleHousehold.campaign_id == campaign_id,
                SampleHousehold.county_adcode == adcode,
            )
        )
    )


def _hearing(session: Session, campaign_id: str, adcode: str) -> dict[str, Any]:
    """The county's own words and the answer to them, and how it used its time."""
    hearing = evidence.heard(session, campaign_id, adcode)
    return {
        "meeting": hearing.meeting and hearing.meeting.isoformat(),
        "cases_told": hearing.cases_told,
        "cases_answered": hearing.cases_answered,
        "cases_silent": hearing.cases_silent,
        "statements": [
            {"voice": one.voice, "text": one.text, "said_on": field_day(one.said_at).isoformat()}
            for one in hearing.statements
        ],
    }


def _seals(session: Session, data: CountyData) -> dict[str, Any]:
    """What was fixed when: the rule that decides stood before anybody was asked."""
    campaign_id = data.campaign.id
    commission = commissions.versions(session, campaign_id)[-1]
    seed = seeds.read(session, campaign_id)
    sealed = session.get_one(SealedSample, campaign_id)
    return {
        "commission_sha256": commission.sha256,
        "commission_version": commission.version,
        "rulebook_sealed_on": field_day(commission.made_at).isoformat(),
        "plan_sealed_on": field_day(seed.committed_at).isoformat(),
        "sample_sealed_on": field_day(sealed.sealed_at).isoformat(),
    }


def _trend(session: Session, data: CountyData) -> list[dict[str, Any]]:
    """Earlier verdicts of the county, the last version of each, as they were printed."""
    latest = (
        select(Verdict.number, func.max(Verdict.version).label("version"))
        .where(Verdict.county_adcode == data.county.adcode, Verdict.campaign_id != data.campaign.id)
        .group_by(Verdict.number)
        .subquery()
    )
    documents = session.execute(
        select(Edition.document, Edition.edition)
        .join(latest, (latest.c.number == Edition.number) & (latest.c.version == Edition.version))
        .where(Edition.edition == "public")
        .order_by(Edition.number)
    )
    earlier = [json.loads(document) for document, _ in documents]
    rows = [
        {
            "number": one["number"],
            "version": one["version"],
            "round_kind": one["campaign"]["round_kind"],
            "reference_date": one["campaign"]["reference_date"],
            "outcome": one["verdict"]["outcome"],
            "indicators": {
                indicator["code"]: {name: indicator["estimate"][name] for name in TOLD_OF_EARLIER}
                for indicator in one["indicators"]
            },
        }
        for one in earlier
        if one["campaign"]["reference_date"] < data.county.reference_date.isoformat()
    ]
    return sorted(rows, key=lambda row: (row["reference_date"], row["number"]))


def _pairs(rows: Iterable[Any]) -> dict[Any, Any]:
    return {key: value for key, value in rows}
