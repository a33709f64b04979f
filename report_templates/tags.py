"""Structure while drawing: what every mark on a page is, for readers who do not see the page.

Page code opens elements with `with canvas.tag("Table"):` and draws as ever. Whatever shows text
puts it into the innermost open element; rules, tints and shapes are artifacts. ReportLab knows
neither, so this canvas writes the marked content and keeps the tree for `archive`.
"""

from __future__ import annotations

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


class Scope:
    """What a `with` block is on the page: a new element, marked content, both, or neither.

    It yields the element that what is drawn belongs to.
    """

    __slots__ = ("begin", "canvas", "element", "opens")

    def __init__(
        self, canvas: Canvas, element: Element, *, opens: bool = False, begin: str = ""
    ) -> None:
        self.canvas = canvas
        self.element = element
        self.opens = opens
        self.begin = begin

    def __enter__(self) -> Element:
        self.canvas.enter(self)
        return self.element

    def __exit__(self, *raised: object) -> None:
        self.canvas.leave(self)


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

    def tag(self, role: str, *, lang: str = "", alt: str = "", scope: str = "") -> Scope:
        """Open an element below the innermost open one; text drawn meanwhile belongs to it."""
        return self.resume(self._new(role, lang=lang, alt=alt, scope=scope))

    def resume(self, element: Element) -> Scope:
        """Go on with an element drawn before, in another place or on another page."""
        self._refuse_within_marks(element.role)
        return Scope(self, element, opens=True)

    def paragraph(self) -> Scope:
        """Open a P for text in both languages, or nothing where all is an artifact."""
        return self._nothing_new() if self._is_marking else self.tag("P")

    def headline(self, level: int, title: tuple[str, str], top: float) -> Scope:
        """Open H1 or H2 and set a bookmark, named in both languages, to its upper edge."""
        name = " ".join(part for part in title if part)
        self.bookmarks.append(Bookmark(level, name, self.page_number, top))
        return self.tag(f"H{level}")

    def figure(self, alt: tuple[str, str], box: Box) -> Scope:
        """Open a picture: everything drawn in it is one, and `alt` says it in both languages."""
        element = self._new("Figure", alt=" ".join(alt))
        element.box = box
        return self._marked(element, opens=True)

    def words(self, lang: str) -> Scope:
        """Mark what is drawn as text in a language, as a paragraph where nothing else is open."""
        if self._is_marking:
            return self._nothing_new()
        inner = self._open[-1]
        if inner.role in _FRAMES:
            raise Misplaced(f"text directly in {inner.role}")
        if inner.role in _GROUPS:
            return self._marked(self._new("P", lang=lang), opens=True)
        if lang != inner.lang:
            return self._marked(self._new("Span", lang=lang), opens=True)
        return self._marked(inner)

    def content(self) -> Scope:
        """Mark what is drawn as content of the innermost open element."""
        return self._nothing_new() if self._is_marking else self._marked(self._open[-1])

    def artifact(self, kind: str = "") -> Scope:
        """Mark what is drawn as no content; inside other marked content it is part of that."""
        if self._is_marking:
            return self._nothing_new()
        begin = f"/Artifact <</Type /{kind}>> BDC" if kind else "/Artifact BMC"
        return Scope(self, self._open[-1], begin=begin)

    def _nothing_new(self) -> Scope:
        return Scope(self, self._open[-1])

    def _new(self, role: str, *, lang: str = "", alt: str = "", scope: str = "") -> Element:
        self._refuse_within_marks(role)
        parent = self._open[-1]
        element = Element(role, lang or parent.lang, self.page_number, alt=alt, scope=scope)
        parent.children.append(element)
        return element

    def _refuse_within_marks(self, role: str) -> None:
        if self._is_marking:
            raise Misplaced(f"{role} begins inside marked content")

    def _marked(self, element: Element, *, opens: bool = False) -> Scope:
        begin = f"/{element.role} <</MCID {self._marks}>> BDC"
        element.children.append(Mark(self.page_number, self._marks))
        self._marks += 1
        return Scope(self, element, opens=opens, begin=begin)

    def enter(self, scope: Scope) -> None:
        """Begin what a scope stands for."""
        if scope.opens:
            self._open.append(scope.element)
        if scope.begin:
            self._code.append(scope.begin)
            self._is_marking = True

    def leave(self, scope: Scope) -> None:
        """End what a scope stands for."""
        if scope.begin:
            self._is_marking = False
            self._code.append("EMC")
        if scope.opens:
            self._open.pop()

    def showPage(self) -> None:
        """End the page; marked content is numbered anew on the next."""
        super().showPage()
        self._marks = 0
