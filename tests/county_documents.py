"""A county of the worked example as a verdict is computed from, and its documents."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from inspect_app.rules import rulebooks, verdicts
from inspect_app.services import estimates, inputs
from inspect_app.services.circumstances import Circumstances, Confirmed, Followed, Open
from inspect_app.services.documents import Provenance, Release, as_version
from inspect_app.services.estimates import CountyData
from inspect_app.services.inputs import Computed, Inputs
from sampling import example
from sampling.indicators import Totals
from sampling.weights import weigh

NONCE = "5a" * 32
PLACES = {
    "name_zh": "某县",
    "name_en": "Some County",
    "province_zh": "某省",
    "province_en": "Some Province",
    "city_zh": "某市",
}


def of(name: str) -> str:
    """A digest, another for each name."""
    return sha256(name.encode()).hexdigest()


def a_county(changes: Mapping[str, Mapping[str, Any]] | None = None, **columns: Any) -> CountyData:
    """Take the example's county; `changes` by unit replace what was found in a household."""
    plan, frozen = example.plan()
    rows = example.interviews().with_columns(**columns).to_dicts()
    for row in rows:
        row.update((changes or {}).get(row["unit_id"], {}))
        row["undetermined"] = [one for one in (row["undetermined"] or "").split(";") if one]
    lists = {"undetermined": pl.List(pl.String)}
    interviews = weigh(pl.DataFrame(rows, schema_overrides=lists, infer_schema_length=None))
    official = example.totals()
    villages = [
        SimpleNamespace(
            village_code=row["village_code"],
            village_name=row["village_name"],
            town_code=row["town_code"],
            town_name=f"乡{row['town_code'][-3:]}",
            stratum=row["stratum"],
            remoteness_class=row["remoteness_class"],
            persons_n=row["persons_n"],
        )
        for row in frozen.to_dicts()
    ]
    campaign = SimpleNamespace(
        id="c",
        round_kind="exit",
        wave=1,
        simulated=True,
        rulebook_id="2017-national",
        rulebook_sha256=of("rule book"),
        **{f"{name}_{tongue}": name for name in ("name", "agency") for tongue in ("zh", "en")},
    )
    county = SimpleNamespace(
        adcode=example.ADCODE,
        region_group="west_3pct",
        exit_year=2020,
        reference_date=date(2020, 12, 31),
        line_year=2020,
        line_yuan=4000,
        line_status="simulated",
        line_document="-",
        **PLACES,
    )
    return CountyData(
        cast(Any, campaign),
        cast(Any, county),
        rulebooks.load("2017-national"),
        plan,
        official["document"].item(),
        interviews,
        cast(Any, villages),
        frozen,
        Totals(*official.select("^persons_.*$").row(0)),
    )


def around(data: CountyData) -> Inputs:
    """Put beside a county's interviews what the records would say."""
    done = data.interviews.filter(pl.col("outcome") == "respondent").to_dicts()
    found = [
        (kind, row) for kind in ("wrong_exit", "missed", "recurrence") for row in done if row[kind]
    ]
    beside = Circumstances(
        open_ends=Open(0, 0, 0, 0, 0, 0, 0, 0, None, 0, 0, {}, {}),
        cases=[Followed(kind, "confirmed", row[kind], True, True) for kind, row in found],
        confirmed=[
            Confirmed(row["unit_id"], row["psu"], kind, row[kind], ("income",), None, None)
            for kind, row in found
        ],
        revisits={},
        listed={},
        hearing={
            "meeting": None,
            "cases_told": len(found),
            "cases_answered": len(found),
            "cases_silent": 0,
            "statements": [],
        },
        seals={
            "commission_sha256": of("commission"),
            "commission_version": 1,
            "rulebook_sealed_on": "2020-01-01",
            "plan_sealed_on": "2020-01-02",
            "sample_sealed_on": "2020-01-03",
        },
        trend=[],
    )
    return Inputs(
        data,
        beside,
        release=Release("990001-2020-01", date(2021, 3, 1), date(2021, 1, 4), date(2021, 1, 20)),
        provenance=Provenance(
            **{f"{name}_sha256": of(name) for name in ("frame", "plan", "sample", "interviews")},
            seed_commitment=of("seed"),
            public_value_source=None,
            public_value_at=None,
            seed=None,
            ledger_root=of("ledger"),
            ledger_count=9,
            ledger_day=None,
            software="test 0.1",
            verify_base="https://example.org",
        ),
    )


def a_full_edition(data: CountyData, *, nonce: str = NONCE) -> dict[str, Any]:
    """Compute the full edition of a county's verdict."""
    figures = estimates.compute(data)
    decision = verdicts.decide(
        figures.indicators,
        rulebook=data.rulebook,
        region_group=data.county.region_group,
        round_kind=data.campaign.round_kind,
        villages_left=10,
        other_readings=figures.other_readings,
    )
    content = inputs.content(around(data), Computed(figures, decision, ()))
    return as_version(content, 1, replaces=None, nonce=nonce)
