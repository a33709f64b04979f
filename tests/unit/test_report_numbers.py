"""Page 1 and verdict.json say the same: nothing more on paper, and every headline there."""

import json
import re
from datetime import date
from functools import cache
from typing import Any

import pytest
from kept_verdict import FOLDER
from reports import Node, first_page, heard

from inspect_app.demo import places, verdicts
from inspect_app.services import tracing
from report_templates import figures, reading
from report_templates.figures import Rule
from report_templates.remarks import remarks
from report_templates.verdict import VerdictSheet

COUNTIES = 6
SIGNS = {("below", True): "<", ("below", False): "≤", ("above", True): ">", ("above", False): "≥"}
UNITS = {"persons": "人", "households": "户"}
CASES = [(name, edition) for name in ("kept", *range(COUNTIES)) for edition in ("full", "public")]


@cache
def simulated(number: int) -> tuple[bytes, bytes]:
    """Both editions of one of some counties that lie far apart in the list."""
    every = places.counties()
    return verdicts.documents(every[7 + number * (len(every) // COUNTIES)])


@cache
def page(name: str | int, edition: str) -> tuple[dict[str, Any], VerdictSheet, bytes, Node]:
    """A document, its sheet, its first page, and what is heard there."""
    if isinstance(name, int):
        content = simulated(name)[edition == "public"]
    else:
        content = (FOLDER / f"{edition}.json").read_bytes()
    sheet = VerdictSheet.from_json(content)
    drawn = first_page(sheet)
    return json.loads(content), sheet, drawn, heard(drawn)


def bare(words: str) -> str:
    return re.sub(r"[\s*]", "", words)


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_every_number_of_page_1_is_a_figure_of_the_document(name: str | int, edition: str) -> None:
    document, sheet, drawn, _ = page(name, edition)
    (texts,) = reading.read(drawn).pages

    assert sum(any(one.isdigit() for one in text.words) for text in texts) > 30
    tracing.untraced(texts, document, pages=4, digests=(sheet.digest,))


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_every_criterion_stands_in_its_row_with_all_its_figures(
    name: str | int, edition: str
) -> None:
    document, _, _, told = page(name, edition)
    rows = told.all("Table")[0].all("TR")[1:]

    assert len(rows) == len(document["indicators"]) == 5
    for row, one in zip(rows, document["indicators"], strict=True):
        rule = Rule(one["threshold"], one["strict"], one["direction"])
        ratio, estimate = one["sample_ratio"], one["estimate"]
        value = figures.rounded(estimate["value"], rule)
        low = figures.lower(estimate["low"], rule).figure
        high = figures.upper(estimate["high"], rule).figure
        counts = f"{ratio['numerator']:,} / {ratio['denominator']:,} {UNITS[ratio['unit']]}"
        sign = "" if one["reference"] else SIGNS[one["direction"], one["strict"]]
        said = bare(row.text)

        assert bare(f"{value}{counts}") in said
        assert f"{low}–{high}%" in said
        assert bare(f"{sign}{figures.plain(one['threshold'])}") in said


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_sample_days_verdict_and_digest_stand_on_page_1(name: str | int, edition: str) -> None:
    document, sheet, _, told = page(name, edition)
    said, sample, campaign = bare(told.text), document["sample"], document["campaign"]
    households, persons = (sum(sample[of].values()) for of in ("completed", "persons"))
    released = date.fromisoformat(campaign["release_date"])
    outcome = {"meets": "达到退出标准", "does_not_meet": "未达到退出标准"}

    assert f"{sample['townships']}个乡镇{sample['villages']}个村" in said
    assert f"{households:,}户{persons:,}人" in said
    assert f"{campaign['field_from']}至{campaign['field_to'][5:]}" in said
    assert f"{document['county']['exit_year']}年度退出" in said
    assert f"{released.year}年{released.month}月{released.day}日" in said
    assert outcome[document["verdict"]["outcome"]] in said
    assert document["number"] in said
    assert f"第{document['version']}版" in said
    assert sheet.digest[:16] in said


@pytest.mark.parametrize(("name", "edition"), CASES)
def test_what_would_change_a_finding_stands_there_with_its_counts(
    name: str | int, edition: str
) -> None:
    document, sheet, _, told = page(name, edition)
    said = bare(told.text)
    flips = {one["code"]: one["flip"] for one in document["indicators"] if one["flip"]}
    listed = {
        one["args"]["indicator"]: one["args"]
        for one in document["sentences"]
        if one["code"] == "change.flip"
    }

    assert {code: one["households"] for code, one in listed.items()} == {
        code: flip["households"] for code, flip in flips.items()
    }
    assert all(f"{flip['households']:,}户" in said for flip in flips.values())
    for remark in remarks(sheet.said("verdict"), sheet):
        assert bare(remark.words.zh) in said
        assert bare(remark.words.en) in said
