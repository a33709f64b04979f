"""Tables whose cells hold text of any length or room to write in; black lines on white paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from report_templates import styles
from report_templates.blocks import Paragraph, Stack, bilingual, box
from report_templates.styles import CONTENT, INK, TextStyle
from report_templates.tags import Canvas
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual

PAD = 4.0
LINE = 0.6
_HEAD = TextStyle(8.6, 10.8, INK, BOLD)
_HEAD_EN = replace(styles.ROW_EN, colour=INK)
_SHADE = styles.PANEL


class Content(Protocol):
    """What a cell holds: its height is known before it is drawn."""

    @property
    def height(self) -> float:
        """Height in points."""

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw below `top` and return the foot."""


@dataclass(frozen=True)
class Blank:
    """Room to write in by hand."""

    height: float = 0.0

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Leave it white."""
        return top - self.height


BLANK = Blank()


@dataclass(frozen=True)
class GridColumn:
    """A column: its head, and its width as a share of what the others leave."""

    head: Bilingual
    share: float


class Grid:
    """Rows as high as their highest cell, all lines drawn; the first cell of a row names it."""

    def __init__(
        self,
        columns: Sequence[GridColumn],
        rows: Sequence[Sequence[Content]],
        *,
        width: float = CONTENT,
        least: float = 0.0,
    ) -> None:
        shares = sum(column.share for column in columns)
        self.columns = columns
        self.rows = rows
        self.width = width
        self.least = least
        self.widths = [width * column.share / shares for column in columns]
        self.heads = [
            bilingual(column.head, room - 2 * PAD, _HEAD, _HEAD_EN, gap=0.0)
            for column, room in zip(columns, self.widths, strict=True)
        ]
        self.head_height = max(head.height for head in self.heads) + 2 * PAD
        self.heights = [
            max([least, *(cell.height + 2 * PAD for cell in row if cell.height)]) for row in rows
        ]

    @property
    def height(self) -> float:
        """Height in points of head and all rows."""
        return self.height_of(len(self.rows))

    def height_of(self, count: int) -> float:
        """Height of the head and the first `count` rows."""
        return self.head_height + sum(self.heights[:count])

    def fitting(self, start: int, room: float) -> int:
        """Return how many rows from `start` on fit below a head in `room` points."""
        room -= self.head_height
        count = 0
        for height in self.heights[start:]:
            room -= height
            if room < 0:
                break
            count += 1
        return count

    def part(self, start: int, end: int) -> Grid:
        """Return the rows from `start` up to `end` as a grid of its own."""
        return Grid(self.columns, self.rows[start:end], width=self.width, least=self.least)

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw head, rows and lines below `top`; return the foot."""
        box(canvas, x, top, self.width, self.head_height, _SHADE)
        foot = top - self.height
        self._draw_lines(canvas, x, top)
        with canvas.tag("Table"):
            with canvas.tag("TR"):
                for left, head in zip(self._lefts(x), self.heads, strict=True):
                    with canvas.tag("TH", scope="Column"):
                        head.draw(canvas, left + PAD, top - PAD)
            y = top - self.head_height
            for row, height in zip(self.rows, self.heights, strict=True):
                self._draw_row(canvas, row, x, y)
                y -= height
        return foot

    def _draw_row(self, canvas: Canvas, row: Sequence[Content], x: float, top: float) -> None:
        with canvas.tag("TR"):
            for i, (left, cell) in enumerate(zip(self._lefts(x), row, strict=True)):
                with canvas.tag("TD") if i else canvas.tag("TH", scope="Row"):
                    cell.draw(canvas, left + PAD, top - PAD)

    def _draw_lines(self, canvas: Canvas, x: float, top: float) -> None:
        foot = top - self.height
        with canvas.artifact():
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(LINE)
            y = top
            for height in (0.0, self.head_height, *self.heights):
                y -= height
                canvas.line(x, y, x + self.width, y)
            for left in (*self._lefts(x), x + self.width):
                canvas.line(left, top, left, foot)

    def _lefts(self, x: float) -> list[float]:
        lefts = []
        for width in self.widths:
            lefts.append(x)
            x += width
        return lefts


def measures(columns: Sequence[GridColumn], width: float = CONTENT) -> list[float]:
    """Return the room for text in each column, in points."""
    shares = sum(column.share for column in columns)
    return [width * column.share / shares - 2 * PAD for column in columns]


def text(words: str, style: TextStyle, measure: float) -> Content:
    """Return a cell of text in one language; an empty one is room to write in."""
    return Paragraph.of(words, style, measure) if words else BLANK


def pair(words: Bilingual, measure: float, style: TextStyle, english: TextStyle) -> Stack:
    """Return a cell of text in both languages."""
    return bilingual(words, measure, style, english, gap=0.5)
