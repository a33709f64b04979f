"""The QR code of a report: read back as a telephone would, from paper of any quality."""

import hashlib
import io
from functools import cache
from itertools import pairwise

import pypdfium2
import pytest
import zxingcpp
from kept_verdict import FOLDER
from reportlab.graphics import renderPDF
from reportlab.pdfgen.canvas import Canvas

from report_templates import reading
from report_templates.qr import QUIET, SMALLEST, qr_code, verify_url
from report_templates.verdict import VerdictSheet, render

DIGEST = "0123456789abcdef" + "f" * 48
LONG = "https://a-rather-long-name.inspection.province.example.gov.cn"
URL = verify_url("https://inspection.example/", "420528-2019-01", DIGEST)


def a_page(text: str, size: float = SMALLEST) -> bytes:
    """Draw a code in the middle of a page."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(200, 200), invariant=1)
    renderPDF.draw(qr_code(text, size), canvas, 40, 40)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def read(pdf: bytes, dpi: int) -> list[str]:
    """Rasterise a page and read every code on it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[0].render(scale=dpi / 72, grayscale=True).to_numpy()
        return [found.text for found in zxingcpp.read_barcodes(picture.squeeze().copy())]
    finally:
        document.close()


@pytest.mark.parametrize("dpi", [110, 150, 300])
@pytest.mark.parametrize("edition", ["full", "public"])
def test_the_code_of_a_report_leads_to_the_digest_of_its_own_edition(
    edition: str, dpi: int
) -> None:
    sheet = VerdictSheet.from_json((FOLDER / f"{edition}.json").read_bytes())
    (attached,) = reading.read(whole(edition)).attached.values()

    (address,) = read(whole(edition), dpi)

    digest = hashlib.sha256(attached).hexdigest()
    assert address == f"https://example.org/verify/{sheet.number}/{digest[:16]}"


@cache
def whole(edition: str) -> bytes:
    """The report of the verdict that is kept."""
    return render(VerdictSheet.from_json((FOLDER / f"{edition}.json").read_bytes()))


def test_the_address_holds_number_and_sixteen_digits() -> None:
    assert URL == "https://inspection.example/verify/420528-2019-01/0123456789abcdef"


@pytest.mark.parametrize("dpi", [110, 150, 300])
@pytest.mark.parametrize("text", [URL, verify_url(LONG, "420528-2019-01", DIGEST)])
def test_the_code_is_read_at_every_resolution(text: str, dpi: int) -> None:
    assert read(a_page(text), dpi) == [text]


def test_the_code_is_as_large_as_agreed_and_keeps_its_quiet_zone() -> None:
    drawing = qr_code(URL)

    assert drawing.width == drawing.height == SMALLEST
    assert SMALLEST / 72 * 25.4 >= 26 - 1e-9
    (path,) = drawing.contents
    places = sorted(set(path.points))
    module = min(after - before for before, after in pairwise(places))
    assert places[0] == pytest.approx(QUIET * module, abs=0.01)
    assert places[-1] == pytest.approx(SMALLEST - QUIET * module, abs=0.01)


def test_a_code_is_drawn_alike_every_time() -> None:
    assert a_page(URL) == a_page(URL)
    assert a_page(URL) != a_page(URL[:-1] + "0")
