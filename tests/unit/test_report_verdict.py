"""The verdict report as a file: what it says, where it stands on the page, and its bytes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lines import characters, collisions
from pdfminer.high_level import extract_text
from pdfminer.layout import LTChar
from pypdf import PdfReader
from reportlab.lib.colors import Color

from report_templates import styles
from report_templates.charts import ink_on
from report_templates.figures import Rule, exact
from report_templates.furniture import BODY_FOOT
from report_templates.remarks import FLIPS, Remark, remarks
from report_templates.verdict import SheetError, VerdictSheet, render
from report_templates.wording import INDICATORS

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "report"
NAMES = sorted(path.stem for path in DATA.glob("*.json"))
COUNTY_WITH_RARE_CHARACTERS = "𬒈𪣻𫰛㵲土家族自治县"
FINDINGS = {
    "met_established": ("达标，统计确证", "Met, established"),
    "met_open": ("达标，未确证", "Met, not established"),
    "unmet_open": ("未达标，未确证", "Not met, not established"),
    "unmet_established": ("未达标，统计确证", "Not met, established"),
}


@cache
def content(name: str) -> bytes:
    """Return the bytes of an example verdict.json."""
    return (DATA / f"{name}.json").read_bytes()


@cache
def report(name: str) -> bytes:
    """Return the PDF of an example, drawn once."""
    return render(VerdictSheet.from_json(content(name)))


def changed(name: str, **changes: Any) -> bytes:
    """Return an example with values replaced; dots in a key lead into the tree."""
    row = json.loads(content(name))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = row
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place[parent]
        place[last] = value
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def page_text(document: bytes, page: int = 0) -> str:
    """Return the text of a page as pypdf reads it, without the blanks that end its lines."""
    text = PdfReader(io.BytesIO(document)).pages[page].extract_text()
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def all_text(document: bytes) -> str:
    """Return the text of all pages without blanks, so that a line end hides nothing."""
    pages = PdfReader(io.BytesIO(document)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@cache
def pages_of(name: str) -> tuple[list[LTChar], ...]:
    """Return the characters of every page of an example, read once."""
    return tuple(characters(report(name), page) for page in range(page_count(name)))


def page_count(name: str) -> int:
    """Return how many pages an example has."""
    return len(PdfReader(io.BytesIO(report(name))).pages)


def test_the_examples_show_every_outcome() -> None:
    sheets = [VerdictSheet.from_json(content(name)) for name in NAMES]

    assert {(sheet.outcome, sheet.standing) for sheet in sheets} == {
        ("meets", "established"),
        ("meets", "open"),
        ("does_not_meet", "established"),
        ("does_not_meet", "open"),
    }
    assert {i.finding for sheet in sheets for i in sheet.indicators} >= set(FINDINGS)


# --- what it says


@pytest.mark.parametrize("name", NAMES)
def test_page_one_says_what_verdict_json_says(name: str) -> None:
    row = json.loads(content(name))
    text = page_text(report(name))

    assert row["county"]["name_zh"] in text
    assert row["county"]["name_en"] in text
    assert row["number"] in text
    for indicator in row["indicators"]:
        if indicator["finding"]:
            assert all(word in text for word in FINDINGS[indicator["finding"]])
        ratio = indicator["sample_ratio"]
        unit = {"persons": "人", "households": "户"}[ratio["unit"]]
        assert f"{ratio['numerator']:,} / {ratio['denominator']:,} {unit}" in text
    words = {"meets": "达到退出标准", "does_not_meet": "未达到退出标准"}
    assert re.search(rf"^{words[row['verdict']['outcome']]}$", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_estimates_and_intervals_on_page_one_are_those_of_verdict_json(name: str) -> None:
    row = json.loads(content(name))
    text = page_text(report(name))
    table = text[text.index("Finding\n") :]
    printed = re.findall(r"^([\d.]+)%\n.*? [人户].*\n([\d.]+)–([\d.]+)%$", table, re.MULTILINE)

    assert len(printed) == len(row["indicators"])
    for (value, low, high), indicator in zip(printed, row["indicators"], strict=True):
        estimate = indicator["estimate"]
        rule = Rule(indicator["threshold"], indicator["strict"], indicator["direction"])
        half_a_digit = Decimal(1).scaleb(-len(value.partition(".")[2])) / 2
        assert abs(Decimal(value) - 100 * exact(estimate["value"])) <= half_a_digit
        assert Decimal(low) <= 100 * exact(estimate["low"]) < Decimal(low) + Decimal("0.01")
        assert Decimal(high) - Decimal("0.01") < 100 * exact(estimate["high"]) <= Decimal(high)
        for figure, rate in ((value, "value"), (low, "low"), (high, "high")):
            assert rule.met(Decimal(figure) / 100) == rule.met(estimate[rate])


@pytest.mark.parametrize("name", NAMES)
def test_no_number_on_page_one_comes_from_anywhere_else(name: str) -> None:
    sheet = VerdictSheet.from_json(content(name))
    text = page_text(report(name))
    for group in range(0, 64, 8):
        text = text.replace(sheet.digest[group : group + 8], " ")
    ticks = {"0", "0.5", "1", "1.5", "2", "3", "4"}  # of the axis
    known = numbers_of(json.loads(content(name))) | ticks | {"256"}
    known |= {str(page_count(name))}
    remarks = re.search(r"另有 (\d+) 点说明", text)
    known |= {remarks[1]} if remarks else set()

    found = {token.strip(",.").replace(",", "") for token in re.findall(r"\d[\d,.]*", text)}

    assert len(found) > 20
    assert found - known == set()


def numbers_of(row: Any) -> set[str]:
    """Return every number of a JSON tree in the forms a report may print it."""
    if isinstance(row, dict):
        # Sums the sheet makes: households and persons over the classes, both ends of a level.
        inner = [numbers_of(value) for value in row.values()]
        if set(row) == {"E", "N", "P"}:
            inner.append(forms(sum(row.values())))
        if "confidence" in row:
            inner.append(forms(0.9))
        return set().union(*inner)
    if isinstance(row, list):
        return set().union(*(numbers_of(value) for value in row))
    if isinstance(row, str):
        parts = re.findall(r"\d+", row)
        return {form for part in parts for form in (part, part.lstrip("0"))}
    if isinstance(row, bool) or row is None:
        return set()
    return forms(row)


def forms(number: float) -> set[str]:
    """Return a number as count, with two decimals, and as a rate rounded to 0 to 4 decimals."""
    percent = 100 * exact(number)
    shown = {f"{number:g}", f"{number:.2f}", str(int(number))}
    for places in range(5):
        for mode in ("ROUND_HALF_EVEN", "ROUND_FLOOR", "ROUND_CEILING"):
            shown.add(f"{percent.quantize(Decimal(1).scaleb(-places), rounding=mode):f}")
    return shown


@pytest.mark.parametrize("name", NAMES)
def test_every_remark_stands_somewhere_in_the_report(name: str) -> None:
    sheet = VerdictSheet.from_json(content(name))
    text = all_text(report(name))
    told = [remark for place in ("verdict", "sure", "change") for remark in said(sheet, place)]

    assert sum(len(remark.sentences) for remark in told) >= 5
    for remark in told:
        if remark.code == FLIPS:
            assert flips_in(sheet, text) == len(remark.sentences)
        else:
            assert bare(remark.words.zh) in text, remark
        assert bare(remark.words.en) in text, remark


def said(sheet: VerdictSheet, place: str) -> tuple[Remark, ...]:
    """Return the remarks of one place of the report."""
    return remarks(sheet.said(place), sheet)


def bare(words: str) -> str:
    """Return words as `all_text` has them: without marks of bold type and without blanks."""
    return re.sub(r"\s|\*", "", words)


def flips_in(sheet: VerdictSheet, text: str) -> int:
    """Count the flips that a text without blanks tells, with households and new finding."""
    rows = [
        f"{INDICATORS[flip.args['indicator']].zh}{flip.args['households']:,}户"
        f"{FINDINGS[flip.args['finding']][0]}"
        for flip in sheet.said("change")
        if flip.code == FLIPS
    ]
    return sum(row in text for row in rows)


@pytest.mark.parametrize(
    ("name", "flips"), [("demo_changyang", 4), ("demo_lancang", 4), ("meets_open", 4)]
)
def test_an_ordinary_report_has_all_it_says_on_page_one_of_two(name: str, flips: int) -> None:
    sheet = VerdictSheet.from_json(content(name))
    first = bare(page_text(report(name)))

    assert "证据" in page_text(report(name), 1)
    assert "表 2" in page_text(report(name), 2)
    assert flips_in(sheet, first) == flips
    assert "另有" not in first
    for remark in (*said(sheet, "sure"), *said(sheet, "change")):
        assert bare(remark.words.en) in first


def test_an_open_county_with_every_sentence_still_has_its_flips_on_page_one_of_two() -> None:
    row = json.loads(content("demo_lancang"))
    readings = [
        ("poverty_incidence", "missed_denominator", "a", 0.0158, "met_established"),
        ("wrong_exit_rate", "official_estimator", "sample", 0.0201, "unmet_open"),
    ]
    names = ("indicator", "setting", "reading", "value", "finding")
    row["sentences"] += [
        {"code": "change.variant", "place": "change", "args": dict(zip(names, one, strict=True))}
        for one in readings
    ]
    row["sentences"].append(
        {"code": "sure.undetermined", "place": "sure", "args": {"households": 4}}
    )
    sheet = VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode())

    document = render(sheet)

    assert "表 2" in page_text(document, 2)
    assert flips_in(sheet, bare(page_text(document))) == 4


def test_no_standard_error_of_nothing_found_is_printed_as_zero() -> None:
    sheet = VerdictSheet.from_json(content("demo_changyang"))
    second = page_text(report("demo_changyang"), 1)

    assert [stratum.estimate.se for stratum in sheet.strata][:2] == [0.0, 0.0]
    assert re.search(r"0\.28–7\.09\n–\n4\.53", second)
    assert "未查实一例，无从估计" in bare(second)
    assert bare("A dash for SE: none found") in bare(second)
    assert "无从估计" not in page_text(report("demo_lancang"), 1)


def test_cases_are_added_up_but_persons_are_not() -> None:
    second = page_text(report("demo_lancang"), 1)

    assert re.search(r"合计\n ?Total\n24\n16\n6\n18\n0\n–", second)


@pytest.mark.parametrize("name", NAMES)
def test_two_extractors_agree_on_the_words_of_the_verdict(name: str) -> None:
    sheet = VerdictSheet.from_json(content(name))
    by_pypdf, by_pdfminer = page_text(report(name)), extract_text(io.BytesIO(report(name)))

    for text in (by_pypdf, by_pdfminer):
        assert sheet.county.name_zh in text
        assert sheet.number in text
        assert sheet.digest[:8] in text
    every_page = extract_text(io.BytesIO(report(name)))
    assert all(sheet.digest[start : start + 8] in every_page for start in range(0, 64, 8))


def test_a_county_with_characters_beyond_the_first_plane_can_be_read_back() -> None:
    rare = changed("meets_open", county__name_zh=COUNTY_WITH_RARE_CHARACTERS)

    document = render(VerdictSheet.from_json(rare))

    assert COUNTY_WITH_RARE_CHARACTERS in page_text(document)
    assert COUNTY_WITH_RARE_CHARACTERS in extract_text(io.BytesIO(document))


def test_every_page_and_the_metadata_say_that_the_data_are_simulated() -> None:
    document = PdfReader(io.BytesIO(report("meets_open")))

    for page in document.pages:
        assert page.extract_text().count("模拟数据") >= 2
        assert "Simulated data" in page.extract_text()
    described = document.metadata
    assert described is not None
    for entry in (described.title, described.subject, described["/Keywords"]):
        assert "模拟数据" in str(entry)
        assert "Simulated data" in str(entry)


def test_a_real_verdict_bears_no_mark_of_simulation() -> None:
    row = json.loads(content("meets_established"))
    row["campaign"] |= {"agency_zh": "评估组", "agency_en": "team", "name_zh": "", "name_en": ""}

    document = render(VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode()))

    assert row["simulated"] is False
    assert "模拟" not in all_text(document)
    assert "imulated" not in str(PdfReader(io.BytesIO(document)).metadata)


@pytest.mark.parametrize("finding", FINDINGS)
@pytest.mark.parametrize("place", range(4))
def test_any_finding_can_stand_in_any_row(finding: str, place: int) -> None:
    varied = changed("meets_open", **{f"indicators__{place}__finding": finding})

    text = page_text(render(VerdictSheet.from_json(varied)))

    assert all(word in text for word in FINDINGS[finding])


def test_equality_at_the_threshold_is_printed_as_it_is() -> None:
    equal = changed(
        "unmet_open",
        indicators__0__estimate__value=0.02,
        indicators__0__sample_ratio={"numerator": 40, "denominator": 2000, "unit": "persons"},
    )

    text = page_text(render(VerdictSheet.from_json(equal)))

    assert "2.00%\n40 / 2,000 人" in text


def test_a_deciding_sample_ratio_is_printed_as_a_rate_too() -> None:
    decided = changed("meets_open", indicators__0__decided_by="sample_ratio")

    text = page_text(render(VerdictSheet.from_json(decided)))

    assert "7 / 1,466 人 = 0.48%" in text


# --- where it stands


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_body_stands_below_its_foot(name: str) -> None:
    for page in pages_of(name):
        baselines = [c.matrix[5] for c in page]
        foot_line = min(baselines)
        body = [y for y in baselines if y > foot_line + 1]

        assert foot_line == pytest.approx(styles.FOOT - 8)
        assert min(body) >= BODY_FOOT - 1


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stands_outside_the_margins(name: str) -> None:
    for page in pages_of(name):
        for c in page:
            blank_half = 0.5 * c.size if c.get_text() in "（“，。；：、）”" else 0.0
            assert c.x0 >= styles.LEFT - 0.1 - blank_half
            assert c.x1 <= styles.RIGHT + 0.1 + blank_half


@pytest.mark.parametrize("name", NAMES)
def test_no_two_characters_collide(name: str) -> None:
    for page in pages_of(name):
        assert collisions(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_type_is_smaller_than_seven_and_a_half_points(name: str) -> None:
    for page in pages_of(name):
        assert min(c.size for c in page) >= 7.5 - 1e-6


def test_a_report_has_four_pages_and_annexes_and_a_crowded_one_more_notes() -> None:
    # These examples are older: annex A is not in them, annex B always is.
    pages = {name: page_count(name) for name in NAMES}

    assert pages.pop("crowded") == 6
    assert set(pages.values()) == {5}
    assert "续见末页" in page_text(report("crowded"), 1)
    assert "附注" in page_text(report("crowded"), 5)


@pytest.mark.parametrize("name_en", ["", "A" * 60])
@pytest.mark.parametrize("name_zh", ["灵寿县", "双江拉祜族佤族布朗族傣族自治县"])
@pytest.mark.parametrize("example", ["crowded", "meets_established"])
def test_page_one_takes_any_name(example: str, name_zh: str, name_en: str) -> None:
    named = changed(example, county__name_zh=name_zh, county__name_en=name_en)

    document = render(VerdictSheet.from_json(named))

    assert name_zh in page_text(document)
    assert collisions(characters(document, 0)) == []


@pytest.mark.parametrize("classes", [1, 2, 3, 5, 8])
def test_any_number_of_strata_fits(classes: int) -> None:
    row = json.loads(content("meets_open"))
    row["strata"] = [
        row["strata"][0] | {"classes": classes, "remoteness_class": place + 1}
        for place in range(classes)
    ]
    row["sentences"] = [s for s in row["sentences"] if s["place"] != "strata"]

    document = render(VerdictSheet.from_json(json.dumps(row, ensure_ascii=False).encode()))

    assert collisions(characters(document, 1)) == []


def contrast(ink: Color, ground: Color) -> float:
    """Return the contrast ratio of WCAG 2.2, success criterion 1.4.3."""

    def luminance(colour: Color) -> float:
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.rgb()]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_all_text_contrasts_with_whatever_lies_behind_it() -> None:
    grounds = [styles.WHITE, styles.PANEL, styles.WATERMARK]
    grounds += [styles.GREEN_TINT, styles.AMBER_TINT, styles.RED_TINT]
    pairs = [(ink, ground) for ink in (styles.INK, styles.GREY, styles.NAVY) for ground in grounds]
    for tone in styles.TONES.values():
        pairs += [(tone.colour, ground) for ground in (tone.tint, *grounds[:3])]
    pairs += [(styles.WHITE, ground) for ground in (styles.NAVY, styles.PLUM)]
    pairs += [(ink_on(ground), ground) for ground in styles.ANSWER_COLOURS.values()]

    assert min(contrast(ink, ground) for ink, ground in pairs) >= 4.5


# --- its bytes


RENDER = """
import hashlib, sys
from report_templates.verdict import VerdictSheet, render
for path in sys.argv[1:]:
    with open(path, "rb") as file:
        print(hashlib.sha256(render(VerdictSheet.from_json(file.read()))).hexdigest())
"""


def test_fresh_processes_draw_the_same_bytes() -> None:
    paths = [str(DATA / f"{name}.json") for name in NAMES]
    expected = [hashlib.sha256(report(name)).hexdigest() for name in NAMES]

    for hash_seed, epoch, order in (("1", "1", 1), ("4242", "1700000000", -1)):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed, "SOURCE_DATE_EPOCH": epoch}
        done = subprocess.run(
            [sys.executable, "-c", RENDER, *paths[::order]],
            env=environment | {"TZ": "Asia/Shanghai", "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split()[::order] == expected


def test_the_file_bears_the_date_of_the_release() -> None:
    described = PdfReader(io.BytesIO(report("meets_open"))).metadata

    assert described is not None
    assert described["/CreationDate"] == described["/ModDate"] == "D:20200630000000+00'00'"


def test_another_sheet_gives_another_file_identifier() -> None:
    first = PdfReader(io.BytesIO(report("meets_open"))).trailer["/ID"]
    second = PdfReader(io.BytesIO(report("unmet_open"))).trailer["/ID"]

    assert first != second


def test_all_fonts_are_embedded_and_can_be_read_back() -> None:
    for page in PdfReader(io.BytesIO(report("crowded"))).pages:
        for font in page["/Resources"]["/Font"].values():
            assert "NotoSansSC" in font["/BaseFont"]
            assert "/FontFile2" in font["/FontDescriptor"]
            assert "/ToUnicode" in font


# --- what it refuses


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[]", "not verdict/1"),
        (b'{"schema":"verdict/2"}', "not verdict/1"),
        (b'{"schema":"verdict/1"}', "lacks county"),
    ],
)
def test_bytes_that_are_no_verdict_are_refused_with_their_reason(
    broken: bytes, reason: str
) -> None:
    with pytest.raises(SheetError, match=re.escape(reason)):
        VerdictSheet.from_json(broken)


def test_an_edition_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SheetError, match="no edition secret"):
        VerdictSheet.from_json(changed("meets_open", edition="secret"))


def test_a_wrong_date_is_refused() -> None:
    with pytest.raises(SheetError, match="wrong value"):
        VerdictSheet.from_json(changed("meets_open", campaign__release_date="2020-13-45"))
