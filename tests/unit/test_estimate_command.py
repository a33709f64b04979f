"""`python -m sampling estimate`: files in, a table in two languages and a JSON file out."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result

from sampling.cli import main

TOTALS = "county_adcode,persons_e,persons_p,persons_n,persons_rural,document\n"


def an_interview(number: int, household_class: str, **changes: Any) -> dict[str, Any]:
    e = household_class == "E"
    return {
        "unit_id": f"{household_class}{number:04}",
        "county_adcode": "420528",
        "stratum": f"420528-{1 + number % 3}",
        "psu": f"420528{number % 30:06}",
        "household_class": household_class,
        "persons": 3,
        "is_reserve": False,
        "pi1": 0.2,
        "pi2": 0.1,
        "inclusion_prob": 0.02,
        "base_weight": 50.0,
        "disposition": "completed",
        "class_found": household_class,
        "wrong_exit": 0 if e else None,
        "recurrence": 0 if e else None,
        "missed": None if e else 0,
        "missed_base": None if e else 3,
        "approves": 1,
        "undetermined": None,
    } | changes


@pytest.fixture
def files(tmp_path: Path) -> Path:
    rows = [
        an_interview(k, c, **({"wrong_exit": 3} if (c, k) == ("E", 4) else {}))
        for c in "EN"
        for k in range(450)
    ]
    frame = pl.DataFrame(rows, infer_schema_length=None)
    frame.write_csv(tmp_path / "interviews.csv")
    frame.write_parquet(tmp_path / "interviews.parquet")
    (tmp_path / "totals.csv").write_text(TOTALS + "420528,4000,20,8000,12020,x\n", "utf-8")
    return tmp_path


def run(files: Path, *options: str, interviews: str = "interviews.csv") -> Result:
    arguments = ["--interviews", str(files / interviews), "--totals", str(files / "totals.csv")]
    return CliRunner().invoke(main, ["estimate", *arguments, *options])


def test_prints_what_each_county_shows_in_both_languages(files: Path) -> None:
    result = run(files, "--out", str(files / "out.json"))

    assert result.exit_code == 0, result.output
    for text in ("错退率", "wrong-exit rate", "3/1,350", "0.22%", "达标，统计确证", "仅供参考"):
        assert text in result.output
    county = json.loads((files / "out.json").read_text("utf-8"))["counties"][0]
    wrong = county["indicators"][0]
    assert wrong["sample_ratio"] == {"numerator": 3, "denominator": 1350, "unit": "persons"}
    assert wrong["estimate"]["value"] == pytest.approx(3 / 1350)
    assert wrong["finding"] == "met_established"
    assert county["indicators"][4]["finding"] is None
    assert not list(files.glob("*.part"))


def test_parquet_says_the_same_as_csv(files: Path) -> None:
    assert run(files, interviews="interviews.parquet").output == run(files).output


def test_a_threshold_can_be_given(files: Path) -> None:
    result = run(files, "--threshold", "wrong_exit_rate=0.002")

    assert "未达标，未确证" in result.output


@pytest.mark.parametrize("text", ["wrong_exit_rate", "other=0.1", "missed_rate=2", "missed_rate=x"])
def test_a_threshold_that_is_none_is_one_line(files: Path, text: str) -> None:
    result = run(files, "--threshold", text)

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert text in result.output


def test_totals_that_do_not_add_up_are_one_line(files: Path) -> None:
    (files / "totals.csv").write_text(TOTALS + "420528,4000,20,8000,12000,x\n", "utf-8")

    result = run(files)

    assert result.exit_code == 1
    assert "rural persons 12000 are not the sum" in result.output


def test_a_county_without_totals_is_named(files: Path) -> None:
    (files / "totals.csv").write_text(TOTALS + "530828,4000,20,8000,12020,x\n", "utf-8")

    result = run(files, "--out", str(files / "out.json"))

    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "420528" in result.output
    assert not (files / "out.json").exists()


def test_basis_a_asks_for_the_frame(files: Path) -> None:
    result = run(files, "--basis", "a")

    assert result.exit_code == 1
    assert "basis (a)" in result.output


def test_a_class_found_that_is_none_is_refused_with_its_row(files: Path) -> None:
    rows = pl.read_csv(files / "interviews.csv", infer_schema=False)
    first = pl.int_range(pl.len()) == 0
    for text in ("脱贫户", "N户"):
        found = pl.when(first).then(pl.lit(text)).otherwise("class_found")
        rows.with_columns(class_found=found).write_csv(files / f"{text}.csv")

    assert run(files, interviews="脱贫户.csv").output == run(files).output
    refused = run(files, interviews="N户.csv")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert 'row 2 column "class_found": "N户" is not one of' in refused.output
