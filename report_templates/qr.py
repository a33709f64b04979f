"""The address at which anybody checks a report, and its QR code as one filled shape."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.graphics.shapes import Drawing, Path
from reportlab.lib.colors import black
from reportlab.lib.units import mm

SMALLEST = 26 * mm
"""Side on page 1 (points), quiet zone included; a telephone reads no smaller one with ease."""

QUIET = 4
"""Modules left white on every side, as the standard wants."""

DIGITS = 16
"""Hex digits of the digest that an address shows."""


def verify_url(base: str, number: str, digest: str) -> str:
    """Return where an edition is checked: `https://host/verify/420528-2019-01/0123456789abcdef`.

    digest : SHA-256 of the edition's verdict.json, 64 hex digits
    """
    return f"{base.rstrip('/')}/verify/{number}/{digest[:DIGITS]}"


def qr_code(text: str, size: float = SMALLEST) -> Drawing:
    """Draw a text as a QR code, level M, in a square of `size` points with its quiet zone.

    One path with all dark modules: neighbours touch without the hairlines that separate
    rectangles show on a screen.
    """
    code = _code_of(text)
    count = code.getModuleCount()  # type: ignore[no-untyped-call]
    module = size / (count + 2 * QUIET)
    path = Path(fillColor=black, strokeColor=None, strokeWidth=0)
    for row, dark in enumerate(code.modules):
        for start, end in _runs(dark):
            left, right = (round((QUIET + column) * module, 3) for column in (start, end))
            top, bottom = (round(size - (QUIET + edge) * module, 3) for edge in (row, row + 1))
            path.moveTo(left, bottom)
            path.lineTo(right, bottom)
            path.lineTo(right, top)
            path.lineTo(left, top)
            path.closePath()
    return Drawing(size, size, path)


def qr_path(text: str) -> tuple[int, str]:
    """Return a text as a QR code for a page: side in modules, quiet zone included, and the path
    of an SVG with all dark modules."""
    code = _code_of(text)
    count = code.getModuleCount()  # type: ignore[no-untyped-call]
    runs = (
        f"M{QUIET + start} {QUIET + row}h{end - start}v1h{start - end}z"
        for row, dark in enumerate(code.modules)
        for start, end in _runs(dark)
    )
    return count + 2 * QUIET, "".join(runs)


@lru_cache(maxsize=4)
def _code_of(text: str) -> QRCode:
    """Make a code; a report shows the same one twice."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    return code


def _runs(dark: list[bool]) -> list[tuple[int, int]]:
    """Return where dark modules of a row begin and end."""
    edges = [0, *(at for at in range(1, len(dark)) if dark[at] != dark[at - 1]), len(dark)]
    return [(start, end) for start, end in pairwise(edges) if dark[start]]
