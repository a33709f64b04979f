"""Pages 3 and 4 and the annexes, in both editions, and the longest names they have to hold."""

import json
from io import BytesIO
from typing import Any

import pytest
from kept_verdict import FOLDER
from pypdf import PdfReader

from report_templates import gate
from report_templates.verdict import VerdictSheet, render

EARLIER = {
    "number": "990001-2019-01",
    "version": 1,
    "round_kind": "exit",
    "reference_date": "2019-12-31",
    "outcome": "does_not_meet",
    "indicators": {"poverty_incidence": {"value": 0.0413, "low": 0.03, "high": 0.056}},
}


def kept(edition: str) -> Any:
    return json.loads((FOLDER / f"{edition}.json").read_bytes())


def drawn(row: Any) -> list[str]:
    """Draw a document, hold it to the gate, and return the text of its pages without blanks."""
    pdf = render(VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode()))
    gate.check(pdf)
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


@pytest.mark.parametrize(("edition", "pages"), [("full", 6), ("public", 4)])
def test_an_edition_has_four_pages_and_its_annexes(edition: str, pages: int) -> None:
    text = drawn(kept(edition))

    assert len(text) == pages
    assert "模拟数据" in text[2]
    assert "怎样核验" in text[3]
    assert sum("表1抽样误差" in page for page in text) == 1
    for annex in ("附件A", "附件B"):
        assert any(annex in page for page in text) == (edition == "full")


def test_no_township_of_the_public_edition_has_an_estimate() -> None:
    head = "发生率Incidence"

    assert head in drawn(kept("full"))[2]
    assert head not in drawn(kept("public"))[2]


@pytest.mark.parametrize("edition", ["full", "public"])
def test_the_ledger_root_stands_in_eight_groups_of_eight(edition: str) -> None:
    row = kept(edition)
    root = row["provenance"]["ledger"]["root"]

    assert root in drawn(row)[3]


def test_words_of_the_reply_stand_in_the_full_edition_alone() -> None:
    said = [{"voice": "county", "text": "对查实的问题无异议。", "said_on": "2021-02-10"}]
    full, public = kept("full"), kept("public")
    full["hearing"]["statements"], public["hearing"]["statements"] = said, 1

    assert "对查实的问题无异议" in drawn(full)[3]
    assert "书面意见与答复共1份" in drawn(public)[3]


def test_a_long_reply_goes_to_an_annex_of_its_own() -> None:
    row = kept("full")
    words = "县人民政府书面回复。" * 400
    row["hearing"]["statements"] = [{"voice": "county", "text": words, "said_on": "2021-02-10"}]

    text = drawn(row)

    assert "全文见附件" in text[3]
    # The foot of a page may stand within a sentence.
    assert sum(page.count("回复。") for page in text) >= 398


def test_only_years_that_were_evaluated_make_a_trend() -> None:
    row = kept("full")
    assert "历次评估" not in drawn(row)[2]
    row["trend"] = [EARLIER]

    third = drawn(row)[2]

    assert "4.13%" in third
    assert "2019-12-31" in third


def test_the_order_of_sealing_is_claimed_only_where_it_is_so() -> None:
    row = kept("full")
    assert "均不晚于" in drawn(row)[3]
    row["seals"]["sample_sealed_on"] = "2021-01-05"

    assert "均不晚于" not in drawn(row)[3]


@pytest.mark.parametrize("edition", ["full", "public"])
@pytest.mark.parametrize("townships", [1, 8, 70])
def test_the_longest_names_of_the_country_fit(edition: str, townships: int) -> None:
    row = kept(edition)
    town = dict(row["townships"][0], name_zh="乡" * 24)
    row["townships"] = [dict(town, town_code=str(n)) for n in range(townships)]
    if edition == "full":
        case = dict(row["confirmed"][0], village_zh="村" * 33)
        case["blocks"] = ["income", "food", "clothing", "schooling", "medical", "housing", "water"]
        row["confirmed"] = [case] * 120

    text = "".join(drawn(row))

    assert text.count("乡" * 12) >= 2 * townships
    assert text.count("村" * 17) == (120 if edition == "full" else 0)
