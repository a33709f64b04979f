"""Sections of an evidence page: each knows its least height and how to grow with the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from report_templates import styles
from report_templates.blocks import Stack, bilingual
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.styles import CONTENT, LEFT, TextStyle
from report_templates.tables import Cell
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
    """Sections that share one page; the space that is left goes into rows and gaps."""

    sections: tuple[Section, ...]
    least_gap: float = GAP
    most_gap: float = 17.0
    taller_row: float = 1.3

    def draw(self, canvas: Canvas) -> float:
        """Draw all sections and return the lowest point used."""
        gaps = max(len(self.sections) - 1, 1)
        spare = ROOM - sum(section.height for section in self.sections) - gaps * self.least_gap
        gap = self.least_gap + min(max(spare, 0.0) / gaps * 0.4, self.most_gap - self.least_gap)
        spare -= (gap - self.least_gap) * gaps
        growing = sum(section.rows * section.row for section in self.sections)
        factor = min(1 + max(spare, 0.0) / growing, self.taller_row) if growing else 1.0
        top = BODY_TOP
        for number, section in enumerate(self.sections):
            top = section.draw(canvas, top - (gap if number else 0.0), section.row * factor)
        return top


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
