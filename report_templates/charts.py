"""Charts as plain shapes: every coordinate comes from a figure as printed beside the chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.graphics.shapes import Drawing, Line, Polygon, Rect, String
from reportlab.lib.colors import Color

from report_templates import styles
from report_templates.styles import Tone
from report_templates.typeface import BOLD, REGULAR, text_width

AXIS_HEIGHT = 13.0
_LABEL = 7.5
_INSET = 7.0  # room for a mark that stands at an end of the axis


@dataclass(frozen=True)
class StripRow:
    """An estimate and its interval as multiples of the threshold, small being good."""

    low: float
    estimate: float
    high: float
    tone: Tone
    is_reference: bool = False


def distance_strip(rows: Sequence[StripRow], *, width: float, row_height: float) -> Drawing:
    """Draw all criteria on one axis whose unit is each row's own threshold.

    The threshold is one unbroken line; the passing side lies left of it and is tinted. Bars that
    leave the axis end in an arrow. The axis stands below the last row, `AXIS_HEIGHT` points high.
    """
    end = _strip_end(rows)
    inset = _INSET
    scale = (width - 2 * inset) / end
    height = row_height * len(rows)
    drawing = Drawing(width, height + AXIS_HEIGHT)
    at_threshold = inset + scale
    for number, row in enumerate(rows):
        foot = AXIS_HEIGHT + height - row_height * (number + 1)
        tint = styles.REFERENCE_TINT if row.is_reference else styles.PASS_TINT
        _area(drawing, 0, foot, at_threshold, row_height, tint)
        line = Line(at_threshold, foot, at_threshold, foot + row_height)
        line.strokeColor, line.strokeWidth = styles.NAVY, 1.0
        if row.is_reference:
            line.strokeDashArray = [2.2, 2.2]
        drawing.add(line)
        _whisker(drawing, row, foot + row_height / 2, inset, scale, end)
    for step in range(int(end * 2) + 1):
        multiple = step / 2
        if end > 2 and step % 2:
            continue
        _tick(drawing, inset + multiple * scale, AXIS_HEIGHT, f"{multiple:g}")
    return drawing


def threshold_position(rows: Sequence[StripRow], width: float) -> float:
    """Return how far from the left edge of a strip its threshold line stands, in points."""
    return _INSET + (width - 2 * _INSET) / _strip_end(rows)


def _strip_end(rows: Sequence[StripRow]) -> float:
    """Return 2 to 4 thresholds: the least that shows every estimate, and ends if half of one do."""
    farthest = max(row.estimate for row in rows)
    end = float(min(max(2, math.ceil(farthest + 0.05)), 4))
    highest = max(row.high for row in rows)
    return end + 0.5 if end < highest <= end + 0.5 else end


def _whisker(
    drawing: Drawing, row: StripRow, y: float, inset: float, scale: float, end: float
) -> None:
    def place(multiple: float) -> float:
        return inset + min(multiple, end) * scale

    colour = row.tone.colour
    right_margin = inset + end * scale
    low, high = place(row.low), place(row.high)
    _stroke(drawing, low, y, high, y, colour, 2.2)
    if row.low <= end:
        _stroke(drawing, low, y - 4, low, y + 4, colour, 1.4)
    if row.high <= end:
        _stroke(drawing, high, y - 4, high, y + 4, colour, 1.4)
    else:
        tip = right_margin + inset - 1
        points = [right_margin, y + 4, tip, y, right_margin, y - 4]
        drawing.add(Polygon(points, fillColor=colour, strokeColor=None))
    if row.estimate <= end:
        _diamond(drawing, place(row.estimate), y, 4.4, 5.2, styles.WHITE, colour)


def _diamond(
    drawing: Drawing, x: float, y: float, half: float, rise: float, fill: Color, edge: Color
) -> None:
    points = [x - half, y, x, y + rise, x + half, y, x, y - rise]
    drawing.add(Polygon(points, fillColor=fill, strokeColor=edge, strokeWidth=1.5))


def _area(drawing: Drawing, x: float, y: float, width: float, height: float, colour: Color) -> None:
    area = Rect(x, y, width, height)
    area.fillColor, area.strokeColor = colour, None
    drawing.add(area)


def _stroke(
    drawing: Drawing,
    x1: float,
    y1: float,
    x2: float,
    y2: float,
    colour: Color,
    weight: float,
) -> None:
    drawing.add(Line(x1, y1, x2, y2, strokeColor=colour, strokeWidth=weight))


def _tick(drawing: Drawing, x: float, y: float, text: str) -> None:
    _stroke(drawing, x, y, x, y - 2.5, styles.GREY, 0.6)
    _text(drawing, x, y - 10.5, text, styles.GREY, anchor="middle")


def _text(
    drawing: Drawing,
    x: float,
    y: float,
    text: str,
    colour: Color,
    *,
    anchor: str = "start",
    font: str = REGULAR,
) -> None:
    # The anchor is worked out here: ReportLab's own measures the text a second time.
    shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * text_width(text, font, _LABEL)
    drawing.add(String(x - shift, y, text, fontName=font, fontSize=_LABEL, fillColor=colour))


@dataclass(frozen=True)
class ForestRow:
    """One stratum, or the county; rates as fractions, `households` set the size of the square."""

    low: float
    estimate: float
    high: float
    households: int
    tone: Tone
    is_county: bool = False


def forest(
    rows: Sequence[ForestRow], *, threshold: float, width: float, row_height: float
) -> Drawing:
    """Draw strata as squares whose area follows their sample, and the county as a diamond."""
    end, step = _percent_axis(max([threshold * 1.25, *(row.estimate * 1.15 for row in rows)]), rows)
    inset = _INSET
    scale = (width - 2 * inset) / end
    height = row_height * len(rows)
    drawing = Drawing(width, height + AXIS_HEIGHT)
    at_threshold = inset + threshold * scale
    _area(drawing, 0, AXIS_HEIGHT, at_threshold, height, styles.PASS_TINT)
    for number in range(round(end / step) + 1):
        x = inset + number * step * scale
        _stroke(drawing, x, AXIS_HEIGHT, x, AXIS_HEIGHT + height, styles.RULE, 0.5)
        _tick(drawing, x, AXIS_HEIGHT, f"{number * step * 100:g}")
    _stroke(
        drawing, at_threshold, AXIS_HEIGHT, at_threshold, AXIS_HEIGHT + height, styles.NAVY, 1.1
    )
    largest = max(row.households for row in rows if not row.is_county) if len(rows) > 1 else 1
    for number, row in enumerate(rows):
        y = AXIS_HEIGHT + height - row_height * (number + 0.5)
        low, high = inset + row.low * scale, inset + min(row.high, end) * scale
        middle = inset + min(row.estimate, end) * scale
        colour = styles.NAVY if row.is_county else row.tone.colour
        _stroke(drawing, low, y, high, y, colour, 1.8)
        if row.is_county:
            _diamond(drawing, middle, y, 4.6, 5.4, colour, styles.WHITE)
        else:
            side = 9.5 * math.sqrt(row.households / max(largest, 1))
            _area(drawing, middle - side / 2, y - side / 2, side, side, colour)
        if row.high > end:
            points = [high, y + 4, high + inset - 1, y, high, y - 4]
            drawing.add(Polygon(points, fillColor=colour, strokeColor=None))
    return drawing


STEPS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
AXIS_LABELS = frozenset(
    (
        *(f"{step / 2:g}" for step in range(10)),
        *(f"{number * step * 100:g}" for step in (*STEPS, 0.25) for number in range(7)),
    )
)
"""Whatever an axis may be labelled with; it tells no more than how long the axis is."""


def _percent_axis(least: float, rows: Sequence[ForestRow]) -> tuple[float, float]:
    """Return the end of the axis and the distance of its ticks, both as fractions."""
    wanted = max(least, min(max(row.high for row in rows), least * 1.8))
    for step in STEPS:
        if wanted / step <= 6:
            return math.ceil(wanted / step - 1e-9) * step, step
    return 1.0, 0.25


def ink_on(colour: Color) -> Color:
    """Return the colour of a figure that stands on a piece of a bar."""
    return styles.WHITE if sum(colour.rgb()) < 1.75 else styles.INK


@dataclass(frozen=True)
class Piece:
    """One answer's part of a bar, as a printed fraction."""

    answer: str
    share: float


def stacked_bars(bars: Sequence[Sequence[Piece]], *, width: float, row_height: float) -> Drawing:
    """Draw one bar of answers per row, each bar as long as the whole width.

    Pieces wide enough carry their whole per cent; the others stand in the table beside the chart.
    """
    drawing = Drawing(width, row_height * len(bars))
    thick = min(13.0, row_height * 0.62)
    for number, pieces in enumerate(bars):
        y = row_height * (len(bars) - number - 0.5) - thick / 2
        total = sum(piece.share for piece in pieces) or 1.0
        x = 0.0
        for piece in pieces:
            length = width * piece.share / total
            colour = styles.ANSWER_COLOURS[piece.answer]
            _area(drawing, x, y, max(length - 0.6, 0.2), thick, colour)
            text = f"{piece.share * 100:.0f}"
            if length > text_width(text, BOLD, _LABEL) + 6:
                at = x + length / 2, y + thick / 2 - 2.7
                _text(drawing, *at, text, ink_on(colour), anchor="middle", font=BOLD)
            x += length
    return drawing
