"""Structure while drawing: what every mark on a page is, for readers who do not see the page.

Page code opens elements with `with canvas.tag("Table"):` and draws as ever. Whatever shows text
puts it into the innermost open element; rules, tints and shapes are artifacts. ReportLab knows
neither, so this canvas writes the marked content and keeps the tree for `archive`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reportlab.pdfgen import canvas

CHINESE, ENGLISH = "zh-CN", "en"

# What a paragraph may stand in, and what holds other elements but never text of its own.
_GROUPS = frozenset({"Document", "Sect", "BlockQuote"})
_FRAMES = frozenset({"Table", "TR", "L", "LI"})


class Misplaced(RuntimeError):
    """Drawing that fits nowhere into the structure of the document."""


class Mark(NamedTuple):
    """A stretch of marked content: page from 0, and its number on that page."""

    page: int
    number: int


class Box(NamedTuple):
    """A rectangle on a page, in points."""

    left: float
    foot: float
    right: float
    top: float


class Bookmark(NamedTuple):
    """A heading to turn to: its level from 1, page from 0, and upper edge in points."""

    level: int
    title: str
    page: int
    top: float


@dataclass(eq=False)
class Element:
    """A node of the structure tree; `scope` belongs to a TH, `alt` and `box` to a Figure.

    page : where it begins, from 0
    """

    role: str
    lang: str
    page: int = 0
    alt: str = ""
    scope: str = ""
    box: Box | None = None
    children: list[Element | Mark] = field(default_factory=list)


class Canvas(canvas.Canvas):
    """ReportLab's canvas, with a structure tree that grows as it is drawn upon."""

    _code: list[str]

    def __init__(self, file: Any, **options: Any) -> None:
        super().__init__(file, lang=CHINESE, **options)
        self.root = Element("Document", CHINESE)
        self.bookmarks: list[Bookmark] = []
        self._open = [self.root]
        self._is_marking = False
        self._marks = 0

    @property
    def page_number(self) -> int:
        """The page that is drawn, from 0."""
        return int(self.getPageNumber()) - 1

    @contextmanager
    def tag(
        self, role: str, *, lang: str = "", alt: str = "", scope: str = ""
    ) -> Iterator[Element]:
        """Open an element below the innermost open one; text drawn meanwhile belongs to it."""
        parent = self._open[-1]
        element = Element(role, lang or parent.lang, self.page_number, alt=alt, scope=scope)
        parent.children.append(element)
        with self.resume(element):
            yield element

    @contextmanager
    def resume(self, element: Element) -> Iterator[None]:
        """Go on with an element drawn before, in another place or on another page."""
        if self._is_marking:
            raise Misplaced(f"{element.role} begins inside marked content")
        self._open.append(element)
        try:
            yield
        finally:
            self._open.pop()

    @contextmanager
    def paragraph(self) -> Iterator[None]:
        """Open a P for text in both languages, or nothing where all is an artifact."""
        if self._is_marking:
            yield
        else:
            with self.tag("P"):
                yield

    @contextmanager
    def headline(self, level: int, title: tuple[str, str], top: float) -> Iterator[None]:
        """Open H1 or H2 and set a bookmark, named in both languages, to its upper edge."""
        name = " ".join(part for part in title if part)
        self.bookmarks.append(Bookmark(level, name, self.page_number, top))
        with self.tag(f"H{level}"):
            yield

    @contextmanager
    def figure(self, alt: tuple[str, str], box: Box) -> Iterator[Element]:
        """Open a picture: everything drawn in it is one, and `alt` says it in both languages."""
        with self.tag("Figure", alt=" ".join(alt)) as element:
            element.box = box
            with self.content():
                yield element

    @contextmanager
    def words(self, lang: str) -> Iterator[None]:
        """Mark what is drawn as text in a language, as a paragraph where nothing else is open."""
        inner = self._open[-1]
        if self._is_marking:
            yield
        elif inner.role in _FRAMES:
            raise Misplaced(f"text directly in {inner.role}")
        elif inner.role in _GROUPS:
            with self.tag("P", lang=lang), self.content():
                yield
        elif lang != inner.lang:
            with self.tag("Span", lang=lang), self.content():
                yield
        else:
            with self.content():
                yield

    @contextmanager
    def content(self) -> Iterator[None]:
        """Mark what is drawn as content of the innermost open element."""
        if self._is_marking:
            yield
            return
        element = self._open[-1]
        element.children.append(Mark(self.page_number, self._marks))
        with self._marked(f"/{element.role} <</MCID {self._marks}>> BDC"):
            self._marks += 1
            yield

    @contextmanager
    def artifact(self, kind: str = "") -> Iterator[None]:
        """Mark what is drawn as no content; inside other marked content it is part of that."""
        if self._is_marking:
            yield
            return
        with self._marked(f"/Artifact <</Type /{kind}>> BDC" if kind else "/Artifact BMC"):
            yield

    @contextmanager
    def _marked(self, operator: str) -> Iterator[None]:
        self._code.append(operator)
        self._is_marking = True
        yield
        self._is_marking = False
        self._code.append("EMC")

    def showPage(self) -> None:
        """End the page; marked content is numbered anew on the next."""
        super().showPage()
        self._marks = 0
