"""The two boxes of page 1: how sure the verdict is, and what would change it.

A box shows all its Chinese sentences and below them all its English ones. It is set as large as
the page allows; when even the least size is too large, sentences go to the notes of page 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from reportlab.pdfgen.canvas import Canvas

from report_templates import figures, phrases, styles, wording
from report_templates.blocks import (
    Paragraph,
    box,
    first_baseline,
    fitted,
    heading,
    heading_height,
    place_text,
    rule,
)
from report_templates.linebreak import natural_width
from report_templates.marks import arrow_head, mark
from report_templates.phrases import label, say
from report_templates.styles import CONTENT, LEFT, TONES, TextStyle
from report_templates.verdict_sheet import Sentence, VerdictSheet
from report_templates.wording import Bilingual, words

_APART = 14.0
_HALF = (CONTENT - _APART) / 2
_PAD = 9.0
_UNBALANCED = 0.55  # a box shorter than this share of the other leaves a hole beside it
_BULLET = 9.0
_SPACE_ZH = 2.6
_SPACE_EN = 1.6
_LANGUAGES_APART = 8.0

# Which sentence goes first to the notes when a box is full: the one with the highest figure, and
# of equals the later. What reverses the verdict stays longest.
_LEAVES = {
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
}


@dataclass(frozen=True)
class Panel:
    """One box with the sentences it holds, set in a pair of styles."""

    heading: Bilingual
    sentences: tuple[Sentence, ...]
    sheet: VerdictSheet
    chinese: TextStyle
    english: TextStyle
    width: float = _HALF

    @property
    def measure(self) -> float:
        """Width in points between the margins of the box."""
        return self.width - 2 * _PAD

    @property
    def flips(self) -> tuple[Sentence, ...]:
        """The sentences that are set as a small table."""
        return tuple(s for s in self.sentences if s.code == "change.flip")

    @cached_property
    def paragraphs(self) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
        """Chinese and English paragraphs; the flips are in the English ones only."""
        said = [say(s, self.sheet) for s in self.sentences if s.code != "change.flip"]
        english = [pair.en for pair in said]
        if self.flips:
            english.insert(0, phrases.flips(self.flips).en)
        measure = self.measure - _BULLET
        return (
            tuple(Paragraph.of(pair.zh, self.chinese, measure) for pair in said),
            tuple(Paragraph.of(text, self.english, measure) for text in english),
        )

    @cached_property
    def height(self) -> float:
        """Least height in points."""
        zh, en = self.paragraphs
        flips = (len(self.flips) + 1) * self.chinese.leading + _SPACE_ZH if self.flips else 0.0
        return (
            2 * _PAD
            + heading_height(self.heading, self.measure)
            + flips
            + sum(paragraph.height + _SPACE_ZH for paragraph in zh)
            + _LANGUAGES_APART
            + sum(paragraph.height + _SPACE_EN for paragraph in en)
        )

    def draw(self, canvas: Canvas, x: float, top: float, height: float) -> None:
        """Draw the box `height` points high; what it has to spare goes between its sentences."""
        box(canvas, x, top, self.width, height, styles.PANEL)
        rule(canvas, x, top, self.width, colour=styles.NAVY, weight=1.6)
        zh, en = self.paragraphs
        parts = len(zh) + len(en) + bool(self.flips)
        airier = min((height - self.height) / max(parts, 1), 4.0)
        x += _PAD
        y = heading(canvas, self.heading, x, top - _PAD, self.measure)
        if self.flips:
            y = self._draw_flips(canvas, x, y - _SPACE_ZH - airier)
        y = self._draw_bullets(canvas, zh, x, y, _SPACE_ZH + airier)
        y -= _LANGUAGES_APART / 2
        rule(canvas, x, y, self.measure, weight=0.5)
        y -= _LANGUAGES_APART / 2 - _SPACE_EN
        self._draw_bullets(canvas, en, x, y, _SPACE_EN + airier)

    def _draw_bullets(
        self,
        canvas: Canvas,
        paragraphs: Sequence[Paragraph],
        x: float,
        y: float,
        space: float,
    ) -> float:
        for paragraph in paragraphs:
            y -= space
            self._draw_bullet(canvas, x, y, paragraph.style)
            y = paragraph.draw(canvas, x + _BULLET, y)
        return y

    def _draw_bullet(self, canvas: Canvas, x: float, top: float, style: TextStyle) -> None:
        side = style.size * 0.34
        middle = top - style.leading / 2 - style.size * 0.03
        box(canvas, x + 1, middle + side / 2, side, side, styles.NAVY)

    def _draw_flips(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw the lead and a line a finding: indicator, households, what it would become."""
        style, flips = self.chinese, self.flips
        lead = words(wording.SENTENCES, "sentence", "change.flip.lead").zh
        self._draw_bullet(canvas, x, top, style)
        place_text(canvas, lead, x + _BULLET, top - first_baseline(style), style)
        y = top - style.leading
        names = [words(wording.INDICATORS, "indicator", s.args["indicator"]).zh for s in flips]
        counts = [f"{figures.count(s.args['households'])} 户" for s in flips]
        name_width = max(natural_width(name) for name in names) * style.size
        count_width = max(natural_width(count) for count in counts) * style.size
        right = x + self.measure
        for sentence, name, count in zip(flips, names, counts, strict=True):
            tone = TONES[sentence.args["finding"]]
            finding = words(wording.FINDINGS, "finding", sentence.args["finding"]).zh
            baseline, middle = y - first_baseline(style), y - style.leading / 2
            at = x + _BULLET
            place_text(canvas, name, at, baseline, style)
            at += name_width + 8 + count_width
            place_text(canvas, count, at, baseline, style, align="right")
            canvas.setFillColor(styles.GREY)
            arrow_head(canvas, at + 6, middle, 4, to_left=False)
            mark(canvas, tone, at + 20, middle, style.size * 0.86)
            coloured = replace(style, colour=tone.colour)
            coloured = fitted(finding, coloured, right - at - 28)
            place_text(canvas, finding, at + 28, baseline, coloured)
            y -= style.leading
        return y


@dataclass(frozen=True)
class Panels:
    """Both boxes, side by side where they balance, and the sentences that found no room."""

    sure: Panel
    change: Panel
    dropped: tuple[Sentence, ...]

    @classmethod
    def fitting(cls, sheet: VerdictSheet, room: float, *, note_height: float) -> Panels:
        """Fill both boxes of at most `room` points, less `note_height` if something is left out."""
        for chinese, english in styles.PANEL_SIZES:
            full = [_panel(sheet, place, chinese, english) for place in ("sure", "change")]
            lower, higher = sorted(panel.height for panel in full)
            if lower < _UNBALANCED * higher:
                wide = [replace(panel, width=CONTENT) for panel in full]
                if sum(panel.height for panel in wide) + _APART <= room:
                    return cls(wide[0], wide[1], ())
            if higher <= room:
                return cls(full[0], full[1], ())
        kept = [_filled(panel, room - note_height) for panel in full]
        dropped = [
            sentence
            for before, after in zip(full, kept, strict=True)
            for sentence in before.sentences
            if not any(sentence is held for held in after.sentences)
        ]
        return cls(kept[0], kept[1], tuple(dropped))

    @property
    def height(self) -> float:
        """Least height in points of both boxes together."""
        if self.is_stacked:
            return self.sure.height + _APART + self.change.height
        return max(self.sure.height, self.change.height)

    @property
    def is_stacked(self) -> bool:
        """Whether the boxes stand one under the other, each as wide as the page."""
        return self.sure.width == CONTENT

    def draw(self, canvas: Canvas, top: float, height: float) -> float:
        """Draw both boxes over `height` points and return their foot."""
        if self.is_stacked:
            upper = self.sure.height + (height - self.height) / 2
            self.sure.draw(canvas, LEFT, top, upper)
            lower = height - upper - _APART
            self.change.draw(canvas, LEFT, top - upper - _APART, lower)
            return top - height
        self.sure.draw(canvas, LEFT, top, height)
        self.change.draw(canvas, LEFT + _HALF + _APART, top, height)
        return top - height


def _panel(sheet: VerdictSheet, place: str, chinese: TextStyle, english: TextStyle) -> Panel:
    return Panel(label(f"heading.{place}"), sheet.said(place), sheet, chinese, english)


def _filled(panel: Panel, room: float) -> Panel:
    """Take the sentences in order of importance, passing over those that no longer fit."""
    order = sorted(
        range(len(panel.sentences)), key=lambda i: (_LEAVES.get(panel.sentences[i].code, 2), i)
    )
    kept: list[int] = []
    for candidate in order:
        trial = sorted([*kept, candidate])
        sentences = tuple(panel.sentences[i] for i in trial)
        if replace(panel, sentences=sentences).height <= room:
            kept.append(candidate)
    return replace(panel, sentences=tuple(panel.sentences[i] for i in sorted(kept)))
