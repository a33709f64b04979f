"""Estimates under a design: identities that hold for any sample, and what is refused."""

import numpy as np
import pytest

from sampling.errors import EstimationError
from sampling.estimate import mean, means, proportion, ratio, ratios, total, totals
from sampling.stages import Design, describe, encode
from sampling.variance import covariance


def a_sample(rng: np.random.Generator, **options: object) -> tuple[Design, np.ndarray, np.ndarray]:
    """Twelve villages in three strata, five households in each."""
    village = np.repeat(np.arange(12), 5)
    weight = rng.uniform(5, 40, 60)
    made = describe(weight, psu=village, stratum=village // 4, **options)  # type: ignore[arg-type]
    return made, rng.normal(50, 10, 60), rng.integers(1, 7, 60).astype(float)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20260101)


def test_a_simple_random_sample_has_the_textbook_variance(rng: np.random.Generator) -> None:
    y = rng.normal(10, 3, 50)
    made = describe(np.full(50, 8.0), fpc=np.full(50, 400))

    found = mean(made, y)

    assert found.value == pytest.approx(y.mean())
    assert found.se == pytest.approx((y.var(ddof=1) / 50 * (1 - 50 / 400)) ** 0.5)
    assert found.deff == pytest.approx(1.0)
    assert found.n_eff == pytest.approx(50)
    assert found.df == 49


def test_a_domain_is_a_variable_with_zeros_outside(rng: np.random.Generator) -> None:
    made, y, x = a_sample(rng)
    inside = rng.random(60) < 0.4

    zeros = np.where(inside, y, 0.0)
    assert total(made, y, where=inside).se == pytest.approx(total(made, zeros).se)
    by_ratio = ratio(made, zeros, np.where(inside, x, 0.0))
    in_domain = ratio(made, y, x, where=inside)
    assert (in_domain.value, in_domain.se) == pytest.approx((by_ratio.value, by_ratio.se))
    assert in_domain.n == inside.sum()


def test_cutting_the_sample_down_to_the_domain_understates_the_error() -> None:
    # A domain present in two of the four villages of its only stratum, the same in each.
    village = np.repeat(np.arange(4), 5)
    y, inside = np.ones(20), village < 2
    whole = describe(np.ones(20), psu=village)
    cut = describe(np.ones(10), psu=village[inside])

    assert total(whole, y, where=inside).se > 0
    assert total(cut, np.ones(10)).se == 0.0


def test_many_domains_in_one_pass_equal_one_by_one(rng: np.random.Generator) -> None:
    for rule in ("adjust", "certainty", "average"):
        village = np.repeat(np.arange(13), 5)
        made = describe(rng.uniform(5, 40, 65), psu=village, stratum=village // 4, single_psu=rule)
        y, x = rng.normal(50, 10, 65), rng.integers(1, 7, 65).astype(float)
        group = rng.choice(["a", "b", "c"], 65)

        together = ratios(made, y, x, domain=group)
        summed = totals(made, y, domain=group)

        for label in "abc":
            alone = ratio(made, y, x, where=group == label)
            assert together[label] == alone
            assert summed[label] == total(made, y, where=group == label)


def test_covariance_and_variance_agree_at_two_stages(rng: np.random.Generator) -> None:
    village = np.repeat(np.arange(12), 5)
    made = describe(
        np.full(60, 12.0),
        psu=[village, np.arange(60)],
        stratum=village // 4,
        fpc=[np.full(60, 16), np.full(60, 15)],
    )
    y = rng.normal(50, 10, 60)

    assert covariance(made, (made.weight * y)[:, None])[0, 0] == pytest.approx(
        total(made, y).se ** 2
    )
    villages = y.reshape(12, 5)
    between = 16**2 * (1 - 4 / 16) / 4 * (15 * villages.mean(1)).reshape(3, 4).var(1, ddof=1).sum()
    within = 16 / 4 * 15**2 * (1 - 5 / 15) / 5 * villages.var(1, ddof=1).sum()
    assert total(made, y).se ** 2 == pytest.approx(between + within)


def test_rows_in_another_order_change_nothing(rng: np.random.Generator) -> None:
    made, y, x = a_sample(rng)
    order = rng.permutation(60)
    village = np.repeat(np.arange(12), 5)[order]
    shuffled = describe(made.weight[order], psu=village, stratum=village // 4)

    before, after = ratio(made, y, x), ratio(shuffled, y[order], x[order])

    assert (after.value, after.se) == pytest.approx((before.value, before.se))


def test_rows_without_weight_stay_in_the_design(rng: np.random.Generator) -> None:
    village = np.repeat(np.arange(6), 4)
    weight = np.where(village == 5, 0.0, 10.0)
    y = np.where(village == 5, np.nan, rng.normal(5, 1, 24))
    made = describe(weight, psu=village)

    found = mean(made, y)

    assert (found.n, found.df) == (20, 4)
    score = np.where(weight > 0, (np.nan_to_num(y) - found.value) * weight, 0.0) / weight.sum()
    of_village = np.bincount(village, score)
    assert found.se == pytest.approx((6 / 5 * (of_village**2).sum()) ** 0.5)


def test_shares_have_intervals_inside_zero_and_one() -> None:
    made = describe(np.ones(200), psu=np.arange(200) // 10)

    found = proportion(made, np.zeros(200), cap=80.0)

    assert (found.value, found.se, found.low) == (0.0, 0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 80))
    assert found.n_eff == 80.0


class TestSinglePsu:
    village = np.repeat(np.arange(5), 4)
    stratum = np.array(["a-1", "a-1", "a-2", "b-1", "b-1"])[village]
    y = np.arange(20.0)

    def with_rule(self, rule: str, **options: object) -> Design:
        return describe(
            np.ones(20),
            psu=self.village,
            stratum=self.stratum,
            single_psu=rule,
            **options,  # type: ignore[arg-type]
        )

    def test_is_refused_unless_a_rule_is_named(self) -> None:
        with pytest.raises(EstimationError, match="strata a-2 have a single"):
            mean(self.with_rule("refuse"), self.y)

    def test_collapse_joins_the_neighbour_of_the_same_county(self) -> None:
        made = self.with_rule("collapse")
        joined = describe(
            np.ones(20), psu=self.village, stratum=np.where(self.village < 3, "a", "b")
        )

        assert made.strata == ("a-1+a-2", "b-1")
        assert (mean(made, self.y).se, made.df()) == (mean(joined, self.y).se, 3)

    def test_a_stratum_taken_whole_needs_no_rule(self) -> None:
        counts = np.where(self.stratum == "a-2", 1, 10)

        assert mean(self.with_rule("refuse", fpc=counts), self.y).se > 0

    def test_average_counts_the_stratum_like_the_others(self) -> None:
        none = mean(self.with_rule("certainty"), self.y)
        average = mean(self.with_rule("average"), self.y)

        assert average.se**2 == pytest.approx(none.se**2 * 3 / 2)

    def test_average_of_nothing_is_refused(self) -> None:
        made = describe(
            np.ones(8), psu=np.arange(8) // 4, stratum=np.arange(8) // 4, single_psu="average"
        )

        with pytest.raises(EstimationError, match="single"):
            mean(made, np.arange(8.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight": [1.0, -1.0]}, "not negative"),
        ({"weight": [1.0, float("nan")]}, "finite"),
        ({"weight": [1.0, 1.0], "psu": [1]}, "psu has 1 rows"),
        ({"weight": [1.0, 1.0], "fpc": [3, 4]}, "differ within a stratum"),
        ({"weight": [1.0, 1.0], "fpc": [1, 1]}, "smaller than its sample"),
        ({"weight": [1.0, 1.0], "fpc": [[9, 9], [9, 9]]}, "counts for 2 stages"),
        ({"weight": [1.0, 1.0], "single_psu": "guess"}, "unknown rule"),
    ],
)
def test_designs_that_contradict_themselves_are_refused(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(EstimationError, match=message):
        describe(**arguments)  # type: ignore[arg-type]


def test_figures_that_do_not_exist_are_refused() -> None:
    made = describe(np.ones(6), psu=np.arange(6))

    with pytest.raises(EstimationError, match="no unit"):
        mean(made, np.ones(6), where=np.zeros(6, bool))
    with pytest.raises(EstimationError, match="missing or infinite"):
        mean(made, [1, 2, 3, 4, 5, float("nan")])
    with pytest.raises(EstimationError, match="adds up to zero"):
        ratio(made, np.ones(6), np.zeros(6))
    with pytest.raises(EstimationError, match="y has 2 rows"):
        total(made, [1.0, 2.0])


def test_a_missing_value_outside_the_domain_does_no_harm() -> None:
    made = describe(np.ones(4), psu=np.arange(4))

    found = means(made, [1.0, 2.0, 3.0, float("nan")], domain=["a", "a", "a", None])

    assert list(found) == ["a"]
    assert found["a"].value == 2.0


def test_labels_are_numbered_in_their_order() -> None:
    codes, labels = encode(["b", "a", "c", "a"])

    assert codes.tolist() == [1, 0, 2, 0]
    assert labels == ("a", "b", "c")
