"""Page 4: method, rule and limits on the left; reply, digests and checking on the right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from report_templates import figures, phrases, wording
from report_templates.blocks import Overflow, Paragraph, Stack, bilingual
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.parts import COLUMN, TEXT, TEXT_EN, Part, paragraph, part, stacked
from report_templates.phrases import day
from report_templates.record_wording import LABELS, told
from report_templates.sections import title_section
from report_templates.styles import LEFT, RIGHT
from report_templates.tables import Cell, Column, Table
from report_templates.tags import Canvas
from report_templates.verdict_checking import SIZES, chain, check
from report_templates.verdict_readings import choice
from report_templates.verdict_record import Correction, Seals, Statement
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words

_GAPS = (9.0, 36.0)  # least and greatest space between two parts of a column


@dataclass(frozen=True)
class MethodPage:
    """Page 4 of one sheet, laid out; what is `apart` needs an annex of its own."""

    title: Bilingual
    columns: tuple[tuple[Part, ...], tuple[Part, ...]]
    replies_apart: bool
    corrections_apart: bool

    @classmethod
    def of(cls, sheet: VerdictSheet) -> MethodPage:
        """Lay out the page, with the words of the reply and all corrections where they fit.

        Raises
        ------
        Overflow : a column does not fit even so
        """
        title = _title(sheet)
        room = _room(title)
        left = _first_fitting((tuple(_method(sheet, most)) for most in _MOST_SETTINGS), room)
        for corrections, replies, sizes in product((False, True), (False, True), SIZES):
            right = (
                *_reply(sheet, apart=replies),
                chain(sheet, sizes),
                check(sheet, sizes),
                _corrections(sheet, apart=corrections),
            )
            if _height(right) <= room:
                return cls(title, (left, right), replies, corrections)
        raise Overflow(f"page 4 leaves {room:.0f} pt for its right column")

    def draw(self, canvas: Canvas) -> float:
        """Draw both columns, the parts of each spread over the page."""
        top = title_section(self.title).draw(canvas, BODY_TOP, 0.0) - _GAPS[0]
        feet = []
        for x, column in zip((LEFT, RIGHT - COLUMN), self.columns, strict=True):
            spare = _room(self.title) - _height(column)
            gap = min(_GAPS[0] + spare / max(len(column) - 1, 1), _GAPS[1])
            y = top
            for number, one in enumerate(column):
                y = one.draw(canvas, x, y - (gap if number else 0.0))
            feet.append(y)
        return min(feet)


def _room(title: Bilingual) -> float:
    return BODY_TOP - BODY_FOOT - title_section(title).height - _GAPS[0]


def _first_fitting(columns: Iterable[tuple[Part, ...]], room: float) -> tuple[Part, ...]:
    for column in columns:
        if _height(column) <= room:
            return column
    raise Overflow(f"page 4 leaves {room:.0f} pt for its left column")


def _height(column: Sequence[Part]) -> float:
    return sum(part.height for part in column) + _GAPS[0] * (len(column) - 1)


def _title(sheet: VerdictSheet) -> Bilingual:
    """Say whether all that decides was fixed before anybody was asked."""
    seals = sheet.record.seals
    if seals is None:
        return told("method.title.unsealed")
    return told(f"method.title.{'sealed' if _in_time(seals, sheet) else 'late'}")


def _in_time(seals: Seals, sheet: VerdictSheet) -> bool:
    days = (seals.rulebook_sealed_on, seals.plan_sealed_on, seals.sample_sealed_on)
    return max(days) <= sheet.campaign.field_from


def _method(sheet: VerdictSheet, settings: int) -> Iterator[Part]:
    """Parts of the left column; `settings` : the most of them in the table."""
    yield _design(sheet, list(_settings(sheet))[:settings])
    rule = [_rule(sheet)]
    if sheet.record.seals:
        rule.append(_sealed(sheet.record.seals, sheet))
    yield part(told("method.rule"), rule)
    limits = [told(f"method.limits.{name}") for name in ("recall", "away", "error")]
    yield part(told("method.limits"), limits)
    yield part(told("method.terms"), [told(f"method.terms.{sheet.campaign.round_kind}")])


def _design(sheet: VerdictSheet, settings: list[list[Cell]]) -> Part:
    """Say in words how it was drawn, and in a table what plan and rule book chose."""
    said = part(
        told("method.design"),
        [told("method.design.text", classes=sheet.sample.design.classes)],
    )
    table = Table(
        [Column(told("method.setting"), "left"), Column(told("method.value"), "left")],
        settings,
        width=COLUMN,
    )

    def draw(canvas: Canvas, x: float, top: float) -> float:
        return table.draw(canvas, x, said.draw(canvas, x, top) - 6, _SETTING)

    return Part(said.height + 6 + table.height(_SETTING), draw)


_SETTING = 22.0  # height of a row of the table of settings
_SET, _SET_EN = replace(TEXT, size=8.4, leading=9.8), replace(TEXT_EN, leading=8.4)
_MOST_SETTINGS = (8, 7, 6, 5)  # as many of them as there is room for
_CHOSEN = (
    *("official_estimator", "strict_rates", "missed_denominator", "approval_rule"),
    "missed_test",
)


def _settings(sheet: VerdictSheet) -> Iterator[list[Cell]]:
    """What plan and rule book chose, in both languages; a setting that is not there is left out."""
    design = sheet.sample.design
    everything = told("method.all")

    def both(name: str, **figures_: object) -> list[Cell]:
        sides = [
            {key: _taken(value, side) for key, value in figures_.items()} for side in everything
        ]
        value = phrases.both(LABELS[f"method.{name}.value"], *sides)
        return [_cell(told(f"method.{name}")), _cell(value)]

    yield both("villages", villages=design.villages, classes=design.classes)
    yield both("a_village", **design.a_village)
    yield both("confidence", level=figures.plain(sheet.confidence))
    for setting in _CHOSEN:
        if setting in sheet.settings:
            name = words(wording.SETTINGS, "setting", setting)
            yield [_cell(name), _cell(choice(setting, sheet.settings[setting]))]


def _cell(pair: Bilingual) -> Cell:
    return Cell(*pair, style=_SET, style_second=_SET_EN)


def _taken(value: object, everything: str) -> object:
    return everything if value == "all" else value


def _rule(sheet: VerdictSheet) -> Bilingual:
    decided_by = words(wording.DECIDED_BY, "deciding figure", sheet.indicators[0].decided_by)
    return phrases.both(
        LABELS["method.rule.text"], {"decided_by": decided_by.zh}, {"decided_by": decided_by.en}
    )


def _sealed(seals: Seals, sheet: VerdictSheet) -> Bilingual:
    """Say when rule book, plan and sample were fixed, and only what is true of fieldwork."""
    return told(
        "method.sealed.before" if _in_time(seals, sheet) else "method.sealed",
        rulebook=sheet.rulebook,
        rule=seals.rulebook_sealed_on.isoformat(),
        plan=seals.plan_sealed_on.isoformat(),
        sample=seals.sample_sealed_on.isoformat(),
        field=sheet.campaign.field_from.isoformat(),
    )


def _reply(sheet: VerdictSheet, *, apart: bool) -> Iterator[Part]:
    """The right of reply: counts, and in the full edition the words of both sides."""
    hearing = sheet.record.hearing
    if hearing is None:
        return
    said: list[Bilingual] = []
    stacks: list[Stack] = []
    if hearing.meeting:
        said.append(told("reply.meeting", day=hearing.meeting.isoformat()))
    said.append(
        told(
            "reply.counts",
            told=hearing.cases_told,
            answered=hearing.cases_answered,
            silent=hearing.cases_silent,
        )
    )
    if hearing.statements_made and sheet.edition == "public":
        said.append(told("reply.number", count=hearing.statements_made))
    elif hearing.statements_made and apart:
        said.append(told("reply.annex"))
    else:
        stacks = [statement_stack(one, COLUMN) for one in hearing.statements]
    yield stacked(_reply_heading(sheet), [*map(paragraph, said), *stacks])


def _reply_heading(sheet: VerdictSheet) -> Bilingual:
    """Say whether the county put anything on the record."""
    hearing = sheet.record.hearing
    made = hearing.statements_made if hearing else 0
    return told("reply.heading", count=made) if made else told("reply.heading.none")


def statement_stack(statement: Statement, width: float) -> Stack:
    """Return what one side said, under its name and day."""
    who = told(f"reply.{statement.voice}", day=day(statement.said_on).zh)
    named = Stack((Paragraph.of(f"**{who.zh}**", TEXT, width),), (0.0,))
    return named.followed_by(statement.text.replace("**", "＊＊"), TEXT, width)


def _corrections(sheet: VerdictSheet, *, apart: bool) -> Part:
    """Say how to report a fault, and what each correction changed."""
    corrections = sheet.record.corrections
    stacks = [paragraph(told("method.corrections.text", number=sheet.number))]
    if apart and corrections:
        stacks.append(paragraph(told("method.corrections.annex", count=len(corrections))))
    else:
        stacks += [correction_stack(one, COLUMN) for one in corrections]
    return stacked(told("method.corrections"), stacks)


def correction_stack(one: Correction, width: float) -> Stack:
    """Return what a correction changed, by parts of the document, and why."""
    parts = list(dict.fromkeys(words(wording.PARTS, "part", part) for part in one.changed))
    known: dict[str, object] = {"version": one.version, "day": one.release_date.isoformat()}
    zh = known | {"changed": "、".join(pair.zh for pair in parts)}
    en = known | {"changed": ", ".join(pair.en for pair in parts)}
    if one.reason is None:
        said = phrases.both(LABELS["method.corrected.unexplained"], zh, en)
    else:
        reason = words(wording.REASONS, "reason", one.reason)
        zh, en = zh | {"reason": reason.zh}, en | {"reason": reason.en}
        said = phrases.both(LABELS["method.corrected"], zh, en)
    return bilingual(said, width, TEXT, TEXT_EN, gap=1.5)
