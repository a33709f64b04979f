"""Annexes of a verdict: cases, sampling errors, statements, townships, corrections, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from report_templates import figures, styles, wording
from report_templates.blocks import Stack
from report_templates.record_wording import GROUNDS, told
from report_templates.sections import (
    GAP,
    LONG_NAME,
    LONG_ROW,
    Page,
    Section,
    caption_of,
    free,
    name_cell,
    text_section,
    title_section,
)
from report_templates.styles import CONTENT, LEFT
from report_templates.tables import Cell, Column, Table
from report_templates.verdict_estimates import errors_section, strata_errors_section
from report_templates.verdict_evidence import Evidence, further_notes
from report_templates.verdict_field import Field
from report_templates.verdict_map import map_section
from report_templates.verdict_method import MethodPage, correction_stack, statement_stack
from report_templates.verdict_readings import readings_sections
from report_templates.verdict_record import Confirmed
from report_templates.verdict_sheet import VerdictSheet
from report_templates.verdict_townships import further_townships
from report_templates.wording import words

_MOST_GROUNDS = 3  # on one line
_MOST_SIGNS = 10  # of a village's name on one line
_KIND = replace(styles.CELL, size=8.4, leading=9.6)
_KIND_EN = replace(styles.SMALL_EN, leading=8.4)
_COLUMNS = ("unit", "village", "kind", "persons", "ground", "evidence", "ruled")


@dataclass(frozen=True)
class Annexes:
    """All that follows page 4: what is no part of the pages before, and what they left over."""

    sheet: VerdictSheet
    evidence: Evidence
    field: Field
    method: MethodPage

    def pages(self) -> Iterator[Page]:
        """Lay out annexes A to E as far as there is something for them, and further notes."""
        if self._lists_cases and self.sheet.record.confirmed:
            yield from _confirmed_pages(self.sheet)
        yield from self._errors()
        if self.method.replies_apart:
            yield from _reply_pages(self.sheet)
        yield from self._townships()
        if self.method.corrections_apart:
            yield from _correction_pages(self.sheet)
        yield from further_notes(self.evidence.notes)

    @property
    def _lists_cases(self) -> bool:
        """Whether this edition has annex A; an older document counts cases without listing them."""
        counted = sum(flow.confirmed for flow in self.sheet.cases)
        return self.sheet.edition == "full" and bool(self.sheet.record.confirmed or not counted)

    def _errors(self) -> Iterator[Page]:
        """Annex B: sampling errors and other readings; one line where annex A has no case."""
        sheet, sections = self.sheet, []
        if self._lists_cases and not sheet.record.confirmed:
            sections.append(text_section(caption_of(told("annex.cases.none"))))
        if self.field.errors:
            sections.append(errors_section(sheet))
            if sheet.edition == "full" and sheet.strata:
                sections.append(strata_errors_section(sheet))
        readings = readings_sections(sheet) if self.field.readings else []
        if sections:
            effects = [f"{one.estimate.deff:.2f}" for one in sheet.indicators]
            ends = {"low": min(effects, key=float), "high": max(effects, key=float)}
            sections.insert(0, title_section(told("annex.errors", **ends)))
            for fitting in (one for one in readings if free([*sections, one]) >= 0):
                sections.append(fitting)
                readings = []
                break
            yield Page(tuple(sections), fills=False)
        if readings:
            yield Page((title_section(told("annex.readings")), readings[0]), fills=False)

    def _townships(self) -> Iterator[Page]:
        """Annex D: the map that page 2, and townships that page 3 had no room for."""
        sheet, sample = self.sheet, self.sheet.sample
        title = title_section(told("annex.towns", towns=sample.townships, villages=sample.villages))
        sections = further_townships(sheet, self.field.townships, free([title]) - GAP)
        if self.evidence.map_moved:
            tiles = map_section(sheet)
            if sections and free([title, tiles, sections[-1]]) >= 0:
                yield from (Page((title, one), fills=False) for one in sections[:-1])
                yield Page((title, sections[-1], tiles), fills=False)
                return
            sections.append(tiles)
        yield from (Page((title, one), fills=False) for one in sections)


def _confirmed_pages(sheet: VerdictSheet) -> Iterator[Page]:
    rows = [_case(one) for one in sheet.record.confirmed]
    title = title_section(told("annex.cases", count=len(rows)))
    more = title_section(told("annex.cases.more"))
    room = min(free([title]), free([more])) - GAP - Table.head_height
    per_page = int(room / LONG_ROW)
    for start in range(0, len(rows), per_page):
        table = _cases_table(rows[start : start + per_page])
        yield Page((more if start else title, table), fills=False)


def _cases_table(rows: list[list[Cell]]) -> Section:
    columns = [
        Column(told(f"annex.cases.{name}"), "right" if name == "persons" else "left")
        for name in _COLUMNS
    ]
    table = Table(columns, rows, width=CONTENT)
    return Section(
        table.fixed_height,
        len(rows),
        LONG_ROW,
        lambda canvas, top, row_height: table.draw(canvas, LEFT, top, row_height),
    )


def _case(one: Confirmed) -> list[Cell]:
    kind = words(wording.CASE_KINDS, "case kind", one.kind)
    grounds = [words(GROUNDS, "ground", block).zh for block in one.blocks]
    return [
        Cell(one.unit_id),
        name_cell(one.village_zh or one.village_code, _MOST_SIGNS),
        Cell(*kind, style=_KIND, style_second=_KIND_EN),
        Cell(figures.count(one.persons)),
        _grounds(grounds),
        Cell(one.evidence_date.isoformat() if one.evidence_date else "–"),
        Cell(one.ruled_on.isoformat() if one.ruled_on else "–"),
    ]


def _grounds(names: list[str]) -> Cell:
    """Return a cell with all grounds, in two lines where there are more than three."""
    if len(names) <= _MOST_GROUNDS:
        return Cell("、".join(names) or "–")
    half = (len(names) + 1) // 2
    lines = (f"{'、'.join(names[:half])}、", "、".join(names[half:]))
    return Cell(*lines, style=LONG_NAME, style_second=LONG_NAME)


def _reply_pages(sheet: VerdictSheet) -> Iterator[Page]:
    """Set the statements in full; one that is longer than a page goes on to the next."""
    hearing = sheet.record.hearing
    statements = hearing.statements if hearing else ()
    title = title_section(told("annex.reply", count=len(statements)))
    return _stacked(title, [statement_stack(one, CONTENT) for one in statements])


def _correction_pages(sheet: VerdictSheet) -> Iterator[Page]:
    """List every correction that page 4 had no room for."""
    corrections = sheet.record.corrections
    title = title_section(told("annex.corrections", count=len(corrections)))
    return _stacked(title, [correction_stack(one, CONTENT) for one in corrections])


def _stacked(title: Section, stacks: Sequence[Stack]) -> Iterator[Page]:
    """Set stacks one under the other, cut by lines where a page ends."""
    room = free([title]) - GAP
    held: list[Section] = []
    for stack in stacks:
        for part in stack.cut(room):
            if held and free([title, *held, text_section(part)]) < 0:
                yield Page((title, *held), fills=False)
                held = []
            held.append(text_section(part))
    if held:
        yield Page((title, *held), fills=False)
