"""Intervals for a share, against worked figures and their own defining equations."""

import math

import numpy as np
import pytest
from scipy.special import bdtr, bdtrc

from sampling.errors import EstimationError
from sampling.estimate import proportion
from sampling.interval_columns import share_intervals
from sampling.intervals import bounds_at, cap_of, clopper_pearson, share_interval, wilson
from sampling.stages import describe


def test_jinggangshan_bound_at_two_design_effects() -> None:
    # 10 households of 2,076 wrongly exited in the inspection of Jinggangshan (exit 2016).
    plain = clopper_pearson(10, 2076, level=0.90)[1]
    clustered = clopper_pearson(5, 1038, level=0.90)[1]

    assert round(plain, 4) == 0.0082
    assert round(clustered, 4) == 0.0101


def test_tail_sums_define_clopper_pearson() -> None:
    low, high = clopper_pearson(3, 200, level=0.95)

    assert bdtr(3, 200, high) == pytest.approx(0.025)
    assert bdtrc(2, 200, low) == pytest.approx(0.025)
    assert clopper_pearson(0, 50, level=0.9)[0] == 0.0
    assert clopper_pearson(50, 50, level=0.9)[1] == 1.0


@pytest.mark.parametrize(("found", "needed"), [(0, 149), (1, 236), (2, 313), (3, 386), (4, 456)])
def test_effective_size_that_shows_below_two_percent(found: int, needed: int) -> None:
    assert clopper_pearson(found, needed, level=0.90)[1] < 0.02
    assert clopper_pearson(found, needed - 1, level=0.90)[1] >= 0.02


def test_nothing_found_in_three_hundred_households_is_not_proof() -> None:
    cap = cap_of(np.ones(300), clusters=10, icc=0.05)

    interval = share_interval(0.0, 0.0, n=300, df=9, level=0.90, cap=cap)

    assert cap == pytest.approx(300 / 2.45)
    assert interval.capped
    assert interval.low == 0.0
    assert round(interval.high, 4) == 0.0242


def test_the_cap_keeps_a_case_from_improving_the_bound() -> None:
    # 675 households in 30 villages of one stratum, icc .05; cases in villages of their own.
    cap = cap_of(np.ones(675), clusters=30, icc=0.05)

    def bound(cases: int, cap: float | None) -> float:
        p = cases / 675
        variance = 30 / 29 * (cases * (1 / 675) ** 2 - p**2 / 30)
        return share_interval(p, variance**0.5, n=675, df=29, level=0.90, cap=cap).high

    assert [round(bound(k, cap), 4) for k in (0, 1, 2)] == [0.0092, 0.0119, 0.0143]
    assert round(bound(1, None), 4) == 0.0073


def test_kish_factor_of_unequal_contributions() -> None:
    equal = cap_of(np.ones(100), clusters=100, icc=0.05)
    unequal = cap_of(np.tile([1.0, 3.0], 50), clusters=100, icc=0.05)

    assert equal == pytest.approx(100)
    assert unequal == pytest.approx(100 / 1.25)  # cv = 1/2


def test_only_households_of_sampled_villages_are_clustered() -> None:
    clustered = np.arange(400) < 200

    none = cap_of(np.ones(400), clusters=0, icc=0.05, clustered=np.zeros(400, dtype=bool))
    half = cap_of(np.ones(400), clusters=10, icc=0.05, clustered=clustered)

    assert none == pytest.approx(400)
    # Each half a half of the county: variance 1/4 p q/200 without clusters, 1.95 times with.
    assert half == pytest.approx(1 / (0.25 / 200 + 0.25 * 1.95 / 200))


def test_wilson_ends_lie_z_standard_errors_from_the_estimate() -> None:
    p, n, z = 0.03, 300.0, 1.6448536269514722

    for end in wilson(p, n, level=0.90):
        assert abs(p - end) == pytest.approx(z * (end * (1 - end) / n) ** 0.5)


@pytest.mark.parametrize("method", ["logit", "likelihood", "asin", "mean"])
@pytest.mark.parametrize("p", [0.0, 1.0])
def test_wald_type_methods_say_nothing_where_nothing_varies(method: str, p: float) -> None:
    interval = share_interval(p, 0.0, n=200, df=20, level=0.95, method=method)

    assert (interval.low, interval.high) == (0.0, 1.0)


def test_without_degrees_of_freedom_nothing_is_claimed() -> None:
    interval = share_interval(0.1, 0.02, n=200, df=0, level=0.95)

    assert (interval.low, interval.high) == (0.0, 1.0)


def test_fewer_villages_than_strata_allow_make_the_interval_wider() -> None:
    many, few = (
        share_interval(0.05, 0.01, n=400, df=df, level=0.95, method="korn-graubard")
        for df in (200, 5)
    )

    assert few.n_eff < many.n_eff
    assert few.high > many.high


def test_what_if_bounds_agree_with_the_interval_they_start_from() -> None:
    for method in ("korn-graubard", "wilson", "clopper-pearson"):
        interval = share_interval(0.04, 0.01, n=400, df=27, level=0.9, method=method)
        again = bounds_at(0.04, interval.n_eff, level=0.9, method=method)
        assert again == pytest.approx((interval.low, interval.high))


def test_an_unknown_method_is_refused_in_both_languages() -> None:
    with pytest.raises(EstimationError, match=r"区间方法.*\| unknown interval method: guess"):
        share_interval(0.1, 0.1, n=10, df=5, level=0.9, method="guess")


def test_units_that_all_agree_up_to_rounding_prove_nothing_certain() -> None:
    design = describe(np.full(20, 0.3), psu=np.arange(20))
    agreed = share_interval(0.3, 1e-17, n=20, df=19, level=0.9)
    column = share_intervals([0.3], [1e-17], n=20, df=19, level=0.9)

    assert agreed.n_eff == pytest.approx(20)
    assert agreed.high - agreed.low > 0.2
    assert [column.low[0], column.high[0]] == pytest.approx([agreed.low, agreed.high])
    assert share_interval(0.3, 1e-17, n=20, df=19, level=0.9, method="logit").high == 1
    with pytest.raises(EstimationError, match="must be 0 or 1"):
        proportion(design, np.full(20, 0.3))


@pytest.mark.parametrize("level", [95, 0, 1, -1, math.nan])
def test_a_level_is_a_fraction(level: float) -> None:
    with pytest.raises(EstimationError, match="level"):
        share_interval(0.1, 0.02, n=100, df=9, level=level)
    with pytest.raises(EstimationError, match="level"):
        share_intervals([0.1], [0.02], n=100, df=9, level=level)


@pytest.mark.parametrize("cap", [0, -5])
def test_a_cap_is_above_zero(cap: float) -> None:
    with pytest.raises(EstimationError, match="cap"):
        share_interval(0.1, 0.02, n=100, df=9, level=0.9, cap=cap)
    with pytest.raises(EstimationError, match="cap"):
        share_intervals([0.1], [0.02], n=100, df=9, level=0.9, cap=cap)


def test_likelihood_holds_at_large_design_effects() -> None:
    found = share_interval(0.1, 0.05, n=14_000, df=30, level=0.95, method="likelihood")

    assert 0 < found.low < 0.1 < found.high < 1
