"""`python -m sampling plan`: what it prints and what it writes."""

from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from frames import frozen_frame, village_frame

from sampling.cli import main
from sampling.plan import load_plan

BY_TYPE = 'strata.by=["county", "remoteness", "village_type"]'


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return frozen_frame(tmp_path_factory.mktemp("frame"), village_frame(40)).folder


def plan(frame: Path, out: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["plan", "--frame", str(frame), "--out", str(out), *words])


def test_the_plan_is_told_in_three_parts_and_written(frame: Path, tmp_path: Path):
    done = plan(frame, tmp_path / "plan")

    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    heads = [line for line in lines if line.startswith(("一、", "二、", "三、"))]
    assert [head.partition(" | ")[2][:2] for head in heads] == ["1.", "2.", "3."]
    assert all(" | " in line for line in lines if line)
    settled, villages = load_plan(tmp_path / "plan")
    assert settled.sha256 in lines[-1]
    assert villages["stratum"].n_unique() == 3


def test_strata_by_type_are_drawn_from_the_command_line(frame: Path, tmp_path: Path):
    done = plan(frame, tmp_path / "plan", "--set", BY_TYPE, "--notes", str(tmp_path / "notes.txt"))

    assert done.exit_code == 0
    assert "420528-3-poor" in done.stdout
    _, villages = load_plan(tmp_path / "plan")
    assert set(villages["stratum"].str.split("-").list.last()) <= {"poor", "other", "other+poor"}
    notes = (tmp_path / "notes.txt").read_text("utf-8").splitlines()
    assert f"{len(notes)} notes written" in done.stdout


def test_many_counties_are_summed_up(tmp_path: Path):
    villages = pl.concat(village_frame(6, adcode=f"{110_100 + k}", seed=k) for k in range(13))
    many = frozen_frame(tmp_path / "frame", villages).folder

    done = plan(many, tmp_path / "plan", "--set", "stage2.e=4", "--set", "stage2.n=4")

    assert done.exit_code == 0
    assert "13 counties have notes of this kind" in done.stdout
    assert len(done.stdout.splitlines()) < 40


def test_help_names_the_keys_most_often_changed():
    shown = CliRunner().invoke(main, ["plan", "--help"]).output
    for key in ("stage1.villages=40", "remoteness.method=pca", "strata.by="):
        assert key in shown


@pytest.mark.parametrize("option", ["--notes", "--curve"])
def test_a_file_that_cannot_be_written_is_refused_before_the_plan_is(
    frame: Path, tmp_path: Path, option: str
):
    for wanted in (tmp_path, tmp_path / "nowhere" / "file.csv"):
        done = plan(frame, tmp_path / "plan", option, str(wanted))

        assert done.exit_code == 1
        assert str(wanted) in done.stderr
        assert not (tmp_path / "plan").exists()


def test_settings_saved_with_a_byte_order_mark_are_read(frame: Path, tmp_path: Path):
    (tmp_path / "wish.toml").write_text("[stage2]\ne = 12\n", "utf-8-sig")

    done = plan(frame, tmp_path / "plan", "--from", str(tmp_path / "wish.toml"))

    assert done.exit_code == 0
    assert load_plan(tmp_path / "plan")[0].stage2.e == 12


def test_of_a_class_nobody_is_drawn_from_one_line_is_said(frame: Path, tmp_path: Path):
    done = plan(frame, tmp_path / "plan", "--set", "stage2.n=0")

    assert done.exit_code == 0
    about = [line for line in done.stdout.splitlines() if "420528 class N:" in line]
    assert [line.partition(" | ")[2] for line in about] == [
        "420528 class N: no household is drawn, nothing can be established about this class"
    ]


def test_a_plan_whose_households_hardly_answer_is_told_all_the_same(frame: Path, tmp_path: Path):
    words = ("--set", "stage1.villages=all", "--set", "assumptions.response=0.0001")
    done = plan(frame, tmp_path / "plan", *words)

    assert done.exit_code == 0, done.output
    assert "not in reach in this county" in done.stdout
