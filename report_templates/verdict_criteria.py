"""The table of criteria on page 1, with the strip that sets all of them on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from report_templates import charts, figures, phrases, styles, wording
from report_templates.blocks import Stack, bilingual
from report_templates.figures import Printed
from report_templates.marks import arrow_head
from report_templates.phrases import finding_words, label
from report_templates.styles import CONTENT, TONES, Tone
from report_templates.tables import Cell, Chart, Column, Table, place_head
from report_templates.tags import CHINESE, Canvas
from report_templates.verdict_sheet import Indicator, VerdictSheet
from report_templates.wording import Bilingual, words

_CAPTION_GAP = 4.0
_SMALL_ZH = replace(styles.ROW_EN, lang=CHINESE)


@dataclass(frozen=True)
class PrintedRow:
    """A criterion with its figures as they stand on paper; the chart uses nothing else."""

    indicator: Indicator
    estimate: Printed
    low: Printed
    high: Printed

    @classmethod
    def of(cls, indicator: Indicator) -> PrintedRow:
        """Round the figures of one row without contradicting its finding."""
        estimate, rule = indicator.estimate, indicator.rule
        return cls(
            indicator,
            figures.rounded(estimate.value, rule),
            figures.lower(estimate.low, rule),
            figures.upper(estimate.high, rule),
        )

    @property
    def tone(self) -> Tone:
        """Shape and colour of the finding."""
        return TONES[self.indicator.finding or "reference"]

    def cells(self) -> list[Cell]:
        """The row as it stands in the table."""
        indicator = self.indicator
        name = words(wording.INDICATORS, "indicator", indicator.code)
        said = finding_words(indicator)
        coloured = replace(styles.ROW, colour=self.tone.colour, size=9.2)
        figure = styles.KEY_FIGURE
        if indicator.reference:
            figure = replace(figure, colour=styles.GREY)
        return [
            Cell(name.zh, name.en, style=styles.ROW),
            Cell(str(self.estimate), _fraction(indicator), style=figure, style_second=_SMALL_ZH),
            Cell(f"{self.low.figure}–{self.high.figure}%"),
            _threshold(indicator),
            Cell(),
            Cell(said.zh, said.en, tone=self.tone, style=coloured),
        ]

    def strip_row(self) -> charts.StripRow:
        """The row as it stands on the shared axis."""
        relative = self.indicator.rule.relative
        ends = sorted((relative(self.low.rate), relative(self.high.rate)))
        estimate = relative(self.estimate.rate)
        return charts.StripRow(
            ends[0], estimate, ends[1], self.tone, is_reference=self.indicator.reference
        )


def _fraction(indicator: Indicator) -> str:
    ratio = indicator.sample_ratio
    unit = words(wording.UNITS, "unit", ratio.unit)
    fraction = f"{figures.count(ratio.numerator)} / {figures.count(ratio.denominator)} {unit.zh}"
    if indicator.decided_by == "sample_ratio":
        fraction += f" = {figures.rounded(ratio.rate, indicator.rule)}"
    return fraction


def _threshold(indicator: Indicator) -> Cell:
    line = figures.plain(indicator.rule.threshold)
    if indicator.reference:
        return Cell(line, " ".join(label("threshold.reference")), style_second=_SMALL_ZH)
    return Cell(f"{indicator.rule.sign} {line}")


def criteria(sheet: VerdictSheet) -> Table:
    """Return the criteria table of one sheet, with its chart and its caption."""
    rows = [PrintedRow.of(indicator) for indicator in sheet.indicators]
    references = [n for n, row in enumerate(rows) if row.indicator.reference]
    strip = [row.strip_row() for row in rows]
    chart = Chart(
        label("alt.strip"),
        lambda width, row_height: charts.distance_strip(strip, width=width, row_height=row_height),
        below=charts.AXIS_HEIGHT,
        head=partial(_draw_sides, strip),
    )
    return Table(
        _columns(sheet),
        [row.cells() for row in rows],
        width=CONTENT,
        ruled_before=references[:1],
        chart=chart,
        caption=_caption(sheet),
        caption_gap=_CAPTION_GAP,
    )


def _columns(sheet: VerdictSheet) -> Sequence[Column]:
    return [
        Column(label("column.indicator"), "left"),
        Column(label("column.estimate_ratio")),
        Column(label("column.interval", level=sheet.level)),
        Column(label("column.threshold")),
        Column(Bilingual("", ""), "left", slot=84.0),
        Column(label("column.finding"), "left"),
    ]


def _draw_sides(
    rows: Sequence[charts.StripRow], canvas: Canvas, x: float, width: float, top: float
) -> None:
    """Say which side of the threshold passes: the same order of languages on both sides."""
    at = x + charts.threshold_position(rows, width)
    canvas.setFillColor(styles.WHITE)
    arrow_head(canvas, at - 5, top - 8.2, 4, to_left=True)
    arrow_head(canvas, at + 5, top - 8.2, 4, to_left=False)
    place_head(canvas, label("strip.pass"), at - 12, top, align="right")
    place_head(canvas, label("strip.fail"), at + 12, top, align="left")


def _caption(sheet: VerdictSheet) -> Stack:
    has_reference = any(indicator.reference for indicator in sheet.indicators)
    note = label("strip.reference") if has_reference else Bilingual("", "")
    pair = words(wording.LABELS, "label", "strip.caption")
    filled = phrases.both(
        pair,
        {"reference": note.zh, "level": sheet.level},
        {"reference": note.en, "level": sheet.level},
    )
    return bilingual(filled, CONTENT, styles.SMALL, styles.SMALL_EN)
