"""The coverage study in small, and that what was published of it is what it gives.

`benchmarks/coverage_grid.py` at full size makes docs/coverage.csv; here a few cells are run again
with the same seeds and fewer runs. Bounds are stated in standard errors of the simulation.
"""

import math
import re
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from sampling.assurance import (
    ASSUMED,
    ICCS,
    KNOWN,
    RUNS,
    THRESHOLDS,
    VILLAGES,
    cell_error,
    error_at_threshold,
)
from sampling.errors import SimulationError

ROOT = Path(__file__).parents[2]
SMALL = 300


@pytest.fixture(scope="module")
def study() -> ModuleType:
    """The benchmark, which is not part of a package."""
    path = ROOT / "benchmarks" / "coverage_grid.py"
    spec = spec_from_file_location("coverage_grid", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["coverage_grid"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    return pl.read_csv(ROOT / "docs" / "coverage.csv")


@pytest.mark.parametrize(
    ("rate", "icc", "concentration"),
    [(0.005, 0.05, 3.0), (0.02, 0.05, 6.0), (0.02, 0.2, 1.0), (0.05, 0.1, 3.0)],
)
def test_a_cell_of_the_study(
    study: ModuleType, published: pl.DataFrame, rate: float, icc: float, concentration: float
) -> None:
    cell = study.Cell(rate, icc, concentration)

    found = study.study(study.county((10, 30, 60)), cell, runs=SMALL)

    allowed = 0.05 + 3 * math.sqrt(0.05 * 0.95 / SMALL)
    of = {(row["villages"], row["method"]): row for row in found.iter_rows(named=True)}
    for villages in (30, 60):
        assert of[villages, "verdict-known-icc"]["met_at_threshold"] <= allowed
        if icc <= 0.1:
            assert of[villages, "verdict"]["met_at_threshold"] <= allowed
        assert of[villages, "mean"]["coverage"] < of[villages, "verdict"]["coverage"]
    for row in of.values():
        assert abs(row["bias"]) < 4 * row["bias_se"]
    same = found.join(
        published, on=["rate", "icc", "concentration", "villages", "method"], suffix="_before"
    )
    assert same.height == found.height
    apart = (same["coverage"] - same["coverage_before"]).abs()
    error = (same["se"] ** 2 + same["se_before"] ** 2).sqrt()
    assert (apart <= 4 * error).all()


def test_the_published_study_is_complete(study: ModuleType, published: pl.DataFrame) -> None:
    cells = published.select("rate", "icc", "concentration").unique(maintain_order=True).rows()

    assert cells == [(cell.rate, cell.icc, cell.concentration) for cell in study.cells()]
    assert published.height == len(cells) * len(VILLAGES) * 6
    assert published["runs"].unique().to_list() == [RUNS]
    assert RUNS >= 1000


def test_thirty_villages_keep_the_promise_up_to_an_icc_of_a_tenth(
    published: pl.DataFrame,
) -> None:
    enough = published.filter(pl.col("villages") >= 30)
    verdict = enough.filter(pl.col("method") == "verdict", pl.col("icc") <= 0.1)
    known = enough.filter(pl.col("method") == "verdict-known-icc", pl.col("icc") > 0)

    error = math.sqrt(0.05 * 0.95 / RUNS)
    assert verdict["met_at_threshold"].max() <= 0.05 + 3 * error
    assert known["met_at_threshold"].max() <= 0.05 + 3 * error


def test_the_table_in_code_is_the_study(study: ModuleType, published: pl.DataFrame) -> None:
    for table, method in ((KNOWN, "verdict-known-icc"), (ASSUMED, "verdict")):
        assert list(table) == [(threshold, icc) for threshold in THRESHOLDS for icc in ICCS]
        for (threshold, icc), errors in table.items():
            assert list(errors) == study.worst_errors(published, method, threshold, icc)


def test_the_page_tells_the_figures_of_the_table() -> None:
    page = (ROOT / "docs" / "coverage.md").read_text("utf-8")
    _, _, after = page.partition("<!-- assumed -->")
    table, _, _ = after.partition("<!-- end -->")

    rows = re.findall(r"^\| 0\.02 \| ([0-9.]+) \|(.*)\|$", table, re.M)
    for icc, cells in rows:
        told = [float(one.split("±")[0].strip(" %")) for one in cells.split("|")]
        kept = [cell_error(n).chance for n in ASSUMED[0.02, float(icc)]]
        assert told == [round(100 * one, 1) for one in kept]
    assert len(rows) == len(ICCS)


def test_between_the_points_figures_are_interpolated() -> None:
    at_30, at_40 = (error_at_threshold(n, 0.2, known=False) for n in (30, 40))
    between = error_at_threshold(35, 0.2, known=False)
    assert at_30 is not None
    assert at_40 is not None
    assert between is not None
    low, high = sorted((at_30.chance, at_40.chance))
    assert low <= between.chance <= high
    assert at_30 == cell_error(ASSUMED[0.02, 0.2][VILLAGES.index(30)])
    assert between.se < max(at_30.se, at_40.se)
    assert error_at_threshold(600, 0.05) == error_at_threshold(60, 0.05)


def test_what_was_not_studied_is_not_told() -> None:
    assert error_at_threshold(9, 0.05) is None
    assert error_at_threshold(30, 0.25) is None
    assert error_at_threshold(30, 1.0) is None
    assert error_at_threshold(30, 0.05, threshold=0.1) is None
    for wrong in ({"villages": 0}, {"icc": math.nan}, {"threshold": 1.0}):
        with pytest.raises(SimulationError):
            error_at_threshold(**{"villages": 30, "icc": 0.05, **wrong})
