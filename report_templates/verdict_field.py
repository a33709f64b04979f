"""Page 3: townships, how fieldwork went, other sources and readings, earlier inspections."""

from __future__ import annotations

from dataclasses import dataclass

from report_templates import phrases, styles, wording
from report_templates.blocks import bilingual
from report_templates.phrases import joined
from report_templates.record_wording import LABELS, told
from report_templates.sections import GAP, Page, Section, free, text_section, title_section
from report_templates.styles import CONTENT
from report_templates.verdict_estimates import errors_section
from report_templates.verdict_quality import quality_section
from report_templates.verdict_readings import readings_sections
from report_templates.verdict_record import Disclosure, Township
from report_templates.verdict_sheet import VerdictSheet
from report_templates.verdict_townships import Townships, townships_title
from report_templates.verdict_trend import trend_section
from report_templates.wording import Bilingual, words


@dataclass(frozen=True)
class Field:
    """Page 3, and what found no room on it.

    townships : those that go on to annex D
    errors, readings : whether their tables are still to be drawn, in annex B
    """

    page: Page
    townships: tuple[Township, ...]
    errors: bool
    readings: bool

    @classmethod
    def of(cls, sheet: VerdictSheet, *, errors_told: bool) -> Field:
        """Lay out page 3.

        errors_told : the table of sampling errors stands on page 2
        """
        record = sheet.record
        title = title_section(townships_title(sheet))
        around = [
            *([quality_section(sheet)] if record.sources else []),
            *([trend] if (trend := trend_section(sheet)) else []),
        ]
        last = [_withheld(record.disclosure)] if record.disclosure else []
        towns = Townships.fitting(sheet, free([title, *around, *last]) - GAP)
        sections = [title, towns.section, *around]
        readings = readings_sections(sheet)
        errors = [] if errors_told or sheet.edition == "full" else [errors_section(sheet)]
        drawn = []
        for ways in (readings, errors):
            fitting = (one for one in ways if free([*sections, one, *last]) >= 0)
            first = next(fitting, None)
            drawn.append(first is not None)
            sections += [first] if first else []
        return cls(
            Page((*sections, *last), taller_row=1.7),
            towns.rest,
            errors=not errors_told and not drawn[1],
            readings=bool(readings) and not drawn[0],
        )


def _withheld(disclosure: Disclosure) -> Section:
    """Say which strata were merged and what this edition does not hold, and why."""
    size = {"households": disclosure.households, "villages": disclosure.villages}
    said = []
    if disclosure.merged:
        said.append(told("disclosure.merged", merged=disclosure.merged, **size))
    elif disclosure.groups:
        said.append(told("disclosure.unmerged", **size))
    items = [words(wording.WITHHELD, "what is withheld", code) for code in disclosure.withheld]
    said.append(
        phrases.both(
            LABELS["disclosure.withheld"],
            {"items": "、".join(item.zh for item in items)},
            {"items": ", ".join(item.en for item in items)},
        )
    )
    lead, text = told("disclosure.lead"), joined(said)
    both = Bilingual(f"**{lead.zh}**  {text.zh}", f"**{lead.en}**  {text.en}")
    return text_section(bilingual(both, CONTENT, styles.SMALL, styles.SMALL_EN, gap=2.0))
