"""Page 1 for every combination of the four findings: its words are those that the rules demand."""

import json
import re
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from decisions import CODES, PLACES, a_decision, an_indicator, said
from kept_verdict import FOLDER
from reports import Node, first_page, heard

from inspect_app.rules.verdicts import EXIT_CRITERIA, Decision
from inspect_app.services.documents import indicator_entry, to_bytes
from report_templates import gate, phrases
from report_templates.verdict import VerdictSheet
from sampling.indicators import Indicator

COMBINATIONS = list(product(PLACES, repeat=4))
WORDS = {
    "met_established": ("达标，统计确证", "Met, established"),
    "met_open": ("达标，未确证", "Met, not established"),
    "unmet_open": ("未达标，未确证", "Not met, not established"),
    "unmet_established": ("未达标，统计确证", "Not met, established"),
}
NAMES = dict(zip(EXIT_CRITERIA, ("错退率", "漏评率", "综合贫困发生率", "认可度"), strict=True))
KEPT = json.loads((FOLDER / "full.json").read_bytes())


def a_sheet(figures: Sequence[Indicator]) -> tuple[VerdictSheet, Decision]:
    """The kept verdict with other figures, and all that the rules make of them."""
    decision = a_decision(*figures, villages_left=300)
    standing = decision.standing
    verdict = {name: getattr(standing, name) for name in ("outcome", "standing", "established")}
    beside = [one for one in KEPT["sentences"] if one["place"] == "strata"]
    document: dict[str, Any] = {
        **KEPT,
        "indicators": [indicator_entry(one) for one in decision.judged],
        "verdict": verdict,
        "sentences": [*said(decision), *beside],
    }
    return VerdictSheet.from_json(to_bytes(document)), decision


def expected(findings: Sequence[str], certain: bool) -> tuple[str, str]:
    """The outcome and the standing in Chinese, by the rules of a verdict."""
    if not any(one.startswith("unmet") for one in findings):
        met = findings.count("met_established")
        established = f"达标，{met}/4 项统计确证，建议复核"
        return "达到退出标准", "四项均统计确证" if met == 4 else established
    if certain and "unmet_established" in findings:
        return "未达到退出标准", "未达标，统计确证"
    return "未达到退出标准", "未达标，未统计确证，须复核"


def bare(words: str) -> str:
    return re.sub(r"[\s*]", "", words)


def texts(page: Node) -> list[str]:
    """What each element says by itself, without blanks."""
    return [bare(node.text) for node in page.walk()]


@pytest.mark.parametrize("certain", [True, False])
def test_page_1_says_of_every_combination_what_the_rules_demand(certain: bool) -> None:
    figures = {
        (code, finding): an_indicator(code, finding, certain=certain)
        for code in EXIT_CRITERIA
        for finding in PLACES
    }
    for number, findings in enumerate(COMBINATIONS):
        chosen = [figures[one] for one in zip(EXIT_CRITERIA, findings, strict=True)]
        sheet, decision = a_sheet(chosen)
        outcome, standing = expected(findings, certain)
        first = phrases.say(sheet.said("verdict")[0], sheet)
        named = {code for code, name in NAMES.items() if name in first.zh}
        failing = {code for code, one in zip(NAMES, findings, strict=True) if "unmet" in one}
        opened = {code for code, one in zip(NAMES, findings, strict=True) if one == "met_open"}
        # Where all four are open, none is named but all are meant.
        assert named == (failing or (opened if len(opened) < 4 else set())), findings
        assert bare(phrases.standing(sheet).zh) == bare(standing), findings
        if number % 2 != certain:
            continue  # each page is drawn once, with one or the other
        page = heard(first_page(sheet))
        told = texts(page)
        rows = page.all("Table")[0].all("TR")[1:]

        assert any(text.startswith(outcome) for text in told), findings
        assert any(bare(standing) in text for text in told), (findings, standing)
        assert any(bare(first.zh) in text for text in told), findings
        assert any(bare(first.en) in text for text in told), findings
        assert len(rows) == len(CODES)
        for row, code, finding in zip(rows[:4], EXIT_CRITERIA, findings, strict=True):
            words = bare(row.text)
            assert bare(WORDS[finding][0]) in words, (code, findings)
            assert bare(WORDS[finding][1]) in words, (code, findings)
            others = {bare(zh) for zh, _ in WORDS.values()} - {bare(WORDS[finding][0])}
            assert not any(re.search(rf"(?<!未){other}", words) for other in others), findings
        assert tuple(one.finding for one in decision.criteria) == findings


@pytest.mark.parametrize("finding", PLACES)
def test_four_equal_findings_pass_the_gate(finding: str) -> None:
    """The longest and the shortest words of a page 1, whole."""
    sheet, _ = a_sheet([an_indicator(code, finding) for code in EXIT_CRITERIA])

    gate.check(first_page(sheet))
