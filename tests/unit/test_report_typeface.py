"""The fonts that travel with the reports: unchanged, complete for the places, never a box."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import lzma
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from pdfminer.high_level import extract_text
from pypdf import PdfReader
from reportlab.graphics.shapes import STATE_DEFAULTS
from reportlab.pdfbase import ttfonts
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus.tables import CellStyle

from report_templates import tounicode
from report_templates.typeface import BOLD, REGULAR, MissingGlyph, fonts

FONTS = Path(str(resources.files("report_templates") / "fonts"))
PLACES = Path(__file__).parents[2] / "inspect_app" / "demo" / "places"
BEYOND_THE_FIRST_PLANE = "𬒈𪣻𫰛"


def drawn(text: str, font: str = REGULAR) -> bytes:
    """Return a one-line PDF."""
    fonts()
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    canvas.setFont(font, 12)
    canvas.drawString(72, 700, text)
    canvas.save()
    return file.getvalue()


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_the_font_files_are_those_the_record_names(weight: str) -> None:
    record = tomllib.loads((FONTS / "FONTS.toml").read_text(encoding="utf-8"))["files"][weight]

    packed = (FONTS / record["file"]).read_bytes()
    raw = lzma.decompress(packed)

    assert hashlib.sha256(packed).hexdigest() == record["sha256"]
    assert hashlib.sha256(raw).hexdigest() == record["unpacked_sha256"]
    assert len(raw) == record["unpacked_bytes"]


def test_the_licence_travels_with_the_fonts() -> None:
    licence = (FONTS / "OFL.txt").read_text(encoding="utf-8")

    assert "SIL OPEN FONT LICENSE Version 1.1" in licence


@pytest.mark.parametrize("name", [REGULAR, BOLD])
def test_a_font_is_static_and_bears_our_own_name(name: str) -> None:
    font = fonts()[name]

    assert "fvar" not in font.face.table
    assert font.fontName == name
    assert font.shapable is False


def test_no_default_of_reportlab_brings_helvetica_back() -> None:
    document = PdfReader(io.BytesIO(drawn("长阳")))
    embedded = document.pages[0]["/Resources"]["/Font"]

    assert STATE_DEFAULTS["fontName"] == CellStyle.fontname == REGULAR
    assert [str(font["/BaseFont"]) for font in embedded.values()] == ["/AAAAAA+NotoSansSC-Regular"]


@pytest.mark.parametrize("name", [REGULAR, BOLD])
@pytest.mark.parametrize(
    ("file", "columns"),
    [
        ("counties.csv", ("name_zh", "name_en", "city_zh", "province_zh", "province_en")),
        ("townships.csv.gz", ("town_name",)),
        ("villages.csv.gz", ("village_name",)),
    ],
)
def test_every_character_of_every_place_name_has_a_glyph(
    name: str, file: str, columns: tuple[str, ...]
) -> None:
    characters = {
        character for row in rows_of(PLACES / file) for c in columns for character in row[c]
    }
    glyphs = fonts()[name].face.charToGlyph

    missing = sorted(character for character in characters if ord(character) not in glyphs)

    assert len(characters) > 100
    assert missing == []


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file, packed or not."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("character", ["\u0e01", "\U0001f600", "\n", "\ue000"])
def test_a_character_without_glyph_is_named_not_boxed(character: str) -> None:
    with pytest.raises(MissingGlyph) as caught:
        drawn(f"长{character}阳")

    assert caught.value.character == character
    assert f"U+{ord(character):04X}" in str(caught.value)


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_characters_beyond_the_first_plane_can_be_copied_out(font: str) -> None:
    document = drawn(f"村名{BEYOND_THE_FIRST_PLANE}㵲㙘䃎", font)

    by_pypdf = PdfReader(io.BytesIO(document)).pages[0].extract_text()
    by_pdfminer = extract_text(io.BytesIO(document))

    assert f"{BEYOND_THE_FIRST_PLANE}㵲㙘䃎" in by_pypdf
    assert f"{BEYOND_THE_FIRST_PLANE}㵲㙘䃎" in by_pdfminer


def test_the_table_holds_surrogates_in_blocks_of_a_hundred() -> None:
    subset = [0x20, *range(0x4E00, 0x4E00 + 149), 0x2C488]

    table = tounicode.to_unicode_cmap("Test", subset)

    assert "<96> <D871DC88>" in table
    assert "100 beginbfchar" in table
    assert "51 beginbfchar" in table
    assert "<00> <96>" in table


def test_another_table_upstream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ttfonts, "makeToUnicodeCMap", lambda fontname, subset: "mended upstream")

    with pytest.raises(tounicode.UpstreamChanged):
        tounicode.install()


def test_installing_twice_is_harmless() -> None:
    fonts()

    tounicode.install()

    assert ttfonts.makeToUnicodeCMap is tounicode.to_unicode_cmap
