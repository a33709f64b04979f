"""Simulated verdicts of real counties, for tests and benchmarks of reports in great number.

The sample of the invented county of `sampling.example` is moved to the places of a real one, and
its households answer as chance has it; all else is the road of every verdict: weights, estimates,
findings, sentences, public edition. Every document says that it is simulated.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from inspect_app.demo import places
from inspect_app.demo.chance import Dice, digest, stream
from inspect_app.demo.places import County
from inspect_app.models.campaigns import Campaign, CampaignCounty
from inspect_app.models.samples import Village
from inspect_app.rules import rulebooks
from inspect_app.services import editions, inputs
from inspect_app.services.circumstances import Agreed, Circumstances, Confirmed, Followed, Open
from inspect_app.services.documents import Provenance, Release, as_version, to_bytes
from inspect_app.services.estimates import CountyData
from inspect_app.version import SOFTWARE
from sampling import example
from sampling.indicators import Totals
from sampling.satisfaction import STEPS
from sampling.weights import weigh

SEED = "reports"
RULEBOOK = "2017-national"
LOST = "632899"
PERSONS = 3
TOWNS = example.VILLAGES // example.VILLAGES_A_TOWN
STANDINGS = {"clear": 0.62, "close": 0.25, "bad": 0.13}
FAILING = {"clear": (0.0, 0.007), "close": (0.008, 0.024), "bad": (0.03, 0.06)}
AGAINST = {"clear": (0.01, 0.04), "close": (0.05, 0.09), "bad": (0.08, 0.15)}
RANGES = {"E": FAILING, "N": FAILING, "R": FAILING, "against": AGAINST}
STEPS_OF = ("sat_policy", "sat_measures", "sat_exit", "sat_cadres")
SHARES = dict(zip(STEPS, (0.55, 0.36, 0.05, 0.02, 0.005, 0.015), strict=True))
HARMLESS = ("very_satisfied", "satisfied", "neutral")
COMMISSION = date(2021, 1, 4)
FIELDWORK = timedelta(days=30)
RELEASE = timedelta(days=60)


def simulated(
    counties: Iterable[County] | None = None, *, seed: str = SEED
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the full and the public verdict.json of each county, all of 2014's by default."""
    for county in counties or places.counties():
        yield documents(with_code(county), seed=seed)


def with_code(county: County) -> County:
    """Give the county that was merged before the division list was cut a code that none has."""
    return county if county.adcode else replace(county, adcode=LOST)


def documents(county: County, *, seed: str = SEED) -> tuple[bytes, bytes]:
    """Compute both editions of one county's verdict; the same seed gives the same bytes."""
    data = _data(county, seed)
    computed = inputs.compute(data)
    content = inputs.content(
        inputs.Inputs(data, _beside(data), _release(county), _provenance(county, seed)), computed
    )
    full = as_version(content, 1, replaces=None, nonce=digest(seed, county.adcode, "nonce"))
    return to_bytes(full), to_bytes(editions.public(full))


def _data(county: County, seed: str) -> CountyData:
    plan, frozen = _plan()
    moved = _Moved(county)
    rulebook = rulebooks.load(RULEBOOK)
    line = max(rulebook.lines, key=lambda one: one.year)
    villages = moved.places(frozen)
    return CountyData(
        Campaign(
            id=digest(seed, "campaign")[:36],
            name_zh="贫困县退出专项评估检查（模拟）",
            name_en="Exit inspection (simulated)",
            agency_zh="示例大学评估组（模拟）",
            agency_en="Example University team (simulated)",
            round_kind="exit",
            wave=1,
            simulated=True,
            rulebook_id=rulebook.id,
            rulebook_sha256=rulebook.sha256,
        ),
        CampaignCounty(
            adcode=county.adcode,
            name_zh=county.name_zh,
            name_en=county.name_en or None,
            province_zh=county.province_zh,
            province_en=county.province_en,
            city_zh=county.city_zh,
            region_group=county.threshold_group,
            exit_year=county.exit_year,
            reference_date=rulebook.reference_date(county.exit_year),
            line_year=line.year,
            line_yuan=line.yuan,
            line_status=line.status,
            line_document="simulated",
        ),
        rulebook,
        plan,
        "simulated",
        moved.places(_answered(county, seed)),
        [
            Village(
                village_code=row["village_code"],
                village_name=row["village_name"],
                town_code=row["town_code"],
                town_name=moved.town_names[row["town_code"]],
                stratum=row["stratum"],
                remoteness_class=row["remoteness_class"],
                persons_n=row["persons_n"],
            )
            for row in villages.iter_rows(named=True)
        ],
        villages,
        _totals(),
    )


@lru_cache(maxsize=1)
def _plan() -> tuple[Any, pl.DataFrame]:
    return example.plan()


@lru_cache(maxsize=1)
def _interviews() -> pl.DataFrame:
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return weigh(example.interviews()).with_columns(undetermined=nothing)


@lru_cache(maxsize=1)
def _totals() -> Totals:
    return Totals(*example.totals().select("^persons_.*$").row(0))


class _Moved:
    """The example's towns and villages under the codes and names of a real county.

    Where a county has fewer townships than the example, two of them share one; where a township
    has fewer villages, the others are numbered.
    """

    def __init__(self, county: County) -> None:
        self.adcode = county.adcode
        real, names = _real_places(county)
        self.town_names = dict(real)
        self.codes: dict[str, str] = {}
        self.names: dict[str, str] = {}
        step = max(len(real) / TOWNS, 1.0)
        counted = dict.fromkeys(self.town_names, 0)
        for old in example.villages()["village_code"]:
            town, _ = real[int((int(old[6:9]) - 101) * step) % len(real)]
            at = counted[town]
            counted[town] += 1
            new = f"{town}{201 + at}"
            self.codes[old] = new
            self.names[new] = names[town][at] if at < len(names[town]) else f"第{at + 1}村"

    def places(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Write the real places into a table of villages or of households."""
        key = "psu" if "psu" in rows.columns else "village_code"
        code = pl.col(key).replace_strict(self.codes)
        changed: dict[str, pl.Expr] = {
            key: code,
            "county_adcode": pl.lit(self.adcode),
            "stratum": pl.col("stratum").str.replace_all(example.ADCODE, self.adcode),
            "town_code": code.str.head(9),
            "village_name": code.replace_strict(self.names),
        }
        if key == "psu":
            changed["unit_id"] = code + pl.col("unit_id").str.tail(-12)
            changed["cell"] = pl.col("cell").str.replace_all(example.ADCODE, self.adcode)
        return rows.with_columns(
            **{name: column for name, column in changed.items() if name in rows.columns}
        )


def _real_places(county: County) -> tuple[list[tuple[str, str]], dict[str, list[str]]]:
    """Townships of a county by code and name, and the names of the villages of each."""
    if county.adcode == LOST:
        town = f"{LOST}100"
        return [(town, f"{county.name_zh}镇")], {town: []}
    towns = places.townships(county.adcode).select("town_code", "town_name").rows()
    names: dict[str, list[str]] = {code: [] for code, _ in towns}
    for town, name in places.villages(county.adcode).select("town_code", "village_name").rows():
        names[town].append(name)
    return towns, names


def _answered(county: County, seed: str) -> pl.DataFrame:
    """Let the households of the sample answer, each county at rates of its own."""
    rates = _rates(Dice(seed, county.adcode, "rates"))
    rows = _interviews()
    rng = stream(seed, county.adcode, "answers")
    chance = {name: pl.Series(rng.random(rows.height)) for name in (*rates, *STEPS_OF)}
    met = {name: chance[name] < rate for name, rate in rates.items()}

    def found(column: str, name: str) -> pl.Expr:
        failing = pl.when(pl.lit(met[name])).then(PERSONS).otherwise(0)
        return pl.when(pl.col(column).is_not_null()).then(failing)

    answered = pl.col("outcome") == "respondent"
    return rows.with_columns(
        wrong_exit=found("wrong_exit", "E"),
        recurrence=found("recurrence", "R"),
        missed=found("missed", "N"),
        approves=pl.when(answered).then((~met["against"]).cast(pl.Int64)),
        sat_overall=pl.when(answered).then(
            pl.when(pl.lit(met["against"])).then(pl.lit("no")).otherwise(pl.lit("yes"))
        ),
        **{code: pl.when(answered).then(_step(chance[code], met["against"])) for code in STEPS_OF},
    )


def _rates(dice: Dice) -> dict[str, float]:
    """How often households fail or disapprove: three rates clear, one as the county stands."""
    rolled, standing = dice.uniform(0, 1), "clear"
    for name, share in STANDINGS.items():
        if 0 <= rolled < share:
            standing = name
        rolled -= share
    doubtful = dice.one_of(list(RANGES))
    return {
        name: dice.uniform(*ranges[standing if name == doubtful else "clear"])
        for name, ranges in RANGES.items()
    }


def _step(chance: pl.Series, against: pl.Series) -> pl.Expr:
    """One answer; whoever approves of all has nothing against a part of it, or does not know it."""
    any_answer, approving = dict(SHARES), {step: SHARES[step] for step in HARMLESS}
    return (
        pl.when(pl.lit(against))
        .then(_spread(chance, any_answer))
        .otherwise(_spread(chance, approving))
    )


def _spread(chance: pl.Series, shares: Mapping[str, float]) -> pl.Expr:
    edge, whole = 0.0, sum(shares.values())
    edges = []
    for step, share in shares.items():
        edge += share / whole
        edges.append((edge, step))
    answer = pl.lit(edges[-1][1])
    for edge, step in reversed(edges):
        answer = pl.when(pl.lit(chance < edge)).then(pl.lit(step)).otherwise(answer)
    return answer


def _beside(data: CountyData) -> Circumstances:
    """What the records would say: every case was followed up, and the county replied."""
    kinds = ("wrong_exit", "missed", "recurrence")
    done = data.interviews.filter(pl.col("outcome") == "respondent")
    found = [
        (kind, row)
        for kind in kinds
        for row in done.filter(pl.col(kind).fill_null(0) > 0).iter_rows(named=True)
    ]
    cleared = [Followed(kind, "overturned", 0, True, True) for kind in kinds for _ in range(4)]
    ruled = COMMISSION + FIELDWORK + timedelta(days=10)
    units = data.interviews.select("unit_id", "persons").rows()
    return Circumstances(
        open_ends=Open(0, 0, 0, 0, 0, 48, 48, 48, 0.96, 0, 0, {}, {}),
        cases=[
            *(Followed(kind, "confirmed", row[kind], True, True) for kind, row in found),
            *cleared,
        ],
        confirmed=[
            Confirmed(row["unit_id"], row["psu"], kind, row[kind], ("income",), ruled, ruled)
            for kind, row in found
        ],
        revisits={village: Agreed() for village in data.interviews["psu"].unique().sort()},
        listed=dict(units),
        hearing={
            "meeting": (COMMISSION + FIELDWORK + timedelta(days=5)).isoformat(),
            "cases_told": len(found),
            "cases_answered": len(found),
            "cases_silent": 0,
            "statements": [
                {
                    "voice": "county",
                    "text": "我县对上述疑似户逐户复核，并已提交佐证材料。（模拟）",
                    "said_on": (ruled - timedelta(days=3)).isoformat(),
                },
                {
                    "voice": "agency",
                    "text": "已逐件审阅所提交材料，审定结果见核实情况表。（模拟）",
                    "said_on": ruled.isoformat(),
                },
            ],
        },
        seals={
            "commission_sha256": digest("commission"),
            "commission_version": 1,
            "rulebook_sealed_on": COMMISSION.isoformat(),
            "plan_sealed_on": COMMISSION.isoformat(),
            "sample_sealed_on": (COMMISSION + timedelta(days=1)).isoformat(),
        },
        trend=[],
    )


def _release(county: County) -> Release:
    first = COMMISSION + timedelta(days=10)
    number = f"{county.adcode}-{county.exit_year}-01"
    return Release(number, COMMISSION + RELEASE, first, first + FIELDWORK)


def _provenance(county: County, seed: str) -> Provenance:
    hashes = {
        f"{name}_sha256": digest(seed, county.adcode, name)
        for name in ("frame", "plan", "sample", "interviews")
    }
    return Provenance(
        **hashes,
        seed_commitment=digest(seed, "commitment"),
        public_value_source=None,
        public_value_at=None,
        seed=digest(seed, "seed"),
        ledger_root=digest(seed, "root"),
        ledger_count=2_400_000,
        ledger_day=(COMMISSION + FIELDWORK).isoformat(),
        software=SOFTWARE,
        verify_base=None,
    )
