"""The gate lets examples pass and names each planted fault, with the page it is on."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from reports import NAMES, report

from report_templates import gate


@pytest.mark.parametrize("name", NAMES)
def test_examples_pass(name: str) -> None:
    gate.check(report(name))


def spoiled(spoil: Callable[[Pdf], None], **saving: Any) -> bytes:
    """Return an example with a fault planted in it."""
    with pikepdf.open(io.BytesIO(report("meets_open"))) as pdf:
        spoil(pdf)
        file = io.BytesIO()
        pdf.save(file, fix_metadata_version=False, **saving)
    return file.getvalue()


def found(pdf: Pdf, role: str) -> Any:
    """Return the first element of a role on the second page, which has every role."""
    page = pdf.pages[1].obj
    elements = (item for item in pdf.objects if isinstance(item, Dictionary) and "/Pg" in item)
    return next(e for e in elements if str(e.S) == f"/{role}" and e.Pg.objgen == page.objgen)


def rewrite(pdf: Pdf, old: bytes, new: bytes) -> None:
    """Replace something in the drawing of page 2."""
    stream = pdf.pages[1].obj.Contents
    drawing = stream.read_bytes()
    assert drawing.count(old) >= 1
    stream.write(drawing.replace(old, new, 1))


def metadata(pdf: Pdf, old: bytes, new: bytes) -> None:
    """Replace something in the XMP packet."""
    packet = pdf.Root.Metadata.read_bytes()
    assert old in packet
    pdf.Root.Metadata.write(packet.replace(old, new))


def a_font(pdf: Pdf) -> Any:
    """Return a font that page 2 uses."""
    return pdf.pages[1].obj.Resources.Font["/F2+0"]


def attached(pdf: Pdf) -> Any:
    """Return the file specification of verdict.json."""
    return pdf.Root.AF[0]


def remove(holder: Callable[[Pdf], Any], key: str) -> Callable[[Pdf], None]:
    """Return what removes a key from a part of the file."""

    def spoil(pdf: Pdf) -> None:
        del holder(pdf)[key]

    return spoil


def put(holder: Callable[[Pdf], Any], key: str, value: Any) -> Callable[[Pdf], None]:
    """Return what sets a key in a part of the file."""

    def spoil(pdf: Pdf) -> None:
        holder(pdf)[key] = value() if callable(value) else value

    return spoil


def orphan(pdf: Pdf) -> None:
    """Take the marked content out of an element."""
    del found(pdf, "TD")["/K"]


def crossed(pdf: Pdf) -> None:
    """Exchange two entries of the parent tree of page 2."""
    row = pdf.Root.StructTreeRoot.ParentTree.Nums[3]
    row[5], row[6] = row[6], row[5]


def without_glyphs(pdf: Pdf) -> None:
    """Let the table of the font lead every character to the empty box."""
    stream = a_font(pdf).FontDescriptor.FontFile2
    font = bytearray(stream.read_bytes())
    entry = font.index(b"cmap")
    start = int.from_bytes(font[entry + 8 : entry + 12], "big")
    length = int.from_bytes(font[entry + 12 : entry + 16], "big")
    font[start + 22 : start + length] = bytes(length - 22)
    stream.write(bytes(font))


def unreadable(pdf: Pdf) -> None:
    """Take a character out of the table that gives text back."""
    stream = a_font(pdf).ToUnicode
    lines = stream.read_bytes().split(b"\n")
    stream.write(b"\n".join(line for line in lines if not line.startswith(b"<05> ")))


def a_link(pdf: Pdf) -> None:
    """Let a place on page 2 be clicked."""
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]))
    pdf.pages[1].obj.Annots = Array([pdf.make_indirect(link)])


def endless(pdf: Pdf) -> None:
    """Take away the last end of marked content on page 2."""
    stream = pdf.pages[1].obj.Contents
    head, _, tail = stream.read_bytes().rpartition(b"EMC")
    stream.write(head + tail)


def two_titles(pdf: Pdf) -> None:
    """Make a first heading of a second one."""
    found(pdf, "H2").S = Name.H1


ROOT = lambda pdf: pdf.Root  # noqa: E731
FAULTS: dict[str, tuple[Callable[[Pdf], None], str, int]] = {
    "no structure": (remove(ROOT, "/StructTreeRoot"), "untagged", 0),
    "not marked": (put(ROOT, "/MarkInfo", Dictionary), "untagged", 0),
    "no language": (remove(ROOT, "/Lang"), "language", 0),
    "file name as title": (remove(ROOT, "/ViewerPreferences"), "title", 0),
    "no profile": (remove(ROOT, "/OutputIntents"), "colour", 0),
    "tabs by row": (put(lambda pdf: pdf.pages[1].obj, "/Tabs", Name.R), "tabs", 2),
    "a link": (a_link, "annotation", 2),
    "script": (
        put(ROOT, "/OpenAction", lambda: Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))),
        "script",
        0,
    ),
    "action of a page": (
        put(lambda pdf: pdf.pages[0].obj, "/AA", lambda: Dictionary(O=Dictionary())),
        "script",
        0,
    ),
    "font left out": (
        remove(lambda pdf: a_font(pdf).FontDescriptor, "/FontFile2"),
        "font-not-embedded",
        0,
    ),
    "no way back to text": (remove(a_font, "/ToUnicode"), "font-not-readable", 0),
    "a character without way back": (unreadable, "font-not-readable", 1),
    "empty boxes": (without_glyphs, "notdef", 1),
    "not PDF/UA": (
        lambda pdf: metadata(pdf, b"pdfuaid:part>1<", b"pdfuaid:part>2<"),
        "identifiers",
        0,
    ),
    "not PDF/A": (
        lambda pdf: metadata(pdf, b"conformance>A<", b"conformance>B<"),
        "identifiers",
        0,
    ),
    "another title": (lambda pdf: metadata(pdf, "长阳".encode(), "巴东".encode()), "metadata", 0),
    "not associated": (remove(ROOT, "/AF"), "attachment", 0),
    "no relation": (remove(attached, "/AFRelationship"), "attachment", 0),
    "no type": (remove(lambda pdf: attached(pdf).EF.F, "/Subtype"), "attachment", 0),
    "another content": (lambda pdf: attached(pdf).EF.F.write(b"{}"), "attachment", 0),
    "bare paint": (lambda pdf: rewrite(pdf, b"EMC\n", b"EMC\nn 0 0 9 9 re f\n"), "unmarked", 2),
    "bare text": (lambda pdf: rewrite(pdf, b"/H1 <</MCID 0>> BDC", b""), "unmarked", 2),
    "marks that never end": (endless, "unbalanced", 2),
    "marks that never began": (
        lambda pdf: rewrite(pdf, b"/Artifact <</Type /Background>> BDC", b""),
        "unmarked",
        2,
    ),
    "an end too many": (lambda pdf: rewrite(pdf, b"EMC\n", b"EMC EMC\n"), "unbalanced", 2),
    "marks in marks": (
        lambda pdf: rewrite(pdf, b"/Artifact BMC\n", b"/Artifact BMC\n/P <</MCID 999>> BDC EMC\n"),
        "nested",
        2,
    ),
    "a mark twice": (lambda pdf: rewrite(pdf, b"<</MCID 3>>", b"<</MCID 2>>"), "mark-twice", 2),
    "an element without its mark": (orphan, "mark-not-in-tree", 2),
    "a mark that is not drawn": (
        lambda pdf: rewrite(pdf, b"/H1 <</MCID 0>> BDC", b"/Artifact BMC"),
        "mark-not-drawn",
        2,
    ),
    "the wrong way back": (crossed, "parents", 2),
    "a role nobody knows": (put(lambda pdf: found(pdf, "P"), "/S", Name.Paragraph), "role", 2),
    "a cell out of its row": (put(lambda pdf: found(pdf, "Span"), "/S", Name.TD), "role", 2),
    "a head without scope": (remove(lambda pdf: found(pdf, "TH"), "/A"), "scope", 2),
    "a silent chart": (remove(lambda pdf: found(pdf, "Figure"), "/Alt"), "figure", 2),
    "a chart without place": (remove(lambda pdf: found(pdf, "Figure"), "/A"), "figure", 2),
    "two titles": (two_titles, "headings", 2),
    "no title": (put(lambda pdf: found(pdf, "H1"), "/S", Name.H2), "headings", 2),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_named(fault: str) -> None:
    spoil, code, page = FAULTS[fault]

    with pytest.raises(gate.Fault) as raised:
        gate.check(spoiled(spoil))

    assert (raised.value.code, raised.value.page) == (code, page)


def test_an_encrypted_file_is_refused() -> None:
    locked = spoiled(lambda _: None, encryption=pikepdf.Encryption(owner="a", user=""))

    with pytest.raises(gate.Fault, match="encrypted"):
        gate.check(locked)


@pytest.mark.parametrize("keep", [0, 1000, 60_000])
def test_a_torn_file_is_refused(keep: int) -> None:
    with pytest.raises(gate.Fault):
        gate.check(report("meets_open")[:keep])


def test_a_flipped_byte_in_the_drawing_is_refused() -> None:
    document = bytearray(report("meets_open"))
    start = document.index(b"stream\n") + 200
    document[start] ^= 0xFF

    with pytest.raises(gate.Fault):
        gate.check(bytes(document))
