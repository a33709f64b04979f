"""Townships: model estimates beside direct ones, and what they must never do to them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from sampling.errors import EstimationError
from sampling.estimate import Estimate
from sampling.smallarea import fay_herriot, reliability, townships

SHARES = {"east": 0.02, "north": 0.06, "south": 0.0, "west": 0.04, "middle": 0.01}


def an_estimate(value: float, *, n: int = 60, deff: float = 1.3, se: float = 0.01) -> Estimate:
    return Estimate(value, se, max(value - 0.02, 0), value + 0.02, deff, 9, n, n / deff)


def direct_estimates() -> dict[str, Estimate | None]:
    return {name: an_estimate(share) for name, share in SHARES.items()}


def test_published_example_is_reproduced() -> None:
    """Milk expenditure in 43 areas, four groups (Arora and Lahiri 1997; You and Chapman 2006).

    Expected values: R package sae, eblupFH and mseFH(yi ~ as.factor(MajorArea), SD^2, REML), as
    printed by Molina and Marhuenda (2015), R Journal 7(1); its iteration stops at 1e-4, hence
    the tolerances.
    """
    direct = "1099 1075 1105 628 753 981 1257 1095 1405 1356 615 1460 1338 854 1176 1111 1257 1430"
    direct += " 1278 1292 1002 1183 1044 1267 1193 791 795 759 796 565 886 952 807 582 684 787 440"
    direct += " 759 770 800 756 865 640"
    errors = "163 80 83 109 119 141 202 127 168 178 100 201 148 143 149 145 135 172 137 163 125"
    errors += " 247 140 171 106 121 121 259 106 89 225 205 119 67 106 126 92 132 100 113 83 121 129"
    y, sd = (np.array(text.split(), dtype=float) / 1000 for text in (direct, errors))
    group = np.repeat([1, 2, 3, 4], [7, 7, 11, 18])

    model = fay_herriot(y, sd**2, np.equal.outer(group, [2, 3, 4]))

    assert model.model_variance == pytest.approx(0.01855022, rel=1e-4)
    assert model.coefficients == pytest.approx([0.968189, 0.132780, 0.226946, -0.241301], abs=1e-6)
    assert np.sqrt(np.diag(model.covariance)) == pytest.approx(
        [0.06936208, 0.10300072, 0.09232981, 0.08161707], rel=1e-4
    )
    assert model.value[:4] == pytest.approx([1.0219703, 1.0476018, 1.0679513, 0.7608170], rel=1e-5)
    assert model.mse[:4] == pytest.approx([0.01346022, 0.005372876, 0.00570199, 0.00854174], 1e-4)


def test_equal_variances_agree_with_the_closed_form() -> None:
    """Equal sampling variances, a mean only: model variance = s^2 - psi, weight 1 - psi/s^2."""
    z, psi = np.array([3.0, 5.0, 8.0, 12.0]), 2.0

    model = fay_herriot(z, np.full(4, psi))

    s2 = z.var(ddof=1)
    assert model.model_variance == pytest.approx(s2 - psi)
    assert model.value == pytest.approx(z.mean() + (1 - psi / s2) * (z - z.mean()))
    shrunk, part = psi / s2, psi * (1 - psi / s2)
    mse = part + shrunk**2 * s2 / 4 + 2 * shrunk**2 / s2 * 2 * s2**2 / 4
    assert model.mse == pytest.approx(np.full(4, mse))


def test_areas_that_differ_no_more_than_by_chance_share_one_value() -> None:
    model = fay_herriot([1.0, 1.1, 0.9, 1.0], np.full(4, 1.0))

    assert model.model_variance == 0
    assert model.value == pytest.approx(np.ones(4))
    assert (model.mse > 0.25).all(), "the variance of the mean, and more for not knowing the model"


def test_an_area_without_sample_gets_its_model_value_and_the_widest_error() -> None:
    variance = [0.5, 0.5, 0.5, 0.5, math.inf]

    model = fay_herriot([1.0, 4.5, 2.0, 6.0, math.nan], variance, [1, 2, 3, 4, 5])

    assert model.value[4] == pytest.approx(model.coefficients @ [1, 5])
    assert model.shrinkage[4] == 0
    assert model.mse[4] == model.mse.max()


def test_units_of_a_covariate_do_not_matter() -> None:
    rng = np.random.default_rng(2)
    z, psi, x = rng.normal(5, 2, 20), rng.uniform(0.5, 2, 20), rng.normal(size=20)

    metres, kilometres = (fay_herriot(z, psi, x * unit) for unit in (1e6, 1e-3))

    assert metres.value == pytest.approx(kilometres.value)
    assert metres.coefficients[1] * 1e9 == pytest.approx(kilometres.coefficients[1])


@pytest.mark.parametrize(
    ("value", "variance", "covariates", "told"),
    [
        ([1.0, 2.0], [1.0, 1.0], None, "at least 3 sampled areas, not 2"),
        ([1.0, 2.0, 3.0], [1.0, 0.0, 1.0], None, "must be positive"),
        ([1.0, math.nan, 3.0], [1.0, 1.0, 1.0], None, "value has missing"),
        ([1.0, 2.0, 3.0, 4.0], [1.0] * 4, [1.0, 1.0, 1.0, 1.0], "constant over the sampled"),
        ([1.0, 2.0, 3.0, 4.0], [1.0] * 4, [1.0, 2.0], "covariates has 2 numbers for 4 areas"),
        ([1.0, 2.0, 3.0], [1.0] * 4, None, "value has 3 numbers for 4 areas"),
    ],
)
def test_what_cannot_be_modelled_is_refused(
    value: object, variance: object, covariates: object, told: str
) -> None:
    with pytest.raises(EstimationError, match=told):
        fay_herriot(value, variance, covariates)  # type: ignore[arg-type]  # parametrised


def test_direct_estimates_stay_what_they_were() -> None:
    direct = direct_estimates()

    found = townships(direct)

    assert [township.direct for township in found.townships] == list(direct.values())
    assert found.to_polars()["direct"].to_list() == list(SHARES.values())


def test_a_township_where_nothing_was_found_is_not_a_certain_zero() -> None:
    south = townships(direct_estimates()).townships[2]

    assert south.value > 0
    assert south.rmse > 0
    assert south.low == 0
    assert south.high > 0.02
    assert south.direct_class == "unreliable"


def test_model_estimates_lie_between_the_direct_ones_and_the_mean() -> None:
    found = {township.name: township for township in townships(direct_estimates()).townships}

    assert found["south"].value < found["middle"].value < found["north"].value < 0.06


def test_a_township_nobody_visited_is_never_reliable() -> None:
    direct = {f"t{i}": an_estimate(0.5 + i / 100, n=4000) for i in range(9)} | {"far": None}

    far = townships(direct, deff=1.0).townships[-1]

    assert far.direct is None
    assert far.rmse / far.value < 1 / 6
    assert far.model_class == "caution"
    assert townships(direct, deff=1.0).to_polars()["direct"].to_list()[-1] is None


def test_model_estimates_can_be_made_to_agree_with_the_county() -> None:
    sizes = dict.fromkeys(SHARES, 1000.0) | {"north": 3000.0}

    found = townships(direct_estimates(), sizes=sizes, whole=0.031)

    weighted = sum(sizes[township.name] * township.value for township in found.townships)
    assert weighted / sum(sizes.values()) == pytest.approx(0.031)


@pytest.mark.parametrize("whole", [0.9, 0.97, 1.0])
def test_agreement_cuts_no_share_at_one(whole: float) -> None:
    """As of approval, where most townships are near 1: an interval never shrinks to a point."""
    shares = {"east": 0.98, "north": 0.94, "south": 1.0, "west": 0.7, "middle": 0.99}
    direct = {name: an_estimate(share) for name, share in shares.items()}

    found = townships(direct, sizes=dict.fromkeys(shares, 10.0), whole=whole)

    assert all(township.low < township.value <= township.high for township in found.townships)
    if whole < 1:
        together = sum(township.value for township in found.townships) / len(shares)
        assert together == pytest.approx(whole)


def test_a_larger_design_effect_trusts_the_direct_estimate_less() -> None:
    small, large = (townships(direct_estimates(), deff=deff) for deff in (0.2, 0.4))

    assert 0 < large.model.shrinkage.max() < small.model.shrinkage.max()


def test_design_effects_are_pooled_and_not_below_one() -> None:
    low = {name: replace(e, deff=0.4) for name, e in direct_estimates().items() if e}

    assert townships(direct_estimates()).deff == pytest.approx(1.3)
    assert townships(low).deff == 1.0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"deff": 0.0}, "positive number"),
        ({"covariates": {"east": [1.0]}}, "nothing for township north"),
        ({"sizes": {"east": 1.0}}, "sizes and whole together"),
        ({"whole": 0.1}, "sizes and whole together"),
        ({"sizes": dict.fromkeys(SHARES, 0.0), "whole": 0.1}, "sizes that are positive"),
    ],
)
def test_townships_that_cannot_be_served_are_refused(given: dict[str, object], told: str) -> None:
    with pytest.raises(EstimationError, match=told):
        townships(direct_estimates(), **given)  # type: ignore[arg-type]  # parametrised


def test_no_design_effect_at_all_is_refused() -> None:
    silent = {name: replace(e, deff=math.nan) for name, e in direct_estimates().items() if e}

    with pytest.raises(EstimationError, match="give the plan's"):
        townships(silent)


def test_a_ratio_above_one_is_no_share() -> None:
    with pytest.raises(EstimationError, match="township east is not between 0 and 1"):
        townships(direct_estimates() | {"east": an_estimate(1.2)})


def test_a_direct_estimate_of_nobody_is_none() -> None:
    with pytest.raises(EstimationError, match="rests on nobody"):
        townships(direct_estimates() | {"east": replace(an_estimate(0.1), n=0)}, deff=1.0)


def test_classes_follow_the_coefficient_of_variation_and_n() -> None:
    assert reliability(1 / 6) == "reliable"
    assert reliability(1 / 3) == "caution"
    assert reliability(0.34) == reliability(math.nan) == reliability(math.inf) == "unreliable"
    assert reliability(0.01, 29) == "unreliable"
