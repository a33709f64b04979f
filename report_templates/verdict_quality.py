"""How fieldwork went, beside what other sources say of the county."""

from __future__ import annotations

from collections.abc import Iterator

from report_templates import figures
from report_templates.phrases import joined
from report_templates.record_wording import told
from report_templates.sections import (
    BOLD_CELL,
    Half,
    Section,
    caption_of,
    one_line,
    side_by_side,
)
from report_templates.styles import CONTENT, GUTTER
from report_templates.tables import Cell, Column, Table
from report_templates.verdict_record import Share, Source
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual

_QUALITY = CONTENT * 0.5
_SOURCES = CONTENT - _QUALITY - GUTTER
_ROW = 13.6


def quality_section(sheet: VerdictSheet) -> Section:
    """Draw response, replacements and agreement, and beside them the other sources."""
    return side_by_side(
        Half(_quality_heading(sheet), _quality(sheet)),
        Half(_sources_heading(sheet), _sources(sheet)),
        row=_ROW,
    )


def _quality_heading(sheet: VerdictSheet) -> Bilingual:
    for one in sheet.record.files:
        if one.item == "class" and one.agree:
            return told("quality.heading", agree=share(one.agree))
    return told(
        "quality.heading.response",
        response=figures.rounded(sheet.sample.response_rate, decimals=1),
        replaced=figures.rounded(sheet.sample.replacement_rate, decimals=1),
    )


def share(of: Share | None) -> str:
    """Print a share in whole per cent, or the range that stands for it."""
    if of is None:
        return "–"
    low, high = (figures.rounded(end, decimals=0).figure for end in (of.low, of.high))
    return f"{low}%" if low == high else f"{low}–{high}%"


def _quality(sheet: VerdictSheet) -> Table:
    columns = [
        Column(told("quality.item"), "left"),
        Column(told("quality.base")),
        Column(told("quality.share")),
    ]
    notes = [told("quality.caption")]
    left_open = sheet.record.left_open
    if left_open:
        notes.append(
            told(
                "quality.open",
                files=left_open.without_files,
                cases=left_open.undecided,
                leads=left_open.leads,
            )
        )
    caption = caption_of(joined(notes), _QUALITY)
    return Table(columns, list(_quality_rows(sheet)), width=_QUALITY, caption=caption)


def _quality_rows(sheet: VerdictSheet) -> Iterator[list[Cell]]:
    sample, left_open = sheet.sample, sheet.record.left_open

    def row(name: str, base: str, printed: str) -> list[Cell]:
        return [one_line(told(f"quality.{name}")), Cell(base), Cell(printed, style=BOLD_CELL)]

    response, replaced = (
        str(figures.rounded(rate, decimals=1))
        for rate in (sample.response_rate, sample.replacement_rate)
    )
    yield row("response", figures.count(sample.opened), response)
    yield row("replaced", figures.count(left_open.replaced) if left_open else "–", replaced)
    for one in sheet.record.files:
        yield row(one.item, figures.count(one.compared), share(one.agree))
    if left_open:
        same = left_open.agreement
        agreed = share(None if same is None else Share(same, same))
        yield row("reinterviews", figures.count(left_open.reinterviews), agreed)
        yield row("villages", figures.count(left_open.villages_given_up), "–")


def _sources_heading(sheet: VerdictSheet) -> Bilingual:
    county = sheet.indicator("poverty_incidence").estimate
    for source in sheet.record.sources:
        if source.code == "register_incidence":
            inside = county.low <= source.value <= county.high
            return told(f"sources.heading.{'inside' if inside else 'outside'}")
    return told("sources.heading")


def _sources(sheet: VerdictSheet) -> Table:
    county = sheet.indicator("poverty_incidence")
    columns = [Column(told("sources.source"), "left"), Column(told("sources.value"))]
    estimate = figures.rounded(county.estimate.value, county.rule)
    rows = [[one_line(told("sources.estimate")), Cell(str(estimate), style=BOLD_CELL)]]
    rows += [_source(source) for source in sheet.record.sources]
    caption = caption_of(told("sources.caption"), _SOURCES)
    return Table(columns, rows, width=_SOURCES, caption=caption)


def _source(source: Source) -> list[Cell]:
    is_rate = source.unit == "rate"
    value = str(figures.rounded(source.value)) if is_rate else figures.count(int(source.value))
    return [one_line(told(f"sources.{source.code}")), Cell(value)]
