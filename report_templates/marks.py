"""Shapes that stand for findings; drawn, not set as characters, so that none can be missing.

Words beside a shape always say the same, so it is an artifact to whoever listens.
"""

from __future__ import annotations

from collections.abc import Sequence

from report_templates import styles
from report_templates.styles import Tone
from report_templates.tags import Canvas


def mark(canvas: Canvas, tone: Tone, x: float, y: float, size: float) -> None:
    """Draw the shape of a finding, centred on (x, y), `size` points across."""
    with canvas.artifact():
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
    with canvas.artifact():
        _polygon(canvas, [(x, y + size * 0.6), (x + reach, y), (x, y - size * 0.6)])
