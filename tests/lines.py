"""Lines and characters of a finished report, as they stand on its pages."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LTChar
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage

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


def characters(document: bytes, page: int) -> list[LTChar]:
    """Return the upright characters of a page, the watermark left out."""
    return next(_characters(document, [page]))


def characters_of_pages(document: bytes) -> list[list[LTChar]]:
    """Return the upright characters of every page; the file is read once."""
    return list(_characters(document, None))


def _characters(document: bytes, pages: list[int] | None) -> Iterator[list[LTChar]]:
    manager = PDFResourceManager()
    device = PDFPageAggregator(manager, laparams=None)  # characters alone, not put into boxes
    interpreter = PDFPageInterpreter(manager, device)
    for page in PDFPage.get_pages(io.BytesIO(document), pages):
        interpreter.process_page(page)
        found = leaves(device.get_result())
        yield [c for c in found if c.upright and c.matrix[1] == 0 and c.get_text().strip()]


def leaves(item: Any) -> Iterator[LTChar]:
    """Yield all characters below a layout item."""
    if isinstance(item, LTChar):
        yield item
    elif hasattr(item, "__iter__"):
        for part in item:
            yield from leaves(part)


def collisions(found: list[LTChar]) -> list[tuple[str, str]]:
    """Return pairs of characters whose ink overlaps; blank halves of marks do not count."""
    inked = [c for c in found if c.get_text() not in "（“‘《，。、；：？！）”’》|"]
    inked.sort(key=lambda c: c.x0)
    pairs = []
    for number, left in enumerate(inked):
        for right in inked[number + 1 :]:
            if right.x0 > left.x1 - 0.15 * left.size:
                break
            low = max(left.matrix[5], right.matrix[5])
            high = min(left.matrix[5] + 0.7 * left.size, right.matrix[5] + 0.7 * right.size)
            if high - low > 0.5:
                pairs.append((left.get_text(), right.get_text()))
    return pairs
