"""Line breaking: what begins and ends a line, what stays whole, and where full-width marks meet."""

from __future__ import annotations

import re

import pytest

from report_templates import wording
from report_templates.linebreak import (
    NEVER_FIRST,
    NEVER_LAST,
    Line,
    break_lines,
    natural_width,
)
from report_templates.typeface import MissingGlyph

ARGUMENTS = {
    "indicator": "综合贫困发生率",
    "Indicator": "Poverty incidence",
    "open": "错退率、漏评率、综合贫困发生率",
    "date": "2020 年 7 月 7 日",
    "reading": "以抽中村全部非建档立卡人口为分母",
    "finding": "未达标，统计确证",
    "digest": "0123456789abcdef" * 4,
}
WHOLE = re.compile(
    r"\d{4} 年 \d{1,2} 月 \d{1,2} 日|\d{4}-\d\d-\d\d|\d[\d,.]* ?[户人村个项例%]|——|……|[A-Za-z]{2,}"
)


class Filled(dict[str, str]):
    """Arguments for a template; whatever it does not know is a count."""

    def __missing__(self, key: str) -> str:
        return "12,345"


def paragraphs() -> list[str]:
    """Return every text of the wording, both languages, with arguments in place."""
    tables = (wording.SENTENCES, wording.LABELS, wording.STANDINGS, wording.FINDINGS)
    pairs = [pair for table in tables for pair in table.values()]
    texts = [text.format_map(Filled(ARGUMENTS)) for pair in pairs for text in pair]
    hard = "《办法》（试行）——“两不愁、三保障”……是否落实？见 2020-06-30 的说明（附件）。"
    return [*texts, hard]


MEASURES = [11.0, 14.5, 18.0, 21.3, 26.0, 33.7, 60.0]


@pytest.mark.parametrize("measure", MEASURES)
def test_no_line_breaks_a_rule_over_all_wording(measure: float) -> None:
    broken = [(text, break_lines(text, measure)) for text in paragraphs()]

    first = [line.text for _, lines in broken for line in lines[1:] if line.text[0] in NEVER_FIRST]
    last = [line.text for _, lines in broken for line in lines[:-1] if line.text[-1] in NEVER_LAST]
    too_wide = [line.text for _, lines in broken for line in lines if line.width > measure + 1e-6]

    assert sum(len(lines) for _, lines in broken) > len(broken) > 150
    assert (first, last, too_wide) == ([], [], [])


@pytest.mark.parametrize("measure", MEASURES)
def test_no_character_is_lost_or_invented(measure: float) -> None:
    for text in paragraphs():
        joined = "".join(line.text for line in break_lines(text, measure))

        assert joined.replace(" ", "") == text.replace("**", "").replace(" ", "")


@pytest.mark.parametrize("measure", MEASURES)
def test_dates_counts_dashes_and_words_stay_whole(measure: float) -> None:
    for text in paragraphs():
        lines = [line.text for line in break_lines(text, measure)]

        for piece in WHOLE.findall(text.replace("**", "")):
            fits = natural_width(piece) <= measure / 2
            assert not fits or any(piece in line for line in lines), piece


@pytest.mark.parametrize("measure", MEASURES)
def test_a_last_line_has_three_characters(measure: float) -> None:
    for text in paragraphs():
        lines = break_lines(text, measure)
        if len(lines) > 1 and len(lines[-2].text) > 4:
            assert len(lines[-1].text.replace(" ", "")) >= 3, [line.text for line in lines]


def test_marks_that_meet_give_up_half_a_width() -> None:
    assert natural_width("是（“否”）。") == pytest.approx(5.0)
    assert natural_width("是，否") == pytest.approx(3.0)


def test_a_mark_at_the_edge_of_a_line_gives_up_its_blank_half() -> None:
    (line,) = break_lines("（是）", 10.0)

    assert line.width == pytest.approx(2.0)
    assert line.segments[0].offset == pytest.approx(-0.5)


def test_a_closing_mark_may_hang_by_its_blank_half() -> None:
    (line,) = break_lines("一二三四。", 4.5)

    assert line.text == "一二三四。"


def test_a_change_of_weight_makes_a_segment_and_no_break() -> None:
    (line,) = break_lines("再有 **7 户**错退", 20.0)

    assert [segment.text for segment in line.segments] == ["再有 ", "7 户", "错退"]
    assert line.segments[1].font != line.segments[0].font


def test_what_is_wider_than_a_line_is_cut_where_the_line_is_full() -> None:
    lines = break_lines("ab" * 40, 10.0)

    assert "".join(line.text for line in lines) == "ab" * 40
    assert max(line.width for line in lines) <= 10.0


def test_a_display_line_ends_after_a_mark() -> None:
    lines = break_lines("达标，3/4 项统计确证，建议复核", 10.0, by_phrase=True)

    assert [line.text for line in lines] == ["达标，", "3/4 项统计确证，", "建议复核"]


def test_an_unknown_character_is_refused_while_measuring() -> None:
    with pytest.raises(MissingGlyph):
        break_lines("长\U0001f600阳", 10.0)


def test_nothing_gives_no_line() -> None:
    assert break_lines("", 10.0) == ()
    assert natural_width("") == 0.0
    assert Line((), 0.0).text == ""
