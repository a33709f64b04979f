"""Suspected cases and what became of them, beside what the plan could have established."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from report_templates import figures, styles, wording
from report_templates.blocks import Stack
from report_templates.phrases import label
from report_templates.sections import (
    BOLD_CELL,
    Half,
    Section,
    caption_of,
    one_line,
    side_by_side,
)
from report_templates.styles import CONTENT
from report_templates.tables import Cell, Column, Table
from report_templates.verdict_sample import Reach
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words

_CASES = CONTENT * 0.605
_REACH = CONTENT - _CASES - 12.0


def cases_section(sheet: VerdictSheet) -> Section:
    """Draw both tables side by side, of equal height."""
    flagged = sum(flow.flagged for flow in sheet.cases)
    confirmed = sum(flow.confirmed for flow in sheet.cases)
    told = {"flagged": figures.count(flagged), "confirmed": figures.count(confirmed)}
    return side_by_side(
        Half(label("cases.heading", **told), _cases_table(sheet)),
        Half(_reach_heading(sheet.sample.reach), _reach_table(sheet)),
        row=_ROW,
    )


_ROW = 12.0  # least height of the rows of what the plan could reach; cases have fewer


def _reach_heading(reaches: Sequence[Reach]) -> Bilingual:
    if not reaches:
        return label("reach.heading.none")
    chances = [figures.chance(reach.chance) for reach in reaches]
    return Bilingual(
        label("reach.heading", chances="、".join(chances)).zh,
        label("reach.heading", chances=", ".join(chances)).en,
    )


def _cases_table(sheet: VerdictSheet) -> Table:
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
        ruled_before=[len(sheet.cases)],
        caption=caption_of(label("cases.caption"), _CASES),
    )


def _reach_table(sheet: VerdictSheet) -> Table:
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
    return Table(columns, rows, width=_REACH, caption=_reach_caption(reaches))


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
