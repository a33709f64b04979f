"""`python -m sampling simulate`: what it prints and writes, and how it refuses."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner, Result

from sampling.cli import main
from sampling.plan import Plan, write_plan
from sampling.population import invent_county
from sampling.remoteness import freeze


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plan")
    county = invent_county(60, rng=np.random.default_rng(1))
    frozen = freeze(Plan().override(["stage1.villages=12", "stage2.n=0"]), county)
    write_plan(path, frozen.plan, frozen.villages)
    return path


def run(folder: Path, *options: str) -> Result:
    words = ["simulate", str(folder), "--runs", "20", "--processes", "1", *options]
    return CliRunner().invoke(main, words)


def test_prints_how_the_plan_does_in_a_good_county_and_at_the_threshold(folder: Path) -> None:
    done = run(folder)

    assert done.exit_code == 0
    assert done.output.count("assumed truth") == 2
    assert "wrong exits 0.500%, missed 0.500%, icc 0.05, risk in the remotest" in done.output
    assert "the chance to establish that is" in done.output
    assert "the truth lies at the standard of 2.00%" in done.output
    assert "真实值恰在标准 2.00% 上" in done.output
    assert "12 villages and " in done.output
    assert "20 runs a county, seed 1" in done.output


def test_every_combination_is_simulated_and_written(folder: Path, tmp_path: Path) -> None:
    options = ["--rate", "0.01", "--rate", "0.03", "--icc", "0", "--icc", "0.1"]
    done = run(folder, *options, "--concentration", "1", "--out", str(tmp_path / "found.csv"))

    table = pl.read_csv(tmp_path / "found.csv")
    assert done.exit_code == 0
    assert table.height == 4 * 5
    assert sorted(table["icc"].unique()) == [0.0, 0.1]
    assert set(table["method"]) == {"verdict", "korn-graubard", "wilson", "logit", "mean"}
    assert {"rate", "icc", "coverage", "se", "bias", "bias_se", "deff", "cost"} <= set(
        table.columns
    )
    assert table["coverage"].is_between(0, 1).all()


def test_the_seed_decides(folder: Path, tmp_path: Path) -> None:
    tables = []
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        run(folder, "--rate", "0.02", "--seed", seed, "--out", str(tmp_path / f"{name}.csv"))
        tables.append((tmp_path / f"{name}.csv").read_bytes())

    assert tables[0] == tables[1] != tables[2]


def test_coverage_is_plotted(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra [plot] is not installed")
    picture = tmp_path / "coverage.png"

    done = run(folder, "--rate", "0.01", "--concentration", "1", "--concentration", "3",
               "--plot", str(picture))  # fmt: skip

    assert done.exit_code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rate", "2"], "rate must lie in [0, 1), not 2.0"),
        (["--runs", "1"], "runs must be a whole number of at least 2, not 1"),
        (["--processes", "0"], "processes must be a whole number of at least 1, not 0"),
        (["--seed", "-1"], "seed must be a whole number of at least 0, not -1"),
        (["--county", "110101"], "the plan has no county 110101"),
        (["--rate", "0.0005", "--icc", "0.3"], "into less than one village: at most about"),
    ],
)
def test_what_cannot_be_simulated_is_one_line(
    folder: Path, options: list[str], sentence: str
) -> None:
    refused = run(folder, *options)

    assert refused.exit_code == 1
    assert len(refused.output.splitlines()) == 1
    assert sentence in refused.output


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--out", "nowhere/table.csv"], "nowhere/table.csv: there is no folder nowhere"),
        (["--plot", "picture.gif"], "must end in one of .png, .svg"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_simulated(
    folder: Path, options: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sampling.cli.simulate.simulate_each", lambda *_, **__: pytest.fail("ran"))

    refused = run(folder, *options)

    assert refused.exit_code == 1
    assert sentence in refused.output


def test_many_counties_must_be_chosen_from(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    codes = [f"99000{k}" for k in range(1, 8)]
    parts = [invent_county(6, rng=rng, adcode=code) for code in codes]
    frozen = freeze(Plan(), pl.concat(parts))
    write_plan(tmp_path / "plan", frozen.plan, frozen.villages)

    refused = run(tmp_path / "plan")
    chosen = run(tmp_path / "plan", "--county", "990003", "--rate", "0.02")

    assert refused.exit_code == 1
    assert "the plan has 7 counties: choose those to simulate" in refused.output
    assert chosen.exit_code == 0
    assert "990003" in chosen.output
    assert "990001" not in chosen.output
