"""The verdict report of one county: a pure function from the sheet to the bytes of a PDF."""

from __future__ import annotations

import hashlib
from calendar import timegm
from io import BytesIO
from typing import Any

from report_templates import wording
from report_templates.furniture import furnish
from report_templates.phrases import label
from report_templates.sections import Page
from report_templates.styles import PAGE_HEIGHT, PAGE_WIDTH
from report_templates.tags import Canvas
from report_templates.typeface import fonts
from report_templates.verdict_evidence import evidence_pages
from report_templates.verdict_sheet import SheetError, VerdictSheet
from report_templates.verdict_summary import Summary

__all__ = ["SheetError", "VerdictSheet", "render"]


def render(sheet: VerdictSheet) -> bytes:
    """Draw the full edition of a verdict; the same sheet gives the same bytes everywhere.

    Raises
    ------
    MissingGlyph : a name holds a character that the embedded family lacks
    UnknownWording : the sheet holds a code for which no words are agreed
    Overflow : a fixed part of a page does not fit
    """
    fonts()
    file = BytesIO()
    canvas = Canvas(
        file,
        pagesize=(PAGE_WIDTH, PAGE_HEIGHT),
        invariant=1,
        pageCompression=1,
    )
    _identify(canvas, sheet)
    _describe(canvas, sheet)
    summary = Summary(sheet)
    pages: list[Summary | Page] = [summary, *evidence_pages(sheet, summary.dropped)]
    for number, page in enumerate(pages, start=1):
        furnish(canvas, sheet, number, len(pages))
        page.draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _identify(canvas: Canvas, sheet: VerdictSheet) -> None:
    """Date and identify the file by its sheet; clock and environment have no say.

    ReportLab seeds the file identifier with a time, even where it is told to be invariant and
    only SOURCE_DATE_EPOCH is set; hence a new seed as well as a new date.
    """
    released = sheet.campaign.release_date
    document: Any = vars(canvas)["_doc"]
    document._timeStamp.t = timegm(released.timetuple())
    document._timeStamp.lt = released.timetuple()
    document._timeStamp.YMDhms = (released.year, released.month, released.day, 0, 0, 0)
    document.signature = hashlib.md5(sheet.digest.encode(), usedforsecurity=False)


def _describe(canvas: Canvas, sheet: VerdictSheet) -> None:
    county = sheet.county
    title = label("title", county=county.name_zh)
    english = label("title", county=county.name_en or county.adcode)
    subject = label("series")
    parts = [f"{title.zh} | {english.en}"]
    subjects = [f"{subject.zh} | {subject.en}", sheet.number]
    keywords = [sheet.number, county.adcode, f"SHA-256 {sheet.digest}"]
    if sheet.simulated:
        mark = " ".join(wording.SIMULATED)
        parts.insert(0, mark)
        subjects.insert(0, " | ".join(label("simulated.metadata")))
        keywords.insert(0, mark)
    canvas.setTitle(" ".join(parts))
    canvas.setSubject(". ".join(subjects))
    canvas.setKeywords(", ".join(keywords))
    canvas.setAuthor(f"{sheet.campaign.agency_zh} | {sheet.campaign.agency_en}")
    canvas.setCreator(sheet.software)
