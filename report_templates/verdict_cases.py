"""Suspected cases and what became of them, beside what the plan could have established."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from report_templates import figures, styles, wording
from report_templates.blocks import Stack, heading, heading_height
from report_templates.phrases import label
from report_templates.sections import (
    BOLD_CELL,
    Section,
    caption_of,
    one_line,
)
from report_templates.styles import CONTENT, LEFT, RIGHT
from report_templates.tables import CAPTION_GAP, Cell, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_sheet import Reach, VerdictSheet
from report_templates.wording import Bilingual, words

_CASES = CONTENT * 0.605
_REACH = CONTENT - _CASES - 12.0
_CASE_ROW = 15.0
_REACH_ROWS = 5


def cases_section(sheet: VerdictSheet) -> Section:
    """Draw both tables side by side, of equal height."""
    flagged = sum(flow.flagged for flow in sheet.cases)
    confirmed = sum(flow.confirmed for flow in sheet.cases)
    left_title = label(
        "cases.heading", flagged=figures.count(flagged), confirmed=figures.count(confirmed)
    )
    right_title = label("reach.heading")
    head = max(heading_height(left_title, _CASES), heading_height(right_title, _REACH))
    captions = (caption_of(label("cases.caption"), _CASES), _reach_caption(sheet.sample.reach))
    rows = len(sheet.cases) + 1
    x_right = RIGHT - _REACH

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        below = top - head - 3
        heading(canvas, left_title, LEFT, top, _CASES)
        left = _cases_table(sheet, row_height, captions[0]).draw(canvas, LEFT, below)
        heading(canvas, right_title, x_right, top, _REACH)
        reach = _reach_table(sheet, row_height * rows / _REACH_ROWS, captions[1])
        return min(left, reach.draw(canvas, x_right, below))

    fixed = head + 3 + Table.head_height + CAPTION_GAP + max(each.height for each in captions)
    return Section(fixed, rows, _CASE_ROW, draw)


def _cases_table(sheet: VerdictSheet, row_height: float, caption: Stack) -> Table:
    names = ("flagged", "replied", "overturned", "confirmed", "undecided", "persons")
    columns = [
        Column(label("cases.kind"), "left"),
        *(Column(label(f"cases.{name}")) for name in names),
    ]
    rows = []
    for flow in sheet.cases:
        counts = (
            flow.flagged,
            flow.replied,
            flow.overturned,
            flow.confirmed,
            flow.undecided,
            flow.confirmed_persons,
        )
        kind = words(wording.CASE_KINDS, "case kind", flow.kind)
        rows.append([one_line(kind), *(Cell(figures.count(count)) for count in counts)])
    totals = [sum(getattr(flow, name) for flow in sheet.cases) for name in names[:-1]]
    # A person may stand behind cases of two kinds, so persons are not added up.
    rows.append(
        [
            one_line(label("cases.total"), BOLD_CELL),
            *(Cell(figures.count(total), style=BOLD_CELL) for total in totals),
            Cell("–"),
        ]
    )
    return Table(
        columns,
        rows,
        width=_CASES,
        row_height=row_height,
        ruled_before=[len(sheet.cases)],
        caption=caption,
    )


def _reach_table(sheet: VerdictSheet, row_height: float, caption: Stack) -> Table:
    """One column a class of households: the plan is read downwards."""
    reaches = sheet.sample.reach
    columns = [Column(label("reach.measure"), "left")]
    columns += [
        Column(words(wording.HOUSEHOLD_CLASSES, "household class", reach.household_class))
        for reach in reaches
    ]
    told = [_reach_figures(reach) for reach in reaches]
    rows = [
        [
            one_line(label(f"reach.{name}"), _REACH_CELL),
            *(Cell(column[name], style=_REACH_CELL) for column in told),
        ]
        for name in _REACH_NAMES
    ]
    return Table(columns, rows, width=_REACH, row_height=row_height, caption=caption)


_REACH_NAMES = ("size", "effective", "zero", "chance", "needed")
_REACH_CELL = replace(styles.CELL, size=8.0)


def _reach_figures(reach: Reach) -> dict[str, str]:
    needed = reach.households_needed
    return {
        "size": f"{figures.count(reach.villages)}/{figures.count(reach.households)}",
        "effective": figures.count(int(reach.effective_n)),
        "zero": str(figures.upper(reach.zero_bound)),
        "chance": figures.chance(reach.chance),
        "needed": "–" if needed is None else figures.count(needed),
    }


def _reach_caption(reaches: Sequence[Reach]) -> Stack:
    if not reaches:
        return caption_of(Bilingual("", ""), _REACH)
    first = reaches[0]
    pair = label("reach.caption", p0=figures.plain(first.p0), p1=figures.plain(first.p1))
    return caption_of(pair, _REACH)
