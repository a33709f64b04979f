"""Content of any length: pieces one under the other, cut into pages before anything is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from report_templates.blocks import Overflow
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.grids import Grid
from report_templates.styles import LEFT
from report_templates.tags import Canvas

ROOM = BODY_TOP - BODY_FOOT
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Piece:
    """Something of a fixed height (points), `gap` below what stands above it on the page.

    draw : canvas and top to the foot
    joined : it stays on the page of what follows
    titles : it begins a page, as its heading of the first order
    """

    height: float
    draw: Callable[[Canvas, float], float]
    gap: float = 7.0
    joined: bool = False
    titles: bool = False


@dataclass(frozen=True)
class Rows:
    """A grid that goes on over pages, with its head on each."""

    grid: Grid
    gap: float = 7.0

    @property
    def least(self) -> float:
        """Height of head and first row."""
        return self.grid.height_of(1)


Page = list[Piece]


def paged(parts: Sequence[Piece | Rows], again: Piece) -> list[Page]:
    """Share parts out among pages, in their order; the first part titles the first page.

    again : the title of a page that begins amid the parts

    Raises
    ------
    Overflow : a piece or a row is higher than a page
    """
    pages: list[Page] = []
    left = 0.0
    for place, part in enumerate(parts):
        following = parts[place + 1] if place + 1 < len(parts) else None
        if isinstance(part, Rows):
            left = _lay_rows(part, pages, left, again)
            continue
        wanted = _wanted(part, following)
        if part.titles:
            pages.append([])
            left = ROOM
        elif wanted + part.gap > left + _ROUNDING:
            left = _begin(pages, again)
        if part.height > left + _ROUNDING:
            raise Overflow(f"a piece of {part.height:.0f} pt is higher than a page")
        left -= part.height + (0.0 if part.titles else part.gap)
        pages[-1].append(part)
    return pages


def draw_page(canvas: Canvas, page: Page) -> float:
    """Draw the pieces of a page below its head and return the lowest point used."""
    top = BODY_TOP
    for number, piece in enumerate(page):
        top = piece.draw(canvas, top - (piece.gap if number else 0.0))
    return top


def _wanted(part: Piece | Rows, following: Piece | Rows | None) -> float:
    if isinstance(part, Rows):
        return part.least
    if not part.joined or following is None:
        return part.height
    after = following.least if isinstance(following, Rows) else following.height
    return part.height + following.gap + after


def _begin(pages: list[Page], again: Piece) -> float:
    pages.append([again])
    return ROOM - again.height


def _lay_rows(part: Rows, pages: list[Page], left: float, again: Piece) -> float:
    start = 0
    while start < len(part.grid.rows):
        count = part.grid.fitting(start, left - part.gap + _ROUNDING)
        if not count:
            if len(pages[-1]) == 1 and pages[-1][0] is again:
                raise Overflow("a row of a table is higher than a page")
            left = _begin(pages, again)
            continue
        cut = part.grid.part(start, start + count)
        pages[-1].append(Piece(cut.height, _drawing(cut), gap=part.gap))
        left -= cut.height + part.gap
        start += count
    return left


def _drawing(grid: Grid) -> Callable[[Canvas, float], float]:
    return lambda canvas, top: grid.draw(canvas, LEFT, top)
