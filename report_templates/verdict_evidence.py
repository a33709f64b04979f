"""Page 2: the evidence behind the verdict, and notes that found no room on page 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from report_templates import figures, phrases, styles, wording
from report_templates.blocks import Overflow, Stack, bilingual, rule
from report_templates.phrases import day, label, say
from report_templates.record_wording import told
from report_templates.remarks import Remark
from report_templates.sections import GAP, Page, Section, free, title_section
from report_templates.styles import CONTENT, LEFT
from report_templates.tags import Canvas
from report_templates.verdict_answers import satisfaction_section
from report_templates.verdict_cases import cases_section
from report_templates.verdict_estimates import errors_section, strata_section
from report_templates.verdict_map import map_section
from report_templates.verdict_sheet import VerdictSheet
from report_templates.wording import Bilingual, words


@dataclass(frozen=True)
class Evidence:
    """Page 2, and what found no room on it.

    errors : it holds the table of sampling errors, there being no strata
    """

    page: Page
    notes: tuple[Bilingual, ...]
    map_moved: bool
    errors: bool

    @classmethod
    def of(cls, sheet: VerdictSheet, dropped: Sequence[Remark]) -> Evidence:
        """Lay out page 2; the map goes to an annex, and notes to the end, where it is full."""
        errors = not sheet.strata
        estimates = (
            errors_section(sheet, label("errors.unstratified")) if errors else strata_section(sheet)
        )
        sections = [_title(sheet), estimates, satisfaction_section(sheet)]
        cases, notes = cases_section(sheet), _notes(sheet, dropped)
        tiles = map_section(sheet) if sheet.record.townships else None
        moved = False
        if tiles:
            moved = free([*sections, tiles, cases, _notes_section(_notes(sheet, ()))]) < 0
            if moved:
                notes = [told("map.moved"), *notes]
            else:
                sections.append(tiles)
        sections.append(cases)
        here, rest = _split(notes, free(sections) - GAP)
        if here:
            sections.append(_notes_section(here, go_on=bool(rest)))
        return cls(Page(tuple(sections), taller_row=1.5), tuple(rest), moved, errors)


def further_notes(notes: Sequence[Bilingual]) -> Iterator[Page]:
    """Lay out the notes that page 2 had no room for.

    Raises
    ------
    Overflow : a note is longer than a page
    """
    title, rest = title_section(label("notes.more")), list(notes)
    while rest:
        here, rest = _split(rest, free([title]) - GAP, titled=False)
        if not here:
            raise Overflow("a note is longer than a page")
        yield Page((title, _notes_section(here, titled=False)), fills=False)


def _title(sheet: VerdictSheet) -> Section:
    said = [say(sentence, sheet) for sentence in sheet.said("strata")]
    if not said and not sheet.strata:
        said = [_of_county(sheet)]
    elif not said:
        code = "strata.single" if len(sheet.strata) == 1 else "strata.unsaid"
        said = [words(wording.SENTENCES, "sentence", code)]
    pair = words(wording.LABELS, "label", "evidence")
    title = phrases.both(pair, {"finding": said[0].zh}, {"finding": phrases.uncapital(said[0].en)})
    return title_section(title)


def _of_county(sheet: VerdictSheet) -> Bilingual:
    """Say the figure of the county, where no stratum has one."""
    county = sheet.indicator("poverty_incidence")
    printed = {
        "value": figures.rounded(county.estimate.value, county.rule),
        "low": figures.lower(county.estimate.low, county.rule),
        "high": figures.upper(county.estimate.high, county.rule),
        "level": sheet.level,
    }
    return phrases.both(words(wording.SENTENCES, "sentence", "strata.none"), printed, printed)


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
    return [*(remark.words for remark in dropped), phrases.joined([line, rulebook])]


def _note_stack(notes: Sequence[Bilingual], *, titled: bool = True, go_on: bool = False) -> Stack:
    """Run all notes together, Chinese and then English: they are read once, if at all."""
    said = phrases.joined([*notes, *([label("notes.go_on")] if go_on else [])])
    if titled:
        title = label("notes.heading")
        said = Bilingual(f"**{title.zh}**  {said.zh}", f"**{title.en}**  {said.en}")
    return bilingual(said, CONTENT, styles.SMALL, styles.SMALL_EN, gap=2.0)


def _split(
    notes: Sequence[Bilingual], room: float, *, titled: bool = True
) -> tuple[list[Bilingual], list[Bilingual]]:
    """Return the notes that fit into `room` points, and the rest."""
    for count in range(len(notes), 0, -1):
        stack = _note_stack(notes[:count], titled=titled, go_on=titled and count < len(notes))
        if _RULED + stack.height <= room:
            return list(notes[:count]), list(notes[count:])
    return [], list(notes)


_RULED = 5.0  # points between the rule above the notes and their first line


def _notes_section(
    notes: Sequence[Bilingual], *, titled: bool = True, go_on: bool = False
) -> Section:
    stack = _note_stack(notes, titled=titled, go_on=go_on)

    def draw(canvas: Canvas, top: float, _: float) -> float:
        rule(canvas, LEFT, top, CONTENT)
        return stack.draw(canvas, LEFT, top - _RULED)

    return Section(_RULED + stack.height, 0, 0.0, draw)
