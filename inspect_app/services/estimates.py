"""What a county's estimates are made from, and the estimates."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import polars as pl
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.samples import Village
from inspect_app.rules.errors import FieldworkUnfinished, Unknown
from inspect_app.rules.rulebooks import RuleBook
from inspect_app.rules.verdicts import Reading
from inspect_app.services import campaigns, frames, interviews, plans, samples
from inspect_app.services.places import Place, places
from inspect_app.settings import Settings
from sampling.errors import EstimationError
from sampling.frame import Frame
from sampling.incidence import domain_incidence
from sampling.indicators import Analysis, Indicator, Totals, indicators
from sampling.plan import Plan
from sampling.satisfaction import Question, satisfaction
from sampling.weights import weigh

Households = Mapping[str, Mapping[str, Any]]
"""Unit -> columns of the interviews that would read otherwise."""
LISTS = {"undetermined": pl.List(pl.String)}


@dataclass(frozen=True, eq=False)
class CountyData:
    """Everything that one county's figures depend on.

    Parameters
    ----------
    interviews : opened households with findings after rulings, weighted
    villages : the county's villages as stored
    frozen : villages of the plan with their strata, all counties
    reread : households as they would count if single ones were judged by another reading
    totals_document : where the official totals come from
    """

    campaign: Campaign
    county: CampaignCounty
    rulebook: RuleBook
    plan: Plan
    totals_document: str | None
    interviews: pl.DataFrame
    villages: Sequence[Village]
    frozen: pl.DataFrame
    totals: Totals
    reread: Mapping[Reading, Households] = field(default_factory=dict)

    @property
    def analysis(self) -> Analysis:
        """How the plan and the rule book want the figures computed."""
        basis = self.rulebook.missed_denominator
        return Analysis(
            confidence=self.rulebook.confidence,
            interval=self.plan.analysis.interval,
            icc=self.plan.assumptions.icc,
            single_psu=self.plan.analysis.single_psu,
            missed_denominator="a" if basis == "a" else "b",
            round_kind="revisit" if self.campaign.round_kind == "revisit" else "exit",
        )

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Parts of the county that the report speaks of."""
        return places(
            self.frozen.filter(pl.col("county_adcode") == self.county.adcode), self.interviews
        )

    @property
    def village_persons(self) -> dict[str, int]:
        """Non-registered persons by village, for the wider denominator of the missed rate."""
        return {village.village_code: village.persons_n for village in self.villages}


@dataclass(frozen=True)
class Figures:
    """The estimates of one county.

    other_readings : under readings that the rule book did not take
    incidence : composite incidence of each place of `CountyData.places` that has an estimate
    """

    indicators: Sequence[Indicator]
    other_readings: Mapping[Reading, Sequence[Indicator]]
    incidence: Mapping[str, Indicator]
    questions: Sequence[Question]


def gather(session: Session, campaign_id: str, adcode: str, *, settings: Settings) -> CountyData:
    """Read one county's data; nothing is written.

    Raises
    ------
    Unknown : no such campaign or county
    FieldworkUnfinished : nothing of this county has been accepted
    """
    campaign = session.get(Campaign, campaign_id)
    county = session.get(CampaignCounty, (campaign_id, adcode))
    if campaign is None or county is None:
        raise Unknown("The campaign has no such county.")
    plan, frozen = plans.reopen(plans.current(session, campaign_id), settings.plans_dir)
    frame = frames.reopen(frames.current(session, campaign_id), settings.frames_dir)
    found = rows(session, campaign_id, adcode)
    if not any(row["disposition"] == "completed" for row in found):
        raise FieldworkUnfinished("No interview of this county has been accepted yet.")
    villages = session.scalars(
        select(Village)
        .where(Village.campaign_id == campaign_id, Village.county_adcode == adcode)
        .order_by(Village.village_code)
    ).all()
    return CountyData(
        campaign,
        county,
        campaigns.rulebook(campaign),
        plan,
        _totals_document(frame, adcode),
        weigh(pl.DataFrame(found, schema_overrides=LISTS, infer_schema_length=None)),
        villages,
        frozen,
        _totals(frame, adcode),
    )


def rows(session: Session, campaign_id: str, adcode: str) -> list[dict[str, Any]]:
    """Return every opened household of a county with what is known of it, before weighting."""
    opened = samples.interview_frame(session, campaign_id, adcode)
    reviewed = {row["unit_id"]: row for row in interviews.reviewed(session, campaign_id, adcode)}
    return [{**unit, **reviewed.get(unit["unit_id"], _not_visited())} for unit in opened]


def headline(data: CountyData, analysis: Analysis | None = None) -> tuple[Indicator, ...]:
    """Estimate a county's indicators and nothing else."""
    return indicators(
        data.interviews,
        analysis=analysis or data.analysis,
        totals=data.totals,
        village_persons=data.village_persons,
    )


def compute(data: CountyData) -> Figures:
    """Estimate a county's figures, also under the readings that its rule book did not take."""
    analysis = data.analysis
    return Figures(
        headline(data),
        dict(_other_readings(data)),
        domain_incidence(
            data.interviews,
            domains={place.name: place.domain for place in data.places},
            analysis=analysis,
        ),
        satisfaction(data.interviews, analysis=analysis),
    )


def _other_readings(data: CountyData) -> Iterator[tuple[Reading, Sequence[Indicator]]]:
    """The figures under each other reading; one that has none under it says nothing."""
    analysis = data.analysis
    basis = "a" if analysis.missed_denominator == "b" else "b"
    yield (
        Reading("missed_denominator", basis),
        headline(data, replace(analysis, missed_denominator=basis)),  # type: ignore[arg-type]  # a or b
    )
    for reading, households in data.reread.items():
        with suppress(EstimationError):
            yield reading, headline(with_households(data, households))


def with_households(data: CountyData, households: Households) -> CountyData:
    """Return the data with some households read otherwise; weights stay."""
    rows = [{**row, **households.get(row["unit_id"], {})} for row in data.interviews.to_dicts()]
    return replace(data, interviews=pl.DataFrame(rows, schema=data.interviews.schema))


def _totals(frame: Frame, adcode: str) -> Totals:
    row = frame.totals.filter(pl.col("county_adcode") == adcode).row(0, named=True)
    return Totals(row["persons_e"], row["persons_p"], row["persons_n"], row["persons_rural"])


def _totals_document(frame: Frame, adcode: str) -> str | None:
    rows = frame.totals.filter(pl.col("county_adcode") == adcode)
    return str(rows["document"][0]) if "document" in rows.columns else None


def _not_visited() -> dict[str, Any]:
    """What is known of a household from which nothing arrived."""
    return {"disposition": "not_visited"}
