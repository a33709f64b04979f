"""Lines of a finished report, as they stand on its pages."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_CHARACTER = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4,})>")


def wrapped(document: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of every piece of marked content that has several, with its page."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        for number, page in enumerate(pdf.pages, start=1):
            for lines in _of_page(page):
                if len(lines) > 1:
                    yield number, lines


def _of_page(page: Any) -> Iterator[list[str]]:
    tables = {
        name: {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in _CHARACTER.findall(font.ToUnicode.read_bytes())
        }
        for name, font in page.obj.Resources.Font.items()
    }
    font, height, lines = "", 0.0, dict[float, str]()
    for operands, operator in pikepdf.parse_content_stream(page, "BDC BMC EMC Tf Tm Tj"):
        match str(operator):
            case "BDC" | "BMC":
                lines = {}
            case "EMC":
                yield list(lines.values())
                lines = {}
            case "Tf":
                font = str(operands[0])
            case "Tm":
                height = round(float(operands[5]), 2)
            case "Tj":
                text = "".join(tables[font][code] for code in bytes(operands[0]))
                lines[height] = lines.get(height, "") + text
