"""The longest names that the data hold, counts of five digits, and every doubt at once."""

import json
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from decisions import a_decision, an_indicator, said
from kept_verdict import FOLDER
from lines import characters_of_pages, collisions
from pypdf import PdfReader

from inspect_app.demo import places
from inspect_app.rules.verdicts import EXIT_CRITERIA
from inspect_app.services.documents import indicator_entry, to_bytes
from report_templates import gate, styles
from report_templates.furniture import BODY_FOOT
from report_templates.verdict import VerdictSheet, render

ENGLISH = "Shuangjiang Lahu, Va, Blang and Dai Autonomous County, Lincang"
BLANK_HALVES = "（“《，。、；：？！）”》"


@cache
def longest() -> tuple[str, list[str], list[str]]:
    """The county, the townships and the villages with the longest names of the country."""
    counties = sorted(places.counties(), key=lambda one: (-len(one.name_zh), one.adcode))
    towns, villages = set[str](), set[str]()
    for county in (one for one in counties[:120] if one.adcode):
        towns |= set(places.townships(county.adcode)["town_name"])
        villages |= set(places.villages(county.adcode)["village_name"])
    by_length = [sorted(names, key=lambda one: (-len(one), one)) for names in (towns, villages)]
    return counties[0].name_zh, by_length[0][:40], by_length[1][:40]


def named(edition: str, *, townships: int, **changes: Any) -> dict[str, Any]:
    """The kept verdict under the longest names."""
    row: dict[str, Any] = json.loads((FOLDER / f"{edition}.json").read_bytes())
    county, towns, villages = longest()
    row["county"] |= {"name_zh": county, "name_en": ENGLISH[:60]}
    row["townships"] = [
        {**row["townships"][n % len(row["townships"])], "name_zh": towns[n % len(towns)]}
        | {"town_code": f"{n:09}"}
        for n in range(townships)
    ]
    if edition == "full":
        row["confirmed"] = [{**row["confirmed"][0], "village_zh": village} for village in villages]
    return row | changes


def sound(row: dict[str, Any]) -> tuple[bytes, int]:
    """Draw a document, hold every page to its margins, and return it with its pages."""
    pdf = render(VerdictSheet.from_json(to_bytes(row)))
    gate.check(pdf)
    pages = characters_of_pages(pdf)
    for page, found in enumerate(pages):
        foot = min(c.matrix[5] for c in found)
        body = [c for c in found if c.matrix[5] > foot + 1]
        assert foot == pytest.approx(styles.FOOT - 8)
        assert min(c.matrix[5] for c in body) >= BODY_FOOT - 1, page + 1
        for c in body:
            half = 0.5 * c.size if c.get_text() in BLANK_HALVES else 0.0
            assert c.x0 >= styles.LEFT - 0.1 - half, (page + 1, c.get_text())
            assert c.x1 <= styles.RIGHT + 0.1 + half, (page + 1, c.get_text())
        assert collisions(body) == [], page + 1
    return pdf, len(pages)


def bare(pdf: bytes, page: int) -> str:
    return "".join(PdfReader(BytesIO(pdf)).pages[page].extract_text().split())


def test_the_longest_names_are_as_long_as_ever() -> None:
    county, towns, villages = longest()

    assert len(county) == 15
    assert len(towns[0]) >= 13
    assert len(villages[0]) >= 15


@pytest.mark.parametrize("edition", ["full", "public"])
@pytest.mark.parametrize("townships", [8, 40])
def test_the_longest_names_of_the_data_fit_on_every_page(edition: str, townships: int) -> None:
    county, towns, _ = longest()

    pdf, pages = sound(named(edition, townships=townships))

    assert county in bare(pdf, 0)
    text = "".join(bare(pdf, page) for page in range(pages))
    assert all(town[:6] in text for town in towns[:townships])


@pytest.mark.parametrize("edition", ["full", "public"])
def test_counts_of_five_digits_fit_on_page_1(edition: str) -> None:
    row = named(edition, townships=8)
    for of in ("opened", "completed", "persons"):
        row["sample"][of] = dict.fromkeys("ENP", 33_333)
    row["sample"] |= {"villages": 1_234, "townships": 123}
    for one in row["indicators"]:
        one["sample_ratio"] |= {"numerator": 88_888, "denominator": 99_999}

    pdf, _ = sound(row)

    assert "123个乡镇1,234个村99,999户99,999人" in bare(pdf, 0)
    assert bare(pdf, 0).count("88,888/99,999") == 5


@pytest.mark.parametrize("edition", ["full", "public"])
@pytest.mark.parametrize("finding", ["met_open", "unmet_open", "unmet_established"])
def test_every_criterion_failing_or_open_fits_under_the_longest_names(
    edition: str, finding: str
) -> None:
    apart = {"sample": "0.016"} if finding == "unmet_open" else {}
    figures = [
        an_indicator(code, finding, **(apart if code == EXIT_CRITERIA[0] else {}))
        for code in EXIT_CRITERIA
    ]
    decision = a_decision(*figures, villages_left=300)
    told = said(decision, undetermined=12_345, replacement_rate=0.3)
    standing = decision.standing
    row = named(
        edition,
        townships=8,
        indicators=[indicator_entry(one) for one in decision.judged],
        verdict={name: getattr(standing, name) for name in ("outcome", "standing", "established")},
    )
    row["sentences"] = [*told, *(one for one in row["sentences"] if one["place"] == "strata")]

    pdf, pages = sound(row)

    assert pages >= 4
    assert ("未达到退出标准" in bare(pdf, 0)) == finding.startswith("unmet")
