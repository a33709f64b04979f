"""Checks of calibrated and trimmed weights against R survey and R sampling."""

import re
from typing import Any

import numpy as np
import pytest
from reference_estimates import CLOSE, METHODS, moments, share_agrees
from reference_folder import Case, design_of, listed

from sampling.calibration import Calibrated, calibrate, post_stratify, rake
from sampling.estimate import proportion
from sampling.stages import Design, Floats
from sampling.trimming import trim

# R stops an iteration there; what needs none agrees to rounding.
ITERATED = 1e-6
# `calib` of R sampling stops with totals still wrong by some 1e-6 of them; ours are right.
LOOSE = 1e-5


def calibration(case: Case) -> None:
    """Weights, and standard errors that account for them."""
    expected = case.expect
    weights = case.beside(expected["weights_csv"])
    before = case.column(case.design["weights"])
    close = CLOSE if _is_direct(case.said["method"]) else ITERATED

    made = _calibrated(case, before)

    assert weights["row"].to_list() == list(range(1, before.size + 1))
    assert before == pytest.approx(weights["w_before"].to_numpy().astype(float), rel=CLOSE)
    assert made.weight == pytest.approx(weights["w_after"].to_numpy().astype(float), rel=close)
    assert made.df() == expected["df"]
    for statistic in ("mean", "total"):
        moments(case, made, statistic, expected[statistic], close)
    for name, part in (expected.get("ciprop") or {}).items():
        found = proportion(
            made, case.column(part["variable"]), method=METHODS.get(name, name), level=0.95
        )
        share_agrees(found, expected["ciprop"][name], method=name)


def g_weights(case: Case) -> None:
    said = case.said
    rows = np.array(said["sample_rows_1based"]) - 1
    columns = [
        np.ones(rows.size) if name == "1" else case.column(name)[rows] for name in listed(said["x"])
    ]
    base = np.broadcast_to(np.array(said["design_weight"], dtype=float), rows.shape)
    x, totals = np.column_stack(columns), np.array(listed(said["totals"]), dtype=float)
    close = CLOSE if said["method"] == "linear" else LOOSE

    found = calibrate(base, x, totals, method=said["method"], bounds=_bounds(case))

    assert found.weight @ x == pytest.approx(totals, rel=1e-9)

    assert found.g == pytest.approx(np.array(listed(case.expect["g"])), rel=close)


def _is_direct(method: str) -> bool:
    return method.startswith(("post-stratification", "linear", "trim"))


def _calibrated(case: Case, before: Floats) -> Design:
    said, method = case.said, case.said["method"]
    if method.startswith("trim"):
        limits = re.search(r"\[ *(-?[\d.]+|-Inf) *, *([\d.]+|Inf) *\]", method)
        assert limits, method
        low, high = max(float(limits[1]), 0.0), float(limits[2])
        return design_of(case, trim(before, low, high).weight)
    made: Calibrated
    if method.startswith("post-stratification"):
        [(name, counts)] = said["margins"].items()
        made = post_stratify(before, case.labels(name), counts)
    elif method.startswith("raking"):
        margins = {name: case.labels(name) for name in said["margins"]}
        made = rake(before, margins, said["margins"])
    else:
        x, totals = _auxiliaries(case, said["totals"])
        made = calibrate(before, x, totals, method=_distance(case), bounds=_bounds(case))
    return design_of(case, made.weight, calibration=made)


def _distance(case: Case) -> str:
    for words, name in (("exponential", "raking"), ("logit", "logit"), ("linear", "linear")):
        if case.said["method"].startswith(words):
            bounded = name == "linear" and _bounds(case) is not None
            return "truncated" if bounded else name
    pytest.fail(f"no calibration of the method {case.said['method']!r}")


def _bounds(case: Case) -> tuple[float, float] | None:
    given = case.said.get("bounds")
    return None if given is None else (float(given[0]), float(given[1]))


def _auxiliaries(case: Case, totals: dict[str, float]) -> tuple[Floats, list[float]]:
    """Columns of a model matrix from the names R gives them: a column, or a column and a level."""
    return np.column_stack([_model_column(case, name) for name in totals]), list(totals.values())


def _model_column(case: Case, name: str) -> Any:
    if name == "(Intercept)":
        return np.ones(case.rows.height)
    if ":" in name:
        return np.prod([_model_column(case, part) for part in name.split(":")], axis=0)
    if name in case.rows.columns:
        return case.column(name)
    for column in case.rows.columns:
        labels = np.array(case.labels(column), dtype=object)
        if name.startswith(column) and (labels == name.removeprefix(column)).any():
            return (labels == name.removeprefix(column)).astype(float)
    pytest.fail(f"no column makes {name!r}")
