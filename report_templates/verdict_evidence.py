"""Page 2: the evidence behind the verdict, and notes that found no room on page 1."""

from __future__ import annotations

from collections.abc import Sequence

from report_templates import phrases, styles, wording
from report_templates.blocks import Overflow, Stack, bilingual, rule
from report_templates.phrases import day, label, say
from report_templates.remarks import Remark
from report_templates.sections import GAP, ROOM, Page, Section, title_section
from report_templates.styles import CONTENT, LEFT
from report_templates.tags import Canvas
from report_templates.verdict_answers import satisfaction_section
from report_templates.verdict_cases import cases_section
from report_templates.verdict_estimates import strata_section
from report_templates.verdict_map import map_section
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words


def evidence_pages(sheet: VerdictSheet, dropped: Sequence[Remark]) -> list[Page]:
    """Lay out page 2, and a page of further notes only where page 1 had to drop too many."""
    sections = [
        _title(sheet),
        strata_section(sheet),
        satisfaction_section(sheet),
        cases_section(sheet),
    ]
    tiles = map_section(sheet)
    wanted = tiles.height + GAP + _notes_height(_notes(sheet, ()))
    if sheet.record.townships and wanted <= _free(sections):
        sections.insert(3, tiles)
    fitting, rest = _split(_notes(sheet, dropped), _free(sections))
    pages = [Page((*sections, *([_notes_section(fitting)] if fitting else [])))]
    heading_section = title_section(label("notes.more"))
    while rest:
        fitting, rest = _split(rest, ROOM - heading_section.height - GAP)
        if not fitting:
            raise Overflow("a note is longer than a page")
        pages.append(Page((heading_section, _notes_section(fitting, titled=False))))
    return pages


def _free(sections: Sequence[Section]) -> float:
    return ROOM - sum(section.height for section in sections) - GAP * len(sections)


def _title(sheet: VerdictSheet) -> Section:
    said = [say(sentence, sheet) for sentence in sheet.said("strata")]
    if not said:
        code = "strata.single" if len(sheet.strata) == 1 else "strata.unsaid"
        said = [words(wording.SENTENCES, "sentence", code)]
    pair = words(wording.LABELS, "label", "evidence")
    title = phrases.both(pair, {"finding": said[0].zh}, {"finding": phrases.uncapital(said[0].en)})
    return title_section(title)


def _notes(sheet: VerdictSheet, dropped: Sequence[Remark]) -> list[Bilingual]:
    campaign = sheet.campaign
    date = day(campaign.reference_date)
    year_and_yuan = {"year": campaign.line_year, "yuan": f"{campaign.line_yuan:,.10g}"}
    line = phrases.both(
        words(wording.LABELS, "label", "notes.line"),
        {**year_and_yuan, "date": date.zh, "agency": campaign.agency_zh},
        {**year_and_yuan, "date": date.en, "agency": campaign.agency_en},
    )
    rulebook = label("notes.rulebook", rulebook=sheet.rulebook, software=sheet.software)
    fixed = [line, rulebook]
    joined = Bilingual("".join(pair.zh for pair in fixed), " ".join(pair.en for pair in fixed))
    return [*(remark.words for remark in dropped), joined]


def _note_stack(notes: Sequence[Bilingual], *, titled: bool = True) -> Stack:
    """Run all notes together, Chinese and then English: they are read once, if at all."""
    zh = "".join(note.zh for note in notes)
    en = " ".join(note.en for note in notes)
    if titled:
        title = label("notes.heading")
        zh, en = f"**{title.zh}**  {zh}", f"**{title.en}**  {en}"
    return bilingual(Bilingual(zh, en), CONTENT, styles.SMALL, styles.SMALL_EN, gap=2.0)


def _notes_height(notes: Sequence[Bilingual]) -> float:
    return 5 + _note_stack(notes).height


def _split(notes: Sequence[Bilingual], room: float) -> tuple[list[Bilingual], list[Bilingual]]:
    """Return the notes that fit into `room` points, and the rest."""
    fitting = list(notes)
    while fitting and _notes_height(fitting) > room:
        fitting.pop()
    return fitting, list(notes[len(fitting) :])


def _notes_section(notes: Sequence[Bilingual], *, titled: bool = True) -> Section:
    stack = _note_stack(notes, titled=titled)

    def draw(canvas: Canvas, top: float, _: float) -> float:
        rule(canvas, LEFT, top, CONTENT)
        return stack.draw(canvas, LEFT, top - 5)

    return Section(_notes_height(notes), 0, 0.0, draw)
