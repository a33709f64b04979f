"""Lines of Chinese and English text as a careful typesetter would end them.

The rules are those of GB/T 15834 and W3C clreq: some marks begin no line, some end none, dashes
and ellipses of two characters are one, a number keeps its unit, and where two full-width marks
meet, the blank half between them goes. Widths are in em: one result serves every type size.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from report_templates.typeface import BOLD, REGULAR, advance

NEVER_FIRST = frozenset("，。、；：！？）》〉】」』”’…—·%‰℃,.;:!?)]}")
NEVER_LAST = frozenset("（《〈【「『“‘¥([{")
_OPENING = frozenset("（《〈【「『“‘")
_CLOSING = frozenset("，。、；：！？）》〉】」』”’")

FEWEST_LAST = 3  # characters on the last line of a paragraph
_NARROWEST_LAST = 2.6  # em; three letters are fewer than three characters look
_NARROWEST_LAST_LATIN = 6.5  # em, where a text has no Chinese: about two words

_UNITS = "个|名|户|人|村|项|倍|次|年|月|日|天|元|县|乡|镇|组|层|页|版|例|问|位|%|‰|℃"
_TOKEN = re.compile(
    r"""(?P<space>[ ]+)
    |\d{4}[ ]?年(?:[ ]?\d{1,2}[ ]?月(?:[ ]?\d{1,2}[ ]?日)?)?   # 2020 年 7 月 7 日
    |\d{1,2}[ ][A-Z][a-z]+[ ]\d{4}                              # 7 July 2020
    |[A-Za-z][\w-]*[ ]\d+(?:\.\d+)+                            # a program and its version
    |\d[\d,.]*[ ](?:of[ ]\d+|households?|persons?|villages?|townships?|cases?|days?)\b
    |第?[ ]?[<>≤≥]?[ ]?\d[\d,./–-]*(?:[ ]?(?:UNITS))+            # 11 个, 3/4 项, 第 1 版
    |[<>≤≥][ ]\d[\d.]*%?
    |——|……
    |（[^（）]{1,9}）|“[^“”]{1,9}”                               # short asides stay on one line
    |[!-~\u00a1-\u024f–−]+                                       # Latin word, number, ISO date
    |.""".replace("UNITS", _UNITS),
    re.VERBOSE,
)


@dataclass(frozen=True)
class Segment:
    """A stretch of one font, `offset` em from the beginning of its line."""

    offset: float
    text: str
    font: str


@dataclass(frozen=True)
class Line:
    """One line ready to draw; `width` in em, without blanks that stick out.

    `parts_words` : the line ends at a blank, which whoever reads the text aloud needs.
    """

    segments: tuple[Segment, ...]
    width: float
    parts_words: bool = False

    @property
    def text(self) -> str:
        """The characters of the line, in reading order."""
        return "".join(segment.text for segment in self.segments)


@lru_cache(maxsize=8192)
def break_lines(
    markup: str, measure: float, *, font: str = REGULAR, by_phrase: bool = False
) -> tuple[Line, ...]:
    """Break a paragraph into lines no wider than `measure` em; **two stars** set bold.

    With `by_phrase`, as suits a display line, a line ends after a mark wherever that is possible.
    """
    text, bold = _parse(markup)
    if not text:
        return ()
    measured = _Measured(text, tuple(BOLD if heavy else font for heavy in bold))
    atoms = _atoms(text)
    if by_phrase:
        atoms = _phrases(measured, atoms, measure)
    lines = _fill(measured, atoms, measure)
    return tuple(measured.line(start, end) for start, end in _mend_last(measured, lines, measure))


def natural_width(markup: str, *, font: str = REGULAR) -> float:
    """Return the width in em that a paragraph takes on a single line."""
    lines = break_lines(markup, 1e9, font=font)
    return lines[0].width if lines else 0.0


def _parse(markup: str) -> tuple[str, list[bool]]:
    parts = markup.split("**")
    text, bold = "", []
    for number, part in enumerate(parts):
        text += part
        bold += [number % 2 == 1] * len(part)
    return text, bold


def _atoms(text: str) -> list[tuple[int, int]]:
    """Return the spans between permitted breaks; blanks at their ends are left out."""
    tokens = [(match.start(), match.end(), match.lastgroup) for match in _TOKEN.finditer(text)]
    atoms: list[tuple[int, int]] = []
    start: int | None = None
    for number, (begin, end, kind) in enumerate(tokens):
        if kind == "space":
            continue
        if start is None:
            start = begin
        following = tokens[number + 1] if number + 1 < len(tokens) else None
        if following is None:
            atoms.append((start, end))
            continue
        spaced = following[2] == "space"
        if spaced and number + 2 < len(tokens):
            following = tokens[number + 2]
        if _may_break(text[end - 1], text[following[0]], spaced=spaced):
            atoms.append((start, end))
            start = None
    return atoms


def _may_break(before: str, after: str, *, spaced: bool) -> bool:
    if after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return spaced or _is_wide(before) or _is_wide(after)


def _is_wide(character: str) -> bool:
    return ord(character) >= 0x2E80 or character in _OPENING or character in _CLOSING


class _Measured:
    """A text with the position of every character, squeezed where full-width marks meet."""

    def __init__(self, text: str, fonts: tuple[str, ...]) -> None:
        self.text = text
        self.fonts = fonts
        self._widths = [
            advance(character, font) for character, font in zip(text, fonts, strict=True)
        ]
        # Blank half dropped before character i because of the mark that stands before it.
        self._pull = [0.0] * len(text)
        for i in range(1, len(text)):
            before, after = text[i - 1], text[i]
            both_open = before in _OPENING and after in _OPENING
            closes_first = before in _CLOSING and (after in _CLOSING or after in _OPENING)
            if both_open or closes_first:
                self._pull[i] = 0.5
        steps = [width - pull for width, pull in zip(self._widths, self._pull, strict=True)]
        self._reached = [0.0, *accumulate(steps)]

    def width(self, start: int, end: int) -> float:
        """Width in em of the characters from `start` up to `end`, set as a line of their own."""
        hanging = 0.5 if self.text[end - 1] in _CLOSING else 0.0
        first = self._pull[start]
        indent = 0.5 if self.text[start] in _OPENING else 0.0
        return self._reached[end] - self._reached[start] + first - indent - hanging

    def line(self, start: int, end: int) -> Line:
        """Return the line from `start` up to `end`, cut where the font or the spacing changes."""
        segments: list[Segment] = []
        indent = 0.5 if self.text[start] in _OPENING else 0.0
        x = at = 0.0 - indent
        begun = start
        for i in range(start, end):
            pull = self._pull[i] if i > start else 0.0
            if i > begun and (pull or self.fonts[i] != self.fonts[i - 1]):
                segments.append(Segment(at, self.text[begun:i], self.fonts[begun]))
                begun, at = i, x - pull
            x += self._widths[i] - pull
        segments.append(Segment(at, self.text[begun:end], self.fonts[begun]))
        parts_words = self.text[end : end + 1] == " "
        return Line(tuple(segments), self.width(start, end), parts_words)


_Spans = list[list[tuple[int, int]]]


def _fill(measured: _Measured, atoms: list[tuple[int, int]], measure: float) -> _Spans:
    lines: _Spans = []
    current: list[tuple[int, int]] = []
    for atom in atoms:
        for part in _fitting(measured, atom, measure):
            if current and measured.width(current[0][0], part[1]) > measure:
                lines.append(current)
                current = []
            current.append(part)
    if current:
        lines.append(current)
    return lines


def _phrases(
    measured: _Measured, atoms: list[tuple[int, int]], measure: float
) -> list[tuple[int, int]]:
    """Join atoms up to the next mark, as long as they fit on one line."""
    joined: list[tuple[int, int]] = []
    is_open = False
    for start, end in atoms:
        if is_open and measured.width(joined[-1][0], end) <= measure:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
        is_open = measured.text[end - 1] not in "，；：。,;:."
    return joined


def _fitting(measured: _Measured, atom: tuple[int, int], measure: float) -> list[tuple[int, int]]:
    """Cut an atom wider than a whole line, such as a digest, where the line is full."""
    start, end = atom
    if measured.width(start, end) <= measure:
        return [atom]
    parts = []
    while start < end:
        stop = start + 1
        while stop < end and measured.width(start, stop + 1) <= measure:
            stop += 1
        parts.append((start, stop))
        start = stop
    return parts


def _mend_last(measured: _Measured, lines: _Spans, measure: float) -> list[tuple[int, int]]:
    """Move words down until the last line has three characters, if the paragraph has so many."""
    is_latin = not any(map(_is_wide, measured.text))
    narrowest = _NARROWEST_LAST_LATIN if is_latin else _NARROWEST_LAST
    while len(lines) > 1 and len(lines[-2]) > 1:
        start, end = lines[-1][0][0], lines[-1][-1][1]
        characters = len(measured.text[start:end].replace(" ", ""))
        if characters >= FEWEST_LAST and measured.width(start, end) >= narrowest:
            break
        moved = lines[-2][-1]
        if measured.width(moved[0], end) > measure:
            break
        lines[-2].pop()
        lines[-1].insert(0, moved)
    return [(line[0][0], line[-1][1]) for line in lines]
