"""The archived file: metadata, attachment, bookmarks, and what strangers read out of it."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
from outloud import check
from pdfminer.high_level import extract_text
from pdfua import validate
from PIL import Image, ImageCms
from pypdf import PdfReader
from reports import NAMES, content, heard, report

from report_templates import gate, srgb
from report_templates.verdict import VerdictSheet, render

RARE = "𬒈𪣻𫰛㵲土家族自治县"
SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


def by_pypdf(document: bytes) -> str:
    """Return the text that pypdf reads."""
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


def by_pdfminer(document: bytes) -> str:
    """Return the text that pdfminer.six reads."""
    return extract_text(io.BytesIO(document))


def by_pdfium(document: bytes) -> str:
    """Return the text that PDFium, the reader of Chromium, reads."""
    with pypdfium2.PdfDocument(document) as pdf:
        texts = []
        for page in pdf:
            text_page = page.get_textpage()
            texts.append(text_page.get_text_range())
            text_page.close()
            page.close()
    return "".join(texts)


EXTRACTORS = (by_pypdf, by_pdfminer, by_pdfium)


def bare(text: str) -> str:
    """Return a text without blanks, which extractors set each in their own way."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_three_extractors_agree_on_county_figures_and_verdict(name: str) -> None:
    row = json.loads(content(name))
    first, *others = (bare(extract(report(name))) for extract in EXTRACTORS)

    wanted = [row["county"]["name_zh"], bare(row["county"]["name_en"]), row["number"]]
    wanted.append(
        {"meets": "达到退出标准", "does_not_meet": "未达到退出标准"}[row["verdict"]["outcome"]]
    )
    table = heard(report(name)).all("Table")[0].all("TR")[1:]
    figures = [re.findall(r"[\d.]+%", line.all("TD")[0].text)[0] for line in table]
    assert len(figures) == len(row["indicators"])
    for words in (*wanted, *figures):
        assert all(words in text for text in (first, *others)), words


def test_characters_beyond_the_first_plane_come_back_from_every_reader() -> None:
    row = json.loads(content("meets_open"))
    row["county"]["name_zh"] = RARE
    document = render(VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode()))

    gate.check(document)
    assert all(RARE in bare(extract(document)) for extract in EXTRACTORS)
    assert heard(document).all("H1")[0].text.startswith(RARE)
    assert RARE in str(PdfReader(io.BytesIO(document)).outline[0]["/Title"])


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_are_attached_as_they_were_handed_over(name: str) -> None:
    reader = PdfReader(io.BytesIO(report(name)))

    (attached,) = reader.attachments["verdict.json"]
    assert attached == content(name)
    with pikepdf.open(io.BytesIO(report(name))) as pdf:
        (specification,) = pdf.Root.AF
        file = specification.EF.F
        assert specification.AFRelationship == "/Data"
        assert file.Subtype == "/application/json"
        released = json.loads(content(name))["campaign"]["release_date"].replace("-", "")
        assert str(file.Params.ModDate).startswith(f"D:{released}")
        assert bytes(file.Params.CheckSum) == hashlib.md5(content(name)).digest()


def test_the_digest_on_paper_is_that_of_the_attachment() -> None:
    (attached,) = PdfReader(io.BytesIO(report("crowded"))).attachments["verdict.json"]

    assert hashlib.sha256(attached).hexdigest() in bare(by_pypdf(report("crowded")))


def test_xmp_says_what_info_says_and_what_the_file_conforms_to() -> None:
    reader = PdfReader(io.BytesIO(report("meets_open")))
    with pikepdf.open(io.BytesIO(report("meets_open"))) as pdf:
        packet = ElementTree.fromstring(pdf.Root.Metadata.read_bytes())
    info: Any = reader.metadata

    def said(path: str) -> str:
        element = packet.find(f".//{path}", SPACES)
        assert element is not None, path
        return "".join(element.itertext())

    assert said("dc:title") == info["/Title"]
    assert said("dc:creator") == info["/Author"]
    assert said("dc:description") == info["/Subject"]
    assert said("pdf:Keywords") == info["/Keywords"]
    assert said("xmp:CreatorTool") == info["/Creator"]
    assert said("pdf:Producer") == info["/Producer"]
    assert said("xmp:CreateDate") == said("xmp:ModifyDate") == "2020-06-30T00:00:00+00:00"
    assert info["/CreationDate"] == "D:20200630000000+00'00'"
    assert (said("pdfaid:part"), said("pdfaid:conformance")) == ("3", "A")
    assert packet.findall(".//pdfuaid:part", SPACES)[0].text == "1"


def test_a_name_with_marks_of_markup_does_not_break_the_metadata() -> None:
    row = json.loads(content("meets_open"))
    row["campaign"]["agency_en"] = "Smith & Sons <Ltd> {x}"

    gate.check(render(VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode())))


def test_every_heading_is_a_bookmark_below_the_title_of_its_page() -> None:
    document = report("meets_open")
    outline: Any = PdfReader(io.BytesIO(document)).outline

    titles = [str(item["/Title"]) for item in outline if not isinstance(item, list)]
    below = [str(item["/Title"]) for group in outline if isinstance(group, list) for item in group]
    assert [title.split(" ")[0] for title in titles] == [
        "长阳土家族自治县",
        "证据：偏远村的贫困发生率点估计较高，区间重叠",
        "入样",
        "本报告可由所附数据逐字节重绘",
        "附件",
    ]
    assert len(below) == len(heard(document).all("H2"))


def test_the_profile_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb.profile()))
    colours = Image.new("RGB", (256, 3))
    colours.putdata([(n, 255 - n, n * part % 256) for part in (1, 3, 7) for n in range(256)])

    turned = ImageCms.profileToProfile(colours, ours, ImageCms.createProfile("sRGB"))

    assert turned is not None
    pairs = zip(colours.tobytes(), turned.tobytes(), strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 1


# --- strangers' judgement


@pytest.mark.parametrize("name", NAMES)
def test_pdfua_finds_nothing(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.pdf"
    file.write_bytes(report(name))

    judged = validate(str(file))

    assert not judged.findings
    # Its rule on nested headings stumbles over arrays of pikepdf 10; outloud asks the same.
    assert {outcome.rule_id for outcome in judged.skipped} <= {"UA-14-001"}


def test_outloud_finds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "crowded.pdf"
    file.write_bytes(report("crowded"))

    result = check(str(file))

    assert result.error is None
    assert (result.errors, result.warnings) == (0, 0)
