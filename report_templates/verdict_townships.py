"""Townships of the sample: the table on page 3, and what goes on to annex D."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from report_templates import figures
from report_templates.blocks import Overflow, Stack, heading, heading_height
from report_templates.estimates import Interval
from report_templates.phrases import joined
from report_templates.record_wording import told
from report_templates.sections import (
    BOLD_CELL,
    LONG_ROW,
    Section,
    caption_of,
    name_cell,
    table_section,
)
from report_templates.styles import CONTENT, GUTTER, LEFT, RIGHT
from report_templates.tables import CAPTION_GAP, Cell, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_estimates import counted_households
from report_templates.verdict_quality import share
from report_templates.verdict_record import Share, Township
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual

_ROW = 13.6
_MOST_SIGNS = 9  # of a township's name on one line
_HALF = (CONTENT - GUTTER) / 2
_FEWEST_HALVED = 4  # fewer rows than this are not shared between two tables
_FIRM = ("A", "B")  # grades that may be quoted alone


def townships_title(sheet: VerdictSheet) -> Bilingual:
    """Say how many townships have results that may be quoted alone, or how many answered."""
    towns = sheet.record.townships
    if any(town.grade for town in towns):
        firm = sum(town.grade in _FIRM for town in towns)
        code = "all" if firm == len(towns) else "some" if firm else "none"
        return told(f"towns.title.{code}", towns=len(towns), firm=firm)
    return told(
        "towns.title.counts",
        opened=figures.count(sheet.sample.opened),
        households=figures.count(sheet.sample.households),
        response=figures.rounded(sheet.sample.response_rate, decimals=1),
    )


@dataclass(frozen=True)
class Townships:
    """The table of townships that fits a room, and the townships left for annex D."""

    section: Section
    rest: tuple[Township, ...]

    @classmethod
    def fitting(cls, sheet: VerdictSheet, room: float) -> Townships:
        """Lay out as many townships as fit into `room` points, and always the county's row."""
        towns = sheet.record.townships
        count = len(towns)
        while count >= 0:
            section = _section(sheet, towns[:count], rest=len(towns) - count)
            if section.height <= room:
                return cls(section, towns[count:])
            count -= math.ceil((section.height - room) / section.row)
        raise Overflow(f"{room:.0f} pt are too few for the head of the townships")


def further_townships(sheet: VerdictSheet, towns: Sequence[Township], room: float) -> list[Section]:
    """Return a section a page for the townships that page 3 had no room for."""
    sections = []
    left = list(towns)
    while left:
        count = len(left)
        while _table_section(sheet, left[:count]).height > room:
            count -= 1
        sections.append(_table_section(sheet, left[:count]))
        left = left[count:]
    return sections


def _section(sheet: VerdictSheet, towns: Sequence[Township], *, rest: int) -> Section:
    kind = ".public" if sheet.edition == "public" else ""
    notes = [counted_households(sheet), told(f"towns.caption{kind}")]
    if rest:
        notes.insert(0, told("towns.rest", count=rest))
    caption = caption_of(joined(notes))
    return _table_section(sheet, towns, caption=caption, county=not kind)


def _table_section(
    sheet: VerdictSheet,
    towns: Sequence[Township],
    *,
    caption: Stack | None = None,
    county: bool = False,
) -> Section:
    title, columns = _heading(sheet), _columns(sheet)
    rows = [_township(one, sheet) for one in towns]
    if county:
        rows.append(_county(sheet))
    row = LONG_ROW if any(cells[0].second for cells in rows) else _ROW
    if sheet.edition == "public" and len(rows) >= _FEWEST_HALVED:
        try:
            return _halves(title, columns, rows, caption, row)
        except Overflow:
            pass  # names too long for half the page
    table = Table(columns, rows, width=CONTENT, caption=caption, ruled_before=_last(rows, county))
    return table_section(title, table, row=row)


def _last(rows: Sequence[object], county: bool) -> tuple[int, ...]:
    return (len(rows) - 1,) if county else ()


def _halves(
    title: Bilingual,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    caption: Stack | None,
    row: float,
) -> Section:
    """Return the first half of the rows beside the second, under one heading and caption."""
    half = math.ceil(len(rows) / 2)
    tables = [Table(columns, part, width=_HALF) for part in (rows[:half], rows[half:])]
    head = heading_height(title, CONTENT) + 3
    below = CAPTION_GAP + caption.height if caption else 0.0

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        foot = tables[0].draw(canvas, LEFT, top, row_height)
        tables[1].draw(canvas, RIGHT - _HALF, top, row_height)
        return caption.draw(canvas, LEFT, foot - CAPTION_GAP) if caption else foot

    return Section(head + Table.head_height + below, half, row, draw)


def _heading(sheet: VerdictSheet) -> Bilingual:
    """Say between which shares townships answered, or where the sample lies."""
    shares = [town.response for town in sheet.record.townships]
    known = [one for one in shares if one]
    if sheet.edition == "public" or not known or len(known) < len(shares):
        sample = sheet.sample
        return told("towns.heading", towns=sample.townships, villages=sample.villages)
    low, high = min(one.low for one in known), max(one.high for one in known)
    ends = [figures.rounded(end, decimals=0) for end in (low, high)]
    return told("towns.heading.response", low=ends[0], high=ends[1])


def _columns(sheet: VerdictSheet) -> list[Column]:
    is_public = sheet.edition == "public"
    names = ["name", "villages", "tens" if is_public else "households", "response"]
    if not is_public:
        names += ["incidence", "interval", "revisits", "agreement", "n_eff", "grade"]
    return [
        Column(
            told("trend.interval", level=sheet.level)
            if name == "interval"
            else told(f"towns.{name}"),
            "left" if name == "name" else "right",
        )
        for name in names
    ]


def _county(sheet: VerdictSheet) -> list[Cell]:
    """Return the row of the county; its households are those of all townships."""
    county, towns = sheet.indicator("poverty_incidence"), sheet.record.townships
    estimate, left_open = county.estimate, sheet.record.left_open
    agreed = left_open.agreement if left_open else None
    told_of = (
        told("towns.total").zh,
        figures.count(sum(town.villages for town in towns)),
        figures.count(sum(town.households for town in towns)),
        str(figures.rounded(sheet.sample.response_rate, decimals=0)),
        str(figures.rounded(estimate.value, county.rule)),
        _ends(Interval(estimate.low, estimate.high)),
        figures.count(sum(town.revisits or 0 for town in towns)),
        share(None if agreed is None else Share(agreed, agreed)),
        figures.count(int(estimate.n_eff)),
        "–",
    )
    return [Cell(text, style=BOLD_CELL) for text in told_of]


def _township(town: Township, sheet: VerdictSheet) -> list[Cell]:
    cells = [
        name_cell(town.name_zh or town.town_code, _MOST_SIGNS),
        Cell(figures.count(town.villages)),
        Cell(figures.count(town.households)),
        Cell(share(town.response)),
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
        Cell(share(agreement)),
        Cell("–" if town.n_eff is None else figures.count(town.n_eff)),
        Cell(town.grade or "–", style=BOLD_CELL),
    ]


def _ends(interval: Interval) -> str:
    return f"{figures.lower(interval.low).figure}–{figures.upper(interval.high).figure}"
