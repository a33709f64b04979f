"""Replicate weights: what they must reproduce, and what they refuse."""

import math

import numpy as np
import pytest

from sampling.calibration import calibrate, post_stratify
from sampling.errors import EstimationError
from sampling.estimate import mean, ratio, total
from sampling.hadamard import hadamard_above
from sampling.quantiles import weighted_quantile
from sampling.replicates import Replicates, given
from sampling.resampling import balanced, jackknife, rao_wu
from sampling.stages import Design, describe
from sampling.variance import covariance

RNG = np.random.default_rng(20180917)
STRATUM = np.repeat(["a", "b", "c"], 24)
VILLAGE = np.repeat(np.arange(18), 4)
WEIGHT = RNG.uniform(1, 5, 72)
Y, X = RNG.normal(50, 9, 72), RNG.uniform(1, 4, 72)
POOR = (RNG.random(72) < 0.3).astype(float)


def a_design(*, villages: float | None = None, single_psu: str = "refuse") -> Design:
    fpc = None if villages is None else np.full(72, villages)
    return describe(WEIGHT, psu=VILLAGE, stratum=STRATUM, fpc=fpc, single_psu=single_psu)


def every_kind(design: Design) -> list[Replicates]:
    bootstrap = rao_wu(design, 4000, rng=np.random.default_rng(1))
    return [jackknife(design), balanced(design), balanced(design, rho=0.4), bootstrap]


@pytest.mark.parametrize("villages", [None, 8.0])
def test_a_total_varies_as_the_linearised_one(villages: float | None) -> None:
    """Jackknife: the same number, for a total is linear. The others agree on average over strata
    of six units only, so the tolerance of BRR (pairs) and of the bootstrap is wide."""
    design = a_design(villages=villages)
    exact = total(design, Y).se

    by_jackknife, by_pairs, by_fay, by_bootstrap = (r.total(Y).se for r in every_kind(design))

    assert by_jackknife == pytest.approx(exact, rel=1e-12)
    assert by_fay == pytest.approx(by_pairs, rel=1e-12)
    assert by_pairs == pytest.approx(exact, rel=0.4)
    assert by_bootstrap == pytest.approx(exact, rel=0.05)


def test_pairs_of_a_total_give_the_variance_of_strata_of_two() -> None:
    design = a_design()
    pair = np.repeat(np.arange(9), 8)
    of_pairs = describe(WEIGHT, psu=VILLAGE, stratum=pair)

    assert balanced(design).total(Y).se == pytest.approx(total(of_pairs, Y).se, rel=1e-12)
    assert balanced(design).df == 9


def test_figures_of_the_full_sample_are_those_of_linearisation() -> None:
    design = a_design()
    inside = STRATUM != "b"

    for replicates in every_kind(design):
        assert replicates.mean(Y).value == pytest.approx(mean(design, Y).value, rel=1e-12)
        shown, exact = replicates.ratio(Y, X, where=inside), ratio(design, Y, X, where=inside)
        assert shown.value == pytest.approx(exact.value, rel=1e-12)
        assert shown.n == exact.n
        assert shown.se == pytest.approx(exact.se, rel=0.5)


def test_joint_covariance_is_that_of_linearisation_for_totals() -> None:
    design, both = a_design(), np.column_stack([Y, X])

    joint = jackknife(design).estimate(lambda w: w @ both)

    assert joint.vcov == pytest.approx(covariance(design, WEIGHT[:, None] * both), rel=1e-10)
    assert joint.to_polars().columns == ["value", "se", "low", "high"]
    assert (joint.low < joint.value).all()


def test_any_statistic_may_be_replicated() -> None:
    sample = rao_wu(a_design(), 300, rng=np.random.default_rng(3))

    median = sample.estimate(lambda w: weighted_quantile(Y, w, 0.5))

    assert median.low[0] < np.median(Y) < median.high[0]


def test_centre_at_the_full_sample_never_lowers_the_variance() -> None:
    design = a_design()

    about_mean, about_full = (jackknife(design, mse=mse).ratio(Y, X).se for mse in (False, True))

    assert about_full > about_mean


def test_the_same_seed_gives_the_same_bootstrap() -> None:
    first, again = (rao_wu(a_design(), 20, rng=np.random.default_rng(5)) for _ in range(2))

    assert np.array_equal(first.weights, again.weights)
    assert (first.weights >= 0).all()


def test_bootstrap_totals_are_unbiased() -> None:
    """Within five standard errors of the simulation."""
    sample = rao_wu(a_design(villages=8.0), 4000, rng=np.random.default_rng(9))

    totals = sample.weights.sum(axis=0)

    error = totals.std() / math.sqrt(4000)
    assert abs(totals.mean() - WEIGHT.sum()) < 5 * error


def test_weights_written_out_and_read_back_say_the_same() -> None:
    sample = jackknife(a_design())
    table = sample.to_polars()

    read = given(
        table.drop("weight").to_numpy(),
        table["weight"],
        scale=sample.scale,
        rscales=sample.rscales,
    )

    assert read.df == sample.df == 15
    assert read.ratio(Y, X).se == pytest.approx(sample.ratio(Y, X).se, rel=1e-12)


def test_calibrated_replicates_leave_no_error_in_what_they_are_calibrated_to() -> None:
    margins = np.column_stack([np.ones(72), X])

    sample = jackknife(a_design()).reweighted(
        lambda w, rows: calibrate(w, margins[rows], [250.0, 600.0], method="raking").weight
    )

    assert sample.total(X).value == pytest.approx(600.0)
    assert sample.total(X).se == pytest.approx(0.0, abs=1e-6)
    assert 0 < sample.total(Y).se < jackknife(a_design()).total(Y).se


def test_an_adjustment_that_loses_rows_is_refused() -> None:
    with pytest.raises(EstimationError, match="adjust has the shape"):
        jackknife(a_design()).reweighted(lambda w, rows: w[1:])


def test_replicates_of_calibrated_weights_are_refused_for_they_would_ignore_it() -> None:
    made = post_stratify(WEIGHT, STRATUM, {"a": 100, "b": 100, "c": 100})
    design = describe(made.weight, psu=VILLAGE, stratum=STRATUM, calibration=made)

    with pytest.raises(EstimationError, match="before calibration"):
        jackknife(design)


@pytest.mark.parametrize(
    "method", ["korn-graubard", "wilson", "clopper-pearson", "logit", "xlogit", "likelihood"]
)
def test_intervals_of_a_share_hold_the_share_and_stay_within_0_and_1(method: str) -> None:
    found = jackknife(a_design()).proportion(POOR, method=method)

    assert 0 <= found.low < found.value < found.high <= 1


def test_logit_says_nothing_where_a_replicate_finds_nothing() -> None:
    rare = np.zeros(72)
    rare[5] = 1.0
    sample = jackknife(a_design())

    found = sample.proportion(rare, method="logit")

    assert (found.low, found.high) == (0.0, 1.0)
    assert sample.proportion(rare, method="xlogit").high < 1


def test_nothing_found_is_not_a_certain_zero() -> None:
    found = jackknife(a_design()).proportion(np.zeros(72))

    assert found.value == 0
    assert found.high > 0.02


def test_a_stratum_taken_whole_adds_nothing() -> None:
    stratum, psu = ["a", "a", "b"], [1, 2, 3]
    design = describe([2.0, 2.0, 1.0], psu=psu, stratum=stratum, fpc=[4, 4, 1])

    assert jackknife(design).total([1.0, 3.0, 90.0]).se == pytest.approx(
        total(design, [1.0, 3.0, 90.0]).se
    )


@pytest.mark.parametrize("rule", ["certainty", "average", "collapse"])
def test_a_single_unit_follows_the_rule_of_the_design(rule: str) -> None:
    stratum, psu = list("aabbc"), [1, 2, 3, 4, 5]
    design = describe(np.ones(5), psu=psu, stratum=stratum, single_psu=rule)
    y = np.array([1.0, 4.0, 2.0, 9.0, 5.0])

    assert jackknife(design).total(y).se == pytest.approx(total(design, y).se, rel=1e-12)


@pytest.mark.parametrize(
    ("rule", "told"), [("refuse", "strata c have a single"), ("adjust", "rule adjust")]
)
def test_a_single_unit_is_refused_where_replicates_cannot_follow(rule: str, told: str) -> None:
    design = describe(np.ones(5), psu=range(5), stratum=list("aabbc"), single_psu=rule)

    for make in (jackknife, balanced):
        with pytest.raises(EstimationError, match=told):
            make(design)
    with pytest.raises(EstimationError, match=told):
        rao_wu(design, 10, rng=np.random.default_rng(1))


def test_odd_strata_cannot_be_balanced() -> None:
    design = describe(np.ones(5), psu=range(5), stratum=list("aabbb"))

    with pytest.raises(EstimationError, match=r"strata b have not; use rao_wu or jackknife"):
        balanced(design)


def test_a_domain_lost_in_a_replicate_is_named() -> None:
    inside = VILLAGE == 3

    with pytest.raises(EstimationError, match="replicate 4 leaves nobody"):
        jackknife(a_design()).mean(Y, where=inside)


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([[1.0, 1.0]], "shape"),
        ([[1.0], [1.0]], "at least 2 replicates"),
        ([[1.0, -1.0], [1.0, 1.0]], "not negative"),
        ([[1.0, math.nan], [1.0, 1.0]], "not negative"),
    ],
)
def test_given_weights_that_cannot_be_used_are_refused(weights: object, told: str) -> None:
    with pytest.raises(EstimationError, match=told):
        given(np.array(weights), [1.0, 1.0], scale=1.0)


@pytest.mark.parametrize("changes", [{"scale": -1.0}, {"rscales": [0.0, 0.0]}])
def test_scales_that_leave_no_variance_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(EstimationError, match="not negative"):
        given([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0], **({"scale": 1.0} | changes))


def test_a_statistic_without_figures_is_refused() -> None:
    sample = jackknife(a_design())

    with pytest.raises(EstimationError, match="full sample is missing"):
        sample.estimate(lambda weight: np.nan if weight.min() > 0 else 1.0)
    with pytest.raises(EstimationError, match="statistic has the shape"):
        sample.estimate(lambda weight: [1.0, 2.0] if weight.min() > 0 else 1.0)


@pytest.mark.parametrize("value", [3.0, 0.5, -1.0])
def test_a_share_is_of_zeros_and_ones(value: float) -> None:
    y = np.zeros(Y.size)
    y[0] = value

    with pytest.raises(EstimationError, match="0 or 1"):
        jackknife(a_design()).proportion(y)


def test_missing_outcomes_are_refused() -> None:
    y = Y.copy()
    y[3] = math.nan

    with pytest.raises(EstimationError, match="missing or infinite"):
        jackknife(a_design()).mean(y)
    with pytest.raises(EstimationError, match="missing or infinite under replicate 1"):
        jackknife(a_design()).estimate(lambda w: float(w @ y))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 9, 16, 27, 35, 51, 100])
def test_hadamard_matrices_are_orthogonal_and_balanced(size: int) -> None:
    matrix = hadamard_above(size)
    order = len(matrix)

    assert order > size
    assert np.array_equal(matrix @ matrix.T, order * np.eye(order))
    assert (matrix[:, 0] == 1).all()
    assert (matrix[:, 1:].sum(axis=0) == 0).all()
