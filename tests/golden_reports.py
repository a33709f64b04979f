"""Pages of three invented counties, kept as pictures: passing, left open, failing.

    PYTHONPATH=. python tests/golden_reports.py renew    the pages moved: look at them, keep them
    PYTHONPATH=. python tests/golden_reports.py new      the documents changed: compute new ones

The documents in `golden/reports` were computed by the code that computes real ones, from answers
made by a rule. `renew` draws them again; look at every picture that git shows as changed, in full
size and in grey, and say in the commit what moved and why.
"""

import io
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pypdfium2
from county_documents import NONCE, a_county, around, of
from PIL import Image, ImageChops

from inspect_app.services import disclosure, inputs
from inspect_app.services.circumstances import Agreed, Circumstances, Confirmed, Followed, Open
from inspect_app.services.documents import Release, correction, digest, interviews_csv, to_bytes
from inspect_app.services.estimates import CountyData
from inspect_app.services.inputs import Inputs, Version
from inspect_app.version import SOFTWARE
from report_templates.verdict import VerdictSheet, render

FOLDER = Path(__file__).parent / "golden" / "reports"
EDITIONS = ("full", "public")
DPI = 66
COLOURS = 24
FAR = 96
"""A pixel differs where a channel is this far off: further than rounding to the palette goes."""

MOST_DIFFERENT = 0.0005
"""Share of the pixels of a page that may differ; a line of text moved by a point is more."""

TOWNS = ("城关镇", "柳溪镇", "白石镇", "河口乡", "新坪乡", "大垭乡", "云峁乡", "磴岭回族乡")


@dataclass(frozen=True)
class County:
    """An invented county: its names, how much is found in it, and what is on its record.

    wrong_exits, missed : of a thousand households; against : of a thousand that disapprove
    """

    name_zh: str
    name_en: str
    region_group: str
    wrong_exits: int
    missed: int
    against: int
    cleared: int
    statements: tuple[tuple[str, str, str], ...] = ()
    trend: tuple[tuple[int, str, float, float, float], ...] = ()
    corrected: bool = False
    round_kind: str = "exit"


COUNTIES: Mapping[str, County] = {
    "passing": County("青垭县", "Qingya County", "west_3pct", 0, 0, 30, 5),
    "open": County(
        *("河岔县", "Hecha County", "west_3pct", 8, 6, 60, 4),
        statements=(
            ("county", "对查实的问题无异议；已逐户核实并纳入帮扶。", "2021-02-10"),
            ("agency", "意见已收悉，结论不变；整改情况由下一次评估核实。", "2021-02-20"),
        ),
        trend=((2019, "does_not_meet", 0.0413, 0.030, 0.056),),
    ),
    "failing": County(
        *("磴口岭土家族苗族自治县", "Dengkouling Tujia and Miao Autonomous County"),
        *("central_2pct", 70, 32, 150, 6),
        statements=(
            ("county", "收入核算口径与县级台账不一致，请求复核。" * 3, "2021-02-08"),
            ("agency", "复核后维持原认定，理由已逐例函告。" * 3, "2021-02-19"),
        ),
        trend=(
            (2018, "does_not_meet", 0.1182, 0.0961, 0.1436),
            (2019, "does_not_meet", 0.0874, 0.0690, 0.1090),
        ),
        corrected=True,
    ),
}


def documents(county: County, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compute both editions of a county's verdict."""
    data = _data(county, number)
    taken = _inputs(county, data)
    content = inputs.content(taken, inputs.compute(data))
    shown = disclosure.restrained(data, content)
    if not county.corrected:
        return inputs.editions(data, shown, Version(1, None, NONCE, []))
    earlier = {**shown, "version": 1, "indicators": [], "townships": []}
    digests = {edition: of(edition) for edition in EDITIONS}
    changed = correction(earlier, shown, digests=digests, reason="answers")
    return inputs.editions(data, shown, Version(2, 1, NONCE, [changed]))


def _data(county: County, number: int) -> CountyData:
    data = a_county(**_answers(county))
    names = {
        "name_zh": county.name_zh,
        "name_en": county.name_en,
        "province_zh": "示例省",
        "province_en": "Example Province",
        "city_zh": "示例市",
        "region_group": county.region_group,
        "adcode": data.county.adcode,
    }
    for name, value in names.items():
        setattr(data.county, name, value)
    campaign = data.campaign
    campaign.agency_zh = "示例大学评估组（模拟）"
    campaign.agency_en = "Example University (simulated)"
    campaign.wave, campaign.round_kind = number, county.round_kind
    towns = sorted({village.town_code for village in data.villages})
    for village in data.villages:
        village.town_name = TOWNS[towns.index(village.town_code)]
    return data


def _answers(county: County) -> dict[str, pl.Expr]:
    """What was found and said in every household, by its place in the list."""
    line, answered = pl.int_range(pl.len()), pl.col("disposition") == "completed"
    spread = line * 619 % 1000  # every household has another place among a thousand
    is_e, is_n = (pl.col("household_class") == one for one in "EN")
    fails = "recurrence" if county.round_kind == "revisit" else "wrong_exit"
    found = {
        "wrong_exit": pl.lit(0),
        "recurrence": pl.lit(0),
        fails: pl.when(spread < county.wrong_exits).then("persons").otherwise(0),
    }
    against, unaware = spread >= 1000 - county.against, spread >= 1000 - county.against // 4
    said = {
        f"sat_{subject}": pl.when(~answered)
        .then(None)
        .when(unaware)
        .then(pl.lit("unaware"))
        .when(against)
        .then(pl.lit(("dissatisfied", "very_dissatisfied")[n % 2]))
        .when(line % (6 + 2 * n) == 0)
        .then(pl.lit("neutral"))
        .when(line % (2 + n) == 0)
        .then(pl.lit("satisfied"))
        .otherwise(pl.lit("very_satisfied"))
        for n, subject in enumerate(("policy", "measures", "exit", "cadres"))
    }
    overall = pl.when(against & ~unaware).then(pl.lit("no")).otherwise(pl.lit("yes"))
    return {
        **{name: pl.when(answered & is_e).then(value) for name, value in found.items()},
        "missed": pl.when(answered & is_n).then(
            pl.when(spread < county.missed).then("persons").otherwise(0)
        ),
        "approves": pl.when(answered).then((~against).cast(pl.Int64)),
        **said,
        "sat_overall": pl.when(answered).then(overall),
    }


def _inputs(county: County, data: CountyData) -> Inputs:
    taken = around(data)
    provenance = replace(
        taken.provenance,
        plan_sha256=data.plan.sha256,
        interviews_sha256=digest(interviews_csv(data.interviews)),
        ledger_count=2874,
        ledger_day="2021-02-22",
        software=SOFTWARE,
    )
    number = f"{data.county.adcode}-{data.county.exit_year}-{data.campaign.wave:02d}"
    return replace(
        taken,
        beside=_beside(county, data),
        release=Release(number, date(2021, 3, 1), date(2021, 1, 4), date(2021, 1, 20)),
        provenance=provenance,
    )


def _beside(county: County, data: CountyData) -> Circumstances:
    done = data.interviews.filter(pl.col("outcome") == "respondent").sort("unit_id").to_dicts()
    kinds = ("wrong_exit", "missed", "recurrence")
    cases = [(kind, row) for kind in kinds for row in done if row[kind]]
    told = len(cases) + county.cleared
    revisits = {
        village: Agreed(1 + n % 3, (57 + n % 4) * (1 + n % 3), 60 * (1 + n % 3))
        for n, village in enumerate(sorted({row["psu"] for row in done}))
    }
    again = sum(revisits.values(), Agreed())
    asked = again.interviews
    return Circumstances(
        open_ends=Open(
            *(0, 3, 1, 0, 0, asked, asked + 2, asked, again.share, 1, 0, {"closed": 2}, {})
        ),
        cases=[
            *(Followed(kind, "confirmed", row[kind], True, True) for kind, row in cases),
            *(Followed(kinds[n % 2], "overturned", 3, True, n > 2) for n in range(county.cleared)),
        ],
        confirmed=[
            Confirmed(
                *(row["unit_id"], row["psu"], kind, row[kind]),
                (("income",), ("housing",), ("medical", "water"))[n % 3],
                date(2020, 11, 2 + n % 25),
                date(2021, 2, 1 + n % 9),
            )
            for n, (kind, row) in enumerate(cases)
        ],
        revisits=revisits,
        listed={
            row["unit_id"]: row["persons"] + (n % 37 == 0)
            for n, row in enumerate(done)
            if row["household_class"] in "EP"
        },
        hearing={
            "meeting": "2021-01-22",
            "cases_told": told,
            "cases_answered": told - 1,
            "cases_silent": 1,
            "statements": [
                {"voice": voice, "text": text, "said_on": said_on}
                for voice, text, said_on in county.statements
            ],
        },
        seals={
            "commission_sha256": of("commission"),
            "commission_version": 1,
            "rulebook_sealed_on": "2020-11-30",
            "plan_sealed_on": "2020-12-14",
            "sample_sealed_on": "2020-12-21",
        },
        trend=[
            {
                "number": f"{data.county.adcode}-{year}-01",
                "version": 1,
                "round_kind": "exit",
                "reference_date": f"{year}-12-31",
                "outcome": outcome,
                "indicators": {"poverty_incidence": {"value": value, "low": low, "high": high}},
            }
            for year, outcome, value, low, high in county.trend
        ],
    )


def document(name: str, edition: str) -> bytes:
    """Read a document that is kept."""
    return (FOLDER / f"{name}-{edition}.json").read_bytes()


def pages(name: str, edition: str, *, dpi: float = DPI) -> Iterator[Image.Image]:
    """Draw a document that is kept, page by page, as a reader's screen would."""
    pdf = pypdfium2.PdfDocument(render(VerdictSheet.from_json(document(name, edition))))
    try:
        for page in pdf:
            yield page.render(scale=dpi / 72).to_pil().convert("RGB")
    finally:
        pdf.close()


def picture(name: str, edition: str, page: int) -> Path:
    """Where the picture of a page is kept; pages count from 1."""
    return FOLDER / f"{name}-{edition}-{page}.png"


def kept(name: str, edition: str) -> list[Path]:
    """Return the pictures of an edition, first page first."""
    return sorted(FOLDER.glob(f"{name}-{edition}-*.png"))


def different(now: Image.Image, then: Image.Image) -> float:
    """Return the share of pixels that differ between a page as drawn now and as it is kept."""
    if now.size != then.size:
        return 1.0
    bands = ImageChops.difference(now, then.convert("RGB")).split()
    far = [band.point([0] * FAR + [255] * (256 - FAR)) for band in bands]
    most = ImageChops.lighter(ImageChops.lighter(far[0], far[1]), far[2])
    return most.histogram()[255] / (now.width * now.height)


def renew() -> None:
    """Keep the pages of today, each in few colours."""
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name in COUNTIES:
        for edition in EDITIONS:
            for number, page in enumerate(pages(name, edition), start=1):
                few = page.quantize(COLOURS, dither=Image.Dither.NONE)
                content = io.BytesIO()
                few.save(content, "PNG", optimize=True)
                picture(name, edition, number).write_bytes(content.getvalue())


def new() -> None:
    """Compute the documents anew, and keep them with their pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number, (name, county) in enumerate(COUNTIES.items(), start=1):
        for edition, content in zip(EDITIONS, documents(county, number), strict=True):
            (FOLDER / f"{name}-{edition}.json").write_bytes(to_bytes(content))
    renew()


def main(word: str) -> None:
    """Do what a word of the command line says."""
    commands = {"renew": renew, "new": new}
    if word not in commands:
        raise SystemExit(__doc__)
    commands[word]()


if __name__ == "__main__":
    main(*sys.argv[1:2] or [""])
