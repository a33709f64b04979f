"""What a report is to those who do not see it: its elements, their order and their languages."""

from __future__ import annotations

import io
import json

import pikepdf
import pytest
from reports import NAMES, content, heard, report

from report_templates import gate, styles
from report_templates.blocks import Paragraph, box, place_pair, place_text
from report_templates.document import About, Document
from report_templates.styles import LEFT
from report_templates.tags import Box, Canvas, Element, Mark, Misplaced
from report_templates.verdict import VerdictSheet
from report_templates.wording import Bilingual

ABOUT = About(
    "题 | title",
    "摘要",
    "词",
    "机构",
    "software",
    VerdictSheet.from_json(content("meets_open")).campaign.release_date,
    "0" * 64,
)
LONG = "退出标准由四项指标判定，每一项都须达标。" * 6


def test_the_verdict_is_heard_in_the_order_it_is_read() -> None:
    said = heard(report("meets_open")).text

    order = [
        "模拟数据",
        "长阳土家族自治县",
        "实地评估",
        "达到退出标准",
        "建议复核",
        "错退率",
        "有多大把握",
        "什么会改变结论",
        "下一步",
        "核验本报告",
        "证据：",
        "图 1  综合贫困发生率",
        "认可度分问",
        "疑似问题",
        "证实机会",
        "附注",
        "表 2",
        "如何抽样与估计",
        "证据链",
        "附件 B",
    ]
    places = [said.index(words) for words in order]
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_one_first_heading_and_every_head_of_a_table_its_scope(name: str) -> None:
    document = heard(report(name))
    with pikepdf.open(io.BytesIO(report(name))) as pdf:
        pages = len(pdf.pages)

    assert len(document.all("H1")) == pages
    for table in document.all("Table"):
        head, *rows = table.all("TR")
        assert {cell.scope for cell in head.children} == {"/Column"}
        for row in rows:
            assert [cell.scope for cell in row.all("TH")] == ["/Row"]
            assert len(row.children) == len(head.children)


def test_what_is_read_aloud_runs_on_without_words_stuck_together() -> None:
    document = heard(report("meets_open"))
    english = [node.text for node in document.walk() if node.lang == "en"]

    assert "All four estimates pass, 3 with the whole interval; the truth may still fail for" in (
        " ".join(english)
    )
    assert "1.62% 62 / 2,951 人" in [cell.text for cell in document.all("TD")]
    assert "错退率 7 户 达标，未确证" in [item.text for item in document.all("LBody")]


def test_text_is_in_the_language_it_says() -> None:
    for node in heard(report("crowded")).walk():
        own = "".join(child for child in node.children if isinstance(child, str))
        wide = sum(ord(character) >= 0x2E80 for character in own)
        if node.lang == "en":
            assert wide <= 2, own  # the units 人 and 户 where a caption explains them
        elif node.role not in ("Figure", "P"):
            letters = sum("a" <= character <= "z" for character in own)
            assert wide or letters <= 3, own


def test_charts_say_in_both_languages_what_they_are_and_no_figure() -> None:
    figures = heard(report("crowded")).all("Figure")

    assert len(figures) == 4
    for figure in figures:
        assert "图" in figure.alt
        assert "figures in the table" in figure.alt or "totals are in the table" in figure.alt
        assert not any(character.isdigit() for character in figure.alt)


def test_all_that_page_one_says_is_heard() -> None:
    row = json.loads(content("unmet_open"))
    said = heard(report("unmet_open")).text

    for indicator in row["indicators"]:
        ratio = indicator["sample_ratio"]
        assert f"{ratio['numerator']:,} / {ratio['denominator']:,}" in said
    assert row["number"] in said
    assert "未达到退出标准" in said


def test_a_split_paragraph_is_one_element_over_two_pages() -> None:
    document = Document(ABOUT)
    canvas = document.canvas
    lines = Paragraph.of(LONG, styles.BODY, 150).lines
    a_title(canvas, "第一页")
    with canvas.tag("P") as element:
        Paragraph(lines[:4], styles.BODY).draw(canvas, LEFT, 600)
    canvas.showPage()
    a_title(canvas, "第二页")
    with canvas.resume(element):
        Paragraph(lines[4:], styles.BODY).draw(canvas, LEFT, 600)
    canvas.showPage()
    drawn = document.finish()

    gate.check(drawn)
    assert [node.text for node in heard(drawn).all("P")] == [LONG]
    assert element.children == [Mark(0, 1), Mark(1, 1)]


def a_title(canvas: Canvas, words: str) -> None:
    """Draw the one heading of a page."""
    with canvas.headline(1, Bilingual(words, ""), 700):
        place_text(canvas, words, LEFT, 700, styles.TITLE)


def test_languages_on_one_line_are_told_apart() -> None:
    canvas = Document(ABOUT).canvas
    with canvas.paragraph():
        place_pair(canvas, Bilingual("批次", "Batch"), LEFT, 700, styles.LABEL_STYLE)

    (paragraph,) = canvas.root.children
    assert isinstance(paragraph, Element)
    mark, span = paragraph.children
    assert mark == Mark(0, 0)
    assert isinstance(span, Element)
    assert (span.role, span.lang, span.children) == ("Span", "en", [Mark(0, 1)])


def test_what_is_drawn_within_a_figure_or_an_artifact_is_part_of_it() -> None:
    canvas = Document(ABOUT).canvas
    with canvas.figure(Bilingual("图", "chart"), Box(0, 0, 9, 9)):
        box(canvas, 0, 9, 9, 9, styles.PANEL)
        place_text(canvas, "甲", 0, 0, styles.BODY)
    with canvas.artifact("Pagination"):
        place_text(canvas, "第 1 页", 0, 0, styles.FURNITURE)

    (figure,) = canvas.root.children
    assert isinstance(figure, Element)
    assert figure.children == [Mark(0, 0)]


@pytest.mark.parametrize("role", ["Table", "TR", "L", "LI"])
def test_text_directly_in_a_frame_is_refused_while_drawing(role: str) -> None:
    canvas = Document(ABOUT).canvas

    with canvas.tag(role), pytest.raises(Misplaced, match=role):
        place_text(canvas, "甲", 0, 0, styles.BODY)


def test_an_element_within_marked_content_is_refused_while_drawing() -> None:
    canvas = Document(ABOUT).canvas

    with canvas.artifact(), pytest.raises(Misplaced, match="P begins"), canvas.tag("P"):
        pass
