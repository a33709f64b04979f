"""How a report is checked: the chain of digests, the steps, and the code of its address."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reportlab.graphics import renderPDF

from report_templates import figures, styles
from report_templates.blocks import Paragraph, Stack, heading, heading_height, place_text
from report_templates.furniture import digest_groups
from report_templates.parts import COLUMN, TEXT, TEXT_EN, Part, part
from report_templates.qr import qr_code, verify_url
from report_templates.record_wording import told
from report_templates.styles import TextStyle
from report_templates.tags import CHINESE, Box, Canvas
from report_templates.typeface import BOLD
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual

_STEP = replace(styles.SMALL, font=BOLD, colour=styles.NAVY)
_DIGEST = replace(styles.SMALL, colour=styles.GREY)


@dataclass(frozen=True)
class Sizes:
    """How large digests and code are set; the code in points."""

    digest: TextStyle
    code: float


SIZES = (
    Sizes(replace(_DIGEST, size=8.2, leading=10.4), 116.0),
    Sizes(replace(_DIGEST, size=styles.SMALLEST, leading=9.4), 102.0),
)
"""From the size that reads best to the least."""


def chain(sheet: VerdictSheet, sizes: Sizes = SIZES[0]) -> Part:
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
    each = _STEP.leading + 2 * sizes.digest.leading + 2

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = heading(canvas, title, x, top, COLUMN) - 3
        for name, digest in steps:
            with canvas.paragraph():
                used = place_text(canvas, f"{name.zh} ", x, y - 9, _STEP)
                place_text(canvas, f"{name.en} ", x + used + 4, y - 9, TEXT_EN)
                y -= _STEP.leading
                _groups(canvas, digest, x, y, sizes.digest)
            y -= 2 * sizes.digest.leading + 2
        return y

    return Part(heading_height(title, COLUMN) + 3 + each * len(steps), draw)


def _groups(canvas: Canvas, digest: str, x: float, top: float, style: TextStyle) -> None:
    with canvas.words(CHINESE):
        for number, group in enumerate(digest_groups(digest)):
            row, place = divmod(number, 4)
            baseline = top - style.size - row * style.leading
            place_text(canvas, f"{group} ", x + place * COLUMN / 4, baseline, style)


def check(sheet: VerdictSheet, sizes: Sizes = SIZES[0]) -> Part:
    """How to check, and the large code with its address beside it."""
    steps = [told(f"check.{name}") for name in ("paper", "file", "redraw")]
    base = sheet.record.provenance.verify_base
    if not base:
        return part(told("check.heading"), [*steps[1:], told("qr.none")])
    words = part(told("check.heading"), steps)
    url = verify_url(base, sheet.number, sheet.digest)
    beside = _beside(sheet, url, COLUMN - sizes.code - 8)

    def draw(canvas: Canvas, x: float, top: float) -> float:
        y = words.draw(canvas, x, top) - 6
        draw_qr(canvas, url, x, y, sizes.code)
        beside.draw(canvas, x + sizes.code + 8, y - 10)
        return y - sizes.code

    return Part(words.height + 6 + sizes.code, draw)


def _beside(sheet: VerdictSheet, url: str, width: float) -> Stack:
    """Return number, first digits and address; the address parted where it names either."""
    title, number = told("qr.number"), f"**{sheet.number}**  {first_digits(sheet.digest)}"
    host, *named = url.rsplit("/", 2)
    lines = (f"{host}/", f"{named[0]}/", named[1])
    paragraphs = (
        Paragraph.of(title.zh, styles.SMALL, width),
        Paragraph.of(title.en, styles.SMALL_EN, width),
        Paragraph.of(number, TEXT, width),
        *(Paragraph.of(line, TEXT_EN, width) for line in lines),
    )
    return Stack(paragraphs, (0.0, 1.0, 5.0, 3.0, 0.0, 0.0))


def first_digits(digest: str) -> str:
    """Return the digits of a digest that its address shows, in groups of eight."""
    return " ".join(digest_groups(digest)[:2])


def draw_qr(canvas: Canvas, url: str, x: float, top: float, size: float) -> None:
    """Draw the code of an address with its upper left corner at a point."""
    with canvas.figure(told("alt.qr"), Box(x, top - size, x + size, top)):
        renderPDF.draw(qr_code(url, size), canvas, x, top - size)
