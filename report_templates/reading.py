"""What a finished document tells: every text and every coordinate in it, read from its bytes.

Whoever holds a file holds more than what the eye sees: alternative texts, bookmarks, metadata,
what is attached, and the places of lines in a chart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from pikepdf import Array, Dictionary, Pdf, Stream, String, parse_content_stream

_ENTRY = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4,})>")
_SHOWN = ("Tj", "TJ", "'", '"')
_PATHS = ("m", "l", "c", "v", "y", "re", "cm")
_READ = " ".join((*_SHOWN, *_PATHS, "BT", "Tf", "BMC", "BDC", "EMC"))
_SPOKEN = ("/Alt", "/ActualText", "/T", "/E", "/Title", "/Contents", "/TU")


@dataclass(frozen=True)
class Text:
    """A text as painted; `role` is that of its marked content, such as P, TD, Figure, Artifact."""

    words: str
    role: str


@dataclass(frozen=True)
class Reading:
    """What stands in a file.

    pages : texts of each page, one a text object, in the order they are painted
    spoken : alternative texts, titles of bookmarks, names and descriptions
    metadata : Info and XMP
    attached : contents of the files attached, by name
    places : of each page every number of its paths, as written
    """

    pages: tuple[tuple[Text, ...], ...]
    spoken: tuple[str, ...]
    metadata: tuple[str, ...]
    attached: dict[str, bytes]
    places: tuple[tuple[Decimal, ...], ...]


def read(document: bytes) -> Reading:
    """Read a finished document."""
    with Pdf.open(BytesIO(document)) as pdf:
        tables: dict[tuple[int, int], dict[int, str]] = {}
        texts, places = [], []
        for page in pdf.pages:
            said, put = _page(page, tables)
            texts.append(said)
            places.append(put)
        packet = pdf.Root.get("/Metadata")
        info = [str(value) for value in (pdf.docinfo or {}).values()]
        xmp = re.sub(r"<[^>]*>", " ", packet.read_bytes().decode()) if packet is not None else ""
        return Reading(
            tuple(texts),
            tuple(_spoken(pdf)),
            (*info, xmp),
            {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()},
            tuple(places),
        )


def _page(
    page: Any, tables: dict[tuple[int, int], dict[int, str]]
) -> tuple[tuple[Text, ...], tuple[Decimal, ...]]:
    texts: list[tuple[list[str], str]] = []
    places: list[Decimal] = []
    roles: list[str] = []
    characters: dict[int, str] = {}
    for instruction in parse_content_stream(page, _READ):
        operator, operands = str(instruction.operator), instruction.operands
        if operator in ("BMC", "BDC"):
            roles.append(str(operands[0])[1:])
        elif operator == "EMC":
            roles.pop()
        elif operator == "BT":
            texts.append(([], roles[-1] if roles else ""))
        elif operator == "Tf":
            font: Any = page.obj.Resources.Font[str(operands[0])]
            if font.objgen not in tables:
                tables[font.objgen] = _characters(font.ToUnicode.read_bytes())
            characters = tables[font.objgen]
        elif operator in _SHOWN:
            texts[-1][0].extend(characters.get(code, "\ufffd") for code in _codes(operands))
        elif operator in _PATHS:
            places += [Decimal(str(one)) for one in operands]
    return tuple(Text("".join(words), role) for words, role in texts), tuple(places)


def _characters(table: bytes) -> dict[int, str]:
    return {
        int(code, 16): bytes.fromhex(points.decode()).decode("utf-16-be")
        for code, points in _ENTRY.findall(table)
    }


def _codes(operands: Any) -> Iterator[int]:
    for operand in operands:
        for part in operand if isinstance(operand, Array) else (operand,):
            if isinstance(part, String):
                yield from bytes(part)


def _spoken(pdf: Pdf) -> Iterator[str]:
    for item in pdf.objects:
        if isinstance(item, Dictionary) and not isinstance(item, Stream):
            for key in _SPOKEN:
                value = item.get(key)
                if isinstance(value, String):
                    yield str(value)
