"""What a verdict.json holds beside the figures of pages 1 and 2: tables, reply, seals, annex A."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from report_templates.estimates import Estimate, Interval, each, estimate, interval


@dataclass(frozen=True)
class Share:
    """A share of households in whole per cent; a range where one figure would tell too much."""

    low: float
    high: float


@dataclass(frozen=True)
class Township:
    """A township of the sample; what only the full edition says is None or empty in the other.

    agreement : of the answers in blind second interviews, whole per cent
    grade : A to D by effective n and relative error of the estimate, see `rules.grades`
    """

    town_code: str
    name_zh: str
    villages: int
    households: int
    response: Share | None
    incidence: Estimate | None
    revisits: int | None
    agreement: float | None
    grade: str | None
    n_eff: int | None
    relative_error: float | None


@dataclass(frozen=True)
class Variant:
    """An indicator under another reading of a setting than the one chosen."""

    setting: str
    chosen: str
    reading: str
    value: float
    interval: Interval
    finding: str
    changes: bool


@dataclass(frozen=True)
class FileItem:
    """How often what a file says and what was found are the same."""

    item: str
    compared: int
    agree: Share | None


@dataclass(frozen=True)
class Source:
    """Another figure of the county; unit is rate or persons."""

    code: str
    value: float
    unit: str
    document: str | None


@dataclass(frozen=True)
class Earlier:
    """An earlier verdict of the county; indicators: code -> value and interval."""

    number: str
    version: int
    round_kind: str
    reference_date: date
    outcome: str
    indicators: Mapping[str, tuple[float, Interval]]


@dataclass(frozen=True)
class Statement:
    """What the county (`county`) or the agency (`agency`) put on the record."""

    voice: str
    text: str
    said_on: date


@dataclass(frozen=True)
class Hearing:
    """The right of reply; the public edition has how many statements there are, not their words."""

    meeting: date | None
    cases_told: int
    cases_answered: int
    cases_silent: int
    statements: tuple[Statement, ...]
    statements_made: int


@dataclass(frozen=True)
class Seals:
    """What was fixed when: rule book, plan and sample, before anybody was asked."""

    commission_sha256: str
    commission_version: int
    rulebook_sealed_on: date
    plan_sealed_on: date
    sample_sealed_on: date


@dataclass(frozen=True)
class Correction:
    """An earlier version, which parts the one after it changed, and why; digests by edition."""

    version: int
    release_date: date
    changed: tuple[str, ...]
    digests: Mapping[str, str]
    reason: str | None


@dataclass(frozen=True)
class LeftOpen:
    """What a verdict was issued on although it is open, or counts nowhere; all counts.

    replaced : households that a reserve took the place of
    reinterviews, agreement : blind second interviews, and how far their answers were the same
    leads : cases from outside the sample
    """

    undecided: int
    without_files: int
    villages_given_up: int
    replaced: int
    reinterviews: int
    agreement: float | None
    leads: int


@dataclass(frozen=True)
class Confirmed:
    """A confirmed case of annex A."""

    unit_id: str
    village_code: str
    village_zh: str
    kind: str
    persons: int
    blocks: tuple[str, ...]
    evidence_date: date | None
    ruled_on: date | None


@dataclass(frozen=True)
class Disclosure:
    """What the public edition merged and withheld; groups are runs of remoteness classes."""

    households: int
    villages: int
    groups: tuple[tuple[int, int], ...]
    merged: int
    withheld: tuple[str, ...]


@dataclass(frozen=True)
class Provenance:
    """Digests that tie the verdict to what it was made from; those withheld are None."""

    frame_sha256: str
    plan_sha256: str
    sample_sha256: str
    interviews_sha256: str | None
    seed_commitment: str
    seed: str | None
    ledger_root: str
    ledger_count: int
    ledger_day: str | None
    verify_base: str | None = None


@dataclass(frozen=True)
class Record:
    """Everything of this module; a part that an older file lacks is empty or None.

    approval_at_most : the most that approval can come to by the answers to each question
    confirmed, and the words of `hearing` : full edition; disclosure : public edition
    """

    townships: tuple[Township, ...]
    files: tuple[FileItem, ...]
    sources: tuple[Source, ...]
    trend: tuple[Earlier, ...]
    confirmed: tuple[Confirmed, ...]
    corrections: tuple[Correction, ...]
    approval_at_most: float | None
    left_open: LeftOpen | None
    hearing: Hearing | None
    seals: Seals | None
    disclosure: Disclosure | None
    provenance: Provenance


def record(row: Mapping[str, Any]) -> Record:
    """Read these parts of a verdict.json."""
    return Record(
        townships=each(row["townships"], _township),
        files=each(row.get("files", ()), _file),
        sources=each(row.get("sources", ()), _source),
        trend=each(row.get("trend", ()), _earlier),
        confirmed=each(row.get("confirmed", ()), _confirmed),
        corrections=each(row.get("corrections", ()), _correction),
        approval_at_most=row.get("approval", {}).get("at_most"),
        left_open=_left_open(row["open"]) if "open" in row else None,
        hearing=_hearing(row["hearing"]) if "hearing" in row else None,
        seals=_seals(row["seals"]) if "seals" in row else None,
        disclosure=_disclosure(row["disclosure"]) if "disclosure" in row else None,
        provenance=_provenance(row["provenance"]),
    )


def variant(row: Mapping[str, Any]) -> Variant:
    """Read one reading that was tried."""
    return Variant(
        setting=row["setting"],
        chosen=row.get("chosen", ""),
        reading=row["reading"],
        value=row["value"],
        interval=interval(row),
        finding=row["finding"],
        changes=row["changes"],
    )


def _township(row: Mapping[str, Any]) -> Township:
    response, incidence = row.get("response"), row.get("incidence")
    return Township(
        town_code=row["town_code"],
        name_zh=row["name_zh"] or "",
        villages=row["villages"],
        households=row["households"],
        response=None if response is None else _share(response),
        incidence=None if incidence is None else estimate(incidence),
        revisits=row.get("revisits"),
        agreement=row.get("agreement"),
        grade=row.get("grade"),
        n_eff=row.get("n_eff"),
        relative_error=row.get("relative_error"),
    )


def _share(row: Mapping[str, Any]) -> Share:
    return Share(row["low"], row["high"])


def _file(row: Mapping[str, Any]) -> FileItem:
    agree = row["agree"]
    return FileItem(row["item"], row["compared"], None if agree is None else _share(agree))


def _source(row: Mapping[str, Any]) -> Source:
    return Source(row["code"], row["value"], row["unit"], row["document"])


def _earlier(row: Mapping[str, Any]) -> Earlier:
    return Earlier(
        number=row["number"],
        version=row["version"],
        round_kind=row["round_kind"],
        reference_date=date.fromisoformat(row["reference_date"]),
        outcome=row["outcome"],
        indicators={code: (one["value"], interval(one)) for code, one in row["indicators"].items()},
    )


def _confirmed(row: Mapping[str, Any]) -> Confirmed:
    return Confirmed(
        unit_id=row["unit_id"],
        village_code=row["village_code"],
        village_zh=row["village_zh"],
        kind=row["kind"],
        persons=row["persons"],
        blocks=tuple(row["blocks"]),
        evidence_date=_day(row["evidence_date"]),
        ruled_on=_day(row["ruled_on"]),
    )


def _correction(row: Mapping[str, Any]) -> Correction:
    return Correction(
        version=row["version"],
        release_date=date.fromisoformat(row["release_date"]),
        changed=tuple(row["changed"]),
        digests=dict(row["digests"]),
        reason=row.get("reason"),
    )


def _left_open(row: Mapping[str, Any]) -> LeftOpen:
    return LeftOpen(
        undecided=row["undecided_cases"],
        without_files=row["interviews_without_files"],
        villages_given_up=row["villages_given_up"],
        replaced=row["replacements"],
        reinterviews=row["blind_reinterviews"],
        agreement=row["blind_agreement"],
        leads=sum(row["leads"].values()),
    )


def _hearing(row: Mapping[str, Any]) -> Hearing:
    said = row["statements"]
    words = () if isinstance(said, int) else each(said, _statement)
    return Hearing(
        meeting=_day(row["meeting"]),
        cases_told=row["cases_told"],
        cases_answered=row["cases_answered"],
        cases_silent=row["cases_silent"],
        statements=words,
        statements_made=said if isinstance(said, int) else len(words),
    )


def _statement(row: Mapping[str, Any]) -> Statement:
    return Statement(row["voice"], row["text"], date.fromisoformat(row["said_on"]))


def _seals(row: Mapping[str, Any]) -> Seals:
    return Seals(
        commission_sha256=row["commission_sha256"],
        commission_version=row["commission_version"],
        rulebook_sealed_on=date.fromisoformat(row["rulebook_sealed_on"]),
        plan_sealed_on=date.fromisoformat(row["plan_sealed_on"]),
        sample_sealed_on=date.fromisoformat(row["sample_sealed_on"]),
    )


def _disclosure(row: Mapping[str, Any]) -> Disclosure:
    return Disclosure(
        households=row["small_cell"]["households"],
        villages=row["small_cell"]["villages"],
        groups=tuple((first, last) for first, last in row["groups"]),
        merged=row["merged"],
        withheld=tuple(row["withheld"]),
    )


def _provenance(row: Mapping[str, Any]) -> Provenance:
    return Provenance(
        frame_sha256=row["frame_sha256"],
        plan_sha256=row["plan_sha256"],
        sample_sha256=row["sample_sha256"],
        interviews_sha256=row.get("interviews_sha256"),
        seed_commitment=row["seed_commitment"],
        seed=row["seed"],
        ledger_root=row["ledger"]["root"],
        ledger_count=row["ledger"]["count"],
        ledger_day=row["ledger"]["day"],
        verify_base=row.get("verify_base"),
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
