"""The look of the documents: page, colours, type. One place to change a tone or a size."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from report_templates.tags import CHINESE, ENGLISH
from report_templates.typeface import BOLD, REGULAR

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 18 * mm
LEFT = MARGIN
RIGHT = PAGE_WIDTH - MARGIN
CONTENT = RIGHT - LEFT
FOOT = 34.0  # baseline region of the foot line; nothing of the body stands below it
SMALLEST = 7.5  # points, the least type size anywhere
GUTTER = 12.0

INK = HexColor("#1b2733")
NAVY = HexColor("#14304f")
GREY = HexColor("#535c6a")
RULE = HexColor("#c6ced8")
PANEL = HexColor("#f1f4f8")
WHITE = HexColor("#ffffff")
PLUM = HexColor("#63245f")
WATERMARK = HexColor("#f5eff5")

GREEN = HexColor("#0d6848")
AMBER = HexColor("#8a5000")
RED = HexColor("#a1241c")
GREEN_TINT = HexColor("#e3f1ea")
AMBER_TINT = HexColor("#fbf0dc")
RED_TINT = HexColor("#fae8e5")
PASS_TINT = GREEN_TINT
REFERENCE_TINT = HexColor("#e9edf2")


@dataclass(frozen=True)
class TextStyle:
    """How a stretch of text is set, and in which language it is; sizes in points."""

    size: float
    leading: float
    colour: Color = INK
    font: str = REGULAR
    lang: str = CHINESE


@dataclass(frozen=True)
class Tone:
    """The colour and the shape that stand for a finding."""

    colour: Color
    tint: Color
    mark: str


# Shape, word and colour say the same thing, so that any two of them may fail.
TONES = {
    "met_established": Tone(GREEN, GREEN_TINT, "disc"),
    "met_open": Tone(AMBER, AMBER_TINT, "triangle"),
    "unmet_open": Tone(AMBER, AMBER_TINT, "diamond"),
    "unmet_established": Tone(RED, RED_TINT, "square"),
    "reference": Tone(GREY, PANEL, "ring"),
}

# Answers from full approval to full disapproval; they differ in lightness too, for grey prints.
ANSWER_COLOURS = {
    "very_satisfied": HexColor("#1d5a8a"),
    "satisfied": HexColor("#7fb0d3"),
    "neutral": HexColor("#d9dde2"),
    "unaware": HexColor("#c6bbd6"),
    "dissatisfied": HexColor("#b05a26"),
    "very_dissatisfied": HexColor("#661c10"),
    "yes": HexColor("#1d5a8a"),
    "no": HexColor("#661c10"),
}

NAME = TextStyle(25.5, 29.5, NAVY, BOLD)
NAME_EN = TextStyle(12, 14.5, GREY, lang=ENGLISH)
TITLE = TextStyle(16, 21, NAVY, BOLD)
TITLE_EN = TextStyle(9.5, 12, GREY, lang=ENGLISH)
HEADING = TextStyle(11.5, 15, NAVY, BOLD)
HEADING_EN = TextStyle(8.5, 11, GREY, lang=ENGLISH)
BODY = TextStyle(9.1, 12.7)
BODY_EN = TextStyle(7.6, 9.5, GREY, lang=ENGLISH)


@dataclass(frozen=True)
class PanelType:
    """Type of the boxes of page 1; English that `runs_on` is one paragraph for all remarks."""

    chinese: TextStyle
    english: TextStyle
    runs_on: bool = False


# From the type that reads best to the least that is allowed.
PANEL_TYPES = (
    PanelType(TextStyle(10, 14.2), TextStyle(8.2, 10.6, GREY, lang=ENGLISH)),
    PanelType(TextStyle(9.6, 13.5), TextStyle(7.9, 10.1, GREY, lang=ENGLISH)),
    PanelType(BODY, BODY_EN),
    PanelType(BODY, TextStyle(7.5, 9.3, GREY, lang=ENGLISH), runs_on=True),
    PanelType(TextStyle(8.7, 11.9), TextStyle(7.5, 9.1, GREY, lang=ENGLISH), runs_on=True),
)
SMALL = TextStyle(8.1, 11)
SMALL_EN = TextStyle(7.5, 9.4, GREY, lang=ENGLISH)
FURNITURE = TextStyle(7.6, 10, GREY)
LABEL_STYLE = TextStyle(7.6, 10, GREY)
FACT = TextStyle(9, 12)
OUTCOME = TextStyle(20, 26, INK, BOLD)
OUTCOME_EN = TextStyle(11.5, 14.5, lang=ENGLISH)
COLUMN = TextStyle(8.4, 10.8, WHITE, BOLD)
COLUMN_EN = TextStyle(7.6, 9.6, WHITE, lang=ENGLISH)
ROW = TextStyle(9.6, 12, INK, BOLD)
ROW_EN = TextStyle(7.7, 9.8, GREY, lang=ENGLISH)
CELL = TextStyle(8.8, 11.4)
KEY_FIGURE = TextStyle(13, 14, INK, BOLD)
