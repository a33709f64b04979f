"""The assignment sheet of a village: printed, written on with a pen, handed back, destroyed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reportlab.graphics import renderPDF

from report_templates import styles
from report_templates.assignment_sheet import AssignmentSheet, Household
from report_templates.blocks import Paragraph, Stack, first_baseline, place_text
from report_templates.document import About
from report_templates.flow import Piece, Rows, paged
from report_templates.furniture import Running, digest_groups
from report_templates.grids import BLANK, Content, Grid, GridColumn, measures, text
from report_templates.linebreak import natural_width
from report_templates.papers import again, finished, marked, paragraph, say, section, title
from report_templates.phrases import day
from report_templates.qr import SMALLEST, qr_code
from report_templates.styles import CONTENT, INK, LEFT, RIGHT, TextStyle
from report_templates.tags import Box, Canvas
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual

__all__ = ["AssignmentSheet", "render"]

LARGE = TextStyle(11.5, 15.5, INK)
CODE = TextStyle(11, 15, INK, BOLD)
SMALL = TextStyle(9, 12, INK)
NOTE_EN = replace(styles.BODY_EN, colour=INK)
WRITING = 22.0  # height of a line that is written on
ROSTER_ROW = 27.0
ROSTER_ROWS = 23
_SQUARE = 9.5


def render(sheet: AssignmentSheet) -> bytes:
    """Draw a copy; the same sheet gives the same bytes everywhere.

    Raises
    ------
    MissingGlyph, Overflow : a name cannot be drawn, or does not fit
    """
    heads = say("sheet.title", village=sheet.village_name, code=sheet.village_code)
    parts: list[Piece | Rows] = [
        _opening(sheet, heads),
        _facts(sheet),
        paragraph(say("sheet.number"), styles.BODY, NOTE_EN),
        Rows(_custody(sheet)),
        section(say("sheet.households")),
        paragraph(_note(sheet), styles.BODY, NOTE_EN, gap=3.0),
    ]
    if sheet.households:
        parts.append(Rows(_households(sheet)))
    parts += [section(say("sheet.reserves")), paragraph(_reserves(sheet), styles.BODY, NOTE_EN)]
    parts += _roster(sheet)
    return finished(_about(sheet, heads), _running(sheet), paged(parts, again(heads)))


def _opening(sheet: AssignmentSheet, heads: Bilingual) -> Piece:
    """Title at the left, the code to scan at the right."""
    width = CONTENT - SMALLEST - 12
    head = title(heads, width=width)
    place = f"{sheet.county_zh} {sheet.town_name}".strip()
    below = Paragraph.of(place, LARGE, width)
    copy = say("sheet.copy", copy=sheet.copy)
    number = Paragraph.of(f"{copy.zh}  {copy.en}", CODE, width)

    def draw(canvas: Canvas, top: float) -> float:
        foot = head.draw(canvas, top)
        foot = below.draw(canvas, LEFT, foot - 3)
        number.draw(canvas, LEFT, foot - 2)
        corner = Box(RIGHT - SMALLEST, top - SMALLEST, RIGHT, top)
        with canvas.figure(say("sheet.alt.qr"), corner):
            renderPDF.draw(qr_code(sheet.address), canvas, corner.left, corner.foot)
        return top - height

    height = max(SMALLEST, head.height + below.height + number.height + 5)
    return Piece(height, draw, titles=True, joined=True)


def _facts(sheet: AssignmentSheet) -> Piece:
    """Three facts in a line, each with its name above."""
    printed, visit = day(sheet.printed_on), day(sheet.visit_date)
    route = say("sheet.route_value", route=sheet.route)
    facts = (
        ("sheet.team", sheet.team),
        ("sheet.day", visit.zh),
        ("sheet.route", route.zh),
        ("sheet.code", sheet.village_code),
        ("sheet.printed", printed.zh),
        ("sheet.agency", sheet.agency.zh),
    )
    width = CONTENT / 3
    cells = [_fact(say(code), value, width - 10) for code, value in facts]
    lines = [cells[start : start + 3] for start in range(0, len(cells), 3)]
    heights = [max(cell.height for cell in line) for line in lines]

    def draw(canvas: Canvas, top: float) -> float:
        for line, height in zip(lines, heights, strict=True):
            for number, cell in enumerate(line):
                with canvas.paragraph():
                    cell.draw(canvas, LEFT + number * width, top)
            top -= height + 5
        return top

    return Piece(sum(heights) + 5 * len(heights), draw)


def _fact(name: Bilingual, value: str, width: float) -> Stack:
    label = Paragraph.of(f"{name.zh} {name.en}", styles.LABEL_STYLE, width)
    return Stack((label, Paragraph.of(value, LARGE, width)), (0.0, 0.0))


def _custody(sheet: AssignmentSheet) -> Grid:
    """Who signed this copy out, in and away."""
    signed = ("sheet.out", "sheet.in", "sheet.destroyed")
    columns = [GridColumn(say("sheet.custody"), 0.5)] + [GridColumn(say(one), 2) for one in signed]
    number = text(str(sheet.copy), LARGE, measures(columns)[0])
    return Grid(columns, [(number, BLANK, BLANK, BLANK)], least=WRITING + 8)


def _note(sheet: AssignmentSheet) -> Bilingual:
    classes = sheet.classes.items()
    zh = say(
        "sheet.order_note",
        classes="，".join(f"{code} {both.zh}" for code, both in classes),
        dispositions="、".join(both.zh for both in sheet.dispositions),
    ).zh
    en = say(
        "sheet.order_note",
        classes=", ".join(f"{code} {both.en}" for code, both in classes),
        dispositions="; ".join(both.en.lower() for both in sheet.dispositions),
    ).en
    return Bilingual(zh, en)


def _reserves(sheet: AssignmentSheet) -> Bilingual:
    counts = ", ".join(f"{code} {count}" for code, count in sorted(sheet.reserves.items()))
    none = say("none")
    return Bilingual(
        say("sheet.reserves_locked", counts=counts or none.zh).zh,
        say("sheet.reserves_locked", counts=counts or none.en).en,
    )


def _households(sheet: AssignmentSheet) -> Grid:
    columns = [
        GridColumn(say("sheet.no"), 0.5),
        GridColumn(say("sheet.household"), 3.1),
        GridColumn(say("sheet.visits"), 2.9),
        GridColumn(say("sheet.disposition"), 3.2),
    ]
    rooms = measures(columns)
    visits = Visits(sheet.max_visits, rooms[2])
    boxes = Boxes(tuple(both.zh for both in sheet.dispositions), rooms[3])
    rows: list[tuple[Content, ...]] = []
    for number, household in enumerate(sheet.households, start=1):
        who = Who(household, rooms[1])
        rows.append((text(str(number), LARGE, rooms[0]), who, visits, boxes))
    return Grid(columns, rows)


@dataclass(frozen=True)
class Who:
    """A household's class and code, and lines for what the village knows."""

    household: Household
    width: float

    @property
    def height(self) -> float:
        """Height in points."""
        return sum(one.height for one in self._printed()) + 2 * WRITING

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw class, code and the two lines."""
        for one in self._printed():
            top = one.draw(canvas, x, top)
        known = (
            ("sheet.head_name", self.household.head_name),
            ("sheet.hamlet", self.household.hamlet),
        )
        for code, value in known:
            name = say(code)
            _written(canvas, f"{name.zh} {name.en}", value, x, top, self.width)
            top -= WRITING
        return top

    def _printed(self) -> tuple[Paragraph, Paragraph]:
        kind = say(
            "sheet.class_and_code",
            household_class=self.household.household_class,
            order=self.household.order,
        )
        return (
            Paragraph.of(f"{kind.zh} {kind.en}", SMALL, self.width),
            Paragraph.of(self.household.unit_id, CODE, self.width),
        )


@dataclass(frozen=True)
class Visits:
    """Lines for the visits that the rule book allows, each with its number."""

    count: int
    width: float

    @property
    def height(self) -> float:
        """Height in points."""
        return self.count * (WRITING + 3)

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw the lines and the units between which a number is written."""
        units = ("月", "日", "时", "分")
        step = (self.width - 14) / len(units)
        with canvas.content():
            for number in range(1, self.count + 1):
                baseline = top - WRITING + 4
                place_text(canvas, f"{number}", x, baseline, CODE)
                for place, unit in enumerate(units):
                    left = x + 14 + place * step
                    canvas.setStrokeColor(INK)
                    canvas.setLineWidth(0.4)
                    canvas.line(left, baseline - 2, left + step - 11, baseline - 2)
                    place_text(canvas, f"{unit} ", left + step - 10.5, baseline, SMALL)
                top -= WRITING + 3
        return top


@dataclass(frozen=True)
class Boxes:
    """A box to tick for each disposition, in two columns."""

    words: tuple[str, ...]
    width: float
    step: float = 15.6

    @property
    def height(self) -> float:
        """Height in points."""
        return -(-len(self.words) // 2) * self.step

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw boxes and words, column by column."""
        lines = -(-len(self.words) // 2)
        with canvas.content():
            for number, word in enumerate(self.words):
                column, line = divmod(number, lines)
                left = x + column * self.width / 2
                baseline = top - line * self.step - first_baseline(SMALL)
                canvas.setStrokeColor(INK)
                canvas.setLineWidth(0.8)
                canvas.rect(left, baseline - 1.2, _SQUARE, _SQUARE, stroke=1, fill=0)
                place_text(canvas, f"{word} ", left + _SQUARE + 4, baseline, SMALL)
        return top - self.height


def _written(canvas: Canvas, name: str, value: str, x: float, top: float, width: float) -> None:
    """Draw a name and, after it, what is known or a line to write on."""
    baseline = top - WRITING + 4
    with canvas.content():
        used = natural_width(name) * SMALL.size + 5
        place_text(canvas, f"{name} ", x, baseline, SMALL)
        if value:
            place_text(canvas, value, x + used, baseline, LARGE)
        else:
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.4)
            canvas.line(x + used, baseline - 2, x + width, baseline - 2)


def _roster(sheet: AssignmentSheet) -> list[Piece | Rows]:
    """The blank form for a village that has no list of its own."""
    if sheet.roster_expected is None:
        return []
    heads = say("sheet.roster", village=sheet.village_name, code=sheet.village_code)
    columns = [
        GridColumn(say("sheet.no"), 0.5),
        GridColumn(say("sheet.roster_head"), 2.2),
        GridColumn(say("sheet.hamlet"), 1.8),
        GridColumn(say("sheet.roster_persons"), 0.9),
        GridColumn(say("sheet.roster_note_column"), 2.6),
    ]
    room = measures(columns)[0]
    parts: list[Piece | Rows] = []
    for page in range(sheet.roster_pages):
        first = page * ROSTER_ROWS + 1
        numbers = range(first, first + ROSTER_ROWS)
        rows = [(text(str(n), LARGE, room), BLANK, BLANK, BLANK, BLANK) for n in numbers]
        parts += [
            title(heads),
            paragraph(
                say("sheet.roster_note", expected=sheet.roster_expected), styles.BODY, NOTE_EN
            ),
            Rows(Grid(columns, rows, least=ROSTER_ROW)),
        ]
    return parts


def _running(sheet: AssignmentSheet) -> Running:
    series, copy = say("sheet.series"), say("sheet.copy", copy=sheet.copy)
    groups = digest_groups(sheet.digest)
    digest = f"SHA-256 {groups[0]}..{groups[-1]}"
    name = sheet.village_name
    return Running(
        head=(f"{series.zh}   {series.en}", series.zh),
        head_right=f"{sheet.village_code} | {copy.zh} {copy.en}",
        foot=(f"{name}   {digest}", digest),
        simulated=sheet.simulated,
    )


def _about(sheet: AssignmentSheet, heads: Bilingual) -> About:
    series = say("sheet.series")
    about = About(
        title=f"{heads.zh} | {heads.en}",
        subject=f"{series.zh} | {series.en}",
        keywords=f"{sheet.assignment_id}/{sheet.copy}, SHA-256 {sheet.digest}",
        author=f"{sheet.agency.zh} | {sheet.agency.en}",
        creator=sheet.software,
        released=sheet.printed_on,
        digest=sheet.digest,
    )
    return marked(about, simulated=sheet.simulated)
