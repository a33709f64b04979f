"""What assignment sheet, notice and annex have in common: reading, titles, paragraphs, pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from report_templates import styles, wording
from report_templates.archive import Attachment
from report_templates.blocks import bilingual, heading, heading_height
from report_templates.document import About, Document
from report_templates.flow import Page, Piece, draw_page
from report_templates.furniture import Running, furnish_with
from report_templates.paper_wording import PAPERS
from report_templates.phrases import label
from report_templates.styles import CONTENT, LEFT, TextStyle
from report_templates.tags import Canvas
from report_templates.verdict_sheet import SheetError
from report_templates.wording import Bilingual, words


def read(content: bytes, schema: str) -> Mapping[str, Any]:
    """Read the JSON of a document.

    Raises
    ------
    SheetError : not JSON, or of another schema
    """
    try:
        row = json.loads(content)
    except ValueError as error:
        raise SheetError(f"不是有效的 JSON：{error}", f"not valid JSON: {error}") from None
    if not isinstance(row, dict) or row.get("schema") != schema:
        raise SheetError(f"不是 {schema}", f"not {schema}")
    return row


def say(code: str, /, **arguments: object) -> Bilingual:
    """Return the words of a code, the same figures in both languages."""
    both = words(PAPERS, "paper", code)
    return Bilingual(both.zh.format(**arguments), both.en.format(**arguments))


def paragraph(
    both: Bilingual,
    style: TextStyle = styles.BODY,
    english: TextStyle = styles.BODY_EN,
    *,
    gap: float = 6.0,
    width: float = CONTENT,
) -> Piece:
    """Return text in both languages, as one paragraph."""
    stack = bilingual(both, width, style, english)

    def draw(canvas: Canvas, top: float) -> float:
        return stack.draw(canvas, LEFT, top)

    return Piece(stack.height, draw, gap)


def title(both: Bilingual, *, width: float = CONTENT) -> Piece:
    """Return the one heading of the first order that a page begins with."""
    stack = bilingual(both, width, styles.TITLE, styles.TITLE_EN)

    def draw(canvas: Canvas, top: float) -> float:
        with canvas.headline(1, both, top):
            return stack.draw(canvas, LEFT, top)

    return Piece(stack.height, draw, titles=True, joined=True)


def again(both: Bilingual) -> Piece:
    """Return the heading of a page on which a document goes on."""
    more = say("continued", zh=both.zh, en=both.en)
    stack = bilingual(more, CONTENT, styles.HEADING, styles.HEADING_EN)

    def draw(canvas: Canvas, top: float) -> float:
        with canvas.headline(1, more, top):
            return stack.draw(canvas, LEFT, top)

    return Piece(stack.height, draw)


def section(both: Bilingual, *, gap: float = 12.0) -> Piece:
    """Return a heading of the second order, which stays with what follows."""

    def draw(canvas: Canvas, top: float) -> float:
        return heading(canvas, both, LEFT, top, CONTENT)

    return Piece(heading_height(both, CONTENT), draw, gap, joined=True)


def finished(
    about: About,
    running: Running,
    pages: Sequence[Page],
    attachment: Attachment | None = None,
) -> bytes:
    """Draw pages between head and foot, and finish the file."""
    document = Document(about)
    for number, page in enumerate(pages, start=1):
        furnish_with(document.canvas, running, number, len(pages))
        draw_page(document.canvas, page)
        document.canvas.showPage()
    return document.finish(attachment)


def marked(about: About, *, simulated: bool) -> About:
    """Put the mark of simulation before title, subject and keywords."""
    if not simulated:
        return about
    mark = " ".join(wording.SIMULATED)
    return About(
        title=f"{mark} {about.title}",
        subject=f"{' | '.join(label('simulated.metadata'))}. {about.subject}",
        keywords=f"{mark}, {about.keywords}",
        author=about.author,
        creator=about.creator,
        released=about.released,
        digest=about.digest,
    )
