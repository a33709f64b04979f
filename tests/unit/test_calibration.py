"""Calibration, raking and post-stratification: totals met, variances of residuals, refusals."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from sampling.calibration import calibrate, post_stratify, rake
from sampling.errors import CalibrationError
from sampling.estimate import mean, means, total
from sampling.stages import describe
from sampling.variance import covariance

N = 60
SEX = np.array(["f", "m"])[np.arange(N) % 2]
AGE = np.array(["old", "young", "young"])[np.arange(N) // 2 % 3]


def a_sample(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, auxiliary columns (one, size) and a variable that goes with size."""
    rng = np.random.default_rng(seed)
    weight = rng.uniform(5, 15, N)
    size = rng.gamma(3, 2, N)
    return weight, np.column_stack([np.ones(N), size]), 4 * size + rng.normal(0, 1, N)


def by_hand(weight: np.ndarray, X: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """The regression estimator's g, 1 + (T - t)' M^-1 x, Saerndal et al. (1992), eq. 6.5.9."""
    M = X.T @ (weight[:, None] * X)
    return 1 + X @ np.linalg.solve(M, totals - weight @ X)


def test_linear_calibration_is_the_regression_estimator() -> None:
    weight, X, _ = a_sample()
    totals = np.array([650.0, 4000.0])

    found = calibrate(weight, X, totals)

    assert found.g == pytest.approx(by_hand(weight, X, totals), rel=1e-10)
    assert found.reached == pytest.approx(totals, rel=1e-12)
    assert found.before == pytest.approx(weight)
    assert found.iterations == 1


@pytest.mark.parametrize(
    ("method", "bounds"),
    [("raking", None), ("logit", (0.6, 1.8)), ("truncated", (0.8, 1.3))],
)
def test_each_method_meets_the_totals_within_its_bounds(method: str, bounds: Any) -> None:
    weight, X, _ = a_sample()
    totals = np.array([650.0, 3900.0])

    found = calibrate(weight, X, totals, method=method, bounds=bounds)

    assert found.reached == pytest.approx(totals, rel=1e-9)
    low, high = bounds or (0.0, np.inf)
    assert found.g.min() >= low
    assert found.g.max() <= high
    if method == "truncated":
        assert (found.g == low).any()  # the bounds bind, else this were linear calibration


def test_bounds_that_bind_give_the_nearest_weights_still() -> None:
    # At the optimum g is 1 + x'lambda, cut at the bounds: those within lie on one plane.
    weight, X, _ = a_sample()

    found = calibrate(weight, X, [650.0, 3900.0], method="truncated", bounds=(0.8, 1.3))

    within = (found.g > 0.8) & (found.g < 1.3)
    plane, *_ = np.linalg.lstsq(X[within], found.g[within] - 1, rcond=None)
    assert found.g == pytest.approx(np.clip(1 + X @ plane, 0.8, 1.3), abs=1e-9)


def test_a_category_that_is_wholly_at_a_bound_does_not_stop_the_rest() -> None:
    weight = np.full(N, 10.0)
    X = np.column_stack([SEX == "f", SEX == "m"]).astype(float)

    found = calibrate(weight, X, [390.0, 250.0], method="truncated", bounds=(0.5, 1.3))

    assert sorted(set(found.g.round(9))) == pytest.approx([250 / 300, 1.3])


def test_raking_is_exponential_calibration_on_the_categories() -> None:
    weight = a_sample()[0]
    targets = {"sex": {"f": 330.0, "m": 290.0}, "age": {"old": 250.0, "young": 370.0}}

    fitted = rake(weight, {"sex": SEX, "age": AGE}, targets)

    X = np.column_stack([SEX == "f", SEX == "m", AGE == "old", AGE == "young"]).astype(float)
    solved = calibrate(weight, X, [330, 290, 250, 370], method="raking")
    assert fitted.weight == pytest.approx(solved.weight, rel=1e-8)
    assert fitted.names == ("sex=f", "sex=m", "age=old", "age=young")
    assert fitted.reached == pytest.approx([330, 290, 250, 370], rel=1e-9)


def test_post_stratification_is_linear_calibration_on_the_categories() -> None:
    weight, _, y = a_sample()

    stratified = post_stratify(weight, SEX, {"f": 330, "m": 290})

    X = np.column_stack([SEX == "f", SEX == "m"]).astype(float)
    linear = calibrate(weight, X, [330, 290])
    assert stratified.weight == pytest.approx(linear.weight)
    scores = stratified.weight * y
    assert stratified.residuals(scores) == pytest.approx(linear.residuals(scores), abs=1e-9)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_what_was_calibrated_on_has_no_error_left(method: str) -> None:
    weight, X, y = a_sample()
    found = calibrate(weight, X, [650.0, 4200.0], method=method)

    design = describe(found.weight, calibration=found)

    assert total(design, X[:, 1]).value == pytest.approx(4200)
    assert total(design, X[:, 1]).se == pytest.approx(0, abs=1e-6)
    assert total(design, y).se < 0.3 * total(describe(found.weight), y).se


def test_a_domain_keeps_the_whole_calibration() -> None:
    weight, X, y = a_sample()
    found = calibrate(weight, X, [650.0, 4200.0])
    design = describe(found.weight, psu=np.arange(N) // 3, calibration=found)

    by_sex = means(design, y, domain=SEX)

    inside = SEX == "f"
    scores = np.where(inside, found.weight * (y - by_sex["f"].value), 0.0)
    scores /= found.weight[inside].sum()
    left = found.residuals(scores)
    assert (left[~inside] != 0).any()  # residuals reach beyond the domain
    sums = np.bincount(np.arange(N) // 3, left)
    by_formula = 20 / 19 * ((sums - sums.mean()) ** 2).sum()
    assert by_sex["f"].se ** 2 == pytest.approx(by_formula)
    assert covariance(design, scores[:, None])[0, 0] == pytest.approx(by_formula)


def test_units_without_weight_still_carry_their_part_of_the_calibration() -> None:
    weight, X, y = a_sample()
    found = calibrate(weight, X, [650.0, 4200.0])
    there = SEX == "f"

    reduced = describe(np.where(there, found.weight, 0), calibration=found)

    as_domain = mean(describe(found.weight, calibration=found), y, where=there)
    assert mean(reduced, y).value == pytest.approx(as_domain.value)
    assert mean(reduced, y).se == pytest.approx(as_domain.se)


def test_rows_that_did_not_take_part_keep_their_scores() -> None:
    weight, X, y = a_sample()
    part = SEX == "f"

    found = calibrate(weight[part], X[part], [330.0, 2100.0]).within(part)

    scores = np.where(part, 1.0, weight) * y
    scores[part] *= found.weight
    left = found.residuals(scores)
    assert left[~part].tolist() == scores[~part].tolist()
    assert np.abs(X[part].T @ (left[part] / found.g)).max() < 1e-8


def test_dependent_columns_change_nothing() -> None:
    weight, X, y = a_sample()
    plain = calibrate(weight, X, [650.0, 4200.0])

    doubled = calibrate(weight, np.column_stack([X, 2 * X[:, 1]]), [650.0, 4200.0, 8400.0])

    assert doubled.weight == pytest.approx(plain.weight)
    scores = plain.weight * y
    assert doubled.residuals(scores) == pytest.approx(plain.residuals(scores), abs=1e-8)


def test_columns_of_very_different_size_are_no_trouble() -> None:
    weight, X, _ = a_sample()
    plain = calibrate(weight, X, [650.0, 4200.0], method="raking")

    stretched = calibrate(weight, X * [1e-6, 1e7], [650e-6, 4200e7], method="raking")

    assert stretched.g == pytest.approx(plain.g, rel=1e-8)


def test_a_far_total_is_reached_without_overshooting() -> None:
    # Undamped Newton steps overflow here.
    weight = np.ones(N)
    X = np.column_stack([np.ones(N), np.arange(N) == 0]).astype(float)

    found = calibrate(weight, X, [1000.0, 940.0], method="raking")

    assert found.weight[0] == pytest.approx(940)
    assert found.weight[1] == pytest.approx(60 / 59)


def test_prints_in_one_line_and_becomes_a_table() -> None:
    found = post_stratify([10.0, 10.0, 10.0], ["a", "a", "b"], {"a": 30, "b": 12}, name="kind")

    assert repr(found).startswith("Calibrated(post-stratification, n=3, targets=2, g 1.200 … 1.5")
    assert found.to_polars().rows() == [
        ("kind=a", 30.0, 20.0, pytest.approx(30.0)),
        ("kind=b", 12.0, 10.0, pytest.approx(12.0)),
    ]


def refusal(code: str) -> Any:
    """Expect a refusal of this code, and leave its details to look at."""
    return pytest.raises(CalibrationError, check=lambda error: error.code == f"calibration.{code}")


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_weights_that_are_none_are_refused_by_row(bad: float) -> None:
    with refusal("weight") as refused:
        calibrate([1.0, bad], [[1], [1]], [2])

    assert refused.value.details["row"] == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "ridge"}, "method"),
        ({"method": "logit"}, "bounds_needed"),
        ({"method": "logit", "bounds": (1.1, 2)}, "bounds_needed"),
        ({"method": "raking", "bounds": (0.5, 2)}, "bounds_unused"),
        ({"X": np.ones((3, 1))}, "length"),
        ({"totals": [1, 2]}, "totals"),
        ({"totals": [np.nan]}, "not_finite"),
        ({"X": [[1.0], [np.nan]]}, "not_finite"),
        ({"X": [[0.0], [0.0]], "totals": [5.0]}, "empty_column"),
        ({"totals": [-1.0], "method": "raking"}, "out_of_reach"),
        ({"totals": [30.0], "method": "truncated", "bounds": (0.5, 2)}, "out_of_reach"),
        ({"method": "logit", "bounds": (0.5, 2, 3)}, "bounds_needed"),
        ({"X": np.ones((2, 1, 1))}, "shape"),
        ({"max_iterations": 0}, "effort"),
        ({"tolerance": np.nan}, "effort"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(changes: dict[str, Any], code: str) -> None:
    asked = {"X": [[1.0], [1.0]], "totals": [4.0]} | changes

    with refusal(code):
        calibrate([1.0, 1.0], asked.pop("X"), asked.pop("totals"), **asked)


@pytest.mark.parametrize("weight", [[], 5.0, [[1.0, 2.0]]])
def test_weights_are_one_column(weight: Any) -> None:
    with refusal("weights"):
        post_stratify(weight, ["f"], {"f": 2})


def test_totals_beyond_all_weights_are_named_although_the_search_overflows() -> None:
    with refusal("out_of_reach_jointly") as refused:
        calibrate([1.0, 1.0, 1.0], [[1, 1], [1, 2], [1, 3]], [3, 9.1], method="raking")

    assert refused.value.details == {"name": "x2", "target": "9.1", "nearest": "9"}


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_columns_whose_squares_overflow_or_vanish_are_no_trouble(unit: float) -> None:
    x = np.array([1.0, 2.0, 1.0])

    found = calibrate([1.0, 2.0, 3.0], unit * x, [unit * 10.0])

    assert found.g == pytest.approx(by_hand(np.array([1, 2, 3.0]), x[:, None], np.array([10.0])))


def test_totals_that_contradict_each_other_are_named() -> None:
    X = np.column_stack([SEX == "f", SEX == "m", np.ones(N), np.arange(N)]).astype(float)

    with refusal("contradiction") as refused:
        calibrate(np.ones(N), X, [30, 31, 60, 1800], names=["women", "men", "all", "sum"])

    assert refused.value.details["names"] == "women, men, all"


def test_totals_that_do_not_go_together_within_the_bounds_are_named() -> None:
    # Each total is within reach alone; a mean of 4.9 is not, with sizes 1 to 5 and bounds.
    X = np.column_stack([np.ones(N), 1 + np.arange(N) % 5])

    with refusal("out_of_reach_jointly") as refused:
        calibrate(np.ones(N), X, [60, 294], method="logit", bounds=(0.5, 2), names=["n", "size"])

    # 12 units of each size: the largest mean has 24 of size 5, 18 of 4, 6 each of 3, 2 and 1.
    assert refused.value.details == {"name": "size", "target": "294", "nearest": "228"}
    assert "widen the bounds" in str(refused.value)


@pytest.mark.parametrize(
    ("margins", "targets", "code"),
    [
        ({"sex": ["f", "m"]}, {"age": {"old": 1}}, "margins"),
        ({"sex": ["f", None]}, {"sex": {"f": 2}}, "label_missing"),
        ({"sex": ["f", "m", "m"]}, {"sex": {"f": 2, "m": 2}}, "length"),
        ({"sex": ["f", "m"]}, {"sex": {"f": 2}}, "label_unknown"),
        ({"sex": ["f", "f"]}, {"sex": {"f": 2, "m": 1}}, "nobody"),
        ({"sex": ["f", "m"]}, {"sex": {"f": 2, "m": 0}}, "target"),
        ({"sex": ["f", "m"]}, {"sex": {"f": 2, "m": None}}, "target"),
        ({"sex": ["f", "f"]}, {"sex": {"f": 2, "m": -1}}, "target"),
        ({"sex": ["1", "2"]}, {"sex": {"1": 2, 1: 3, "2": 2}}, "label_twice"),
        (
            {"sex": ["f", "m"], "age": ["old", "young"]},
            {"sex": {"f": 2, "m": 2}, "age": {"old": 2, "young": 3}},
            "sums",
        ),
    ],
)
def test_margins_that_cannot_be_raked_are_refused(margins: Any, targets: Any, code: str) -> None:
    with refusal(code):
        rake([1.0, 1.0], margins, targets)


def test_a_category_of_nobody_with_a_target_of_zero_is_left_out() -> None:
    found = post_stratify([1.0, 1.0], pl.Series(["f", "f"]), {"f": 3, "m": 0})

    assert found.weight.tolist() == [1.5, 1.5]


def test_labels_of_several_types_are_compared_as_text() -> None:
    found = post_stratify([1.0, 1.0, 1.0], ["f", 1, 1], {"f": 3, 1: 8})

    assert found.weight.tolist() == [3.0, 4.0, 4.0]


def test_margins_that_never_fit_are_named() -> None:
    # Only women are old: 10 old, but 5 women.
    with refusal("no_convergence") as refused:
        rake(
            [1.0, 1.0, 1.0],
            {"sex": ["f", "m", "m"], "age": ["old", "young", "young"]},
            {"sex": {"f": 5, "m": 10}, "age": {"old": 10, "young": 5}},
        )

    assert refused.value.details["name"] in ("sex=f", "sex=m")


def test_a_design_takes_the_calibrated_weights_or_zero() -> None:
    found = post_stratify([1.0, 1.0], ["f", "m"], {"f": 3, "m": 2})

    with refusal("other_weights") as refused:
        describe([3.0, 1.0], calibration=found)
    with refusal("length"):
        describe([3.0, 2.0, 1.0], calibration=found)

    assert refused.value.details["row"] == 2
    assert describe([3.0, 0.0], calibration=found).calibration is found


def test_a_calibration_is_put_only_on_as_many_rows() -> None:
    found = post_stratify([1.0, 1.0], ["f", "m"], {"f": 3, "m": 2})

    with refusal("length"):
        found.within([True, False, False])
