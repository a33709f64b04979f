"""The pieces a page is built of: paragraphs, marks, tables, furniture. All of them draw directly.

A block knows its height before it is drawn, so that a page is laid out first and drawn once.
Coordinates are ReportLab's: points from the lower left corner; `top` is the upper edge of a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from report_templates import styles
from report_templates.linebreak import Line, break_lines, natural_width
from report_templates.styles import TextStyle, Tone
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual

_ASCENT = 0.80  # em from the baseline to the top of a line's ink, as the eye sees it
_ROUNDING = 1e-6


class Overflow(RuntimeError):
    """Content that does not fit the place a page has for it."""


@dataclass(frozen=True)
class Paragraph:
    """Text broken to a measure (points) and ready to draw."""

    lines: tuple[Line, ...]
    style: TextStyle

    @classmethod
    def of(cls, markup: str, style: TextStyle, measure: float) -> Paragraph:
        """Break `markup` to a measure in points."""
        em = math.floor(measure / style.size * 1000) / 1000
        return cls(break_lines(markup, em, font=style.font), style)

    @property
    def height(self) -> float:
        """Height in points, from the top of the first line to the foot of the last."""
        return len(self.lines) * self.style.leading

    def draw(self, canvas: Canvas, x: float, top: float, *, align: str = "left") -> float:
        """Draw the lines below `top` and return the top of what follows."""
        for line in self.lines:
            place_line(canvas, line, x, top - _first_baseline(self.style), self.style, align=align)
            top -= self.style.leading
        return top


@dataclass(frozen=True)
class Stack:
    """Paragraphs one under the other, `gaps[i]` points of space before the i-th."""

    paragraphs: tuple[Paragraph, ...]
    gaps: tuple[float, ...]

    @property
    def height(self) -> float:
        """Height of all paragraphs and gaps, in points."""
        return sum(self.gaps) + sum(paragraph.height for paragraph in self.paragraphs)

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw all of them below `top` and return the top of what follows."""
        for gap, paragraph in zip(self.gaps, self.paragraphs, strict=True):
            top = paragraph.draw(canvas, x, top - gap)
        return top


def bilingual(
    pair: Bilingual, measure: float, style: TextStyle, english: TextStyle, *, gap: float = 1.0
) -> Stack:
    """Return Chinese above English, each broken to the same measure."""
    return Stack(
        (Paragraph.of(pair.zh, style, measure), Paragraph.of(pair.en, english, measure)),
        (0.0, gap),
    )


def _first_baseline(style: TextStyle) -> float:
    return (style.leading - style.size) / 2 + style.size * 0.88


def place_line(
    canvas: Canvas, line: Line, x: float, baseline: float, style: TextStyle, *, align: str = "left"
) -> None:
    """Draw one broken line with its left edge, centre or right edge at `x`."""
    size = style.size
    shift = {"left": 0.0, "centre": line.width * size / 2, "right": line.width * size}[align]
    text = canvas.beginText()
    text.setFillColor(style.colour)
    for segment in line.segments:
        text.setFont(segment.font, size)
        text.setTextOrigin(x - shift + segment.offset * size, baseline)
        text.textOut(segment.text)
    canvas.drawText(text)


def place_text(
    canvas: Canvas, text: str, x: float, baseline: float, style: TextStyle, *, align: str = "left"
) -> float:
    """Draw a single line that is never broken and return its width in points."""
    (line,) = break_lines(text, 1e9, font=style.font)
    place_line(canvas, line, x, baseline, style, align=align)
    return line.width * style.size


def fitted(
    text: str, style: TextStyle, measure: float, *, smallest: float = styles.SMALLEST
) -> TextStyle:
    """Return the style, made smaller where the text would be wider than `measure`.

    Raises
    ------
    Overflow : even at `smallest` points the text is too wide
    """
    width = natural_width(text, font=style.font) * style.size
    if width <= measure:
        return style
    size = math.floor(style.size * measure / width * 100) / 100
    if size < smallest:
        raise Overflow(f"{text!r} is {width:.0f} pt wide where {measure:.0f} pt are free")
    return replace(style, size=size)


def rule(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    *,
    colour: HexColor = styles.RULE,
    weight: float = 0.6,
) -> None:
    """Draw a horizontal line."""
    canvas.setStrokeColor(colour)
    canvas.setLineWidth(weight)
    canvas.line(x, y, x + width, y)


def box(
    canvas: Canvas, x: float, top: float, width: float, height: float, colour: HexColor
) -> None:
    """Fill a rectangle that hangs from `top`."""
    canvas.setFillColor(colour)
    canvas.rect(x, top - height, width, height, stroke=0, fill=1)


def mark(canvas: Canvas, tone: Tone, x: float, y: float, size: float) -> None:
    """Draw the shape of a finding, centred on (x, y), `size` points across."""
    canvas.saveState()
    canvas.translate(x, y)
    canvas.scale(size / 2, size / 2)
    canvas.setFillColor(tone.colour)
    canvas.setStrokeColor(styles.WHITE)
    canvas.setLineWidth(0.24)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    _MARKS[tone.mark](canvas, tone)
    canvas.restoreState()


def _polygon(canvas: Canvas, points: Sequence[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)


def _polyline(canvas: Canvas, points: Sequence[tuple[float, float]]) -> None:
    path = canvas.beginPath()
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    canvas.drawPath(path, stroke=1, fill=0)


def _exclamation(canvas: Canvas, middle: float) -> None:
    canvas.line(0, middle + 0.42, 0, middle - 0.06)
    canvas.setFillColor(styles.WHITE)
    canvas.circle(0, middle - 0.36, 0.13, stroke=0, fill=1)


def _disc(canvas: Canvas, tone: Tone) -> None:
    canvas.circle(0, 0, 1, stroke=0, fill=1)
    _polyline(canvas, [(-0.45, 0.02), (-0.12, -0.34), (0.48, 0.38)])


def _triangle(canvas: Canvas, tone: Tone) -> None:
    _polygon(canvas, [(-1.08, -0.86), (1.08, -0.86), (0, 1.02)])
    _exclamation(canvas, -0.24)


def _diamond(canvas: Canvas, tone: Tone) -> None:
    _polygon(canvas, [(0, 1.14), (1.14, 0), (0, -1.14), (-1.14, 0)])
    _exclamation(canvas, 0.0)


def _square(canvas: Canvas, tone: Tone) -> None:
    canvas.rect(-0.92, -0.92, 1.84, 1.84, stroke=0, fill=1)
    canvas.line(-0.42, -0.42, 0.42, 0.42)
    canvas.line(-0.42, 0.42, 0.42, -0.42)


def _ring(canvas: Canvas, tone: Tone) -> None:
    canvas.setStrokeColor(tone.colour)
    canvas.circle(0, 0, 0.85, stroke=1, fill=0)


_MARKS = {
    "disc": _disc,
    "triangle": _triangle,
    "diamond": _diamond,
    "square": _square,
    "ring": _ring,
}


def arrow_head(canvas: Canvas, x: float, y: float, size: float, *, to_left: bool) -> None:
    """Fill a small triangle that points sideways, in the current fill colour."""
    reach = -size if to_left else size
    _polygon(canvas, [(x, y + size * 0.6), (x + reach, y), (x, y - size * 0.6)])


@dataclass(frozen=True)
class Cell:
    """One or two lines in a table; the second, if any, is the English or the smaller figure.

    `beside` follows the first line on the same baseline, for rows that have no second line.
    """

    first: str = ""
    second: str = ""
    beside: str = ""
    tone: Tone | None = None
    style: TextStyle = styles.CELL
    style_second: TextStyle = styles.ROW_EN

    @property
    def width(self) -> float:
        """Width in points that the cell needs, mark included."""
        first = natural_width(self.first, font=self.style.font) * self.style.size
        second = natural_width(self.second) * self.style_second.size
        beside = natural_width(self.beside) * self.style_second.size
        if beside:
            first += _BESIDE + beside
        return max(first, second) + (_MARK_ROOM if self.tone else 0.0)


_MARK_ROOM = 17.0
_BESIDE = 5.0


@dataclass(frozen=True)
class Column:
    """A column head and how its cells stand; `slot` reserves a width for a chart."""

    head: Bilingual
    align: str = "right"
    slot: float = 0.0

    @property
    def head_width(self) -> float:
        """Width in points of the head, each language on one line."""
        return max(
            natural_width(self.head.zh, font=styles.COLUMN.font) * styles.COLUMN.size,
            natural_width(self.head.en, font=styles.COLUMN_EN.font) * styles.COLUMN_EN.size,
        )


class Table:
    """Rows of one height under a dark head; columns as wide as their widest cell asks.

    What is left of `width` goes into the gutters, or into the slot of a chart where there is one.
    """

    pad = 6.0
    head_height = 25.0

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        width: float,
        row_height: float,
        ruled_before: Sequence[int] = (),
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.width = width
        self.row_height = row_height
        self.ruled_before = ruled_before
        self.lefts, self.widths = self._measure()

    def _measure(self) -> tuple[list[float], list[float]]:
        widths = [
            max([column.head_width, column.slot, *(row[i].width for row in self.rows)])
            for i, column in enumerate(self.columns)
        ]
        gaps = len(widths) - 1
        free = self.width - 2 * self.pad - sum(widths)
        if free < gaps * styles.GUTTER * 0.6 - _ROUNDING:
            raise Overflow(f"table columns leave {free:.1f} pt for {gaps} gutters")
        slots = [i for i, column in enumerate(self.columns) if column.slot]
        gutter = styles.GUTTER if slots else free / max(gaps, 1)
        gutter = min(gutter, free / max(gaps, 1))
        for i in slots:
            widths[i] += (free - gutter * gaps) / len(slots)
        lefts, x = [], self.pad
        for width in widths:
            lefts.append(x)
            x += width + gutter
        return lefts, widths

    @property
    def height(self) -> float:
        """Head and rows, in points."""
        return self.head_height + self.row_height * len(self.rows)

    def slot(self, x: float) -> tuple[float, float]:
        """Return left edge and width of the chart column of a table drawn at `x`."""
        number = next(i for i, column in enumerate(self.columns) if column.slot)
        return x + self.lefts[number], self.widths[number]

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw head, rows and hairlines below `top`; return the foot of the table."""
        self.draw_head(canvas, x, top)
        y = top - self.head_height
        for number, row in enumerate(self.rows):
            if number in self.ruled_before:
                rule(canvas, x, y, self.width, colour=styles.NAVY, weight=0.9)
            for i, cell in enumerate(row):
                self._draw_cell(canvas, cell, x, y, i)
            y -= self.row_height
            rule(canvas, x, y, self.width)
        return y

    def draw_head(self, canvas: Canvas, x: float, top: float) -> None:
        """Draw the dark head with both languages of every column on common baselines."""
        box(canvas, x, top, self.width, self.head_height, styles.NAVY)
        for i, column in enumerate(self.columns):
            at = self._anchor(x, i)
            if column.head.zh:
                place_head(canvas, column.head, at, top, align=column.align)

    def _anchor(self, x: float, i: int) -> float:
        left, width = x + self.lefts[i], self.widths[i]
        return {"left": left, "right": left + width, "centre": left + width / 2}[
            self.columns[i].align
        ]

    def _draw_cell(self, canvas: Canvas, cell: Cell, x: float, top: float, i: int) -> None:
        middle = top - self.row_height / 2
        at = self._anchor(x, i)
        if cell.tone:
            mark(canvas, cell.tone, at + 5.5, middle, 11)
            at += _MARK_ROOM
        lines = [(cell.first, cell.style), (cell.second, cell.style_second)]
        lines = [(text, style) for text, style in lines if text]
        height = sum(style.leading for _, style in lines)
        y = middle + height / 2
        for text, style in lines:
            baseline = y - _first_baseline(style)
            used = place_text(canvas, text, at, baseline, style, align=self.columns[i].align)
            if cell.beside:
                place_text(canvas, cell.beside, at + used + _BESIDE, baseline, cell.style_second)
            y -= style.leading


def place_head(canvas: Canvas, pair: Bilingual, x: float, top: float, *, align: str) -> None:
    """Draw both languages of a column head on the baselines all heads share."""
    place_text(canvas, pair.zh, x, top - 11.0, styles.COLUMN, align=align)
    place_text(canvas, pair.en, x, top - 20.6, styles.COLUMN_EN, align=align)


def heading(canvas: Canvas, pair: Bilingual, x: float, top: float, width: float) -> float:
    """Draw a section heading, English beside the Chinese where both fit on a line, else below."""
    baseline = top - _first_baseline(styles.HEADING)
    zh = natural_width(pair.zh, font=BOLD) * styles.HEADING.size
    en = natural_width(pair.en) * styles.HEADING_EN.size
    place_text(canvas, pair.zh, x, baseline, fitted(pair.zh, styles.HEADING, width))
    if zh + 7 + en <= width:
        place_text(canvas, pair.en, x + zh + 7, baseline, styles.HEADING_EN)
        return top - styles.HEADING.leading
    style = fitted(pair.en, styles.HEADING_EN, width)
    place_text(canvas, pair.en, x, baseline - styles.HEADING_EN.leading, style)
    return top - styles.HEADING.leading - styles.HEADING_EN.leading


def heading_height(pair: Bilingual, width: float) -> float:
    """Return the height `heading` takes, in points."""
    zh = natural_width(pair.zh, font=BOLD) * styles.HEADING.size
    en = natural_width(pair.en) * styles.HEADING_EN.size
    english_below = zh + 7 + en > width
    return styles.HEADING.leading + (styles.HEADING_EN.leading if english_below else 0.0)
