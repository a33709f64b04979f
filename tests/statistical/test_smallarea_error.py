"""Is the mean squared error that Fay–Herriot states the true one? Simulated areas say."""

import math

import numpy as np
import pytest

from sampling.estimate import Estimate
from sampling.smallarea import fay_herriot, townships

RUNS = 400


@pytest.mark.parametrize("between", [0.5, 1.0])
def test_stated_error_is_the_true_one_within_a_tenth(between: float) -> None:
    """30 areas, sampling variances 0.5 … 2, one covariate: the stated error is right to second
    order, and too large rather than too small where model variances of zero are common."""
    rng = np.random.default_rng(20251122)
    psi, x = np.linspace(0.5, 2, 30), rng.standard_normal(30)
    stated, true = np.empty((RUNS, 30)), np.empty((RUNS, 30))
    for run in range(RUNS):
        area = 1 + 0.5 * x + math.sqrt(between) * rng.standard_normal(30)
        model = fay_herriot(area + np.sqrt(psi) * rng.standard_normal(30), psi, x)
        stated[run], true[run] = model.mse, (model.value - area) ** 2

    error = true.mean(axis=1).std() / math.sqrt(RUNS)
    assert stated.mean() > true.mean() - 5 * error
    assert stated.mean() < 1.1 * true.mean() + 5 * error
    assert true.mean() < psi.mean() * 0.7, "much better than the direct values"


def test_model_estimates_of_a_rare_share_beat_direct_ones_and_say_how_far_they_may_be_off() -> None:
    """24 townships of 15 to 70 interviews at about 2 %: the error is less than half the direct
    one, the stated error within a half of the true, nine in ten intervals hold (0.87 to 0.96)."""
    rng = np.random.default_rng(20251122)
    n = rng.integers(15, 70, 24)
    sizes = {str(i): float(size) for i, size in enumerate(n)}
    direct, model, stated, held, told = [], [], [], [], []
    for _ in range(RUNS // 2):
        z = math.asin(math.sqrt(0.02)) + 0.05 * rng.standard_normal(24)
        share = np.sin(np.maximum(z, 0)) ** 2
        found = rng.binomial(n, share)
        given = {
            str(i): Estimate(found[i] / n[i], 0, 0, 1, 1, 9, int(n[i]), n[i]) for i in range(24)
        }
        whole = found.sum() / n.sum()
        table = townships(given, deff=1.0, sizes=sizes, whole=whole).to_polars()
        direct.append(((found / n - share) ** 2).mean())
        model.append(((table["model"].to_numpy() - share) ** 2).mean())
        stated.append((table["model_rmse"].to_numpy() ** 2).mean())
        low, high = table["model_low"].to_numpy(), table["model_high"].to_numpy()
        inside = (low <= share) & (share <= high)
        held.append(inside.mean())
        told.append((table["model"].to_numpy() @ n) / n.sum() - whole)

    assert np.mean(model) < 0.5 * np.mean(direct)
    assert 1.0 < np.mean(stated) / np.mean(model) < 1.8
    assert 0.87 < np.mean(held) < 0.96
    assert np.abs(told).max() < 1e-12
