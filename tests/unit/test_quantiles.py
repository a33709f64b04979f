"""Quantiles: the inverse of the weighted distribution, and intervals that admit what is unknown."""

import math

import numpy as np
import pytest

from sampling.errors import EstimationError
from sampling.quantiles import quantile, weighted_quantile
from sampling.stages import describe


def test_quantile_is_the_smallest_value_that_reaches_the_share() -> None:
    y, weight = [10.0, 20.0, 30.0], [1.0, 1.0, 2.0]

    assert weighted_quantile(y, weight, [0.25, 0.26, 0.5, 0.51, 0.99]).tolist() == [
        10.0,
        20.0,
        20.0,
        30.0,
        30.0,
    ]


def test_sums_of_weights_that_meet_the_share_but_for_rounding_reach_it() -> None:
    weight = np.full(10, 0.1)  # 0.1 + … ten times is 0.9999999999999999

    assert weighted_quantile(np.arange(10.0), weight, [0.3, 0.7]).tolist() == [2.0, 6.0]


def test_rows_of_zero_weight_and_outside_the_domain_do_not_count() -> None:
    design = describe([1.0, 1.0, 1.0, 1.0, 0.0])
    y = [5.0, 7.0, 9.0, math.nan, -100.0]

    found = quantile(design, y, 0.5, where=[True, True, True, False, True])

    assert found[0.5].value == 7.0
    assert found[0.5].n == 3


def test_an_end_that_the_sample_does_not_reach_is_infinite() -> None:
    found = quantile(describe(np.ones(5), psu=np.arange(5)), np.arange(5.0), [0.1, 0.9])

    assert found[0.1].low == -math.inf
    assert found[0.9].high == math.inf
    assert found[0.9].se == math.inf


def test_table_has_a_row_a_probability() -> None:
    table = quantile(describe(np.ones(99)), np.arange(99.0), (0.25, 0.75)).to_polars()

    assert table["prob"].to_list() == [0.25, 0.75]
    assert table["value"].to_list() == [24.0, 74.0]


@pytest.mark.parametrize("prob", [0.0, 1.0, -0.1, math.nan])
def test_probability_outside_0_and_1_is_refused(prob: float) -> None:
    with pytest.raises(EstimationError, match="strictly between 0 and 1"):
        quantile(describe(np.ones(9)), np.arange(9.0), prob)


def test_missing_values_are_refused_and_never_a_zero() -> None:
    with pytest.raises(EstimationError, match="missing or infinite"):
        quantile(describe(np.ones(3)), [1.0, math.nan, 3.0], 0.5)


@pytest.mark.parametrize(
    ("y", "weight", "told"),
    [
        ([1.0, 2.0], [1.0], "rows"),
        ([1.0, 2.0], [1.0, -1.0], "not negative"),
        ([1.0, 2.0], [0.0, 0.0], "no unit"),
        ([], [], "no unit"),
        ([1.0, math.nan], [1.0, 1.0], "missing"),
    ],
)
def test_columns_that_have_no_quantile_are_refused(
    y: list[float], weight: list[float], told: str
) -> None:
    with pytest.raises(EstimationError, match=told):
        weighted_quantile(y, weight, 0.5)


@pytest.mark.parametrize("prob", [np.float32(0.5), np.array(0.5), np.array([0.5])])
def test_a_probability_may_be_any_number(prob: np.float32) -> None:
    found = quantile(describe([1.0] * 9), range(9), prob)

    assert found[0.5].value == 4.0


def test_a_probability_that_was_not_asked_is_named() -> None:
    found = quantile(describe(np.ones(9)), np.arange(9.0), 0.5)

    with pytest.raises(EstimationError, match=r"no quantile was estimated at 0\.25"):
        found[0.25]
