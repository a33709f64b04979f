"""Annexes of a verdict: confirmed cases and statements (full edition), sampling errors (both)."""

from __future__ import annotations

from collections.abc import Iterator

from report_templates import figures, styles, wording
from report_templates.blocks import Stack
from report_templates.record_wording import GROUNDS, told
from report_templates.sections import (
    GAP,
    LONG_NAME,
    LONG_ROW,
    ROOM,
    Page,
    Section,
    caption_of,
    name_cell,
    title_section,
)
from report_templates.styles import CONTENT, LEFT
from report_templates.tables import Cell, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_estimates import errors_section, strata_errors_section
from report_templates.verdict_method import statement_stack
from report_templates.verdict_record import Confirmed
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import words

_MOST_GROUNDS = 3  # on one line
_MOST_SIGNS = 10  # of a village's name on one line
_COLUMNS = ("unit", "village", "kind", "persons", "ground", "evidence", "ruled")


def annex_pages(sheet: VerdictSheet, *, replies: bool) -> Iterator[Page]:
    """Lay out the annexes of an edition; `replies`: the statements did not fit page 4."""
    # An older verdict.json counts its confirmed cases without listing them.
    if sheet.edition == "full" and (sheet.record.confirmed or not _counted(sheet)):
        yield from _confirmed_pages(sheet)
    sections = [title_section(told("annex.errors")), errors_section(sheet)]
    if sheet.edition == "full" and sheet.strata:
        sections.append(strata_errors_section(sheet))
    yield Page(tuple(sections))
    if replies and sheet.record.hearing:
        yield from _reply_pages(sheet)


def _counted(sheet: VerdictSheet) -> int:
    return sum(flow.confirmed for flow in sheet.cases)


def _confirmed_pages(sheet: VerdictSheet) -> Iterator[Page]:
    rows = [_case(one) for one in sheet.record.confirmed]
    title, more = title_section(told("annex.cases")), title_section(told("annex.cases.more"))
    if not rows:
        yield Page((title, _text(caption_of(told("annex.cases.none")))))
    room = ROOM - max(title.height, more.height) - GAP - Table.head_height
    per_page = int(room / LONG_ROW)
    for start in range(0, len(rows), per_page):
        table = _cases_table(rows[start : start + per_page])
        yield Page((more if start else title, table))


def _cases_table(rows: list[list[Cell]]) -> Section:
    columns = [
        Column(told(f"annex.cases.{name}"), "right" if name == "persons" else "left")
        for name in _COLUMNS
    ]

    def table(row_height: float) -> Table:
        return Table(columns, rows, width=CONTENT, row_height=row_height)

    return Section(
        table(LONG_ROW).fixed_height,
        len(rows),
        LONG_ROW,
        lambda canvas, top, row_height: table(row_height).draw(canvas, LEFT, top),
    )


def _case(one: Confirmed) -> list[Cell]:
    grounds = [words(GROUNDS, "ground", block).zh for block in one.blocks]
    return [
        Cell(one.unit_id),
        name_cell(one.village_zh or one.village_code, _MOST_SIGNS),
        Cell(*words(wording.CASE_KINDS, "case kind", one.kind), style_second=styles.SMALL_EN),
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
    assert hearing is not None  # nosec B101  # a fact
    title = title_section(told("annex.reply"))
    room = ROOM - title.height - 2 * GAP
    held: list[Section] = []
    for statement in hearing.statements:
        for stack in statement_stack(statement, CONTENT).cut(room):
            if held and sum(one.height + GAP for one in held) + stack.height > room:
                yield Page((title, *held))
                held = []
            held.append(_text(stack))
    if held:
        yield Page((title, *held))


def _text(stack: Stack) -> Section:
    def draw(canvas: Canvas, top: float, _: float) -> float:
        return stack.draw(canvas, LEFT, top)

    return Section(stack.height, 0, 0.0, draw)
