"""The two boxes of page 1: how sure the verdict is, and what would change it.

A box shows all its Chinese remarks and below them all its English ones. It is set as large as
the page allows; when even the least size is too large, remarks go to the notes of page 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

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
from report_templates.phrases import label
from report_templates.remarks import FLIPS, Remark, remarks
from report_templates.styles import CONTENT, LEFT, TONES, PanelType, TextStyle
from report_templates.tags import ENGLISH, Canvas
from report_templates.verdict_sheet import Sentence, VerdictSheet
from report_templates.wording import Bilingual, words

APART = 14.0
_PAD = 8.5
MORE_HEIGHT = 13.0  # the line below the boxes that points to the notes of page 2
_HOPELESS = 1.08  # boxes higher on average than this times their room fit at no share of the width
_UNBALANCED = 0.55  # a box shorter than this share of the other leaves a hole beside it
_BULLET = 9.0
_MARKED = 28.0  # arrow and mark before a finding
_SPACE_ZH = 2.6
_SPACE_EN = 1.6
_LANGUAGES_APART = 7.0
_EVEN = 0.5  # what the left of the two boxes gets of the width
_SHIFTS = (0.04, 0.08)  # what the box that needs more may get of the other's half
_LOPSIDED = 1.07  # one box so much higher than the other takes some of its width

# Which remark goes first to the notes when a box is full: the one with the highest figure, and of
# equals the later. What reverses the verdict or changes a finding stays longest.
_LEAVES = {
    "sure.interval": 0,
    "sure.open": 1,
    "sure.zero_found": 1,
    "sure.response": 2,
    "sure.reach": 3,
    "sure.undetermined": 1,
    "sure.design_effect": 4,
    "change.outcome": 0,
    "change.flip": 1,
    "change.variant": 2,
    "change.extend": 3,
    "change.extend_unreachable": 3,
    "change.no_variant": 4,
}


@dataclass(frozen=True)
class Panel:
    """One box with the remarks it holds, as wide as `width` points."""

    heading: Bilingual
    remarks: tuple[Remark, ...]
    type: PanelType
    width: float

    @property
    def measure(self) -> float:
        """Width in points between the margins of the box."""
        return self.width - 2 * _PAD

    @property
    def flips(self) -> tuple[Sentence, ...]:
        """The sentences that are set as a small table."""
        tables = [remark.sentences for remark in self.remarks if remark.code == FLIPS]
        return tables[0] if tables else ()

    @cached_property
    def paragraphs(self) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
        """Chinese and English paragraphs; the flips are in the English ones only."""
        measure = self.measure - _BULLET
        chinese = [remark.words.zh for remark in self.remarks if remark.code != FLIPS]
        english = [remark.words.en for remark in self.remarks]
        zh = tuple(Paragraph.of(text, self.type.chinese, measure) for text in chinese)
        if self.type.runs_on:
            return zh, (Paragraph.of(" ".join(english), self.type.english, self.measure),)
        return zh, tuple(Paragraph.of(text, self.type.english, measure) for text in english)

    @cached_property
    def height(self) -> float:
        """Least height in points; no height will do where the table of flips is too wide."""
        if self.flips and self._flips_width > self.measure:
            return math.inf
        zh, en = self.paragraphs
        flips = (len(self.flips) + 1) * self.type.chinese.leading + _SPACE_ZH if self.flips else 0.0
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
        with canvas.tag("L"):
            if self.flips:
                with canvas.tag("LI"), canvas.tag("LBody"):
                    y = self._draw_flips(canvas, x, y - _SPACE_ZH - airier)
            y = self._draw_bullets(canvas, zh, x, y, _SPACE_ZH + airier)
        y -= _LANGUAGES_APART / 2
        rule(canvas, x, y, self.measure, weight=0.5)
        y -= _LANGUAGES_APART / 2 - _SPACE_EN
        if self.type.runs_on:
            en[0].draw(canvas, x, y - _SPACE_EN - airier)
        else:
            with canvas.tag("L", lang=ENGLISH):
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
            with canvas.tag("LI"), canvas.tag("LBody"):
                y = paragraph.draw(canvas, x + _BULLET, y)
        return y

    def _draw_bullet(self, canvas: Canvas, x: float, top: float, style: TextStyle) -> None:
        side = style.size * 0.34
        middle = top - style.leading / 2 - style.size * 0.03
        box(canvas, x + 1, middle + side / 2, side, side, styles.NAVY)

    @cached_property
    def _flips_words(self) -> tuple[list[str], list[str], list[str]]:
        """Indicators, households and findings of the table of flips."""
        flips = self.flips
        return (
            [words(wording.INDICATORS, "indicator", one.args["indicator"]).zh for one in flips],
            [f"{figures.count(one.args['households'])} 户" for one in flips],
            [words(wording.FINDINGS, "finding", one.args["finding"]).zh for one in flips],
        )

    @property
    def _flips_left(self) -> float:
        """How far from the margin of the box the households end, in points."""
        names, counts, _ = self._flips_words
        widths = (max(natural_width(text) for text in texts) for texts in (names, counts))
        return _BULLET + 8 + sum(widths) * self.type.chinese.size

    @property
    def _flips_width(self) -> float:
        """Least width of the table of flips, its findings as small as they may be."""
        findings = self._flips_words[2]
        return self._flips_left + _MARKED + max(map(natural_width, findings)) * styles.SMALLEST

    def _draw_flips(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw the lead and a line a finding: indicator, households, what it would become."""
        style, flips = self.type.chinese, self.flips
        lead = phrases.flips_lead().zh
        self._draw_bullet(canvas, x, top, style)
        place_text(canvas, lead, x + _BULLET, top - first_baseline(style), style)
        y = top - style.leading
        names, counts, findings = self._flips_words
        at = x + self._flips_left
        with canvas.tag("L"):
            for sentence, name, count, finding in zip(flips, names, counts, findings, strict=True):
                tone = TONES[sentence.args["finding"]]
                baseline, middle = y - first_baseline(style), y - style.leading / 2
                coloured = replace(style, colour=tone.colour)
                coloured = fitted(finding, coloured, x + self.measure - at - _MARKED)
                canvas.setFillColor(styles.GREY)
                arrow_head(canvas, at + 6, middle, 4, to_left=False)
                mark(canvas, tone, at + 20, middle, style.size * 0.86)
                with canvas.tag("LI"), canvas.tag("LBody"), canvas.content():
                    place_text(canvas, f"{name} ", x + _BULLET, baseline, style)
                    place_text(canvas, f"{count} ", at, baseline, style, align="right")
                    place_text(canvas, finding, at + _MARKED, baseline, coloured)
                y -= style.leading
        return y


@dataclass(frozen=True)
class Panels:
    """Both boxes, side by side where they balance, and the remarks that found no room."""

    sure: Panel
    change: Panel
    dropped: tuple[Remark, ...] = ()

    @classmethod
    def fitting(cls, sheet: VerdictSheet, room: Callable[[float], float]) -> Panels:
        """Fill both boxes, as large as they may be: `room` is their height at a share of the width.

        Where even the smallest type is too large, remarks are left out and counted below the boxes.
        """
        sure, change = (remarks(sheet.said(place), sheet) for place in ("sure", "change"))
        for type_ in styles.PANEL_TYPES:
            full = cls(
                Panel(label("heading.sure"), sure, type_, CONTENT),
                Panel(label("heading.change"), change, type_, CONTENT),
            )
            fitting = full._arranged(room)
            if fitting:
                return fitting
        shares = [_EVEN, *(_EVEN + side * shift for shift in _SHIFTS for side in (-1, 1))]
        ways = [full.shared(share)._filled(room(share) - MORE_HEIGHT) for share in shares]
        return min(ways, key=lambda way: len(way.dropped))

    def _arranged(self, room: Callable[[float], float]) -> Panels | None:
        """Return the boxes side by side or stacked, if all remarks fit in one of these ways."""
        even = self.shared(_EVEN)
        lower, higher = sorted((even.sure.height, even.change.height))
        if lower < _UNBALANCED * higher and self.height <= room(_EVEN):
            return self
        ways = [(higher, _EVEN, even)]
        if higher > _LOPSIDED * lower and (lower + higher) / 2 < room(_EVEN) * _HOPELESS:
            side = 1 if even.sure.height > even.change.height else -1
            for share in (_EVEN + side * shift for shift in _SHIFTS):
                shared = self.shared(share)
                ways.append((shared.height, share, shared))
        fitting = [way for way in ways if way[0] <= room(way[1])]
        return min(fitting, key=lambda way: way[0])[2] if fitting else None

    def shared(self, share: float) -> Panels:
        """Return both boxes side by side, the left one with a share of the width."""
        left = (CONTENT - APART) * share
        return Panels(
            replace(self.sure, width=left),
            replace(self.change, width=CONTENT - APART - left),
            self.dropped,
        )

    def _filled(self, room: float) -> Panels:
        """Return the boxes with what fits into `room` points, the rest left out."""
        kept = [_filled(panel, room) for panel in (self.sure, self.change)]
        dropped = [
            remark
            for before, after in zip((self.sure, self.change), kept, strict=True)
            for remark in before.remarks
            if remark not in after.remarks
        ]
        return Panels(kept[0], kept[1], tuple(dropped))

    @property
    def share(self) -> float:
        """What the left of two columns below the boxes gets of the width, to stand in line."""
        return 0.5 if self.is_stacked else self.sure.width / (CONTENT - APART)

    @property
    def height(self) -> float:
        """Least height in points of both boxes together."""
        if self.is_stacked:
            return self.sure.height + APART + self.change.height
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
            lower = height - upper - APART
            self.change.draw(canvas, LEFT, top - upper - APART, lower)
            return top - height
        self.sure.draw(canvas, LEFT, top, height)
        self.change.draw(canvas, LEFT + self.sure.width + APART, top, height)
        return top - height


def _filled(panel: Panel, room: float) -> Panel:
    """Take the remarks in order of importance, passing over those that no longer fit."""
    order = sorted(
        range(len(panel.remarks)), key=lambda i: (_LEAVES.get(panel.remarks[i].code, 2), i)
    )
    kept: list[int] = []
    for candidate in order:
        trial = sorted([*kept, candidate])
        if replace(panel, remarks=tuple(panel.remarks[i] for i in trial)).height <= room:
            kept.append(candidate)
    return replace(panel, remarks=tuple(panel.remarks[i] for i in sorted(kept)))
