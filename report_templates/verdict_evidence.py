"""Page 2: the evidence behind the verdict, and notes that found no room on page 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas

from report_templates import charts, figures, phrases, styles, wording
from report_templates.blocks import (
    Cell,
    Column,
    Paragraph,
    Stack,
    Table,
    bilingual,
    box,
    heading,
    heading_height,
    place_text,
    rule,
)
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.linebreak import natural_width
from report_templates.phrases import day, label, say, stratum_name
from report_templates.styles import CONTENT, LEFT, RIGHT, TONES, Tone
from report_templates.verdict_sheet import (
    Estimate,
    Indicator,
    Question,
    Reach,
    Sentence,
    Stratum,
    VerdictSheet,
)
from report_templates.wording import Bilingual, words

_CAPTION_GAP = 6.0
_GAP = 9.0  # least space between two sections
_ROOM = BODY_TOP - BODY_FOOT
_ROW, _TALL_ROW = 15.0, 18.5  # least heights of rows with one and with two lines
_BOLD_CELL = replace(styles.CELL, font=styles.BOLD)


@dataclass(frozen=True)
class Section:
    """A part of the page: its least height, how much taller it may grow, and how it is drawn.

    `draw(canvas, top, row_height)` returns its foot; `rows` of at least `row` points grow with the
    page.
    """

    fixed: float
    rows: int
    row: float
    draw: Callable[[Canvas, float, float], float]

    @property
    def height(self) -> float:
        """Height in points with rows at their least."""
        return self.fixed + self.rows * self.row


@dataclass(frozen=True)
class EvidencePage:
    """Sections that share one page; the space that is left goes into rows and gaps."""

    sections: tuple[Section, ...]
    least_gap: float = _GAP
    most_gap: float = 17.0
    taller_row: float = 1.3

    def draw(self, canvas: Canvas) -> float:
        """Draw all sections and return the lowest point used."""
        gaps = max(len(self.sections) - 1, 1)
        spare = _ROOM - sum(section.height for section in self.sections) - gaps * self.least_gap
        gap = self.least_gap + min(max(spare, 0.0) / gaps * 0.4, self.most_gap - self.least_gap)
        spare -= (gap - self.least_gap) * gaps
        growing = sum(section.rows * section.row for section in self.sections)
        factor = min(1 + max(spare, 0.0) / growing, self.taller_row) if growing else 1.0
        top = BODY_TOP
        for number, section in enumerate(self.sections):
            top = section.draw(canvas, top - (gap if number else 0.0), section.row * factor)
        return top


def evidence_pages(sheet: VerdictSheet, dropped: Sequence[Sentence]) -> list[EvidencePage]:
    """Lay out page 2, and further pages of notes only where the notes of page 1 need them."""
    sections = [
        _title(sheet),
        _forest(sheet),
        _satisfaction(sheet),
        _cases_and_reach(sheet),
        _sampling_errors(sheet),
    ]
    free = _ROOM - sum(section.height for section in sections) - _GAP * len(sections)
    notes = _notes(sheet, dropped)
    fitting, rest = _split(notes, free)
    pages = []
    first = (*sections, _notes_section(fitting)) if fitting else tuple(sections)
    pages.append(EvidencePage(first))
    while rest:
        fitting, rest = _split(rest, _ROOM - 10)
        pages.append(EvidencePage((_notes_section(fitting),)))
    return pages


def _title(sheet: VerdictSheet) -> Section:
    said = [say(sentence, sheet) for sentence in sheet.said("strata")]
    if not said:
        said = [words(wording.SENTENCES, "sentence", "strata.single")]
    pair = words(wording.LABELS, "label", "evidence")
    title = phrases.both(pair, {"finding": said[0].zh}, {"finding": _uncapital(said[0].en)})
    zh = Paragraph.of(title.zh, styles.TITLE, CONTENT)
    en = Paragraph.of(title.en, styles.TITLE_EN, CONTENT)
    stack = Stack((zh, en), (0.0, 0.0))
    return Section(stack.height, 0, 0.0, lambda canvas, top, _: stack.draw(canvas, LEFT, top))


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]


def _with_caption(canvas: Canvas, caption: Stack, x: float, foot: float) -> float:
    return caption.draw(canvas, x, foot - _CAPTION_GAP)


def _caption(pair: Bilingual, width: float = CONTENT) -> Stack:
    return bilingual(pair, width, styles.SMALL, styles.SMALL_EN)


# --- incidence by stratum


def _forest(sheet: VerdictSheet) -> Section:
    county = sheet.indicator("poverty_incidence")
    title, caption = label("forest.heading"), _caption(label("forest.caption"))
    head = heading_height(title, CONTENT)
    rows = len(sheet.strata) + 1
    table = _forest_table(sheet, county, _ROW)

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        table = _forest_table(sheet, county, row_height)
        foot = top - table.height
        x, width = table.slot(LEFT)
        drawing = charts.forest(
            [
                *(_forest_row(stratum, county) for stratum in sheet.strata),
                _county_row(sheet, county),
            ],
            threshold=county.rule.threshold,
            width=width,
            row_height=row_height,
        )
        renderPDF.draw(drawing, canvas, x, foot - charts.AXIS_HEIGHT)
        table.draw(canvas, LEFT, top)
        return _with_caption(canvas, caption, LEFT, foot - charts.AXIS_HEIGHT)

    fixed = head + 3 + table.head_height + charts.AXIS_HEIGHT + _CAPTION_GAP + caption.height
    return Section(fixed, rows, _ROW, draw)


def _forest_table(sheet: VerdictSheet, county: Indicator, row_height: float) -> Table:
    threshold = figures.plain(county.rule.threshold)
    columns = [
        Column(label("forest.stratum"), "left"),
        Column(label("forest.villages")),
        Column(label("forest.households")),
        Column(label("forest.chart", threshold=threshold), "left", slot=150.0),
        Column(label("column.estimate")),
        Column(label("column.interval")),
        Column(label("errors.se")),
        Column(label("errors.deff")),
    ]
    rows = [_stratum_cells(stratum, county) for stratum in sheet.strata]
    rows.append(
        [
            _one(label("forest.county"), _BOLD_CELL),
            Cell(figures.count(sheet.sample.villages), style=_BOLD_CELL),
            Cell(figures.count(county.estimate.n), style=_BOLD_CELL),
            Cell(),
            *_error_cells(county.estimate, county, _BOLD_CELL),
        ]
    )
    return Table(
        columns, rows, width=CONTENT, row_height=row_height, ruled_before=(len(sheet.strata),)
    )


def _two(pair: Bilingual) -> Cell:
    style = replace(styles.CELL, size=8.6, leading=9.8)
    return Cell(pair.zh, pair.en, style=style, style_second=_SUB)


def _one(pair: Bilingual, style: styles.TextStyle = styles.CELL) -> Cell:
    return Cell(pair.zh, beside=pair.en, style=style, style_second=_SUB)


_SUB = replace(styles.ROW_EN, size=7.5, leading=8.4)


def _stratum_cells(stratum: Stratum, county: Indicator) -> list[Cell]:
    return [
        _one(stratum_name(stratum.remoteness_class, stratum.classes)),
        Cell(figures.count(stratum.villages)),
        Cell(figures.count(stratum.households)),
        Cell(),
        *_error_cells(stratum.estimate, county, styles.CELL),
    ]


def _error_cells(estimate: Estimate, indicator: Indicator, style: styles.TextStyle) -> list[Cell]:
    rule_ = indicator.rule
    low, high = figures.lower(estimate.low, rule_), figures.upper(estimate.high, rule_)
    return [
        Cell(str(figures.rounded(estimate.value, rule_)), style=style),
        Cell(f"{low.figure}–{high.figure}", style=style),
        Cell(figures.rounded(estimate.se).figure, style=style),
        Cell(f"{estimate.deff:.2f}", style=style),
    ]


def _forest_row(stratum: Stratum, county: Indicator) -> charts.ForestRow:
    rule_, estimate = county.rule, stratum.estimate
    return charts.ForestRow(
        float(figures.lower(estimate.low, rule_).rate),
        float(figures.rounded(estimate.value, rule_).rate),
        float(figures.upper(estimate.high, rule_).rate),
        stratum.households,
        _side(estimate, county),
    )


def _county_row(sheet: VerdictSheet, county: Indicator) -> charts.ForestRow:
    rule_, estimate = county.rule, county.estimate
    return charts.ForestRow(
        float(figures.lower(estimate.low, rule_).rate),
        float(figures.rounded(estimate.value, rule_).rate),
        float(figures.upper(estimate.high, rule_).rate),
        sheet.sample.households,
        TONES["reference"],
        is_county=True,
    )


def _side(estimate: Estimate, indicator: Indicator) -> Tone:
    """Colour a stratum by its side of the line; strata carry no finding of their own."""
    met = indicator.rule.met
    ends = {met(estimate.low), met(estimate.high)}
    if len(ends) == 2:
        return TONES["met_open"]
    return TONES["met_established" if ends == {True} else "unmet_established"]


# --- satisfaction by question


def _satisfaction(sheet: VerdictSheet) -> Section:
    lowest = min(sheet.satisfaction, key=lambda question: question.value)
    name = words(wording.QUESTIONS, "question", lowest.code)
    pair = words(wording.LABELS, "label", "satisfaction.heading")
    value = figures.rounded(lowest.value, decimals=1)
    title = phrases.both(
        pair, {"lowest": name.zh, "value": value}, {"lowest": _uncapital(name.en), "value": value}
    )
    caption = _caption(label("satisfaction.caption"))
    head = heading_height(title, CONTENT)
    legend = 24.0

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT)
        top = _draw_legend(canvas, top, legend)
        table = _satisfaction_table(sheet, row_height)
        foot = top - table.height
        x, width = table.slot(LEFT)
        drawing = charts.stacked_bars(
            [_pieces(question) for question in sheet.satisfaction],
            width=width,
            row_height=row_height,
        )
        renderPDF.draw(drawing, canvas, x, foot)
        table.draw(canvas, LEFT, top)
        return _with_caption(canvas, caption, LEFT, foot)

    fixed = head + legend + Table.head_height + _CAPTION_GAP + caption.height
    return Section(fixed, len(sheet.satisfaction), _TALL_ROW, draw)


def _satisfaction_table(sheet: VerdictSheet, row_height: float) -> Table:
    columns = [
        Column(label("satisfaction.question"), "left"),
        Column(label("satisfaction.answers"), "left", slot=150.0),
        Column(label("satisfaction.approving")),
        Column(label("column.interval")),
        Column(label("satisfaction.against")),
        Column(label("satisfaction.unaware")),
        Column(label("satisfaction.n")),
    ]
    rows = [_question_cells(question) for question in sheet.satisfaction]
    return Table(columns, rows, width=CONTENT, row_height=row_height)


def _question_cells(question: Question) -> list[Cell]:
    shares = question.shares
    against = shares.get("dissatisfied", 0.0) + shares.get("very_dissatisfied", 0.0)
    against = shares.get("no", against)
    low = figures.lower(question.interval.low, decimals=1)
    high = figures.upper(question.interval.high, decimals=1)
    unaware = shares.get("unaware")
    return [
        _two(words(wording.QUESTIONS, "question", question.code)),
        Cell(),
        Cell(str(figures.rounded(question.value, decimals=1)), style=_BOLD_CELL),
        Cell(f"{low.figure}–{high.figure}"),
        Cell(figures.rounded(against, decimals=1).figure),
        Cell("–" if unaware is None else figures.rounded(unaware, decimals=1).figure),
        Cell(figures.count(question.n)),
    ]


def _pieces(question: Question) -> list[charts.Piece]:
    return [
        charts.Piece(answer, float(figures.rounded(question.shares[answer], decimals=1).rate))
        for answer in styles.ANSWER_COLOURS
        if question.shares.get(answer)
    ]


def _draw_legend(canvas: Canvas, top: float, height: float) -> float:
    """Name the colours in one row, spread over the width of the page."""
    answers = [answer for answer in styles.ANSWER_COLOURS if answer not in ("yes", "no")]
    pairs = [words(wording.ANSWERS, "answer", answer) for answer in answers]
    widths = [
        17
        + natural_width(pair.zh) * styles.SMALL.size
        + natural_width(pair.en) * styles.SMALL_EN.size
        for pair in pairs
    ]
    gap = (CONTENT - sum(widths)) / (len(widths) - 1)
    x = LEFT
    for answer, pair, width in zip(answers, pairs, widths, strict=True):
        box(canvas, x, top - 4.5, 9, 9, styles.ANSWER_COLOURS[answer])
        used = place_text(canvas, pair.zh, x + 13, top - 12, styles.SMALL)
        place_text(canvas, pair.en, x + 17 + used, top - 12, styles.SMALL_EN)
        x += width + gap
    return top - height + 4


# --- what became of suspected cases, and what the plan could establish

_CASES = CONTENT * 0.56
_REACH = CONTENT - _CASES - 20.0
_CASE_ROW = 23.0
_REACH_ROWS = 5


def _cases_and_reach(sheet: VerdictSheet) -> Section:
    """Draw both tables side by side, of equal height."""
    flagged = sum(flow.flagged for flow in sheet.cases)
    confirmed = sum(flow.confirmed for flow in sheet.cases)
    left_title = label(
        "cases.heading", flagged=figures.count(flagged), confirmed=figures.count(confirmed)
    )
    right_title = label("reach.heading")
    head = max(heading_height(left_title, _CASES), heading_height(right_title, _REACH))
    captions = (_caption(label("cases.caption"), _CASES), _reach_caption(sheet.sample.reach))
    rows = len(sheet.cases)
    x_right = RIGHT - _REACH

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        heading(canvas, left_title, LEFT, top, _CASES)
        heading(canvas, right_title, x_right, top, _REACH)
        top -= head + 3
        foot = _cases_table(sheet, row_height).draw(canvas, LEFT, top)
        _reach_table(sheet, row_height * rows / _REACH_ROWS).draw(canvas, x_right, top)
        left = _with_caption(canvas, captions[0], LEFT, foot)
        right = _with_caption(canvas, captions[1], x_right, foot)
        return min(left, right)

    below = _CAPTION_GAP + max(caption.height for caption in captions)
    return Section(head + 3 + Table.head_height + below, rows, _CASE_ROW, draw)


def _cases_table(sheet: VerdictSheet, row_height: float) -> Table:
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
        rows.append([_two(kind), *(Cell(figures.count(count)) for count in counts)])
    return Table(columns, rows, width=_CASES, row_height=row_height)


def _reach_table(sheet: VerdictSheet, row_height: float) -> Table:
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
            Cell(label(f"reach.{name}").zh, style=_REACH_CELL),
            *(Cell(column[name], style=_REACH_CELL) for column in told),
        ]
        for name in _REACH_NAMES
    ]
    return Table(columns, rows, width=_REACH, row_height=row_height)


_REACH_NAMES = ("size", "effective", "zero", "chance", "needed")
_REACH_CELL = replace(styles.CELL, size=8.2)


def _reach_figures(reach: Reach) -> dict[str, str]:
    needed = reach.households_needed
    return {
        "size": f"{figures.count(reach.villages)} / {figures.count(reach.households)}",
        "effective": f"{figures.count(int(reach.effective_n))} ({reach.deff:.2f})",
        "zero": str(figures.upper(reach.zero_bound)),
        "chance": str(figures.rounded(reach.chance, decimals=0)),
        "needed": "–" if needed is None else figures.count(needed),
    }


def _reach_caption(reaches: Sequence[Reach]) -> Stack:
    """Say in English what the rows say in Chinese, and which truth the chance supposes."""
    if not reaches:
        return _caption(Bilingual("", ""), _REACH)
    first = reaches[0]
    pair = label("reach.caption", p0=figures.plain(first.p0), p1=figures.plain(first.p1))
    rows = ", ".join(_uncapital(label(f"reach.{name}").en) for name in _REACH_NAMES)
    return _caption(Bilingual(pair.zh, f"Rows: {rows}. {pair.en}"), _REACH)


# --- sampling errors


def _sampling_errors(sheet: VerdictSheet) -> Section:
    title, caption = label("errors.heading"), _caption(label("errors.caption"))
    head = heading_height(title, CONTENT)

    def draw(canvas: Canvas, top: float, row_height: float) -> float:
        top = heading(canvas, title, LEFT, top, CONTENT) - 3
        foot = _errors_table(sheet, row_height).draw(canvas, LEFT, top)
        return _with_caption(canvas, caption, LEFT, foot)

    fixed = head + 3 + Table.head_height + _CAPTION_GAP + caption.height
    return Section(fixed, len(sheet.indicators), _ROW, draw)


def _errors_table(sheet: VerdictSheet, row_height: float) -> Table:
    columns = [
        Column(label("column.indicator"), "left"),
        Column(label("column.estimate")),
        Column(label("errors.se")),
        Column(label("errors.deff")),
        Column(label("errors.n")),
        Column(label("errors.n_eff")),
        Column(label("errors.df")),
        Column(label("errors.interval95")),
        Column(label("errors.undetermined")),
    ]
    rows = [_errors_row(indicator) for indicator in sheet.indicators]
    return Table(columns, rows, width=CONTENT, row_height=row_height)


def _errors_row(indicator: Indicator) -> list[Cell]:
    estimate, rule_ = indicator.estimate, indicator.rule
    low = figures.lower(indicator.interval_95.low, rule_)
    high = figures.upper(indicator.interval_95.high, rule_)
    doubt = indicator.undetermined
    bounds = "–"
    if doubt.households:
        ends = (figures.rounded(doubt.low, rule_), figures.rounded(doubt.high, rule_))
        bounds = f"{ends[0].figure}–{ends[1].figure}"
    return [
        _one(words(wording.INDICATORS_SHORT, "indicator", indicator.code)),
        Cell(figures.rounded(estimate.value, rule_).figure, style=_BOLD_CELL),
        Cell(figures.rounded(estimate.se).figure),
        Cell(f"{estimate.deff:.2f}"),
        Cell(figures.count(estimate.n)),
        Cell(figures.count(int(estimate.n_eff))),
        Cell(f"{estimate.df:g}"),
        Cell(f"{low.figure}–{high.figure}"),
        Cell(bounds),
    ]


# --- notes


def _notes(sheet: VerdictSheet, dropped: Sequence[Sentence]) -> list[Bilingual]:
    campaign = sheet.campaign
    date = day(campaign.reference_date)
    year_and_yuan = {"year": campaign.line_year, "yuan": f"{campaign.line_yuan:,.10g}"}
    line = phrases.both(
        words(wording.LABELS, "label", "notes.line"),
        {**year_and_yuan, "date": date.zh, "agency": campaign.agency_zh},
        {**year_and_yuan, "date": date.en, "agency": campaign.agency_en},
    )
    rulebook = label("notes.rulebook", rulebook=sheet.rulebook, software=sheet.software)
    flips = [sentence for sentence in dropped if sentence.code == "change.flip"]
    others = [say(sentence, sheet) for sentence in dropped if sentence.code != "change.flip"]
    said = [*others, *([_flips_in_words(flips)] if flips else [])]
    fixed = [line, rulebook, label("notes.later")]
    joined = Bilingual("".join(pair.zh for pair in fixed), " ".join(pair.en for pair in fixed))
    return [*said, joined]


def _flips_in_words(flips: Sequence[Sentence]) -> Bilingual:
    lead = words(wording.SENTENCES, "sentence", "change.flip.lead")
    zh, en = [], []
    for sentence in flips:
        name = words(wording.INDICATORS, "indicator", sentence.args["indicator"])
        finding = words(wording.FINDINGS, "finding", sentence.args["finding"])
        households = figures.count(sentence.args["households"])
        zh.append(f"{name.zh} {households} 户（{finding.zh}）")
        en.append(f"{name.en} {households} ({finding.en})")
    return Bilingual(f"{lead.zh}{'，'.join(zh)}。", f"{lead.en} {', '.join(en)}.")


def _note_stack(notes: Sequence[Bilingual]) -> Stack:
    paragraphs = [
        *(Paragraph.of(note.zh, styles.SMALL, CONTENT) for note in notes),
        *(Paragraph.of(note.en, styles.SMALL_EN, CONTENT) for note in notes),
    ]
    return Stack(tuple(paragraphs), (4.0, *(1.5 for _ in paragraphs[1:])))


def _notes_height(notes: Sequence[Bilingual]) -> float:
    return 4 + styles.HEADING.leading + _note_stack(notes).height


def _split(notes: Sequence[Bilingual], room: float) -> tuple[list[Bilingual], list[Bilingual]]:
    """Return the notes that fit into `room` points, and the rest."""
    fitting = list(notes)
    while fitting and _notes_height(fitting) > room:
        fitting.pop()
    return fitting, list(notes[len(fitting) :])


def _notes_section(notes: Sequence[Bilingual]) -> Section:
    stack = _note_stack(notes)

    def draw(canvas: Canvas, top: float, _: float) -> float:
        rule(canvas, LEFT, top, CONTENT)
        top = heading(canvas, label("notes.heading"), LEFT, top - 4, CONTENT)
        return stack.draw(canvas, LEFT, top)

    return Section(_notes_height(notes), 0, 0.0, draw)
