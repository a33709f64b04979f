"""Tables in and out: what is read is what was written, cell by cell, line by line."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest

from sampling.columns import TABLES
from sampling.errors import FrameError
from sampling.readers import read_table
from sampling.writers import csv_bytes, parquet_bytes, write_table

SAMPLE = pl.DataFrame(
    {
        "unit_id": ["H2", "H1"],
        "county_adcode": ["420528", "420528"],
        "stratum": ["420528-1", "420528-3"],
        "psu": ["420528100001", "420528100002"],
        "household_class": ["E", "N"],
        "persons": [3, 4],
        "ticket": ["00" * 32, "ff" * 32],
        "order": [1, 2],
        "is_reserve": [False, True],
        "pi1": [0.1, 1 / 3],
        "pi2": [2 / 7, 1e-12],
        "inclusion_prob": [0.1 * 2 / 7, 1 / 3 * 1e-12],
        "base_weight": [35.0, 3e12 / 10],
        "wave": [1, 1],
    }
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_sample_reads_back_as_it_was_written(tmp_path: Path, ending: str) -> None:
    write_table(SAMPLE, tmp_path / f"sample.{ending}")

    found = read_table(tmp_path / f"sample.{ending}", "sample_households")

    assert found.equals(SAMPLE)
    assert found.schema == SAMPLE.schema


def test_bytes_depend_on_the_rows_alone() -> None:
    in_pieces = pl.concat([SAMPLE[:1], SAMPLE[1:]], rechunk=False)

    assert parquet_bytes(in_pieces) == parquet_bytes(SAMPLE)
    assert csv_bytes(in_pieces) == csv_bytes(SAMPLE)


def test_csv_has_plain_flags_and_line_ends() -> None:
    lines = csv_bytes(SAMPLE.select("unit_id", "is_reserve", "pi1")).split(b"\n")

    assert lines == [
        b"unit_id,is_reserve,pi1",
        b"H2,0,0.1",
        b"H1,1,0.3333333333333333",
        b"",
    ]


def test_not_measured_stays_apart_from_zero(tmp_path: Path) -> None:
    path = tmp_path / "interviews.csv"
    path.write_text(
        "unit_id,county_adcode,stratum,psu,household_class,persons,disposition,wrong_exit,approves\n"
        "A,420528,s,v,E,3,completed,0,1\n"
        "B,420528,s,v,E,,refused,,\n",
        encoding="utf-8",
    )

    found = read_table(path, "interviews")

    assert found["wrong_exit"].to_list() == [0, None]
    assert found["approves"].to_list() == [True, None]
    assert found["persons"].to_list() == [3, None]


def test_rows_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(
        "unit_id,village_code,household_class,persons,line,remark\r\n"
        'A,420528100001,N,3,1,"two\r\nlines"\r\n'
        "\r\n"
        ",,,,,\r\n"
        "B,420528100001,N,none,2,\r\n",
        encoding="utf-8",
        newline="",
    )

    with pytest.raises(FrameError) as refusal:
        read_table(path, "roster")

    assert [(fault.row, fault.column) for fault in refusal.value.faults] == [(6, "persons")]


def test_rows_of_a_sheet_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for place, header in enumerate(("编号", "行政村代码", "户属性", "人口数", "序号")):
        sheet.cell(row=3, column=2 + place, value=header)
    for row, persons in ((4, 3), (7, "三")):
        cells = (f"A{row}", "420528100001", "一般农户", persons, row)
        for place, cell in enumerate(cells):
            sheet.cell(row=row, column=2 + place, value=cell)
    book.save(tmp_path / "roster.xlsx")

    with pytest.raises(FrameError) as refusal:
        read_table(tmp_path / "roster.xlsx", "roster")

    assert [(fault.row, fault.column) for fault in refusal.value.faults] == [(7, "人口数")]


def test_a_formula_below_an_offset_table_names_its_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    headers = ("编号", "行政村代码", "户属性", "人口数", "序号")
    for place, (header, cell) in enumerate(
        zip(headers, ("A1", "420528100001", "N", "=1+2", 1), strict=True)
    ):
        sheet.cell(row=2, column=3 + place, value=header)
        sheet.cell(row=3, column=3 + place, value=cell)
    book.save(tmp_path / "roster.xlsx")

    with pytest.raises(FrameError) as refusal:
        read_table(tmp_path / "roster.xlsx", "roster")

    fault = refusal.value.faults[0]
    assert (fault.row, fault.column, fault.details["cell"]) == (3, "人口数", "F3")
    assert len(refusal.value.faults) == 1


def test_old_line_ends_are_lines_too(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    text = "unit_id,village_code,household_class,persons,line\rA,420528100001,N,3,1\r"
    path.write_bytes(text.encode())

    assert read_table(path, "roster")["unit_id"].to_list() == ["A"]


def test_a_damaged_byte_after_old_line_ends_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    text = "unit_id,village_code,household_class,persons,line\rA,420528100001,N,3,1\r"
    path.write_bytes(text.encode().replace(b",N,", b",\xff,"))

    with pytest.raises(FrameError) as refusal:
        read_table(path, "roster")

    assert [(fault.row, fault.column) for fault in refusal.value.faults] == [(2, "household_class")]


def test_progress_tells_rows_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    rows = "".join(f"A{number},420528100001,N,3,{number}\n" for number in range(1, 50_001))
    path.write_text("unit_id,village_code,household_class,persons,line\n" + rows, encoding="utf-8")
    told: list[tuple[int, int]] = []

    read_table(path, "roster", progress=lambda stage, done, total: told.append((done, total)))

    assert [done for done, _ in told] == [20_000, 40_000, 50_000, 50_002]
    assert {total for _, total in told} == {50_002}


@pytest.mark.parametrize("name", TABLES)
def test_no_two_columns_of_a_table_share_a_header(name: str) -> None:
    headers = [
        header.lower()
        for column in TABLES[name].columns
        for header in (column.name, *column.chinese)
    ]

    assert len(headers) == len(set(headers))
