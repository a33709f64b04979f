"""Page 1: the verdict, the criteria it rests on, how sure it is and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas

from report_templates import charts, figures, phrases, styles, wording
from report_templates.blocks import (
    Cell,
    Column,
    Overflow,
    Paragraph,
    Stack,
    Table,
    arrow_head,
    bilingual,
    box,
    fitted,
    heading,
    heading_height,
    mark,
    place_head,
    place_text,
    rule,
)
from report_templates.figures import Printed, Rule
from report_templates.furniture import BODY_FOOT, BODY_TOP, digest_groups
from report_templates.linebreak import natural_width
from report_templates.phrases import counted, day, finding_words, label, say
from report_templates.styles import CONTENT, LEFT, RIGHT, TONES, Tone
from report_templates.verdict_sheet import Indicator, Sentence, VerdictSheet
from report_templates.wording import Bilingual, words

_COLUMN_GAP = 14.0
_PANEL_PAD = 10.0
_PANEL = (CONTENT - _COLUMN_GAP) / 2
_BULLET = 9.0
_STANDING = 132.0  # width of the standing beside the verdict
_ROW_HEIGHTS = (30.0, 35.0)  # least and greatest height of a criteria row
_GAPS = (9.0, 16.0)  # least and greatest space between the parts of the page

# Which sentence goes first to the notes of page 2 when a box is full: the one with the highest
# figure, and of equals the later. What decides the verdict or reverses it stays longest.
_KEEP = {
    "verdict": 0,
    "note.sides_differ": 1,
    "sure.interval": 0,
    "sure.open": 1,
    "sure.zero_found": 1,
    "sure.response": 2,
    "sure.reach": 3,
    "sure.undetermined": 3,
    "sure.design_effect": 4,
    "change.outcome": 0,
    "change.variant": 1,
    "change.flip": 2,
    "change.extend": 3,
    "change.extend_unreachable": 3,
    "change.no_variant": 4,
    "next.reply": 0,
    "next.recheck": 1,
}


@dataclass(frozen=True)
class PrintedRow:
    """A criterion with its figures as they stand on paper; charts use nothing else."""

    indicator: Indicator
    estimate: Printed
    low: Printed
    high: Printed

    @classmethod
    def of(cls, indicator: Indicator) -> PrintedRow:
        """Round the figures of one row without contradicting its finding."""
        estimate, rule_ = indicator.estimate, indicator.rule
        return cls(
            indicator,
            figures.rounded(estimate.value, rule_),
            figures.lower(estimate.low, rule_),
            figures.upper(estimate.high, rule_),
        )

    @property
    def interval(self) -> str:
        """Both ends of the interval, in per cent."""
        return f"{self.low.figure}–{self.high.figure}"

    @property
    def tone(self) -> Tone:
        """Shape and colour of the finding."""
        return TONES[self.indicator.finding or "reference"]


@dataclass(frozen=True)
class Bullets:
    """The sentences of one box that found room, and those that did not."""

    heading: Bilingual
    kept: tuple[Sentence, ...]
    flips: tuple[Sentence, ...]
    dropped: tuple[Sentence, ...]


class Summary:
    """Page 1 of one sheet, laid out and ready to draw.

    Raises
    ------
    Overflow : the fixed parts alone do not fit the page
    """

    def __init__(self, sheet: VerdictSheet) -> None:
        self.sheet = sheet
        self.rows = tuple(PrintedRow.of(indicator) for indicator in sheet.indicators)
        self.notes, spare_notes = _verdict_notes(sheet)
        self.verdict_text = _verdict_text(sheet, self.notes)
        self.caption = _caption(sheet)
        fixed = self._fixed_height(_ROW_HEIGHTS[0], _GAPS[0])
        room = BODY_TOP - BODY_FOOT - fixed
        if room < 60:
            raise Overflow(f"page 1 leaves {room:.0f} pt for its two boxes")
        self.boxes = _boxes(sheet, room)
        self.panel_height = max(_box_height(bullets, sheet) for bullets in self.boxes)
        self._spread(room - self.panel_height)
        self.dropped = spare_notes + tuple(
            sentence for bullets in self.boxes for sentence in bullets.dropped
        )

    def _spread(self, spare: float) -> None:
        """Share what the page leaves among rows, gaps and boxes, so that it ends at its foot."""
        rows = len(self.rows)
        taller = min(spare / (rows + 8), _ROW_HEIGHTS[1] - _ROW_HEIGHTS[0])
        self.row_height = _ROW_HEIGHTS[0] + taller
        spare -= taller * rows
        wider = min(spare / 6, _GAPS[1] - _GAPS[0])
        self.gap = _GAPS[0] + wider
        spare -= wider * 4
        self.panel_height += spare

    def _fixed_height(self, row_height: float, gap: float) -> float:
        title = styles.NAME.leading + styles.NAME_EN.leading
        return (
            title
            + _FACTS_HEIGHT
            + _verdict_height(self.sheet, self.verdict_text)
            + _table(self.sheet, self.rows, row_height).height
            + charts.AXIS_HEIGHT
            + 6.0
            + self.caption.height
            + _verify_height(self.sheet)
            + gap * 4
        )

    def draw(self, canvas: Canvas) -> float:
        """Draw the page and return the lowest point it uses."""
        top = _draw_title(canvas, self.sheet, BODY_TOP)
        top = _draw_facts(canvas, self.sheet, top) - self.gap
        top = _draw_verdict(canvas, self.sheet, self.verdict_text, top) - self.gap
        top = self._draw_criteria(canvas, top) - self.gap
        for number, bullets in enumerate(self.boxes):
            x = LEFT + number * (_PANEL + _COLUMN_GAP)
            _draw_box(canvas, bullets, self.sheet, x, top, self.panel_height)
        top -= self.panel_height + self.gap
        return _draw_verify(canvas, self.sheet, top, has_more=bool(self.dropped))

    def _draw_criteria(self, canvas: Canvas, top: float) -> float:
        table = _table(self.sheet, self.rows, self.row_height)
        foot = top - table.height
        x, width = table.slot(LEFT)
        strip = charts.distance_strip(
            [_strip_row(row) for row in self.rows], width=width, row_height=self.row_height
        )
        renderPDF.draw(strip, canvas, x, foot - charts.AXIS_HEIGHT)
        table.draw(canvas, LEFT, top)
        _draw_strip_head(canvas, x, width, top, strip_end=_threshold_at(self.rows, width))
        return self.caption.draw(canvas, LEFT, foot - charts.AXIS_HEIGHT - 6.0)


def _draw_title(canvas: Canvas, sheet: VerdictSheet, top: float) -> float:
    county = sheet.county
    place = county.province_zh + county.city_zh
    style = fitted(county.name_zh, styles.NAME, CONTENT - 90, smallest=16)
    baseline = top - 27
    width = place_text(canvas, county.name_zh, LEFT, baseline, style)
    if natural_width(place) * styles.FACT.size + width + 12 <= CONTENT:
        place_text(canvas, place, RIGHT, baseline, styles.FACT, align="right")
    top -= styles.NAME.leading
    english = ", ".join(part for part in (county.name_en, county.province_en) if part)
    place_text(canvas, english, LEFT, top - 12, fitted(english, styles.NAME_EN, CONTENT))
    return top - styles.NAME_EN.leading


_FACTS_HEIGHT = 7.0 + 11.5 + 12.5 + 10.5


def _draw_facts(canvas: Canvas, sheet: VerdictSheet, top: float) -> float:
    facts = _facts(sheet)
    top -= 7.0
    naturals = [max(_fact_width(title, value)) for title, value in facts]
    gap = max((CONTENT - sum(naturals)) / (len(facts) - 1), 8.0)
    shrink = min(1.0, (CONTENT - 8.0 * (len(facts) - 1)) / sum(naturals))
    x = LEFT
    for (title, value), natural in zip(facts, naturals, strict=True):
        width = natural * shrink
        place_text(canvas, f"{title.zh} {title.en}", x, top - 8.5, styles.LABEL_STYLE)
        place_text(canvas, value.zh, x, top - 20.5, fitted(value.zh, styles.FACT, width))
        place_text(canvas, value.en, x, top - 31, fitted(value.en, styles.SMALL_EN, width))
        x += width + gap
    return top - _FACTS_HEIGHT + 7.0


def _fact_width(title: Bilingual, value: Bilingual) -> tuple[float, float, float]:
    return (
        natural_width(f"{title.zh} {title.en}") * styles.LABEL_STYLE.size,
        natural_width(value.zh) * styles.FACT.size + 0.1,
        natural_width(value.en) * styles.SMALL_EN.size + 0.1,
    )


def _facts(sheet: VerdictSheet) -> list[tuple[Bilingual, Bilingual]]:
    campaign, sample = sheet.campaign, sheet.sample
    year = {"year": sheet.county.exit_year}
    round_kind = words(wording.ROUND_KINDS, "round kind", campaign.round_kind)
    group = words(wording.REGION_GROUPS, "region group", sheet.county.region_group)
    line = figures.plain(sheet.indicator("poverty_incidence").rule.threshold)
    region = words(wording.LABELS, "label", "fact.region.value")
    field = words(wording.LABELS, "label", "fact.field.value")
    sampled = words(wording.LABELS, "label", "fact.sample.value")
    start, end = campaign.field_from, campaign.field_to
    end_zh = f"{end:%m-%d}" if start.year == end.year else end.isoformat()
    start_en = day(start).en.removesuffix(f" {end.year}")
    counts = {
        "townships": sample.townships,
        "villages": sample.villages,
        "households": sample.households,
        "persons": sample.persons,
    }
    return [
        (label("fact.batch"), phrases.both(round_kind, year, year)),
        (
            label("fact.region"),
            phrases.both(
                region,
                {"group": group.zh, "threshold": line},
                {"group": group.en, "threshold": line},
            ),
        ),
        (
            label("fact.field"),
            phrases.both(
                field,
                {"start": start.isoformat(), "end": end_zh},
                {"start": start_en, "end": day(end).en},
            ),
        ),
        (
            label("fact.sample"),
            phrases.both(
                sampled,
                {name: figures.count(number) for name, number in counts.items()},
                {name: counted(number, name) for name, number in counts.items()},
            ),
        ),
    ]


def _verdict_notes(sheet: VerdictSheet) -> tuple[tuple[Sentence, ...], tuple[Sentence, ...]]:
    """Return the notes printed with the verdict, two at most, and those for page 2."""
    notes = [s for s in sheet.said("verdict") if not s.code.startswith("verdict.")]
    return tuple(notes[:2]), tuple(notes[2:])


def _verdict_text(sheet: VerdictSheet, notes: Sequence[Sentence]) -> Stack:
    """Return outcome, verdict sentence and notes: all Chinese, then all English."""
    width = CONTENT - _STANDING - 62.0
    outcome = words(wording.OUTCOMES, "outcome", sheet.outcome)
    main = [s for s in sheet.said("verdict") if s.code.startswith("verdict.")]
    said = [say(sentence, sheet) for sentence in (*main, *notes)]
    colour = _outcome_tone(sheet).colour
    paragraphs = [
        Paragraph.of(outcome.zh, replace(styles.OUTCOME, colour=colour), width),
        Paragraph.of(outcome.en, replace(styles.OUTCOME_EN, colour=colour), width),
        *(Paragraph.of(pair.zh, styles.BODY, width) for pair in said),
        *(Paragraph.of(pair.en, styles.BODY_EN, width) for pair in said),
    ]
    gaps = [0.0, 0.0, *(4.0 for _ in said), 3.0, *(1.0 for _ in said[1:])]
    return Stack(tuple(paragraphs), tuple(gaps))


def _outcome_tone(sheet: VerdictSheet) -> Tone:
    return TONES["met_established" if sheet.outcome == "meets" else "unmet_established"]


def _standing_tone(sheet: VerdictSheet) -> Tone:
    side = "met" if sheet.outcome == "meets" else "unmet"
    return TONES[f"{side}_{sheet.standing}"]


def _verdict_height(sheet: VerdictSheet, text: Stack) -> float:
    return max(text.height, _STANDING_HEAD + _standing_text(sheet).height) + 2 * _VERDICT_PAD


_VERDICT_PAD = 9.0
_STANDING_HEAD = 21.0


def _draw_verdict(canvas: Canvas, sheet: VerdictSheet, text: Stack, top: float) -> float:
    tone, standing_tone = _outcome_tone(sheet), _standing_tone(sheet)
    height = _verdict_height(sheet, text)
    box(canvas, LEFT, top, CONTENT - _STANDING, height, tone.tint)
    box(canvas, RIGHT - _STANDING, top, _STANDING, height, standing_tone.tint)
    box(canvas, LEFT, top, 5, height, tone.colour)
    mark(canvas, tone, LEFT + 29, top - _VERDICT_PAD - 20, 29)
    text.draw(canvas, LEFT + 52, top - _VERDICT_PAD)
    x, title = RIGHT - _STANDING + 12, label("standing")
    mark(canvas, standing_tone, x + 7.5, top - _VERDICT_PAD - 8, 15)
    place_text(
        canvas, f"{title.zh} {title.en}", x + 20, top - _VERDICT_PAD - 11, styles.LABEL_STYLE
    )
    _standing_text(sheet).draw(canvas, x, top - _VERDICT_PAD - _STANDING_HEAD)
    return top - height


def _standing_text(sheet: VerdictSheet) -> Stack:
    said, colour = phrases.standing(sheet), _standing_tone(sheet).colour
    style = replace(styles.BODY, size=11, leading=15, font=styles.BOLD, colour=colour)
    english = replace(styles.BODY_EN, colour=colour)
    return bilingual(said, _STANDING - 22, style, english, gap=3.0)


def _caption(sheet: VerdictSheet) -> Stack:
    has_reference = any(indicator.reference for indicator in sheet.indicators)
    note = label("strip.reference") if has_reference else Bilingual("", "")
    pair = words(wording.LABELS, "label", "strip.caption")
    filled = phrases.both(pair, {"reference": note.zh}, {"reference": note.en})
    return bilingual(
        Bilingual(filled.zh.strip(), filled.en.strip()), CONTENT, styles.SMALL, styles.SMALL_EN
    )


def _table(sheet: VerdictSheet, rows: Sequence[PrintedRow], row_height: float) -> Table:
    columns = [
        Column(label("column.indicator"), "left"),
        Column(label("column.estimate_ratio")),
        Column(label("column.interval")),
        Column(label("column.threshold")),
        Column(Bilingual("", ""), "left", slot=92.0),
        Column(label("column.finding"), "left"),
    ]
    first_reference = next(
        (number for number, row in enumerate(rows) if row.indicator.reference), len(rows)
    )
    return Table(
        columns,
        [_cells(row) for row in rows],
        width=CONTENT,
        row_height=row_height,
        ruled_before=(first_reference,),
    )


def _cells(row: PrintedRow) -> list[Cell]:
    indicator = row.indicator
    name = words(wording.INDICATORS, "indicator", indicator.code)
    ratio = indicator.sample_ratio
    unit = words(wording.UNITS, "unit", ratio.unit)
    fraction = f"{figures.count(ratio.numerator)} / {figures.count(ratio.denominator)}"
    if indicator.decided_by == "sample":
        fraction += f" = {figures.rounded(ratio.rate, indicator.rule)}"
    said = finding_words(indicator)
    coloured = replace(styles.ROW, colour=row.tone.colour, size=9.2)
    threshold = f"{indicator.rule.sign} {figures.plain(indicator.rule.threshold)}"
    figure_style = styles.KEY_FIGURE
    if indicator.reference:
        figure_style = replace(figure_style, colour=styles.GREY)
    return [
        Cell(name.zh, name.en, style=styles.ROW),
        Cell(str(row.estimate), f"{fraction} {unit.zh}", style=figure_style),
        Cell(f"{row.interval}%"),
        Cell(threshold),
        Cell(),
        Cell(said.zh, said.en, tone=row.tone, style=coloured),
    ]


def _strip_row(row: PrintedRow) -> charts.StripRow:
    rule_: Rule = row.indicator.rule
    ends = sorted((rule_.relative(row.low.rate), rule_.relative(row.high.rate)))
    return charts.StripRow(
        ends[0],
        rule_.relative(row.estimate.rate),
        ends[1],
        row.tone,
        is_reference=row.indicator.reference,
    )


def _threshold_at(rows: Sequence[PrintedRow], width: float) -> float:
    return charts.threshold_position([_strip_row(row) for row in rows], width)


def _draw_strip_head(
    canvas: Canvas, x: float, width: float, top: float, *, strip_end: float
) -> None:
    """Say which side passes: the same order of languages left and right of the threshold."""
    passing, failing = label("strip.pass"), label("strip.fail")
    at = x + strip_end
    canvas.setFillColor(styles.WHITE)
    arrow_head(canvas, at - 5, top - 8.6, 4, to_left=True)
    arrow_head(canvas, at + 5, top - 8.6, 4, to_left=False)
    for pair, anchor, align in ((passing, at - 12, "right"), (failing, at + 12, "left")):
        place_head(canvas, pair, anchor, top, align=align)


def _boxes(sheet: VerdictSheet, room: float) -> tuple[Bullets, Bullets]:
    return (
        _fill_box(label("heading.sure"), sheet.said("sure"), sheet, room),
        _fill_box(label("heading.change"), sheet.said("change"), sheet, room),
    )


def _fill_box(
    title: Bilingual, sentences: Sequence[Sentence], sheet: VerdictSheet, room: float
) -> Bullets:
    """Keep as many sentences as fit, letting go of the least important first."""
    kept, dropped = list(sentences), []
    while True:
        bullets = Bullets(
            title,
            tuple(s for s in kept if s.code != "change.flip"),
            tuple(s for s in kept if s.code == "change.flip"),
            tuple(s for s in sentences if s in dropped),
        )
        if _box_height(bullets, sheet) <= room or not kept:
            return bullets
        least = max(range(len(kept)), key=lambda i: (_KEEP.get(kept[i].code, 2), i))
        dropped.append(kept.pop(least))


def _box_height(bullets: Bullets, sheet: VerdictSheet) -> float:
    zh, en = _box_texts(bullets, sheet)
    return (
        2 * _PANEL_PAD
        + heading_height(bullets.heading, _PANEL - 2 * _PANEL_PAD)
        + sum(paragraph.height + _SPACE_ZH for paragraph in zh)
        + sum(paragraph.height + _SPACE_EN for paragraph in en)
        + _flips_height(bullets, styles.BODY, _SPACE_ZH)
        + _flips_height(bullets, styles.BODY_EN, _SPACE_EN)
        + _LANGUAGES_APART
    )


_SPACE_ZH = 3.0
_SPACE_EN = 1.6
_LANGUAGES_APART = 9.0


def _box_texts(
    bullets: Bullets, sheet: VerdictSheet
) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
    measure = _PANEL - 2 * _PANEL_PAD - _BULLET
    said = [say(sentence, sheet) for sentence in bullets.kept]
    return (
        tuple(Paragraph.of(pair.zh, styles.BODY, measure) for pair in said),
        tuple(Paragraph.of(pair.en, styles.BODY_EN, measure) for pair in said),
    )


def _flips_height(bullets: Bullets, style: styles.TextStyle, space: float) -> float:
    return (len(bullets.flips) + 1) * style.leading + space if bullets.flips else 0.0


def _draw_box(
    canvas: Canvas, bullets: Bullets, sheet: VerdictSheet, x: float, top: float, height: float
) -> None:
    box(canvas, x, top, _PANEL, height, styles.PANEL)
    rule(canvas, x, top, _PANEL, colour=styles.NAVY, weight=1.6)
    left, measure = x + _PANEL_PAD, _PANEL - 2 * _PANEL_PAD
    spare = height - _box_height(bullets, sheet)
    zh, en = _box_texts(bullets, sheet)
    parts = len(zh) + len(en) + 2 * bool(bullets.flips)
    airier = min(spare / max(parts, 1), 4.0)
    y = heading(canvas, bullets.heading, left, top - _PANEL_PAD, measure)
    y = _draw_language(canvas, bullets, zh, left, y, "zh", _SPACE_ZH + airier)
    y -= _LANGUAGES_APART / 2
    rule(canvas, left, y, measure, weight=0.5)
    y -= _LANGUAGES_APART / 2 - _SPACE_EN
    _draw_language(canvas, bullets, en, left, y, "en", _SPACE_EN + airier)


def _draw_language(
    canvas: Canvas,
    bullets: Bullets,
    paragraphs: Sequence[Paragraph],
    x: float,
    y: float,
    language: str,
    space: float,
) -> float:
    if bullets.flips:
        y = _draw_flips(canvas, bullets.flips, x, y - space, language)
    for paragraph in paragraphs:
        y -= space
        _draw_bullet(canvas, x, y, paragraph.style)
        y = paragraph.draw(canvas, x + _BULLET, y)
    return y


def _draw_bullet(canvas: Canvas, x: float, top: float, style: styles.TextStyle) -> None:
    side = 3.2 if style is styles.BODY else 2.4
    middle = top - style.leading / 2 - style.size * 0.03
    box(canvas, x + 1, middle + side / 2, side, side, styles.NAVY)


def _draw_flips(
    canvas: Canvas, flips: Sequence[Sentence], x: float, top: float, language: str
) -> float:
    """Draw the lead and one line a finding: indicator, households, what the finding becomes."""
    style = styles.BODY if language == "zh" else styles.BODY_EN
    lead = words(wording.SENTENCES, "sentence", "change.flip.lead")
    _draw_bullet(canvas, x, top, style)
    place_text(canvas, getattr(lead, language), x + _BULLET, _baseline(top, style), style)
    y = top - style.leading
    names = [
        getattr(words(wording.INDICATORS, "indicator", s.args["indicator"]), language)
        for s in flips
    ]
    counts = [_flip_count(sentence, language) for sentence in flips]
    name_width = max(natural_width(name) for name in names) * style.size
    count_width = max(natural_width(count) for count in counts) * style.size
    for sentence, name, count in zip(flips, names, counts, strict=True):
        tone = TONES[sentence.args["finding"]]
        finding = getattr(words(wording.FINDINGS, "finding", sentence.args["finding"]), language)
        at = x + _BULLET
        place_text(canvas, name, at, _baseline(y, style), style)
        at += name_width + 8 + count_width
        place_text(canvas, count, at, _baseline(y, style), style, align="right")
        canvas.setFillColor(styles.GREY)
        middle = y - style.leading / 2
        arrow_head(canvas, at + 6, middle, 4, to_left=False)
        mark(canvas, tone, at + 20, middle, style.size * 0.82)
        free = _PANEL - _PANEL_PAD - (at + 27 - (x - _PANEL_PAD))
        coloured = fitted(finding, replace(style, colour=tone.colour), free)
        place_text(canvas, finding, at + 27, _baseline(y, style), coloured)
        y -= style.leading
    return y


def _flip_count(sentence: Sentence, language: str) -> str:
    number = figures.count(sentence.args["households"])
    return f"{number} {wording.UNITS['households'].zh}" if language == "zh" else number


def _baseline(top: float, style: styles.TextStyle) -> float:
    return top - (style.leading - style.size) / 2 - style.size * 0.88


_VERIFY = CONTENT * 0.60
_NEXT = CONTENT - _VERIFY - 22
_DIGEST = replace(styles.SMALL, font=styles.BOLD, colour=styles.NAVY)


def _verify_texts(sheet: VerdictSheet) -> tuple[Stack, Stack]:
    named = label("verify.text", number=sheet.number, version=sheet.version)
    command, absent = label("verify.command"), label("verify.absent")
    zh = (named.zh, command.zh + absent.zh)
    en = f"{named.en} {command.en} {absent.en}"
    above = Stack((Paragraph.of(zh[0], styles.SMALL, _VERIFY),), (1.0,))
    below = Stack(
        (
            Paragraph.of(zh[1], styles.SMALL, _VERIFY),
            Paragraph.of(en, styles.SMALL_EN, _VERIFY),
        ),
        (2.0, 2.0),
    )
    return above, below


def _next_text(sheet: VerdictSheet, *, has_more: bool) -> Stack:
    said = [say(sentence, sheet) for sentence in sheet.said("next")]
    release = words(wording.LABELS, "label", "next.release")
    date = day(sheet.campaign.release_date)
    said.append(phrases.both(release, {"date": date.zh}, {"date": date.en}))
    if has_more:
        said.append(label("dropped"))
    zh = "".join(pair.zh for pair in said)
    en = " ".join(pair.en for pair in said)
    return Stack(
        (Paragraph.of(zh, styles.SMALL, _NEXT), Paragraph.of(en, styles.SMALL_EN, _NEXT)),
        (1.0, 3.0),
    )


def _verify_height(sheet: VerdictSheet) -> float:
    above, below = _verify_texts(sheet)
    left = above.height + 2 * styles.SMALL.leading + 4 + below.height
    right = _next_text(sheet, has_more=True).height
    return 8 + styles.HEADING.leading + max(left, right)


def _draw_verify(canvas: Canvas, sheet: VerdictSheet, top: float, *, has_more: bool) -> float:
    rule(canvas, LEFT, top, CONTENT)
    top -= 8
    y = heading(canvas, label("heading.verify"), LEFT, top, _VERIFY)
    above, below = _verify_texts(sheet)
    y = above.draw(canvas, LEFT, y) - 2
    groups = digest_groups(sheet.digest)
    for start in (0, 4):
        for place, group in enumerate(groups[start : start + 4]):
            place_text(canvas, group, LEFT + place * _VERIFY / 4, _baseline(y, _DIGEST), _DIGEST)
        y -= _DIGEST.leading
    left_foot = below.draw(canvas, LEFT, y - 2)
    x = RIGHT - _NEXT
    y = heading(canvas, label("heading.next"), x, top, _NEXT)
    right_foot = _next_text(sheet, has_more=has_more).draw(canvas, x, y)
    return min(left_foot, right_foot)
