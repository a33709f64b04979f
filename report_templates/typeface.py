"""The one family all documents are set in: unpacked once per process, checked at every string."""

from __future__ import annotations

import lzma
from functools import cache
from importlib import resources
from io import BytesIO

from reportlab import rl_config
from reportlab.graphics import shapes
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus.tables import CellStyle

from report_templates import tounicode

REGULAR = "InspectionSans"
BOLD = "InspectionSans-Bold"
_FILES = {REGULAR: "NotoSansSC-Regular.ttf.xz", BOLD: "NotoSansSC-Bold.ttf.xz"}


class MissingGlyph(ValueError):
    """A character that the family cannot draw; printed, it would be an empty box."""

    def __init__(self, character: str, text: str) -> None:
        self.character = character
        super().__init__(
            f"字体中没有字符 {character!r} (U+{ord(character):04X})，见：{text} | "
            f"the font has no glyph for {character!r} (U+{ord(character):04X}) in: {text}"
        )


class CheckedFont(TTFont):
    """A TrueType font that refuses a character it cannot draw instead of leaving a box.

    Every string of a page passes through `splitString`, whoever draws it, so no caller can forget.
    """

    def splitString(
        self, text: str, doc: object, encoding: str = "utf-8"
    ) -> list[tuple[int, bytes]]:
        check(text, self)
        return super().splitString(text, doc, encoding)


def check(text: str, font: TTFont) -> None:
    """Raise `MissingGlyph` for the first character of `text` that `font` lacks."""
    glyphs = font.face.charToGlyph
    for character in text:
        if ord(character) not in glyphs:
            raise MissingGlyph(character, text)


@cache
def fonts() -> dict[str, CheckedFont]:
    """Register both weights with ReportLab and make them its defaults; once per process."""
    tounicode.install()
    folder = resources.files("report_templates") / "fonts"
    loaded = {}
    for name, file in _FILES.items():
        packed = (folder / file).read_bytes()
        font = CheckedFont(name, BytesIO(lzma.decompress(packed)), asciiReadable=0, shapable=False)
        if "fvar" in font.face.table:
            raise ValueError(f"{file} is a variable font; ReportLab would draw its thinnest master")
        pdfmetrics.registerFont(font)
        loaded[name] = font
    pdfmetrics.registerFontFamily(
        REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
    )
    # Helvetica is the default in three places, and it would not be embedded.
    rl_config.canvas_basefontname = REGULAR
    shapes.STATE_DEFAULTS["fontName"] = REGULAR
    CellStyle.fontname = REGULAR
    rl_config.useA85 = 0
    return loaded


@cache
def _advances(font_name: str) -> tuple[dict[int, float], TTFont]:
    font = fonts()[font_name]
    return {code: width / 1000 for code, width in font.face.charWidths.items()}, font


def advance(character: str, font_name: str) -> float:
    """Return how far `character` moves the pen, in em."""
    widths, font = _advances(font_name)
    try:
        return widths[ord(character)]
    except KeyError:
        check(character, font)
        raise


def text_width(text: str, font_name: str, size: float) -> float:
    """Return the width of `text` set in one font, in points."""
    return sum(advance(character, font_name) for character in text) * size
