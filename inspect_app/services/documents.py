"""verdict.json: one county's verdict as a document, and its bytes."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from inspect_app.rules import sentences
from inspect_app.rules.exports import FIGURES, OPINION
from inspect_app.rules.verdicts import Decision, Judged
from inspect_app.services import printed, tables
from inspect_app.services.circumstances import Circumstances
from inspect_app.services.estimates import CountyData, Figures
from report_templates.figures import Rule
from sampling.reach import Reach

SCHEMA = "verdict/1"
SIGNIFICANT_DIGITS = 10
NONCE_BYTES = 32
CLASSES = ("E", "N", "P")
OF_VERSION = ("version", "replaces", "nonce", "corrections")


@dataclass(frozen=True)
class Provenance:
    """Digests and dates that tie a verdict to what it was made from."""

    frame_sha256: str
    plan_sha256: str
    sample_sha256: str
    interviews_sha256: str
    seed_commitment: str
    public_value_source: str | None
    public_value_at: datetime | None
    seed: str | None
    ledger_root: str
    ledger_count: int
    ledger_day: str | None
    software: str
    verify_base: str | None


@dataclass(frozen=True)
class Release:
    """Number and dates of a verdict, whatever its version."""

    number: str
    release_date: date
    field_from: date
    field_to: date


def document(
    data: CountyData,
    figures: Figures,
    decision: Decision,
    *,
    reach: Sequence[Reach],
    beside: Circumstances,
    release: Release,
    provenance: Provenance,
) -> dict[str, Any]:
    """Build verdict.json, full edition, but for what `as_version` adds.

    Parameters
    ----------
    reach : what the plan could establish in this county
    beside : what the records say beside the figures
    """
    sample = _sample(data, reach)
    open_ends = beside.open_ends
    indicators = [indicator_entry(one) for one in decision.judged]
    (incidence,) = (one for one in indicators if one["code"] == "poverty_incidence")
    rule = Rule(incidence["threshold"], incidence["strict"], incidence["direction"])
    by_stratum = tables.strata(data, figures, rule)
    circumstances = sentences.Circumstances(
        response_rate=sample["response_rate"],
        replacement_rate=sample["replacement_rate"],
        undetermined=sample["undetermined"],
        reach=reach,
        release_date=release.release_date,
        reply_until=release.release_date + timedelta(days=data.rulebook.notice_days),
    )
    said = sentences.sentences(decision, rulebook=data.rulebook, circumstances=circumstances)
    return {
        "schema": SCHEMA,
        "number": release.number,
        "edition": "full",
        "simulated": data.campaign.simulated,
        "county": _county(data),
        "campaign": _campaign(data, release),
        "rulebook": {
            "id": data.campaign.rulebook_id,
            "sha256": data.campaign.rulebook_sha256,
            "settings": data.rulebook.settings,
        },
        "sample": sample,
        "indicators": [_unopinionated(one) for one in indicators],
        "verdict": {
            "outcome": decision.standing.outcome,
            "standing": decision.standing.standing,
            "established": decision.standing.established,
        },
        "strata": by_stratum,
        "runs": tables.strata(data, figures, rule, kind="run"),
        "townships": tables.townships(data, figures, rule, revisits=beside.revisits),
        "satisfaction": tables.satisfaction(figures.questions),
        "approval": tables.approval(
            str(data.rulebook.settings["approval_rule"]), figures.questions
        ),
        "cases": tables.cases(beside.cases),
        "confirmed": tables.confirmed(
            beside.confirmed,
            {village.village_code: village.village_name for village in data.villages},
        ),
        "files": tables.files(data, beside.listed),
        "sources": tables.sources(data),
        "trend": list(beside.trend),
        "hearing": dict(beside.hearing),
        "seals": dict(beside.seals),
        "open": {
            "undecided_cases": open_ends.undecided_cases,
            "undetermined_households": sample["undetermined"],
            "interviews_without_files": open_ends.without_files,
            "villages_given_up": open_ends.villages_given_up,
            "replacements": open_ends.replaced,
            "replacements_late": open_ends.replaced_late,
            "replacement_alarm": sample["replacement_rate"] > data.rulebook.replacement_alarm,
            "blind_reinterviews": open_ends.reinterviews,
            "blind_reinterviews_drawn": open_ends.reinterviews_drawn,
            "blind_reinterviews_ordered": open_ends.reinterviews_ordered,
            "blind_agreement": open_ends.agreement,
            "cases_of_silence": open_ends.silent_cases,
            "exited_found_otherwise": open_ends.left_exited,
            "leads": dict(open_ends.leads),
            "waived": dict(open_ends.loose_ends),
        },
        "sentences": [*said, *tables.highest(by_stratum)],
        "provenance": {
            "frame_sha256": provenance.frame_sha256,
            "plan_sha256": provenance.plan_sha256,
            "sample_sha256": provenance.sample_sha256,
            "interviews_sha256": provenance.interviews_sha256,
            "seed_commitment": provenance.seed_commitment,
            "public_value_source": provenance.public_value_source,
            "public_value_at": _moment(provenance.public_value_at),
            "seed": provenance.seed,
            "ledger": {
                "root": provenance.ledger_root,
                "count": provenance.ledger_count,
                "day": provenance.ledger_day,
            },
            "software": provenance.software,
            "verify_base": provenance.verify_base,
        },
    }


def as_version(
    content: Mapping[str, Any],
    version: int,
    *,
    replaces: int | None,
    nonce: str,
    corrections: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Complete a document.

    Parameters
    ----------
    version, replaces : its version and the one it replaces
    nonce : hex; hides what the digest of the full edition would give away
    corrections : every earlier version, the oldest first, see `correction`
    """
    return {
        **content,
        "version": version,
        "replaces": replaces,
        "nonce": nonce,
        "corrections": list(corrections),
    }


def correction(
    earlier: Mapping[str, Any],
    later: Mapping[str, Any],
    *,
    digests: Mapping[str, str],
    reason: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Say of a version that was replaced what the next one changed, by parts of the document.

    digests : SHA-256 of its documents by edition
    reason, note : why it was replaced, see `rules.corrections`
    """
    return {
        "version": earlier["version"],
        "release_date": earlier["campaign"]["release_date"],
        "digests": dict(digests),
        "reason": reason,
        "note": note,
        "changed": sorted(
            part
            for part in later
            if part not in OF_VERSION and _plain(earlier.get(part)) != _plain(later[part])
        ),
    }


def _plain(value: Any) -> Any:
    return json.loads(to_bytes({"value": value}))


def to_bytes(content: Mapping[str, Any]) -> bytes:
    """Write a document: UTF-8, sorted keys, no spaces, floats with 10 significant digits."""
    return json.dumps(
        _rounded(content),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    ).encode()


def interviews_csv(rows: pl.DataFrame) -> bytes:
    """Write the weighted interviews as `estimate` reads them."""
    if isinstance(rows.schema.get("undetermined"), pl.List):
        rows = rows.with_columns(pl.col("undetermined").list.join(";"))
    return rows.write_csv().encode()


def without_opinions(interviews: bytes) -> bytes:
    """Leave of the interviews behind a verdict what those may see who may not see answers."""
    rows = pl.read_csv(interviews, infer_schema=False)
    columns = [column.name for column in FIGURES if column.name in rows.columns]
    return rows.select(columns).with_columns(without_opinion("undetermined")).write_csv().encode()


def without_opinion(column: str) -> pl.Expr:
    """Take from a list of open indicators whether a household's opinion is open."""
    kept = pl.col(column).str.split(";").list.set_difference([OPINION])
    return kept.list.sort().list.join(";").alias(column)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def digest(content: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(inner) for inner in value]
    if isinstance(value, float):
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return value


def _county(data: CountyData) -> dict[str, Any]:
    county = data.county
    return {
        "adcode": county.adcode,
        "name_zh": county.name_zh,
        "name_en": county.name_en,
        "province_zh": county.province_zh,
        "province_en": county.province_en,
        "city_zh": county.city_zh,
        "region_group": county.region_group,
        "exit_year": county.exit_year,
    }


def _campaign(data: CountyData, release: Release) -> dict[str, Any]:
    campaign, county = data.campaign, data.county
    return {
        "id": campaign.id,
        "name_zh": campaign.name_zh,
        "name_en": campaign.name_en,
        "round_kind": campaign.round_kind,
        "wave": campaign.wave,
        "agency_zh": campaign.agency_zh,
        "agency_en": campaign.agency_en,
        "reference_date": county.reference_date.isoformat(),
        "field_from": release.field_from.isoformat(),
        "field_to": release.field_to.isoformat(),
        "release_date": release.release_date.isoformat(),
        "poverty_line": {
            "year": county.line_year,
            "yuan": county.line_yuan,
            "status": county.line_status,
            "document": county.line_document,
        },
    }


def _unopinionated(entry: dict[str, Any]) -> dict[str, Any]:
    """Print approval no finer in the file than on the page, also for those who read it in full."""
    return printed.indicator(entry) if entry["code"] == "satisfaction_rate" else entry


def _sample(data: CountyData, reach: Sequence[Reach]) -> dict[str, Any]:
    rows = data.interviews
    done = rows.filter(pl.col("outcome") == "respondent")
    in_scope = rows.filter(pl.col("outcome") != "out_of_scope").height
    reserves = rows.filter("is_reserve").height
    town_of = {village.village_code: village.town_code for village in data.villages}
    visited = set(rows["psu"])
    stage2 = data.plan.stage2
    return {
        "townships": len({town_of[village] for village in visited}),
        "villages": len(visited),
        "strata": rows["stratum"].n_unique(),
        "opened": _by_class(rows),
        "completed": _by_class(done),
        "persons": {
            of: int(done.filter(pl.col("household_class") == of)["persons"].sum()) for of in CLASSES
        },
        "response_rate": done.height / in_scope,
        "replacement_rate": reserves / (rows.height - reserves),
        "undetermined": done.filter(pl.col("undetermined").list.len() > 0).height,
        "plan": {
            "villages": data.plan.stage1.villages,
            "e": stage2.e,
            "n": stage2.n,
            "p": stage2.p,
            "remote_factor": data.plan.stage1.remote_factor,
            "classes": data.plan.remoteness.classes,
            "reach": [_reach(one) for one in reach],
        },
    }


def _by_class(rows: pl.DataFrame) -> dict[str, int]:
    counted = Counter(rows["household_class"])
    return {of: counted.get(of, 0) for of in CLASSES}


def _reach(one: Reach) -> dict[str, Any]:
    return {
        "household_class": one.household_class,
        "villages": one.villages,
        "households": one.households,
        "deff": one.deff,
        "effective_n": one.effective_n,
        "zero_bound": one.zero_bound,
        "p0": one.p0,
        "p1": one.p1,
        "chance": one.chance,
        "promise": one.promise,
        "households_needed": one.households_needed,
    }


def indicator_entry(one: Judged) -> dict[str, Any]:
    """One indicator as verdict.json holds it."""
    indicator = one.indicator
    numerator = indicator.numerator
    return {
        "code": one.code,
        "sample_ratio": {
            # Persons, whole; those of the composite are expanded from two ratios.
            "numerator": round(numerator),
            "denominator": indicator.denominator,
            "unit": indicator.unit,
        },
        "estimate": tables.estimate(indicator.estimate),
        "interval_95": {"low": indicator.interval_95[0], "high": indicator.interval_95[1]},
        "threshold": float(one.rule.threshold),
        "strict": one.rule.strict,
        "direction": one.rule.direction,
        "decided_by": one.decided_by,
        "reference": one.finding is None,
        "finding": one.finding,
        "undetermined": {
            "households": indicator.undetermined.count,
            "low": indicator.undetermined.low,
            "high": indicator.undetermined.high,
        },
        "variants": [
            {
                "setting": variant.setting,
                "chosen": variant.chosen,
                "reading": variant.reading,
                "value": variant.value,
                "low": variant.low,
                "high": variant.high,
                "finding": variant.finding,
                "changes": variant.changes,
            }
            for variant in one.variants
        ],
        "flip": one.flip and {"households": one.flip.households, "finding": one.flip.finding},
    }
