"""`python -m sampling plot`: what is written, what is said, and what is refused."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from frames import frozen_frame, village_frame

from sampling.cli import main
from sampling.plan import Plan, write_plan
from sampling.remoteness import freeze

pytest.importorskip("matplotlib", reason="matplotlib (extra [plot]) is not installed")

ADCODES = ("420528", "530828")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated frame of two counties and the plan made for it."""
    here = tmp_path_factory.mktemp("plot")
    villages = pl.concat(village_frame(40, adcode=adcode) for adcode in ADCODES)
    frame = frozen_frame(here, villages)
    plan = Plan()
    hashes = replace(plan.frame, households_sha256=frame.households_sha256)
    frozen = freeze(replace(plan, frame=hashes), frame.villages)
    write_plan(here / "plan", frozen.plan, frozen.villages)
    return here


def plot(folder: Path, kind: str, out: str, *words: str) -> Result:
    given = ["plot", kind, "--plan", str(folder / "plan"), "--out", str(folder / out), *words]
    return CliRunner().invoke(main, given)


@pytest.mark.parametrize("kind", ["index", "strata", "sizes", "rates", "curve"])
def test_every_plot_is_written_marked_and_named(folder: Path, kind: str):
    frame = str(folder / "frame")
    plain = plot(folder, kind, f"{kind}-plain.svg", "--county", "420528")
    done = plot(folder, kind, f"{kind}.svg", "--county", "420528", "--frame", frame)

    assert (plain.exit_code, done.exit_code) == (0, 0)
    assert done.stdout.endswith(f"plot written to {folder / kind}.svg\n")
    assert done.stderr == ""
    assert "cannot say whether the register is simulated" in plain.stderr
    # The mark is a red frame around its words; letters are drawn as outlines.
    marks = [
        (folder / name).read_text("utf-8").count("stroke: #b3261e; stroke-linejoin: miter")
        for name in (f"{kind}-plain.svg", f"{kind}.svg")
    ]
    assert marks[1] == marks[0] + 1


def test_png_is_written_and_repeats_byte_for_byte(folder: Path):
    assert plot(folder, "sizes", "a.png").exit_code == 0
    assert plot(folder, "sizes", "b.png").exit_code == 0
    first = (folder / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert first == (folder / "b.png").read_bytes()


def test_counties_narrow_the_plot_and_unknown_ones_are_refused(folder: Path):
    both = plot(folder, "index", "both.png")
    one = plot(folder, "index", "one.png", "--county", "530828")
    none = plot(folder, "index", "none.png", "--county", "110101")

    assert (both.exit_code, one.exit_code, none.exit_code) == (0, 0, 1)
    assert (folder / "both.png").read_bytes() != (folder / "one.png").read_bytes()
    assert "county 110101 is not in the frame" in none.stderr
    assert not (folder / "none.png").exists()


def test_township_points_come_from_a_csv(folder: Path):
    towns = folder / "towns.csv"
    village_frame(40).select("town_code", "lat", "lon").unique().write_csv(towns)
    done = plot(folder, "strata", "towns.png", "--towns", str(towns))
    assert done.exit_code == 0

    missing = plot(folder, "strata", "x.png", "--towns", str(folder / "nowhere.csv"))
    assert "file not found" in missing.stderr
    towns.write_text("town_code,lat,lon\n420528100,north,111\n")
    wrong = plot(folder, "strata", "x.png", "--towns", str(towns))
    assert wrong.exit_code == 1
    assert "cannot be read" in wrong.stderr


@pytest.mark.parametrize("out", ["plot.pdf", "plot"])
def test_other_endings_are_refused_before_any_work(folder: Path, out: str):
    done = plot(folder, "index", out)
    assert done.exit_code == 1
    assert "must end in one of .png, .svg" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_frame_must_be_the_one_of_the_plan(folder: Path, tmp_path: Path):
    other = frozen_frame(tmp_path, village_frame(12, adcode="652925"))
    done = plot(folder, "index", "x.png", "--frame", str(other.folder))
    assert done.exit_code == 1
    assert "was not made for the frame" in done.stderr


def test_curves_of_many_counties_ask_for_a_choice(tmp_path: Path):
    villages = pl.concat(village_frame(12, adcode=f"{420520 + k}") for k in range(5))
    frozen = freeze(Plan(), villages)
    write_plan(tmp_path / "plan", frozen.plan, frozen.villages)
    done = plot(tmp_path, "curve", "curve.png")
    assert done.exit_code == 1
    assert "name them with --county" in done.stderr


def test_help_lists_every_plot_in_two_languages():
    shown = CliRunner().invoke(main, ["plot", "--help"]).output
    lines = [line.split() for line in shown.splitlines()]
    listed = {words[0] for words in lines if words and "|" in words}
    assert {"index", "strata", "sizes", "rates", "curve"} <= listed
    assert "..." not in shown.partition("Commands:")[2]
