"""`draw` from a register outside the frame, by another engine, and as a query to run elsewhere."""

import json
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from frames import frozen_frame, household_frame, roster, village_frame

from sampling import tickets
from sampling.cli import main

SEED = "a campaign seed"


@pytest.fixture
def folder(tmp_path) -> Path:
    """A frame, a plan with 12 villages, and the same households as a Parquet file elsewhere."""
    villages = village_frame(36)
    frozen_frame(tmp_path / "register", villages)
    household_frame(villages).sample(fraction=1, shuffle=True, seed=2).write_parquet(
        tmp_path / "households.parquet"
    )
    arguments = ("--frame", tmp_path / "register/frame", "--out", tmp_path / "plan")
    assert run("plan", *arguments, "--set", "stage1.villages=12").exit_code == 0
    return tmp_path


def run(command: str, *arguments: object) -> Result:
    return CliRunner().invoke(main, [command, *map(str, arguments)])


def draw(folder: Path, out: str, *arguments: object) -> Result:
    common = ("--plan", folder / "plan", "--seed", SEED, "--out", folder / out)
    return run("draw", *common, *arguments)


def verify(folder: Path, sample: str, *arguments: object) -> Result:
    common = ("--plan", folder / "plan", "--seed", SEED, "--sample", folder / sample)
    return run("verify-draw", *common, *arguments)


def test_another_engine_gives_the_same_bytes(folder):
    pytest.importorskip("duckdb", reason="needs the extra [duckdb]")
    frame = ("--frame", folder / "register/frame")
    first, second = draw(folder, "a", *frame), draw(folder, "b", *frame, "--engine", "duckdb")
    assert first.exit_code == second.exit_code == 0, second.output
    for file in (folder / "a").iterdir():
        assert file.read_bytes() == (folder / "b" / file.name).read_bytes()
    assert verify(folder, "a", *frame, "--engine", "duckdb").exit_code == 0


def test_a_register_outside_the_frame_gives_the_same_rows(folder):
    frame = ("--frame", folder / "register/frame")
    outside = ("--households", folder / "households.parquet")
    draw(folder, "a", *frame)
    answer = draw(folder, "b", *outside)
    assert answer.exit_code == 0, answer.output
    assert "other counts" not in answer.stderr
    for name in ("sample_households.csv", "sample_villages.csv"):
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes()
    record = json.loads((folder / "b/draw.json").read_text())
    assert record["frame_sha256"] is None
    assert record["households_sha256"] is None
    for sample in ("a", "b"):
        for source in (frame, outside):
            assert verify(folder, sample, *source).exit_code == 0


def test_rosters_are_drawn_beside_a_register_outside_the_frame(folder):
    (folder / "rosters").mkdir()
    for code in village_frame(36)["village_code"]:
        roster(code, 40).write_csv(folder / "rosters" / f"{code}.csv")
    outside = ("--households", folder / "households.parquet", "--rosters", folder / "rosters")
    assert draw(folder, "a", *outside).exit_code == 0
    drawn = pl.read_parquet(folder / "a/sample_households.parquet")
    assert set(drawn["household_class"]) == {"E", "P", "N"}
    assert verify(folder, "a", *outside).exit_code == 0


def test_other_counts_than_in_the_village_frame_are_told(folder):
    path = folder / "households.parquet"
    register = pl.read_parquet(path)
    register.filter(pl.col("household_class") == "E").write_parquet(path)
    answer = draw(folder, "a", "--households", path)
    assert answer.exit_code == 0
    assert "class P: 0 in the register" in answer.stderr


def test_a_changed_household_outside_the_frame_does_not_verify(folder):
    path = folder / "households.parquet"
    draw(folder, "a", "--households", path)
    register = pl.read_parquet(path)
    register.with_columns(household_id=pl.col("household_id") + "x").write_parquet(path)
    answer = verify(folder, "a", "--households", path)
    assert answer.exit_code == 1
    assert "fingerprint" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give --frame, or the household register by --households"),
        (("--households", "nowhere"), "file not found: nowhere"),
        (("--households", "nowhere", "--engine", "duckdb"), "file not found: nowhere"),
    ],
)
def test_a_draw_without_a_register_is_one_line(folder, arguments, said):
    answer = draw(folder, "a", *arguments)
    assert answer.exit_code == 1
    assert said in answer.stderr
    assert len(answer.stderr.splitlines()) == 1
    assert not (folder / "a").exists()


@pytest.mark.parametrize("dialect", ["postgres", "hive"])
def test_the_query_names_villages_and_no_seed(folder, dialect):
    draw(folder, "a", "--households", folder / "households.parquet")
    drawn = pl.read_parquet(folder / "a/sample_villages.parquet").filter(~pl.col("is_reserve"))
    common = ("--plan", folder / "plan", "--seed", SEED, "--emit-sql", dialect)

    answer = run("draw", *common, "--households", "register.households")

    assert answer.exit_code == 0
    assert all(f"'{code}'" in answer.stdout for code in drawn["village_code"])
    county = tickets.county_seed(SEED, "420528")
    secrets = [SEED, county, *(tickets.village_seed(county, one) for one in drawn["village_code"])]
    assert not any(one in answer.output for one in secrets)
    assert SEED in run("draw", *common, "--show").stdout


def test_a_query_is_printed_or_a_folder_named(folder):
    answer = run("draw", "--plan", folder / "plan", "--seed", SEED)
    assert answer.exit_code == 2
    assert "--emit-sql" in answer.stderr
