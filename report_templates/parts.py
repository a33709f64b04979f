"""Parts of a column: a heading with paragraphs below it, each knowing its height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from report_templates import styles
from report_templates.blocks import Stack, bilingual, heading, heading_height
from report_templates.styles import CONTENT
from report_templates.tags import Canvas
from report_templates.wording import Bilingual

APART = 18.0
COLUMN = (CONTENT - APART) / 2
TEXT = styles.TextStyle(8.8, 12.2)
TEXT_EN = styles.SMALL_EN


@dataclass(frozen=True)
class Part:
    """A part of a column: its height in points, and how it is drawn from an x and a top."""

    height: float
    draw: Callable[[Canvas, float, float], float]


def paragraph(said: Bilingual) -> Stack:
    """Return a paragraph of a column, Chinese above its English."""
    return bilingual(said, COLUMN, TEXT, TEXT_EN, gap=1.5)


def part(title: Bilingual, said: Sequence[Bilingual]) -> Part:
    """Return a heading with paragraphs below it."""
    return stacked(title, [paragraph(pair) for pair in said])


def stacked(title: Bilingual, stacks: Sequence[Stack]) -> Part:
    """Return a heading with stacks below it."""
    head = heading_height(title, COLUMN)

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = heading(canvas, title, x, top, COLUMN)
        for stack in stacks:
            y = stack.draw(canvas, x, y - 3)
        return y

    return Part(head + sum(3 + stack.height for stack in stacks), draw)
