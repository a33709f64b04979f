"""The notice of suspected cases to a county, and the one that tells what became of them."""

from __future__ import annotations

from dataclasses import replace

from report_templates import styles
from report_templates.archive import Attachment
from report_templates.blocks import Paragraph, Stack
from report_templates.document import About
from report_templates.flow import Piece, Rows, paged
from report_templates.furniture import Running, digest_groups
from report_templates.grids import Content, Grid, GridColumn, measures, pair, text
from report_templates.notice_sheet import NoticeCase, NoticeSheet
from report_templates.papers import again, finished, marked, paragraph, say, section, title
from report_templates.phrases import day, short_day
from report_templates.styles import TextStyle
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual

__all__ = ["NoticeSheet", "render"]

CELL = TextStyle(9, 11.8)
CELL_EN = styles.ROW_EN
STRONG = replace(CELL, font=BOLD)
SMALL = TextStyle(7.6, 9.6, styles.GREY)


def render(sheet: NoticeSheet) -> bytes:
    """Draw a notice and attach its notice.json; the same sheet gives the same bytes everywhere.

    Raises
    ------
    MissingGlyph, Overflow : a name cannot be drawn, or does not fit
    UnknownWording : the sheet holds a code for which no words are agreed
    """
    heads = _named(sheet, f"notice.title.{sheet.kind}")
    parts: list[Piece | Rows] = [title(heads), *_opening(sheet)]
    parts.append(section(say("notice.cases")))
    if sheet.kind == "told":
        parts += [Rows(_told(sheet), gap=3.0), *_what_counts(sheet), *_reply(sheet)]
    else:
        parts += [Rows(_ruled(sheet), gap=3.0), *_afterwards(sheet)]
    parts += _last(sheet)
    description = say("notice.attachment")
    attachment = Attachment(
        "notice.json", sheet.content, sheet.issued_on, f"{description.zh} | {description.en}"
    )
    return finished(_about(sheet, heads), _running(sheet), paged(parts, again(heads)), attachment)


def _named(sheet: NoticeSheet, code: str) -> Bilingual:
    return Bilingual(
        say(code, county=sheet.county.zh).zh,
        say(code, county=sheet.county.en or sheet.county.zh).en,
    )


def _opening(sheet: NoticeSheet) -> list[Piece]:
    issued = day(sheet.issued_on)
    sent = Bilingual(
        say("notice.from", agency=sheet.agency.zh, date=issued.zh).zh,
        say("notice.from", agency=sheet.agency.en, date=issued.en).en,
    )
    intro = say(f"notice.intro.{sheet.kind}", count=len(sheet.cases))
    return [
        paragraph(_named(sheet, "notice.to"), gap=8.0),
        paragraph(sent, gap=2.0),
        paragraph(intro, gap=8.0),
    ]


def _told(sheet: NoticeSheet) -> Grid:
    columns = [
        GridColumn(say("notice.case"), 3.3),
        GridColumn(say("notice.place"), 2.4),
        GridColumn(say("notice.indicator"), 2.5),
        GridColumn(say("notice.due"), 1.5),
    ]
    rooms = measures(columns)
    rows = [
        (
            _case(case, rooms[0]),
            _place(case, rooms[1]),
            _indicator(case, rooms[2]),
            _due(case, rooms[3]),
        )
        for case in sheet.cases
    ]
    return Grid(columns, rows)


def _ruled(sheet: NoticeSheet) -> Grid:
    columns = [
        GridColumn(say("notice.case"), 3.5),
        GridColumn(say("notice.place"), 1.6),
        GridColumn(say("notice.indicator"), 1.8),
        GridColumn(say("notice.outcome"), 1.1),
        GridColumn(say("notice.reason"), 2.9),
    ]
    rooms = measures(columns)
    rows = [
        (
            _case(case, rooms[0]),
            _place(case, rooms[1]),
            _indicator(case, rooms[2]),
            pair(say(f"notice.outcome.{case.outcome}"), rooms[3], STRONG, CELL_EN),
            text(case.reason or "", CELL, rooms[4]),
        )
        for case in sheet.cases
    ]
    return Grid(columns, rows)


def _case(case: NoticeCase, room: float) -> Stack:
    """Register code, and the case below it, which is 36 characters long."""
    return Stack(
        (
            Paragraph.of(case.unit_id, STRONG, room),
            Paragraph.of(case.case_id, SMALL, room),
        ),
        (0.0, 1.0),
    )


def _place(case: NoticeCase, room: float) -> Content:
    place = f"{case.village}（{case.town}）" if case.town else case.village
    return text(place, CELL, room)


def _indicator(case: NoticeCase, room: float) -> Stack:
    kind = say(f"notice.kind.{case.kind}")
    both = Bilingual(
        f"{kind.zh}：{'、'.join(one.zh for one in case.clauses)}" if case.clauses else kind.zh,
        f"{kind.en}: {', '.join(one.en for one in case.clauses)}" if case.clauses else kind.en,
    )
    return pair(both, room, CELL, CELL_EN)


def _due(case: NoticeCase, room: float) -> Stack:
    if case.due is None:
        return pair(say("notice.no_due"), room, CELL, CELL_EN)
    return pair(Bilingual(case.due.isoformat(), short_day(case.due)), room, STRONG, CELL_EN)


def _what_counts(sheet: NoticeSheet) -> list[Piece | Rows]:
    columns = [
        GridColumn(say("notice.block"), 1.2),
        GridColumn(say("notice.clause"), 3.4),
        GridColumn(say("notice.evidence"), 3.4),
    ]
    rooms = measures(columns)
    rows = [
        (
            pair(clause.name, rooms[0], STRONG, CELL_EN),
            pair(clause.standard, rooms[1], CELL, CELL_EN),
            pair(clause.evidence, rooms[2], CELL, CELL_EN),
        )
        for clause in sheet.clauses
    ]
    parts: list[Piece | Rows] = [section(say("notice.clauses"))]
    if rows:
        parts.append(Rows(Grid(columns, rows), gap=3.0))
    return [*parts, paragraph(sheet.when)]


def _reply(sheet: NoticeSheet) -> list[Piece | Rows]:
    return [
        section(say("notice.reply")),
        paragraph(say("notice.reply_text", address=sheet.address), gap=2.0),
        section(say("notice.silence")),
        paragraph(sheet.silence, gap=2.0),
    ]


def _afterwards(sheet: NoticeSheet) -> list[Piece | Rows]:
    parts: list[Piece | Rows] = [section(say("notice.after_ruling"))]
    parts.append(paragraph(say("notice.after_ruling_text"), gap=2.0))
    if any(case.outcome == "undecided" for case in sheet.cases):
        parts.append(paragraph(say("notice.outcome.undecided_note")))
    return parts


def _last(sheet: NoticeSheet) -> list[Piece | Rows]:
    """How receipt is acknowledged, and how the notice is checked."""
    digest = " ".join(digest_groups(sheet.digest))
    return [
        section(say("notice.receipt")),
        paragraph(say("notice.receipt_text"), gap=2.0),
        section(say("notice.check")),
        paragraph(say("notice.check_text", digest=digest, rulebook=sheet.rulebook), gap=2.0),
    ]


def _running(sheet: NoticeSheet) -> Running:
    series = say("notice.series")
    groups = digest_groups(sheet.digest)
    digest = f"notice.json SHA-256 {groups[0]}..{groups[-1]}"
    both = f"{sheet.county.zh} {sheet.county.en}".strip()
    return Running(
        head=(f"{series.zh}   {series.en}", series.zh),
        head_right=sheet.number,
        foot=(f"{both}   {digest}", f"{sheet.county.zh}   {digest}", digest),
        simulated=sheet.simulated,
    )


def _about(sheet: NoticeSheet, heads: Bilingual) -> About:
    series = say("notice.series")
    about = About(
        title=f"{heads.zh} | {heads.en}",
        subject=f"{series.zh} | {series.en}. {sheet.number}",
        keywords=f"{sheet.number}, SHA-256 {sheet.digest}",
        author=f"{sheet.agency.zh} | {sheet.agency.en}",
        creator=sheet.software,
        released=sheet.issued_on,
        digest=sheet.digest,
    )
    return marked(about, simulated=sheet.simulated)
