"""From a drawn PDF to one that can be kept and be read aloud: PDF/A-3a and PDF/UA-1.

One pass over the finished drawing adds what ReportLab cannot write: the structure tree, metadata,
colour profile, bookmarks and the attached figures. All of it comes from the drawing itself, so
the same drawing gives the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from pikepdf import (
    Array,
    Dictionary,
    Name,
    ObjectStreamMode,
    OutlineItem,
    Pdf,
    Stream,
    StreamDecodeLevel,
    String,
)

from report_templates import srgb, xmp
from report_templates.tags import CHINESE, Bookmark, Element, Mark


@dataclass(frozen=True)
class Attachment:
    """A file that a document carries along: the figures it was drawn from."""

    name: str
    content: bytes
    modified: date
    description: str
    media_type: str = "application/json"


def archive(
    drawn: bytes, root: Element, bookmarks: Sequence[Bookmark], attachment: Attachment | None = None
) -> bytes:
    """Return the archived form of a drawing, given the structure its canvas kept."""
    with Pdf.open(BytesIO(drawn)) as pdf:
        catalog = pdf.Root
        del pdf.docinfo["/Trapped"]  # a name, of which the XMP of PDF/A knows nothing
        catalog.Lang = String(CHINESE)
        catalog.MarkInfo = Dictionary(Marked=True)
        catalog.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        catalog.OutputIntents = Array([_output_intent(pdf)])
        catalog.Metadata = _stream(pdf, xmp.packet(info(pdf)), Type=Name.Metadata, Subtype=Name.XML)
        _Tree(pdf).plant(root)
        _bookmark(pdf, bookmarks)
        if attachment:
            _attach(pdf, attachment)
        _name_filters(pdf)
        kept = BytesIO()
        pdf.save(
            kept,
            min_version="1.7",
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=ObjectStreamMode.generate,
            stream_decode_level=StreamDecodeLevel.none,
        )
    return kept.getvalue()


class _Tree:
    """The structure tree of one file, and for every page the elements of its marked content."""

    def __init__(self, pdf: Pdf) -> None:
        self.pdf = pdf
        self.pages = [page.obj for page in pdf.pages]
        self.parents: list[list[Any]] = [[] for _ in self.pages]

    def plant(self, root: Element) -> None:
        """Write the tree below `root` into the catalog, and the way back into every page."""
        tree = self.pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        tree.K = self._element(root, tree, outer_lang=CHINESE)
        numbers: list[Any] = []
        for number, (page, parents) in enumerate(zip(self.pages, self.parents, strict=True)):
            page.StructParents = number
            page.Tabs = Name.S
            if "/Trans" in page:
                del page["/Trans"]
            numbers += [number, self.pdf.make_indirect(Array(parents))]
        tree.ParentTree = self.pdf.make_indirect(Dictionary(Nums=Array(numbers)))
        tree.ParentTreeNextKey = len(self.pages)
        self.pdf.Root.StructTreeRoot = tree

    def _element(self, element: Element, parent: Any, *, outer_lang: str) -> Any:
        node = self.pdf.make_indirect(
            Dictionary(
                Type=Name.StructElem,
                S=Name(f"/{element.role}"),
                P=parent,
                Pg=self.pages[element.page],
            )
        )
        if element.lang != outer_lang:
            node.Lang = String(element.lang)
        if element.alt:
            node.Alt = String(element.alt)
        if element.scope:
            node.A = Dictionary(O=Name.Table, Scope=Name(f"/{element.scope}"))
        if element.box:
            corners = Array([round(corner, 3) for corner in element.box])
            node.A = Dictionary(O=Name.Layout, Placement=Name.Block, BBox=corners)
        children = [self._child(child, element, node) for child in element.children]
        if children:
            node.K = children[0] if len(children) == 1 else Array(children)
        return node

    def _child(self, child: Element | Mark, parent: Element, node: Any) -> Any:
        if isinstance(child, Element):
            return self._element(child, node, outer_lang=parent.lang)
        # Marks are numbered as they are drawn, but the tree may hold them in another order.
        row = self.parents[child.page]
        row.extend([None] * (child.number + 1 - len(row)))
        row[child.number] = node
        if child.page == parent.page:
            return child.number
        return Dictionary(Type=Name.MCR, Pg=self.pages[child.page], MCID=child.number)


def _bookmark(pdf: Pdf, bookmarks: Iterable[Bookmark]) -> None:
    """Write the headings as an outline: H2 below the H1 before it."""
    with pdf.open_outline() as outline:
        for bookmark in bookmarks:
            page = pdf.pages[bookmark.page].obj
            place = Array([page, Name.XYZ, 0, round(bookmark.top, 3), 0])
            item = OutlineItem(bookmark.title, place)
            below = outline.root
            if bookmark.level > 1 and outline.root:
                below = outline.root[-1].children
            below.append(item)


def _attach(pdf: Pdf, attachment: Attachment) -> None:
    when = String(f"D:{attachment.modified:%Y%m%d}000000+00'00'")
    content = attachment.content
    file = _stream(
        pdf,
        content,
        Type=Name.EmbeddedFile,
        Subtype=Name(f"/{attachment.media_type}"),
        Params=Dictionary(
            Size=len(content),
            ModDate=when,
            CheckSum=String(hashlib.md5(content, usedforsecurity=False).digest()),
        ),
    )
    specification = pdf.make_indirect(
        Dictionary(
            Type=Name.Filespec,
            F=String(attachment.name),
            UF=String(attachment.name),
            Desc=String(attachment.description),
            AFRelationship=Name.Data,
            EF=Dictionary(F=file, UF=file),
        )
    )
    names = Array([String(attachment.name), specification])
    pdf.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=names))
    pdf.Root.AF = Array([specification])


def _output_intent(pdf: Pdf) -> Any:
    return Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String(srgb.NAME),
        Info=String(srgb.NAME),
        DestOutputProfile=_stream(pdf, srgb.profile(), N=3),
    )


def _name_filters(pdf: Pdf) -> None:
    """Name the one filter of a stream instead of listing it.

    qpdf unpacks and packs again what has a list of filters, at seven times the cost of saving.
    """
    for item in pdf.objects:
        filters = item.get("/Filter") if isinstance(item, Stream) else None
        if isinstance(filters, Array) and len(filters) == 1:
            item.Filter = filters[0]


def _stream(pdf: Pdf, content: bytes, **entries: Any) -> Any:
    stream = pdf.make_stream(content)
    for name, value in entries.items():
        stream[f"/{name}"] = value
    return stream


_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)\+00'00'")


def info(pdf: Pdf) -> xmp.Info:
    """Return what the Info dictionary of a file says."""
    entries = {str(key): str(value) for key, value in pdf.docinfo.items()}
    created, modified = (
        _DATE.sub(r"\1-\2-\3T\4:\5:\6+00:00", entries[key]) for key in ("/CreationDate", "/ModDate")
    )
    return xmp.Info(
        title=entries["/Title"],
        author=entries["/Author"],
        subject=entries["/Subject"],
        keywords=entries["/Keywords"],
        creator=entries["/Creator"],
        producer=entries["/Producer"],
        created=created,
        modified=modified,
    )
