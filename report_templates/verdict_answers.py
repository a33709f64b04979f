"""Satisfaction on page 2: the answers to each question as bars, with a table beside them."""

from __future__ import annotations

from report_templates import charts, figures, phrases, styles, wording
from report_templates.blocks import box, heading, heading_height, place_text
from report_templates.linebreak import natural_width
from report_templates.phrases import joined, label
from report_templates.sections import (
    BOLD_CELL,
    ROW,
    Section,
    caption_of,
    one_line,
)
from report_templates.styles import CONTENT, LEFT
from report_templates.tables import Cell, Chart, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_sheet import Question, VerdictSheet
from report_templates.wording import Bilingual, words

_LEGEND = 24.0


def satisfaction_section(sheet: VerdictSheet) -> Section:
    """Draw the answers to each question, or say that there are none."""
    if not sheet.satisfaction:
        return _no_answers()
    lowest = min(sheet.satisfaction, key=lambda question: question.value)
    name = words(wording.QUESTIONS, "question", lowest.code)
    pair = words(wording.LABELS, "label", "satisfaction.heading")
    value = figures.rounded(lowest.value, decimals=1)
    title = phrases.both(
        pair, {"lowest": name.zh, "value": value}, {"lowest": name.en, "value": value}
    )
    table = _satisfaction_table(sheet)
    head = heading_height(title, CONTENT) + _LEGEND

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT)
        top = _draw_legend(canvas, top)
        return table.draw(canvas, LEFT, top, row_height)

    return Section(head + table.fixed_height, len(table.rows), ROW, draw)


def _no_answers() -> Section:
    title = label("satisfaction.none")
    said = caption_of(label("satisfaction.none.text"))
    head = heading_height(title, CONTENT) + 3

    def draw(canvas: Canvas, top: float, _: float) -> float:
        return said.draw(canvas, LEFT, heading(canvas, title, LEFT, top, CONTENT) - 3)

    return Section(head + said.height, 0, 0.0, draw)


def _satisfaction_table(sheet: VerdictSheet) -> Table:
    columns = [
        Column(label("satisfaction.question"), "left"),
        Column(label("satisfaction.answers"), "left", slot=125.0),
        Column(label("satisfaction.approving")),
        Column(label("column.interval", level=sheet.level)),
        Column(label("satisfaction.neutral")),
        Column(label("satisfaction.against")),
        Column(label("satisfaction.unaware")),
        Column(label("satisfaction.n")),
    ]
    rows = [_question_cells(question) for question in sheet.satisfaction]
    pieces = [_pieces(question) for question in sheet.satisfaction]
    chart = Chart(
        label("alt.answers"),
        lambda width, row_height: charts.stacked_bars(pieces, width=width, row_height=row_height),
    )
    caption = caption_of(joined([*_approval_rule(sheet), label("satisfaction.caption")]))
    return Table(columns, rows, width=CONTENT, chart=chart, caption=caption)


def _approval_rule(sheet: VerdictSheet) -> list[Bilingual]:
    """Say how one yes is made of the answers, by the reading that the rule book took."""
    rule = wording.READINGS.get(f"approval_rule.{sheet.settings.get('approval_rule')}")
    if rule is None:
        return []
    pair = words(wording.LABELS, "label", "satisfaction.rule")
    return [phrases.both(pair, {"rule": rule.zh}, {"rule": rule.en})]


def _question_cells(question: Question) -> list[Cell]:
    shares = question.shares
    against = shares.get("dissatisfied", 0.0) + shares.get("very_dissatisfied", 0.0)
    against = shares.get("no", against)
    low = figures.lower(question.interval.low, decimals=1)
    high = figures.upper(question.interval.high, decimals=1)
    return [
        one_line(words(wording.QUESTIONS, "question", question.code)),
        Cell(),
        Cell(str(figures.rounded(question.value, decimals=1)), style=BOLD_CELL),
        Cell(f"{low.figure}–{high.figure}"),
        Cell(_share(shares.get("neutral"))),
        Cell(_share(against)),
        Cell(_share(shares.get("unaware"))),
        Cell(figures.count(question.n)),
    ]


def _share(share: float | None) -> str:
    return "–" if share is None else figures.rounded(share, decimals=1).figure


def _pieces(question: Question) -> list[charts.Piece]:
    return [
        charts.Piece(answer, float(figures.rounded(question.shares[answer], decimals=1).rate))
        for answer in styles.ANSWER_COLOURS
        if question.shares.get(answer)
    ]


def _draw_legend(canvas: Canvas, top: float) -> float:
    """Name the colours in one row, spread over the width of the page."""
    answers, pairs = tuple(wording.ANSWERS), tuple(wording.ANSWERS.values())
    widths = [
        17
        + natural_width(pair.zh) * styles.SMALL.size
        + natural_width(pair.en) * styles.SMALL_EN.size
        for pair in pairs
    ]
    gap = (CONTENT - sum(widths)) / (len(widths) - 1)
    x = LEFT
    for answer, pair, width in zip(answers, pairs, widths, strict=True):
        box(canvas, x, top - 4.5, 9, 9, styles.ANSWER_COLOURS[answer])
        with canvas.paragraph():
            used = place_text(canvas, pair.zh, x + 13, top - 12, styles.SMALL)
            place_text(canvas, pair.en, x + 17 + used, top - 12, styles.SMALL_EN)
        x += width + gap
    return top - _LEGEND + 4
