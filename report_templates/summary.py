"""The summary of a campaign for its commissioner: all counties by code, and no league table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from report_templates import figures, styles, wording
from report_templates.archive import Attachment
from report_templates.blocks import first_baseline, place_text
from report_templates.document import About
from report_templates.flow import Piece, Rows, paged
from report_templates.furniture import Running, digest_groups
from report_templates.grids import PAD, Content, Grid, GridColumn, measures, pair, text
from report_templates.marks import mark
from report_templates.papers import again, finished, marked, paragraph, section, title
from report_templates.phrases import day
from report_templates.styles import TextStyle, Tone
from report_templates.summary_sheet import CountyRow, Figure, SummarySheet
from report_templates.summary_wording import say
from report_templates.tags import Canvas
from report_templates.wording import Bilingual, words

__all__ = ["SummarySheet", "render"]

STANDINGS = (
    ("meets", "established"),
    ("meets", "open"),
    ("does_not_meet", "established"),
    ("does_not_meet", "open"),
)
CELL = TextStyle(8.6, 11.0)
CELL_EN = replace(styles.ROW_EN, size=7.5, leading=9.0)
_MARK = 7.0


def render(sheet: SummarySheet) -> bytes:
    """Draw the summary and attach its summary.json; the same sheet gives the same bytes.

    Raises
    ------
    MissingGlyph, Overflow : a name cannot be drawn, or does not fit
    """
    heads = Bilingual(say("title", name=sheet.name.zh).zh, say("title", name=sheet.name.en).en)
    parts: list[Piece | Rows] = [
        title(heads),
        paragraph(_compiled(sheet)),
        section(say("outcomes")),
        Rows(_outcomes(sheet)),
        section(say("passes")),
        paragraph(_passes(sheet), gap=3.0),
        paragraph(say("passes.method"), styles.SMALL, styles.SMALL_EN, gap=4.0),
        section(say("list")),
        paragraph(_list(sheet), gap=3.0),
        section(say("key")),
        paragraph(say("key.text"), gap=3.0),
        section(say("check")),
        paragraph(say("check.text", digest=" ".join(digest_groups(sheet.digest))), gap=3.0),
    ]
    for province, rows in groupby(sheet.counties, key=lambda one: one.province):
        parts += _province(province, list(rows))
    description = say("attachment")
    attachment = Attachment(
        "summary.json", sheet.content, sheet.released, f"{description.zh} | {description.en}"
    )
    return finished(_about(sheet, heads), _running(sheet), paged(parts, again(heads)), attachment)


def _compiled(sheet: SummarySheet) -> Bilingual:
    on, count = day(sheet.released), figures.count(len(sheet.counties))
    zh, en = (say("about", date=date, counties=count) for date in on)
    return Bilingual(zh.zh, en.en)


def _outcomes(sheet: SummarySheet) -> Grid:
    """Count counties by outcome and standing."""
    columns = [GridColumn(say("outcome"), 3), GridColumn(say("counties"), 1)]
    widths = measures(columns)
    rows: list[Sequence[Content]] = [
        (
            pair(say(".".join(one)), widths[0], CELL, CELL_EN),
            text(figures.count(sheet.having(*one)), CELL, widths[1]),
        )
        for one in STANDINGS
    ]
    total = figures.count(len(sheet.counties))
    rows.append(
        (pair(say("outcomes.none"), widths[0], CELL, CELL_EN), text(total, CELL, widths[1]))
    )
    return Grid(columns, rows)


def _passes(sheet: SummarySheet) -> Bilingual:
    found = sheet.passes
    return say(
        "passes.text",
        counties=figures.count(found.counties),
        passes=figures.count(found.passes),
        established=figures.count(found.established),
        expected=f"{found.expected:.1f}",
        expected_established=f"{found.expected_established:.1f}",
        at_threshold=f"{found.at_threshold:.1f}",
    )


def _list(sheet: SummarySheet) -> Bilingual:
    listed = sum(one.listed for one in sheet.counties)
    return say(
        "list.text",
        listed=figures.count(listed),
        counties=figures.count(len(sheet.counties)),
        q=figures.plain(sheet.q),
    )


def _province(province: Bilingual, rows: Sequence[CountyRow]) -> list[Piece | Rows]:
    names = {"zh": province.zh, "en": province.en or province.zh}
    heads = say("province", counties=figures.count(len(rows)), **names)
    return [section(heads), Rows(_counties(rows), gap=4.0)]


def _counties(rows: Sequence[CountyRow]) -> Grid:
    criteria = [one.code for one in rows[0].figures]
    columns = [
        GridColumn(say("code"), 0.75),
        GridColumn(say("county"), 2.0),
        GridColumn(say("outcome"), 1.8),
        *(GridColumn(words(wording.INDICATORS_SHORT, "indicator", code), 1.1) for code in criteria),
        GridColumn(say("listed"), 0.7),
    ]
    widths = measures(columns)
    return Grid(columns, [_row(one, widths) for one in rows])


def _row(row: CountyRow, widths: Sequence[float]) -> Sequence[Content]:
    verdict = _verdict(row)
    listed = say("listed.yes" if row.listed else "listed.no")
    return (
        text(row.adcode, CELL, widths[0]),
        _named(row.name, widths[1]),
        pair(verdict, widths[2], CELL, CELL_EN),
        *(_Marked.of(one, width) for one, width in zip(row.figures, widths[3:-1], strict=True)),
        _named(listed if row.listed else Bilingual(listed.zh, ""), widths[-1]),
    )


def _verdict(row: CountyRow) -> Bilingual:
    """The outcome, and how sure it is."""
    if row.outcome != "meets":
        return say(f"{row.outcome}.{row.standing}")
    outcome, count = say("meets"), say("established", count=row.established)
    return Bilingual(f"{outcome.zh}，{count.zh}", f"{outcome.en}, {count.en}")


def _named(name: Bilingual, width: float) -> Content:
    """Both languages where both are known."""
    return pair(name, width, CELL, CELL_EN) if name.en else text(name.zh, CELL, width)


@dataclass(frozen=True)
class _Marked:
    """A figure behind the mark of its finding."""

    words: str
    tone: Tone
    height: float = CELL.leading

    @classmethod
    def of(cls, figure: Figure, width: float) -> _Marked:
        """Print a figure on its side of its threshold."""
        words = str(figures.rounded(figure.value, figure.rule))
        return cls(words, styles.TONES[figure.finding])

    def draw(self, canvas: Canvas, x: float, top: float) -> float:
        """Draw mark and figure below `top`."""
        mark(canvas, self.tone, x + _MARK / 2, top - CELL.leading / 2, _MARK)
        place_text(canvas, self.words, x + _MARK + PAD, top - first_baseline(CELL), CELL)
        return top - self.height


def _running(sheet: SummarySheet) -> Running:
    series = say("series")
    groups = digest_groups(sheet.digest)
    digest = f"summary.json SHA-256 {groups[0]}..{groups[-1]}"
    return Running(
        head=(f"{series.zh}   {series.en}", series.zh),
        head_right=sheet.released.isoformat(),
        foot=(f"{sheet.name.zh}   {digest}", digest),
        simulated=sheet.simulated,
    )


def _about(sheet: SummarySheet, heads: Bilingual) -> About:
    series = say("series")
    about = About(
        title=f"{heads.zh} | {heads.en}",
        subject=f"{series.zh} | {series.en}",
        keywords=f"SHA-256 {sheet.digest}",
        author=f"{sheet.agency.zh} | {sheet.agency.en}",
        creator=sheet.software,
        released=sheet.released,
        digest=sheet.digest,
    )
    return marked(about, simulated=sheet.simulated)
