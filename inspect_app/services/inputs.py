"""Everything that a verdict is a function of, frozen beside it, and the verdict computed from it.

Nothing here reads the database: from the frozen inputs and the interviews behind a verdict both
editions follow, today and in five years.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.samples import Village
from inspect_app.rules import rulebooks, verdicts
from inspect_app.rules.errors import InputsDamaged, RuleError
from inspect_app.rules.verdicts import Decision, Reading
from inspect_app.services import disclosure, estimates
from inspect_app.services.circumstances import Agreed, Circumstances, Confirmed, Followed, Open
from inspect_app.services.documents import (
    Provenance,
    Release,
    as_version,
    digest,
    document,
    interviews_csv,
)
from inspect_app.services.estimates import CountyData, Figures
from sampling.errors import SamplingError
from sampling.indicators import Totals
from sampling.plan import Plan
from sampling.reach import Reach, reach

SCHEMA = "inputs/1"
CAMPAIGN = (
    *("id", "name_zh", "name_en", "agency_zh", "agency_en", "round_kind", "wave", "simulated"),
    *("rulebook_id", "rulebook_sha256"),
)
COUNTY = (
    *("adcode", "name_zh", "name_en", "province_zh", "province_en", "city_zh", "region_group"),
    *("exit_year", "reference_date", "line_year", "line_yuan", "line_status", "line_document"),
)
VILLAGE: Mapping[str, type[pl.DataType]] = {
    "village_code": pl.String,
    "village_name": pl.String,
    "town_code": pl.String,
    "town_name": pl.String,
    "stratum": pl.String,
    "remoteness_class": pl.Int64,
    "persons_n": pl.Int64,
}
TYPES: Mapping[str, Any] = {
    "String": pl.String,
    "Boolean": pl.Boolean,
    "Float64": pl.Float64,
    "Int64": pl.Int64,
    "Int32": pl.Int32,
    "UInt32": pl.UInt32,
    "Null": pl.Null,
    "Datetime(time_unit='us', time_zone='UTC')": pl.Datetime("us", "UTC"),
    "List(String)": pl.List(pl.String),
}
"""Types of columns that a table may be frozen with; lists as texts joined by semicolons."""


DAMAGED = (KeyError, TypeError, ValueError, PolarsError, SamplingError, RuleError)
"""What reading comes upon where something is not as it was written."""


@dataclass(frozen=True)
class Version:
    """What a version of a verdict has to itself.

    corrections : every earlier version, see `documents.correction`
    """

    version: int
    replaces: int | None
    nonce: str
    corrections: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a county's verdict is computed from, but for its version."""

    data: CountyData
    beside: Circumstances
    release: Release
    provenance: Provenance


@dataclass(frozen=True, eq=False)
class Computed:
    """The figures of a county, and what the rule book makes of them."""

    figures: Figures
    decision: Decision
    reach: tuple[Reach, ...]


def compute(data: CountyData) -> Computed:
    """Compute what a county's verdict says."""
    figures = estimates.compute(data)
    frozen = data.frozen.filter(pl.col("county_adcode") == data.county.adcode)
    return Computed(figures, decide(data, figures), reach(data.plan, frozen))


def decide(data: CountyData, figures: Figures) -> Decision:
    """Judge a county's figures by its rule book."""
    drawn = data.interviews["psu"].n_unique()
    return verdicts.decide(
        figures.indicators,
        rulebook=data.rulebook,
        region_group=data.county.region_group,
        round_kind=data.campaign.round_kind,
        villages_left=sum(village.stratum is not None for village in data.villages) - drawn,
        other_readings=figures.other_readings,
    )


def content(inputs: Inputs, computed: Computed) -> dict[str, Any]:
    """Build what verdict.json says in every version."""
    return document(
        inputs.data,
        computed.figures,
        computed.decision,
        reach=computed.reach,
        beside=inputs.beside,
        release=inputs.release,
        provenance=inputs.provenance,
    )


def editions(data: CountyData, shown: Mapping[str, Any], version: Version) -> tuple[Any, Any]:
    """Complete the full edition of a version, and derive the public one.

    shown : the content, restrained by `services.disclosure`
    """
    full = as_version(
        shown,
        version.version,
        replaces=version.replaces,
        nonce=version.nonce,
        corrections=version.corrections,
    )
    return full, disclosure.public_edition(data, full)


def again(inputs: Inputs, version: Version) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compute both editions anew, the full one first."""
    said = content(inputs, compute(inputs.data))
    shown = disclosure.restrained(inputs.data, said)
    full, public = editions(inputs.data, shown, version)
    return full, public


def freeze(inputs: Inputs, version: Version) -> bytes:
    """Write inputs as JSON, but for the interviews, which are kept beside."""
    data = inputs.data
    frozen = data.frozen.filter(pl.col("county_adcode") == data.county.adcode)
    kept = {
        "schema": SCHEMA,
        "campaign": _attributes(data.campaign, CAMPAIGN),
        "county": _attributes(data.county, COUNTY),
        "rulebook": data.campaign.rulebook_toml.decode(),
        "plan": data.plan.to_toml(),
        "totals": _plain(data.totals),
        "totals_document": data.totals_document,
        "frozen": _table(frozen),
        "villages": _table(
            pl.DataFrame([_attributes(one, tuple(VILLAGE)) for one in data.villages], VILLAGE)
        ),
        "interviews": _types(data.interviews),
        "reread": [[*reading, _plain(households)] for reading, households in data.reread.items()],
        "beside": _plain(inputs.beside),
        "release": _plain(inputs.release),
        "provenance": _plain(inputs.provenance),
        "version": _plain(version),
    }
    return json.dumps(
        kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_day
    ).encode()


def thaw(content: bytes, interviews: bytes) -> tuple[Inputs, Version]:
    """Read frozen inputs and the interviews behind them.

    Raises
    ------
    InputsDamaged : they are not what was frozen
    """
    try:
        kept = json.loads(content)
        if kept["schema"] != SCHEMA:
            raise InputsDamaged(f"unknown schema {kept['schema']}")
        rows = _read(interviews, kept["interviews"])
        inputs = Inputs(
            _county_data(kept, rows),
            _beside(kept["beside"]),
            _release(kept["release"]),
            _provenance(kept["provenance"]),
        )
        version = Version(**kept["version"])
    except InputsDamaged:
        raise
    except DAMAGED as fault:
        raise InputsDamaged(f"{type(fault).__name__}: {fault}") from fault
    _hold(inputs, interviews)
    return inputs, version


def _hold(inputs: Inputs, interviews: bytes) -> None:
    """Hold what was read to the digests that the verdict names."""
    data, named = inputs.data, inputs.provenance
    for what, found, wanted in (
        ("interviews", digest(interviews), named.interviews_sha256),
        ("interviews", digest(interviews_csv(data.interviews)), named.interviews_sha256),
        ("plan", data.plan.sha256, named.plan_sha256),
        ("rulebook", data.rulebook.sha256, data.campaign.rulebook_sha256),
    ):
        if found != wanted:
            raise InputsDamaged(f"{what}: {found}, not {wanted}", part=what)


def _county_data(kept: Mapping[str, Any], interviews: pl.DataFrame) -> CountyData:
    toml = kept["rulebook"]
    county = kept["county"] | {
        "campaign_id": kept["campaign"]["id"],
        "reference_date": date.fromisoformat(kept["county"]["reference_date"]),
    }
    return CountyData(
        campaign=Campaign(**kept["campaign"], rulebook_toml=toml.encode()),
        county=CampaignCounty(**county),
        rulebook=rulebooks.parse(toml),
        plan=Plan.from_toml(kept["plan"]),
        totals_document=kept["totals_document"],
        interviews=interviews,
        villages=[Village(**row) for row in _read_table(kept["villages"]).to_dicts()],
        frozen=_read_table(kept["frozen"]),
        totals=Totals(**kept["totals"]),
        reread={Reading(setting, value): rows for setting, value, rows in kept["reread"]},
    )


def _beside(kept: Mapping[str, Any]) -> Circumstances:
    confirmed = [
        Confirmed(
            **{
                **row,
                "blocks": tuple(row["blocks"]),
                "evidence_date": _as_day(row["evidence_date"]),
                "ruled_on": _as_day(row["ruled_on"]),
            }
        )
        for row in kept["confirmed"]
    ]
    return Circumstances(
        open_ends=Open(**kept["open_ends"]),
        cases=[Followed(**row) for row in kept["cases"]],
        confirmed=confirmed,
        revisits={village: Agreed(**row) for village, row in kept["revisits"].items()},
        **{name: kept[name] for name in ("listed", "hearing", "seals", "trend")},
    )


def _release(kept: Mapping[str, Any]) -> Release:
    days = {name: date.fromisoformat(kept[name]) for name in kept if name != "number"}
    return Release(number=kept["number"], **days)


def _provenance(kept: Mapping[str, Any]) -> Provenance:
    at = kept["public_value_at"]
    return Provenance(**{**kept, "public_value_at": at and datetime.fromisoformat(at)})


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _attributes(row: object, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def _table(rows: pl.DataFrame) -> dict[str, Any]:
    return {"columns": _types(rows), "csv": interviews_csv(rows).decode()}


def _types(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """Name the columns with their types, in order."""
    named = [(name, str(kind)) for name, kind in rows.schema.items()]
    unknown = sorted({kind for _, kind in named if kind not in TYPES})
    if unknown:
        raise InputsDamaged(f"no table is frozen with columns of type {unknown}")
    return named


def _read_table(kept: Mapping[str, Any]) -> pl.DataFrame:
    return _read(kept["csv"].encode(), kept["columns"])


def _read(content: bytes, columns: Sequence[tuple[str, str]]) -> pl.DataFrame:
    """Read a table; lists are written as text, and a column without any value as nothing."""
    as_text = ("List(String)", "Null")
    plain = {name: pl.String if kind in as_text else TYPES[kind] for name, kind in columns}
    rows = pl.read_csv(io.BytesIO(content), schema=plain)
    lists = [name for name, kind in columns if kind == "List(String)"]
    empty = [pl.lit(None).alias(name) for name, kind in columns if kind == "Null"]
    parts = [
        pl.when(pl.col(name) == "")
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.col(name).str.split(";"))
        .alias(name)
        for name in lists
    ]
    return rows.with_columns(*parts, *empty)


def _as_day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _day(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be frozen")
