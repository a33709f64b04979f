"""Weights cut to limits, the sum kept; the same for the non-response factor."""

from typing import Any

import numpy as np
import pytest

from sampling.errors import CalibrationError
from sampling.trimming import trim, trim_factor


def as_r_does(weight: np.ndarray, low: float, high: float) -> np.ndarray:
    """trimWeights(strict=TRUE) of R survey 4.1-1, round by round, until nothing moves any more."""
    while ((weight < low) | (weight > high)).any():
        outside = (weight < low) | (weight > high)
        cut = np.clip(weight, low, high)
        cut[~outside] += (weight - cut).sum() / (~outside).sum()
        weight = cut
    return weight


@pytest.mark.parametrize("seed", range(20))
def test_trims_as_r_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    weight = rng.gamma(1, 10, 50) + 0.1
    low, high = np.quantile(weight, [0.2, rng.uniform(0.7, 0.95)])

    found = trim(weight, low, high)

    assert found.weight == pytest.approx(as_r_does(weight, low, high), rel=1e-9)
    assert found.weight.sum() == pytest.approx(weight.sum())
    assert found.weight.min() >= low
    assert found.weight.max() <= high


def test_what_a_unit_gets_may_push_it_over_the_limit_too() -> None:
    found = trim([1.0, 2.0, 5.0, 14.0], 0, 6)

    assert found.weight.tolist() == pytest.approx([4.5, 5.5, 6, 6])
    assert found.trimmed.tolist() == [False, False, True, True]
    assert (found.moved, found.rounds) == (8.0, 2)
    assert repr(found) == "Trimmed(n=4, trimmed=2, moved=8, 4.5 … 6, rounds=2)"


def test_nothing_outside_the_limits_changes_nothing() -> None:
    found = trim([1.0, 2.0, 3.0], 1, 3)

    assert found.weight.tolist() == [1, 2, 3]
    assert (found.trimmed.any(), found.moved, found.rounds) == (False, 0, 0)


def test_where_nobody_lies_within_the_limits_the_other_side_takes() -> None:
    assert trim([1.0, 14.0], 2, 9).weight.tolist() == pytest.approx([6, 9])


def test_limits_that_just_hold_the_sum_make_all_equal() -> None:
    assert trim([1.0, 2.0, 6.0], 0, 3).weight.tolist() == pytest.approx([3, 3, 3])


def test_a_factor_is_cut_and_the_weight_goes_to_the_others() -> None:
    base = np.array([10.0, 20.0, 10.0, 5.0])
    factor = np.array([1.1, 1.2, 3.0, 2.0])

    found = trim_factor(factor, base, 2.0)

    assert base @ found.weight == pytest.approx(base @ factor)
    assert found.weight.max() <= 2
    assert found.weight[1] - 1.2 == pytest.approx(found.weight[0] - 1.1)
    assert found.moved == pytest.approx(10)
    assert found.trimmed.tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("weight", "low", "high", "code"),
    [
        ([1.0, 0.0], 0, 3, "weight"),
        ([1.0, np.nan], 0, 3, "weight"),
        ([], 0, 3, "weights"),
        ([1.0, 2.0], 3, 3, "limits"),
        ([1.0, 2.0], -1, 3, "limits"),
        ([1.0, 2.0], 0, np.nan, "limits"),
        ([1.0, 9.0], 0, 4, "limits_mean"),
        ([1.0, 2.0], 2, 9, "limits_mean"),
    ],
)
def test_limits_that_cannot_be_kept_are_refused(
    weight: Any, low: Any, high: Any, code: str
) -> None:
    with pytest.raises(CalibrationError) as refused:
        trim(weight, low, high)

    assert refused.value.code == f"calibration.{code}"


def test_a_factor_needs_as_many_weights() -> None:
    with pytest.raises(CalibrationError, match="factor has 2 rows, 1 are needed"):
        trim_factor([1.0, 2.0], [1.0], 1.5)
