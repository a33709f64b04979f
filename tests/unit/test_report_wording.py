"""Words of the report: every code in both languages, with the figures that were given."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from kept_verdict import FOLDER

from inspect_app.rules import rulebooks
from inspect_app.rules.corrections import CorrectionReason
from inspect_app.services import editions
from inspect_app.services.documents import OF_VERSION
from report_templates import figures, phrases, wording
from report_templates.remarks import FLIPS, remarks
from report_templates.verdict_sheet import Sentence, VerdictSheet
from report_templates.wording import UnknownWording

DATA = Path(__file__).parents[1] / "data" / "report"


def sheet(name: str = "meets_open", **changes: Any) -> VerdictSheet:
    """Return one of the example sheets, with top-level keys replaced."""
    row = json.loads((DATA / f"{name}.json").read_bytes())
    return VerdictSheet.from_json(json.dumps(row | changes, ensure_ascii=False).encode())


def said(code: str, place: str = "sure", name: str = "meets_open", **args: Any) -> tuple[str, str]:
    """Return a sentence in both languages, without the marks of bold type."""
    pair = phrases.say(Sentence(code, place, args), sheet(name))
    return pair.zh.replace("**", ""), pair.en.replace("**", "")


AGREED = [
    ("verdict.meets.established", {}),
    ("verdict.meets.open", {"established": 3, "open": ["missed_rate"]}),
    ("verdict.meets.open", {"established": 0, "open": ["missed_rate"]}),
    ("verdict.unmet.established", {"unmet": ["missed_rate"], "certain": ["missed_rate"]}),
    ("verdict.unmet.open", {"unmet": ["missed_rate", "wrong_exit_rate"]}),
    (
        "note.sides_differ",
        {"indicator": "missed_rate", "estimate": 0.0204, "ratio": 0.018, "threshold": 0.02},
    ),
    ("sure.interval", {"confidence": 0.95, "two_sided": 0.9}),
    ("sure.design_effect", {"indicator": "missed_rate", "deff": 1.314}),
    ("sure.open", {"indicator": "poverty_incidence", "bound": 0.0209, "threshold": 0.02}),
    ("sure.zero_found", {"indicator": "missed_rate", "bound": 0.0242, "n_eff": 122.4}),
    (
        "sure.reach",
        {"household_class": "E", "households": 480, "villages": 30, "p1": 0.005, "chance": 0.61},
    ),
    (
        "sure.response",
        {"response_rate": 0.9, "replacement_rate": 0.04, "alarm": False, "alarm_rate": 0.1},
    ),
    (
        "sure.response",
        {"response_rate": 0.9, "replacement_rate": 0.14, "alarm": True, "alarm_rate": 0.1},
    ),
    ("sure.undetermined", {"households": 4}),
    (
        "change.outcome",
        {"households": 3, "indicator": "satisfaction_rate"},
    ),
    ("change.extend", {"indicator": "missed_rate", "households": 240, "villages": 15}),
    ("change.extend_unreachable", {"indicator": "missed_rate"}),
    (
        "change.variant",
        {
            "indicator": "missed_rate",
            "setting": "missed_denominator",
            "reading": "a",
            "value": 0.0204,
            "finding": "unmet_open",
        },
    ),
    ("change.no_variant", {"settings": ["missed_denominator", "strict_rates"]}),
    ("next.reply", {"date": "2020-07-07", "days": 7}),
    ("next.recheck", {"indicators": ["missed_rate"]}),
    ("strata.differ", {"high": 3, "low": 1}),
    ("strata.overlap", {"high": 3, "low": 1}),
]


@pytest.mark.parametrize(("code", "args"), AGREED)
def test_every_agreed_code_is_said_in_both_languages(code: str, args: dict[str, Any]) -> None:
    zh, en = said(code, place=code.partition(".")[0], **args)

    assert zh
    assert en
    assert "{" not in zh + en
    assert zh != en
    assert en[0] == en[0].upper()
    assert not any("\u4e00" <= character <= "\u9fff" for character in en)


def test_both_languages_of_every_template_take_the_same_arguments() -> None:
    # The Chinese heading compares with the rest; the English of a head leaves out the threshold.
    in_one_language = {"strata.overlap": {"low"}, "forest.chart": {"threshold"}}
    in_one_language["strip.caption"] = {"reference"}
    for table in (wording.SENTENCES, wording.EACH, wording.LABELS, wording.STANDINGS):
        for code, pair in table.items():
            zh, en = (arguments_of(text) for text in pair)
            assert zh ^ en == in_one_language.get(code, set()), code


def arguments_of(template: str) -> set[str]:
    """Return the names of the arguments of a template."""
    return {name.lower() for _, name, _, _ in string.Formatter().parse(template) if name}


def test_english_has_no_mark_that_is_full_width_in_this_family() -> None:
    tables = (wording.SENTENCES, wording.EACH, wording.LABELS, wording.STANDINGS, wording.FINDINGS)
    for table in tables:
        for pair in table.values():
            assert not set(pair.en) & set("，。；：“”‘’（）…·—")


def test_bounds_are_rounded_outward() -> None:
    zh, en = said("sure.open", indicator="poverty_incidence", bound=0.020931, threshold=0.02)

    assert zh == "真值可能触及或越过阈值：综合贫困发生率可高至 2.10%。"
    assert en == "The truth may reach or cross the threshold: poverty incidence up to 2.10%."


def test_doubt_about_an_unmet_finding_points_to_the_passing_side() -> None:
    zh, en = said(
        "sure.open", name="unmet_open", indicator="wrong_exit_rate", bound=0.01215, threshold=0.02
    )

    assert "错退率可低至 1.21%" in zh
    assert "wrong-exit rate down to 1.21%" in en


def test_what_is_said_of_several_indicators_is_said_once() -> None:
    lancang = sheet("demo_lancang")
    told = {remark.code: remark for remark in remarks(lancang.said("sure"), lancang)}
    changing = [remark.code for remark in remarks(lancang.said("change"), lancang)]

    bounds = told["sure.open"]
    assert len(bounds.sentences) == 3
    assert bounds.words.zh.replace("**", "") == (
        "真值可能触及或越过阈值："
        "错退率可高至 4.15%、漏评率可高至 4.08%、综合贫困发生率可高至 4.87%。"
    )
    assert "wrong-exit rate up to 4.15%, missed rate up to 4.08%, poverty" in bounds.words.en
    assert changing[0] == "change.flip"
    assert changing.count("change.flip") == changing.count("change.extend_unreachable") == 1


def test_readings_that_lead_to_different_findings_stay_apart() -> None:
    variants = [
        Sentence(
            "change.variant",
            "change",
            {
                "indicator": indicator,
                "setting": "strict_rates",
                "reading": False,
                "value": 0.02,
                "finding": finding,
            },
        )
        for indicator, finding in (
            ("wrong_exit_rate", "met_open"),
            ("missed_rate", "unmet_open"),
            ("poverty_incidence", "met_open"),
        )
    ]

    told = [remark.words.zh.replace("**", "") for remark in remarks(variants, sheet())]

    assert told == [
        "若比率等于阈值也算达标：错退率 2.00%、综合贫困发生率 2.00%（达标，未确证）。",
        "若比率等于阈值也算达标：漏评率 2.00%（未达标，未确证）。",
    ]


@pytest.mark.parametrize(
    ("low", "high", "zh"),
    [(0.012, 0.018, "结论都不变"), (0.012, 0.024, "全算坏则未达到")],
)
def test_undetermined_households_that_turn_the_verdict_are_said_to(
    low: float, high: float, zh: str
) -> None:
    rows = json.loads((DATA / "meets_established.json").read_bytes())["indicators"]
    rows[0]["undetermined"] = {"households": 4, "low": low, "high": high}
    doubtful = sheet("meets_established", indicators=rows)

    said_of = phrases.say(Sentence("sure.undetermined", "sure", {"households": 4}), doubtful)

    assert zh in said_of.zh


@pytest.mark.parametrize(
    ("chance", "printed"),
    [(0.5331, "53%"), (0.9961, "> 99%"), (0.0031, "< 1%"), (1.0, "100%"), (0.0, "0%")],
)
def test_a_chance_is_never_rounded_to_certainty(chance: float, printed: str) -> None:
    assert figures.chance(chance) == printed


def test_a_replacement_rate_just_above_the_alarm_is_not_rounded_onto_it() -> None:
    zh, _ = said(
        "sure.response",
        response_rate=0.842,
        replacement_rate=0.1004,
        alarm=True,
        alarm_rate=0.1,
    )

    assert "10.04%" in zh
    assert "超过 10% 警戒线" in zh


def test_findings_that_would_change_are_told_by_what_they_become() -> None:
    (pair,) = [r.words for r in remarks(sheet().said("change"), sheet()) if r.code == FLIPS]

    assert pair.zh.startswith("按平均户计，再查实几户即改变判定：错退率 7 户、漏评率 9 户")
    assert "综合贫困发生率 3 户（未达标，未确证）" in pair.zh
    assert "poverty 3 (not met, not established)" in pair.en


@pytest.mark.parametrize(
    ("outcome", "standing", "zh", "en"),
    [
        ("meets", "established", "四项均统计确证", "All four criteria established"),
        ("meets", "open", "达标，3/4 项统计确证，建议复核", "Met; 3 of 4 criteria established"),
        ("does_not_meet", "established", "未达标，统计确证", "Not met, established"),
        ("does_not_meet", "open", "未达标，未统计确证，须复核", "must be re-checked"),
    ],
)
def test_the_standing_is_said_beside_the_verdict(
    outcome: str, standing: str, zh: str, en: str
) -> None:
    verdict = {"outcome": outcome, "standing": standing, "established": 3}

    pair = phrases.standing(sheet(verdict=verdict))

    assert pair.zh == zh
    assert en in pair.en


@pytest.mark.parametrize(
    "sentence",
    [
        Sentence("sure.rumour", "sure", {}),
        Sentence("sure.design_effect", "sure", {"indicator": "happiness", "deff": 1.0}),
        Sentence("strata.guess", "strata", {"high": 2, "low": 1}),
    ],
)
def test_a_code_without_words_is_named(sentence: Sentence) -> None:
    with pytest.raises(UnknownWording, match=r"no wording for"):
        phrases.say(sentence, sheet())


def test_a_setting_without_words_is_printed_as_its_code() -> None:
    zh, en = said("change.no_variant", settings=["shock_ratio"])

    assert zh.startswith("shock_ratio")
    assert "shock_ratio" in en


@pytest.mark.parametrize(("count", "english"), [(1, "1 household "), (2, "2 households ")])
def test_english_counts_agree_with_their_noun(count: int, english: str) -> None:
    _, en = said("sure.undetermined", households=count)

    assert en.startswith(english)


@pytest.mark.parametrize(
    ("setting", "reading", "zh", "en"),
    [
        ("strict_rates", "False", "若比率等于阈值也算达标", "a rate at its threshold passing"),
        (
            "strict_approval",
            True,
            "若认可度等于阈值不算达标",
            "satisfaction at its threshold failing",
        ),
        (
            "missed_threshold",
            "0.01",
            "若漏评率阈值取 1%",
            "With missed-rate threshold 1%: missed rate 2.04% (not met",
        ),
        ("wrong_exit_threshold", 0.015, "若错退率阈值取 1.5%", "wrong-exit threshold 1.5%"),
        ("official_estimator", "b", "若判定所用估计取 b", "With deciding estimator b:"),
    ],
)
def test_another_reading_is_said_in_words(setting: str, reading: object, zh: str, en: str) -> None:
    told = said(
        "change.variant",
        indicator="missed_rate",
        setting=setting,
        reading=reading,
        value=0.0204,
        finding="unmet_open",
    )

    assert told[0].startswith(zh)
    assert en in told[1]


def test_whatever_a_correction_or_an_edition_names_has_words() -> None:
    parts = set(json.loads((FOLDER / "full.json").read_bytes())) - set(OF_VERSION)

    assert parts <= set(wording.PARTS)
    assert {reason.value for reason in CorrectionReason} == set(wording.REASONS)
    assert {*editions.WITHHELD, "strata", "township_response"} == set(wording.WITHHELD)


def test_every_reading_of_the_rule_book_has_few_words() -> None:
    settings = rulebooks.load("2017-national").settings
    readings = {code.split(".")[0] for code in wording.CHOICES}

    for setting in readings:
        assert f"{setting}.{str(settings[setting]).lower()}" in {
            code.lower() for code in wording.CHOICES
        }
    assert set(wording.READINGS) <= set(wording.CHOICES)
