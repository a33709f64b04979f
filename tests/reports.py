"""Example reports, drawn once, and what a screen reader makes of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf

from report_templates.document import About, Document
from report_templates.furniture import furnish
from report_templates.verdict import VerdictSheet, render
from report_templates.verdict_summary import Summary

DATA = Path(__file__).parent / "data" / "report"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))

_CHARACTER = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4,})>")


@cache
def content(name: str) -> bytes:
    """Return the bytes of an example verdict.json."""
    return (DATA / f"{name}.json").read_bytes()


@cache
def report(name: str) -> bytes:
    """Return the PDF of an example."""
    return render(VerdictSheet.from_json(content(name)))


@dataclass
class Node:
    """An element as it is heard: its role, its language and what is said in it, in order."""

    role: str
    lang: str
    alt: str = ""
    scope: str = ""
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything said in the element."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def all(self, role: str) -> list[Node]:
        """Return all elements of a role, in reading order."""
        return [node for node in self.walk() if node.role == role]

    def walk(self) -> Iterator[Node]:
        """Yield the element and all below it, in reading order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()


def heard(document: bytes) -> Node:
    """Read a tagged PDF as a screen reader does: by its tree, each text by its marked content."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        said: dict[tuple[Any, int], str] = {}
        for page in pdf.pages:
            said |= {(page.obj.objgen, mark): text for mark, text in _said(page).items()}
        return _node(pdf.Root.StructTreeRoot.K, str(pdf.Root.Lang), said)


def _node(element: Any, lang: str, said: dict[tuple[Any, int], str]) -> Node:
    lang = str(element.get("/Lang", lang))
    attributes = element.get("/A", {})
    node = Node(
        str(element.S)[1:], lang, str(element.get("/Alt", "")), str(attributes.get("/Scope", ""))
    )
    kids = element.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array | list) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            node.children.append(_node(kid, lang, said))
        elif isinstance(kid, pikepdf.Dictionary):
            node.children.append(said[kid.Pg.objgen, kid.MCID])
        else:
            node.children.append(said[element.Pg.objgen, int(kid)])
    return node


def _said(page: Any) -> dict[int, str]:
    """Return the characters of every marked content of a page, by the fonts' own tables."""
    tables = {
        name: {
            int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
            for code, text in _CHARACTER.findall(font.ToUnicode.read_bytes())
        }
        for name, font in page.obj.Resources.Font.items()
    }
    said: dict[int, str] = {}
    mark, font = None, ""
    for operands, operator in pikepdf.parse_content_stream(page, "BDC BMC EMC Tf Tj"):
        match str(operator):
            case "BDC":
                mark = operands[1].get("/MCID")
                if mark is not None:
                    said[mark] = ""
            case "EMC":
                mark = None
            case "Tf":
                font = str(operands[0])
            case "Tj" if mark is not None:
                said[mark] += "".join(tables[font][code] for code in bytes(operands[0]))
    return said


def first_page(sheet: VerdictSheet) -> bytes:
    """Draw page 1 alone, as it stands in the report."""
    about = About("", "", "", "", sheet.software, sheet.campaign.release_date, sheet.digest)
    document = Document(about)
    summary = Summary(sheet)
    furnish(document.canvas, sheet, 1, 4)
    summary.draw(document.canvas)
    document.canvas.showPage()
    return document.finish()
