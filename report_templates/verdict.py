"""The verdict report of one county: a pure function from the sheet to the bytes of a PDF."""

from __future__ import annotations

from report_templates import wording
from report_templates.archive import Attachment
from report_templates.document import About, Document
from report_templates.furniture import furnish
from report_templates.phrases import label
from report_templates.sections import Page
from report_templates.verdict_annexes import Annexes
from report_templates.verdict_evidence import Evidence
from report_templates.verdict_field import Field
from report_templates.verdict_method import MethodPage
from report_templates.verdict_sheet import SheetError, VerdictSheet
from report_templates.verdict_summary import Summary

__all__ = ["SheetError", "VerdictSheet", "render"]


def render(sheet: VerdictSheet) -> bytes:
    """Draw a verdict and attach its verdict.json; the same sheet gives the same bytes everywhere.

    Raises
    ------
    MissingGlyph : a name holds a character that the embedded family lacks
    UnknownWording : the sheet holds a code for which no words are agreed
    Overflow : a fixed part of a page does not fit
    """
    document = Document(_about(sheet))
    summary = Summary(sheet)
    evidence = Evidence.of(sheet, summary.dropped)
    field = Field.of(sheet, errors_told=evidence.errors)
    method = MethodPage.of(sheet)
    annexes = Annexes(sheet, evidence, field, method)
    # The words of pages 1 to 3 name the pages 3 and 4: what they cannot hold goes to an annex.
    pages: list[Summary | Page | MethodPage] = [
        summary,
        evidence.page,
        field.page,
        method,
        *annexes.pages(),
    ]
    for number, page in enumerate(pages, start=1):
        furnish(document.canvas, sheet, number, len(pages))
        page.draw(document.canvas)
        document.canvas.showPage()
    description = label("attachment")
    attachment = Attachment(
        "verdict.json",
        sheet.content,
        sheet.campaign.release_date,
        f"{description.zh} | {description.en}",
    )
    return document.finish(attachment)


def _about(sheet: VerdictSheet) -> About:
    county = sheet.county
    title = label("title", county=county.name_zh)
    english = label("title", county=county.name_en or county.adcode)
    subject = label("series")
    titles = [f"{title.zh} | {english.en}"]
    subjects = [f"{subject.zh} | {subject.en}", sheet.number]
    keywords = [sheet.number, county.adcode, f"SHA-256 {sheet.digest}"]
    if sheet.simulated:
        mark = " ".join(wording.SIMULATED)
        titles.insert(0, mark)
        subjects.insert(0, " | ".join(label("simulated.metadata")))
        keywords.insert(0, mark)
    return About(
        title=" ".join(titles),
        subject=". ".join(subjects),
        keywords=", ".join(keywords),
        author=f"{sheet.campaign.agency_zh} | {sheet.campaign.agency_en}",
        creator=sheet.software,
        released=sheet.campaign.release_date,
        digest=sheet.digest,
    )
