"""The whole text of some reports, kept in `data/report/text` and compared as it is read back.

    PYTHONPATH=. python tests/snapshots.py        keep the text of today's reports; read the diff

Three counties (one passes for certain, one is open, one fails) in both editions, each an invented
verdict of `data/report` with the record and annexes of the verdict that is kept beside them.
"""

import io
import json
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
from pdfminer.high_level import extract_text
from pypdf import PdfReader

from report_templates.verdict import VerdictSheet, render

DATA = Path(__file__).parent / "data" / "report"
TEXTS = DATA / "text"
COUNTIES = ("meets_established", "meets_open", "unmet_established")
EDITIONS = ("full", "public")
OF_COUNTY = (
    *("county", "campaign", "indicators", "verdict", "sample", "satisfaction", "sentences"),
    *("number", "simulated"),
)
BLANKS = re.compile(r"[ \t\u00a0]+")


def document(county: str, edition: str) -> bytes:
    """A county's figures, sentences and sample, and all else as the verdict that is kept has it."""
    kept: dict[str, Any] = json.loads((DATA / "kept" / f"{edition}.json").read_bytes())
    figures = json.loads((DATA / f"{county}.json").read_bytes())
    figures["sentences"] = [
        *(one for one in figures["sentences"] if one["place"] != "strata"),
        *(one for one in kept["sentences"] if one["place"] == "strata"),
    ]
    figures["sample"] = {**kept["sample"], **figures["sample"]}
    mixed = kept | {key: figures[key] for key in OF_COUNTY if key in figures}
    return json.dumps(mixed, ensure_ascii=False, sort_keys=True).encode()


@cache
def drawn(county: str, edition: str) -> bytes:
    """The report of a county."""
    return render(VerdictSheet.from_json(document(county, edition)))


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
    return TEXTS / f"{county}-{edition}.txt"


def main() -> None:
    """Keep every text."""
    TEXTS.mkdir(exist_ok=True)
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
