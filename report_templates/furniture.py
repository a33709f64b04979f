"""What every page carries besides its content: head, foot, and the mark of simulation."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from report_templates import styles, wording
from report_templates.blocks import Overflow, box, place_pair, place_text, rule
from report_templates.linebreak import natural_width
from report_templates.phrases import label
from report_templates.styles import LEFT, MARGIN, PAGE_HEIGHT, PAGE_WIDTH, RIGHT
from report_templates.tags import Canvas
from report_templates.typeface import BOLD
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words

BAND = 19.0
_PLAIN_BAND = 6.0
BODY_TOP = PAGE_HEIGHT - 39.0
BODY_FOOT = styles.FOOT + 10.0

_BAND_STYLE = replace(styles.FURNITURE, colour=styles.WHITE, size=8.2)
_BAND_MARK = replace(styles.FURNITURE, colour=styles.WHITE, size=10.5, font=BOLD)


@dataclass(frozen=True)
class Running:
    """What stands at head and foot of all pages; of the left texts the first one that fits."""

    head: Sequence[str]
    head_right: str
    foot: Sequence[str]
    simulated: bool


def furnish(canvas: Canvas, sheet: VerdictSheet, page: int, pages: int) -> None:
    """Draw head and foot of a verdict report."""
    furnish_with(canvas, _of_verdict(sheet), page, pages)


def furnish_with(canvas: Canvas, running: Running, page: int, pages: int) -> None:
    """Draw head and foot, and on a simulated sheet the band and the watermark; before the body.

    Head and band are read aloud on the first page only.
    """
    with canvas.artifact("Background"):
        if running.simulated:
            _watermark(canvas)
        _band(canvas, simulated=running.simulated)
    with canvas.artifact("Pagination"):
        _foot(canvas, running, page, pages)
    with ExitStack() as stack:
        if page > 1:
            stack.enter_context(canvas.artifact("Pagination"))
        if running.simulated:
            _band_words(canvas)
        _head(canvas, running)


def digest_groups(digest: str) -> list[str]:
    """Cut a SHA-256 into eight groups of eight characters."""
    return [digest[start : start + 8] for start in range(0, 64, 8)]


def _watermark(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
    canvas.rotate(38)
    style = styles.TextStyle(58, 60, styles.WATERMARK, BOLD)
    place_text(canvas, wording.SIMULATED.zh, 0, 12, replace(style, size=92), align="centre")
    place_text(canvas, wording.SIMULATED.en, 0, -50, style, align="centre")
    canvas.restoreState()


def _band(canvas: Canvas, *, simulated: bool) -> None:
    height, colour = (BAND, styles.PLUM) if simulated else (_PLAIN_BAND, styles.NAVY)
    box(canvas, 0, PAGE_HEIGHT, PAGE_WIDTH, height, colour)


def _band_words(canvas: Canvas) -> None:
    baseline = PAGE_HEIGHT - BAND / 2 - 3.6
    with canvas.paragraph():
        width = place_pair(canvas, wording.SIMULATED, LEFT, baseline, _BAND_MARK)
    explained = label("simulated.band").zh
    if natural_width(explained) * _BAND_STYLE.size + width + 12 <= styles.CONTENT:
        place_text(canvas, explained, RIGHT, baseline + 0.3, _BAND_STYLE, align="right")


def _of_verdict(sheet: VerdictSheet) -> Running:
    edition = words(wording.EDITIONS, "edition", sheet.edition)
    version = label("version", version=sheet.version)
    parts = [sheet.number, " ".join(edition), " ".join(version)]
    if sheet.replaces is not None:
        parts.append(" ".join(label("replaces", replaces=sheet.replaces)))
    series = label("series")
    groups = digest_groups(sheet.digest)
    digest = f"verdict.json SHA-256 {groups[0]}..{groups[-1]}"
    names = Bilingual(sheet.county.name_zh, sheet.county.name_en)
    both = f"{names.zh} {names.en}".strip()
    return Running(
        head=(f"{series.zh}   {series.en}", series.zh),
        head_right=" | ".join(parts),
        foot=(f"{both}   {digest}", f"{names.zh}   {digest}", digest),
        simulated=sheet.simulated,
    )


def _head(canvas: Canvas, running: Running) -> None:
    baseline = PAGE_HEIGHT - BAND - 14
    used = place_text(canvas, running.head_right, RIGHT, baseline, styles.FURNITURE, align="right")
    _place_longest(canvas, running.head, baseline, used)


def _foot(canvas: Canvas, running: Running, page: int, pages: int) -> None:
    rule(canvas, LEFT, styles.FOOT + 4, RIGHT - MARGIN)
    baseline = styles.FOOT - 8
    numbering = label("page", page=page, pages=pages)
    right = f"{numbering.zh}  {numbering.en}"
    used = place_text(canvas, right, RIGHT, baseline, styles.FURNITURE, align="right")
    _place_longest(canvas, running.foot, baseline, used)


def _place_longest(canvas: Canvas, texts: Sequence[str], baseline: float, used: float) -> None:
    """Draw the first of `texts` that leaves room for the `used` points at the right margin."""
    for text in texts:
        if natural_width(text) * styles.FURNITURE.size <= styles.CONTENT - used - 14:
            place_text(canvas, text, LEFT, baseline, styles.FURNITURE)
            return
    raise Overflow(f"{texts[-1]!r} leaves no room at the margin")
