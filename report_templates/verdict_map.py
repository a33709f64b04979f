"""The townships of the sample as tiles: a map without outlines, which nobody has to approve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from report_templates import figures, styles
from report_templates.blocks import Paragraph, first_baseline, heading, heading_height, place_text
from report_templates.record_wording import told
from report_templates.sections import Section, caption_of
from report_templates.styles import CONTENT, LEFT
from report_templates.tags import Box, Canvas
from report_templates.typeface import BOLD
from report_templates.verdict_record import Township
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual

_MOST_IN_A_ROW = 6
_GAP = 4.0
_PAD = 3.0
_LARGEST = 9.5  # radius of the largest circle, in points
_CIRCLES = 2 * _LARGEST + 2 * _PAD
_NAME = styles.TextStyle(7.5, 9.0)
_COUNT = replace(_NAME, font=BOLD, colour=styles.WHITE)
_HOUSEHOLDS = replace(_NAME, colour=styles.GREY)


def map_section(sheet: VerdictSheet) -> Section:
    """Draw a tile a township: circle area and figure for villages, households below."""
    towns = sheet.record.townships
    title, caption = _heading(towns), caption_of(told("map.caption"))
    rows = math.ceil(len(towns) / _MOST_IN_A_ROW)
    a_row = math.ceil(len(towns) / rows)  # rows as even as can be
    width = (CONTENT - _GAP * (a_row - 1)) / a_row
    names = [_name(town, width) for town in towns]
    tall = max((name.height for name in names), default=0.0) + _NAME.leading + 2 * _PAD
    height = max(tall, _CIRCLES)
    grid = rows * height + (rows - 1) * _GAP
    most = max((town.villages for town in towns), default=1)

    def draw(canvas: Canvas, top: float, _: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        with canvas.figure(told("alt.map"), Box(LEFT, top - grid, LEFT + CONTENT, top)):
            for number, (town, name) in enumerate(zip(towns, names, strict=True)):
                row, place = divmod(number, a_row)
                x, y = LEFT + place * (width + _GAP), top - row * (height + _GAP)
                _tile(canvas, town, name, Box(x, y - height, x + width, y), most)
        return caption.draw(canvas, LEFT, top - grid - 6)

    fixed = heading_height(title, CONTENT) + 3 + grid + 6 + caption.height
    return Section(fixed, 0, 0.0, draw)


def _heading(towns: Sequence[Township]) -> Bilingual:
    counts = sorted(town.villages for town in towns)
    if counts[0] == counts[-1]:
        return told("map.heading.even", low=counts[0])
    return told("map.heading", low=counts[0], high=counts[-1])


def _name(town: Township, width: float) -> Paragraph:
    measure = width - 2 * _LARGEST - 3 * _PAD
    return Paragraph.of(town.name_zh or town.town_code, _NAME, measure)


def _tile(canvas: Canvas, town: Township, name: Paragraph, place: Box, most: int) -> None:
    x, middle = place.left, (place.top + place.foot) / 2
    canvas.setFillColor(styles.PANEL)
    canvas.rect(x, place.foot, place.right - x, place.top - place.foot, stroke=0, fill=1)
    centre = x + _PAD + _LARGEST
    canvas.setFillColor(styles.NAVY)
    canvas.circle(centre, middle, _LARGEST * math.sqrt(town.villages / most), stroke=0, fill=1)
    at = partial(place_text, canvas)
    inside = town.villages * 4 >= most  # a smaller circle is too small for its figure
    style = _COUNT if inside else replace(_COUNT, colour=styles.NAVY)
    right = 0.0 if inside else _LARGEST * math.sqrt(town.villages / most) + 3
    at(f"{figures.count(town.villages)} ", centre + right, middle - 2.7, style, align="centre")
    left = x + 2 * _LARGEST + 2 * _PAD
    y = middle + (name.height + _NAME.leading) / 2
    y = name.draw(canvas, left, y)
    at(f" {figures.count(town.households)} 户 ", left, y - first_baseline(_NAME), _HOUSEHOLDS)
