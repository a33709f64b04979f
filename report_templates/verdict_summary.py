"""Page 1: the verdict, the criteria it rests on, how sure it is and what would change it."""

from __future__ import annotations

from dataclasses import replace

from report_templates import figures, phrases, styles, wording
from report_templates.blocks import (
    Overflow,
    Paragraph,
    Stack,
    bilingual,
    box,
    first_baseline,
    fitted,
    heading,
    heading_height,
    place_pair,
    place_text,
    rule,
)
from report_templates.furniture import BODY_FOOT, BODY_TOP
from report_templates.linebreak import natural_width
from report_templates.marks import mark
from report_templates.phrases import counted, day, label, say, short_day
from report_templates.qr import SMALLEST, verify_url
from report_templates.record_wording import told
from report_templates.remarks import remarks
from report_templates.styles import CONTENT, LEFT, RIGHT, TONES, Tone
from report_templates.tags import Canvas
from report_templates.typeface import BOLD
from report_templates.verdict_checking import draw_qr, first_digits
from report_templates.verdict_criteria import criteria
from report_templates.verdict_panels import APART, MORE_HEIGHT, Panels
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words

_STANDING = 140.0  # width of the standing beside the verdict
_ROW_HEIGHTS = (24.6, 36.0)  # least and greatest height of a criteria row
_GAPS = (6.5, 17.0)  # least and greatest space between the parts of the page
_MOST_PANEL_AIR = 40.0


class Summary:
    """Page 1 of one sheet, laid out and ready to draw.

    Raises
    ------
    Overflow : the fixed parts alone do not fit the page
    """

    def __init__(self, sheet: VerdictSheet) -> None:
        self.sheet = sheet
        self.verdict_text = _verdict_text(sheet)
        self.criteria = criteria(sheet)
        self.row_height, self.gap = _ROW_HEIGHTS[0], _GAPS[0]
        self.fixed_height = self._fixed_height()
        self.panels = Panels.fitting(sheet, self._room)
        self.dropped = self.panels.dropped
        self.panel_height = self.panels.height
        self.last = _LastParts(sheet, self.panels.share)
        room = self._room(self.panels.share)
        if self.dropped:
            room -= MORE_HEIGHT
        if self.panel_height > room:
            raise Overflow(f"page 1 leaves {room:.0f} pt for its two boxes")
        self._spread(room - self.panel_height)

    def _spread(self, spare: float) -> None:
        """Share what the page leaves among rows, gaps and boxes, so that it ends at its foot."""
        rows = len(self.sheet.indicators)
        taller = min(spare / (rows + 5), _ROW_HEIGHTS[1] - _ROW_HEIGHTS[0])
        self.row_height += taller
        spare -= taller * rows
        wider = min(spare / 5, _GAPS[1] - _GAPS[0])
        self.gap += wider
        self.panel_height += min(spare - wider * 4, _MOST_PANEL_AIR)

    def _room(self, share: float) -> float:
        """Height in points left for the boxes, with the columns below at a share of the width."""
        return BODY_TOP - BODY_FOOT - self.fixed_height - _LastParts(self.sheet, share).height

    def _fixed_height(self) -> float:
        return (
            styles.NAME.leading
            + styles.NAME_EN.leading
            + _FACTS_HEIGHT
            + _verdict_height(self.sheet, self.verdict_text)
            + self.criteria.height(self.row_height)
            + self.gap * 4
        )

    def draw(self, canvas: Canvas) -> float:
        """Draw the page and return the lowest point it uses."""
        top = _draw_title(canvas, self.sheet, BODY_TOP)
        top = _draw_facts(canvas, self.sheet, top) - self.gap
        top = _draw_verdict(canvas, self.sheet, self.verdict_text, top) - self.gap
        top = self.criteria.draw(canvas, LEFT, top, self.row_height) - self.gap
        top = self.panels.draw(canvas, top, self.panel_height)
        if self.dropped:
            more = label("dropped", count=len(self.dropped))
            top -= MORE_HEIGHT
            with canvas.paragraph():
                place_pair(canvas, more, LEFT, top + 1, styles.LABEL_STYLE)
        return self.last.draw(canvas, top - self.gap)


def _draw_title(canvas: Canvas, sheet: VerdictSheet, top: float) -> float:
    county = sheet.county
    place = county.province_zh + county.city_zh
    style = fitted(county.name_zh, styles.NAME, CONTENT - 90, smallest=16)
    baseline = top - 25.5
    english = ", ".join(part for part in (county.name_en, county.province_en) if part)
    with canvas.headline(1, Bilingual(county.name_zh, county.name_en), top):
        width = place_text(canvas, county.name_zh, LEFT, baseline, style)
        top -= styles.NAME.leading
        place_text(canvas, english, LEFT, top - 12, fitted(english, styles.NAME_EN, CONTENT))
    if natural_width(place) * styles.FACT.size + width + 12 <= CONTENT:
        place_text(canvas, place, RIGHT, baseline, styles.FACT, align="right")
    return top - styles.NAME_EN.leading


_FACTS_HEIGHT = 5.0 + 11.5 + 12.5 + 10.5


def _draw_facts(canvas: Canvas, sheet: VerdictSheet, top: float) -> float:
    """Draw batch, group, fieldwork and sample side by side, the Chinese as large as it can be."""
    facts = _facts(sheet)
    top -= 5.0
    for size in (styles.FACT.size, 8.6, 8.2):
        style = replace(styles.FACT, size=size)
        widths = [_fact_width(title, value, style) for title, value in facts]
        gap = (CONTENT - sum(widths)) / (len(facts) - 1)
        if gap >= _LEAST_FACT_GAP:
            break
    else:
        raise Overflow(f"the facts below the name need {sum(widths):.0f} pt")
    x = LEFT
    for (title, value), width in zip(facts, widths, strict=True):
        with canvas.paragraph():
            place_pair(canvas, title, x, top - 8.5, styles.LABEL_STYLE)
            place_text(canvas, value.zh, x, top - 20.5, style)
            place_text(canvas, value.en, x, top - 31, styles.SMALL_EN)
        x += width + gap
    return top - _FACTS_HEIGHT + 5.0


_LEAST_FACT_GAP = 7.0


def _fact_width(title: Bilingual, value: Bilingual, style: styles.TextStyle) -> float:
    return max(
        natural_width(f"{title.zh} {title.en}") * styles.LABEL_STYLE.size,
        natural_width(value.zh) * style.size,
        natural_width(value.en) * styles.SMALL_EN.size,
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
    end_zh = end.isoformat()[5:] if start.year == end.year else end.isoformat()
    start_en = short_day(start).removesuffix(f" {end.year}")
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
                {"start": start_en, "end": short_day(end)},
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


def _verdict_text(sheet: VerdictSheet) -> Stack:
    """Return verdict sentence and notes: all Chinese, then all English."""
    width = CONTENT - _STANDING - 62.0
    said = [remark.words for remark in remarks(sheet.said("verdict"), sheet)]
    paragraphs = [
        *(Paragraph.of(pair.zh, styles.BODY, width) for pair in said),
        *(Paragraph.of(pair.en, styles.BODY_EN, width) for pair in said),
    ]
    gaps = [*(3.0 for _ in said), 3.0, *(1.0 for _ in said[1:])]
    return Stack(tuple(paragraphs), tuple(gaps))


def _outcome_tone(sheet: VerdictSheet) -> Tone:
    return TONES["met_established" if sheet.outcome == "meets" else "unmet_established"]


def _standing_tone(sheet: VerdictSheet) -> Tone:
    side = "met" if sheet.outcome == "meets" else "unmet"
    return TONES[f"{side}_{sheet.standing}"]


def _verdict_height(sheet: VerdictSheet, text: Stack) -> float:
    words_height = styles.OUTCOME.leading + text.height
    return max(words_height, _STANDING_HEAD + _standing_text(sheet).height) + 2 * _VERDICT_PAD


_VERDICT_PAD = 9.0
_STANDING_HEAD = 21.0


def _draw_verdict(canvas: Canvas, sheet: VerdictSheet, text: Stack, top: float) -> float:
    tone, standing_tone = _outcome_tone(sheet), _standing_tone(sheet)
    height = _verdict_height(sheet, text)
    box(canvas, LEFT, top, CONTENT - _STANDING, height, tone.tint)
    box(canvas, RIGHT - _STANDING, top, _STANDING, height, standing_tone.tint)
    box(canvas, LEFT, top, 5, height, tone.colour)
    mark(canvas, tone, LEFT + 29, top - _VERDICT_PAD - 20, 29)
    outcome = words(wording.OUTCOMES, "outcome", sheet.outcome)
    chinese = replace(styles.OUTCOME, colour=tone.colour)
    english = replace(styles.OUTCOME_EN, colour=tone.colour)
    baseline = top - _VERDICT_PAD - first_baseline(chinese)
    with canvas.paragraph():
        used = place_text(canvas, outcome.zh, LEFT + 52, baseline, chinese)
        free = CONTENT - _STANDING - 52 - used - 9 - 6
        english = fitted(outcome.en, english, free)
        place_text(canvas, outcome.en, LEFT + 52 + used + 9, baseline, english)
    text.draw(canvas, LEFT + 52, top - _VERDICT_PAD - chinese.leading)
    x, title = RIGHT - _STANDING + 12, label("standing")
    mark(canvas, standing_tone, x + 7.5, top - _VERDICT_PAD - 8, 15)
    with canvas.paragraph():
        place_pair(canvas, title, x + 20, top - _VERDICT_PAD - 11, styles.LABEL_STYLE)
    _standing_text(sheet).draw(canvas, x, top - _VERDICT_PAD - _STANDING_HEAD)
    return top - height


def _standing_text(sheet: VerdictSheet) -> Stack:
    said, colour = phrases.standing(sheet), _standing_tone(sheet).colour
    style = replace(styles.BODY, size=11, leading=15, font=BOLD, colour=colour)
    english = replace(styles.BODY_EN, colour=colour)
    width = _STANDING - 22
    return Stack(
        (
            Paragraph.of(said.zh, style, width, by_phrase=True),
            Paragraph.of(said.en, english, width),
        ),
        (0.0, 3.0),
    )


_DIGEST = replace(styles.SMALL, font=BOLD, colour=styles.NAVY)


class _LastParts:
    """What happens next and how to verify the report: two columns at the foot of the page."""

    def __init__(self, sheet: VerdictSheet, share: float) -> None:
        base = sheet.record.provenance.verify_base
        self.url = verify_url(base, sheet.number, sheet.digest) if base else ""
        # The code needs room of its own: below a wide left box the columns are halves.
        self.left = (CONTENT - APART) * (min(share, 0.5) if base else share)
        self.right = CONTENT - APART - self.left
        self.beside = self.right - (SMALLEST + 6 if base else 0.0)
        self.digits = _digits(sheet, self.beside)
        self.next = _small(_next_words(sheet), self.left)
        self.verify = _small(told("verify.text" if base else "verify.text.offline"), self.beside)
        self.heads = (
            6 + heading_height(label("heading.next"), self.left) + 1,
            6 + heading_height(label("heading.verify"), self.beside) + 1,
        )
        told_next = self.heads[0] + self.next.height
        told_verify = self.heads[1] + self.digits.height + 2 + self.verify.height
        words = max(told_next, told_verify)
        self.height = max(words, 6 + SMALLEST if base else 0.0)

    def draw(self, canvas: Canvas, top: float) -> float:
        """Draw both columns below a rule and return their foot."""
        rule(canvas, LEFT, top, CONTENT)
        x, body = RIGHT - self.right, top - self.heads[1]
        heading(canvas, label("heading.next"), LEFT, top - 6, self.left)
        self.next.draw(canvas, LEFT, top - self.heads[0])
        heading(canvas, label("heading.verify"), x, top - 6, self.beside)
        self.verify.draw(canvas, x, self.digits.draw(canvas, x, body) - 2)
        if self.url:
            draw_qr(canvas, self.url, RIGHT - SMALLEST, top - 6, SMALLEST)
        return top - self.height


def _digits(sheet: VerdictSheet, width: float) -> Paragraph:
    """Return number and first digits of the digest, on two lines where one is too narrow."""
    number, digits = f"**{sheet.number}**", f"**{first_digits(sheet.digest)}**"
    both = Paragraph.of(f"{number}  {digits}", _DIGEST, width)
    if len(both.lines) == 1:
        return both
    lines = [Paragraph.of(one, _DIGEST, width).lines for one in (number, digits)]
    return Paragraph((*lines[0], *lines[1]), _DIGEST)


def _small(pair: Bilingual, width: float) -> Stack:
    return bilingual(pair, width, styles.SMALL, styles.SMALL_EN, gap=2.0)


def _next_words(sheet: VerdictSheet) -> Bilingual:
    release = words(wording.LABELS, "label", "next.release")
    date = day(sheet.campaign.release_date)
    said = [
        phrases.both(release, {"date": date.zh}, {"date": date.en}),
        *(say(sentence, sheet) for sentence in sheet.said("next")),
    ]
    return Bilingual("".join(pair.zh for pair in said), " ".join(pair.en for pair in said))
