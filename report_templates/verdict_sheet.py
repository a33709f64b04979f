"""The figures of one verdict report, read from the bytes of its verdict.json and frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from report_templates.estimates import Estimate, Interval, each, estimate, interval
from report_templates.figures import Rule, exact, plain
from report_templates.verdict_record import Record, Variant, record, variant
from report_templates.verdict_sample import Sample, sample

SCHEMA = "verdict/1"
EDITIONS = ("full", "public")


class SheetError(ValueError):
    """The bytes given are not a verdict.json that this report can print."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} | {en}")


@dataclass(frozen=True)
class SampleRatio:
    """Unweighted counts of the sample, in persons or households."""

    numerator: int
    denominator: int
    unit: str

    @property
    def rate(self) -> float:
        """The ratio as a fraction; zero where nobody was asked."""
        return self.numerator / self.denominator if self.denominator else 0.0


@dataclass(frozen=True)
class Undetermined:
    """Households nobody could judge, and the estimate with all of them good or all bad."""

    households: int
    low: float
    high: float


@dataclass(frozen=True)
class Flip:
    """So many further confirmed households would turn the finding into `finding`."""

    households: int
    finding: str


@dataclass(frozen=True)
class Indicator:
    """One row of the criteria table."""

    code: str
    sample_ratio: SampleRatio
    estimate: Estimate
    interval_95: Interval
    rule: Rule
    decided_by: str
    finding: str | None
    reference: bool
    undetermined: Undetermined
    flip: Flip | None
    variants: tuple[Variant, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """A sentence by its code; `args` are raw figures and codes."""

    code: str
    place: str
    args: Mapping[str, Any]


@dataclass(frozen=True)
class County:
    """The county judged; names, codes and the group that sets its threshold."""

    adcode: str
    name_zh: str
    name_en: str
    province_zh: str
    province_en: str
    city_zh: str
    region_group: str
    exit_year: int


@dataclass(frozen=True)
class Campaign:
    """The round of evaluation this verdict belongs to."""

    round_kind: str
    agency_zh: str
    agency_en: str
    reference_date: date
    field_from: date
    field_to: date
    release_date: date
    line_year: int
    line_yuan: float


@dataclass(frozen=True)
class Stratum:
    """Poverty incidence in one class of remoteness, 1 being near, or in a run of classes."""

    remoteness_class: int
    remoteness_to: int
    classes: int
    villages: int
    households: int
    estimate: Estimate
    interval_95: Interval | None


@dataclass(frozen=True)
class Question:
    """Answers to one question on satisfaction, as weighted shares."""

    code: str
    n: int
    value: float
    interval: Interval
    shares: Mapping[str, float]


@dataclass(frozen=True)
class CaseFlow:
    """What became of the suspected cases of one kind."""

    kind: str
    flagged: int
    revisited: int
    replied: int
    overturned: int
    confirmed: int
    undecided: int
    confirmed_persons: int


@dataclass(frozen=True)
class VerdictSheet:
    """Everything that a verdict report prints, and the bytes it came from with their digest."""

    number: str
    version: int
    replaces: int | None
    edition: str
    simulated: bool
    county: County
    campaign: Campaign
    rulebook: str
    settings: Mapping[str, Any]
    confidence: float
    software: str
    sample: Sample
    indicators: tuple[Indicator, ...]
    outcome: str
    standing: str
    established: int
    strata: tuple[Stratum, ...]
    satisfaction: tuple[Question, ...]
    cases: tuple[CaseFlow, ...]
    sentences: tuple[Sentence, ...]
    record: Record
    content: bytes = field(repr=False)
    digest: str

    @classmethod
    def from_json(cls, content: bytes) -> VerdictSheet:
        """Read a verdict.json.

        Raises
        ------
        SheetError : not JSON, another schema or edition, or a key that the report needs is missing
        """
        try:
            row = json.loads(content)
        except ValueError as error:
            raise SheetError(
                f"verdict.json 不是有效的 JSON：{error}", f"verdict.json is not valid JSON: {error}"
            ) from None
        if not isinstance(row, dict) or row.get("schema") != SCHEMA:
            raise SheetError(f"verdict.json 不是 {SCHEMA}", f"verdict.json is not {SCHEMA}")
        try:
            sheet = _sheet(row, content)
        except KeyError as error:
            raise SheetError(
                f"verdict.json 缺少 {error.args[0]}", f"verdict.json lacks {error.args[0]}"
            ) from None
        except (TypeError, ValueError) as error:
            raise SheetError(
                f"verdict.json 的内容不合：{error}", f"verdict.json has a wrong value: {error}"
            ) from None
        if sheet.edition not in EDITIONS:
            raise SheetError(f"没有 {sheet.edition} 版", f"there is no edition {sheet.edition}")
        return sheet

    def indicator(self, code: str) -> Indicator:
        """Return the row of one indicator."""
        for indicator in self.indicators:
            if indicator.code == code:
                return indicator
        raise SheetError(f"verdict.json 没有指标 {code}", f"verdict.json has no indicator {code}")

    @property
    def level(self) -> str:
        """Level of the printed intervals: two-sided, each end one-sided at `confidence`."""
        return plain(float(2 * exact(self.confidence) - 1))

    @property
    def turns_on_undetermined(self) -> bool:
        """Whether all undetermined households good, or all bad, lead to different verdicts."""
        ends = []
        for indicator in self.indicators:
            if not indicator.reference and indicator.undetermined.households:
                doubt = (indicator.undetermined.low, indicator.undetermined.high)
                best_first = doubt if indicator.rule.direction == "below" else doubt[::-1]
                ends.append([indicator.rule.met(end) for end in best_first])
            elif not indicator.reference:
                by_estimate = indicator.decided_by == "estimate"
                rate = indicator.estimate.value if by_estimate else indicator.sample_ratio.rate
                ends.append([indicator.rule.met(rate)] * 2)
        return all(best for best, _ in ends) != all(worst for _, worst in ends)

    def said(self, place: str) -> tuple[Sentence, ...]:
        """Return the sentences of one place of the report, in the order of the file."""
        return tuple(sentence for sentence in self.sentences if sentence.place == place)


def _sheet(row: Mapping[str, Any], content: bytes) -> VerdictSheet:
    county, verdict = row["county"], row["verdict"]
    return VerdictSheet(
        number=row["number"],
        version=row["version"],
        replaces=row["replaces"],
        edition=row["edition"],
        simulated=row["simulated"],
        county=_county(county),
        campaign=_campaign(row["campaign"]),
        rulebook=row["rulebook"]["id"],
        settings=dict(row["rulebook"]["settings"]),
        confidence=row["rulebook"]["settings"]["confidence"],
        software=row["provenance"]["software"],
        sample=sample(row["sample"]),
        indicators=each(row["indicators"], _indicator),
        outcome=verdict["outcome"],
        standing=verdict["standing"],
        established=verdict["established"],
        strata=each(row["strata"], _stratum),
        satisfaction=each(row["satisfaction"], _question),
        cases=tuple(_case_flow(kind, row["cases"][kind]) for kind in _CASE_ORDER),
        sentences=each(row["sentences"], _sentence),
        record=record(row),
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
    )


_CASE_ORDER = ("wrong_exit", "missed", "recurrence")


def _county(row: Mapping[str, Any]) -> County:
    return County(
        adcode=row["adcode"],
        name_zh=row["name_zh"],
        name_en=row["name_en"] or "",
        province_zh=row["province_zh"],
        province_en=row["province_en"] or "",
        city_zh=row["city_zh"] or "",
        region_group=row["region_group"],
        exit_year=row["exit_year"],
    )


def _campaign(row: Mapping[str, Any]) -> Campaign:
    return Campaign(
        round_kind=row["round_kind"],
        agency_zh=row["agency_zh"],
        agency_en=row["agency_en"],
        reference_date=date.fromisoformat(row["reference_date"]),
        field_from=date.fromisoformat(row["field_from"]),
        field_to=date.fromisoformat(row["field_to"]),
        release_date=date.fromisoformat(row["release_date"]),
        line_year=row["poverty_line"]["year"],
        line_yuan=row["poverty_line"]["yuan"],
    )


def _indicator(row: Mapping[str, Any]) -> Indicator:
    ratio, doubt, flip = row["sample_ratio"], row["undetermined"], row["flip"]
    return Indicator(
        code=row["code"],
        sample_ratio=SampleRatio(ratio["numerator"], ratio["denominator"], ratio["unit"]),
        estimate=estimate(row["estimate"]),
        interval_95=interval(row["interval_95"]),
        rule=Rule(float(row["threshold"]), bool(row["strict"]), row["direction"]),
        decided_by=row["decided_by"],
        finding=row["finding"],
        reference=row["reference"],
        undetermined=Undetermined(doubt["households"], doubt["low"], doubt["high"]),
        flip=None if flip is None else Flip(flip["households"], flip["finding"]),
        variants=each(row["variants"], variant),
    )


def _stratum(row: Mapping[str, Any]) -> Stratum:
    return Stratum(
        remoteness_class=row["remoteness_class"],
        remoteness_to=row.get("remoteness_to", row["remoteness_class"]),
        classes=row["classes"],
        villages=row["villages"],
        households=row["households"],
        estimate=estimate(row["estimate"]),
        interval_95=interval(row["interval_95"]) if "interval_95" in row else None,
    )


def _question(row: Mapping[str, Any]) -> Question:
    satisfied = row["satisfied"]
    return Question(
        row["code"], row["n"], satisfied["value"], interval(satisfied), dict(row["shares"])
    )


def _case_flow(kind: str, row: Mapping[str, Any]) -> CaseFlow:
    counts = {name: row.get(name, 0) for name in CaseFlow.__dataclass_fields__ if name != "kind"}
    return CaseFlow(kind=kind, **counts)


def _sentence(row: Mapping[str, Any]) -> Sentence:
    return Sentence(row["code"], row["place"], dict(row["args"]))
