"""Estimates on page 2: incidence by stratum as a forest plot, and the table of sampling errors."""

from __future__ import annotations

from collections.abc import Sequence

from report_templates import charts, figures, wording
from report_templates.blocks import Stack
from report_templates.estimates import Estimate
from report_templates.phrases import joined, label, stratum_name
from report_templates.record_wording import told
from report_templates.sections import (
    BOLD_CELL,
    Section,
    caption_of,
    one_line,
    table_section,
)
from report_templates.styles import CELL, CONTENT, TONES, TextStyle, Tone
from report_templates.tables import Cell, Chart, Column, Table
from report_templates.verdict_sheet import Indicator, Stratum, VerdictSheet
from report_templates.wording import Bilingual, words


def strata_section(sheet: VerdictSheet) -> Section:
    """Draw poverty incidence in every stratum and in the county."""
    county = sheet.indicator("poverty_incidence")
    notes = [label("forest.caption", level=sheet.level), counted_households(sheet)]
    if sheet.record.disclosure and sheet.record.disclosure.merged:
        notes.append(label("forest.merged"))
    caption = caption_of(_with_note(joined(notes), _in_strata(sheet)))
    return table_section(_strata_heading(sheet), _forest_table(sheet, county, caption))


def _strata_heading(sheet: VerdictSheet) -> Bilingual:
    """Say of how many strata the whole interval fails, or reaches the threshold, or passes."""
    county = sheet.indicator("poverty_incidence")
    sides = [_side(stratum.estimate, county) for stratum in sheet.strata]
    total, threshold = len(sides), figures.plain(county.rule.threshold)
    for code, tone in (("failing", "unmet_established"), ("reaching", "met_open")):
        count = sides.count(TONES[tone])
        if code == "reaching" and count == total:
            return label("forest.heading.reaching.all", threshold=threshold)
        if count:
            return label(f"forest.heading.{code}", count=count, total=total, threshold=threshold)
    return label("forest.heading.passing", threshold=threshold)


def counted_households(sheet: VerdictSheet) -> Bilingual:
    """Say how many households were drawn, how many answered, and on how many incidence rests."""
    return label(
        "counted",
        opened=figures.count(sheet.sample.opened),
        households=figures.count(sheet.sample.households),
        usable=figures.count(sheet.indicator("poverty_incidence").estimate.n),
    )


def _forest_table(sheet: VerdictSheet, county: Indicator, caption: Stack) -> Table:
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
            Cell(figures.count(sheet.sample.opened), style=BOLD_CELL),
            Cell(),
            *_error_cells(county.estimate, county, BOLD_CELL),
        ]
    )
    squares = [_forest_row(stratum, county) for stratum in sheet.strata]
    squares.append(_county_row(sheet, county))
    chart = Chart(
        label("alt.forest"),
        lambda width, row_height: charts.forest(
            squares, threshold=county.rule.threshold, width=width, row_height=row_height
        ),
        below=charts.AXIS_HEIGHT,
    )
    return Table(
        columns,
        rows,
        width=CONTENT,
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
    return joined([caption, label("errors.none_found")])


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


def errors_section(sheet: VerdictSheet, *notes: Bilingual) -> Section:
    """Return the table of sampling errors; `notes` go below it."""
    estimates = [one.estimate for one in sheet.indicators]
    said = _with_note(label("errors.caption"), estimates)
    caption = caption_of(joined([said, counted_households(sheet), *notes]))
    title = label("errors.heading", **_effective(estimates))
    return table_section(title, _errors_table(sheet, caption))


def _effective(estimates: Sequence[Estimate]) -> dict[str, str]:
    """Return the least and the greatest effective sample."""
    sizes = [int(estimate.n_eff) for estimate in estimates]
    return {"low": figures.count(min(sizes)), "high": figures.count(max(sizes))}


def _errors_table(sheet: VerdictSheet, caption: Stack) -> Table:
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
    return Table(columns, rows, width=CONTENT, caption=caption)


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
    sizes = _effective([stratum.estimate for stratum in sheet.strata])
    return table_section(told("annex.strata", **sizes), Table(columns, rows, width=CONTENT))


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
