"""Any sample, any totals that some weights give: met, within bounds, whatever the order of rows."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.calibration import calibrate, post_stratify, rake
from sampling.trimming import trim

BOUNDS: dict[str, Any] = {
    "linear": None,
    "raking": None,
    "logit": (0.4, 2.5),
    "truncated": (0.4, 2.5),
}
seeds = st.integers(0, 2**32 - 1)
methods = st.sampled_from(sorted(BOUNDS))


def a_problem(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, columns (a dependent one among them) and totals that weights in bounds give."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(8, 120))
    weight = rng.gamma(2, 10, n) + 0.5
    size = rng.gamma(2, 3, n)
    group = np.arange(n) % 3 == 0
    X = np.column_stack([np.ones(n), group, ~group, size * 10.0 ** rng.integers(-3, 4)])
    totals = (weight * rng.uniform(0.5, 2.2, n)) @ X
    return weight, X, totals


@settings(max_examples=60, deadline=None)
@given(seed=seeds, method=methods)
def test_totals_are_met_within_the_bounds(seed: int, method: str) -> None:
    weight, X, totals = a_problem(seed)

    found = calibrate(weight, X, totals, method=method, bounds=BOUNDS[method])

    assert found.reached == pytest.approx(totals, rel=1e-8)
    low, high = BOUNDS[method] or (-np.inf if method == "linear" else 0, np.inf)
    assert low <= found.g.min()
    assert found.g.max() <= high
    assert found.residuals(found.weight * X[:, 3]) == pytest.approx(
        np.zeros(weight.size), abs=1e-7 * float(np.abs(found.weight * X[:, 3]).max())
    )


@settings(max_examples=30, deadline=None)
@given(seed=seeds, method=methods)
def test_the_order_of_rows_is_irrelevant(seed: int, method: str) -> None:
    weight, X, totals = a_problem(seed)
    order = np.random.default_rng(seed).permutation(weight.size)

    first = calibrate(weight, X, totals, method=method, bounds=BOUNDS[method])
    mixed = calibrate(weight[order], X[order], totals, method=method, bounds=BOUNDS[method])

    assert mixed.weight == pytest.approx(first.weight[order], rel=1e-7)


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_raking_is_exponential_calibration(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 120
    weight = rng.gamma(2, 10, n) + 0.5
    rows, columns = np.arange(n) % 3, np.arange(n) // 3 % 4
    other = weight * rng.uniform(0.5, 2, n)
    targets = {
        "row": {str(k): float(other[rows == k].sum()) for k in range(3)},
        "column": {str(k): float(other[columns == k].sum()) for k in range(4)},
    }

    fitted = rake(weight, {"row": rows, "column": columns}, targets)

    X = np.hstack([rows[:, None] == np.arange(3), columns[:, None] == np.arange(4)]).astype(float)
    totals = [*targets["row"].values(), *targets["column"].values()]
    solved = calibrate(weight, X, totals, method="raking")
    assert fitted.weight == pytest.approx(solved.weight, rel=1e-7)
    assert (fitted.weight > 0).all()


@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_post_stratifying_again_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight, labels = rng.gamma(2, 10, 60) + 0.5, np.arange(60) % 4
    targets = {str(k): float(rng.uniform(50, 500)) for k in range(4)}

    once = post_stratify(weight, labels, targets)

    again = post_stratify(once.weight, labels, targets)
    assert again.g == pytest.approx(np.ones(60))


@settings(max_examples=60, deadline=None)
@given(seed=seeds)
def test_trimming_keeps_the_sum_the_limits_and_the_ranks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.gamma(1, 10, int(rng.integers(2, 80))) + 0.1
    mean = weight.mean()
    low, high = mean * rng.uniform(0, 0.95), mean * rng.uniform(1.05, 5)

    found = trim(weight, low, high)

    assert found.weight.sum() == pytest.approx(weight.sum())
    assert found.weight.min() >= low
    assert found.weight.max() <= high
    within = (weight > low) & (weight < high)
    assert (np.diff(found.weight[within][np.argsort(weight[within])]) >= -1e-9).all()
