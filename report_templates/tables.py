"""Tables with a dark head in two languages, one hairline a row, and room for a chart column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing

from report_templates import styles
from report_templates.blocks import Overflow, Stack, box, first_baseline, place_text, rule
from report_templates.linebreak import natural_width
from report_templates.marks import mark
from report_templates.styles import TextStyle, Tone
from report_templates.tags import Box, Canvas
from report_templates.wording import Bilingual

CAPTION_GAP = 6.0  # points between a table or chart and its caption
_ROUNDING = 1e-6


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


@dataclass(frozen=True)
class Chart:
    """What stands in the slot of a table, over all its rows, and the words for those who listen.

    drawing : from the width of the slot and the height of a row, in points, to the chart
    below : points that the drawing, an axis for instance, needs below the last row
    head : draws into the dark head where the words of the column do not serve; canvas, left edge
        and width of the slot, top
    """

    alt: Bilingual
    drawing: Callable[[float, float], Drawing]
    below: float = 0.0
    head: Callable[[Canvas, float, float, float], None] | None = None


class Table:
    """Rows of one height under a dark head; columns as wide as their widest cell asks.

    What is left of `width` goes into the gutters, or into the slot of a chart where there is one.
    The first cell of a row names it. A chart and the head of its column are one figure before the
    table: the table that is read aloud has the other columns only. With two columns it is read as a
    list, since there would be more heads than cells.
    """

    pad = 5.0
    head_height = 25.0

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        *,
        width: float,
        ruled_before: Sequence[int] = (),
        chart: Chart | None = None,
        caption: Stack | None = None,
        caption_gap: float = CAPTION_GAP,
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.width = width
        self.ruled_before = ruled_before
        self.chart = chart
        self.caption = caption
        self.caption_gap = caption_gap
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

    def height(self, row_height: float) -> float:
        """Height in points with rows of a height, caption included."""
        return self.fixed_height + row_height * len(self.rows)

    @property
    def fixed_height(self) -> float:
        """Height in points without the rows: head, what a chart has below them, caption."""
        below = self.chart.below if self.chart else 0.0
        if self.caption:
            below += self.caption_gap + self.caption.height
        return self.head_height + below

    def draw(self, canvas: Canvas, x: float, top: float, row_height: float) -> float:
        """Draw chart, head, rows, hairlines and caption below `top`; return the foot of all."""
        y = top - self.head_height
        foot = y - row_height * len(self.rows)
        if self.chart:
            self._draw_chart(canvas, self.chart, x, top, row_height)
        else:
            box(canvas, x, top, self.width, self.head_height, styles.NAVY)
        if self.chart:
            foot -= self.chart.below
        if self.is_list:
            self._draw_list(canvas, x, top, row_height)
            return self._draw_caption(canvas, x, foot)
        with canvas.tag("Table"):
            self._draw_head(canvas, x, top)
            for number, row in enumerate(self.rows):
                if number in self.ruled_before:
                    rule(canvas, x, y, self.width, colour=styles.NAVY, weight=0.9)
                self._draw_row(canvas, row, x, y - row_height / 2)
                y -= row_height
                rule(canvas, x, y, self.width)
            if self.caption:
                with canvas.tag("Caption"):
                    return self._draw_caption(canvas, x, foot)
        return foot

    @property
    def is_list(self) -> bool:
        """Whether it is read aloud as names with their values."""
        return len(self.columns) == 2

    def _draw_list(self, canvas: Canvas, x: float, top: float, row_height: float) -> None:
        with canvas.paragraph():
            for i, column in enumerate(self.columns):
                place_head(canvas, column.head, self._anchor(x, i), top, align=column.align)
        y = top - self.head_height
        with canvas.tag("L"):
            for row in self.rows:
                with canvas.tag("LI"), canvas.tag("LBody"):
                    for i, cell in enumerate(row):
                        self._draw_cell(canvas, cell, x, y - row_height / 2, i)
                y -= row_height
                rule(canvas, x, y, self.width)

    def _draw_caption(self, canvas: Canvas, x: float, foot: float) -> float:
        return self.caption.draw(canvas, x, foot - self.caption_gap) if self.caption else foot

    def _draw_chart(
        self, canvas: Canvas, chart: Chart, x: float, top: float, row_height: float
    ) -> None:
        """Draw the chart and what stands above it, under the hairlines of the table."""
        foot = top - self.head_height - row_height * len(self.rows) - chart.below
        i = next(i for i, column in enumerate(self.columns) if column.slot)
        left, width = x + self.lefts[i], self.widths[i]
        with canvas.figure(chart.alt, Box(left, foot, left + width, top)) as figure:
            renderPDF.draw(chart.drawing(width, row_height), canvas, left, foot)
        box(canvas, x, top, self.width, self.head_height, styles.NAVY)
        with canvas.resume(figure), canvas.content():
            if chart.head:
                chart.head(canvas, left, width, top)
            else:
                column = self.columns[i]
                place_head(canvas, column.head, self._anchor(x, i), top, align=column.align)

    def _draw_head(self, canvas: Canvas, x: float, top: float) -> None:
        """Set both languages of every column on common baselines."""
        with canvas.tag("TR"):
            for i, column in enumerate(self.columns):
                if not column.slot:
                    with canvas.tag("TH", scope="Column"):
                        place_head(canvas, column.head, self._anchor(x, i), top, align=column.align)

    def _draw_row(self, canvas: Canvas, row: Sequence[Cell], x: float, middle: float) -> None:
        with canvas.tag("TR"):
            for i, cell in enumerate(row):
                if self.columns[i].slot:
                    continue
                with canvas.tag("TD") if i else canvas.tag("TH", scope="Row"):
                    self._draw_cell(canvas, cell, x, middle, i)

    def _anchor(self, x: float, i: int) -> float:
        left, width = x + self.lefts[i], self.widths[i]
        return {"left": left, "right": left + width, "centre": left + width / 2}[
            self.columns[i].align
        ]

    def _draw_cell(self, canvas: Canvas, cell: Cell, x: float, middle: float, i: int) -> None:
        at = self._anchor(x, i)
        if cell.tone:
            mark(canvas, cell.tone, at + 5.5, middle, 11)
            at += _MARK_ROOM
        lines = [(cell.first, cell.style), (cell.second, cell.style_second)]
        lines = [(text, style) for text, style in lines if text]
        height = sum(style.leading for _, style in lines)
        y = middle + height / 2
        for number, (text, style) in enumerate(lines, start=1):
            baseline = y - first_baseline(style)
            if number < len(lines) or self.is_list:
                text = f"{text} "  # what is read aloud runs on
            used = place_text(canvas, text, at, baseline, style, align=self.columns[i].align)
            if cell.beside:
                beside = f"{cell.beside} " if self.is_list else cell.beside
                place_text(canvas, beside, at + used + _BESIDE, baseline, cell.style_second)
            y -= style.leading


def place_head(canvas: Canvas, pair: Bilingual, x: float, top: float, *, align: str) -> None:
    """Draw both languages of a column head on the baselines all heads share."""
    place_text(canvas, pair.zh, x, top - 11.0, styles.COLUMN, align=align)
    place_text(canvas, pair.en, x, top - 20.6, styles.COLUMN_EN, align=align)
