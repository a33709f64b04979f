"""Estimates on page 2: incidence by stratum as a forest plot, and the table of sampling errors."""

from __future__ import annotations

from collections.abc import Sequence

from report_templates import charts, figures, wording
from report_templates.blocks import Stack, heading, heading_height
from report_templates.estimates import Estimate
from report_templates.phrases import label, stratum_name
from report_templates.record_wording import told
from report_templates.sections import (
    BOLD_CELL,
    ROW,
    Section,
    caption_of,
    one_line,
)
from report_templates.styles import CELL, CONTENT, LEFT, TONES, TextStyle, Tone
from report_templates.tables import Cell, Chart, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_sheet import Indicator, Stratum, VerdictSheet
from report_templates.wording import Bilingual, words


def strata_section(sheet: VerdictSheet) -> Section:
    county = sheet.indicator("poverty_incidence")
    title = label("forest.heading")
    caption = caption_of(_with_note(label("forest.caption", level=sheet.level), _in_strata(sheet)))
    head = heading_height(title, CONTENT)

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        return _forest_table(sheet, county, row_height, caption).draw(canvas, LEFT, top)

    fixed = head + 3 + _forest_table(sheet, county, ROW, caption).fixed_height
    return Section(fixed, len(sheet.strata) + 1, ROW, draw)


def _forest_table(
    sheet: VerdictSheet, county: Indicator, row_height: float, caption: Stack
) -> Table:
    threshold = figures.plain(county.rule.threshold)
    columns = [
        Column(label("forest.stratum"), "left"),
        Column(label("forest.villages")),
        Column(label("forest.households")),
        Column(label("forest.chart", threshold=threshold), "left", slot=112.0),
        Column(label("column.estimate")),
        Column(label("column.interval", level=sheet.level)),
        Column(label("errors.se")),
        Column(label("errors.deff")),
    ]
    rows = [_stratum_cells(stratum, county) for stratum in sheet.strata]
    rows.append(
        [
            one_line(label("forest.county"), BOLD_CELL),
            Cell(figures.count(sheet.sample.villages), style=BOLD_CELL),
            Cell(figures.count(county.estimate.n), style=BOLD_CELL),
            Cell(),
            *_error_cells(county.estimate, county, BOLD_CELL),
        ]
    )
    squares = [_forest_row(stratum, county) for stratum in sheet.strata]
    squares.append(_county_row(sheet, county))
    chart = Chart(
        label("alt.forest"),
        lambda width: charts.forest(
            squares, threshold=county.rule.threshold, width=width, row_height=row_height
        ),
        below=charts.AXIS_HEIGHT,
    )
    return Table(
        columns,
        rows,
        width=CONTENT,
        row_height=row_height,
        ruled_before=(len(sheet.strata),),
        chart=chart,
        caption=caption,
    )


def _stratum_cells(stratum: Stratum, county: Indicator) -> list[Cell]:
    return [
        one_line(stratum_name(stratum.remoteness_class, stratum.classes, stratum.remoteness_to)),
        Cell(figures.count(stratum.villages)),
        Cell(figures.count(stratum.households)),
        Cell(),
        *_error_cells(stratum.estimate, county, CELL),
    ]


def _error_cells(estimate: Estimate, indicator: Indicator, style: TextStyle) -> list[Cell]:
    rule_ = indicator.rule
    low, high = figures.lower(estimate.low, rule_), figures.upper(estimate.high, rule_)
    return [
        Cell(str(figures.rounded(estimate.value, rule_)), style=style),
        Cell(f"{low.figure}–{high.figure}", style=style),
        Cell(_standard_error(estimate), style=style),
        Cell(f"{estimate.deff:.2f}", style=style),
    ]


def _in_strata(sheet: VerdictSheet) -> list[Estimate]:
    """Return all estimates that the table of strata prints."""
    county = sheet.indicator("poverty_incidence").estimate
    return [county, *(stratum.estimate for stratum in sheet.strata)]


def _none_found(estimates: Sequence[Estimate]) -> bool:
    return any(not estimate.se for estimate in estimates)


def _with_note(caption: Bilingual, estimates: Sequence[Estimate]) -> Bilingual:
    """Add what the dash of a standard error means, where there is one."""
    if not _none_found(estimates):
        return caption
    note = label("errors.none_found")
    return Bilingual(f"{caption.zh}{note.zh}", f"{caption.en} {note.en}")


def _standard_error(estimate: Estimate) -> str:
    """Print a dash where nothing was found: no error was estimated, which is not an error of 0."""
    return figures.rounded(estimate.se).figure if estimate.se else "–"


def _forest_row(stratum: Stratum, county: Indicator) -> charts.ForestRow:
    rule_, estimate = county.rule, stratum.estimate
    return charts.ForestRow(
        float(figures.lower(estimate.low, rule_).rate),
        float(figures.rounded(estimate.value, rule_).rate),
        float(figures.upper(estimate.high, rule_).rate),
        stratum.households,
        _side(estimate, county),
    )


def _county_row(sheet: VerdictSheet, county: Indicator) -> charts.ForestRow:
    rule_, estimate = county.rule, county.estimate
    return charts.ForestRow(
        float(figures.lower(estimate.low, rule_).rate),
        float(figures.rounded(estimate.value, rule_).rate),
        float(figures.upper(estimate.high, rule_).rate),
        sheet.sample.households,
        TONES["reference"],
        is_county=True,
    )


def _side(estimate: Estimate, indicator: Indicator) -> Tone:
    """Colour a stratum by its side of the line; strata carry no finding of their own."""
    met = indicator.rule.met
    ends = {met(estimate.low), met(estimate.high)}
    if len(ends) == 2:
        return TONES["met_open"]
    return TONES["met_established" if ends == {True} else "unmet_established"]


def errors_section(sheet: VerdictSheet) -> Section:
    title = label("errors.heading")
    noted = [one.estimate for one in sheet.indicators]
    caption = caption_of(_with_note(label("errors.caption"), noted))
    head = heading_height(title, CONTENT)

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        return _errors_table(sheet, row_height, caption).draw(canvas, LEFT, top)

    fixed = head + 3 + _errors_table(sheet, ROW, caption).fixed_height
    return Section(fixed, len(sheet.indicators), ROW, draw)


def _errors_table(sheet: VerdictSheet, row_height: float, caption: Stack) -> Table:
    columns = [
        Column(label("column.indicator"), "left"),
        Column(label("column.estimate")),
        Column(label("errors.se")),
        Column(label("errors.deff")),
        Column(label("errors.n")),
        Column(label("errors.n_eff")),
        Column(label("errors.df")),
        Column(label("errors.interval95")),
        Column(label("errors.undetermined")),
    ]
    rows = [_errors_row(indicator) for indicator in sheet.indicators]
    return Table(columns, rows, width=CONTENT, row_height=row_height, caption=caption)


def _errors_row(indicator: Indicator) -> list[Cell]:
    estimate, rule_ = indicator.estimate, indicator.rule
    low = figures.lower(indicator.interval_95.low, rule_)
    high = figures.upper(indicator.interval_95.high, rule_)
    doubt = indicator.undetermined
    bounds = "–"
    if doubt.households:
        ends = (figures.rounded(doubt.low, rule_), figures.rounded(doubt.high, rule_))
        bounds = f"{ends[0].figure}–{ends[1].figure}"
    return [
        one_line(words(wording.INDICATORS_SHORT, "indicator", indicator.code)),
        Cell(figures.rounded(estimate.value, rule_).figure, style=BOLD_CELL),
        Cell(_standard_error(estimate)),
        Cell(f"{estimate.deff:.2f}"),
        Cell(figures.count(estimate.n)),
        Cell(figures.count(int(estimate.n_eff))),
        Cell(f"{estimate.df:g}"),
        Cell(f"{low.figure}–{high.figure}"),
        Cell(bounds),
    ]


def strata_errors_section(sheet: VerdictSheet) -> Section:
    """Return the sampling errors of poverty incidence in every stratum."""
    title = told("annex.strata")
    rule_ = sheet.indicator("poverty_incidence").rule
    columns = [
        Column(label("forest.stratum"), "left"),
        Column(label("column.estimate")),
        Column(label("errors.se")),
        Column(label("errors.deff")),
        Column(label("errors.n")),
        Column(label("errors.n_eff")),
        Column(label("errors.df")),
        Column(label("errors.interval95")),
    ]
    rows = [_stratum_errors(stratum, rule_) for stratum in sheet.strata]
    head = heading_height(title, CONTENT) + 3

    def table(row_height: float) -> Table:
        return Table(columns, rows, width=CONTENT, row_height=row_height)

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        return table(row_height).draw(canvas, LEFT, top)

    return Section(head + table(ROW).fixed_height, len(rows), ROW, draw)


def _stratum_errors(stratum: Stratum, rule_: figures.Rule) -> list[Cell]:
    estimate, ends = stratum.estimate, stratum.interval_95
    interval = "–"
    if ends:
        low, high = figures.lower(ends.low, rule_), figures.upper(ends.high, rule_)
        interval = f"{low.figure}–{high.figure}"
    return [
        one_line(stratum_name(stratum.remoteness_class, stratum.classes, stratum.remoteness_to)),
        Cell(figures.rounded(estimate.value, rule_).figure, style=BOLD_CELL),
        Cell(_standard_error(estimate)),
        Cell(f"{estimate.deff:.2f}"),
        Cell(figures.count(estimate.n)),
        Cell(figures.count(int(estimate.n_eff))),
        Cell(f"{estimate.df:g}"),
        Cell(interval),
    ]
