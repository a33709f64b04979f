"""Sections of an evidence page: each knows its least height and how to grow with the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from report_templates import styles
from report_templates.blocks import Overflow, Stack, bilingual, heading, heading_height
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.styles import CONTENT, LEFT, RIGHT, TextStyle
from report_templates.tables import Cell, Table
from report_templates.tags import Canvas
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual

GAP = 7.0  # least space between two sections
ROOM = BODY_TOP - BODY_FOOT
ROW = 15.0  # least height of a row
BOLD_CELL = replace(styles.CELL, font=BOLD)
_SUB = replace(styles.ROW_EN, size=7.5, leading=8.4)


@dataclass(frozen=True)
class Section:
    """A part of the page: its least height, how much taller it may grow, and how it is drawn.

    `draw(canvas, top, row_height)` returns its foot; `rows` of at least `row` points grow with the
    page.
    """

    fixed: float
    rows: int
    row: float
    draw: Callable[[Canvas, float, float], float]

    @property
    def height(self) -> float:
        """Height in points with rows at their least."""
        return self.fixed + self.rows * self.row


@dataclass(frozen=True)
class Page:
    """Sections that share one page; the space that is left goes into rows and gaps.

    fills : gaps grow until the page is full; the rest of an annex stays white instead
    """

    sections: tuple[Section, ...]
    taller_row: float = 1.4
    fills: bool = True

    def draw(self, canvas: Canvas) -> float:
        """Draw all sections and return the lowest point used.

        Raises
        ------
        Overflow : they are higher than the page
        """
        gaps = max(len(self.sections) - 1, 1)
        spare = free(self.sections)
        if spare < -_ROUNDING:
            raise Overflow(f"a page is {-spare:.0f} pt too low for its parts")
        gap = GAP + min(spare / gaps * 0.4, _WIDE_GAP - GAP)
        spare -= (gap - GAP) * gaps
        growing = sum(section.rows * section.row for section in self.sections)
        factor = min(1 + spare / growing, self.taller_row) if growing else 1.0
        if self.fills:
            gap += min((spare - growing * (factor - 1)) / gaps, _WIDEST_GAP - gap)
        top = BODY_TOP
        for number, section in enumerate(self.sections):
            top = section.draw(canvas, top - (gap if number else 0.0), section.row * factor)
        return top


_WIDE_GAP, _WIDEST_GAP = 17.0, 30.0
_ROUNDING = 1e-6


def free(sections: Sequence[Section]) -> float:
    """Return how many points of a page sections leave, each at its least height."""
    gaps = max(len(sections) - 1, 0)
    return ROOM - sum(section.height for section in sections) - GAP * gaps


@dataclass(frozen=True)
class Half:
    """A table beside another one, under its own heading."""

    title: Bilingual
    table: Table

    @property
    def head_height(self) -> float:
        """Height in points of the heading."""
        return heading_height(self.title, self.table.width)


def side_by_side(left: Half, right: Half, *, row: float = ROW) -> Section:
    """Return two tables side by side whose rows end on one line."""
    head = max(left.head_height, right.head_height) + 3
    below = head > styles.HEADING.leading + 3
    most = max(len(left.table.rows), len(right.table.rows))

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        feet = []
        for half, x in ((left, LEFT), (right, RIGHT - right.table.width)):
            heading(canvas, half.title, x, top, half.table.width, below=below)
            height = row_height * most / len(half.table.rows)
            feet.append(half.table.draw(canvas, x, top - head, height))
        return min(feet)

    return Section(head + max(left.table.fixed_height, right.table.fixed_height), most, row, draw)


def table_section(title: Bilingual, table: Table, *, row: float = ROW) -> Section:
    """Return a heading with a table below it, whose rows grow with the page."""
    head = heading_height(title, CONTENT) + 3

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        return table.draw(canvas, LEFT, top, row_height)

    return Section(head + table.fixed_height, len(table.rows), row, draw)


def text_section(stack: Stack) -> Section:
    """Return paragraphs that neither grow nor shrink."""

    def draw(canvas: Canvas, top: float, _: float) -> float:
        return stack.draw(canvas, LEFT, top)

    return Section(stack.height, 0, 0.0, draw)


def caption_of(pair: Bilingual, width: float = CONTENT) -> Stack:
    """Return a caption broken to `width` points."""
    return bilingual(pair, width, styles.SMALL, styles.SMALL_EN)


def title_section(pair: Bilingual) -> Section:
    """Return the one heading of a page."""
    stack = bilingual(pair, CONTENT, styles.TITLE, styles.TITLE_EN, gap=0.0)

    def draw(canvas: Canvas, top: float, _: float) -> float:
        with canvas.headline(1, pair, top):
            return stack.draw(canvas, LEFT, top)

    return Section(stack.height, 0, 0.0, draw)


def one_line(pair: Bilingual, style: TextStyle = styles.CELL) -> Cell:
    """Return a cell with the English beside."""
    return Cell(pair.zh, beside=pair.en, style=style, style_second=_SUB)


LONG_NAME = replace(styles.CELL, size=7.5, leading=8.6)
LONG_ROW = 19.0  # least height of a row whose name takes two lines


def name_cell(name: str, most: int) -> Cell:
    """Return a cell with a place's name, small and in two lines where it has over `most` signs."""
    if len(name) <= most:
        return Cell(name)
    half = (len(name) + 1) // 2
    return Cell(name[:half], name[half:], style=LONG_NAME, style_second=LONG_NAME)
