"""The gate every document passes before it leaves: whole, readable aloud, fit for the archive.

It reads the finished bytes as a stranger would, knowing nothing of how they were drawn. What it
asks is what we promise of PDF/UA-1 and PDF/A-3a and can decide; it certifies nothing.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pikepdf import (
    Array,
    Dictionary,
    Name,
    Pdf,
    PdfError,
    Stream,
    String,
    parse_content_stream,
)

from report_templates import archive, xmp

ROLES = frozenset(("Document", "Sect", "BlockQuote", "H1", "H2", "P", "Span")) | frozenset(
    ("L", "LI", "Lbl", "LBody", "Table", "TR", "TH", "TD", "Figure", "Caption")
)
_PARENTS = {
    "TR": {"Table"},
    "TH": {"TR"},
    "TD": {"TR"},
    "LI": {"L"},
    "LBody": {"LI"},
    "Lbl": {"LI"},
    "Caption": {"Table", "Figure"},
}
_IDENTIFIERS = (
    b"<pdfaid:part>3</pdfaid:part>",
    b"<pdfaid:conformance>A</pdfaid:conformance>",
    b"<pdfuaid:part>1</pdfuaid:part>",
)
_SHOWN = frozenset(("Tj", "TJ", "'", '"'))
_PAINT = _SHOWN | frozenset(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do"))
_READ = " ".join((*sorted(_PAINT), "BMC", "BDC", "EMC", "Tf", "BI", "ID", "EI"))
_NONE: dict[str, Any] = {}
_SCRIPTS = frozenset(("/JavaScript", "/Launch", "/ImportData", "/SubmitForm"))


class Fault(RuntimeError):
    """A document that may not leave: `code` says why, `page` where, counted from 1; 0 for none."""

    def __init__(self, code: str, said: str, *, page: int = 0) -> None:
        self.code = code
        self.page = page
        zh, en = (f"第 {page} 页", f"page {page}") if page else ("全文", "document")
        super().__init__(
            f"报告未通过检查（{code}，{zh}） | The report fails its check: {code}, {en}: {said}"
        )


def check(document: bytes) -> None:
    """Return if the document may leave.

    Raises
    ------
    Fault : the first thing wrong with it
    """
    try:
        with Pdf.open(BytesIO(document)) as pdf:
            _check_catalog(pdf)
            _check_objects(pdf)
            _check_metadata(pdf)
            _check_attachments(pdf)
            _check_structure(pdf)
            for problem in pdf.check_pdf_syntax():
                raise Fault("syntax", problem)
    except PdfError as error:
        raise Fault("syntax", str(error)) from None


def _check_catalog(pdf: Pdf) -> None:
    catalog: Any = pdf.Root
    if pdf.is_encrypted:
        raise Fault("encrypted", "the file is encrypted")
    if not catalog.get("/MarkInfo", _NONE).get("/Marked") or "/StructTreeRoot" not in catalog:
        raise Fault("untagged", "the file does not say that it is tagged")
    if not str(catalog.get("/Lang", "")):
        raise Fault("language", "the document has no language")
    if not catalog.get("/ViewerPreferences", _NONE).get("/DisplayDocTitle"):
        raise Fault("title", "the window would show the name of the file")
    intents: Any = catalog.get("/OutputIntents", [])
    if not any("/DestOutputProfile" in intent for intent in intents):
        raise Fault("colour", "no colour profile")
    for number, page in enumerate(pdf.pages, start=1):
        if page.obj.get("/Tabs") != Name.S:
            raise Fault("tabs", "tabs do not follow the structure", page=number)
        for annotation in page.obj.get("/Annots", []):
            left, foot, right, top = annotation.Rect
            if left != right or foot != top:  # a signature has no extent
                raise Fault("annotation", "something to click is in no element", page=number)


def _check_objects(pdf: Pdf) -> None:
    """Look at everything in the file, wherever it hangs."""
    for item in pdf.objects:
        if not isinstance(item, Dictionary | Stream):
            continue
        if "/JS" in item or "/AA" in item or str(item.get("/S", "")) in _SCRIPTS:
            raise Fault("script", "the file can act by itself")
        if item.get("/Type") == Name.Font:
            _check_font(item)
    if "/OpenAction" in pdf.Root or "/JavaScript" in pdf.Root.get("/Names", {}):
        raise Fault("script", "the file acts when it is opened")


def _check_font(font: Any) -> None:
    name = str(font.get("/BaseFont", ""))
    descriptor = font.get("/FontDescriptor", {})
    if not any(f"/FontFile{kind}" in descriptor for kind in ("", "2", "3")):
        raise Fault("font-not-embedded", f"{name} is not embedded")
    if "/ToUnicode" not in font:
        raise Fault("font-not-readable", f"{name} does not say which characters it shows")


def _check_metadata(pdf: Pdf) -> None:
    metadata = pdf.Root.get("/Metadata")
    packet = metadata.read_bytes() if metadata is not None else b""
    for identifier in _IDENTIFIERS:
        if identifier not in packet:
            raise Fault("identifiers", f"the metadata lack {identifier.decode()}")
    if packet != xmp.packet(archive.info(pdf)):
        raise Fault("metadata", "XMP and Info say different things")


def _check_attachments(pdf: Pdf) -> None:
    for name, attached in pdf.attachments.items():
        if not any(attached.obj == associated for associated in pdf.Root.get("/AF", [])):
            raise Fault("attachment", f"{name} is not associated with the document")
        if "/AFRelationship" not in attached.obj:
            raise Fault("attachment", f"{name} does not say what it is to the document")
        file = attached.get_file()
        params: Any = file.obj.get("/Params", {})
        if "/Subtype" not in file.obj or "/ModDate" not in params:
            raise Fault("attachment", f"{name} lacks its type or date")
        if file.md5 != bytes(params.get("/CheckSum", b"")) or file.md5 != _md5(file.read_bytes()):
            raise Fault("attachment", f"{name} does not fit its checksum")


def _md5(content: bytes) -> bytes:
    return hashlib.md5(content, usedforsecurity=False).digest()


def _check_structure(pdf: Pdf) -> None:
    tree, glyphs = _Tree(pdf), _Glyphs()
    for number, page in enumerate(pdf.pages, start=1):
        drawn, held = _marks(page, number, glyphs), tree.marks.pop(number, {})
        for mark in sorted(drawn - held.keys()):
            raise Fault("mark-not-in-tree", f"marked content {mark} belongs nowhere", page=number)
        for mark in sorted(held.keys() - drawn):
            raise Fault("mark-not-drawn", f"marked content {mark} is not there", page=number)
        if tree.parents(page.obj) != held:
            raise Fault("parents", "the way back from content to structure errs", page=number)
        if tree.headings[number] != 1:
            raise Fault("headings", f"{tree.headings[number]} H1 instead of one", page=number)


class _Tree:
    """What the structure tree holds: marked content by page, and how many H1 stand there."""

    def __init__(self, pdf: Pdf) -> None:
        self.root = pdf.Root.StructTreeRoot
        self.pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
        self.marks: dict[int, dict[int, tuple[int, int]]] = {}
        self.headings: Counter[int] = Counter()
        for child in _kids(self.root):
            self._walk(child, "")

    def _walk(self, node: Any, parent: str) -> None:
        role, page = str(node.S)[1:], self.pages.get(node.Pg.objgen, 0) if "/Pg" in node else 0
        if role not in ROLES:
            raise Fault("role", f"{role} is no kind of element we know", page=page)
        if parent not in _PARENTS.get(role, {parent}):
            raise Fault("role", f"{role} stands in {parent or 'nothing'}", page=page)
        attributes = node.get("/A", {})
        if role == "TH" and attributes.get("/Scope") not in (Name.Row, Name.Column):
            raise Fault("scope", "a head of a table does not say what it heads", page=page)
        if role == "Figure" and not (str(node.get("/Alt", "")) and "/BBox" in attributes):
            raise Fault("figure", "a figure without words or place", page=page)
        if role == "H1":
            self.headings[page] += 1
        for child in _kids(node):
            if isinstance(child, Dictionary) and "/S" in child:
                self._walk(child, role)
            else:
                self._hold(child, node, page)

    def _hold(self, child: Any, node: Any, page: int) -> None:
        if isinstance(child, Dictionary):
            page, child = self.pages.get(child.Pg.objgen, 0), child.MCID
        held = self.marks.setdefault(page, {})
        if child in held:
            raise Fault("mark-twice", f"marked content {child} is in the tree twice", page=page)
        held[child] = node.objgen

    def parents(self, page: Any) -> dict[int, tuple[int, int]]:
        """Return the elements of the marked content of a page as the parent tree has them."""
        numbers = self.root.ParentTree.Nums
        for key, row in zip(numbers[::2], numbers[1::2], strict=True):
            if key == page.get("/StructParents"):
                return {mark: node.objgen for mark, node in enumerate(row)}
        return {}


def _kids(node: Any) -> Iterator[Any]:
    kids = node.get("/K")
    if isinstance(kids, Array):
        yield from kids
    elif kids is not None:
        yield kids


def _marks(page: Any, number: int, glyphs: _Glyphs) -> set[int]:
    """Return the numbers of the marked content of a page.

    Raises
    ------
    Fault : something is painted outside marked content, or with a glyph that is not there
    """
    marks: set[int] = set()
    shown: dict[str, set[int]] = {}
    depth, font = 0, ""
    for instruction in parse_content_stream(page, _READ):
        operator, operands = str(instruction.operator), instruction.operands
        if operator in ("BDC", "BMC"):
            mark: Any = operands[1].get("/MCID") if operator == "BDC" else None
            if mark is not None and depth:
                raise Fault("nested", f"marked content {mark} stands in another", page=number)
            if mark in marks:
                raise Fault("mark-twice", f"marked content {mark} is there twice", page=number)
            if mark is not None:
                marks.add(mark)
            depth += 1
        elif operator == "EMC":
            depth -= 1
            if depth < 0:
                raise Fault("unbalanced", "marked content ends that never began", page=number)
        elif operator == "Tf":
            font = str(operands[0])
        elif not depth:
            raise Fault("unmarked", f"{operator} paints outside marked content", page=number)
        elif operator in _SHOWN:
            shown.setdefault(font, set()).update(_codes(operands))
    if depth:
        raise Fault("unbalanced", "marked content never ends", page=number)
    for name, codes in shown.items():
        glyphs.check(page.obj.Resources.Font[name], codes, number)
    return marks


def _codes(operands: Any) -> Iterator[int]:
    for operand in operands:
        for part in operand if isinstance(operand, Array) else (operand,):
            if isinstance(part, String):
                yield from bytes(part)


_READABLE = re.compile(rb"<([0-9A-F]{2})> <[0-9A-F]{4,}>")


class _Glyphs:
    """The codes that the fonts of a file can draw and can give back as characters."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[set[int], set[int]]] = {}

    def check(self, font: Any, codes: set[int], page: int) -> None:
        """Raise a fault for the codes shown on a page that a font cannot draw or give back."""
        if font.objgen not in self.known:
            said = _READABLE.findall(font.ToUnicode.read_bytes())
            drawn = _drawable(font.FontDescriptor.FontFile2.read_bytes())
            self.known[font.objgen] = drawn, {int(code, 16) for code in said}
        drawable, readable = self.known[font.objgen]
        if lacking := codes - drawable:
            raise Fault("notdef", f"{font.BaseFont} has no glyph for {lacking}", page=page)
        if lacking := codes - readable:
            raise Fault("font-not-readable", f"{font.BaseFont} cannot say {lacking}", page=page)


def _drawable(font: bytes) -> set[int]:
    """Return the codes that a TrueType font has glyphs for, by a table of format 6 as we embed."""
    tables = {
        font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0]
        for at in range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16)
    }
    start = tables[b"cmap"]
    at = start + struct.unpack_from(">I", font, start + 8)[0]
    form, _, _, first, count = struct.unpack_from(">5H", font, at)
    if form != 6:
        return set()
    glyphs = struct.unpack_from(f">{count}H", font, at + 10)
    return {first + place for place, glyph in enumerate(glyphs) if glyph}
