"""Page 4: method, rule and limits on the left; reply, digests and checking on the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from reportlab.graphics import renderPDF

from report_templates import figures, phrases, styles
from report_templates.blocks import (
    Overflow,
    Paragraph,
    Stack,
    bilingual,
    heading,
    heading_height,
    place_text,
)
from report_templates.furniture import BODY_FOOT, BODY_TOP, digest_groups
from report_templates.phrases import counted, day
from report_templates.qr import qr_code, verify_url
from report_templates.record_wording import LABELS, told
from report_templates.sections import title_section
from report_templates.styles import CONTENT, LEFT, RIGHT
from report_templates.tags import CHINESE, Box, Canvas
from report_templates.typeface import BOLD
from report_templates.verdict_record import Statement
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual

_APART = 18.0
_COLUMN = (CONTENT - _APART) / 2
_TEXT = styles.TextStyle(8.8, 12.2)
_TEXT_EN = styles.SMALL_EN
_DIGEST = replace(styles.SMALL, size=7.5, leading=9.6, colour=styles.GREY)
_STEP = replace(styles.SMALL, font=BOLD, colour=styles.NAVY)
_QR = 104.0
_GAPS = (9.0, 24.0)  # least and greatest space between two parts of a column


@dataclass(frozen=True)
class Part:
    """A part of a column: its height in points, and how it is drawn from an x and a top."""

    height: float
    draw: Callable[[Canvas, float, float], float]


@dataclass(frozen=True)
class MethodPage:
    """Page 4 of one sheet, laid out; `replies_apart` where the reply needs an annex of its own."""

    title: Bilingual
    columns: tuple[tuple[Part, ...], tuple[Part, ...]]
    replies_apart: bool

    @classmethod
    def of(cls, sheet: VerdictSheet) -> MethodPage:
        """Lay out the page, with the words of the reply on it where they fit.

        Raises
        ------
        Overflow : a column does not fit even so
        """
        title = told("method.title")
        left = tuple(_method(sheet))
        room = _room(title)
        for apart in (False, True):
            right = (*_reply(sheet, apart=apart), _chain(sheet), _check(sheet))
            page = cls(title, (left, right), apart)
            if all(_height(column) <= room for column in page.columns):
                return page
        raise Overflow(f"page 4 leaves {room:.0f} pt for a column")

    def draw(self, canvas: Canvas) -> float:
        """Draw both columns, the parts of each spread over the page."""
        top = title_section(self.title).draw(canvas, BODY_TOP, 0.0) - _GAPS[0]
        feet = []
        for x, column in zip((LEFT, RIGHT - _COLUMN), self.columns, strict=True):
            spare = _room(self.title) - _height(column)
            gap = min(_GAPS[0] + spare / max(len(column) - 1, 1), _GAPS[1])
            y = top
            for number, part in enumerate(column):
                y = part.draw(canvas, x, y - (gap if number else 0.0))
            feet.append(y)
        return min(feet)


def _room(title: Bilingual) -> float:
    return BODY_TOP - BODY_FOOT - title_section(title).height - _GAPS[0]


def _height(column: Sequence[Part]) -> float:
    return sum(part.height for part in column) + _GAPS[0] * (len(column) - 1)


def _part(title: Bilingual, said: Sequence[Bilingual]) -> Part:
    """Return a heading with paragraphs below, each Chinese above its English."""
    stacks = [bilingual(pair, _COLUMN, _TEXT, _TEXT_EN, gap=1.5) for pair in said]
    return _stacked(title, stacks)


def _stacked(title: Bilingual, stacks: Sequence[Stack]) -> Part:
    head = heading_height(title, _COLUMN)

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = heading(canvas, title, x, top, _COLUMN)
        for stack in stacks:
            y = stack.draw(canvas, x, y - 3)
        return y

    return Part(head + sum(3 + stack.height for stack in stacks), draw)


def _method(sheet: VerdictSheet) -> Iterator[Part]:
    sample = sheet.sample
    design = phrases.both(
        LABELS["method.design.text"],
        {
            "villages": figures.count(sample.villages),
            "households": figures.count(sample.households),
        },
        {
            "villages": counted(sample.villages, "villages"),
            "households": counted(sample.households, "households"),
        },
    )
    yield _part(told("method.design"), [design])
    rule = [told("method.rule.text")]
    if sheet.record.seals:
        rule.append(_sealed(sheet))
    yield _part(told("method.rule"), rule)
    limits = [told(f"method.limits.{name}") for name in ("recall", "away", "error")]
    yield _part(told("method.limits"), limits)
    yield _part(told("method.terms"), [told("method.terms.text")])
    corrections = [told("method.corrections.text", number=sheet.number)]
    for one in sheet.record.corrections:
        corrections.append(
            told(
                "method.corrected",
                version=one.version,
                day=one.release_date.isoformat(),
                changed=", ".join(one.changed),
            )
        )
    yield _part(told("method.corrections"), corrections)


def _sealed(sheet: VerdictSheet) -> Bilingual:
    """Say when rule book, plan and sample were fixed, and only what is true of fieldwork."""
    seals, field = sheet.record.seals, sheet.campaign.field_from
    assert seals is not None  # nosec B101  # a fact
    days = (seals.rulebook_sealed_on, seals.plan_sealed_on, seals.sample_sealed_on)
    code = "method.sealed.before" if max(days) <= field else "method.sealed"
    names = ("rule", "plan", "sample", "field")
    moments = [moment.isoformat() for moment in (*days, field)]
    return told(code, rulebook=sheet.rulebook, **dict(zip(names, moments, strict=True)))


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
    if not hearing.statements_made:
        said.append(told("reply.none"))
    elif sheet.edition == "public":
        said.append(told("reply.number", count=hearing.statements_made))
    elif apart:
        said.append(told("reply.annex"))
    else:
        stacks = [statement_stack(one, _COLUMN) for one in hearing.statements]
    small = [bilingual(pair, _COLUMN, _TEXT, _TEXT_EN, gap=1.5) for pair in said]
    yield _stacked(told("reply.heading"), [*small, *stacks])


def statement_stack(statement: Statement, width: float) -> Stack:
    """Return what one side said, under its name and day."""
    who = told(f"reply.{statement.voice}", day=day(statement.said_on).zh)
    named = Stack((Paragraph.of(f"**{who.zh}**", _TEXT, width),), (0.0,))
    return named.followed_by(statement.text.replace("**", "＊＊"), _TEXT, width)


def _chain(sheet: VerdictSheet) -> Part:
    """Digests from the sealed field data to this verdict, each as eight groups of eight."""
    provenance = sheet.record.provenance
    steps: list[tuple[Bilingual, str]] = [
        (
            told("chain.ledger", count=figures.count(provenance.ledger_count)),
            provenance.ledger_root,
        ),
        (told("chain.frame"), provenance.frame_sha256),
        (told("chain.plan"), provenance.plan_sha256),
        (told("chain.seed"), provenance.seed_commitment),
        (told("chain.sample"), provenance.sample_sha256),
        (told("chain.interviews"), provenance.interviews_sha256 or ""),
        (told("chain.verdict"), sheet.digest),
    ]
    steps = [step for step in steps if step[1]]
    title = told("chain.heading")
    each = _STEP.leading + 2 * _DIGEST.leading + 2

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = heading(canvas, title, x, top, _COLUMN) - 3
        for name, digest in steps:
            with canvas.paragraph():
                used = place_text(canvas, f"{name.zh} ", x, y - 9, _STEP)
                place_text(canvas, f"{name.en} ", x + used + 4, y - 9, _TEXT_EN)
                y -= _STEP.leading
                _groups(canvas, digest, x, y)
            y -= 2 * _DIGEST.leading + 2
        return y

    return Part(heading_height(title, _COLUMN) + 3 + each * len(steps), draw)


def _groups(canvas: Canvas, digest: str, x: float, top: float) -> None:
    with canvas.words(CHINESE):
        for number, group in enumerate(digest_groups(digest)):
            row, place = divmod(number, 4)
            baseline = top - 7.6 - row * _DIGEST.leading
            place_text(canvas, f"{group} ", x + place * _COLUMN / 4, baseline, _DIGEST)


def _check(sheet: VerdictSheet) -> Part:
    """How to check, and the large code with its address beside it."""
    steps = [told(f"check.{name}") for name in ("paper", "file", "redraw")]
    base = sheet.record.provenance.verify_base
    if not base:
        return _part(told("check.heading"), [*steps[1:], told("qr.none")])
    words = _part(told("check.heading"), steps)
    url = verify_url(base, sheet.number, sheet.digest)
    side = _COLUMN - _QR - 8
    title = told("qr.number")
    beside = Stack(
        (
            *bilingual(title, side, styles.SMALL, styles.SMALL_EN).paragraphs,
            *bilingual(
                Bilingual(f"**{sheet.number}**  {first_digits(sheet.digest)}", url),
                side,
                _TEXT,
                _TEXT_EN,
                gap=3.0,
            ).paragraphs,
        ),
        (0.0, 1.0, 5.0, 3.0),
    )

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = words.draw(canvas, x, top) - 6
        draw_qr(canvas, url, x, y, _QR)
        beside.draw(canvas, x + _QR + 8, y - 10)
        return y - _QR

    return Part(words.height + 6 + _QR, draw)


def first_digits(digest: str) -> str:
    """Return the digits of a digest that its address shows, in groups of eight."""
    return " ".join(digest_groups(digest)[:2])


def draw_qr(canvas: Canvas, url: str, x: float, top: float, size: float) -> None:
    """Draw the code of an address with its upper left corner at a point."""
    with canvas.figure(told("alt.qr"), Box(x, top - size, x + size, top)):
        renderPDF.draw(qr_code(url, size), canvas, x, top - size)
