"""Page 1: the verdict, the criteria it rests on, how sure it is and what would change it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reportlab.pdfgen.canvas import Canvas

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
    place_text,
    rule,
)
from report_templates.furniture import BODY_FOOT, BODY_TOP, digest_groups
from report_templates.linebreak import natural_width
from report_templates.marks import mark
from report_templates.phrases import counted, day, label, say, short_day
from report_templates.styles import CONTENT, LEFT, RIGHT, TONES, Tone
from report_templates.typeface import BOLD
from report_templates.verdict_criteria import Criteria
from report_templates.verdict_panels import Panels
from report_templates.verdict_sheet import Sentence, VerdictSheet
from report_templates.wording import Bilingual, words

_MORE_HEIGHT = 13.0  # the line that points to the notes of page 2
_STANDING = 132.0  # width of the standing beside the verdict
_ROW_HEIGHTS = (25.5, 36.0)  # least and greatest height of a criteria row
_GAPS = (7.0, 17.0)  # least and greatest space between the parts of the page
_MOST_PANEL_AIR = 40.0
_MOST_NOTES = 2  # notes printed with the verdict; further ones stand on page 2


class Summary:
    """Page 1 of one sheet, laid out and ready to draw.

    Raises
    ------
    Overflow : the fixed parts alone do not fit the page
    """

    def __init__(self, sheet: VerdictSheet) -> None:
        self.sheet = sheet
        notes = [s for s in sheet.said("verdict") if not s.code.startswith("verdict.")]
        shown, spare_notes = notes[:_MOST_NOTES], notes[_MOST_NOTES:]
        self.verdict_text = _verdict_text(sheet, shown)
        self.criteria = Criteria(sheet)
        self.row_height, self.gap = _ROW_HEIGHTS[0], _GAPS[0]
        room = BODY_TOP - BODY_FOOT - self._fixed_height()
        if spare_notes:
            room -= _MORE_HEIGHT
        note_height = 0.0 if spare_notes else _MORE_HEIGHT
        self.panels = Panels.fitting(sheet, room, note_height=note_height)
        self.dropped = (*spare_notes, *self.panels.dropped)
        self.panel_height = self.panels.height
        if self.panels.dropped:
            room -= note_height
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

    def _fixed_height(self) -> float:
        return (
            styles.NAME.leading
            + styles.NAME_EN.leading
            + _FACTS_HEIGHT
            + _verdict_height(self.sheet, self.verdict_text)
            + self.criteria.height(self.row_height)
            + _verify_height(self.sheet)
            + self.gap * 4
        )

    def draw(self, canvas: Canvas) -> float:
        """Draw the page and return the lowest point it uses."""
        top = _draw_title(canvas, self.sheet, BODY_TOP)
        top = _draw_facts(canvas, self.sheet, top) - self.gap
        top = _draw_verdict(canvas, self.sheet, self.verdict_text, top) - self.gap
        top = self.criteria.draw(canvas, top, self.row_height) - self.gap
        top = self.panels.draw(canvas, top, self.panel_height)
        if self.dropped:
            more = label("dropped", count=len(self.dropped))
            top -= _MORE_HEIGHT
            place_text(canvas, f"{more.zh} {more.en}", LEFT, top + 1, styles.LABEL_STYLE)
        return _draw_verify(canvas, self.sheet, top - self.gap)


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
        place_text(canvas, f"{title.zh} {title.en}", x, top - 8.5, styles.LABEL_STYLE)
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


def _verdict_text(sheet: VerdictSheet, notes: Sequence[Sentence]) -> Stack:
    """Return verdict sentence and notes: all Chinese, then all English."""
    width = CONTENT - _STANDING - 62.0
    main = [s for s in sheet.said("verdict") if s.code.startswith("verdict.")]
    said = [say(sentence, sheet) for sentence in (*main, *notes)]
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
    used = place_text(canvas, outcome.zh, LEFT + 52, baseline, chinese)
    free = CONTENT - _STANDING - 52 - used - 9 - 6
    english = fitted(outcome.en, english, free)
    place_text(canvas, outcome.en, LEFT + 52 + used + 9, baseline, english)
    text.draw(canvas, LEFT + 52, top - _VERDICT_PAD - chinese.leading)
    x, title = RIGHT - _STANDING + 12, label("standing")
    mark(canvas, standing_tone, x + 7.5, top - _VERDICT_PAD - 8, 15)
    place_text(
        canvas, f"{title.zh} {title.en}", x + 20, top - _VERDICT_PAD - 11, styles.LABEL_STYLE
    )
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


_VERIFY = CONTENT * 0.61
_NEXT = CONTENT - _VERIFY - 22
_DIGEST = replace(styles.SMALL, font=BOLD, colour=styles.NAVY)


def _verify_text(sheet: VerdictSheet) -> Stack:
    return bilingual(label("verify.text"), _VERIFY, styles.SMALL, styles.SMALL_EN, gap=2.0)


def _next_text(sheet: VerdictSheet) -> Stack:
    release = words(wording.LABELS, "label", "next.release")
    date = day(sheet.campaign.release_date)
    said = [
        phrases.both(release, {"date": date.zh}, {"date": date.en}),
        *(say(sentence, sheet) for sentence in sheet.said("next")),
    ]
    pair = Bilingual("".join(pair.zh for pair in said), " ".join(pair.en for pair in said))
    return bilingual(pair, _NEXT, styles.SMALL, styles.SMALL_EN, gap=2.0)


_VERIFY_HEAD = 7 + styles.HEADING.leading + 1
_DIGEST_HEIGHT = 2 * _DIGEST.leading + 3


def _verify_height(sheet: VerdictSheet) -> float:
    left = _DIGEST_HEIGHT + _verify_text(sheet).height
    return _VERIFY_HEAD + max(left, _next_text(sheet).height)


def _draw_verify(canvas: Canvas, sheet: VerdictSheet, top: float) -> float:
    rule(canvas, LEFT, top, CONTENT)
    x, body = RIGHT - _NEXT, top - _VERIFY_HEAD
    heading(canvas, label("heading.verify"), LEFT, top - 7, _VERIFY)
    for number, group in enumerate(digest_groups(sheet.digest)):
        row, place = divmod(number, 4)
        baseline = body - row * _DIGEST.leading - first_baseline(_DIGEST)
        place_text(canvas, group, LEFT + place * _VERIFY / 4, baseline, _DIGEST)
    left_foot = _verify_text(sheet).draw(canvas, LEFT, body - _DIGEST_HEIGHT)
    heading(canvas, label("heading.next"), x, top - 7, _NEXT)
    right_foot = _next_text(sheet).draw(canvas, x, body)
    return min(left_foot, right_foot)
