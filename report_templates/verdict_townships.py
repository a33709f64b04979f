"""Page 3: townships, files against the field, other sources, and earlier inspections."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from report_templates import charts, figures, wording
from report_templates.blocks import Stack, heading, heading_height
from report_templates.estimates import Interval
from report_templates.record_wording import told
from report_templates.sections import (
    BOLD_CELL,
    GAP,
    LONG_ROW,
    ROOM,
    Page,
    Section,
    caption_of,
    name_cell,
    one_line,
    title_section,
)
from report_templates.styles import CONTENT, LEFT, TONES
from report_templates.tables import Cell, Chart, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_record import Earlier, Share, Source, Township
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words

_ROW = 13.6
_MOST_SIGNS = 9  # of a township's name on one line


def township_pages(sheet: VerdictSheet) -> list[Page]:
    """Lay out page 3; more townships than it holds go on to a further page."""
    kind = ".public" if sheet.edition == "public" else ""
    sections = [
        *([_files(sheet)] if sheet.record.files else []),
        *([_sources(sheet)] if sheet.record.sources else []),
        *([_trend(sheet)] if sheet.record.trend else []),
    ]
    title, more = title_section(told(f"towns.title{kind}")), title_section(told("towns.more"))
    taken = title.height + sum(section.height + GAP for section in sections) + GAP
    rows = _township_rows(sheet)
    fixed = _townships(sheet, ()).height
    first = max(int((ROOM - taken - fixed) / _row(rows)), 1)
    pages = [Page((title, _townships(sheet, rows[:first]), *sections), taller_row=1.7)]
    rest, room = rows[first:], int((ROOM - more.height - GAP - fixed) / _row(rows))
    while rest:
        pages.append(Page((more, _townships(sheet, rest[:room]))))
        rest = rest[room:]
    return pages


def _section(
    title: Bilingual, table: Callable[[float], Table], rows: int, *, row: float = _ROW
) -> Section:
    """Return a heading with a table below it, whose rows grow with the page."""
    head = heading_height(title, CONTENT) + 3

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        return table(row_height).draw(canvas, LEFT, top)

    return Section(head + table(row).fixed_height, rows, row, draw)


def _townships(sheet: VerdictSheet, rows: Sequence[Sequence[Cell]]) -> Section:
    kind = ".public" if sheet.edition == "public" else ""
    names = ["name", "villages", "tens" if kind else "households", "response"]
    if not kind:
        names += ["incidence", "interval", "revisits", "agreement", "n_eff", "grade"]
    columns = [
        Column(
            told("trend.interval", level=sheet.level)
            if name == "interval"
            else told(f"towns.{name}"),
            "left" if name == "name" else "right",
        )
        for name in names
    ]
    caption = caption_of(told(f"towns.caption{kind}"))

    def table(row_height: float) -> Table:
        return Table(columns, rows, width=CONTENT, row_height=row_height, caption=caption)

    return _section(told(f"towns.heading{kind}"), table, len(rows), row=_row(rows))


def _row(rows: Sequence[Sequence[Cell]]) -> float:
    """Return the least height of rows that may hold names of two lines."""
    return LONG_ROW if any(row[0].second for row in rows) else _ROW


def _township_rows(sheet: VerdictSheet) -> list[list[Cell]]:
    rows = [_township(one, sheet) for one in sheet.record.townships]
    return rows if sheet.edition == "public" else [*rows, _county(sheet)]


def _county(sheet: VerdictSheet) -> list[Cell]:
    """Return the row of the county; its households are those of the townships above."""
    county, towns = sheet.indicator("poverty_incidence"), sheet.record.townships
    estimate = county.estimate
    told_of = (
        told("towns.total").zh,
        figures.count(sum(town.villages for town in towns)),
        figures.count(sum(town.households for town in towns)),
        "–",
        str(figures.rounded(estimate.value, county.rule)),
        _ends(Interval(estimate.low, estimate.high)),
        figures.count(sum(town.revisits or 0 for town in towns)),
        "–",
        figures.count(int(estimate.n_eff)),
        "–",
    )
    return [Cell(text, style=BOLD_CELL) for text in told_of]


def _township(town: Township, sheet: VerdictSheet) -> list[Cell]:
    cells = [
        name_cell(town.name_zh or town.town_code, _MOST_SIGNS),
        Cell(figures.count(town.villages)),
        Cell(figures.count(town.households)),
        Cell(_share(town.response)),
    ]
    if sheet.edition == "public":
        return cells
    rule_ = sheet.indicator("poverty_incidence").rule
    value, ends = "–", "–"
    if town.incidence:
        value = str(figures.rounded(town.incidence.value, rule_))
        ends = _ends(Interval(town.incidence.low, town.incidence.high))
    agreement = None if town.agreement is None else Share(town.agreement, town.agreement)
    return [
        *cells,
        Cell(value),
        Cell(ends),
        Cell("–" if town.revisits is None else figures.count(town.revisits)),
        Cell(_share(agreement)),
        Cell("–" if town.n_eff is None else figures.count(town.n_eff)),
        Cell(town.grade or "–", style=BOLD_CELL),
    ]


def _share(share: Share | None) -> str:
    if share is None:
        return "–"
    low, high = (figures.rounded(end, decimals=0).figure for end in (share.low, share.high))
    return f"{low}%" if low == high else f"{low}–{high}%"


def _ends(interval: Interval) -> str:
    return f"{figures.lower(interval.low).figure}–{figures.upper(interval.high).figure}"


def _files(sheet: VerdictSheet) -> Section:
    items = sheet.record.files
    agree = next((one.agree for one in items if one.item == "class" and one.agree), None)
    title = told("files.heading.none")
    if agree:
        low, high = (str(figures.rounded(end, decimals=0)) for end in (agree.low, agree.high))
        title = told("files.heading" if low != high else "files.heading.one", low=low, high=high)
    columns = [
        Column(told("files.item"), "left"),
        Column(told("files.compared")),
        Column(told("files.agree")),
    ]
    rows = [
        [
            one_line(told(f"files.{one.item}")),
            Cell(figures.count(one.compared)),
            Cell(_share(one.agree)),
        ]
        for one in items
    ]
    caption = caption_of(told("files.caption"))

    def table(row_height: float) -> Table:
        return Table(columns, rows, width=CONTENT, row_height=row_height, caption=caption)

    return _section(title, table, len(rows))


def _sources(sheet: VerdictSheet) -> Section:
    county = sheet.indicator("poverty_incidence")
    title = told("sources.heading")
    rows = [
        [
            one_line(told("sources.estimate")),
            Cell(str(figures.rounded(county.estimate.value, county.rule)), style=BOLD_CELL),
            one_line(told("sources.estimate.differs")),
        ]
    ]
    for source in sheet.record.sources:
        if source.code == "register_incidence":
            inside = county.estimate.low <= source.value <= county.estimate.high
            title = told(f"sources.heading.{'inside' if inside else 'outside'}")
        rows.append(_source(source))
    columns = [
        Column(told("sources.source"), "left"),
        Column(told("sources.value")),
        Column(told("sources.differs"), "left"),
    ]

    def table(row_height: float) -> Table:
        return Table(columns, rows, width=CONTENT, row_height=row_height)

    return _section(title, table, len(rows))


def _source(source: Source) -> list[Cell]:
    is_rate = source.unit == "rate"
    value = str(figures.rounded(source.value)) if is_rate else figures.count(int(source.value))
    differs = told(f"sources.{source.code}.differs" if is_rate else "sources.persons.differs")
    return [one_line(told(f"sources.{source.code}")), Cell(value), one_line(differs)]


def _trend(sheet: VerdictSheet) -> Section:
    """Draw one point and interval a year that was evaluated, this one being the last."""
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
    told_of = [one for one in (*sheet.record.trend, now) if county.code in one.indicators]
    rows, points = [], []
    for one in told_of:
        value, ends = one.indicators[county.code]
        rows.append(
            [
                Cell(one.reference_date.isoformat()),
                Cell(),
                Cell(str(figures.rounded(value, county.rule)), style=BOLD_CELL),
                Cell(_ends(ends)),
                Cell(words(wording.OUTCOMES, "outcome", one.outcome).zh),
                Cell(one.number),
            ]
        )
        points.append(
            charts.ForestRow(
                float(figures.lower(ends.low).rate),
                float(figures.rounded(value, county.rule).rate),
                float(figures.upper(ends.high).rate),
                1,
                TONES["reference"],
            )
        )
    columns = [
        Column(told("trend.year"), "left"),
        Column(told("towns.incidence"), "left", slot=110.0),
        Column(told("towns.incidence")),
        Column(told("trend.interval", level=sheet.level)),
        Column(told("trend.outcome"), "left"),
        Column(told("trend.number"), "left"),
    ]
    caption: Stack = caption_of(told("trend.caption", level=sheet.level))

    def table(row_height: float) -> Table:
        chart = Chart(
            told("alt.trend"),
            lambda width: charts.forest(
                points, threshold=county.rule.threshold, width=width, row_height=row_height
            ),
            below=charts.AXIS_HEIGHT,
        )
        return Table(
            columns, rows, width=CONTENT, row_height=row_height, chart=chart, caption=caption
        )

    return _section(told("trend.heading"), table, len(rows))
