"""Poverty incidence at every inspection of a county, this one being the last."""

from __future__ import annotations

from report_templates import charts, figures, wording
from report_templates.estimates import Interval
from report_templates.record_wording import told
from report_templates.sections import BOLD_CELL, Section, caption_of, table_section
from report_templates.styles import CONTENT, TONES
from report_templates.tables import Cell, Chart, Column, Table
from report_templates.verdict_record import Earlier
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words


def trend_section(sheet: VerdictSheet) -> Section | None:
    """Draw one point and interval a year that was evaluated; None where this is the first."""
    county = sheet.indicator("poverty_incidence")
    now = Earlier(
        number=sheet.number,
        version=sheet.version,
        round_kind=sheet.campaign.round_kind,
        reference_date=sheet.campaign.reference_date,
        outcome=sheet.outcome,
        indicators={
            county.code: (
                county.estimate.value,
                Interval(county.estimate.low, county.estimate.high),
            )
        },
    )
    earlier = [one for one in sheet.record.trend if county.code in one.indicators]
    if not earlier:
        return None
    return table_section(
        _heading(*(one.indicators[county.code] for one in (earlier[-1], now))),
        _table(sheet, [*earlier, now]),
        row=13.6,
    )


def _heading(last: tuple[float, Interval], now: tuple[float, Interval]) -> Bilingual:
    """Say that a figure fell or rose only where the intervals do not overlap."""
    (before, old), (value, new) = last, now
    way = "lower" if value < before else "higher"
    apart = new.high < old.low or old.high < new.low
    return told(f"trend.heading.{way}" if apart else f"trend.heading.overlap.{way}")


def _table(sheet: VerdictSheet, rounds: list[Earlier]) -> Table:
    county = sheet.indicator("poverty_incidence")
    rows, points = [], []
    for one in rounds:
        value, ends = one.indicators[county.code]
        low, high = figures.lower(ends.low), figures.upper(ends.high)
        printed = figures.rounded(value, county.rule)
        rows.append(
            [
                Cell(one.reference_date.isoformat()),
                Cell(),
                Cell(str(printed), style=BOLD_CELL),
                Cell(f"{low.figure}–{high.figure}"),
                Cell(words(wording.OUTCOMES, "outcome", one.outcome).zh),
                Cell(one.number),
            ]
        )
        rates = [float(end.rate) for end in (low, printed, high)]
        points.append(charts.ForestRow(rates[0], rates[1], rates[2], 1, TONES["reference"]))
    columns = [
        Column(told("trend.year"), "left"),
        Column(told("trend.chart"), "left", slot=110.0),
        Column(told("towns.incidence")),
        Column(told("trend.interval", level=sheet.level)),
        Column(told("trend.outcome"), "left"),
        Column(told("trend.number"), "left"),
    ]
    chart = Chart(
        told("alt.trend"),
        lambda width, row_height: charts.forest(
            points, threshold=county.rule.threshold, width=width, row_height=row_height
        ),
        below=charts.AXIS_HEIGHT,
    )
    caption = caption_of(told("trend.caption", level=sheet.level))
    return Table(columns, rows, width=CONTENT, chart=chart, caption=caption)
