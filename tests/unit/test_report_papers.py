"""Assignment sheet, notice and annex as files: words, bytes, gate, and the longest names."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTChar
from pypdf import PdfReader
from reports import heard

from report_templates import annex, assignment, gate, notice
from report_templates.furniture import BODY_FOOT
from report_templates.verdict_sheet import SheetError

DATA = Path(__file__).parents[1] / "data" / "papers"
ROOT = Path(__file__).parents[2]
RENDER: dict[str, Callable[[bytes], bytes]] = {
    "assignment": lambda row: assignment.render(assignment.AssignmentSheet.from_json(row)),
    "notice": lambda row: notice.render(notice.NoticeSheet.from_json(row)),
    "annex": lambda row: annex.render(annex.AnnexSheet.from_json(row)),
}
NAMES = sorted(path.stem for path in DATA.glob("*.json"))


@cache
def content(name: str) -> bytes:
    return (DATA / f"{name}.json").read_bytes()


@cache
def drawn(name: str) -> bytes:
    return render(name, content(name))


def render(name: str, row: bytes) -> bytes:
    return RENDER[name.partition("_")[0]](row)


def text(pdf: bytes) -> str:
    return re.sub(
        r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    )


def changed(name: str, **changes: Any) -> bytes:
    return json.dumps(json.loads(content(name)) | changes, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", NAMES)
def test_papers_pass_the_gate(name: str) -> None:
    gate.check(drawn(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_process_draws_the_same_bytes(name: str) -> None:
    code = (
        "import hashlib, sys; sys.path[:0] = ['tests', 'tests/unit'];"
        "from test_report_papers import drawn;"
        f"print(hashlib.sha256(drawn('{name}')).hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"TZ": "America/Lima", "SOURCE_DATE_EPOCH": "86400", "PYTHONPATH": str(ROOT)},
    )

    assert found.stdout.strip() == hashlib.sha256(drawn(name)).hexdigest()


@pytest.mark.parametrize("name", NAMES)
def test_two_readers_find_the_same_characters(name: str) -> None:
    other = re.sub(r"\s", "", extract_text(io.BytesIO(drawn(name))))

    assert sorted(text(drawn(name))) == sorted(other)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaves_its_page(name: str) -> None:
    for page in extract_pages(io.BytesIO(drawn(name))):
        body = [
            one
            for box in page
            for one in walk(box)
            if isinstance(one, LTChar) and one.matrix[1] == 0 and one.get_text().strip()
        ]
        assert max(one.x1 for one in body) <= page.width - 51 + 6  # a mark may hang
        assert min(one.x0 for one in body) >= 50
        assert not [one for one in body if BODY_FOOT - 8 > one.y0 > 36]


def walk(item: Any) -> list[Any]:
    if hasattr(item, "__iter__"):
        return [one for part in item for one in walk(part)]
    return [item]


@pytest.mark.parametrize("name", NAMES)
def test_every_table_names_its_columns_and_rows(name: str) -> None:
    root = heard(drawn(name))

    for table in root.all("Table"):
        head, *rows = table.children
        assert {cell.scope for cell in head.children} == {"/Column"}
        assert all(row.children[0].scope == "/Row" for row in rows)
    assert len(root.all("H1")) == len(PdfReader(io.BytesIO(drawn(name))).pages)


@pytest.mark.parametrize("name", NAMES)
def test_simulated_papers_say_so_on_every_page_and_others_nowhere(name: str) -> None:
    real = render(name, changed(name, simulated=False))

    for page in PdfReader(io.BytesIO(drawn(name))).pages:
        assert "模拟数据" in page.extract_text()
    assert "模拟" not in text(real)
    assert "Simulated" not in text(real)
    gate.check(real)


@pytest.mark.parametrize("name", NAMES)
def test_a_document_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(SheetError):
        render(name, changed(name, schema="verdict/1"))
    with pytest.raises(SheetError):
        render(name, b"{")
    with pytest.raises(SheetError):
        render(name, json.dumps({"schema": json.loads(content(name))["schema"]}).encode())


def test_an_assignment_sheet_says_whom_to_visit_and_nothing_of_them() -> None:
    said = text(drawn("assignment"))
    row = json.loads(content("assignment"))

    assert all(one["unit_id"] in said for one in row["households"])
    assert row["place"]["village"] in said
    assert row["place"]["county"] in said
    assert "E4,P2" in said
    for zh, _ in row["dispositions"]:
        assert said.count(zh) > len(row["households"])
    assert not re.search("收入|income|疑似|suspect|错退|漏评", said)


def test_a_village_with_a_list_gets_no_blank_roster() -> None:
    said = text(render("assignment", changed("assignment", roster=None)))

    assert "空白花名册" not in said


def test_known_heads_and_hamlets_are_printed() -> None:
    (first, *_) = json.loads(content("assignment"))["households"]
    known = first | {"head_name": "𬒈某", "hamlet": "㵲水组"}

    said = text(render("assignment", changed("assignment", households=[known])))

    assert "𬒈某" in said
    assert "㵲水组" in said


def test_a_notice_says_every_case_clause_and_date_once() -> None:
    row = json.loads(content("notice_told"))
    said = text(drawn("notice_told"))

    for case in row["cases"]:
        assert case["case_id"] in said
        assert case["unit_id"] in said
    for clause in row["clauses"]:
        for zh, en in clause.values():
            assert re.sub(r"\s", "", zh) in said
            assert re.sub(r"\s", "", en) in said
    assert "2020-06-15" in said
    assert "反馈会后告知" in said


def test_a_notice_of_rulings_gives_each_outcome_its_reason() -> None:
    row = json.loads(content("notice_ruled"))
    said = text(drawn("notice_ruled"))

    assert all(re.sub(r"\s", "", case["reason"]) in said for case in row["cases"])
    for words in ("认定成立Upheld", "予以排除Cleared", "存疑Undecided"):
        assert words in said
    assert "答复期限" not in said


def test_a_notice_carries_what_it_was_drawn_from() -> None:
    reader = PdfReader(io.BytesIO(drawn("notice_told")))

    assert reader.attachments["notice.json"] == [content("notice_told")]
    assert hashlib.sha256(content("notice_told")).hexdigest() in text(drawn("notice_told"))


def test_an_annex_prints_every_figure_as_published() -> None:
    row = json.loads(content("annex"))
    said = text(drawn("annex"))

    for one in row["errors"]:
        figures = (one["value"], one["low"], one["high"], one["se"])
        assert all(f"{share * 100:.2f}%" in said for share in figures)
    assert all(digest in said for _, digest in row["digests"])
    assert row["seed"]["seed"] in said
    assert all(key in said for key, *_ in row["rulebook"]["settings"])
    assert all(key in said for key, _ in row["plan"]["keys"])
    assert all(re.sub(r"\s", "", command) in said for command in row["commands"])


def test_a_rate_near_its_threshold_keeps_its_decimals() -> None:
    row = json.loads(content("annex"))
    near = row["errors"][0] | {"value": 0.019996}

    said = text(render("annex", changed("annex", errors=[near])))

    assert "1.9996%" in said


def test_a_seed_that_is_secret_is_announced() -> None:
    row = json.loads(content("annex"))

    said = text(render("annex", changed("annex", seed=row["seed"] | {"seed": None})))

    assert "外业结束后公布" in said
