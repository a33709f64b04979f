"""Broken registers: each kind is refused in its own words, and nothing is left behind."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sampling.errors import Fault, FrameError
from sampling.frame import import_register

VILLAGES = """\
village_code,village_name,town_code,county_adcode,village_type,households_e,persons_e,\
households_p,persons_p,households_n,persons_n
420528100001,龙舟坪村,420528100,420528,poor,2,7,1,2,10,30
420528100002,津洋口村,420528100,420528,other,1,4,0,0,20,60
"""
HOUSEHOLDS = """\
户编码,行政村代码,户属性,人口数,识别年度,脱贫年度
H1,420528100001,脱贫户,3,2014,2018
H2,420528100001,脱贫户,4,2014,2019
H3,420528100001,未脱贫户,2,2015,
H4,420528100002,脱贫户,4,2014,2018
"""
TOTALS = """\
county_adcode,persons_e,persons_p,persons_n,persons_rural,document
420528,11,2,90,103,county bulletin
"""
MEMBERS = """\
household_id,person_code,birth_month,on_card
H1,M1,1970-05,1
H1,M2,1972-11,1
H1,M3,1999-01,0
"""
BASE = {
    "villages.csv": VILLAGES,
    "households.csv": HOUSEHOLDS,
    "totals.csv": TOTALS,
    "members.csv": MEMBERS,
}
Content = str | bytes | None


def faults_of(tmp_path: Path, **changed: Content) -> tuple[Fault, ...]:
    """Import the small register with some files replaced; the faults, nothing else left."""
    contents: dict[str, Content] = {name.partition(".")[0]: text for name, text in BASE.items()}
    contents |= {name.partition("_dot_")[0]: content for name, content in changed.items()}
    endings = dict(name.split("_dot_") for name in changed if "_dot_" in name)
    source = tmp_path / "received"
    source.mkdir()
    paths = {}
    for role, content in contents.items():
        paths[role] = source / f"{role}.{endings.get(role, 'csv')}"
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            paths[role].write_bytes(data)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FrameError) as refusal:
        import_register(**paths, out=tmp_path / "new" / "frame")
    assert sorted(tmp_path.rglob("*")) == before
    assert refusal.value.more == 0
    return refusal.value.faults


def row(text: str, number: int, old: str, new: str) -> str:
    """Replace inside one line of a file, lines counted as an editor does."""
    lines = text.splitlines(keepends=True)
    assert old in lines[number - 1]
    lines[number - 1] = lines[number - 1].replace(old, new, 1)
    return "".join(lines)


def in_villages(number: int, old: str, new: str) -> dict[str, Content]:
    return {"villages": row(VILLAGES, number, old, new)}


def in_households(number: int, old: str, new: str) -> dict[str, Content]:
    return {"households": row(HOUSEHOLDS, number, old, new)}


def in_totals(number: int, old: str, new: str) -> dict[str, Content]:
    return {"totals": row(TOTALS, number, old, new)}


def in_members(number: int, old: str, new: str) -> dict[str, Content]:
    return {"members": row(MEMBERS, number, old, new)}


def workbook(change: Callable[[openpyxl.worksheet.worksheet.Worksheet], None]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in HOUSEHOLDS.splitlines():
        sheet.append(
            [int(cell) if re.fullmatch(r"\d{1,4}", cell) else cell for cell in line.split(",")]
        )
    change(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def set_cell(place: str, value: object) -> dict[str, Content]:
    def change(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        sheet[place] = value

    return {"households_dot_xlsx": workbook(change)}


def parquet(**columns: pl.Expr) -> bytes:
    data = pl.read_csv(io.StringIO(HOUSEHOLDS), infer_schema=False)
    whole = pl.col("人口数", "识别年度", "脱贫年度").cast(pl.Int64)
    buffer = io.BytesIO()
    data.with_columns(whole).with_columns(**columns).write_parquet(buffer)
    return buffer.getvalue()


def archive(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr(name, data)
        members.writestr("xl/other.xml", "")
    return buffer.getvalue()


def damaged_gb18030() -> bytes:
    data = HOUSEHOLDS.encode("gb18030")
    place = data.index("未脱贫户".encode("gb18030"))
    return data[: place + 1] + b"\xff" + data[place + 2 :]


def damaged_utf8() -> bytes:
    return HOUSEHOLDS.encode().replace("未脱贫户".encode(), b"\xe6\x9c,", 1)


def damaged_parquet() -> bytes:
    data = bytearray(parquet())
    data[40:80] = bytes(40)
    return bytes(data)


H_ID = "户编码"
VILLAGE = "行政村代码"

KINDS: dict[str, tuple[dict[str, Content], str]] = {
    # identifiers
    "household twice": (
        in_households(3, "H2", "H1"),
        'households.csv row 3 column "户编码": repeats row 2',
    ),
    "village twice": (
        {"villages": VILLAGES + VILLAGES.splitlines()[1] + "\n"},
        'villages.csv row 4 column "village_code": repeats row 2',
    ),
    "person twice": (
        in_members(4, "M3", "M1"),
        'members.csv row 4 column "person_code": repeats row 2',
    ),
    "county twice in totals": (
        {"totals": TOTALS + TOTALS.splitlines()[1] + "\n"},
        'totals.csv row 3 column "county_adcode": repeats row 2',
    ),
    "id of 41 characters": (
        in_households(2, "H1", "H" * 41) | {"members": row(MEMBERS, 2, "M1", "M9")},
        f'households.csv row 2 column "户编码": the code has 41 characters, at most 40 allowed: '
        f'"{"H" * 24}…"',
    ),
    "id not in NFC": (
        in_households(5, "H4", "Ha\u0301"),
        'households.csv row 5 column "户编码": "Ha\u0301" is not in Unicode normal form NFC',
    ),
    "id with U+001F": (
        in_households(5, "H4", "H\x1f4"),
        'households.csv row 5 column "户编码": holds the invisible character U+001F',
    ),
    "id with a zero-width space": (
        in_households(5, "H4", "H\u200b4"),
        'households.csv row 5 column "户编码": holds the invisible character U+200B',
    ),
    "id with a line break inside quotes": (
        in_households(4, "H3", '"H\n3"'),
        'households.csv row 4 column "户编码": holds the invisible character U+000A',
    ),
    "id with spaces around it": (
        in_households(5, "H4", "H4 "),
        'households.csv row 5 column "户编码": "H4 " has spaces around it',
    ),
    "id as text of a formula": (
        in_households(5, "H4", "=H4"),
        'households.csv row 5 column "户编码": "=H4" is the text of a formula; give its value',
    ),
    "id in scientific notation": (
        in_households(5, "H4", "4.20528E+17"),
        'households.csv row 5 column "户编码": "4.20528E+17" became scientific notation and '
        "lost digits; keep it as text",
    ),
    "no id": (
        in_households(5, "H4", ""),
        'households.csv row 5 column "户编码": must not be empty',
    ),
    # codes
    "unknown village": (
        in_households(5, "420528100002", "420528100003"),
        'households.csv row 5 column "行政村代码": village 420528100003 is not in the village file',
    ),
    "code that lost a leading zero": (
        in_households(5, "420528100002", "20528100002"),
        'households.csv row 5 column "行政村代码": "20528100002" has 11 digits, 12 expected; '
        "a leading zero may be lost",
    ),
    "code that is too long": (
        in_villages(3, "420528100,", "420528100000,"),
        'villages.csv row 3 column "town_code": "420528100000" has 12 digits, 9 expected',
    ),
    "code in scientific notation": (
        in_households(5, "420528100002", "4.20528E+11"),
        'households.csv row 5 column "行政村代码": "4.20528E+11" became scientific notation and '
        "lost digits; keep it as text",
    ),
    "code with decimals": (
        in_households(5, "420528100002", "420528100002.0"),
        'households.csv row 5 column "行政村代码": "420528100002.0" is a number with decimals; '
        "keep codes as text",
    ),
    "date in a code": (
        in_households(5, "420528100002", "2018/10/2"),
        'households.csv row 5 column "行政村代码": "2018/10/2" is a date',
    ),
    "full-width digits in a code": (
        in_households(5, "420528100002", "42052810000\uff12"),
        'households.csv row 5 column "行政村代码": "42052810000\uff12" has full-width digits; '
        "use plain 0-9",
    ),
    "letters in a code": (
        in_households(5, "420528100002", "42052810000O"),
        'households.csv row 5 column "行政村代码": "42052810000O" is not a code of 12 digits',
    ),
    "village in another county": (
        in_villages(3, "420528100,420528", "420528100,420529"),
        'villages.csv row 3 column "county_adcode": village code 420528100002 does not belong '
        "to county 420529",
    ),
    "village in another township": (
        in_villages(3, "420528100,", "420528101,"),
        'villages.csv row 3 column "town_code": village code 420528100002 does not belong to '
        "township 420528101",
    ),
    # numbers
    "negative members": (
        in_households(3, ",4,", ",-4,"),
        'households.csv row 3 column "人口数": -4 is negative',
    ),
    "no members": (
        in_households(3, ",4,", ",0,"),
        'households.csv row 3 column "人口数": must not be 0',
    ),
    "four hundred members": (
        in_households(3, ",4,", ",400,"),
        'households.csv row 3 column "人口数": 400 is outside 1 to 99',
    ),
    "half a person": (
        in_households(3, ",4,", ",4.5,"),
        'households.csv row 3 column "人口数": "4.5" is not a whole number',
    ),
    "million-digit number": (
        in_households(3, ",4,", f",{'9' * 1_000_000},"),
        'households.csv row 3 column "人口数": a number of 1000000 digits is beyond reason: '
        f"{'9' * 24}…",
    ),
    "word for a number": (
        in_households(3, ",4,", ",四,"),
        'households.csv row 3 column "人口数": "四" is not a number',
    ),
    "error of a spreadsheet in CSV": (
        in_households(3, ",4,", ",#REF!,"),
        'households.csv row 3 column "人口数": "#REF!" is an error of a spreadsheet',
    ),
    "negative village count": (
        in_villages(2, ",2,7,", ",-2,7,"),
        'villages.csv row 2 column "households_e": -2 is negative',
    ),
    "latitude and longitude swapped": (
        {
            "villages": "\n".join(
                line + tail
                for line, tail in zip(
                    VILLAGES.splitlines(), (",lat,lon", ",30.5,111.2", ",111.2,30.5"), strict=True
                )
            )
        },
        'villages.csv row 3 column "lat": 111.2 is outside -90 to 90',
    ),
    # classes, years, months
    "wrong class": (
        in_households(4, "未脱贫户", "贫困户"),
        'households.csv row 4 column "户属性": "贫困户" is not one of: '
        "E / P / N / 脱贫户 / 未脱贫户 / 一般农户",
    ),
    "wrong village type": (
        in_villages(2, "poor", "rich"),
        'villages.csv row 2 column "village_type": "rich" is not one of: poor / other / '
        "relocation / 贫困村 / 出列村 / 非贫困村 / 其他 / 安置点 / 易地搬迁安置点",
    ),
    "exited without a year": (
        in_households(2, ",2014,2018", ",2014,"),
        'households.csv row 2 column "脱贫年度": an exited household needs its exit year',
    ),
    "no column for the exit year": (
        {"households": re.sub(r",[^,\n]*$", "", HOUSEHOLDS, flags=re.MULTILINE)},
        'households.csv column "exit_year": missing column; headers: exit_year / 脱贫年度',
    ),
    "exit before registration": (
        in_households(2, ",2014,2018", ",2018,2014"),
        'households.csv row 2 column "脱贫年度": exit year 2014 is before registration in 2018',
    ),
    "a register code that a village list would give": (
        in_households(5, "H4", "420528100002-n0007"),
        'households.csv row 5 column "户编码": codes of this form are given to households of '
        "class N when a village is listed",
    ),
    "year of two digits": (
        in_households(2, ",2018", ",18"),
        'households.csv row 2 column "脱贫年度": 18 is outside 1949 to 2100',
    ),
    "thirteenth month": (
        in_members(3, "1972-11", "1972-13"),
        'members.csv row 3 column "birth_month": "1972-13" is not a month like 1978-05',
    ),
    "birth month with a day": (
        in_members(3, "1972-11", "1972-11-05"),
        'members.csv row 3 column "birth_month": "1972-11-05" is not a month like 1978-05',
    ),
    "member of an unknown household": (
        in_members(4, "H1", "H9"),
        'members.csv row 4 column "household_id": this household is not in the household file',
    ),
    # totals
    "county without totals": (
        in_totals(2, "420528", "420529"),
        'totals.csv column "county_adcode": no totals for county 420528',
    ),
    "rural persons are not the sum": (
        in_totals(2, ",103,", ",104,"),
        'totals.csv row 2 column "persons_rural": 104 rural persons, but the three classes add '
        "up to 103",
    ),
    # structure of CSV
    "column missing": (
        in_households(1, "人口数", "人数"),
        'households.csv row 1 column "persons": missing column; headers: persons / 人口数 / '
        "家庭人口",
    ),
    "header twice": (
        in_households(1, "识别年度", "人口数"),
        'households.csv row 1 column "人口数": means the same as column "人口数"',
    ),
    "header in both languages": (
        in_households(1, "识别年度", "persons"),
        'households.csv row 1 column "persons": means the same as column "人口数"',
    ),
    "header empty": (
        in_households(1, "识别年度", " "),
        "households.csv row 1: column 5 has no header",
    ),
    "row too short": (
        in_households(3, ",2014,2019", ""),
        "households.csv row 3: the row has 4 cells, 6 expected",
    ),
    "row too long": (
        in_households(3, ",2014,2019", ",2014,2019,1,2"),
        "households.csv row 3: the row has 8 cells, 6 expected",
    ),
    "separated by semicolons": (
        {"households": HOUSEHOLDS.replace(",", ";")},
        'households.csv row 1: separated by ";"; use commas',
    ),
    "quotation mark never closed": (
        in_households(3, "420528100001", '"420528100001'),
        'households.csv row 3 column "行政村代码": a quotation mark is never closed',
    ),
    "text after a quotation mark": (
        in_households(3, "420528100001", '"420528"100001'),
        "households.csv row 3: text after a closing quotation mark; quotes must come in pairs",
    ),
    "empty file": ({"households": ""}, "households.csv: the file is empty"),
    "byte order mark and nothing else": (
        {"households": "\ufeff\r\n"},
        "households.csv: the file is empty",
    ),
    "header only": (
        {"households": HOUSEHOLDS.splitlines()[0]},
        "households.csv: a header, but no rows",
    ),
    # encoding
    "GB18030 with damaged bytes": (
        {"households": damaged_gb18030()},
        'households.csv row 4 column "户属性": cannot be read as GB18030: byte 0xCE at offset '
        + str(damaged_gb18030().index(b"\xce\xff")),
    ),
    "UTF-8 with damaged bytes": (
        {"households": damaged_utf8()},
        'households.csv row 4 column "户属性": cannot be read as UTF-8: byte 0xE6 at offset '
        + str(damaged_utf8().index(b"\xe6\x9c,")),
    ),
    "character lost in conversion": (
        in_villages(3, "津洋口", "津\ufffd口"),
        'villages.csv row 3 column "village_name": holds U+FFFD: a character was lost in an '
        "earlier conversion",
    ),
    "NUL in the file": (
        in_households(5, "H4", "H\x004"),
        'households.csv row 5 column "户编码": holds a NUL character',
    ),
    "UTF-16": (
        {"households": HOUSEHOLDS.encode("utf-16")},
        "households.csv: UTF-16, or not text at all; save it as CSV in UTF-8",
    ),
    # files
    "file missing": ({"households": None}, "households.csv: no such file"),
    # spreadsheets
    "formula cell": (
        set_cell("D3", "=2+2"),
        'households.xlsx row 3 column "人口数": cell D3 is a formula; paste it as a value',
    ),
    "error cell": (
        set_cell("D3", "#REF!"),
        'households.xlsx row 3 column "人口数": cell D3 is the error #REF!',
    ),
    "id kept as a number of 18 digits": (
        set_cell("A5", 420528100002000001),
        'households.xlsx row 5 column "户编码": cell A5 keeps a code as a number, digits beyond '
        "15 are lost; keep it as text",
    ),
    "empty workbook": (
        {"households_dot_xlsx": workbook(lambda sheet: sheet.delete_rows(1, 9))},
        "households.xlsx: the file is empty",
    ),
    "text named .xlsx": (
        {"households_dot_xlsx": HOUSEHOLDS},
        "households.xlsx: cannot be read as XLSX: damaged, or something else",
    ),
    "half a workbook": (
        {"households_dot_xlsx": workbook(lambda sheet: None)[:3000]},
        "households.xlsx: cannot be read as XLSX: damaged, or something else",
    ),
    "archive that is no workbook": (
        {"households_dot_xlsx": archive("word/document.xml", b"<w/>")},
        "households.xlsx: an archive, but not an XLSX workbook",
    ),
    "archive that swells": (
        {"households_dot_xlsx": archive("xl/workbook.xml", bytes(60_000_000))},
        "households.xlsx: would unpack to 60 MB, beyond all reason; not opened",
    ),
    "old spreadsheet": (
        {"households_dot_xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)},
        "households.xls: an old .xls or an encrypted workbook; save it as .xlsx without a password",
    ),
    # Parquet
    "damaged Parquet": (
        {"households_dot_parquet": damaged_parquet()},
        "households.parquet: cannot be read as Parquet: damaged, or something else",
    ),
    "half a Parquet": (
        {"households_dot_parquet": parquet()[:400]},
        "households.parquet: cannot be read as Parquet: damaged, or something else",
    ),
    "Parquet with codes as integers": (
        {"households_dot_parquet": parquet(行政村代码=pl.col("行政村代码").cast(pl.Int64))},
        'households.parquet column "行政村代码": type Int64, String expected',
    ),
    "Parquet with persons as floats": (
        {"households_dot_parquet": parquet(人口数=pl.col("人口数").cast(pl.Float64))},
        'households.parquet column "人口数": type Float64, Int64 expected',
    ),
    "Parquet with a list": (
        {"households_dot_parquet": parquet(备注=pl.concat_list("户编码"))},
        'households.parquet column "备注": type List(String), String expected',
    ),
    "Parquet with a missing value": (
        {"households_dot_parquet": parquet(人口数=pl.col("人口数").replace(2, None))},
        'households.parquet row 3 column "人口数": must not be empty',
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_broken_register_is_refused_in_its_own_words(kind: str, tmp_path: Path) -> None:
    changed, expected = KINDS[kind]

    faults = faults_of(tmp_path, **changed)

    assert [str(fault).partition(" | ")[2] for fault in faults] == [expected]


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_is_said_in_chinese_too(kind: str, tmp_path: Path) -> None:
    changed, _ = KINDS[kind]

    for fault in faults_of(tmp_path, **changed):
        chinese, english = fault.reason
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert chinese != english


def test_a_cell_has_one_fault_and_causes_no_other(tmp_path: Path) -> None:
    changed, _ = KINDS["formula cell"]

    faults = faults_of(tmp_path, **changed)

    assert len(faults) == 1


def test_faults_of_all_files_come_at_once_in_order(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        villages=row(VILLAGES, 3, ",1,4,", ",x,4,"),
        households=row(row(HOUSEHOLDS, 5, ",4,", ",y,"), 2, "脱贫户", "z"),
        totals=None,
        members=row(MEMBERS, 2, "1970-05", "1970"),
    )

    assert [(fault.file, fault.row, fault.column) for fault in faults] == [
        ("villages.csv", 3, "households_e"),
        ("households.csv", 2, "户属性"),
        ("households.csv", 5, "人口数"),
        ("totals.csv", 0, ""),
        ("members.csv", 2, "birth_month"),
    ]


def test_a_hundred_faults_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    rows = "".join(f"X{number},420528100001,未脱贫户,-1,2014,\n" for number in range(250))
    for name, text in (BASE | {"households.csv": HOUSEHOLDS + rows}).items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(FrameError) as refusal:
        import_register(
            tmp_path / "villages.csv",
            tmp_path / "households.csv",
            tmp_path / "totals.csv",
            out=tmp_path / "frame",
        )

    assert len(refusal.value.faults) == 100
    assert refusal.value.faults[0].row == 6
    assert refusal.value.more == 150
    assert refusal.value.lines[-1] == "另有150处错误未列出 | and 150 more"


def test_a_folder_in_place_of_a_file_is_named(tmp_path: Path) -> None:
    for name, text in BASE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "folder.csv").mkdir()

    with pytest.raises(FrameError) as refusal:
        import_register(
            tmp_path / "villages.csv",
            tmp_path / "folder.csv",
            tmp_path / "totals.csv",
            out=tmp_path / "frame",
        )

    assert str(refusal.value.faults[0]).endswith("folder.csv: this is a folder, not a file")
    assert not (tmp_path / "frame").exists()


def test_simulated_and_real_counties_do_not_mix(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        totals="county_adcode,persons_e,persons_p,persons_n,persons_rural,document,simulated\n"
        "420528,11,2,90,103,made up,1\n420529,1,1,1,3,bulletin,0\n",
    )

    assert [str(fault).partition(" | ")[2] for fault in faults] == [
        'totals.csv row 3 column "simulated": simulated and real counties cannot share a register'
    ]


def test_values_of_unknown_columns_are_never_quoted(tmp_path: Path) -> None:
    secret = "张三" * 6_000
    text = "\n".join(
        line + tail
        for line, tail in zip(
            HOUSEHOLDS.splitlines(), (",姓名", f",{secret}", ",", ",", ","), strict=True
        )
    )

    faults = faults_of(tmp_path, households=text)

    assert [fault.code for fault in faults] == ["frame.text_long"]
    assert "张三" not in str(faults[0])
