"""How the field works: flags, durations, replacements, re-interviews and rulings, in figures.

By county, by team and by pair; no answers and no households, so that a commissioner may read it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.cases import Case, CaseEvent
from inspect_app.models.interviews import Contact, Interview, Replacement, Review, Revision, Revisit
from inspect_app.models.samples import Assignment, Enumerator, SampleHousehold, SampleVillage
from inspect_app.rules import quality
from inspect_app.rules.errors import Unknown
from inspect_app.rules.flags import FORM
from inspect_app.rules.quality import absent_pair
from inspect_app.rules.roles import Caller, Role
from inspect_app.rules.states import CaseState, Disposition
from inspect_app.services import campaigns, holders, reinterviews

READERS = (Role.COMMISSIONER, Role.REVIEWER, Role.EXPERT)


@dataclass
class Figure:
    """Counts and rates of a county, a team or a pair; a rate without cases is None.

    flags : interviews by flag, at arrival or at their acceptance
    minutes : median length of completed interviews by the phone's clock
    many_absent : suspiciously many doors were closed to this pair
    """

    team: str | None = None
    enumerators: tuple[str, ...] = ()
    interviews: int = 0
    completed: int = 0
    accepted: int = 0
    without_files: int = 0
    returned: int = 0
    visits: int = 0
    absent: int = 0
    replaced: int = 0
    replaced_late: int = 0
    drawn: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    lengths: list[float] = field(default_factory=list, repr=False)
    compared: int = 0
    equal: int = 0
    reinterviews: int = 0
    cases: Counter[str] = field(default_factory=Counter)
    gone: int = 0
    many_absent: bool = False

    @property
    def minutes(self) -> float | None:
        return round(median(self.lengths), 1) if self.lengths else None

    @property
    def replacement_rate(self) -> float | None:
        return _rate(self.replaced, self.drawn)

    @property
    def agreement(self) -> float | None:
        return _rate(self.equal, self.compared)

    @property
    def overturn_rate(self) -> float | None:
        overturned = self.cases[CaseState.OVERTURNED.value]
        return _rate(overturned, overturned + self.cases[CaseState.CONFIRMED.value])


@dataclass(frozen=True)
class CountyFigures:
    """The figures of one county; `replacement_alarm` says that too many were replaced.

    data_errors : cases that were ended before the county was told of them
    """

    county_adcode: str
    county: Figure
    teams: tuple[Figure, ...]
    pairs: tuple[Figure, ...]
    replacement_alarm: bool
    alarm_rate: float
    villages_given_up: int
    cases_silent: int
    data_errors: int
    leads: int


Pair = tuple[str, str]


def county(session: Session, campaign_id: str, *, county_adcode: str, by: Caller) -> CountyFigures:
    """Return how the field works in a county: for those who review, rule or commission."""
    by.require(campaign_id, *READERS)
    return count(session, campaign_id, county_adcode)


def count(session: Session, campaign_id: str, county_adcode: str) -> CountyFigures:
    """Count a county's figures; reads only, `Unknown` for another county."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or session.get(CampaignCounty, (campaign_id, county_adcode)) is None:
        raise Unknown("The campaign has no such county.")
    book = campaigns.rulebook(campaign)
    pair_of, team_of = _pairs(session, campaign_id, county_adcode)
    figures = _Figures(pair_of, team_of)
    _count_interviews(session, campaign_id, county_adcode, figures)
    _count_visits(session, campaign_id, county_adcode, figures)
    _count_sample(session, campaign_id, county_adcode, figures)
    _count_reinterviews(session, campaign_id, county_adcode, figures)
    leads = _count_cases(session, campaign_id, county_adcode, figures)
    for one in figures.pairs.values():
        one.many_absent = absent_pair(one.absent, one.visits, book.quality)
    rate = figures.county.replacement_rate
    given_up = session.scalar(
        select(func.count()).where(
            SampleVillage.campaign_id == campaign_id,
            SampleVillage.county_adcode == county_adcode,
            SampleVillage.given_up_at.is_not(None),
        )
    )
    return CountyFigures(
        county_adcode,
        figures.county,
        tuple(figures.teams[key] for key in sorted(figures.teams)),
        tuple(figures.pairs[key] for key in sorted(figures.pairs)),
        replacement_alarm=rate is not None and rate > book.replacement_alarm,
        alarm_rate=book.replacement_alarm,
        villages_given_up=given_up or 0,
        cases_silent=_count_steps(
            session, campaign_id, county_adcode, CaseState.EVIDENCE_DUE, CaseState.UNDER_RULING
        ),
        data_errors=_count_steps(
            session, campaign_id, county_adcode, CaseState.SUSPECTED, CaseState.OVERTURNED
        ),
        leads=leads,
    )


class _Figures:
    """The figures being counted: each thing counts for its county, its team and its pair."""

    def __init__(self, pair_of: Mapping[str, Pair], team_of: Mapping[str, str]) -> None:
        self.pair_of, self.team_of = pair_of, team_of
        self.county = Figure()
        self.teams: dict[str, Figure] = {}
        self.pairs: dict[Pair, Figure] = {}

    def of(self, place: str) -> Sequence[Figure]:
        """Whom something in a village, or in an interview, is to be counted for."""
        pair = self.pair_of.get(place)
        if pair is None:
            return (self.county,)
        return (self.county, *self.of_pair(pair))

    def of_pair(self, pair: Pair) -> Sequence[Figure]:
        """The team and the pair."""
        team = self.team_of.get(pair[0], "")
        return (
            self.teams.setdefault(team, Figure(team=team)),
            self.pairs.setdefault(pair, Figure(team=team, enumerators=pair)),
        )


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _pairs(
    session: Session, campaign_id: str, adcode: str
) -> tuple[dict[str, Pair], dict[str, str]]:
    """Who holds each village, who held each interview that counts; and the teams of all."""
    held = session.execute(
        select(Assignment.village_code, Assignment.enumerator_a, Assignment.enumerator_b)
        .join(SampleVillage)
        .where(Assignment.campaign_id == campaign_id, SampleVillage.county_adcode == adcode)
    )
    current = session.execute(
        select(Interview.interview_id, Interview.current_rev).where(
            Interview.campaign_id == campaign_id, Interview.county_adcode == adcode
        )
    )
    counted = {(interview_id, rev) for interview_id, rev in current}
    went = holders.of_revisions(session, [interview_id for interview_id, _ in counted])
    pairs = {village: (min(a, b), max(a, b)) for village, a, b in held}
    for of, people in went.items():
        if of in counted and len(people) == 2:
            pairs[of[0]] = (min(people), max(people))
    teams = session.execute(
        select(Enumerator.id, Enumerator.team).where(Enumerator.campaign_id == campaign_id)
    )
    return pairs, {person: team for person, team in teams}


def _count_interviews(session: Session, campaign_id: str, adcode: str, figures: _Figures) -> None:
    rows = session.execute(
        select(
            Interview.interview_id,
            Interview.state,
            Interview.last_rev,
            Revision.disposition,
            Revision.flags,
            Revision.findings,
            Revision.traits,
            Review.flags.label("reviewed"),
            Review.without_files,
        )
        .join(SampleHousehold, SampleHousehold.interview_id == Interview.interview_id)
        .join(
            Revision,
            (Revision.interview_id == Interview.interview_id)
            & (Revision.rev == Interview.current_rev),
        )
        .outerjoin(
            Review,
            (Review.interview_id == Interview.interview_id) & (Review.rev == Interview.current_rev),
        )
        .where(Interview.campaign_id == campaign_id, Interview.county_adcode == adcode)
    )
    for row in rows:
        codes = _codes(row) - FORM
        minutes = quality.from_json(row.traits).minutes
        for one in figures.of(row.interview_id):
            one.interviews += 1
            one.visits += 1
            one.accepted += row.state == "accepted"
            one.returned += row.last_rev > 1 or row.state == "returned"
            one.without_files += bool(row.without_files)
            one.gone += "suspicion_gone" in codes
            one.flags.update(codes)
            if row.disposition == Disposition.COMPLETED:
                one.completed += 1
                one.lengths += [minutes] if minutes is not None else []


def _codes(row: Any) -> set[str]:
    flags: Iterable[Mapping[str, Any]] = row.reviewed if row.reviewed else row.flags
    return {str(flag["code"]) for flag in flags} | set(row.findings["flags"])


def _count_visits(session: Session, campaign_id: str, adcode: str, figures: _Figures) -> None:
    rows = session.execute(
        select(SampleHousehold.psu, Contact.disposition, func.count())
        .select_from(Contact)
        .join(
            SampleHousehold,
            (SampleHousehold.campaign_id == Contact.campaign_id)
            & (SampleHousehold.unit_id == Contact.unit_id),
        )
        .where(
            Contact.campaign_id == campaign_id,
            SampleHousehold.county_adcode == adcode,
            Contact.round == SampleHousehold.wave.cast(String),
        )
        .group_by(SampleHousehold.psu, Contact.disposition)
    )
    for village_code, disposition, count in rows:
        for one in figures.of(village_code):
            one.visits += count
            one.absent += count if disposition == Disposition.ABSENT else 0


def _count_sample(session: Session, campaign_id: str, adcode: str, figures: _Figures) -> None:
    here = (SampleHousehold.campaign_id == campaign_id, SampleHousehold.county_adcode == adcode)
    drawn = session.execute(
        select(SampleHousehold.psu, func.count())
        .join(SampleVillage)
        .where(*here, ~SampleHousehold.is_reserve, SampleVillage.given_up_at.is_(None))
        .group_by(SampleHousehold.psu)
    )
    for village_code, count in drawn:
        for one in figures.of(village_code):
            one.drawn += count
    replaced = session.execute(
        select(SampleHousehold.psu, Replacement.late)
        .select_from(Replacement)
        .join(
            SampleHousehold,
            (SampleHousehold.campaign_id == Replacement.campaign_id)
            & (SampleHousehold.unit_id == Replacement.unit_id),
        )
        .where(*here)
    )
    for village_code, late in replaced:
        for one in figures.of(village_code):
            one.replaced += 1
            one.replaced_late += bool(late)


def _count_reinterviews(session: Session, campaign_id: str, adcode: str, figures: _Figures) -> None:
    for one in reinterviews.compared(session, campaign_id, Revisit.county_adcode == adcode):
        for counted in figures.of(one.revisit.first_interview_id):
            counted.reinterviews += 1
            counted.compared += one.agreement.compared
            counted.equal += one.agreement.equal


def _count_cases(session: Session, campaign_id: str, adcode: str, figures: _Figures) -> int:
    """Count cases by state; return how many leads there are."""
    rows = session.execute(
        select(Case.state, Case.from_sample, Case.interview_id).where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.id.not_in(
                select(Case.reopens).where(
                    Case.campaign_id == campaign_id, Case.reopens.is_not(None)
                )
            ),
        )
    ).all()
    for row in rows:
        if row.from_sample and row.interview_id is not None:
            for one in figures.of(row.interview_id):
                one.cases[row.state] += 1
    return sum(not row.from_sample for row in rows)


def _count_steps(
    session: Session, campaign_id: str, adcode: str, before: CaseState, after: CaseState
) -> int:
    """Count the cases of the sample that took a step."""
    taken = session.scalar(
        select(func.count(func.distinct(CaseEvent.case_id)))
        .join(Case, Case.id == CaseEvent.case_id)
        .where(
            Case.campaign_id == campaign_id,
            Case.county_adcode == adcode,
            Case.from_sample,
            CaseEvent.from_state == before.value,
            CaseEvent.to_state == after.value,
        )
    )
    return taken or 0
