"""The pieces a page is built of: paragraphs, headings, rules and boxes, drawn directly.

A block knows its height before it is drawn, so that a page is laid out first and drawn once.
Coordinates are ReportLab's: points from the lower left corner; `top` is the upper edge of a block.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from reportlab.lib.colors import Color
from reportlab.lib.rl_accel import fp_str

from report_templates import styles
from report_templates.linebreak import Line, break_lines, natural_width
from report_templates.styles import TextStyle
from report_templates.tags import ENGLISH, Canvas
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual


class Overflow(RuntimeError):
    """Content that does not fit the place a page has for it."""


@dataclass(frozen=True)
class Paragraph:
    """Text broken to a measure (points) and ready to draw."""

    lines: tuple[Line, ...]
    style: TextStyle

    @classmethod
    def of(
        cls, markup: str, style: TextStyle, measure: float, *, by_phrase: bool = False
    ) -> Paragraph:
        """Break `markup` to a measure in points."""
        em = math.floor(measure / style.size * 1000) / 1000
        return cls(break_lines(markup, em, font=style.font, by_phrase=by_phrase), style)

    @property
    def height(self) -> float:
        """Height in points, from the top of the first line to the foot of the last."""
        return len(self.lines) * self.style.leading

    def draw(self, canvas: Canvas, x: float, top: float, *, align: str = "left") -> float:
        """Draw the lines below `top` and return the top of what follows."""
        with canvas.words(self.style.lang):
            for line in self.lines:
                baseline = top - first_baseline(self.style)
                place_line(canvas, line, x, baseline, self.style, align=align)
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

    def followed_by(self, text: str, style: TextStyle, measure: float) -> Stack:
        """Return the stack with a text below it, a paragraph for each of its lines."""
        added = tuple(Paragraph.of(line, style, measure) for line in text.split("\n") if line)
        return Stack((*self.paragraphs, *added), (*self.gaps, *(2.0 for _ in added)))

    def cut(self, room: float) -> Iterator[Stack]:
        """Cut the stack, by lines where it must be, into stacks of at most `room` points."""
        paragraphs: list[Paragraph] = []
        gaps: list[float] = []
        left = room
        for paragraph, gap in zip(self.paragraphs, self.gaps, strict=True):
            lines = paragraph.lines
            while lines:
                fit = int((left - gap) / paragraph.style.leading)
                if fit < 1:
                    yield Stack(tuple(paragraphs), tuple(gaps))
                    paragraphs, gaps, left = [], [], room
                    continue
                paragraphs.append(Paragraph(lines[:fit], paragraph.style))
                gaps.append(gap)
                left -= gap + len(lines[:fit]) * paragraph.style.leading
                lines = lines[fit:]
        if paragraphs:
            yield Stack(tuple(paragraphs), tuple(gaps))


def bilingual(
    pair: Bilingual, measure: float, style: TextStyle, english: TextStyle, *, gap: float = 1.0
) -> Stack:
    """Return Chinese above English, each broken to the same measure."""
    return Stack(
        (Paragraph.of(pair.zh, style, measure), Paragraph.of(pair.en, english, measure)),
        (0.0, gap),
    )


def first_baseline(style: TextStyle) -> float:
    return (style.leading - style.size) / 2 + style.size * 0.88


def place_line(
    canvas: Canvas, line: Line, x: float, baseline: float, style: TextStyle, *, align: str = "left"
) -> None:
    """Draw one broken line with its left edge, centre or right edge at `x`."""
    size = style.size
    shift = {"left": 0.0, "centre": line.width * size / 2, "right": line.width * size}[align]
    text = canvas.beginText()
    text._code.append(_fill(style.colour))  # type: ignore[attr-defined]  # as setFillColor does
    for segment in line.segments:
        text.setFont(segment.font, size)
        text.setTextOrigin(x - shift + segment.offset * size, baseline)
        text.textOut(segment.text)
    if line.parts_words:
        text.textOut(" ")
    with canvas.words(style.lang):
        canvas.drawText(text)


@cache
def _fill(colour: Color) -> str:
    """Return the operator that fills with a colour: so many lines need it, and there are so few."""
    return f"{fp_str(colour.rgb())} rg"


def place_text(
    canvas: Canvas, text: str, x: float, baseline: float, style: TextStyle, *, align: str = "left"
) -> float:
    """Draw a single line that is never broken and return its width in points."""
    (line,) = break_lines(text, 1e9, font=style.font)
    place_line(canvas, line, x, baseline, style, align=align)
    return line.width * style.size


def place_pair(
    canvas: Canvas, pair: Bilingual, x: float, baseline: float, style: TextStyle
) -> float:
    """Draw both languages on one line, a blank apart, and return their width in points."""
    both = natural_width(f"{pair.zh} {pair.en}", font=style.font) * style.size
    english = natural_width(pair.en, font=style.font) * style.size
    place_text(canvas, f"{pair.zh} ", x, baseline, style)
    place_text(canvas, pair.en, x + both - english, baseline, replace(style, lang=ENGLISH))
    return both


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
    colour: Color = styles.RULE,
    weight: float = 0.6,
) -> None:
    """Draw a horizontal line."""
    with canvas.artifact():
        canvas.setStrokeColor(colour)
        canvas.setLineWidth(weight)
        canvas.line(x, y, x + width, y)


def box(canvas: Canvas, x: float, top: float, width: float, height: float, colour: Color) -> None:
    """Fill a rectangle that hangs from `top`."""
    with canvas.artifact():
        canvas.setFillColor(colour)
        canvas.rect(x, top - height, width, height, stroke=0, fill=1)


def heading(
    canvas: Canvas, pair: Bilingual, x: float, top: float, width: float, *, below: bool = False
) -> float:
    """Draw a section heading, English beside the Chinese where both fit on a line, else below.

    below : English below in any case, as beside it stands a heading whose lines do not fit
    """
    baseline = top - first_baseline(styles.HEADING)
    zh = natural_width(pair.zh, font=BOLD) * styles.HEADING.size
    en = natural_width(pair.en) * styles.HEADING_EN.size
    with canvas.headline(2, pair, top):
        place_text(canvas, pair.zh, x, baseline, fitted(pair.zh, styles.HEADING, width))
        if zh + 7 + en <= width and not below:
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
