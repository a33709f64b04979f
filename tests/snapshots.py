"""The whole text of three reports, kept in `golden/reports` and compared as it is read back.

    PYTHONPATH=. python tests/snapshots.py        keep the text of today's reports; read the diff

The counties of `golden_reports`, one that passes for certain, one that is open and one that fails,
in both editions.
"""

import io
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import golden_reports
import pypdfium2
from golden_reports import COUNTIES, EDITIONS
from pdfminer.high_level import extract_text
from pypdf import PdfReader

from report_templates.verdict import VerdictSheet, render

BLANKS = re.compile(r"[ \t\u00a0]+")


@cache
def drawn(county: str, edition: str) -> bytes:
    """The report of a county."""
    return render(VerdictSheet.from_json(golden_reports.document(county, edition)))


def by_pypdf(pdf: bytes) -> list[str]:
    """Text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def by_pdfminer(pdf: bytes) -> list[str]:
    """Text of each page."""
    return extract_text(io.BytesIO(pdf)).split("\f")[:-1]


def by_pdfium(pdf: bytes) -> list[str]:
    """Text of each page, as the reader of Chromium finds it."""
    with pypdfium2.PdfDocument(pdf) as opened:
        texts = []
        for page in opened:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
            page.close()
    return texts


EXTRACTORS: dict[str, Callable[[bytes], list[str]]] = {
    "pypdf": by_pypdf,
    "pdfminer": by_pdfminer,
    "pdfium": by_pdfium,
}


def normal(pages: list[str]) -> str:
    """Write pages one after the other, a line each for what an extractor keeps together."""
    told = []
    for number, page in enumerate(pages, start=1):
        lines = (BLANKS.sub(" ", line).strip() for line in page.splitlines())
        told += [f"== {number} ==", *(line for line in lines if line), ""]
    return "\n".join(told)


def kept(county: str, edition: str) -> Path:
    """Where the text of a report is kept."""
    return golden_reports.FOLDER / f"{county}-{edition}.txt"


def main() -> None:
    """Keep every text."""
    for county in COUNTIES:
        for edition in EDITIONS:
            text = normal(by_pypdf(drawn(county, edition)))
            changed = (
                not kept(county, edition).exists() or kept(county, edition).read_text() != text
            )
            kept(county, edition).write_text(text, encoding="utf-8")
            sys.stdout.write(f"{'kept' if changed else 'same'}  {kept(county, edition).name}\n")


if __name__ == "__main__":
    main()
