"""A document in the making: a canvas to draw on, and the archived file it becomes."""

from __future__ import annotations

import hashlib
from calendar import timegm
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from report_templates.archive import Attachment, archive
from report_templates.styles import PAGE_HEIGHT, PAGE_WIDTH
from report_templates.tags import Canvas
from report_templates.typeface import fonts


@dataclass(frozen=True)
class About:
    """What a file says of itself; `digest` is that of the figures it is drawn from."""

    title: str
    subject: str
    keywords: str
    author: str
    creator: str
    released: date
    digest: str


class Document:
    """Pages drawn one after the other; clock and environment have no say."""

    def __init__(self, about: About) -> None:
        fonts()
        self._file = BytesIO()
        self.canvas = Canvas(
            self._file, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, pageCompression=1
        )
        _identify(self.canvas, about)
        _describe(self.canvas, about)

    def finish(self, attachment: Attachment | None = None) -> bytes:
        """Return the file, tagged and fit for the archive."""
        self.canvas.save()
        return archive(self._file.getvalue(), self.canvas.root, self.canvas.bookmarks, attachment)


def _identify(canvas: Canvas, about: About) -> None:
    """Date and identify the file by its figures.

    ReportLab seeds the file identifier with a time, even where it is told to be invariant and
    only SOURCE_DATE_EPOCH is set; hence a new seed as well as a new date.
    """
    released = about.released
    document: Any = vars(canvas)["_doc"]
    document._timeStamp.t = timegm(released.timetuple())
    document._timeStamp.lt = released.timetuple()
    document._timeStamp.YMDhms = (released.year, released.month, released.day, 0, 0, 0)
    document.signature = hashlib.md5(about.digest.encode(), usedforsecurity=False)


def _describe(canvas: Canvas, about: About) -> None:
    canvas.setTitle(about.title)
    canvas.setSubject(about.subject)
    canvas.setKeywords(about.keywords)
    canvas.setAuthor(about.author)
    canvas.setCreator(about.creator)
