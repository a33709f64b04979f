"""The methods annex of a campaign: how it was drawn and estimated, and how to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from report_templates import figures, styles, wording
from report_templates.annex_sheet import AnnexSheet
from report_templates.archive import Attachment
from report_templates.blocks import Paragraph
from report_templates.document import About
from report_templates.flow import Piece, Rows, paged
from report_templates.furniture import Running, digest_groups
from report_templates.grids import Content, Grid, GridColumn, measures, pair, text
from report_templates.papers import again, finished, marked, paragraph, say, section, title
from report_templates.phrases import day
from report_templates.styles import CONTENT, LEFT, TextStyle
from report_templates.tags import ENGLISH, Canvas
from report_templates.typeface import BOLD
from report_templates.wording import Bilingual, words

__all__ = ["AnnexSheet", "render"]

CELL = TextStyle(8.4, 10.8)
STRONG = replace(CELL, font=BOLD)
COMMAND = replace(styles.SMALL, lang=ENGLISH)
Parts = list[Piece | Rows]


def render(sheet: AnnexSheet) -> bytes:
    """Draw an annex and attach its annex.json; the same sheet gives the same bytes everywhere.

    Raises
    ------
    MissingGlyph, Overflow : a name cannot be drawn, or does not fit
    UnknownWording : the sheet holds a code for which no words are agreed
    """
    heads = Bilingual(
        say("annex.title", campaign=sheet.campaign.zh).zh,
        say("annex.title", campaign=sheet.campaign.en).en,
    )
    parts: Parts = [title(heads), paragraph(say("annex.intro"))]
    parts += [*_frame(sheet), *_plan(sheet), *_seed(sheet)]
    parts += _part("annex.weights", say("annex.weights_text"))
    confidence = figures.plain(sheet.confidence)
    estimators = say("annex.estimators_text", interval=sheet.interval, confidence=confidence)
    parts += _part("annex.estimators", estimators)
    parts += [*_errors(sheet), *_quality(sheet), *_rulebook(sheet), *_repeat(sheet)]
    description = say("annex.attachment")
    attachment = Attachment(
        "annex.json", sheet.content, sheet.released, f"{description.zh} | {description.en}"
    )
    return finished(_about(sheet, heads), _running(sheet), paged(parts, again(heads)), attachment)


def _part(name: str, said: Bilingual) -> Parts:
    return [section(say(name)), paragraph(said, gap=2.0)]


def _frame(sheet: AnnexSheet) -> Parts:
    frozen = day(sheet.frame_date)
    counts = {
        "counties": len(sheet.frame),
        "villages": figures.count(sum(county.villages for county in sheet.frame)),
        "digest": _grouped(sheet.frame_sha256),
    }
    said = Bilingual(
        say("annex.frame_text", date=frozen.zh, **counts).zh,
        say("annex.frame_text", date=frozen.en, **counts).en,
    )
    heads = ("county", "villages", "class_e", "class_p", "class_n")
    rows = [
        (f"{one.name} {one.adcode}", *map(figures.count, (one.villages, one.e, one.p, one.n)))
        for one in sheet.frame
    ]
    return [*_part("annex.frame", said), _table(heads, (4, 1, 1, 1, 1), rows)]


def _plan(sheet: AnnexSheet) -> Parts:
    said = say("annex.design_text", digest=_grouped(sheet.plan_sha256))
    return [*_part("annex.design", said), _table(("key", "value"), (2, 3), sheet.plan)]


def _seed(sheet: AnnexSheet) -> Parts:
    later = say("annex.seed_later")
    known = {
        "commitment": _grouped(sheet.commitment),
        "source": sheet.public_value_source,
        "sample": _grouped(sheet.sample_sha256),
    }
    seed = _grouped(sheet.seed) if sheet.seed else None
    said = Bilingual(
        say("annex.seed_text", seed=seed or later.zh, **known).zh,
        say("annex.seed_text", seed=seed or later.en, **known).en,
    )
    return _part("annex.seed", said)


def _errors(sheet: AnnexSheet) -> Parts:
    heads = ("indicator", "estimate", "interval", "se", "deff", "n", "n_eff", "df")
    columns = _columns(heads, (3.6, 1.1, 1.9, 1.0, 1.1, 1.0, 1.2, 0.9))
    rooms = measures(columns)
    rows: list[tuple[Content, ...]] = []
    for one in sheet.rows:
        name = words(wording.INDICATORS, "indicator", one.indicator)
        ends = f"{_rate(one.low)}–{_rate(one.high)}"
        shown = (_rate(one.value), ends, _rate(one.se), f"{one.deff:.2f}")
        counts = tuple(map(figures.count, (one.n, one.n_eff, one.df)))
        who = pair(Bilingual(f"{one.county} {name.zh}", name.en), rooms[0], CELL, styles.ROW_EN)
        cells = zip((*shown, *counts), rooms[1:], strict=True)
        rows.append((who, *(text(value, CELL, room) for value, room in cells)))
    return [section(say("annex.errors")), Rows(Grid(columns, rows), gap=3.0)]


def _quality(sheet: AnnexSheet) -> Parts:
    heads = ("county", "villages", "households", "response", "replaced", "revisits", "agreement")
    rows = [
        (
            one.county,
            figures.count(one.villages),
            figures.count(one.completed),
            _rate(one.response, 1),
            _rate(one.replaced, 1),
            figures.count(one.revisits),
            "–" if one.agreement is None else _rate(one.agreement, 0),
        )
        for one in sheet.quality
    ]
    return [
        *_part("annex.quality", say("annex.quality_text")),
        _table(heads, (3, 1, 1.3, 1.2, 1.2, 1.4, 1.3), rows),
    ]


def _rulebook(sheet: AnnexSheet) -> Parts:
    said = say("annex.rulebook_text", id=sheet.rulebook, digest=_grouped(sheet.rulebook_sha256))
    own = say("annex.default")
    rows = [
        (key, value, f"{own.zh} {own.en}" if source == own.en else source)
        for key, value, source in sheet.settings
    ]
    return [*_part("annex.rulebook", said), _table(("key", "value", "source"), (2.2, 2.2, 3), rows)]


def _repeat(sheet: AnnexSheet) -> Parts:
    parts = _part("annex.repeat", say("annex.repeat_text", software=sheet.software))
    parts += [_command(line) for line in sheet.commands]
    parts.append(section(say("annex.digests")))
    rows = [(name, _grouped(digest)) for name, digest in sheet.digests]
    parts.append(_table(("document", "digest"), (1.5, 3.9), rows))
    return parts


def _command(line: str) -> Piece:
    block = Paragraph.of(line, COMMAND, CONTENT - 12)

    def draw(canvas: Canvas, top: float) -> float:
        return block.draw(canvas, LEFT + 12, top)

    return Piece(block.height, draw, gap=4.0)


def _columns(heads: Sequence[str], shares: Sequence[float]) -> list[GridColumn]:
    return [
        GridColumn(say(f"annex.{head}"), share) for head, share in zip(heads, shares, strict=True)
    ]


def _table(heads: Sequence[str], shares: Sequence[float], rows: Sequence[Sequence[str]]) -> Rows:
    """Return rows of plain text, the first cell of each set bold."""
    columns = _columns(heads, shares)
    rooms = measures(columns)
    cells = [
        tuple(
            text(value, CELL if i else STRONG, room)
            for i, (value, room) in enumerate(zip(row, rooms, strict=True))
        )
        for row in rows
    ]
    return Rows(Grid(columns, cells), gap=4.0)


def _rate(value: float, decimals: int = figures.DECIMALS) -> str:
    """Print a rate with all the decimals that the public edition gave it."""
    percent = (figures.exact(value) * 100).normalize()
    given = percent.as_tuple().exponent
    return f"{percent:.{max(decimals, -given if isinstance(given, int) else 0)}f}%"


def _grouped(digest: str) -> str:
    return " ".join(digest_groups(digest))


def _running(sheet: AnnexSheet) -> Running:
    series = say("annex.series")
    groups = digest_groups(sheet.digest)
    digest = f"annex.json SHA-256 {groups[0]}..{groups[-1]}"
    return Running(
        head=(f"{series.zh}   {series.en}", series.zh),
        head_right=sheet.released.isoformat(),
        foot=(f"{sheet.campaign.zh}   {digest}", digest),
        simulated=sheet.simulated,
    )


def _about(sheet: AnnexSheet, heads: Bilingual) -> About:
    series = say("annex.series")
    about = About(
        title=f"{heads.zh} | {heads.en}",
        subject=f"{series.zh} | {series.en}",
        keywords=f"{sheet.campaign_id}, SHA-256 {sheet.digest}",
        author=f"{sheet.agency.zh} | {sheet.agency.en}",
        creator=sheet.software,
        released=sheet.released,
        digest=sheet.digest,
    )
    return marked(about, simulated=sheet.simulated)
