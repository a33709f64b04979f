"""Pages 3 and 4 and the annexes, in both editions, and the longest names they have to hold."""

import json
from io import BytesIO
from typing import Any

import pytest
from golden_reports import County, documents
from kept_verdict import FOLDER
from pypdf import PdfReader

from inspect_app.services.documents import to_bytes
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


def test_households_drawn_interviewed_and_usable_are_told_apart() -> None:
    row = kept("full")
    sample = row["sample"]
    opened, completed = (sum(sample[name].values()) for name in ("opened", "completed"))
    usable = row["indicators"][2]["estimate"]["n"]
    said = f"入样{opened:,}户，受访{completed:,}户；发生率据其中脱贫户与非建档立卡户{usable}户估计"

    text = drawn(row)

    assert said in text[1]
    assert said in text[2]


def test_the_public_edition_says_what_it_leaves_out() -> None:
    row = kept("public")
    row["disclosure"] |= {"merged": 2, "withheld": ["confirmed", "villages"]}
    third = drawn(row)[2]

    assert "本县并了2次" in third
    assert "不载查实清单、村名" in third
    assert "mergedhere:2" in third
    assert "Withheld:confirmedcases,namesofvillages" in third
    assert "公开版的取舍" not in "".join(drawn(kept("full")))


def test_a_correction_says_in_words_what_changed_and_why() -> None:
    row = kept("full")
    one = {
        "version": 1,
        "release_date": "2021-03-01",
        "digests": {},
        "changed": ["indicators", "runs", "strata"],
        "reason": "objection",
    }
    row["corrections"] = [one]
    fourth = drawn(row)[3]
    row["corrections"] = [dict(one, version=n, reason=None) for n in range(1, 9)]
    text = drawn(row)

    assert "异议成立。改动：指标、分层结果。" in fourth
    assert "objectionupheld.Changed:indicators,strata." in fourth
    assert "附件E" in text[3]
    assert text[-1].count("已被更正") == 8


@pytest.mark.parametrize("edition", ["full", "public"])
def test_page_four_stays_page_four_however_much_there_is_to_say(edition: str) -> None:
    row = kept(edition)
    town = dict(row["townships"][0], name_zh="远山乡")
    row["townships"] = [dict(town, town_code=str(n)) for n in range(90)]
    row["trend"] = [EARLIER] * 3

    text = drawn(row)

    assert "第4页" in text[0]
    assert "怎样核验" in text[3]
    assert "个乡镇见附件D" in text[2]
    assert "图3（样本分布）见附件D" in text[1]
    assert sum(page.count("远山乡") for page in text[4:]) > 90  # the map, and what is left of them
    assert sum(page.count("远山乡") for page in text) == 180


def test_a_verdict_without_answers_on_satisfaction_says_so() -> None:
    second = drawn(kept("full") | {"satisfaction": []})[1]

    assert "认可度分问：没有回答" in second
    assert "noanswers" in second


def test_the_method_is_read_from_plan_and_rule_book() -> None:
    row = kept("full")
    fourth = drawn(row)[3]
    settings = row["rulebook"]["settings"]
    settings |= {"missed_denominator": "a", "approval_rule": "majority", "strict_rates": False}
    row["sample"]["plan"] |= {"classes": 5, "p": "all"}
    for indicator in row["indicators"]:
        indicator["decided_by"] = "sample_ratio"
    changed = drawn(row)

    assert "Korn" not in fourth
    assert "受访非建档立卡户的人口" in fourth
    assert "加权估计与阈值比较" in fourth
    for words in ("抽中村全部非建档立卡人口", "四项中三项满意", "算达标", "分为5类", "贫困全部"):
        assert words in changed[3]
    assert "样本比与阈值比较" in changed[3]
    assert "四项中三项满意即为认可" in changed[1]


def test_both_readings_stand_where_a_setting_is_contested() -> None:
    row = kept("full")
    (variant,) = row["indicators"][1]["variants"]
    third = drawn(row)[2]

    assert "漏评率分母：受访非建档立卡户的人口" in third
    assert "漏评率分母：抽中村全部非建档立卡人口" in third
    assert f"{100 * variant['value']:.2f}%" in third


@pytest.mark.parametrize("edition", ["full", "public"])
def test_at_a_revisit_recurrence_takes_the_place_of_wrong_exits(edition: str) -> None:
    county = County("某县", "Some County", "west_3pct", 14, 6, 60, 4, round_kind="revisit")
    row = dict(zip(("full", "public"), documents(county, 2), strict=True))[edition]

    text = drawn(json.loads(to_bytes(row)))

    assert row["indicators"][0]["code"] == "recurrence_rate"
    assert text[0].index("返贫率") < text[0].index("漏评率") < text[0].index("错退率")
    assert "回访时代替错退率" in text[3]
    assert "返贫" in text[1]


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
